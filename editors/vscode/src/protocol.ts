// The server's own methods, `astral/*`, as it answers them.

import type { Position, Range, WorkspaceEdit } from "vscode-languageclient";

export const HOLES = "astral/holes";
export const FILL = "astral/fill";
export const FILL_PROGRESS = "astral/fillProgress";
export const NEXT_HOLE = "astral/nextHole";
export const PREVIOUS_HOLE = "astral/previousHole";
export const STATUS = "astral/status";

export interface ScopeEntry {
  readonly name: string;
  readonly type: string | null;
  readonly fits: boolean | null;
  readonly origin: string;
}

export interface Hole {
  readonly id: string;
  readonly kind: string;
  readonly range: Range;
  readonly expected_type: string | null;
  readonly expected_because: string;
  readonly intent: string | null;
  readonly scope: readonly ScopeEntry[];
  readonly constraints: readonly { readonly domain: string; readonly text: string }[];
}

/** `settled` is false while types are being computed. */
export interface Holes {
  readonly version: number;
  readonly settled: boolean;
  readonly holes: readonly Hole[];
}

export type Outcome = "pass" | "fail" | "skipped";

export interface Candidate {
  readonly text: string;
  readonly score: number;
  readonly source: string;
  readonly verdicts: Readonly<Record<string, Outcome>>;
  readonly why: Readonly<Record<string, string>>;
  readonly edit: WorkspaceEdit;
}

export interface Fill {
  readonly version: number;
  readonly hole: string;
  readonly range: Range;
  readonly status: "accepted" | "degraded" | "rejected";
  readonly why: string;
  readonly candidates: readonly Candidate[];
  readonly steps: number;
}

/** One denoising step: open places of `text` are ▢; `t` falls from 1, all open, to 0, filled. */
export interface FillStep {
  readonly textDocument: { readonly uri: string; readonly version: number };
  readonly hole: string;
  readonly step: number;
  readonly t: number;
  readonly text: string;
  readonly confidence: readonly number[];
}

export interface Status {
  readonly types: string;
  readonly why: string;
  readonly model: string;
  readonly modelWhy: string;
  readonly trusted: boolean;
}

/** Where next and previous hole lead. */
export interface Place {
  readonly id: string;
  readonly range: Range;
}

/** The one argument of the server's commands. */
export interface Target {
  readonly uri: string;
  readonly version?: number;
  readonly hole?: string;
  readonly range?: Range;
  readonly position?: Position;
}
