// features.mjs VERSION MODE URL: what a client of Socket.IO 3 or 4 sees of the
// features of the server; see client.mjs for the arguments, and the server's
// side for what each event does.

import { call, client, connected, cutOff, Manager, mode, options, repeated, until, upgraded, url, version } from "./client.mjs";
import { equal, next, pause, run } from "./harness.mjs";

const features = (keep, more) => connected(keep, "/features", more);

/** Names for rooms that no other case has. */
const fresh = (name) => `${name} ${process.pid} ${performance.now()}`;

/** So many clients that are in one room. */
async function inRoom(keep, room, count, more = () => ({})) {
  const sockets = await Promise.all([...Array(count).keys()].map((n) => features(keep, more(n))));
  await Promise.all(sockets.map((socket) => call(socket, "join", room)));
  return sockets;
}

/** A client, and one that is told how the other one goes. */
async function watched(keep) {
  const watcher = await features(keep);
  await call(watcher, "join", "watchers");
  const socket = await features(keep);
  const { id } = socket;
  const left = new Promise((resolve) => watcher.on("left", (who, why) => who === id && resolve(why)));
  return { socket, left, gone: next(socket, "disconnect").then(([reason]) => reason) };
}

/** How much has gone over the client's WebSocket. */
function traffic(socket) {
  const { bytesRead, bytesWritten } = socket.io.engine.transport.ws._socket;
  return { bytesRead, bytesWritten };
}

