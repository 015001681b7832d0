"""What hard masks over words may rely on at a hole: the names that can be read there, and members and arguments that exist for certain."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from astral_native import Snapshot
from astral_runtime.holes import Certain

DYNAMIC = re.compile(r"\b(?:(?:exec|globals|locals|vars)\s*\(|__builtins__|sys\.modules)")
"""With one of these in the file, names may exist that no reader of it sees."""

DYNAMIC_WORDS = ("exec", "globals", "locals", "vars", "__builtins__", "sys.modules")
"""Without one of these there is no match, and looking for plain words takes a small part of what the expression takes."""

PROBING = re.compile(r"\b(?:setattr|delattr|getattr|hasattr|__dict__|AttributeError|TypeError|__getattr__|__getattribute__)\b")
"""With one of these around the hole, members may be missing on purpose, or be made at run time."""

INTERPRETERS = frozenset(
    {"__name__", "__file__", "__doc__", "__path__", "__spec__", "__loader__", "__package__", "__cached__", "__class__"}
    | {"__annotations__", "__debug__", "__dict__", "__module__", "__qualname__", "__builtins__", "__all__", "_", "WindowsError"}
)
"""Bound by the interpreter, by `gettext.install`, or on another platform."""

KEPT_PLACES = 64
"""Places of versions whose visible names are kept."""

BUILTINS = frozenset(dir(builtins)) | INTERPRETERS


@dataclass(frozen=True, slots=True)
class Known:
    """`names`: all that a fill may read without having bound it, None in doubt. `certain`: the tables of types, doubtful ones left out."""

    names: frozenset[str] | None = None
    certain: Certain = field(default_factory=Certain)


def known_at(native: Snapshot, start: int, end: int, certain: Certain) -> Known:
    """What the file itself gives no reason to doubt. `certain` is what types say at the hole [start, end)."""
    around = _around(native, start, end)
    if PROBING.search(around):
        certain = Certain(strings=certain.strings)
    attributes = _uncontradicted(certain.attributes, around, r"\s*\.\s*(\w+)")
    again = _bound_again(around)
    keywords = {callee: names for callee, names in certain.keywords.items() if callee.partition(".")[0] not in again}
    return Known(names_at(native, start, end), Certain(attributes, keywords, certain.keys, certain.strings))


def names_at(native: Snapshot, start: int, end: int) -> frozenset[str] | None:
    """Names that code in the hole may read: visible there, bound later in what is around it, or builtins.

    None in doubt: star imports, names made at run time, and text that does not parse.
    """
    if native.faults() or _is_dynamic(native.text()):
        return None
    definitions = native.definitions()
    ends = [definitions[index].body_end for index in native.enclosing(start)]
    offsets = {start, end, native.byte_len, *ends, *(offset - 1 for offset in ends if offset)}
    found = frozenset[str]().union(*(_visible(native, offset) for offset in offsets))
    return None if "*" in found else BUILTINS | found


@lru_cache(KEPT_PLACES)
def _visible(native: Snapshot, offset: int) -> frozenset[str]:
    """First names of what is visible at an offset of a version: the ends of definitions are asked about by every hole in them."""
    return frozenset(binding.name.partition(".")[0] for binding in native.scope(offset))


def _is_dynamic(text: str) -> bool:
    return any(word in text for word in DYNAMIC_WORDS) and DYNAMIC.search(text) is not None


def _around(native: Snapshot, start: int, end: int) -> str:
    """The outermost definition around a hole, without it; the whole file where there is none."""
    around = native.enclosing(start)
    first, last = (native.definitions()[around[0]].start, native.definitions()[around[0]].end) if around else (0, native.byte_len)
    return f"{native.slice(first, start)} {native.slice(end, max(end, last))}"


def _uncontradicted(table: Mapping[str, frozenset[str]], around: str, use: str) -> dict[str, frozenset[str]]:
    """Receivers of which the code around the hole uses nothing that they would not have: mixins do, and what is narrowed."""
    used: dict[str, set[str]] = {}
    for receiver in table:
        pattern = rf"(?<![\w.]){re.escape(receiver)}{use}"
        used[receiver] = {found.group(1) for found in re.finditer(pattern, around)} if receiver in around else set()
    return {receiver: names for receiver, names in table.items() if used[receiver] <= names}


def _bound_again(around: str) -> set[str]:
    """Names that the code around the hole assigns: a callee among them may be another one by then."""
    return set(re.findall(r"(\w+)\s*=(?!=)", around))
