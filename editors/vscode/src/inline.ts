// Fills as ghost text. VS Code draws insertions only: what a fill replaces of its hole's own text goes when the fill is accepted, in
// the same undo step.

import * as vscode from "vscode";

import { ghost, type Ghost } from "./ghost";

export const DROP = "astral.dropStrays";

type Items = vscode.InlineCompletionItem[] | vscode.InlineCompletionList | null | undefined;

/** The items as VS Code can draw them. */
export function drawable(document: vscode.TextDocument, position: vscode.Position, items: Items): vscode.InlineCompletionItem[] {
  const all = items === null || items === undefined ? [] : Array.isArray(items) ? items : items.items;
  return all.flatMap((item) => (item.range?.contains(position) && typeof item.insertText === "string" ? [drawn(document, position, item.range, item.insertText)] : []));
}

function drawn(document: vscode.TextDocument, position: vscode.Position, range: vscode.Range, text: string): vscode.InlineCompletionItem {
  const before = document.getText(range.with({ end: position }));
  const shown = ghost(before, document.getText(range.with({ start: position })), text);
  const item = new vscode.InlineCompletionItem(text, new vscode.Range(position.translate(0, -shown.typed.length), position));
  if (shown.strayBefore + shown.strayAfter !== "") item.command = { command: DROP, title: "Astral", arguments: [text, shown] };
  return item;
}

/** After a fill was accepted: take away what was left of its hole. Text that is not as expected is left alone. */
export async function dropStrays(text: string, shown: Ghost): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return;
  const { document, selection } = editor;
  const end = document.offsetAt(selection.active);
  const start = end - text.length;
  const at = (from: number, to: number): vscode.Range => new vscode.Range(document.positionAt(from), document.positionAt(to));
  const before = at(start - shown.strayBefore.length, start);
  const after = at(end, end + shown.strayAfter.length);
  if (document.getText(before) !== shown.strayBefore || document.getText(after) !== shown.strayAfter) return;
  const joined = { undoStopBefore: false, undoStopAfter: false };
  await editor.edit((edit) => [before, after].forEach((stray) => edit.delete(stray)), joined);
}
