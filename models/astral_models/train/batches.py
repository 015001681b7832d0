"""Batches: clean windows of the corpus and the partly masked segments that they condition, as arrays of fixed shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from astral_models.corpus.definitions import Definitions, index
from astral_models.corpus.shards import Shard
from astral_models.corpus.spans import BOOLEAN, EXPRESSION, REGION
from astral_models.train.corruption import Corrupted, Ints, corrupt, dense_mask, hole_mask
from astral_runtime.context.vocabulary import MASK, PAD, TYPE

CONTEXT = 16
"""Revealed tokens on either side of a hole."""
PREFIX = 8
"""Slots for [TYPE] and the tokens of the expected type."""
MAX_DELETES = 12
DEFINITIONS = 4
"""Definitions of the repository memory of a window."""
DEFINITION_TOKENS = 64
"""How much of a definition is read: its signature and first lines."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a window is turned into segments. `block` > 0 tiles it, else `segments` holes of at most `max_hole` tokens are taken.

    `targets`: masked slots per window that the loss looks at; `positions`: next-token targets per window and direction.
    """

    name: str
    segments: int
    slots: int
    targets: int
    positions: int
    max_hole: int = 0
    block: int = 0

    @property
    def crosses(self) -> bool:
        """Whether the denoiser attends to the context (step A3); tiles learn from boundary states alone (A2)."""
        return self.block == 0


def tile(block: int, length: int = 1024, positions: int = 512) -> Layout:
    """Dense blocks over the whole window: about half of all tokens are targets."""
    return Layout(f"tile{block}", length // block, block, length // 2, positions, block=block)


def holes(segments: int, slots: int, targets: int, positions: int = 512) -> Layout:
    """Single holes with revealed neighbours and cross-attention; the slots that context and type leave free bound their length."""
    return Layout(f"holes{slots}", segments, slots, targets, positions, max_hole=slots - 2 * CONTEXT - PREFIX)


LAYOUTS = {layout.name: layout for layout in (tile(16), tile(32), tile(64), holes(20, 64, 256), holes(6, 168, 320))}


@dataclass(frozen=True, slots=True)
class Window:
    """One window with its segments; every field is an array without batch axis, named as in `nano.net.Segments`."""

    ids: Ints
    ast: Ints  # (4, l)
    picked: Ints  # (2 · positions,) next-token positions: forward ones, then backward ones
    slots: Ints  # (s, k)
    valid: NDArray[np.bool_]
    kind: Ints
    from_start: Ints
    to_end: Ints
    slot_ast: Ints  # (4, s, k)
    t: NDArray[np.float32]  # (s,)
    start: Ints
    end: Ints
    target_at: Ints  # (targets,) index into s · k
    target: Ints
    weight: NDArray[np.float32]  # 0 for padding
    defined: Ints  # (m, l)
    defined_ast: Ints  # (4, m, l)
    defined_valid: NDArray[np.bool_]  # (m, l)
    open: NDArray[np.bool_]  # ()
    pressed: NDArray[np.bool_]  # ()


@dataclass(slots=True)
class _Slots:
    """Segment arrays of a window while they are filled."""

    slots: Ints
    valid: NDArray[np.bool_]
    kind: Ints
    from_start: Ints
    to_end: Ints
    ast: Ints
    t: NDArray[np.float32]
    start: Ints
    end: Ints
    labels: Ints
    weights: NDArray[np.float32]

    @classmethod
    def empty(cls, s: int, k: int) -> _Slots:
        """Segments of nothing but padding."""
        slots, kind, from_start, to_end, labels = (np.zeros((s, k), np.int64) for _ in range(5))
        start, end = np.zeros(s, np.int64), np.zeros(s, np.int64)
        valid, weights, t = np.zeros((s, k), np.bool_), np.ones((s, k), np.float32), np.zeros(s, np.float32)
        return cls(slots, valid, kind, from_start, to_end, np.zeros((4, s, k), np.int64), t, start, end, labels - 1, weights)


class Windows:
    """The windows of a split in a fixed random order, an epoch after the other, each epoch cut at another offset."""

    def __init__(self, shard: Shard, length: int, seed: int, names: Sequence[str]) -> None:
        """`names`: the vocabulary."""
        self.shard, self.length, self.seed = shard, length, seed
        self.definitions = index(shard, names)
        self.count = (len(shard) - 2 * length) // length
        self._order: tuple[int, Ints] = (-1, np.zeros(0, np.int64))

    def start(self, number: int) -> int:
        """First token of the number-th window of the run."""
        epoch, index = divmod(number, self.count)
        if self._order[0] != epoch:
            self._order = (epoch, np.random.default_rng((self.seed, epoch)).permutation(self.count))
        return int(self._order[1][index]) * self.length + (epoch * 389) % self.length

    def window(self, number: int, layout: Layout, settings: Corruption) -> Window:
        """The number-th window with freshly corrupted segments; the same number and seed give the same window."""
        rng = np.random.default_rng((self.seed, 1, number))
        first = self.start(number)
        view = _View(self.shard, first, self.length)
        segments = tiled(view, layout, rng, settings) if layout.block else with_holes(view, layout, rng, settings)
        at, target, weight = _targets(segments, layout.targets, rng)
        picked = [rng.permutation(self.length - 1)[: layout.positions] for _ in range(2)]
        picked[1] += self.length - 1
        ast = view.ast if rng.random() >= settings.ast_dropout else np.zeros_like(view.ast)
        columns = (segments.kind, segments.from_start, segments.to_end, segments.ast, segments.t, segments.start, segments.end)
        memory = remembered(view, self.definitions if layout.crosses else None, rng, settings)
        return Window(view.ids, ast, np.concatenate(picked), segments.slots, segments.valid, *columns, at, target, weight, *memory)


@dataclass(frozen=True, slots=True)
class Corruption:
    """Knobs of the corruption (§3.3, §9.1)."""

    clip: tuple[float, float] = (0.1, 0.9)
    fully: float = 0.5
    uncertain: float = 0.5
    region: float = 0.1
    type_dropout: float = 0.3
    ast_dropout: float = 0.15
    memory: tuple[float, ...] = (0.25, 0.4, 0.2, 0.15)
    """Shares of windows that see nothing of the repository, definitions themselves, what they are pressed into, and both."""
    favour: float = 1.0
    """A span becomes a hole with a chance that grows with this power of its length: at 1 each token is hidden as often, at 0 each span."""


class _View:
    """A window of a shard with the hole spans that lie inside it, relative to its start."""

    def __init__(self, shard: Shard, first: int, length: int) -> None:
        self.shard, self.first, self.length = shard, first, length
        cut = slice(first, first + length)
        self.ids = shard.ids[cut].astype(np.int64)
        self.ast = np.stack([column[cut].astype(np.int64) for column in (shard.node, shard.depth, shard.sibling, shard.scope)])
        low, high = np.searchsorted(
            shard.span_start, np.array([first + 1, first + length - 1], np.uint32)
        )  # else the whole column is converted
        start, size = shard.span_start[low:high].astype(np.int64) - first, shard.span_length[low:high].astype(np.int64)
        inside = start + size < length - 1
        self.span_start, self.span_length = start[inside], size[inside]
        self.span_kind, self.span_typed = shard.span_kind[low:high][inside], shard.span_typed[low:high][inside]
        self.span_type_length = shard.span_type_length[low:high][inside]


def tiled(view: _View, layout: Layout, rng: Generator, settings: Corruption) -> _Slots:
    """The whole window as blocks, each a segment of its own (block diffusion, §9.1)."""
    block, count = layout.block, layout.segments
    masked = dense_mask(view.length, block, view.span_start, view.span_length, rng, settings.clip)
    out = _Slots.empty(count, block)
    out.slots[:] = np.where(masked, MASK, view.ids).reshape(count, block)
    out.labels[:] = np.where(masked, view.ids, -1).reshape(count, block)
    out.valid[:] = True
    out.kind[:] = REGION
    out.from_start[:] = np.arange(block)
    out.to_end[:] = np.arange(block)[::-1]
    out.ast[:] = (view.ast * ~masked).reshape(4, count, block)
    out.t[:] = masked.reshape(count, block).mean(1)
    out.start[:] = np.arange(count) * block
    out.end[:] = out.start + block
    return out


def with_holes(view: _View, layout: Layout, rng: Generator, settings: Corruption) -> _Slots:
    """`segments` holes of the window, each with its neighbours and, when it is known, its expected type."""
    out = _Slots.empty(layout.segments, layout.slots)
    fits = np.flatnonzero(view.span_length <= layout.max_hole)
    chances = view.span_length[fits] ** settings.favour
    chances /= max(1.0, chances.sum())
    for row in range(layout.segments):
        if not len(fits) or rng.random() < settings.region:
            size = int(rng.integers(1, layout.max_hole + 1))
            place, kind, wanted = int(rng.integers(1, view.length - size - 1)), REGION, np.zeros(0, np.int64)
        else:
            index = int(rng.choice(fits, p=chances))
            place, size, kind = int(view.span_start[index]), int(view.span_length[index]), int(view.span_kind[index])
            wanted = expected_type(view, index) if rng.random() >= settings.type_dropout else np.zeros(0, np.int64)
        tokens = view.ids[place : place + size]
        room = min(MAX_DELETES, layout.max_hole - size)
        hole = corrupt(tokens, hole_mask(size, rng, settings.fully), room, rng, settings.uncertain)
        _place(out, row, view, Hole(place, place + size, kind), hole, wanted)
    return out


def remembered(
    view: _View, definitions: Definitions | None, rng: Generator, settings: Corruption
) -> tuple[Ints, Ints, NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Heads of definitions that the window names and does not hold: ids, AST positions, what is no padding, and how they are seen."""
    ids, ast = np.full((DEFINITIONS, DEFINITION_TOKENS), PAD, np.int64), np.zeros((4, DEFINITIONS, DEFINITION_TOKENS), np.int64)
    valid = np.zeros(ids.shape, np.bool_)
    way = int(rng.choice(len(settings.memory), p=settings.memory))
    places = definitions.named_in(view.ids, view.first)[: 4 * DEFINITIONS] if definitions is not None and way else []
    for row, place in enumerate(rng.permutation(places)[:DEFINITIONS].astype(int).tolist()):
        cut = slice(place, min(place + DEFINITION_TOKENS, len(view.shard)))
        ids[row, : cut.stop - place], valid[row, : cut.stop - place] = view.shard.ids[cut], True
        for column, values in enumerate((view.shard.node, view.shard.depth, view.shard.sibling, view.shard.scope)):
            ast[column, row, : cut.stop - place] = values[cut]
    return ids, ast, valid, np.asarray(way in (1, 3)), np.asarray(way in (2, 3))


