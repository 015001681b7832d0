import assert from "node:assert/strict";
import { test } from "node:test";

import { choose, interpreters, type Sources } from "../src/interpreters";
import { forServer } from "../src/settings";

const SOURCES: Sources = { setting: undefined, active: "/w/.venv/bin/python", privateEnvironment: "/own/bin/python", trusted: true, windows: false };
const paths = (sources: Partial<Sources>) => interpreters({ ...SOURCES, ...sources }).map(({ path }) => path);

const ORDERS: [string, Partial<Sources>, string[]][] = [
  ["the active one first", {}, ["/w/.venv/bin/python", "/own/bin/python", "python3", "python"]],
  ["a setting is the only one", { setting: "/x/python" }, ["/x/python"]],
  ["an empty setting is none", { setting: "" }, ["/w/.venv/bin/python", "/own/bin/python", "python3", "python"]],
  ["an untrusted workspace does not say what is run", { trusted: false }, ["/own/bin/python", "python3", "python"]],
  ["without the Python extension", { active: undefined }, ["/own/bin/python", "python3", "python"]],
  ["on Windows", { active: undefined, windows: true }, ["/own/bin/python", "python", "py"]],
];

for (const [about, sources, expected] of ORDERS) test(`interpreters: ${about}`, () => assert.deepEqual(paths(sources), expected));

test("the first that has the server is taken, and no later one is run", async () => {
  const asked: string[] = [];
  const found = await choose(interpreters(SOURCES), async (path) => {
    asked.push(path);
    return path === "/own/bin/python" ? { version: "0.1.0" } : { why: "No module named 'astral_lsp'" };
  });
  assert.ok("version" in found && found.interpreter.origin === "private environment");
  assert.deepEqual(asked, ["/w/.venv/bin/python", "/own/bin/python"]);
});

test("if none has it, each says why", async () => {
  const found = await choose(interpreters({ ...SOURCES, active: undefined }), async () => ({ why: "not found" }));
  assert.ok("tried" in found);
  assert.deepEqual(found.tried[0], "/own/bin/python (private environment): not found");
  assert.equal(found.tried.length, 3);
});

const SETTINGS: [string, unknown, string | undefined, Record<string, unknown>][] = [
  ["the extension's own stay here", { server: { interpreter: "x" }, trace: { server: "off" }, hover: { names: 3 } }, undefined, { hover: { names: 3 } }],
  ["a workspace cannot say that it is trusted", { trusted: true }, undefined, {}],
  ["the active interpreter where none is set", { interpreter: null }, "/a/python", { interpreter: "/a/python" }],
  ["a set interpreter stays", { interpreter: "/b/python" }, "/a/python", { interpreter: "/b/python" }],
  ["nothing configured", null, undefined, {}],
];

for (const [about, configured, active, expected] of SETTINGS) {
  test(`settings: ${about}`, () => assert.deepEqual(forServer(configured, active), expected));
}
