"""What outlives a request: settings, trust, folders, files on disk, oracles and their health."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from editor import CAPABILITIES
from localclient import LocalClient, until
from scripted import ScriptedEngine

from astral_lsp import analysis
from astral_lsp.engines import MAX_ENGINES

TEXT = "x: int = ...\n"


def asked(engine: ScriptedEngine, what: str) -> int:
    """How often the engine was asked."""
    return sum(name == what for name, _ in engine.calls)


async def hints(client: LocalClient, uri: str) -> list[Any]:
    """Inlay hints of a whole document."""
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    found: list[Any] = await client.request("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": whole})
    return found


async def test_pulled_configuration(client: LocalClient) -> None:
    """A change notification makes us ask; what cannot be read is named in the log and keeps its value."""
    buffer = client.open(TEXT)
    assert len(await hints(client, buffer.uri)) == 1
    client.settings = {"inlayHints": {"enabled": False}, "debounceMs": "soon", "nonsense": 1}
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    await until(lambda: not client.session.settings.inlay_hints.enabled)
    assert await hints(client, buffer.uri) == []
    assert client.session.settings.debounce_ms == 50
    logged = " ".join(params["message"] for name, params in client.notifications if name == "window/logMessage")
    assert "astral.debounceMs" in logged
    assert "astral.nonsense" in logged
    assert {"workspace/inlayHint/refresh", "workspace/codeLens/refresh", "workspace/diagnostic/refresh"} <= {
        name for name, _ in client.requests
    }


@pytest.mark.parametrize("settings", [{"astral": {"codeLens": {"enabled": False}}}, {"codeLens.enabled": False}])
async def test_pushed_configuration(settings: Any) -> None:
    """A client that cannot be asked pushes; with or without our section around it."""
    client = LocalClient(workspace={})
    await client.start()
    buffer = client.open(TEXT)
    client.notify("workspace/didChangeConfiguration", {"settings": settings})
    await until(lambda: not client.session.settings.code_lens.enabled)
    assert await client.request("textDocument/codeLens", {"textDocument": {"uri": buffer.uri}}) == []
    await client.stop()


OPTIONS: list[tuple[Any, bool, int]] = [
    (None, False, 50),
    ({}, False, 50),
    ({"trusted": True}, True, 50),
    ({"trusted": False, "settings": {"trusted": True}}, False, 50),
    ({"settings": {"trusted": True, "debounceMs": 1}}, True, 1),
    ({"settings": {"astral": {"debounceMs": 1}}}, False, 1),
    ({"debounceMs": 1}, False, 1),
    (7, False, 50),
]


@pytest.mark.parametrize(("options", "trusted", "debounce_ms"), OPTIONS)
async def test_initialization_options(options: Any, trusted: bool, debounce_ms: int) -> None:
    """What the client says of trust at the start outweighs every setting; nobody is trusted unasked."""
    client = LocalClient(workspace={})
    await client.start(options)
    buffer = client.open(TEXT)
    await client.settled(buffer)
    assert client.engine.settings.trusted == trusted
    assert client.session.settings.debounce_ms == debounce_ms
    await client.stop()


async def test_nothing_is_asked_before_the_handshake_ends() -> None:
    """The protocol allows log lines before initialize is answered, and no request of ours."""
    client = LocalClient()
    params = {"processId": None, "rootUri": None, "capabilities": client.capabilities, "initializationOptions": {"debounceMs": 7, "odd": 1}}
    await client.request("initialize", params)
    assert client.requests == []
    assert [name for name, _ in client.notifications] == ["window/logMessage"]
    assert client.session.settings.debounce_ms == 7
    await client.stop()


async def test_an_untrusted_workspace_cannot_trust_itself() -> None:
    """Settings that arrive later cannot undo `trusted: false`."""
    client = LocalClient()
    client.settings = {"trusted": True}
    await client.start({"trusted": False})
    await until(lambda: client.session.settings.trusted)
    buffer = client.open(TEXT)
    await client.settled(buffer)
    assert all(not engine.settings.trusted for engine in client.engines)
    await client.stop()


FILES = [("a.py", 1, 1), ("stub.pyi", 1, 1), ("pyproject.toml", 1, 2), ("mypy.ini", 1, 2), ("README.md", 0, 1), ("data.json", 0, 1)]


@pytest.mark.parametrize(("name", "again", "engines"), FILES)
async def test_files_that_change_on_disk(client: LocalClient, name: str, again: int, engines: int) -> None:
    """Source makes open documents be looked at again, configuration makes new oracles, the rest is ignored."""
    buffer = client.open(TEXT)
    await client.settled(buffer)
    before = asked(client.engine, "contexts")
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": f"file:///w/{name}", "type": 2}]})
    if again:
        await until(lambda: sum(asked(engine, "contexts") for engine in client.engines) > before)
    await client.settled(buffer)
    assert sum(asked(engine, "contexts") for engine in client.engines) == before + again
    assert len(client.engines) == engines


async def test_answers_stay_while_they_are_renewed(client: LocalClient) -> None:
    """A save elsewhere does not make a hover forget what it knew."""
    buffer, other = client.open(TEXT), client.open(TEXT, "file:///w/b.py")
    await client.settled(buffer)
    client.engine.gate.clear()
    client.notify("textDocument/didSave", {"textDocument": {"uri": other.uri}})
    hover = await client.request("textDocument/hover", client.at(buffer, "..."))
    assert "▢: int" in hover["contents"]["value"]
    client.engine.gate.set()


async def test_our_own_watch(tmp_path: Path) -> None:
    """For a client that does not watch files, we do."""
    client = LocalClient(**{**CAPABILITIES, "workspace": {**CAPABILITIES["workspace"], "didChangeWatchedFiles": {}}})
    await client.start(root=tmp_path)
    buffer = client.open(TEXT, (tmp_path / "a.py").as_uri())
    await client.settled(buffer)
    before = asked(client.engine, "contexts")
    for n in range(200):  # the watch begins a moment after initialized
        (tmp_path / "b.py").write_text(f"y = {n}\n")
        await asyncio.sleep(0.05)
        if asked(client.engine, "contexts") > before:
            break
    assert asked(client.engine, "contexts") > before
    await client.stop()


async def test_newer_versions_supersede_older_ones(client: LocalClient) -> None:
    """While one version is analysed, those between it and the newest are never looked at."""
    client.prepare = lambda engine: engine.gate.clear()
    buffer = client.open(TEXT)
    await until(lambda: client.engines)
    await asyncio.sleep(0.1)
    for _ in range(20):
        client.change(buffer, buffer.insert("x", "\n"))
    client.engine.gate.set()
    await client.settled(buffer)
    versions = [version for name, version in client.engine.calls if name == "contexts"]
    assert versions[-1] == 21
    assert len(versions) <= 2


async def test_the_hole_that_is_looked_at_comes_first(client: LocalClient) -> None:
    """Filling ahead follows the eyes."""
    client.prepare = lambda engine: engine.gate.clear()
    buffer = client.open("".join(f"x{n} = ...\n" for n in range(30)))
    await client.request("textDocument/hover", client.at(buffer, "...", nth=20))
    client.engine.gate.set()
    await client.settled(buffer)
    assert next(hole for name, hole in client.engine.calls if name == "fill") == "h21"


async def test_only_so_many_holes_are_filled_ahead() -> None:
    """The others are filled when someone looks at them."""
    client = LocalClient(textDocument=CAPABILITIES["textDocument"])
    await client.start({"prefill": {"maxHoles": 2}})
    buffer = client.open("".join(f"x{n} = ...\n" for n in range(5)))
    await client.settled(buffer)
    assert [hole for name, hole in client.engine.calls if name == "fill"] == ["h1", "h2"]
    await client.request("textDocument/codeAction", client.over(buffer, "x3 = ..."))
    assert [hole for name, hole in client.engine.calls if name == "fill"] == ["h1", "h2", "h4"]
    await client.stop()


async def test_documents_beyond_the_limit() -> None:
    """They keep their holes and say why there is no type; the engine is not asked."""
    client = LocalClient(workspace={})
    await client.start({"limits": {"documentBytes": 10}})
    buffer = client.open(TEXT)
    await client.settled(buffer)
    hover = await client.request("textDocument/hover", client.at(buffer, "..."))
    assert "more than 10 bytes" in hover["contents"]["value"]
    assert client.engines == []
    await client.stop()


async def test_an_outage_is_said(client: LocalClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """In hover, by status, and once before the user's eyes; recovery comes by itself and is told, too."""
    monkeypatch.setattr(analysis, "RETRY_S", (0.01,))

    def break_down(engine: ScriptedEngine) -> None:
        engine.down = "the oracle does not start"

    client.prepare = break_down
    buffer = client.open(TEXT)
    await client.settled(buffer)
    hover = await client.request("textDocument/hover", client.at(buffer, "..."))
    assert "the oracle does not start" in hover["contents"]["value"]
    assert [params["types"] for params in await client.seen("astral/status")] == ["unavailable"]
    assert len(await client.seen("window/showMessage")) == 1
    client.engine.down = ""
    assert [params["types"] for params in await client.seen("astral/status", 2)] == ["unavailable", "warm"]
    assert len(await client.seen("window/showMessage")) == 1
    assert "▢: int" in (await client.request("textDocument/hover", client.at(buffer, "...")))["contents"]["value"]


