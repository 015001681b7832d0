"""Each feature at a hole and beside one, asked through the real protocol."""

from __future__ import annotations

from typing import Any

import pytest
from editor import HOLE_IMPORT, document_edits
from localclient import ErrorAnswer, LocalClient

CART = 'def total(price: int, name: str) -> int:\n    return hole("price | len(name)?types")\n\n\nx: int = hole()\n'


async def test_hover_tells_everything_about_a_hole(client: LocalClient) -> None:
    """σ and why, intent, fitting names with origin, constraints, best candidate with verdicts."""
    buffer = client.open(CART)
    await client.settled(buffer)
    hover = await client.request("textDocument/hover", client.at(buffer, "hole"))
    text = hover["contents"]["value"]
    assert hover["range"] == buffer.range_of('hole("price | len(name)?types")')
    for said in ("▢: int", "scripted return type", "price | len(name)?types", "`price: int` · parameter", "a subtype of int", "✓ types"):
        assert said in text
    assert "name: str" not in text, "a name that does not fit is not offered"


@pytest.mark.parametrize(("piece", "expected"), [("return", None), ("total", None), ("hole()", "hover")])
async def test_hover_is_for_holes_only(client: LocalClient, piece: str, expected: str | None) -> None:
    """Elsewhere another server answers."""
    buffer = client.open(CART)
    hover = await client.request("textDocument/hover", client.at(buffer, piece))
    assert (hover is None) == (expected is None)


async def test_hover_before_the_types_are_known(client: LocalClient) -> None:
    """It answers in time and says that it is computing; later it knows."""
    client.prepare = lambda engine: engine.gate.clear()
    buffer = client.open(CART)
    early = await client.request("textDocument/hover", client.at(buffer, "hole"))
    assert "being computed" in early["contents"]["value"]
    client.engine.gate.set()
    await client.settled(buffer)
    late = await client.request("textDocument/hover", client.at(buffer, "hole"))
    assert "▢: int" in late["contents"]["value"]


async def test_hover_in_plain_text() -> None:
    """A client that shows no Markdown gets none."""
    client = LocalClient(textDocument={"hover": {"contentFormat": ["plaintext"]}})
    await client.start()
    buffer = client.open(CART)
    await client.settled(buffer)
    hover = await client.request("textDocument/hover", client.at(buffer, "hole"))
    assert hover["contents"]["kind"] == "plaintext"
    assert "`" not in hover["contents"]["value"]
    await client.stop()


TITLES = [
    ('hole("price")', ["Fill with price  ✓ types", "Fill hole h1: look for more"], []),
    ('hole("a | b?types")', ["Fill with a  ✓ types", "Fill with b  types not checked", "Fill hole h1: look for more"], []),
    ('hole("a?tests")', ["Fill with a  ✓ types", "Fill hole h1: look for more"], []),
    ('hole("a!tests | b")', ["Fill with b  ✓ types", "Fill hole h1: look for more"], ["Fill hole h1"]),
    ('hole("a?syntax")', ["Fill with a  syntax not checked ✓ types", "Fill hole h1: look for more"], []),
    ('hole("a!types")', ["Fill hole h1: look for more"], ["Fill hole h1"]),
    ('hole("none")', ["Fill hole h1: look for more"], ["Fill hole h1"]),
]


@pytest.mark.parametrize(("hole", "enabled", "disabled"), TITLES)
async def test_code_action_titles(client: LocalClient, hole: str, enabled: list[str], disabled: list[str]) -> None:
    """A tick only for a verdict that was obtained; what was refuted is not offered; a hole without a fill says why."""
    buffer = client.open(f"x: int = {hole}\n")
    await client.settled(buffer)
    actions = await client.request("textDocument/codeAction", client.over(buffer, hole))
    assert [action["title"] for action in actions if "disabled" not in action] == enabled
    assert [action["title"] for action in actions if "disabled" in action] == disabled
    assert all(action["kind"] == "refactor.rewrite.fillHole" for action in actions)
    assert all(action["disabled"]["reason"] for action in actions if "disabled" in action)


RESOLVED = [
    ('x = hole("price")\n', "x = price\n", False),
    ('x = hole("price?types")\n', "x = price\n", True),
    ('x = hole("import abc")\n', "import abc\nx = abc\n", False),
    ('# é𝒳\r\nx = ["𝒳", hole("price")]\r\n', '# é𝒳\r\nx = ["𝒳", price]\r\n', False),
    ('x = hole("import abc")\r\n', "import abc\r\nx = abc\r\n", False),
]


