"""Several holes at once: which holes a fill affects (A.3), what it tells them (§2.2), and regions that conflict."""

from __future__ import annotations

from pathlib import Path

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Candidate, Edit, Fill
from astral_runtime.holes import Hole, Span
from astral_runtime.joint import Check, JointFill, fill_jointly
from astral_runtime.morphisms import Change, Neighbourhood, propagated
from astral_runtime.types.client import Unavailable
from astral_runtime.verify.spec import Fault, Verdict


def document(text: str) -> DocumentSnapshot:
    """A document of that text."""
    return DocumentSnapshot(Path("a.py"), Snapshot(text))


AFFECTED = [
    ("def f(a):\n    x = ...\n    return ...\n", {"h1": ["h2"], "h2": ["h1"]}),
    ("def f(a):\n    return ...\n\ndef g(b):\n    return ...\n", {"h1": [], "h2": []}),
    ("def f(a):\n    return ...\n\ndef g(b):\n    return f(b) + ...\n", {"h1": ["h2"], "h2": ["h1"]}),
    ("SIZE = ...\n\ndef f(a):\n    return SIZE + ...\n\ndef g(b):\n    return ...\n", {"h1": ["h2"], "h2": ["h1"], "h3": []}),
    ("A = ...\nB = ...\nC = A + ...\n", {"h1": ["h3"], "h2": [], "h3": ["h1"]}),
    ("class K:\n    def __init__(self):\n        self.n = ...\n    def m(self):\n        return self.n + ...\n    def o(self):\n        return ...\n",
     {"h1": ["h2"], "h2": ["h1"], "h3": []}),
    ("def out():\n    x = ...\n    def inner():\n        return ...\n    return inner\n", {"h1": ["h2"], "h2": ["h1"]}),
    ("def f(", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), AFFECTED)
def test_a_fill_affects_what_is_in_scope_or_linked(text: str, wanted: dict[str, list[str]]) -> None:
    """The same function, and whoever mentions a name that the other defines; nothing else of the file."""
    opened = document(text)
    around = Neighbourhood(opened, opened.holes())
    assert {hole.id: [each.id for each in around.of(hole)] for hole in opened.holes()} == wanted


@pytest.mark.parametrize("count", [4, 16, 64])
def test_updates_grow_with_the_scope_and_not_with_the_file(count: int) -> None:
    """A.3, counted: n functions in a chain, two holes each, are 2n holes; every fill but those at the ends affects 1 + 2 + 2 holes."""
    first = "def f0(a):\n    x = ...\n    return ...\n\n"
    opened = document(first + "".join(f"def f{n}(a):\n    x = f{n - 1}(a) + ...\n    return ...\n\n" for n in range(1, count)))
    around = Neighbourhood(opened, opened.holes())
    triggered = [len(around.of(hole)) for hole in opened.holes()]
    assert triggered == [3, 3, *[5] * (2 * count - 4), 3, 3]
    assert sum(triggered) <= 5 * len(opened.holes())


TOLD = [
    ("x = ...\ny = x + ...\n", "Decimal(1)", "from decimal import Decimal\n", [("h2", "types", "imports", "from decimal import Decimal")]),
    ("def f(a):\n    ...\n    return ...\n", "return a", "", [("h2", "control_flow", "types", "never reached: any type")]),
    ("def f(a):\n    if a:\n        ...\n    return ...\n", "return a", "", []),
    ("def f(a):\n    x = ...\n    return ...\n", "a", "", []),
    ("class A(...):\n    def f(self):\n        ...\n", "Protocol", "", [("h2", "syntax", "syntax", "no hole any more")]),
]


@pytest.mark.parametrize(("text", "fill", "imports", "wanted"), TOLD)
def test_what_a_fill_tells_the_holes_it_affects(text: str, fill: str, imports: str, wanted: list[tuple[str, str, str, str]]) -> None:
    """types → imports, controlflow → types; nothing where nothing follows."""
    opened = document(text)
    first, second = opened.holes()
    grown = len(fill) - (first.span.end - first.span.start)
    after = DocumentSnapshot(opened.path, opened.native.replaced([(*first.span, fill)]))
    moved = Hole(second.id, second.kind, Span(second.span.start + grown, second.span.end + grown))
    change = Change(after, Candidate(fill, 1.0, "search", (), (Edit(Span(0, 0), imports),) if imports else ()))
    found = [(each.hole, each.morphism.source, each.morphism.target, each.constraint.text) for each in propagated(change, [moved])]
    assert found == wanted


