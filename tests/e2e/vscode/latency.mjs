// How long a user waits for what, `times` each, in milliseconds: from the key press to the frame that shows it. Prints JSON.

import { Workbench, pause } from "./workbench.mjs";

const options = JSON.parse(process.argv[2]);
const bench = await Workbench.open(options);
const saw = { hint: [], lightbulb: [], preview: [] };
/** A key that is pressed while a menu still closes is lost; no user is that quick. */
const AGAIN_MS = 400;
const closed = async () => {
  await bench.until("menu closed", async () => (await bench.page.locator(".action-widget:visible").count()) === 0);
  await pause(AGAIN_MS);
};
const press = (key) => () => bench.page.keyboard.press(key);
try {
  await bench.openFile("sample.py");
  await bench.until("hint", async () => (await bench.lines()).some((line) => line.includes("...: int")));

  await bench.goTo(...options.annotation);
  for (let count = 0; count < options.times; count += 1) {
    const [key, text] = count % 2 === 0 ? ["B", "...: str"] : ["Backspace", "...: int"];
    saw.hint.push(await bench.timed(press(key), ".view-line", text));
  }

  await bench.goTo(...options.hole);
  await bench.until("candidates of the last edit", async () => {
    await press("Control+.")();
    const rows = bench.page.locator(".action-widget:visible .monaco-list-row");
    await rows.first().waitFor();
    const known = (await rows.allInnerTexts()).some((row) => row.includes("✓ types"));
    await press("Escape")();
    await closed();
    return known;
  });
  for (let count = 0; count < options.times; count += 1) {
    saw.lightbulb.push(await bench.timed(press("Control+."), ".action-widget .monaco-list-row", "✓ types"));
    await press("Escape")();
    await closed();
  }

  for (let count = 0; count < options.times; count += 1) {
    saw.preview.push(await bench.timed(press("Alt+h"), '.view-line [class*="ced-"]', '"'));
    await bench.until("candidates", async () => (await bench.pickTitle()).includes("▢"));
    await press("Escape")();
    await bench.until("given up", async () => (await bench.drawn()).length === 0 && (await bench.pickTitle()) === "");
    await pause(AGAIN_MS);
  }
  saw.error = null;
} catch (error) {
  saw.error = String(error);
  await bench.shot("failed");
} finally {
  await bench.close();
}
console.log(JSON.stringify(saw));
