// redis.mjs KIND REDIS URL [PREFIX]: a server of Node, in one cluster with the server
// at URL by the Redis at that address. KIND is classic, specific, sharded or streams.
// With a PREFIX of its channels and streams it is a Redis Cluster. The other server
// does for its client what the event "do" says, with the words of Node's API; see
// redis_test.go.

import { createServer } from "node:http";
import { createAdapter, createShardedAdapter } from "@socket.io/redis-adapter";
import { Emitter } from "@socket.io/redis-emitter";
import { createAdapter as createStreamsAdapter } from "@socket.io/redis-streams-adapter";
import { createClient, createCluster } from "redis";
import { Server } from "socket.io";
import { io as connect } from "socket.io-client-4";

import { equal, holds, next, pause, run } from "./harness.mjs";

const [kind, redis, url, prefix] = process.argv.slice(2);

const pub = prefix ? createCluster({ rootNodes: [{ url: redis }] }) : createClient({ url: redis });
const sub = pub.duplicate();
await Promise.all([pub.connect(), sub.connect()]);
const adapter = {
  classic: () => createAdapter(pub, sub),
  specific: () => createAdapter(pub, sub, { publishOnSpecificResponseChannel: true }),
  sharded: () => createShardedAdapter(pub, sub, { channelPrefix: prefix || "socket.io" }),
  streams: () => createStreamsAdapter(pub),
}[kind]();
const http = createServer();
const io = new Server(http, { adapter });
const chat = io.of("/chat");
chat.on("connection", (socket) => {
  socket.data = { server: "node" };
  socket.on("join", (rooms, done) => (socket.join(rooms), done()));
});
await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
const here = `http://127.0.0.1:${http.address().port}`;

/** A client in the rooms. */
async function enter(keep, at, ...rooms) {
  const socket = keep(connect(at + "/chat", { transports: ["websocket"], forceNew: true, reconnection: false }));
  await next(socket, "connect");
  socket.log = [];
  socket.onAny((...args) => (args[0] === "ready" ? (socket.ready = true) : socket.log.push(args)));
  await socket.emitWithAck("join", rooms);
  return socket;
}

/** Two clients of each server: a and b of Node's, c and d of the other. a and c are in x,
 * a room that nobody was in before: when a room ends and begins again at once, Node's
 * client of Redis ends the new subscription with the old one. */
let x, halls = 0;
async function hall(keep) {
  x = `x${++halls}`;
  const clients = [
    await enter(keep, here, x),
    await enter(keep, here),
    await enter(keep, url, x),
    await enter(keep, url),
  ];
  const [a, , c] = clients;
  // Whoever listens to a room says so to Redis a moment later.
  for (let i = 0; i < 200 && !(a.ready && c.ready); i++) {
    if (!c.ready) chat.to(x).except(a.id).emit("ready");
    if (!a.ready) await theirs(c, "emit", { to: [x], except: [c.id] }, "ready");
    await pause(10);
  }
  await settled(clients);
  for (const socket of clients) socket.log.length = 0;
  return clients;
}

/** Lets the other server do something: method of Node's API, receivers, arguments. */
const theirs = (client, method, options, ...args) => client.emitWithAck("do", method, options, ...args);

/** Waits until everything has arrived that was emitted before by either server. */
let marks = 0;
async function settled(clients) {
  const mark = `mark ${++marks}`;
  const all = (event) => Promise.all(clients.map((socket) => next(socket, event)));
  // One after the other: what Node has sent to Redis, its own orders included, stands
  // there before the other's mark, which comes back to it behind them.
  const nodes = all(mark);
  chat.emit(mark);
  await nodes;
  const others = all(mark + "'");
  await theirs(clients[2], "emit", {}, mark + "'");
  await others;
  for (const socket of clients) socket.log = socket.log.filter(([event]) => !event.startsWith("mark "));
}

