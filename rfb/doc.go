// Package rfb is both sides of the Remote Framebuffer protocol, which VNC
// speaks, on connections: a desktop that viewers look at, and a viewer.
//
// # Serving
//
// A Source is a desktop. Serve shows it to the viewer at the other end of a
// connection, ServeListener to all that connect:
//
//	d, err := rfb.NewDesktop(1024, 768, "hello", onInput)
//	go rfb.ServeListener(ctx, l, d, rfb.ServeConfig{Password: "secret"})
//	d.Show(img, changed)
//
// Viewers have no queue. What changes is noted for each as an area, and is sent
// when the viewer is ready for it, as it looks then. So a slow viewer sees fewer
// pictures than a fast one, but no older ones, and disturbs nobody. Each has
// two goroutines, and buffers that are bounded: by the largest message that it
// may send, and by some hundred kilobytes on the way to it.
//
//	draw ─▶ Desktop ─▶ area of each viewer
//	                        │ request, fence, 60 a second
//	                        ▼
//	             pixels ─▶ encoding ─▶ connection
//
// Demo is a desktop to try it with, a paint pad, which the command "everwire
// desktop" shows to any viewer:
//
//	demo, err := rfb.NewDemo(1024, 640)
//	go demo.Run(ctx)
//	err = rfb.ServeListener(ctx, l, demo.Desktop(), rfb.ServeConfig{Password: "secret"})
//
// # Looking
//
// Dial connects to a server. The Client that it returns keeps up with the
// server's screen by itself, and its channel of updates holds one: what comes
// before that is taken is united with it. A client has two goroutines.
//
//	c, err := rfb.Dial(ctx, "desk.example:1", rfb.Config{Password: "secret"})
//	for u := range c.Updates() {
//		c.View(func(screen *image.RGBA) { show(screen.SubImage(u.Area)) })
//	}
//
// Who wants one picture waits for it:
//
//	err = c.WaitPicture(ctx)
//	err = png.Encode(file, c.Image())
//
// By default only security types are used that keep the password from who
// listens, except to servers on this machine; Config.Insecure allows all.
//
// Package protocol/rfb has the protocol itself, without connections, and
// rfb/rfbtest servers to test viewers with.
package rfb
