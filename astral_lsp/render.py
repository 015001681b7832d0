"""What a hover says, as Markdown or as plain text. Pure: values in, text out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from astral_lsp.badges import badge, reasons
from astral_runtime.fill import Candidate, Fill
from astral_runtime.holes import HoleContext, ScopeEntry


class Markup(Protocol):
    """How a piece of text is set."""

    def code(self, text: str) -> str: ...
    def block(self, text: str) -> str: ...
    def heading(self, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Markdown:
    """For clients that show Markdown. The fence is longer than any in the text, so that text cannot end it."""

    def code(self, text: str) -> str:
        """Inline code."""
        ticks = "`" * (_longest_run(text, "`") + 1)
        pad = " " if text.startswith("`") or text.endswith("`") else ""
        return f"{ticks}{pad}{text}{pad}{ticks}"

    def block(self, text: str) -> str:
        """A block of Python."""
        fence = "`" * max(3, _longest_run(text, "`") + 1)
        return f"{fence}python\n{text}\n{fence}"

    def heading(self, text: str) -> str:
        """A short heading in the running text."""
        return f"**{text}**"


@dataclass(frozen=True, slots=True)
class Plain:
    """For clients that do not."""

    def code(self, text: str) -> str:
        """As it is."""
        return text

    def block(self, text: str) -> str:
        """Indented."""
        return "\n".join("    " + line for line in text.split("\n"))

    def heading(self, text: str) -> str:
        """As it is."""
        return text


def hover_text(context: HoleContext, fill: Fill | None, names: int, computing: bool, markup: Markup, values: str = "") -> str:
    """σ and why, intent, `values`, the names that fit and where each is from, constraints, the best candidate with verdicts."""
    parts = [_head(context, markup), _because(context, markup)]
    if context.hole.intent:
        parts.append(f"{markup.heading('Intent')} {context.hole.intent}")
    parts += [values, _names(context, names, markup)]
    if context.constraints:
        lines = [f"- {constraint.domain}: {constraint.text}" for constraint in context.constraints]
        parts.append("\n".join([markup.heading("Constraints"), "", *lines]))
    parts.append(_best(fill, computing, markup))
    return "\n\n".join(part for part in parts if part)


def computing_text(hole_id: str, kind: str, intent: str | None, markup: Markup) -> str:
    """What can be said of a hole before its type is known."""
    parts = [f"{markup.heading('Hole')} {hole_id} · {kind}", "The expected type is being computed."]
    return "\n\n".join([*parts, f"{markup.heading('Intent')} {intent}"] if intent else parts)


def candidate_text(candidate: Candidate, markup: Markup) -> str:
    """A candidate with its verdicts, and why it is not verified if it is not."""
    lines = [markup.block(candidate.text), f"{badge(candidate)} · {candidate.source}"]
    lines += [f"needs {markup.code(edit.new_text.strip())}" for edit in candidate.edits]
    if why := reasons(candidate):
        lines.append(why)
    return "\n\n".join(lines)


def _head(context: HoleContext, markup: Markup) -> str:
    head, observed = f"{markup.heading('Hole')} {context.hole.id} · {context.hole.kind}", context.observed_type
    if observed is not None:
        return f"{head}\n\n{markup.block(f'▢: {observed}')}\n\nobserved in your examples"
    return f"{head}\n\n{markup.block(f'▢: {context.expected_type}')}" if context.expected_type else head


def _because(context: HoleContext, markup: Markup) -> str:
    if context.expected_type is None:
        return context.expected_because or "type unknown"
    return context.expected_because


def _names(context: HoleContext, limit: int, markup: Markup) -> str:
    """Names of Γ that fit; if none does, those that may; else what there is to build from, without the builtins."""
    own = [entry for entry in context.scope if entry.origin != "builtin"]
    choices = {
        "Fits": [entry for entry in context.scope if entry.fits],
        "May fit": [entry for entry in own if entry.fits is None],
        "In scope, none fits by itself": own,
    }
    heading, entries = next(((heading, entries) for heading, entries in choices.items() if entries), ("", []))
    if not entries[:limit]:
        return ""
    lines = [f"- {_name(entry, markup)}" for entry in entries[:limit]]
    lines += [f"- … {len(entries) - limit} more"] if len(entries) > limit else []
    return "\n".join([markup.heading(heading), "", *lines])


def _name(entry: ScopeEntry, markup: Markup) -> str:
    type = entry.observed or entry.type
    line = "" if entry.line is None else f", line {entry.line + 1}"
    return f"{markup.code(f'{entry.name}: {type}' if type else entry.name)} · {entry.origin}{line}" + (
        ", observed" if entry.observed else ""
    )


def _best(fill: Fill | None, computing: bool, markup: Markup) -> str:
    if fill is None:
        return "Candidates are being computed." if computing else ""
    if not fill.candidates:
        return f"{markup.heading('No candidate')} {fill.why}".rstrip()
    said = "Best candidate" if fill.status == "accepted" else f"Best candidate ({fill.status})"
    why = f"\n\n{fill.why}" if fill.why and fill.status != "accepted" else ""
    return f"{markup.heading(said)}\n\n{candidate_text(fill.candidates[0], markup)}{why}"


def _longest_run(text: str, character: str) -> int:
    longest = run = 0
    for each in text:
        run = run + 1 if each == character else 0
        longest = max(longest, run)
    return longest
