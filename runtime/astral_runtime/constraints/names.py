"""Soft terms over names: a word that nothing in sight is called costs energy, and one whose type cannot stand in the hole (§4.2).

A small model spells; these terms let it spell what exists. Words are sequences of subwords, so the names in sight form a trie over token
ids: a slot behind a begun word prefers what goes on to a known name, or ends one.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from astral_native import LEXEME_KINDS, Snapshot
from astral_runtime.backends.protocol import Bools, Floats, Ints
from astral_runtime.constraints.soft import Domain
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.vocabulary import BYTES, COMMENT, COMMENT_END, FIXED, ID, MARK, MASK, RAW, RAW_END
from astral_runtime.holes import ScopeEntry

BINDERS = frozenset(ID[f"<kw>{word}"] for word in ("def", "class", "as", "for", "import", "lambda", "global", "nonlocal"))
"""Behind these a name is made, or named in another module."""

DOT = ID["<kw>."]
OPENERS = frozenset({ID[COMMENT], ID[RAW], *(index for name, index in ID.items() if name.startswith("<open>"))})
CLOSERS = frozenset({ID[COMMENT_END], ID[RAW_END], *(index for name, index in ID.items() if name.startswith("<close>"))})


KEPT_TRIES = 64
"""Sets of names whose tries are kept: most fills of a file have the same words in sight."""

KEPT_WORDS = 50_000


@dataclass(slots=True)
class Node:
    """A place in the trie of known names: what they go on with, and whether one of them ends here. Not changed once it is made."""

    then: dict[int, Node] = field(default_factory=dict)
    ends: bool = False


class Words:
    """The vocabulary as parts of words; made once per model."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        plain = [name.removeprefix(MARK) for name in tokenizer.names]
        spelt = np.array([n >= len(FIXED) and bool(text) and text.replace("_", "a").isalnum() for n, text in enumerate(plain)])
        marked = np.array([name.startswith(MARK) for name in tokenizer.names])
        self.begins: Bools = spelt & marked & np.array([not text[:1].isdigit() for text in plain])
        """Tokens that an identifier may begin with, (v,). Keywords are no words."""
        self.goes_on: Bools = spelt & ~marked
        """Tokens that go on with a word, (v,)."""
        self.text: Bools = np.array([n >= len(FIXED) or name in _BYTES for n, name in enumerate(tokenizer.names)])
        """Tokens that spell a part of a string, (v,)."""
        self.size = len(tokenizer.names)
        word = lru_cache(KEPT_WORDS)(tokenizer.word)
        self._tries = lru_cache(KEPT_TRIES)(lambda names: self._trie(word(name) for name in names))

    def text_trie(self, texts: Iterable[str]) -> Node:
        """Contents of plain strings as sequences of tokens; those that need an escape are left out."""
        return self._trie(self._content(text) for text in texts)

    def _content(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.tokens(Snapshot(f'"{text}"')).ids.tolist()
        return ids[2:-3]  # without both [EOS], the quotes and the line's end

    def trie(self, names: Iterable[str]) -> Node:
        """The names as sequences of tokens."""
        return self._tries(frozenset(names))

    def _trie(self, rows: Iterable[Sequence[int]]) -> Node:
        root = Node()
        for row in rows:
            node = root
            for token in row:
                node = node.then.setdefault(token, Node())
            node.ends = True
        return root


@dataclass(frozen=True, slots=True)
class NamesInSight:
    """E = 1 for a word that is no name in sight. Attributes, names that are being made, and text are left alone.

    `fits` says of names whether a value of theirs may stand in the hole; it counts for the hole's first slot alone.
    """

    words: Words
    root: Node
    unknown: Floats
    """1 for every token that begins a word and no known name, (v,)."""
    before: int
    """The token in front of the hole."""
    weight: float = 3.0
    domain: Domain = "imports"

    def rises(self, ids: Sequence[int], slots: Ints) -> Floats:
        """1 for every token that begins or goes on with an unknown word, (n, v)."""
        rises = np.zeros((len(slots), self.words.size), np.float32)
        for row, slot in enumerate(slots.tolist()):
            if not in_text(ids, slot):
                self._of_slot(rises[row], ids, slot)
        return rises

    def _of_slot(self, rise: Floats, ids: Sequence[int], slot: int) -> None:
        left = ids[slot - 1] if slot else self.before
        if left == MASK:
            return
        run = self._run(ids, slot)
        if run is None:
            if left != DOT and left not in BINDERS:
                rise[:] = self.unknown
            return
        node = _at(self.root, run) if run else None
        if node is not None:
            rise[self.words.goes_on] = 1.0
            rise[list(node.then)] = 0.0
            if not node.ends:
                rise[~self.words.goes_on] = 1.0
                rise[MASK] = 0.0

    def _run(self, ids: Sequence[int], slot: int) -> list[int] | None:
        """The tokens of the word that ends in front of a slot; [] when its beginning is masked or is no name of Γ; None without one."""
        start = slot
        while start and self.words.goes_on[ids[start - 1]]:
            start -= 1
        if start and self.words.begins[ids[start - 1]]:
            start -= 1
            owner = ids[start - 1] if start else self.before
            return [] if owner in (DOT, MASK) or owner in BINDERS else list(ids[start:slot])
        return [] if start < slot else None


@dataclass(frozen=True, slots=True)
class TypesInSight:
    """E = 1 for beginning the hole with a name whose type does not fit σ. It may still be right: `name.attribute` has another type."""

    words: Words
    against: tuple[int, ...]
    """Tokens that only names begin with which do not fit."""
    weight: float = 1.0
    domain: Domain = "types"

    def rises(self, ids: Sequence[int], slots: Ints) -> Floats:
        """1 for those tokens in the hole's first slot, (n, v)."""
        rises = np.zeros((len(slots), self.words.size), np.float32)
        if self.against:
            rises[np.ix_(np.flatnonzero(slots == 0), np.asarray(self.against))] = 1.0
        return rises


def names_in_sight(words: Words, scope: Sequence[ScopeEntry], others: Iterable[str], before: int) -> NamesInSight:
    """Γ, the builtins, and `others`: words that the file uses anyhow, keyword arguments and attributes among them."""
    own = (entry.name.partition(".")[0] for entry in scope)
    root = words.trie({*own, *others, *_BUILTINS})
    unknown = words.begins.astype(np.float32)
    unknown[list(root.then)] = 0.0
    return NamesInSight(words, root, unknown, before)


def types_in_sight(words: Words, scope: Sequence[ScopeEntry]) -> TypesInSight:
    """From what mypy says of each name of Γ."""
    begun: dict[int, bool] = {}
    for entry in scope:
        if "." not in entry.name:
            first = next(iter(words.trie([entry.name]).then))
            begun[first] = begun.get(first, True) and entry.fits is False
    return TypesInSight(words, tuple(token for token, against in begun.items() if against))


def in_text(ids: Sequence[int], slot: int) -> bool:
    """Whether a slot lies in a string or comment, as far as the slots in front of it tell."""
    for token in reversed(ids[:slot]):
        if token in OPENERS:
            return True
        if token in CLOSERS:
            return False
    return False


def _at(root: Node, run: Sequence[int]) -> Node | None:
    node: Node | None = root
    for token in run:
        node = node.then.get(token) if node is not None else None
    return node


_KEYWORDS: Mapping[str, None] = dict.fromkeys(LEXEME_KINDS)
_BYTES = frozenset(BYTES)
_BUILTINS = tuple(name for name in dir(builtins) if not name.startswith("__") and name not in _KEYWORDS)
