"""Tier 2: the schedule is the paper's table, weighted rates keep the rate conditions, and names that nothing is called cost energy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from astral_native import Snapshot
from astral_runtime.constraints.flow import LEAVING, control_flow
from astral_runtime.constraints.names import DOT, Words, names_in_sight, types_in_sight
from astral_runtime.constraints.soft import Domain, SoftEnergy, Term, strength
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.vocabulary import DELETE, EXPAND, ID, MASK
from astral_runtime.denoise.draw import log_softmax
from astral_runtime.denoise.schedule import Schedule
from astral_runtime.denoise.transition import rates
from astral_runtime.holes import ScopeEntry

TOKENIZER = Tokenizer((Path(__file__).resolve().parents[1] / "denoise" / "tiny" / "tokenizer.json").read_bytes())
WORDS = Words(TOKENIZER)
EQUALS = ID["<kw>="]

PAPER: dict[Domain, str] = {
    "syntax": "low medium high",
    "types": "low high high",
    "imports": "off medium high",
    "control_flow": "medium medium medium",
    "semantics": "off low high",
}
LEVELS = {"off": 0.0, "low": 0.25, "medium": 0.5, "high": 1.0}


@pytest.mark.parametrize("domain", PAPER)
def test_the_schedule_is_the_table_of_the_paper(domain: Domain) -> None:
    """§4.2: early above 0.7, late below 0.3; t = 0.7 and 0.3 are in the middle."""
    early, mid, late = (LEVELS[level] for level in PAPER[domain].split())
    assert [strength(domain, t) for t in (1.0, 0.71, 0.7, 0.5, 0.3, 0.29, 0.0)] == [early, early, mid, mid, mid, late, late]


logits = npst.arrays(np.float32, (3, 7), elements=st.floats(-20, 20, width=32))
rises = npst.arrays(np.float32, (3, 7), elements=st.floats(0, 1, width=32))
times = st.tuples(st.floats(0.01, 1), st.floats(0, 1)).map(lambda pair: (pair[0], pair[0] * pair[1] * 0.99))


@given(logits, rises, st.floats(0, 8), times)
def test_guided_rates_satisfy_the_rate_conditions(raw: np.ndarray, rise: np.ndarray, weight: float, step: tuple[float, float]) -> None:
    """As the sampler guides: u ≥ 0 and Σ u·h ≤ 1 for every step; a slot's total rate stays, and no token gains more than Proposition 2 lets it."""
    masked, change = np.ones(3, np.bool_), rise * weight
    before, after = (rates(np.exp(log_softmax(each)), masked, Schedule(), *step) for each in (raw, raw - change))
    length = step[0] - step[1]
    assert (after >= 0).all()
    assert (after.sum(-1) * length <= 1 + 1e-4).all()
    assert after.sum(-1) == pytest.approx(before.sum(-1), rel=1e-3)
    assert (after <= before * np.exp(change.max(-1, keepdims=True)) * (1 + 1e-3) + 1e-6).all()


def entry(name: str, fits: bool | None = None) -> ScopeEntry:
    return ScopeEntry(name, None, fits, "local")


def energy_of(name: str, left: list[int] | None = None, before: int = EQUALS) -> float:
    """The energy of spelling a name token by token behind `left`, with total, prices and rate in sight."""
    term = names_in_sight(WORDS, [entry("total"), entry("self.rate")], ["prices"], before)
    ids, spent = [*(left or [])], 0.0
    for token in TOKENIZER.word(name):
        spent += float(term.rises([*ids, MASK, MASK], np.array([len(ids)]))[0, token])
        ids.append(token)
    close = ID["<kw>)"]
    return spent + float(term.rises([*ids, MASK], np.array([len(ids)]))[0, close])


SPELT = {
    "a name in sight": ("total", [], EQUALS, 0.0),
    "an owner in sight": ("self", [], EQUALS, 0.0),
    "a word of the file": ("prices", [], EQUALS, 0.0),
    "a builtin": ("sorted", [], EQUALS, 0.0),
    "an attribute": ("anything_at_all", [DOT], EQUALS, 0.0),
    "an attribute of what stands before": ("anything_at_all", [], DOT, 0.0),
    "a name that is made": ("whatever", [ID["<kw>for"]], EQUALS, 0.0),
    "text": ("whatever", [ID['<open>"']], EQUALS, 0.0),
    "behind text": ("prices", [ID['<open>"'], ID['<close>"'], ID["<kw>+"]], EQUALS, 0.0),
}


