"""Random admissible walks: tokens that the hard mask allows, committed in random order until no slot is masked."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from astral_native import Snapshot
from astral_runtime.constraints.grammar import GrammarGuide, GrammarMask, Unguided
from astral_runtime.context.tokens import Tokens
from astral_runtime.context.vocabulary import DELETE, EXPAND, ID, MASK
from astral_runtime.denoise.bounds import Bounds, bounds
from astral_runtime.denoise.trajectory import Trajectory
from astral_runtime.holes import Hole, Span

LONGEST = 14
"""Slots beyond which a walk asks for no more."""
GROWING = 12
"""Steps in which a walk may grow: random tokens open more than they close."""
PATIENCE = 60
"""Steps after which a walk is given up."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text and its tokens."""

    text: str
    tokens: Tokens

    def cut(self, chance: random.Random, most: int) -> Bounds:
        """A hole of up to `most` tokens, of whole lexemes; a literal at its end may add as many again."""
        while True:
            where = self._cut(chance, most)
            if where.last - where.first <= 2 * most:
                return where

    def _cut(self, chance: random.Random, most: int) -> Bounds:
        first = chance.randrange(1, len(self.tokens) - 1)
        last = min(len(self.tokens) - 1, first + chance.randrange(most + 1))
        lexeme = self.tokens.lexeme
        while lexeme[first] == lexeme[first - 1]:
            first -= 1
        while last < len(self.tokens) - 1 and lexeme[last] == lexeme[last - 1]:
            last += 1
        return Bounds(first, last, "region", Hole("h1", "region", Span(0, 0)), "", "", "", "    ")

    def filled(self, where: Bounds, ids: list[int]) -> list[int]:
        """Tokens of the whole with a fill in the hole's place."""
        whole: list[int] = self.tokens.ids.tolist()
        return whole[: where.first] + ids + whole[where.last :]


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk came to.

    `too short`: no fill of so many slots parses, and they may not become more. `over budget`: the chart is too small for the file.
    `stuck`: the mask admitted tokens, but the insides of words and literals that they spell leave no completion of that length.
    """

    end: Literal["finished", "too short", "over budget", "stuck"]
    ids: list[int]


def walk(mask: GrammarMask, slots: int, chance: random.Random) -> Walk:
    """A random fill of so many slots."""
    return _walk(mask.fixed, [MASK] * slots, chance, PATIENCE)


def growing_walk(mask: GrammarMask, slots: int, chance: random.Random) -> Walk:
    """A random fill that grows for a while, then gets the fewest slots with which it can end."""
    grown = _walk(mask.growing, [MASK] * slots, chance, GROWING)
    return _closed(mask, grown.ids, chance) if grown.end == "stuck" else grown


def _walk(guides: Callable[[Sequence[int]], GrammarGuide | Unguided], ids: list[int], chance: random.Random, steps: int) -> Walk:
    """Commits up to three slots a step, as a sampler does."""
    trajectory = Trajectory.start(ids)
    for step in range(steps):
        if not trajectory.open:
            return Walk("finished", trajectory.ids)
        guide = guides(trajectory.ids)
        if isinstance(guide, Unguided) or guide.fill.status() == "undecided":
            return Walk("over budget", trajectory.ids)
        if guide.fill.status() == "dead":
            return Walk("stuck" if step else "too short", trajectory.ids)
        for slot in chance.sample(trajectory.open, min(len(trajectory.open), chance.randint(1, 3))):
            allowed = np.flatnonzero(guide.allowed([slot])[0]).tolist()
            token = _chosen(allowed, len(trajectory.ids), chance)
            if token is not None and guide.propose(slot, token):
                trajectory.commit(slot, token, 1.0)
        trajectory.resize()
    return Walk("stuck" if trajectory.open else "finished", trajectory.ids)


def _closed(mask: GrammarMask, ids: list[int], chance: random.Random) -> Walk:
    """Each run of masks gets as many slots as the fewest with which the fill can end, and no more."""
    known = [token for token in ids if token not in (EXPAND, DELETE)]
    runs = [token for at, token in enumerate(known) if token != MASK or at == 0 or known[at - 1] != MASK]
    for slots in range(LONGEST):
        fill = [each for token in runs for each in ([MASK] * slots if token == MASK else [token])]
        if mask.surrounded.fixed(fill).status() != "dead":
            return _walk(mask.fixed, fill, chance, PATIENCE)
    return Walk("over budget", ids)


def _chosen(allowed: list[int], length: int, chance: random.Random) -> int | None:
    """Deletions and lexemes of their own are preferred to pieces: a walk of pieces alone never ends a literal."""
    if DELETE in allowed and chance.random() < 0.2:
        return DELETE
    if EXPAND in allowed and length < LONGEST and chance.random() < 0.1:
        return EXPAND
    whole = [token for token in allowed if EXPAND < token < ID["<0x00>"] and token != DELETE]
    pieces = [token for token in allowed if token >= ID["<0x00>"]]
    several = whole if whole and (not pieces or chance.random() < 0.6) else pieces
    return chance.choice(several) if several else None


def hole_in(text: str) -> tuple[Snapshot, Hole]:
    """The text with one hole: `...` where the tree has one, else the place of ‖."""
    snapshot = Snapshot(text.replace("‖", ""))
    if "‖" in text:
        at = len(text[: text.index("‖")].encode())
        return snapshot, Hole("h1", "region", Span(at, at))
    native = snapshot.holes()[0]
    return snapshot, Hole("h1", native.kind, Span(native.start, native.end))


def bounds_in(text: str, tokens: Tokens) -> Bounds:
    """Where that hole lies among the tokens."""
    return bounds(tokens, hole_in(text)[1])
