"""What every command on a file needs: the file as a document, and an oracle that lives as long as the command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from astral_native import Snapshot
from astral_runtime.bundled import Bundled, NoModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import Source
from astral_runtime.holes import Hole
from astral_runtime.pipeline import Pipeline
from astral_runtime.proposers.exchange import address_of
from astral_runtime.proposers.local import LocalModel
from astral_runtime.proposers.served import Served, served
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.source import SourceFile, read_source
from astral_runtime.types.client import Oracle, OracleSettings

WARM_UP_MS = 60_000
"""A command may wait this long for mypy's first look at the project; an editor never does."""


PROPOSERS: tuple[Source, ...] = ("search", "values", "denoiser")
GGUF, FOLDER, SERVER = "gguf:", "transformers:", "endpoint:"


@dataclass(frozen=True, slots=True)
class Proposers:
    """Who proposes, and the language model that does: the path of its file or folder, or the address of its server; None for none."""

    names: tuple[Source, ...]
    model: Path | None = None
    server: str | None = None

    @property
    def lm(self) -> LocalModel | Served | None:
        """A new source of that model."""
        return served(self.server, remote=False) if self.model is None else LocalModel(self.model)


def proposers_option(context: click.Context, parameter: click.Parameter, value: str) -> Proposers:
    """`search,denoiser,gguf:PATH` as the names of proposers; what is none of them is bad input, and so is a file that there is not."""
    given = [name.strip() for name in value.split(",")]
    models = [name for name in given if name.startswith((GGUF, FOLDER, SERVER))]
    unknown = [name for name in given if name not in PROPOSERS and name not in models]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(PROPOSERS)}, {GGUF}PATH, {FOLDER}PATH, {SERVER}URL")
    if len(models) > 1:
        raise click.BadParameter(f"one language model at a time, not {models[0]} and {models[1]}")
    names = tuple(name for name in PROPOSERS if name in given)
    return _with_model(names, models[0]) if models else Proposers(names)


def _with_model(names: tuple[Source, ...], model: str) -> Proposers:
    if model.startswith(GGUF):
        path = Path(model.removeprefix(GGUF))
        if not path.is_file():
            raise click.BadParameter(f"{path}: there is no such file")
        return Proposers((*names, "lm"), model=path.absolute())
    if model.startswith(FOLDER):
        path = Path(model.removeprefix(FOLDER))
        if not path.is_dir():
            raise click.BadParameter(f"{path}: there is no such folder")
        return Proposers((*names, "lm"), model=path.absolute())
    address = address_of(model.removeprefix(SERVER), remote=False)
    if isinstance(address, NoModel):
        raise click.BadParameter(address.why)
    return Proposers((*names, "lm"), server=str(address))


choose_proposers = click.option(
    "--proposers",
    callback=proposers_option,
    default=",".join(PROPOSERS),
    show_default=True,
    help="Who proposes, by commas; gguf:PATH, transformers:PATH or endpoint:URL for a language model.",
)


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
def pipeline_for(document: DocumentSnapshot, trusted: bool, lm: LocalModel | Served | None = None) -> Iterator[Pipeline]:
    """A pipeline with the bundled model and a named one, whose oracle and sandbox belong to the document's project, closed at the end."""
    oracle, runner = Oracle(OracleSettings(root=document.root, trusted=trusted)), Runner(SandboxSettings(document.root, trusted=trusted))
    try:
        yield Pipeline(oracle, Bundled(), runner, lm=lm)
    finally:
        oracle.close()
        runner.close()
        if lm is not None:
            lm.close()
