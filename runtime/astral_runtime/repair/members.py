"""Members that a value does not have: misspelt, another class's, or those of what is still to be awaited or called."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from astral_runtime.holes import Span
from astral_runtime.repair.near import likeness, nearest
from astral_runtime.repair.site import Site
from astral_runtime.repair.spelling import COROUTINES, head
from astral_runtime.repair.values import Proposal

MOST = 30
"""How many members of a class are tried when none looks like the wrong one."""

_OTHER_NAMES = {
    "length": "__len__", "size": "__len__", "push": "append", "add": "append", "append": "add", "iteritems": "items",
    "itervalues": "values", "iterkeys": "keys", "startsWith": "startswith", "endsWith": "endswith", "trim": "strip",
    "indexOf": "index", "extend": "update",
    "update": "extend", "lowercase": "lower", "uppercase": "upper",
}  # fmt: skip
"""What other classes and languages call a thing."""


def misspelt_member(site: Site) -> Iterator[Proposal]:
    """A member of the receiver that is nearly the one that was written; if none is, any of them, those that the file uses first."""
    wrong = _missing(site)
    place = site.code.last_name(site.span)
    if wrong is None or place is None or site.code.slice(place) != wrong:
        return
    maybe = re.findall(r'"(\w+)"', site.message.partition("; maybe")[2])
    known = _members(site)
    used = Counter(re.findall(r"\.\s*([A-Za-z_]\w*)", site.code.text))
    offered: dict[str, float] = {}
    for name, score in nearest(wrong, [*maybe, *known, *used], limit=10):
        offered[name] = score + (0.3 if name in maybe else 0.0) + (0.2 if name in known else 0.0) + (0.1 if used[name] > 1 else 0.0)
    if wrong in _OTHER_NAMES:
        offered.setdefault(_OTHER_NAMES[wrong], 0.6)
    is_slip = any(name in offered for name in (*maybe, *known))
    for name in () if is_slip else sorted((each for each in known if not each.startswith("__")), key=lambda each: -used[each])[:MOST]:
        offered.setdefault(name, likeness(wrong, name) * 0.3 + min(used[name], 10) * 0.03 - 0.3)
    for name, score in offered.items():
        if name != wrong and not (name.startswith("__") and not wrong.startswith("__")):
            yield Proposal(place, name, score)
    if wrong in ("length", "size", "len", "count"):
        yield from _as_len(site)


def awaited_member(site: Site) -> Iterator[Proposal]:
    """The receiver is a coroutine."""
    found = site.says(r'"(\w+)\[.*" has no attribute')
    node = site.node
    receiver = node.value if isinstance(node, ast.Attribute) else node
    if receiver is not None and site.is_async and found is not None and found[1] in COROUTINES:
        span = site.code.span(receiver)
        text = f"await {site.code.slice(span)}"
        needs = isinstance(node, ast.Attribute)
        yield Proposal(span, f"({text})" if needs else text, 3.0, says="add `await`")


def awaited_before(site: Site) -> Iterator[Proposal]:
    """The receiver is a name that a coroutine was assigned to: it should have been awaited there."""
    node = site.node
    receiver = node.value if isinstance(node, ast.Attribute | ast.Subscript) else node
    if not isinstance(receiver, ast.Name) or not site.is_async or not site.says(r'"(Coroutine|Awaitable)\['):
        return
    for each in ast.walk(site.function) if site.function is not None else ():
        targets = each.targets if isinstance(each, ast.Assign) else [each.target] if isinstance(each, ast.AnnAssign) else []
        value = each.value if isinstance(each, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.Call) and any(isinstance(target, ast.Name) and target.id == receiver.id for target in targets):
            start = site.code.span(value).start
            yield Proposal(Span(start, start), "await ", 2.5, says=f"add `await` where `{receiver.id}` is assigned")


def converted_receiver(site: Site) -> Iterator[Proposal]:
    """Text has that member, and the receiver is a number or bytes."""
    node, wrong = site.node, _missing(site)
    owner = site.says(r'^"(int|float|bool|bytes|Path|UUID|Decimal)" has no attribute')
    if owner is None or wrong is None or not isinstance(node, ast.Attribute) or wrong not in site.library.members_named("str"):
        return
    text = site.code.source(node.value)
    yield Proposal(site.code.span(node.value), f"{text}.decode()" if owner[1] == "bytes" else f"str({text})", 1.0)


def called_member(site: Site) -> Iterator[Proposal]:
    """The receiver is a function, and its result has the member."""
    node = site.node
    if isinstance(node, ast.Attribute) and site.says(r'"(?:def |Callable\[|type\[|overloaded function|function)'):
        span = site.code.span(node.value)
        yield Proposal(Span(span.end, span.end), "()", 1.0)


def wrong_receiver(site: Site) -> Iterator[Proposal]:
    """Another name in sight has that member, and looks like the receiver."""
    node = site.node
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return
    span = site.code.span(node.value)
    local = [each.name for each in site.bindings if each.kind in ("local", "parameter", "self") and each.name != node.value.id]
    for name, score in nearest(node.value.id, local, limit=3):
        yield Proposal(span, name, score - 0.4)


def not_iterable(site: Site) -> Iterator[Proposal]:
    """Loops over what has no items itself: a number, a mapping's pairs, an asynchronous iterator."""
    statement, text = site.statement, site.text
    if site.says(r'"__iter__"|not iterable') and site.says(r'"int"'):
        yield site.instead(f"range({text})", 2.0)
        yield site.instead(f"range(len({text}))", 0.1)
    if site.says(r'maybe "__aiter__"|"Async(Iterator|Iterable|Generator)\[') and isinstance(statement, ast.For):
        yield _before(site.code.span(statement).start, "async ")
    if site.says(r'maybe "__a(enter|exit)__"') and isinstance(statement, ast.With):
        yield _before(site.code.span(statement).start, "async ")
    if site.says(r'maybe "__(enter|exit|iter)__"') and isinstance(statement, ast.AsyncWith | ast.AsyncFor):
        start = site.code.span(statement).start
        yield Proposal(Span(start, start + len("async ")), "", 1.0)


