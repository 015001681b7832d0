"""Settings: defaults, every spelling of a key, and a reason for what is not taken."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astral_lsp.settings import Settings, parse, properties

TAKEN: list[tuple[Any, Any, Any]] = [
    (None, lambda s: s, Settings()),
    ({}, lambda s: s, Settings()),
    ({"debounceMs": 10}, lambda s: s.debounce_ms, 10),
    ({"debounce_ms": 10}, lambda s: s.debounce_ms, 10),
    ({"inlayHints": {"enabled": False}}, lambda s: s.inlay_hints.enabled, False),
    ({"inlayHints.enabled": False}, lambda s: s.inlay_hints.enabled, False),
    (
        {"inlayHints.enabled": False, "inlayHints": {"maxCharacters": 9}},
        lambda s: (s.inlay_hints.enabled, s.inlay_hints.max_characters),
        (False, 9),
    ),
    ({"interpreter": "/usr/bin/python3"}, lambda s: s.interpreter, "/usr/bin/python3"),
    ({"interpreter": None}, lambda s: s.interpreter, None),
    ({"diagnostics": {"types": "off"}}, lambda s: s.diagnostics.types, "off"),
    ({"hover": None}, lambda s: s.hover.names, 8),
]


@pytest.mark.parametrize(("data", "get", "expected"), TAKEN)
def test_taken(data: Any, get: Any, expected: Any) -> None:
    """camelCase, snake_case, dotted or nested; null leaves the default."""
    parsed = parse(data)
    assert get(parsed.settings) == expected
    assert parsed.problems == ()


REFUSED = [
    ("text", "astral: expected an object"),
    ({"debounce": 1}, "astral.debounce: no such setting"),
    ({"debounceMs": "50"}, "astral.debounceMs: expected integer of at least 0"),
    ({"debounceMs": -1}, "astral.debounceMs: expected integer of at least 0"),
    ({"debounceMs": True}, "astral.debounceMs: expected integer of at least 0"),
    ({"debounceMs": 1.5}, "astral.debounceMs: expected integer of at least 0"),
    ({"trusted": "yes"}, "astral.trusted: expected boolean"),
    ({"trusted": 1}, "astral.trusted: expected boolean"),
    ({"inlayHints": False}, "astral.inlayHints: expected an object"),
    ({"diagnostics": {"types": "loud"}}, "astral.diagnostics.types: expected one of error, warning, information, hint, off"),
    ({"interpreter": 3}, "astral.interpreter: expected string or null"),
]


@pytest.mark.parametrize(("data", "problem"), REFUSED)
def test_refused(data: Any, problem: str) -> None:
    """One line per value that was not taken; the others keep working."""
    parsed = parse(data)
    assert parsed.problems == (problem,)
    assert parsed.settings == Settings()


def test_what_is_not_sent_keeps_its_start() -> None:
    """initializationOptions are the base of what comes later."""
    base = parse({"debounceMs": 7}).settings
    assert parse({"hover": {"names": 1}}, base).settings.debounce_ms == 7


def test_every_setting_is_described_and_defaulted() -> None:
    """package.json is generated from this."""
    count = len(list(_leaves(Settings())))
    schema = properties()
    assert len(schema) == count
    for key, value in schema.items():
        assert key.startswith("astral.")
        assert value["markdownDescription"].endswith(".")
        assert "default" in value
        assert parse({key.removeprefix("astral."): value["default"]}).problems == ()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.dictionaries(st.sampled_from(["hover", "names", "trusted", "a.b", "fill.candidates"]), inner, max_size=3),
    )
)
def test_parsing_never_raises(data: Any) -> None:
    """Whatever a client sends."""
    assert isinstance(parse(data).settings, Settings)


def _leaves(node: Any) -> Any:
    for item in fields(node):
        value = getattr(node, item.name)
        yield from _leaves(value) if is_dataclass(value) else (value,)
