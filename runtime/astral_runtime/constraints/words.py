"""Words as hard mask: in a slot that is known to read a name, a member, a keyword argument or a key, only those that exist (§4.1).

A rule speaks where everything in front of the slot is committed, so that nothing still masked can bind the name or begin a string there.
Elsewhere, and wherever the tables have a doubt, everything is allowed and the soft tier alone leans towards what is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from astral_runtime.backends.protocol import Bools
from astral_runtime.constraints.known import Known
from astral_runtime.constraints.names import Node, Words
from astral_runtime.constraints.prefix import ASSIGN, COMMA, DOT, OPEN_ROUND, OPEN_SQUARE, READING, Prefix
from astral_runtime.constraints.region import joins
from astral_runtime.context.tokens import Tokens
from astral_runtime.context.vocabulary import DELETE, EXPAND, ID, MASK
from astral_runtime.denoise.bounds import Bounds, bracketed, line_of
from astral_runtime.denoise.sampler import Guide, HardMask

PLAIN = {ID[f"<open>{quote}"] for quote in "\"'"}
WALRUS = ID["<kw>:="]
LOADED = {ID[f"<kw>{sign}"] for sign in ".(["}
MEMBERS = {"str": frozenset(dir(str)), "bytes": frozenset(dir(bytes))}
ALWAYS = [EXPAND, DELETE]


@dataclass(frozen=True, slots=True)
class Surrounding:
    """The tokens around a hole, as far as rules look: what its prefix begins from, the token behind it, and how it is filled.

    `alone`: by exactly one expression. `nested`: the hole lies in a bracket of its line, where a comprehension may bind.
    """

    before: Sequence[int]
    chain: Sequence[int]
    after: int
    alone: bool
    nested: bool


def surrounding(tokens: Tokens, where: Bounds) -> Surrounding | None:
    """None where no rule applies: annotations, and holes that go on with a word."""
    ids = tokens.ids.tolist()
    if where.kind == "type" or joins(tokens, where) or where.head or where.tail:
        return None
    line, nested = line_of(tokens, where.first), bracketed(tokens, where.first)
    return Surrounding(ids[line - 1 : line], ids[line : where.first], ids[where.last], where.kind == "expression", nested)


@dataclass(frozen=True, slots=True)
class WordMask:
    """The sampler's `HardMask`: that of the grammar, where it is on, and the rules."""

    words: Words
    names: Sequence[str]
    known: Known
    around: Surrounding
    grammar: HardMask | None
    _tries: dict[tuple[frozenset[str], bool], Node] = field(default_factory=dict)

    def growing(self, ids: Sequence[int]) -> Guide:
        """Guides a trajectory whose masks may become any number of tokens."""
        return WordGuide(self, list(ids), None if self.grammar is None else self.grammar.growing(ids))

    def fixed(self, ids: Sequence[int]) -> Guide:
        """The same with each mask one token."""
        return WordGuide(self, list(ids), None if self.grammar is None else self.grammar.fixed(ids))

    def allowed(self, ids: Sequence[int], slot: int) -> Bools | None:
        """Which tokens the slot may hold (v,); None for all."""
        prefix = self._prefix(ids, slot)
        if prefix is None:
            return None
        run, right = self._right(ids, slot)
        found = self._ruled(prefix, run, right)
        if not prefix.word or right is None:
            return found
        # What is behind the slot is next to the word only if the slot goes on with it.
        ended, everything = self._ruled(prefix, [], None), np.ones(self.words.size, np.bool_)
        kept = np.where(self.words.goes_on, everything if found is None else found, everything if ended is None else ended)
        return None if kept.all() else kept

    def _ruled(self, prefix: Prefix, run: list[int], right: int | None) -> Bools | None:
        """The same, where these pieces and this token stand behind the slot; None for a token that is not known."""
        lists = self._strings(prefix) if prefix.content is not None else self._lists(prefix, right)
        if lists is None:
            return self._assigning(prefix)
        start = prefix.content if prefix.content is not None else prefix.word
        nodes = [node for each in lists if (node := at(self._trie(each, prefix.content is not None), start)) is not None]
        return self._of(nodes, prefix, run if right is not None else None)

    def role(self, ids: Sequence[int], slot: int) -> str:
        """What the word in a slot is to the rules, for reports: a name, a member, a keyword argument or a string."""
        prefix = self._prefix(ids, slot)
        if prefix is None or prefix.content is not None:
            return "doubt" if prefix is None else "string"
        return "member" if prefix.last == DOT else "keyword argument" if self._right(ids, slot)[1] == ASSIGN else "name"

    def _prefix(self, ids: Sequence[int], slot: int) -> Prefix | None:
        if any(token in (MASK, EXPAND, DELETE) for token in ids[:slot]):
            return None
        around = self.around
        prefix = Prefix(self.names, around.before[-1] if around.before else -1).read(around.chain)
        prefix = Prefix(
            self.names,
            -1 if prefix.word else prefix.last,
            chain=self._chain(prefix),
            doubt=prefix.content is not None or (prefix.doubt and not around.alone),
        )
        return prefix.read(ids[:slot])

    def _chain(self, before: Prefix) -> str | None:
        """The receiver in front of the hole; a name that its own line has used before may be narrowed there."""
        before._end_word()
        root = (before.chain or "").partition(".")[0]
        return before.chain if before.words.count(root) == 1 and not before.doubt else None

    def _right(self, ids: Sequence[int], slot: int) -> tuple[list[int], int | None]:
        """The pieces that go on directly behind the slot, and the token behind them, None when that is masked."""
        run: list[int] = []
        for token in ids[slot + 1 :]:
            if token in (MASK, EXPAND, DELETE):
                return run, None
            if not self.words.goes_on[token]:
                return run, token
            run.append(token)
        return run, self.around.after

    def _strings(self, prefix: Prefix) -> list[frozenset[str]] | None:
        """What the string that is open may be: the whole fill where literals are wanted, or a key."""
        if prefix.opener not in PLAIN or prefix.doubt:
            return None
        if self.around.alone and prefix.first and self.known.certain.strings is not None:
            return [self.known.certain.strings]
        top = prefix.brackets[-1] if prefix.brackets else None
        if top is None or not top.fresh or top.token != OPEN_SQUARE or not self._steady(prefix, top.callee):
            return None
        keys = self.known.certain.keys.get(top.callee or "")
        return None if keys is None else [keys]

    def _lists(self, prefix: Prefix, right: int | None) -> list[frozenset[str]] | None:
        """Names, members or keyword arguments, whichever the word in the slot is; None in doubt."""
        if prefix.last == DOT:
            if prefix.literal is not None:
                return [MEMBERS[prefix.literal]]
            read = self.around.alone or prefix.lead in READING or right in LOADED
            members = self.known.certain.attributes.get(prefix.chain or "") if read and self._steady(prefix, prefix.chain) else None
            return None if members is None else [members]
        if prefix.doubt or (prefix.word and not self.words.begins[prefix.word[0]]):
            return None
        if right == ASSIGN:
            keywords = self._keywords(prefix)
            return None if keywords is None else [keywords]
        if self.known.names is None or not self._reads(prefix, right):
            return None
        return [self.known.names, frozenset(prefix.words)]

    def _assigning(self, prefix: Prefix) -> Bools | None:
        """Behind a word that no rule speaks of: `=` only where the callee takes it as a keyword argument."""
        keywords = self._keywords(prefix) if prefix.word else None
        if keywords is None or prefix.text() in keywords:
            return None
        allowed = np.ones(self.words.size, np.bool_)
        allowed[ASSIGN] = False
        return allowed

    def _keywords(self, prefix: Prefix) -> frozenset[str] | None:
        """What the call takes in whose arguments a word begins."""
        top = prefix.brackets[-1] if prefix.brackets else None
        if top is None or top.token != OPEN_ROUND or prefix.last not in (OPEN_ROUND, COMMA) or prefix.doubt:
            return None
        root = (top.callee or "").partition(".")[0]
        bound = prefix.words.count(root) > 1 or (self.around.nested and not self.around.alone) or _in_element(prefix)
        return None if bound else self.known.certain.keywords.get(top.callee or "")

    def _steady(self, prefix: Prefix, chain: str | None) -> bool:
        """Whether a receiver is what it was in front of the hole: named once, so that nothing narrows it, and bound nowhere."""
        if not chain or prefix.doubt or self._comprehends(prefix):
            return False
        return prefix.words.count(chain.partition(".")[0]) <= 1

    def _comprehends(self, prefix: Prefix) -> bool:
        return prefix.comprehends() or (self.around.nested and not self.around.alone)

    def _reads(self, prefix: Prefix, right: int | None) -> bool:
        """Whether the word in the slot is read, and can be bound nowhere that is still to come."""
        if self._comprehends(prefix) or prefix.last == -1:
            return False
        if prefix.last in READING or (self.around.alone and not prefix.brackets):
            return True
        return right in LOADED and not {"match", "case", "type"} & set(prefix.words)

    def _trie(self, names: frozenset[str], quoted: bool) -> Node:
        if (names, quoted) not in self._tries:
            self._tries[names, quoted] = (self.words.text_trie if quoted else self.words.trie)(names)
        return self._tries[names, quoted]

    def _of(self, nodes: Sequence[Node], prefix: Prefix, run: Sequence[int] | None) -> Bools:
        """The tokens with which the word, or the string, is still one of the trie."""
        inside = bool(prefix.word) or prefix.content is not None
        allowed = np.ones(self.words.size, np.bool_)
        if prefix.content is not None:
            allowed[:] = any(node.ends for node in nodes)
            allowed[self.words.text] = False
        else:
            allowed[self.words.goes_on if inside else self.words.begins] = False
            if inside and not any(node.ends for node in nodes):
                allowed[:] = False
        for node in nodes:
            allowed[[token for token, then in node.then.items() if run is None or prefix.content is not None or ends(then, run)]] = True
        allowed[ALWAYS] = True
        return allowed


