"""`astral-lsp fill FILE`: propose, verify and rank fills; with --write, put the verified ones in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from astral_lsp.cli.payload import fill_json, print_json
from astral_lsp.cli.screen import FillScreen, SilentScreen
from astral_lsp.cli.session import PROPOSERS, WARM_UP_MS, find_hole, open_document, pipeline_for, proposers_option
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Edit, Fill, FillOptions, Source
from astral_runtime.holes import Hole, Span
from astral_runtime.pipeline import Pipeline
from astral_runtime.source import SourceFile, write_source

_RANGE = re.compile(r"(\d+):(\d+)-(\d+):(\d+)")

Filled = tuple[DocumentSnapshot, Fill]
"""A fill with the document that its spans refer to."""


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--hole", "hole_id", metavar="ID", help="Fill only this hole (ids as `holes` prints them).")
@click.option("--range", "region", metavar="L:C-L:C", help="Fill this region (0-based lines, UTF-16 characters, end excluded).")
@click.option("--candidates", type=click.IntRange(1, 50), default=5, show_default=True, help="Candidates per hole.")
@click.option("--budget-ms", type=click.IntRange(1), default=10_000, show_default=True, help="Time for one hole, mypy's start excluded.")
@click.option("--proposers", callback=proposers_option, default=",".join(PROPOSERS), show_default=True, help="Who proposes, by commas.")
@click.option("--write", is_flag=True, help="Write the best verified fill of each hole back to FILE.")
@click.option("--trusted", is_flag=True, help="Obey the project's own mypy configuration (it may load plugins).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def fill(
    path: Path,
    hole_id: str | None,
    region: str | None,
    candidates: int,
    budget_ms: int,
    proposers: tuple[Source, ...],
    write: bool,
    trusted: bool,
    as_json: bool,
) -> None:
    """Fill the holes of FILE. Exit 1 when no candidate of any hole could be accepted."""
    source, document = open_document(path)
    chosen = _chosen(document, path, hole_id, region)
    options = FillOptions(candidates, budget_ms, proposers)
    screen = FillScreen(path) if not as_json else SilentScreen(path)
    with pipeline_for(document, trusted) as pipeline:
        pipeline.oracle.contexts(document, chosen, WARM_UP_MS)
        if write:
            fills, after = _fill_in_turn(pipeline, document, chosen, options, screen)
        else:
            fills, after = _fill_each(pipeline, document, chosen, options, screen), document
    written = _write(source, document, after)
    if as_json:
        print_json({"fills": [fill_json(seen, each) for seen, each in fills]})
    else:
        screen.summary([each for _, each in fills], written)
    if fills and not any(each.status == "accepted" for _, each in fills):
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


def _fill_each(
    pipeline: Pipeline, document: DocumentSnapshot, holes: tuple[Hole, ...], options: FillOptions, screen: FillScreen
) -> list[Filled]:
    filled: list[Filled] = []
    for hole in holes:
        with screen.forming(hole) as on_progress:
            fill = pipeline.fill(document, hole, options, CancelToken(), on_progress)
        screen.show(document, fill)
        filled.append((document, fill))
    return filled


def _fill_in_turn(
    pipeline: Pipeline, document: DocumentSnapshot, holes: tuple[Hole, ...], options: FillOptions, screen: FillScreen
) -> tuple[list[Filled], DocumentSnapshot]:
    """Fill one hole after the other, each accepted fill standing when the next is sought, so that they hold together."""
    filled: list[Filled] = []
    edits: list[Edit] = []
    for hole in holes:
        moved = replace(hole, span=_moved(hole.span, edits))
        with screen.forming(moved) as on_progress:
            fill = pipeline.fill(document, moved, options, CancelToken(), on_progress)
        screen.show(document, fill)
        filled.append((document, fill))
        if fill.status == "accepted":
            applied = [Edit(moved.span, fill.candidates[0].text), *fill.candidates[0].edits]
            document = _replaced(document, applied)
            edits += applied
    return filled, document


def _moved(span: Span, edits: Sequence[Edit]) -> Span:
    """Where a span lies after edits, given in the order they were made, none of which overlaps it."""
    for edit in edits:
        if edit.span.end <= span.start:
            by = len(edit.new_text.encode()) - (edit.span.end - edit.span.start)
            span = Span(span.start + by, span.end + by)
    return span


def _replaced(document: DocumentSnapshot, edits: Sequence[Edit]) -> DocumentSnapshot:
    native = document.native.replaced([(edit.span.start, edit.span.end, edit.new_text) for edit in edits])
    return replace(document, native=native, version=document.version + 1)


def _write(source: SourceFile, before: DocumentSnapshot, after: DocumentSnapshot) -> bool:
    if after.text == before.text:
        return False
    write_source(source, after.text)
    return True
