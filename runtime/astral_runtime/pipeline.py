"""One fill, as the paper's sentence: context → proposals → energy → verify → ranked candidates (§7, Algorithm 1)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from astral_runtime.bundled import Absent, ModelSource, NoModel
from astral_runtime.document import DocumentSnapshot, filling
from astral_runtime.drafts import Draft, from_denoiser, from_search, from_values, from_written, merged, ordered, with_energies
from astral_runtime.examples.collect import examples_of, own_examples
from astral_runtime.examples.example import Example
from astral_runtime.examples.runner import Runner
from astral_runtime.expectations import told
from astral_runtime.fill import Cancelled, CancelToken, Candidate, Deadline, Fill, FillOptions, OnProgress, Progress
from astral_runtime.frames import Frame, frames_of
from astral_runtime.holes import SUBHOLE, Certain, Fit, Hole, HoleContext
from astral_runtime.imports import import_edits
from astral_runtime.proposers.protocol import Asked, ModelFault, Proposed, ProposerSource, TextProposer
from astral_runtime.region import Judged, judged, readings
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.search.untyped import search_untyped
from astral_runtime.types.client import Oracle, Unavailable
from astral_runtime.values.annotate import annotated, is_open
from astral_runtime.values.observation import Seen, observe
from astral_runtime.values.search import search_frames
from astral_runtime.verify.contract import REQUIRED, accepted, judge, rank, refuted
from astral_runtime.verify.formal import judged as with_contracts
from astral_runtime.verify.remask import CYCLES, LEAST_MS, remasked, wants_repair
from astral_runtime.verify.spec import Verdict
from astral_runtime.verify.syntax import check_syntax

if TYPE_CHECKING:  # numpy and ONNX Runtime stay out of a process until a fill needs them
    from astral_runtime.denoise.warm import WarmModel

Examples = Callable[[DocumentSnapshot, Hole], tuple[Example, ...]]

POOL = 4
"""How many drafts per wanted candidate go to the verifiers."""

SOUGHT = 24
"""How many fits search is asked for at least when a model orders them: its energy sees more in them than their cost."""

TESTABLE = 200
"""How many fits search is asked for at least when examples tell which of them are right: running one takes a millisecond."""

SKELETONS = 2
"""How many of search's partly filled fits enter the denoiser as starts."""

WAITING_SHARE = 0.5
"""Share of the walk's time left that it may wait for these behind its first step: a search that is not warm yet takes long."""

FIRST = 4
"""How many of the drafts, the best, are verified before the others: one of them that passes is shown at once."""

DENOISING_SHARE = WEIGHING_SHARE = 0.6
"""Share of the time left that a stage of the model may take: what is proposed has to be verified, too."""

WRITING_SHARE = 0.5
"""Share of the time left that a language model may take; what it has written by then counts."""

WRITTEN = 8
"""How many fills a language model is asked for."""

READ = 8
"""How many of the other drafts, the best by energy, it is given to read."""

CERTAIN_SHARE = 0.15
"""Share of the time left that asking what is certain of names may take: masks over words narrow a walk, they do not make one."""

VALUES_SHARE = 0.35
"""Share of the time left that seeking expressions which fit the examples may take; it takes all of it when there are none."""

OBSERVING_SHARE = 0.1
"""Share of the time left that looking at the values may take, where a function leaves types open."""

TESTS_SHARE = 0.5
"""Share of the time left that running the examples may take."""

WEIGHED = 64
"""How many drafts the model weighs where examples were run: what holds in them first, then the best of what they refute."""

EARLY, EARLY_SHARE = 24, 0.15
"""How many of search's fills, the best, are run at once, and the share of the time left that this may take: what holds is shown early."""

SPEC_SHARE = 0.8
"""Share of the time left that the contracts of the best candidates may take: nothing comes after them."""


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
    """What a client has seen of a forming fill: steps count on across stages, and t never rises. Behind a text that holds in the user's
    examples nothing is shown that has open places. Thread-safe."""

    hole: Hole
    version: int
    show: OnProgress
    step: int = -1
    t: float = 1.0
    last: str = ""
    holds: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, progress: Progress) -> None:
        with self.lock:
            if self.holds and progress.t > 0:
                return
            self.step, self.t, self.last = self.step + 1, min(self.t, progress.t), progress.text
            self.show(replace(progress, hole=self.hole, version=self.version, step=self.step, t=self.t))

    def holding(self, text: str) -> None:
        """Show a whole text that holds in the user's examples, and no forming one from then on."""
        self.holds = True  # first: no forming text may come between
        self.text(text)

    def text(self, text: str) -> None:
        """Show a text whose tokens have no confidence of their own."""
        tokens = text.replace(SUBHOLE, f" {SUBHOLE} ").split()
        self(Progress(self.hole, self.version, 0, text.count(SUBHOLE) / max(1, len(tokens)), text))


