"""What every command on a file needs: the file as a document, and an oracle that lives as long as the command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from astral_native import Snapshot
from astral_runtime.bundled import Bundled
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import Source
from astral_runtime.holes import Hole
from astral_runtime.pipeline import Pipeline
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.source import SourceFile, read_source
from astral_runtime.types.client import Oracle, OracleSettings

WARM_UP_MS = 60_000
"""A command may wait this long for mypy's first look at the project; an editor never does."""


PROPOSERS: tuple[Source, ...] = ("search", "values", "denoiser")


def proposers_option(context: click.Context, parameter: click.Parameter, value: str) -> tuple[Source, ...]:
    """`search,denoiser` as the names of proposers; an unknown one is bad input."""
    given = [name.strip() for name in value.split(",")]
    unknown = [name for name in given if name not in PROPOSERS]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(PROPOSERS)}")
    return tuple(name for name in PROPOSERS if name in given)


def open_document(path: Path) -> tuple[SourceFile, DocumentSnapshot]:
    """Read a file as version 0 of a document. Raises SourceError."""
    source = read_source(path)
    return source, DocumentSnapshot(path=path.absolute(), native=Snapshot(source.text), root=source.root)


def find_hole(document: DocumentSnapshot, path: Path, hole_id: str) -> Hole:
    """The hole of that id; a one-line error that names those there are."""
    holes = document.holes()
    found = next((hole for hole in holes if hole.id == hole_id), None)
    if found is None:
        have = f"{holes[0].id}…{holes[-1].id}" if holes else "none"
        raise click.ClickException(f"{path}: no hole {hole_id!r} (this file has {have})")
    return found


@contextmanager
def pipeline_for(document: DocumentSnapshot, trusted: bool) -> Iterator[Pipeline]:
    """A pipeline with the bundled model, whose oracle and sandbox belong to the document's project, closed at the end."""
    oracle, runner = Oracle(OracleSettings(root=document.root, trusted=trusted)), Runner(SandboxSettings(document.root, trusted=trusted))
    try:
        yield Pipeline(oracle, Bundled(), runner)
    finally:
        oracle.close()
        runner.close()
