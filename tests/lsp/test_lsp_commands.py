"""Commands: typed arguments, staleness, confirmation of what is not verified, all holes in one step."""

from __future__ import annotations

from typing import Any

import pytest
from editor import CAPABILITIES, HOLE_IMPORT, Buffer, Json, document_edits
from localclient import ErrorAnswer, LocalClient, until


async def run(client: LocalClient, command: str, **target: Any) -> Any:
    """Execute a command on a target."""
    return await client.request("workspace/executeCommand", {"command": command, "arguments": [target]})


def applies(buffer: Buffer) -> Any:
    """A client that applies every edit."""
    return lambda params: {"applied": bool(buffer.apply(document_edits(params["edit"], buffer)))}


FILLS = [
    ("price", True, "accepted", "price"),
    ("price?types", True, "degraded", "price"),
    ("price!types", False, "rejected", None),
    ("none", False, "rejected", None),
]


@pytest.mark.parametrize(("script", "applied", "status", "text"), FILLS)
async def test_fill(client: LocalClient, script: str, applied: bool, status: str, text: str | None) -> None:
    """Accepted fills are applied, degraded ones with an annotation to confirm, rejected ones never."""
    buffer = client.open(f'x = hole("{script}")\n')
    before = buffer.text
    client.replies["workspace/applyEdit"] = applies(buffer)
    answer = await run(client, "astral.fill", uri=buffer.uri, version=1, hole="h1")
    assert (answer["applied"], answer["status"]) == (applied, status)
    assert buffer.text == (before if text is None else f"x = {text}\n" + HOLE_IMPORT)
    asked = [params["edit"] for name, params in client.requests if name == "workspace/applyEdit"]
    assert all(("changeAnnotations" in edit) == (status == "degraded") for edit in asked)
    if not applied:
        (message,) = await client.seen("window/showMessage")
        assert "h1 stays open" in message["message"]


@pytest.mark.parametrize(("reply", "applied"), [({"title": "Apply"}, True), ({"title": "Cancel"}, False), (None, False), (7, False)])
async def test_confirmation_without_annotations(reply: Any, applied: bool) -> None:
    """A client that cannot annotate is asked; anything but Apply means no."""
    workspace = {**CAPABILITIES["workspace"], "workspaceEdit": {"documentChanges": True}}
    client = LocalClient(**{**CAPABILITIES, "workspace": workspace})
    await client.start()
    buffer = client.open('x = hole("price?types")\n')
    client.replies["workspace/applyEdit"] = applies(buffer)
    client.replies["window/showMessageRequest"] = lambda params: reply
    assert (await run(client, "astral.fill", uri=buffer.uri, hole="h1"))["applied"] == applied
    assert ("x = price" in buffer.text) == applied
    await client.stop()


async def test_plain_changes_for_an_old_client() -> None:
    """Without documentChanges the edit has no version, so it is checked before it is sent."""
    client = LocalClient(workspace={"applyEdit": True})
    await client.start()
    buffer = client.open('x = hole("price")\n')
    client.replies["workspace/applyEdit"] = lambda params: {"applied": True}
    assert (await run(client, "astral.fill", uri=buffer.uri, hole="h1"))["applied"]
    (params,) = await client.seen("workspace/applyEdit")
    assert list(params["edit"]) == ["changes"]
    await client.stop()


async def test_a_client_that_cannot_apply() -> None:
    """It is told why nothing happened."""
    client = LocalClient(workspace={})
    await client.start()
    buffer = client.open('x = hole("price")\n')
    assert (await run(client, "astral.fill", uri=buffer.uri, hole="h1"))["why"] == "the client cannot apply edits"
    await client.stop()


REFUSALS: list[tuple[Any, str]] = [
    ({"applied": False, "failureReason": "read only"}, "read only"),
    ({"applied": False}, "the client did not apply the edit"),
    (None, "the client did not apply the edit"),
]


@pytest.mark.parametrize(("reply", "why"), REFUSALS)
async def test_a_refused_edit(client: LocalClient, reply: Any, why: str) -> None:
    """The client's reason is the answer."""
    buffer = client.open('x = hole("price")\n')
    client.replies["workspace/applyEdit"] = lambda params: reply
    assert await run(client, "astral.fill", uri=buffer.uri, hole="h1") == {"status": "accepted", "applied": False, "why": why}


