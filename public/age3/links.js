// Links in the terminal's text, and links that programs mark (OSC 8). What a
// program prints is not trusted: only three schemes open, in a window that
// knows nothing of this one, and a marked link, whose text may say something
// else than its target, asks first.

import { WebLinksAddon } from "@xterm/addon-web-links";

const schemes = ["http:", "https:", "mailto:"];

/** The link's address if it may be opened, else "". */
export function safeLink(text) {
  try {
    const url = new URL(text);
    return schemes.includes(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}

export function openLinks(term, hint) {
  const hover = (event, text) => {
    hint.textContent = safeLink(text);
  };
  const leave = () => {
    hint.textContent = "";
  };
  const open = (text) => {
    const link = safeLink(text);
    if (link) window.open(link, "_blank", "noopener,noreferrer");
  };
  term.loadAddon(new WebLinksAddon((event, text) => open(text), { hover, leave }));
  term.options.linkHandler = {
    allowNonHttpProtocols: true, // safeLink decides
    activate: (event, text) => {
      const link = safeLink(text);
      if (link && confirm(`Open this address?\n\n${link}`)) open(link);
    },
    hover,
    leave,
  };
}
