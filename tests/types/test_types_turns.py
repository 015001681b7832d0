"""Who is answered first: contexts overtake a search, a check and diagnostics that are under way, and change nothing about them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Fit
from astral_runtime.types import wire
from astral_runtime.types.answers import Answers

CODE = """
from dataclasses import dataclass

@dataclass
class Item:
    name: str
    price: float

def other(items: list[Item]) -> str:
    return ...

def total(items: list[Item], factor: float) -> float:
    return ...
"""
OTHER = CODE.replace("factor: float", "factor: float, item: Item")
FITS = [Fit("factor", 0.0), Fit("items", 0.0), Fit("len(items) * factor", 0.0), Fit("items[0].name", 0.0)]


class Asked:
    """Answers in this process, as `process` drives them; `replies` are the ids of replies in their order."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.answers = Answers({"root": str(root), "python": None, "config": None, "trusted": False})
        self.replies: list[int] = []
        self.ok: dict[int, Any] = {}
        self._ids = itertools.count(1)

    def ask(self, operation: str, text: str, name: str = "buffer.py") -> int:
        """Put one question about the last hole; its id."""
        document = DocumentSnapshot(self.root / name, Snapshot(text), 1, self.root)
        hole = document.holes()[-1]
        holes = document.holes() if operation == "contexts" else [hole]
        rows = [wire.hole_message(document, each) for each in document.holes()]
        message = {
            "id": next(self._ids), "op": operation, "document": wire.document_message(document, holes), "deadline": time.monotonic() + 600,
            "holes": rows, "hole": rows[-1], "limit": 40, "span": list(hole.span), "fits": [wire.fit_row(fit) for fit in FITS],
        }  # fmt: skip
        self._note(self.answers.answer(message))
        return message["id"]

    def work(self, steps: int) -> None:
        """A few steps of what is under way."""
        for _ in range(steps):
            self._note(self.answers.work())

    def settle(self) -> None:
        """Work until nothing is left to do."""
        while self.answers.busy:
            self.work(1)

    def _note(self, reply: dict[str, Any] | None) -> None:
        if reply is not None:
            self.replies.append(reply["id"])
            self.ok[reply["id"]] = reply["ok"] if "ok" in reply else f"error: {reply['error']}"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Asked]:
    """One session for all; its replies start anew."""
    shared = Asked(tmp_path_factory.mktemp("turns"))

    def fresh() -> Asked:
        shared.settle()
        shared.replies.clear()
        return shared

    return fresh


@pytest.mark.parametrize("operation", ["search", "check", "diagnostics"])
@pytest.mark.parametrize("meanwhile", [CODE, OTHER, CODE + "\n" + OTHER.replace("total", "more")])
@pytest.mark.parametrize("steps", [0, 1, 2])
def test_contexts_overtake(asked: Callable[[], Asked], operation: str, meanwhile: str, steps: int) -> None:
    """The later question of the same or of an edited text is answered first, and both as if they had been asked alone."""
    one = asked()
    alone = one.ask("contexts", meanwhile), one.ask(operation, CODE)
    one.settle()
    one.replies.clear()
    slow = one.ask(operation, CODE)
    one.work(steps)
    assert one.replies == []
    quick = one.ask("contexts", meanwhile)
    one.settle()
    assert one.replies == [quick, slow]
    assert one.ok[quick] == one.ok[alone[0]]
    changed = operation == "diagnostics" and meanwhile != CODE
    assert one.ok[slow] == ("error: the document has changed meanwhile" if changed else one.ok[alone[1]])


def test_what_is_waited_for_goes_before_diagnostics(asked: Callable[[], Asked]) -> None:
    """A search that comes after diagnostics is answered before them, two searches in their order."""
    one = asked()
    last = one.ask("diagnostics", CODE)
    first, second = one.ask("search", CODE), one.ask("search", CODE)
    one.settle()
    assert one.replies == [first, second, last]
    assert one.ok[first] == one.ok[second] != []


def test_a_document_that_is_closed(asked: Callable[[], Asked]) -> None:
    """Its questions end with an answer, those of other documents go on."""
    one = asked()
    gone, stays = one.ask("search", CODE, "closed.py"), one.ask("search", CODE)
    one.answers.answer({"id": None, "op": "close", "path": str(one.root / "closed.py")})
    one.settle()
    assert one.ok[gone] == "error: the document was closed"
    assert [row[0] for row in one.ok[stays]]
