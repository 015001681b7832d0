"""What the hard mask lets through and what it stops; nothing that real code has is ever stopped."""

from __future__ import annotations

import ast
import random
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from admissible import Document, bounds_in, growing_walk, hole_in, walk

from astral_native import Constraints, Snapshot
from astral_runtime.backends.protocol import Bools, Floats, Ints
from astral_runtime.constraints.grammar import Grammar, GrammarGuide, GrammarMask, Unguided
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.vocabulary import DELETE, EXPAND, MASK
from astral_runtime.denoise.sampler import Hooks, Priorities, Sampling, denoise
from astral_runtime.denoise.skeleton import skeleton
from astral_runtime.fill import CancelToken

WALKS = 120
LONG_WALKS = 20_000

FILLS: list[tuple[str, str, bool]] = [
    ("x = ...\n", "f(1)", True),
    ("x = ...\n", "f(1", False),
    ("x = ...\n", "1)", False),
    ("x = ...\n", "a if b", False),
    ("x = ...\n", "lambda: (yield)", True),
    ("x = ...\n", "'a' b'b'", False),
    ("f(a=1, b=...)\n", "c, d", False),
    ("f(a=1, b=...)\n", "c, **d", False),
    ("f(a=1, b=...)\n", "(c, d)", True),
    ("f(a=1, b=...)\n", "c) + (d", False),
    ("f(a=1, b=‖)\n", "c, **d", True),
    ("f(a=1, b=‖)\n", "c, d", False),
    ("x = ...\n", "y\nz", False),
    ("x = ...\n", "y = z", False),
    ("def f(): ...\n", "return 1", True),
    ("def f(): ...\n", "if x:\n    return 1\nreturn 2\n", True),
    ("def f(): ...\n", "else:\n    return 1\n", False),
    ("class A:\n    def f(self):\n        ...\n", "with a as b:\n    pass\n", True),
    ("class A:\n    def f(self):\n        ...\n", "x: int = 1\n", True),
    ("class A:\n    def f(self):\n        ...\n", "x int = 1\n", False),
    ("if a:\n    b\n\n‖c = 1\n", "elif c:\n    d\n", True),
    ("for i in ‖:\n    pass\n", "range(3)", True),
    ("for i in ‖:\n    pass\n", "range(3):", False),
    ("x: ... = 1\n", "dict[str, int]", True),
    ("match x:\n    case ‖:\n        pass\n", "1 + 2j", True),
    ("match x:\n    case ‖:\n        pass\n", "1 + 2", False),
    ("x = [" + "1, 'a', " * 400 + "‖, 2" + ", 1, 'a'" * 400 + "]\n", "a if b else c", True),
    ("x = [" + "1, 'a', " * 400 + "‖, 2" + ", 1, 'a'" * 400 + "]\n", "a if b", False),
    ("‖# " + "word " * 200 + "\n'a'\n", "assert", False),
    ("‖# " + "word " * 200 + "\n'a'\n", "a = 1\n", True),
    ("a = 1\n# b\n‖c == 2\n", "assert ", True),
    ("def broken(:\n    pass\nx = ...\n", "1", True),
]


def guided(mask: GrammarMask, resizes: bool, ids: list[int]) -> GrammarGuide | Unguided:
    """The guide of a trajectory that may still grow, or may not."""
    return mask.growing(ids) if resizes else mask.fixed(ids)


def allows(mask: GrammarMask, ids: list[int], order: list[int], resizes: bool) -> bool:
    """Whether the slots can be committed to these tokens one after the other."""
    guide = guided(mask, resizes, [MASK] * len(ids))
    return all(guide.allowed([slot, slot])[0, ids[slot]] and guide.propose(slot, ids[slot]) for slot in order)


