"""The operations that make expressions of others: operators, builtin functions, and methods of builtin types."""

from __future__ import annotations

import copy
import itertools
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from astral_runtime.values.inside.terms import (
    AND,
    ATOM,
    BIT_AND,
    BIT_OR,
    COMPARE,
    LARGE,
    NUMBER,
    OR,
    ORDERED,
    PAIR,
    POWER,
    PRODUCT,
    SEQUENCE,
    SETS,
    SIGN,
    SIZED,
    STREAM,
    SUM,
    TRUTH,
    Operation,
    Term,
)


def unary() -> Iterator[Operation]:
    """Builtin functions and methods of one operand."""
    for name, kinds in _FUNCTIONS.items():
        yield _function(name, kinds)
    for kind, names in _METHODS.items():
        yield from (_method(name, kind) for name in names.split())
    yield Operation((NUMBER,), operator.neg, lambda a: f"-{a.within(SIGN)}", SIGN)
    yield Operation((None,), operator.not_, lambda a: f"not {a.within(COMPARE)}", AND, group=TRUTH)
    yield Operation((None,), lambda a: a is None, lambda a: f"{a.within(BIT_OR)} is None", COMPARE, group=TRUTH)
    yield Operation((None,), lambda a: a is not None, lambda a: f"{a.within(BIT_OR)} is not None", COMPARE, group=TRUTH)
    yield Operation((None,), callable, lambda a: f"callable({a.text})", ATOM, 2.5, TRUTH)
    yield from (_is_instance(kinds, name) for name, kinds in _KINDS.items())
    yield Operation((SIZED,), iter, lambda a: f"iter({a.text})", group=STREAM)
    yield Operation(((Iterator,),), lambda a: next(copy.copy(a)), lambda a: f"next({a.text})", group=STREAM)
    yield Operation(((Iterator,),), _drawn, lambda a: f"list({a.text})", group=STREAM)
    yield Operation(((Iterator,),), lambda a: tuple(_drawn(a)), lambda a: f"tuple({a.text})", group=STREAM)
    yield Operation((SEQUENCE,), lambda a: a[::-1], lambda a: f"{a.within(ATOM)}[::-1]")
    yield Operation((ORDERED,), lambda a: list(reversed(a)), lambda a: f"list(reversed({a.text}))", ATOM, 1.5)
    yield Operation(((list, tuple, str),), lambda a: list(enumerate(a)), lambda a: f"list(enumerate({a.text}))", ATOM, 2.0)


def binary() -> Iterator[Operation]:
    """Operators, subscripts and methods of two operands."""
    for sign, run, kinds, binds in _OPERATORS:
        yield _infix(sign, run, kinds, binds)
    yield Operation((SEQUENCE, (int,)), operator.getitem, lambda a, b: f"{a.within(ATOM)}[{b.text}]")
    yield Operation(((dict,), None), operator.getitem, lambda a, b: f"{a.within(ATOM)}[{b.text}]")
    yield Operation((SEQUENCE, (int,)), lambda a, b: a[b:], lambda a, b: f"{a.within(ATOM)}[{b.text}:]")
    yield Operation((SEQUENCE, (int,)), lambda a, b: a[:b], lambda a, b: f"{a.within(ATOM)}[:{b.text}]")
    yield Operation((SEQUENCE, (int,)), lambda a, b: a[::b], lambda a, b: f"{a.within(ATOM)}[::{b.text}]")
    for kind, takes, names in _METHODS_OF_TWO:
        yield from (_method(name, kind, takes) for name in names.split())
    for name in ("max", "min", "round", "divmod", "range"):
        yield _function(name, NUMBER, (int,) if name in ("round", "range") else NUMBER)
    yield Operation((ORDERED, ORDERED), lambda a, b: list(zip(a, b, strict=False)), lambda a, b: f"list(zip({a.text}, {b.text}))")
    yield Operation((None, None), lambda a, b: [a, b], lambda a, b: f"[{a.text}, {b.text}]", group=PAIR)
    yield Operation((None, None), lambda a, b: (a, b), lambda a, b: f"({a.text}, {b.text})", group=PAIR)


def attributes(term: Term) -> Iterator[Term]:
    """What the workspace's own objects hold by name. Their methods are not called: those may do anything."""
    held = [getattr(value, "__dict__", None) for value in term.values]
    if all(isinstance(each, Mapping) for each in held) and not isinstance(term.values[0], type):
        for name in held[0] or ():
            if isinstance(name, str) and not name.startswith("_") and all(name in (each or ()) for each in held):
                yield Term(f"{term.within(ATOM)}.{name}", tuple(each[name] for each in held if each), term.size + 1, ATOM, term.cost + 0.5)


def _drawn(stream: Any) -> list[Any]:
    """What an iterator still has to give; it keeps it. Raises where it cannot be copied, or has too much."""
    items = list(itertools.islice(copy.copy(stream), LARGE + 1))
    if len(items) > LARGE:
        raise OverflowError
    return items


_KINDS: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "dict": (dict,), "(list, tuple)": (list, tuple)}


def _is_instance(kinds: tuple[type, ...], name: str) -> Operation:
    return Operation((None,), lambda a: isinstance(a, kinds), lambda a: f"isinstance({a.text}, {name})", ATOM, 2.0, TRUTH)


_FUNCTIONS: dict[str, tuple[type, ...] | None] = {
    "len": SIZED, "sum": (list, tuple, range, set), "sorted": SIZED, "max": SIZED, "min": SIZED, "list": ORDERED,
    "tuple": ORDERED, "set": SIZED, "dict": (list, tuple), "str": None, "repr": None, "int": (str, float, bool), "float": (str, int),
    "abs": NUMBER, "bool": None, "any": SIZED, "all": SIZED, "range": (int,), "round": (float,),
    "ord": (str,), "chr": (int,), "bin": (int,), "hex": (int,),
}  # fmt: skip

