"""Where a package defines what its files name: the repository memory of a training window (§3.2).

A definition is a `def` or `class` of a shard; it is known by the token ids of its name, within its own package. At serving time imports
say which definition a name means (`astral_runtime.context.repository`); here the name alone has to do, so one that is defined in too many
places is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from astral_models.corpus.shards import Shard
from astral_runtime.context.vocabulary import ID, MARK

HEADS = (ID["<kw>def"], ID["<kw>class"])
AMBIGUOUS = 4
"""A name that is defined in more places than this is not looked up."""

Ints = NDArray[np.int64]
Word = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Definitions:
    """First tokens of the definitions of a shard by package and name."""

    starts: dict[tuple[int, Word], list[int]]
    packages: Ints
    """First token of each package, ascending."""
    opens: NDArray[np.bool_]
    """(v,) whether a token begins a word."""
    goes_on: NDArray[np.bool_]
    """(v,) whether a token continues one."""

    def named_in(self, ids: Ints, first: int) -> list[int]:
        """First tokens of definitions that stand outside [first, first + len(ids)) and are named inside, the rarest names first."""
        package = int(np.searchsorted(self.packages, first, "right")) - 1
        last, found = first + len(ids), []
        for word in dict.fromkeys(words(ids, self.opens, self.goes_on)):
            places = self.starts.get((package, word), ())
            if 0 < len(places) <= AMBIGUOUS and not any(first <= place < last for place in places):
                found.append((len(places), min(places, key=lambda place: abs(place - first))))
        return [place for _, place in sorted(found)]


def words(ids: Ints, opens: NDArray[np.bool_], goes_on: NDArray[np.bool_]) -> Iterator[Word]:
    """Names and numbers among tokens, each as its token ids, in order."""
    tokens = ids.tolist()
    for at in np.flatnonzero(opens[ids]).tolist():
        end = at + 1
        while end < len(tokens) and goes_on[tokens[end]]:
            end += 1
        yield tuple(tokens[at:end])


def index(shard: Shard, names: Sequence[str]) -> Definitions:
    """Every definition of a shard. `names`: the vocabulary."""
    fixed = np.arange(len(names)) < len(ID)
    marked = np.array([name.startswith(MARK) for name in names])
    opens, goes_on = marked & ~fixed, ~marked & ~fixed
    ids, borders = np.asarray(shard.ids), shard.packages
    starts: dict[tuple[int, Word], list[int]] = defaultdict(list)
    heads = np.flatnonzero(np.isin(ids[:-8], HEADS))
    for at, package in zip(heads.tolist(), (np.searchsorted(borders, heads, "right") - 1).tolist(), strict=True):
        word = next(words(ids[at + 1 : at + 8].astype(np.int64), opens, goes_on), None)
        if word is not None:
            starts[package, word].append(at)
    return Definitions(dict(starts), borders, opens, goes_on)
