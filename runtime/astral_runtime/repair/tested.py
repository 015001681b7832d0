"""Repair of what tests reject (§6.2): suspicious lines → their expressions → slips, search, values, denoiser there → tests → mypy."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Edit
from astral_runtime.pipeline import Pipeline
from astral_runtime.repair.change import title, tokens_changed, trimmed
from astral_runtime.repair.code import Code
from astral_runtime.repair.diagnosis import Diagnosis, diagnose
from astral_runtime.repair.judge import edits_of
from astral_runtime.repair.places import Remasked, places, ruled, slips
from astral_runtime.repair.spectrum import suspiciousness
from astral_runtime.repair.suite import Suite, Survey, Trial
from astral_runtime.repair.values import Proposal, RepairOptions
from astral_runtime.repair.wholefile import composed
from astral_runtime.types.client import Unavailable
from astral_runtime.verify.contract import refuted
from astral_runtime.verify.faults import added
from astral_runtime.verify.spec import Fault, Verdict

AT_ONCE = 96
"""Candidates that one collection of the tests is used for."""

BESIDE = 3
"""How many more than are wanted may cure all tests before the search ends: mypy may reject some."""

ELSEWHERE = 0.3
"""Share of its suspicion that a line keeps which the target does not come to: what is missing may stand where it never gets."""

TYPES_MS = 20_000
"""How long mypy's look at one repaired file is waited for."""

TOKEN = 0.2
"""What one changed token costs, in nats."""

_NO_TARGET = Fault("the tests' own: mypy knows nothing of it")


@dataclass(frozen=True, slots=True)
class SuiteRepair:
    """A change and what was found out of it. `document` is the text with it; `edits`, of the first text and in order, make it, and every
    other byte stays. `titles` says each change on one line."""

    document: DocumentSnapshot
    edits: tuple[Edit, ...]
    titles: tuple[str, ...]
    trial: Trial
    score: float
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class SuiteRepairs:
    """What became of a document that tests reject, best repair first. `tried` counts the candidates that the tests were run on."""

    repairs: tuple[SuiteRepair, ...]
    tried: int


@dataclass(slots=True)
class _Search:
    """One run: what is held against what, and how long still."""

    pipeline: Pipeline
    suite: Suite
    before: Diagnosis
    options: RepairOptions
    cancel: CancelToken
    deadline: float
    tried: int = 0

    def left_ms(self) -> int:
        return round((self.deadline - time.perf_counter()) * 1000)


@dataclass(slots=True)
class _Step:
    """A text on the way, what the tests say of it, and the change of the first text that led to it."""

    document: DocumentSnapshot
    survey: Survey
    led: SuiteRepair | None = None
    seen: set[str] = field(default_factory=set)


def repair_tested(
    pipeline: Pipeline, suite: Suite, document: DocumentSnapshot, survey: Survey, options: RepairOptions, cancel: CancelToken
) -> SuiteRepairs:
    """Seek changes after which every test that failed passes and every other still does. Changes nothing on disk. Raises Cancelled.

    A change that cures some of the tests is a step; what is left is sought on from there, `options.cycles` times at most. Where nothing
    cures all, the best step is told, with the failure as its verdict.
    """
    before = diagnose(pipeline.oracle, document, TYPES_MS)
    search = _Search(pipeline, suite, before, options, cancel, time.perf_counter() + options.budget_ms / 1000)
    step, best = _Step(document, survey), list[SuiteRepair]()
    for _ in range(options.cycles):
        found = sorted(_curing(search, step), key=lambda each: (-each.trial.cured, -each.score))
        cured = [each for each in found if each.verdicts]
        best = cured or [_verified(search, each, step.survey) for each in found[:1]] or best
        if cured or not found or search.left_ms() <= 0:
            break
        after = suite.survey(found[0].document, cancel, search.left_ms())
        step = _Step(found[0].document, after, found[0])
    ranked = sorted(best, key=lambda each: (*(verdict.outcome == "fail" for verdict in each.verdicts), -each.score))
    return SuiteRepairs(tuple(ranked[: options.candidates]), search.tried)


