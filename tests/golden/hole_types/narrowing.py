"""Holes whose σ depends on what was checked before them."""


class Node:
    next: "Node | None" = None
    value: int = 0

    def follow(self) -> int:
        if self.next is None:
            return 0
        return self.next.value + ...
        # σ int  ← right operand of + with int


def optional(name: str | None, fallback: int | str) -> str:
    if name is None:
        return "none"
    name + ...
    # σ str  ← right operand of + with str
    name == ...
    # σ str  ← compared by == with str: any value may be
    if isinstance(fallback, int):
        return str(fallback * ...)
        # σ int  ← right operand of * with int
    fallback.center(...)
    # σ SupportsIndex  ← argument 1 of fallback.center
    return fallback + ...
    # σ str  ← right operand of + with str


def walrus(items: dict[str, int]) -> int:
    if (found := items.get("a")) is not None:
        return found - ...
        # σ int  ← right operand of - with int
    return 0
