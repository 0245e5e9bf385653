// Joins each page's modules and the third-party code that they import into one
// file in public/dist, copies Socket.IO's client for browsers to
// public/dist/client, one of each generation, and writes the licences of all that code beside them.
// "npm run build" runs it; it needs what "npm ci" installs.

import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const dist = path.join(root, "public", "dist");

// Browsers that know modules but not the newest syntax get plainer code.
const target = "es2018";

async function clean() {
  for (const name of await readdir(dist)) {
    if (name !== ".gitkeep") await rm(path.join(dist, name), { recursive: true });
  }
}

function bundle() {
  return build({
    absWorkingDir: root,
    entryPoints: {
      chat: "public/age3/chat.js",
      landing: "public/age3/landing.js",
      shell: "public/age3/shell.js",
      xterm: "@xterm/xterm/css/xterm.css",
    },
    outdir: dist,
    bundle: true,
    format: "esm",
    minify: true,
    target,
    legalComments: "none", // third-party.txt has them in full
    metafile: true,
    logLevel: "info",
  });
}

// Socket.IO's clients: where they are, where they go, and which files they have
// besides those that begin with "socket.io.". The newest one goes to the top, one
// of each generation before it to a folder with its version.
const clients = [
  { from: "socket.io-client/dist", to: "" },
  { from: "socket.io-client-2/dist", to: "2.5.0" },
  { from: "socket.io-client-0.9/dist", to: "0.9.17", more: ["WebSocketMain.swf"] },
  { from: "socket.io-0.6/support/socket.io-client", to: "0.6.3" },
  { from: "socket.io-0.6/support/socket.io-client/lib/vendor/web-socket-js", to: "0.6.3", more: ["WebSocketMain.swf"] },
];

// The folder of the package that a source in a source map of a client belongs to,
// or "" for the bundler's own. The maps were made where a client's own packages
// lay beside one another, and the others in node_modules, for which old bundlers
// write "~".
function packageOfSource(client, source) {
  const installed = /^.*(?:node_modules|~)\/((?:@[^/]+\/)?[^/]+)\//.exec(source);
  const beside = /^\.\.\/\.\.\/([a-z][^/]*)\//.exec(source);
  if (!installed && !beside) return `node_modules/${client}`;
  const name = installed ? installed[1] : beside[1].replace(/^socket\.io-component/, "@socket.io/component");
  const folders = [`node_modules/${client}/node_modules/${name}`, `node_modules/${name}`];
  return folders.find((folder) => existsSync(path.join(root, folder))) ?? "";
}

// Copies the clients' builds and returns the folders of the packages in them.
async function copyClients() {
  const packages = new Set();
  for (const { from, to, more = [] } of clients) {
    const source = path.join(root, "node_modules", from);
    const target = path.join(dist, "client", to);
    const client = from.slice(0, from.indexOf("/"));
    packages.add(`node_modules/${client}`);
    await mkdir(target, { recursive: true });
    for (const name of await readdir(source)) {
      if (!name.startsWith("socket.io.") && !more.includes(name)) continue;
      await copyFile(path.join(source, name), path.join(target, name));
      if (!name.endsWith(".map")) continue;
      const map = JSON.parse(await readFile(path.join(source, name), "utf8"));
      for (const file of map.sources) packages.add(packageOfSource(client, file));
    }
  }
  packages.delete("");
  return [...packages];
}

// The folder of the package that a bundled file belongs to, or "".
function packageOf(file) {
  const match = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file);
  return match ? file.slice(0, match.index + match[0].length - 1) : "";
}

// Old packages have their licence at the end of what they say of themselves.
async function licenceOf(about, folder, names) {
  const readme = names.find((name) => /^readme/i.test(name));
  const text = readme ? await readFile(path.join(root, folder, readme), "utf8") : "";
  const at = text.search(/^#+ *licen[cs]e/im);
  return at < 0 ? `Licence: ${about.license}\n` : text.slice(at);
}

async function licence(folder) {
  const about = JSON.parse(await readFile(path.join(root, folder, "package.json"), "utf8"));
  const names = await readdir(path.join(root, folder));
  const file = names.find((name) => /^licen[cs]e/i.test(name));
  const text = file ? await readFile(path.join(root, folder, file), "utf8") : await licenceOf(about, folder, names);
  return `${about.name} ${about.version}\n\n${text.replaceAll("\r", "").trim()}\n`;
}

await clean();
const { metafile } = await bundle();
const bundled = Object.keys(metafile.inputs).map(packageOf).filter(Boolean);
const folders = [...new Set([...bundled, ...(await copyClients())])].sort();
const licences = await Promise.all(folders.map(licence));
const head = "The pages and the Socket.IO client contain code of these packages.\n";
await writeFile(path.join(dist, "third-party.txt"), [head, ...licences].join(`\n${"-".repeat(72)}\n\n`));
