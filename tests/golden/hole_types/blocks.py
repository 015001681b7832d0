"""Holes that are a whole body: a value where the function declares one, a statement where it does not."""

from collections.abc import Iterator


def value(items: list[int]) -> float:
    ...
    # σ float  ← return type of value


def documented() -> list[str]:
    """What the names are."""
    ...  # sorted by length
    # σ list[str]  ← return type of documented


def nothing() -> None:
    ...
    # σ statement  ← body of a function that returns None


def untyped():
    ...
    # σ ?  ← return type of untyped: any type is accepted


async def asynchronous() -> bytes:
    ...
    # σ bytes  ← return type of asynchronous


def iterates() -> Iterator[int]:
    ...
    # σ Iterator[int]  ← return type of iterates


class Shelf:
    def count(self) -> int:
        ...
        # σ int  ← return type of count

    def clear(self) -> None:
        ...
        # σ statement  ← body of a function that returns None
