// A client of npm's socket.io-client, for the scripts that are started with
// VERSION MODE URL [PARSER]. VERSION is 3 or 4, MODE is polling, websocket or
// upgrade; PARSER is a package, if not the client's own parser is meant.

import { ask, next } from "./harness.mjs";

export const [version, mode, url, parser] = process.argv.slice(2);
const module = await import(`socket.io-client-${version}`);
export const { io, Manager } = module.default;

const modes = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };
export const options = { transports: modes[mode], forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 50 };
if (parser) options.parser = (await import(parser)).default;

/** A client that is about to connect. */
export const client = (namespace = "/", more = {}) => io(url + namespace, { ...options, ...more });

/** A client that is connected; keep ends it with the case. */
export async function connected(keep, namespace, more) {
  const socket = keep(client(namespace, more));
  await next(socket, "connect");
  return socket;
}

export const call = (socket, event, ...args) =>
  new Promise((resolve) => socket.emit(event, ...args, (...answer) => resolve(answer)));

export const transportOf = (socket) => socket.io.engine.transport.name;

/** Resolves when the client has moved to a WebSocket. */
export async function upgraded(socket) {
  if (transportOf(socket) !== "websocket") await next(socket.io.engine, "upgrade");
}

/** Does something every 50 ms until the event comes, and resolves with it. */
export async function repeated(socket, event, act) {
  const arrived = next(socket, event);
  act();
  const timer = setInterval(act, 50);
  return arrived.finally(() => clearInterval(timer));
}

/** Has the connection cut; between two polls there is none, so again and again. */
export async function cutOff(socket) {
  const gone = next(socket, "disconnect");
  ask("cut");
  const timer = setInterval(ask, 100, "cut");
  const [reason] = await gone.finally(() => clearInterval(timer));
  return reason;
}

/** Resolves with what arrives until the mark does, for events that must not. */
export async function until(socket, event, mark) {
  const seen = [];
  socket.on(event, (value) => seen.push(value));
  await mark();
  return seen;
}
