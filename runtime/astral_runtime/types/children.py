"""The tree of mypy's nodes, as a table: mypy's own traversers cannot be subclassed from outside its compiled modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mypy.nodes import Context, Expression, Node

_FIELDS: dict[str, tuple[str, ...]] = {
    "MypyFile": ("defs",),
    "Block": ("body",),
    "FuncDef": ("arguments", "body"),
    "LambdaExpr": ("arguments", "body"),
    "Decorator": ("decorators", "func"),
    "OverloadedFuncDef": ("unanalyzed_items",),
    "ClassDef": ("decorators", "base_type_exprs", "removed_base_type_exprs", "metaclass", "keywords", "defs"),
    "Argument": ("initializer",),
    "ExpressionStmt": ("expr",),
    "AssignmentStmt": ("lvalues", "rvalue"),
    "OperatorAssignmentStmt": ("lvalue", "rvalue"),
    "ReturnStmt": ("expr",),
    "AssertStmt": ("expr", "msg"),
    "DelStmt": ("expr",),
    "RaiseStmt": ("expr", "from_expr"),
    "IfStmt": ("expr", "body", "else_body"),
    "WhileStmt": ("expr", "body", "else_body"),
    "ForStmt": ("index", "expr", "body", "else_body"),
    "WithStmt": ("expr", "target", "body"),
    "TryStmt": ("body", "types", "vars", "handlers", "else_body", "finally_body"),
    "MatchStmt": ("subject", "patterns", "guards", "bodies"),
    "TypeAliasStmt": ("value",),
    "ValuePattern": ("expr",),
    "OrPattern": ("patterns",),
    "AsPattern": ("pattern", "name"),
    "SequencePattern": ("patterns",),
    "StarredPattern": ("capture",),
    "MappingPattern": ("keys", "values", "rest"),
    "ClassPattern": ("class_ref", "positionals", "keyword_values"),
    "CallExpr": ("callee", "args"),
    "MemberExpr": ("expr",),
    "IndexExpr": ("base", "index"),
    "SliceExpr": ("begin_index", "end_index", "stride"),
    "OpExpr": ("left", "right"),
    "ComparisonExpr": ("operands",),
    "UnaryExpr": ("expr",),
    "ListExpr": ("items",),
    "TupleExpr": ("items",),
    "SetExpr": ("items",),
    "DictExpr": ("items",),
    "ConditionalExpr": ("cond", "if_expr", "else_expr"),
    "GeneratorExpr": ("indices", "sequences", "condlists", "left_expr"),
    "ListComprehension": ("generator",),
    "SetComprehension": ("generator",),
    "DictionaryComprehension": ("indices", "sequences", "condlists", "key", "value"),
    "YieldExpr": ("expr",),
    "YieldFromExpr": ("expr",),
    "AwaitExpr": ("expr",),
    "StarExpr": ("expr",),
    "AssignmentExpr": ("target", "value"),
    "CastExpr": ("expr",),
    "AssertTypeExpr": ("expr",),
    "RevealExpr": ("expr",),
    "SuperExpr": ("call",),
    "TemplateStrExpr": ("items",),
}


def children(node: object) -> Iterator[tuple[str, Node]]:
    """Direct children with the field that holds each, in source order as far as the fields go."""
    for name in _FIELDS.get(type(node).__name__, ()):
        yield from ((name, child) for child in _flat(getattr(node, name)))


def _flat(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, dict):
        yield from _flat([*value.values()])


def walk(root: Node, into: Callable[[Node], bool] = lambda node: True) -> list[Node]:
    """The root and everything below it, in no particular order. Nodes that `into` denies are given but not entered."""
    found = [root]
    for node in found:
        if node is root or into(node):
            stack = [getattr(node, name) for name in _FIELDS.get(type(node).__name__, ())]
            while stack:
                value = stack.pop()
                if isinstance(value, Node):
                    found.append(value)
                elif value.__class__ is list or value.__class__ is tuple:
                    stack += value
                elif value.__class__ is dict:
                    stack += value.values()
    return found


Step = tuple[Node, str]
"""A node and the field through which the path goes on."""


def path_to(root: Node, target: Expression) -> list[Step]:
    """Ancestors of `target` from `root` down, each with the field taken; empty when it is not below `root`."""
    trail: list[Step] = []

    def search(node: Node) -> bool:
        for field, child in children(node):
            if child is target:
                trail.append((node, field))
                return True
            if _may_hold(child, target) and search(child):
                trail.append((node, field))
                return True
        return False

    search(root)
    return trail[::-1]


def _may_hold(node: Context, target: Expression) -> bool:
    """By lines. Nodes without an end are entered."""
    if node.end_line is None or node.line < 0:
        return True
    return node.line <= target.line <= node.end_line
