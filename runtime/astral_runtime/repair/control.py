"""Statements that do not hand on what they compute: `return` left out, or too much of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from astral_runtime.holes import Span
from astral_runtime.repair.code import FUNCTIONS, Function
from astral_runtime.repair.site import Site
from astral_runtime.repair.values import Proposal


def unreturned(site: Site) -> Iterator[Proposal]:
    """The last expression of the function, or of its branches, is what it should return; else the last name it bound."""
    function = _blamed(site)
    if function is None or not site.says(r"^Missing return statement"):
        return
    ends = [*_open_ends(function.body)]
    lone = [end for end in ends if isinstance(end, ast.Expr) and not isinstance(end.value, ast.Constant)]
    for end in lone:
        start = site.code.span(end).start
        yield Proposal(Span(start, start), "return ", 3.0)
    last = function.body[-1]
    indent = site.code.indentation(site.code.span(last).start)
    place = site.code.span(last).end
    names = [*_names_bound(function)]
    for n, name in enumerate(reversed(names[-4:])):
        yield Proposal(Span(place, place), f"{site.code.newline}{indent}return {name}", 1.2 - 0.1 * n)
    annotation = ast.unparse(function.returns) if function.returns is not None else ""
    if "None" in annotation or "Optional" in annotation:
        yield Proposal(Span(place, place), f"{site.code.newline}{indent}return None", 1.6)
    if annotation == "bool":
        yield from (Proposal(Span(place, place), f"{site.code.newline}{indent}return {value}", 0.6) for value in ("False", "True"))


def returned_for_nothing(site: Site) -> Iterator[Proposal]:
    """A value returned where none may be."""
    statement = site.statement
    if isinstance(statement, ast.Return) and statement.value is not None and site.says(r"^No return value expected"):
        span = site.code.span(statement)
        value = site.code.span(statement.value)
        if isinstance(statement.value, ast.Call | ast.Await):
            yield Proposal(Span(span.start, value.start), "", 1.0)
        yield Proposal(Span(span.start + len("return"), span.end), "", 0.5)


def empty_return(site: Site) -> Iterator[Proposal]:
    """`return` without the value that the function promises: the last name it bound."""
    statement, function = site.statement, site.function
    if not isinstance(statement, ast.Return) or statement.value is not None or function is None or not site.says(r"^Return value expected"):
        return
    end = site.code.span(statement).end
    names = [*_names_bound(function)]
    for n, name in enumerate(reversed(names[-4:])):
        yield Proposal(Span(end, end), f" {name}", 1.0 - 0.1 * n)
    yield Proposal(Span(end, end), " None", 0.8)


def value_of_nothing(site: Site) -> Iterator[Proposal]:
    """The result of what returns nothing, assigned or returned: `return xs.sort()`."""
    statement = site.statement
    if not site.says(r"does not return a value"):
        return
    if isinstance(statement, ast.Assign | ast.Return | ast.AnnAssign) and statement.value is not None:
        span = site.code.span(statement)
        value = site.code.span(statement.value)
        yield Proposal(Span(span.start, value.start), "", 1.0)
        call = statement.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in ("sort", "reverse"):
            copy = {"sort": "sorted", "reverse": "reversed"}[call.func.attr]
            yield Proposal(value, f"{copy}({site.code.source(call.func.value)})", 1.5)


def _blamed(site: Site) -> Function | None:
    statement = site.statement
    return statement if isinstance(statement, FUNCTIONS) else site.function


def _open_ends(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Last statements of the branches through which control falls off the end."""
    last = body[-1]
    if isinstance(last, ast.If):
        yield from _open_ends(last.body)
        yield from _open_ends(last.orelse) if last.orelse else ()
    elif isinstance(last, ast.With | ast.AsyncWith):
        yield from _open_ends(last.body)
    elif isinstance(last, ast.Try):
        yield from _open_ends(last.orelse or last.body)
        for handler in last.handlers:
            yield from _open_ends(handler.body)
    elif isinstance(last, ast.Match):
        for case in last.cases:
            yield from _open_ends(case.body)
    else:
        yield last


def _names_bound(function: Function) -> Iterator[str]:
    """Local names in the order in which they are last bound."""
    seen: dict[str, None] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            seen.pop(node.id, None)
            seen[node.id] = None
    yield from seen
