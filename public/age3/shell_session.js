// The shell's side of the wire. Text messages are JSON and control the session,
// binary messages are the terminal's bytes:
//
//   client  {"type":"open","mode":"stream","cols":80,"rows":24}   first
//   client  {"type":"resize","cols":100,"rows":30}
//   server  {"type":"exit","code":0}              then it leaves the namespace
//   server  {"type":"error","message":"..."}      the shell could not start
//
// A shell cannot be resumed: when the connection is lost, its shell has ended.
// So a new one starts only when start is called, never by itself.

const encoder = new TextEncoder();
const largest = 16 * 1024; // bytes of one message; a paste is cut into these

export class ShellSession {
  /** "waiting" for the connection, "open" or "ended". */
  state = "ended";
  /** Why it ended: {kind: "exit", code}, {kind: "error", message}, {kind: "closed"} or {kind: "lost"}. */
  end = null;

  #socket;
  #output;
  #watchers = [];
  #size = { cols: 80, rows: 24 };
  #leaving = false;

  /** output is called with a Uint8Array for what the shell writes. */
  constructor(socket, output) {
    this.#socket = socket;
    this.#output = output;
    socket.on("connect", () => this.#connected());
    socket.on("message", (data) => this.#received(data));
    socket.on("disconnect", (reason) => this.#disconnected(reason));
    socket.on("connect_error", (err) => {
      // Only a refusal by the server has data; the rest is tried again.
      if ("data" in err) this.#ended({ kind: "error", message: err.message });
    });
  }

  watch(watcher) {
    this.#watchers.push(watcher);
    watcher();
  }

  /** Starts a shell as soon as there is a connection. */
  start(cols, rows) {
    this.#size = { cols, rows };
    this.end = null;
    this.#change("waiting");
    if (this.#leaving) return; // the server is about to let go of the last one
    if (this.#socket.connected) this.#connected();
    else this.#socket.connect();
  }

  /** Sends text that was typed or pasted. */
  type(text) {
    this.send(encoder.encode(text));
  }

  send(bytes) {
    if (this.state !== "open") return;
    for (let at = 0; at < bytes.length; at += largest) {
      this.#socket.emit("message", bytes.slice(at, at + largest));
    }
  }

  resize(cols, rows) {
    this.#size = { cols, rows };
    if (this.state === "open") this.#control({ type: "resize", cols, rows });
  }

  #connected() {
    if (this.state !== "waiting") {
      this.#socket.disconnect(); // the connection came back, the shell did not
      return;
    }
    this.#control({ type: "open", mode: "stream", ...this.#size });
    this.#change("open");
  }

  #disconnected(reason) {
    this.#leaving = false;
    if (this.state === "open") {
      this.#ended({ kind: reason === "io server disconnect" ? "closed" : "lost" });
    } else if (this.state === "waiting" && !this.#socket.active) {
      this.#socket.connect();
    }
  }

  #received(data) {
    if (typeof data !== "string") {
      this.#output(new Uint8Array(data));
      return;
    }
    const message = JSON.parse(data);
    // After either the server leaves the namespace. Leaving it here as well
    // would send a packet to a namespace that is gone, which servers take for
    // an error of the whole connection.
    if (message.type === "exit") this.#leave({ kind: "exit", code: message.code });
    if (message.type === "error") this.#leave({ kind: "error", message: message.message });
  }

  #leave(end) {
    this.#leaving = true;
    this.#ended(end);
  }

  #control(message) {
    this.#socket.emit("message", JSON.stringify(message));
  }

  #ended(end) {
    this.end = end;
    this.#change("ended");
  }

  #change(state) {
    this.state = state;
    for (const watcher of this.#watchers) watcher();
  }
}
