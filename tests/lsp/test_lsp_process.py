"""The server as a process: sessions over raw JSON-RPC, damage on the wire, and every way to end."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from editor import CAPABILITIES, HOLE_IMPORT, Buffer, Json, document_edits
from rawclient import SCRIPTED, RawClient, RawError

SLOW = 'x = hole("slow")\n' + HOLE_IMPORT


def open_buffer(client: RawClient, text: str, uri: str = "file:///w/a.py") -> Buffer:
    """didOpen."""
    buffer = Buffer(uri, text)
    client.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}})
    return buffer


def send_change(client: RawClient, buffer: Buffer, changes: list[Json]) -> None:
    """didChange."""
    client.notify("textDocument/didChange", {"textDocument": {"uri": buffer.uri, "version": buffer.version}, "contentChanges": changes})


@pytest.fixture
def client() -> Iterator[RawClient]:
    """An initialized client of a server with the scripted engine, for tests that end it."""
    with RawClient() as raw:
        raw.initialize(CAPABILITIES)
        yield raw


@pytest.fixture(scope="module")
def shared() -> Iterator[RawClient]:
    """One server for the tests that leave it running; it ends as it should after all of them."""
    with RawClient() as raw:
        raw.initialize(CAPABILITIES)
        yield raw
        assert raw.close() == 0


def test_a_whole_session(client: RawClient) -> None:
    """open → hover → codeAction → resolve → apply → didChange → one hole less → shutdown → exit code 0."""
    buffer = open_buffer(client, 'a = hole("import abc")\nb = hole("2")\n' + HOLE_IMPORT)
    hover = client.request("textDocument/hover", {"textDocument": {"uri": buffer.uri}, "position": buffer.range_of("hole")["start"]})
    assert "▢: int" in hover["contents"]["value"]
    over = {"textDocument": {"uri": buffer.uri}, "range": buffer.range_of("hole"), "context": {"diagnostics": [], "only": ["refactor"]}}
    action = next(action for action in client.request("textDocument/codeAction", over) if action.get("isPreferred"))
    resolved = client.request("codeAction/resolve", action)
    send_change(client, buffer, buffer.apply(document_edits(resolved["edit"], buffer)))
    assert buffer.text.startswith("import abc\na = abc\n")
    left = client.request("astral/holes", {"textDocument": {"uri": buffer.uri}})
    assert (left["version"], [hole["intent"] for hole in left["holes"]]) == (2, ["2"])
    assert client.close() == 0


def test_fill_and_apply_edit(shared: RawClient) -> None:
    """The command asks the client to apply; the client does, and tells of the change before it answers."""
    buffer = open_buffer(shared, 'a = hole("1 + 1")\n' + HOLE_IMPORT, "file:///w/apply.py")

    def apply(params: Json) -> Json:
        send_change(shared, buffer, buffer.apply(document_edits(params["edit"], buffer)))
        return {"applied": True}

    shared.replies["workspace/applyEdit"] = apply
    answer = shared.request("workspace/executeCommand", {"command": "astral.fill", "arguments": [{"uri": buffer.uri, "hole": "h1"}]})
    assert answer["applied"]
    assert buffer.text.startswith("a = 1 + 1\n")
    assert shared.request("astral/holes", {"textDocument": {"uri": buffer.uri}})["holes"] == []


def test_capabilities() -> None:
    """What needs explicit options is advertised with them, and nothing else is."""
    with RawClient() as raw:
        offered = raw.initialize(CAPABILITIES)
        assert offered["codeActionProvider"] == {
            "codeActionKinds": ["refactor.rewrite.fillHole", "quickfix.astral.repair"],
            "resolveProvider": True,
        }
        assert "diagnosticProvider" not in offered  # this client takes them pushed
        assert offered["textDocumentSync"] == {"openClose": True, "change": 2, "save": {"includeText": False}}
        assert "astral.fill" in offered["executeCommandProvider"]["commands"]
        assert offered["semanticTokensProvider"]["legend"]["tokenTypes"] == ["hole"]
        assert offered["inlineCompletionProvider"] == {}
        assert not {"renameProvider", "definitionProvider"} & offered.keys()
        assert raw.close() == 0


def test_a_client_that_pulls_is_offered_that() -> None:
    """If it can be asked to pull again when mypy is done."""
    asking = {**CAPABILITIES, "textDocument": {**CAPABILITIES["textDocument"], "diagnostic": {}}}
    with RawClient() as raw:
        assert raw.initialize(asking)["diagnosticProvider"]["identifier"] == "astral"


def test_dynamic_registration(shared: RawClient) -> None:
    """Watched files and configuration are registered with a client that takes them, and the settings are pulled."""
    (registered,) = shared.seen("client/registerCapability")
    methods = {each["method"] for each in registered["registrations"]}
    assert methods == {"workspace/didChangeWatchedFiles", "workspace/didChangeConfiguration"}
    assert shared.seen("workspace/configuration") == [{"items": [{"section": "astral"}]}]


@pytest.mark.parametrize(("seed", "count"), [(0, 5_000), (1, 5_000), pytest.param(2, 1_000_000, marks=pytest.mark.long)])
def test_damage_on_the_wire(shared: RawClient, seed: int, count: int) -> None:
    """Raw messages, most of them broken: no exit, no hang, memory stays, and every valid request is answered."""
    random_ = random.Random(seed)
    memory = psutil.Process(shared.process.pid)
    buffer = open_buffer(shared, 'x = hole("1")\n' + HOLE_IMPORT)
    hover = {"textDocument": {"uri": buffer.uri}, "position": {"line": 0, "character": 4}}
    shared.request("textDocument/hover", hover)
    before = memory.memory_info().rss
    for n in range(count):
        shared.send_bytes(_damage(random_))
        if n % 100 == 99:
            assert shared.request("textDocument/hover", hover)["range"]["start"]["character"] == 4
    assert shared.process.poll() is None
    assert memory.memory_info().rss - before < 10_000_000
    for id_ in range(-9, 0):
        shared.answered.pop(id_, None)  # ids of the damage: its answers are not asked for


def _damage(random_: random.Random) -> bytes:
    """One broken message, as a network, a bug or an enemy would make it."""
    body = random_.choice(_BODIES)
    length: object = len(body)
    kind = random_.randrange(12)
    if kind == 0:
        length = random_.choice([-1, "9" * 5000, 10**12, "x", "", 2**64])
    elif kind == 1:
        length = len(body) + random_.randint(1, 300)
    elif kind == 2:
        length = max(0, len(body) - random_.randint(1, 10))
    elif kind == 3:
        return random_.randbytes(random_.randint(1, 400))
    elif kind == 4:
        return random_.choice([b"\r\n", b"\r\n\r\n", b"Content-Length", b"Content-Type: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
    elif kind == 5:
        body = random_.randbytes(len(body))
    name = random_.choice([b"Content-Length", b"content-length", b"CONTENT-LENGTH"])
    return name + b": " + str(length).encode() + b"\r\n\r\n" + body


def _json(**message: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}).encode()


_BODIES = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"{" * 2000,
    b"[" * 20_000 + b"]" * 20_000,
    b'{"jsonrpc":"2.0","id":' + b"7" * 5000 + b"}",
    b"\xff" * 30,
    b'{"jsonrpc":"1.0","id":-1,"method":"shutdown"}',
    _json(id=-2, method="no/such"),
    _json(id=-3, method="textDocument/hover", params={"textDocument": 5}),
    _json(id=-4, method="textDocument/hover", params=[1, 2, 3]),
    _json(id=-5, method="initialize", params={}),
    _json(id=-6, method=["shutdown"]),
    _json(id={"a": 1}, method="shutdown"),
    _json(id=None, method="shutdown"),
    _json(id="astral-1", result={"jsonrpc": "2.0", "method": "exit"}),
    _json(id=[], result=1),
    _json(method="textDocument/didChange", params={"textDocument": {"uri": "file:///w/none.py", "version": 1}, "contentChanges": []}),
    _json(method="textDocument/didOpen", params={"textDocument": {"uri": 1}}),
    _json(method="textDocument/didClose", params={}),
    _json(method="$/cancelRequest", params={"id": "nothing"}),
    _json(method="workspace/didChangeConfiguration", params={"settings": {"jsonrpc": "2.0", "astral": 5}}),
    _json(method="workspace/didChangeWatchedFiles", params={"changes": [{"uri": "x", "type": 9}]}),
    _json(method="x" * 10_000),
]


@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=pytest.mark.long)])
def test_cancelled_fills(shared: RawClient, count: int) -> None:
    """Fills cancelled at random moments: each is answered once, and no child is left."""
    random_ = random.Random(7)
    buffer = open_buffer(shared, SLOW)
    children = psutil.Process(shared.process.pid).children(recursive=True)
    for _ in range(count):
        id_ = shared.begin("astral/fill", {"textDocument": {"uri": buffer.uri}, "hole": "h1"})
        time.sleep(random_.random() * 0.03)
        shared.cancel(id_)
        with pytest.raises(RawError) as caught:
            shared.wait(id_)
        assert caught.value.code == -32800
    assert psutil.Process(shared.process.pid).children(recursive=True) == children


@pytest.mark.parametrize("count", [300, pytest.param(20_000, marks=pytest.mark.long)])
def test_edits_during_fills(shared: RawClient, count: int) -> None:
    """Races: a fill is either stale or for exactly the version that it says; nothing stale is ever applied."""
    random_ = random.Random(11)
    buffer = open_buffer(shared, 'x = hole("1")\n' + HOLE_IMPORT)
    applied: list[int] = []

    def apply(params: Json) -> Json:
        change = params["edit"]["documentChanges"][0]
        if change["textDocument"]["version"] != buffer.version:
            return {"applied": False, "failureReason": "stale"}
        applied.append(buffer.version)
        return {"applied": False, "failureReason": "only looking"}

    shared.replies["workspace/applyEdit"] = apply
    outcomes: set[object] = set()
    for n in range(count):
        version = buffer.version
        if n % 2:
            id_ = shared.begin("astral/fill", {"textDocument": {"uri": buffer.uri, "version": version}, "hole": "h1"})
        else:
            id_ = shared.begin("workspace/executeCommand", {"command": "astral.fill", "arguments": [{"uri": buffer.uri, "hole": "h1"}]})
        if random_.random() < 0.7:
            time.sleep(random_.random() * 0.01)
            send_change(shared, buffer, buffer.insert("x", "y = 1\n" if random_.random() < 0.5 else "#\n"))
        outcome, answer = _outcome(shared, id_)
        outcomes.add(outcome)
        for candidate in answer.get("candidates", ()):
            assert candidate["edit"]["documentChanges"][0]["textDocument"]["version"] == answer["version"] == version
    assert outcomes == {"stale", "done"}


def _outcome(client: RawClient, id_: int) -> tuple[object, Json]:
    """Whether a fill is done or stale, and its answer."""
    try:
        return "done", client.wait(id_)
    except RawError as error:
        return {-32801: "stale"}.get(error.code, error.code), {}


def test_changes_during_a_slow_fill_are_taken(shared: RawClient) -> None:
    """A fill is stale as soon as its document changes; another document is served meanwhile."""
    buffer = open_buffer(shared, SLOW)
    other = open_buffer(shared, 'x = hole("1")\n' + HOLE_IMPORT, "file:///w/b.py")
    id_ = shared.begin("astral/fill", {"textDocument": {"uri": buffer.uri}, "hole": "h1"})
    shared.seen("astral/fillProgress", 3)
    assert len(shared.request("astral/holes", {"textDocument": {"uri": other.uri}})["holes"]) == 1
    send_change(shared, buffer, buffer.insert("x", "\n"))
    with pytest.raises(RawError) as caught:
        shared.wait(id_)
    assert caught.value.code == -32801


ENDINGS = [("shutdown", 0), ("exit", 1), ("eof", 1), ("shutdown-eof", 0)]


@pytest.mark.parametrize(("ending", "code"), ENDINGS)
def test_endings(client: RawClient, ending: str, code: int) -> None:
    """Prompt although all workers are busy and more is queued; 0 only after shutdown."""
    buffer = open_buffer(client, SLOW)
    ids = [client.begin("astral/fill", {"textDocument": {"uri": buffer.uri}, "hole": "h1"}) for _ in range(3)]
    client.seen("astral/fillProgress")
    if ending.startswith("shutdown"):
        client.request("shutdown")
        for id_ in ids:
            with pytest.raises(RawError, match="cancelled"):
                client.wait(id_)
    if ending.endswith("eof"):
        assert client.process.stdin is not None
        client.process.stdin.close()
    else:
        client.notify("exit")
    assert client.process.wait(5) == code


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills the parent as only POSIX can")
def test_the_server_ends_with_its_parent() -> None:
    """The editor is killed; its pipes stay open in somebody else's hands; the server ends all the same."""
    editor = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with RawClient() as raw:
        raw.request("initialize", {"processId": editor.pid, "rootUri": None, "capabilities": {}})
        assert raw.process.poll() is None
        editor.kill()
        assert raw.process.wait(5) == 1
    editor.wait()


