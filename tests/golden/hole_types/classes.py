"""Holes in class bodies, on attributes and in defaults."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, Final, NamedTuple, Protocol


class Colour(Enum):
    RED = 1
    BLUE = ...
    # σ ?  ← type unknown: BLUE has no declared type


@dataclass
class Order:
    count: int = ...
    # σ int  ← declared type of count
    notes: list[str] = field(default_factory=...)
    # σ Callable[[], list[str]]  ← argument 'default_factory' of field
    key: Callable[[str], int] = ...
    # σ Callable[[str], int]  ← declared type of key
    limit: ClassVar[float] = ...
    # σ float  ← declared type of limit
    plain = ...
    # σ ?  ← type unknown: plain has no declared type


class Size(NamedTuple):
    width: int
    unit: str = ...
    # σ str  ← declared type of unit


class Reader(Protocol):
    encoding: str

    def read(self, size: int) -> bytes: ...


class File:
    encoding: str = ...
    # σ str  ← declared type of encoding

    def read(self, size: int) -> bytes:
        return ...
        # σ bytes  ← return type of read


class Base(ABC):
    rate: float

    def __init__(self, name: str | None, owner: Order) -> None:
        self.name = name
        self.owner = owner
        self.pending: list[int] = ...
        # σ list[int]  ← declared type of self.pending
        self.loose = ...
        # σ ?  ← type unknown: self.loose has no declared type

    @abstractmethod
    def run(self, reader: Reader) -> int:
        raise NotImplementedError


class Child(Base):
    LIMIT: Final[int] = ...
    # σ int  ← declared type of LIMIT

    def run(self, reader: Reader) -> int:
        self.name = ...
        # σ str | None  ← type of self.name
        self.rate = ...
        # σ float  ← type of self.rate
        self.owner.count = ...
        # σ int  ← type of self.owner.count
        self.owner.key = ...
        # σ Callable[[str], int]  ← type of self.owner.key
        reader.encoding = ...
        # σ str  ← type of reader.encoding
        reader.read(...)
        # σ int  ← argument 'size' of reader.read
        super().run(...)
        # σ Reader  ← argument 'reader' of super().run
        self.pending.append(...)
        # σ int  ← argument 1 of self.pending.append
        self.loose = ...
        # σ ?  ← type of self.loose: any type is accepted
        return ...
        # σ int  ← return type of run

    @property
    def label(self) -> str:
        return self.name or ...
        # σ str  ← right side of or

    @label.setter
    def label(self, value: str) -> None:
        self.name = ...
        # σ str | None  ← type of self.name


def defaults(
    count: int = ...,
    # σ int  ← default of parameter 'count'
    *,
    name: str | None = ...,
    # σ str | None  ← default of parameter 'name'
    key: Callable[[int], str] = lambda number: ...,
    # σ str  ← result of the lambda
    loose=...,
    # σ ?  ← default of parameter 'loose': any type is accepted
) -> None:
    print(count, name, key, loose)


@...
# σ Callable[[Any], Any]  ← decorator
def decorated() -> None:
    pass


TOTAL: int = ...
# σ int  ← declared type of TOTAL
loose = ...
# σ ?  ← type unknown: loose has no declared type
