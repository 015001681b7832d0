"""An engine whose answers are written in the document under test, so that server tests need neither mypy nor luck.

`hole("a | b?types | c!types")` has the candidates a, b and c: `?d` leaves domain d unchecked, `!d` fails it. Words with a
meaning of their own: `none` has no candidate, `slow` takes SLOW_S and reports steps, `crash` raises, `import X` needs `import X`.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from astral_lsp.engine import Health, Report
from astral_lsp.settings import Settings
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.example import Example, Origin
from astral_runtime.fill import CancelToken, Candidate, Edit, Fill, FillOptions, OnProgress, Progress
from astral_runtime.holes import SUBHOLE, Constraint, Fit, Hole, HoleContext, ScopeEntry, Span
from astral_runtime.trace import Explanation, HoleyStep
from astral_runtime.values.observation import Observation, Seen, Value
from astral_runtime.verify.spec import Domain, Fault, Verdict

SLOW_S = 30.0
STEP_S = 0.005


@dataclass
class ScriptedEngine:
    """One engine. `calls` records what was asked, in order; `down` makes types unavailable; `gate` holds contexts back,
    `values_gate` values."""

    root: Path | None = None
    settings: Settings = field(default_factory=Settings)
    calls: list[tuple[str, object]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    values_gate: threading.Event = field(default_factory=threading.Event)
    down: str = ""
    closed: bool = False

    def __post_init__(self) -> None:
        self.gate.set()
        self.values_gate.set()

    def contexts(self, document: DocumentSnapshot, holes: Sequence[Hole], deadline_ms: int) -> tuple[HoleContext, ...]:
        self.gate.wait()
        self.calls.append(("contexts", document.version))
        return tuple(self._context(document, hole) for hole in holes)

    def report(self, document: DocumentSnapshot, deadline_ms: int) -> Report:
        self.calls.append(("report", document.version))
        if self.down:
            return Report(unchecked=self.down)
        found = [match.span() for match in re.finditer("wrong", document.text)]
        faults = [Fault("wrong is wrong", Span(*(len(document.text[:at].encode()) for at in place)), "scripted") for place in found]
        return Report(tuple(faults))

    def values(self, document: DocumentSnapshot, hole: Hole, cancel: CancelToken, ms: int) -> Seen:
        self.calls.append(("values", hole.id))
        self.values_gate.wait()
        examples = tuple(
            Example(f"f({want})", want, "doctest", Origin(document.path, number, want)) for number, want in enumerate(("2", "3"))
        )
        rows = (Value("price", "int", "7"), Value("name", "str", "'tea'"))
        return Seen((Observation(examples[0], rows, "2"), Observation(examples[1], rows)), "", examples)

    def fill(self, document: DocumentSnapshot, hole: Hole, options: FillOptions, cancel: CancelToken, on_progress: OnProgress) -> Fill:
        self.calls.append(("fill", hole.id))
        intent = hole.intent or "0"
        if intent == "crash":
            raise ZeroDivisionError("scripted")
        if intent == "slow":
            self._slowly(document, hole, cancel, on_progress)
        if intent == "none":
            return Fill(hole, "rejected", (), document.version, "nothing in scope fits")
        candidates = tuple(_candidate(text.strip()) for text in intent.split("|"))[: options.candidates]
        outcomes = {verdict.outcome for verdict in candidates[0].verdicts}
        status = "rejected" if "fail" in outcomes else "degraded" if "skipped" in outcomes else "accepted"
        return Fill(hole, status, candidates, document.version, "" if status == "accepted" else f"scripted {status}")

    def explain(
        self, document: DocumentSnapshot, hole: Hole, options: FillOptions, cancel: CancelToken, on_progress: OnProgress
    ) -> Explanation:
        fill = self.fill(document, hole, options, cancel, on_progress)
        ran, open_type = Verdict("syntax", "pass"), Verdict("types", "skipped", "scripted")
        return Explanation(
            fill, tuple(HoleyStep(n, 1.0 - n, text, ran, open_type) for n, text in enumerate((SUBHOLE, fill.candidates[0].text)))
        )

    def check(self, document: DocumentSnapshot, span: Span, fits: Sequence[Fit], deadline_ms: int) -> tuple[Verdict, ...]:
        return tuple(Verdict("types", "skipped", "scripted") for _ in fits)

    def forget(self, path: Path) -> None:
        self.calls.append(("forget", path))

    def health(self) -> Health:
        return Health("unavailable", self.down) if self.down else Health("warm")

    def close(self) -> None:
        self.closed = True

    def _context(self, document: DocumentSnapshot, hole: Hole) -> HoleContext:
        if self.down:
            return HoleContext(hole, None, f"type unknown ({self.down})")
        names = [b for b in document.native.scope(hole.span.start) if b.kind in ("parameter", "module", "local")]
        scope = tuple(ScopeEntry(b.name, b.annotation, b.annotation == "int", b.kind, 0) for b in names)  # type: ignore[arg-type]  # kinds narrowed above
        return HoleContext(hole, "int", "scripted return type", scope, (Constraint("types", "a subtype of int"),))

    def _slowly(self, document: DocumentSnapshot, hole: Hole, cancel: CancelToken, on_progress: OnProgress) -> None:
        steps = int(SLOW_S / STEP_S)
        for step in range(steps):
            cancel.check()
            on_progress(Progress(hole, document.version, step, 1 - step / steps, f"f({SUBHOLE})", (0.5, 0.5, 0.0, 0.5)))
            time.sleep(STEP_S)


def _candidate(script: str) -> Candidate:
    text = re.split(r"[?!](?=syntax|types|tests)", script)[0]
    marks: dict[str, str] = {domain: mark for mark, domain in re.findall(r"([?!])(syntax|types|tests)", script)}
    domains: tuple[Domain, ...] = ("syntax", "types")
    verdicts = tuple(_verdict(domain, marks.get(domain)) for domain in domains) + tuple(
        _verdict("tests", marks["tests"]) for _ in range("tests" in marks)
    )
    edits = (Edit(Span(0, 0), f"{text}\n"),) if text.startswith("import ") else ()
    return Candidate(text.removeprefix("import "), 1.0, "search", verdicts, edits)


def _verdict(domain: Domain, mark: str | None) -> Verdict:
    if mark is None:
        return Verdict(domain, "pass")
    return Verdict(domain, "skipped", "scripted outage") if mark == "?" else Verdict(domain, "fail", "scripted refusal")