@pytest.mark.parametrize("resizes", [True, False])
@pytest.mark.parametrize(("text", "fill", "parses"), FILLS)
def test_fills_that_parse_are_let_through_and_no_others(
    tokenizer: Tokenizer, grammar: Grammar, text: str, fill: str, parses: bool, resizes: bool
) -> None:
    """From left to right, from right to left, and in a mixed order."""
    tokens = tokenizer.tokens(hole_in(text)[0])
    where = bounds_in(text, tokens)
    ids = skeleton(fill, tokenizer)
    mask = grammar.mask(tokens, where)
    slots = list(range(len(ids)))
    for order in (slots, slots[::-1], random.Random(3).sample(slots, len(slots))):
        assert allows(mask, ids, order, resizes) == parses


def test_a_document_that_is_broken_elsewhere_is_not_judged(tokenizer: Tokenizer, grammar: Grammar) -> None:
    """Where no fill would parse, every token is let through."""
    tokens = tokenizer.tokens(Snapshot("def f(:\n    x = ...\n"))
    guide = grammar.mask(tokens, replace(bounds_in("def f(:\n    x = ...\n", tokens), kind="region")).growing([MASK])
    assert isinstance(guide, Unguided)
    assert guide.allowed([0]).all()
    assert guide.propose(0, tokenizer.word("x")[0])


def test_a_region_too_large_to_decide_is_let_through(tokenizer: Tokenizer, grammar: Grammar) -> None:
    """Doubt allows: hundreds of masked slots are beyond the chart."""
    tokens = tokenizer.tokens(Snapshot("x = ...\n"))
    guide = grammar.mask(tokens, bounds_in("x = ...\n", tokens)).fixed([MASK] * 400)
    assert guide.allowed([0, 399]).all()


SPELLED: list[tuple[str, list[str], bool]] = [
    ("a name in pieces", ["▁f", "o"], True),
    ("a keyword in pieces", ["▁i", "f"], False),
    ("a number in pieces", ["▁1", "0"], True),
    ("no number", ["▁0", "1"], False),
    ("a literal", ['<open>"', "a", '<close>"'], True),
    ("another quote", ['<open>"', "a", "<close>'"], False),
    ("half an escape", ['<open>"', "\\", "x", "f", '<close>"'], False),
    ("an escape", ['<open>"', "\\", "x", "f", "f", '<close>"'], True),
    ("a backslash in front of the quote", ['<open>"', "\\", '<close>"'], False),
    ("a line break in a short literal", ['<open>"', "<0x0A>", '<close>"'], False),
    ("a line break in a long one", ['<open>"""', "<0x0A>", '<close>"""'], True),
    ("bytes beyond ASCII", ['<open>b"', "<0xC3>", "<0xA9>", '<close>"'], False),
    ("text beyond ASCII", ['<open>"', "<0xC3>", "<0xA9>", '<close>"'], True),
    ("an f-string", ['<open>f"', "a", "<kw>{", "▁x", "<kw>}", '<close>"'], True),
    ("a conversion", ['<open>f"', "<kw>{", "▁x", "<kw>!", "▁r", "<kw>}", '<close>"'], True),
    ("no conversion", ['<open>f"', "<kw>{", "▁x", "<kw>!", "▁x", "<kw>}", '<close>"'], False),
    ("an f-string that ends with another quote", ['<open>f"', "a", "<close>'"], False),
    ("a starred field alone", ['<open>f"', "<kw>{", "<kw>*", "▁x", "<kw>}", '<close>"'], sys.version_info >= (3, 12)),
    ("a starred field of a tuple", ['<open>f"', "<kw>{", "<kw>*", "▁x", "<kw>,", "<kw>}", '<close>"'], True),
    ("bytes and text", ['<open>b"', '<close>"', '<open>"', '<close>"'], False),
    ("a cut character in a name", ["▁a", "<0xD0>", "f"], False),
    ("half a brace", ['<open>f"', "{", '<close>"'], False),
    ("a comment in the middle of a line", ["▁a", "<#>", "x", "</#>", "<kw>+", "▁1"], False),
    ("a comment in brackets", ["<kw>(", "▁a", "<#>", "x", "</#>", "<kw>)"], True),
]