@dataclass(frozen=True, slots=True)
class _Ask:
    """One fill under way: `judged` is where its texts are verified, `frames` are where they are sought, `examples` speak of the hole.

    `observed` is the hole in its function with the types that its examples were seen to pass, where that leaves types open."""

    document: DocumentSnapshot
    hole: Hole
    options: FillOptions
    cancel: CancelToken
    clock: _Clock
    shown: _Shown
    judged: Judged
    frames: tuple[Frame, ...]
    examples: tuple[Example, ...]
    observed: Frame | None
    outages: list[str] = field(default_factory=list)
    """Who was to propose and could not."""
    told: dict[str, Verdict] = field(default_factory=dict)
    """What the examples have said of texts."""


@dataclass(frozen=True, slots=True)
class _Sought:
    """What search found: whole fills, and partly filled ones, best first."""

    drafts: tuple[Draft, ...] = ()
    partial: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Beside:
    """What the oracle is asked for while the denoiser works, one after the other: the masks want the first before the first step, and
    the walk the second behind it."""

    certain: Future[Certain]
    searching: Future[_Sought]

    def skeletons(self, cancel: CancelToken) -> tuple[str, ...]:
        """Search's best partly filled fits; none where it takes longer than a walk can wait."""
        try:
            return self.searching.result(WAITING_SHARE * max(0.0, cancel.left_ms) / 1000).partial[:SKELETONS]
        except TimeoutError:
            return ()


