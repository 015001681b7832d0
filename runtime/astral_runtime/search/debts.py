"""What a fill would leave undone or undo: reasons against it that lie in the function around the hole, not in the fill's pieces.

Code that packages publish is finished, so weights fitted on it hardly know these; a hole stands in code that is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from astral_runtime.search.types import Hints, Name, T

CONVERSIONS = ("repr(", "str(", "bool(", "ascii(", "iter(")
"""Calls that make the wanted type of anything at all."""
_READ = re.compile(r"""(?<![\w.])[^\W\d]\w*""")
_QUOTED = re.compile(r"""(["']).*?\1""")


class Debts:
    """The features of one hole that are the same for every fill, ready to be compared with one."""

    def __init__(self, names: Mapping[str, Name[T]], hints: Hints) -> None:
        reads = hints.reads or {}
        known = hints.reads is not None
        unread = {name for name, each in names.items() if known and each.origin in {"local", "parameter"} and not reads.get(name)}
        unread -= {"self", "cls", "_"}
        self._owed = hints.owed
        self._bound = unread & set(hints.owed)
        self._parameters = unread & set(hints.parameters)
        self._bonuses = [(name, "name.unused") for name in unread]
        self._bonuses += [(name, "name.fresh") for name in hints.fresh if name in names]
        self._bonuses += [(name, "self.unused") for name in ("self", "cls") if known and name in names and not reads.get(name)]
        self._peer = hints.peer
        self._endless = self._endless_calls(hints)

    @staticmethod
    def _endless_calls(hints: Hints) -> re.Pattern[str] | None:
        """Calls of the enclosing function with the very arguments that it was given; `item.total()` is another's."""
        if not hints.function:
            return None
        given = ", ".join(hints.parameters)
        return re.compile(rf"(?<![\w.])(self\.|cls\.)?{re.escape(f'{hints.function}({given})')}")

    def of(self, text: str, seen: bool) -> Iterator[tuple[str, float]]:
        """Features of one fill. `seen`: the file has the same expression in a place like this."""
        every = _READ.findall(_QUOTED.sub("", text))
        read = set(every)
        for name, feature in self._bonuses:
            if name in read and (again := every.count(name) - 1):
                yield feature, -float(again)  # a name's first reading is worth something, its second is not
        if left := len(self._bound - read):
            yield "debt.bound", float(left)
        if left := len(self._parameters - read):
            yield "debt.parameter", float(left)
        if text == self._peer:
            yield "peer.same", 1.0
        if self._endless is not None and self._endless.search(text):
            yield "call.endless", 1.0
        if (
            text.startswith(CONVERSIONS) or text.endswith(tuple(f".{name}({each})" for name in ("count", "index") for each in self._owed))
        ) and not seen:
            yield "conversion", 1.0
