"""One fill, as the paper's sentence: context → proposals → energy → verify → ranked candidates (§7, Algorithm 1)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from astral_runtime.bundled import Absent, ModelSource, NoModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.drafts import Draft, from_search, merged, with_energies
from astral_runtime.fill import Cancelled, CancelToken, Candidate, Deadline, Fill, FillOptions, OnProgress, Progress
from astral_runtime.frames import frames_of
from astral_runtime.holes import SUBHOLE, Fit, Hole, HoleContext
from astral_runtime.imports import import_edits
from astral_runtime.region import Reading, readings
from astral_runtime.search.untyped import search_untyped
from astral_runtime.types.client import Oracle, Unavailable
from astral_runtime.verify.contract import judge, rank
from astral_runtime.verify.spec import ExactVerifierSpec, Verdict
from astral_runtime.verify.syntax import SYNTAX, check_syntax
from astral_runtime.verify.types import TYPES

if TYPE_CHECKING:  # numpy and ONNX Runtime stay out of a process until a fill needs them
    from astral_runtime.denoise.warm import WarmModel

REQUIRED: tuple[ExactVerifierSpec, ...] = (SYNTAX, TYPES)

POOL = 4
"""How many drafts per wanted candidate go to the verifiers."""

SOUGHT = 24
"""How many fits search is asked for at least when a model orders them: its energy sees more in them than their cost."""

SKELETONS = 2
"""How many of search's partly filled fits enter the denoiser as starts."""

DENOISING_SHARE = WEIGHING_SHARE = 0.6
"""Share of the time left that a stage of the model may take: what is proposed has to be verified, too."""

_NOT_RUN = (
    Verdict("tests", "skipped", "examples are not run: no sandbox in this version"),
    Verdict("spec", "skipped", "no contract checker is installed"),
)


@dataclass(slots=True)
class _Clock:
    """Remaining budget of one fill and what each stage took, in milliseconds."""

    budget_ms: int
    started: float = field(default_factory=time.perf_counter)
    timings_ms: dict[str, float] = field(default_factory=dict)

    def left_ms(self) -> int:
        return max(1, round(self.budget_ms - (time.perf_counter() - self.started) * 1000))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.timings_ms[name] = round((time.perf_counter() - begin) * 1000, 3)


@dataclass(slots=True)
class _Shown:
    """What a client has seen of a forming fill: steps count on across stages, and t never rises."""

    hole: Hole
    version: int
    show: OnProgress
    step: int = -1
    t: float = 1.0

    def __call__(self, progress: Progress) -> None:
        self.step, self.t = self.step + 1, min(self.t, progress.t)
        self.show(replace(progress, hole=self.hole, version=self.version, step=self.step, t=self.t))

    def text(self, text: str) -> None:
        """Show a text whose tokens have no confidence of their own."""
        tokens = text.replace(SUBHOLE, f" {SUBHOLE} ").split()
        self(Progress(self.hole, self.version, 0, text.count(SUBHOLE) / max(1, len(tokens)), text))


@dataclass(frozen=True, slots=True)
class _Ask:
    """One fill under way. `read` are the readings of a region, the first of which it is verified in."""

    document: DocumentSnapshot
    hole: Hole
    options: FillOptions
    cancel: CancelToken
    clock: _Clock
    shown: _Shown
    read: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class _Sought:
    """What search found: whole fills, and partly filled ones, best first."""

    drafts: tuple[Draft, ...] = ()
    partial: tuple[str, ...] = ()


