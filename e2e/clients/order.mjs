// order.mjs VERSION TIMES URL: numbered messages go both ways while the client
// moves from polling to a WebSocket. None may be lost, doubled or reordered.

import { Agent } from "node:http";
import { connect } from "node:net";
import { equal, holds, next, pause, run } from "./harness.mjs";

const [version, times, url] = process.argv.slice(2);
const module = (await import(`socket.io-client-${version}`)).default;
const io = module.io ?? module; // a function with properties until 2.x

const total = 500;
const burst = 5;
const numbers = [...Array(total).keys()];

/** Makes WebSockets that come late, when the exchange is under way. */
class LateAgent extends Agent {
  createConnection(options, done) {
    setTimeout(() => done(null, connect(options)), 25);
  }
}
const transportOptions = { websocket: { agent: new LateAgent() } };

const call = (socket, event) => new Promise((resolve) => socket.emit(event, resolve));

/** Tries until the upgrade falls into the exchange, not before it. */
async function trial(keep) {
  for (let tries = 0; tries < 20; tries++) {
    if (await attempt(keep)) return;
  }
  throw new Error("the upgrade always came before the exchange");
}

async function attempt(keep) {
  const socket = keep(io(url, { transports: ["polling", "websocket"], transportOptions, forceNew: true, reconnection: false }));
  const lost = next(socket, "disconnect").then(([reason]) => {
    throw new Error(`the connection was lost: ${reason}`);
  });
  const during = await Promise.race([lost, exchange(socket)]);
  lost.catch(() => {}); // from here on it may end
  socket.disconnect();
  return during;
}

async function exchange(socket) {
  const counted = [];
  let upgradedAt = -1; // how many were sent by then
  let sent = 0;
  socket.on("count", (n) => counted.push(n));
  socket.io.once("open", () => {
    socket.io.engine.once("upgrade", () => (upgradedAt = sent));
  });
  await next(socket, "connect");
  socket.emit("count", total);
  while (sent < total) {
    for (let i = 0; i < burst; i++) socket.emit("number", sent++);
    // The last hundred wait for the upgrade, so that some go after it.
    do await pause(1);
    while (sent === total - 100 && upgradedAt < 0);
  }
  const atServer = await call(socket, "numbers");
  const complete = await holds(() => counted.length >= total, 5000);
  if (!complete) throw new Error(`still missing: ${total - counted.length} numbers of the server`);
  await pause(20); // for what comes twice
  equal(atServer, numbers, "numbers at the server");
  equal(counted, numbers, "numbers at the client");
  return upgradedAt > 0;
}

const cases = {};
for (let n = 1; n <= Number(times); n++) {
  cases[`upgrade ${n}`] = trial;
}
await run(cases);
