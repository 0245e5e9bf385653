// Plays streams of bytes to @xterm/headless and tells what it shows. Each line
// of the standard input asks for one terminal, each line of the standard output
// answers:
//
//	{"cols":80,"rows":24,"graphemes":false,"steps":[{"write":"base64"},{"cols":40,"rows":10}]}
//
// What the library does not publish (underline styles, links, the cursor's
// shape) is read from its insides; the version is fixed in package.json.
import readline from 'node:readline';
import headless from '@xterm/headless';
import graphemes from '@xterm/addon-unicode-graphemes';
import unicode11 from '@xterm/addon-unicode11';

const scrollback = 60;
const { Terminal } = headless;

// The library warns of its own synchronous writing once.
console.warn = () => {};

// A row of cells has a text, a width and the number of a style for each. Strings
// are read much faster than lists: see UnmarshalJSON of the Go side.
class Styles {
  list = [];
  numbers = new Map();

  number(style) {
    let n = this.numbers.get(style);
    if (n === undefined) {
      n = this.list.length;
      this.list.push(style);
      this.numbers.set(style, n);
    }
    return n;
  }
}

function hex(rgb) {
  return '#' + rgb.toString(16).padStart(6, '0');
}

const underlines = ['', 'single', 'double', 'curly', 'dotted', 'dashed'];

// The published getters say "dashed" of every link.
function underlineOf(cell) {
  const extended = cell.hasExtendedAttrs() ? (cell.extended._ext >>> 26) & 7 : 0;
  return extended || (cell.fg & 0x10000000 ? 1 : 0);
}

function style(cell, core) {
  const words = [];
  if (cell.isFgRGB()) words.push('fg=' + hex(cell.getFgColor()));
  else if (cell.isFgPalette()) words.push('fg=' + cell.getFgColor());
  if (cell.isBgRGB()) words.push('bg=' + hex(cell.getBgColor()));
  else if (cell.isBgPalette()) words.push('bg=' + cell.getBgColor());
  if (cell.isBold()) words.push('bold');
  if (cell.isDim()) words.push('dim');
  if (cell.isItalic()) words.push('italic');
  const underline = underlineOf(cell);
  if (underline) {
    words.push('underline=' + underlines[underline]);
    if (cell.hasExtendedAttrs() && !cell.isUnderlineColorDefault()) {
      if (cell.isUnderlineColorRGB()) words.push('ul=' + hex(cell.getUnderlineColor()));
      else if (cell.isUnderlineColorPalette()) words.push('ul=' + cell.getUnderlineColor());
    }
  }
  if (cell.isBlink()) words.push('blink');
  if (cell.isInverse()) words.push('inverse');
  if (cell.isInvisible()) words.push('hidden');
  if (cell.isStrikethrough()) words.push('strike');
  if (cell.isOverline()) words.push('overline');
  const url = cell.hasExtendedAttrs() && cell.extended.urlId && core._oscLinkService.getLinkData(cell.extended.urlId);
  if (url) words.push('link=' + url.uri);
  return words.join(' ');
}

// A line may be longer than the screen is wide, after a resize.
function row(line, cols, core, styles, cell) {
  const chars = [], widths = [], numbers = [];
  for (let x = 0; x < cols; x++) {
    line.getCell(x, cell);
    chars.push(cell.getChars());
    widths.push(cell.getWidth());
    numbers.push(String.fromCharCode(48 + styles.number(style(cell, core))));
  }
  return { chars: chars.join('\t'), widths: widths.join(''), styles: numbers.join(''), wrapped: line.isWrapped };
}

function modes(term, core) {
  const m = term.modes, d = core.coreService.decPrivateModes;
  return {
    'cursor-keys': m.applicationCursorKeysMode,
    keypad: m.applicationKeypadMode,
    paste: m.bracketedPasteMode,
    insert: m.insertMode,
    mouse: m.mouseTrackingMode,
    'mouse-encoding': core.coreMouseService.activeEncoding.toLowerCase(),
    origin: m.originMode,
    'reverse-wrap': m.reverseWraparoundMode,
    focus: m.sendFocusMode,
    synchronized: m.synchronizedOutputMode,
    wrap: m.wraparoundMode,
    alternate: term.buffer.active.type === 'alternate',
    'cursor-hidden': !!core.coreService.isCursorHidden,
    'cursor-style': d.cursorStyle ?? 'block',
  };
}

function play({ cols, rows, graphemes: clusters, setup, steps }) {
  const term = new Terminal({
    cols, rows, scrollback, allowProposedApi: true, reflowCursorLine: true, logLevel: 'off',
    windowOptions: { pushTitle: true, popTitle: true, getWinSizeChars: true },
  });
  term.loadAddon(clusters ? new graphemes.UnicodeGraphemesAddon() : new unicode11.Unicode11Addon());
  term.unicode.activeVersion = clusters ? '15-graphemes' : '11';
  const core = term._core;
  let title = '', replies = '', bell = false;
  term.onTitleChange((s) => { title = s; });
  term.onData((s) => { replies += s; });
  term.onBell(() => { bell = true; });
  try {
    core.writeSync(setup);
    for (const s of steps ?? []) {
      if (s.cols) term.resize(s.cols, s.rows);
      if (s.write) core.writeSync(Buffer.from(s.write, 'base64'));
    }
    const b = term.buffer.active, styles = new Styles(), cell = b.getNullCell();
    const screen = [], history = [];
    for (let y = 0; y < term.rows; y++) screen.push(row(b.getLine(b.baseY + y), term.cols, core, styles, cell));
    const normal = term.buffer.normal;
    for (let y = 0; y < normal.baseY; y++) history.push(normal.getLine(y).translateToString().replace(/ +$/, ''));
    return {
      x: Math.min(b.cursorX, term.cols - 1), y: b.cursorY, pending: b.cursorX >= term.cols,
      screen, history, styles: styles.list, modes: modes(term, core), title, replies, bell,
    };
  } finally {
    term.dispose();
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = play(JSON.parse(line));
  } catch (e) {
    answer = { error: String(e.stack) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
