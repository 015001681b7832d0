"""`astral-lsp repair FILE --tests TESTFILE`: what the tests reject is localised by the lines they come to, changed, and judged by them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from astral_lsp.cli.session import WARM_UP_MS
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken
from astral_runtime.pipeline import Pipeline
from astral_runtime.repair import PipelineVerifiers, RepairOptions
from astral_runtime.repair.diagnosis import syntax_faults
from astral_runtime.repair.suite import Suite, Survey, suite_of
from astral_runtime.repair.tested import SuiteRepair, SuiteRepairs, repair_tested
from astral_runtime.repair.wholefile import FileRepair, OnMended, composed, repair_file
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.source import read_source
from astral_runtime.verify.spec import Verdict

SURVEY_MS = 120_000
"""How long running all the tests once may take."""


@dataclass(frozen=True, slots=True)
class ByTests:
    """What became of a file that tests reject; `survey` is of the text that parsed first."""

    survey: Survey
    done: SuiteRepairs

    @property
    def best(self) -> SuiteRepair | None:
        """The repair to write, if every verifier that could look at it passed it."""
        best = self.done.repairs[0] if self.done.repairs else None
        return best if best is not None and all(verdict.outcome != "fail" for verdict in best.verdicts) else None


@dataclass(frozen=True, slots=True)
class ByVerifiers:
    """What became of a file that the tests do not reject, or that they could not be run on; `tests` says which."""

    done: FileRepair
    tests: Verdict


def repair_with_tests(
    pipeline: Pipeline, document: DocumentSnapshot, tests: Path, options: RepairOptions, on_mended: OnMended
) -> ByTests | ByVerifiers:
    """Repair what does not parse, then what the tests reject; where they reject nothing, what mypy does, if they still pass after it.

    FILE and TESTFILE are run: whoever names them asks for it. In bubblewrap where there is one, else with limits alone. Raises SourceError.
    """
    read_source(tests)
    runner = Runner(SandboxSettings(document.root, trusted=True, limits_only=True))
    try:
        return _repaired(pipeline, suite_of(runner, document, tests), document, options, on_mended)
    finally:
        runner.close()


def _repaired(
    pipeline: Pipeline, suite: Suite, document: DocumentSnapshot, options: RepairOptions, on_mended: OnMended
) -> ByTests | ByVerifiers:
    verifiers, cancel = PipelineVerifiers(pipeline), CancelToken()
    first = repair_file(verifiers, document, options, WARM_UP_MS, cancel, on_mended) if syntax_faults(document) else None
    current = first.after.document if first is not None else document
    if first is not None and first.after.syntax:
        return ByVerifiers(first, Verdict("tests", "skipped", "the file does not parse"))
    survey = suite.survey(current, cancel, SURVEY_MS)
    if survey.failing or survey.broken:
        done = repair_tested(pipeline, suite, current, survey, options, cancel)
        return ByTests(survey, done if first is None else _behind(document, first, done))
    done_file = first or repair_file(verifiers, document, options, WARM_UP_MS, cancel, on_mended)
    return ByVerifiers(done_file, _said(suite, done_file, survey, cancel))


def _behind(document: DocumentSnapshot, first: FileRepair, done: SuiteRepairs) -> SuiteRepairs:
    """Repairs of the text that a first repair left, as ones of the text before it."""
    titles = tuple(repair.title for repair in first.taken)
    repairs = []
    for each in done.repairs:
        edits = list(first.edits)
        for edit in reversed(each.edits):
            edits = composed(document, edits, edit)
        repairs.append(replace(each, edits=tuple(edits), titles=(*titles, *each.titles)))
    return replace(done, repairs=tuple(repairs))


def _said(suite: Suite, done: FileRepair, before: Survey, cancel: CancelToken) -> Verdict:
    """What the tests say of the repaired file."""
    survey = suite.survey(done.after.document, cancel, SURVEY_MS) if done.taken and not before.why else before
    if survey.why or survey.broken:
        return Verdict("tests", "fail" if survey.broken else "skipped", survey.broken or survey.why)
    count = f"{len(survey.passing)}/{len(survey.passing) + len(survey.failing)} tests"
    if survey.failing:
        return Verdict("tests", "fail", f"{count}; {survey.failing[0].name}: {survey.failing[0].message}")
    return Verdict("tests", "pass", count) if survey.passing else Verdict("tests", "skipped", "no test could be judged here")
