// Open → hint → hover → fill seen forming → accept → undo in one step → next hole → server killed and back. Prints what was seen as JSON.

import { Workbench, pause } from "./workbench.mjs";

const options = JSON.parse(process.argv[2]);
const bench = await Workbench.open(options);
const saw = {};
try {
  await bench.openFile("cart.py");
  await bench.until("hint", async () => (await bench.lines()).some((line) => line.includes("...: float")));
  await bench.shot("hint");
  await bench.goTo(49, 20);
  await bench.command("Astral: Explain Hole");
  saw.hover = await bench.until("hover", async () => {
    const text = await bench.hover();
    return text.includes("▢") && text;
  });
  await bench.shot("hover");
  await bench.page.keyboard.press("Escape");

  const line = async () => (await bench.lines()).find((each) => each.includes("return hole(") || each.trimStart().startsWith("return self.") || each.includes("return sum(line"));
  saw.before = await line();
  await bench.command("Astral: Fill Hole or Selection");
  saw.formed = [];
  await bench.until("candidates", async () => {
    const [text] = await bench.drawn();
    if (text !== undefined && saw.formed.at(-1) !== text) {
      saw.formed.push(text);
      if (saw.formed.length === 2) await bench.shot("forming");
    }
    return (await bench.pickTitle()).includes("▢: float");
  });
  saw.title = await bench.pickTitle();
  saw.candidates = await bench.pickRows();
  await bench.until("preview", async () => (await bench.drawn()).length > 0);
  saw.preview = (await bench.drawn())[0];
  await bench.shot("candidates");
  const total = () => bench.lines().then((lines) => lines.join("\n"));
  const whole = await total();
  await bench.page.keyboard.press("Enter");
  await bench.until("filled", async () => (await bench.drawn()).length === 0 && (await total()) !== whole && !(await total()).includes('hole("sum'));
  saw.filled = await total();
  await bench.shot("filled");
  await bench.page.keyboard.press("Control+z");
  await bench.until("undone", async () => (await total()).includes('hole("sum of the subtotals of all lines")'));
  saw.undone = await total();
  await bench.command("Astral: Go to Next Hole");
  await bench.until("next hole", async () => (await bench.cursor()) === "Ln 56, Col 20");

  await bench.page.locator(".pane-header", { hasText: "Holes" }).first().click();
  saw.view = await bench.until("view", async () => {
    const rows = await bench.page.locator('.pane:has(.pane-header:has-text("Holes")) .monaco-list-row').allInnerTexts();
    return rows.length > 2 && !rows.some((row) => row.includes("computed")) && rows;
  });
  saw.status = await bench.status();
  await bench.shot("view");

  process.kill(Number(await serverPid()), "SIGKILL");
  saw.ended = await bench.until("message", async () => (await bench.notifications()).find((text) => text.includes("ended unexpectedly")));
  await bench.shot("ended");
  await bench.until("hint again", async () => (await bench.lines()).some((each) => /\.\.\.: /.test(each)));
  saw.error = null;
} catch (error) {
  saw.error = String(error);
} finally {
  await bench.close();
}
console.log(JSON.stringify(saw));

/** The server that this editor started: the newest process of that command line below code-server. */
async function serverPid() {
  const { execFileSync } = await import("node:child_process");
  await pause(0);
  const rows = execFileSync("ps", ["-eo", "pid,ppid,args"], { encoding: "utf8" }).trim().split("\n").slice(1);
  const processes = rows.map((row) => row.trim().match(/^(\d+)\s+(\d+)\s+(.*)$/)).map(([, pid, parent, args]) => ({ pid, parent, args }));
  const below = new Set([String(options.pid)]);
  for (let size = 0; size !== below.size; ) {
    size = below.size;
    for (const each of processes) if (below.has(each.parent)) below.add(each.pid);
  }
  return processes.find((each) => below.has(each.pid) && each.args.endsWith("-P -m astral_lsp")).pid;
}
