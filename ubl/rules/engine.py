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
from ubl.rules.tree import CBC, Leaf, Node, named, node_of

ANYTHING = "*"
"""The path of the context that takes every empty element."""
_SPACE = " \t\r\n"
_MOST_STATES = 20_000
"""Paths remembered; beyond them (no invoice has as many) a path is worked out anew each time."""


class Failure(Struct, frozen=True):
    """A rule that did not hold, and the element it did not hold for."""

    rule: Rule
    element: Leaf
    section: int
    """Position of the child of the root it lies in; -1 for the root itself."""


class _Tests:
    """Rules to test on one element, by what their functions take and by the child without which they don't apply."""

    __slots__ = ("any", "given", "more", "one", "three", "two")

    def __init__(self, rules: Iterable[Rule], given: str | None = None) -> None:
        by_arity: dict[int, list[tuple[Rule, Test]]] = {1: [], 2: [], 3: []}
        apart: dict[str, list[Rule]] = {}
        for rule in rules:
            if rule.given == given:
                by_arity[rule.arity].append((rule, rule.holds))
            else:
                apart.setdefault(str(rule.given), []).append(rule)
        self.one, self.two, self.three = (tuple(by_arity[arity]) for arity in (1, 2, 3))
        self.given = tuple((name, _Tests(group, name)) for name, group in apart.items())
        self.more = bool(self.two or self.three or self.given)
        self.any = bool(self.one or self.more)


class _Step:
    """One context as seen from one state: its condition and the rules left to test."""

    __slots__ = ("cases", "certain", "key", "order", "tests", "when")

    def __init__(self, context: Context, rules: list[Rule]) -> None:
        self.order = context.order
        self.when = context.when
        self.key = context.key
        self.certain = context.when is None and context.key is None
        self.tests = _Tests(rule for rule in rules if not rule.cases)
        cases = {case for rule in rules for case in rule.cases}
        self.cases = {case: _Tests(rule for rule in rules if case in rule.cases) for case in cases}


class State(dict[str, "State"]):
    """What the rules have to do with elements of one path; maps the tags of children to their states."""

    __slots__ = (
        "_blank",
        "automaton",
        "busy",
        "by",
        "chains",
        "leaf",
        "line",
        "name",
        "note",
        "one",
        "path",
        "plain",
        "tests",
    )

    def __init__(self, automaton: "Automaton", path: tuple[str, ...], *, leaf: bool, blank: bool = False) -> None:
        self.automaton = automaton
        self.path = path
        self.name = path[-1]
        self.leaf = leaf
        self.line = len(path) == 2 and self.name in ("InvoiceLine", "CreditNoteLine")
        self.note = next((note for pattern, note in NOTES.items() if matches(pattern, path)), None)
        self._blank: State | None = None
        self.chains: list[list[_Step]] = []
        certain: list[Rule] = []
        for chain, rules in automaton.steps(path, blank=blank):
            if chain[0].certain:
                certain += rules
            elif any(step.tests.any or step.cases for step in chain):
                self.chains.append(chain)
        tests = _Tests(certain)
        self.one = tests.one
        self.tests = tests if tests.more else None
        self.busy = tests.any or bool(self.chains)
        self.plain = not self.busy and self.note is None
        values = {rule.context.by for rule in certain}
        self.by = values.pop() if len(values) == 1 and not self.chains and not blank else None

    __hash__ = object.__hash__  # type: ignore[assignment]

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
        for rule in (rule for rule in self.rules if rule.dead is None):
            self._patterns.setdefault(rule.context.pattern, {}).setdefault(rule.context, []).append(rule)
        self._roots: dict[str, State] = {}
        self._states = 0

    def room(self) -> bool:
        """Whether one more state may be remembered."""
        self._states += 1
        return self._states <= _MOST_STATES

    def steps(self, path: tuple[str, ...], *, blank: bool = False) -> list[tuple[list[_Step], list[Rule]]]:
        """Per pattern, the contexts that may take an element of this path, in order, up to the first certain one.

        With each, the rules of its first context.
        """
        chains = []
        for contexts in self._patterns.values():
            chain: list[_Step] = []
            first: list[Rule] = []
            for context in sorted(contexts, key=lambda context: context.order):
                if any(blank if pattern == ANYTHING else matches(pattern, path) for pattern in context.paths):
                    rules = [rule for rule in contexts[context] if rule.outside is None or rule.outside not in path]
                    first = first if chain else rules
                    chain.append(_Step(context, rules))
                    if chain[-1].certain:
                        break
            if chain:
                chains.append((chain, first))
        return chains

    def run(self, root: Leaf, *, self_billing: bool) -> list[Failure]:
        """Test a whole document.

        The tree must be free of comments and processing instructions (`without_comments`).
        """
        state = self._roots.get(root.tag)
        if state is None:
            state = self._roots[root.tag] = State(self, (named(root.tag),), leaf=False)
        top = node_of(root)
        document = Document(top, self_billing=self_billing)
        failed: list[Failure] = []
        sections: list[tuple[int, list[Any]]] = []
        lines: list[tuple[int, Leaf]] = []
        for index, child in enumerate(root):
            if state[child.tag].line:
                lines.append((index, child))
            else:
                work: list[Any] = []
                _gather((child,), state, top, document, work)
                sections.append((index, work))
        document.complete_head()
        for index, child in lines:
            work = []
            name = state[child.tag].name
            _gather((child,), state, top, document, work)
            (document.section,) = top.pop(name)
            _test(work, document, failed, index)
        document.section = top
        for index, work in sections:
            _test(work, document, failed, index)
        _test([(state, top, None)], document, failed, -1)
        failed.sort(key=lambda failure: failure.section)
        return failed


