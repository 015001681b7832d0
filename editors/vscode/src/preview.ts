// A document as it would be with a candidate in it: the right side of a diff.

import * as vscode from "vscode";

const SCHEME = "astral-preview";

export class Previews implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  private readonly closing = vscode.workspace.onDidCloseTextDocument((document) => this.texts.delete(document.uri.toString()));

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? "";
  }

  /** Show a document beside what it would become; the focus stays where it is. */
  async show(document: vscode.TextDocument, text: string, title: string): Promise<void> {
    const uri = document.uri.with({ scheme: SCHEME, query: String(Date.now()) });
    this.texts.set(uri.toString(), text);
    await vscode.commands.executeCommand("vscode.diff", document.uri, uri, title, { preview: true, preserveFocus: true });
  }

  /** Close what was shown. */
  async close(): Promise<void> {
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    await vscode.window.tabGroups.close(tabs.filter(({ input }) => input instanceof vscode.TabInputTextDiff && input.modified.scheme === SCHEME));
  }

  dispose(): void {
    this.registration.dispose();
    this.closing.dispose();
  }
}
