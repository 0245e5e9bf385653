// Package guard decides who is let in. A server asks it once for every
// request, for every route and transport alike, before any session exists,
// and gets a Grant or a Refusal:
//
//	grant, refusal := g.Admit(r, guard.Open)
//
// The checks come in this order, and the first that fails is the answer:
//
//	Host         421  a name this server has, see Config.Hosts: against DNS rebinding
//	Origin       403  not a page of a foreign site: against cross-site use
//	credential   401  bearer token, ticket or login cookie
//	rights       403  the cookie only with a same-origin proof
//	limits       429  sessions and logins per address
//
// # Origin
//
// An Origin is allowed if it is, byte for byte, the request's own scheme and
// Host or one of the configured tuples. Any other Origin is refused whatever
// credential comes with it, a bearer token too: a client that is not a browser
// sends none. Two Origins, or an Origin and a Sec-WebSocket-Origin that
// disagree, are refused.
//
// The Origin null matches nothing. It is refused for Open and Page. The other
// kinds may be the target of a form, and browsers send a form of a page with
// Referrer-Policy no-referrer with the Origin null even to the page's own
// server; so there it counts like no Origin that needs another proof, except
// for Login, where the token is the proof.
//
// # Credentials and proofs
//
// Browsers send cookies by themselves, whoever wrote the page, so the cookie
// counts only together with a proof that this server's own page asks. One of:
//
//   - an allowed Origin;
//   - Sec-Fetch-Site with the exact value same-origin;
//   - the CSRF value of the login session (Grant.CSRF) in the header
//     X-Everwire-CSRF, the query parameter csrf or, for Action, the form field
//     csrf. It serves browsers that send neither of the above.
//
// A Page may act on the cookie alone, for its GET changes nothing. A Continue
// is authorised by the session's id; a cookie beside it needs a proof only if
// the browser says that another site's page sent the request, and must belong
// to the session's principal (Grant.Continues). A cookie that is not known, or
// not any more, is no cookie.
//
// No browser adds a bearer token by itself, so it needs no proof. A ticket is
// for requests that can carry neither header nor cookie: POST /tickets answers
// a value that admits one Open within a minute as the query parameter ticket.
// Later requests of the session may repeat it, in vain but unharmed; on Open a
// spent ticket is refused.
//
// Without a Token there is no login: whoever names the right Host is let in,
// unless an Origin or Sec-Fetch-Site tells that another site's page asks. A
// browser older than both can then be misused by any page it visits.
//
// # Ends
//
// A login session ends by logout, by Revoke, after 30 minutes without use, 12
// hours after the login, or, as the one idle longest, when there are too many.
// The functions given to OnRevoke hear of each, and the owner of live sessions
// ends those with that Grant.Login. Touch keeps the login of a live session
// from idling out, and Sweep notices expiry in time:
//
//	g.OnRevoke(sessions.endLogin)
//	for range ticker.C { // each second
//		g.Sweep()
//	}
//
// A session opened by a bearer token has no login session and is not ended.
//
// # Memory
//
// All that is kept is bounded: 10,000 login sessions, tickets and addresses
// each, and one entry for each open connection. Of cookies, tickets and the
// token only SHA-256 hashes are kept.
package guard
