// Package public holds what a browser sees of Everwire: the pages, their
// style, their scripts, and the bundles of third-party code that the scripts
// need. Everything is embedded in the binary; nothing is read from disk and no
// page names another host.
//
// # Pages
//
// [Page] writes one page:
//
//	landing   what runs here, and what carries this very page
//	shell     a terminal
//	chat      rooms with names and a history
//	lite      echo and chat by form, for browsers without script
//	login     a form for the access token
//	error     what went wrong and what to do about it
//
// A page is never blank. Without script it says so and links to lite; in a
// browser that does not know modules a script in the syntax of ECMAScript 3
// does the same; and a binary that was built without the bundles names the
// command that brings them.
//
// # Content security
//
// Each page carries a Content-Security-Policy without inline script. Only the
// shell page allows inline style, because the terminal emulator writes style
// elements of its own.
//
// # Assets
//
// [Assets] serves everything else below /assets/. The name of an asset contains
// the start of the SHA-256 of its bytes, so it may be cached for ever:
//
//	css/everwire.css  ->  /assets/everwire.3f2a90c1de.css
//
// Templates ask for such a name by the asset's plain one:
//
//	<link rel="stylesheet" href="{{asset "everwire.css"}}">
//
// # Bundles
//
// The scripts below age3 are modules, written by hand. A build step joins each
// page's modules and the third-party code they import into one file in dist,
// which is not committed. It also puts Socket.IO's own client there, for pages of
// others: see [Client]. [Missing] lists what a binary lacks.
package public
