// Title, bell and the switch for screen readers.

import { announce } from "./status.js";

const readerKey = "everwire.screen-reader";
const longestTitle = 120;

/** The program's title in the window and in the header, as text. */
export function showTitle(term, heading) {
  const own = document.title;
  term.onTitleChange((title) => {
    const short = title.slice(0, longestTitle);
    heading.textContent = short || "Shell";
    document.title = short ? `${short} · Everwire` : own;
  });
}

/** A bell lights the strip for a moment, and marks the title of a hidden page. */
export function showBell(term, strip) {
  const mark = "● ";
  let timer = 0;
  term.onBell(() => {
    strip.dataset.bell = "";
    clearTimeout(timer);
    timer = setTimeout(() => delete strip.dataset.bell, 600);
    if (document.hidden && !document.title.startsWith(mark)) document.title = mark + document.title;
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && document.title.startsWith(mark)) document.title = document.title.slice(mark.length);
  });
}

/** The screen reader switch; the browser remembers it. */
export function toggleReader(term, button) {
  const set = (on) => {
    term.options.screenReaderMode = on;
    button.setAttribute("aria-pressed", String(on));
  };
  set(recall() === "on");
  button.addEventListener("click", () => {
    const on = !term.options.screenReaderMode;
    set(on);
    remember(on ? "on" : "off");
    announce(on ? "Screen reader mode is on" : "Screen reader mode is off");
    term.focus();
  });
}

function recall() {
  try {
    return localStorage.getItem(readerKey);
  } catch {
    return null; // storage is forbidden; the switch works for this visit
  }
}

function remember(value) {
  try {
    localStorage.setItem(readerKey, value);
  } catch {
    // as above
  }
}