@pytest.mark.parametrize(("names", "valid"), [row[1:] for row in SPELLED], ids=[row[0] for row in SPELLED])
def test_tokens_have_to_spell_their_lexemes(tokenizer: Tokenizer, grammar: Grammar, names: list[str], valid: bool) -> None:
    """Words that are no keywords, numbers, literals that close as they opened, in whatever order they are committed."""
    ids = [tokenizer.names.index(name) for name in names]
    tokens = tokenizer.tokens(Snapshot("x = ...\n"))
    where = bounds_in("x = ...\n", tokens)
    if valid:
        ast.parse("x = " + tokenizer.text(ids))
    for resizes in (True, False):
        for order in (list(range(len(ids))), list(range(len(ids)))[::-1]):
            assert allows(grammar.mask(tokens, where), ids, order, resizes) == valid


def test_originals_are_never_pruned(tokenizer: Tokenizer, grammar: Grammar, documents: list[Document]) -> None:
    """Any hole in real code: its own tokens stay admissible, whatever is masked and in whatever order they come back."""
    chance = random.Random(11)
    for number in range(100):
        document = chance.choice(documents)
        where = document.cut(chance, 16)
        own = document.tokens.ids[where.first : where.last].tolist()
        kept = chance.choice([0.0, 0.3, 0.7])
        held = [token if chance.random() < kept else MASK for token in own]
        masked = [slot for slot, token in enumerate(held) if token == MASK]
        guide = guided(grammar.mask(document.tokens, where), number % 2 == 0, held)
        if masked:
            assert guide.allowed([*masked, masked[0]])[np.arange(len(masked)), [own[slot] for slot in masked]].all()
        assert all(guide.propose(slot, own[slot]) for slot in chance.sample(masked, len(masked)))


