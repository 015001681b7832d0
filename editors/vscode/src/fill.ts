// Fill a hole, or a selection: watch it form, choose, apply as one versioned edit.

import * as vscode from "vscode";
import { LSPErrorCodes, ResponseError, type LanguageClient } from "vscode-languageclient/node";

import { applied, additions, editsOf, holeAt } from "./edits";
import { editorsOf, type Forming } from "./forming";
import type { Previews } from "./preview";
import { FILL, HOLES, type Candidate, type Fill, type Hole, type Holes, type Target } from "./protocol";
import { badge, fitting, oneLine, reasons, wanted } from "./words";

const NAMES = 4;

interface Choice extends vscode.QuickPickItem {
  readonly candidate: Candidate;
}

const DIFF: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("diff"), tooltip: "Show as a diff" };

export class Filler {
  constructor(
    private readonly forming: Forming,
    private readonly previews: Previews,
  ) {}

  /** Fill what the target names; without one the selection, or the hole at the cursor. */
  async fill(client: LanguageClient, target?: Target): Promise<void> {
    const document = await this.documentOf(client, target);
    if (document === undefined) return;
    const textDocument = { uri: client.code2ProtocolConverter.asUri(document.uri), version: document.version };
    const region = target?.range ?? (target === undefined ? selection(client, document) : undefined);
    const { holes } = await client.sendRequest<Holes>(HOLES, { textDocument });
    const hole = region === undefined ? find(holes, target, document) : regionHole(region);
    if (hole === undefined) {
      const where = holes.length === 0 ? "there is no hole in this file." : "no hole here.";
      const chosen = await vscode.window.showInformationMessage(`Astral: ${where}`, ...(holes.length === 0 ? [] : ["Go to Next Hole"]));
      if (chosen !== undefined) await vscode.commands.executeCommand("astral.goToNextHole");
      return;
    }
    const fill = await this.ask(client, document, hole, region === undefined ? { textDocument, hole: hole.id } : { textDocument, range: region });
    if (fill !== undefined) await this.choose(client, document, hole, fill);
  }

  /** Run a server command that fills, and clear what it drew. */
  async command(run: () => Thenable<unknown>, uri: vscode.Uri): Promise<unknown> {
    try {
      return await run();
    } catch (error) {
      return tell(error);
    } finally {
      this.forming.clear(uri);
    }
  }

  private async documentOf(client: LanguageClient, target: Target | undefined): Promise<vscode.TextDocument | undefined> {
    if (target === undefined) return vscode.window.activeTextEditor?.document;
    const document = await vscode.workspace.openTextDocument(client.protocol2CodeConverter.asUri(target.uri));
    await vscode.window.showTextDocument(document, { preserveFocus: false });
    return document;
  }

  private async ask(client: LanguageClient, document: vscode.TextDocument, hole: Hole, params: object): Promise<Fill | undefined> {
    this.forming.begin(document.uri, document.version, [hole]);
    const options = { location: vscode.ProgressLocation.Notification, title: `Filling ${oneLine(wanted(hole), 60)}`, cancellable: true };
    try {
      const fill = await vscode.window.withProgress(options, (_, token) => client.sendRequest<Fill>(FILL, params, token));
      if (fill.candidates.length > 0) return fill;
      void vscode.window.showInformationMessage(`Astral: ${fill.hole} stays open: ${fill.why || "no candidate"}.`);
    } catch (error) {
      tell(error);
    } finally {
      this.forming.clear(document.uri);
    }
    return undefined;
  }

