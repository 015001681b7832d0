"""Proposition 1 in code: every state x_t of a forming fill is a holey program H(x_t), which can be printed, parsed and type-checked (§2.3).

A run of masked slots is one hole of it: nobody knows yet how many tokens it will have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Fill, FillOptions, OnProgress, Progress
from astral_runtime.holes import SUBHOLE, Fit, Hole
from astral_runtime.pipeline import Pipeline
from astral_runtime.region import judged, readings
from astral_runtime.verify.spec import Verdict
from astral_runtime.verify.syntax import check_syntax

RUN = re.compile(rf"{SUBHOLE}(\s*{SUBHOLE})*")
STAND_IN = "__hole__"
"""What a sub-hole is for a parser: any name."""


@dataclass(frozen=True, slots=True)
class HoleyStep:
    """One state: its step and time, H(x_t) as text in the hole's place, and what syntax and mypy say of it, sub-holes taken as Any."""

    step: int
    t: float
    text: str
    syntax: Verdict
    types: Verdict


@dataclass(frozen=True, slots=True)
class Explanation:
    """A fill with the states that it went through, each text once, in order."""

    fill: Fill
    steps: tuple[HoleyStep, ...]


def holey(text: str) -> str:
    """H(x_t): one ▢ for each run of masked slots."""
    return RUN.sub(SUBHOLE, text)


def explain(
    pipeline: Pipeline, document: DocumentSnapshot, hole: Hole, options: FillOptions, cancel: CancelToken, on_progress: OnProgress
) -> Explanation:
    """Fill a hole and judge every state on the way, each as a candidate is. Raises Cancelled."""
    seen: dict[str, Progress] = {}

    def watch(progress: Progress) -> None:
        text = holey(progress.text)
        seen.setdefault(text, replace(progress, text=text))
        on_progress(progress)

    fill = pipeline.fill(document, hole, options, cancel, watch)
    states = list(seen.values())
    place = judged(document, hole, readings(document, hole))
    native, span = place.document.native, place.hole.span
    syntax = [check_syntax(native, span, state.text.replace(SUBHOLE, STAND_IN), place.neutral) for state in states]
    parsed = [Fit(state.text, 0.0) for state, verdict in zip(states, syntax, strict=True) if verdict.outcome == "pass"]
    cancel.check()
    checked = dict(zip(parsed, pipeline.oracle.check(place.document, span, parsed, options.budget_ms), strict=True))
    types = {fit.text: verdict for fit, verdict in checked.items()}
    unparsed = Verdict("types", "skipped", "it does not parse")
    steps = [
        HoleyStep(state.step, state.t, state.text, verdict, types.get(state.text, unparsed))
        for state, verdict in zip(states, syntax, strict=True)
    ]
    return Explanation(fill, tuple(steps))
