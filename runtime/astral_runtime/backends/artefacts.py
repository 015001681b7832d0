"""A folder of weights, checked before anything of it is used: every file is named, regular, of its stated size and hash, and whole."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from astral_runtime.backends.fault import ModelLoadError
from astral_runtime.backends.protocol import Serving, Sizes
from astral_runtime.backends.tensors import Tensors, tensors
from astral_runtime.backends.weights import complete
from astral_runtime.backends.wire import refers_to_other_files

MANIFEST = "model.json"
WEIGHTS = "model.safetensors"
GRAPHS = ("encoder.onnx", "denoiser.onnx", "denoiser.int8.onnx", "head.onnx")
"""Structure alone: their weights are those of `model.safetensors`."""
NEEDED = (WEIGHTS, *GRAPHS, "tokenizer.json")
FORMAT = 3
LONGEST_MANIFEST = 1 << 20
LARGEST_FILE = 4 << 30


@dataclass(frozen=True, slots=True)
class Artefacts:
    """Checked contents of a folder of weights. `digest` is the manifest's hash: it names these very weights."""

    folder: Path
    sizes: Sizes
    serving: Serving
    files: Mapping[str, bytes]
    tensors: Tensors
    manifest: Mapping[str, Any]
    digest: str

    def graph(self, name: str) -> bytes:
        """A graph with its weights, as ONNX Runtime loads it. ModelLoadError when it wants a weight that is not there."""
        try:
            return complete(self.files[name], self.manifest["graphs"][name], self.tensors)
        except KeyError as missing:
            raise ModelLoadError(self.folder / WEIGHTS, f"it lacks {missing.args[0]}, which {name} needs") from missing


def load_artefacts(folder: Path) -> Artefacts:
    """Reads and checks what the runtime needs of `folder`. ModelLoadError when anything is missing, altered, or points elsewhere."""
    text = _read(folder, MANIFEST, LONGEST_MANIFEST)
    manifest = _parsed(folder / MANIFEST, text)
    listed = _listed(folder, manifest)
    missing = [name for name in NEEDED if name not in listed]
    if missing:
        raise ModelLoadError(folder / MANIFEST, f"it does not list {', '.join(missing)}")
    files = {name: _checked(folder, name, listed[name]) for name in NEEDED}
    for name in GRAPHS:
        _self_contained(folder / name, files[name])
    _says_what_graphs_need(folder, manifest)
    try:
        sizes, serving = Sizes.of(manifest["config"]), _serving(manifest["serving"])
    except (KeyError, TypeError, ValueError) as wrong:
        raise ModelLoadError(folder / MANIFEST, f"its sizes are unusable: {wrong}") from wrong
    return Artefacts(folder, sizes, serving, files, _tensors(folder, files[WEIGHTS]), manifest, hashlib.sha256(text).hexdigest())


def verify_artefacts(folder: Path) -> tuple[str, ...]:
    """Checks every file that the manifest lists, needed or not; their names. ModelLoadError as above."""
    manifest = load_artefacts(folder).manifest
    listed = _listed(folder, manifest)
    for name in listed:
        _checked(folder, name, listed[name])
    return tuple(listed)


def _parsed(path: Path, text: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise ModelLoadError(path, f"it is no JSON: {wrong}") from wrong
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ModelLoadError(path, f"it is no manifest of format {FORMAT}")
    return manifest


def _says_what_graphs_need(folder: Path, manifest: Mapping[str, Any]) -> None:
    graphs = manifest.get("graphs")
    lists = [graphs.get(name) for name in GRAPHS] if isinstance(graphs, dict) else [None]
    if not all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in lists):
        raise ModelLoadError(folder / MANIFEST, "it does not say which weights a graph needs")


def _tensors(folder: Path, data: bytes) -> Tensors:
    try:
        return tensors(data)
    except ValueError as wrong:
        raise ModelLoadError(folder / WEIGHTS, f"it is no safetensors file: {wrong}") from wrong


def _listed(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Entries by file name; a name is one plain path component."""
    listed = manifest.get("files")
    if not isinstance(listed, dict) or not all(isinstance(entry, dict) for entry in listed.values()):
        raise ModelLoadError(folder / MANIFEST, "it lists no files")
    for name in listed:
        if name in ("", ".", "..") or any(mark in name for mark in ("/", "\\", ":", "\0")):
            raise ModelLoadError(folder / MANIFEST, f"{name!r} is not the name of a file of this folder")
    return listed


def _checked(folder: Path, name: str, entry: Mapping[str, Any]) -> bytes:
    data = _read(folder, name, LARGEST_FILE)
    if entry.get("bytes") != len(data):
        raise ModelLoadError(folder / name, f"it has {len(data)} bytes, the manifest says {entry.get('bytes')}")
    if entry.get("sha256") != hashlib.sha256(data).hexdigest():
        raise ModelLoadError(folder / name, "its hash is not the manifest's: it was altered")
    return data


def _read(folder: Path, name: str, limit: int) -> bytes:
    """The bytes of a regular file of the folder itself. They are read once: what is hashed is what is loaded."""
    path = folder / name
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as wrong:
        raise ModelLoadError(path, "it is a symbolic link" if path.is_symlink() else f"it cannot be opened: {wrong.strerror}") from wrong
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
        os.close(descriptor)
        raise ModelLoadError(path, f"it is larger than {limit} bytes" if stat.S_ISREG(status.st_mode) else "it is no regular file")
    with os.fdopen(descriptor, "rb") as source:
        return source.read(limit)


def _self_contained(path: Path, data: bytes) -> None:
    try:
        external = refers_to_other_files(data)
    except ValueError as wrong:
        raise ModelLoadError(path, f"it is no ONNX model: {wrong}") from wrong
    if external:
        raise ModelLoadError(path, "it refers to data in other files")


def _serving(value: Mapping[str, Any]) -> Serving:
    numbers = [value[name] for name in ("neighbours", "type_slots", "window", "longest_hole")]
    kinds = value["kinds"]
    if not all(type(number) is int and number >= 1 for number in numbers) or not isinstance(kinds, dict):
        raise ValueError("serving lengths are no positive integers")
    if not {"expression", "block", "type", "region"} <= set(kinds) or not all(type(kind) is int for kind in kinds.values()):
        raise ValueError("a hole kind has no number")
    neighbours, type_slots, window, longest_hole = numbers
    return Serving(neighbours, type_slots, window, longest_hole, kinds)