@pytest.mark.parametrize(("before", "after", "doubted"), RESOLVED)
async def test_resolved_edits(client: LocalClient, before: str, after: str, doubted: bool) -> None:
    """Resolving gives one versioned edit, imports included, in the file's line breaks; what is not verified is to be confirmed."""
    buffer = client.open(before)
    await client.settled(buffer)
    action = (await client.request("textDocument/codeAction", client.over(buffer, "hole")))[0]
    assert "edit" not in action
    edit = (await client.request("codeAction/resolve", action))["edit"]
    edits = document_edits(edit, buffer)
    assert all(("annotationId" in each) == doubted for each in edits)
    assert [note["needsConfirmation"] for note in edit.get("changeAnnotations", {}).values()] == [True] * doubted
    buffer.apply(edits)
    assert buffer.text == after + HOLE_IMPORT


async def test_resolving_after_a_change_is_stale(client: LocalClient) -> None:
    """ContentModified: the edit was for a document that is no more."""
    buffer = client.open('x = hole("price")\n')
    await client.settled(buffer)
    action = (await client.request("textDocument/codeAction", client.over(buffer, "hole")))[0]
    client.change(buffer, buffer.insert("x", "y = 1\n"))
    with pytest.raises(ErrorAnswer) as caught:
        await client.request("codeAction/resolve", action)
    assert caught.value.code == -32801


@pytest.mark.parametrize(
    ("only", "offered"),
    [
        (None, True),
        (["refactor"], True),
        (["refactor.rewrite"], True),
        (["refactor.rewrite.fillHole"], True),
        (["quickfix"], False),
        (["source"], False),
        (["refactor.rew"], False),
    ],
)
async def test_code_action_kinds(client: LocalClient, only: list[str] | None, offered: bool) -> None:
    """Kinds are hierarchical."""
    buffer = client.open(CART)
    context = {} if only is None else {"only": only}
    actions = await client.request("textDocument/codeAction", client.over(buffer, "hole", **context))
    assert bool(actions) == offered


async def test_no_hole_is_said_only_to_who_asks(client: LocalClient) -> None:
    """A disabled action with its reason when refactorings are asked for; silence while the cursor just moves."""
    buffer = client.open(CART)
    point = client.over(buffer, "def")
    point["range"]["end"] = point["range"]["start"]
    assert await client.request("textDocument/codeAction", point) == []
    point["context"]["only"] = ["refactor"]
    (action,) = await client.request("textDocument/codeAction", point)
    assert action["disabled"]["reason"] == "no hole here"


async def test_a_selection_can_be_rewritten(client: LocalClient) -> None:
    """Any selected range is a region."""
    buffer = client.open(CART)
    (action,) = await client.request("textDocument/codeAction", client.over(buffer, "price: int"))
    assert action["command"]["command"] == "astral.fill"
    assert action["command"]["arguments"][0]["range"] == buffer.range_of("price: int")


async def test_an_old_client_gets_commands() -> None:
    """Without code action literals, commands are all that a client understands."""
    client = LocalClient(textDocument={"codeAction": {}})
    await client.start()
    buffer = client.open(CART)
    (action,) = await client.request("textDocument/codeAction", client.over(buffer, "hole"))
    assert action["command"] == "astral.fill"
    await client.stop()


async def test_inlay_hints(client: LocalClient) -> None:
    """The expected type after each hole of the range, and only of the range."""
    buffer = client.open(CART)
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    hints = await client.request("textDocument/inlayHint", {"textDocument": {"uri": buffer.uri}, "range": whole})
    assert [(hint["label"], hint["position"]) for hint in hints] == [
        (": int", buffer.range_of('types")')["end"]),
        (": int", buffer.range_of("hole()")["end"]),
    ]
    part = {"textDocument": {"uri": buffer.uri}, "range": buffer.range_of("hole()")}
    assert len(await client.request("textDocument/inlayHint", part)) == 1


async def test_hints_that_are_late_come_with_a_refresh(client: LocalClient) -> None:
    """Nothing yet, then the client is asked to ask again, once."""
    client.prepare = lambda engine: engine.gate.clear()
    buffer = client.open(CART)
    params = {"textDocument": {"uri": buffer.uri}, "range": buffer.range_of(CART)}
    assert await client.request("textDocument/inlayHint", params) == []
    client.engine.gate.set()
    await client.seen("workspace/inlayHint/refresh")
    assert len(await client.request("textDocument/inlayHint", params)) == 2
    await client.settled(buffer)
    assert len(await client.seen("workspace/inlayHint/refresh")) == 1


