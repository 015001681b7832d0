"""A completion server as a source of fills, named by its address. Nothing is sent before the first fill asks."""

from __future__ import annotations

from astral_runtime.bundled import NoModel
from astral_runtime.proposers.answered import CompletionProposer
from astral_runtime.proposers.endpoint import Endpoint
from astral_runtime.proposers.exchange import address_of


class Served:
    """A `ProposerSource` of one address. A server that does not answer is asked again by the next fill: it may have been started."""

    def __init__(self, address: str, remote: bool) -> None:
        found = address_of(address, remote)
        self._proposer = found if isinstance(found, NoModel) else CompletionProposer(Endpoint(found))
        self._asked = False

    @property
    def opened(self) -> CompletionProposer | NoModel | None:
        """The proposer or what is wrong with the address, None before anybody asked."""
        return self._proposer if self._asked else None

    def open(self) -> CompletionProposer | NoModel:
        """The proposer, or what is wrong with the address."""
        self._asked = True
        return self._proposer

    def close(self) -> None:
        """Ask no more; idempotent."""
        if not isinstance(self._proposer, NoModel):
            self._proposer.close()


def served(address: str | None, remote: bool) -> Served | None:
    """The source of an address as the settings name it; None for none."""
    return Served(address, remote) if address else None