def test_lengths_may_change(grammar: Grammar, documents: list[Document]) -> None:
    """With other numbers of masks than the original has tokens, its first, last and inner tokens are admissible where they would go."""
    chance = random.Random(12)
    for _ in range(80):
        document = chance.choice(documents)
        where = document.cut(chance, 12)
        own = document.tokens.ids[where.first : where.last].tolist()
        mask = grammar.mask(document.tokens, where)
        single, several = mask.growing([MASK]).allowed([0, 0])[0], mask.growing([MASK] * 3).allowed([0, 1, 2])
        if not own:
            assert single[DELETE]
            assert several[:, DELETE].all()
        elif len(own) == 1:
            assert single[own[0]]
        else:
            assert single[EXPAND]
        if own:
            assert several[0, own[0]]
            assert several[2, own[-1]]
            assert several[1, own[len(own) // 2]]


def walks(grammar: Grammar, documents: list[Document], tokenizer: Tokenizer, seed: int, count: int) -> tuple[Counter[str], list[str]]:
    """How walks ended, and the texts of those that do not parse."""
    chance = random.Random(seed)
    ends: Counter[str] = Counter()
    wrong = []
    for number in range(count):
        document = chance.choice(documents)
        where = document.cut(chance, 10)
        found = (growing_walk if number % 4 else walk)(grammar.mask(document.tokens, where), chance.randint(1, 8), chance)
        ends[found.end] += 1
        if found.end != "finished":
            continue
        try:
            ast.parse(tokenizer.text(document.filled(where, found.ids)))
        except (SyntaxError, ValueError) as error:
            wrong.append(f"{error}: {tokenizer.text(found.ids)!r}")
    return ends, wrong


def check_walks(ends: Counter[str], wrong: list[str]) -> None:
    """Nothing finished is wrong; what the grammar admits can be completed, but for the insides of words and literals."""
    assert wrong == []
    assert ends["finished"] > 3 * ends["stuck"]
    assert ends["finished"] > ends.total() / 2


def test_finished_walks_parse(grammar: Grammar, documents: list[Document], tokenizer: Tokenizer) -> None:
    """Whatever is committed in whatever order: a fill without masks leaves a file that `ast.parse` takes."""
    check_walks(*walks(grammar, documents, tokenizer, 5, WALKS))


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
def test_many_finished_walks_parse(grammar: Grammar, documents: list[Document], tokenizer: Tokenizer) -> None:
    """The same, at length."""
    check_walks(*walks(grammar, documents, tokenizer, 6, LONG_WALKS))


@pytest.mark.parametrize("resizes", [True, False])
def test_the_sampler_fills_what_parses(tokenizer: Tokenizer, grammar: Grammar, resizes: bool) -> None:
    """A denoiser that knows nothing, several commits a step: every trajectory that ends leaves a file that parses."""
    text = "def f(a, b):\n    return g(...)\n"
    tokens = tokenizer.tokens(Snapshot(text))
    where = bounds_in(text, tokens)
    noise = np.random.default_rng(4)

    def predict(ids: Ints, valid: Bools, share: Floats) -> Floats:
        return noise.normal(size=(*ids.shape, tokenizer.size)).astype(np.float32) * 3

    sampling = Sampling(6, (1.0,), 1.0, resizes=resizes, budget=12, seed=2)
    hooks = Hooks(grammar.mask(tokens, where))
    roles = Priorities(np.zeros(tokenizer.size, np.int8))
    found = [t for t in denoise([[MASK] * 4] * 12, predict, roles, sampling, CancelToken(), hooks) if not t.stuck]
    assert found
    for trajectory in found:
        filled = tokens.ids[: where.first].tolist() + trajectory.ids + tokens.ids[where.last :].tolist()
        ast.parse(tokenizer.text(filled))


@pytest.mark.parametrize(("minor", "error"), [(10, True), (11, False), (14, False), (15, True)])
def test_versions_of_the_grammar(minor: int, error: bool) -> None:
    """3.11 to 3.14, and a word for the others."""
    if error:
        with pytest.raises(ValueError, match="3\\."):
            Constraints(["[PAD]"], minor)
    else:
        Constraints(["[PAD]"], minor)
    assert Grammar(["[PAD]"], 99), "a newer Python has the newest grammar"


@pytest.mark.parametrize("ids", [[MASK], [99_999]])
def test_ids_that_do_not_exist_are_refused(tokenizer: Tokenizer, ids: list[int]) -> None:
    """IndexError, and never a panic."""
    constraints = Constraints(list(tokenizer.names), sys.version_info.minor)
    around = constraints.around([4, 4], 1, 1)
    if ids != [MASK]:
        with pytest.raises(IndexError):
            around.growing(ids)
        return
    fill = around.growing(ids)
    for wrong in (
        lambda: fill.masks([1]),
        lambda: fill.exact_mask(1),
        lambda: fill.propose(0, 99_999),
        lambda: constraints.around([4], 1, 0),
    ):
        with pytest.raises(IndexError):
            wrong()
    with pytest.raises(ValueError, match="float32"):
        around.fixed(ids).best(b"")


def test_the_best_fill_is_the_likeliest_that_parses(tokenizer: Tokenizer, grammar: Grammar) -> None:
    """Slot by slot the likeliest tokens would not parse; together the best that do are found."""
    tokens = tokenizer.tokens(Snapshot("x = ...\n"))
    where = bounds_in("x = ...\n", tokens)
    name, plus, opens = tokenizer.word("a")[0], tokenizer.names.index("<kw>+"), tokenizer.names.index("<kw>(")
    scores = np.full((3, tokenizer.size), -20.0, np.float32)
    scores[:, opens], scores[:, name], scores[1, plus] = -0.1, -1.0, -2.0
    best = grammar.mask(tokens, where).surrounded.fixed([MASK] * 3).best(scores.tobytes())
    assert best == [name, plus, name]