@dataclass(frozen=True, slots=True)
class Hole:
    """A hole of a window: its tokens [start, end) and its kind."""

    start: int
    end: int
    kind: int


def expected_type(view: _View, index: int) -> Ints:
    """Tokens of the type that a span is known to want, or none."""
    length, typed = int(view.span_type_length[index]), int(view.span_typed[index])
    if length == 0:
        return np.zeros(0, np.int64)
    return BOOL_IDS if typed == BOOLEAN else view.shard.ids[typed : typed + length].astype(np.int64)


BOOL_IDS: Ints = np.zeros(0, np.int64)
"""Tokens of `bool`; set by `use_vocabulary`."""


def use_vocabulary(bool_ids: tuple[int, ...]) -> None:
    """Tells the batches how this vocabulary spells `bool`."""
    global BOOL_IDS  # noqa: PLW0603  # a constant of the vocabulary that is only known once it is loaded
    BOOL_IDS = np.asarray(bool_ids, np.int64)


def _place(out: _Slots, row: int, view: _View, hole: Hole, corrupted: Corrupted, wanted: Ints) -> None:
    """Writes [type | left | hole | right] into a row."""
    prefix = np.concatenate([[TYPE], wanted[: PREFIX - 1]]).astype(np.int64) if len(wanted) else wanted
    left, right = slice(max(0, hole.start - CONTEXT), hole.start), slice(hole.end, min(view.length, hole.end + CONTEXT))
    size, at = len(corrupted.ids), len(prefix) + left.stop - left.start
    ids = np.concatenate([prefix, view.ids[left], corrupted.ids, view.ids[right]])
    out.slots[row, : len(ids)], out.valid[row, : len(ids)] = ids, True
    out.slots[row, len(ids) :] = PAD
    out.kind[row, at : at + size] = hole.kind
    out.from_start[row, at : at + size] = np.arange(size)
    out.to_end[row, at : at + size] = np.arange(size)[::-1]
    out.ast[:, row, len(prefix) : at] = view.ast[:, left]
    out.ast[:, row, at : at + size] = hole_position(view.ast[:, hole.start : hole.end], hole.kind)[:, None]
    out.ast[:, row, at + size : len(ids)] = view.ast[:, right]
    out.labels[row, at : at + size], out.weights[row, at : at + size] = corrupted.labels, corrupted.weights
    out.t[row], out.start[row], out.end[row] = corrupted.t, hole.start, hole.end


def hole_position(ast: Ints, kind: int) -> Ints:
    """AST position that every slot of a hole shares: unknown node type, depth of the hole's own node, scope nesting. ast: (4, tokens)."""
    depth = int(ast[1].min()) - (1 if kind == EXPRESSION and ast.shape[1] > 1 else 0)
    return np.asarray([0, max(0, depth), 0, int(ast[3].min())], np.int64)


def _targets(segments: _Slots, count: int, rng: Generator) -> tuple[Ints, Ints, NDArray[np.float32]]:
    """Exactly `count` masked slots: a random choice of them when there are more, padding of weight 0 when there are fewer."""
    at = np.flatnonzero(segments.labels.ravel() >= 0)
    if len(at) > count:
        at = rng.permutation(at)[:count]
    labels, weights = segments.labels.ravel()[at], segments.weights.ravel()[at]
    missing = count - len(at)
    return np.pad(at, (0, missing)), np.pad(labels, (0, missing)), np.pad(weights, (0, missing)).astype(np.float32)
