"""Repairs as quick fixes: verified, versioned, resolved on demand, and nothing of the workspace runs for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from editor import CAPABILITIES, Buffer, Json, document_edits
from lsprotocol import types
from rawclient import REAL, RawClient, RawError
from scripted import ScriptedEngine

from astral_lsp.features import configuration, repair
from astral_lsp.server import build
from astral_runtime.repair import RepairOptions

KIND = "quickfix.astral.repair"
PATIENT: Json = {"settings": {"fill": {"budgetMs": 30_000}}}
"""A busy machine must not cut a search short."""

SHOP = """from dataclasses import dataclass


@dataclass
class Item:
    name: str
    price: float


def total(items: list[Item]) -> float:
    return sum(item.price for item in itmes)


def label(item: Item) -> str:
    return item.nmae


def dump(items: list[Item]) -> str:
    return json.dumps([item.name for item in items])
"""


class Shop:
    """One file on a real server."""

    def __init__(self, client: RawClient, path: Path, text: str) -> None:
        path.write_text(text)
        self.client, self.buffer = client, Buffer(path.as_uri(), text)
        item = {"uri": self.buffer.uri, "languageId": "python", "version": 1, "text": text}
        client.notify("textDocument/didOpen", {"textDocument": item})

    def actions(self, piece: str, **context: Any) -> list[Json]:
        """The quick fixes over a piece of text, waited for."""
        asked = {"diagnostics": [], "only": ["quickfix"], "triggerKind": 1, **context}
        params = {"textDocument": {"uri": self.buffer.uri}, "range": self.buffer.range_of(piece), "context": asked}
        return self.client.request("textDocument/codeAction", params) or []

    def change(self, changes: list[Json]) -> None:
        """didChange."""
        identifier = {"uri": self.buffer.uri, "version": self.buffer.version}
        self.client.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": changes})

    def reported(self) -> list[Json]:
        """mypy's errors as they were pushed for this version."""
        pushed = [m["params"] for m in self.client.notifications if m["method"] == "textDocument/publishDiagnostics"]
        mine = [params for params in pushed if params["uri"] == self.buffer.uri and params["version"] == self.buffer.version]
        return [each for each in mine[-1]["diagnostics"] if each["source"] == "astral/mypy"] if mine else []


def until(get: Callable[[], Any], good: Callable[[Any], object], timeout_s: float = 60.0) -> Any:
    """Ask again until the answer is good."""
    deadline = time.monotonic() + timeout_s
    while not good(answer := get()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.05)
    return answer


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawClient]:
    """One server for all; it ends as it should."""
    with RawClient(REAL) as started:
        options = PATIENT
        offered = started.initialize(CAPABILITIES, tmp_path_factory.mktemp("shop"), options)
        assert KIND in offered["codeActionProvider"]["codeActionKinds"]
        yield started
        assert started.close() == 0


@pytest.fixture
def shop(client: RawClient, tmp_path: Path) -> Shop:
    """A file of its own, mypy's errors known."""
    opened = Shop(client, tmp_path / "shop.py", SHOP)
    until(opened.reported, lambda found: len(found) == 3)
    return opened


REPAIRS = [
    ("itmes", "Repair: `itmes` → `items` (types pass)", "in items)"),
    ("item.nmae", "Repair: `nmae` → `name` (types pass)", "return item.name\n"),
    ("json", "Repair: add `import json` (types pass)", "import json\n"),
]


@pytest.mark.parametrize(("place", "title", "after"), REPAIRS)
def test_an_error_is_repaired(shop: Shop, place: str, title: str, after: str) -> None:
    """The first fix says what changes and its verdict; its edit is resolved, of this version, and cures the error."""
    shown = [each for each in shop.reported() if each["range"]["start"] == shop.buffer.range_of(place)["start"]]
    first, *_ = shop.actions(place, diagnostics=shown)
    assert (first["title"], first["kind"], first["isPreferred"]) == (title, KIND, True)
    assert [each["message"] for each in first["diagnostics"]] == [each["message"] for each in shown]
    assert "edit" not in first
    edit = shop.client.request("codeAction/resolve", first)["edit"]
    before = shop.buffer.text
    shop.change(shop.buffer.apply(document_edits(edit, shop.buffer)))
    assert after in shop.buffer.text
    assert (
        sum(a != b for a, b in zip(before.splitlines(), [x for x in shop.buffer.text.splitlines() if x != "import json"], strict=True)) <= 1
    )
    until(shop.reported, lambda found: len(found) == 2)


def test_a_fix_of_an_older_version_is_refused(shop: Shop) -> None:
    """Its edit would land elsewhere."""
    first, *_ = shop.actions("itmes")
    shop.change(shop.buffer.insert("@dataclass\n", "# a line\n"))
    with pytest.raises(RawError) as refused:
        shop.client.request("codeAction/resolve", first)
    assert refused.value.code == -32801  # ContentModified