async def test_stale_commands(client: LocalClient) -> None:
    """A lens of an older version does nothing."""
    buffer = client.open('x = hole("price")\n')
    client.change(buffer, buffer.insert("x", "y = 1\n"))
    with pytest.raises(ErrorAnswer) as caught:
        await run(client, "astral.fill", uri=buffer.uri, version=1, hole="h1")
    assert caught.value.code == -32801


async def test_fill_all(client: LocalClient) -> None:
    """Every hole with a verified candidate, in one edit of one version; the others are named."""
    buffer = client.open('a = hole("import abc")\nb = hole("none")\nc = hole("1")\nd = hole("2?types")\n')
    client.replies["workspace/applyEdit"] = applies(buffer)
    answer = await run(client, "astral.fillAll", uri=buffer.uri, version=1)
    assert (answer["filled"], answer["holes"], answer["applied"]) == (2, 4, True)
    assert [line.split(":")[0] for line in answer["open"]] == ["h2", "h4"]
    assert buffer.text == 'import abc\na = abc\nb = hole("none")\nc = 1\nd = hole("2?types")\n' + HOLE_IMPORT
    assert len(await client.seen("workspace/applyEdit")) == 1


async def test_fill_all_without_a_fill(client: LocalClient) -> None:
    """Nothing is applied, and that is said."""
    buffer = client.open('a = hole("none")\nb = hole("1!types")\n')
    answer = await run(client, "astral.fillAll", uri=buffer.uri)
    assert (answer["applied"], answer["filled"]) == (False, 0)
    assert [name for name, _ in client.requests if name == "workspace/applyEdit"] == []


@pytest.mark.parametrize(("command", "hole"), [("astral.nextHole", 0), ("astral.previousHole", 1)])
async def test_jumps_show_the_document(client: LocalClient, command: str, hole: int) -> None:
    """The cursor goes to the hole where the client can be asked to."""
    buffer = client.open("x = [..., ...]\n")
    await run(client, command, uri=buffer.uri, position={"line": 0, "character": 0})
    (shown,) = await client.seen("window/showDocument")
    assert shown["selection"] == buffer.range_of("...", hole)


async def test_restart(client: LocalClient) -> None:
    """The oracle is closed and made anew, and the documents are looked at again."""
    buffer = client.open("x = ...\n")
    await client.settled(buffer)
    await client.request("workspace/executeCommand", {"command": "astral.restartOracle"})
    await until(lambda: len(client.engines) == 2 and client.engines[0].closed)
    assert client.engines[0].closed
    assert not client.engines[1].closed


REGION: Json = {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 9}}


async def test_fill_request_on_a_region(client: LocalClient) -> None:
    """`astral/fill` answers with candidates and versioned edits and applies nothing."""
    buffer = client.open("x = 1 + 2\n")
    answer: Json = await client.request(
        "astral/fill", {"textDocument": {"uri": buffer.uri, "version": 1}, "range": REGION, "candidates": 1}
    )
    assert (answer["hole"], answer["status"], answer["range"], answer["version"]) == ("r1", "accepted", REGION, 1)
    (candidate,) = answer["candidates"]
    assert candidate["verdicts"] == {"syntax": "pass", "types": "pass"}
    buffer.apply(document_edits(candidate["edit"], buffer))
    assert buffer.text == "x = 0\n"
    assert [name for name, _ in client.requests if name == "workspace/applyEdit"] == []


async def test_a_fill_is_explained_by_the_states_it_went_through(client: LocalClient) -> None:
    """`astral/explainFill` answers like `astral/fill`, with each state and what was found out about it."""
    buffer = client.open("from astral_lsp import hole\nx = hole('1 | 2')\n")
    answer: Json = await client.request("astral/explainFill", {"textDocument": {"uri": buffer.uri, "version": 1}, "hole": "h1"})
    assert [candidate["text"] for candidate in answer["candidates"]] == ["1", "2"]
    assert [(step["step"], step["text"], step["verdicts"]) for step in answer["trace"]] == [
        (0, "▢", {"syntax": "pass", "types": "skipped"}),
        (1, "1", {"syntax": "pass", "types": "skipped"}),
    ]
    assert answer["trace"][0]["why"] == {"types": "scripted"}