def accepted(snapshot: DocumentSnapshot, hole: Hole, *texts: str) -> Fill:
    """A fill with these candidates."""
    verdicts = (Verdict("syntax", "pass"), Verdict("types", "pass"))
    return Fill(hole, "accepted", tuple(Candidate(text, 1.0, "search", verdicts) for text in texts), snapshot.version)


CONFLICT = "def f(a):\n    return ...\n\ndef g(b):\n    return f(b) + ...\n\ndef other():\n    return ...\n"


class Regions:
    """Fills and whole-file checks that are counted. `wrong` in the file together with `clash` is an error at `clash`."""

    def __init__(self, *second: str) -> None:
        self.fills: list[str] = []
        self.checks = 0
        self.answers = {"h1": ["wrong"], "h2": list(second), "h3": ["fine"]}

    def fill(self, snapshot: DocumentSnapshot, hole: Hole) -> Fill:
        self.fills.append(hole.id)
        return accepted(snapshot, hole, self.answers[hole.id].pop(0))

    def check(self, snapshot: DocumentSnapshot) -> tuple[Fault, ...]:
        self.checks += 1
        at = snapshot.text.find("clash")
        return (Fault("they clash", Span(at, at + 5), "scripted"),) if at >= 0 and "wrong" in snapshot.text else ()

    def run(self, check: Check | None = None) -> JointFill:
        opened = document(CONFLICT)
        return fill_jointly(opened, opened.holes(), self.fill, check or self.check)


def test_a_region_that_conflicts_is_sought_again() -> None:
    """One more fill for the later party, with the others standing; the conflict is told."""
    regions = Regions("clash", "peace")
    joint = regions.run()
    assert joint.apply(document(CONFLICT)).text == CONFLICT.replace("...", "wrong", 1).replace("...", "peace", 1).replace("...", "fine", 1)
    assert (joint.filled, [fault.message for fault in joint.conflicts]) == (3, ["they clash"])
    assert (regions.fills, regions.checks) == (["h1", "h2", "h3", "h2"], 3)


def test_a_region_that_goes_on_conflicting_stays_open() -> None:
    """It says with what; the others stay filled."""
    regions = Regions("clash", "clash + 1")
    joint = regions.run()
    assert joint.apply(document(CONFLICT)).text == CONFLICT.replace("...", "wrong", 1).replace("return ...\n", "return fine\n").replace(
        "fine\n\ndef g", "wrong\n\ndef g"
    )
    assert [fill.status for fill in joint.fills] == ["accepted", "rejected", "accepted"]
    assert joint.fills[1].why == "it conflicts with another fill: they clash"
    assert len(regions.fills) <= 2 * 3


def test_when_nobody_can_look_that_is_said() -> None:
    """An outage is no agreement: the fills stay, each verified for itself, and the reason is kept."""
    joint = Regions("clash").run(lambda snapshot: Unavailable("mypy is away"))
    assert (joint.filled, joint.conflicts, joint.unchecked) == (3, (), "mypy is away")


def test_a_hole_that_another_fill_takes_away_is_not_filled() -> None:
    """The body of a Protocol's method is no hole."""
    opened = document("class A(...):\n    def f(self):\n        ...\n")
    joint = fill_jointly(opened, opened.holes(), lambda snapshot, hole: accepted(snapshot, hole, "Protocol"))
    assert joint.apply(opened).text == "class A(Protocol):\n    def f(self):\n        ...\n"
    assert [fill.why for fill in joint.fills] == ["", "it is no hole any more: another fill took it away"]


@pytest.mark.parametrize("count", [3, 12, 48])
def test_a_joint_fill_is_linear_in_its_holes(count: int) -> None:
    """One fill for each hole and two looks at the file when nothing conflicts."""
    opened = document("".join(f"def f{n}(a):\n    return ...\n\n" for n in range(count)))
    asked: list[str] = []
    looks: list[str] = []

    def fill(snapshot: DocumentSnapshot, hole: Hole) -> Fill:
        asked.append(hole.id)
        return accepted(snapshot, hole, "a")

    def check(snapshot: DocumentSnapshot) -> tuple[Fault, ...]:
        looks.append(snapshot.text)
        return ()

    assert fill_jointly(opened, opened.holes(), fill, check).filled == count
    assert (len(asked), len(looks)) == (count, 2)
