// A client of Socket.IO 0.1 to 0.6, written out from what those sent: the
// originals run in old browsers alone. See maker.

import { EventEmitter } from "node:events";
import { WebSocket } from "ws-8";

// Those of 0.1 to 0.4 frame messages in JSON, those of 0.5 and 0.6 by length in
// UTF-16 units.
const framings = {
  "03": {
    encode: (messages) => JSON.stringify(messages),
    *decode(data) {
      let payload;
      try {
        payload = typeof data === "string" ? JSON.parse(data) : data;
      } catch {
        return; // as theirs: until it knows who listens, the server speaks to both
      }
      yield* payload.messages;
    },
    id: (first) => JSON.parse(first).sessionid,
    cookie: (transport) => `socket.io=${transport}`,
  },
  "06": {
    encode: (messages) =>
      messages.map((m) => (typeof m === "string" ? m : "~j~" + JSON.stringify(m))).map((m) => `~m~${m.length}~m~${m}`).join(""),
    *decode(data) {
      for (let at = 0; data.startsWith("~m~", at); ) {
        const length = /^~m~(\d+)~m~/.exec(data.slice(at, at + 20));
        if (!length) throw new Error(`no length in ${data.slice(at, at + 20)}`);
        at += length[0].length;
        const message = data.slice(at, (at += Number(length[1])));
        if (at > data.length) throw new Error(`a message of ${length[1]} has ${message.length}`);
        yield message.startsWith("~j~") ? JSON.parse(message.slice(3)) : message;
      }
    },
    id: (first) => first,
    cookie: (transport) => `socketio=${transport}`,
  },
};
framings["05"] = framings["06"];

/** The transports of each version. */
export const transports = {
  "03": ["websocket", "xhr-polling", "xhr-multipart", "htmlfile"],
  "05": ["websocket", "xhr-polling", "xhr-multipart", "htmlfile"],
  "06": ["websocket", "xhr-polling", "jsonp-polling", "xhr-multipart", "htmlfile"],
};

/** Returns a function that makes a client, which is about to connect; query goes
 * with its first request. A client emits connect, message and disconnect. */
export function maker(version, transport, url) {
  const kind = { websocket: Channel, "xhr-polling": Polls, "jsonp-polling": Scripts, "xhr-multipart": Parts, htmlfile: Frame }[transport];
  return (query = "") => new kind(version, transport, url, query);
}

class Client extends EventEmitter {
  constructor(version, transport, url, query) {
    super();
    this.framing = framings[version];
    this.transport = transport;
    this.base = `${url}/socket.io/${transport}`;
    this.query = query && "?" + query;
    this.waiting = []; // messages
    this.closing = new AbortController();
    this.run().catch((err) => this.closing.signal.aborted || this.emit("error", err)).finally(() => this.emit("disconnect"));
  }

  /** Takes a payload from the server. */
  read(payload) {
    for (const message of this.framing.decode(payload)) {
      if (!this.id) {
        this.id = this.framing.id(message);
        this.emit("connect");
      } else if (typeof message === "string" && message.startsWith("~h~")) this.send(message);
      else this.emit("message", message);
    }
  }

  send(message) {
    this.waiting.push(message);
    this.flush();
  }

  close() {
    this.closing.abort();
  }
}

/** Sends by POST, one at a time; what comes meanwhile goes together. */
class Posting extends Client {
  async flush() {
    if (this.posting) return;
    this.posting = true;
    try {
      while (this.waiting.length > 0) {
        const body = "data=" + encodeURIComponent(this.framing.encode(this.waiting.splice(0)));
        const answer = await (await this.request(this.sendTo(), { method: "POST", body })).text();
        if (answer !== "ok") throw new Error(`a message was answered with ${answer}`);
      }
    } catch (err) {
      if (!this.closing.signal.aborted) this.emit("error", err);
    } finally {
      this.posting = false;
    }
  }

  sendTo() {
    return `/${this.id}/send`;
  }

  async request(path, more = {}) {
    const headers = { Cookie: this.framing.cookie(this.transport) };
    if (more.body) headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8";
    const answer = await fetch(this.base + path, { ...more, headers, signal: this.closing.signal });
    if (answer.status !== 200) throw new Error(`status ${answer.status}`);
    return answer;
  }
}

class Polls extends Posting {
  async run() {
    await this.answered(await this.request(`//${Date.now()}${this.query}`));
    while (!this.closing.signal.aborted) await this.answered(await this.request(`/${this.id}/${Date.now()}`));
  }

  async answered(answer) {
    this.read(await answer.text());
  }
}

/** Polls whose answers are scripts. */
class Scripts extends Posting {
  async run() {
    await this.poll(`//${Date.now()}/0${this.query}`, 0);
    for (let n = 1; !this.closing.signal.aborted; n++) await this.poll(`/${this.id}/${Date.now()}/${n}`, n);
  }

  async poll(path, n) {
    const script = await (await this.request(path)).text();
    evaluate(script, { io: { JSONP: { [n]: { _: (payload) => this.read(payload) } } } });
  }

  sendTo() {
    return `/${this.id}/${Date.now()}/0`;
  }
}

/** Runs what a page would. */
function evaluate(script, globals) {
  new Function(...Object.keys(globals), script)(...Object.values(globals));
}

/** One answer that goes on and on. */
class Stream extends Posting {
  async run() {
    const answer = await this.request(this.path());
    this.opened(answer);
    let text = "";
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      text = this.arrived(text + chunk);
    }
  }
}

class Parts extends Stream {
  path() {
    return "/" + this.query;
  }

  opened(answer) {
    const [, boundary] = /^multipart\/x-mixed-replace;\s*boundary="?([^"]+)"?$/.exec(answer.headers.get("Content-Type"));
    this.boundary = `--${boundary}\n`;
  }

  /** Returns what has not ended yet. */
  arrived(text) {
    const parts = text.split(this.boundary);
    for (const part of parts.slice(0, -1)) {
      if (part === "") continue; // before the first
      const [, body] = /^Content-Type: [^\n]+\n\n([^]*)\n$/.exec(part);
      if (body !== "\u0006") this.read(body); // a heartbeat
    }
    return parts.at(-1);
  }
}

class Frame extends Stream {
  path() {
    return `//${Date.now()}${this.query}`;
  }

  opened() {}

  arrived(text) {
    const parts = text.split("</script>");
    for (const part of parts.slice(0, -1)) {
      const script = part.slice(part.indexOf("<script>") + "<script>".length);
      evaluate(script, { parent: { s: { _: (payload) => this.read(payload) } }, document: {} });
    }
    return parts.at(-1);
  }
}

class Channel extends Client {
  run() {
    this.socket = new WebSocket(this.base.replace("http", "ws") + this.query);
    this.socket.on("message", (data) => this.read(String(data)));
    return new Promise((resolve, reject) => this.socket.on("close", resolve).on("error", reject));
  }

  flush() {
    this.socket.send(this.framing.encode(this.waiting.splice(0)));
  }

  close() {
    super.close();
    this.socket.close();
  }
}
