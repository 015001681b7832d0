"""The batches of a run in their order, drawn by this process as they are wanted, or ahead of time by workers.

A batch is a function of the cursor that its step has, so that it is the same whoever draws it and a resumed run goes on alike.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from astral_models.train.batches import Layout, Windows
from astral_models.train.losses import Batch, stack
from astral_models.train.parallel import Team
from astral_models.train.recipes import Recipe
from astral_models.train.state import Cursor

AHEAD = 4
"""Batches that each worker draws in advance."""
CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One process's share of a step: the numbers of its windows and the windows themselves, freshly corrupted."""

    layout: Layout
    numbers: range
    batch: Batch


@dataclass(frozen=True, slots=True)
class Draw:
    """The steps of a run from a cursor on."""

    windows: Windows
    recipe: Recipe
    cursor: Cursor
    team: Team

    def step(self, after: int) -> Drawn:
        """What this process takes `after` steps behind the cursor."""
        seen = self.cursor.advance(after * self.recipe.windows, after * self.recipe.windows * self.recipe.length, 0.0)
        layout = self.recipe.layout(self.cursor.step + after, seen.tokens)
        numbers = self.team.share(range(seen.windows, seen.windows + self.recipe.windows))
        corruption = self.recipe.phase(seen.tokens).corruption
        return Drawn(layout, numbers, stack([self.windows.window(number, layout, corruption) for number in numbers], CPU))


@dataclass(frozen=True, slots=True)
class _Part:
    """Where a tensor lies in the buffer of a batch, in bytes, and what it is there."""

    start: int
    stop: int
    kind: torch.dtype
    shape: torch.Size


NARROW = {torch.int64: torch.int32}
"""How numbers travel; every index of a batch is far smaller than that."""


def packed(batch: Batch) -> tuple[Batch, bytes]:
    """One buffer with every tensor of a batch, and the batch with the parts of the buffer in their place."""
    buffer = bytearray()

    def append(tensor: Tensor) -> _Part:
        start, kind = len(buffer), NARROW.get(tensor.dtype, tensor.dtype)
        buffer.extend(tensor.to(kind).numpy().tobytes())
        stop = len(buffer)
        buffer.extend(bytes(-stop % 8))
        return _Part(start, stop, kind, tensor.shape)

    return batch.mapped(append), bytes(buffer)


def unpacked(parts: Batch, buffer: Tensor) -> Batch:
    """The batch of a buffer, where the buffer lies: one copy to a device, not thirty. buffer: (bytes,) uint8."""

    def part(each: _Part) -> Tensor:
        tensor = buffer[each.start : each.stop].view(each.kind).view(each.shape)
        return tensor.long() if each.kind == torch.int32 else tensor

    return parts.mapped(part)


class _Packed(Dataset[tuple[Drawn, bytes]]):
    """Batches as bytes, which travel through a pipe: tensors would ask for as much shared memory as many batches need."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw

    def __getitem__(self, after: int) -> tuple[Drawn, bytes]:
        drawn = self.draw.step(after)
        parts, buffer = packed(drawn.batch)
        return replace(drawn, batch=parts), buffer


def _as_it_is(item: Any) -> Any:
    """Instead of the loader's own conversion to tensors."""
    return item


def batches(draw: Draw, workers: int, device: torch.device) -> Iterator[Drawn]:
    """Every step from the cursor on, without end, on a device."""
    if workers == 0:
        for after in itertools.count():
            drawn = draw.step(after)
            yield replace(drawn, batch=drawn.batch.to(device))
    steps = itertools.count()
    loader = DataLoader(_Packed(draw), batch_size=None, sampler=steps, num_workers=workers, prefetch_factor=AHEAD, collate_fn=_as_it_is)
    for drawn, data in loader:
        buffer = torch.frombuffer(bytearray(data), dtype=torch.uint8)
        # From pinned memory the copy does not wait for the steps that the device still has to do.
        buffer = buffer.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else buffer
        yield replace(drawn, batch=unpacked(drawn.batch, buffer))
