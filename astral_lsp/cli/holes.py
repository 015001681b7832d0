"""`astral-lsp holes FILE`: every hole, what it wants and what could stand there; with `--trusted`, what the names hold there."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from astral_lsp.cli.payload import hole_json, print_json
from astral_lsp.cli.session import WARM_UP_MS, open_document, pipeline_for
from astral_lsp.render import Plain
from astral_lsp.seen import values_json, values_text
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken
from astral_runtime.holes import HoleContext
from astral_runtime.values.observation import Seen

SHOWN_NAMES = 4
SHOWN_EXAMPLES = 4

VALUES_MS = 10_000
"""How long running the examples of one hole may take."""


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--trusted", is_flag=True, help="Obey the project's own mypy configuration (it may load plugins) and run your examples up to each hole."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def holes(path: Path, trusted: bool, as_json: bool) -> None:
    """List the holes of FILE with expected type, scope and constraints."""
    _, document = open_document(path)
    with pipeline_for(document, trusted) as pipeline:
        contexts = pipeline.contexts(document, WARM_UP_MS)
        seen = [pipeline.values(document, context.hole, CancelToken(), VALUES_MS) for context in contexts] if trusted else []
    if as_json:
        values = [{"values": values_json(each)} for each in seen] or [{} for _ in contexts]
        print_json({"holes": [{**hole_json(document, context), **each} for context, each in zip(contexts, values, strict=True)]})
    else:
        _print_table(path, document, contexts)
        for context, each in zip(contexts, seen, strict=False):
            _print_values(context, each)


def _print_values(context: HoleContext, seen: Seen) -> None:
    if text := values_text(seen, SHOWN_EXAMPLES, Plain()):
        click.echo(f"{context.hole.id}: {text}")


def _print_table(path: Path, document: DocumentSnapshot, contexts: tuple[HoleContext, ...]) -> None:
    console = Console()
    if not contexts:
        console.print(f"{path}: no holes")
        return
    table = Table(title=f"{path}: {len(contexts)} holes", title_justify="left")
    for heading in ("hole", "line", "kind", "wants", "because", "fits"):
        table.add_column(heading, overflow="fold")
    for context in contexts:
        line = document.native.position(context.hole.span.start, "utf-16")[0] + 1
        fitting = ", ".join([entry.name for entry in context.scope if entry.fits][:SHOWN_NAMES])
        wants = context.expected_type or "?"
        row = (context.hole.id, str(line), context.hole.kind, wants, context.hole.intent or context.expected_because, fitting)
        table.add_row(*(cell.replace("[", r"\[") for cell in row))
    console.print(table)
