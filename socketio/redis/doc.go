// Package redis joins Socket.IO servers by a Redis that they share, so that rooms
// and broadcasts reach the clients of all of them. The servers may be of this
// module or of Node: what passes between them is what npm's @socket.io/redis-adapter
// 8, @socket.io/redis-streams-adapter 0.3 and @socket.io/redis-emitter 5 write and
// read.
//
//	redis.SilenceDriver() // go-redis writes to the standard error output otherwise
//	hub, err := redis.Open(redis.Config{URL: os.Getenv("REDIS_URL"), Logger: logger})
//	if err != nil {
//		return err
//	}
//	defer hub.Close()
//	srv := server.New(server.Options{Adapter: hub.Adapter})
//
// Nothing else changes in the program: Emit, CallAll, FetchSockets, SocketsJoin and
// the others reach the clients of all servers, and ServerSideEmit the servers.
// A program that is no server and only has something to say uses an Emitter.
//
// # Kinds
//
// All servers of a cluster have the same Kind. Classic works with any Redis. With
// Sharded, since Redis 7, servers do not hear of rooms that they have no client in,
// and a Redis Cluster shares the work. With Streams a server that loses its
// connection for a while hears afterwards what it has missed.
//
// With a Redis Cluster, shard channels need one connection to each master that has
// one of them. PUBLISH goes by one master for each server.
//
// # What is promised
//
// Clients of this server get an event at once, whatever Redis does: Emit does not
// wait for it. What others are to know stands in a queue, from which one goroutine
// writes it, in order. In a Redis Cluster, masters take it side by side: there the
// order is kept in each shard channel and each stream, and among all that goes by
// PUBLISH.
//
// While Redis is away, or answers that it takes nothing for now, as when it loads its
// data or a replica is about to take over, the queue grows up to its bounds; after
// that Emit returns ErrQueueFull, and the event is for this server alone. What was
// being written when the connection broke is not written again, as it might arrive
// twice. So it is at most once, as between Node's servers: but a Client that you give
// has to be told to send nothing again by itself, see Config.Client.
//
// Stats counts what was lost on its way to Redis. What Redis drops behind that is
// known to nobody: it keeps nothing for a server that is away, nor for one that reads
// too slowly, whose connection it closes; Renewed counts the connections after that.
// What is in a stream is not lost so.
//
// A subscription that Redis refuses, as it does for a user who may not listen to the
// channel, is tried again, after pauses that grow up to 30 s. Until it is taken
// Reached reports false.
//
// Requests end at the deadline of their context, and a *socketio.MissingError says
// how many servers and clients have not answered.
//
// What comes from Redis is read as if strangers had sent it: it is bounded by
// Config.MaxMessage, checked, and dropped and counted if it is no message. But there
// is no signature: whoever may write to this Redis may speak for any server. Keep it
// from strangers, and give each cluster a Prefix or a database of its own: Redis
// does not keep the channels of its databases apart.
//
// # Recovery
//
// Config.Recovery of package socketio works for clients that come back to the same
// server.
package redis
