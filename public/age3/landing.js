// The first page: what carries it, how fast, and what happened so far.

import { wantedTransport } from "./connection.js";
import { EchoForm } from "./echo.js";
import { Moments } from "./moments.js";
import { openPage } from "./page.js";
import { milliseconds } from "./rtt.js";
import { draw } from "./sparkline.js";
import { sentence } from "./status.js";

const byId = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

const { connection, echo, roundTrip } = openPage(calm ? 5000 : 1000);
const moments = new Moments(byId("moments"));

for (const link of document.querySelectorAll("[data-choice]")) {
  if (link.dataset.choice === wantedTransport()) link.setAttribute("aria-current", "true");
}

connection.watch(() => {
  const title = byId("transport");
  title.dataset.state = connection.state;
  title.dataset.transport = connection.transport;
  title.textContent = connection.name || headline(sentence(connection));
  byId("protocols").textContent = connection.protocols || "No connection at the moment.";
  if (connection.state !== "connected") byId("rtt").textContent = "–";
  moments.note(connection);
});

function headline(text) {
  return text[0].toUpperCase() + text.slice(1);
}

if (roundTrip) {
  roundTrip.watch(() => {
    byId("rtt").textContent = milliseconds(roundTrip.last);
    byId("rtt-summary").textContent = `median ${milliseconds(roundTrip.median)} · slowest ${milliseconds(roundTrip.slowest)} of the last ${roundTrip.samples.length}`;
    draw(byId("spark"), roundTrip.samples);
  });
}

if (echo) {
  new EchoForm(echo, roundTrip);
  echo.connect();
} else {
  connection.socket("/").connect();
}