async def test_a_closed_document_is_forgotten(client: LocalClient) -> None:
    """Whoever imports it sees the disk again."""
    buffer = client.open(TEXT)
    await client.settled(buffer)
    client.notify("textDocument/didClose", {"textDocument": {"uri": buffer.uri}})
    await until(lambda: ("forget", Path("/w/a.py")) in client.engine.calls)


async def test_engines_belong_to_folders(tmp_path: Path) -> None:
    """The innermost folder counts; the one used longest ago is closed when there are too many."""
    roots = [tmp_path / f"folder{n}" for n in range(MAX_ENGINES + 1)]
    client = LocalClient()
    params = {
        "processId": None,
        "rootUri": None,
        "capabilities": {},
        "workspaceFolders": [{"uri": root.as_uri(), "name": root.name} for root in roots],
    }
    await client.request("initialize", params)
    client.notify("initialized", {})
    for root in roots:
        await client.settled(client.open(TEXT, (root / "deep" / "a.py").as_uri()))
    assert [engine.root for engine in client.engines] == roots
    await until(lambda: client.engines[0].closed)
    assert [engine.closed for engine in client.engines] == [True] + [False] * MAX_ENGINES
    await client.stop()
    assert all(engine.closed for engine in client.engines)


async def test_folders_that_come_and_go(client: LocalClient, tmp_path: Path) -> None:
    """Documents follow with their next version."""
    folder = {"uri": tmp_path.as_uri(), "name": "w"}
    buffer = client.open(TEXT, (tmp_path / "a.py").as_uri())
    for added, removed, root in (([folder], [], tmp_path), ([], [folder], None)):
        client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": added, "removed": removed}})
        client.change(buffer, buffer.insert("x", "\n"))
        document = client.session.documents.get(buffer.uri)
        assert document is not None
        assert document.snapshot.root == root


async def test_nothing_but_a_change_is_needed_to_settle(client: LocalClient) -> None:
    """Nobody asks, and everything is known: hover of an unchanged file is a look-up."""
    buffer = client.open('x = hole("1")\n')
    await client.settled(buffer)
    calls = list(client.engine.calls)
    for _ in range(3):
        assert "✓ types" in (await client.request("textDocument/hover", client.at(buffer, "hole")))["contents"]["value"]
    assert client.engine.calls == calls


async def test_a_change_does_not_wait_for_the_oracle(client: LocalClient) -> None:
    """didChange is taken while the engine hangs."""
    client.prepare = lambda engine: engine.gate.clear()
    buffer = client.open(TEXT)
    await until(lambda: client.engines)
    for _ in range(50):
        client.change(buffer, buffer.insert("x", "\n"))
    document = client.session.documents.get(buffer.uri)
    assert document is not None
    assert document.snapshot.text == buffer.text
    client.engine.gate.set()