  private async choose(client: LanguageClient, document: vscode.TextDocument, hole: Hole, fill: Fill): Promise<void> {
    const uri = client.code2ProtocolConverter.asUri(document.uri);
    const show = (text: string): void => {
      this.forming.begin(document.uri, fill.version, [hole]);
      this.forming.show(document.uri, hole.id, text, "preview");
    };
    const chosen = await pick(
      { title: `${oneLine(wanted(hole), 50)} · ${hole.expected_because || hole.kind}`, placeholder: placeholder(hole, fill) },
      fill.candidates.map((candidate) => choice(candidate, uri, fill)),
      (candidate) => show(candidate.text),
      (candidate) => void this.previews.show(document, applied(document.getText(), editsOf(candidate.edit, uri)), `${oneLine(candidate.text, 40)} (Astral)`),
    );
    this.forming.clear(document.uri);
    await this.previews.close();
    if (chosen === undefined) return;
    if (document.version !== fill.version) {
      void vscode.window.showInformationMessage("Astral: the text has changed meanwhile. Fill again.");
      return;
    }
    const end = client.protocol2CodeConverter.asRange(fill.range).end;
    for (const editor of editorsOf(document.uri)) editor.selection = new vscode.Selection(end, end); // it moves along with the fill's end
    await vscode.workspace.applyEdit(await client.protocol2CodeConverter.asWorkspaceEdit(chosen.edit));
  }
}

function find(holes: readonly Hole[], target: Target | undefined, document: vscode.TextDocument): Hole | undefined {
  if (target?.hole !== undefined) return holes.find((hole) => hole.id === target.hole);
  const editor = vscode.window.visibleTextEditors.find((each) => each.document === document);
  return editor === undefined ? undefined : holeAt(holes, editor.selection.active);
}

function selection(client: LanguageClient, document: vscode.TextDocument): Target["range"] {
  const editor = vscode.window.activeTextEditor;
  return editor?.document !== document || editor.selection.isEmpty ? undefined : client.code2ProtocolConverter.asRange(editor.selection);
}

function regionHole(range: NonNullable<Target["range"]>): Hole {
  return { id: "r1", kind: "region", range, expected_type: null, expected_because: "", intent: null, scope: [], constraints: [] };
}

function placeholder(hole: Hole, fill: Fill): string {
  const doubt = fill.status === "accepted" ? "" : `${fill.status}: ${fill.why}`;
  return [hole.intent ?? "", doubt, fitting(hole, NAMES)].filter((part) => part !== "").join(" · ") || "Choose a candidate";
}

function choice(candidate: Candidate, uri: string, fill: Fill): Choice {
  const imports = additions(editsOf(candidate.edit, uri), fill.range).map((line) => `+ ${line}`);
  const detail = [...imports, reasons(candidate)].filter((part) => part !== "").join(" · ");
  return {
    label: oneLine(candidate.text),
    description: `${badge(candidate)} · ${candidate.source}`,
    ...(detail === "" ? {} : { detail }),
    buttons: [DIFF],
    candidate,
  };
}

async function pick(
  words: { readonly title: string; readonly placeholder: string },
  choices: readonly Choice[],
  look: (candidate: Candidate) => void,
  diff: (candidate: Candidate) => void,
): Promise<Candidate | undefined> {
  const input = vscode.window.createQuickPick<Choice>();
  input.title = words.title;
  input.placeholder = words.placeholder;
  input.items = choices;
  input.matchOnDescription = true;
  input.onDidChangeActive(([active]) => active !== undefined && look(active.candidate));
  input.onDidTriggerItemButton(({ item }) => {
    input.ignoreFocusOut = true; // the diff is looked at before the choice
    diff(item.candidate);
  });
  const chosen = new Promise<Candidate | undefined>((resolve) => {
    input.onDidAccept(() => resolve(input.activeItems[0]?.candidate));
    input.onDidHide(() => resolve(undefined));
  });
  input.show();
  try {
    return await chosen;
  } finally {
    input.dispose();
  }
}

/** Say what went wrong; a cancel is no wrong, and a change of the text ends a fill. */
function tell(error: unknown): undefined {
  const code = error instanceof ResponseError ? error.code : undefined;
  if (code === LSPErrorCodes.RequestCancelled || error instanceof vscode.CancellationError) return undefined;
  const changed = code === LSPErrorCodes.ContentModified;
  const message = changed ? "the text has changed meanwhile. Fill again." : error instanceof Error ? error.message : String(error);
  void vscode.window.showInformationMessage(`Astral: ${message}`);
  return undefined;
}
