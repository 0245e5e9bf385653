// Joins each page's modules and the third-party code that they import into one
// file in public/dist, copies Socket.IO's client for browsers to
// public/dist/client, and writes the licences of all that code beside them.
// "npm run build" runs it; it needs what "npm ci" installs.

import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
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

// The package that a source in a source map of the client belongs to. The maps
// were made where its own packages lay beside one another and the others in
// node_modules.
function packageOfSource(source) {
  const installed = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source);
  if (installed) return installed[1];
  const beside = /^\.\.\/\.\.\/([a-z][^/]*)\//.exec(source);
  return beside ? beside[1].replace(/^socket\.io-component/, "@socket.io/component") : "socket.io-client";
}

// Copies the client's builds and returns the folders of the packages in them.
async function copyClient() {
  const from = path.join(root, "node_modules", "socket.io-client", "dist");
  const to = path.join(dist, "client");
  await mkdir(to);
  const packages = new Set();
  for (const name of await readdir(from)) {
    await copyFile(path.join(from, name), path.join(to, name));
    if (!name.endsWith(".map")) continue;
    const map = JSON.parse(await readFile(path.join(from, name), "utf8"));
    for (const source of map.sources) packages.add(packageOfSource(source));
  }
  return [...packages].map((name) => `node_modules/${name}`);
}

// The folder of the package that a bundled file belongs to, or "".
function packageOf(file) {
  const match = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file);
  return match ? file.slice(0, match.index + match[0].length - 1) : "";
}

async function licence(folder) {
  const about = JSON.parse(await readFile(path.join(root, folder, "package.json"), "utf8"));
  const names = await readdir(path.join(root, folder));
  const file = names.find((name) => /^licen[cs]e/i.test(name));
  const text = file ? await readFile(path.join(root, folder, file), "utf8") : `Licence: ${about.license}\n`;
  return `${about.name} ${about.version}\n\n${text.replaceAll("\r", "").trim()}\n`;
}

await clean();
const { metafile } = await bundle();
const bundled = Object.keys(metafile.inputs).map(packageOf).filter(Boolean);
const folders = [...new Set([...bundled, ...(await copyClient())])].sort();
const licences = await Promise.all(folders.map(licence));
const head = "The pages and the Socket.IO client contain code of these packages.\n";
await writeFile(path.join(dist, "third-party.txt"), [head, ...licences].join(`\n${"-".repeat(72)}\n\n`));
