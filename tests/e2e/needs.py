"""Editors that a test needs. Where they are missing it is skipped with the way to install them; in CI that is a failure."""

from __future__ import annotations

import os

import pytest


def need(reason: str | None) -> None:
    """Go on if nothing is missing."""
    if reason is None:
        return
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