def _gather(children: Iterable[Leaf], state: State, item: Node, document: Document, work: list[Any]) -> None:
    """Take elements and all below them into the light form, as children of `item`; what has rules goes to `work`."""
    passed = document.passed
    for child in children:
        sub = state[child.tag]
        if sub.leaf:
            value: Any = child
            text = child.text
            if not text or text.isspace():
                sub = _odd_leaf(child, sub, document, work)
        else:
            value = Node()
            value.element = child
            _gather(child, sub, value, document, work)
            if not value and not (child.text or "").strip(_SPACE):
                sub = sub.blank
        name = sub.name
        if name in item:
            item[name].append(value)
        else:
            item[name] = [value]
        if sub.plain:
            continue
        if sub.note is not None:
            sub.note(value, item, document)
        if sub.busy:
            if sub.by is not None:
                known = passed.get(sub)
                if known is not None and (child.text if sub.by == "text" else child.get(sub.by)) in known:
                    continue
            work.append((sub, value, item))


def _odd_leaf(leaf: Leaf, state: State, document: Document, work: list[Any]) -> State:
    """The state of a basic element without text; one that has children, which UBL forbids, has those told as well."""
    if len(leaf):
        _gather(leaf, state, node_of(leaf), document, work)
        return state
    return state if (leaf.text or "").strip(_SPACE) else state.blank


def _test(  # noqa: PLR0912 - the hot loop, written out
    work: list[Any], document: Document, failed: list[Failure], section: int
) -> None:
    for state, item, up in work:
        before = len(failed)
        for rule, holds in state.one:
            if not holds(item):
                failed.append(_failure(rule, item, section))
        if state.tests is not None:
            _test_more(state.tests, item, up, document, failed, section)
        if state.chains:
            for chain in state.chains:
                for step in chain:
                    if step.key is not None:
                        taken = step.cases.get(step.key(item, up, document))
                        if taken is None:
                            continue
                    elif step.when is None or step.when(item, up, document):
                        taken = step.tests
                    else:
                        continue
                    for rule, holds in taken.one:
                        if not holds(item):
                            failed.append(_failure(rule, item, section))
                    if taken.more:
                        _test_more(taken, item, up, document, failed, section)
                    break
        elif state.by is not None and len(failed) == before:
            value = item.text if state.by == "text" else item.get(state.by)
            document.passed.setdefault(state, set()).add(value)


def _test_more(
    tests: _Tests, item: Any, up: Node | None, document: Document, failed: list[Failure], section: int
) -> None:
    """What `_test` leaves for the less common: tests that look around, and those for elements with a certain child."""
    for rule, holds in tests.two:
        if not holds(item, document):
            failed.append(_failure(rule, item, section))
    for rule, holds in tests.three:
        if not holds(item, up, document):
            failed.append(_failure(rule, item, section))
    for name, apart in tests.given:
        if name in item:
            for rule, holds in apart.one:
                if not holds(item):
                    failed.append(_failure(rule, item, section))
            if apart.two or apart.three:
                _test_more(apart, item, up, document, failed, section)


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