/** Each of the named clients gets exactly this, and nobody anything else. */
async function got(clients, names, what, ...want) {
  // A Redis Cluster keeps the order of each channel, and rooms may have their own.
  const there = () => [...names].every((name) => clients["abcd".indexOf(name)].log.length > 0);
  await holds(there, 20_000);
  await settled(clients);
  const all = clients.map((socket, i) => {
    if (socket.log.length === 0) return "";
    equal(socket.log, [want], `what ${"abcd"[i]} got`);
    return "abcd"[i];
  });
  for (const socket of clients) socket.log.length = 0;
  equal(all.join(""), names, what);
}

/** Both servers, with the same words. */
function sides(clients) {
  const node = (method, { to = [], except = [], local, timeout }, ...args) => {
    let operator = chat.except([]);
    if (to.length) operator = operator.to(to);
    if (except.length) operator = operator.except(except);
    if (local) operator = operator.local;
    if (timeout) operator = operator.timeout(timeout);
    return operator[method](...args);
  };
  return { node, other: (method, options, ...args) => theirs(clients[2], method, options, ...args) };
}

/** Waits until the named clients are in a room. */
async function fetched(clients, room, names, what) {
  for (const end = performance.now() + 20_000; ; await pause(5)) {
    const now = letters(clients, (await chat.in(room).fetchSockets()).map((s) => s.id));
    if (now === names || performance.now() > end) return equal(now, names, what);
  }
}

const letters = (clients, ids) => [...ids].map((id) => "abcd"[clients.findIndex((c) => c.id === id)]).sort().join("");

