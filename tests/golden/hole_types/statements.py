"""Holes in statements: conditions, loops, context managers, exceptions, assignments, await."""

import asyncio
from collections.abc import Awaitable


def assigned(parts: list[int], table: dict[str, float]) -> None:
    count: int = ...
    # σ int  ← declared type of count
    count = ...
    # σ int  ← type of count
    late: str
    late = ...
    # σ str  ← type of late
    name = "a"
    name = ...
    # σ str  ← type of name
    fresh = ...
    # σ ?  ← type unknown: fresh has no declared type
    first, second = ...
    # σ tuple[Any, Any]  ← unpacked into first, second
    number, word = 1, ""
    number, word = ...
    # σ tuple[int, str]  ← unpacked into number, word
    parts[0] = ...
    # σ int  ← type of parts[...]
    table["a"] = ...
    # σ float  ← type of table['a']
    if (found := ...) is None:
    # σ ?  ← type unknown: a name bound by := has the type of its value
        pass
    chosen: str = "a" if ... else ...
    # σ bool  ← condition of if … else: any truthy value
    # σ str  ← branch of if … else
    print(count, late, name, fresh, first, second, number, word, found, chosen)


def conditions(flag: bool, items: list[int]) -> None:
    if ...:
    # σ bool  ← condition of if: any truthy value
        pass
    while ...:
    # σ bool  ← condition of while: any truthy value
        break
    assert ..., ...
    # σ bool  ← condition of assert: any truthy value
    # σ ?  ← message of the assertion: any value
    match items:
        case [first, *_] if ...:
        # σ bool  ← condition: any truthy value
            print(first)
    match ...:
    # σ ?  ← matched: any value
        case _:
            pass


def loops() -> None:
    index: int
    for index in ...:
    # σ Iterable[int]  ← iterated by for index
        print(index)
    for each in ...:
    # σ Iterable[Any]  ← iterated by for each
        print(each)


def contexts() -> None:
    with ... as handle:
    # σ AbstractContextManager[Any]  ← entered by with
        print(handle)
    with open("a") as first, ...:
    # σ AbstractContextManager[Any]  ← entered by with
        print(first)


def exceptions(error: Exception) -> None:
    try:
        pass
    except ...:
    # σ type[BaseException] | tuple[type[BaseException], ...]  ← caught by except
        pass
    if error:
        raise ... from error
        # σ BaseException | type[BaseException]  ← raised
    raise ValueError from ...
    # σ BaseException | type[BaseException] | None  ← cause of the exception


async def awaits(job: Awaitable[int]) -> None:
    number: int = await ...
    # σ Awaitable[int]  ← awaited
    await ...
    # σ Awaitable[Any]  ← awaited
    async for each in ...:
    # σ AsyncIterable[Any]  ← iterated by async for each
        print(each, number)
    async with ... as session:
    # σ AbstractAsyncContextManager[Any]  ← entered by async with
        print(session)
    await asyncio.gather(job, ...)
    # σ Future[Any] | Generator[Any, None, Any] | Awaitable[Any]  ← argument 2 of asyncio.gather


def unused() -> None:
    ...
    # σ ?  ← its value is not used: any statement
    print("a")


def unreachable() -> int:
    raise ValueError
    return ...
    # σ ?  ← type unknown: mypy finds this code unreachable, or skips it
