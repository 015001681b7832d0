"""What a folder of weights says of itself: sizes, how to feed it, hashes of its files, where it came from, how good it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from astral_models.nano.config import Config

FORMAT = 3


@dataclass(frozen=True, slots=True)
class Serving:
    """How segments looked in training; the runtime builds its own alike. Lengths in tokens, kinds as in `corpus.spans`."""

    neighbours: int = 16
    type_slots: int = 8
    window: int = 1024
    longest_hole: int = 128
    kinds: dict[str, int] = field(default_factory=lambda: {"expression": 1, "block": 2, "type": 3, "region": 4})


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where weights came from: the run's cursor (steps, window tokens, digest of the corpus), its recipe, what the dev split measured."""

    training: dict[str, Any]
    recipe: str = ""
    licence: str = "Apache-2.0"
    figures: dict[str, Any] = field(default_factory=dict)


def manifest(
    config: Config, serving: Serving, provenance: Provenance, graphs: Mapping[str, tuple[str, ...]], files: Mapping[str, bytes]
) -> bytes:
    """The text of `model.json`. `graphs`: names of the weights that each graph needs; `files`: contents by name."""
    hashes = {name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in sorted(files.items())}
    value = {
        "format": FORMAT,
        "config": asdict(config),
        "serving": asdict(serving),
        **asdict(provenance),
        "files": hashes,
        "graphs": {name: list(names) for name, names in sorted(graphs.items())},
    }
    return (json.dumps(value, indent=1) + "\n").encode()
