// The row of keys that a touch keyboard lacks. Control stays down for the next
// character.

const arrows = { up: "A", down: "B", right: "C", left: "D" };

/** What Control makes of a character: "c" becomes 03, "[" becomes 1B. */
export function control(character) {
  if (character === "?") return "\x7f";
  const code = character.toUpperCase().charCodeAt(0);
  const known = code >= 0x40 && code <= 0x5f;
  return known ? String.fromCharCode(code - 0x40) : character;
}

/** The bytes of an arrow key; CSI 1;5 A is Control and Up (xterm's modifiers). */
export function arrow(name, applicationMode, withControl) {
  if (withControl) return `\x1b[1;5${arrows[name]}`;
  return `\x1b${applicationMode ? "O" : "["}${arrows[name]}`;
}

export class KeyRow {
  #row;
  #term;
  #armed = false;

  /** send is called with the text of a key. */
  constructor(row, term, send) {
    this.#row = row;
    this.#term = term;
    // The terminal keeps the focus, and a phone its keyboard.
    row.addEventListener("pointerdown", (event) => event.preventDefault());
    row.addEventListener("mousedown", (event) => event.preventDefault());
    row.addEventListener("click", (event) => {
      const button = event.target.closest("[data-key]");
      if (button) this.#press(button.dataset.key, send);
    });
  }

  /** Applies an armed Control to what was typed. */
  modify(text) {
    if (!this.#armed) return text;
    this.#arm(false);
    return text.length === 1 ? control(text) : text;
  }

  #press(key, send) {
    if (key === "control") {
      this.#arm(!this.#armed);
      return;
    }
    if (key === "escape") send("\x1b");
    else if (key === "tab") send("\t");
    else send(arrow(key, this.#term.modes.applicationCursorKeysMode, this.#armed));
    this.#arm(false);
  }

  #arm(on) {
    this.#armed = on;
    this.#row.querySelector('[data-key="control"]').setAttribute("aria-pressed", String(on));
  }
}
