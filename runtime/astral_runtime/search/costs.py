"""What makes a fill cheap: one table, in nats, lower is likelier. A fill costs the sum of its features' amounts times these.

Derivation: the weights of a log-linear model P(fill | hole) ∝ exp(−cost), fitted by maximum likelihood with a Gaussian
prior on holes cut from packages that the evaluation of search does not use (requests, flask, rich, werkzeug, jinja2,
networkx, pygments). Each says by how many nats one unit of its feature makes a fill unlikelier with all else equal. What those
packages hardly show (marked "set") keeps the prior's mean, chosen by hand. No text comes from them, only these numbers.
requests, flask and jinja2 are in the model's dev and test splits: a figure of model and search together on those three is
none on unseen code.
"""

from __future__ import annotations

WEIGHTS: dict[str, float] = {
    # names of Γ: locality, use, likeness to nothing yet
    "origin.local": -1.33,  # bound in the enclosing function
    "origin.parameter": -1.33,  # a parameter of it
    "origin.self": 0.5,  # set: narrowed attributes reach search as attributes
    "origin.enclosing": -1.04,  # local to a function around the enclosing one
    "origin.class": 1.5,  # set: bound in the class body
    "origin.module": 0.78,  # bound at the top of the file
    "origin.import": 0.19,  # imported
    "origin.builtin": -0.53,  # of builtins; only ever inside a call or taken from the file
    "name.self": 0.24,  # `self` or `cls`
    "self.unused": -0.91,  # … that the method reads nowhere else
    "name.frequency": 0.0,  # ln(1 + times the file mentions it)
    "name.uses": -0.08,  # ln(1 + times the function reads it)
    "name.unused": -1.82,  # a local or parameter that the function reads nowhere: somebody must
    "name.fresh": -0.69,  # not read before the hole, maybe after it
    "name.bound_here": 0.78,  # the hole's own statement binds it anew
    "name.in_statement": 0.62,  # already read in the hole's statement
    "name.stored": 0.17,  # ln(1 + lines back to where it was last bound)
    "name.before": 0.44,  # ln(1 + lines back to its nearest mention)
    "name.not_before": 1.43,  # not mentioned above the hole in the function
    "name.after": 0.5,  # ln(1 + lines on to its nearest mention)
    "name.not_after": 0.78,  # not mentioned below
    "import.unused": -1.82,  # an import that the file reads nowhere
    "module.unused": -0.5,  # set: a definition of the file that it reads nowhere
    # attributes
    "attribute": 0.71,  # each one
    "attribute.seen": -0.25,  # ln(1 + times the file reads it from a receiver of this name)
    "attribute.frequency": 0.0,  # ln(1 + times the file reads it from anything)
    "attribute.new": 1.05,  # the file never reads it
    "attribute.unused": -0.6,  # set: a private one of self that the file never reads: it is there for something
    "attribute.private": 1.02,  # a private one of another object
    "chain.before": 0.04,  # ln(1 + lines back to the same chain)
    "chain.not_before": 0.0,  # the chain stands nowhere above the hole in the function
    "chain.after": 0.17,  # ln(1 + lines on to the same chain)
    "chain.not_after": 1.02,  # nor below
    # calls
    "call": 0.64,  # each one
    "call.seen": -0.51,  # ln(1 + times the file calls exactly this)
    "call.named": -0.08,  # ln(1 + times it calls something else of this name)
    "call.new": 0.0,  # it never calls anything of this name
    "call.recursive": 3.0,  # set: the function calls itself
    "argument": -0.14,  # each one
    "argument.seen": -0.66,  # the file passes the same there elsewhere
    "argument.like": -1.2,  # set: likeness of argument and parameter name, in [0, 1]
    "argument.exact": -0.3,  # set: its type is the parameter's own
    "argument.repeat": 2.66,  # the same argument twice
    # what else terms are built with
    "constant.new": 1.5,  # set: a constant or empty display that no place of this role holds, and no string of the file
    "constant.idle": 1.5,  # set: the whole body returns a constant
    "subscript": 0.0,  # each index or slice
    "operator": 0.79,  # each operator
    "await": 1.05,  # each await
    "display": 1.66,  # each tuple, list, set or dict that is not empty
    "skeleton": -0.7,  # set: each comprehension or fold over an iterable
    "open": 3.18,  # each sub-hole
    "leaves": 1.39,  # ln(names, attributes and constants)
    # what the file has in alike places
    "seen.0": -2.37,  # ln(1 + times it stands in the very same place: callee and argument, target, left operand)
    "seen.1": -0.63,  # … in one that differs in the receiver
    "seen.2": -1.26,  # … in a more general one
    "seen.3": -0.3,  # set: … still more general
    "seen.last": -0.17,  # … in the same role
    "seen.near": -0.57,  # nearness of the nearest such place, in (0, 1]
    "kind.share": -2.39,  # share of alike places that hold this kind of expression
    "shape.here": -0.78,  # ln(1 + times the file has its shape in this role)
    "shape.anywhere": 0.0,  # ln(1 + times the file has its shape anywhere)
    "shape.beside": -0.49,  # an expression beside the hole has its shape
    "analogy": -0.25,  # ln(1 + times a neighbour's fill says this with the names exchanged)
    "analogy.near": -4.49,  # nearness of that neighbour, in (0, 1]
    # types
    "type.exact": -0.84,  # σ itself, or a value of the Literal that σ is
    "type.fits": -0.6,  # set: a subtype of σ
    "type.untyped": 1.76,  # Any or not inferred, where σ is known
    "type.free": 0.42,  # any known type, where σ is unknown
    "type.unknown": 0.76,  # Any or not inferred, where σ is unknown
    "type.truth": 3.0,  # set: a bool where a number is wanted
    "type.other": 1.58,  # another type than the other operand's
    "bare.function": 1.69,  # a function or method that is not called
    "bare.class": 1.7,  # a class that is not called
    "bare.module": 2.6,  # a module as a value
    # names: likeness to what the hole is for, in [0, 1]
    "like.target": -0.94,  # to the assigned name, keyword or parameter
    "like.head": -1.05,  # of the last identifier alone to it
    "same.target": 0.0,  # the last identifier is that name
    "same.purpose": -0.81,  # a string that spells what the value around the hole is for: `path=row["path"]`
    "like.function": -1.5,  # set: to the enclosing function's name
    "like.intent": -6.0,  # set: to the user's own words
    "like.peer": 0.0,  # to the other operand
    # what the fill leaves undone (all set: finished code, which the others were fitted on, hardly has these)
    "debt.bound": 4.0,  # a variable that the hole's own comprehension, loop or lambda binds stays unread
    "debt.parameter": 1.0,  # a parameter of the function stays unread
    "self.unread": -0.8,  # an attribute of the object that no method reads yet: it is there for something
    "peer.same": 4.0,  # both operands alike
    "call.endless": 9.0,  # the function calls itself with the arguments it was given
    "conversion": 2.0,  # str(…), repr(…): they fit everywhere and mean little
    "beside": 1.82,  # stands beside the hole already
}

