// recovery.mjs VERSION MODE URL: clients that come back after their connection
// was lost; see client.mjs for the arguments. The server must let those come
// back that ask for it.

import { call, connected, cutOff, mode, upgraded, version } from "./client.mjs";
import { ask, equal, next, pause, run } from "./harness.mjs";

const recovery = "yes";
const enter = (keep, query) => connected(keep, "/recovery", { query });

/** Cuts the connection and resolves when the client is back. */
async function cutAndBack(socket) {
  await cutOff(socket);
  await next(socket, "connect");
}

/** Collects what is fed; resolves when the last item has arrived. */
function fed(socket, count) {
  const items = [];
  const all = new Promise((resolve) => {
    socket.on("item", (...args) => {
      items.push(args);
      if (args[0] === count - 1) resolve(items);
    });
  });
  return { items, all };
}

/** What a client gets that does not know of offsets. */
const item = (n) => (n % 3 === 0 ? [n, Buffer.from([n & 0xff])] : [n]);

const recovering = {
  async "id, rooms and values"(keep) {
    const socket = await enter(keep, { recovery });
    const { id } = socket;
    equal(socket.recovered, false, "recovered at first");
    await call(socket, "keep", "in mind");
    await cutAndBack(socket);
    equal([socket.recovered, socket.id], [true, id], "recovered, and its id");
    equal(await call(socket, "kept"), ["in mind", true], "what the server knows");
  },

  async "nothing lost, doubled or reordered"(keep) {
    const count = 1_500;
    const socket = await enter(keep, { recovery });
    if (mode === "upgrade") await upgraded(socket);
    const { id } = socket;
    const { items, all } = fed(socket, count);
    const went = []; // what happened to the client
    socket.on("disconnect", (reason) => went.push(reason));
    socket.on("connect", () => went.push(socket.recovered && socket.id === id ? "recovered" : "new"));
    await call(socket, "feed", count); // a cut must not meet the request itself
    let done = false;
    all.then(() => (done = true));
    // Where a client takes longer to come back than the next cut to follow, as
    // on a busy machine, nothing would ever arrive: there is a last cut.
    for (let cuts = 0; !done; cuts++) {
      await Promise.race([all, pause(10 + Math.random() * 300)]);
      if (!done && cuts < 30) ask("cut");
    }
    if (!socket.connected) await next(socket, "connect");
    const story = `after ${went.join(", ")}`;
    const range = [...Array(count).keys()];
    equal(items.map(([n]) => n), range, `items ${story}`);
    equal(items.map((args) => args.slice(0, item(args[0]).length)), range.map(item), "arguments");
    equal(went.includes("recovered"), true, `recovered ${story}`);
    equal(went.includes("new"), false, `taken for a new client ${story}`);
  },

  async "not after it has left"(keep) {
    const socket = await enter(keep, { recovery });
    const { id } = socket;
    await call(socket, "keep", "in mind");
    socket.disconnect();
    const back = next(socket, "connect");
    socket.connect();
    await back;
    equal([socket.recovered, socket.id === id], [false, false], "recovered, and the same id");
    equal(await call(socket, "kept"), [null, false], "what the server knows");
  },
};

const all = {
  async "no offsets for clients that know none"(keep) {
    const socket = await enter(keep);
    const { id } = socket;
    const { all } = fed(socket, 10);
    await call(socket, "feed", 10);
    equal(await all, [...Array(10).keys()].map(item), "arguments");
    await cutAndBack(socket);
    equal(socket.id === id, false, "the id is the same");
    equal(await call(socket, "kept"), [null, false], "what the server knows");
  },
};

await run(version === "3" ? all : { ...recovering, ...all });
