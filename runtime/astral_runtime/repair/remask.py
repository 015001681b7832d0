"""Dilate and remask (§6.2, steps 2 and 3): which regions become holes, narrow ones first, and what the pipeline puts there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from astral_runtime.fill import CancelToken, Edit, FillOptions
from astral_runtime.holes import Hole, Span
from astral_runtime.repair.code import Code
from astral_runtime.repair.judge import Verifiers
from astral_runtime.repair.site import Site
from astral_runtime.repair.values import Proposal

HOLE = "..."

_STRING = re.compile(r"[A-Za-z]*(\"[^\"]*\"|'[^']*')")
_COMMON = frozenset({"self", "cls", "not", "and", "or", "in", "is", "if", "else", "for", "return", "None", "True", "False"})


@dataclass(frozen=True, slots=True)
class Region:
    """A span to become a hole. Where it is empty the hole is put in anew, behind `before`."""

    span: Span
    before: str = ""


def regions(site: Site) -> Iterator[Region]:
    """From what the fault blames outwards, one syntactic parent at a time, up to the statement's own expression."""
    yield from _insertions(site)
    start = site.node or site.code.around(site.span)
    seen: set[Span] = set()
    for part in _parts(site, start):
        seen.add(site.code.span(part))
        yield Region(site.code.span(part))
    for node in [start, *site.code.ancestors(start)] if start is not None else []:
        if isinstance(node, ast.stmt | ast.comprehension | ast.arguments):
            break
        if isinstance(node, ast.expr) and may_be_a_hole(site.code, node) and (span := site.code.span(node)) not in seen:
            seen.add(span)
            yield Region(span)
    if start is None and site.fault.code == "syntax":
        yield from _broken_line(site)


def refilled(site: Site, region: Region, verifiers: Verifiers, options: FillOptions, cancel: CancelToken) -> list[Proposal]:
    """What the pipeline's proposers put into a region that has become a hole. Raises Cancelled."""
    document = site.code.document
    if region.span.start == region.span.end:
        text = region.before + HOLE
        start = region.span.start + len(region.before.encode())
        masked = replace(document, native=document.native.replaced([(*region.span, text)]))
        hole = Hole("repair", "expression", Span(start, start + len(HOLE)))
    else:
        masked, hole = document, Hole("repair", "region", region.span)
    fill = verifiers.fill(masked, hole, options, cancel)
    original = site.code.slice(region.span)
    return [
        Proposal(region.span, region.before + candidate.text, candidate.score, _imports(candidate.edits), origin=candidate.source)
        for candidate in fill.candidates
        if _keeps_something(original, candidate.text) and all(verdict.outcome != "fail" for verdict in candidate.verdicts)
    ]


def _keeps_something(original: str, text: str) -> bool:
    """A repair is of what was written: it uses most of its names and is no mere part of it; where one name or constant stood,
    another name may. Constants are never made up."""
    if text.strip() in original or re.fullmatch(r"-?\d[\w.]*|[bru]*([\"']).*\1", text.strip(), re.DOTALL):
        return False
    old, new = ({*re.findall(r"[^\W\d]\w*", _STRING.sub("", each))} - _COMMON for each in (original, text))
    if re.fullmatch(r"\w+|([\"']).*\1", original.strip()):
        return re.fullmatch(r"[\w.]+", text.strip()) is not None
    return not original or len(old & new) * 2 > len(old)


def _imports(edits: tuple[Edit, ...]) -> tuple[str, ...]:
    """The statements of a candidate's import edits."""
    return tuple(line.strip() for edit in edits for line in edit.new_text.splitlines() if line.strip())


def _insertions(site: Site) -> Iterator[Region]:
    """Places where something is missing altogether: an argument, a returned value."""
    node, code = site.node, site.code
    if isinstance(node, ast.Call) and site.says(r"^Missing positional argument|^Too few arguments"):
        last = max((code.span(each).end for each in node.args), default=None)
        first = code.span(node).end - 1 if not node.args and not node.keywords else None
        if last is not None:
            yield Region(Span(last, last), ", ")
        elif first is not None:
            yield Region(Span(first, first))
    statement = site.statement
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and site.says(r"^Missing return statement"):
        end = code.span(statement.body[-1]).end
        yield Region(Span(end, end), f"{code.newline}{code.indentation(code.span(statement.body[-1]).start)}return ")
    if isinstance(statement, ast.Return) and statement.value is None and site.says(r"^Return value expected"):
        end = code.span(statement).end
        yield Region(Span(end, end), " ")


def _parts(site: Site, node: ast.expr | None) -> Iterator[ast.expr]:
    """Inside of what is blamed as a whole: constants and names among the operands of an operation, the arguments of a call."""
    if site.fault.code == "operator" and node is not None:
        parent = site.code.parents.get(node)
        around = parent if isinstance(parent, ast.BinOp | ast.Compare) else node
        parts = [each for each in ast.iter_child_nodes(around) if isinstance(each, ast.Constant | ast.Name)]
    elif site.fault.code == "call-overload" and isinstance(node, ast.Call):
        parts = [each for each in node.args if isinstance(each, ast.Constant | ast.Name)]
    else:
        return
    yield from (each for each in sorted(parts, key=lambda each: not isinstance(each, ast.Constant)) if isinstance(each, ast.expr))


def may_be_a_hole(code: Code, node: ast.expr) -> bool:
    """Values only: no targets, callees, receivers, slices or parts of f-strings."""
    parent = code.parents.get(node)
    if isinstance(node, ast.Starred | ast.Slice | ast.FormattedValue) or isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
        return False
    if isinstance(parent, ast.Call) and parent.func is node:
        return False
    return not (isinstance(parent, ast.Attribute | ast.Subscript) and parent.value is node)


def _broken_line(site: Site) -> Iterator[Region]:
    """The code of the line that does not parse."""
    start = site.code.line_start(site.span.start)
    line = site.code.data[start:].splitlines()[0] if site.code.data[start:].strip() else b""
    inner = line.strip()
    if inner:
        first = start + line.index(inner)
        yield Region(Span(first, first + len(inner)))