KINDS = (
    """
    kind              return    assign  argument   keyword   default     raise      test   boolean       not    branch
    name               -0.55      0.61     -0.23     -0.49      0.00     -0.89     -0.25     -0.34     -0.16      0.53
    self                1.22      2.33      0.34      2.01      2.00      2.00      2.19      2.09      2.04      2.06
    attribute           1.26      0.95      0.69      0.10      0.50      0.56      1.44     -0.03      0.27      1.13
    call                2.48      1.04      1.72      1.67      0.70      0.86      0.30      1.05     -0.08      0.28
    subscript           1.12      1.85      1.58      1.74      1.50      1.50      1.56      1.68      1.51      0.22
    slice               1.57      1.98      0.82      1.50      1.50      1.50      1.50      1.50      1.50      1.50
    binary              1.92      1.26      2.28      0.92      1.50      1.50      1.55      1.56      1.50      1.52
    compare             0.82      1.61      1.95      1.76      1.50      1.50      0.57      1.90      1.65      1.54
    boolean             1.74      1.79      1.68      1.56      1.50      1.50      0.56      1.53      1.50      1.50
    not                 2.20      1.51      1.50      1.50      1.50      1.50      0.98      0.78      1.65      1.50
    unary               1.50      1.53      1.51      1.44      1.50      1.50      1.50      1.50      1.50      1.50
    await               1.51      1.51      1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50
    conditional         1.50      1.75      1.56      1.54      1.50      1.50      1.50      1.51      1.50      1.50
    none               -0.40     -0.24      0.80      2.21      2.00      2.66      2.21      2.10      2.06      2.02
    true                2.01     -0.54      1.69      1.12      1.50      1.50      0.98      1.80      1.59      1.54
    false               0.63      2.08     -0.08      1.09      1.50      1.50      1.84      1.80      1.59      1.54
    int0                1.18      0.40      1.70      1.82      1.50      1.50      1.85      2.01      1.59      1.66
    int1                1.85      2.17      1.29      0.70      1.50      1.50      1.85      1.67      1.59      1.60
    int                 1.60      1.86      1.70      2.34      1.50      1.50      1.50      0.98      1.50      1.77
    float               1.50      1.51      1.71      1.58      1.50      1.50      1.50      1.52      1.50      1.50
    str                 2.43      1.93      3.10      1.66      1.50      1.50      1.50      1.84      1.50      2.13
    empty               0.98      0.57      2.16      2.02      1.50      1.50      2.42      0.75      1.87      0.63
    constant            1.50      1.53      1.77      1.50      1.50      1.50      1.50      1.50      1.50      1.50
    tuple               2.00      2.47      1.31      0.89      1.50      1.50      1.67      1.51      1.50      1.53
    list                1.61      1.69      0.99      1.50      1.50      1.50      1.50      1.50      1.50      1.50
    set                 1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50
    dict                1.50      1.50      1.56      1.50      1.50      1.50      1.50      1.50      1.50      1.50
    comprehension       1.53      1.53      1.57      1.50      1.50      1.50      1.50      1.50      1.50      1.50
    lambda              1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50
    open                5.00      5.00      5.00      5.00      5.00      5.00      5.00      5.00      5.00      5.00
    """,
    """
    kind            identity    member      left     right   operand     index  iterable   element       key     other
    name                1.71     -1.56     -0.86      0.26     -0.93      0.00     -1.01     -1.03     -1.10     -0.55
    self                2.15      2.05      2.14      2.04      2.08      2.07      2.05      2.09      2.00      2.01
    attribute           1.91     -0.19     -0.27      1.42      0.77      2.00      0.34      0.88      0.60      0.73
    call                1.97      1.44      0.98      2.47      1.68      2.13      0.24      0.36      0.81      0.86
    subscript           1.79      1.80      0.64      2.01      1.89      1.66      1.70      1.86      1.50      1.50
    slice               1.57      1.68      0.27      1.58      1.62      1.51      1.68      1.70      1.50      1.50
    binary              1.57      1.58      0.73      1.64      1.46      1.39      1.55      1.79      1.50      1.50
    compare             1.65      1.50      1.87      1.95      1.54      1.76      1.50      1.13      1.50      1.54
    boolean             1.50      1.50      1.52      1.50      1.52      1.50      1.50      0.25      1.50      1.50
    not                 1.50      1.50      1.51      1.50      1.52      1.50      1.50      1.51      1.50      1.50
    unary               1.50      1.50      1.50      1.53      1.51      1.78      1.50      1.56      1.50      1.50
    await               1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50
    conditional         1.51      1.50      1.51      1.50      1.50      1.50      1.50      1.54      1.50      1.50
    none               -2.28      2.00      3.69      2.12      2.07      1.51      2.00      1.42      2.00      2.00
    true               -0.51      1.50      1.57      1.55      1.54      1.53      1.50      1.33      1.51      1.50
    false               1.55      1.50      1.57      1.59      1.54      1.53      1.50      1.66      1.51      1.50
    int0                1.57      1.50      0.97     -1.08      1.70     -0.44      1.50      1.04      1.51      1.50
    int1                1.56      1.50      2.00      0.25      0.10      0.28      1.50      1.92      1.51      1.50
    int                 1.58      1.50      1.89      1.48      1.01      0.83      1.50      1.89      1.50      1.50
    float               1.50      1.50      1.50      1.54      1.69      1.50      1.50      2.18      1.50      1.50
    str                 2.31      2.09      2.49      0.42      1.32      1.66      1.50      2.45      2.21      1.50
    empty               1.80      1.54      2.02      1.75      1.92      1.88      2.24      2.13      1.61      1.54
    constant            1.17      1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50
    tuple               1.56      1.66      1.34      1.64      1.59      1.66      1.84      1.59      1.50      1.55
    list                1.51      1.50      1.50      1.50      1.51      1.50      1.50      0.91      1.50      1.50
    set                 1.51      1.55      1.51      1.50      1.50      1.50      1.50      1.50      1.50      1.50
    dict                1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50
    comprehension       1.51      1.52      1.50      1.50      1.53      1.50      1.55      1.50      1.50      1.50
    lambda              1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50      1.50
    open                5.00      5.00      5.00      5.00      5.00      5.00      5.00      5.00      5.00      5.00
    """,
)
"""Cost of each top constructor (rows) in each group of roles (columns): what usually stands there, whatever the file."""


CONSTANTS = frozenset({"none", "true", "false", "int0", "int1", "int", "float", "str", "empty", "constant"})
"""Kinds that name nothing of Γ."""


def _cells(table: str) -> dict[str, float]:
    """`role.kind` to cost."""
    head, *rows = (line.split() for line in table.strip().splitlines())
    return {f"{role}.{row[0]}": float(cost) for row in rows for role, cost in zip(head[1:], row[1:], strict=True)}


COSTS: dict[str, float] = WEIGHTS | {cell: cost for table in KINDS for cell, cost in _cells(table).items()}
