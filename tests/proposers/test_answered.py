"""Texts of a server: cut where the file goes on, left out where the file would not parse, and ordered by what they are likely to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from ngram import NGram

from astral_native import Snapshot
from astral_runtime.bundled import NoModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken
from astral_runtime.holes import Hole, HoleKind, Span
from astral_runtime.proposers.answered import CompletionProposer
from astral_runtime.proposers.protocol import Asked, Completion, ModelFault

CODE = """def total(prices):
    result = 0
    for price in prices:
        result += price
    return result
"""


@dataclass
class Recorded:
    """A `Completer` that gives the answers of a table: what servers did write."""

    answers: tuple[Completion, ...] | NoModel
    name: str = "recorded"

    def complete(self, prefix: str, suffix: str, many: int, max_tokens: int, cancel: CancelToken) -> tuple[Completion, ...] | NoModel:
        cancel.check()
        assert CODE.startswith(prefix)
        assert CODE.endswith(suffix)
        return self.answers

    def close(self) -> None:
        pass


@dataclass
class Greedy:
    """A `Completer` over a counted model: the likeliest token, again and again, past the hole's end."""

    model: NGram
    name: str = "greedy"

    def complete(self, prefix: str, suffix: str, many: int, max_tokens: int, cancel: CancelToken) -> tuple[Completion, ...] | NoModel:
        text, log_probs = prefix.encode(), list[float]()
        for _ in range(max_tokens):
            logits = self.model.logits(text)
            token = int(logits.argmax())
            text, log_probs = text + self.model.tokens[token], [*log_probs, float(logits[token])]
        return (Completion(text[len(prefix.encode()) :].decode(), tuple(log_probs)),)

    def close(self) -> None:
        pass


def cut(text: str, kind: HoleKind) -> tuple[DocumentSnapshot, Hole]:
    """The code without a text that it has once."""
    before, after = CODE.split(text)
    stand_in = "" if kind == "region" else "..."
    start = len(before.encode())
    return DocumentSnapshot(Path("x.py"), Snapshot(before + stand_in + after)), Hole("h1", kind, Span(start, start + len(stand_in)))


CASES: list[tuple[str, HoleKind, str, list[str]]] = [
    ("        result += price\n", "region", "        result += price\n    return result\n", ["        result += price\n"]),
    ("        result += price\n", "region", "        result = result + price\n\n\ndef next(", ["        result = result + price\n"]),
    ("        result += price\n", "region", "\tresult += (price\n", []),
    ("    for price in prices:\n", "region", "    for price in prices:\n        result += price", ["    for price in prices:\n"]),
    ("    for price in prices:\n", "region", "    price = prices\n", []),
    ("price in prices", "region", "price in sorted(prices):\n        result", ["price in sorted(prices)"]),
    ("0", "expression", "0\n    for price in prices:\n", ["0"]),
    ("0", "expression", "0, 1\n    for", []),
    ("0", "expression", " ", []),
]
"""What is gone, as a hole of a kind; what a server wrote; what is proposed."""


@pytest.mark.parametrize(("gone", "kind", "answer", "fills"), CASES)
def test_answers_are_cut_and_checked(gone: str, kind: HoleKind, answer: str, fills: list[str]) -> None:
    """Where the file goes on, else where a line ends; nothing that leaves it broken."""
    document, hole = cut(gone, kind)
    found = CompletionProposer(Recorded((Completion(answer),))).propose(document, hole, Asked(), CancelToken(), lambda step: None)
    assert [fill.text for fill in found] == fills


def test_likelier_answers_come_first_and_unknown_names_last() -> None:
    """By log-probability and names; the same text counts once."""
    document, hole = cut("0", "expression")
    answers = tuple(Completion(text, (nats,)) for text, nats in (("1\n", -2.0), ("0\n", -1.0), ("nothing\n", -0.5), ("0\n", -3.0)))
    found = CompletionProposer(Recorded(answers)).propose(document, hole, Asked(), CancelToken(), lambda step: None)
    assert [fill.text for fill in found] == ["0", "1", "nothing"]


def test_a_model_that_writes_past_the_hole() -> None:
    """Greedy text of a counted model, cut back to the line that is gone."""
    document, hole = cut("        result += price\n", "region")
    found = CompletionProposer(Greedy(NGram(CODE))).propose(document, hole, Asked(), CancelToken(), lambda step: None)
    assert [fill.text for fill in found] == ["        result += price\n"]
    assert found[0].log_prob < 0


def test_no_answer_is_said() -> None:
    """A server that cannot be asked is a fault with its reason; a question that nobody wants any more has no answer."""
    document, hole = cut("0", "expression")
    token = CancelToken()
    with pytest.raises(ModelFault, match="refused"):
        CompletionProposer(Recorded(NoModel("http://127.0.0.1:9: refused"))).propose(document, hole, Asked(), token, lambda step: None)
    token.cancel()
    assert CompletionProposer(Recorded(())).propose(document, hole, Asked(), token, lambda step: None) == ()
