// mixed.mjs URL: clients of every generation and transport in one room. Each
// tells the room something, again and again, and each hears all of it, once and
// in order. Those before 0.7 get what the others get as JSON messages.

import { equal, holds, next, pause, run } from "./harness.mjs";
import { maker as rawMaker, transports } from "./before07.mjs";
import { call, early, end, maker } from "./old.mjs";

const [url] = process.argv.slice(2);
const rounds = 10;

const members = [
  ["07", "xhr-polling"], ["08", "xhr-polling"], ["09", "xhr-polling"], ["09", "websocket"],
  ...["10", "1", "2", "3", "4"].flatMap((version) => ["polling", "websocket", "upgrade"].map((mode) => [version, mode])),
];

// The same for clients of 0.1 to 0.6, which have messages only.
async function joinEarly(keep, version, transport) {
  const client = keep(rawMaker(version, transport, url)("room=mixed"));
  equal(await next(client, "message"), ["mixed"], "first message");
  const heard = [];
  client.on("message", ({ args: [text] }) => heard.push(text));
  return { name: `${version} ${transport}`, socket: client, say: (text) => client.send(text), heard };
}

async function join(keep, version, mode) {
  const socket = maker(version, mode, url)();
  keep({ close: () => end(version, socket) });
  await next(socket, "connect");
  await call(socket, "join", "mixed");
  const heard = [];
  socket.on("news", (text) => heard.push(text));
  return { name: `${version} ${mode}`, socket, say: (text) => socket.emit("room", "mixed", text), heard };
}

await run({
  async "one room"(keep) {
    const clients = [];
    // One after the other: those before 1.0 share a list of transports.
    for (const [version, mode] of members.filter(([version]) => early(version))) clients.push(await join(keep, version, mode));
    const others = members.filter(([version]) => !early(version)).map(([version, mode]) => join(keep, version, mode));
    for (const version of Object.keys(transports)) {
      for (const transport of transports[version]) others.push(joinEarly(keep, version, transport));
    }
    clients.push(...(await Promise.all(others)));
    const lost = [];
    for (const { name, socket } of clients) socket.on("disconnect", (reason) => lost.push(`${name}: ${reason}`));
    for (let n = 0; n < rounds; n++) {
      for (const { name, say } of clients) say(`${name} ${n} ☃`);
      await pause(5);
    }
    const total = rounds * clients.length;
    await holds(() => clients.every(({ heard }) => heard.length >= total), 8_000, 20);
    await pause(100); // for what comes twice
    equal(lost, [], "connections that were lost");
    for (const { name, heard } of clients) {
      for (const from of clients) {
        const got = heard.filter((text) => text.startsWith(from.name + " "));
        equal(got, [...Array(rounds).keys()].map((n) => `${from.name} ${n} ☃`), `what ${name} heard of ${from.name}`);
      }
      equal(heard.length, total, `how much ${name} heard`);
    }
  },
});