async def test_code_lenses(client: LocalClient) -> None:
    """Fill on each hole, Fill all on the first of several; none without holes."""
    buffer = client.open(CART)
    lenses = await client.request("textDocument/codeLens", {"textDocument": {"uri": buffer.uri}})
    assert [lens["command"]["title"] for lens in lenses] == ["Fill: price | len(name)?types", "Fill all (2)", "Fill"]
    assert [lens["range"]["start"]["line"] for lens in lenses] == [1, 1, 4]
    empty = client.open("x = 1\n", "file:///w/b.py")
    assert await client.request("textDocument/codeLens", {"textDocument": {"uri": empty.uri}}) == []


async def test_pushed_diagnostics(client: LocalClient) -> None:
    """Holes as information with structured data, rejected code as errors, all for the version that they were computed for."""
    buffer = client.open('x = hole("price")\nwrong\n' + HOLE_IMPORT + "y = (\n")
    (published,) = [p for p in await client.seen("textDocument/publishDiagnostics", 2) if len(p["diagnostics"]) == 3][:1]
    assert published["version"] == 1
    found = {d["source"]: d for d in published["diagnostics"] if d["source"] != "astral"}
    hole = next(d for d in published["diagnostics"] if d.get("code") == "hole")
    assert hole["severity"] == 3
    assert hole["data"] == {"hole": "h1", "kind": "expression", "expected_type": "int", "intent": "price"}
    assert found["astral/mypy"]["range"] == buffer.range_of("wrong")
    assert found["astral/mypy"]["severity"] == 1
    assert [d["severity"] for d in published["diagnostics"] if d.get("code") == "syntax"] == [1]
    client.notify("textDocument/didClose", {"textDocument": {"uri": buffer.uri}})
    assert (await client.seen("textDocument/publishDiagnostics", 3))[-1]["diagnostics"] == []


async def test_pushed_errors_do_not_blink(client: LocalClient) -> None:
    """After the first report each version is published once, when everything is known of it."""
    buffer = client.open("x = ...\nwrong\n")
    await client.settled(buffer)
    for _ in range(3):
        client.change(buffer, buffer.insert("x", "\n"))
        await client.settled(buffer)
    published = await client.seen("textDocument/publishDiagnostics")
    assert [params["version"] for params in published] == [1, 1, 2, 3, 4]
    assert all(len(params["diagnostics"]) == 2 for params in published[1:])


async def test_pulled_diagnostics() -> None:
    """The same on request, nothing pushed, and unchanged the second time."""
    client = LocalClient(textDocument={"diagnostic": {}}, workspace={"diagnostics": {"refreshSupport": True}})
    await client.start()
    buffer = client.open('x = hole("price")\nwrong\n')
    await client.settled(buffer)
    params: dict[str, Any] = {"textDocument": {"uri": buffer.uri}}
    report = await client.request("textDocument/diagnostic", params)
    assert (report["kind"], len(report["items"])) == ("full", 2)
    again = await client.request("textDocument/diagnostic", {**params, "previousResultId": report["resultId"]})
    assert again["kind"] == "unchanged"
    assert "textDocument/publishDiagnostics" not in [method for method, _ in client.notifications]
    await client.stop()


async def test_a_client_that_cannot_be_asked_again_gets_them_pushed() -> None:
    """It would pull once, before mypy is done, and never again; what it pulls all the same is answered."""
    client = LocalClient(textDocument={"diagnostic": {}}, workspace={})
    await client.start()
    buffer = client.open("wrong\n")
    await client.settled(buffer)
    assert "textDocument/publishDiagnostics" in [method for method, _ in client.notifications]
    report = await client.request("textDocument/diagnostic", {"textDocument": {"uri": buffer.uri}})
    assert len(report["items"]) == 1
    await client.stop()


async def test_pulling_too_early() -> None:
    """A client that can be asked again keeps what it shows until then; another gets the holes."""
    for refresh in (True, False):
        client = LocalClient(textDocument={"diagnostic": {}}, workspace={"diagnostics": {"refreshSupport": refresh}})
        client.prepare = lambda engine: engine.gate.clear()
        await client.start()
        buffer = client.open("x = ...\nwrong\n")
        answer = client.request("textDocument/diagnostic", {"textDocument": {"uri": buffer.uri}})
        if refresh:
            with pytest.raises(ErrorAnswer) as caught:
                await answer
            assert (caught.value.code, caught.value.data) == (-32802, {"retriggerRequest": False})
        else:
            assert [item["code"] for item in (await answer)["items"]] == ["hole"]
        client.engine.gate.set()
        await client.settled(buffer)
        assert len([name for name, _ in client.requests if name == "workspace/diagnostic/refresh"]) == refresh
        await client.stop()


