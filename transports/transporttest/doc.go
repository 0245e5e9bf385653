// Package transporttest is the conformance suite of transports: what a session
// promises must hold whatever carries it. A transport's own tests call Run with
// a way to start a server and a client that speaks the transport:
//
//	func TestConformance(t *testing.T) {
//		transporttest.Run(t, transporttest.Config{
//			Start: func(t testing.TB, o transporttest.Options) *transporttest.Server {
//				return transporttest.NewServer(t, o, eio.V4, polling.Transport{})
//			},
//			Dial: transporttest.DialPolling,
//		})
//	}
//
// The clients here are written by hand on net/http and protocol/ws. They start
// no goroutines: a client that is not asked to receive reads nothing and answers
// no ping, which is how tests make a slow or a dead one.
//
// Tests of one transport and of what differs between them do not belong here.
package transporttest
