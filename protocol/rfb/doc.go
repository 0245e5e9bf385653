// Package rfb is the Remote Framebuffer protocol, which VNC speaks: the bytes
// of a connection in, events out, and back. It does no input or output, starts
// no goroutine and reads no clock; all it takes from outside are random numbers
// for keys. Package rfb at the top of this module has the connections.
//
// The protocol is RFC 6143 with the extensions that the community's RFB
// specification lists, in versions 3.3, 3.7, 3.8 and Apple's 3.889.
//
// # The client
//
// A Client takes bytes as they come, cut anywhere, and tells what they mean:
//
//	read ─▶ Feed ─▶ Next ─▶ EventNone           write AppendOutput, read more
//	                 ▲  │
//	                 │  ├──▶ EventCredentials    Login
//	                 │  ├──▶ EventServerKey      AcceptServerKey, or give up
//	                 │  ├──▶ EventTLS            TLS, check the certificate, TLSDone
//	                 │  ├──▶ EventReady          RequestUpdate
//	                 │  ├──▶ EventRect …         look at Framebuffer
//	                 └──┘
//
// Whatever pixel format and encoding the server uses, the Framebuffer is RGBA,
// drawn while the bytes arrive. A decoder waits for more in the middle of a
// rectangle, even inside of a zlib stream, so nothing is collected but squares
// of some kilobytes, pictures, and texts. Beyond the framebuffer a client holds
// some 100 KiB for each zlib stream that the server uses.
//
// # A hostile server
//
// Every length is compared with a limit before it is believed, and nothing is
// allocated for bytes that were only announced. A rectangle must lie inside of
// the framebuffer, and decompresses to its own size and no more. JPEG and PNG
// are measured before they are decoded. Names, reasons and texts are the
// server's words, bounded but not to be trusted.
//
// An event may cost a server few bytes and a client much work, such as a copy
// of the whole framebuffer. Next returns after each, so that a caller can look
// at the clock.
//
// # Security types
//
// ClientConfig.Security says what is allowed; by default SecureTypes, which
// keep a password from who listens. Credentials are asked for when the server
// wants them, used at once and not kept; they are in no error.
//
// # The server
//
// A Server is the other side: requests in, updates out. It keeps, instead of
// pictures that wait, the area that has changed since the client was last sent
// something; an Update reads the pixels when it is made:
//
//	read ─▶ Receive ─▶ ServerEventAuthenticate    Authenticated
//	                   ServerEventInit            Start
//	                   ServerEventKey …           do it
//
//	draw ─▶ Damage, Copy ─▶ BeginUpdate ─▶ Update.Append … ─▶ EndUpdate
//
// An Encoder writes single rectangles, for who has a protocol of his own around
// them.
package rfb
