// websocket.mjs STACK HOST:PORT LIMIT DIALECT...: a foreign client of raw WebSockets
// against a server that sends every message back and takes none of more than
// LIMIT bytes. The cases are those of TestForeignWebSocketClients.

import { equal, run, texts } from "./harness.mjs";
import { stacks } from "./stacks.mjs";

const [name, address, limit, ...dialects] = process.argv.slice(2);
const versions = { Hybi08: 8, RFC6455: 13 };

async function echo(peer, ...sent) {
  for (const data of sent) {
    const type = typeof data === "string" ? "text" : "binary";
    peer[type](data);
    equal(await peer.next(), { type, data }, `a ${type} message of ${data.length}`);
  }
}

/** The connection's close frame and its end. */
async function closed(peer, code) {
  const close = await peer.next();
  equal([close.type, close.code], ["close", code], "what came in place of the close");
  equal((await peer.next()).type, "end", "what came after the close");
}

/** All values of a byte, in no simple order. */
function bytes(n) {
  const data = Buffer.alloc(n);
  for (let i = 0; i < n; i++) data[i] = (i * 167 + (i >> 8)) & 0xff;
  return data;
}

const snowman = Buffer.from("wörld ☃ 🎉!");

const cases = {
  ascii: (peer) => echo(peer, "hello", "the second"),
  "utf-8": (peer) => echo(peer, ...texts),
  "nul inside text": (peer) => echo(peer, "a\u0000b", "\u0000", "\u0000\u0000"),
  "empty message": (peer) => echo(peer, "", "after", ""),
  "lengths of each header": (peer) => echo(peer, ...[1, 125, 126, 127, 65_535, 65_536].map((n) => "n".repeat(n))),
  "64 KiB": (peer) => echo(peer, "☃x".repeat(65_536 / 4)),
  "1 MiB": (peer) => echo(peer, "everwire".repeat(limit / 8)),
  binary: (peer) => echo(peer, bytes(256), Buffer.from([0xff, 0, 0x80]), Buffer.alloc(0)),
  "binary of 1 MiB": (peer) => echo(peer, bytes(Number(limit))),
  async ping(peer) {
    for (const data of ["", "are you there?"]) {
      peer.ping(data);
      equal(await peer.next(), { type: "pong", data }, "the answer");
    }
  },
  async "many messages in one write"(peer) {
    const sent = Array.from({ length: 100 }, (_, i) => `message ${i}`);
    peer.together(() => sent.forEach((text) => peer.text(text)));
    for (const data of sent) equal(await peer.next(), { type: "text", data }, "a message");
  },
  async fragments(peer) {
    // The cuts fall into characters, and a ping goes between.
    for (const binary of [false, true]) {
      peer.fragments([snowman.subarray(0, 2), snowman.subarray(2, 9), snowman.subarray(9)], binary);
      equal(await peer.next(), { type: "pong", data: "between" }, "first");
      equal(await peer.next(), binary ? { type: "binary", data: snowman } : { type: "text", data: String(snowman) }, "then");
    }
  },
  async "client closes"(peer) {
    await echo(peer, "hello");
    peer.close(4001, "enough ☃");
    await closed(peer, 4001);
  },
  async "server closes: not UTF-8"(peer) {
    peer.notUTF8(Buffer.from([0x63, 0x61, 0x66, 0xe9]));
    await closed(peer, 1007);
  },
  async "server closes: too big"(peer) {
    peer.text("x".repeat(Number(limit) + 1));
    await closed(peer, 1009);
  },
  async compression(peer) {
    equal(peer.compresses, true, "the server agrees to compress");
    await echo(peer, "again and ".repeat(10_000));
  },
};

const all = {};
for (const dialect of dialects) {
  for (const [what, test] of Object.entries(cases)) {
    if (what === "fragments" && name.startsWith("websocket-driver")) continue; // it has no way to send them
    if (what === "compression" && !(name === "ws-8" && dialect === "RFC6455")) continue;
    all[`${dialect}/${what}`] = async (keep) =>
      test(keep(await stacks[name].connect(`ws://${address}/ws/echo`, versions[dialect], `http://${address}`)));
  }
}
await run(all);