await run({
  async broadcasts(keep) {
    const clients = await hall(keep);
    const [a, , , d] = clients;
    for (const [name, act] of Object.entries(sides(clients))) {
      const cases = [
        [{}, "abcd"],
        [{ to: [x] }, "ac"],
        [{ except: [x] }, "bd"],
        [{ to: [a.id] }, "a"],
        [{ to: [d.id] }, "d"],
        [{ to: [x, d.id], except: [a.id] }, "cd"],
        [{ local: true }, name === "node" ? "ab" : "cd"],
        [{ to: ["nobody"] }, ""],
      ];
      for (const [options, want] of cases) {
        await act("emit", options, "e", 1, "é", { n: [1.5, null, -7] });
        await got(clients, want, `${name}: ${JSON.stringify(options)}`, "e", 1, "é", { n: [1.5, null, -7] });
      }
    }
  },

  async "binary and large"(keep) {
    const clients = await hall(keep);
    const large = "0123456789".repeat(50_000);
    for (const [name, act] of Object.entries(sides(clients))) {
      await act("emit", { to: [x] }, "e", Buffer.from([1, 2]), { in: Buffer.from([3]) });
      await got(clients, "ac", `${name}: binary`, "e", Buffer.from([1, 2]), { in: Buffer.from([3]) });
      await act("emit", { to: [x] }, "e", large);
      await got(clients, "ac", `${name}: large`, "e", large);
    }
  },

  async "fetch sockets"(keep) {
    const clients = await hall(keep);
    const sockets = await chat.fetchSockets();
    equal(letters(clients, sockets.map((s) => s.id)), "abcd", "Node fetched");
    const theirSocket = sockets.find((s) => s.id === clients[2].id);
    equal([...theirSocket.rooms].sort(), [clients[2].id, x].sort(), "rooms");
    equal(theirSocket.data, { server: "go" }, "data");
    equal([theirSocket.handshake.query.EIO, theirSocket.handshake.secure, typeof theirSocket.handshake.issued], ["4", false, "number"], "handshake");
    equal(letters(clients, (await chat.in(x).fetchSockets()).map((s) => s.id)), "ac", "Node fetched of x");
    const infos = await theirs(clients[2], "fetchSockets", {});
    equal(letters(clients, infos.map((s) => s.id)), "abcd", "the other fetched");
    const ours = infos.find((s) => s.id === clients[0].id);
    equal([ours.data, ours.generation, [...ours.rooms].sort()], [{ server: "node" }, "Gen4", [clients[0].id, x].sort()], "what it knows");
  },

  async "join, leave and disconnect"(keep) {
    const clients = await hall(keep);
    for (const [name, act] of Object.entries(sides(clients))) {
      await act("socketsJoin", { to: [x] }, ["y-" + name]);
      await fetched(clients, "y-" + name, "ac", `${name}: joined`);
      await act("socketsLeave", { to: [clients[0].id] }, ["y-" + name]);
      await fetched(clients, "y-" + name, "c", `${name}: left`);
    }
    const [a, b, c, d] = clients;
    const gone = [next(d, "disconnect"), next(b, "disconnect")];
    chat.in(d.id).disconnectSockets(true);
    await theirs(c, "disconnectSockets", { to: [b.id] }, false);
    equal((await Promise.all(gone)).map(([reason]) => reason), ["io server disconnect", "io server disconnect"], "reasons");
    equal([a.connected, c.connected], [true, true], "the others are there");
  },

  async "broadcast with acks"(keep) {
    const clients = await hall(keep);
    clients.forEach((socket, i) => {
      socket.on("ask", (what, answer) => answer("abcd"[i] + what));
      socket.on("raw", (answer) => answer(Buffer.from([i])));
      if (i > 0) socket.on("silence", (answer) => answer(i));
    });
    for (const [name, act] of Object.entries(sides(clients))) {
      const answers = await act("emitWithAck", { timeout: 20_000 }, "ask", "!");
      equal([...answers].sort(), ["a!", "b!", "c!", "d!"], `${name}: answers`);
      const raw = await act("emitWithAck", { timeout: 20_000, to: [x] }, "raw");
      equal(raw.map((b) => b[0]).sort(), [0, 2], `${name}: binary answers`);
      equal(await act("emitWithAck", { timeout: 20_000, to: ["nobody"] }, "ask"), [], `${name}: of nobody`);
    }
    const [err, theirErr] = await Promise.all([
      chat.timeout(3000).emitWithAck("silence").then(() => undefined, (err) => err),
      theirs(clients[2], "emitWithAck", { timeout: 3000 }, "silence"),
    ]);
    equal([...err.responses].sort(), [1, 2, 3], "Node: those that answered");
    equal(theirErr, { missing: 1, answers: 3 }, "the other: those that answered");
  },

  async "server-side events"(keep) {
    const clients = await hall(keep);
    const heard = next(chat, "hello");
    await theirs(clients[2], "serverSideEmit", {}, "hello", 1, { a: "b" });
    equal(await heard, [1, { a: "b" }], "Node heard");
    chat.on("sum", (n, answer) => answer(n + 1));
    equal(await theirs(clients[2], "serverSideEmitWithAck", {}, "sum", 41), [42], "Node's answer");
    equal(await chat.serverSideEmitWithAck("double", 21), [42], "the other's answer");
    const told = next(clients[3], "told");
    chat.serverSideEmit("tell", "all");
    equal(await told, ["all"], "the other heard");
  },

  ...(kind === "classic" && {
    async emitter(keep) {
      const clients = await hall(keep);
      const emitter = new Emitter(pub).of("/chat");
      emitter.to(x).emit("e", 1, Buffer.from([1]));
      await got(clients, "ac", "of Node, to a room", "e", 1, Buffer.from([1]));
      emitter.except(x).emit("e", 2);
      await got(clients, "bd", "of Node, but a room", "e", 2);
      emitter.in(x).socketsJoin("y");
      await fetched(clients, "y", "ac", "of Node, joined");
      const gone = next(clients[2], "disconnect");
      emitter.in(clients[2].id).disconnectSockets(true);
      await gone;
    },
  }),

  async "emitter of Go"(keep) {
    const clients = await hall(keep);
    await theirs(clients[2], "emitter", { to: [x] }, "e", 1, Buffer.from([1]));
    await got(clients, "ac", "to a room", "e", 1, Buffer.from([1]));
    await theirs(clients[2], "emitter", {}, "e", "all");
    await got(clients, "abcd", "to all", "e", "all");
  },
});
