"""The network on ONNX Runtime: three sessions, one embedding table. See `protocol` for what is asked of it.

On the CPU the denoiser's matrices are whole numbers: half the time. What it is asked about is quantised by the batch, so a trajectory
depends on its neighbours as far as rounding goes. The encoder stays exact: warm states and energies must not depend on their company.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from astral_runtime.backends.artefacts import WEIGHTS, Artefacts, load_artefacts
from astral_runtime.backends.fault import ModelLoadError
from astral_runtime.backends.perceiver import perceiver
from astral_runtime.backends.protocol import Carry, Conditioning, Encoded, Floats, Ints, Scores, Segments, Serving, Sizes
from astral_runtime.backends.providers import CPU, Device, Provider, open_session
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.vocabulary import MASK

INPUTS = {
    "encoder": {"x", "node", "depth", "sibling", "scope", "direction", "conv", "ssm"},
    "denoiser": {
        "x", "valid", "kind", "from_start", "to_end", "node", "depth", "sibling", "scope", "t", "left", "right", "keys", "seen", "take",
    },
    "head": {"hidden"},
}  # fmt: skip
OUTPUTS = {"encoder": ["states", "conv_out", "ssm_out"], "denoiser": ["hidden", "confidence"], "head": ["logits", "total"]}
TABLE = "tokens.weight"
AST = ("node", "depth", "sibling", "scope")


class OnnxDenoiser:
    """A network of checked artefacts. Sessions are safe to share between threads and release the GIL while they run."""

    def __init__(self, artefacts: Artefacts, device: Device) -> None:
        self.sizes: Sizes = artefacts.sizes
        self.serving: Serving = artefacts.serving
        self._table = _embeddings(artefacts)
        self._perceiver = perceiver(artefacts)
        encoder, self.provider = _opened(artefacts, "encoder", "encoder.onnx", device)
        if self.provider.name == CPU:
            device = replace(device, provider="cpu")
        denoiser, _ = _opened(artefacts, "denoiser", "denoiser.int8.onnx" if self.provider.name == CPU else "denoiser.onnx", device)
        self._sessions = {"encoder": encoder, "denoiser": denoiser, "head": _opened(artefacts, "head", "head.onnx", device)[0]}

    def start(self, batch: int) -> Carry:
        """Zeros: nothing was read."""
        s = self.sizes
        conv = np.zeros((s.encoder_layers, batch, s.d_conv - 1, s.d_inner + 2 * s.d_state), np.float32)
        return Carry(conv, np.zeros((s.encoder_layers, batch, s.d_inner // s.head_dim, s.d_state, s.head_dim), np.float32))

    def encode(self, columns: Ints, direction: int, carry: Carry) -> Encoded:
        """Reads on, any number of tokens ≥ 1 at once; cost and memory grow with the square of it, so callers read in chunks."""
        feed = {"x": self._table[columns[0]], **dict(zip(AST, columns[1:], strict=True))}
        feed |= {"direction": np.full(columns.shape[1], direction, np.int64), "conv": carry.conv, "ssm": carry.ssm}
        states, conv, ssm = self._run("encoder", feed)
        return Encoded(states, Carry(conv, ssm))

    def press(self, states: Floats) -> Floats:
        """The latents of repository memory."""
        return self._perceiver(states)

    def denoise(self, segments: Segments, conditioning: Conditioning) -> Scores:
        """Scores of the slots that `segments.take` names. Logits of slots that are not masked are zeros: nobody draws there."""
        limit = self.sizes.max_slots - 1
        feed: dict[str, NDArray[Any]] = {
            "x": self._table[segments.ids],
            "valid": segments.valid,
            "kind": segments.kind,
            "from_start": np.minimum(segments.from_start, limit),
            "to_end": np.minimum(segments.to_end, limit),
            **dict(zip(AST, segments.ast, strict=True)),
            "t": segments.t,
            "left": conditioning.left,
            "right": conditioning.right,
            "keys": conditioning.keys[None],
            "seen": conditioning.seen,
            "take": segments.take,
        }
        hidden, confidence = self._run("denoiser", feed)
        masked = np.take_along_axis(segments.ids, segments.take, 1) == MASK
        logits = np.zeros((*masked.shape, self.sizes.vocab), np.float32)
        if masked.any():
            logits[masked], _ = self._run("head", {"hidden": hidden[masked]})
        return Scores(logits, confidence, hidden)

    def log_probs(self, states: Floats, targets: Ints) -> Floats:
        """log p(target | state), one head pass."""
        logits, total = self._run("head", {"hidden": states})
        return np.asarray(logits[np.arange(len(targets)), targets] - total, np.float32)

    def _run(self, name: str, feed: dict[str, NDArray[Any]]) -> list[Floats]:
        return self._sessions[name].run(OUTPUTS[name], feed)  # type: ignore[no-any-return]  # onnxruntime is untyped


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that the bundled weights are: network, vocabulary, what they say of themselves."""

    denoiser: OnnxDenoiser
    tokenizer: Tokenizer
    artefacts: Artefacts

    @property
    def provider(self) -> Provider:
        """What runs it, and why not a faster one."""
        return self.denoiser.provider


def load_model(folder: Path, device: Device | None = None) -> Model:
    """Loads checked weights. ModelLoadError names the file and the reason; nothing is loaded then."""
    artefacts = load_artefacts(folder)
    try:
        tokenizer = Tokenizer(artefacts.files["tokenizer.json"])
    except ValueError as wrong:
        raise ModelLoadError(folder / "tokenizer.json", str(wrong)) from wrong
    if tokenizer.size != artefacts.sizes.vocab:
        raise ModelLoadError(folder / "tokenizer.json", f"it has {tokenizer.size} tokens, the manifest says {artefacts.sizes.vocab}")
    denoiser = OnnxDenoiser(artefacts, device or Device())
    return Model(denoiser, tokenizer, artefacts)


def _embeddings(artefacts: Artefacts) -> Floats:
    """The token table (v, d), which the graphs leave to us."""
    sizes, table = artefacts.sizes, artefacts.tensors.get(TABLE)
    if table is None or table.shape != (sizes.vocab, sizes.d_model):
        found = "no" if table is None else " × ".join(map(str, table.shape))
        raise ModelLoadError(artefacts.folder / WEIGHTS, f"it has {found} embeddings, the manifest says {sizes.vocab} × {sizes.d_model}")
    return np.ascontiguousarray(table, np.float32)


def _opened(artefacts: Artefacts, part: str, name: str, device: Device) -> tuple[onnxruntime.InferenceSession, Provider]:
    graph = artefacts.graph(name)
    try:
        session, provider = open_session(graph, device)
    except Exception as failed:  # ONNX Runtime raises its own kinds, all plain Exceptions
        raise ModelLoadError(artefacts.folder / name, f"ONNX Runtime does not load it: {failed}") from failed
    inputs = {node.name for node in session.get_inputs()}
    outputs = {node.name for node in session.get_outputs()}
    if inputs != INPUTS[part] or not set(OUTPUTS[part]) <= outputs:
        raise ModelLoadError(artefacts.folder / name, "its inputs or outputs are not those of this version")
    return session, provider
