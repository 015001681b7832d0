// Running Python: probing for the server, making the private environment. Never in a workspace's folder: `-m` and `-c` import from the
// current one.

import { execFile, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import * as path from "node:path";

import type { Probed } from "./interpreters";

const PROBE_MS = 60_000;
const PROBE = "import sys; assert sys.version_info >= (3, 11), 'Python 3.11 is needed'; import astral_lsp.server; print(astral_lsp.__version__)";

/** The Python of a virtual environment. */
export function pythonOf(environment: string): string {
  return process.platform === "win32" ? path.join(environment, "Scripts", "python.exe") : path.join(environment, "bin", "python");
}

/** Whether a Python has the server and all that it imports. `home` is a folder of ours. */
export async function probe(python: string, home: string): Promise<Probed> {
  await mkdir(home, { recursive: true });
  return new Promise((resolve) => {
    execFile(python, ["-c", PROBE], { cwd: home, timeout: PROBE_MS }, (error, stdout, stderr) => {
      if (error === null) resolve({ version: stdout.trim() });
      else if (error.code === "ENOENT") resolve({ why: "not found" });
      else resolve({ why: stderr.trim().split("\n").at(-1) ?? error.message });
    });
  });
}

/** Run to the end, each line of output to `say`. Rejects with the exit code. */
export function run(command: string, args: readonly string[], home: string, signal: AbortSignal, say: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    say(`> ${command} ${args.join(" ")}`);
    const child = spawn(command, args, { cwd: home, signal });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => say(data.toString().trimEnd()));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`${path.basename(command)} ended with exit code ${code}`))));
  });
}
