"""Weights that are missing, altered, cut short or that point elsewhere are refused by name and reason, and nothing of them is loaded."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from astral_runtime.backends.artefacts import GRAPHS, NEEDED, load_artefacts, verify_artefacts
from astral_runtime.backends.fault import ModelLoadError
from astral_runtime.backends.locate import bundled_weights
from astral_runtime.backends.onnx import Model, load_model
from astral_runtime.backends.providers import Device
from astral_runtime.backends.wire import refers_to_other_files

TINY = Path(__file__).parent / "tiny"
CPU = Device("cpu", threads=1)


def field(number: int, payload: bytes | int) -> bytes:
    """One field of a protobuf message."""
    if isinstance(payload, int):
        return varint(number << 3) + varint(payload)
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def varint(value: int) -> bytes:
    """A protobuf number."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


ELSEWHERE = field(13, field(1, b"location") + field(2, b"../../secret.bin")) + field(14, 1)
"""A tensor whose data lies in another file."""


def rewritten(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Changes the manifest."""
    path = folder / "model.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def replaced(folder: Path, name: str, data: bytes) -> None:
    """Puts other contents into a file and makes the manifest agree: only the contents themselves can give it away."""
    (folder / name).write_bytes(data)
    rewritten(folder, lambda m: m["files"].update({name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}}))  # type: ignore[attr-defined]  # JSON


def altered(folder: Path, name: str) -> None:
    """Flips one bit."""
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)


def linked(folder: Path, name: str) -> None:
    """A symbolic link to the right contents."""
    (folder / name).rename(folder.parent / f"real-{name}")
    (folder / name).symlink_to(folder.parent / f"real-{name}")


def renamed(folder: Path, old: str, new: str) -> None:
    """Lists the same contents under another name."""
    rewritten(folder, lambda m: m["files"].update({new: m["files"].pop(old)}))  # type: ignore[attr-defined,index]  # JSON


def grown(folder: Path, name: str, extra: bytes) -> None:
    """Appends a field, manifest and all."""
    replaced(folder, name, (folder / name).read_bytes() + extra)


def sized(folder: Path, name: str, value: object) -> None:
    """Another size in the manifest."""
    rewritten(folder, lambda m: m["config"].update({name: value}))  # type: ignore[attr-defined]  # JSON


def header(folder: Path, change: Callable[[dict[str, dict[str, object]]], object]) -> None:
    """Another header of the weights, manifest and all."""
    data = (folder / "model.safetensors").read_bytes()
    size = int.from_bytes(data[:8], "little")
    found = json.loads(data[8 : 8 + size])
    change(found)
    text = json.dumps(found).encode()
    replaced(folder, "model.safetensors", len(text).to_bytes(8, "little") + text + data[8 + size :])


def needs(folder: Path, names: object) -> None:
    """Another list of what the head needs."""
    rewritten(folder, lambda m: m["graphs"].update({"head.onnx": names}))  # type: ignore[attr-defined]  # JSON


def exchanged(folder: Path, name: str, other: str) -> None:
    """One graph in the place of another, with the weights that it needs."""
    replaced(folder, name, (folder / other).read_bytes())
    rewritten(folder, lambda m: m["graphs"].update({name: m["graphs"][other]}))  # type: ignore[attr-defined,index]  # JSON


def fifo(folder: Path, name: str) -> None:
    """A pipe that nobody writes to."""
    (folder / name).unlink()
    os.mkfifo(folder / name)


HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (shutil.rmtree, "cannot be opened"),
    "no manifest": (lambda f: (f / "model.json").unlink(), "cannot be opened"),
    "a file is missing": (lambda f: (f / "head.onnx").unlink(), "cannot be opened"),
    "a file is cut short": (lambda f: os.truncate(f / "encoder.onnx", 5000), "bytes, the manifest says"),
    "a file is longer": (lambda f: (f / "head.onnx").write_bytes((f / "head.onnx").read_bytes() + b"x"), "bytes, the manifest says"),
    "a file is empty": (lambda f: os.truncate(f / "denoiser.onnx", 0), "bytes, the manifest says"),
    "one bit is flipped": (lambda f: altered(f, "denoiser.onnx"), "altered"),
    "the vocabulary is altered": (lambda f: altered(f, "tokenizer.json"), "altered"),
    "a file is a symbolic link": (lambda f: linked(f, "encoder.onnx"), "symbolic link"),
    "the manifest is a symbolic link": (lambda f: linked(f, "model.json"), "symbolic link"),
    "a file is a folder": (lambda f: [(f / "head.onnx").unlink(), (f / "head.onnx").mkdir()], "no regular file"),
    "a file is a pipe": (lambda f: fifo(f, "head.onnx"), "no regular file"),
    "a path leads out": (lambda f: renamed(f, "head.onnx", "../head.onnx"), "not the name of a file"),
    "a path is absolute": (lambda f: renamed(f, "head.onnx", "/etc/head.onnx"), "not the name of a file"),
    "a path has a backslash": (lambda f: renamed(f, "head.onnx", "..\\head.onnx"), "not the name of a file"),
    "a name is a drive": (lambda f: renamed(f, "head.onnx", "c:head.onnx"), "not the name of a file"),
    "a needed file is not listed": (lambda f: rewritten(f, lambda m: m["files"].pop("head.onnx")), "does not list"),  # type: ignore[attr-defined]  # JSON
    "the manifest is no JSON": (lambda f: (f / "model.json").write_text("{"), "no JSON"),
    "the manifest nests without end": (lambda f: (f / "model.json").write_text("[" * 100_000), "no JSON"),
    "the manifest is a list": (lambda f: (f / "model.json").write_text("[]"), "no manifest"),
    "the manifest is of another format": (lambda f: rewritten(f, lambda m: m.update(format=1)), "no manifest of format"),
    "files is a list": (lambda f: rewritten(f, lambda m: m.update(files=["head.onnx"])), "lists no files"),
    "a tensor lies elsewhere": (lambda f: grown(f, "encoder.onnx", field(7, field(5, ELSEWHERE))), "other files"),
    "a constant lies elsewhere": (
        lambda f: grown(f, "denoiser.onnx", field(7, field(1, field(5, field(5, ELSEWHERE))))), "other files",
    ),
    "a subgraph's tensor lies elsewhere": (
        lambda f: grown(f, "head.onnx", field(7, field(1, field(5, field(6, field(5, ELSEWHERE)))))), "other files",
    ),
    "a graph is noise": (lambda f: replaced(f, "encoder.onnx", b"\x07" * 400), "no ONNX model"),
    "a graph is cut, hash and all": (lambda f: replaced(f, "encoder.onnx", (TINY / "encoder.onnx").read_bytes()[:9000]), "ONNX"),
    "graphs are exchanged": (lambda f: exchanged(f, "encoder.onnx", "head.onnx"), "not those of this version"),
    "another vocabulary": (lambda f: replaced(f, "tokenizer.json", b"{}"), "no tokenizer"),
    "a size is a word": (lambda f: sized(f, "d_model", "wide"), "sizes are unusable"),
    "a size is missing": (lambda f: rewritten(f, lambda m: m["config"].pop("chunk")), "sizes are unusable"),  # type: ignore[attr-defined]  # JSON
    "a size is another": (lambda f: sized(f, "d_model", 64), "embeddings, the manifest says"),
    "a vocabulary size is another": (lambda f: sized(f, "vocab", 4096), "tokens, the manifest says"),
    "the weights are missing": (lambda f: (f / "model.safetensors").unlink(), "cannot be opened"),
    "the weights are cut short": (lambda f: os.truncate(f / "model.safetensors", 5000), "bytes, the manifest says"),
    "a weight is altered": (lambda f: altered(f, "model.safetensors"), "altered"),
    "the weights are noise": (lambda f: replaced(f, "model.safetensors", b"\xff" * 400), "header is cut short"),
    "the weights are a pickle": (lambda f: replaced(f, "model.safetensors", (9).to_bytes(8, "little") + b"cos\nsystem" * 9), "header is no JSON"),
    "the weights are cut, hash and all": (
        lambda f: replaced(f, "model.safetensors", (TINY / "model.safetensors").read_bytes()[:9000]), "lies outside the file",
    ),
    "a weight begins before the file": (lambda f: header(f, lambda h: h["tokens.weight"].update(data_offsets=[-4, 65532])), "lies outside"),
    "a weight is of another shape": (lambda f: header(f, lambda h: h["tokens.weight"].update(shape=[1024, 33])), "its shape says otherwise"),
    "a weight is of another type": (lambda f: header(f, lambda h: h["tokens.weight"].update(dtype="OBJ")), "no type, shape or place"),
    "a weight is gone": (lambda f: header(f, lambda h: h.pop("denoiser.boundary.weight")), "it lacks denoiser.boundary.weight"),
    "the embeddings are gone": (lambda f: header(f, lambda h: h.pop("tokens.weight")), "no embeddings"),
    "a graph needs a weight in an unknown form": (lambda f: needs(f, ["tokens.weight|Q"]), "it lacks tokens.weight|Q"),
    "a graph is not told a weight": (lambda f: needs(f, []), "does not load it"),
    "what graphs need is no list": (lambda f: needs(f, {"tokens.weight|T": 1}), "which weights a graph needs"),
    "no serving lengths": (lambda f: rewritten(f, lambda m: m.pop("serving")), "sizes are unusable"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_weights_do_not_load(case: str, tmp_path: Path) -> None:
    """The error names a path inside the folder (or the folder) and says why."""
    spoil, why = HOSTILE[case]
    folder = tmp_path / "weights"
    shutil.copytree(TINY, folder)
    spoil(folder)
    with pytest.raises(ModelLoadError, match=why) as caught:
        load_model(folder, CPU)
    assert folder in (caught.value.path, caught.value.path.parent)


def test_whole_weights_load_from_anywhere(tmp_path: Path) -> None:
    """A copy of the folder, with files that it does not list beside it."""
    shutil.copytree(TINY, tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "CARD.md").write_text("# notes")
    loaded = load_model(tmp_path / "elsewhere", CPU)
    assert loaded.provider.name == "CPUExecutionProvider"
    assert loaded.provider.fallback == "the CPU was asked for"
    assert set(verify_artefacts(tmp_path / "elsewhere")) == set(NEEDED)


def test_a_listed_extra_file_is_verified_too(tmp_path: Path) -> None:
    """`models verify` looks at every listed file; loading needs only its own."""
    folder = tmp_path / "weights"
    shutil.copytree(TINY, folder)
    replaced(folder, "extra.bin", b"abc")
    assert "extra.bin" in verify_artefacts(folder)
    (folder / "extra.bin").write_bytes(b"abd")
    load_artefacts(folder)
    with pytest.raises(ModelLoadError, match="altered"):
        verify_artefacts(folder)


def test_a_fallback_to_the_cpu_says_why() -> None:
    """CUDA is wanted by default; where it is absent the reason is told, where it is there none is."""
    provider = load_model(TINY).provider
    assert (provider.name == "CUDAExecutionProvider") == (provider.fallback == "")


def test_the_bundled_folder_is_found_without_importing_its_package() -> None:
    """It lies in astral_models, wherever that is installed."""
    found = bundled_weights("nano")
    assert found is not None
    assert found.parts[-3:] == ("astral_models", "weights", "nano")


@pytest.mark.parametrize("name", GRAPHS)
def test_the_wire_scan_accepts_what_has_no_other_files(name: str) -> None:
    """Real graphs pass, and survive being cut at any place without an answer of their own invention."""
    data = (TINY / name).read_bytes()
    assert not refers_to_other_files(data)
    for cut in range(1, min(len(data), 4000), 97):
        with contextlib.suppress(ValueError):  # a cut inside a field is noticed; one between fields leaves a shorter model
            assert not refers_to_other_files(data[:cut])
    with pytest.raises(ValueError, match="past the end"):
        refers_to_other_files(data[:-1])


def test_the_head_gives_the_embeddings(model: Model) -> None:
    """Logits are states times the table that the inputs are looked up in, and log-probabilities sum to one."""
    chance = np.random.default_rng(0)
    states = chance.standard_normal((3, model.denoiser.sizes.d_model)).astype(np.float32)
    vocab = model.denoiser.sizes.vocab
    found = model.denoiser.log_probs(np.repeat(states, vocab, 0), np.tile(np.arange(vocab), 3)).reshape(3, vocab)
    assert np.allclose(np.exp(found).sum(1), 1, atol=1e-4)
    assert np.allclose(found - found[:, :1], (states @ (model.denoiser._table - model.denoiser._table[0]).T), atol=1e-3)
