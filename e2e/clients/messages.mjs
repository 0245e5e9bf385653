// messages.mjs URL: what clients of 0.1 to 0.6 can do on each of their transports:
// send and get messages. See before07.mjs.

import { equal, hexOf, next, run, texts } from "./harness.mjs";
import { maker, transports } from "./before07.mjs";

const [url] = process.argv.slice(2);

/** Resolves with the next n messages. */
function messages(client, n) {
  const heard = [];
  return new Promise((resolve, reject) => {
    client.on("message", (message) => heard.push(message) === n && resolve(heard));
    client.once("error", reject);
    client.once("disconnect", () => reject(new Error(`the connection is gone after ${heard.length} messages`)));
  });
}

async function talk(keep, make, sent, query) {
  const client = keep(make(query));
  const heard = messages(client, sent.length);
  await next(client, "connect");
  for (const message of sent) client.send(message);
  return heard;
}

const cases = {};
for (const version of Object.keys(transports)) {
  for (const transport of transports[version]) {
    cases[`${version} ${transport}`] = async (keep) => {
      const make = maker(version, transport, url);
      // Those of 0.5 know no JSON.
      const sent = version === "05" ? texts : [...texts, { a: [1, "☃", null] }, { name: "x" }];
      equal(await talk(keep, make, sent), sent, "what came back");
      equal(await talk(keep, make, texts, "message=hex"), texts.map(hexOf), "bytes seen by the server");
      const many = [...Array(200).keys()].map((n) => `${n} ☃`);
      equal(await talk(keep, make, many), many, "many at once");
      const client = keep(make("message=kick"));
      await next(client, "connect");
      client.send("enough");
      // Some hear of it by an answer that ends early, or by none.
      await Promise.race([next(client, "disconnect"), next(client, "error")]);
    };
  }
}
await run(cases);
