"""A hole as the grammar sees it: its document's tokens, where its fill begins and ends, and what a fill may leave out."""

from __future__ import annotations

from dataclasses import dataclass

from astral_native import Constraints, Surrounded
from astral_runtime.context.tokens import Tokens
from astral_runtime.context.vocabulary import ID
from astral_runtime.denoise.bounds import DEDENT, INDENT, NEWLINE, Bounds

COLON = ID["<kw>:"]


@dataclass(frozen=True, slots=True)
class Region:
    """Tokens of a document with the hole [first, last). `joins`: a fill may go on with the word in front of it.

    `ends_line`: the NEWLINE at a fill's end may be missing, since whole statements get theirs with the text.
    """

    ids: tuple[int, ...]
    first: int
    last: int
    joins: bool
    ends_line: bool

    def surrounded(self, constraints: Constraints) -> Surrounded:
        """What surrounds the hole, made small once for all of its fills."""
        return constraints.around(self.ids, self.first, self.last, self.joins, self.ends_line)


def region(tokens: Tokens, where: Bounds) -> Region:
    """The hole of `where`. Statements behind a colon stand in a block of their own, as `bounds.fill_text` writes them."""
    ids, first, last = tuple(tokens.ids.tolist()), where.first, where.last
    whole = where.kind == "block"
    if whole and ids[first - 1] == COLON:
        before, after = (NEWLINE, INDENT), (DEDENT,)
        ids = (*ids[:first], *before, *ids[first:last], *after, *ids[last:])
        first, last = first + len(before), last + len(before)
    return Region(ids, first, last, joins(tokens, where), whole)


def joins(tokens: Tokens, where: Bounds) -> bool:
    """Whether the hole's first byte continues the word that ends in front of it."""
    first, start = where.first, where.hole.span.start
    return first > 0 and where.kind == "region" and int(tokens.end[first - 1]) == start > int(tokens.start[first - 1])
