"""How much a search may still try."""

from __future__ import annotations


class Fuel:
    """Counts expansions down: one unit for every term that is built or read. Never negative."""

    __slots__ = ("left", "spent")

    def __init__(self, amount: int) -> None:
        self.left = max(amount, 0)
        self.spent = 0

    def spend(self) -> bool:
        """Takes one unit; False when none is left."""
        if self.left <= 0:
            return False
        self.left -= 1
        self.spent += 1
        return True

    def share(self, part: float) -> Fuel:
        """A part of what is left, so that one generator cannot starve the next; what it leaves comes back with `refund`."""
        portion = Fuel(int(self.left * part))
        self.left -= portion.left
        return portion

    def refund(self, portion: Fuel) -> None:
        """Takes back what a share did not use."""
        self.left += portion.left
        self.spent += portion.spent
        portion.left = 0
