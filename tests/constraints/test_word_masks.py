"""Masks over words: where a word is known to be a name, a member, a keyword argument or a key, only those that exist may be spelled."""

from __future__ import annotations

import random

import numpy as np
import pytest
from admissible import Document, bounds_in, hole_in

from astral_native import Snapshot
from astral_runtime.backends.protocol import Bools, Floats, Ints
from astral_runtime.constraints.compiler import Compiler, Specification
from astral_runtime.constraints.grammar import Grammar
from astral_runtime.constraints.known import known_at
from astral_runtime.constraints.names import Words
from astral_runtime.constraints.words import WordMask, surrounding
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.vocabulary import DELETE, EXPAND, MASK
from astral_runtime.denoise.sampler import Hooks, Priorities, Sampling, denoise
from astral_runtime.denoise.skeleton import skeleton
from astral_runtime.fill import CancelToken
from astral_runtime.holes import Certain

CERTAIN = Certain(
    attributes={"prices": frozenset({"append", "index"}), "self.count": frozenset({"real"})},
    keywords={"make": frozenset({"size", "colour"})},
    keys={"row": frozenset({"left", "right"})},
)

ALLOWED: list[tuple[str, str, bool]] = [
    ("def f(prices):\n    return ...\n", "prices", True),
    ("def f(prices):\n    return ...\n", "len", True),
    ("def f(prices):\n    return ...\n", "nothing", False),
    ("def f(prices):\n    return ...\n", "prices + nothing", False),
    ("def f(prices):\n    return ...\n", "prices + 12", True),
    ("def f(prices):\n    return ...\n", "12", True),
    ("def f(prices):\n    return ...\n", "prices.append", True),
    ("def f(prices):\n    return ...\n", "prices.nothing", False),
    ("def f(prices):\n    return ...\n", "prices.append.nothing", True),
    ("def f(prices):\n    return ...\n", "other(prices).nothing", False),
    ("def f(prices):\n    return ...\n", "f(prices).nothing", True),
    ("def f(prices):\n    return ...\n", "isinstance(prices, f) and prices.nothing", True),
    ("def f(prices):\n    return ...\n", "[nothing for nothing in prices]", True),
    ("def f(prices):\n    return ...\n", "[prices.nothing for prices in f]", True),
    ("def f(prices):\n    return ...\n", "lambda nothing: nothing", True),
    ("def f(prices):\n    return ...\n", "(nothing := 1)", True),
    ("def f(prices):\n    return ...\n", "'a'.join", True),
    ("def f(prices):\n    return ...\n", "'a'.nothing", False),
    ("def f(prices):\n    return ...\n", "b'a'.decode", True),
    ("def f(prices):\n    return ...\n", "b'a'.encode", False),
    ("def f(prices):\n    return ...\n", "f'{nothing}'", True),
    ("def f(make):\n    return ...\n", "make(size=1)", True),
    ("def f(make):\n    return ...\n", "make(nothing=1)", False),
    ("def f(make):\n    return ...\n", "len(nothing=1)", True),
    ("def f(row):\n    return ...\n", "row['left']", True),
    ("def f(row):\n    return ...\n", "row['up']", False),
    ("def f(row):\n    return ...\n", "row['up' + row]", False),
    ("def f(row):\n    return ...\n", "row + 'up'", True),
    ("def f():\n    return ...\n    later = 1\n", "later", True),
    ("def f():\n    return ...\ndef g():\n    theirs = 1\n", "theirs", False),
    ("from os import *\ndef f():\n    return ...\n", "nothing", True),
    ("exec('nothing = 1')\nx = ...\n", "nothing", True),
    ("def f(prices):\n    ...\n", "nothing = 1", True),
    ("def f(prices):\n    ...\n", "nothing, other = 1, 2", True),
    ("def f(prices):\n    ...\n", "for nothing in prices: nothing.x", True),
    ("def f(prices):\n    ...\n", "return nothing", False),
    ("def f(prices):\n    ...\n", "prices.nothing = 1", True),
    ("def f(prices):\n    ...\n", "return prices.nothing", False),
    ("def f(prices):\n    prices.nothing\n    return ...\n", "prices.other", True),
    ("def f(prices):\n    hasattr(prices, 'x')\n    return ...\n", "prices.other", True),
    ("def f(prices):\n    x: ...\n", "nothing", True),
]


@pytest.fixture(scope="module")
def compiler(tokenizer: Tokenizer) -> Compiler:
    """Of the small vocabulary."""
    return Compiler(tokenizer)


def mask_of(tokenizer: Tokenizer, text: str, certain: Certain = CERTAIN) -> WordMask:
    """The masks of the one hole of a text, without the grammar's."""
    snapshot, hole = hole_in(text)
    tokens = tokenizer.tokens(snapshot)
    around = surrounding(tokens, bounds_in(text, tokens))
    assert around is not None
    return WordMask(Words(tokenizer), tokenizer.names, known_at(snapshot, *hole.span, certain), around, None)


