"""The machine-readable contract: runtime values as JSON. Ranges are 0-based lines and UTF-16 characters, as in LSP."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from astral_lsp.badges import whys
from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Candidate, Edit, Fill
from astral_runtime.holes import HoleContext, Span
from astral_runtime.trace import HoleyStep
from astral_runtime.verify.spec import Verdict

Json = dict[str, Any]


def print_json(payload: Json) -> None:
    """Exactly one JSON document on stdout."""
    click.echo(json.dumps(payload, ensure_ascii=False))


def range_json(native: Snapshot, span: Span) -> Json:
    """`{"start": {"line", "character"}, "end": {…}}` of a byte span."""
    return {"start": _position(native, span.start), "end": _position(native, span.end)}


def hole_json(document: DocumentSnapshot, context: HoleContext) -> Json:
    """One entry of `holes --json`."""
    hole = context.hole
    return {
        "id": hole.id,
        "kind": hole.kind,
        "range": range_json(document.native, hole.span),
        "expected_type": context.expected_type,
        "expected_because": context.expected_because,
        "intent": hole.intent,
        "scope": [{"name": e.name, "type": e.type, "fits": e.fits, "origin": e.origin} for e in context.scope],
        "constraints": [{"domain": c.domain, "text": c.text} for c in context.constraints],
    }


def fill_json(document: DocumentSnapshot, fill: Fill) -> Json:
    """One entry of `fill --json`. `hole` is the hole's id; `range` is what a candidate's text replaces."""
    return {
        "hole": fill.hole.id,
        "range": range_json(document.native, fill.hole.span),
        "status": fill.status,
        "why": fill.why,
        "candidates": [_candidate(document, candidate) for candidate in fill.candidates],
        "timings_ms": fill.timings_ms,
        "steps": fill.steps,
    }


def step_json(step: HoleyStep) -> Json:
    """One state of a forming fill."""
    return {"step": step.step, "t": step.t, "text": step.text, "verdicts": verdicts_json((step.syntax, step.types))}


def verdicts_json(verdicts: Sequence[Verdict]) -> Json:
    """Domain → `pass`, `fail` or `skipped`."""
    return {verdict.domain: verdict.outcome for verdict in verdicts}


def _candidate(document: DocumentSnapshot, candidate: Candidate) -> Json:
    return {
        "text": candidate.text,
        "score": round(candidate.score, 4),
        "source": candidate.source,
        "verdicts": verdicts_json(candidate.verdicts),
        "why": whys(candidate.verdicts),
        "edits": [_edit(document.native, edit) for edit in candidate.edits],
    }


def _edit(native: Snapshot, edit: Edit) -> Json:
    return {"range": range_json(native, edit.span), "new_text": edit.new_text}


def _position(native: Snapshot, offset: int) -> Json:
    line, character = native.position(offset, "utf-16")
    return {"line": line, "character": character}
