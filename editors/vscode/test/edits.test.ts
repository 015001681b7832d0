import assert from "node:assert/strict";
import { test } from "node:test";

import { additions, applied, contains, editsOf, holeAt, offset } from "../src/edits";

const range = (line: number, from: number, to: number, last = line) => ({ start: { line, character: from }, end: { line: last, character: to } });
const edit = (where: ReturnType<typeof range>, newText: string) => ({ range: where, newText });

const OFFSETS: [string, number, number, number][] = [
  ["abc", 0, 1, 1],
  ["abc", 0, 9, 3],
  ["a\nbc", 1, 1, 3],
  ["a\r\nbc", 1, 0, 3],
  ["a\rbc", 1, 1, 3],
  ["a\r\nbc", 0, 9, 1],
  ["é𝔸x", 0, 3, 3],
  ["a\n", 1, 0, 2],
  ["a", 7, 0, 1],
  ["a\fb\nc", 1, 1, 5],
];

for (const [text, line, character, index] of OFFSETS) {
  test(`offset of ${line}:${character} in ${JSON.stringify(text)}`, () => assert.equal(offset(text, { line, character }), index));
}

const APPLIED: [string, ReturnType<typeof edit>[], string][] = [
  ["x = ...\n", [edit(range(0, 4, 7), "1")], "x = 1\n"],
  ["x = ...\n", [edit(range(0, 0, 0), "import abc\n"), edit(range(0, 4, 7), "abc")], "import abc\nx = abc\n"],
  ["x = ...\n", [edit(range(0, 4, 7), "abc"), edit(range(0, 0, 0), "import abc\n")], "import abc\nx = abc\n"],
  ["ab", [edit(range(0, 1, 1), "1"), edit(range(0, 1, 1), "2")], "a12b"],
  ["a\r\nb", [edit(range(0, 1, 0, 1), " ")], "a b"],
  ["a", [], "a"],
];

for (const [text, edits, result] of APPLIED) {
  test(`edits of ${JSON.stringify(text)} give ${JSON.stringify(result)}`, () => assert.equal(applied(text, edits), result));
}

test("edits are those of the document asked for, versioned or not", () => {
  const mine = [edit(range(0, 0, 0), "a")];
  const versioned = [
    { textDocument: { uri: "file:///a", version: 1 }, edits: mine },
    { textDocument: { uri: "file:///b", version: 1 }, edits: [] },
    { kind: "delete" as const, uri: "file:///a" },
  ];
  assert.deepEqual(editsOf({ documentChanges: versioned }, "file:///a"), mine);
  assert.deepEqual(editsOf({ changes: { "file:///a": mine } }, "file:///a"), mine);
  assert.deepEqual(editsOf({ changes: { "file:///a": mine } }, "file:///b"), []);
});

test("what is not the hole is an addition", () => {
  assert.deepEqual(additions([edit(range(3, 4, 7), "abc"), edit(range(0, 0, 0), "import abc\n")], range(3, 4, 7)), ["import abc"]);
});

test("the hole under the cursor, else the only one of the line", () => {
  const holes = [range(1, 4, 7), range(1, 10, 13), range(5, 0, 3, 8)].map((where, index) => ({ id: index, range: where }));
  const at = (line: number, character: number) => holeAt(holes, { line, character })?.id;
  assert.deepEqual([at(1, 4), at(1, 7), at(1, 10), at(6, 50), at(8, 3)], [0, 0, 1, 2, 2]);
  assert.deepEqual([at(1, 0), at(1, 9), at(0, 0), at(8, 4)], [undefined, undefined, undefined, undefined]);
  assert.equal(holeAt(holes.slice(1), { line: 1, character: 0 })?.id, 1);
  assert.ok(contains(range(1, 4, 7), { line: 1, character: 7 }) && !contains(range(1, 4, 7), { line: 1, character: 8 }));
});
