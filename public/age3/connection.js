// One Socket.IO connection for a page. All its namespaces share it.

import { Manager, protocol as socketioProtocol } from "socket.io-client";
import { diagnose, hopeless } from "./diagnosis.js";

const names = { polling: "HTTP polling", websocket: "WebSocket", webtransport: "WebTransport" };
const standards = { polling: "HTTP long-polling", websocket: "RFC 6455", webtransport: "WebTransport" };

/** The transport that the address asks for with ?transport=, or "". */
export function wantedTransport() {
  const wanted = new URLSearchParams(location.search).get("transport") || "";
  return wanted in names ? wanted : "";
}

function hasWebSocket() {
  return typeof WebSocket !== "undefined";
}

function transports() {
  const wanted = wantedTransport();
  if (wanted) return [wanted];
  return hasWebSocket() ? ["polling", "websocket"] : ["polling"];
}

/** Opens the connection and calls watch(connection) after each change. */
export class Connection {
  /** "connecting", "connected", "reconnecting", "closed" or "refused". */
  state = "connecting";
  /** What the Engine.IO connection runs on now, or "". */
  transport = "";
  /** How often it tried to come back since it was lost. */
  attempt = 0;
  /**
   * Why it was refused or fails: {status, text, final, automatic}; null while
   * all is well. automatic says that another choice of transport helps.
   */
  trouble = null;

  #watchers = [];
  #sockets = [];
  #manager;

  constructor() {
    const csrf = document.querySelector('meta[name="everwire-csrf"]');
    this.#manager = new Manager(location.origin, {
      path: "/socket.io/",
      query: csrf ? { csrf: csrf.content } : {},
      transports: transports(),
      autoConnect: false,
    });
    this.#manager.on("open", () => this.#opened());
    // "forced close" is our own: the last namespace was left.
    this.#manager.on("close", (reason) => this.#change(reason === "forced close" ? "closed" : "reconnecting", ""));
    this.#manager.on("reconnect_attempt", (n) => {
      this.attempt = n;
      this.#change("reconnecting", "");
    });
    this.#manager.on("error", (err) => this.#failed(err));
  }

  /** The socket of a namespace. It is not connected yet. */
  socket(namespace) {
    const socket = this.#manager.socket(namespace);
    this.#sockets.push(socket);
    return socket;
  }

  watch(watcher) {
    this.#watchers.push(watcher);
    watcher(this);
  }

  /** For people: "WebSocket". */
  get name() {
    return names[this.transport] || this.transport;
  }

  /** For people who want to know: "websocket · RFC 6455 · Engine.IO 4 · Socket.IO 5". */
  get protocols() {
    if (!this.transport) return "";
    const current = this.#manager.engine.transport;
    const list = [this.transport, standards[this.transport]];
    const extensions = current.ws && current.ws.extensions;
    if (extensions) list.push(extensions.split(";")[0]);
    list.push(`Engine.IO ${current.query.EIO}`, `Socket.IO ${socketioProtocol}`);
    return list.join(" · ");
  }

  #opened() {
    const engine = this.#manager.engine;
    this.attempt = 0;
    this.trouble = null;
    engine.on("upgrade", (transport) => this.#change("connected", transport.name));
    this.#change("connected", engine.transport.name);
  }

  async #failed(err) {
    if (this.state === "refused") return;
    const trouble = hopeless(wantedTransport(), hasWebSocket()) || (await diagnose(err));
    if (this.state === "connected") return; // it came back meanwhile
    this.trouble = trouble;
    this.#change(trouble.final ? "refused" : "reconnecting", "");
    if (!trouble.final) return;
    for (const socket of this.#sockets) socket.disconnect(); // ends the manager's attempts
  }

  #change(state, transport) {
    if (this.state === "refused") return;
    this.state = state;
    this.transport = transport;
    for (const watcher of this.#watchers) watcher(this);
  }
}
