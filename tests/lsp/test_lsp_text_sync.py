"""The document store holds what the editor shows: against an array model, through the real messages."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from editor import CAPABILITIES, Buffer, Json
from localclient import ErrorAnswer, LocalClient

from astral_lsp.documents import path_of, read_changes, whole

PIECES = [
    "a",
    "x = ...\n",
    "\r\n",
    "\r",
    "\n",
    "\f",
    "\v",
    "\x1c",
    "\x1d",
    "\x1e",
    "\x85",
    "\u2028",
    "\u2029",
    "é",
    "𝒳",
    "\t",
    "(",
    "]",
    '"',
    "\ufeff",
]


def random_text(random_: random.Random, most: int) -> str:
    """Text in which every kind of line break and every width of character is frequent."""
    return "".join(random_.choice(PIECES) for _ in range(random_.randint(0, most)))


def random_change(random_: random.Random, model: Buffer) -> Json:
    """A change as a client may send it: backwards, past the end of a line, past the end of the text, or all of it."""
    if random_.random() < 0.05:
        return {"text": random_text(random_, 12)}
    lines = model.lines()
    ends = [{"line": random_.randint(0, len(lines)), "character": random_.randint(0, 12)} for _ in range(2)]
    return {"range": {"start": ends[0], "end": ends[1]}, "text": random_text(random_, 4)}


def change_model(model: Buffer, change: Json) -> None:
    """The same change on the array."""
    if "range" not in change:
        model.text = change["text"]
        return
    start, end = sorted(model.offset(change["range"][name]) for name in ("start", "end"))
    if model.text[start - 1 : start + 1] == "\r\n" or model.text[end - 1 : end + 1] == "\r\n":
        raise AssertionError("a clamped position never splits a line break")
    model.text = model.text[:start] + change["text"] + model.text[end:]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_random_edits(encoding: str) -> None:
    """60 sequences of 25 edits in each encoding: text and positions agree after each."""
    client = LocalClient(**{**CAPABILITIES, "general": {"positionEncodings": [encoding]}})
    assert (await client.start())["positionEncoding"] == encoding
    for seed in range(60):
        random_ = random.Random(seed)
        model = Buffer(f"file:///w/{encoding}{seed}.py", random_text(random_, 20), encoding=encoding)
        client.notify(
            "textDocument/didOpen", {"textDocument": {"uri": model.uri, "languageId": "python", "version": 1, "text": model.text}}
        )
        for version in range(2, 27):
            changes = []
            for _ in range(random_.randint(1, 3)):
                changes.append(random_change(random_, model))
                change_model(model, changes[-1])
            client.notify("textDocument/didChange", {"textDocument": {"uri": model.uri, "version": version}, "contentChanges": changes})
            document = client.session.documents.get(model.uri)
            assert document is not None
            assert document.version == version
            assert document.snapshot.text == model.text, f"seed {seed}, version {version}"
        at = random_.randint(0, len(model.text))
        if model.text[at - 1 : at + 1] != "\r\n":
            position = document.snapshot.native.position(len(model.text[:at].encode()), encoding)  # type: ignore[arg-type]  # parametrized
            assert {"line": position[0], "character": position[1]} == model.position(at)
        client.notify("textDocument/didClose", {"textDocument": {"uri": model.uri}})
    await client.stop()


def text_of(client: LocalClient, uri: str) -> str | None:
    """What the server holds."""
    document = client.session.documents.get(uri)
    return None if document is None else document.snapshot.text


EDITS = [
    ("a\fb\nc\n", (1, 0, 1, 1), "X", "a\fb\nX\n"),
    ("a\u2028b\x85\x1c\nc", (1, 0, 1, 1), "X", "a\u2028b\x85\x1c\nX"),
    ("ab", (0, 99, 0, 99), "X", "abX"),
    ("ab\n", (1, 0, 1, 0), "X", "ab\nX"),
    ("ab\n", (9, 9, 9, 9), "X", "ab\nX"),
    ("abcd", (0, 3, 0, 1), "X", "aXd"),
    ("ab\r\ncd", (0, 9, 0, 9), "X", "abX\r\ncd"),
    ("ab\rcd", (1, 0, 1, 1), "X", "ab\rXd"),
    ("", (0, 0, 0, 0), "X", "X"),
    ("𝒳b", (0, 2, 0, 3), "X", "𝒳X"),
]


@pytest.mark.parametrize(("before", "place", "new", "after"), EDITS)
async def test_edits_where_pygls_goes_wrong(client: LocalClient, before: str, place: tuple[int, ...], new: str, after: str) -> None:
    """Line breaks of Unicode that are none of LSP, the last empty line, clamping, reversed ranges."""
    buffer = client.open(before)
    range_ = {"start": {"line": place[0], "character": place[1]}, "end": {"line": place[2], "character": place[3]}}
    client.change(buffer, [{"range": range_, "text": new}])
    assert text_of(client, buffer.uri) == after


NOT_OPEN = [("textDocument/didChange", {"contentChanges": [{"text": "x"}]}), ("textDocument/didClose", {}), ("textDocument/didSave", {})]


@pytest.mark.parametrize(("method", "params"), NOT_OPEN)
async def test_messages_on_what_is_not_open(client: LocalClient, method: str, params: Json) -> None:
    """Ignored, said once in the client's log (a save needs no word), and the server works on."""
    client.notify(method, {"textDocument": {"uri": "file:///w/never.py", "version": 2}, **params})
    logged = [params["message"] for name, params in client.notifications if name == "window/logMessage"]
    assert len(logged) == (0 if method.endswith("Save") else 1)
    with pytest.raises(ErrorAnswer) as caught:
        await client.request("textDocument/hover", {"textDocument": {"uri": "file:///w/never.py"}, "position": {"line": 0, "character": 0}})
    assert caught.value.code == -32602
    assert text_of(client, client.open("x = ...\n").uri) == "x = ...\n"


