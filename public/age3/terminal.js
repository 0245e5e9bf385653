// The terminal emulator with its size, colours and links.

import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { openLinks } from "./links.js";
import { followTheme } from "./theme.js";

const fonts = 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace';

/** Opens a terminal in element; hint shows where a link leads. */
export function createTerminal(element, hint) {
  const term = new Terminal({
    allowProposedApi: true, // the search addon marks its matches with decorations
    cursorBlink: true,
    fontFamily: fonts,
    fontSize: 14,
    lineHeight: 1.15, // in less than that some fonts have no space for the underscore
    macOptionIsMeta: true,
    scrollback: 5000,
  });
  followTheme(term);
  openLinks(term, hint);
  term.attachCustomKeyEventHandler((event) => !copies(term, event));
  term.open(element);
  return term;
}

/** Ctrl+Shift+C copies, since Ctrl+C belongs to the shell. */
function copies(term, event) {
  const asked = event.ctrlKey && event.shiftKey && event.code === "KeyC";
  if (!asked || !term.hasSelection()) return false;
  event.preventDefault();
  if (event.type === "keydown" && navigator.clipboard) navigator.clipboard.writeText(term.getSelection());
  return true;
}

/** Keeps as many cells as fit into element; label shows their number. */
export function fitToWindow(term, element, label) {
  const fit = new FitAddon();
  let timer = 0;
  term.loadAddon(fit);
  const show = () => {
    label.textContent = `${term.cols} × ${term.rows}`;
  };
  term.onResize(show);
  fit.fit();
  show();
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => fit.fit(), 100);
  };
  if (typeof ResizeObserver === "function") new ResizeObserver(later).observe(element);
  else addEventListener("resize", later);
}
