"""Repair of what tests reject: seeded single faults in small modules, found by the lines that tests come to and judged by running them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mending import DEADLINE_MS

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import Cancelled, CancelToken
from astral_runtime.repair import PipelineVerifiers, RepairOptions
from astral_runtime.repair.spectrum import RunOutcome, SuiteRun, suspiciousness
from astral_runtime.repair.suite import Suite, suite_of
from astral_runtime.repair.tested import SuiteRepairs, repair_tested
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.verify.inside.tests import Broken, _plain

OPTIONS = RepairOptions(candidates=3, cycles=4, budget_ms=240_000)
"""A busy machine must not cut a search short."""


class Case(NamedTuple):
    """`wrong` → `right` in `source`, which the tests want; `source` has it right. Any repair that satisfies the tests is one."""

    name: str
    source: str
    right: str
    wrong: str
    tests: str
    exactly: bool = True


COUNTS = """def above(values: list[int], limit: int) -> int:
    count = 0
    for value in values:
        if value > limit:
            count += 1
    return count


def span(values: list[int]) -> int:
    return max(values) - min(values)


def chunks(values: list[int], size: int) -> list[list[int]]:
    out = []
    while values:
        out.append(values[:size])
        values = values[size:]
    return out


def is_open(day: str, closed: set[str]) -> bool:
    return day not in closed and not day.startswith("Sun")
"""
ABOVE = """
import pytest
from counts import above, chunks, is_open, span

@pytest.mark.parametrize("values, limit, wanted", [([1, 5, 9], 4, 2), ([4], 4, 0), ([], 0, 0), ([1, 1], 0, 2)])
def test_above(values, limit, wanted):
    assert above(values, limit) == wanted

def test_span():
    assert span([3, 9, 5]) == 6

def test_chunks():
    assert chunks([1, 2, 3], 2) == [[1, 2], [3]]
    assert chunks([], 3) == []

def test_is_open():
    assert is_open("Monday", {"Friday"})
    assert not is_open("Friday", {"Friday"})
    assert not is_open("Sunday", set())
"""

BOX = """from dataclasses import dataclass, field

RATE = 20


@dataclass
class Box:
    items: list[str] = field(default_factory=list)
    closed: bool = False

    def put(self, item: str) -> None:
        if self.closed:
            raise ValueError("closed")
        self.items.append(item)

    def label(self) -> str:
        return ", ".join(sorted(self.items))


def tax(amount: int) -> int:
    return amount * RATE // 100
"""
UNITTEST = """
import unittest
from box import Box, tax

class BoxTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.box.put("pen")

    def test_label(self):
        self.box.put("cup")
        self.assertEqual(self.box.label(), "cup, pen")

    def test_closed(self):
        self.box.closed = True
        with self.assertRaises(ValueError):
            self.box.put("cup")

    def test_tax(self):
        self.assertEqual([tax(100), tax(250), tax(1000)], [20, 50, 200])
"""

CASES = [
    Case("operator", COUNTS, "value > limit", "value >= limit", ABOVE),
    Case("constant", COUNTS, "count = 0", "count = 1", ABOVE),
    Case("name", COUNTS, "value > limit", "value > count", ABOVE),
    Case("twin", COUNTS, "- min(values)", "- max(values)", ABOVE),
    Case("loop without end", COUNTS, "values = values[size:]", "values = values[0:]", ABOVE, exactly=False),
    Case("negation", COUNTS, "not day.startswith", "day.startswith", ABOVE, exactly=False),
    Case("bool operator", COUNTS, "closed and not", "closed or not", ABOVE),
    Case("misspelt, as mypy says, too", COUNTS, "values[:size])", "valeus[:size])", ABOVE),
    Case("indentation", COUNTS, "    return count\n", "        return count\n", ABOVE),
    Case("constant of the module", BOX, "RATE = 20", "RATE = 21", UNITTEST),
    Case("method", BOX, "self.items.append(item)", "self.items.extend(item)", UNITTEST),
    Case("missing call", BOX, "sorted(self.items)", "self.items", UNITTEST, exactly=False),
    Case("the module does not load", BOX, "items: list[str] = field(", "items: list[str] = filed(", UNITTEST),
]


@pytest.fixture(scope="module")
def sandboxed() -> Iterator[Runner]:
    """A runner for tests' own harmless code."""
    made = Runner(SandboxSettings(trusted=True, limits_only=True))
    yield made
    made.close()