def test_only_errors_have_fixes_and_only_who_asks_for_fixes_gets_them(shop: Shop) -> None:
    """None off the errors, none for another kind."""
    assert shop.actions("name: str") == []
    assert [a for a in shop.actions("itmes", only=["refactor"]) if a["kind"] == KIND] == []
    assert shop.actions("itmes", only=[KIND])


def test_what_does_not_parse_is_repaired(client: RawClient, tmp_path: Path) -> None:
    """Syntax first; with it the file type-checks."""
    opened = Shop(client, tmp_path / "loop.py", "for each in [1, 2]\n    print(each)\n")
    first, *_ = until(lambda: opened.actions("2]"), lambda found: found)
    assert first["title"] == "Repair: add `:` (types pass)"
    edit = client.request("codeAction/resolve", first)["edit"]
    opened.buffer.apply(document_edits(edit, opened.buffer))
    compile(opened.buffer.text, "loop.py", "exec")


def test_a_change_ends_the_search(shop: Shop) -> None:
    """Who asked hears that the content was modified, and the next question is answered for the new text."""
    asked = {"diagnostics": [], "only": ["quickfix"], "triggerKind": 1}
    params = {"textDocument": {"uri": shop.buffer.uri}, "range": shop.buffer.range_of("item.nmae"), "context": asked}
    waiting = shop.client.begin("textDocument/codeAction", params)
    shop.change(shop.buffer.insert("@dataclass\n", "# a line\n"))
    assert _outcome(shop.client, waiting) in ("answered", -32801)  # ContentModified, unless it was quicker
    assert until(lambda: shop.actions("item.nmae"), lambda found: found)[0]["title"] == "Repair: `nmae` → `name` (types pass)"


def test_a_search_can_be_cancelled(shop: Shop) -> None:
    """The request ends at once with RequestCancelled, and the server answers on."""
    asked = {"diagnostics": [], "only": ["quickfix"], "triggerKind": 1}
    params = {"textDocument": {"uri": shop.buffer.uri}, "range": shop.buffer.range_of("json"), "context": asked}
    waiting = shop.client.begin("textDocument/codeAction", params)
    shop.client.cancel(waiting)
    assert _outcome(shop.client, waiting) in ("answered", -32800)  # RequestCancelled, unless it was quicker
    assert shop.actions("json")[0]["title"] == "Repair: add `import json` (types pass)"


async def test_a_search_that_ran_out_of_time_is_no_answer_to_who_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moving the cursor does not begin it again; asking for fixes does; one that ended with nothing in time is not repeated."""
    sought: list[str] = []
    takes_ms, now_ms = iter((20, 20, 0)), [0]

    def search(_verifiers: object, _diagnosis: object, fault: Any, options: RepairOptions, _cancel: object) -> tuple[()]:
        sought.append(fault.message)
        now_ms[0] += next(takes_ms)
        return ()

    monkeypatch.setattr(repair, "time", SimpleNamespace(perf_counter=lambda: now_ms[0] / 1000))
    monkeypatch.setattr(repair, "repairs", search)
    session = build(ScriptedEngine)
    configuration.take(session, {"fill": {"budgetMs": 10}, "debounceMs": 0, "limits": {"answerWithinMs": 5000}})
    document = session.documents.open("file:///a.py", "python", 1, "x = wrong\n")
    everything = types.Range(types.Position(0, 0), types.Position(1, 0))

    async def actions(trigger: types.CodeActionTriggerKind) -> list[types.CodeAction]:
        context = types.CodeActionContext([], trigger_kind=trigger)
        return await repair.repair_actions(
            session, document, types.CodeActionParams(types.TextDocumentIdentifier("a"), everything, context)
        )

    moving, asking = types.CodeActionTriggerKind.Automatic, types.CodeActionTriggerKind.Invoked
    counts = []
    for trigger in (moving, moving, asking, moving, asking, asking):
        assert await actions(trigger) == []
        counts.append(len(sought))
    assert counts == [1, 1, 2, 2, 3, 3]
    await session.close(5.0)


def _outcome(client: RawClient, request: int) -> str | int:
    """`answered`, or the code of the error."""
    try:
        client.wait(request)
    except RawError as error:
        return error.code
    return "answered"


def test_a_restricted_workspace_runs_nothing_for_a_repair(tmp_path: Path) -> None:
    """Modules of the workspace are read for names and never imported; its mypy plugin stays unloaded."""
    (tmp_path / "helpers.py").write_text(
        "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n\n\ndef assist() -> int:\n    return 1\n"
    )
    (tmp_path / "plug.py").write_text("from pathlib import Path\nPath(__file__).with_name('ran').touch()\n")
    (tmp_path / "mypy.ini").write_text("[mypy]\nplugins = plug.py\n")
    with RawClient(REAL) as client:
        client.initialize(CAPABILITIES, tmp_path, {**PATIENT, "trusted": False})
        opened = Shop(client, tmp_path / "main.py", "x: int = assist()\n")
        first, *_ = until(lambda: opened.actions("assist"), lambda found: found)
        assert first["title"] == "Repair: add `from helpers import assist` (types pass)"
        assert client.close() == 0
    assert not (tmp_path / "ran").exists()
