// Package rfb is the Remote Framebuffer protocol, which VNC speaks: the bytes
// of a connection in, events out, and back. It does no input or output, starts
// no goroutine and reads no clock.
//
// The protocol is RFC 6143 with the extensions that the community's RFB
// specification lists.
package rfb
