// mixed.mjs URL: clients of every generation and transport in one room. Each
// tells the room something, again and again, and each hears all of it, once and
// in order. Those before 0.7 get what the others get as JSON messages.

import { equal, next, pause, run } from "./harness.mjs";
import { maker as rawMaker, transports } from "./before07.mjs";
import { call, end, maker } from "./old.mjs";

const [url] = process.argv.slice(2);
const rounds = 20;

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
  return { name: `${version} ${transport}`, say: (text) => client.send(text), heard };
}

async function join(keep, version, mode) {
  const socket = maker(version, mode, url)();
  keep({ close: () => end(version, socket) });
  await next(socket, "connect");
  await call(socket, "join", "mixed");
  const heard = [];
  socket.on("news", (text) => heard.push(text));
  return { name: `${version} ${mode}`, say: (text) => socket.emit("room", "mixed", text), heard };
}

await run({
  async "one room"(keep) {
    const clients = [];
    // One after the other: the early clients share a list of transports.
    for (const [version, mode] of members) clients.push(await join(keep, version, mode));
    for (const version of Object.keys(transports)) {
      for (const transport of transports[version]) clients.push(await joinEarly(keep, version, transport));
    }
    for (let n = 0; n < rounds; n++) {
      for (const { name, say } of clients) say(`${name} ${n} ☃`);
      await pause(5);
    }
    const total = rounds * clients.length;
    const end = performance.now() + 10_000;
    while (clients.some(({ heard }) => heard.length < total) && performance.now() < end) await pause(20);
    await pause(100); // for what comes twice
    for (const { name, heard } of clients) {
      for (const from of clients) {
        const got = heard.filter((text) => text.startsWith(from.name + " "));
        equal(got, [...Array(rounds).keys()].map((n) => `${from.name} ${n} ☃`), `what ${name} heard of ${from.name}`);
      }
      equal(heard.length, total, `how much ${name} heard`);
    }
  },
});
