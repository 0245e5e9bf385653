// parsers.mjs: engine.io-parser and socket.io-parser of each era, with the same
// functions for all.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export const text = (base64) => Buffer.from(base64, "base64").toString();
export const base64 = (data) => Buffer.from(data).toString("base64");

const isBinary = (data) => data !== undefined && typeof data !== "string";

/** A decoded Engine.IO packet, or an exception if it stands for an error. */
function packet(p) {
  if (p.type === undefined || p.type === "error") throw new Error("parser error");
  return { t: p.type, b: isBinary(p.data), d: base64(p.data ?? "") };
}

/** The packets that a decoder hands over, up to the first error. */
function collect(decode) {
  const packets = [];
  let error;
  const take = (p) => {
    try {
      if (!error) packets.push(packet(p));
    } catch (err) {
      error = err.message;
    }
    return error ? false : undefined;
  };
  try {
    decode(take);
  } catch (err) {
    error ??= err.message;
  }
  return { packets, error };
}

/** The packet that an input of {t, b, d} describes. */
const unpack = ({ t, b, d }) => ({ type: t, data: b ? alone(d) : text(d) || undefined });

/** Bytes in memory of their own: the oldest parser writes all of the memory. */
const alone = (d) => Buffer.from(Uint8Array.from(Buffer.from(d, "base64")).buffer);

/** engine.io-parser, whose functions take callbacks before version 4. */
export function engineIO(name) {
  const parser = require(name);
  if (name.endsWith("-5")) return engineIO4(parser);
  const once = name.endsWith("-10"); // has no argument for the second UTF-8
  const encode = (packets, binary) => {
    let out;
    parser.encodePayload(packets, binary, (data) => (out = data));
    return base64(out);
  };
  return {
    message: (input) => ({ packets: [packet(parser.decodePacket(text(input)))] }),
    bytes: (input) => ({ packets: [packet(parser.decodePacket(Buffer.from(input, "base64")))] }),
    payload: (input) => collect((take) => parser.decodePayload(text(input), take)),
    octets: (input) => collect((take) => parser.decodePayloadAsBinary(Buffer.from(input, "base64"), take)),
    encode: (packets) => ({ out: encode(packets.map(unpack), false) }),
    encodeOctets: (packets) => {
      let out;
      parser.encodePayloadAsBinary(packets.map(unpack), (data) => (out = data));
      return { out: base64(out) };
    },
    encodeMessage: (p) => {
      let out;
      const args = once ? [true] : [true, false];
      parser.encodePacket(unpack(p), ...args, (data) => (out = data));
      return { out: base64(out), binary: isBinary(out) };
    },
  };
}

function engineIO4(parser) {
  return {
    message: (input) => ({ packets: [packet(parser.decodePacket(text(input)))] }),
    bytes: (input) => ({ packets: [packet(parser.decodePacket(Buffer.from(input, "base64")))] }),
    payload: (input) => collect((take) => parser.decodePayload(text(input)).forEach(take)),
    encode: (packets) => {
      let out;
      parser.encodePayload(packets.map(unpack), (data) => (out = data));
      return { out: base64(out) };
    },
    encodeMessage: (p) => {
      let out;
      parser.encodePacket(unpack(p), true, (data) => (out = data));
      return { out: base64(out), binary: isBinary(out) };
    },
  };
}

/** socket.io-parser. A packet with attachments is told before they come. */
export function socketIO(name) {
  const { Decoder, Encoder } = require(name);
  return {
    packet: (input) => {
      const str = text(input);
      if (/^[56][^-]*$/.test(str)) throw new Error("no dash: the oldest would look for one for ever");
      const decoder = new Decoder();
      let p;
      decoder.on("decoded", (decoded) => (p = decoded));
      decoder.add(str);
      p ??= decoder.reconstructor.reconPack;
      if (p.type === 4 && String(p.data).startsWith("parser error")) throw new Error(p.data);
      return { type: p.type, nsp: p.nsp, id: p.id, attachments: p.attachments ?? 0, data: JSON.stringify(p.data) };
    },
    encode: ({ type, nsp, id, data }) => {
      let out;
      const done = (parts) => (out = parts);
      const parts = new Encoder().encode({ type, nsp, id, data: data && revive(JSON.parse(data)) }, done);
      out ??= parts;
      return { out: out.map((part) => base64(part)) };
    },
  };
}

/** Arguments in which {"bytes": base64} stands for binary data. */
function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.bytes === "string") return Buffer.from(value.bytes, "base64");
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, revive(v)]));
}
