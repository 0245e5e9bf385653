// websocket-server.mjs STACK: a foreign server that sends every message back,
// but for the texts "close", on which it closes with 4002 "told to", and
// "fragments", which it answers in several with a ping between.

import { stacks } from "./stacks.mjs";

async function serve(peer) {
  for (;;) {
    const { type, data } = await peer.next();
    if (type === "end") return;
    if (type === "text" && data === "close") peer.close(4002, "told to");
    else if (type === "text" && data === "fragments" && peer.fragments) {
      peer.fragments(["in sev", "eral pie", "ces"].map((part) => Buffer.from(part)), false);
    } else if (type === "text" || type === "binary") peer[type](data);
  }
}

const port = await stacks[process.argv[2]].listen(serve);
process.on("SIGTERM", () => process.exit(0));
console.log(`listening on ${port}`);
