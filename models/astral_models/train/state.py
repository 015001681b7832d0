"""The state of a run on disk: weights, averages, optimisers and the data cursor in one file that is replaced atomically.

The file holds whole tensors, however many processes a run is spread over, so that it can go on with another number of them.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor

from astral_models.train.optimiser import Ema


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a run is. `windows` is the data cursor; `tokens` the clean window tokens seen; `minutes` the time spent."""

    step: int = 0
    windows: int = 0
    tokens: int = 0
    minutes: float = 0.0
    corpus: str = ""

    def advance(self, windows: int, tokens: int, minutes: float) -> Cursor:
        """The cursor one step later."""
        seen = {"windows": self.windows + windows, "tokens": self.tokens + tokens, "minutes": self.minutes + minutes}
        return replace(self, step=self.step + 1, **seen)  # type: ignore[arg-type]  # numbers of the fields' own types


def capture(model: nn.Module, ema: Ema, optimisers: list[torch.optim.Optimizer], cursor: Cursor) -> dict[str, Any]:
    """The whole state as plain tensors. Every process of a team must call it: sharded tensors are gathered."""
    states = [whole(optimiser.state_dict()) for optimiser in optimisers]
    return {"model": whole(model.state_dict()), "ema": whole(ema.weights), "cursor": asdict(cursor), "optimisers": states}


def write_state(path: Path, state: dict[str, Any]) -> None:
    """Writes a captured state; whoever reads the path sees the old state or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as output:
        torch.save(state, output)
        output.flush()
        os.fsync(output.fileno())
    os.replace(partial, path)


@torch.no_grad()
def load_state(path: Path, model: nn.Module, ema: Ema, optimisers: list[torch.optim.Optimizer]) -> Cursor:
    """Restores what write_state wrote, sharded as the model is now, and returns the cursor."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    for name, weight in model.named_parameters():
        weight.copy_(placed(state["model"][name], weight))
        ema.weights[name].copy_(placed(state["ema"][name], weight))
    for optimiser, saved in zip(optimisers, state["optimisers"], strict=True):
        weights = [weight for group in optimiser.param_groups for weight in group["params"]]
        for index, values in saved["state"].items():
            saved["state"][index] = {name: placed(value, weights[index]) for name, value in values.items()}
        optimiser.load_state_dict(saved)
    return Cursor(**state["cursor"])


def whole(value: Any) -> Any:
    """A tensor, or a structure of them, gathered from all processes; what is no sharded tensor stays."""
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    return value.full_tensor() if isinstance(value, DTensor) else value


def placed(value: Any, like: Tensor) -> Any:
    """A plain tensor sharded like a weight of its shape; anything else stays."""
    if isinstance(like, DTensor) and isinstance(value, Tensor) and value.shape == like.shape:
        return distribute_tensor(value, like.device_mesh, like.placements)
    return value