def test_a_parent_that_is_gone_already() -> None:
    """A processId that nobody has any more ends the server at once."""
    editor = subprocess.Popen([sys.executable, "-c", ""])
    editor.wait()
    with RawClient() as raw:
        raw.begin("initialize", {"processId": editor.pid, "rootUri": None, "capabilities": {}})
        assert raw.process.wait(5) == 1


def test_a_client_that_stops_reading() -> None:
    """Answers pile up in the writer, not in the event loop: the server still hears `exit`."""
    command = subprocess.Popen(SCRIPTED, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert command.stdin is not None
    assert command.stdout is not None

    def send(**message: object) -> None:
        body = _json(**message)
        command.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)  # type: ignore[union-attr]  # asserted above
        command.stdin.flush()  # type: ignore[union-attr]  # as above

    send(id=1, method="initialize", params={"processId": os.getpid(), "rootUri": None, "capabilities": {}})
    text = "".join(f"x{n} = ...\n" for n in range(300))
    send(
        method="textDocument/didOpen",
        params={"textDocument": {"uri": "file:///w/a.py", "languageId": "python", "version": 1, "text": text}},
    )
    for id_ in range(2, 60):
        send(id=id_, method="textDocument/codeLens", params={"textDocument": {"uri": "file:///w/a.py"}})
    send(method="exit", params=None)
    assert command.wait(10) == 1
    command.stdout.close()
    command.stdin.close()