@pytest.mark.parametrize("version", [1, 0, -5, 7, None])
async def test_version_numbers_in_any_order(client: LocalClient, version: int | None) -> None:
    """Text follows the order of arrival; edits carry the number that the client gave last."""
    buffer = client.open("x = ...\n")
    client.notify(
        "textDocument/didChange", {"textDocument": {"uri": buffer.uri, "version": version}, "contentChanges": [{"text": "y = ...\n"}]}
    )
    assert text_of(client, buffer.uri) == "y = ...\n"
    expected = 2 if version is None else version
    assert (await client.request("astral/holes", {"textDocument": {"uri": buffer.uri}}))["version"] == expected


@pytest.mark.parametrize(
    "changes", [None, 5, [5], [{}], [{"text": 5}], [{"text": "a", "range": {}}], [{"text": "a", "range": {"start": {"line": "x"}}}]]
)
async def test_an_unreadable_change_closes_the_document(client: LocalClient, changes: Any) -> None:
    """Our text would differ from the editor's: nothing is offered for it until it is opened again."""
    buffer = client.open("x = ...\n")
    client.notify("textDocument/didChange", {"textDocument": {"uri": buffer.uri, "version": 2}, "contentChanges": changes})
    assert text_of(client, buffer.uri) is None
    assert "out of step" in (await client.seen("window/logMessage"))[0]["message"]
    client.open("x = 1\n")
    assert text_of(client, buffer.uri) == "x = 1\n"


@pytest.mark.parametrize("params", [None, [], {}, {"textDocument": None}, {"textDocument": {"uri": 5}}])
async def test_a_change_that_names_no_document(client: LocalClient, params: Any) -> None:
    """Ignored."""
    buffer = client.open("x = ...\n")
    client.notify("textDocument/didChange", params)
    assert text_of(client, buffer.uri) == "x = ...\n"


async def test_opening_twice_replaces(client: LocalClient) -> None:
    """The last didOpen counts."""
    client.open("x = 1\n")
    buffer = client.open("y = ...\n")
    assert text_of(client, buffer.uri) == "y = ...\n"


URIS = [
    "untitled:Untitled-1",
    "untitled:/w/never saved.py",
    "vscode-notebook-cell:/w/deep/book.ipynb#W0sZmlsZQ%3D%3D",
    "git:/w/a.py?%7B%7D",
    "file:///w/%20space%20%C3%A9.py",
    "file://server/share/a.py",
    "odd",
    "file:",
    "",
]


@pytest.mark.parametrize("uri", URIS)
async def test_documents_that_are_no_files(client: LocalClient, uri: str) -> None:
    """Unsaved buffers, notebook cells and odd URIs have holes like any other."""
    client.open("x = ...\n", uri)
    answer = await client.request("astral/holes", {"textDocument": {"uri": uri}})
    assert [hole["expected_type"] for hole in answer["holes"]] == ["int"]
    action = (await client.request("textDocument/codeAction", client.over(client.buffers[uri], "...")))[0]
    resolved = await client.request("codeAction/resolve", action)
    assert resolved["edit"]["documentChanges"][0]["textDocument"] == {"uri": uri, "version": 1}


def test_paths_of_what_is_no_file() -> None:
    """Each has a name of its own, a module name that mypy takes, beside the notebook if it is a cell of one."""
    cells = [path_of(f"vscode-notebook-cell:/w/deep/book.ipynb#{cell}") for cell in ("W0", "W1")]
    assert [cell.parent for cell in cells] == [Path("/w/deep")] * 2
    assert len(set(cells)) == 2
    assert all(path.stem.isidentifier() for path in (*cells, path_of("untitled:a-b"), path_of("")))


@pytest.mark.parametrize(
    ("language", "name", "count"), [("python", "a.py", 1), ("markdown", "a.py", 0), ("", "a.py", 1), ("python", "a.pyi", 0)]
)
async def test_where_there_are_no_holes(client: LocalClient, language: str, name: str, count: int) -> None:
    """`...` in prose or in a stub is no hole; without a language the suffix decides."""
    buffer = client.open("x = ...\n", f"file:///w/{name}", language)
    assert len((await client.request("astral/holes", {"textDocument": {"uri": buffer.uri}}))["holes"]) == count
    assert (await client.request("textDocument/hover", client.at(buffer, "...")) is not None) == bool(count)


SURROGATES = [("a\ud800b", "a\ufffdb"), ("\udc00\ud800", "\ufffd\ufffd"), ("𝒳", "𝒳"), ("plain", "plain")]


@pytest.mark.parametrize(("text", "expected"), SURROGATES)
def test_lone_surrogates(text: str, expected: str) -> None:
    """JSON can carry halves of characters; text cannot. The replacement is as long in UTF-16 and UTF-32."""
    assert whole(text) == expected
    assert len(whole(text)) == len(text)


async def test_lone_surrogates_on_the_wire(client: LocalClient) -> None:
    """They reach us, and positions behind them stay right."""
    buffer = client.open("x = 1\n")
    client.change(buffer, [{"text": "'\ud800' + ...\n"}])
    (hole,) = (await client.request("astral/holes", {"textDocument": {"uri": buffer.uri}}))["holes"]
    assert hole["range"]["start"] == {"line": 0, "character": 6}


def test_reading_changes_leaves_them_alone() -> None:
    """The caller's position is not written to."""
    change = {"range": {"start": {"line": 2**40, "character": -3}, "end": {"line": 0, "character": 1}}, "text": "x"}
    before = repr(change)
    assert read_changes([change]) == [((0, 1, 2**31 - 1, 0), "x")]
    assert repr(change) == before
