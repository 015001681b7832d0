"""Masks over a byte-level vocabulary, from left to right: nothing that real code goes on with is pruned, and every end parses."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable

import pytest
from byte_level import END, cut, parses, real_files, trained
from tokenizers import Tokenizer

from astral_native import BytePrefix, ByteVocabulary
from astral_runtime.context.byte_level import token_bytes

HOLES, WALKS = 40, 30
MINOR = min(sys.version_info.minor, 14)

CLOSERS = (b'"', b"'", b")", b"]", b"}", b"\n", b":", b"0", b" in", b" else", b" import", b"pass", b"x", b"    ", b" ", b",", b" =")
"""What ends a walk: random tokens open more than they close."""


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Real files."""
    return real_files(3)


@pytest.fixture(scope="module")
def tokenizer(texts: list[str]) -> Tokenizer:
    """Two thousand tokens; many cross lexemes."""
    return trained(texts, 2_000)


@pytest.fixture(scope="module")
def tokens(tokenizer: Tokenizer) -> list[bytes]:
    """What each token writes."""
    return token_bytes(tokenizer.get_vocab(), {END})


@pytest.fixture(scope="module")
def vocabulary(tokens: list[bytes]) -> ByteVocabulary:
    """Its masks."""
    return ByteVocabulary(tokens, MINOR)


def test_the_true_token_is_never_pruned(texts: list[str], tokenizer: Tokenizer, vocabulary: ByteVocabulary) -> None:
    """The text that stood in a hole, token by token; and there it may end."""
    chance = random.Random(11)
    for _ in range(HOLES):
        hole = cut(chance.choice(texts), chance)
        fill = vocabulary.between(hole.before, hole.after)
        assert fill.guided(), hole.inside
        for token in tokenizer.encode(hole.inside).ids[:60]:
            assert fill.allowed()[token], (hole.before[-80:], fill.text(), tokenizer.id_to_token(token), hole.after[:80])
            assert fill.push(token)
        assert fill.text() != hole.inside.encode() or fill.ends()


def test_random_walks_end_in_what_parses(texts: list[str], tokens: list[bytes], vocabulary: ByteVocabulary) -> None:
    """Whatever admissible tokens a walk takes, where it may end the file parses, and many come to an end."""
    chance = random.Random(12)
    ended = 0
    for _ in range(WALKS):
        hole = cut(chance.choice(texts), chance)
        fill = vocabulary.between(hole.before, hole.after)
        if walked(fill, tokens, chance):
            ended += 1
            assert parses(hole.before + fill.text().decode() + hole.after), (hole.before[-80:], fill.text(), hole.after[:80])
    assert ended > WALKS / 3


def walked(fill: BytePrefix, tokens: list[bytes], chance: random.Random) -> bool:
    """Random tokens until the fill may end; False when it takes too many."""
    for step in range(60):
        if step > 2 and fill.ends():
            return True
        allowed = [token for token, may in enumerate(fill.allowed()) if may]
        closing = [token for token in allowed if tokens[token] in CLOSERS] if step > 6 else []
        last = [token for token in closing if ends_with(fill.copy(), token)]
        if not allowed:
            return False
        assert fill.push(chance.choice(last or closing or allowed))
    return fill.ends()


def ends_with(fill: BytePrefix, token: int) -> bool:
    """Whether the fill may end behind the token."""
    return fill.push(token) and fill.ends()


CASES: list[tuple[str, str, str, Iterable[bytes], Iterable[bytes], bool]] = [
    ("x = ", "", "\n", [b"1", b"(", b"f", b'"', b" not"], [b"\n", b")", b"=", b"$", b"return "], False),
    ("x = ", "a", "\n", [b"b", b" +", b"(", b"\n", b" if"], [b" b", b")", b'"'], True),
    ("x = ", "a if b", "\n", [b" else", b"c", b"("], [b"\n", b")"], False),
    ("def f():\n", "", "y\n", [b" ", b"    ", b"\n", b"#"], [b"x", b"return", b")"], False),
    ("def f():\n    a\n", "", "    c\n", [b"    ", b"x", b"\n"], [b"\tx", b")"], True),
    ("def f():\n    ", "if a", "\n        b\n", [b":", b" and", b"("], [b")", b"]"], False),
    ("def f():\n    ", "if a:", "\n        b\n", [b" #", b"\n"], [b")"], True),
    ("def f():\n    ", "a", "\n        b\n", [b" =", b"(", b"\n"], [b")"], False),
    ("try:\n    a\n", "", "x = 1\n", [b"except", b"finally", b"    ", b"\n"], [b"x", b"else"], False),
    ("f(a, ", "", ")\n", [b"b", b"*", b"(", b")"], [b",", b"]"], True),
    ("f(a, ", "b=1, ", ")\n", [b"c", b"**"], [b"]", b";"], True),
    ("x = 'ab", "", "cd'\n", [b"e", b" ", b"\\", b"'", b'"'], [b"\n"], True),
    ("x = 'ab", "\\", "nd'\n", [b"x", b"n", b"'", b"\n"], [], True),
    ("x = 'ab", "\\x4", "cd'\n", [b"1", b"f"], [b"g", b"'"], True),
    ("x = f'{a", "", "}'\n", [b"!", b":", b".", b"}"], [b")", b"\n", b";"], True),
    ("x = f'{a", "!", "}'\n", [b"r", b"s"], [b"x", b" ", b"}"], False),
    ("import os  # a", "", "\n", [b"$", b")", b"\n"], [b"\0"], True),
    ("wor", "", "ld = 1\n", [b"s", b" =", b".", b"(", b" "], [b")", b";)"], True),
    ("x = [\n    1,\n", "", "]\n", [b"2", b"    ", b"\n", b"x", b"]"], [b"=", b"return "], True),
    ("def broken(:\n    pass\nx = ", "", "\n", [b")", b"$"], [b""], True),
]
"""Before, fill, behind, some tokens that may come next, some that may not, whether the fill may end."""


@pytest.mark.parametrize(("before", "fill", "after", "may", "may_not", "ends"), CASES)
def test_what_may_come_next(before: str, fill: str, after: str, may: Iterable[bytes], may_not: Iterable[bytes], ends: bool) -> None:
    """Forced indentation, headers, brackets, literals, f-strings, comments, words that the hole cuts."""
    tokens = [*may, *may_not]
    found = ByteVocabulary(tokens, MINOR).between(before, after)
    assert found.write(fill.encode())
    allowed = [token for token, allows in zip(tokens, found.allowed(), strict=True) if allows]
    assert allowed == list(may)
    assert found.ends() == ends
    assert not found.guided() or parses(before + fill + after) == ends


def test_copies_go_their_own_way(vocabulary: ByteVocabulary) -> None:
    """One beam does not see what another writes; an id that does not exist is an IndexError."""
    fill = vocabulary.between("x = ", "\n")
    other = fill.copy()
    assert fill.write(b"(")
    assert (fill.text(), other.text()) == (b"(", b"")
    assert not fill.ends()
    assert not fill.write(b"$")
    assert fill.text() == b"("
    with pytest.raises(IndexError):
        fill.push(len(vocabulary))
    with pytest.raises(ValueError, match="3\\."):
        ByteVocabulary([b"a"], 15)