def test_stray_output_goes_to_stderr(tmp_path: Path) -> None:
    """A print, a write to descriptor 1 and a child's output do not reach the protocol; a child finds stdin at its end."""
    script = tmp_path / "noisy.py"
    script.write_text(
        "import os, subprocess, sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from scripted import ScriptedEngine\n"
        "from astral_lsp.server import serve_stdio\n"
        "class Noisy(ScriptedEngine):\n"
        "    def contexts(self, *arguments):\n"
        "        print('stray print', flush=True)\n"
        "        os.write(1, b'stray write\\n')\n"
        "        subprocess.run([sys.executable, '-c', 'import sys; print(\"stray child\", repr(sys.stdin.read()))'])\n"
        "        return super().contexts(*arguments)\n"
        "serve_stdio(Noisy)\n"
    )
    with RawClient((sys.executable, str(script))) as raw:
        raw.initialize(CAPABILITIES)
        buffer = open_buffer(raw, "x = ...\n")
        while not raw.request("astral/holes", {"textDocument": {"uri": buffer.uri}})["settled"]:
            time.sleep(0.01)
        assert raw.close() == 0
        stray = b"".join(raw.stderr)
    for said in (b"stray print", b"stray write", b"stray child ''"):
        assert said in stray


def test_tcp() -> None:
    """The same server on a socket, for one client; the port is said on stderr."""
    import re
    import socket

    script = "from scripted import ScriptedEngine; from astral_lsp.server import serve_tcp; serve_tcp('127.0.0.1', 0, ScriptedEngine)"
    process = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parent, stderr=subprocess.PIPE)
    assert process.stderr is not None
    line = process.stderr.readline()
    port = re.fullmatch(rb"astral-lsp: listening on 127\.0\.0\.1:(\d+)\n", line)
    assert port is not None, line
    with socket.create_connection(("127.0.0.1", int(port[1]))) as connection, connection.makefile("rwb") as stream:
        for id_, method, params in (
            (1, "initialize", {"processId": None, "rootUri": None, "capabilities": {}}),
            (2, "shutdown", None),
            (None, "exit", None),
        ):
            body = _json(method=method, params=params, **({"id": id_} if id_ else {}))
            stream.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            stream.flush()
            if id_:
                stream.readline(), stream.readline()
        assert process.wait(5) == 0
    process.stderr.close()


def test_the_server_stays_lean() -> None:
    """Neither mypy nor a model runtime is loaded into the server's process."""
    script = (
        "import sys, astral_lsp.server, astral_lsp.local_engine\n"
        "heavy = {'mypy', 'torch', 'onnxruntime', 'numpy', 'tokenizers', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
