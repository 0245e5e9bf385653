// admin.mjs MODE URL PASSWORD: what the page of @socket.io/admin-ui asks of a
// writable server, with the client that the page has.

import module from "socket.io-client-4";
import { equal, next, run } from "./harness.mjs";

const [mode, url, password] = process.argv.slice(2);
const { io } = module;
const modes = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };
const options = { forceNew: true, reconnection: false, transports: modes[mode] };

const page = (auth) => io(url + "/admin", { ...options, auth });
const right = { username: "admin", password };

/** A page that has logged in, and a function for its next event that fits. */
async function watching(keep, auth = right) {
  const socket = keep(page(auth));
  const seen = [];
  const waiting = [];
  socket.onAny((name, ...args) => {
    seen.push([name, ...args]);
    for (const check of [...waiting]) check();
  });
  /** Resolves with the arguments of the first event of that name that fits. */
  const event = (name, fits = () => true) =>
    new Promise((resolve) => {
      const check = () => {
        const found = seen.find(([n, ...args]) => n === name && fits(...args));
        if (!found) return;
        waiting.splice(waiting.indexOf(check), 1);
        resolve(found.slice(1));
      };
      waiting.push(check);
      check();
    });
  await next(socket, "connect");
  return { socket, event };
}

async function connected(keep) {
  const socket = keep(io(url, options));
  await next(socket, "connect");
  return socket;
}

const call = (socket, event, ...args) =>
  new Promise((resolve) => socket.emit(event, ...args, (...answer) => resolve(answer)));

const recent = (time) => Math.abs(Date.now() - new Date(time)) < 60_000;

const cases = {
  async "wrong password"(keep) {
    const [err] = await next(keep(page({ username: "admin", password: password + "!" })), "connect_error");
    equal(err.message, "invalid credentials", "message");
  },

  async "config and session"(keep) {
    const { event } = await watching(keep);
    const [config] = await event("config");
    equal(config.supportedFeatures.includes("EMIT"), true, "EMIT");
    equal(config.supportedFeatures.includes("ALL_EVENTS"), true, "ALL_EVENTS");
    const [sessionId] = await event("session");
    const again = await watching(keep, { sessionId });
    await again.event("config");
  },

  async "all sockets"(keep) {
    const client = await connected(keep);
    await call(client, "join", "room");
    const { event } = await watching(keep);
    const [sockets] = await event("all_sockets");
    const own = sockets.find(({ id }) => id === client.id);
    equal([own.nsp, own.rooms.toSorted()], ["/", [client.id, "room"].toSorted()], "namespace and rooms");
    equal([own.handshake.address, own.handshake.secure], ["127.0.0.1", false], "handshake");
    equal(recent(own.handshake.issued), true, "issued");
    equal(JSON.stringify(sockets).includes(client.io.engine.id), false, "the secret id is shown");
  },

  async "a client's life"(keep) {
    const { event } = await watching(keep);
    const client = await connected(keep);
    const { id } = client;
    const [socket, time] = await event("socket_connected", (s) => s.id === id);
    equal([socket.nsp, recent(time)], ["/", true], "socket_connected");
    const { clientId } = socket;
    if (mode === "upgrade") await event("socket_updated", (s) => s.id === id && s.transport === "websocket");
    await call(client, "join", "room");
    await event("room_joined", (nsp, room, who) => nsp === "/" && room === "room" && who === id);
    await call(client, "leave", "room");
    await event("room_left", (nsp, room, who) => nsp === "/" && room === "room" && who === id);
    client.emit("message", "x", Buffer.from([1]), { y: 2 });
    const [, , received] = await event("event_received", (nsp, who, [name]) => who === id && name === "message");
    equal(received, ["message", "x", Buffer.from([1]), { y: 2 }], "event_received");
    const [, , sent] = await event("event_sent", (nsp, who, [name]) => who === id && name === "message-back");
    equal(sent, ["message-back", "x", Buffer.from([1]), { y: 2 }], "event_sent");
    const other = keep(client.io.socket("/custom"));
    const [second] = await event("socket_connected", (s) => s.nsp === "/custom");
    equal(second.clientId, clientId, "connection of both sockets");
    other.disconnect();
    client.disconnect();
    const [, , reason] = await event("socket_disconnected", (nsp, who) => who === id);
    equal(reason, "client namespace disconnect", "reason");
  },

  async numbers(keep) {
    await connected(keep);
    const { event } = await watching(keep);
    const [stats] = await event("server_stats", (s) => s.namespaces.find(({ name }) => name === "/")?.socketsCount === 1 && s.clientsCount === 2);
    equal([typeof stats.serverId, typeof stats.pid, stats.uptime > 0], ["string", "number", true], "who it is");
    equal(stats.pollingClientsCount >= (mode === "polling" ? 2 : 0), true, "polling clients");
  },

  async "emit, join, leave, disconnect"(keep) {
    const { socket, event } = await watching(keep);
    const client = await connected(keep);
    const greeting = next(client, "greeting");
    socket.emit("emit", "/", undefined, "greeting", "all", { a: 1 });
    equal(await greeting, ["all", { a: 1 }], "to all");
    socket.emit("join", "/", "joined", client.id);
    await event("room_joined", (nsp, room, who) => room === "joined" && who === client.id);
    const second = next(client, "greeting");
    socket.emit("emit", "/", "joined", "greeting", "room");
    equal(await second, ["room"], "to a room");
    socket.emit("leave", "/", "joined");
    await event("room_left", (nsp, room, who) => room === "joined" && who === client.id);
    const gone = next(client, "disconnect");
    socket.emit("_disconnect", "/", false, client.id);
    equal((await gone)[0], "io server disconnect", "reason");
  },
};

await run(cases);
