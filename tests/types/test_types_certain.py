"""What hard masks may rely on: tables of what is certain, and nothing of what is in doubt."""

from __future__ import annotations

from collections.abc import Callable

from patience import DEADLINE_MS

from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Certain
from astral_runtime.types.client import Oracle, OracleSettings

MakeDocument = Callable[..., DocumentSnapshot]

FILE = """
import os, shlex
from typing import Any, Literal, TypedDict

class Row(TypedDict):
    left: int
    right: int

class Plain:
    rate = 1
    def __init__(self, size: int, *, colour: str = "") -> None:
        self.size = size
    def twice(self, by: int) -> int: ...

class Open:
    def __getattr__(self, name: str) -> Any: ...

def loose(first: int, **rest: int) -> None: ...

def want(mode: Literal["read", "write"]) -> None: ...

class Sub(Plain):
    def m(self, row: Row, plain: Plain, either: Plain | None, both: Plain | Open, some: Any, gone: Open, text: str) -> None:
        want(...)
"""


def certain(oracle: Oracle, document: MakeDocument) -> Certain:
    """At the last hole of the file."""
    snapshot = document(FILE)
    return oracle.certain(snapshot, snapshot.holes()[-1], DEADLINE_MS)


def test_members_of_what_is_known_are_complete_and_of_what_is_open_are_left_out(oracle: Oracle, document: MakeDocument) -> None:
    """Inherited ones and those of object too; of a union those of any item; Any and `__getattr__` are in doubt."""
    attributes = certain(oracle, document).attributes
    assert {"size", "rate", "twice", "m", "__class__"} <= attributes["self"]
    assert "m" not in attributes["plain"]
    assert attributes["either"] == attributes["plain"] | frozenset(dir(None))
    assert {"upper", "join"} <= attributes["text"]
    assert {"path", "startfile", "getcwd"} <= attributes["os"], "names of other platforms too"
    assert "quote" in attributes["shlex"]
    assert not {"both", "some", "gone"} & attributes.keys()


def test_keyword_arguments_keys_and_literals(oracle: Oracle, document: MakeDocument) -> None:
    """Of functions, classes, methods of the own object and functions of modules; `**rest` is in doubt."""
    found = certain(oracle, document)
    assert found.keywords["Plain"] == {"size", "colour"}
    assert found.keywords["self.twice"] == {"by"}
    assert "posix" in found.keywords["shlex.split"]
    assert "loose" not in found.keywords
    assert found.keys["row"] == {"left", "right"}
    assert found.strings == {"read", "write"}


def test_an_outage_makes_nothing_certain(document: MakeDocument) -> None:
    """No table, so that nothing is excluded."""
    snapshot, closed = document(FILE), Oracle(OracleSettings())
    closed.close()
    assert closed.certain(snapshot, snapshot.holes()[-1], DEADLINE_MS) == Certain()
