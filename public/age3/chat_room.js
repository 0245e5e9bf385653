// The chat's side of the wire. After a lost connection the room is joined again
// under the same name, and its history replaces what is on the page.
//
//   join {name, room, key} -> {ok, name, room, lines, people} or {ok: false, error}
//   say {text}             -> {ok, error?}
//   leave {}
//   server: line {room, at, kind, name, text}, people {room, people}

const patience = 10000; // milliseconds until an answer is given up

export class ChatRoom {
  name = "";
  room = "";
  onHistory = () => {};
  onLine = () => {};
  onPeople = () => {};
  /** Called with a sentence if the room could not be joined again. */
  onLost = () => {};

  #socket;
  // Tells the server that it is still the same person after a lost connection.
  #key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16)).join("");

  constructor(socket) {
    this.#socket = socket;
    socket.on("connect", () => this.#rejoin());
    socket.on("line", (line) => {
      if (line.room === this.room) this.onLine(line);
    });
    socket.on("people", (change) => {
      if (change.room === this.room) this.onPeople(change.people);
    });
  }

  connect() {
    this.#socket.connect();
  }

  async join(name, room) {
    const answer = await this.#ask("join", { name, room, key: this.#key });
    if (!answer.ok) return answer;
    this.name = answer.name;
    this.room = answer.room;
    this.onHistory(answer.lines);
    this.onPeople(answer.people);
    return answer;
  }

  async say(text) {
    // While the room is not joined again the server would not know where.
    if (!this.#socket.connected) return { ok: false, error: "There is no connection at the moment." };
    return this.#ask("say", { text });
  }

  leave() {
    this.#socket.emit("leave", {});
    this.room = "";
  }

  async #rejoin() {
    if (!this.room) return;
    const answer = await this.join(this.name, this.room);
    if (answer.ok) return;
    this.room = "";
    this.onLost(`The connection was lost, and joining again failed: ${answer.error}`);
  }

  /** Without a connection it waits for one, as long as for the answer. */
  async #ask(event, data) {
    try {
      const answer = await this.#socket.timeout(patience).emitWithAck(event, data);
      return answer.ok ? answer : { ok: false, error: answer.error || "The server refused." };
    } catch {
      return { ok: false, error: "The server did not answer in time." };
    }
  }
}