@pytest.mark.parametrize(("text", "fill", "allowed"), ALLOWED)
def test_only_words_that_exist_are_spelled_from_left_to_right(
    tokenizer: Tokenizer, compiler: Compiler, text: str, fill: str, allowed: bool
) -> None:
    """Token by token: what is sure to be read has to be there; what may be bound, and whatever is in doubt, is let through."""
    snapshot, hole = hole_in(text)
    tokens = tokenizer.tokens(snapshot)
    compiled = compiler.compile(
        Specification(snapshot, (), frozenset({"scope", "types"}), lambda: CERTAIN), tokens, bounds_in(text, tokens)
    )
    own = skeleton(fill, tokenizer)
    ids = [MASK] * len(own)
    found = []
    for slot, token in enumerate(own):
        rule = compiled.hard.allowed(ids, slot) if isinstance(compiled.hard, WordMask) else None
        found.append(rule is None or bool(rule[token]))
        ids[slot] = token
    assert all(found) == allowed, [tokenizer.names[token] for token in own]
    assert hole.kind in ("expression", "block", "type")


@pytest.mark.parametrize(("fill", "allowed"), [("'left'", True), ('"right"', True), ("'up'", False), ("row + 'up'", True), ("r'up'", True)])
def test_a_literal_that_is_the_whole_fill_is_one_that_is_wanted(tokenizer: Tokenizer, fill: str, allowed: bool) -> None:
    """Where nothing but literals is expected; other spellings of one are in doubt."""
    mask = mask_of(tokenizer, "def f(row):\n    return ...\n", Certain(strings=frozenset({"left", "right"})))
    own = skeleton(fill, tokenizer)
    rules = [mask.allowed([*own[:slot], *[MASK] * (len(own) - slot)], slot) for slot in range(len(own))]
    assert all(rule is None or rule[token] for rule, token in zip(rules, own, strict=True)) == allowed


def test_doubt_in_any_order(tokenizer: Tokenizer) -> None:
    """Behind a slot that is still masked nothing is ruled out; a word that goes on to the right has to be whole."""
    mask = mask_of(tokenizer, "def f(prices):\n    return ...\n")
    first, second = tokenizer.word("prices")[:2]
    assert mask.allowed([MASK, MASK], 1) is None
    whole = mask.allowed([MASK, second], 0)
    assert whole is not None
    assert whole[first]
    assert not whole[tokenizer.word("len")[0]]
    assert whole[[EXPAND, DELETE]].all()


def test_a_slot_that_the_rules_would_leave_nothing_is_left_to_the_grammar(tokenizer: Tokenizer, grammar: Grammar) -> None:
    """A begun word that nothing in sight goes on with: the walk does not stop there."""
    text = "def f(prices):\n    return ...\n"
    tokens = tokenizer.tokens(hole_in(text)[0])
    mask = mask_of(tokenizer, text)
    guide = WordMask(mask.words, mask.names, mask.known, mask.around, grammar.mask(tokens, bounds_in(text, tokens))).fixed(
        [tokenizer.word("zq")[0], MASK]
    )
    assert guide.allowed([1]).any()
    token = int(np.flatnonzero(guide.allowed([1])[0])[0])
    assert guide.propose(1, token)


def test_the_sampler_spells_what_is_in_scope(tokenizer: Tokenizer, compiler: Compiler) -> None:
    """A denoiser that knows nothing, one slot a step from the left: names that are read exist."""
    text = "def f(prices, total):\n    return ...\n"
    snapshot = hole_in(text)[0]
    tokens = tokenizer.tokens(snapshot)
    where = bounds_in(text, tokens)
    hard = compiler.compile(Specification(snapshot, (), frozenset({"grammar", "scope"})), tokens, where).hard
    noise = np.random.default_rng(5)

    def predict(ids: Ints, valid: Bools, share: Floats) -> Floats:
        return noise.normal(size=(*ids.shape, tokenizer.size)).astype(np.float32)

    sampling = Sampling(3, (1.0,), 1.0, resizes=False, seed=3)
    found = denoise([[MASK]] * 30, predict, Priorities(np.zeros(tokenizer.size, np.int8)), sampling, CancelToken(), Hooks(hard))
    known = known_at(snapshot, *hole_in(text)[1].span, Certain()).names or frozenset()
    texts = [tokenizer.text(trajectory.ids) for trajectory in found if not trajectory.stuck]
    assert texts
    assert {text for text in texts if text.isidentifier()} <= known | {"None", "True", "False"}


def test_own_names_are_never_pruned(tokenizer: Tokenizer, documents: list[Document]) -> None:
    """Holes of real files, filled by their own tokens in any order."""
    chance = random.Random(21)
    words, spoke = Words(tokenizer), 0
    for _ in range(300):
        document = chance.choice(documents)
        where = document.cut(chance, 8)
        start, end = int(document.tokens.start[where.first]), int(document.tokens.end[max(where.first, where.last - 1)])
        around = surrounding(document.tokens, where)
        own = document.tokens.ids[where.first : where.last].tolist()
        if around is None or not own:
            continue
        known = known_at(Snapshot(document.text), start, end, Certain())
        mask = WordMask(words, tokenizer.names, known, around, None)
        for order in (list(range(len(own))), chance.sample(range(len(own)), len(own))):
            ids = [MASK] * len(own)
            for slot in order:
                rule = mask.allowed(ids, slot)
                spoke += rule is not None
                assert rule is None or rule[own[slot]], (document.text[start:end], tokenizer.names[own[slot]])
                ids[slot] = own[slot]
    assert spoke