_METHODS: dict[type, str] = {
    str: "upper lower strip lstrip rstrip title capitalize swapcase split splitlines isdigit isalpha isalnum isupper islower encode",
    bytes: "decode hex",
    dict: "keys values items copy",
    list: "copy",
    int: "bit_length",
}

_METHODS_OF_TWO: tuple[tuple[type, tuple[type, ...] | None, str], ...] = (
    (str, (str,), "split rsplit startswith endswith count find rfind strip lstrip rstrip partition removeprefix removesuffix"),
    (str, (list, tuple), "join"),
    (str, (int,), "zfill center ljust rjust"),
    (list, None, "count index"),
    (tuple, None, "count index"),
    (dict, None, "get"),
    (set, SETS, "union intersection difference issubset"),
)

_OPERATORS: tuple[tuple[str, Callable[[Any, Any], Any], tuple[tuple[type, ...] | None, tuple[type, ...] | None], int], ...] = (
    ("+", operator.add, ((int, float, str, list, tuple, bytes), (int, float, str, list, tuple, bytes)), SUM),
    ("-", operator.sub, ((int, float, set, frozenset), (int, float, set, frozenset)), SUM),
    ("*", operator.mul, ((int, float, str, list), (int, float)), PRODUCT),
    ("/", operator.truediv, (NUMBER, NUMBER), PRODUCT),
    ("//", operator.floordiv, (NUMBER, NUMBER), PRODUCT),
    ("%", operator.mod, (NUMBER, NUMBER), PRODUCT),
    ("**", operator.pow, (NUMBER, (int,)), POWER),
    ("==", operator.eq, (None, None), COMPARE),
    ("!=", operator.ne, (None, None), COMPARE),
    ("<", operator.lt, ((int, float, str, list, tuple), (int, float, str, list, tuple)), COMPARE),
    ("<=", operator.le, ((int, float, str, list, tuple), (int, float, str, list, tuple)), COMPARE),
    ("in", lambda a, b: a in b, (None, SIZED), COMPARE),
    ("not in", lambda a, b: a not in b, (None, SIZED), COMPARE),
    ("and", lambda a, b: a and b, (None, None), AND),
    ("or", lambda a, b: a or b, (None, None), OR),
    ("|", operator.or_, ((set, frozenset, dict), (set, frozenset, dict)), BIT_OR),
    ("&", operator.and_, (SETS, SETS), BIT_AND),
)


_RARE: dict[str, float] = {
    **dict.fromkeys(("bit_length", "repr", "ord", "chr", "bin", "hex", "divmod", "swapcase", "splitlines", "copy", "partition"), 2.5),
    **dict.fromkeys(("bool", "int", "float", "str", "tuple", "set", "dict", "range", "isspace", "rfind", "rsplit", "find", "center"), 1.8),
}
"""What is rarely meant, and costs more among expressions of one size."""


def _function(name: str, *kinds: tuple[type, ...] | None) -> Operation:
    run = _FOUND[name]
    return Operation(kinds, run, lambda *terms: f"{name}({_listed(terms)})", ATOM, _RARE.get(name, 1.0))


def _method(name: str, kind: type, takes: tuple[type, ...] | tuple[()] | None = ()) -> Operation:
    kinds = ((kind,),) if takes == () else ((kind,), takes)
    run = getattr(kind, name)
    cost = _RARE.get(name, 1.2)
    return Operation(kinds, run, lambda a, *rest: f"{_owner(a)}.{name}({_listed(rest)})", ATOM, cost)


def _listed(terms: Sequence[Term]) -> str:
    return ", ".join(term.text for term in terms)


def _owner(term: Term) -> str:
    """`3 .bit_length()` needs brackets; a name does not."""
    return f"({term.text})" if re.fullmatch(r"\d+", term.text) else term.within(ATOM)


def _infix(sign: str, run: Callable[[Any, Any], Any], kinds: tuple[tuple[type, ...] | None, ...], binds: int) -> Operation:
    bounded = _bounded(sign, run)
    group = TRUTH if binds in (COMPARE, AND, OR) else ""

    def write(a: Term, b: Term) -> str:
        return f"{a.within(binds + (binds in (COMPARE, POWER)))} {sign} {b.within(binds + 1)}"

    return Operation(kinds, bounded, write, binds, group=group)


def _bounded(sign: str, run: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Products and powers that would be huge are no values."""

    def multiply(a: Any, b: Any) -> Any:
        if (isinstance(a, SEQUENCE) and len(a) * b > LARGE) or (isinstance(a, int) and a.bit_length() > LARGE):
            raise OverflowError
        return run(a, b)

    def power(a: Any, b: Any) -> Any:
        if abs(b) > 64 or (isinstance(a, int) and a.bit_length() * abs(b) > LARGE):
            raise OverflowError
        return run(a, b)

    return {"*": multiply, "**": power}.get(sign, run)


def _range(*bounds: int) -> range:
    if max(map(abs, bounds)) > LARGE:
        raise OverflowError
    return range(*bounds)


_FOUND: dict[str, Callable[..., Any]] = {
    "len": len, "sum": sum, "sorted": sorted, "max": max, "min": min, "list": list, "tuple": tuple, "set": set, "dict": dict, "str": str,
    "repr": repr, "int": int, "float": float, "abs": abs, "bool": bool, "any": any, "all": all, "range": _range, "round": round, "ord": ord,
    "chr": chr, "bin": bin, "hex": hex, "divmod": divmod,
}  # fmt: skip
