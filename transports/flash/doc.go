// Package flash serves what Adobe Flash needs before it opens a socket, and
// what stands in for Flash today.
//
// A Flash program may connect to a TCP port only after a socket policy has
// allowed it. It asks for one with 23 bytes, on port 843 first and then on the
// port that it wants to reach:
//
//	client   <policy-file-request/> NUL
//	server   <?xml version="1.0"?>...<cross-domain-policy>...</cross-domain-policy> NUL
//	server   closes
//
// A Policy is that answer. Serve gives it on a port of its own, Listener on
// the port of an HTTP server:
//
//	policy := flash.Policy{Domains: []string{"app.example.com"}, Ports: []int{8080}}
//	limiter := flash.NewLimiter(0, 0) // one for all ports
//	go flash.Serve(ctx, ln843, policy, flash.Options{Limiter: limiter})
//	httpServer.Serve(flash.Listener(ln8080, policy, limiter))
//
// A policy is a grant to programs, not to pages: a Flash program from one of
// its domains may then send any bytes to the ports named, with any Origin and
// Cookie. So nothing here takes such a header for a proof; the ports named are
// to have a login of their own.
//
// Ruffle, which runs Flash programs in browsers of today, has no sockets. It
// carries the bytes of each in the binary messages of a WebSocket instead. A
// Proxy is the other end of that: a listener whose connections never leave the
// process.
//
// The facts about Flash are those of Adobe's "Policy file changes in Flash
// Player 9 and Flash Player 10".
package flash
