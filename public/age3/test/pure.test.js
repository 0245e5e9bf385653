// The parts of the modules that need no browser: "npm test" runs this.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hopeless } from "../diagnosis.js";
import { arrow, control } from "../keys.js";
import { milliseconds } from "../rtt.js";
import { points } from "../sparkline.js";

test("Control makes C0 characters", () => {
  for (const [typed, want] of [["c", "\x03"], ["C", "\x03"], ["[", "\x1b"], ["@", "\0"], ["_", "\x1f"], ["?", "\x7f"]]) {
    assert.equal(control(typed), want, typed);
  }
});

test("Control leaves alone what has no C0 character", () => {
  for (const typed of ["1", "é", " ", "\r"]) assert.equal(control(typed), typed);
});

test("arrows follow the cursor key mode (DECCKM)", () => {
  assert.equal(arrow("up", false, false), "\x1b[A");
  assert.equal(arrow("left", true, false), "\x1bOD");
  assert.equal(arrow("right", true, true), "\x1b[1;5C");
});

test("a chosen WebSocket that the browser lacks is explained, and only that", () => {
  const trouble = hopeless("websocket", false);
  assert.ok(trouble.final && trouble.automatic && trouble.text.includes("no WebSocket"));
  for (const [wanted, has] of [["websocket", true], ["polling", false], ["", false]]) {
    assert.equal(hopeless(wanted, has), null, wanted);
  }
});

test("milliseconds have a decimal only below ten", () => {
  assert.equal(milliseconds(0.44), "0.4");
  assert.equal(milliseconds(9.94), "9.9");
  assert.equal(milliseconds(9.96), "10");
  assert.equal(milliseconds(123.4), "123");
});

test("the newest sample is at the right edge and all lie in the picture", () => {
  const line = points([3, 1, 2, 400]).map((point) => point.split(",").map(Number));
  assert.equal(line.at(-1)[0], 240);
  for (const [x, y] of line) assert.ok(x >= 0 && x <= 240 && y >= 0 && y <= 48);
  assert.ok(line[1][1] > line[2][1], "a smaller sample is lower");
  assert.ok(line[0][1] < 40, "one slow answer does not flatten the others");
});
