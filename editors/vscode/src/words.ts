// What people read: badges, titles, status. Pure.

import type { Candidate, Hole, Outcome, Status } from "./protocol";

const REQUIRED = ["syntax", "types"] as const;
const ORDER = ["syntax", "types", "tests", "spec"] as const;
const LONGEST_LINE = 100;

/** How many examples held: a tick for tests in general would claim too much. */
function word(domain: string, outcome: Outcome, why: string | undefined): string {
  return outcome === "pass" ? `✓ ${domain === "tests" ? why || domain : domain}` : outcome === "fail" ? `✗ ${domain}` : `${domain} not checked`;
}

function isRequired(domain: string): boolean {
  return (REQUIRED as readonly string[]).includes(domain);
}

/** Whether every required verifier passed, and none found it wrong. */
export function isVerified(candidate: Pick<Candidate, "verdicts">): boolean {
  return unverified(candidate).length === 0;
}

/** What was not checked and has to be, and what was found wrong. */
function unverified(candidate: Pick<Candidate, "verdicts">): readonly string[] {
  return ORDER.filter((domain) => candidate.verdicts[domain] === "fail" || (isRequired(domain) && candidate.verdicts[domain] !== "pass"));
}

/** `✓ types ✓ 3/3 examples`. A tick stands only for a verdict that was obtained; syntax goes without saying. */
export function badge(candidate: Pick<Candidate, "verdicts" | "why">): string {
  const words: string[] = [];
  for (const domain of ORDER) {
    const outcome = candidate.verdicts[domain] ?? (isRequired(domain) ? "skipped" : undefined);
    if (outcome === undefined || (domain === "syntax" && outcome === "pass")) continue;
    if (outcome !== "skipped" || isRequired(domain)) words.push(word(domain, outcome, candidate.why[domain]));
  }
  return words.join(" ");
}

/** Why a candidate is not verified, in one line; empty when it is. */
export function reasons(candidate: Pick<Candidate, "verdicts" | "why">): string {
  return unverified(candidate)
    .map((domain) => {
      const why = candidate.why[domain];
      return word(domain, candidate.verdicts[domain] ?? "skipped", why) + (why ? `: ${why}` : "");
    })
    .join("; ");
}

/** A text as one line of an editor: line breaks shown, indentation folded, cut where it is long. */
export function oneLine(text: string, limit = LONGEST_LINE): string {
  const line = text.trim().replace(/\s*(?:\r\n|\r|\n)\s*/g, " ⏎ ");
  const characters = [...line];
  return characters.length > limit ? characters.slice(0, limit - 1).join("") + "…" : line;
}

/** `▢: float`, or why the type is not known. */
export function wanted(hole: Pick<Hole, "expected_type" | "expected_because">): string {
  return hole.expected_type === null ? `▢ ${hole.expected_because}`.trimEnd() : `▢: ${hole.expected_type}`;
}

/** The names worth showing: those that fit, else those that may. */
export function fitting(hole: Pick<Hole, "scope">, limit: number): string {
  const fits = hole.scope.filter((entry) => entry.fits === true);
  const may = hole.scope.filter((entry) => entry.fits === null && entry.origin !== "builtin");
  const [heading, entries] = fits.length > 0 ? ["fits", fits] : ["may fit", may];
  if (entries.length === 0) return "";
  const names = entries.slice(0, limit).map((entry) => (entry.type === null ? entry.name : `${entry.name}: ${entry.type}`));
  const more = entries.length > limit ? ` … ${entries.length - limit} more` : "";
  return `${heading}: ${names.join(", ")}${more}`;
}

export type ServerState = { readonly kind: "starting" | "running" } | { readonly kind: "missing" | "stopped"; readonly why: string };

export interface StatusText {
  readonly text: string;
  readonly lines: readonly string[];
  readonly severity: "none" | "warning" | "error";
}

/** What the status bar says, and the lines of its tooltip. */
export function statusText(state: ServerState, status: Status | undefined, version: string): StatusText {
  if (state.kind === "starting") return { text: "$(loading~spin) Astral", lines: ["The server is starting."], severity: "none" };
  if (state.kind === "missing") return { text: "$(cloud-download) Astral: install", lines: [state.why], severity: "warning" };
  if (state.kind === "stopped") return { text: "$(error) Astral: stopped", lines: [state.why], severity: "error" };
  const lines = [`astral-lsp ${version}`];
  const missing: string[] = [];
  if (status !== undefined) {
    lines.push(`types: ${status.types}${status.why ? ` (${status.why})` : ""}`);
    lines.push(`model: ${status.model}${status.modelWhy ? ` (${status.modelWhy})` : ""}`);
    lines.push(status.trusted ? "workspace: trusted" : "workspace: not trusted; nothing of it is run");
    if (status.types === "unavailable") missing.push("no types");
    if (status.model === "unavailable") missing.push("no model");
  }
  const text = missing.length === 0 ? "$(symbol-misc) Astral" : `$(warning) Astral: ${missing.join(", ")}`;
  return { text, lines, severity: missing.length === 0 ? "none" : "warning" };
}
