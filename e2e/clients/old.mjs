// Clients of every generation behind one face: see open. A version is the name
// of the package without "socket.io-client-": 07, 08, 09, 10, 1, 2, 3 or 4.

import { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { next } from "./harness.mjs";

const require = createRequire(import.meta.url);

process.EventEmitter = EventEmitter; // where 0.7 looks for it

/** Whether a version is one of 0.7 to 0.9. */
export const early = (version) => version.startsWith("0");

const modes = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };

/** Returns a function that makes a client, which is about to connect. */
export function maker(version, mode, url) {
  const io = require(`socket.io-client-${version}`);
  if (early(version)) {
    io.transports = [mode];
    return (namespace = "/", more = {}) =>
      io.connect(url + (namespace === "/" ? "" : namespace), {
        transports: [mode], "force new connection": true, "reconnection delay": 50, "max reconnection attempts": 50, ...more,
      });
  }
  const options = { transports: modes[mode], forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 50 };
  return (namespace = "/", more = {}) => io(url + namespace, { ...options, ...more });
}

/** Ends a client for good, its reconnections too. */
export function end(version, socket) {
  if (!early(version)) return socket.disconnect();
  socket.socket.options.reconnect = false;
  socket.socket.disconnect();
}

export const transportOf = (version, socket) =>
  early(version) ? socket.socket.transport.name : socket.io.engine.transport.name;

export const call = (socket, event, ...args) =>
  new Promise((resolve) => socket.emit(event, ...args, (...answer) => resolve(answer)));

/** Resolves when a client that can has moved to a WebSocket. */
export async function upgraded(socket) {
  if (socket.io.engine.transport.name !== "websocket") await next(socket.io.engine, "upgrade");
}
