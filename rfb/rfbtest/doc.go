// Package rfbtest has servers of the Remote Framebuffer protocol to test
// clients with, of whatever make and language: one that shows known pictures
// through any encoding, pixel format and version, and many that lie.
//
// A Server is honest. It sends one step of its script for each request, so a
// client, or the test around it, knows what it must see:
//
//	s, err := rfbtest.NewServer(rfbtest.Config{Encoding: rfb.EncodingZRLE})
//	l, err := net.Listen("tcp", "127.0.0.1:0")
//	go s.ServeListener(l)
//	// … a client connects to l.Addr(), and after its n-th update has
//	want := s.Picture(n)
//
// With CutAfter it ends the connection after so many bytes, which is how to
// find out what a client does at each place of the stream where it can end.
//
// Attacks are servers that break the rules: lengths and sizes that are not
// true, rectangles outside of the screen, compressed bombs, messages in the
// wrong order, updates without an end. A good client survives each with an
// error, soon, and with little memory.
//
// Neither needs a screen, a window system or another program.
package rfbtest