def _in_element(prefix: Prefix) -> bool:
    """Whether the innermost call itself may stand in a comprehension that binds its callee."""
    *outer, _ = prefix.brackets
    return any(bracket.first and (bracket.callee == "" or bracket.token == OPEN_ROUND) for bracket in outer)


@dataclass(slots=True)
class WordGuide:
    """The guide of one trajectory in a step. A slot that the rules would leave nothing is left to the grammar."""

    mask: WordMask
    ids: list[int]
    grammar: Guide | None

    def alive(self) -> bool:
        """As the grammar says."""
        return self.grammar is None or self.grammar.alive()

    def allowed(self, slots: Sequence[int]) -> Bools:
        """What both allow, (n, v)."""
        size = self.mask.words.size
        found = np.ones((len(slots), size), np.bool_) if self.grammar is None else np.array(self.grammar.allowed(slots))
        for row, slot in enumerate(slots):
            rule = self.mask.allowed(self.ids, slot)
            if rule is not None and (found[row] & rule).any():
                found[row] &= rule
        return found

    def propose(self, slot: int, token: int) -> bool:
        """Commits the token if both agree."""
        rule = self.mask.allowed(self.ids, slot)
        if rule is not None and not rule[token] and self.allowed([slot])[0, token] == np.False_:
            return False
        if self.grammar is not None and not self.grammar.propose(slot, token):
            return False
        self.ids[slot] = token
        return True


def at(root: Node, run: Iterable[int]) -> Node | None:
    """Where a row of tokens leads."""
    node: Node | None = root
    for token in run:
        node = node.then.get(token) if node is not None else None
    return node


def ends(node: Node, run: Sequence[int]) -> bool:
    """Whether a word is complete behind these pieces."""
    found = at(node, run)
    return found is not None and found.ends
