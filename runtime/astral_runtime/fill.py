"""What a fill is: ranked candidates with verdicts, for one hole of one document version."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from astral_runtime.holes import Hole, Span
from astral_runtime.verify.spec import Verdict

Source = Literal["search", "values", "denoiser", "lm"]
Constrained = Literal["grammar", "scope", "names", "types"]
"""Hard: the grammar, and names in scope with their members. Soft: names. Both: types."""
Status = Literal["accepted", "degraded", "rejected"]


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `span` (UTF-8 bytes of the document version the fill was computed for) by `new_text`."""

    span: Span
    new_text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to fill a hole. `text` replaces the hole's span; `edits` are the further edits it needs (imports).

    `score` is higher-is-better, comparable within one fill. `verdicts` has one entry per domain, in the order
    syntax, types, tests, spec; a verdict that was not obtained says `skipped` and why.
    """

    text: str
    score: float
    source: Source
    verdicts: tuple[Verdict, ...] = ()
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Fill:
    """All candidates for one hole, verified best first.

    `accepted`: candidate 0 passed every required verifier. `degraded`: a required verifier could not run, `why` says
    which. `rejected`: no candidate passed (or there was none); what was rejected is still listed, marked by verdicts.
    `version` is the document version that every span refers to. `timings_ms` maps stage to milliseconds.
    """

    hole: Hole
    status: Status
    candidates: tuple[Candidate, ...]
    version: int
    why: str = ""
    timings_ms: dict[str, float] = field(default_factory=dict)
    steps: int = 0


@dataclass(frozen=True, slots=True)
class FillOptions:
    """How much to look for: `candidates` (K ≥ 1), the budget of the whole fill, who may propose, and what shapes the denoiser."""

    candidates: int = 5
    budget_ms: int = 2000
    proposers: tuple[Source, ...] = ("search", "values", "denoiser")
    constraints: frozenset[Constrained] = frozenset({"grammar", "scope", "names", "types"})


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a forming fill: `text` shows open places as ▢; `t` falls from 1 (all open) to 0 (filled);
    `confidence` has one value in [0, 1] per token of `text`, empty where the source has none."""

    hole: Hole
    version: int
    step: int
    t: float
    text: str
    confidence: tuple[float, ...] = ()


OnProgress = Callable[[Progress], None]


class Cancelled(Exception):
    """The request was cancelled; nothing was changed."""


class CancelToken:
    """Asked at every step of a fill; set from any thread."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop at its next step. Idempotent."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether someone asked to stop."""
        return self._event.is_set()

    @property
    def left_ms(self) -> float:
        """Time that is left, in milliseconds: no end to it, unless there is a deadline."""
        return math.inf

    def check(self) -> None:
        """Raise Cancelled if someone asked to stop."""
        if self.cancelled:
            raise Cancelled


class Deadline(CancelToken):
    """The token of one stage: it stops when the fill is cancelled, and when the stage's time is over."""

    __slots__ = ("_ends", "_whole")

    def __init__(self, whole: CancelToken, ms: float) -> None:
        super().__init__()
        self._whole, self._ends = whole, time.monotonic() + ms / 1000

    @property
    def cancelled(self) -> bool:
        """Whether the fill is cancelled or the time is over."""
        return super().cancelled or self._whole.cancelled or time.monotonic() > self._ends

    @property
    def left_ms(self) -> float:
        """Time that is left, in milliseconds; negative when it is over."""
        return (self._ends - time.monotonic()) * 1000