@pytest.mark.parametrize(("name", "left", "before", "energy"), SPELT.values(), ids=SPELT)
def test_names_in_sight_cost_nothing(name: str, left: list[int], before: int, energy: float) -> None:
    """Whatever is known, or cannot be known, is left alone."""
    assert energy_of(name, left, before) == energy


@pytest.mark.parametrize("name", ["quantity", "tot", "totals", "price"])
def test_names_that_nothing_is_called_cost_energy(name: str) -> None:
    """In the first subword that no known name has there, or for stopping short of one."""
    assert energy_of(name) >= 1.0


def test_the_soft_tier_excludes_nothing() -> None:
    """Rises are finite, within [0, 1], and lengths may change everywhere."""
    terms: list[Term] = [names_in_sight(WORDS, [entry("total", False)], [], EQUALS), types_in_sight(WORDS, [entry("total", False)])]
    terms.append(control_flow(Snapshot("x = 1\n"), 0, WORDS.size))
    ids, slots = [MASK, DOT, MASK, *TOKENIZER.word("total"), MASK], np.array([0, 2, 3 + len(TOKENIZER.word("total"))])
    for term in terms:
        found = term.rises(ids, slots)
        assert found.shape == (3, WORDS.size)
        assert ((found >= 0) & (found <= 1)).all()
    energy = SoftEnergy(tuple(terms))
    for t in (1.0, 0.5, 0.0):
        assert np.max(energy.rises(ids, slots, t)) <= sum(term.weight * strength(term.domain, t) for term in terms) + 1e-6
    assert (terms[0].rises(ids, slots)[:, [EXPAND, DELETE]] == 0).all()
    assert SoftEnergy(()).rises(ids, slots, 0.5) == 0.0


def test_types_count_in_the_first_slot_only() -> None:
    """A name whose type does not fit costs there, one that fits or is unknown does not."""
    scope = [entry("count", False), entry("total", True), entry("prices", None), entry("self.count", False)]
    term = types_in_sight(WORDS, scope)
    found = term.rises([MASK, MASK], np.array([0, 1]))
    first = {name: TOKENIZER.word(name)[0] for name in ("count", "total", "prices", "self")}
    assert {name: float(found[0, token]) for name, token in first.items()} == {"count": 1.0, "total": 0.0, "prices": 0.0, "self": 0.0}
    assert not found[1].any()
    assert not types_in_sight(WORDS, []).rises([MASK], np.array([0])).any()


LEFT = {
    "module": ("‹›\n", {"return", "yield", "await", "break", "continue"}),
    "class": ("class A:\n    ‹›\n", {"return", "yield", "await", "break", "continue"}),
    "function": ("def f():\n    ‹›\n", {"await", "break", "continue"}),
    "coroutine": ("@d\nasync def f():\n    ‹›\n", {"break", "continue"}),
    "loop": ("def f():\n    for x in y:\n        if x:\n            ‹›\n", {"await"}),
    "behind a loop": ("def f():\n    for x in y:\n        pass\n    ‹›\n", {"await", "break", "continue"}),
    "function in a loop": ("for x in y:\n    def f():\n        ‹›\n", {"await", "break", "continue"}),
}


@pytest.mark.parametrize(("text", "senseless"), LEFT.values(), ids=LEFT)
def test_only_what_one_is_inside_of_can_be_left(text: str, senseless: set[str]) -> None:
    """return, yield and await need a function, await a coroutine, break and continue a loop of the same function."""
    at = len(text.partition("‹")[0].encode())
    term = control_flow(Snapshot(text.replace("‹›", "")), at, WORDS.size)
    found = term.rises([MASK], np.array([0]))[0]
    assert {word for word, token in LEAVING.items() if found[token]} == senseless


def test_code_behind_a_return_costs_energy() -> None:
    """All but the end of the block."""
    term = control_flow(Snapshot("def f():\n    pass\n"), 13, WORDS.size)
    newline, dedent = ID["<NEWLINE>"], ID["<DEDENT>"]
    ids = [LEAVING["return"], *TOKENIZER.word("total"), newline, MASK]
    found = term.rises(ids, np.array([len(ids) - 1]))[0]
    assert found[ID["<kw>if"]] == 1
    assert found[dedent] == found[newline] == 0
