"""A net and its vocabulary → a folder that the runtime loads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from astral_models.nano.config import Config
from astral_models.nano.net import Astral
from astral_models.onnx.manifest import Provenance, Serving, manifest
from astral_models.onnx.probe import Ints, denoiser_probe, encoder_probe
from astral_models.onnx.shrink import Choice, choose, half_stored, stripped
from astral_models.onnx.trace import denoiser_graph, encoder_graph, head_graph

INT8_LIMIT = 0.01
"""Nats a token that int8 may cost for being half the size and twice as fast: what a few minutes of training bring."""


def export(
    model: Astral,
    tokenizer: bytes,
    provenance: Provenance,
    folder: Path,
    columns: Ints,
    serving: Serving | None = None,
    int8_limit: float = INT8_LIMIT,
) -> dict[str, Choice]:
    """Writes encoder, denoiser, head, vocabulary and manifest to `folder`. `columns` (5, l): a text to measure on."""
    choices = stored(model, graphs(model), columns, int8_limit)
    write(folder, choices, tokenizer, model.config, provenance, serving or Serving())
    return choices


def graphs(model: Astral) -> dict[str, bytes]:
    """The exact graphs of a net by file name, without traces of the machine that made them."""
    model = model.eval().float()
    traced = {"encoder.onnx": encoder_graph(model), "denoiser.onnx": denoiser_graph(model), "head.onnx": head_graph(model)}
    return {name: stripped(graph) for name, graph in traced.items()}


def stored(model: Astral, exact: Mapping[str, bytes], columns: Ints, int8_limit: float) -> dict[str, Choice]:
    """How each graph is best stored."""
    return {
        "encoder.onnx": choose(exact["encoder.onnx"], encoder_probe(model, columns), int8_limit),
        "denoiser.onnx": choose(exact["denoiser.onnx"], denoiser_probe(model, columns), int8_limit),
        "head.onnx": Choice(half_stored(exact["head.onnx"]), "float16", {}),  # it is the embedding table too: never int8
    }


def write(folder: Path, choices: Mapping[str, Choice], tokenizer: bytes, config: Config, provenance: Provenance, serving: Serving) -> None:
    """Replaces file by file, the manifest last: whoever reads in between finds hashes that do not fit, and loads nothing."""
    files = {name: choice.data for name, choice in choices.items()} | {"tokenizer.json": tokenizer}
    storage = {name: {"precision": choice.precision, "nats_per_token": choice.nats} for name, choice in choices.items()}
    files["manifest.json"] = manifest(config, serving, provenance, storage, files)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        partial = folder / f"{name}.partial"
        partial.write_bytes(data)
        os.replace(partial, folder / name)
