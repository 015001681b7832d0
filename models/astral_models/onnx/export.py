"""A net → the graphs that the runtime loads, without weights, and what whole-number arithmetic costs."""

from __future__ import annotations

import numpy as np

from astral_models.nano.net import Astral
from astral_models.onnx.probe import Ints, denoiser_probe
from astral_models.onnx.structure import Structure, Weights, hollow, in_whole_numbers, stripped
from astral_models.onnx.trace import denoiser_graph, encoder_graph, head_graph
from astral_runtime.backends.weights import complete

Structures = dict[str, Structure]


def structures(model: Astral) -> Structures:
    """By file name: encoder, denoiser exact and in whole numbers, head."""
    model = model.eval().float()
    traced = {"encoder.onnx": encoder_graph(model), "denoiser.onnx": denoiser_graph(model), "head.onnx": head_graph(model)}
    found = {name: hollow(stripped(graph), weights_of(model)) for name, graph in traced.items()}
    return found | {"denoiser.int8.onnx": in_whole_numbers(found["denoiser.onnx"])}


def weights_of(model: Astral) -> Weights:
    """The net's weights by name."""
    return {name: np.asarray(weight.detach().float().numpy()) for name, weight in model.state_dict().items()}


def cost_in_nats(model: Astral, found: Structures, columns: Ints) -> dict[str, float]:
    """Surprise at masked tokens of a text (5, l), in nats a token, of the exact denoiser and of the one in whole numbers."""
    probe, weights = denoiser_probe(model, columns), weights_of(model)
    names = ("denoiser.onnx", "denoiser.int8.onnx")
    return {name: round(probe.nats(complete(found[name].graph, found[name].weights, weights)), 5) for name in names}
