"""Holes in displays and comprehensions: σ comes from what the whole is declared to be."""

from collections.abc import Iterator
from typing import NotRequired, Optional, TypedDict


class Movie(TypedDict):
    title: str
    year: NotRequired[int]


def displays(words: list[str]) -> None:
    numbers: list[int] = [1, ...]
    # σ int  ← element of the list
    options: Optional[list[str]] = [...]
    # σ str  ← element of the list
    unique: set[bytes] = {...}
    # σ bytes  ← element of the set
    pair: tuple[int, str] = (..., ...)
    # σ int  ← element of the tuple
    # σ str  ← element of the tuple
    many: tuple[float, ...] = (1.0, ...)
    # σ float  ← element of the tuple
    prices: dict[str, float] = {...: ...}
    # σ str  ← key of the dict
    # σ float  ← value of the dict
    nested: dict[str, list[int]] = {"a": [...]}
    # σ int  ← element of the list
    movie: Movie = {"title": ..., "year": ...}
    # σ str  ← value of key 'title' of Movie
    # σ int  ← value of key 'year' of Movie
    made = Movie(title=...)
    # σ str  ← argument 'title' of Movie
    lengths: list[int] = [... for word in words]
    # σ int  ← element of the comprehension
    letters: set[str] = {... for word in words}
    # σ str  ← element of the comprehension
    table: dict[str, int] = {...: ... for word in words}
    # σ str  ← key of the comprehension
    # σ int  ← value of the comprehension
    lazy: Iterator[bytes] = (... for word in words)
    # σ bytes  ← element of the comprehension
    kept = [word for word in words if ...]
    # σ bool  ← condition: any truthy value
    flat = [letter for word in ... for letter in word]
    # σ Iterable[Any]  ← iterated by for word
    loose = [...]
    # σ ?  ← element of the list
    merged: dict[str, int] = {**...}
    # σ SupportsKeysAndGetItem[str, int]  ← unpacked into the dict
    spread: list[int] = [*...]
    # σ Iterable[Any]  ← unpacked by *
    print(numbers, options, unique, pair, many, prices, nested, movie, made, lengths, letters, table, lazy, kept, flat, loose, merged, spread)
