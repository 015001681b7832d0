"""The server with its real oracle: mypy's types in hover, verified fills, and what happens when the oracle dies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from editor import CAPABILITIES, Buffer, Json, document_edits
from rawclient import REAL, RawClient

SHOP = """from dataclasses import dataclass, field


@dataclass
class Item:
    name: str
    price: float


@dataclass
class Cart:
    items: list[Item] = field(default_factory=list)

    def total(self) -> float:
        return ...

    def names(self) -> list[str]:
        return ...
"""


class Session:
    """One real server on a folder with one open file."""

    def __init__(self, client: RawClient, path: Path, text: str) -> None:
        path.write_text(text)
        self.client, self.buffer = client, Buffer(path.as_uri(), text)
        item = {"uri": self.buffer.uri, "languageId": "python", "version": 1, "text": text}
        client.notify("textDocument/didOpen", {"textDocument": item})

    def ask(self, method: str, **params: Any) -> Any:
        """A request on the file."""
        return self.client.request(method, {"textDocument": {"uri": self.buffer.uri}, **params})

    def change(self, changes: list[Json]) -> None:
        """didChange."""
        identifier = {"uri": self.buffer.uri, "version": self.buffer.version}
        self.client.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": changes})

    def hover(self) -> str:
        """The hover on the first hole."""
        text: str = self.ask("textDocument/hover", position=self.buffer.range_of("...")["start"])["contents"]["value"]
        return text

    def actions(self) -> list[Json]:
        """The actions on the first hole."""
        found: list[Json] = self.ask(
            "textDocument/codeAction", range=self.buffer.range_of("..."), context={"diagnostics": [], "only": ["refactor"]}
        )
        return found

    def published(self) -> list[Json]:
        """The diagnostics that were pushed."""
        pushed = [m["params"] for m in self.client.notifications if m["method"] == "textDocument/publishDiagnostics"]
        return [params for params in pushed if params["uri"] == self.buffer.uri]

    def statuses(self) -> list[str]:
        """What the server said of types, in order."""
        return [m["params"]["types"] for m in self.client.notifications if m["method"] == "astral/status"]

    def oracles(self) -> list[psutil.Process]:
        """The server's children."""
        return psutil.Process(self.client.process.pid).children(recursive=True)


def until(get: Callable[[], Any], good: Callable[[Any], object], timeout_s: float = 60.0) -> Any:
    """Ask again until the answer is good."""
    deadline = time.monotonic() + timeout_s
    while not good(answer := get()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.05)
    return answer


@contextmanager
def session_in(folder: Path) -> Iterator[Session]:
    """A server on a folder with a shop, types known."""
    with RawClient(REAL) as client:
        client.initialize(CAPABILITIES, folder)
        opened = Session(client, folder / "shop.py", SHOP)
        until(opened.hover, lambda text: "▢: float" in text)
        yield opened


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Session]:
    """A server of its own, for tests that end it."""
    with session_in(tmp_path) as session:
        yield session


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One server for the others; it ends as it should after all of them."""
    with session_in(tmp_path_factory.mktemp("shop")) as session:
        yield session
        assert session.client.close() == 0


@pytest.fixture
def session(server: Session, tmp_path: Path) -> Session:
    """A file of its own on the shared server."""
    opened = Session(server.client, tmp_path / "shop.py", SHOP)
    until(opened.hover, lambda text: "▢: float" in text)
    return opened


def test_a_whole_session(session: Session) -> None:
    """Hover with mypy's type and names, verified candidates, an applied edit, one hole less."""
    hover = until(session.hover, lambda text: "candidate" in text.lower() and "computed" not in text)
    assert "`self: Cart` · parameter" in hover
    action = next(a for a in until(session.actions, lambda found: any(a.get("isPreferred") for a in found)) if a.get("isPreferred"))
    assert "✓ types" in action["title"]
    edit = session.client.request("codeAction/resolve", action)["edit"]
    session.change(session.buffer.apply(document_edits(edit, session.buffer)))
    compile(session.buffer.text, "shop.py", "exec")
    left = until(lambda: session.ask("astral/holes"), lambda answer: answer["settled"])
    assert [hole["expected_type"] for hole in left["holes"]] == ["list[str]"]


def test_fill_all_types_check_together(session: Session) -> None:
    """Every hole in one edit of one version."""
    applied: list[str] = []

    def apply(params: Json) -> Json:
        session.buffer.apply(document_edits(params["edit"], session.buffer))
        applied.append(session.buffer.text)
        return {"applied": True}

    session.client.replies["workspace/applyEdit"] = apply
    answer = session.client.request("workspace/executeCommand", {"command": "astral.fillAll", "arguments": [{"uri": session.buffer.uri}]})
    assert answer["filled"] >= 1
    assert len(applied) == 1
    assert applied[0].count("...") == 2 - answer["filled"]


