// generations.mjs VERSION MODE URL: what clients of every generation can do with
// one server that knows them all. VERSION is as in old.mjs; MODE is xhr-polling or
// websocket before 1.0, and then polling, websocket or upgrade.

import { ask, equal, hexOf, next, run, texts } from "./harness.mjs";
import { call, early, end, maker, transportOf, upgraded } from "./old.mjs";

const [version, mode, url] = process.argv.slice(2);
const client = maker(version, mode, url);
const generation = early(version) ? "early" : ["10", "1", "2"].includes(version) ? "middle" : "late";
const protocol = { early: "Socket.IO 0.9", middle: "Engine.IO 3, Socket.IO 4", late: "Engine.IO 4, Socket.IO 5" }[generation];

// The harness ends what it is given.
const keeping = (keep, socket) => (keep({ close: () => end(version, socket) }), socket);

async function connected(keep, namespace, more) {
  const socket = keeping(keep, client(namespace, more));
  await next(socket, "connect");
  return socket;
}

/** What comes of an event until the mark is done. */
async function until(socket, event, mark) {
  const seen = [];
  socket.on(event, (...args) => seen.push(args));
  await mark();
  return seen;
}

const all = {
  async transport(keep) {
    const socket = await connected(keep);
    if (mode === "upgrade") await upgraded(socket);
    const want = mode === "upgrade" ? "websocket" : mode;
    equal(transportOf(version, socket), want, "transport by the client");
    const [peer] = await call(socket, "peer");
    equal(peer.transport, want, "transport by the server");
    equal(peer.protocol, protocol, "protocol by the server");
  },

  async message(keep) {
    const socket = await connected(keep);
    const back = early(version) ? "message" : "message-back";
    socket.send("text ☃");
    equal(await next(socket, back), ["text ☃"], "text");
    if (!early(version)) return;
    socket.json.send({ a: [1, "☃"] });
    equal((await next(socket, back))[0], { a: [1, "☃"] }, "JSON");
  },

  async event(keep) {
    const socket = await connected(keep);
    const args = [1, -2.5, "3", [4, [null]], { five: { six: [7] } }, null, true, ""];
    socket.emit("echo", ...args);
    equal(await next(socket, "echo"), args, "arguments");
    socket.emit("echo");
    equal(await next(socket, "echo"), [], "no arguments");
  },

  async "utf-8"(keep) {
    const socket = await connected(keep);
    equal(await call(socket, "hex", ...texts), [texts.map(hexOf)], "bytes seen by the server");
    equal(await call(socket, "message-with-ack", ...texts), texts, "texts seen by the client");
    socket.emit("echo", ...texts);
    equal(await next(socket, "echo"), texts, "texts of an event");
  },

  async "ack by the server"(keep) {
    const socket = await connected(keep);
    equal(await call(socket, "message-with-ack", "a", { b: 1 }), ["a", { b: 1 }], "ack");
    const many = await Promise.all([...Array(30).keys()].map((n) => call(socket, "message-with-ack", n)));
    equal(many.flat(), [...Array(30).keys()], "thirty acks at once");
  },

  async "ack by the client"(keep) {
    const socket = await connected(keep);
    socket.on("question", (a, b, answer) => setTimeout(answer, 5, { sum: a + b }));
    socket.emit("ask", 40, 2);
    equal(await next(socket, "answer"), [{ sum: 42 }], "what the server got as ack");
  },

  async room(keep) {
    const [a, b, c] = await Promise.all([connected(keep), connected(keep), connected(keep)]);
    await Promise.all([call(a, "join", "r" + version + mode), call(b, "join", "r" + version + mode)]);
    const outside = until(c, "news", async () => {
      const both = Promise.all([next(a, "news"), next(b, "news")]);
      c.emit("room", "r" + version + mode, "for the room");
      equal(await both, [["for the room"], ["for the room"]], "those in the room");
      await call(c, "peer");
    });
    equal(await outside, [], "one outside of the room");
    await call(b, "leave", "r" + version + mode);
    const left = until(b, "news", async () => {
      const one = next(a, "news");
      c.emit("room", "r" + version + mode, "again");
      equal(await one, ["again"], "who stayed");
      await call(b, "peer");
    });
    equal(await left, [], "who left");
  },

  async namespace(keep) {
    const socket = keeping(keep, client("/custom"));
    if (early(version)) await next(socket, "connect");
    else equal(await next(socket, "auth"), [{}], "auth");
    socket.emit("nobody listens");
  },

  async "server ends the stay"(keep) {
    const socket = await connected(keep);
    const gone = next(socket, "disconnect");
    socket.emit("kick");
    const [reason] = await gone;
    equal(early(version) ? "booted" : "io server disconnect", reason, "reason");
  },

  async "client ends the stay"(keep) {
    const watcher = await connected(keep);
    await call(watcher, "join", "watchers");
    const socket = await connected(keep);
    const [id] = await call(socket, "id");
    const left = new Promise((resolve) => {
      // The server has other clients, and they leave too.
      watcher.on("left", (who, reason) => who === id && resolve(reason));
    });
    const gone = next(socket, "disconnect");
    socket.disconnect();
    await gone;
    // Early clients abort the request that carries their farewell, if it has not
    // gone by then; the server finds out when the close timeout is over.
    if (mode === "xhr-polling") return;
    const reason = await left;
    equal(["client namespace disconnect", "transport close"].includes(reason), true, `reason ${reason} is one of two`);
  },

  async "reconnect after a cut"(keep) {
    const socket = await connected(keep);
    if (mode === "upgrade") await upgraded(socket);
    const gone = next(socket, "disconnect");
    const back = gone.then(() => next(socket, "connect"));
    const timer = setInterval(ask, 100, "cut");
    await gone.finally(() => clearInterval(timer));
    await back;
    equal(await call(socket, "message-with-ack", "back"), ["back"], "ack after coming back");
  },
};

const later = {
  async auth(keep) {
    if (version === "10") { // its query is the connection's
      const socket = keeping(keep, client("/features?token=ok"));
      return equal((await call(socket, "handshake"))[0].query.token, ["ok"], "what the server got");
    }
    // Up to 2.x it stands behind the name of the namespace.
    const [namespace, more] = generation === "middle" ? ["/custom?token=ok", {}] : ["/custom", { auth: { token: "ok" } }];
    const socket = keeping(keep, client(namespace, more));
    equal((await next(socket, "auth"))[0].token, "ok", "what the server got");
  },

  async "unknown namespace"(keep) {
    const socket = keeping(keep, client("/nowhere"));
    const [err] = await Promise.race([next(socket, "connect_error"), next(socket, "error")]);
    equal(err.message || err, "Invalid namespace", "message");
  },

  async binary(keep) {
    const socket = await connected(keep);
    const buffer = (...bytes) => {
      const made = Buffer.from(bytes);
      // In the Node of 1.0 they stood for themselves; its parser takes the larger
      // one of which they are part today.
      return version === "10" ? Object.defineProperty(made, "buffer", { value: undefined }) : made;
    };
    const bytes = buffer(...Array(256).keys());
    equal(await call(socket, "hex-binary", bytes, buffer(0, 255)), [[bytes.toString("hex"), "00ff"]], "bytes seen by the server");
    const [back, between, list] = await call(socket, "message-with-ack", bytes, "between", [buffer(1)]);
    equal([Buffer.from(back).equals(bytes), between, Buffer.from(list[0]).toString("hex")], [true, "between", "01"], "bytes seen by the client");
  },
};

if (version === "07") delete all["reconnect after a cut"]; // it waits a minute
await run(early(version) ? all : { ...all, ...later });
