"""The test file that a repair is asked to satisfy, run in the sandbox on the module's text and on candidates for it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.program import program
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken
from astral_runtime.holes import Hole, Span
from astral_runtime.repair.spectrum import SuiteRun
from astral_runtime.sandbox.run import NotRun

SURVEY = "astral_runtime.verify.inside.suite:survey"
TRIAL = "astral_runtime.verify.inside.suite:trial"

LEAST_MS, MOST_MS, SLOWER = 50, 1000, 10
"""CPU time of one test: ten times what the slowest passing one took, within these bounds. A fault often is a loop without end."""

Plugins = Literal["none", "all"]

_PLUGIN = re.compile(r"fixture '\w+' not found|async def functions are not natively supported")
"""What pytest says of a test that needs a plugin."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What the tests say of a text: one run per test, in their order. `broken`: they could not be collected. `why`: nothing was run.

    `plugins` of pytest that it took: `none` or `all`."""

    runs: tuple[SuiteRun, ...] = ()
    broken: str = ""
    why: str = ""
    plugins: Plugins = "none"

    @property
    def failing(self) -> tuple[SuiteRun, ...]:
        """Tests that found a fault. The first is the target of the next step: one that ends, and comes to few lines."""
        failing = (run for run in self.runs if run.is_failing)
        return tuple(sorted(failing, key=lambda run: (not run.lines, run.outcome == "timeout", len(run.lines), run.ms)))

    @property
    def passing(self) -> tuple[SuiteRun, ...]:
        """Tests that passed."""
        return tuple(run for run in self.runs if run.outcome == "passed")

    @property
    def wanted(self) -> int:
        """How many tests a repair has to cure."""
        return max(1, len(self.failing))


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate: failing tests that it `cured`, whether a test that passed does not any more, and what went wrong first."""

    cured: int
    broke: bool
    message: str


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of one file about one module. `root` holds both."""

    runner: Runner
    tests: Path
    root: Path

    def survey(self, document: DocumentSnapshot, cancel: CancelToken, ms: int) -> Survey:
        """Run every test and watch the lines of the document that it comes to; with pytest's plugins if the tests want one of them.

        Raises Cancelled."""
        bare = self._survey(document, "none", cancel, ms)
        wanting = bare.broken or any(_PLUGIN.search(run.message) for run in bare.runs)
        full = self._survey(document, "all", cancel, ms) if wanting else bare
        return bare if full.broken or full.why else full

    def _survey(self, document: DocumentSnapshot, plugins: Plugins, cancel: CancelToken, ms: int) -> Survey:
        about = {"text": document.text, "cpu_ms": MOST_MS, "plugins": plugins}
        ran = self._ask(document, SURVEY, about, cancel, ms)
        if isinstance(ran, str):
            return Survey(why=ran)
        broken = next((line["broken"] for line in ran if "broken" in line), "")
        runs = tuple(_run(line) for line in ran if "test" in line)
        return Survey(runs, broken, "" if runs or broken else f"{self.tests.name} has no tests, or no time was left to run them", plugins)

    def trials(
        self, document: DocumentSnapshot, texts: Sequence[str], survey: Survey, enough: int, cancel: CancelToken, ms: int
    ) -> dict[int, Trial]:
        """What the tests say of whole texts, by index: first the failing ones, then, of a text that cures the target, those that passed.
        Ends when `enough` cure all.

        Raises Cancelled."""
        slowest = max((run.ms for run in survey.passing), default=0.0)
        about = {
            "text": document.text, "candidates": list(texts), "enough": enough, "plugins": survey.plugins,
            "cpu_ms": min(MOST_MS, max(LEAST_MS, round(SLOWER * slowest))),
            "failing": [run.name for run in survey.failing], "passing": [run.name for run in survey.passing],
        }  # fmt: skip
        ran = self._ask(document, TRIAL, about, cancel, ms)
        if isinstance(ran, str):
            return {}
        return {line["candidate"]: Trial(line["cured"], line["broke"], line["message"]) for line in ran if "candidate" in line}

    def _ask(
        self, document: DocumentSnapshot, call: str, about: Mapping[str, Any], cancel: CancelToken, ms: int
    ) -> Sequence[Mapping[str, Any]] | str:
        """The lines of one of our calls; the reason where nothing ran."""
        document = replace(document, root=self.root)
        place = program(document, Hole("", "expression", Span(0, 0)))
        paths = [str(place.home), str(self.root / "src"), str(self.root)]
        task = {**about, "path": str(document.path), "tests": str(self.tests), "root": str(self.root), "paths": paths}
        ran = self.runner.ask(document, place, call, (), task, cancel, ms)
        return ran.why if isinstance(ran, NotRun) else ran.results


def suite_of(runner: Runner, document: DocumentSnapshot, tests: Path) -> Suite:
    """The suite of a document: its workspace as far as the test file lies in it, else the folder that holds both."""
    tests = tests.absolute()
    root = document.root
    if root is None or not tests.is_relative_to(root):
        root = Path(os.path.commonpath([tests.parent, root or document.path.parent]))
    return Suite(runner, tests, root)


def _run(line: Mapping[str, Any]) -> SuiteRun:
    return SuiteRun(line["test"], line["outcome"], frozenset(line["lines"]), line["message"], line["ms"])
