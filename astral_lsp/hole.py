"""`hole()` in user code: type-checks anywhere, raises only when it is reached (§1.2: a program with holes still runs)."""

from __future__ import annotations

from typing import Any


class UnfilledHoleError(Exception):
    """Execution reached a hole that nobody has filled. `intent` is what the hole said it wants, or None."""

    def __init__(self, intent: str | None = None) -> None:
        self.intent = intent
        super().__init__(f"unfilled hole: {intent}" if intent else "unfilled hole")


def hole(intent: str | None = None) -> Any:
    """Stand for an expression that is still to be written.

    `intent` is read by the language server as a description of the value. Typed `Any`, so it fits every place.
    Raises UnfilledHoleError when it is evaluated.
    """
    raise UnfilledHoleError(intent)
