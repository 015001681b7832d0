"""What the features ask of the runtime, one engine per workspace folder. Every call blocks: worker lanes only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from astral_lsp.settings import Settings
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Fill, FillOptions, OnProgress
from astral_runtime.holes import Fit, Hole, HoleContext, Span
from astral_runtime.values.observation import Seen
from astral_runtime.verify.spec import Fault, Verdict

if TYPE_CHECKING:  # the pipeline stays out of a server that has filled nothing yet
    from astral_runtime.trace import Explanation


@dataclass(frozen=True, slots=True)
class Health:
    """Whether types and the model can be had: `cold` before the first use, `warm`, or `unavailable` with the reason.

    `sandbox` is the level at which examples are run, and why it is no higher one; empty before the first fill. `lm` is the state of the
    language model that the settings name; empty when they name none.
    """

    state: str
    why: str = ""
    model: str = "cold"
    model_why: str = ""
    sandbox: str = ""
    lm: str = ""
    lm_why: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What mypy rejects in a document; `unchecked` says why nothing is known, empty when it is."""

    faults: tuple[Fault, ...] = ()
    unchecked: str = ""


class Engine(Protocol):
    """σ, Γ, mypy's report, values at holes and fills. Thread-safe."""

    def contexts(self, document: DocumentSnapshot, holes: Sequence[Hole], deadline_ms: int) -> tuple[HoleContext, ...]: ...
    def report(self, document: DocumentSnapshot, deadline_ms: int) -> Report: ...
    def values(self, document: DocumentSnapshot, hole: Hole, cancel: CancelToken, ms: int) -> Seen: ...
    def fill(self, document: DocumentSnapshot, hole: Hole, options: FillOptions, cancel: CancelToken, on_progress: OnProgress) -> Fill: ...
    def explain(
        self, document: DocumentSnapshot, hole: Hole, options: FillOptions, cancel: CancelToken, on_progress: OnProgress
    ) -> Explanation: ...
    def check(self, document: DocumentSnapshot, span: Span, fits: Sequence[Fit], deadline_ms: int) -> tuple[Verdict, ...]: ...
    def forget(self, path: Path) -> None: ...
    def health(self) -> Health: ...
    def close(self) -> None: ...


class EngineFactory(Protocol):
    """Makes the engine of one workspace folder (None: of files outside all folders)."""

    def __call__(self, root: Path | None, settings: Settings) -> Engine: ...
