"""What every command on a file needs: the file as a document, and an oracle that lives as long as the command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from astral_native import Snapshot
from astral_runtime.bundled import Bundled
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import Source
from astral_runtime.holes import Hole
from astral_runtime.pipeline import Pipeline
from astral_runtime.proposers.gguf import Gguf
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.source import SourceFile, read_source
from astral_runtime.types.client import Oracle, OracleSettings

WARM_UP_MS = 60_000
"""A command may wait this long for mypy's first look at the project; an editor never does."""


PROPOSERS: tuple[Source, ...] = ("search", "values", "denoiser")
GGUF = "gguf:"


@dataclass(frozen=True, slots=True)
class Proposers:
    """Who proposes, and the file of the language model that does; None for none."""

    names: tuple[Source, ...]
    model: Path | None = None

    @property
    def lm(self) -> Gguf | None:
        """A new source of that model."""
        return None if self.model is None else Gguf(self.model)


def proposers_option(context: click.Context, parameter: click.Parameter, value: str) -> Proposers:
    """`search,denoiser,gguf:PATH` as the names of proposers; an unknown one is bad input, and so is a file that cannot be read."""
    given = [name.strip() for name in value.split(",")]
    files = [name.removeprefix(GGUF) for name in given if name.startswith(GGUF)]
    unknown = [name for name in given if name not in PROPOSERS and not name.startswith(GGUF)]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(PROPOSERS)}, {GGUF}PATH")
    if len(files) > 1:
        raise click.BadParameter(f"one language model at a time, not {files[0]} and {files[1]}")
    if files and not Path(files[0]).is_file():
        raise click.BadParameter(f"{files[0]}: there is no such file")
    names = tuple(name for name in PROPOSERS if name in given)
    return Proposers((*names, "lm"), Path(files[0]).absolute()) if files else Proposers(names)


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
def pipeline_for(document: DocumentSnapshot, trusted: bool, lm: Gguf | None = None) -> Iterator[Pipeline]:
    """A pipeline with the bundled model and a named one, whose oracle and sandbox belong to the document's project, closed at the end."""
    oracle, runner = Oracle(OracleSettings(root=document.root, trusted=trusted)), Runner(SandboxSettings(document.root, trusted=trusted))
    try:
        yield Pipeline(oracle, Bundled(), runner, lm=lm)
    finally:
        oracle.close()
        runner.close()
        if lm is not None:
            lm.close()
