"""Examples that the user wrote decide between fills that types cannot tell apart; nothing runs where the workspace is not trusted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from astral_native import Snapshot
from astral_runtime.bundled import Bundled
from astral_runtime.denoise.warm import WarmModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken, Fill, FillOptions, Progress
from astral_runtime.holes import SUBHOLE
from astral_runtime.pipeline import Pipeline
from astral_runtime.sandbox.level import bubblewrap
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.types.client import Oracle, OracleSettings

TINY = Path(__file__).resolve().parents[1] / "denoise" / "tiny"

needs_bubblewrap = pytest.mark.skipif(isinstance(bubblewrap(), str), reason=f"level 1 of the sandbox: {bubblewrap()}")

SMALLER = '''def smaller(a: int, b: int) -> int:
    """The smaller of two.

    >>> smaller(1, 2)
    1
    >>> smaller(8, 2)
    2
    """
    return ...
'''


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    started = Oracle(OracleSettings(root=tmp_path_factory.mktemp("root")))
    yield started
    started.close()


def filled(oracle: Oracle, folder: Path, text: str, settings: SandboxSettings) -> Fill:
    document = DocumentSnapshot(folder / "smaller.py", Snapshot(text), root=folder)
    runner = Runner(settings)
    try:
        pipeline = Pipeline(oracle, runner=runner)
        return pipeline.fill(document, document.holes()[0], FillOptions(5, 60_000), CancelToken(), lambda step: None)
    finally:
        runner.close()


@needs_bubblewrap
def test_the_fill_that_holds_comes_first_and_says_how_many_examples(oracle: Oracle, tmp_path: Path) -> None:
    """`a` and `b` have the right type; the examples want their minimum."""
    fill = filled(oracle, tmp_path, SMALLER, SandboxSettings(tmp_path, trusted=True))
    assert fill.status == "accepted"
    tests = {candidate.text: candidate.verdicts[2] for candidate in fill.candidates}
    best = fill.candidates[0]
    assert (tests[best.text].outcome, tests[best.text].why) == ("pass", "2/2 examples")
    assert eval(best.text, {"a": 5, "b": 3}) == 3
    assert eval(best.text, {"a": 4, "b": 9}) == 4
    assert {verdict.outcome for text, verdict in tests.items() if text in ("a", "b")} <= {"fail"}


@needs_bubblewrap
def test_what_holds_is_shown_while_the_model_is_still_at_work(oracle: Oracle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model waits here until a whole text has been shown: that text holds, and nothing open takes its place."""
    seen, propose, texts = threading.Event(), WarmModel.propose, list[str]()

    def late(self: WarmModel, *asked: Any) -> Any:
        assert seen.wait(60), "nothing was shown before the model had proposed"
        return propose(self, *asked)

    def show(step: Progress) -> None:
        texts.append(step.text)
        if SUBHOLE not in step.text:
            seen.set()

    monkeypatch.setattr(WarmModel, "propose", late)
    sums = SMALLER.replace("    1\n", "    3\n").replace("    2\n", "    10\n")
    document = DocumentSnapshot(tmp_path / "smaller.py", Snapshot(sums), root=tmp_path)
    runner = Runner(SandboxSettings(tmp_path, trusted=True))
    try:
        pipeline = Pipeline(oracle, Bundled(TINY), runner)
        fill = pipeline.fill(document, document.holes()[0], FillOptions(5, 120_000), CancelToken(), show)
    finally:
        runner.close()
    whole = [text for text in texts if SUBHOLE not in text]
    assert [eval(whole[0], {"a": a, "b": b}) for a, b in ((5, 3), (4, 9))] == [8, 13]
    assert texts[-len(whole) :] == whole
    assert whole[-1] == fill.candidates[0].text
    assert fill.candidates[0].verdicts[2].outcome == "pass"


@needs_bubblewrap
def test_examples_that_no_fill_holds_leave_it_rejected(oracle: Oracle, tmp_path: Path) -> None:
    """The best candidate is shown with what it gave, and is not accepted."""
    text = SMALLER.replace("    1\n", "    'one'\n").replace("    2\n", "    {'two': [2]}\n")
    fill = filled(oracle, tmp_path, text, SandboxSettings(tmp_path, trusted=True))
    assert fill.status == "rejected"
    assert fill.candidates
    assert "wanted 'one'" in fill.why


def test_nothing_runs_in_a_workspace_that_is_not_trusted(oracle: Oracle, tmp_path: Path) -> None:
    """The verdict says so; types alone decide."""
    planted = SMALLER + f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    fill = filled(oracle, tmp_path, planted, SandboxSettings(tmp_path, trusted=False))
    assert fill.status == "accepted"
    for candidate in fill.candidates:
        assert candidate.verdicts[2].outcome == "skipped"
        assert "trust" in candidate.verdicts[2].why
    assert not (tmp_path / "ran").exists()


PICK = """class Coin:
    def __init__(self, worth: int) -> None:
        self.worth = worth


def _second(first: Coin, second: Coin) -> Coin:
    return ...


def richer(first: Coin, second: Coin) -> int:
    return _second(first, second).worth if second.worth > first.worth else first.worth
"""


def test_a_fill_that_an_example_refutes_ranks_below_and_is_marked(oracle: Oracle, folder: Path, runner: Runner) -> None:
    """Both parameters fit by type; a test of the caller tells them apart. What it refutes is still there, behind what holds."""
    (folder / "coins.py").write_text(PICK)
    (folder / "test_coins.py").write_text(
        "from coins import Coin, richer\n\n\ndef test_richer():\n    assert richer(Coin(1), Coin(7)) == 7\n"
    )
    document = DocumentSnapshot(folder / "coins.py", Snapshot(PICK), root=folder)
    fill = Pipeline(oracle, runner=runner).fill(document, document.holes()[0], FillOptions(10, 60_000), CancelToken(), lambda step: None)
    tests = {candidate.text: candidate.verdicts[2] for candidate in fill.candidates}
    assert (fill.status, fill.candidates[0].text) == ("accepted", "second")
    assert (tests["second"].outcome, tests["second"].why) == ("pass", "1/1 examples")
    assert tests["first"].outcome == "fail"
    assert "gave 1, wanted 7" in tests["first"].why
