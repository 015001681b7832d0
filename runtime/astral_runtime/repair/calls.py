"""Calls whose arguments do not fit: misspelt keywords, wrong order, one too few, one too many, a call of what is no function."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import combinations

from astral_runtime.holes import Span
from astral_runtime.repair.near import nearest
from astral_runtime.repair.site import Site
from astral_runtime.repair.values import Proposal

MOST_SWAPPED = 6
"""Calls with more arguments than this have only the blamed one exchanged."""


def misspelt_keyword(site: Site) -> Iterator[Proposal]:
    """A keyword argument that is nearly a parameter."""
    found = site.says(r'Unexpected keyword argument "(\w+)" for "(\w+)"(?: of "(\w+)")?')
    call = _call(site)
    keyword = next((each for each in call.keywords if found is not None and each.arg == found[1]), None) if call is not None else None
    if call is None or found is None or keyword is None:
        return
    start = site.code.span(keyword).start
    place = Span(start, start + len(found[1].encode()))
    maybe = re.findall(r'"(\w+)"', site.message.partition("did you mean")[2])
    taken = {each.arg for each in call.keywords}
    parameters = [name for name in site.library.parameters(found[2], found[3]) if name not in taken]
    for name, likeness in nearest(found[1], [*maybe, *parameters]):
        yield Proposal(place, name, likeness + (0.3 if name in maybe else 0.0))
    yield from (Proposal(place, name, -0.2) for name in parameters)
    yield Proposal(place, "", -0.5) if len(site.code.source(keyword)) == len(found[1]) else _without(site, call, keyword, -0.5)


def swapped(site: Site) -> Iterator[Proposal]:
    """Two arguments that changed places."""
    call, blamed = _call(site), site.node
    if call is None or any(isinstance(each, ast.Starred) for each in call.args):
        return
    values: list[ast.expr] = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg is not None)]
    for left, right in combinations(values, 2):
        if blamed in (left, right) or (len(values) <= MOST_SWAPPED and blamed not in values):
            yield _exchange(site, left, right, 0.9)


def as_its_parameter(site: Site) -> Iterator[Proposal]:
    """A name in sight that is called what the parameter is called."""
    found = site.says(r'^Argument (?:(\d+)|"(\w+)") to "([^"]+)"(?: of "(\w+)")?')
    if found is None:
        return
    parameters = site.library.parameters(found[3], found[4])
    index = int(found[1] or 0)
    wanted = found[2] or (parameters[index - 1] if 0 < index <= len(parameters) else None)
    if wanted is not None:
        yield from (site.instead(text, 1.1) for text in _called(site, wanted) if text != site.text)


def missing_argument(site: Site) -> Iterator[Proposal]:
    """One too few: a name in sight that is called what the parameter is called."""
    call = _call(site)
    names = re.findall(r'"(\w+)"', site.message.partition(" in call to ")[0]) if site.says(r"^Missing (positional|named) argument") else []
    if call is None or not names:
        return
    if names[0] in ("self", "cls"):
        yield from _bound(site, call)
        return
    texts = [next(_called(site, name), None) for name in names]
    if all(text is not None for text in texts):
        plain = ", ".join(str(text) for text in texts)
        keyed = ", ".join(f"{name}={text}" for name, text in zip(names, texts, strict=True))
        if not call.keywords and site.says(r"^Missing positional"):
            yield _with(site, call, plain, 1.5)
        yield _with(site, call, keyed, 1.0)
        if call.args:
            first = site.code.span(call.args[0]).start
            yield Proposal(Span(first, first), f"{plain}, ", 0.9)


def extra_argument(site: Site) -> Iterator[Proposal]:
    """One too many."""
    call = _call(site)
    if call is None or not site.says(r"^Too many (positional )?arguments|gets multiple values"):
        return
    for n, argument in enumerate(reversed(call.args)):
        yield _without(site, call, argument, 0.8 - 0.1 * n)
    yield from (_without(site, call, keyword, 0.5) for keyword in call.keywords)


def not_callable(site: Site) -> Iterator[Proposal]:
    """A call of a value, of a property for instance."""
    if not site.says(r"not callable"):
        return
    call = site.node if isinstance(site.node, ast.Call) else next((each for each in _out(site) if isinstance(each, ast.Call)), None)
    if call is not None:
        function = site.code.span(call.func)
        if not call.args and not call.keywords:
            yield Proposal(Span(function.end, site.code.span(call).end), "", 2.0)
        if len(call.args) == 1 and not call.keywords:
            yield Proposal(Span(function.end, site.code.span(call).end), f"[{site.code.source(call.args[0])}]", 1.5)


def _bound(site: Site, call: ast.Call) -> Iterator[Proposal]:
    """`Class.method()` where `self.method()`, `Class().method()` or `super().method()` is meant."""
    if isinstance(call.func, ast.Attribute):
        span = site.code.span(call.func.value)
        if site.owner is not None and site.owner[0].args.args:
            yield Proposal(span, site.owner[0].args.args[0].arg, 2.0)
        yield Proposal(Span(span.end, span.end), "()", 1.0)


def _call(site: Site) -> ast.Call | None:
    """The call that is blamed, or that the blamed argument belongs to."""
    if isinstance(site.node, ast.Call) and not site.says(r"^Argument "):
        return site.node
    return next((each for each in _out(site) if isinstance(each, ast.Call)), None)


def _out(site: Site) -> Iterator[ast.AST]:
    start = site.node or site.code.around(site.span)
    if start is not None:
        yield from site.code.ancestors(start)


def _called(site: Site, parameter: str) -> Iterator[str]:
    """What is in sight under a parameter's name."""
    own = {each.name for each in site.bindings if each.kind in ("local", "parameter", "enclosing", "module")}
    if parameter in own:
        yield parameter
    yield from (each for each in site.members if each.partition(".")[2] in (parameter, f"_{parameter}"))


def _exchange(site: Site, left: ast.expr, right: ast.expr, score: float) -> Proposal:
    a, b = sorted((site.code.span(left), site.code.span(right)))
    between = site.code.slice(Span(a.end, b.start))
    return Proposal(Span(a.start, b.end), site.code.slice(b) + between + site.code.slice(a), score)


def _with(site: Site, call: ast.Call, text: str, score: float) -> Proposal:
    """A call with something more behind its arguments."""
    last = max((site.code.span(each).end for each in (*call.args, *call.keywords)), default=None)
    if last is None:
        end = site.code.span(call).end - 1
        return Proposal(Span(end, end), text, score)
    return Proposal(Span(last, last), f", {text}", score)


def _without(site: Site, call: ast.Call, argument: ast.expr | ast.keyword, score: float) -> Proposal:
    """A call without one of its arguments, and without the comma that it leaves."""
    spans = sorted(site.code.span(each) for each in (*call.args, *call.keywords))
    n = spans.index(site.code.span(argument))
    if n:
        return Proposal(Span(spans[n - 1].end, spans[n].end), "", score)
    return Proposal(Span(spans[0].start, spans[1].start if len(spans) > 1 else spans[0].end), "", score)
