"""Localized repair within a fill (§6.2): only what a verifier blames becomes a hole again, and only where nothing else passed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.drafts import Draft
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken, Candidate, Fill, FillOptions
from astral_runtime.holes import Span
from astral_runtime.pipeline import Pipeline
from astral_runtime.types.client import Oracle, OracleSettings
from astral_runtime.verify.remask import remasked, wants_repair
from astral_runtime.verify.spec import Fault, Verdict

RAN = Verdict("syntax", "pass")


def refuted(text: str, *spans: Span | None) -> Candidate:
    """A candidate whose types failed there."""
    return Candidate(text, 0.0, "denoiser", (RAN, Verdict("types", "fail", "m", tuple(Fault("m", span) for span in spans))))


REMASKED = [
    ("f(a, bb)", [Span(5, 7)], 1, "f(a, ▢)"),
    ("f(a, bb)", [Span(5, 7)], 2, "f▢"),
    ("f(a, bb)", [Span(5, 7)], 3, None),
    ("f(a, bb)", [Span(0, 8), Span(2, 3)], 1, "f(▢, bb)"),
    ("é + b", [Span(5, 6)], 1, "é + ▢"),
    ("f(a, bb)", [None], 1, None),
    ("f(a, bb)", [Span(0, 8)], 1, None),
    ("a", [Span(0, 1)], 1, None),
]


@pytest.mark.parametrize(("text", "spans", "cycle", "wanted"), REMASKED)
def test_what_is_remasked(text: str, spans: list[Span | None], cycle: int, wanted: str | None) -> None:
    """The narrowest blame, a syntactic parent wider each cycle, never all of the candidate; everything around it stays."""
    document = DocumentSnapshot(Path("a.py"), Snapshot("x = ...\ny = 1\n"))
    found = remasked(document, document.holes()[0], refuted(text, *spans), cycle)
    assert (found and found.text("▢")) == wanted
    if found is not None:
        assert found.document.text == f"x = {text}\ny = 1\n"
        assert found.text(found.document.slice(found.hole.span)) == text


WANTED = [
    ([], False),
    ([refuted("a", None)], True),
    ([refuted("a", None), Candidate("b", 0.0, "search", (RAN, Verdict("types", "pass")))], False),
    ([Candidate("b", 0.0, "search", (RAN, Verdict("types", "skipped", "mypy is away")))], False),
    ([Candidate("b", 0.0, "search", (RAN, Verdict("types", "pass"), Verdict("tests", "fail", "0/1")))], True),
]


@pytest.mark.parametrize(("candidates", "wanted"), WANTED)
def test_when_a_fill_is_mended(candidates: list[Candidate], wanted: bool) -> None:
    """Something was refuted and nothing accepted; an outage is no fault of the candidate."""
    assert wants_repair(candidates) is wanted


SOURCE = "def total(prices: list[float], rate: float) -> float:\n    return ...\n"
UNTYPED = 'def shout(word):\n    """\n    >>> shout("ab")\n    \'AB\'\n    """\n    return ...\n'


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    started = Oracle(OracleSettings(root=tmp_path_factory.mktemp("root")))
    yield started
    started.close()


def filled(pipeline: Pipeline, folder: Path, source: str) -> Fill:
    opened = DocumentSnapshot(folder / "a.py", Snapshot(source), root=folder)
    options = FillOptions(30, 60_000, ("search",))
    return pipeline.fill(opened, opened.holes()[0], options, CancelToken(), lambda step: None)


class Slipping(Pipeline):
    """Its proposers' only draft for the hole itself has a misspelt name; for what is remasked they propose as ever."""

    asked = 0

    def _drafts(self, ask, model):  # type: ignore[no-untyped-def]  # the private types of the pipeline
        self.asked += 1
        return super()._drafts(ask, model) if self.asked > 1 else [Draft("sum(prcies) * rate", "denoiser")]


def test_a_slip_is_mended_within_the_fill(oracle: Oracle, tmp_path: Path) -> None:
    """mypy blames the name; a fill of that name alone is accepted, and the rest of the candidate stays in every one."""
    pipeline = Slipping(oracle)
    fill = filled(pipeline, tmp_path, SOURCE)
    assert (fill.status, fill.candidates[0].text) == ("accepted", "sum(prices) * rate")
    assert len(fill.candidates) > 1
    assert all(each.text.startswith("sum(") and each.text.endswith(") * rate") for each in fill.candidates)
    assert pipeline.asked == 2


def test_examples_type_an_untyped_function(oracle: Oracle, folder: Path, runner: Runner) -> None:
    """semantics → types: what the docstring shows makes a str of the word, whose methods search knows; the verdicts are of the file as it is."""
    (folder / "a.py").write_text(UNTYPED)
    fill = filled(Pipeline(oracle, runner=runner), folder, UNTYPED)
    best = fill.candidates[0]
    assert (fill.status, best.text, best.source) == ("accepted", "word.upper()", "search")
    assert best.verdicts[2].why == "1/1 examples"
