"""The protocol: one answer per request whatever happens, cancellation that reaches the work, a lifecycle that holds."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from typing import Any

import pytest
from editor import HOLE_IMPORT, Json, document_edits
from localclient import SILENT, ErrorAnswer, LocalClient

from astral_lsp.framing import Frame
from astral_lsp.workers import Lane
from astral_runtime.fill import CancelToken

SLOW = 'x: int = hole("slow")\n' + HOLE_IMPORT


async def code_of(answer: Any) -> int:
    """The error code of an answer that must be an error."""
    with pytest.raises(ErrorAnswer) as caught:
        await answer
    return caught.value.code


BAD_PARAMS = [
    ("textDocument/hover", None),
    ("textDocument/hover", {}),
    ("textDocument/hover", []),
    ("textDocument/hover", {"textDocument": {"uri": "a"}, "position": {"line": "x", "character": 0}}),
    ("textDocument/hover", {"textDocument": {"uri": "a"}, "position": {"line": -1, "character": 0}}),
    ("textDocument/hover", {"textDocument": {"uri": "a"}, "position": {"line": 2**40, "character": 0}}),
    ("textDocument/codeAction", {"textDocument": {"uri": "a"}, "range": 7, "context": {}}),
    ("codeAction/resolve", {}),
    ("workspace/executeCommand", {"command": 5, "arguments": {}}),
    ("workspace/executeCommand", {"command": "astral.fill"}),
    ("workspace/executeCommand", {"command": "astral.fill", "arguments": []}),
    ("workspace/executeCommand", {"command": "astral.fill", "arguments": [1, 2]}),
    ("workspace/executeCommand", {"command": "astral.fill", "arguments": ["x"]}),
    ("workspace/executeCommand", {"command": "nothing", "arguments": []}),
    ("astral/fill", {}),
    ("astral/fill", {"textDocument": {"uri": "file:///w/a.py"}}),
    ("astral/fill", {"textDocument": {"uri": "file:///w/a.py"}, "hole": "h9"}),
    (
        "astral/fill",
        {
            "textDocument": {"uri": "file:///w/a.py"},
            "hole": "h1",
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}},
        },
    ),
    ("astral/fill", {"textDocument": {"uri": "file:///w/a.py"}, "range": 3}),
    ("astral/nextHole", {"textDocument": {}}),
    ("astral/holes", {"textDocument": {"uri": "file:///w/none.py"}}),
]


@pytest.mark.parametrize(("method", "params"), BAD_PARAMS)
async def test_undecodable_params_are_answered(client: LocalClient, method: str, params: Any) -> None:
    """InvalidParams for that id; pygls gives no answer at all."""
    client.open(SLOW)
    assert await code_of(client.request(method, params)) == -32602


async def test_unknown_methods(client: LocalClient) -> None:
    """A request is refused; a notification is ignored."""
    assert await code_of(client.request("astral/nothing", {})) == -32601
    assert await code_of(client.request("textDocument/rename", {})) == -32601
    client.notify("$/anything", {})
    client.notify("textDocument/didNothing", {"a": 1})
    client.notify("notebookDocument/didOpen", {"notebookDocument": {}, "cellTextDocuments": []})
    assert (await client.request("astral/holes", {"textDocument": {"uri": client.open(SLOW).uri}}))["version"] == 1


async def test_a_bug_is_one_answer(client: LocalClient, caplog: pytest.LogCaptureFixture) -> None:
    """InternalError without the code that was worked on; the server lives on."""
    logging.getLogger("astral_lsp").propagate = True
    buffer = client.open('x = hole("crash")\n')
    assert await code_of(client.request("astral/fill", {"textDocument": {"uri": buffer.uri}, "hole": "h1"})) == -32603
    await client.settled(buffer)
    action = (await client.request("textDocument/codeAction", client.over(buffer, "hole")))[0]
    assert "ZeroDivisionError" in action["disabled"]["reason"]
    assert 'hole("crash")' not in caplog.text


async def test_lifecycle() -> None:
    """Nothing before initialize, initialize once, nothing but exit after shutdown; each is answered."""
    client = LocalClient()
    assert await code_of(client.request("textDocument/hover", {})) == -32002
    client.notify("textDocument/didOpen", {"textDocument": {"uri": "file:///w/a.py", "languageId": "python", "version": 1, "text": SLOW}})
    assert await code_of(client.request("initialize", {"capabilities": 5})) == -32602
    await client.start()
    assert client.session.documents.get("file:///w/a.py") is None
    assert await code_of(client.request("initialize", {"capabilities": {}, "processId": None, "rootUri": None})) == -32600
    await client.request("shutdown")
    assert await code_of(client.request("astral/holes", {"textDocument": {"uri": "file:///w/a.py"}})) == -32600
    assert await code_of(client.request("shutdown")) == -32600
    client.notify("exit", None)
    assert client.exit_codes == [0]


async def test_exit_without_shutdown() -> None:
    """Exit code 1, even before initialize."""
    client = LocalClient()
    client.notify("exit", None)
    assert client.exit_codes == [1]


async def test_cancel_reaches_the_work(client: LocalClient) -> None:
    """RequestCancelled at once, and the worker is free for the next fill."""
    buffer = client.open(SLOW)
    for _ in range(4):  # more than there are workers: a fill that went on would block the last
        id_, answer = client.begin("astral/fill", {"textDocument": {"uri": buffer.uri}, "hole": "h1"})
        await client.seen("astral/fillProgress")
        client.notify("$/cancelRequest", {"id": id_})
        assert await code_of(answer) == -32800
        client.notifications.clear()
    fill = client.open('x = hole("1")\n', "file:///w/b.py")
    assert (await client.request("astral/fill", {"textDocument": {"uri": fill.uri}, "hole": "h1"}))["status"] == "accepted"


async def test_no_step_is_told_after_a_cancel(client: LocalClient) -> None:
    """Steps that were on their way are dropped."""
    buffer = client.open(SLOW)
    id_, answer = client.begin("astral/fill", {"textDocument": {"uri": buffer.uri}, "hole": "h1"})
    await client.seen("astral/fillProgress", 3)
    client.notify("$/cancelRequest", {"id": id_})
    assert await code_of(answer) == -32800
    told = len(client.notifications)
    await asyncio.sleep(0.05)
    assert [name for name, _ in client.notifications[told:] if name == "astral/fillProgress"] == []


async def test_cancel_before_the_first_step(client: LocalClient) -> None:
    """A request cancelled in the same breath is answered too: its task never ran."""
    buffer = client.open(SLOW)
    id_, answer = client.begin("astral/holes", {"textDocument": {"uri": buffer.uri}})
    client.notify("$/cancelRequest", {"id": id_})
    assert await code_of(answer) == -32800


@pytest.mark.parametrize("params", [None, [], {}, {"id": 999}, {"id": None}, {"id": {}}])
async def test_cancels_of_nothing(client: LocalClient, params: Any) -> None:
    """Ignored."""
    client.notify("$/cancelRequest", params)
    assert await client.request("astral/nextHole", client.at(client.open(SLOW), "x"))


async def test_a_cancelled_command_stops(client: LocalClient) -> None:
    """pygls leaves the inner handler running; here nothing is applied afterwards and the progress has ended."""
    buffer = client.open(SLOW)
    id_, answer = client.begin("workspace/executeCommand", {"command": "astral.fill", "arguments": [{"uri": buffer.uri, "hole": "h1"}]})
    await client.seen("astral/fillProgress")
    client.notify("$/cancelRequest", {"id": id_})
    assert await code_of(answer) == -32800
    await asyncio.sleep(0.05)
    assert [name for name, _ in client.requests if name == "workspace/applyEdit"] == []
    assert client.session.progress.running == 0


async def test_progress_is_begun_cancelled_and_ended(client: LocalClient) -> None:
    """A token of the client's: begin, reports, cancel by the user, end; then the token is forgotten."""
    buffer = client.open(SLOW)
    params = {"textDocument": {"uri": buffer.uri}, "hole": "h1", "workDoneToken": "t", "partialResultToken": 7}
    _, answer = client.begin("astral/fill", params)
    await client.seen("astral/fillProgress", 2)
    client.notify("window/workDoneProgress/cancel", {"token": "t"})
    assert await code_of(answer) == -32800
    told = [params["value"]["kind"] for name, params in client.notifications if name == "$/progress" and params["token"] == "t"]
    assert (told[0], told[-1], set(told[1:-1])) == ("begin", "end", {"report"})
    partial = [params["value"] for name, params in client.notifications if name == "$/progress" and params["token"] == 7]
    assert partial[0]["hole"] == "h1"
    assert client.session.progress.running == 0
    client.notify("window/workDoneProgress/cancel", {"token": "t"})


