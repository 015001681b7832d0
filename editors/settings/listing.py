"""Settings as people read them: one entry each, in groups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from astral_lsp.settings import Settings, properties


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting. `name` has no `astral.` before it; `values` says what it takes, `default` is JSON."""

    name: str
    values: str
    default: str
    about: str


@dataclass(frozen=True, slots=True)
class Group:
    """Settings about one thing."""

    about: str
    entries: tuple[Entry, ...]


def groups() -> Iterator[Group]:
    """All settings of the server: first those that belong to no group."""
    entries = [_entry(key.removeprefix("astral."), schema) for key, schema in properties().items()]
    yield Group("", tuple(entry for entry in entries if "." not in entry.name))
    for item in fields(Settings):
        value = getattr(Settings(), item.name)
        if is_dataclass(value):
            about = (type(value).__doc__ or "").strip()
            yield Group(about, tuple(entry for entry in entries if entry.name.startswith(_camel(item.name) + ".")))


def _entry(name: str, schema: dict[str, Any]) -> Entry:
    return Entry(name, _values(schema), json.dumps(schema["default"]), schema["markdownDescription"])


def _values(schema: dict[str, Any]) -> str:
    if "items" in schema:
        return f"list of {_values(schema['items'])}"
    if "enum" in schema:
        return ", ".join(json.dumps(value) for value in schema["enum"])
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    return " or ".join(kinds) + (f" ≥ {schema['minimum']}" if "minimum" in schema else "")


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
