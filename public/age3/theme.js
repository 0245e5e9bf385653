// Colours of the terminal, light or dark as the system asks.

const dark = {
  background: "#101417",
  foreground: "#e4e2dc",
  cursor: "#ee9a66",
  cursorAccent: "#101417",
  selectionBackground: "#3d4a53",
  black: "#20272c",
  red: "#f2777a",
  green: "#7cc98f",
  yellow: "#e6c07b",
  blue: "#7db3f0",
  magenta: "#cf9be8",
  cyan: "#68c8cf",
  white: "#cfd3d6",
  brightBlack: "#7f8a93",
  brightRed: "#ff9a9c",
  brightGreen: "#9fe0ae",
  brightYellow: "#f5d79a",
  brightBlue: "#a5ccf8",
  brightMagenta: "#e2bdf4",
  brightCyan: "#94dfe4",
  brightWhite: "#ffffff",
};

const light = {
  background: "#fffefb",
  foreground: "#1d2327",
  cursor: "#a3481c",
  cursorAccent: "#fffefb",
  selectionBackground: "#cfdcea",
  black: "#1d2327",
  red: "#b3261e",
  green: "#1f6f43",
  yellow: "#7d5600",
  blue: "#1a56b0",
  magenta: "#853ba0",
  cyan: "#0f6a73",
  white: "#6a7178",
  brightBlack: "#5d6670",
  brightRed: "#c4392f",
  brightGreen: "#26804f",
  brightYellow: "#8f6400",
  brightBlue: "#2c68c4",
  brightMagenta: "#974bb3",
  brightCyan: "#177983",
  brightWhite: "#3a4147",
};

/** Sets the colours now and whenever the system changes its mind. */
export function followTheme(term) {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    term.options.theme = query.matches ? dark : light;
    // Programs choose colours for dark terminals; on light ones they need help.
    term.options.minimumContrastRatio = query.matches ? 1 : 4.5;
  };
  apply();
  if (query.addEventListener) query.addEventListener("change", apply);
}