async def test_progress_of_our_own(client: LocalClient) -> None:
    """A command without a token gets one that the client has agreed to; each is used once."""
    buffer = client.open('x = hole("1")\n')
    client.replies["workspace/applyEdit"] = lambda params: {"applied": True}
    for _ in range(2):
        await client.request("workspace/executeCommand", {"command": "astral.fill", "arguments": [{"uri": buffer.uri, "hole": "h1"}]})
    created = [params["token"] for name, params in client.requests if name == "window/workDoneProgress/create"]
    ended = [params["token"] for name, params in client.notifications if name == "$/progress" and params["value"]["kind"] == "end"]
    assert created == ended
    assert len(set(created)) == 2


async def test_an_id_that_is_still_running(client: LocalClient) -> None:
    """The second request of that id is refused under id null; the first keeps its one answer."""
    buffer = client.open(SLOW)
    id_, answer = client.begin("astral/fill", {"textDocument": {"uri": buffer.uri}, "hole": "h1"})
    client.send({"id": id_, "method": "astral/holes", "params": {"textDocument": {"uri": buffer.uri}}})
    assert client.answered[None] == 1
    client.notify("$/cancelRequest", {"id": id_})
    assert await code_of(answer) == -32800
    assert client.answered[id_] == 1


async def test_an_id_may_be_used_again(client: LocalClient) -> None:
    """After its answer an id is free; integers and strings are different ids."""
    buffer = client.open(SLOW)
    for id_ in (1000, "1000", 1000):
        client.send({"id": id_, "method": "textDocument/codeLens", "params": {"textDocument": {"uri": buffer.uri}}})
        await asyncio.sleep(0.01)
    assert (client.answered.pop(1000), client.answered.pop("1000")) == (2, 1)


