"""Holes that are returned: σ is the declared result, unwrapped from what async functions and generators make of it."""

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Generic, Optional, Self, TypeVar

T = TypeVar("T")
Scores = dict[str, list[int]]


def plain() -> float:
    return ...
    # σ float  ← return type of plain


def optional() -> Optional[str]:
    return ...
    # σ str | None  ← return type of optional


def union() -> int | str | None:
    return ...
    # σ int | str | None  ← return type of union


def alias() -> Scores:
    return ...
    # σ dict[str, list[int]]  ← return type of alias


def function() -> Callable[[int, str], bool]:
    return ...
    # σ Callable[[int, str], bool]  ← return type of function


def several() -> tuple[int, ...]:
    return ...
    # σ tuple[int, ...]  ← return type of several


def generic(value: T) -> list[T]:
    return ...
    # σ list[T]  ← return type of generic


def outer() -> int:
    def inner() -> bytes:
        return ...
        # σ bytes  ← return type of inner

    return len(inner())


async def asynchronous() -> str:
    return ...
    # σ str  ← return type of asynchronous


def generator() -> Generator[int, str, float]:
    yield 1
    return ...
    # σ float  ← return type of generator


def untyped(x):
    return ...
    # σ ?  ← return type of untyped: any type is accepted


def by_lambda() -> Callable[[int], str]:
    return lambda number: ...
    # σ str  ← result of the lambda


class Box(Generic[T]):
    content: T

    def opened(self) -> T:
        return ...
        # σ T  ← return type of opened

    def again(self) -> Self:
        return ...
        # σ Self  ← return type of again

    @property
    def size(self) -> int:
        return ...
        # σ int  ← return type of size

    @classmethod
    def empty(cls) -> "Box[T]":
        return ...
        # σ Box[T]  ← return type of empty

    @staticmethod
    def count() -> int:
        return ...
        # σ int  ← return type of count


@contextmanager
def opened() -> Iterator[bytes]:
    yield ...
    # σ bytes  ← item yielded by opened


async def ticks() -> AsyncIterator[float]:
    yield ...
    # σ float  ← item yielded by ticks


def items() -> Iterator[int]:
    yield ...
    # σ int  ← item yielded by items
    yield from ...
    # σ Iterable[int]  ← items yielded by items
