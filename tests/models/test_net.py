"""The net: its scan is Mamba-2's, its chunks are its recurrence, and no hole ever sees itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the nets need the extra 'train' (pip install '.[train]')")

from astral_models.nano.config import BASE, NANO, ONE_B, Config  # noqa: E402  # after the skip
from astral_models.nano.cost import flops_per_token, parameters  # noqa: E402
from astral_models.nano.net import Ast, Astral, ContextEncoder, Definitions, Mamba2Block, Segments, _Rows, ssd, ssd_recurrent  # noqa: E402

if TYPE_CHECKING:
    from torch import Tensor

TINY = Config("tiny", 96, 32, 2, 8, 16, 2, 4, 16, 2, 2, 2, (1,), 2, 4, 20, 10, 10, 5)


def scan_inputs(length: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """x, dt, a, b, c of a random scan."""
    torch.manual_seed(seed)
    dt = torch.rand(2, length, 3) * 0.3
    return torch.randn(2, length, 3, 5), dt, -torch.rand(3) * 4 - 0.1, torch.randn(2, length, 4), torch.randn(2, length, 4)


def ast(*shape: int) -> Ast:
    """Random AST positions."""
    return Ast(*(torch.randint(0, 5, shape) for _ in range(4)))


def segments(ids: Tensor, starts: list[int], size: int) -> Segments:
    """Holes of `size` slots in the windows of a batch, as many in each."""
    s, per = len(starts), len(starts) // len(ids)
    window, start = torch.arange(len(ids)).repeat_interleave(per), torch.tensor(starts)
    zeros = torch.zeros(s, size, dtype=torch.long)
    place = torch.arange(size).expand(s, size)
    columns = (torch.ones(s, size, dtype=torch.bool), zeros + 1, place, place.flip(1), Ast(zeros, zeros, zeros, zeros))
    return Segments(zeros + 1, *columns, torch.ones(s), window, start, start + size)


@pytest.mark.parametrize(("length", "chunk"), [(16, 16), (32, 8), (48, 16), (64, 64)])
def test_chunked_scan_is_the_recurrence(length: int, chunk: int) -> None:
    """The chunked scan gives the outputs and the last state of h_t = A_t h_{t−1} + B_t x_t, y_t = C_t h_t (§2.4)."""
    inputs = scan_inputs(length)
    y, state = ssd(*inputs, chunk)
    expected, last = ssd_recurrent(*inputs, torch.zeros(2, 3, 4, 5))
    torch.testing.assert_close(y, expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(state, last, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("chunk", [8, 32])
def test_gradients_of_the_chunked_scan_are_those_of_the_recurrence(chunk: int) -> None:
    """Back through the chunks or token by token: the same gradients of x, dt, A, B and C."""
    inputs = scan_inputs(32)
    weight, gradients = torch.randn(2, 32, 3, 5), []
    for scan in (lambda *values: ssd(*values, chunk), lambda *values: ssd_recurrent(*values, torch.zeros(2, 3, 4, 5))):
        leaves = [value.clone().requires_grad_() for value in inputs]
        y, last = scan(*leaves)
        gradients.append(torch.autograd.grad((y * weight).sum() + last.square().sum(), leaves))
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("cut", [16, 32, 48])
def test_a_carried_state_goes_on_where_it_stopped(cut: int) -> None:
    """Encoding in two parts with the carried state equals encoding at once: what makes the server's context warm."""
    torch.manual_seed(1)
    encoder = ContextEncoder(TINY).eval()
    x, direction = torch.randn(2, 64, 32), torch.tensor([0, 1])
    whole, _ = encoder(x, direction)
    first, state = encoder(x[:, :cut], direction)
    second, _ = encoder(x[:, cut:], direction, state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole, atol=1e-5, rtol=1e-4)


def test_block_matches_transformers() -> None:
    """Our layer with the weights of transformers' Mamba-2 mixer gives its outputs (its torch path)."""
    reference = pytest.importorskip("transformers.models.mamba2.modeling_mamba2", reason="transformers is not installed")
    from transformers import Mamba2Config

    torch.manual_seed(2)
    sizes: dict[str, Any] = {
        "num_heads": 4,
        "head_dim": 16,
        "hidden_size": 32,
        "state_size": 8,
        "expand": 2,
        "n_groups": 1,
        "chunk_size": 16,
    }
    mixer = reference.Mamba2Mixer(Mamba2Config(num_hidden_layers=1, vocab_size=8, **sizes), 0).eval()
    block = Mamba2Block(TINY)
    with torch.no_grad():
        block.in_proj.weight.copy_(mixer.in_proj.weight)
        block.out_proj.weight.copy_(mixer.out_proj.weight)
        block.conv.copy_(mixer.conv1d.weight[:, 0].T)
        block.conv_bias.copy_(mixer.conv1d.bias)
        for ours, theirs in (
            (block.dt_bias, mixer.dt_bias),
            (block.a_log, mixer.A_log),
            (block.skip, mixer.D),
            (block.gate_norm.weight, mixer.norm.weight),
        ):
            ours.copy_(theirs)
        x = torch.randn(2, 48, 32)
        torch.testing.assert_close(block(x)[0] - x, mixer(block.norm(x)), atol=2e-4, rtol=1e-3)


