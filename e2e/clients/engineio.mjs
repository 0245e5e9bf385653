// engineio.mjs MODE URL: an Engine.IO client without Socket.IO. Every message
// comes back.

import { Socket } from "engine.io-client";
import { equal, next, run, texts } from "./harness.mjs";

const [mode, url] = process.argv.slice(2);
const modes = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };

async function connected(keep) {
  const socket = keep(new Socket(url, { path: "/engine.io/", transports: modes[mode] }));
  await next(socket, "open");
  return socket;
}

async function exchange(socket, messages) {
  const back = [];
  const all = new Promise((resolve) => {
    socket.on("message", (data) => {
      back.push(data);
      if (back.length === messages.length) resolve();
    });
  });
  for (const message of messages) socket.send(message);
  await all;
  return back;
}

const cases = {
  async text(keep) {
    equal(await exchange(await connected(keep), texts), texts, "messages");
  },

  async binary(keep) {
    const messages = [Buffer.from([0, 1, 255]), "text between", Buffer.alloc(0), Buffer.alloc(70_000, 7)];
    equal(await exchange(await connected(keep), messages), messages, "messages");
  },

  async upgrade(keep) {
    const socket = keep(new Socket(url, { path: "/engine.io/", transports: modes[mode] }));
    const upgrade = next(socket, "upgrade");
    await next(socket, "open");
    if (mode === "upgrade") equal((await upgrade)[0].name, "websocket", "transport");
    equal(socket.transport.name, mode === "polling" ? "polling" : "websocket", "transport at last");
  },

  async close(keep) {
    const socket = await connected(keep);
    const gone = next(socket, "close");
    socket.close();
    equal((await gone)[0], "forced close", "reason");
  },
};

await run(cases);
