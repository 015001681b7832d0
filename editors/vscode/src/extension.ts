// Where the parts meet: one server, its commands, its views.

import * as vscode from "vscode";
import type { LanguageClient, Middleware } from "vscode-languageclient/node";

import { Filler } from "./fill";
import { Forming } from "./forming";
import { HolesView } from "./holesView";
import { DROP, drawable, dropStrays } from "./inline";
import { install, offerInstall } from "./install";
import { Previews } from "./preview";
import { NEXT_HOLE, PREVIOUS_HOLE, type Hole, type Place, type Target } from "./protocol";
import { onInterpreterChange } from "./pythonExtension";
import { Server } from "./server";
import { StatusBar } from "./statusBar";

const REPAIR = "quickfix.astral.repair";
/** Settings that another process must be started for. */
const RESTARTING = ["astral.server", "astral.interpreter"];

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  await vscode.commands.executeCommand("setContext", "astral.active", true);
  const forming = new Forming();
  const previews = new Previews();
  const filler = new Filler(forming, previews);
  const server: Server = new Server(context.globalStorageUri, middleware(filler, () => server.running), (client) => forming.follow(client));
  const holes = new HolesView(server);
  context.subscriptions.push(server, forming, previews, holes, new StatusBar(server), ...commands(context, server, filler, holes));
  context.subscriptions.push(
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.restart()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (!RESTARTING.some((section) => event.affectsConfiguration(section))) return;
      server.output.info("The interpreter's setting has changed: the server is started again.");
      void server.restart();
    }),
    await onInterpreterChange(() => void server.restart()),
  );
  await server.restart();
  await afterStart(context, server);
}

export function deactivate(): void {
  // what was registered with the context ends with it, the server included
}

async function afterStart(context: vscode.ExtensionContext, server: Server): Promise<void> {
  if (server.state.kind === "missing") return void offerInstall(context, server);
  if (server.state.kind !== "stopped") return;
  const chosen = await vscode.window.showErrorMessage(`Astral: ${server.state.why}`, "Restart", "Show Output");
  if (chosen === "Restart") await vscode.commands.executeCommand("astral.restartServer");
  else if (chosen === "Show Output") server.output.show();
}

/** Lenses and code actions name the server's own commands: those that fill are run where the fill can be watched and chosen. */
function middleware(filler: Filler, running: () => LanguageClient | undefined): Middleware {
  return {
    provideInlineCompletionItems: async (document, position, context, token, next) =>
      drawable(document, position, await next(document, position, context, token)),
    executeCommand: (command, args, next) => {
      const client = running();
      const target = args[0] as Target | undefined;
      if (client === undefined || target === undefined) return next(command, args);
      if (command === "astral.fill") return filler.fill(client, target);
      if (command !== "astral.fillAll") return next(command, args);
      return filler.command(async () => next(command, args), client.protocol2CodeConverter.asUri(target.uri));
    },
  };
}

function commands(context: vscode.ExtensionContext, server: Server, filler: Filler, holes: HolesView): vscode.Disposable[] {
  /** A command that needs the server: without it, say why and how to have it. */
  const withServer = (run: (client: LanguageClient, ...args: unknown[]) => Promise<unknown>) => {
    return async (...args: unknown[]): Promise<void> => {
      if (server.running !== undefined) await run(server.running, ...args);
      else if (server.state.kind === "starting") void vscode.window.showInformationMessage("Astral: the server is starting.");
      else await afterStart(context, server);
    };
  };
  const jump = (method: string) => withServer((client) => goTo(client, method));
  const all: Record<string, (...args: never[]) => unknown> = {
    "astral.fillHole": withServer((client, hole) => filler.fill(client, isHole(hole) ? targetOf(client, holes.uri, hole) : undefined)),
    "astral.fillAllHoles": withServer(async (client) => {
      const document = vscode.window.activeTextEditor?.document;
      if (document === undefined) return;
      const target: Target = { uri: client.code2ProtocolConverter.asUri(document.uri), version: document.version };
      await vscode.commands.executeCommand("astral.fillAll", target);
    }),
    "astral.repair": withServer(async () => vscode.commands.executeCommand("editor.action.codeAction", { kind: REPAIR, apply: "never" })),
    "astral.goToNextHole": jump(NEXT_HOLE),
    "astral.goToPreviousHole": jump(PREVIOUS_HOLE),
    "astral.revealHole": (hole: Hole) => holes.reveal(hole),
    "astral.explainHole": withServer(async () => vscode.commands.executeCommand("editor.action.showHover")),
    "astral.restartServer": async () => {
      await server.restart();
      await afterStart(context, server);
    },
    "astral.installServer": () => install(context, server),
    "astral.showOutput": () => server.output.show(),
    "astral.showMenu": () => showMenu(server),
    [DROP]: dropStrays,
  };
  return Object.entries(all).map(([name, run]) => vscode.commands.registerCommand(name, run));
}

async function goTo(client: LanguageClient, method: string): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return;
  const textDocument = client.code2ProtocolConverter.asTextDocumentIdentifier(editor.document);
  const place = await client.sendRequest<Place | null>(method, { textDocument, position: editor.selection.active });
  if (place === null) return void vscode.window.showInformationMessage("Astral: there is no hole in this file.");
  const range = client.protocol2CodeConverter.asRange(place.range);
  editor.selection = new vscode.Selection(range.start, range.start);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

function isHole(value: unknown): value is Hole {
  return typeof value === "object" && value !== null && "id" in value && "range" in value;
}

function targetOf(client: LanguageClient, uri: vscode.Uri | undefined, hole: Hole): Target | undefined {
  return uri === undefined ? undefined : { uri: client.code2ProtocolConverter.asUri(uri), hole: hole.id };
}

async function showMenu(server: Server): Promise<void> {
  const state = server.state;
  const items: (vscode.QuickPickItem & { command: string })[] = [
    { label: "$(debug-restart) Restart Server", command: "astral.restartServer" },
    { label: "$(output) Show Output", command: "astral.showOutput" },
    { label: "$(cloud-download) Install Server into a Private Environment", command: "astral.installServer" },
    { label: "$(gear) Settings", command: "workbench.action.openSettings" },
  ];
  const title = "why" in state ? state.why : server.status?.why || `astral-lsp ${server.version}`;
  const chosen = await vscode.window.showQuickPick(items, { title });
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command, ...(chosen.command.includes("Settings") ? ["@ext:astral-lsp.astral-lsp"] : []));
}
