"""Values at a hole, as an editor sees them: hover, hints and `astral/values`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from localclient import FAST, ErrorAnswer, LocalClient, until

from astral_lsp.render import Plain, hover_text
from astral_lsp.seen import line, values_json, values_text
from astral_runtime.examples.example import Example, Origin
from astral_runtime.holes import Hole, HoleContext, ScopeEntry, Span
from astral_runtime.values.observation import Observation, Seen, Value
from astral_runtime.values.scope import with_observed

TEXT = 'def total(price: int, name: str) -> int:\n    return hole("price")\n'
SAID = "`price = 7  name = 'tea'  → wanted 2` (example 1 of 2, docstring line 1)"


@pytest.fixture
async def trusting() -> AsyncIterator[LocalClient]:
    """A client whose user trusts the workspace and wants hints."""
    client = LocalClient()
    await client.start({**FAST, "settings": {**FAST["settings"], "trusted": True, "inlayHints": {"values": True}}})
    yield client
    for engine in client.engines:
        engine.values_gate.set()
    await client.stop()


def hints(client: LocalClient, uri: str) -> dict[str, Any]:
    """Params for hints of a whole document."""
    return {"textDocument": {"uri": uri}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}}


async def test_hover_has_values(trusting: LocalClient) -> None:
    """What the names hold in each example, with its origin; the examples run once for a version, however often one looks."""
    buffer = trusting.open(TEXT)
    for _ in range(2):
        text = (await trusting.request("textDocument/hover", trusting.at(buffer, "hole")))["contents"]["value"]
    assert SAID in text
    assert "example 2 of 2, docstring line 2" in text
    assert trusting.engine.calls.count(("values", "h1")) == 1


async def test_hover_does_not_wait_for_examples(trusting: LocalClient) -> None:
    """Examples that are still running are said to; the next hover has them."""
    trusting.prepare = lambda engine: engine.values_gate.clear()
    buffer = trusting.open(TEXT)
    early = await trusting.request("textDocument/hover", trusting.at(buffer, "hole"))
    assert "The examples are being run." in early["contents"]["value"]
    trusting.engine.values_gate.set()
    await trusting.request("astral/values", {"textDocument": {"uri": buffer.uri}, "hole": "h1"})
    late = await trusting.request("textDocument/hover", trusting.at(buffer, "hole"))
    assert SAID in late["contents"]["value"]


async def test_nothing_runs_untrusted(client: LocalClient) -> None:
    """Neither hover nor hints ask for values where the workspace is not trusted."""
    buffer = client.open(TEXT)
    text = (await client.request("textDocument/hover", client.at(buffer, "hole")))["contents"]["value"]
    await client.request("textDocument/inlayHint", hints(client, buffer.uri))
    assert "price = 7" not in text
    assert not [call for call in client.engine.calls if call[0] == "values"]


async def test_values_request(trusting: LocalClient) -> None:
    """The whole of it as JSON, stamped with the version."""
    buffer = trusting.open(TEXT)
    found = await trusting.request("astral/values", {"textDocument": {"uri": buffer.uri, "version": 1}, "hole": "h1"})
    assert {key: found[key] for key in ("version", "hole", "settled", "why", "contradictions", "module")} == {
        "version": 1, "hole": "h1", "settled": True, "why": "", "contradictions": [], "module": None,
    }  # fmt: skip
    assert found["examples"][0] == {
        "source": "f(2)", "want": "2", "form": "doctest", "origin": {"path": "/w/a.py", "line": 0}, "reached": True, "wanted": "2",
        "locals": [{"name": "price", "type": "int", "value": "7"}, {"name": "name", "type": "str", "value": "'tea'"}],
    }  # fmt: skip
    with pytest.raises(ErrorAnswer, match="no hole 'h9'"):
        await trusting.request("astral/values", {"textDocument": {"uri": buffer.uri}, "hole": "h9"})
    with pytest.raises(ErrorAnswer, match="changed"):
        await trusting.request("astral/values", {"textDocument": {"uri": buffer.uri, "version": 7}, "hole": "h1"})


async def test_values_of_an_edited_document_are_stale(trusting: LocalClient) -> None:
    """An edit ends the request; nothing that was seen in the old text is told of the new one."""
    trusting.prepare = lambda engine: engine.values_gate.clear()
    buffer = trusting.open(TEXT)
    _, answer = trusting.begin("astral/values", {"textDocument": {"uri": buffer.uri}, "hole": "h1"})
    await until(lambda: trusting.engines and ("values", "h1") in trusting.engine.calls)
    trusting.change(buffer, buffer.insert("return", "name = ''\n    "))
    with pytest.raises(ErrorAnswer, match="changed"):
        await answer
    trusting.engine.values_gate.set()
    assert (await trusting.request("astral/values", {"textDocument": {"uri": buffer.uri}, "hole": "h1"}))["version"] == 2


async def test_observed_types_fill_in(trusting: LocalClient) -> None:
    """A name without a type is shown with the one that it was seen to have, marked as such; a declared one stays as it is."""
    buffer = trusting.open(TEXT.replace("price: int", "price").replace("name: str", "name: object"))
    text = (await trusting.request("textDocument/hover", trusting.at(buffer, "hole")))["contents"]["value"]
    assert "`price: int` · parameter, line 1, observed" in text
    assert "observed in your examples" not in text, "the hole's own type is declared"


DECLARED = [(None, "int"), ("Any", "int"), ("object", None), ("int", None)]


@pytest.mark.parametrize(("declared", "observed"), DECLARED)
def test_nothing_declared_is_overridden(declared: str | None, observed: str | None) -> None:
    """σ and Γ alike: only what says nothing is filled in."""
    hole = Hole("h1", "expression", Span(0, 3))
    context = HoleContext(hole, declared, "", (ScopeEntry("price", declared, None, "parameter"),))
    seen = Seen((Observation(None, (Value("price", "int", "7"),), "2"),))
    found = with_observed(context, seen)
    assert (found.observed_type, found.scope[0].observed) == (observed, observed)
    assert (found.expected_type, found.scope[0].type) == (declared, declared)
    assert ("observed in your examples" in hover_text(found, None, 5, False, Plain())) == (observed is not None)


async def test_hints_have_values(trusting: LocalClient) -> None:
    """The first example stands behind the hole; all of them in the tooltip. They come with a refresh."""
    buffer = trusting.open(TEXT)
    await trusting.request("textDocument/inlayHint", hints(trusting, buffer.uri))
    await trusting.seen("workspace/inlayHint/refresh")
    await trusting.request("astral/values", {"textDocument": {"uri": buffer.uri}, "hole": "h1"})
    found = await trusting.request("textDocument/inlayHint", hints(trusting, buffer.uri))
    assert [hint["label"] for hint in found] == [": int", "price = 7  name = 'tea'  → wanted 2"]
    assert found[1]["tooltip"].count("\n") == 1


def _seen(*wants: str, why: str = "", visited: int = 9) -> Seen:
    path = Path("m.py")
    examples = tuple(Example("f(2)", want, "assert", Origin(path, number, want)) for number, want in enumerate(wants))
    rows = (Value("xs", "list[int]", "[1, 2]"), Value("text", "str", "'" + "a" * 200 + "'"))
    return Seen(tuple(Observation(each, rows[:1]) for each in examples[:visited]), why, examples)


TEXTS = [
    (_seen("1"), ["xs = [1, 2] (example 1 of 1, m.py line 1)"]),
    (_seen("1", "1", "1", "1"), ["example 1 of 4", "- … 2 more"]),
    (_seen("1", "2"), ["Contradicting examples: f(2) should give 1 (m.py line 1) and 2 (m.py line 2)"]),
    (_seen("1", visited=0, why="1 of 1 examples do not come to the hole"), ["- 1 of 1 examples do not come to the hole"]),
    (Seen(why="no examples: …"), []),
]


@pytest.mark.parametrize(("seen", "said"), TEXTS)
def test_text(seen: Seen, said: list[str]) -> None:
    """At most so many examples, contradictions as such, and why nothing was seen where there are examples; else nothing."""
    text = values_text(seen, 2, Plain())
    assert all(each in text for each in said)
    assert bool(text) == bool(said)


WIDTHS = [
    (("a", "1"), ("b", "2"), 40, "a = 1  b = 2  → wanted 3"),
    (("a", "1"), ("b", "'" + "x" * 50 + "'"), 20, "a = 1  …  → wanted 3"),
    (("a", "'" + "x" * 50 + "'"), ("b", "2"), 12, "a = 'xxxxxx…  → wanted 3"),
]


@pytest.mark.parametrize(("first", "second", "width", "expected"), WIDTHS)
def test_line(first: tuple[str, str], second: tuple[str, str], width: int, expected: str) -> None:
    """Names have so much room, the wanted value always stands."""
    observation = Observation(None, tuple(Value(name, "", text) for name, text in (first, second)), "3")
    assert line(observation, width) == expected


def test_a_module_that_comes_to_its_own_hole() -> None:
    """Such values belong to no example."""
    found = values_json(Seen((Observation(None, (Value("x", "int", "2"),)),)))
    assert found["module"] == [{"name": "x", "type": "int", "value": "2"}]
    assert found["examples"] == []