def suite(runner: Runner, folder: Path, text: str, tests: str) -> tuple[Suite, DocumentSnapshot]:
    """A module and its tests on disk; the module's name is what the tests import from."""
    name = tests.partition("from ")[2].split()[0]
    (folder / f"test_{name}.py").write_text(tests)
    (folder / f"{name}.py").write_text(text)
    document = DocumentSnapshot(folder / f"{name}.py", Snapshot(text), root=folder)
    return suite_of(runner, document, folder / f"test_{name}.py"), document


def repaired(verifiers: PipelineVerifiers, made: tuple[Suite, DocumentSnapshot]) -> SuiteRepairs:
    """The repairs of a module that its tests reject."""
    tests, document = made
    survey = tests.survey(document, CancelToken(), DEADLINE_MS)
    assert survey.failing or survey.broken
    return repair_tested(verifiers.pipeline, tests, document, survey, OPTIONS, CancelToken())


def applied(document: DocumentSnapshot, done: SuiteRepairs) -> str:
    """The first text with the best repair's edits made."""
    return document.native.replaced([(*edit.span, edit.new_text) for edit in done.repairs[0].edits]).text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_seeded_fault_is_repaired(case: Case, verifiers: PipelineVerifiers, sandboxed: Runner, tmp_path: Path) -> None:
    """The best repair passes every test and every verifier, and changes nothing but what it announces; mostly it is what was there."""
    assert case.source.count(case.right) == 1
    made = suite(sandboxed, tmp_path, case.source.replace(case.right, case.wrong), case.tests)
    done = repaired(verifiers, made)
    assert done.repairs, f"{done.tried} tried"
    best = done.repairs[0]
    assert [(verdict.domain, verdict.outcome) for verdict in best.verdicts] == [("syntax", "pass"), ("types", "pass"), ("tests", "pass")]
    assert applied(made[1], done) == best.document.text
    assert not made[0].survey(best.document, CancelToken(), DEADLINE_MS).failing
    texts = [each.document.text for each in done.repairs if each.verdicts[1].outcome == "pass"]
    assert not case.exactly or case.source in texts, best.titles


def test_two_faults_are_repaired_one_after_the_other(verifiers: PipelineVerifiers, sandboxed: Runner, tmp_path: Path) -> None:
    """Each of them is a step; the edits are of the first text."""
    wrong = COUNTS.replace("value > limit", "value < limit").replace("- min(values)", "+ min(values)")
    made = suite(sandboxed, tmp_path, wrong, ABOVE)
    done = repaired(verifiers, made)
    assert done.repairs[0].verdicts[2].outcome == "pass"
    assert len(done.repairs[0].titles) == 2
    assert applied(made[1], done) == COUNTS


def test_search_repairs_what_no_slip_explains(verifiers: PipelineVerifiers, sandboxed: Runner, tmp_path: Path) -> None:
    """A call that nobody wrote before, of the type that is wanted."""
    source = "def label(name: str, width: int) -> str:\n    return name\n"
    tests = (
        "from label import label\n\ndef test_label():\n    assert label('ab', 5) == '   ab'\n    assert label('abcdef', 3) == 'abcdef'\n"
    )
    done = repaired(verifiers, suite(sandboxed, tmp_path, source, tests))
    assert done.repairs[0].verdicts[2].outcome == "pass"
    assert "name.rjust(width)" in done.repairs[0].document.text


def test_what_nothing_cures_is_left(verifiers: PipelineVerifiers, sandboxed: Runner, tmp_path: Path) -> None:
    """No repair, and no claim."""
    tests = "from plain import one\n\ndef test_one():\n    assert one() == 'a text that nobody would guess'\n"
    done = repaired(verifiers, suite(sandboxed, tmp_path, "def one() -> str:\n    return ''\n", tests))
    assert done.repairs == ()
    assert done.tried > 0


def test_a_repair_can_be_cancelled(verifiers: PipelineVerifiers, sandboxed: Runner, tmp_path: Path) -> None:
    """Cancelled is raised; nothing is changed."""
    tests, document = suite(sandboxed, tmp_path, COUNTS.replace("value > limit", "value < limit"), ABOVE)
    survey = tests.survey(document, CancelToken(), DEADLINE_MS)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        repair_tested(verifiers.pipeline, tests, document, survey, OPTIONS, token)


