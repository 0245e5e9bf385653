// old.mjs: the parsers of the servers of Socket.IO 0.9 and 0.6.

import { createRequire } from "node:module";
import { base64, text } from "./parsers.mjs";

const require = createRequire(import.meta.url);

/** The value of JSON text, as the parser has it: false if it is none. */
function parsed(json) {
  try {
    return { value: JSON.parse(json) };
  } catch {
    return undefined;
  }
}

/** What is delivered of a decoded packet; an exception if nothing is. */
function delivered(p, input) {
  if (p.type === undefined) throw new Error("no packet");
  const { type, id, endpoint, qs } = p;
  const out = { type, id, ack: p.ack === "data", endpoint, qs };
  switch (type) {
    case "message":
      return { ...out, data: JSON.stringify(p.data) };
    case "json":
      if (p.data === false && !/^4:[^:]*:[^:]*:\s*false\s*$/.test(input)) throw new Error("no JSON");
      return { ...out, data: JSON.stringify(p.data) };
    case "event":
      if (p.name === undefined || p.name === null) throw new Error("no name");
      return { ...out, name: p.name, data: JSON.stringify(p.args) };
    case "ack":
      if (p.ackId === undefined) throw new Error("no id");
      return { ...out, ackId: p.ackId, data: JSON.stringify(p.args) };
    case "error":
      return { ...out, reason: p.reason, advice: p.advice };
  }
  return out;
}

/** socket.io 0.9.19: decoded packets are told one by one, with the text. */
export function old09() {
  const parser = require("socket.io-09/lib/parser.js");
  const packet = (input) => delivered(parser.decodePacket(input), input);
  return {
    packet: (input) => packet(text(input)),
    payload: (input) => {
      const packets = parser.decodePayload(text(input)).map((p) => {
        try {
          return delivered(p, text(input));
        } catch (err) {
          return { error: err.message };
        }
      });
      return { packets };
    },
    encode: ({ data, args, ...p }) => {
      const value = (json) => (json ? parsed(json).value : undefined);
      return { out: base64(parser.encodePacket({ ...p, data: value(data), args: value(args) })) };
    },
    encodePayload: (packets) => ({ out: base64(parser.encodePayload(packets.map(text))) }),
  };
}

/** socket.io 0.6.18: messages are strings. */
export function old06() {
  const { decode, encode } = require("socket.io-06/lib/socket.io/utils.js");
  return {
    payload: (input) => {
      const messages = decode(text(input));
      const again = messages.map((m) => `~m~${m.length}~m~${m}`).join("");
      return { messages: messages.map((m) => base64(m)), again: base64(again) };
    },
    encode: (values) => ({ out: base64(encode(values.map((v) => parsed(text(v)).value))) }),
  };
}