def _curing(search: _Search, step: _Step) -> list[SuiteRepair]:
    """Changes that cure a test and break none: those of the first batch that has any. Those that cure all have their verdicts; the search
    ends with one that mypy does not refute."""
    code, found = Code(step.document), list[SuiteRepair]()
    for batch in _batches(search, step, code):
        fresh = [(proposal, text) for proposal in batch if (text := _new_text(step, proposal))]
        for first in range(0, len(fresh), AT_ONCE):
            search.cancel.check()
            if search.left_ms() <= 0:
                return found
            chunk, enough = fresh[first : first + AT_ONCE], search.options.candidates + BESIDE
            texts = [text for _, text in chunk]
            said = search.suite.trials(step.document, texts, step.survey, enough, search.cancel, search.left_ms())
            search.tried += len(said)
            for index, trial in said.items():
                if trial.cured and not trial.broke:
                    repair = _repair(search, step, code, chunk[index][0], trial)
                    found.append(_verified(search, repair, step.survey) if trial.cured == step.survey.wanted else repair)
            if any(each.verdicts and not refuted(each.verdicts) for each in found):
                return found
        if any(not each.verdicts for each in found):
            return found
    return found


def _batches(search: _Search, step: _Step, code: Code) -> Iterator[Sequence[Proposal]]:
    """Proposals in the order in which they are tried: what explains mypy's errors and slips, then what fits a place, place by place."""
    lines, target = suspiciousness(step.survey.runs), step.survey.failing[:1]
    around = places(code, {line: degree * (1.0 if target and line in target[0].lines else ELSEWHERE) for line, degree in lines.items()})
    remasked = Remasked(search.pipeline, search.suite, step.document, code, search.cancel, search.left_ms)
    yield [*(ruled(search.before) if step.led is None else ()), *slips(code, around)]
    yield from remasked.by_value(around)
    yield from _gathered(remasked.by_type(around))
    yield from remasked.by_model(around)


def _gathered(batches: Iterable[Sequence[Proposal]]) -> Iterator[list[Proposal]]:
    """Small batches as fewer large ones: each costs a collection of the tests."""
    gathered: list[Proposal] = []
    for batch in batches:
        gathered += batch
        if len(gathered) >= AT_ONCE:
            yield gathered
            gathered = []
    yield gathered


def _new_text(step: _Step, proposal: Proposal) -> str:
    """The text with a proposal in it; empty when it was tried already, or cannot be."""
    edits = edits_of(step.document, proposal)
    if any(later.span.start < earlier.span.end for earlier, later in pairwise(edits)):
        return ""
    text = step.document.native.replaced([(*edit.span, edit.new_text) for edit in edits]).text()
    if text in step.seen or text == step.document.text:
        return ""
    step.seen.add(text)
    return text


def _repair(search: _Search, step: _Step, code: Code, proposal: Proposal, trial: Trial) -> SuiteRepair:
    """A change of the step's text as one of the first text."""
    small = trimmed(code, proposal)
    made = edits_of(step.document, small)
    edits = list(step.led.edits) if step.led is not None else []
    for edit in reversed(made):  # from the end, so that each is still where it says
        edits = composed(search.before.document, edits, edit)
    changed = replace(step.document, native=step.document.native.replaced([(*edit.span, edit.new_text) for edit in made]))
    titles, score = (step.led.titles, step.led.score) if step.led is not None else ((), 0.0)
    score += small.score - TOKEN * tokens_changed(code, small)
    return SuiteRepair(changed, tuple(edits), (*titles, title(code, proposal)), trial, score)


def _verified(search: _Search, repair: SuiteRepair, survey: Survey) -> SuiteRepair:
    """With what syntax, mypy and the tests say of the whole file: no error that was not there before, and how many tests."""
    return replace(repair, verdicts=(Verdict("syntax", "pass"), _types(search, repair), _tests(repair.trial, survey)))


def _types(search: _Search, repair: SuiteRepair) -> Verdict:
    search.cancel.check()
    found = search.pipeline.oracle.diagnostics(repair.document, TYPES_MS)
    if isinstance(found, Unavailable) or search.before.unchecked:
        return Verdict("types", "skipped", found.why if isinstance(found, Unavailable) else search.before.unchecked)
    left = [fault for fault in found if fault.code != "syntax"]
    new = added(search.before.types, _NO_TARGET, left, repair.edits)
    return Verdict("types", "fail", new[0].message, tuple(new)) if new else Verdict("types", "pass")


def _tests(trial: Trial, survey: Survey) -> Verdict:
    count = f"{len(survey.passing) + trial.cured}/{len(survey.passing) + survey.wanted} tests"
    if trial.cured < survey.wanted:
        return Verdict("tests", "fail", f"{count}; {trial.message}", (Fault(trial.message),))
    return Verdict("tests", "pass", count)
