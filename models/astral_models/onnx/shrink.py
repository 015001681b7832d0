"""Smaller graphs: weights stored in half precision, or matrices in int8 with dynamic activations, and what that costs in accuracy.

Storage is not arithmetic: a half-precision weight is cast back to float32 when the graph is loaded.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from astral_models.onnx.probe import Probe

Precision = Literal["float16", "int8"]
SMALL = 256
"""Tensors with fewer elements stay as they are: they cost nothing and hold scales and biases."""


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


def half_stored(data: bytes) -> bytes:
    """Float32 weights stored as float16 behind a cast, which the runtime folds away when it loads the graph."""
    model = onnx.load_model_from_string(data)
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and int(np.prod(tensor.dims)) >= SMALL:
            name, stored = tensor.name, numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(stored, f"{name}_half"))
            casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    rest = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *rest])
    return model.SerializeToString()  # type: ignore[no-any-return]  # protobuf is untyped


def int8_stored(data: bytes) -> bytes:
    """Weight matrices as int8, one scale per output, activations quantised as they come."""
    from onnxruntime.quantization import QuantType, quantize_dynamic  # imports onnx tools that the runtime never needs

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source.onnx", Path(folder) / "target.onnx"
        source.write_bytes(data)
        only_weights = {"MatMulConstBOnly": True}
        quantize_dynamic(
            source, target, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8, extra_options=only_weights
        )
        return stripped(half_stored(target.read_bytes()))


@dataclass(frozen=True, slots=True)
class Choice:
    """A stored graph, how it is stored, and what was measured: `nats` maps exact and stored forms to the surprise at true tokens."""

    data: bytes
    precision: Precision
    nats: dict[str, float]


def choose(data: bytes, probe: Probe, limit: float) -> Choice:
    """int8 where it costs at most `limit` nats a token on the probe, else float16."""
    stored: dict[Precision, bytes] = {"float16": half_stored(data), "int8": int8_stored(data)}
    nats = {"exact": round(probe.nats(data), 5)} | {str(name): round(probe.nats(graph), 5) for name, graph in stored.items()}
    precision: Precision = "int8" if nats["int8"] - nats["exact"] <= limit else "float16"
    return Choice(stored[precision], precision, nats)
