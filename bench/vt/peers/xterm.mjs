// Measures @xterm/headless as the program's own "serve" does the emulators in
// Go, with the same arguments and the same answer.
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import headless from '@xterm/headless';

const cols = 120, rows = 40, pieceSize = 32 << 10;

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).map((a) => a.replace(/^-(?=\w\w)/, '--')),
  options: { span: { type: 'string' }, screens: { type: 'string' }, cpuprofile: { type: 'string' }, text: { type: 'boolean' } },
  allowPositionals: true,
});
const stream = fs.readFileSync(positionals[1]);

function open(scrollback) {
  return new headless.Terminal({ cols, rows, scrollback, allowProposedApi: true, logLevel: 'off' });
}

// write ends when the terminal has taken everything in.
function write(term, bytes) {
  return new Promise((done) => term.write(bytes, done));
}

async function play(term, bytes) {
  for (let at = 0; at < bytes.length; at += pieceSize) await write(term, bytes.subarray(at, at + pieceSize));
}

function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

// The units of Go's durations that the program uses.
function seconds(text) {
  const [, number, unit] = /^([\d.]+)(ms|s)$/.exec(text);
  return Number(number) / (unit === 'ms' ? 1000 : 1);
}

async function clock(span) {
  const term = open(1000);
  let at = 0;
  async function run(span) {
    const begin = cpu();
    let bytes = 0, spent = 0;
    while (spent < span) {
      if (at >= stream.length) at = 0;
      const piece = stream.subarray(at, at + pieceSize);
      await write(term, piece);
      at += piece.length;
      bytes += piece.length;
      spent = cpu() - begin;
    }
    return { bytes, seconds: spent };
  }
  await run(span / 5);
  return run(span);
}

function heap() {
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage(); // external has the array buffers
  return heapUsed + external;
}

async function weigh(screens) {
  const kept = [], before = heap();
  for (let i = 0; i < screens; i++) {
    kept.push(open(0));
    await play(kept[i], stream.subarray(0, 4 * pieceSize));
  }
  const kib = (heap() - before) / 1024 / screens;
  return { kib, kept: kept.length };
}

if (values.text) {
  const term = open(0);
  await play(term, stream);
  const lines = [];
  for (let y = 0; y < rows; y++) {
    lines.push(term.buffer.active.getLine(term.buffer.active.baseY + y).translateToString(true).trimEnd());
  }
  console.log(lines.join('\n').trimEnd());
} else {
  console.log(JSON.stringify(values.screens ? await weigh(Number(values.screens)) : await clock(seconds(values.span))));
}
