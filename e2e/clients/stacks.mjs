// WebSocket stacks of npm behind one interface, for websocket.mjs and
// websocket-server.mjs. Each has
//
//	connect(url, version, origin) -> an open Peer
//	listen(serve)                 -> the port where serve(Peer) is called for each client

import { EventEmitter, once } from "node:events";
import http from "node:http";
import { createRequire } from "node:module";
import net from "node:net";

const require = createRequire(import.meta.url);
const host = "127.0.0.1";
const continuation = 0;

/** A connection. What arrives waits for next(), a close or the end as well. */
class Peer {
  #items = [];
  #waiting = null;

  /** send has what the stack can do: text, binary, ping, fragments, notUTF8, close. */
  constructor(socket, send) {
    this.socket = socket;
    Object.assign(this, send);
    socket.on("error", () => {}); // the end follows
    socket.on("close", () => this.push({ type: "end" }));
  }

  push(item) {
    if (this.#waiting) this.#waiting(item);
    else this.#items.push(item);
    this.#waiting = null;
  }

  /** The next {type, data}, {type: "close", code, reason} or {type: "end"}. */
  next() {
    return new Promise((resolve) => {
      if (this.#items.length > 0) resolve(this.#items.shift());
      else this.#waiting = resolve;
    });
  }

  /** Reports the answer to our close, for stacks that do not look at it. */
  watchAnswer() {
    this.socket.on("data", (data) => {
      // The frames of what is short have headers of two bytes.
      for (let i = 0; i + 1 < data.length; i += 2 + data[i + 1]) {
        if (data[i] !== 0x88) continue;
        const body = data.subarray(i + 2, i + 2 + data[i + 1]);
        this.push({ type: "close", code: body.readUInt16BE(), reason: String(body.subarray(2)) });
      }
    });
  }

  /** What f sends goes out in one write. */
  together(f) {
    this.socket.cork();
    f();
    this.socket.uncork();
  }

  disconnect() {
    this.socket.destroy();
  }
}

/** Waits for the event, and fails with the first of the emitter's errors. */
async function opened(emitter, event, failure = "error") {
  const failed = once(emitter, failure).then(([err]) => Promise.reject(err));
  failed.catch(() => {}); // errors after the opening show as a close
  const [value] = await Promise.race([once(emitter, event), failed]);
  return value;
}

async function listening(server) {
  server.listen(0, host);
  await once(server, "listening");
  return server.address().port;
}

// ws 8

function ws8(ws) {
  const peer = new Peer(ws._socket, {
    text: (text) => ws.send(text),
    binary: (data) => ws.send(data),
    ping: (data) => ws.ping(data),
    fragments(parts, binary) {
      parts.forEach((part, i) => {
        ws.send(part, { binary, fin: i === parts.length - 1 });
        if (i === 0) ws.ping("between");
      });
    },
    notUTF8: (data) => ws.send(data, { binary: false }),
    close: (code, reason) => ws.close(code, reason),
    compresses: Boolean(ws.extensions),
  });
  ws.on("message", (data, binary) => peer.push(binary ? { type: "binary", data } : { type: "text", data: String(data) }));
  ws.on("pong", (data) => peer.push({ type: "pong", data: String(data) }));
  ws.on("error", () => {});
  ws.on("close", (code, reason) => peer.push({ type: "close", code, reason: String(reason) }));
  return peer;
}

const stackWs8 = {
  async connect(url, version, origin) {
    const { WebSocket } = await import("ws-8");
    const ws = new WebSocket(url, { protocolVersion: version, origin });
    await opened(ws, "open");
    return ws8(ws);
  },
  async listen(serve) {
    const { WebSocketServer } = await import("ws-8");
    const server = new WebSocketServer({ port: 0, host, perMessageDeflate: { threshold: 0 } });
    server.on("connection", (ws) => serve(ws8(ws)));
    await once(server, "listening");
    return server.address().port;
  },
};

// ws 0.4

/** ws 0.4 was written when a hash took a string's characters for bytes. */
function loadWs04() {
  const crypto = require("crypto");
  const { createHash } = crypto;
  crypto.createHash = (...args) => {
    const hash = createHash(...args);
    const { update } = hash;
    hash.update = (data, encoding = "latin1") => update.call(hash, data, encoding);
    return hash;
  };
  return require("ws-04");
}

function ws04(ws) {
  const peer = new Peer(ws._socket, {
    text: (text) => ws.send(text),
    binary: (data) => ws.send(data, { binary: true }),
    ping: (data) => ws.ping(data),
    fragments(parts, binary) {
      const rest = [...parts];
      ws.stream({ binary }, (err, send) => {
        if (err) throw err;
        if (rest.length === parts.length - 1) ws.ping("between");
        send(rest.shift(), rest.length === 0);
      });
    },
    notUTF8: (data) => ws.send(data, { binary: false }),
    close(code, reason) {
      this.watchAnswer();
      ws.close(code, reason);
    },
  });
  ws.on("message", (data, { binary }) => peer.push({ type: binary ? "binary" : "text", data }));
  ws.on("pong", (data) => peer.push({ type: "pong", data: String(data ?? "") }));
  ws.on("error", () => {});
  // Its own event tells what it has sent itself.
  const { onclose } = ws._receiver;
  ws._receiver.onclose = (code, reason, flags) => {
    peer.push({ type: "close", code, reason });
    onclose(code, reason, flags);
  };
  // It takes all listeners off the socket, and emits this in their place.
  ws.on("close", () => peer.push({ type: "end" }));
  return peer;
}

const stackWs04 = {
  // It always sends an Origin, which is its host, and with the option a
  // Sec-WebSocket-Origin besides in version 8.
  async connect(url, version) {
    const WebSocket = loadWs04();
    const ws = new WebSocket(url, { protocolVersion: version });
    await opened(ws, "open");
    return ws04(ws);
  },
  async listen(serve) {
    const server = http.createServer();
    new (loadWs04().Server)({ server }).on("connection", (ws) => serve(ws04(ws)));
    return listening(server);
  },
};

// websocket 1.0

function webSocket(connection) {
  const { frame: Frame } = require("websocket");
  const frame = (opcode, fin, payload) => {
    const f = new Frame(connection.maskBytes, connection.frameHeader, connection.config);
    Object.assign(f, { opcode, fin, binaryPayload: payload });
    connection.sendFrame(f);
  };
  const peer = new Peer(connection.socket, {
    text: (text) => connection.sendUTF(text),
    binary: (data) => connection.sendBytes(data),
    ping: (data) => connection.ping(data),
    fragments(parts, binary) {
      parts.forEach((part, i) => {
        frame(i > 0 ? continuation : binary ? 2 : 1, i === parts.length - 1, part);
        if (i === 0) connection.ping("between");
      });
    },
    notUTF8: (data) => frame(1, true, data),
    close(code, reason) {
      this.watchAnswer();
      connection.close(code, reason);
    },
  });
  connection.on("message", (m) =>
    peer.push(m.type === "binary" ? { type: "binary", data: m.binaryData } : { type: "text", data: m.utf8Data }),
  );
  connection.on("pong", (data) => peer.push({ type: "pong", data: String(data) }));
  connection.on("error", () => {});
  // Its own event tells what it has sent itself.
  const { processFrame } = connection;
  connection.processFrame = (f) => {
    if (f.opcode === 8) peer.push({ type: "close", code: f.closeStatus, reason: String(f.binaryPayload) });
    processFrame.call(connection, f);
  };
  return peer;
}

const stackWebSocket = {
  async connect(url, version, origin) {
    const { client: Client } = require("websocket");
    const client = new Client({ webSocketVersion: version, maxReceivedFrameSize: 8 << 20 });
    client.connect(url, [], origin);
    return webSocket(await opened(client, "connect", "connectFailed"));
  },
  async listen(serve) {
    const { server: Server } = require("websocket");
    const httpServer = http.createServer();
    const server = new Server({
      httpServer,
      autoAcceptConnections: true,
      maxReceivedFrameSize: 8 << 20,
      maxReceivedMessageSize: 8 << 20,
    });
    server.on("connect", (connection) => serve(webSocket(connection)));
    return listening(httpServer);
  },
};

// websocket-driver

/** websocket-driver 0.6 parses with a part of Node that is not what it was. */
function loadDriver(name) {
  const { binding } = process;
  process.binding = (part) => (part === "http_parser" ? require("http-parser-js") : binding(part));
  try {
    return require(name);
  } finally {
    process.binding = binding;
  }
}

function driven(driver, socket) {
  const peer = new Peer(socket, {
    text: (text) => driver.text(text),
    binary: (data) => driver.binary(data),
    ping: (data) => driver.ping(data, () => peer.push({ type: "pong", data })),
    notUTF8: (data) => driver.frame(data, "text"),
    close: (code, reason) => driver.close(reason, code),
  });
  driver.on("message", ({ data }) => peer.push({ type: typeof data === "string" ? "text" : "binary", data }));
  driver.on("error", () => {});
  driver.on("close", ({ code, reason }) => {
    peer.push({ type: "close", code, reason });
    socket.end();
  });
  socket.pipe(driver.io).pipe(socket);
  return peer;
}

function stackDriver(name, serverOptions) {
  return {
    async connect(url) {
      const socket = net.connect(new URL(url).port, host);
      const driver = loadDriver(name).client(url);
      const peer = driven(driver, socket);
      driver.start();
      await opened(driver, "open");
      return peer;
    },
    async listen(serve) {
      return listening(
        net.createServer((socket) => {
          const driver = loadDriver(name).server(serverOptions);
          const peer = driven(driver, socket);
          driver.on("connect", () => driver.start());
          driver.on("open", () => serve(peer));
        }),
      );
    },
  };
}

export const stacks = {
  "ws-8": stackWs8,
  "ws-04": stackWs04,
  websocket: stackWebSocket,
  "websocket-driver-06": stackDriver("websocket-driver-06", {}),
  "websocket-driver-08": stackDriver("websocket-driver-08", { allowDrafts: true }),
};
