"""Model files as the command line shows them: where each lies, what it says of itself, and whether it is the one that was recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from astral_runtime.backends.artefacts import MANIFEST, load_artefacts
from astral_runtime.backends.fault import ModelLoadError
from astral_runtime.backends.locate import bundled_weights
from astral_runtime.proposers.gguf_header import Header, read_header
from astral_runtime.proposers.known import KnownModel, known_models
from astral_runtime.proposers.recorded import altered, hashed, record, recorded, seen, seen_folder

State = Literal["bundled", "not built", "pulled", "named", "damaged", "can be pulled", "by hand"]
PART_OF_FOLDER = ".safetensors"
"""Hashed with its folder, which alone is a model."""

Status = Literal["ok", "recorded", "altered", "damaged"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of `models list`. None is "unknown"; `why` says what is wrong, empty where nothing is."""

    name: str
    kind: Literal["denoiser", "lm"]
    state: State
    parameters: int | None
    licence: str
    source: str
    bytes: int | None
    sha256: str | None
    path: str | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What `models verify` says of a file. `expected` was published with the model or recorded when the file was first named."""

    path: str
    status: Status
    sha256: str | None
    expected: str | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Described:
    """What `doctor` says of a file: its header's facts and its hash; where `why` is not empty, it cannot be used."""

    path: str
    header: Header | None
    sha256: str | None
    why: str = ""


def listed() -> tuple[Listed, ...]:
    """The bundled denoiser, files that were seen before, and the other known models."""
    pulled = {each.path: each for each in known_models() if each.path and each.path.exists()}
    others = sorted(path for path in recorded() if path not in pulled and path.suffix != PART_OF_FOLDER and path.exists())
    rest = [each for each in known_models() if each.path not in pulled]
    return (_bundled(), *(_pulled(each) for each in pulled.values()), *map(_named, others), *map(_known, rest))


def check(path: Path, published: str | None, accept: bool = False) -> Checked:
    """Hash a file and compare; one that is seen for the first time is recorded, and so is every other where that is accepted."""
    before = recorded().get(path.absolute())
    expected = published or (before.sha256 if before and not accept else None)
    try:
        read_header(path)
        now = hashed(path)
    except ModelLoadError as wrong:
        return Checked(str(path), "damaged", None, expected, wrong.why)
    if expected is not None and now.sha256 != expected:
        why = "it is not the file that was published" if published else altered(expected, now.sha256, path)
        return Checked(str(path), "altered", now.sha256, expected, why)
    record(path, now)
    return Checked(str(path), "recorded" if expected is None else "ok", now.sha256, expected)


def describe(path: Path) -> Described:
    """Look at a file, or at a folder for transformers, without loading it; hashes are computed once and kept while size and time stay."""
    header = None
    try:
        if path.is_dir():
            return Described(str(path), None, seen_folder(path))
        header = read_header(path)
        return Described(str(path), header, seen(path).sha256)
    except ModelLoadError as wrong:
        return Described(str(path), header, None, wrong.why)


def _bundled() -> Listed:
    folder = bundled_weights()
    unbuilt = Listed("nano", "denoiser", "not built", None, "Apache-2.0", "bundled", None, None, None)
    if folder is None or not (folder / MANIFEST).exists():
        why = "the package astral_models is not installed" if folder is None else f"there is no {MANIFEST} in {folder}"
        return replace(unbuilt, why=f"search fills holes alone: {why}")
    try:
        loaded = load_artefacts(folder)
    except ModelLoadError as wrong:
        return replace(unbuilt, state="damaged", path=str(folder), why=wrong.why)
    licence, size = str(loaded.manifest.get("licence", "Apache-2.0")), sum(map(len, loaded.files.values()))
    return replace(unbuilt, state="bundled", licence=licence, bytes=size, sha256=loaded.digest, path=str(folder))


def _pulled(model: KnownModel) -> Listed:
    state, why = _looked_at(Path(str(model.path)), "pulled")
    return Listed(
        model.name, "lm", state, model.parameters, model.licence, model.source, model.bytes, model.sha256, str(model.path), why
    )  # fmt: skip


def _named(path: Path) -> Listed:
    """A file that was named before: what it says of itself."""
    found = recorded()[path]
    state, why = _looked_at(path, "named")
    header = read_header(path) if not why else None
    licence = (header.licence if header else None) or "unknown"
    return Listed(
        path.name, "lm", state, header.parameters if header else None, licence, "a file of yours", found.bytes, found.sha256, str(path), why
    )  # fmt: skip


def _known(model: KnownModel) -> Listed:
    state: State = "can be pulled" if model.path else "by hand"
    return Listed(model.name, "lm", state, model.parameters, model.licence, model.source, model.bytes, model.sha256, None)


def _looked_at(path: Path, good: State) -> tuple[State, str]:
    try:
        read_header(path)
    except ModelLoadError as wrong:
        return "damaged", wrong.why
    return good, ""
