"""A bounded picture of a frame: names, types and values as text. Whatever a value's own `__repr__` does, the picture is taken."""

from __future__ import annotations
import __future__

import re
import reprlib
from collections.abc import Iterator
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, ModuleType, NoneType

from astral_runtime.examples.inside.hook import Stopped

NAMES = 32
"""How many names one picture has."""

TEXT = 160
"""Characters of one value."""

_CONSTANT = (ModuleType, FunctionType, BuiltinFunctionType, type, int, float, str, bytes, bool, NoneType, re.Pattern, __future__._Feature)

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")

_INLINE = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<lambda>"})


class _Short(reprlib.Repr):
    """reprlib's, wide enough to show what an example is about."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 4
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = self.maxdeque = 12
        self.maxstring = self.maxother = self.maxlong = 80


def shown(value: object) -> str:
    """A value as text, bounded; its type alone where it cannot be shown."""
    try:
        text = _ADDRESS.sub("", _Short().repr(value))
    except (Exception, Stopped):  # the workspace's own __repr__ may raise anything, and may be where the hole is
        text = f"<{type(value).__name__}>"
    return text if len(text) <= TEXT else f"{text[: TEXT - 1]}…"


def type_of(value: object) -> str:
    """A type as it would be annotated, one level deep: `int`, `list[int]`, `Cart`; `list` where the items differ."""
    kind = type(value)
    name = "None" if value is None else kind.__qualname__
    if kind in (list, set, frozenset) and value:
        return f"{name}[{_common(value)}]" if _common(value) else name
    if kind is dict and value:
        key, item = _common(value), _common(value.values())  # type: ignore[attr-defined]  # a dict
        return f"dict[{key}, {item}]" if key and item else name
    if kind is tuple and value and len(value) <= 4:  # type: ignore[arg-type]  # a tuple
        return f"tuple[{', '.join(type(each).__qualname__ for each in value)}]"  # type: ignore[attr-defined]  # a tuple
    return name


def names_of(frame: FrameType) -> Iterator[tuple[str, object]]:
    """Names that a value stands behind at a frame: its own, those of the functions it is written in, and attributes of `self`."""
    seen: set[str] = set()
    for each in (frame, *_outer(frame)):
        for name, value in dict(each.f_locals).items():
            if name not in seen and _is_value(name, value):
                seen.add(name)
                yield name, value
    own = frame.f_locals.get("self")
    for name, value in dict(getattr(own, "__dict__", None) or {}).items():
        if isinstance(name, str) and not name.startswith("__"):
            yield f"self.{name}", value


def picture(frame: FrameType) -> list[list[str]]:
    """Rows of name, type and value. At module level only what is no function, class or module."""
    rows: list[list[str]] = []
    for name, value in names_of(frame):
        if len(rows) == NAMES:
            break
        rows.append([name, type_of(value), shown(value)])
    return rows


def keeps_state(frame: FrameType) -> bool:
    """Whether the frame's module has data of its own that runs could change: then equal names do not mean an equal state."""
    held = [value for name, value in frame.f_globals.items() if not (name.startswith("__") and name.endswith("__"))]
    return not all(isinstance(each, _CONSTANT) or type(each) is object for each in held)


def _is_value(name: str, value: object) -> bool:
    if not name.isidentifier() or (name.startswith("__") and name.endswith("__")):
        return False
    return not isinstance(value, (ModuleType, FunctionType, BuiltinFunctionType, type))


def _outer(frame: FrameType) -> Iterator[FrameType]:
    """Callers that a comprehension or lambda is written in."""
    inner: FrameType | None = frame
    while inner is not None and inner.f_code.co_name in _INLINE:
        outer = inner.f_back
        while outer is not None and not _holds(outer.f_code, inner.f_code):
            outer = outer.f_back
        if outer is None or outer.f_code.co_name == "<module>":
            return
        yield outer
        inner = outer


def _holds(outer: CodeType, inner: CodeType) -> bool:
    return any(const is inner for const in outer.co_consts)


def _common(values: object) -> str:
    kinds = {type(each).__qualname__ for each, _ in zip(values, range(100), strict=False)}  # type: ignore[call-overload]  # a container
    return kinds.pop() if len(kinds) == 1 else ""
