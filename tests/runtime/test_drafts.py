"""Drafts of several proposers become one per text, and what two proposers found comes before what one did."""

from __future__ import annotations

import math

import pytest

from astral_runtime.drafts import UNREAD, UNWRITTEN, Draft, from_denoiser, from_written, merged, ordered
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


def test_what_a_language_model_thinks_of_drafts_orders_them() -> None:
    """Shares among the fills that it wrote or read, in nats; the others are worth what UNREAD says; nothing changes where it knows none."""
    sought = [Draft(text, "search", cost=2.0) for text in ("left", "right", "other")]
    drafts = [*sought, *from_written([Proposed("right", -1.0)])]
    ranked = ordered(merged(drafts), [Proposed("right", -1.0), Proposed("left", -1.0 - math.log(3))])
    assert [draft.text for draft in ranked] == ["right", "left", "other"]
    assert [draft.surprise for draft in ranked] == pytest.approx([math.log(4 / 3), math.log(4), UNREAD])
    assert [draft.surprise for draft in ordered(merged(drafts), ())] == [None, None, None]
