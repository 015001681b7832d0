"""Inline completion: a verified fill at a hole, the rest of it for who types along, and fills that a text had before."""

from __future__ import annotations

from typing import Any

import pytest
from editor import Buffer
from localclient import LocalClient, until

from astral_lsp.kept import MOST, KeptFills

AUTOMATIC, INVOKED = 2, 1


def at_cursor(buffer: Buffer, text: str, trigger: int) -> dict[str, Any]:
    """Params at the ‸ of a text."""
    position = Buffer(buffer.uri, text).position(text.index("‸"))
    return {"textDocument": {"uri": buffer.uri}, "position": position, "context": {"triggerKind": trigger}}


async def offered(client: LocalClient, buffer: Buffer, text: str, trigger: int = AUTOMATIC) -> list[str]:
    """The document with each item accepted, after the buffer was changed to `text` with the cursor at its ‸."""
    if buffer.text != text.replace("‸", ""):
        client.change(buffer, buffer.apply([{"range": whole(buffer), "newText": text.replace("‸", "")}]))
    answer = await client.request("textDocument/inlineCompletion", at_cursor(buffer, text, trigger))
    accepted = []
    for item in (answer or {"items": []})["items"]:
        assert item["range"]["start"]["line"] == item["range"]["end"]["line"]
        copy = Buffer(buffer.uri, buffer.text)
        copy.apply([{"range": item["range"], "newText": item["insertText"]}])
        accepted.append(copy.text)
    return accepted


def whole(buffer: Buffer) -> dict[str, Any]:
    """The range of all of it."""
    return {"start": {"line": 0, "character": 0}, "end": buffer.position(len(buffer.text))}


async def test_it_is_advertised() -> None:
    """By explicit options: a client that looks for them finds them."""
    client = LocalClient()
    capabilities = await client.start()
    assert capabilities["inlineCompletionProvider"] == {}
    await client.stop()


HOLE = 'hole("price | len(x)?types | import sys | cost!types | name")'


async def test_at_a_hole(client: LocalClient) -> None:
    """Candidates that were verified and need no import, best first, in the place of the whole hole; at both of its ends."""
    buffer = client.open(f"é = ({HOLE})\n")
    await client.settled(buffer)
    rest = buffer.text.split("\n", 1)[1]
    wanted = [f"é = (price)\n{rest}", f"é = (name)\n{rest}"]
    assert await offered(client, buffer, f"é = (‸{HOLE})\n{rest}") == wanted
    assert await offered(client, buffer, f"é = ({HOLE}‸)\n{rest}") == wanted
    assert await offered(client, buffer, f"é‸ = ({HOLE})\n{rest}") == []


TYPED = [
    ("x = ‸\n", ["x = f(a)\n", "x = g\n"]),
    ("x = f‸\n", ["x = f(a)\n"]),
    ("x = f(‸\n", ["x = f(a)\n"]),
    ("x = g‸\n", []),
    ("x = f(b‸\n", []),
    ("x = ‸f\n", []),
    ("y = f‸\n", []),
    ("x = f‸\n\n", []),
    ('x = f‸hole("f(a) | g")\n', ["x = f(a)\n"]),
    ('x = hole("f(a) | g")f‸\n', ["x = f(a)\n"]),
    ('x = hole("f(a) | g")h‸\n', []),
]


@pytest.mark.parametrize(("text", "expected"), TYPED)
async def test_typing_along(client: LocalClient, text: str, expected: list[str]) -> None:
    """The rest of a fill, without another fill, as long as what is typed is its beginning and the text around it is the same."""
    buffer = client.open('x = hole("f(a) | g")\n')
    await client.settled(buffer)
    rest = buffer.text.split("\n", 1)[1]
    client.engine.calls.clear()
    assert await offered(client, buffer, text + rest) == [each + rest for each in expected]
    assert [call for call in client.engine.calls if call[0] == "fill" and text.count("hole(") == 0] == []


LINES = [
    ("x = ‸\r\n", 0, "(a,\r\n  b,\r\n  c)"),
    ("x = (a,‸\r\n", 0, "(a,\r\n  b,\r\n  c)"),
    ("x = (a,\r\n  b‸\r\n", 1, "  b,\r\n  c)"),
    ("x = (a,\r\n  b,\r\n‸\r\n", 2, "  c)"),
]


