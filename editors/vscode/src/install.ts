// The guided install: a virtual environment of the extension's own, so that nothing of the user's is changed.

import { existsSync } from "node:fs";
import * as vscode from "vscode";

import { pythonOf, run } from "./python";
import type { Server } from "./server";

const INSTALL = "Install";
const CHOOSE = "Choose Interpreter…";

/** Ask, saying what each answer does. An interpreter that the user has set is not gone past: its fault is said. */
export async function offerInstall(context: vscode.ExtensionContext, server: Server): Promise<void> {
  if (vscode.workspace.getConfiguration("astral").get<string | null>("server.interpreter")) {
    const why = "why" in server.state ? server.state.why : "";
    const chosen = await vscode.window.showErrorMessage(`Astral: the interpreter of astral.server.interpreter cannot run the server. ${why}`, CHOOSE, "Restart");
    if (chosen === CHOOSE) await vscode.commands.executeCommand("workbench.action.openSettings", "astral.server.interpreter");
    else if (chosen === "Restart") await vscode.commands.executeCommand("astral.restartServer");
    return;
  }
  const chosen = await vscode.window.showInformationMessage(
    "Astral needs its server, the Python package astral-lsp. Install puts it into a virtual environment of this extension's own; your " +
      "environments are not changed. Or choose an interpreter that has it already.",
    INSTALL,
    CHOOSE,
  );
  if (chosen === INSTALL) await install(context, server);
  else if (chosen === CHOOSE) await vscode.commands.executeCommand("workbench.action.openSettings", "astral.server.interpreter");
}

/** Make the environment, install the server of the extension's version, start it. */
export async function install(context: vscode.ExtensionContext, server: Server): Promise<void> {
  const title = "Astral: installing the server";
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  try {
    await vscode.window.withProgress(options, async (progress, token) => {
      const stop = new AbortController();
      token.onCancellationRequested(() => stop.abort());
      await installInto(context, server, stop.signal, (message) => progress.report({ message }));
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const chosen = await vscode.window.showErrorMessage(`Astral: the server could not be installed: ${why}`, "Show Output", "Try Again");
    if (chosen === "Show Output") server.output.show();
    else if (chosen === "Try Again") await install(context, server);
    return;
  }
  await server.restart();
}

async function installInto(context: vscode.ExtensionContext, server: Server, stop: AbortSignal, report: (message: string) => void): Promise<void> {
  const home = context.globalStorageUri;
  await vscode.workspace.fs.createDirectory(home);
  const say = (line: string): void => server.output.info(line);
  const own = pythonOf(server.environment);
  if (!existsSync(own)) {
    report("making a virtual environment");
    await run(process.platform === "win32" ? "py" : "python3", ["-m", "venv", server.environment], home.fsPath, stop, say);
  }
  report("downloading astral-lsp");
  const version = (context.extension.packageJSON as { version: string }).version;
  const wheels = vscode.Uri.joinPath(context.extensionUri, "wheels").fsPath;
  const bundled = existsSync(wheels) ? ["--find-links", wheels] : [];
  await run(own, ["-m", "pip", "install", "--disable-pip-version-check", ...bundled, `astral-lsp==${version}`], home.fsPath, stop, say);
}
