// What the scripts here have in common. Each runs its cases one after the other
// and reports each as one line of JSON: {"case":"...","error":"...","ms":12}, where an
// empty error means success. A line {"do":"cut"} asks whoever started the script
// to cut all connections between client and server.

import { isDeepStrictEqual, inspect } from "node:util";

const patience = 60_000; // milliseconds a case may take

/** Whoever runs the script has to do something. */
export function ask(action) {
  console.log(JSON.stringify({ do: action }));
}

/** Runs cases, {name: async function}, and reports each. */
export async function run(cases) {
  for (const [name, test] of Object.entries(cases)) {
    const began = performance.now();
    const opened = [];
    let error = "";
    try {
      await within(patience, test((client) => (opened.push(client), client)));
    } catch (err) {
      error = err.stack || String(err);
    }
    for (const client of opened) (client.disconnect || client.close).call(client);
    console.log(JSON.stringify({ case: name, error, ms: Math.round(performance.now() - began) }));
  }
  process.exit(0); // whatever a client has left open
}

function within(ms, promise) {
  const late = new Error(`nothing more happened within ${ms} ms`);
  let timer;
  const limit = new Promise((_, reject) => (timer = setTimeout(reject, ms, late)));
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/** The arguments of the emitter's next event of that name. */
export function next(emitter, event) {
  return new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
}

export function equal(got, want, what) {
  if (isDeepStrictEqual(got, want)) return;
  const show = (value) => inspect(value, { breakLength: Infinity, maxArrayLength: 20, depth: 4 });
  throw new Error(`${what}: got ${show(got)}, want ${show(want)}`);
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Looks every few milliseconds until a condition holds; whether it did within
 * the limit. */
export async function holds(condition, limit, every = 1) {
  for (const end = performance.now() + limit; !condition(); await pause(every)) {
    if (performance.now() > end) return false;
  }
  return true;
}

/** Texts whose encodings differ in length and in the number of UTF-16 units. */
export const texts = ["plain", "héllo", "☃", "emoji 👩‍🚀🎉", "\u0000\u001f\"\\/", "\u2028\u2029", "日本語", "𝒳\u0301"];

export function hexOf(text) {
  return Buffer.from(text, "utf8").toString("hex");
}
