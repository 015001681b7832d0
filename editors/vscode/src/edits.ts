// Positions and edits as text. Pure.

import type { Position, Range, TextEdit, WorkspaceEdit } from "vscode-languageclient";

/** Index into `text` of a position; both count UTF-16, as LSP and JavaScript do. */
export function offset(text: string, position: Position): number {
  const breaks = [...text.matchAll(/\r\n|\r|\n/g)];
  const last = breaks[position.line - 1];
  const start = position.line === 0 ? 0 : last === undefined ? text.length : last.index + last[0].length;
  const next = breaks[position.line];
  return Math.min(start + position.character, next === undefined ? text.length : next.index);
}

/** The text edits of a workspace edit for one document. */
export function editsOf(edit: WorkspaceEdit, uri: string): TextEdit[] {
  const versioned = (edit.documentChanges ?? []).flatMap((change) =>
    "edits" in change && change.textDocument.uri === uri ? (change.edits as TextEdit[]) : [],
  );
  return versioned.length > 0 ? versioned : (edit.changes?.[uri] ?? []);
}

/** `text` with edits applied, as a client applies them: all positions are those of `text`. */
export function applied(text: string, edits: readonly TextEdit[]): string {
  const placed = edits.map((edit, index) => ({ from: offset(text, edit.range.start), to: offset(text, edit.range.end), edit, index }));
  placed.sort((a, b) => b.from - a.from || b.index - a.index);
  return placed.reduce((done, { from, to, edit }) => done.slice(0, from) + edit.newText + done.slice(to), text);
}

/** What an edit adds beside the hole itself: its imports. */
export function additions(edits: readonly TextEdit[], hole: Range): string[] {
  return edits.filter((edit) => !sameRange(edit.range, hole)).map((edit) => edit.newText.trim());
}

/** Whether `position` is in a range or at one of its ends. */
export function contains(range: Range, position: Position): boolean {
  return !before(position, range.start) && !before(range.end, position);
}

/** The hole at the cursor, else the only one of its line. */
export function holeAt<T extends { readonly range: Range }>(holes: readonly T[], cursor: Position): T | undefined {
  const at = holes.find((hole) => contains(hole.range, cursor));
  const onLine = holes.filter((hole) => hole.range.start.line === cursor.line);
  return at ?? (onLine.length === 1 ? onLine[0] : undefined);
}

function before(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}

function sameRange(a: Range, b: Range): boolean {
  return !before(a.start, b.start) && !before(b.start, a.start) && !before(a.end, b.end) && !before(b.end, a.end);
}
