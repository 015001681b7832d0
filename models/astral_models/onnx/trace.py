"""torch modules → ONNX bytes, with free batch, length, slot and key axes."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.export import Dim

from astral_models.nano.config import Config
from astral_models.nano.net import Astral
from astral_models.onnx.graphs import DenoiserStep, EncoderStep, Head

OPSET = 20
Axes = dict[int, Dim]


def encoder_graph(model: Astral) -> bytes:
    """The encoder step as ONNX."""
    b, length = Dim("batch", min=1), Dim("length", min=1)
    row, carried = {0: b, 1: length}, {1: b}
    names = ("x", "node", "depth", "sibling", "scope", "direction", "conv", "ssm")
    axes = (row, row, row, row, row, {0: b}, carried, carried)
    return _traced(EncoderStep(model), encoder_inputs(model.config, 2, 48), names, ("states", "conv_out", "ssm_out"), axes)


def denoiser_graph(model: Astral) -> bytes:
    """The denoiser step as ONNX."""
    s, k, m, q = Dim("segments", min=1), Dim("slots", min=1), Dim("keys", min=1), Dim("asked", min=1)
    row = {0: s, 1: k}
    names = (
        "x",
        "valid",
        "kind",
        "from_start",
        "to_end",
        "node",
        "depth",
        "sibling",
        "scope",
        "t",
        "left",
        "right",
        "keys",
        "seen",
        "take",
    )
    axes = (*[row] * 9, {0: s}, {0: s}, {0: s}, {1: m}, {0: s, 1: m}, {0: s, 1: q})
    return _traced(DenoiserStep(model), denoiser_inputs(model.config, 3, 40, 24, 11), names, ("hidden", "confidence"), axes)


def head_graph(model: Astral) -> bytes:
    """The head as ONNX."""
    return _traced(Head(model), (torch.randn(5, model.config.d_model),), ("hidden",), ("logits", "total"), ({0: Dim("states", min=1)},))


def encoder_inputs(config: Config, b: int, length: int) -> tuple[Tensor, ...]:
    """Random inputs of the encoder step."""
    sizes = (config.node_types, config.depths, config.siblings, config.scopes)
    ast = [torch.randint(0, size, (b, length)) for size in sizes]
    width = config.d_inner + 2 * config.d_state
    conv = torch.randn(config.encoder_layers, b, config.d_conv - 1, width) * 0.5
    ssm = torch.randn(config.encoder_layers, b, config.ssd_heads, config.d_state, config.head_dim) * 0.5
    return torch.randn(b, length, config.d_model) * 0.02, *ast, torch.randint(0, 2, (b,)), conv, ssm


def denoiser_inputs(config: Config, s: int, k: int, m: int, q: int) -> tuple[Tensor, ...]:
    """Random inputs of the denoiser step."""
    sizes = (config.hole_kinds, config.max_slots, config.max_slots, config.node_types, config.depths, config.siblings, config.scopes)
    columns = [torch.randint(0, size, (s, k)) for size in sizes]
    valid, seen = torch.rand(s, k) < 0.9, torch.rand(s, m) < 0.7
    valid[:, 0], seen[:, 0] = True, True
    states = (torch.randn(s, config.d_model), torch.randn(s, config.d_model), torch.randn(1, m, config.d_model))
    x = torch.randn(s, k, config.d_model) * 0.02
    return x, valid, *columns, torch.rand(s), *states, seen, torch.randint(0, k, (s, q))


def _traced(module: nn.Module, inputs: tuple[Tensor, ...], names: Sequence[str], outputs: Sequence[str], axes: Sequence[Axes]) -> bytes:
    for noisy in ("torch.onnx", "onnxscript", "onnx_ir"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of axes that share a name, which is what is meant
        program = torch.onnx.export(
            module.eval().float(),
            inputs,
            dynamo=True,
            verbose=False,
            opset_version=OPSET,
            input_names=list(names),
            output_names=list(outputs),
            dynamic_shapes=tuple(axes),
            external_data=False,
        )
    if program is None:
        raise RuntimeError("the exporter gave no program")
    return bytes(program.model_proto.SerializeToString())
