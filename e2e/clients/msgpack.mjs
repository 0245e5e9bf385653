// msgpack.mjs URL: what MessagePack has and JSON has not, between
// socket.io-msgpack-parser and a server that echoes.

import parser from "socket.io-msgpack-parser";
import module from "socket.io-client-4";
import { equal, next, run } from "./harness.mjs";

const [url] = process.argv.slice(2);

/** What comes back as the ack of the values. */
async function echoed(keep, ...values) {
  const socket = keep(module.io(url, { parser, forceNew: true, transports: ["websocket"] }));
  await next(socket, "connect");
  return new Promise((resolve) => socket.emit("message-with-ack", ...values, (...back) => resolve(back)));
}

const numbers = [0, 127, 128, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];
const all = [...numbers, ...numbers.map((n) => -n - 1), -32, -33, 0.1, -2.5e-300, Math.PI].filter((n) => n >= -Number.MAX_SAFE_INTEGER);

const cases = {
  async numbers(keep) {
    equal(await echoed(keep, ...all), all, "numbers");
  },

  async "long strings and lists"(keep) {
    const values = [15, 16, 31, 32, 255, 256, 65535, 65536].flatMap((n) => ["é".repeat(n / 2), "x".repeat(n)]);
    const lists = [15, 16, 65536].map((n) => Array(n).fill(n));
    const objects = [15, 16, 1000].map((n) => Object.fromEntries([...Array(n).keys()].map((k) => [`key ${k}`, k])));
    equal(await echoed(keep, values, lists, objects), [values, lists, objects], "values");
  },

  async "bytes of every kind"(keep) {
    const back = await echoed(keep, Buffer.alloc(0), Buffer.alloc(256, 1), new Uint8Array([1, 2]), new ArrayBuffer(3), { in: Buffer.from("x") });
    equal(back, [Buffer.alloc(0), Buffer.alloc(256, 1), Buffer.from([1, 2]), Buffer.alloc(3), { in: Buffer.from("x") }], "bytes");
  },

  async "date and undefined"(keep) {
    const back = await echoed(keep, new Date(1e12), undefined, { gone: undefined, here: null }, NaN);
    equal(back, ["2001-09-09T01:46:40.000Z", null, { here: null }, null], "values");
  },

  async "an object like a placeholder"(keep) {
    const like = { _placeholder: true, num: 0 };
    equal(await echoed(keep, like), [like], "object");
  },
};

await run(cases);