def pairs(site: Site) -> Iterator[Proposal]:
    """`for key, value in mapping` without `.items()`, and `for n, each in sequence` without `enumerate`."""
    for target, iterated in _loops(site):
        if isinstance(target, ast.Tuple):
            span = site.code.span(iterated)
            yield Proposal(Span(span.end, span.end), ".items()", 2.0)
            yield Proposal(span, f"enumerate({site.code.slice(span)})", 0.5)
        else:
            span = site.code.span(iterated)
            yield from (Proposal(Span(span.end, span.end), f".{member}()", 0.2) for member in ("values", "items", "keys"))


def _loops(site: Site) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Loops whose target or body holds the fault, innermost first."""
    start: ast.AST | None = site.node or site.code.around(site.span) or site.statement
    for node in [start, *site.code.ancestors(start)] if start is not None else []:
        if isinstance(node, ast.For | ast.AsyncFor):
            yield node.target, node.iter
        for clause in getattr(node, "generators", ()):
            yield clause.target, clause.iter


def _before(offset: int, text: str) -> Proposal:
    return Proposal(Span(offset, offset), text, 2.0)


def _missing(site: Site) -> str | None:
    found = site.says(r'has no attribute "(\w+)"')
    return found[1] if found is not None else None


def _members(site: Site) -> list[str]:
    """Members of the receiver's class or module, if source for it can be found."""
    owner = site.says(r'^(?:Item "(.+?)" of .+|"(?:type\[)?(.+?)\]?"|(Module)(?: "[\w.]+")?) has no attribute')
    if owner is None:
        return []
    if owner[3]:
        node = site.node
        return site.library.module_members(site.code.source(node.value)) if isinstance(node, ast.Attribute) else []
    return site.library.members_named(head(owner[1] or owner[2]))


def _as_len(site: Site) -> Iterator[Proposal]:
    node = site.node
    parent = site.code.parents.get(node) if node is not None else None
    if isinstance(node, ast.Attribute):
        whole = parent if isinstance(parent, ast.Call) and not parent.args else node
        yield Proposal(site.code.span(whole), f"len({site.code.source(node.value)})", 1.5)
