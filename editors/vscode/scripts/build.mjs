// One bundle of the extension; with --tests, the tests beside it.

import { readdirSync } from "node:fs";
import { build } from "esbuild";

const common = { bundle: true, platform: "node", target: "node20", logLevel: "warning", outdir: "out" };

if (process.argv.includes("--tests")) {
  const entryPoints = readdirSync("test").filter((name) => name.endsWith(".test.ts")).map((name) => `test/${name}`);
  await build({ ...common, entryPoints, outbase: ".", format: "esm", outExtension: { ".js": ".mjs" } });
} else {
  await build({ ...common, entryPoints: ["src/extension.ts"], format: "cjs", external: ["vscode"], minify: true, sourcemap: false });
}
