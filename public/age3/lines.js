// The lines of a chat room. It stays at the newest line while that is in view;
// a reader who scrolled back is left alone and told about new lines.

const keep = 500;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export class Lines {
  /** Own name; these lines look different. */
  me = "";

  #list;
  #button;

  constructor(list, button) {
    this.#list = list;
    this.#button = button;
    button.addEventListener("click", () => this.#toEnd());
    list.addEventListener("scroll", () => {
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
    const follow = this.#atEnd();
    this.#list.append(this.#item(line));
    while (this.#list.children.length > keep) this.#list.firstElementChild.remove();
    if (follow) this.#toEnd();
    else this.#button.hidden = false;
  }

  #atEnd() {
    return this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 40;
  }

  #toEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#button.hidden = true;
  }

  #item(line) {
    const item = document.createElement("li");
    const at = new Date(line.at);
    const time = document.createElement("time");
    time.dateTime = at.toISOString();
    time.textContent = clock.format(at);
    item.append(time);
    if (line.kind === "join" || line.kind === "leave") {
      item.className = "note";
      item.append(part("span", `${line.name} ${line.kind === "join" ? "joined" : "left"}`));
    } else {
      item.className = line.name === this.me ? "said mine" : "said";
      item.append(part("b", line.name), part("span", line.text));
    }
    item.dataset.kind = line.kind;
    return item;
  }
}

function part(kind, text) {
  const element = document.createElement(kind);
  element.textContent = text;
  return element;
}
