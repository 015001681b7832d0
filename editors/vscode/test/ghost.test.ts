import assert from "node:assert/strict";
import { test } from "node:test";

import { ghost } from "../src/ghost";

const CASES: [what: string, before: string, after: string, text: string, typed: string, strayBefore: string][] = [
  ["a hole before the cursor", "...", "", "sum(xs)", "", "..."],
  ["a hole after the cursor", "", "...", "sum(xs)", "", ""],
  ["typed along", "su", "", "sum(xs)", "su", ""],
  ["typed after the hole", "...su", "", "sum(xs)", "su", "..."],
  ["typed before the hole", "su", "...", "sum(xs)", "su", ""],
  ["more than the text", "xxsum(xs)", "", "sum(xs)", "sum(xs)", "xx"],
  ["a text that begins like the hole", "...", "", "...", "...", ""],
];

for (const [what, before, after, text, typed, strayBefore] of CASES) {
  test(`ghost text: ${what}`, () => {
    assert.deepEqual(ghost(before, after, text), { typed, strayBefore, strayAfter: after });
  });
}
