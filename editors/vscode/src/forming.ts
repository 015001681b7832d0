// What is drawn in a hole: a fill as it forms, or the candidate that is looked at. The text of the document does not change.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { FILL_PROGRESS, HOLES, type FillStep, type Hole, type Holes } from "./protocol";
import { oneLine } from "./words";

type Look = "forming" | "preview";

const LONGEST = 160;
/** The hole's own characters are not shown while something stands in their place. */
const HIDDEN = "none; display: none";

export class Forming implements vscode.Disposable {
  private readonly types: Record<Look, vscode.TextEditorDecorationType> = {
    forming: decoration("astral.formingForeground"),
    preview: decoration("astral.previewForeground"),
  };
  private readonly ranges = new Map<string, { version: number; holes: Map<string, vscode.Range>; texts: Map<string, string>; look: Look }>();
  private readonly listener = vscode.workspace.onDidChangeTextDocument((event) => this.clear(event.document.uri));

  /** Draw the steps that a client reports, also of fills that something else began. */
  follow(client: LanguageClient): void {
    client.onNotification(FILL_PROGRESS, (step: FillStep) => void this.step(client, step));
  }

  /** Take the holes of a version; what is drawn for another goes. */
  begin(uri: vscode.Uri, version: number, holes: readonly Pick<Hole, "id" | "range">[]): void {
    this.clear(uri);
    const places = holes.map(({ id, range: { start, end } }) => [id, new vscode.Range(start.line, start.character, end.line, end.character)] as const);
    this.ranges.set(uri.toString(), { version, holes: new Map(places), texts: new Map(), look: "forming" });
  }

  /** Draw `text` in a hole. */
  show(uri: vscode.Uri, hole: string, text: string, look: Look): void {
    const here = this.ranges.get(uri.toString());
    if (here === undefined || !here.holes.has(hole)) return;
    here.texts.set(hole, text);
    here.look = look;
    const options = [...here.texts].map(([id, shown]) => ({
      range: here.holes.get(id)!,
      renderOptions: { after: { contentText: oneLine(shown, LONGEST) } },
    }));
    for (const editor of editorsOf(uri)) {
      if (editor.document.version !== here.version) continue;
      for (const each of ["forming", "preview"] as const) editor.setDecorations(this.types[each], each === look ? options : []);
    }
  }

  clear(uri: vscode.Uri): void {
    if (!this.ranges.delete(uri.toString())) return;
    for (const editor of editorsOf(uri)) for (const type of Object.values(this.types)) editor.setDecorations(type, []);
  }

  dispose(): void {
    this.listener.dispose();
    for (const type of Object.values(this.types)) type.dispose();
  }

  private async step(client: LanguageClient, step: FillStep): Promise<void> {
    const uri = client.protocol2CodeConverter.asUri(step.textDocument.uri);
    if (this.ranges.get(uri.toString())?.version !== step.textDocument.version) {
      this.begin(uri, step.textDocument.version, []);
      const found = await client.sendRequest<Holes>(HOLES, { textDocument: { uri: step.textDocument.uri } });
      if (found.version !== step.textDocument.version) return;
      this.begin(uri, found.version, found.holes);
    }
    this.show(uri, step.hole, step.text, "forming");
  }
}

export function editorsOf(uri: vscode.Uri): readonly vscode.TextEditor[] {
  return vscode.window.visibleTextEditors.filter((editor) => editor.document.uri.toString() === uri.toString());
}

function decoration(color: string): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    textDecoration: HIDDEN,
    after: { color: new vscode.ThemeColor(color), backgroundColor: new vscode.ThemeColor("astral.formingBackground"), fontStyle: "italic" },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
}
