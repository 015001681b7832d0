"""The batches of a run in their order, drawn by this process as they are wanted, or ahead of time by workers.

A batch is a function of the cursor that its step has, so that it is the same whoever draws it and a resumed run goes on alike.
"""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Iterator
from dataclasses import dataclass

import torch
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


class _Pickled(Dataset[bytes]):
    """Batches as bytes, which travel through a pipe: tensors would ask for as much shared memory as many batches need."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw

    def __getitem__(self, after: int) -> bytes:
        return pickle.dumps(self.draw.step(after), pickle.HIGHEST_PROTOCOL)


def batches(draw: Draw, workers: int) -> Iterator[Drawn]:
    """Every step from the cursor on, without end."""
    if workers == 0:
        yield from map(draw.step, itertools.count())
    # Tensors of a worker are its own: torch's threads do not survive a fork.
    loader = DataLoader(_Pickled(draw), batch_size=None, sampler=itertools.count(), num_workers=workers, prefetch_factor=AHEAD)
    yield from map(pickle.loads, loader)
