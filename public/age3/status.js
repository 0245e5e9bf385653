// What every live page shows of its connection: the strip at the foot, the
// banner of a refusal, and announcements for screen readers.

import { wantedTransport } from "./connection.js";
import { milliseconds } from "./rtt.js";

const byId = (id) => document.getElementById(id);

/** Says something once to a screen reader. */
export function announce(text) {
  byId("announce").textContent = text;
}

/** One sentence about the connection. */
export function sentence(connection) {
  switch (connection.state) {
    case "connected":
      return `connected over ${connection.name}`;
    case "reconnecting":
      return connection.attempt > 1 ? `reconnecting, attempt ${connection.attempt}` : "reconnecting";
    case "closed":
      return "not connected";
    case "refused":
      return connection.trouble.status === 401 ? "signed out" : "refused";
    default:
      return "connecting";
  }
}

/** Keeps the banner and the announcements true. */
export function showConnection(connection) {
  let said = "";
  connection.watch(() => {
    showTrouble(connection);
    const text = sentence(connection);
    const kind = connection.state === "reconnecting" ? "reconnecting" : text;
    if (kind !== said) announce(text);
    said = kind;
  });
}

/** Keeps the strip at the foot true; roundTrip may be null. */
export function showStrip(connection, roundTrip) {
  connection.watch(() => {
    const strip = byId("status");
    strip.dataset.state = connection.state;
    strip.dataset.transport = connection.transport;
    byId("status-state").textContent = connection.state === "connected" ? "connected" : sentence(connection);
    byId("status-transport").textContent = connection.transport;
    byId("status-transport").title = connection.protocols;
    if (connection.state !== "connected") byId("status-rtt").textContent = "";
  });
  if (!roundTrip) return;
  roundTrip.watch(() => {
    byId("status-rtt").textContent = `${milliseconds(roundTrip.last)} ms`;
  });
}

/** Links that lead to other live pages keep the transport that was asked for. */
export function keepTransport() {
  const wanted = wantedTransport();
  if (!wanted) return;
  for (const link of document.querySelectorAll("a[data-keep]")) {
    link.setAttribute("href", `${link.pathname}?transport=${wanted}`);
  }
}

function showTrouble(connection) {
  const notice = byId("notice");
  const trouble = connection.trouble;
  notice.hidden = !trouble;
  if (!trouble || notice.dataset.status === String(trouble.status)) return;
  notice.dataset.status = trouble.status;
  notice.replaceChildren(trouble.text);
  if (trouble.status === 401) notice.append(" ", link("Sign in", location.pathname + location.search));
  if (trouble.automatic) notice.append(" ", link("Automatic", location.pathname), ".");
}

function link(text, href) {
  const a = document.createElement("a");
  a.href = href;
  a.textContent = text;
  return a;
}
