"""Which layouts a run takes its steps from, and when: the curriculum of §9.1, by window tokens seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from astral_models.train.batches import LAYOUTS, Corruption, Layout

PLAIN = Corruption()


@dataclass(frozen=True, slots=True)
class Phase:
    """Until `tokens` window tokens were seen, each step draws its layout with these shares and corrupts it so."""

    tokens: int
    shares: tuple[tuple[str, float], ...]
    corruption: Corruption = PLAIN


@dataclass(frozen=True, slots=True)
class Recipe:
    """A named curriculum; the last phase has no end."""

    name: str
    phases: tuple[Phase, ...]
    windows: int = 4
    length: int = 1024
    parsed: int = 2
    """Holes per window whose text is parsed for L_AST (§3.3): on processors a small part of a step, beside an accelerator most of it."""

    def phase(self, tokens: int) -> Phase:
        """The phase after so many window tokens."""
        return next((phase for phase in self.phases if tokens < phase.tokens), self.phases[-1])

    def layout(self, step: int, tokens: int) -> Layout:
        """The layout of a step; a function of its number, so that a resumed run goes on alike."""
        names, shares = zip(*self.phase(tokens).shares, strict=True)
        chosen = np.random.default_rng((7, step)).choice(len(names), p=np.asarray(shares) / sum(shares))
        return LAYOUTS[names[chosen]]


ENDLESS = 1 << 62
TILES = (("tile16", 1.0),)
HOLES = (("holes64", 1.0),)
MIXED = (("tile16", 0.35), ("holes64", 0.65))
LATE = (("tile16", 0.2), ("holes64", 0.68), ("holes168", 0.12))
LIGHT = Corruption(clip=(0.1, 0.5))
SHORT = Corruption(fully=0.6, favour=0.5)
"""Nearer to what is asked in an editor: most holes are short, and nothing of them is known."""

RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("tiles", (Phase(ENDLESS, TILES),)),
        Recipe("light-tiles", (Phase(ENDLESS, TILES, LIGHT),)),
        Recipe("holes", (Phase(ENDLESS, HOLES),)),
        Recipe("mixed", (Phase(ENDLESS, MIXED),)),
        Recipe("curriculum", (Phase(500_000, TILES), Phase(4_000_000, MIXED), Phase(ENDLESS, LATE))),
        Recipe(
            "accelerator",
            (Phase(8_000_000, TILES), Phase(60_000_000, MIXED), Phase(346_000_000, LATE), Phase(ENDLESS, LATE, SHORT)),
            windows=64,
            parsed=0,
        ),
    )
}
DEFAULT = "curriculum"
