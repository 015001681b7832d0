"""Clients for the server's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from localclient import LocalClient


@pytest.fixture
async def client() -> AsyncIterator[LocalClient]:
    """A capable client, initialized; it checks on the way out that every request was answered exactly once."""
    local = LocalClient()
    await local.start()
    yield local
    await local.stop()
