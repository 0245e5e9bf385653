// The list of what happened to the connection since the page was opened.

const keep = 8;

export class Moments {
  #list;
  #state = "";
  #transport = "";

  constructor(list) {
    this.#list = list;
  }

  /** Adds a line if the connection's state or transport is new. */
  note(connection) {
    const { state, transport } = connection;
    if (state === this.#state && transport === this.#transport) return;
    const upgraded = state === "connected" && this.#state === "connected";
    const from = this.#transport;
    this.#state = state;
    this.#transport = transport;
    this.#add(upgraded ? `upgraded from ${from} to ${transport}` : text(connection), upgraded ? "upgraded" : state);
  }

  #add(text, kind) {
    const time = document.createElement("span");
    time.className = "at";
    time.textContent = `${(performance.now() / 1000).toFixed(2)} s`;
    const what = document.createElement("span");
    what.textContent = text;
    const item = document.createElement("li");
    item.dataset.moment = kind;
    item.append(time, what);
    this.#list.append(item);
    while (this.#list.children.length > keep) this.#list.firstElementChild.remove();
  }
}

function text(connection) {
  switch (connection.state) {
    case "connected":
      return `connected by ${connection.transport}`;
    case "reconnecting":
      return "connection lost, reconnecting";
    case "closed":
      return "connection closed";
    case "refused":
      return "refused by the server";
    default:
      return "page opened, connecting";
  }
}