def test_what_the_sandbox_denies_is_no_fault(sandboxed: Runner, tmp_path: Path) -> None:
    """A test that may not write where it wants is neither failing nor passing; one that wants a plugin gets it."""
    target = tmp_path / "out"
    tests = f"from plain import one\n\ndef test_write():\n    open({str(target)!r}, 'w').write(one())\n\ndef test_one():\n    assert one() == 'b'\n"
    made, document = suite(sandboxed, tmp_path, "def one() -> str:\n    return 'a'\n", tests)
    survey = made.survey(document, CancelToken(), DEADLINE_MS)
    assert {run.name.partition("::")[2]: run.outcome for run in survey.runs} == {"test_write": "denied", "test_one": "failed"}
    assert [run.lines for run in survey.failing] == [{2}]
    assert not target.exists()


def test_nothing_is_run_untrusted(verifiers: PipelineVerifiers, tmp_path: Path) -> None:
    """The survey says so."""
    untrusted = Runner(SandboxSettings(tmp_path, trusted=False))
    tests, document = suite(untrusted, tmp_path, COUNTS + f"open({str(tmp_path / 'ran')!r}, 'w')\n", ABOVE)
    survey = tests.survey(document, CancelToken(), DEADLINE_MS)
    untrusted.close()
    assert (survey.runs, "not trusted" in survey.why) == ((), True)
    assert not (tmp_path / "ran").exists()


PLAIN = """
import unittest

class Skipped(Exception):
    pass

def test_holds():
    assert True

def test_fails():
    assert 1 == 2, "one"

def test_wants(fixture):
    assert False

def test_skips():
    raise unittest.SkipTest

class TestGroup:
    def test_method(self):
        assert isinstance(self, TestGroup)

class CaseTest(unittest.TestCase):
    def setUp(self):
        self.n = 2
    def test_holds(self):
        self.assertEqual(self.n, 2)
    def test_fails(self):
        self.assertEqual(self.n, 3)
    @unittest.skip("why")
    def test_skips(self):
        pass
"""


def test_a_test_file_without_pytest(tmp_path: Path) -> None:
    """Plain functions, classes and unittest's cases are played by ourselves; what wants a fixture is left out."""
    path = tmp_path / "test_plain.py"
    path.write_text(PLAIN)
    played = {test.name: test.play() for test in _plain(str(path))}
    assert played == {
        "test_holds": ("passed", ""),
        "test_fails": ("failed", "AssertionError: one"),
        "test_skips": ("skipped", ""),
        "TestGroup::test_method": ("passed", ""),
        "CaseTest::test_holds": ("passed", ""),
        "CaseTest::test_fails": ("failed", "AssertionError: 2 != 3"),
        "CaseTest::test_skips": ("skipped", ""),
    }
    path.write_text("import nothing_of_that_name\n")
    with pytest.raises(Broken, match="does not load: ModuleNotFoundError"):
        list(_plain(str(path)))


def _run(outcome: RunOutcome, *lines: int) -> SuiteRun:
    return SuiteRun("t", outcome, frozenset(lines))


SPECTRA = [
    ([], {}),
    ([_run("passed", 1, 2)], {}),
    ([_run("failed", 1, 2), _run("passed", 1)], {1: 0.5**0.5, 2: 1.0}),
    ([_run("failed", 1), _run("timeout", 1, 2), _run("passed", 2), _run("denied", 2), _run("skipped", 1)], {1: 1.0, 2: 0.5}),
]


@pytest.mark.parametrize(("runs", "wanted"), SPECTRA)
def test_lines_under_suspicion(runs: list[SuiteRun], wanted: dict[int, float]) -> None:
    """Ochiai; what was skipped or denied says nothing."""
    assert suspiciousness(runs) == pytest.approx(wanted)


@given(st.lists(st.tuples(st.sampled_from(["passed", "failed", "timeout"]), st.frozensets(st.integers(1, 6))), max_size=8))
def test_a_line_that_every_failing_test_and_no_other_comes_to_is_most_suspicious(pairs: list[tuple[RunOutcome, frozenset[int]]]) -> None:
    """Suspicion is in (0, 1]; it is 1 for such lines and for no others; more passing tests never raise it."""
    runs = [SuiteRun("t", outcome, lines) for outcome, lines in pairs]
    found = suspiciousness(runs)
    failing = [run for run in runs if run.is_failing]
    passing = [run for run in runs if not run.is_failing]
    assert set(found) == {line for run in failing for line in run.lines}
    for line, degree in found.items():
        is_telling = all(line in run.lines for run in failing) and not any(line in run.lines for run in passing)
        assert 0 < degree <= 1 + 1e-9
        assert (degree > 1 - 1e-9) == is_telling
    more = suspiciousness([*runs, *(dataclasses.replace(run, outcome="passed") for run in runs)])
    assert all(more[line] <= degree + 1e-9 for line, degree in found.items())
