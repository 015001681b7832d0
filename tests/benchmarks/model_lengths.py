"""Length by [EXPAND] and [DELETE], by CAL, and by telling the true one: the denoiser alone on the same expression holes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from model_cases import Case

from astral_native import Snapshot
from astral_runtime.backends.onnx import Model
from astral_runtime.context.state import ContextState
from astral_runtime.denoise.length import Baseline, fit_baseline
from astral_runtime.denoise.proposer import Climb, Grow, Proposer, Wish
from astral_runtime.fill import CancelToken

KNOWN = replace(Wish().sampling, resizes=False)
MEASURED = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48)


def compare(model: Model, root: Path, fitting: Sequence[Case], cases: Sequence[Case]) -> dict[str, Any]:
    """exact@1 by walk, and exact among all that were proposed, by way of finding the length. CAL's baseline is fitted on other packages."""
    proposer = Proposer(model)
    baseline = fitted(proposer, root, fitting)
    found: dict[str, list[tuple[bool, bool]]] = {}
    states: dict[Path, ContextState] = {}
    for case in cases:
        document, state = case.document(root), states.setdefault(case.file.path, ContextState(model.denoiser))
        for name, wish in wishes(baseline, true_length(model, case)).items():
            proposals = proposer.propose(document, case.holes()[0], state, wish, CancelToken(), lambda progress: None)
            hits = [case.right(0, proposal.text) for proposal in proposals]
            found.setdefault(name, []).append((bool(hits and hits[0]), any(hits)))
    shares = {
        name: {
            "n": len(rows),
            "exact@1": round(sum(first for first, _ in rows) / len(rows), 4),
            "among all": round(sum(hit for _, hit in rows) / len(rows), 4),
        }
        for name, rows in found.items()
    }
    return {"baseline": [baseline.a, baseline.b, baseline.c, baseline.d, baseline.e], **shares}


def wishes(baseline: Baseline, length: int) -> dict[str, Wish]:
    """What is asked of the denoiser in each way."""
    return {
        "true length": Wish(KNOWN, lengths=Grow((length,)), trajectories=1),
        "expand and delete": Wish(),
        "CAL": Wish(lengths=Climb(baseline)),
        "CAL, fixed": Wish(KNOWN, lengths=Climb(baseline)),
    }


def true_length(model: Model, case: Case) -> int:
    """Slots that the answer takes."""
    tokens = model.tokenizer.tokens(Snapshot(case.file.data.decode()))
    first, last = tokens.at(*case.spans[0])
    return max(1, last - first)


def fitted(proposer: Proposer, root: Path, cases: Sequence[Case]) -> Baseline:
    """B(L) over the holes of some files (CAL)."""
    phi: list[float] = []
    lengths: list[int] = []
    states: dict[Path, ContextState] = {}
    for case in cases:
        state = states.setdefault(case.file.path, ContextState(proposer.model.denoiser))
        phi += proposer.confidence_at(case.document(root), case.holes()[0], state, MEASURED, CancelToken())
        lengths += MEASURED
    return fit_baseline(lengths, phi)
