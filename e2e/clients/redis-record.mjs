// redis-record.mjs: prints what Node's adapters and emitter publish, for
// socketio/redis/testdata/node.golden. No Redis is needed. Each line is the kind, the
// channel or stream, and the payload in hexadecimal digits; that of an entry of a
// stream is JSON of its fields.

import { createServer } from "node:http";
import { createAdapter, createShardedAdapter } from "@socket.io/redis-adapter";
import { Emitter } from "@socket.io/redis-emitter";
import { createAdapter as createStreamsAdapter } from "@socket.io/redis-streams-adapter";
import { Server } from "socket.io";

let kind;
const print = (to, payload) => console.log(`${kind} ${to} ${Buffer.from(payload).toString("hex")}`);

/** As much of a client as the adapters need. */
const client = {
  pSubscribe() {},
  subscribe() {},
  sSubscribe() {},
  duplicate: () => client,
  connect: async () => {},
  on() {},
  listenerCount: () => 0,
  publish: async (to, payload) => print(to, payload),
  sPublish: async (to, payload) => print(to, payload),
  async xAdd(stream, id, fields) {
    print(stream, JSON.stringify(fields));
    return "1-0";
  },
  // There is one more server.
  sendCommand: async (...args) => (args.flat().includes("PUBSUB") ? ["", 2] : null),
  pubSubNumSub: async (channel) => ({ [channel]: 2 }),
  xRead: () => new Promise(() => {}),
};

async function act(io) {
  const node = io.of("/chat");
  node.emit("e", 1, "é", { n: [1.5, -7, null, true] });
  node.to("x").emit("e");
  node.to(["x", "y"]).except("z").volatile.compress(false).emit("e", 300, 70000, 5e9);
  node.to("0123456789abcdefghij").emit("e");
  node.emit("e", Buffer.from([1, 2, 3]), { in: Buffer.from([4]) });
  node.to("x").socketsJoin(["y", "z"]);
  node.except("x").socketsLeave("y");
  node.disconnectSockets(true);
  node.serverSideEmit("news", 1);
  node.timeout(1000).emit("ask", "?", () => {});
  node.to("x").fetchSockets().catch(() => {});
  node.serverSideEmit("sum", 1, () => {});
  await new Promise((resolve) => setTimeout(resolve, 50));
}

for (const [name, make] of Object.entries({
  classic: () => createAdapter(client, client),
  sharded: () => createShardedAdapter(client, client),
  streams: () => createStreamsAdapter(client),
})) {
  kind = name;
  const io = new Server(createServer(), { adapter: make() });
  io.of("/chat").adapter.uid = "server";
  await act(io);
}

kind = "classic";
const emitter = new Emitter(client).of("/chat");
emitter.to("x").except("y").emit("e", 1);
emitter.serverSideEmit("news", 1);
process.exit(0);
