"""L_AST (§3.3): what the model would write is decoded and parsed; holes whose text brings syntax errors weigh more in the step's loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from astral_models.train.losses import Batch
from astral_native import Snapshot
from astral_runtime.context.layout import detokenise
from astral_runtime.context.vocabulary import DELETE, EXPAND, MASK, PAD

MOST_ERRORS = 4
LAMBDA_AST = 0.5
DROPPED = (PAD, EXPAND, DELETE)


def syntax_weights(batch: Batch, said: Tensor, names: Sequence[str], numbers: Sequence[int], parsed: int) -> Tensor:
    """Factor of every target slot: 1 + λ_ast · errors / 4 for the slots of a sampled hole, 1 elsewhere.

    said: (targets,) argmax ids; numbers: the windows' numbers, which alone decide what is sampled; parsed: how many holes of each
    window, the others keep weight 1.
    """
    slots = batch.segments.ids.cpu().numpy().copy()
    at = batch.target_at.cpu().numpy()
    slots.reshape(-1)[at] = said.cpu().numpy()
    owner = at // slots.shape[1]
    factors = np.ones(len(at), np.float32)
    for row in sampled(numbers, len(slots) // len(numbers), parsed):
        factors[owner == row] = 1 + LAMBDA_AST * min(new_errors(batch, row, slots[row], names), MOST_ERRORS) / MOST_ERRORS
    return torch.from_numpy(factors).to(batch.weight.device)


def sampled(numbers: Sequence[int], segments: int, parsed: int) -> list[int]:
    """Rows of the segments that are parsed, `parsed` of each window's `segments`."""
    chosen = (np.random.default_rng((13, number)).permutation(segments)[:parsed] for number in numbers)
    return [int(i * segments + row) for i, rows in enumerate(chosen) for row in rows]


def new_errors(batch: Batch, row: int, slots: NDArray[np.int64], names: Sequence[str]) -> int:
    """Syntax errors of the window with the hole filled, beyond those that the clean window has (it may begin and end anywhere).

    A hole with a slot that the loss does not ask for is not judged: 0.
    """
    segments = batch.segments
    window = batch.ids[segments.window[row]].cpu().numpy()
    start, end = int(segments.start[row]), int(segments.end[row])
    fill = slots[segments.kind[row].cpu().numpy() > 0]
    if (fill == MASK).any():
        return 0
    filled = np.concatenate([window[:start], fill[~np.isin(fill, DROPPED)], window[end:]])
    return max(0, errors(filled, names) - errors(window, names))


def errors(ids: NDArray[np.int64], names: Sequence[str]) -> int:
    """Number of places that tree-sitter could not parse."""
    return len(Snapshot(detokenise(ids.tolist(), names)).faults())
