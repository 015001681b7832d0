"""Whether a run left the module as it was: what its names hold, one level deep."""

from __future__ import annotations

import os
import threading
from types import FunctionType, ModuleType
from typing import Any

SCRATCH = "/tmp"
_MANY = 1000

Shape = tuple[Any, ...]


def shape(module: ModuleType, *, scratch: bool) -> Shape:
    """Equal before and after a run that left no thread, no other global, nothing new in what a global holds, and no file.

    `scratch`: whether there is a folder of one's own that files could be left in."""
    left = (threading.active_count(), *(os.listdir(SCRATCH) if scratch else ()))
    return (left, *((name, id(value), _inside(value)) for name, value in module.__dict__.items()))


def _inside(value: object) -> Shape:
    if isinstance(value, (ModuleType, FunctionType, str, bytes, int, float)):
        return ()
    if isinstance(value, dict):
        return (len(value), *((id(key), id(each)) for key, each in _some(value.items())))
    if isinstance(value, (list, set, frozenset, tuple)):
        return (len(value), *(id(each) for each in _some(value)))
    held = getattr(value, "__dict__", None)
    return tuple((key, id(each)) for key, each in held.items()) if held else ()


def _some(values: Any) -> list[Any]:
    return [each for each, _ in zip(values, range(_MANY), strict=False)]
