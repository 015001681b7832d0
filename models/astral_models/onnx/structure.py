"""A traced graph without its weights: they lie beside it, once, in `model.safetensors`, and the runtime puts them in (`backends.weights`).

Initialisers are known again by their values, plain or transposed, and take the names `tensor` and `tensor|T`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Weights = Mapping[str, NDArray[np.float32]]
SMALL = 256
"""Tensors with fewer elements stay in the graph."""
LARGEST_KEPT = 2048
"""No larger tensor may stay: it would be a weight that was not known again."""


@dataclass(frozen=True, slots=True)
class Structure:
    """A graph and the names of the initialisers that it lacks."""

    graph: bytes
    weights: tuple[str, ...]


def stripped(data: bytes) -> bytes:
    """The graph without names of the files and lines that made it."""
    model = onnx.load_model_from_string(data)
    model.ClearField("metadata_props")
    model.doc_string, model.producer_name, model.producer_version = "", "astral_models", ""
    for part in (
        model.graph,
        *model.graph.node,
        *model.graph.input,
        *model.graph.output,
        *model.graph.value_info,
        *model.graph.initializer,
    ):
        part.ClearField("metadata_props")
        part.doc_string = ""
    model.graph.ClearField("value_info")
    return model.SerializeToString()  # type: ignore[no-any-return]  # protobuf is untyped


def hollow(data: bytes, weights: Weights) -> Structure:
    """The graph less every initialiser that is one of `weights`. ValueError when a large one is none of them."""
    model, known = onnx.load_model_from_string(data), _by_value(weights)
    names: dict[str, str] = {}
    kept = []
    for tensor in model.graph.initializer:
        value = numpy_helper.to_array(tensor)
        name = known.get(_key(value)) if tensor.data_type == TensorProto.FLOAT and value.size >= SMALL else None
        if name is not None:
            names[tensor.name] = name
        elif value.size > LARGEST_KEPT:
            raise ValueError(f"{tensor.name} {value.shape} is none of the net's weights")
        else:
            kept.append(tensor)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    for node in model.graph.node:
        for place, wanted in enumerate(node.input):
            node.input[place] = names.get(wanted, wanted)
    return Structure(model.SerializeToString(), tuple(sorted(set(names.values()))))


def in_whole_numbers(structure: Structure) -> Structure:
    """The same with every product by a weight matrix made of int8 weights, one scale a column, and activations quantised as they come."""
    model, wanted = onnx.load_model_from_string(structure.graph), set(structure.weights)
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in wanted and node.input[1].endswith("|T"):
            node.op_type, node.domain = "DynamicQuantizeMatMul", "com.microsoft"
            matrix = node.input.pop()
            node.input.extend([f"{matrix}|int8", f"{matrix}|scale"])
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    used = {name for node in model.graph.node for name in node.input}
    every = {*wanted, *(f"{name}|{part}" for name in wanted for part in ("int8", "scale"))}
    return Structure(model.SerializeToString(), tuple(sorted(used & every)))


def _by_value(weights: Weights) -> dict[tuple[tuple[int, ...], bytes], str]:
    known = {_key(value.T): f"{name}|T" for name, value in sorted(weights.items()) if value.ndim == 2}
    return known | {_key(value): name for name, value in sorted(weights.items())}


def _key(value: NDArray[np.float32]) -> tuple[tuple[int, ...], bytes]:
    return value.shape, np.ascontiguousarray(value).tobytes()
