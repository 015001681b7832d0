"""Hard masks while a text is written from left to right: the grammar of the whole file with its suffix, asked only about likely tokens.

The masks of `astral_native` say for each byte string whether some fill that parses begins with it. A token is a byte string, so they serve
every vocabulary, and only the likeliest tokens are asked about, half a millisecond for each: a mask over 262,144 would take far longer.
"""

from __future__ import annotations

import ast
import sys
import warnings
from dataclasses import dataclass

from astral_native import BytePrefix, ByteVocabulary
from astral_runtime.proposers.gap import Gap


@dataclass(frozen=True, slots=True)
class Growing:
    """A text as far as it is written, seen through every grammar that it has to fit; through none, anything fits."""

    fills: tuple[BytePrefix, ...]
    one: bool

    def wrote(self, text: bytes) -> Growing | None:
        """With more text; None where no fill that parses goes on so."""
        grown = tuple(fill.copy() for fill in self.fills)
        fits = all(fill.write(text) and fill.completes() for fill in grown)
        return Growing(grown, self.one) if fits else None

    def ended(self, text: bytes) -> bool:
        """Whether the file parses when this is the last text."""
        grown = [fill.copy() for fill in self.fills]
        if not all(fill.write(text) and fill.ends() for fill in grown):
            return False
        return not grown or not self.one or is_one_expression(grown[0].text())


class Lens:
    """Python's grammar over bytes; made once, a tenth of a second. Thread-safe."""

    def __init__(self, minor: int = sys.version_info.minor) -> None:
        """`minor`: of the Python 3 that files are written for."""
        self._bytes = ByteVocabulary([bytes([byte]) for byte in range(256)], min(max(minor, 11), 14))

    def of(self, gap: Gap) -> Growing:
        """Nothing written yet. A hole for one expression is looked at alone, too: `a), (b` fits between brackets and is none."""
        fills = [self._bytes.between(gap.before, gap.after)]
        if gap.one and not gap.owed.strip():
            fills.append(self._bytes.between("_ =", "\n"))
        return Growing(tuple(fill for fill in fills if fill.guided()), gap.one)


ANYTHING = Growing((), False)
"""No grammar at all."""


def is_one_expression(text: bytes) -> bool:
    """Whether it is exactly one argument of a call: no tuple without brackets, nothing starred or named."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            call = ast.parse(b"f(" + text.lstrip() + b"\n)", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    alone = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and len(call.args) == 1 and not call.keywords
    return alone and isinstance(call, ast.Call) and not isinstance(call.args[0], ast.Starred)
