"""What is left to test once the structure of a part of a document is known.

Most rules ask for the presence or the absence of something, and invoices of one sender, as the lines of one invoice,
are built alike. So each rule is tried once per structure on a bare copy of it, in which names stand but no values: a
rule that holds there without having asked for a value holds for every part so built, and is never called again. This
is sound because a rule is a function of nothing but its arguments.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from ubl.rules.registry import Rule, Test
from ubl.rules.states import State, Step
from ubl.rules.tree import Node

Task = tuple[State, Any, Node | None]
"""An element that has rules: its state, the element in the light form, and its parent."""


class ValueAsked(Exception):
    """Something asked a bare structure for a value."""


class _Value:
    """Stands for every value, and for the document: whoever looks at it learns nothing."""

    __slots__ = ()

    def _asked(self, *_: object) -> NoReturn:
        raise ValueAsked

    __getattr__ = __getitem__ = __contains__ = __iter__ = __len__ = __bool__ = _asked
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __str__ = _asked


VALUE: Any = _Value()


class Group:
    """Rules to test together, by what their functions take."""

    __slots__ = ("one", "three", "two")

    def __init__(self, rules: Iterable[Rule]) -> None:
        by_arity: dict[int, list[tuple[Rule, Test]]] = {1: [], 2: [], 3: []}
        for rule in rules:
            by_arity[rule.arity].append((rule, rule.holds))
        self.one, self.two, self.three = (tuple(by_arity[arity]) for arity in (1, 2, 3))

    def __bool__(self) -> bool:
        return bool(self.one or self.two or self.three)


class Branch:
    """A context as seen from one element: who decides whether it takes it, and what to test then."""

    __slots__ = ("cases", "group", "key", "when")

    def __init__(self, step: Step, group: Group, cases: dict[str, Group], *, settled: bool = False) -> None:
        self.when = None if settled else step.when
        self.key = None if settled else step.key
        self.group = group
        self.cases = cases


class Entry(Group):
    """What is left to test for one element of the part."""

    __slots__ = ("branches", "by", "memory", "more", "place")

    def __init__(self, place: int, state: State, rules: Iterable[Rule], branches: list[tuple[Branch, ...]]) -> None:
        super().__init__(rules)
        self.place = place
        self.by = state.by
        self.memory = state.memory
        self.branches = tuple(branches)
        self.more = bool(self.two or self.three or branches)


def plan(work: Sequence[Task], top: Node | None) -> tuple[Entry, ...]:
    """What is left to test for a part; `top` is the node that the part stands in."""
    copies: dict[int, Node] = {}
    entries = []
    for place, (state, item, up) in enumerate(work):
        around = VALUE if up is None or up is top else _bare(up, copies)
        entry = _entry(place, state, _bare(item, copies), around)
        if entry.one or entry.more:
            entries.append(entry)
    return tuple(entries)


def _bare(item: Any, copies: dict[int, Node]) -> Any:
    """The structure of an item without its values; one copy per node."""
    if not isinstance(item, Node):
        return VALUE
    copy = copies.get(id(item))
    if copy is None:
        copy = copies[id(item)] = Node()
        copy.element = VALUE
        for name, children in item.items():
            copy[name] = [_bare(child, copies) for child in children]
    return copy


def _entry(place: int, state: State, item: Any, up: Any) -> Entry:
    def left(rules: Iterable[Rule]) -> list[Rule]:
        return [rule for rule in rules if not _settled(rule, item, up)]

    certain = list(state.certain)
    branches = []
    for chain in state.chains:
        found: list[Branch] = []
        for step in chain:
            try:
                rules = _taken(step, item, up)
            except ValueAsked:
                cases = {case: Group(left(own)) for case, own in step.cases.items()}
                found.append(Branch(step, Group(left(step.rules)), cases))
                continue
            if rules is not None and not found:
                certain += rules
            elif rules is not None:
                found.append(Branch(step, Group(left(rules)), {}, settled=True))
            if rules is not None:
                break
        if any(branch.group or any(branch.cases.values()) for branch in found):
            branches.append(tuple(found))
    return Entry(place, state, left(certain), branches)


def _taken(step: Step, item: Any, up: Any) -> Sequence[Rule] | None:
    """The rules a context brings to an element; `None` where it doesn't take it."""
    if step.key is not None:
        case = step.key(item, up, VALUE)
        return None if case is None else step.cases.get(case)
    return step.rules if step.when is None or step.when(item, up, VALUE) else None


def _settled(rule: Rule, item: Any, up: Any) -> bool:
    """Whether the structure alone says that the rule holds."""
    if rule.given is not None and rule.given not in item:
        return True
    arguments = ((item,), (item, VALUE), (item, up, VALUE))[rule.arity - 1]
    try:
        return rule.holds(*arguments)
    except ValueAsked:
        return False
