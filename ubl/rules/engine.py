"""One pass over a document runs just the rules that concern it.

`Automaton` turns a table of rules into a tree of states, one per path of element names, grown as paths are met. A
state knows which rules look at its elements, so nothing is searched for and nothing absent costs anything. Within a
pattern the first context that takes an element keeps it (Schematron's rule order).
"""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from lxml import etree
from msgspec import Struct

from ubl.rules.document import NOTES, Document
from ubl.rules.registry import Context, Rule, Test
from ubl.rules.tree import CBC, Leaf, Node, named

ANYTHING = "*"
"""The path of the context that takes every empty element."""
_MOST_STATES = 20_000
"""Paths remembered; beyond them (no invoice has as many) a path is worked out anew each time."""


class Failure(Struct, frozen=True):
    """A rule that did not hold, and the element it did not hold for."""

    rule: Rule
    element: Leaf
    section: int
    """Position of the child of the root it lies in; -1 for the root itself."""


class _Step:
    """One context as seen from one state: its condition and the rules left to test."""

    __slots__ = ("cases", "key", "order", "rules", "when")

    def __init__(self, context: Context, rules: list[Rule]) -> None:
        self.order = context.order
        self.when = context.when
        self.key = context.key
        self.rules = _tests(rule for rule in rules if not rule.cases)
        cases = {case for rule in rules for case in rule.cases}
        self.cases = {case: _tests(rule for rule in rules if case in rule.cases) for case in cases}

    @property
    def certain(self) -> bool:
        return self.when is None and self.key is None

    def take(self, item: Any, up: Node | None, document: Document) -> "tuple[tuple[Rule, Test, int], ...] | None":
        """The rules for this element, or `None` where the context doesn't take it."""
        if self.when is not None and not self.when(item, up, document):
            return None
        if self.key is None:
            return self.rules
        return self.cases.get(self.key(item, up, document) or "")


def _tests(rules: Iterable[Rule]) -> tuple[tuple[Rule, Test, int], ...]:
    return tuple((rule, rule.holds, rule.arity) for rule in rules)


class State(dict[str, "State"]):
    """What the rules have to do with elements of one path; maps the tags of children to their states."""

    __slots__ = ("_blank", "automaton", "busy", "chains", "leaf", "line", "name", "note", "one", "path", "three", "two")

    def __init__(self, automaton: "Automaton", path: tuple[str, ...], *, leaf: bool, blank: bool = False) -> None:
        self.automaton = automaton
        self.path = path
        self.name = path[-1]
        self.leaf = leaf
        self.line = len(path) == 2 and self.name in ("InvoiceLine", "CreditNoteLine")
        self.note = next((note for pattern, note in NOTES.items() if matches(pattern, path)), None)
        self._blank: State | None = None
        self.chains: list[list[_Step]] = []
        certain: list[tuple[Rule, Test, int]] = []
        for chain in automaton.steps(path, blank=blank):
            if chain[0].certain:
                certain += chain[0].rules
            elif any(step.rules or step.cases for step in chain):
                self.chains.append(chain)
        self.one = tuple((rule, holds) for rule, holds, arity in certain if arity == 1)
        self.two = tuple((rule, holds) for rule, holds, arity in certain if arity == 2)
        self.three = tuple((rule, holds) for rule, holds, arity in certain if arity == 3)
        self.busy = bool(certain or self.chains)

    def __missing__(self, tag: str) -> "State":
        state = State(self.automaton, (*self.path, named(tag)), leaf=tag.startswith(CBC))
        if self.automaton.room():
            self[tag] = state
        return state

    @property
    def blank(self) -> "State":
        """The state of such an element when it holds nothing."""
        if self._blank is None:
            self._blank = State(self.automaton, self.path, leaf=self.leaf, blank=True)
        return self._blank


