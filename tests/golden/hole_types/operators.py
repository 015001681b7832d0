"""Holes beside an operator: σ is what its method takes, as a likely type rather than a required one."""

from decimal import Decimal
from pathlib import Path

from astral_lsp import hole


class Money:
    def __add__(self, other: "Money") -> "Money":
        return self

    def __mul__(self, factor: int) -> "Money":
        return self

    def __lt__(self, other: "Money") -> bool:
        return True


def operands(x: int, ratio: float, text: str, money: Money, items: list[str], path: Path, maybe: int | None, unknown) -> None:
    x + ...
    # σ int  ← right operand of + with int
    ... + x
    # σ int  ← left operand of + with int
    ratio * ...
    # σ float  ← right operand of * with float
    text + ...
    # σ str  ← right operand of + with str
    "%s" % ...
    # σ ?  ← any value: it is formatted into a string
    items + ...
    # σ list[str]  ← right operand of + with list[str]
    money + ...
    # σ Money  ← right operand of + with Money
    money * ...
    # σ int  ← right operand of * with Money
    path / ...
    # σ str | PathLike[str]  ← right operand of / with Path
    -...
    # σ int  ← operand of unary -: any value that has it
    not ...
    # σ bool  ← operand of not: any truthy value
    x < ...
    # σ int  ← compared by < with int
    ... >= ratio
    # σ float  ← compared by >= with float
    money < ...
    # σ Money  ← compared by < with Money
    x == ...
    # σ int  ← compared by == with int: any value may be
    x is not None and ...
    # σ bool  ← right side of and
    text in ...
    # σ Container[str]  ← container of str
    hole() in items
    # σ str  ← looked up in list[str]
    text and ...
    # σ str  ← right side of and
    maybe or ...
    # σ int  ← right side of or
    ... or x
    # σ bool  ← left side of or: any truthy value
    unknown + ...
    # σ ?  ← type unknown: so is the other operand of +
    x += ...
    # σ int  ← right operand of += with int
    items += ...
    # σ Iterable[str]  ← right operand of += with list[str]
    f"{...}"
    # σ object  ← any value: it is formatted into a string
    Decimal(1) - ...
    # σ Decimal | int  ← right operand of - with Decimal