class Pipeline:
    """Fills holes of document snapshots with the help of one oracle, one model and one sandbox. Thread-safe as far as these are."""

    def __init__(
        self,
        oracle: Oracle,
        model: ModelSource | None = None,
        runner: Runner | None = None,
        seen: Examples = examples_of,
        lm: ProposerSource | None = None,
    ) -> None:
        """Without a model search fills alone; without a runner nothing is run. `seen` finds the examples that may be run for a hole.

        `lm`: a language model of the user's; None when none was named.
        """
        self.lm = lm
        self.oracle = oracle
        self.model = model or Absent()
        self.runner = runner or Runner(SandboxSettings())
        self.seen = seen

    def contexts(self, document: DocumentSnapshot, deadline_ms: int) -> tuple[HoleContext, ...]:
        """σ, Γ and constraints of every hole of the document, in order; unknown types say why."""
        return self.oracle.contexts(document, document.holes(), deadline_ms)

    def values(self, document: DocumentSnapshot, hole: Hole, cancel: CancelToken, ms: int) -> Seen:
        """What the names hold at a hole in each of its examples; why nothing was seen. Nothing untrusted runs. Raises Cancelled."""
        level = self.runner.level
        return observe(document, hole, self.seen(document, hole), self.runner, cancel, ms) if level.runs else Seen(why=level.why)

    @filling()
    def fill(self, document: DocumentSnapshot, hole: Hole, options: FillOptions, cancel: CancelToken, on_progress: OnProgress) -> Fill:
        """Propose, verify and rank fills of one hole. Raises Cancelled when `cancel` is set; changes nothing.

        The budget begins when the model is loaded: the first fill of a process may take a second longer.
        """
        model = self.model.open()
        clock, shown = _Clock(options.budget_ms), _Shown(hole, document.version, on_progress)
        ask = self._ask(document, hole, options, cancel, clock, shown)
        shown.text(SUBHOLE)
        drafts = self._drafts(ask, model)
        tests = self._tested(ask, [draft.text for draft in drafts])
        drafts.sort(key=lambda draft: tests[draft.text].outcome == "fail")
        with clock.stage("verify"):
            candidates = self._verified(ask, drafts[: options.candidates * POOL], tests)
            ranked = rank(self._mended(ask, model, candidates), REQUIRED)[: options.candidates]
            ms = round(clock.left_ms() * SPEC_SHARE)
            ranked = rank(with_contracts(self.runner, ask.judged.document, ask.judged.hole, ranked, cancel, ms), REQUIRED)
        status, why = judge(ranked, REQUIRED)
        why = "; ".join(dict.fromkeys(said for said in (why, *ask.outages) if said))
        if ranked and shown.last != ranked[0].text:
            shown.text(ranked[0].text)
        clock.timings_ms["total"] = round((time.perf_counter() - clock.started) * 1000, 3)
        return Fill(hole, status, tuple(ranked), document.version, why, clock.timings_ms, shown.step)

    def _ask(self, document: DocumentSnapshot, hole: Hole, options: FillOptions, cancel: CancelToken, clock: _Clock, shown: _Shown) -> _Ask:
        """A region is read first: where its fills will stand is where examples are looked for."""
        read = readings(document, hole, cancel)
        place = judged(document, hole, read)
        examples = (self.seen if self.runner.level.runs else own_examples)(place.document, place.hole)
        frames = tuple(told(frame, examples) for frame in frames_of(document, hole, read))
        observed = self._observed(document, hole, examples, cancel, clock) if "values" in options.proposers else None
        return _Ask(document, hole, options, cancel, clock, shown, place, frames, examples, observed)

    def _drafts(self, ask: _Ask, model: WarmModel | NoModel) -> list[Draft]:
        """What everybody proposes, best first by energy; without a model by search's cost alone."""
        sought, denoised = self._proposed(ask, model)
        ask.cancel.check()
        if sought.partial and not denoised:
            ask.shown.text(sought.partial[0])
        fitted = self._fitted(ask) if "values" in ask.options.proposers else ()
        lm = self._lm(ask) if "lm" in ask.options.proposers else None
        written = self._written(ask, lm) if lm is not None else ()
        drafts = self._not_refuted(ask, merged([*sought.drafts, *fitted, *denoised, *from_written(written)]))
        drafts = drafts if isinstance(model, NoModel) else merged(self._weighed(ask, model, drafts))
        return ordered(drafts, [*written, *self._read(ask, lm, written, drafts)] if lm is not None else ())

    def _not_refuted(self, ask: _Ask, drafts: Sequence[Draft]) -> Sequence[Draft]:
        """The drafts worth weighing: all of them, or, where examples speak, those that hold before those that do not: of these what was
        written first, of which there is less."""
        with ask.clock.stage("tests"):
            tests = self._tested(ask, [draft.text for draft in drafts])
        if all(verdict.outcome == "skipped" for verdict in tests.values()):
            return drafts
        return sorted(drafts, key=lambda draft: (tests[draft.text].outcome == "fail", draft.cost is not None))[:WEIGHED]

    def _proposed(self, ask: _Ask, model: WarmModel | NoModel) -> tuple[_Sought, Sequence[Draft]]:
        """What search and the denoiser find. The oracle, in its process, works while the denoiser does: what is certain first."""
        if isinstance(model, NoModel) or "denoiser" not in ask.options.proposers:
            sought = self._sought(ask, model)
            self._show_what_holds(ask, sought)
            return sought, ()
        context = self._context(ask)
        with ThreadPoolExecutor(1, "oracle") as oracle:
            beside = _Beside(oracle.submit(self._certain, ask), oracle.submit(self._sought, ask, model))
            shown = oracle.submit(lambda: self._show_what_holds(ask, beside.searching.result()))
            denoised = self._denoised(ask, model, context, beside)
            shown.result()
            return beside.searching.result(), denoised

    def _sought(self, ask: _Ask, model: WarmModel | NoModel) -> _Sought:
        """What search finds in every frame of the hole, with what the frame costs; nothing where it is not to propose."""
        if "search" not in ask.options.proposers:
            return _Sought()
        enough = TESTABLE if ask.examples and self.runner.level.runs else 0 if isinstance(model, NoModel) else SOUGHT
        limit = max(enough, ask.options.candidates * POOL)
        drafts: list[Draft] = []
        partial: list[tuple[float, str]] = []
        with ask.clock.stage("search"):
            for frame in (*([ask.observed] if ask.observed else []), *ask.frames):
                ask.cancel.check()
                fits = self._fits(frame.document, frame.hole, limit, ask.clock) if frame.hole is not None else (Fit("", 0.0),)
                placed = [replace(fit, text=frame.text(fit.text), cost=fit.cost + frame.cost_of(fit.text)) for fit in fits]
                drafts += from_search(placed)
                partial += [(fit.cost, fit.text) for fit in placed if not fit.complete]
        return _Sought(tuple(merged(drafts)[:limit]), tuple(text for _, text in sorted(partial)))

    def _show_what_holds(self, ask: _Ask, sought: _Sought) -> None:
        """The first of search's fills that holds in the examples is worth seeing before anybody else has proposed."""
        if not ask.examples or not self.runner.level.runs:
            return
        texts = [draft.text for draft in sought.drafts[:EARLY]]
        with ask.clock.stage("tests at once"):
            ms = round(ask.clock.left_ms() * EARLY_SHARE)
            tested = self.runner.tested(ask.judged.document, ask.judged.hole, texts, ask.examples, ask.cancel, ms)
        tests = {each.text: each.verdict for each in tested}
        ask.told.update({text: verdict for text, verdict in tests.items() if verdict.outcome != "skipped"})
        held = next((text for text in texts if tests[text].outcome == "pass"), None)
        if held is not None:
            ask.shown.holding(held)

    def _observed(
        self, document: DocumentSnapshot, hole: Hole, examples: Sequence[Example], cancel: CancelToken, clock: _Clock
    ) -> Frame | None:
        if not examples or not self.runner.level.runs or not is_open(document, hole):
            return None
        with clock.stage("observe"):
            seen = observe(document, hole, examples, self.runner, cancel, round(clock.left_ms() * OBSERVING_SHARE))
        made = annotated(document, hole, seen)
        return None if made is None else Frame(*made, "", "", 0.0)

    def _fits(self, document: DocumentSnapshot, hole: Hole, limit: int, clock: _Clock) -> tuple[Fit, ...]:
        """Fits by type; by name alone when there are no types to be had, which the verdicts will say."""
        fits = self.oracle.search(document, hole, limit, clock.left_ms())
        return search_untyped(document, hole, limit) if isinstance(fits, Unavailable) else fits

    def _fitted(self, ask: _Ask) -> Sequence[Draft]:
        """Expressions that hold in the user's own examples."""
        if not ask.examples or not self.runner.level.runs:
            return ()
        with ask.clock.stage("values"):
            ms, limit = round(ask.clock.left_ms() * VALUES_SHARE), ask.options.candidates * POOL
            found = from_values(search_frames(ask.frames, ask.examples, self.runner, ask.cancel, ms, limit))
        if found and not ask.shown.holds:
            ask.shown.holding(found[0].text)
        return found

    def _lm(self, ask: _Ask) -> TextProposer | None:
        """The user's language model; None where none was named or it cannot be had, which is said."""
        lm = self.lm.open() if self.lm is not None else None
        if isinstance(lm, NoModel):
            ask.outages.append(f"no language model: {lm.why}")
            return None
        return lm

    def _written(self, ask: _Ask, lm: TextProposer) -> Sequence[Proposed]:
        """What a language model writes between prefix and suffix."""
        asked = Asked(WRITTEN, self._context(ask).scope, ask.options.constraints)
        with ask.clock.stage("lm"):
            return _of_lm(ask, lambda cancel: lm.propose(ask.document, ask.hole, asked, cancel, ask.shown))

    def _read(self, ask: _Ask, lm: TextProposer, written: Sequence[Proposed], drafts: Sequence[Draft]) -> Sequence[Proposed]:
        """What a language model thinks of the best of the others, which are held against its own best."""
        known = {fill.text for fill in written}
        holding = (draft.text for draft in ordered(drafts, ()) if not refuted([ask.told[draft.text]]))
        others = list(islice((text for text in holding if text not in known), READ))
        if not written or not others:
            return ()
        with ask.clock.stage("lm reads"):
            found = _of_lm(ask, lambda cancel: lm.read(ask.document, ask.hole, [written[0].text, *others], cancel))
        return [fill for fill in found if fill.text not in known]

    def _weighed(self, ask: _Ask, model: WarmModel, drafts: Sequence[Draft]) -> Sequence[Draft]:
        """Drafts with their energies, all in one pass so that they compare; as they are when there was no time for that."""
        with ask.clock.stage("energy"), _in_time(ask, ask.clock.left_ms() * WEIGHING_SHARE) as cancel:
            texts = [draft.text for draft in drafts]
            return with_energies(drafts, model.energies(ask.judged.document, ask.judged.hole, texts, cancel))
        return drafts

    def _denoised(self, ask: _Ask, model: WarmModel, context: HoleContext, beside: _Beside) -> Sequence[Draft]:
        """What the denoiser proposes from all masks and, behind the first step, from search's skeletons; nothing when it did not
        end in time.

        It reads a region in its likeliest reading: a lost line that was all of its block leaves a file without the block.
        """
        from astral_runtime.constraints.compiler import Specification
        from astral_runtime.denoise.proposer import Wish

        document, hole = ask.judged.document, ask.judged.hole
        with ask.clock.stage("denoise"), _in_time(ask, ask.clock.left_ms() * DENOISING_SHARE) as cancel:
            specification = Specification(document.native, context.scope, ask.options.constraints, beside.certain.result)
            wish = Wish(expected_type=context.expected_type, specification=specification, skeletons=lambda: beside.skeletons(cancel))
            proposals = model.propose(document, hole, wish, cancel, ask.shown)
            return from_denoiser(proposal.text for proposal in proposals)
        return ()

    def _certain(self, ask: _Ask) -> Certain:
        """What words may be masked by; nothing where the oracle takes longer than that is worth."""
        if "scope" not in ask.options.constraints:
            return Certain()
        return self.oracle.certain(ask.judged.document, ask.judged.hole, round(ask.clock.left_ms() * CERTAIN_SHARE))

    def _context(self, ask: _Ask) -> HoleContext:
        """σ and Γ: the oracle answers this at once, in the midst of a search. What annotations leave open is as it was observed."""
        document, hole = ask.judged.document, ask.judged.hole
        if ask.observed is not None and ask.observed.hole is not None:
            document, hole = ask.observed.document, ask.observed.hole
        found = self.oracle.contexts(document, (hole,), ask.clock.left_ms())[0]
        return replace(found, expected_type=None) if ask.judged.whole else found

    def _verified(self, ask: _Ask, drafts: Sequence[Draft], tests: Mapping[str, Verdict]) -> list[Candidate]:
        """Drafts with their verdicts, in their order. The first that passes is shown before the others are judged."""
        candidates: list[Candidate] = []
        for batch in (drafts[:FIRST], drafts[FIRST:]):
            best = next((each for each in candidates if accepted(each.verdicts, REQUIRED) and not refuted(each.verdicts)), None)
            if best is not None:
                ask.shown.text(best.text)
            candidates += self._with_verdicts(ask, batch, tests)
        return candidates

    def _with_verdicts(self, ask: _Ask, drafts: Sequence[Draft], tests: Mapping[str, Verdict]) -> list[Candidate]:
        document, hole = ask.judged.document, ask.judged.hole
        syntax = {draft: check_syntax(document.native, hole.span, draft.text, ask.judged.neutral) for draft in drafts}
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
                verdicts=(syntax[draft], types.get(draft.text, unparsed), tests[draft.text]),
                edits=import_edits(document, draft.imports),
            )
            for draft in drafts
        ]

    def _mended(self, ask: _Ask, model: WarmModel | NoModel, candidates: list[Candidate]) -> list[Candidate]:
        """Where nothing passed: the best candidate remasked where it is blamed, refilled, verified again, wider each time (§6.2)."""
        for cycle in range(1, CYCLES + 1):
            ask.cancel.check()
            best = rank(candidates, REQUIRED)[:1]
            place = remasked(ask.judged.document, ask.judged.hole, best[0], cycle) if wants_repair(candidates) else None
            if place is None or ask.clock.left_ms() < LEAST_MS:
                break
            silent = _Shown(place.hole, ask.document.version, lambda step: None)
            inner = self._ask(place.document, place.hole, ask.options, ask.cancel, ask.clock, silent)
            found = [replace(draft, text=place.text(draft.text)) for draft in self._drafts(replace(inner, examples=()), model)]
            known = {each.text for each in candidates}
            fresh = [draft for draft in found if draft.text not in known][: ask.options.candidates]
            candidates = candidates + self._verified(ask, fresh, self._tested(ask, [draft.text for draft in fresh]))
        return candidates

    def _tested(self, ask: _Ask, texts: Sequence[str]) -> dict[str, Verdict]:
        """What the user's own examples say of texts; why they say nothing, where they do not. Thousands of runs take a second."""
        if fresh := [text for text in texts if text not in ask.told]:
            ms = round(ask.clock.left_ms() * TESTS_SHARE)
            tested = self.runner.tested(ask.judged.document, ask.judged.hole, fresh, ask.examples, ask.cancel, ms)
            ask.told.update({each.text: each.verdict for each in tested})
        return {text: ask.told[text] for text in texts}


def _of_lm(ask: _Ask, question: Callable[[CancelToken], Sequence[Proposed]]) -> Sequence[Proposed]:
    """A language model's answer within its share of the time; none, and that is said, where it fails. Raises Cancelled."""
    try:
        return question(Deadline(ask.cancel, ask.clock.left_ms() * WRITING_SHARE))
    except ModelFault as fault:
        ask.outages.append(f"no language model: {fault}")
        return ()
    finally:
        ask.cancel.check()


@contextmanager
def _in_time(ask: _Ask, ms: float) -> Iterator[CancelToken]:
    """A stage that is left, without its result, when its time is over. A fill that was cancelled raises Cancelled."""
    try:
        yield Deadline(ask.cancel, ms)
    except Cancelled:
        ask.cancel.check()
