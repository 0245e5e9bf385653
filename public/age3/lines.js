// The lines of a chat room. It stays at the newest line while that is in view;
// a reader who scrolled back is left alone and told about new lines,
// unless the new line is the reader's own.

const keep = 500;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export class Lines {
  /** Own name; these lines look different. */
  me = "";

  #list;
  #box;
  #button;

  /** list stands in a box that scrolls; button leads to its end. */
  constructor(list, button) {
    this.#list = list;
    this.#box = list.parentElement;
    this.#button = button;
    button.addEventListener("click", () => this.#toEnd());
    this.#box.addEventListener("scroll", () => {
      if (this.#atEnd()) button.hidden = true;
    });
  }

  /** Shows a history instead of what is shown. */
  fill(lines) {
    this.#list.replaceChildren(...lines.map((line) => this.#item(line)));
    // The list may be invisible until the room is shown.
    requestAnimationFrame(() => this.#toEnd());
  }

  add(line) {
    const follow = this.#atEnd() || line.name === this.me;
    this.#list.append(this.#item(line));
    while (this.#list.children.length > keep) this.#list.firstElementChild.remove();
    if (follow) this.#toEnd();
    else this.#button.hidden = false;
  }

  #atEnd() {
    return this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight < 40;
  }

  #toEnd() {
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#button.hidden = true;
  }

  #item(line) {
    const item = document.createElement("li");
    const at = new Date(line.at);
    const time = document.createElement("time");
    time.dateTime = at.toISOString();
    time.textContent = clock.format(at);
    const what = document.createElement("span");
    what.className = "what";
    item.append(time, what);
    if (line.kind === "join" || line.kind === "leave") {
      item.className = "note";
      what.append(`${line.name} ${line.kind === "join" ? "joined" : "left"}`);
    } else {
      item.className = line.name === this.me ? "said mine" : "said";
      const name = document.createElement("b");
      name.textContent = line.name;
      what.append(name, " ", line.text);
    }
    item.dataset.kind = line.kind;
    return item;
  }
}