def test_rejected_code_is_reported(session: Session) -> None:
    """mypy's error on real code, beside the holes, which it takes as Any."""
    session.change(session.buffer.insert("@dataclass\nclass Cart", "wrong: int = 'x'\n"))
    published = until(session.published, lambda last: last and last[-1]["version"] == 2)
    found = {d["source"]: d for d in published[-1]["diagnostics"]}
    assert found["astral/mypy"]["range"]["start"]["line"] == session.buffer.range_of("'x'")["start"]["line"]
    assert found["astral"]["data"]["expected_type"] in ("float", "list[str]")


def test_a_killed_oracle(session: Session) -> None:
    """The server answers on, says what it does not know, and has types again when the oracle is back."""
    for oracle in session.oracles():
        oracle.kill()
    session.change(session.buffer.insert("@dataclass\nclass Cart", "x = 1\n"))
    began = time.monotonic()
    assert len(session.ask("astral/holes")["holes"]) == 2
    assert session.hover()
    assert time.monotonic() - began < 5, "liveness, not speed"
    until(session.hover, lambda text: "▢: float" in text)


def test_an_oracle_that_dies_again_and_again(own: Session) -> None:
    """In the end types are unavailable: hover says so, the status says so, no candidate claims a verdict, and the server lives."""

    def kill_and_ask() -> str:
        for oracle in own.oracles():
            oracle.kill()
        own.change(own.buffer.insert("@dataclass\nclass Cart", "#\n"))
        text: str = until(own.hover, lambda text: "type is being computed" not in text)
        return text

    until(kill_and_ask, lambda text: "type unknown" in text)
    until(kill_and_ask, lambda text: "unavailable" in own.statuses())
    assert all("✓ types" not in action["title"] for action in until(own.actions, lambda found: found))
    assert own.client.close() == 0


def test_no_oracle_outlives_the_server(own: Session) -> None:
    """kill -9 of the server: its oracle notices and ends."""
    oracles = own.oracles()
    assert oracles
    own.client.process.kill()
    _, alive = psutil.wait_procs(oracles, timeout=10)
    assert alive == []


PLUGIN = """from pathlib import Path
from mypy.plugin import Plugin
Path(__file__).with_name('ran').touch()
def plugin(version):
    return Plugin
"""


@pytest.mark.parametrize("trusted", [False, True])
def test_workspace_code_runs_only_where_it_is_trusted(tmp_path: Path, trusted: bool) -> None:
    """A mypy plugin of the workspace is code: an untrusted workspace cannot have it loaded, whatever its configuration says."""
    (tmp_path / "plug.py").write_text(PLUGIN)
    (tmp_path / "mypy.ini").write_text("[mypy]\nplugins = plug.py\n")
    with RawClient(REAL) as client:
        client.initialize(CAPABILITIES, tmp_path, {"trusted": trusted})
        opened = Session(client, tmp_path / "shop.py", SHOP)
        until(opened.hover, lambda text: "▢: float" in text or (trusted and "type unknown" in text))
        assert client.close() == 0
    assert (tmp_path / "ran").exists() <= trusted


SPOKEN = """from pathlib import Path
try:
    Path(__file__).with_name("ran").touch()
except OSError:
    pass


def best(prices):
    '''
    >>> best([3, 1, 2])
    3
    '''
    return ...
"""


@pytest.mark.parametrize("trusted", [False, True])
def test_values_are_shown_only_where_it_is_trusted(tmp_path: Path, trusted: bool) -> None:
    """A hover runs the document's examples in a trusted workspace; elsewhere not even the module is loaded."""
    with RawClient(REAL) as client:
        client.initialize(CAPABILITIES, tmp_path, {"trusted": trusted, "settings": {"sandbox": {"limitsOnly": True}}})
        opened = Session(client, tmp_path / "best.py", SPOKEN)
        said = "prices = [3, 1, 2]  → wanted 3"
        text = until(opened.hover, lambda text: said in text or (not trusted and "Candidates" not in text and "best" in text))
        found = opened.ask("astral/values", hole="h1")
        assert client.close() == 0
    assert (said in text) == trusted
    assert bool(found["examples"]) == trusted
    assert trusted or (found["why"] == "the workspace is not trusted: none of its code is run" and not (tmp_path / "ran").exists())