def test_kernel_matches_torch() -> None:
    """Where a GPU and `mamba_ssm` are, its scan gives ours; elsewhere there is nothing to compare."""
    pytest.importorskip("mamba_ssm", reason="mamba_ssm is not installed")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    torch.manual_seed(0)
    x, b, c = torch.randn(2, 256, 8, 64), torch.randn(2, 256, 64), torch.randn(2, 256, 64)
    dt, a, first = torch.rand(2, 256, 8) * 0.1, -torch.rand(8) * 4 - 0.1, torch.randn(2, 8, 64, 64)
    on_device = [value.cuda() for value in (x, dt, a, b, c)]
    y, last = ssd(*on_device, 64, first.cuda())
    expected, end = ssd_recurrent(x, dt, a, b, c, first)
    assert float((y.cpu() - expected).norm() / expected.norm()) < 5e-3  # the kernel multiplies in tf32
    assert float((last.cpu() - end).norm() / end.norm()) < 5e-3


def test_rows_of_a_small_table_have_the_gradient_of_an_embedding() -> None:
    """The product gives what sorting gives."""
    torch.manual_seed(0)
    table, index = torch.nn.Embedding(7, 16), torch.randint(0, 7, (5, 9))
    wanted = torch.randn(5, 9, 16).bfloat16().float()
    table(index).backward(wanted)
    expected, table.weight.grad = table.weight.grad, None
    _Rows.apply(table.weight, index).backward(wanted)
    assert expected is not None
    assert table.weight.grad is not None
    torch.testing.assert_close(table.weight.grad, expected, atol=2e-2, rtol=1e-2)


@pytest.mark.parametrize("crosses", [True, False])
def test_no_hole_sees_itself(crosses: bool) -> None:
    """Other tokens under a hole leave its hidden states as they are; other tokens beside it do not."""
    torch.manual_seed(3)
    model = Astral(TINY).eval()
    torch.nn.init.normal_(model.tokens.weight)
    ids, positions = torch.randint(8, 96, (2, 64)), ast(2, 64)
    holes = segments(ids, [4, 30, 12, 40], 6)

    def hidden(tokens: Tensor) -> Tensor:
        context = model.encode(tokens, positions)
        return model.denoise(holes, model.edges(context, holes), model.memory(context, holes) if crosses else None)

    with torch.no_grad():
        before = hidden(ids)
        for row, (window, start) in enumerate(zip(holes.window.tolist(), holes.start.tolist(), strict=True)):
            inside, beside = ids.clone(), ids.clone()
            inside[window, start : start + 6] = 7
            beside[window, start - 1] = 7
            torch.testing.assert_close(hidden(inside)[row], before[row])
            assert not torch.allclose(hidden(beside)[row], before[row])


@pytest.mark.parametrize(
    ("seen", "pressed", "speaks"), [(False, False, False), (True, False, True), (False, True, True)], ids=["hidden", "open", "pressed"]
)
def test_definitions_speak_to_windows_that_see_them(seen: bool, pressed: bool, speaks: bool) -> None:
    """Another definition changes the slots of a window that sees it, itself or pressed into latents, and of no other window; padding never."""
    torch.manual_seed(5)
    model = Astral(TINY).eval()
    torch.nn.init.normal_(model.tokens.weight)
    ids, positions, holes = torch.randint(8, 96, (2, 64)), ast(2, 64), segments(torch.randint(8, 96, (2, 64)), [4, 30, 12, 40], 6)
    valid = torch.ones(2, 3, 16, dtype=torch.bool)
    valid[:, 2, 8:] = False
    open_, pressed_ = torch.tensor([seen, False]), torch.tensor([pressed, False])

    def hidden(defined: Tensor) -> Tensor:
        keys = model.define(Definitions(defined, Ast(*(torch.zeros_like(defined) for _ in range(4))), valid, open_, pressed_))
        context = model.encode(ids, positions)
        return model.denoise(holes, model.edges(context, holes), model.memory(context, holes, keys))

    with torch.no_grad():
        first = torch.randint(8, 96, (2, 3, 16))
        padded, other = torch.where(valid, first, 9), torch.where(valid, 95 - first + 8, first)
        before = hidden(first)
        torch.testing.assert_close(hidden(padded), before)
        same = torch.isclose(hidden(other), before, atol=1e-6).all(-1).all(-1)
    assert same.tolist() == [not speaks, not speaks, True, True]


def test_padding_changes_nothing() -> None:
    """Slots that are no part of a segment are invisible to those that are."""
    torch.manual_seed(4)
    model = Astral(TINY).eval()
    ids = torch.randint(8, 96, (1, 64))
    holes = segments(ids, [10, 30], 8)
    valid = holes.valid.clone()
    valid[:, 5:] = False
    with torch.no_grad():
        context = model.encode(ids, ast(1, 64))
        edges = model.edges(context, holes)
        other = replace(holes, valid=valid, ids=torch.where(valid, holes.ids, 50))
        first = model.denoise(replace(holes, valid=valid), edges, None)[:, :5]
        torch.testing.assert_close(model.denoise(other, edges, None)[:, :5], first)


@pytest.mark.parametrize(
    ("config", "low", "high"), [(NANO, 8e6, 14e6), (BASE, 3.0e8, 4.2e8), (ONE_B, 0.85e9, 1.25e9)], ids=["nano", "base", "1b"]
)
def test_sizes(config: Config, low: float, high: float, capsys: pytest.CaptureFixture[str]) -> None:
    """Each config is instantiated without memory and has the size that its name says."""
    count, flops = parameters(config), flops_per_token(config)
    with capsys.disabled():
        print(f"\n{config.name}: {count / 1e6:.1f}M parameters, {flops / 1e6:.0f} MFLOP per window token, forward")
    assert low <= count <= high
    assert flops > count


def test_shipped_size_fits_the_repository() -> None:
    """Float16 weights of nano stay under 20 MB."""
    assert parameters(NANO) * 2 < 20e6
    assert np.log2(NANO.vocab) == 13
