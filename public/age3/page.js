// What the live pages have in common: a connection, its status on the page and
// the round-trip time, where there is an echo handler to measure it with.

import { Connection } from "./connection.js";
import { RoundTrip } from "./rtt.js";
import { keepTransport, showConnection } from "./status.js";

/** every is the pause between two measurements, in milliseconds. */
export function openPage(every) {
  const handlers = (document.body.dataset.handlers || "").split(" ");
  const connection = new Connection();
  const echo = handlers.includes("echo") ? connection.socket("/echo") : null;
  const roundTrip = echo ? new RoundTrip(echo, every) : null;
  showConnection(connection);
  keepTransport();
  return { connection, echo, roundTrip };
}
