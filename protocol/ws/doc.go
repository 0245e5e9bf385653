// Package ws is a WebSocket codec: the bytes of a connection in, events out,
// and back. It does no input or output, starts no goroutine and reads no clock,
// so it fits under any transport: a hijacked connection, an HTTP/2 stream, an
// event loop, a test.
//
// It implements, for servers and for clients, every dialect of WebSocket that
// browsers have spoken. A Dialect names the one of a connection, and everything
// that depends on it is chosen by that value:
//
//	Hixie75  draft-hixie-75          Chrome 4-5, Safari 5.0.0, first Flash stand-ins
//	Hixie76  draft-hixie-76, hybi-00 Chrome 6-13, Safari 5.0.1-5.1, iOS 4.2-5.1,
//	                                 Firefox 4, Opera 10.7-11, Flash stand-ins
//	Hybi07   draft-ietf-hybi-07      Firefox 6
//	Hybi08   draft-ietf-hybi-08..12  Chrome 14-15, Firefox 7-10
//	RFC6455  RFC 6455 and RFC 7692   Chrome 16, Firefox 11, IE 10, Safari 6, and all since
//
// The hixie dialects carry text only and have neither pings nor close codes:
// what they cannot carry gives ErrUnsupported. Compression is RFC6455's alone.
//
// # Handshake
//
// A server hands a request to ParseRequestFor, with the Dialects that are
// switched on, or to ParseRequest, which takes RFC6455 only. A *HandshakeError
// holds the status and the header to refuse it with. Before it accepts, the
// server compares Request.Origin with the origins that it trusts: nothing else
// keeps a foreign page from using the cookies of its visitor. Then it may
// choose one of the offered subprotocols, call NegotiateDeflate, and write what
// AppendResponse returns. Bytes that the client sent behind its request are
// frames already, except for Hixie76, where 8 of them belong to the handshake:
//
//	client                            server
//	request ─────────────────────────▶ ParseRequestFor
//	        ◀───────────────────────── AppendResponse, at once
//	8 bytes, at any time ────────────▶ within a time limit of the server's
//	        ◀───────────────────────── AppendDigest, 16 bytes
//	frames  ◀────────────────────────▶ frames
//
// Over HTTP/2 a WebSocket is a stream, opened by an extended CONNECT (RFC 8441).
// ParseRequestFor tells it by itself and sets Request.Connect; the server then
// calls SetResponse instead, answers 200, and has the frames of RFC6455 in the
// request's body and in the response's.
//
// # Reading
//
// A Decoder takes bytes as they come, cut anywhere, and returns whole messages
// and control frames as events:
//
//	read ─▶ Decode ─▶ None    read more
//	           │
//	           ├────▶ Text, Binary, Ping, Pong    Data is borrowed until the
//	           │                                  next Decode
//	           ├────▶ Close    echo the code, then close the connection
//	           │
//	           └────▶ error    send a close frame with ProtocolError.Code
//
// A message that arrived in one frame and one read is unmasked where it lies
// and not copied. One that came in pieces is put together in a pooled buffer,
// which grows with what has arrived, never with what was announced. Between
// messages a decoder holds no buffer, so an idle connection costs the Decoder
// itself, some 200 bytes.
//
// Every rule is checked at the first byte that breaks it: text that cannot
// become valid UTF-8 fails in the middle of a frame, a length over the limit
// before a byte of the payload. What a peer can make this side hold or do is
// bounded by DecoderOptions.MaxMessage: the sizes of frames, their sum over a
// message, the size after inflating, the text of a hixie frame, which announces
// none, and the number of fragments, each of which is charged 128 bytes.
//
// # Writing
//
// The functions that append grow a slice and return it. AppendMessage does not
// depend on the receiver: the frame of a broadcast is made once for each
// Dialect.Slot among the receivers. A Deflater makes compressed frames; those
// of a Deflater that is Shareable can be shared in the same way, and by default
// they are, because context takeover costs about 1 MiB for each connection.
//
// Servers never mask, and clients always do but for the hixie dialects; the
// functions for clients take the masking key as an argument, since this package
// has no source of randomness.
package ws