class Automaton:
    """The rules of one rule set, ready to run."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._patterns: dict[str, dict[Context, list[Rule]]] = {}
        for rule in self.rules:
            self._patterns.setdefault(rule.context.pattern, {}).setdefault(rule.context, []).append(rule)
        self._roots: dict[str, State] = {}
        self._states = 0

    def room(self) -> bool:
        """Whether one more state may be remembered."""
        self._states += 1
        return self._states <= _MOST_STATES

    def steps(self, path: tuple[str, ...], *, blank: bool = False) -> list[list[_Step]]:
        """Per pattern, the contexts that may take an element of this path, in order, up to the first certain one."""
        chains = []
        for contexts in self._patterns.values():
            chain: list[_Step] = []
            for context in sorted(contexts, key=lambda context: context.order):
                if any(blank if pattern == ANYTHING else matches(pattern, path) for pattern in context.paths):
                    rules = [rule for rule in contexts[context] if rule.outside is None or rule.outside not in path]
                    chain.append(_Step(context, rules))
                    if chain[-1].certain:
                        break
            if chain:
                chains.append(chain)
        return chains

    def run(self, root: Leaf, *, self_billing: bool) -> list[Failure]:
        """Test a whole document.

        The tree must be free of comments and processing instructions (`without_comments`).
        """
        state = self._roots.get(root.tag)
        if state is None:
            state = self._roots[root.tag] = State(self, (named(root.tag),), leaf=False)
        top = Node(root)
        document = Document(top, self_billing=self_billing)
        failed: list[Failure] = []
        sections: list[tuple[int, Node | None, list[Any]]] = []
        lines: list[tuple[int, Leaf, State]] = []
        for index, child in enumerate(root):
            sub = state[child.tag]
            if sub.line:
                lines.append((index, child, sub))
                continue
            work: list[Any] = []
            item = self._enter(child, sub, top, document, work)
            sections.append((index, item if isinstance(item, Node) else None, work))
        document.complete_head()
        for index, child, sub in lines:
            work = []
            document.section = self._enter(child, sub, top, document, work)
            del top[sub.name]
            _test(work, document, failed, index)
        for index, section, work in sections:
            document.section = section if section is not None else top
            if work:
                _test(work, document, failed, index)
        document.section = top
        _test([(state, top, None)], document, failed, -1)
        failed.sort(key=lambda failure: failure.section)
        return failed

    def _enter(self, element: Leaf, state: State, up: Node, document: Document, work: list[Any]) -> Any:
        """Take one element and all below it into the light form; what has rules goes to `work`."""
        item: Any = element
        if not state.leaf:
            item = Node(element)
            for child in element:
                sub = state[child.tag]
                if sub.leaf:
                    text = child.text
                    if text and not text.isspace():
                        # The common case, written out: a basic element with text.
                        name = sub.name
                        if name in item:
                            item[name].append(child)
                        else:
                            item[name] = [child]
                        if sub.note:
                            sub.note(child, item, document)
                        if sub.busy:
                            work.append((sub, child, item))
                        continue
                self._enter(child, sub, item, document, work)
        elif len(element):
            # No basic element has children in UBL; what they are is still told.
            inner = Node(element)
            for child in element:
                self._enter(child, state[child.tag], inner, document, work)
        if not len(element) and not (element.text or "").strip(" \t\r\n"):
            state = state.blank
        up.setdefault(state.name, []).append(item)
        if state.note:
            state.note(item, up, document)
        if state.busy:
            work.append((state, item, up))
        return item


def _test(work: list[Any], document: Document, failed: list[Failure], section: int) -> None:
    for state, item, up in work:
        for rule, holds in state.one:
            if not holds(item):
                failed.append(_failure(rule, item, section))
        for rule, holds in state.two:
            if not holds(item, document):
                failed.append(_failure(rule, item, section))
        for rule, holds in state.three:
            if not holds(item, up, document):
                failed.append(_failure(rule, item, section))
        for chain in state.chains:
            for step in chain:
                taken = step.take(item, up, document)
                if taken is not None:
                    for rule, holds, arity in taken:
                        if not _holds(holds, arity, item, up, document):
                            failed.append(_failure(rule, item, section))
                    break


def _holds(test: Test, arity: int, item: Any, up: Node | None, document: Document) -> bool:
    if arity == 1:
        return test(item)
    return test(item, document) if arity == 2 else test(item, up, document)


def _failure(rule: Rule, item: Any, section: int) -> Failure:
    return Failure(rule, item.element if isinstance(item, Node) else item, section)


def matches(pattern: str, path: tuple[str, ...]) -> bool:
    """Whether a path of names ends in this pattern.

    `/` in front binds it to the root; `*Time` is any UBL name so ending, `{*Time` any name of another namespace.
    """
    names = pattern.split("/")
    if pattern.startswith("/"):
        names = names[1:]
        if len(names) != len(path):
            return False
    if len(names) > len(path):
        return False
    return all(
        name in (own, "*")
        or ("*" in name[:-1] and own.endswith(name.lstrip("{*")) and (own[0] == "{") is (name[0] == "{"))
        for name, own in zip(names, path[-len(names) :], strict=True)
    )


def without_comments(root: Leaf) -> Leaf:
    """The document free of comments and processing instructions, its text whole; a copy if there were any."""
    if next(root.iter(etree.Comment, etree.ProcessingInstruction), None) is None:
        return root
    copy = deepcopy(root)
    etree.strip_tags(copy, etree.Comment, etree.ProcessingInstruction)
    return copy
