"""`astral-lsp repair FILE`: localized repair of what does not parse, what mypy rejects, or what tests reject; with --write, put it in."""

from __future__ import annotations

import time
from pathlib import Path

import click

from astral_lsp.cli.payload import Json, print_json
from astral_lsp.cli.repair_json import file_json, tested_json, tested_status
from astral_lsp.cli.repair_screen import RepairScreen, SilentRepairScreen
from astral_lsp.cli.repair_tests import ByTests, ByVerifiers, repair_with_tests
from astral_lsp.cli.session import WARM_UP_MS, open_document, pipeline_for
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken
from astral_runtime.repair import PipelineVerifiers, RepairOptions
from astral_runtime.repair.judge import NOT_RUN
from astral_runtime.repair.wholefile import repair_file
from astral_runtime.source import write_source


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--candidates", type=click.IntRange(1, 20), default=3, show_default=True, help="Repairs that are sought for each error.")
@click.option("--cycles", type=click.IntRange(1, 10), default=4, show_default=True, help="How often an error's region is widened at most.")
@click.option("--budget-ms", type=click.IntRange(1), default=10_000, show_default=True, help="Time for one error, mypy's start excluded.")
@click.option(
    "--tests", metavar="TESTFILE", type=click.Path(path_type=Path), help="Repair what these tests reject. Naming them has them run."
)
@click.option("--write", is_flag=True, help="Write the repaired text back to FILE.")
@click.option("--trusted", is_flag=True, help="Obey the project's own mypy configuration (it may load plugins).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def repair(
    path: Path, candidates: int, cycles: int, budget_ms: int, tests: Path | None, write: bool, trusted: bool, as_json: bool
) -> None:  # fmt: skip
    """Repair what does not parse or type-check in FILE, or what the tests of TESTFILE reject in it, FILE and tests being run in a sandbox.

    Every byte outside of the announced edits stays. Exit 1 while an error is left.
    """
    source, document = open_document(path)
    screen = RepairScreen(path) if not as_json else SilentRepairScreen(path)
    options = RepairOptions(candidates, cycles, budget_ms)
    begin = time.perf_counter()
    with pipeline_for(document, trusted) as pipeline:
        if tests is not None:
            done = repair_with_tests(pipeline, document, tests, options, screen.mended)
        else:
            found = repair_file(PipelineVerifiers(pipeline), document, options, WARM_UP_MS, CancelToken(), screen.mended)
            done = ByVerifiers(found, NOT_RUN[0])
    elapsed_ms = round((time.perf_counter() - begin) * 1000, 3)
    after = _repaired(done)
    written = write and after is not None
    if written and after is not None:
        write_source(source, after.text)
    if as_json:
        print_json(_json(document, done, elapsed_ms))
    elif isinstance(done, ByTests):
        screen.tested(document, done.survey, done.done, written)
    else:
        screen.summary(done.done, written)
    if not _is_mended(done):
        raise click.exceptions.Exit(1)


def _repaired(done: ByTests | ByVerifiers) -> DocumentSnapshot | None:
    """The text to write; None where nothing may be."""
    if isinstance(done, ByTests):
        return done.best.document if done.best is not None else None
    return done.done.after.document if done.done.taken and done.tests.outcome != "fail" else None


def _is_mended(done: ByTests | ByVerifiers) -> bool:
    """Whether no error is left."""
    if isinstance(done, ByTests):
        return tested_status(done.survey, done.done)[0] == "accepted"
    return not done.done.after.faults and not done.done.after.unchecked and done.tests.outcome != "fail"


def _json(document: DocumentSnapshot, done: ByTests | ByVerifiers, elapsed_ms: float) -> Json:
    if isinstance(done, ByTests):
        return tested_json(document, done.survey, done.done, elapsed_ms)
    return file_json(done.done, done.tests, elapsed_ms)
