"""A hole as the denoiser sees it: [expected type | revealed left | slots | revealed right], laid out as in training (MODEL.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from astral_runtime.backends.protocol import Bools, Conditioning, Floats, Ints, Segments, Serving
from astral_runtime.context.state import Surroundings
from astral_runtime.context.tokens import Tokens
from astral_runtime.context.vocabulary import PAD, TYPE


@dataclass(frozen=True, slots=True)
class Place:
    """One hole, ready to be put around any number of trajectories. Columns are (5, l): ids, node, depth, sibling, scope.

    `position` (4,) is the AST position that all slots share: their own is not known before they are filled.
    """

    kind: int
    before: Ints
    behind: Ints
    position: Ints
    surroundings: Surroundings

    @property
    def depth(self) -> int:
        """Depth of the hole's node in the tree."""
        return int(self.position[1])

    def segments(self, ids: Ints, valid: Bools, share: Floats) -> Segments:
        """Slots of trajectories (b, l), padded on the right, between what is revealed; `share` (b,) of them is masked."""
        rows, most = len(ids), ids.shape[1] + self.before.shape[1] + self.behind.shape[1]
        columns = np.zeros((5, rows, most), np.int64)
        columns[0] = PAD
        kind, from_start, to_end, take = (np.zeros((rows, most), np.int64) for _ in range(4))
        real = np.zeros((rows, most), np.bool_)
        at = self.before.shape[1]
        for row, size in enumerate(valid.sum(1).tolist()):
            slots, end = slice(at, at + size), at + size + self.behind.shape[1]
            columns[:, row, :at] = self.before
            columns[0, row, slots], columns[1:, row, slots] = ids[row, :size], self.position[:, None]
            columns[:, row, at + size : end] = self.behind
            kind[row, slots], real[row, :end] = self.kind, True
            from_start[row, slots], to_end[row, slots] = np.arange(size), np.arange(size)[::-1]
            take[row, :size] = np.arange(at, at + size)
        return Segments(columns[0], real, kind, from_start, to_end, columns[1:], share, take[:, : ids.shape[1]])

    def conditioning(self, rows: int) -> Conditioning:
        """The hole's surroundings for every one of `rows` trajectories."""
        around = self.surroundings
        left, right = (np.repeat(state[None], rows, 0) for state in (around.left, around.right))
        return Conditioning(left, right, around.keys, np.ones((rows, len(around.keys)), np.bool_))


def place(tokens: Tokens, surroundings: Surroundings, kind: str, expected: Sequence[int], serving: Serving) -> Place:
    """The hole at the tokens [first, last) of `surroundings`. `expected`: tokens of its type, empty when unknown."""
    columns, first, last = tokens.columns(), surroundings.first, surroundings.last
    wanted = np.array([TYPE, *expected[: serving.type_slots - 1]] if expected else [], np.int64)
    prefix = np.concatenate([wanted[None], np.zeros((4, len(wanted)), np.int64)])
    left = columns[:, max(0, first - serving.neighbours) : first]
    right = columns[:, last : last + serving.neighbours]
    before = np.concatenate([prefix, left], 1)
    return Place(serving.kinds[kind], before, right, hole_position(columns[1:, first:last], columns[1:, first], kind), surroundings)


def hole_position(inside: Ints, next_to: Ints, kind: str) -> Ints:
    """Unknown node type, depth of the hole's own node, scope nesting. inside: (4, n) AST positions of what stands there, next_to: (4,)."""
    ast = inside if inside.shape[1] else next_to[:, None]
    depth = int(ast[1].min()) - (1 if kind == "expression" and inside.shape[1] > 1 else 0)
    return np.array([0, max(0, depth), 0, int(ast[3].min())], np.int64)
