// socketio.mjs VERSION MODE URL [PARSER]: what a client of Socket.IO 3 or 4 can
// do; see client.mjs for the arguments.

import { call, client, connected, cutOff, Manager, mode, options, repeated, transportOf, until, upgraded, url } from "./client.mjs";
import { equal, hexOf, next, pause, run, texts } from "./harness.mjs";

const cases = {
  async connect(keep) {
    const socket = await connected(keep);
    equal(socket.connected, true, "connected");
    equal(socket.id.length, 20, "length of the id");
    equal(socket.id === socket.io.engine.id, false, "the public id is the secret one");
  },

  async transport(keep) {
    const socket = await connected(keep);
    if (mode === "upgrade") await upgraded(socket);
    const want = mode === "polling" ? "polling" : "websocket";
    equal(transportOf(socket), want, "transport by the client");
    equal(await call(socket, "peer"), [{ transport: want, protocol: "Engine.IO 4, Socket.IO 5" }], "peer by the server");
    if (mode === "polling") {
      await pause(300); // several pings, each of which ends a poll
      equal(transportOf(socket), want, "transport later");
    }
  },

  async "auth object"(keep) {
    const socket = keep(client("/", { auth: { token: "ünlock", n: 1, deep: { list: [null, true] } } }));
    equal(await next(socket, "auth"), [{ token: "ünlock", n: 1, deep: { list: [null, true] } }], "auth");
  },

  async "auth function"(keep) {
    const socket = keep(client("/", { auth: (done) => setTimeout(done, 5, { late: "yes" }) }));
    equal(await next(socket, "auth"), [{ late: "yes" }], "auth");
  },

  async "auth absent"(keep) {
    equal(await next(keep(client()), "auth"), [{}], "auth");
  },

  async event(keep) {
    const socket = await connected(keep);
    const args = [1, -2.5, "3", [4, [null]], { five: { six: [7] } }, null, true, ""];
    socket.emit("message", ...args);
    equal(await next(socket, "message-back"), args, "arguments");
    socket.emit("message");
    equal(await next(socket, "message-back"), [], "no arguments");
  },

  async "ack by the server"(keep) {
    const socket = await connected(keep);
    equal(await call(socket, "message-with-ack", "a", { b: 1 }), ["a", { b: 1 }], "ack");
    equal(await call(socket, "message-with-ack"), [], "empty ack");
    const many = await Promise.all([...Array(50).keys()].map((n) => call(socket, "message-with-ack", n)));
    equal(many.flat(), [...Array(50).keys()], "fifty acks at once");
  },

  async "ack by the client"(keep) {
    const socket = await connected(keep);
    socket.on("question", (a, b, answer) => setTimeout(answer, 5, { sum: a + b }, Buffer.from([a, b])));
    socket.emit("ask", 40, 2);
    equal(await next(socket, "answer"), [{ sum: 42 }, Buffer.from([40, 2])], "what the server got as ack");
  },

  async "binary as argument"(keep) {
    const socket = await connected(keep);
    const bytes = Buffer.from([...Array(256).keys()]);
    const wide = new Uint16Array([1, 0xffff]);
    equal(await call(socket, "hex-binary", bytes, Buffer.alloc(0), wide), [[bytes.toString("hex"), "", "0100ffff"]], "bytes seen by the server");
    socket.emit("message", bytes, "between", Buffer.alloc(0));
    equal(await next(socket, "message-back"), [bytes, "between", Buffer.alloc(0)], "bytes seen by the client");
  },

  async "binary inside"(keep) {
    const socket = await connected(keep);
    const args = { text: "näme", blob: Buffer.from([0, 255]), list: [Buffer.from("one"), Buffer.from([10, 13])] };
    equal(await call(socket, "hex-inside", args), [[hexOf("näme"), "00ff", hexOf("one"), "0a0d"]], "bytes seen by the server");
    equal(await call(socket, "message-with-ack", args, [args.blob]), [args, [args.blob]], "bytes seen by the client");
  },

  async "binary of 300 kB"(keep) {
    const socket = await connected(keep);
    const large = Buffer.alloc(300_000, "everwire");
    const [back] = await call(socket, "message-with-ack", large);
    equal(back.equals(large), true, "bytes are the same");
  },

  async "utf-8"(keep) {
    const socket = await connected(keep);
    equal(await call(socket, "hex", ...texts), [texts.map(hexOf)], "bytes seen by the server");
    equal(await call(socket, "message-with-ack", ...texts), texts, "texts seen by the client");
    socket.emit("message", { [texts[3]]: texts[2] });
    equal(await next(socket, "message-back"), [{ [texts[3]]: texts[2] }], "key and value");
  },

  async room(keep) {
    const [a, b, c] = await Promise.all([connected(keep), connected(keep), connected(keep)]);
    await Promise.all([call(a, "join", "r"), call(b, "join", "r")]);
    const outside = until(c, "news", async () => {
      const both = Promise.all([next(a, "news"), next(b, "news")]);
      c.emit("room", "r", "for the room");
      equal(await both, [["for the room"], ["for the room"]], "those in the room");
      await call(c, "peer");
    });
    equal(await outside, [], "one outside of the room");
    await call(b, "leave", "r");
    const left = until(b, "news", async () => {
      const one = next(a, "news");
      c.emit("room", "r", "again");
      equal(await one, ["again"], "who stayed");
      await call(b, "peer");
    });
    equal(await left, [], "who left");
  },

  async "broadcast to all"(keep) {
    const all = await Promise.all([connected(keep), connected(keep), connected(keep)]);
    const heard = Promise.all(all.map((socket) => next(socket, "news")));
    all[0].emit("bcast", "news for", { all: Buffer.from("!") });
    const want = ["news for", { all: Buffer.from("!") }];
    equal(await heard, [want, want, want], "everybody");
  },

  async "broadcast to others"(keep) {
    const [a, b] = await Promise.all([connected(keep), connected(keep)]);
    const own = until(a, "news", async () => {
      const other = next(b, "news");
      a.emit("others", "not me");
      equal(await other, ["not me"], "the other");
      await call(a, "peer");
    });
    equal(await own, [], "the sender");
  },

  async volatile(keep) {
    const socket = keep(client());
    await next(socket, "auth");
    // Either side may drop one; with nothing else on its way not many of them.
    equal(await repeated(socket, "volatile", () => socket.emit("volatile", 1)), [1], "volatile by the server");
    equal(await repeated(socket, "message-back", () => socket.volatile.emit("message", 2)), [2], "volatile by the client");
  },

  async namespace(keep) {
    const socket = keep(client("/custom", { auth: { to: "custom" } }));
    equal(await next(socket, "auth"), [{ to: "custom" }], "auth in the namespace");
    equal(socket.nsp, "/custom", "name");
  },

  async "namespaces on one connection"(keep) {
    const manager = new Manager(url, options);
    const root = keep(manager.socket("/"));
    const custom = keep(manager.socket("/custom"));
    await Promise.all([next(root, "connect"), next(custom, "connect")]);
    equal(root.io.engine === custom.io.engine, true, "one engine");
    equal(root.id === custom.id, false, "own ids");
    custom.disconnect();
    equal(await call(root, "message-with-ack", "still here"), ["still here"], "the other namespace");
  },

  async "unknown namespace"(keep) {
    const [err] = await next(keep(client("/nowhere")), "connect_error");
    equal(err.message, "Invalid namespace", "message");
  },

  async "server ends the stay"(keep) {
    const socket = await connected(keep);
    const gone = next(socket, "disconnect");
    socket.emit("kick");
    equal((await gone)[0], "io server disconnect", "reason");
    await pause(150); // three times the pause before a reconnection
    equal(socket.connected, false, "connected by itself");
    const back = next(socket, "connect");
    socket.connect();
    await back;
    equal(await call(socket, "message-with-ack", 1), [1], "ack after coming back");
  },

  async "server ends the connection"(keep) {
    const socket = await connected(keep);
    const gone = next(socket, "disconnect");
    socket.emit("close");
    equal((await gone)[0], "io server disconnect", "reason");
  },

  async "client ends the stay"(keep) {
    const watcher = await connected(keep);
    await call(watcher, "join", "watchers");
    const socket = await connected(keep);
    const id = socket.id;
    const gone = next(socket, "disconnect");
    const left = next(watcher, "left");
    socket.disconnect();
    equal((await gone)[0], "io client disconnect", "reason by the client");
    equal(await left, [id, "client namespace disconnect"], "reason by the server");
  },

  async "reconnect after a cut"(keep) {
    const socket = await connected(keep);
    if (mode === "upgrade") await upgraded(socket);
    const id = socket.id;
    const reason = await cutOff(socket);
    equal(["transport close", "transport error"].includes(reason), true, `reason ${reason} is one of two`);
    await next(socket, "connect");
    equal(socket.id === id, false, "the id is new");
    equal(await call(socket, "message-with-ack", "back"), ["back"], "ack after coming back");
  },

  async "what was emitted while away arrives"(keep) {
    const socket = await connected(keep);
    await cutOff(socket);
    const back = next(socket, "message-back");
    socket.emit("message", "kept");
    equal(await back, ["kept"], "the first message");
  },
};

await run(cases);
