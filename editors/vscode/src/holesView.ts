// The tree of holes of the active file: σ, where it comes from, the intent.

import * as vscode from "vscode";

import { HOLES, type Hole, type Holes } from "./protocol";
import type { Server } from "./server";
import { fitting, oneLine, wanted } from "./words";

const REST_MS = 300;
const ASK_AGAIN_MS = 500;
const NAMES = 12;

const ICONS: Readonly<Record<string, string>> = { expression: "symbol-variable", block: "symbol-namespace", type: "symbol-class" };

export class HolesView implements vscode.TreeDataProvider<Hole>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view = vscode.window.createTreeView("astral.holes", { treeDataProvider: this });
  private readonly subscriptions: vscode.Disposable[];
  private document: vscode.TextDocument | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly server: Server) {
    this.subscriptions = [
      this.view,
      server.onDidChange(() => this.later(0)),
      vscode.window.onDidChangeActiveTextEditor(() => this.later(0)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => document === this.document && this.later(REST_MS)),
      this.view.onDidChangeVisibility(() => this.later(0)),
    ];
  }

  async getChildren(hole?: Hole): Promise<Hole[]> {
    const client = this.server.running;
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.languageId === "python") this.document = editor.document;
    if (hole !== undefined || client === undefined || this.document === undefined || this.document.isClosed) return [];
    try {
      const found = await client.sendRequest<Holes>(HOLES, { textDocument: { uri: client.code2ProtocolConverter.asUri(this.document.uri) } });
      if (!found.settled) this.later(ASK_AGAIN_MS);
      this.view.description = found.holes.length === 0 ? "" : String(found.holes.length);
      return [...found.holes];
    } catch {
      this.later(ASK_AGAIN_MS); // the text has changed meanwhile, or the server is about to take the document
      return [];
    }
  }

  getTreeItem(hole: Hole): vscode.TreeItem {
    const item = new vscode.TreeItem(wanted(hole));
    item.id = `${this.document?.uri.toString()}#${hole.id}`;
    item.description = [`line ${hole.range.start.line + 1}`, hole.intent ?? ""].filter((part) => part !== "").join(" · ");
    item.tooltip = [`${hole.id} · ${hole.kind}`, hole.expected_because, fitting(hole, NAMES)].filter((part) => part !== "").join("\n");
    item.iconPath = new vscode.ThemeIcon(ICONS[hole.kind] ?? "symbol-misc");
    item.contextValue = "hole";
    item.accessibilityInformation = { label: `hole, ${oneLine(wanted(hole))}, ${item.description}` };
    item.command = { command: "astral.revealHole", title: "Go to Hole", arguments: [hole] };
    return item;
  }

  /** Put the cursor on a hole. */
  async reveal(hole: Hole): Promise<void> {
    if (this.document === undefined) return;
    const { start, end } = hole.range;
    await vscode.window.showTextDocument(this.document, { selection: new vscode.Range(start.line, start.character, end.line, end.character) });
  }

  /** The document whose holes are shown. */
  get uri(): vscode.Uri | undefined {
    return this.document?.uri;
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const each of this.subscriptions) each.dispose();
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.changed.fire(), ms);
  }
}
