// A planted type error repaired by its quick fix; a candidate looked at as a diff and accepted from there; all holes filled, one undo.

import { Workbench } from "./workbench.mjs";

const options = JSON.parse(process.argv[2]);
const bench = await Workbench.open(options);
const saw = {};
const text = () => bench.lines().then((lines) => lines.map((line) => line.replace(/(\.\.\.|\)): (float|str)\s*/, "$1").trimEnd()).join("\n"));
try {
  await bench.openFile("bad.py");
  await bench.until("hint", async () => (await bench.lines()).some((line) => line.includes("...: float")));
  await bench.until("error", async () => (await bench.page.locator(".squiggly-error").count()) > 0);
  saw.before = await text();
  await bench.goTo(3, 12);
  await bench.command("Astral: Repair Error Here");
  const fixes = bench.page.locator(".action-widget .monaco-list-row.action");
  await fixes.first().waitFor();
  saw.fixes = await fixes.allInnerTexts();
  await bench.shot("repair");
  await bench.page.keyboard.press("Enter");
  saw.repaired = await bench.until("repaired", async () => (await text()) !== saw.before && (await text()));
  await bench.goTo(7, 13);
  await bench.command("Astral: Fill Hole or Selection");
  await bench.until("candidates", async () => (await bench.pickTitle()).includes("▢"));
  await bench.page.locator(".quick-input-widget .monaco-list-row .action-label").first().click({ force: true });
  await bench.page.locator(".monaco-diff-editor .line-insert, .monaco-diff-editor .char-insert").first().waitFor();
  await bench.shot("diff");
  saw.picking = await bench.pickTitle();
  await bench.page.keyboard.press("Enter");
  await bench.until("diff closed", async () => (await bench.page.locator(".monaco-diff-editor:visible").count()) === 0);
  saw.filled = await bench.until("filled", async () => (await text()) !== saw.repaired && (await text()).includes("def label") && (await text()));
  await bench.page.locator(".monaco-editor .view-lines").first().click();
  await bench.page.keyboard.press("Control+z");
  await bench.until("undone", async () => (await text()) === saw.repaired);
  await bench.command("Astral: Fill All Holes");
  saw.all = await bench.until("all filled", async () => !(await text()).includes("...") && (await text()));
  await bench.shot("all");
  await bench.page.keyboard.press("Control+z");
  saw.undone = await bench.until("all undone", async () => (await text()) === saw.repaired && (await text()));
  saw.error = null;
} catch (error) {
  saw.error = String(error);
  await bench.shot("failed");
} finally {
  await bench.close();
}
console.log(JSON.stringify(saw));