const cases = {
  async "refused event"(keep) {
    const socket = await features(keep);
    const told = next(socket, "refused");
    const want = [{ error: { message: "not allowed", data: { what: { a: 1 } } } }];
    equal(await call(socket, "forbidden", { a: 1 }), want, "ack");
    equal(await told, ["forbidden", "not allowed"], "what the error hook got");
    const again = next(socket, "refused");
    socket.emit("forbidden");
    equal(await again, ["forbidden", "not allowed"], "what it got of an event without ack");
    equal(await call(socket, "was-handled"), [false], "the handler was called");
    equal(socket.connected, true, "still connected");
  },

  async "catch-all"(keep) {
    const socket = await features(keep);
    const seen = [];
    socket.onAny((event, ...args) => seen.push({ event, args: args.length }));
    socket.emit("watch");
    socket.emit("nobody listens", 1, Buffer.from([2]), 3);
    socket.emit("reply", "first", "a");
    socket.emit("reply", "second", "b");
    await next(socket, "second");
    const [{ in: incoming, out }] = await call(socket, "watched");
    const event = (name, args) => ({ event: name, args });
    equal(incoming, [event("nobody listens", 3), event("reply", 2), event("reply", 2), event("watched", 0)], "what came in");
    equal(out, [event("first", 1), event("second", 1)], "what went out");
    equal(seen, out, "what the client saw");
  },

  async "volatile flag"(keep) {
    const [socket, other] = await Promise.all([features(keep), features(keep)]);
    const count = 500;
    const seen = [];
    socket.on("flood", (n) => seen.push(n));
    await repeated(socket, "flood", () => socket.emit("burst", count));
    await call(socket, "length", ""); // behind each burst so far
    await pause(100); // until a poll waits again
    seen.length = 0;
    socket.emit("burst", count);
    equal(await call(socket, "length", "abc"), [3], "ack behind the flood");
    equal(seen.every((n, i) => i === 0 || seen[i - 1] < n), true, "order is kept");
    if (mode === "polling") equal(seen.length < count, true, `${seen.length} events for one poll`);
    const room = fresh("volatile");
    await call(other, "join", room);
    const news = repeated(other, "news", () => socket.emit("volatile-room", room, "you may miss"));
    equal(await news, ["you may miss"], "volatile broadcast");
  },

  async "compress flag"(keep) {
    const socket = await features(keep);
    if (mode === "upgrade") await upgraded(socket);
    const size = 9_600;
    for (const compress of [true, false]) {
      const before = mode === "polling" ? null : traffic(socket);
      const large = next(socket, "large");
      socket.emit("large", size, compress);
      const [text] = await large;
      equal(text, "everwire".repeat(size / 8), "text seen by the client");
      equal(await call(socket.compress(compress), "length", text), [size], "length seen by the server");
      if (mode === "polling") continue; // polls are not compressed unless the server is told to
      const { bytesRead, bytesWritten } = traffic(socket);
      equal(bytesRead - before.bytesRead < 1_000, compress, `few of ${bytesRead - before.bytesRead} bytes came`);
      equal(bytesWritten - before.bytesWritten < 1_000, compress, `few of ${bytesWritten - before.bytesWritten} bytes went`);
    }
  },

  async "broadcast with acks"(keep) {
    const room = fresh("asked");
    const [a, ...others] = await inRoom(keep, room, 4, (n) => ({ query: { name: `client ${n}` } }));
    for (const [n, socket] of [a, ...others].entries()) {
      socket.on("question", (text, answer) => setTimeout(answer, 10 * n, `${text} ${n}`));
    }
    const [all] = await call(a, "ask-all", room, 10_000, "answer");
    equal(all, { answers: ["answer 0", "answer 1", "answer 2", "answer 3"], missing: 0, late: false }, "all answer");
    equal(await call(a, "ask-all", fresh("nobody"), 10_000, "x"), [{ answers: [], missing: 0, late: false }], "nobody is asked");
  },

  async "broadcast with acks, one silent"(keep) {
    const room = fresh("asked");
    const [a, b, silent] = await inRoom(keep, room, 3);
    a.on("question", (text, answer) => answer(`a ${text}`));
    b.on("question", (text, answer) => answer(`b ${text}`));
    const heard = next(silent, "question");
    equal(await call(a, "ask-all", room, 400, "x"), [{ answers: ["a x", "b x"], missing: 1, late: true }], "outcome");
    const [text, answer] = await heard;
    equal(text, "x", "what the silent one was asked");
    answer("too late");
    equal(await call(silent, "length", "abc"), [3], "ack after a late answer");
  },

  async "broadcast with acks, one leaves"(keep) {
    const room = fresh("asked");
    const [a, leaver] = await inRoom(keep, room, 2);
    a.on("question", (text, answer) => answer(text));
    leaver.on("question", () => leaver.disconnect());
    const began = performance.now();
    equal(await call(a, "ask-all", room, 10_000, "x"), [{ answers: ["x"], missing: 1, late: false }], "outcome");
    equal(performance.now() - began < 5_000, true, "does not wait for who has left");
  },

  async "fetch sockets"(keep) {
    const room = fresh("fetched");
    const sockets = await inRoom(keep, room, 2, (n) => ({ query: { name: `n${n}` }, auth: { n } }));
    const want = sockets.map(({ id }, n) => ({ id, rooms: [id, room].sort(), data: { id, auth: { n } }, query: `n${n}` }));
    equal(await call(sockets[0], "fetch", room), [want], "who is in the room");
    equal(await call(sockets[0], "fetch", fresh("empty")), [[]], "who is in another");
  },

  async "sockets join and leave"(keep) {
    const [from, to] = [fresh("from"), fresh("to")];
    const moved = await inRoom(keep, from, 2);
    const other = await features(keep);
    await call(other, "move", from, to, from);
    const outside = until(other, "news", async () => {
      const heard = Promise.all(moved.map((socket) => next(socket, "news")));
      other.emit("room", from, "nobody");
      other.emit("room", to, "moved");
      equal(await heard, [["moved"], ["moved"]], "those who were moved");
      await call(other, "length", "");
    });
    equal(await outside, [], "who was not");
  },

  async "disconnect sockets"(keep) {
    const room = fresh("ended");
    const other = await features(keep);
    const manager = new Manager(url, options);
    const root = keep(manager.socket("/"));
    const socket = keep(manager.socket("/features"));
    await Promise.all([next(root, "connect"), next(socket, "connect")]);
    await call(socket, "join", room);
    let gone = next(socket, "disconnect");
    await call(other, "end", room, false);
    equal((await gone)[0], "io server disconnect", "reason");
    equal(await call(root, "message-with-ack", 1), [1], "ack in the other namespace");

    const back = next(socket, "connect");
    socket.connect();
    await back;
    await call(socket, "join", room);
    gone = Promise.all([next(root, "disconnect"), next(socket, "disconnect")]);
    await call(other, "end", room, true);
    equal((await gone).map(([reason]) => reason), ["io server disconnect", "io server disconnect"], "reasons in both");
    equal(other.connected, true, "who was not in the room");
  },

  async "room events"(keep) {
    const room = fresh("changing");
    const [a, b] = await Promise.all([features(keep), features(keep)]);
    const [idA, idB] = [a.id, b.id];
    await call(a, "join", room);
    await call(b, "join", room);
    await call(b, "leave", room);
    const want = [["create-room", ""], ["join-room", idA], ["join-room", idB], ["leave-room", idB]];
    equal(await call(b, "changes", room), [want], "so far");
    a.disconnect();
    let changes;
    do [changes] = await call(b, "changes", room);
    while (changes.length <= want.length); // the server may not have seen it leave
    want.push(["leave-room", idA], ["delete-room", ""]);
    equal(changes, want, "when all have left");
  },

  async "namespace by pattern"(keep) {
    const [one, two] = [1, 2].map((n) => `/tenant-${n}${process.pid}`);
    const [a, b, other] = await Promise.all([one, one, two].map((name) => connected(keep, name)));
    equal(await call(a, "where"), [one], "name");
    equal(await call(other, "where"), [two], "name of another");
    const outside = until(other, "news", async () => {
      const heard = Promise.all([next(a, "news"), next(b, "news")]);
      a.emit("here", "neighbours");
      equal(await heard, [["neighbours"], ["neighbours"]], "those in it");
      await call(other, "where");
    });
    equal(await outside, [], "those in the other");
    const all = Promise.all([a, b, other].map((socket) => next(socket, two)));
    other.emit("all", two, "tenants");
    equal(await all, [["tenants"], ["tenants"], ["tenants"]], "those in both");
    const [err] = await next(keep(client("/tenant-x")), "connect_error");
    equal(err.message, "Invalid namespace", "a name that does not match");
  },

  async "namespace by function"(keep) {
    const name = "/by-function/" + process.pid;
    const [err] = await next(keep(client(name, { auth: { word: "now" } })), "connect_error");
    equal(err.message, "Invalid namespace", "without the word");
    const [elsewhere] = await next(keep(client("/elsewhere", { auth: { word: "please" } })), "connect_error");
    equal(elsewhere.message, "Invalid namespace", "another name");
    const socket = await connected(keep, name, { auth: { word: "please" } });
    equal(await call(socket, "where"), [name], "name");
  },

  async handshake(keep) {
    const socket = keep(
      client("/features", {
        query: { name: "ä&b=c", list: "1" },
        auth: { token: "tökén", deep: [{ n: null }] },
        extraHeaders: { "User-Agent": "everwire-test/1", Origin: "http://elsewhere.example" },
      }),
    );
    await next(socket, "connect");
    if (mode === "upgrade") await upgraded(socket);
    await pause(30);
    const [{ age, ...seen }] = await call(socket, "handshake");
    equal(age >= 30 && age < 10_000, true, `age of ${age} ms`);
    const want = {
      query: { name: ["ä&b=c"], list: ["1"] },
      agent: "everwire-test/1",
      origin: "http://elsewhere.example",
      host: new URL(url).host,
      auth: { token: "tökén", deep: [{ n: null }] },
      loopback: true,
      secure: false,
      crossSite: true,
      path: "/socket.io/",
    };
    equal(seen, want, "what the server knows");
  },

  async "refused by a middleware"(keep) {
    const socket = keep(client("/guarded", { auth: { word: "now" } }));
    const [err] = await next(socket, "connect_error");
    equal(err instanceof Error, true, "is an error");
    equal([err.message, err.data], ["not authorized", { word: "now", code: 401 }], "message and data");
    equal(socket.connected, false, "connected");
    socket.auth = { word: "please" };
    const entered = next(socket, "connect");
    socket.connect();
    await entered;
    const [plain] = await next(keep(client("/closed")), "connect_error");
    equal([plain.message, plain.data], ["closed", undefined], "message and data of a plain error");
  },

  async "reason: client namespace disconnect"(keep) {
    const { socket, left, gone } = await watched(keep);
    socket.disconnect();
    equal([await gone, await left], ["io client disconnect", "client namespace disconnect"], "reasons");
  },

  async "reason: server namespace disconnect"(keep) {
    const { socket, left, gone } = await watched(keep);
    await call(socket, "join", socket.id);
    await call(await features(keep), "end", socket.id, false);
    equal([await gone, await left], ["io server disconnect", "server namespace disconnect"], "reasons");
  },

  async "reason: transport close"(keep) {
    const { socket, left, gone } = await watched(keep);
    if (mode === "upgrade") await upgraded(socket);
    socket.io.reconnection(false);
    socket.io.engine.close();
    equal([await gone, await left], ["forced close", "transport close"], "reasons");
  },

  async "reason: lost connection"(keep) {
    const { socket, gone } = await watched(keep);
    if (mode === "upgrade") await upgraded(socket);
    await cutOff(socket);
    equal(await gone, mode === "polling" ? "transport error" : "transport close", "reason");
  },

  async "timeout of the client"(keep) {
    const socket = await features(keep);
    if (version === "3") {
      // There is no timeout(): such a client waits for as long as it takes.
      equal([socket.timeout, socket.emitWithAck], [undefined, undefined], "methods");
      equal(await call(socket, "slow", 1), [1], "slow ack");
      return;
    }
    const failed = (promise) => promise.then(() => "no error", (err) => err.message);
    equal(await failed(socket.timeout(50).emitWithAck("nobody listens")), "operation has timed out", "no ack");
    equal(await failed(socket.timeout(50).emitWithAck("slow", 1)), "operation has timed out", "late ack");
    equal(await socket.timeout(5_000).emitWithAck("slow", 2), 2, "ack in time");
    const [err, value] = await new Promise((resolve) => socket.timeout(5_000).emit("length", "abcd", (...out) => resolve(out)));
    equal([err, value], [null, 4], "ack for a callback");
  },
};

await run(cases);