@pytest.mark.parametrize("late", [{"result": 5}, {"error": {"code": 1, "message": "no"}}, {"error": None, "result": None}])
async def test_answers_that_nobody_waits_for(client: LocalClient, late: Json) -> None:
    """To a request of ours that was given up, or that never was: harmless, where pygls raises InvalidStateError."""
    client.replies["astral/question"] = lambda params: SILENT
    asking = asyncio.ensure_future(client.session.protocol.ask("astral/question", {}, timeout_s=10))
    await client.seen("astral/question")
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    (cancelled,) = await client.seen("$/cancelRequest")
    client.send({"id": cancelled["id"], **late})
    client.send({"id": cancelled["id"], **late})
    client.send({"id": "never", **late})
    assert not client.session.protocol._request_futures


async def test_a_client_that_does_not_answer(client: LocalClient) -> None:
    """The question is withdrawn and forgotten."""
    client.replies["astral/question"] = lambda params: SILENT
    with pytest.raises(TimeoutError):
        await client.session.protocol.ask("astral/question", {}, timeout_s=0.01)
    assert await client.seen("$/cancelRequest")
    assert not client.session.protocol._request_futures


BODIES = [(b"{", -32700), (b"[]", -32600), (b'{"jsonrpc":"2.0"}', -32600), (b"[" * 50_000, -32700)]


