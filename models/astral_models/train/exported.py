"""The shipped form of a run: float16 averages in one safetensors file that says in its own header where it came from."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from astral_models.train.state import Cursor

WEIGHTS_FILE = "model.safetensors"


def save_exported(folder: Path, weights: dict[str, Tensor], cursor: Cursor) -> Path:
    """Writes the weights as float16, atomically, with the cursor in the header."""
    folder.mkdir(parents=True, exist_ok=True)
    path, partial = folder / WEIGHTS_FILE, folder / f"{WEIGHTS_FILE}.partial"
    half = {name: weight.detach().to(torch.float16).contiguous() for name, weight in weights.items()}
    save_file(half, partial, {"cursor": json.dumps(asdict(cursor)), "format": "pt"})
    partial.chmod(0o644)
    os.replace(partial, path)
    return path


def read_exported(folder: Path) -> tuple[dict[str, Tensor], Cursor]:
    """The weights as float32 and the cursor they were saved at. OSError when the file is missing or no safetensors file."""
    with safe_open(folder / WEIGHTS_FILE, "pt") as file:
        weights = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118  # safe_open is no mapping
        cursor = Cursor(**json.loads((file.metadata() or {}).get("cursor", "{}")))
    return weights, cursor
