// One fill, filmed: the hole, what forms in it, the candidates, the one that is taken. Frames and their times go where the shots go.

import { writeFileSync } from "node:fs";

import { Workbench, pause } from "./workbench.mjs";

const options = JSON.parse(process.argv[2]);
const bench = await Workbench.open(options);
const saw = { times: [] };
try {
  await bench.page.setViewportSize({ width: 960, height: 560 });
  await bench.openFile("cart.py");
  await bench.goTo(...options.hole);
  await bench.until("hint", async () => (await bench.lines()).some((line) => line.includes("...: float")));
  await bench.page.keyboard.press("Control+b");
  await pause(1000);
  const film = await bench.page.context().newCDPSession(bench.page);
  film.on("Page.screencastFrame", async ({ data, metadata, sessionId }) => {
    writeFileSync(`${bench.shots}/${String(saw.times.length).padStart(4, "0")}.png`, Buffer.from(data, "base64"));
    saw.times.push(metadata.timestamp);
    await film.send("Page.screencastFrameAck", { sessionId });
  });
  await film.send("Page.startScreencast", { format: "png", everyNthFrame: 1 });
  await pause(1200);
  await bench.page.keyboard.press("Alt+h");
  await bench.until("candidates", async () => (await bench.pickTitle()).includes("▢"));
  await bench.until("preview", async () => (await bench.drawn()).length > 0);
  await pause(2500);
  await bench.shot("candidates");
  await bench.page.keyboard.press("Enter");
  await pause(2500);
  await film.send("Page.stopScreencast");
  saw.error = null;
} catch (error) {
  saw.error = String(error);
} finally {
  await bench.close();
}
console.log(JSON.stringify(saw));