class Pipeline:
    """Fills holes of document snapshots with the help of one oracle and one model. Thread-safe as far as these are."""

    def __init__(self, oracle: Oracle, model: ModelSource | None = None) -> None:
        self.oracle = oracle
        self.model = model or Absent()

    def contexts(self, document: DocumentSnapshot, deadline_ms: int) -> tuple[HoleContext, ...]:
        """σ, Γ and constraints of every hole of the document, in order; unknown types say why."""
        return self.oracle.contexts(document, document.holes(), deadline_ms)

    def fill(self, document: DocumentSnapshot, hole: Hole, options: FillOptions, cancel: CancelToken, on_progress: OnProgress) -> Fill:
        """Propose, verify and rank fills of one hole. Raises Cancelled when `cancel` is set; changes nothing."""
        clock, shown = _Clock(options.budget_ms), _Shown(hole, document.version, on_progress)
        ask = _Ask(document, hole, options, cancel, clock, shown, readings(document, hole) if hole.kind == "region" else ())
        shown.text(SUBHOLE)
        drafts = self._drafts(ask)
        with clock.stage("verify"):
            candidates = self._verified(ask, drafts[: options.candidates * POOL])
        ranked = rank(candidates, REQUIRED)[: options.candidates]
        status, why = judge(ranked, REQUIRED)
        if ranked:
            shown(Progress(hole, document.version, 0, 0.0, ranked[0].text))
        clock.timings_ms["total"] = round((time.perf_counter() - clock.started) * 1000, 3)
        return Fill(hole, status, tuple(ranked), document.version, why, clock.timings_ms, shown.step)

    def _drafts(self, ask: _Ask) -> list[Draft]:
        """What search and the denoiser propose, best first by energy; by search's cost alone without a model."""
        model = self.model.open()
        sought = self._sought(ask, model) if "search" in ask.options.proposers else _Sought()
        ask.cancel.check()
        if sought.partial:
            ask.shown.text(sought.partial[0])
        if isinstance(model, NoModel):
            return list(sought.drafts)
        denoised = self._denoised(ask, model, sought.partial) if "denoiser" in ask.options.proposers else ()
        return merged(self._weighed(ask, model, merged([*sought.drafts, *denoised])))

    def _sought(self, ask: _Ask, model: WarmModel | NoModel) -> _Sought:
        """What search finds in every frame of the hole, with what the frame costs."""
        limit = ask.options.candidates * POOL if isinstance(model, NoModel) else max(SOUGHT, ask.options.candidates * POOL)
        drafts: list[Draft] = []
        partial: list[tuple[float, str]] = []
        with ask.clock.stage("search"):
            for frame in frames_of(ask.document, ask.hole, ask.read):
                ask.cancel.check()
                fits = self._fits(frame.document, frame.hole, limit, ask.clock) if frame.hole is not None else (Fit("", 0.0),)
                placed = [replace(fit, text=frame.text(fit.text), cost=fit.cost + frame.cost) for fit in fits]
                drafts += from_search(placed)
                partial += [(fit.cost, fit.text) for fit in placed if not fit.complete]
        return _Sought(tuple(merged(drafts)[:limit]), tuple(text for _, text in sorted(partial)))

    def _fits(self, document: DocumentSnapshot, hole: Hole, limit: int, clock: _Clock) -> tuple[Fit, ...]:
        """Fits by type; by name alone when there are no types to be had, which the verdicts will say."""
        fits = self.oracle.search(document, hole, limit, clock.left_ms())
        return search_untyped(document, hole, limit) if isinstance(fits, Unavailable) else fits

    def _weighed(self, ask: _Ask, model: WarmModel, drafts: Sequence[Draft]) -> Sequence[Draft]:
        """Drafts with their energies, all in one pass so that they compare; as they are when there was no time for that."""
        with ask.clock.stage("energy"), _in_time(ask, ask.clock.left_ms() * WEIGHING_SHARE) as cancel:
            return with_energies(drafts, model.energies(ask.document, ask.hole, [draft.text for draft in drafts], cancel))
        return drafts

    def _denoised(self, ask: _Ask, model: WarmModel, partial: Sequence[str]) -> Sequence[Draft]:
        """What the denoiser proposes from all masks and from search's skeletons; nothing when it did not end in time."""
        from astral_runtime.constraints.compiler import Specification
        from astral_runtime.denoise.proposer import Wish

        context = self._context(ask)
        specification = Specification(ask.document.native, context.scope, ask.options.constraints)
        wish = Wish(expected_type=context.expected_type, skeletons=tuple(partial[:SKELETONS]), specification=specification)
        with ask.clock.stage("denoise"), _in_time(ask, ask.clock.left_ms() * DENOISING_SHARE) as cancel:
            proposals = model.propose(ask.document, ask.hole, wish, cancel, ask.shown)
            return [Draft(proposal.text, "denoiser") for proposal in proposals]
        return ()

    def _context(self, ask: _Ask) -> HoleContext:
        """σ and Γ; a search has just made the oracle look at this very version, so that they are known at once."""
        if ask.read:
            there = self.oracle.contexts(ask.read[0].document, (ask.read[0].hole,), ask.clock.left_ms())[0]
            return replace(there, expected_type=None) if ask.read[0].whole else there
        return self.oracle.contexts(ask.document, (ask.hole,), ask.clock.left_ms())[0]

    def _verified(self, ask: _Ask, drafts: Sequence[Draft]) -> list[Candidate]:
        document, hole = (ask.read[0].document, ask.read[0].hole) if ask.read else (ask.document, ask.hole)
        neutral = ask.read[0].stand_in if ask.read else "None"
        syntax = {draft: check_syntax(document.native, hole.span, draft.text, neutral) for draft in drafts}
        ask.cancel.check()
        parsed = [Fit(draft.text, -draft.score, draft.imports) for draft in drafts if syntax[draft].outcome == "pass"]
        checked = self.oracle.check(document, hole.span, parsed, ask.clock.left_ms()) if parsed else ()
        types = {fit.text: verdict for fit, verdict in zip(parsed, checked, strict=True)}
        ask.cancel.check()
        unparsed = Verdict("types", "skipped", "it does not parse")
        return [
            Candidate(
                text=draft.text,
                score=draft.score,
                source=draft.source,
                verdicts=(syntax[draft], types.get(draft.text, unparsed), *_NOT_RUN),
                edits=import_edits(document, draft.imports),
            )
            for draft in drafts
        ]


@contextmanager
def _in_time(ask: _Ask, ms: float) -> Iterator[CancelToken]:
    """A stage that is left, without its result, when its time is over. A fill that was cancelled raises Cancelled."""
    try:
        yield Deadline(ask.cancel, ms)
    except Cancelled:
        ask.cancel.check()
