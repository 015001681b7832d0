"""A folder of weights: what training resumes from and what the runtime loads, in one."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import torch

from astral_models.nano.net import Astral
from astral_models.onnx.export import Structures
from astral_models.onnx.manifest import Provenance, Serving, manifest
from astral_models.train.exported import WEIGHTS_FILE, packed
from astral_models.train.state import Cursor


@dataclass(frozen=True, slots=True)
class Shipment:
    """Everything that a folder holds. `model` has the weights as they are stored (see `halved`), `graphs` were traced from it."""

    model: Astral
    graphs: Structures
    tokenizer: bytes
    cursor: Cursor
    provenance: Provenance
    serving: Serving = field(default_factory=Serving)


def halved(model: Astral) -> Astral:
    """The net, its weights rounded to what float16 can say: graphs and file then agree to the last bit."""
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(weight.half())
    return model


def write(folder: Path, shipment: Shipment) -> None:
    """Replaces file by file, the manifest last: whoever reads in between finds hashes that do not fit, and loads nothing."""
    files = {name: structure.graph for name, structure in shipment.graphs.items()}
    files |= {WEIGHTS_FILE: packed(dict(shipment.model.named_parameters()), shipment.cursor), "tokenizer.json": shipment.tokenizer}
    needed = {name: structure.weights for name, structure in shipment.graphs.items()}
    files["model.json"] = manifest(shipment.model.config, shipment.serving, shipment.provenance, needed, files)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        partial = folder / f"{name}.partial"
        partial.write_bytes(data)
        os.replace(partial, folder / name)
