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
from astral_models.onnx.export import graphs as exact_graphs  # noqa: E402  # as above
from astral_models.onnx.export import stored, write  # noqa: E402  # as above
from astral_models.onnx.graphs import DenoiserStep, EncoderStep, Head  # noqa: E402  # as above
from astral_models.onnx.manifest import Provenance, Serving  # noqa: E402  # as above
from astral_models.onnx.probe import denoiser_probe, encoder_probe, sample  # noqa: E402  # as above
from astral_models.onnx.shrink import choose, half_stored, int8_stored  # noqa: E402  # as above
from astral_models.onnx.trace import denoiser_inputs, encoder_inputs  # noqa: E402  # as above
from astral_runtime.backends.artefacts import load_artefacts  # noqa: E402  # as above
from astral_runtime.backends.onnx import load_model  # noqa: E402  # as above
from astral_runtime.backends.providers import Device  # noqa: E402  # as above

TOLERANCE = 2e-4
"""Largest difference of any output, exact weights on both sides: sums in another order."""


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Random inputs are the same in every run."""
    torch.manual_seed(3)


@pytest.fixture(scope="module")
def net() -> Astral:
    """The net behind tests/denoise/tiny."""
    return tiny_net()


@pytest.fixture(scope="module")
def graphs(net: Astral) -> dict[str, bytes]:
    """Its graphs, freshly traced, exact."""
    return {name.removesuffix(".onnx"): graph for name, graph in exact_graphs(net).items()}


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


def test_the_tiny_files_are_what_their_script_writes(net: Astral, graphs: dict[str, bytes]) -> None:
    """Outputs of the stored graphs are the net's to half precision; the vocabulary is the shipped one's beginning, byte for byte."""
    files = load_artefacts(FOLDER).files
    assert files["tokenizer.json"] == tiny_vocabulary()
    for name, inputs in (("encoder", encoder_inputs(TINY, 2, 48)), ("denoiser", denoiser_inputs(TINY, 3, 40, 24, 11))):
        for found, wanted in zip(outputs(files[f"{name}.onnx"], inputs), outputs(graphs[name], inputs), strict=True):
            assert np.sqrt(((found - wanted) ** 2).mean()) <= 0.01 * np.sqrt((wanted**2).mean())


def test_storage_is_chosen_by_what_it_costs(net: Astral, graphs: dict[str, bytes]) -> None:
    """Within the limit int8, beyond it float16; both are smaller, and what was measured is told."""
    probe = encoder_probe(net, sample(net))
    loose, strict = choose(graphs["encoder"], probe, 10.0), choose(graphs["encoder"], probe, -10.0)
    assert (loose.precision, strict.precision) == ("int8", "float16")
    assert len(loose.data) < len(strict.data) < len(graphs["encoder"])
    assert set(loose.nats) == {"exact", "float16", "int8"}
    assert abs(loose.nats["float16"] - loose.nats["exact"]) < 0.01
    assert denoiser_probe(net, sample(net)).nats(graphs["denoiser"]) == pytest.approx(
        denoiser_probe(net, sample(net)).nats(half_stored(graphs["denoiser"])), abs=0.01
    )


def test_int8_graphs_load_and_stay_close(net: Astral, graphs: dict[str, bytes]) -> None:
    """Relative error of a few percent on states, at any shape."""
    inputs = encoder_inputs(TINY, 3, 33)
    exact, found = outputs(graphs["encoder"], inputs)[0], outputs(int8_stored(graphs["encoder"]), inputs)[0]
    assert 0 < np.sqrt(((found - exact) ** 2).mean() / (exact**2).mean()) < 0.1


def test_graphs_tell_nothing_of_where_they_were_made(graphs: dict[str, bytes]) -> None:
    """No paths, no source lines, no module names of the exporter."""
    for graph in graphs.values():
        assert not [mark for mark in (b".py", b"/lib/", b"site-packages", b"stack_trace", b"Traceback") if mark in graph]


def test_an_export_is_a_folder_that_loads(net: Astral, graphs: dict[str, bytes], tmp_path: Path) -> None:
    """The whole way: store, write, check, load; the manifest tells storage, provenance and how to feed it."""
    provenance = Provenance({"step": 3, "tokens": 5, "corpus": "abc"}, figures={"exact": 0.5})
    chosen = stored(net, {f"{name}.onnx": graph for name, graph in graphs.items()}, sample(net), 0.01)
    write(tmp_path / "out", chosen, tiny_vocabulary(), net.config, provenance, Serving(neighbours=8))
    loaded = load_model(tmp_path / "out", Device("cpu", threads=1))
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert loaded.denoiser.serving.neighbours == 8
    assert manifest["training"]["corpus"] == "abc"
    assert manifest["figures"] == {"exact": 0.5}
    assert {name: entry["precision"] for name, entry in manifest["storage"].items()} == {name: c.precision for name, c in chosen.items()}
    table = net.tokens.weight.detach().numpy()
    assert np.abs(loaded.denoiser._table - table).max() <= 1e-3 * np.abs(table).max()


def test_serving_is_what_training_did() -> None:
    """Neighbours, type slots, longest hole and kinds are those of the batches that trained the net."""
    from astral_models.corpus.spans import ANNOTATION, EXPRESSION, REGION, STATEMENTS
    from astral_models.train.batches import CONTEXT, LAYOUTS, PREFIX

    serving = Serving()
    assert (serving.neighbours, serving.type_slots) == (CONTEXT, PREFIX)
    assert serving.longest_hole <= max(layout.max_hole for layout in LAYOUTS.values())
    assert serving.kinds == {"expression": EXPRESSION, "block": STATEMENTS, "type": ANNOTATION, "region": REGION}
