"""Writes `tiny/`: a random net of a few thousand weights and a thousand tokens, so that the runtime is tested where torch is absent.

`python tests/denoise/make_tiny.py` (needs the `train` extra). tests/denoise/test_export.py checks that the files are still what it writes.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

from astral_models.nano.config import Config
from astral_models.nano.net import Astral
from astral_models.onnx.export import structures
from astral_models.onnx.folder import Shipment, halved, write
from astral_models.onnx.manifest import Provenance
from astral_models.train.state import Cursor

VOCAB = 1024
TINY = Config("tiny", VOCAB, 32, 2, 8, 16, 2, 4, 64, 2, 4, 2, (1,), 2, 64)
FOLDER = Path(__file__).parent / "tiny"
SOURCE = Path(__file__).resolve().parents[2] / "models" / "astral_models" / "weights" / "nano" / "tokenizer.json"


def tiny_net() -> Astral:
    """The net, always the same: matrices are drawn here, name by name, so that another initialisation of the net changes nothing."""
    model = Astral(TINY).eval()
    source = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            if weight.ndim > 1:
                scale = 0.3 if name.startswith(("tokens", "ast", "denoiser.kind", "encoder.direction")) else weight.shape[-1] ** -0.5
                weight.copy_(torch.randn(weight.shape, generator=source) * scale)
    return model


def tiny_vocabulary() -> bytes:
    """The first tokens of the shipped vocabulary: its fixed part and the commonest subwords."""
    whole = json.loads(SOURCE.read_text(encoding="utf-8"))
    kept = {token: index for token, index in whole["model"]["vocab"].items() if index < VOCAB}
    pairs = [pair if isinstance(pair, list) else pair.split(" ") for pair in whole["model"]["merges"]]
    merges = [pair for pair in pairs if {*pair, "".join(pair)} <= set(kept)]
    whole["model"] |= {"vocab": kept, "merges": merges}
    return (json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def tiny_shipment() -> Shipment:
    """Everything that `tiny/` holds."""
    net = halved(tiny_net())
    provenance = Provenance({"corpus": "none: random weights"})
    return Shipment(net, structures(net), tiny_vocabulary(), Cursor(), provenance)


if __name__ == "__main__":
    write(FOLDER, tiny_shipment())
