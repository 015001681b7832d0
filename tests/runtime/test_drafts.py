"""Drafts of several proposers become one per text, and what two proposers found comes before what one did."""

from __future__ import annotations

from astral_runtime.drafts import UNWRITTEN, Draft, from_denoiser, from_written, merged
from astral_runtime.proposers.protocol import Proposed


def test_a_text_of_two_proposers_is_one_draft_that_knows_both() -> None:
    """Search's stays, since it knows the imports; that the denoiser wrote it too is worth what UNWRITTEN says."""
    sought = Draft("Path(name)", "search", imports=("from pathlib import Path",), cost=1.0)
    (both,) = merged([sought, *from_denoiser(["Path(name)"])])
    assert (both.source, both.imports, both.denoised) == ("search", sought.imports, True)
    assert both.score - sought.score == UNWRITTEN


def test_order_among_equals_of_search_is_the_denoisers() -> None:
    """Of two drafts that cost search the same, the one that the denoiser wrote as well is first."""
    sought = [Draft("left", "search", cost=2.0), Draft("right", "search", cost=2.0)]
    assert [draft.text for draft in merged([*sought, *from_denoiser(["right"])])] == ["right", "left"]


def test_a_second_opinion_does_not_lose_the_first() -> None:
    """The surprise of a language model stays with a draft that the denoiser wrote, in either order."""
    written = from_written([Proposed("x", -1.0), Proposed("y", -2.0)])
    for drafts in ([*written, *from_denoiser(["x"])], [*from_denoiser(["x"]), *written]):
        draft = next(each for each in merged(drafts) if each.text == "x")
        assert draft.denoised
        assert draft.surprise == written[0].surprise
