// A folder that brings code along: in Restricted Mode nothing of it runs; after trust it does. Prints what was seen as JSON.

import { existsSync } from "node:fs";

import { Workbench, pause } from "./workbench.mjs";

const options = JSON.parse(process.argv[2]);
const bench = await Workbench.open(options);
const saw = {};
const LONG_ENOUGH_MS = 3000;
try {
  await bench.page.getByText("Restricted Mode is intended").first().waitFor();
  await bench.openFile("bad.py");
  await bench.until("hint", async () => (await bench.lines()).some((line) => line.includes("...: int")));
  saw.restrictedCandidates = await candidates();
  await pause(LONG_ENOUGH_MS);
  saw.restricted = existsSync(options.marker);
  saw.status = await bench.status();
  await bench.shot("restricted");
  await bench.command("Workspaces: Manage Workspace Trust");
  await bench.page.locator(".workspace-trust-editor .monaco-button:visible", { hasText: /^Trust$/ }).first().click();
  await bench.until("trusted run", () => existsSync(options.marker));
  saw.trusted = existsSync(options.marker);
  await bench.shot("trusted");
  await bench.page.locator('.tab[data-resource-name="bad.py"]').click();
  saw.trustedCandidates = await candidates();
  saw.error = null;
} catch (error) {
  saw.error = String(error);
  await bench.shot("failed");
} finally {
  await bench.close();
}
console.log(JSON.stringify(saw));

/** What a fill offers at the hole. */
async function candidates() {
  await bench.until("hint", async () => (await bench.lines()).some((line) => line.includes("return ...: int")));
  await bench.goTo(...options.hole);
  await bench.page.keyboard.press("Alt+h");
  await bench.until("candidates", async () => (await bench.pickTitle()).includes("▢"));
  const rows = await bench.pickRows();
  await bench.page.keyboard.press("Escape");
  await bench.until("closed", async () => (await bench.pickTitle()) === "");
  return rows.join("\n");
}
