// The shell page: a terminal, a session on the server, and what stands around
// them.

import { EndedCard } from "./ended.js";
import { Find } from "./find.js";
import { KeyRow } from "./keys.js";
import { openPage } from "./page.js";
import { ShellSession } from "./shell_session.js";
import { announce, showStrip } from "./status.js";
import { createTerminal, fitToWindow } from "./terminal.js";
import { showBell, showTitle, toggleReader } from "./tools.js";

const hideCursor = "\x1b[?25l"; // DECTCEM; a reset shows it again

const byId = (id) => document.getElementById(id);

const { connection, echo, roundTrip } = openPage(2000);
showStrip(connection, roundTrip);

const term = createTerminal(byId("terminal"), byId("status-hint"));
const socket = connection.socket("/shell");
const session = new ShellSession(socket, (bytes) => term.write(bytes));
const card = new EndedCard(byId("ended"), () => {
  // After what the last shell wrote has been drawn, not before.
  term.write("", () => term.reset());
  term.focus();
  session.start(term.cols, term.rows);
});
const keys = new KeyRow(byId("keys"), term, (text) => session.type(text));

term.onData((text) => session.type(keys.modify(text)));
term.onBinary((text) => session.send(Uint8Array.from(text, (c) => c.charCodeAt(0))));
term.onResize(({ cols, rows }) => session.resize(cols, rows));
fitToWindow(term, byId("terminal"), byId("status-size"));
new Find(term, byId("find"), byId("find-button"));
toggleReader(term, byId("reader-button"));
showTitle(term, byId("term-title"));
showBell(term, byId("status"));

session.watch(() => {
  byId("terminal").dataset.session = session.state;
  term.options.disableStdin = session.state !== "open";
  term.options.cursorBlink = session.state === "open";
  if (session.state === "ended") term.write(hideCursor);
  card.show(session);
  if (session.state === "ended") announce(card.text);
});

// Stable names for tests, diagnostics and users' own scripts.
window.everwire = { term, socket, transport: () => connection.transport };

if (echo) echo.connect();
session.start(term.cols, term.rows);
term.focus();
