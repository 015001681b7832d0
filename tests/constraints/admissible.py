"""Random admissible walks: tokens that the hard mask allows, committed in random order until no slot is masked."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from astral_native import Snapshot
from astral_runtime.constraints.grammar import GrammarMask
from astral_runtime.context.tokens import Tokens
from astral_runtime.context.vocabulary import DELETE, EXPAND, ID, MASK
from astral_runtime.denoise.bounds import Bounds, bounds
from astral_runtime.denoise.trajectory import Trajectory
from astral_runtime.holes import Hole, Span

LONGEST = 14
"""Slots beyond which a walk asks for no more."""
PATIENCE = 60
"""Steps after which a walk is given up: random tokens open more than they close."""


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
        return Bounds(first, last, "expression", Hole("h1", "region", Span(0, 0)), "", "", "", "    ")

    def filled(self, where: Bounds, ids: list[int]) -> list[int]:
        """Tokens of the whole with a fill in the hole's place."""
        whole: list[int] = self.tokens.ids.tolist()
        return whole[: where.first] + ids + whole[where.last :]


def walk(mask: GrammarMask, slots: int, chance: random.Random) -> list[int] | None:
    """A finished fill; None when it ran into an end or grew beyond all bounds. Commits up to three slots a step, as a sampler does."""
    trajectory = Trajectory.start([MASK] * slots)
    for _ in range(PATIENCE):
        if not trajectory.open:
            return trajectory.ids
        guide = mask(trajectory.ids)
        for slot in chance.sample(trajectory.open, min(len(trajectory.open), chance.randint(1, 3))):
            allowed = np.flatnonzero(guide.allowed([slot])[0]).tolist()
            token = _chosen(allowed, len(trajectory.ids), chance)
            if token is not None and guide.propose(slot, token):
                trajectory.commit(slot, token, 1.0)
        trajectory.resize()
    return None


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
