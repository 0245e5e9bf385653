// upgrades.mjs VERSION BATCHES URL DIRECT: numbered messages go both ways while
// clients move from polling to a WebSocket, and at URL somebody cuts connections
// at any moment. What has arrived at either side must be the first so many
// numbers, each once and in order, and all of them where the connection lasted.
// DIRECT is the same server without cuts. Each case is a batch of upgrades that
// the client has completed; {"counts":{...}} says at the end what has happened.

import { Agent } from "node:http";
import { connect } from "node:net";
import { holds, next, pause, run } from "./harness.mjs";

const [version, batches, url, direct] = process.argv.slice(2);
const module = (await import(`socket.io-client-${version}`)).default;
const io = module.io ?? module; // a function with properties until 2.x

const total = 60; // numbers of the client
const fed = 300; // of the server
const burst = 3;
const held = 20; // of the client's, until the upgrade is over
const batch = 25; // upgrades
const abreast = 16;
const patience = 5000; // milliseconds for the last numbers
const range = (n) => [...Array(n).keys()];

/** Makes WebSockets that come at any moment of the exchange. */
class LateAgent extends Agent {
  createConnection(options, done) {
    setTimeout(() => done(null, connect(options)), Math.random() * 12);
  }
}
const transportOptions = { websocket: { agent: new LateAgent() } };
const options = { transports: ["polling", "websocket"], transportOptions, forceNew: true, reconnection: false };

const call = (socket, event, ...args) => new Promise((resolve) => socket.emit(event, ...args, resolve));
const witness = io(direct, { transports: ["websocket"], forceNew: true });
await next(witness, "connect");

const counts = { clients: 0, upgrades: 0, midway: 0, failed: 0, cut: 0 };
let keys = 0;

/** What has arrived at the server. An answer is lost if the witness loses its
 * connection, as on a machine that stands still for a while; then it asks again. */
async function tallied(key) {
  const back = () => next(witness, "connect").then(() => null);
  for (;;) {
    const numbers = await Promise.race([call(witness, "tallied", key), back()]);
    if (numbers) return numbers;
  }
}

/** One client; resolves with whether it has completed an upgrade. */
async function client(keep) {
  const key = `${process.pid}-${keys++}`;
  const socket = keep(io(url, options));
  const state = { socket, key, counted: [], sent: 0, upgrade: "", gone: false };
  const gone = new Promise((resolve) => {
    for (const end of ["disconnect", "connect_error"]) socket.on(end, resolve);
  }).then(() => (state.gone = true));
  socket.on("count", (n) => state.counted.push(n));
  socket.io.once("open", () => {
    const { engine } = socket.io;
    engine.once("upgrade", () => {
      state.upgrade = "completed";
      if (state.counted.length > 0 && state.counted.length < fed) counts.midway++;
    });
    engine.once("upgradeError", () => (state.upgrade ||= "failed"));
  });
  await Promise.race([gone, exchange(state, gone)]);
  check(state, await tallied(key));
  witness.emit("forget", key);
  state.gone = true;
  socket.disconnect();
  return state.upgrade === "completed";
}

async function exchange(state, gone) {
  const { socket, key } = state;
  await next(socket, "connect");
  socket.emit("count", fed);
  while (state.sent < total && !state.gone) {
    for (let i = 0; i < burst && state.sent < total; i++) socket.emit("tally", key, state.sent++);
    // The last ones wait, so that some go after the upgrade.
    do await pause(1);
    while (state.sent >= total - held && !state.upgrade && !state.gone);
  }
  await Promise.race([gone, call(socket, "numbers")]); // all before it has arrived
  await holds(() => state.counted.length >= fed || state.gone, patience);
  await pause(5); // for what comes twice
}

/** Fails unless the numbers are 0 to n-1. */
function inOrder(numbers, n, where) {
  const at = numbers.findIndex((number, i) => number !== i);
  if (at >= 0) throw new Error(`${where}: ${numbers[at]} stands in place ${at} of ${numbers.length}`);
  if (numbers.length !== n) throw new Error(`${where}: ${numbers.length} numbers of ${n}`);
}

function check({ gone, upgrade, counted }, tallied) {
  const story = `${gone ? "of a connection that was cut" : "of one that lasted"}, upgrade ${upgrade || "not over"}`;
  inOrder(tallied, gone ? tallied.length : total, `at the server ${story}`);
  inOrder(counted, gone ? counted.length : fed, `at the client ${story}`);
  counts.clients++;
  if (upgrade === "completed") counts.upgrades++;
  if (upgrade === "failed") counts.failed++;
  if (gone) counts.cut++;
}

const cases = {};
for (let n = 1; n <= Number(batches); n++) {
  cases[`batch ${n}`] = async (keep) => {
    let missing = batch;
    const one = async () => {
      while (missing > 0) {
        missing--;
        if (!(await client(keep))) missing++;
      }
    };
    await Promise.all(range(abreast).map(one));
    if (n === Number(batches)) console.log(JSON.stringify({ counts }));
  };
}
await run(cases);
