// The search bar of the terminal: Ctrl+Shift+F opens it, Enter and Shift+Enter
// step through the matches, Escape closes it.

import { SearchAddon } from "@xterm/addon-search";

const dark = matchMedia("(prefers-color-scheme: dark)");

function decorations() {
  return {
    matchBackground: dark.matches ? "#5c4d24" : "#f3dfae",
    matchOverviewRuler: "#c79a3c",
    activeMatchBackground: dark.matches ? "#8a4420" : "#f0b48c",
    activeMatchColorOverviewRuler: "#d2691e",
  };
}

export class Find {
  #term;
  #bar;
  #button;
  #input;
  #search = new SearchAddon();

  constructor(term, bar, button) {
    this.#term = term;
    this.#bar = bar;
    this.#button = button;
    this.#input = bar.querySelector("#find-text");
    term.loadAddon(this.#search);
    this.#search.onDidChangeResults(({ resultIndex, resultCount }) => this.#count(resultIndex, resultCount));
    button.addEventListener("click", () => this.#toggle());
    bar.querySelector("#find-close").addEventListener("click", () => this.#close());
    bar.querySelector("#find-previous").addEventListener("click", () => this.#go(true));
    this.#input.addEventListener("input", () => this.#go(false, true));
    bar.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go(false);
    });
    bar.addEventListener("keydown", (event) => this.#key(event));
    // Before the terminal sees the key.
    addEventListener("keydown", (event) => this.#shortcut(event), true);
  }

  #shortcut(event) {
    if (!event.ctrlKey || !event.shiftKey || event.code !== "KeyF") return;
    event.preventDefault();
    event.stopPropagation();
    this.#open();
  }

  #key(event) {
    if (event.key === "Escape") this.#close();
    if (event.key === "Enter" && event.shiftKey) {
      event.preventDefault();
      this.#go(true);
    }
  }

  #toggle() {
    if (this.#bar.hidden) this.#open();
    else this.#close();
  }

  #open() {
    this.#bar.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    const selected = this.#term.getSelection();
    if (selected && !selected.includes("\n")) this.#input.value = selected;
    this.#input.select();
    this.#input.focus();
    this.#go(false, true);
  }

  #close() {
    this.#bar.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
    this.#search.clearDecorations();
    this.#term.focus();
  }

  #go(back, incremental = false) {
    const text = this.#input.value;
    if (!text) {
      this.#search.clearDecorations();
      this.#bar.querySelector("#find-count").textContent = "";
      return;
    }
    if (back) this.#search.findPrevious(text, { decorations: decorations() });
    else this.#search.findNext(text, { decorations: decorations(), incremental });
  }

  #count(index, count) {
    const text = count === 0 ? "none" : index < 0 ? `${count}` : `${index + 1} of ${count}`;
    this.#bar.querySelector("#find-count").textContent = this.#input.value ? text : "";
  }
}
