"""Repository memory (§3.2): heads of the definitions that a hole's neighbourhood names and that stand out of its sight, as keys.

The nearest few are keys themselves, the others are pressed into the net's K latents (Perceiver). A definition is encoded on its own,
once: the same head gives the same states wherever it is named.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Protocol

import numpy as np

from astral_native import LEXEME_KINDS
from astral_runtime.backends.protocol import DEFINITION, Denoiser, Floats, Ints
from astral_runtime.context.definitions import Source, imported, version
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.tokens import Tokens
from astral_runtime.document import DocumentSnapshot

HEAD_TOKENS = 64
"""How much of a definition is read, as in training."""
OPEN = 4
"""Definitions whose states are keys themselves, as in training."""
PRESSED = 28
"""Further ones that are pressed into latents."""
KEPT_HEADS = 512
KEPT_FILES = 64
NAME = LEXEME_KINDS.index("NAME")
WORD = re.compile(r"[^\W\d]\w*")
HEADS = frozenset({LEXEME_KINDS.index("def"), LEXEME_KINDS.index("class")})
AMBIGUOUS = 4
"""A name that is defined in more places of one file than this says nothing."""


class Memory(Protocol):
    """Where a hole's keys from out of its sight come from."""

    def keys(self, document: DocumentSnapshot, tokens: Tokens, first: int, last: int, expected_type: str | None = None) -> Floats:
        """Keys (m, d) for the hole at the tokens [first, last) of the document."""


@dataclass(frozen=True, slots=True)
class NoMemory:
    """The hole's own window is all there is: what the ablation without repository memory sees. `width`: d."""

    width: int

    def keys(self, document: DocumentSnapshot, tokens: Tokens, first: int, last: int, expected_type: str | None = None) -> Floats:
        """No keys."""
        return np.zeros((0, self.width), np.float32)


class Repository:
    """Keys of definitions for one loaded network. Thread-safe; memory is bounded."""

    def __init__(self, denoiser: Denoiser, tokenizer: Tokenizer) -> None:
        self._denoiser = denoiser
        self._tokens = lru_cache(KEPT_FILES)(lambda source: tokenizer.tokens(source.native))
        self._lock = threading.Lock()
        self._states: OrderedDict[bytes, Floats] = OrderedDict()

    def keys(self, document: DocumentSnapshot, tokens: Tokens, first: int, last: int, expected_type: str | None = None) -> Floats:
        """Keys (m, d) for the hole at the tokens [first, last) of the document; none when nothing that is named there stands elsewhere."""
        states = [self._encoded(head) for head in self.heads(document, tokens, first, last, expected_type)]
        pressed = [self._denoiser.press(np.concatenate(states[OPEN:]))] if len(states) > OPEN else []
        return np.concatenate([np.zeros((0, self._denoiser.sizes.d_model), np.float32), *states[:OPEN], *pressed])

    def heads(self, document: DocumentSnapshot, tokens: Tokens, first: int, last: int, expected_type: str | None = None) -> list[Ints]:
        """First tokens (5, l) of what is remembered for the hole, in the order of its use: what σ names, then what is named nearest."""
        place = _Place(tokens, first, last, self._denoiser.serving.window // 2)
        return list(islice(_heads(document, place, expected_type, self._tokens), OPEN + PRESSED))

    def _encoded(self, head: Ints) -> Floats:
        """States of a head (5, l): every memory_stride-th, as in training."""
        name = head.tobytes()
        with self._lock:
            found = self._states.pop(name, None)
        if found is None:
            stride = self._denoiser.sizes.memory_stride
            found = self._denoiser.encode(head[:, None], DEFINITION, self._denoiser.start(1)).states[0][stride - 1 :: stride]
        with self._lock:
            self._states[name] = found
            while len(self._states) > KEPT_HEADS:
                self._states.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True)
class _Place:
    """A hole at the tokens [first, last) and how many tokens on either side the network sees anyway."""

    tokens: Tokens
    first: int
    last: int
    reach: int

    @property
    def seen(self) -> tuple[int, int]:
        """Tokens in sight, the hole among them."""
        return max(0, self.first - self.reach), min(len(self.tokens), self.last + self.reach)

    def shows(self, start: int) -> bool:
        """Whether what begins at this byte is in sight."""
        low, high = self.seen
        return bool(self.tokens.start[low] <= start < self.tokens.end[high - 1])

    def names(self) -> list[str]:
        """Names in sight, the nearest first; what the hole itself holds is not seen."""
        low, high = self.seen
        lexed, begin, end = self.tokens.lexed, int(self.tokens.start[self.first]), int(self.tokens.end[max(self.first, self.last - 1)])
        around = {*self.tokens.lexeme[low : self.first].tolist(), *self.tokens.lexeme[self.last : high].tolist()} - {-1}
        found = []
        for at in around:
            if lexed.kinds[at] == NAME:
                far = max(begin - int(lexed.ends[at]), int(lexed.starts[at]) - end, 0)
                found.append((far, lexed.data[lexed.starts[at] : lexed.ends[at]].decode("utf-8", "replace")))
        return [name for _, name in sorted(found)]


def _heads(document: DocumentSnapshot, place: _Place, expected_type: str | None, read: Callable[[Source], Tokens]) -> Iterator[Ints]:
    """First tokens (5, l) of definitions out of the hole's sight, those that σ names first, then those named nearest to the hole."""
    wanted = {name: rank for rank, name in enumerate(dict.fromkeys([*WORD.findall(expected_type or ""), *place.names()]))}
    own = version(document.native)
    found = [(wanted[name], 0, own, start) for name, start in _defined(own, wanted) if not place.shows(start)]
    for number, source in enumerate(imported(own, document), start=1):
        found += [(wanted[name], number, source, start) for name, start in _defined(source, wanted) if name not in own.defined]
    for _, _, source, start in sorted(found, key=lambda each: each[:2]):
        head = _head(place.tokens if source is own else read(source), start)
        if head.shape[1]:
            yield head


def _defined(source: Source, wanted: dict[str, int]) -> list[tuple[str, int]]:
    places = ((name, source.defined[name]) for name in source.defined.keys() & wanted.keys())
    return [(name, starts[0]) for name, starts in places if len(starts) <= AMBIGUOUS]


def _head(tokens: Tokens, start: int) -> Ints:
    """The first tokens of a definition that begins at a byte, from its `def` or `class` on: decorators are left out."""
    first = int(np.searchsorted(tokens.start, start))
    kinds = tokens.lexed.kinds
    for at in range(first, min(first + HEAD_TOKENS, len(tokens))):
        if tokens.lexeme[at] >= 0 and int(kinds[tokens.lexeme[at]]) in HEADS:
            return tokens.columns()[:, at : at + HEAD_TOKENS]
    return np.zeros((5, 0), np.int64)
