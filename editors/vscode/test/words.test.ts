import assert from "node:assert/strict";
import { test } from "node:test";

import type { Outcome, Status } from "../src/protocol";
import { badge, fitting, isVerified, oneLine, reasons, statusText, wanted, type ServerState } from "../src/words";

const BADGES: [Record<string, Outcome>, string, boolean][] = [
  [{ syntax: "pass", types: "pass" }, "✓ types", true],
  [{ syntax: "pass", types: "pass", tests: "pass" }, "✓ types ✓ tests", true],
  [{ syntax: "pass", types: "pass", tests: "fail" }, "✓ types ✗ tests", false],
  [{ syntax: "pass", types: "pass", tests: "skipped" }, "✓ types", true],
  [{ syntax: "pass", types: "skipped" }, "types not checked", false],
  [{ syntax: "pass", types: "fail" }, "✗ types", false],
  [{ syntax: "fail" }, "✗ syntax types not checked", false],
  [{}, "syntax not checked types not checked", false],
];

for (const [verdicts, said, verified] of BADGES) {
  test(`a tick stands only for a verdict that was obtained: ${JSON.stringify(verdicts)}`, () => {
    assert.equal(badge({ verdicts, why: {} }), said);
    assert.equal(isVerified({ verdicts }), verified);
    assert.equal(reasons({ verdicts, why: {} }) === "", verified);
  });
}

test("a tick for tests says how many examples held", () => {
  const verdicts = { syntax: "pass", types: "pass", tests: "pass" } as const;
  assert.equal(badge({ verdicts, why: { tests: "2/3 examples" } }), "✓ types ✓ 2/3 examples");
});

test("reasons say why", () => {
  const candidate = { verdicts: { syntax: "pass", types: "skipped" } as const, why: { types: "no answer in time" } };
  assert.equal(reasons(candidate), "types not checked: no answer in time");
});

const LINES: [string, number, string][] = [
  ["sum(x)", 100, "sum(x)"],
  ["for x in y:\n    total += x\r\nreturn total\n", 100, "for x in y: ⏎ total += x ⏎ return total"],
  ["▢▢▢▢▢", 3, "▢▢…"],
  ["𝔸𝔹ℂ𝔻", 3, "𝔸𝔹…"],
  ["abc", 3, "abc"],
];

for (const [text, limit, line] of LINES) {
  test(`one line of ${JSON.stringify(text)}`, () => assert.equal(oneLine(text, limit), line));
}

test("what a hole wants, or why nobody knows", () => {
  assert.equal(wanted({ expected_type: "float", expected_because: "return type" }), "▢: float");
  assert.equal(wanted({ expected_type: null, expected_because: "the type is being computed" }), "▢ the type is being computed");
  assert.equal(wanted({ expected_type: null, expected_because: "" }), "▢");
});

test("names that fit come before names that may; builtins that may are left out", () => {
  const entry = (name: string, fits: boolean | null, origin = "local") => ({ name, type: "int", fits, origin });
  assert.equal(fitting({ scope: [entry("a", true), entry("b", null), entry("c", true)] }, 1), "fits: a: int … 1 more");
  assert.equal(fitting({ scope: [entry("b", null), entry("len", null, "builtin"), entry("d", false)] }, 4), "may fit: b: int");
  assert.equal(fitting({ scope: [{ ...entry("x", true), type: null }] }, 4), "fits: x");
  assert.equal(fitting({ scope: [entry("d", false)] }, 4), "");
});

const STATUS: Status = { types: "warm", why: "", model: "warm", modelWhy: "", trusted: false };
const STATES: [ServerState, Status | undefined, RegExp, string][] = [
  [{ kind: "starting" }, undefined, /Astral$/, "none"],
  [{ kind: "missing", why: "not installed" }, undefined, /install/, "warning"],
  [{ kind: "stopped", why: "it crashed" }, undefined, /stopped/, "error"],
  [{ kind: "running" }, undefined, /Astral$/, "none"],
  [{ kind: "running" }, STATUS, /Astral$/, "none"],
  [{ kind: "running" }, { ...STATUS, types: "unavailable", why: "mypy has gone" }, /no types$/, "warning"],
  [{ kind: "running" }, { ...STATUS, types: "unavailable", model: "unavailable" }, /no types, no model$/, "warning"],
];

for (const [state, status, text, severity] of STATES) {
  test(`the status bar of ${state.kind}, ${status?.types ?? "no status"}, ${status?.model ?? ""}`, () => {
    const said = statusText(state, status, "1.2.3");
    assert.match(said.text, text);
    assert.equal(said.severity, severity);
    if (status?.why) assert.ok(said.lines.some((line) => line.includes(status.why)));
    if ("why" in state) assert.deepEqual(said.lines, [state.why]);
  });
}
