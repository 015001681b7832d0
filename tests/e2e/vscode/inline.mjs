// Ghost text: at a hole, a word, a line or all of it accepted, one undo; and while typing along a fill. Prints what was seen as JSON.

import { Workbench } from "./workbench.mjs";

const options = JSON.parse(process.argv[2]);
const bench = await Workbench.open(options);
const saw = {};
const [line, first, last] = options.hole;
const code = async () => (await bench.code())[line - 1];
try {
  await bench.openFile("sample.py");
  await bench.until("hint", async () => (await bench.lines()).some((each) => each.includes("...: float")));
  saw.before = await code();

  await bench.goTo(line, first);
  saw.whole = await ghost("at the hole");
  await bench.shot("ghost");
  await bench.page.keyboard.press("Tab");
  saw.filled = await closed();
  await bench.page.keyboard.press("Control+z");
  // One key press; while the line is drawn anew, the hole is for a moment a decoration alone.
  saw.undone = await bench.until("undone in one step", async () => (await code()) === saw.before && saw.before);

  await bench.goTo(line, last);
  await ghost("after the hole");
  await bench.page.keyboard.press("Control+ArrowRight");
  saw.word = await bench.until("a word", async () => (await code()) !== saw.before && (await code()).startsWith(saw.before) && (await code()));
  await bench.until("rest", async () => (await bench.ghost()) !== "" && (await bench.ghost()).length < saw.whole.length);
  await bench.page.keyboard.press("Tab");
  saw.words = await closed();

  await bench.page.keyboard.press("Control+z");
  await bench.page.keyboard.press("Control+z");
  await bench.until("undone", async () => (await code()) === saw.before);
  await bench.goTo(line, last);
  for (let count = first; count < last; count += 1) await bench.page.keyboard.press("Backspace");
  await bench.until("ghost where the hole was", async () => (await bench.ghost()) === saw.whole);
  for (const key of saw.whole.slice(0, 2)) await bench.page.keyboard.type(key);
  saw.along = await bench.until("rest along", async () => (await bench.ghost()) === saw.whole.slice(2) && (await bench.ghost()));
  await bench.shot("along");
  const typed = await code();
  await bench.page.keyboard.press("Alt+l");
  saw.line = await changed(typed);
  saw.error = null;
} catch (error) {
  saw.error = String(error);
  await bench.shot("failed");
} finally {
  await bench.close();
}
console.log(JSON.stringify(saw));

async function ghost(where) {
  return bench.until(`ghost ${where}`, async () => {
    await bench.command("Trigger Inline Suggestion");
    return bench.ghost();
  });
}

async function closed() {
  return bench.until("the hole's own text to go", async () => !(await code()).includes("...") && (await code()));
}

async function changed(before) {
  return bench.until("change", async () => (await code()) !== before && (await code()));
}
