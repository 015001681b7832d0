"""A completion server as a source: a real socket, a fill, and what is said where nobody answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from completion_server import PROPS, Answer, llama_text, serving

from astral_native import Snapshot
from astral_runtime.bundled import NoModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken
from astral_runtime.proposers.answered import CompletionProposer
from astral_runtime.proposers.protocol import Asked, ModelFault
from astral_runtime.proposers.served import served

DOCUMENT = DocumentSnapshot(Path("/m.py"), Snapshot("x: int = ...\n"))


def propose(address: str) -> list[str]:
    """Texts for the hole of the document."""
    source = served(address, remote=False)
    assert source is not None
    assert source.opened is None
    proposer = source.open()
    assert isinstance(proposer, CompletionProposer)
    assert source.opened is proposer
    found = proposer.propose(DOCUMENT, DOCUMENT.holes()[0], Asked(2), CancelToken(), lambda progress: None)
    return [each.text for each in found]


def test_fills_come_from_a_server_or_the_reason_why_not() -> None:
    """The pipeline says the reason and goes on."""
    with pytest.raises(ModelFault, match="nobody listens there"):
        propose("http://127.0.0.1:9")
    with serving({"/props": lambda _: Answer(PROPS), "/infill": lambda _: Answer(llama_text("1\n", -0.1))}) as there:
        assert propose(there.address) == ["1"]


def test_an_address_of_another_machine_is_no_model() -> None:
    """It is refused before anything is sent; no address is no source."""
    source = served("http://gpu:8080", remote=False)
    assert source is not None
    assert isinstance(source.open(), NoModel)
    assert served(None, remote=True) is None
