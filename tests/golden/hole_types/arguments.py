"""Holes that are passed: σ is the parameter's type, of overloads all alternatives that the other arguments allow."""

import asyncio
import functools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, ParamSpec, Protocol, TypeVar, overload

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Item:
    name: str
    price: float = 0.0
    tags: list[str] = field(default_factory=list)


class Point(NamedTuple):
    x: int
    label: str = ""


class Sized(Protocol):
    def area(self) -> float: ...


def mixed(first: int, second: str = "", *rest: bytes, flag: bool = False, **options: float) -> None:
    pass


def run(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    return function(*args, **kwargs)


def same(left: R, right: R) -> R:
    return left or right


def modes(mode: Literal["r", "w"]) -> None:
    pass


def measure(shape: Sized) -> float:
    return shape.area()


@overload
def convert(value: int) -> str: ...
@overload
def convert(value: str, base: int = 10) -> int: ...
def convert(value: Any, base: int = 10) -> Any:
    return value


def calls(items: list[Item], rates: dict[str, list[int]], text: str) -> None:
    mixed(...)
    # σ int  ← argument 'first' of mixed
    mixed(1, ...)
    # σ str  ← argument 'second' of mixed
    mixed(1, "", ...)
    # σ bytes  ← argument 'rest' of mixed
    mixed(1, flag=...)
    # σ bool  ← argument 'flag' of mixed
    mixed(1, other=...)
    # σ float  ← argument 'other' of mixed
    Item(..., price=...)
    # σ str  ← argument 'name' of Item
    # σ float  ← argument 'price' of Item
    Point(..., label=...)
    # σ int  ← argument 'x' of Point
    # σ str  ← argument 'label' of Point
    run(mixed, ...)
    # σ int  ← argument 'first' of run
    same(1, ...)
    # σ int  ← argument 'right' of same; values of other types are accepted, too
    modes(...)
    # σ Literal['r', 'w']  ← argument 'mode' of modes
    measure(...)
    # σ Sized  ← argument 'shape' of measure
    convert(...)
    # σ int | str  ← argument 'value' of convert
    convert(..., 16)
    # σ str  ← argument 'value' of convert
    items.append(...)
    # σ Item  ← argument 1 of items.append
    items.extend(...)
    # σ Iterable[Item]  ← argument 1 of items.extend
    rates.get(...)
    # σ str  ← argument 1 of rates.get
    rates.get("a", ...)
    # σ list[int] | None  ← argument 2 of rates.get; values of other types are accepted, too
    rates.setdefault("a", ...)
    # σ list[int]  ← argument 2 of rates.setdefault
    re.sub("a", ..., text)
    # σ str | Callable[[Match[str]], str]  ← argument 'repl' of re.sub
    re.compile(...).match(...)
    # σ str | bytes | Pattern[Any]  ← argument 'pattern' of re.compile
    # σ str | Buffer  ← argument 'string' of match; values of other types are accepted, too
    sorted(items, key=...)
    # σ Callable[[Item], SupportsDunderLT[Any] | SupportsDunderGT[Any]] | None  ← argument 'key' of sorted
    min(items, key=lambda item: ...)
    # σ SupportsDunderLT[Any] | SupportsDunderGT[Any]  ← result of the lambda
    list(map(..., items))
    # σ Callable[[Item], Any]  ← argument 1 of map
    ", ".join(...)
    # σ Iterable[str]  ← argument 1 of join
    len(...)
    # σ Sized  ← argument 1 of len
    isinstance(text, ...)
    # σ type | UnionType | tuple[_ClassInfo, ...]  ← argument 2 of isinstance
    print(...)
    # σ object  ← argument 'values' of print
    text.split(maxsplit=...)
    # σ SupportsIndex  ← argument 'maxsplit' of text.split
    functools.reduce(..., [1, 2])
    # σ Callable[[int, int], int]  ← argument 1 of functools.reduce
    defaultdict[str, int](...)
    # σ Callable[[], int] | None  ← argument 1 of defaultdict[...]
    mixed(*...)
    # σ Iterable[int | str | bytes | bool | float]  ← unpacked into the arguments of mixed
    mixed(1, **...)
    # σ Mapping[str, int | str | bytes | bool | float]  ← unpacked into the arguments of mixed
    unknown(...)
    # σ ?  ← argument 'value' of unknown: any type is accepted


def unknown(value):
    return value


def in_return(numbers: Iterable[int]) -> list[int]:
    return sorted(...)
    # σ Iterable[int]  ← argument 1 of sorted


async def waits() -> None:
    await asyncio.sleep(...)
    # σ float  ← argument 'delay' of asyncio.sleep
    await asyncio.wait_for(asyncio.sleep(1), timeout=...)
    # σ float | None  ← argument 'timeout' of asyncio.wait_for


def by_result(numbers: list[float], words: list[str]) -> float:
    first: int = same(1, ...)
    # σ int  ← argument 'right' of same; values of other types are accepted, too
    total: float = sum(...)
    # σ Iterable[float]  ← argument 1 of sum
    longest: str = max(..., key=len)
    # σ Iterable[str]  ← argument 1 of max
    found: str = next(...)
    # σ SupportsNext[str]  ← argument 1 of next
    words = list(...)
    # σ Iterable[str]  ← argument 1 of list
    only: int = same(..., ...)
    # σ int  ← argument 'left' of same
    # σ int  ← argument 'right' of same
    print(first, total, longest, found, only)
    return max(..., 1.0)
    # σ float  ← argument 1 of max
