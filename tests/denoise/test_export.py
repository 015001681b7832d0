"""ONNX = torch: the graphs that the runtime loads compute what the net computes, at any batch, length, number of slots and keys."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: it comes with the `train` extra")
pytest.importorskip("onnx", reason="onnx is not installed: it comes with the `train` extra")
pytest.importorskip("onnxscript", reason="onnxscript is not installed: it comes with the `train` extra")

import onnxruntime  # noqa: E402  # what follows needs the extras that are asked for above
from make_tiny import FOLDER, TINY, tiny_net, tiny_vocabulary  # noqa: E402  # as above

from astral_models.nano.net import Ast, Astral  # noqa: E402  # as above
from astral_models.onnx.export import cost_in_nats, structures, weights_of  # noqa: E402  # as above
from astral_models.onnx.folder import Shipment, halved, write  # noqa: E402  # as above
from astral_models.onnx.graphs import DenoiserStep, EncoderStep, Head  # noqa: E402  # as above
from astral_models.onnx.manifest import Provenance, Serving  # noqa: E402  # as above
from astral_models.onnx.probe import sample  # noqa: E402  # as above
from astral_models.onnx.structure import Structure, hollow  # noqa: E402  # as above
from astral_models.onnx.trace import denoiser_inputs, encoder_inputs  # noqa: E402  # as above
from astral_models.train.exported import read_exported  # noqa: E402  # as above
from astral_models.train.state import Cursor  # noqa: E402  # as above
from astral_runtime.backends.artefacts import load_artefacts  # noqa: E402  # as above
from astral_runtime.backends.onnx import load_model  # noqa: E402  # as above
from astral_runtime.backends.providers import Device  # noqa: E402  # as above
from astral_runtime.backends.weights import LEVELS, complete, form  # noqa: E402  # as above

TOLERANCE = 2e-4
"""Largest difference of any output, exact weights on both sides: sums in another order."""


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Random inputs are the same in every run."""
    torch.manual_seed(3)


@pytest.fixture(scope="module")
def net() -> Astral:
    """The net behind tests/denoise/tiny."""
    return halved(tiny_net())


@pytest.fixture(scope="module")
def traced(net: Astral) -> dict[str, Structure]:
    """Its graphs, freshly traced, without weights."""
    return structures(net)


@pytest.fixture(scope="module")
def graphs(net: Astral, traced: dict[str, Structure]) -> dict[str, bytes]:
    """The same with their weights."""
    weights = weights_of(net)
    return {name.removesuffix(".onnx"): complete(found.graph, found.weights, weights) for name, found in traced.items()}


def outputs(graph: bytes, inputs: tuple[torch.Tensor, ...]) -> list[np.ndarray]:
    """What ONNX Runtime makes of it."""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    return session.run(None, {node.name: value.numpy() for node, value in zip(session.get_inputs(), inputs, strict=True)})


