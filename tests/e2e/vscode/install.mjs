// No Python here has the server: what is said, and what one click does about it. Prints what was seen as JSON.

import { Workbench, pause } from "./workbench.mjs";

const options = JSON.parse(process.argv[2]);
const bench = await Workbench.open(options);
const saw = {};
const INSTALL_MS = 240_000;
try {
  await bench.openFile("sample.py");
  saw.offer = await bench.until("offer", async () => (await bench.notifications()).find((text) => text.includes("needs its server")));
  saw.before = await bench.status();
  await bench.shot("offer");
  await bench.page.locator(".notification-list-item .monaco-button", { hasText: /^Install$/ }).first().click();
  const begin = Date.now();
  while (Date.now() < begin + INSTALL_MS && !(await bench.status()).includes("astral-lsp 0.")) await pause(250);
  saw.seconds = (Date.now() - begin) / 1000;
  await bench.until("hint", async () => (await bench.lines()).some((line) => line.includes("...: float")));
  saw.after = await bench.status();
  await bench.shot("installed");
  saw.error = null;
} catch (error) {
  saw.error = String(error);
  await bench.shot("failed");
} finally {
  await bench.close();
}
console.log(JSON.stringify(saw));
