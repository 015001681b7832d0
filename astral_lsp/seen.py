"""What was seen at a hole: for people, and as JSON. Pure: values in, text out."""

from __future__ import annotations

from typing import Any

from astral_lsp.render import Markup
from astral_runtime.examples.example import Example
from astral_runtime.values.observation import Observation, Seen

WIDTH = 120
"""Characters that the names of one example take at most in a hover."""


def values_text(seen: Seen, most: int, markup: Markup) -> str:
    """One line per example that comes to the hole, `most` at most, and which examples contradict each other; "" when there is neither."""
    shown = [f"- {markup.code(line(each, WIDTH))} ({origin(seen, each)})" for each in seen.observations[:most]]
    more = len(seen.observations) - most
    lines = [*shown, *([f"- … {more} more"] if more > 0 and most else []), *(f"- {_contradiction(*pair)}" for pair in seen.contradictions)]
    if not lines and seen.examples and seen.why:
        lines = [f"- {seen.why}"]
    return "\n".join([markup.heading("Values"), "", *lines]) if lines else ""


def line(observation: Observation, width: int) -> str:
    """`xs = [3, 1, 2]  i = 0  → wanted 2`, with as many of the names as have room."""
    found, left = list[str](), width
    for value in observation.values:
        piece = f"{value.name} = {value.text}"
        left -= len(piece) + 2
        if left < 0:
            found.append("…" if found else f"{piece[: width - 1]}…")
            break
        found.append(piece)
    return "  ".join([*found, *([f"→ wanted {observation.wanted}"] if observation.wanted is not None else [])]) or "no names"


def origin(seen: Seen, observation: Observation) -> str:
    """`example 1 of 3, docstring line 4`."""
    if observation.example is None:
        return "when the module is imported"
    return f"example {seen.examples.index(observation.example) + 1} of {len(seen.examples)}, {_place(observation.example)}"


def values_json(seen: Seen) -> dict[str, Any]:
    """Examples as they were run up to the hole, contradicting pairs as their indices, and why nothing, or not everything, was seen."""
    observed = {id(each.example): each for each in seen.observations if each.example is not None}
    module = [_observed(each) for each in seen.observations if each.example is None]
    return {
        "examples": [_example(each, observed.get(id(each))) for each in seen.examples],
        "module": module[0]["locals"] if module else None,
        "contradictions": [[seen.examples.index(one), seen.examples.index(other)] for one, other in seen.contradictions],
        "why": seen.why,
    }


def _example(example: Example, observation: Observation | None) -> dict[str, Any]:
    return {
        "source": example.source.strip(),
        "want": example.want.strip(),
        "form": example.form,
        "origin": {"path": str(example.origin.path), "line": example.origin.line},
        "reached": observation is not None,
        **(_observed(observation) if observation is not None else {"locals": [], "wanted": None}),
    }


def _observed(observation: Observation) -> dict[str, Any]:
    rows = [{"name": each.name, "type": each.type, "value": each.text} for each in observation.values]
    return {"locals": rows, "wanted": observation.wanted}


def _place(example: Example) -> str:
    """Where an example stands, as its reader would say it."""
    return f"docstring line {example.origin.line + 1}" if example.form in ("doctest", "prose") else example.origin.place


def _contradiction(one: Example, other: Example) -> str:
    wants = " and ".join(f"{each.want.strip()} ({_place(each)})" for each in (one, other))
    return f"Contradicting examples: {one.source.strip()} should give {wants}"