@pytest.mark.parametrize(("body", "code"), BODIES)
async def test_rejected_bodies_are_answered(client: LocalClient, body: bytes, code: int) -> None:
    """Under id null, and the server works on."""
    taken: list[Json] = []
    client._take = taken.append  # type: ignore[method-assign]  # the answer has no id to wait for
    client.session.protocol.receive(Frame(body))
    assert [(answer["id"], answer["error"]["code"]) for answer in taken] == [(None, code)]
    del client._take  # type: ignore[method-assign]  # back to the class's own


async def test_errors_from_the_client_are_not_answered(client: LocalClient) -> None:
    """An answer to an answer would never end."""
    client.send({"id": None, "error": {"code": -32700, "message": "x"}})
    assert client.answered[None] == 0


@pytest.mark.parametrize("bodies", [False, True])
async def test_bodies_are_logged_only_on_demand(caplog: pytest.LogCaptureFixture, bodies: bool) -> None:
    """pygls logs every outgoing body at INFO: code would land in log files."""
    caplog.set_level(logging.DEBUG)
    client = LocalClient()
    for name in ("astral_lsp", "pygls"):
        logging.getLogger(name).propagate = True
    await client.start({"settings": {"log": {"bodies": bodies, "level": "debug"}}})
    buffer = client.open('very_private = hole("secret_price")\n')
    await client.settled(buffer)
    assert "secret_price" in json.dumps(await client.request("textDocument/hover", client.at(buffer, "hole")))
    await client.request("textDocument/codeAction", client.over(buffer, "hole"))
    await client.stop()
    assert ("secret_price" in caplog.text) == bodies


async def occupied(lane: Lane) -> tuple[asyncio.Future[None], threading.Event]:
    """Keep the lane's thread busy; its job, and what ends it."""
    started, release = threading.Event(), threading.Event()

    def hold(token: CancelToken) -> None:
        started.set()
        release.wait()

    first = asyncio.ensure_future(lane.run(hold))
    await asyncio.to_thread(started.wait)
    return first, release


async def test_cancelled_while_queued() -> None:
    """A job that was given up before its turn never runs, and the lane goes on."""
    lane, ran = Lane("test"), list[object]()
    first, release = await occupied(lane)
    second = asyncio.ensure_future(lane.run(lambda token: ran.append("second")))
    third = asyncio.ensure_future(lane.run(lambda token: ran.append("third")))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    release.set()
    await first
    await third
    assert ran == ["third"]


PRIORITIES = [([3, 1, 2], [1, 2, 3]), ([1, 1, 0], [0, 1, 1])]


@pytest.mark.parametrize(("submitted", "order"), PRIORITIES)
async def test_lane_order(submitted: list[int], order: list[int]) -> None:
    """Lower numbers first, equal ones in order."""
    lane, ran = Lane("test"), list[object]()
    first, release = await occupied(lane)
    rest = [asyncio.ensure_future(lane.run(lambda token, n=n: ran.append(n), n)) for n in submitted]  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(first, *rest)
    assert ran == order


@pytest.mark.parametrize("error", [ValueError("x"), StopIteration(), KeyboardInterrupt(), SystemExit(3)])
async def test_whatever_work_raises_arrives(error: BaseException) -> None:
    """As itself, or as RuntimeError where asyncio would take it for its own; the thread lives on."""
    lane = Lane("test")

    def work(token: CancelToken) -> None:
        raise error

    with pytest.raises(type(error) if isinstance(error, ValueError) else RuntimeError):
        await lane.run(work)
    assert await lane.run(lambda token: 5) == 5


async def test_apply_edit_of_a_command(client: LocalClient) -> None:
    """The command fills and has the client apply one versioned edit; the answer says whether it did."""
    buffer = client.open('x = hole("import abc")\n')
    client.replies["workspace/applyEdit"] = lambda params: {"applied": bool(buffer.apply(document_edits(params["edit"], buffer)))}
    answer = await client.request(
        "workspace/executeCommand", {"command": "astral.fill", "arguments": [{"uri": buffer.uri, "version": 1, "hole": "h1"}]}
    )
    assert answer["applied"]
    assert buffer.text == "import abc\nx = abc\n" + HOLE_IMPORT