async def test_completion_at_a_hole(client: LocalClient) -> None:
    """Candidates first, then fitting names; each replaces the whole hole and is not filtered away by its text."""
    buffer = client.open(CART)
    await client.settled(buffer)
    answer = await client.request("textDocument/completion", client.at(buffer, "hole"))
    assert not answer["isIncomplete"]
    assert [item["label"] for item in answer["items"]] == ["price", "len(name)", "x"]
    assert [item["detail"] for item in answer["items"]] == ["✓ types", "types not checked", "int · module"]
    place = buffer.range_of('hole("price | len(name)?types")')
    assert all(item["textEdit"]["range"] == place for item in answer["items"])
    assert all(item["filterText"].startswith("hole(") for item in answer["items"])


async def test_completion_while_computing(client: LocalClient) -> None:
    """Names of the tree, marked as incomplete: something useful within the time of an answer."""
    client.prepare = lambda engine: engine.gate.clear()
    buffer = client.open(CART)
    answer = await client.request("textDocument/completion", client.at(buffer, "hole"))
    assert answer["isIncomplete"]
    assert {"price", "name"} <= {item["label"] for item in answer["items"]}
    client.engine.gate.set()


GAPS = [("x: int = \n", 9, True), ("print(1, )\n", 9, True), ("x = 1\n", 2, False), ("", 0, False)]


@pytest.mark.parametrize(("text", "character", "offered"), GAPS)
async def test_completion_at_a_gap(client: LocalClient, text: str, character: int, offered: bool) -> None:
    """A missing value is a hole when someone asks for it, not when a dot is typed."""
    buffer = client.open("price: int = 1\n" + text)
    at = {"textDocument": {"uri": buffer.uri}, "position": {"line": 1, "character": character}}
    answer = await client.request("textDocument/completion", at)
    assert (answer is not None) == offered
    typed = {**at, "context": {"triggerKind": 2, "triggerCharacter": "."}}
    assert await client.request("textDocument/completion", typed) is None


async def test_semantic_tokens(client: LocalClient) -> None:
    """One token a hole and line, delta-encoded, with the kind as modifier."""
    buffer = client.open("x = [..., ...]\ndef f() -> int:\n    ...\ny = hole(\n  'a'\n)\n" + HOLE_IMPORT)
    tokens = await client.request("textDocument/semanticTokens/full", {"textDocument": {"uri": buffer.uri}})
    rows = [tokens["data"][at : at + 5] for at in range(0, len(tokens["data"]), 5)]
    assert rows == [[0, 5, 3, 0, 1], [0, 5, 3, 0, 1], [2, 4, 3, 0, 2], [1, 4, 5, 0, 1], [1, 0, 5, 0, 1], [1, 0, 1, 0, 1]]


STEPS = [
    ("x", "nextHole", "h1"),
    ("...,", "nextHole", "h2"),
    ("...]", "nextHole", "h1"),
    ("]", "nextHole", "h1"),
    ("]", "previousHole", "h1"),
    ("x", "previousHole", "h2"),
]


@pytest.mark.parametrize(("start", "method", "expected"), STEPS)
async def test_from_hole_to_hole(client: LocalClient, start: str, method: str, expected: str) -> None:
    """Forwards and backwards, around the ends."""
    buffer = client.open("x = [..., ...]\n")
    place = await client.request(f"astral/{method}", client.at(buffer, start))
    assert place["id"] == expected
    none = client.open("x = 1\n", "file:///w/b.py")
    assert await client.request(f"astral/{method}", client.at(none, "x")) is None


async def test_holes(client: LocalClient) -> None:
    """The command line's JSON, for the current version."""
    buffer = client.open(CART)
    answer = await client.request("astral/holes", {"textDocument": {"uri": buffer.uri}})
    assert (answer["version"], answer["settled"]) == (1, True)
    assert [(hole["id"], hole["expected_type"], hole["kind"]) for hole in answer["holes"]] == [
        ("h1", "int", "expression"),
        ("h2", "int", "expression"),
    ]
    assert answer["holes"][0]["scope"][0].keys() == {"name", "type", "fits", "origin"}
    assert answer["holes"][1]["range"] == buffer.range_of("hole()")
