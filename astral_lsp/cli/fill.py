"""`astral-lsp fill FILE`: propose, verify and rank fills; with --write, put the verified ones in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from astral_lsp.cli.payload import Json, fill_json, print_json, step_json
from astral_lsp.cli.screen import FillScreen, SilentScreen
from astral_lsp.cli.session import WARM_UP_MS, Proposers, choose_proposers, find_hole, open_document, pipeline_for
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Fill, FillOptions, OnProgress
from astral_runtime.holes import Hole, Span
from astral_runtime.joint import fill_jointly
from astral_runtime.pipeline import Pipeline
from astral_runtime.source import SourceFile, write_source
from astral_runtime.trace import HoleyStep, explain

_RANGE = re.compile(r"(\d+):(\d+)-(\d+):(\d+)")


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--hole", "hole_id", metavar="ID", help="Fill only this hole (ids as `holes` prints them).")
@click.option("--range", "region", metavar="L:C-L:C", help="Fill this region (0-based lines, UTF-16 characters, end excluded).")
@click.option("--candidates", type=click.IntRange(1, 50), default=5, show_default=True, help="Candidates per hole.")
@click.option("--budget-ms", type=click.IntRange(1), default=10_000, show_default=True, help="Time for one hole, mypy's start excluded.")
@choose_proposers
@click.option("--trace", is_flag=True, help="Show every state of the forming fills, and what syntax and mypy say of it.")
@click.option("--write", is_flag=True, help="Write the best verified fill of each hole back to FILE.")
@click.option(
    "--trusted", is_flag=True, help="Obey the project's mypy configuration (it may load plugins) and run its examples in a sandbox."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def fill(
    path: Path,
    hole_id: str | None,
    region: str | None,
    candidates: int,
    budget_ms: int,
    proposers: Proposers,
    trace: bool,
    write: bool,
    trusted: bool,
    as_json: bool,
) -> None:
    """Fill the holes of FILE. Exit 1 when no candidate of any hole could be accepted."""
    source, document = open_document(path)
    chosen = _chosen(document, path, hole_id, region)
    options = FillOptions(candidates, budget_ms, proposers.names)
    screen = FillScreen(path) if not as_json else SilentScreen(path)
    with pipeline_for(document, trusted, proposers.lm) as pipeline:
        pipeline.oracle.contexts(document, chosen, WARM_UP_MS)
        filler = (_TracingFiller if trace else _Filler)(pipeline, options, screen)
        if write:
            check = partial(pipeline.oracle.diagnostics, deadline_ms=WARM_UP_MS)
            joint = fill_jointly(document, chosen, filler, check)
            filler.settle(joint.fills)
            after = joint.apply(document)
        else:
            after = document
            for hole in chosen:
                filler(document, hole)
    written = _write(source, document, after)
    fills = [fill for _, fill in filler.filled]
    if as_json:
        print_json({"fills": [filler.json(seen, each) for seen, each in filler.filled]})
    else:
        screen.summary(fills, written)
    if fills and not any(each.status == "accepted" for each in fills):
        raise click.exceptions.Exit(1)


def _chosen(document: DocumentSnapshot, path: Path, hole_id: str | None, region: str | None) -> tuple[Hole, ...]:
    if hole_id is not None and region is not None:
        raise click.UsageError("--hole and --range exclude each other")
    if region is not None:
        return (Hole("r1", "region", _span(document, path, region)),)
    return (find_hole(document, path, hole_id),) if hole_id is not None else document.holes()


def _span(document: DocumentSnapshot, path: Path, region: str) -> Span:
    match = _RANGE.fullmatch(region)
    if match is None:
        raise click.ClickException(f"--range {region!r} is not LINE:CHARACTER-LINE:CHARACTER")
    start_line, start, end_line, end = map(int, match.groups())
    native = document.native
    offsets = [native.offset(line, character, "utf-16") for line, character in ((start_line, start), (end_line, end))]
    exact = [native.position(offset, "utf-16") for offset in offsets] == [(start_line, start), (end_line, end)]
    if not exact or offsets[0] > offsets[1]:
        raise click.ClickException(f"{path}: range {region} is outside the file ({native.line_count} lines)")
    return Span(*offsets)


class _Filler:
    """Fills holes one at a time before the user's eyes; `filled` are the fills so far, each with the document that its spans refer to."""

    def __init__(self, pipeline: Pipeline, options: FillOptions, screen: FillScreen) -> None:
        self._pipeline, self._options, self._screen = pipeline, options, screen
        self.filled: list[tuple[DocumentSnapshot, Fill]] = []

    def __call__(self, document: DocumentSnapshot, hole: Hole) -> Fill:
        with self._screen.forming(hole) as on_progress:
            fill = self._fill(document, hole, on_progress)
        self._screen.show(document, fill)
        self.filled.append((document, fill))
        return fill

    def settle(self, fills: Sequence[Fill]) -> None:
        """What became of each hole when all were looked at together: one fill for each, the last that was sought."""
        last = {fill.hole.id: (document, fill) for document, fill in self.filled}
        settled = {fill.hole.id: fill for fill in fills}
        self.filled = [(document, replace(fill, status=settled[id].status, why=settled[id].why)) for id, (document, fill) in last.items()]

    def _fill(self, document: DocumentSnapshot, hole: Hole, on_progress: OnProgress) -> Fill:
        return self._pipeline.fill(document, hole, self._options, CancelToken(), on_progress)

    def json(self, document: DocumentSnapshot, fill: Fill) -> Json:
        """A fill of `filled` in the machine-readable contract."""
        return fill_json(document, fill)


class _TracingFiller(_Filler):
    """Also shows the states that each fill went through (Proposition 1)."""

    def __init__(self, pipeline: Pipeline, options: FillOptions, screen: FillScreen) -> None:
        super().__init__(pipeline, options, screen)
        self._steps: dict[str, tuple[HoleyStep, ...]] = {}

    def _fill(self, document: DocumentSnapshot, hole: Hole, on_progress: OnProgress) -> Fill:
        explanation = explain(self._pipeline, document, hole, self._options, CancelToken(), on_progress)
        self._steps[hole.id] = explanation.steps
        self._screen.show_steps(explanation.steps)
        return explanation.fill

    def json(self, document: DocumentSnapshot, fill: Fill) -> Json:
        """With `trace`, the states in order."""
        return {**fill_json(document, fill), "trace": [step_json(step) for step in self._steps[fill.hole.id]]}


def _write(source: SourceFile, before: DocumentSnapshot, after: DocumentSnapshot) -> bool:
    if after.text == before.text:
        return False
    write_source(source, after.text)
    return True