@pytest.mark.parametrize(("text", "line", "new"), LINES)
async def test_typing_along_lines(client: LocalClient, text: str, line: int, new: str) -> None:
    """Of a fill of several lines the cursor's and those below it are offered, in the document's own line breaks."""
    buffer = client.open('x = hole("(a,\\n  b,\\n  c)")\r\nfrom astral_lsp import hole\r\n')
    await client.settled(buffer)
    rest = buffer.text.split("\r\n", 1)[1]
    assert await offered(client, buffer, text + rest) == [f"x = (a,\r\n  b,\r\n  c)\r\n{rest}"]
    answer = await client.request("textDocument/inlineCompletion", at_cursor(buffer, text + rest, AUTOMATIC))
    assert [(item["range"]["start"]["line"], item["insertText"]) for item in answer["items"]] == [(line, new)]


async def test_only_who_asks_waits_for_a_fill() -> None:
    """By itself nothing is filled; asked for, a hole and a gap are, and from then on it is known."""
    client = LocalClient()
    await client.start({"settings": {"prefill": {"enabled": False}}})
    buffer = client.open('x = hole("1")\n')
    rest = buffer.text.split("\n", 1)[1]
    text = f'x = ‸hole("1")\n{rest}'
    assert await offered(client, buffer, text, AUTOMATIC) == []
    assert await offered(client, buffer, text, INVOKED) == [f"x = 1\n{rest}"]
    assert await offered(client, buffer, text, AUTOMATIC) == [f"x = 1\n{rest}"]
    assert await offered(client, buffer, "x = ‸\n", AUTOMATIC) == []
    assert await offered(client, buffer, "x = ‸\n", INVOKED) == ["x = 0\n"]
    assert [what for call, what in client.engine.calls if call == "fill"] == ["h1", "i1"]
    await client.stop()


async def test_it_can_be_turned_off() -> None:
    """Then nothing is offered, asked for or not."""
    client = LocalClient()
    await client.start({"settings": {"inlineCompletion": {"enabled": False}}})
    buffer = client.open('x = hole("1")\n')
    await client.settled(buffer)
    assert await offered(client, buffer, buffer.text.replace("hole", "‸hole", 1), INVOKED) == []
    await client.stop()


async def test_an_undo_has_its_candidates_at_once(client: LocalClient) -> None:
    """A text that was there before is not filled again; a file that changed on disk makes it worth filling again."""
    buffer = client.open('x = hole("1 | 2")\n')
    await client.settled(buffer)
    before = buffer.text
    client.change(buffer, buffer.insert("x", "w = 0\n"))
    await client.settled(buffer)
    client.engine.calls.clear()
    client.engine.gate.clear()
    client.change(buffer, buffer.apply([{"range": whole(buffer), "newText": before}]))
    actions = await client.request("textDocument/codeAction", client.over(buffer, "hole"))
    assert [action["title"] for action in actions[:2]] == ["Fill with 1  ✓ types", "Fill with 2  ✓ types"]
    resolved = await client.request("codeAction/resolve", actions[0])
    assert resolved["edit"]["documentChanges"][0]["textDocument"]["version"] == buffer.version
    client.engine.gate.set()
    await client.settled(buffer)
    assert ("fill", "h1") not in client.engine.calls
    client.session.analysis.renew()
    await until(lambda: ("fill", "h1") in client.engine.calls)


async def test_what_could_not_be_judged_is_not_kept(client: LocalClient) -> None:
    """The next look may judge it; and no document fills the memory."""
    buffer = client.open('x = hole("1?types")\ny = hole("2")\n')
    await client.settled(buffer)
    document = client.session.document(buffer.uri)
    assert set(client.session.analysis.kept.of(document)) == {"h2"}
    kept, fill = KeptFills(), client.session.analysis.of(document).fills["h2"]
    for _ in range(3):
        kept.keep(document, fill)
    assert len(list(kept.typed_at(document, fill.hole.span.start))) == 1
    assert kept._kept.maxlen == MOST
