"""The shipped form of a run: float16 averages in one safetensors file that says in its own header where it came from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from astral_models.train.state import Cursor

WEIGHTS_FILE = "model.safetensors"


def packed(weights: Mapping[str, Tensor], cursor: Cursor) -> bytes:
    """The file's contents: the weights as float16, the cursor in the header."""
    half = {name: weight.detach().to(torch.float16).contiguous() for name, weight in weights.items()}
    return bytes(save(half, {"cursor": json.dumps(asdict(cursor)), "format": "pt"}))


def read_exported(folder: Path) -> tuple[dict[str, Tensor], Cursor]:
    """The weights as float32 and the cursor they were saved at. OSError when the file is missing or no safetensors file."""
    with safe_open(folder / WEIGHTS_FILE, "pt") as file:
        weights = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118  # safe_open is no mapping
        cursor = Cursor(**json.loads((file.metadata() or {}).get("cursor", "{}")))
    return weights, cursor
