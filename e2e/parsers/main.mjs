// main.mjs: the parsers of every era behind one pipe. A line of standard input
// is {"parser", "op", "inputs"}, and the line that answers it has one result
// for each input. Bytes are in base64, text is UTF-8 in base64.

import { createInterface } from "node:readline";
import { engineIO, socketIO } from "./parsers.mjs";
import { old06, old09 } from "./old.mjs";

const parsers = {
  "engine.io-parser-10": engineIO("engine.io-parser-10"),
  "engine.io-parser-1": engineIO("engine.io-parser-1"),
  "engine.io-parser-2": engineIO("engine.io-parser-2"),
  "engine.io-parser-5": engineIO("engine.io-parser-5"),
  "socket.io-parser-22": socketIO("socket.io-parser-22"),
  "socket.io-parser-2": socketIO("socket.io-parser-2"),
  "socket.io-parser-3": socketIO("socket.io-parser-3"),
  "socket.io-parser-4": socketIO("socket.io-parser-4"),
  "socket.io-09": old09(),
  "socket.io-06": old06(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { parser, op, inputs } = JSON.parse(line);
  const run = parsers[parser][op];
  const results = inputs.map((input) => {
    try {
      return run(input);
    } catch (err) {
      return { error: String(err.message ?? err) || "error" };
    }
  });
  process.stdout.write(JSON.stringify(results) + "\n");
}