def agree(graph: bytes, module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> bool:
    """Whether all outputs are the module's, within the tolerance."""
    with torch.no_grad():
        exact = module.eval()(*inputs)
    exact = exact if isinstance(exact, tuple) else (exact,)
    return all(np.abs(found - wanted.numpy()).max() <= TOLERANCE for found, wanted in zip(outputs(graph, inputs), exact, strict=True))


@pytest.mark.parametrize(("batch", "length"), [(1, 1), (1, 2), (1, 64), (2, 48), (5, 7), (3, 150)])
def test_the_encoder_is_the_nets(net: Astral, graphs: dict[str, bytes], batch: int, length: int) -> None:
    """States and carry, for any batch and any length: no chunk is padded."""
    assert agree(graphs["encoder"], EncoderStep(net), encoder_inputs(TINY, batch, length))


@pytest.mark.parametrize(("segments", "slots", "keys", "asked"), [(1, 1, 1, 1), (8, 48, 512, 16), (3, 40, 24, 11), (2, 100, 7, 100)])
def test_the_denoiser_is_the_nets(net: Astral, graphs: dict[str, bytes], segments: int, slots: int, keys: int, asked: int) -> None:
    """Hidden states and confidence, for any number of trajectories, slots, keys and slots asked for."""
    assert agree(graphs["denoiser"], DenoiserStep(net), denoiser_inputs(TINY, segments, slots, keys, asked))


@pytest.mark.parametrize("states", [1, 2, 300])
def test_the_head_is_the_nets(net: Astral, graphs: dict[str, bytes], states: int) -> None:
    """Logits and their normaliser."""
    assert agree(graphs["head"], Head(net), (torch.randn(states, TINY.d_model) * 30,))


def test_steps_with_carry_are_the_training_pass(net: Astral, graphs: dict[str, bytes]) -> None:
    """Chunk by chunk through ONNX, both ways, gives the states of `Astral.encode` over the whole window."""
    ids = torch.randint(0, TINY.vocab, (1, 192))
    ast = Ast(*(torch.randint(0, size, (1, 192)) for size in (TINY.node_types, TINY.depths, TINY.siblings, TINY.scopes)))
    with torch.no_grad():
        whole = net.encode(ids, ast)
        x = net.tokens(ids)
    for direction, wanted in ((0, whole.forward), (1, whole.backward.flip(1))):
        order = torch.arange(192) if direction == 0 else torch.arange(192).flip(0)
        states, conv, ssm = [], *encoder_inputs(TINY, 1, 1)[-2:]
        conv, ssm = torch.zeros_like(conv), torch.zeros_like(ssm)
        for start, end in ((0, 64), (64, 101), (101, 102), (102, 192)):
            part = order[start:end]
            inputs = (x[:, part], *(column[:, part] for column in ast), torch.tensor([direction]), conv, ssm)
            found, conv, ssm = (torch.from_numpy(value) for value in outputs(graphs["encoder"], inputs))
            states.append(found)
        assert (torch.cat(states, 1) - wanted).abs().max() <= TOLERANCE


def test_the_tiny_files_are_what_their_script_writes(graphs: dict[str, bytes]) -> None:
    """The stored graphs compute what freshly traced ones do; the vocabulary is the shipped one's beginning, byte for byte."""
    artefacts = load_artefacts(FOLDER)
    assert artefacts.files["tokenizer.json"] == tiny_vocabulary()
    for name, inputs in (("encoder", encoder_inputs(TINY, 2, 48)), ("denoiser", denoiser_inputs(TINY, 3, 40, 24, 11))):
        for found, wanted in zip(outputs(artefacts.graph(f"{name}.onnx"), inputs), outputs(graphs[name], inputs), strict=True):
            assert np.abs(found - wanted).max() <= TOLERANCE


def test_whole_numbers_stay_close(net: Astral, traced: dict[str, Structure], graphs: dict[str, bytes]) -> None:
    """Relative error of a few percent on states, at any shape; hardly any surprise at real tokens; no matrix product is left out."""
    for shape in ((1, 1, 1, 1), (3, 40, 24, 11)):
        inputs = denoiser_inputs(TINY, *shape)
        exact, found = outputs(graphs["denoiser"], inputs)[0], outputs(graphs["denoiser.int8"], inputs)[0]
        assert 0 < np.sqrt(((found - exact) ** 2).mean() / (exact**2).mean()) < 0.1
    cost = cost_in_nats(net, traced, sample(net))
    assert cost["denoiser.int8.onnx"] == pytest.approx(cost["denoiser.onnx"], abs=0.05)
    matrices = {name for name in traced["denoiser.onnx"].weights if name.endswith("|T")}
    assert {f"{name}|{part}" for name in matrices for part in ("int8", "scale")} <= set(traced["denoiser.int8.onnx"].weights)


@pytest.mark.parametrize("matrix", [[[0.0, 0.0], [1.0, -2.0], [1e-6, 1e-8]], [[3.0, 3.0]]])
def test_whole_numbers_are_within_half_a_step(matrix: list[list[float]]) -> None:
    """Seven bits and a scale for each output, zeros included."""
    tensors = {"w": np.array(matrix, np.float16)}
    whole, scale = form("w|T|int8", tensors), form("w|T|scale", tensors)
    assert whole.dtype == np.int8
    assert np.abs(whole).max() <= LEVELS
    assert (np.abs(whole * scale - tensors["w"].T.astype(np.float32)) <= scale * 0.5001).all()


def test_graphs_hold_no_weights(traced: dict[str, Structure], graphs: dict[str, bytes], net: Astral) -> None:
    """A structure is a small part of the graph, and a weight that is not known again is an error, not a larger file."""
    assert len(traced["head.onnx"].graph) < 1000
    assert sum(len(found.graph) for found in traced.values()) < 100_000
    with pytest.raises(ValueError, match="none of the net's weights"):
        hollow(graphs["head"], {"tokens.weight": net.tokens.weight.detach().numpy() + 1})


def test_graphs_tell_nothing_of_where_they_were_made(graphs: dict[str, bytes]) -> None:
    """No paths, no source lines, no module names of the exporter."""
    for graph in graphs.values():
        assert not [mark for mark in (b".py", b"/lib/", b"site-packages", b"stack_trace", b"Traceback") if mark in graph]


def test_a_shipment_is_a_folder_that_loads_and_that_training_resumes_from(
    net: Astral, traced: dict[str, Structure], tmp_path: Path
) -> None:
    """The whole way: write, check, load; the manifest tells provenance and how to feed it; the weights are stored once."""
    provenance = Provenance({"step": 3, "tokens": 5, "corpus": "abc"}, figures={"exact": 0.5})
    cursor = Cursor(step=3, tokens=5, corpus="abc")
    write(tmp_path / "out", Shipment(net, traced, tiny_vocabulary(), cursor, provenance, Serving(neighbours=8)))
    loaded = load_model(tmp_path / "out", Device("cpu", threads=1))
    manifest = json.loads((tmp_path / "out" / "model.json").read_text(encoding="utf-8"))
    assert loaded.denoiser.serving.neighbours == 8
    assert manifest["training"]["corpus"] == "abc"
    assert manifest["figures"] == {"exact": 0.5}
    assert np.array_equal(loaded.denoiser._table, net.tokens.weight.detach().numpy())
    weights, found = read_exported(tmp_path / "out")
    assert found == cursor
    assert all(torch.equal(weights[name], weight) for name, weight in net.named_parameters())
    size = sum(path.stat().st_size for path in (tmp_path / "out").iterdir())
    assert size < 2 * sum(weight.numel() for weight in net.parameters()) + 150_000


def test_serving_is_what_training_did() -> None:
    """Neighbours, type slots, longest hole and kinds are those of the batches that trained the net."""
    from astral_models.corpus.spans import ANNOTATION, EXPRESSION, REGION, STATEMENTS
    from astral_models.train.batches import CONTEXT, LAYOUTS, PREFIX

    serving = Serving()
    assert (serving.neighbours, serving.type_slots) == (CONTEXT, PREFIX)
    assert serving.longest_hole <= max(layout.max_hole for layout in LAYOUTS.values())
    assert serving.kinds == {"expression": EXPRESSION, "block": STATEMENTS, "type": ANNOTATION, "region": REGION}


@pytest.mark.parametrize("states", [1, 7, 300])
def test_the_runtime_presses_as_the_net_does(net: Astral, states: int) -> None:
    """Repository memory in numpy: the latents of the net's Perceiver, however many states are pressed."""
    given = torch.randn(1, states, TINY.d_model)
    with torch.no_grad():
        expected = net.press(given, torch.ones(1, states, dtype=torch.bool))[0]
    found = load_model(FOLDER, Device("cpu", 1)).denoiser.press(given[0].numpy())
    np.testing.assert_allclose(found, expected.numpy(), atol=TOLERANCE)
