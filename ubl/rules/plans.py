"""What is left to test once the structure of a part of a document is known.

Most rules ask for the presence or the absence of something, or for a code, and invoices of one sender, as the lines of
one invoice, are built alike. So each rule is tried once per structure on a bare copy of it, in which names, attributes
and codes stand, but of other texts only that there is one: a rule that holds there without having asked for more holds
for every part so built, and is never called again. This is sound because a rule is a function of nothing but its
arguments.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from ubl.rules.document import Document
from ubl.rules.registry import Rule, Test
from ubl.rules.states import State, Step
from ubl.rules.tree import FILE, Leaf, Node
from ubl.rules.values import SPACE

Task = tuple[State, Any, Node | None]
"""An element that has rules: its state, the element in the light form, and its parent."""


Arguments = tuple[Any, Any, Document]
"""An element, its parent and the document."""


class ValueAsked(Exception):
    """Something asked a bare structure for a value."""


def _asked(*_: object) -> NoReturn:
    raise ValueAsked


class _Unknown:
    """Whoever looks at it learns nothing."""

    __slots__ = ()

    __getattr__ = __getitem__ = __contains__ = __iter__ = __len__ = _asked
    __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __str__ = _asked


class _Value(_Unknown):
    """Stands for what isn't known."""

    __slots__ = ()

    __bool__ = __eq__ = __ne__ = __hash__ = _asked


class _Text(_Unknown):
    """Stands for a text: that it isn't empty, nor all spaces, is all that is known of it."""

    __slots__ = ()
    __hash__ = _asked

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return False if isinstance(other, str) and not other else _asked()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def isalnum(self) -> bool:
        """Only `values.normalize` asks, and gives such a text back as it is."""
        return True


VALUE: Any = _Value()
_ASKED = (ValueAsked, TypeError)
"""What a rule raises that needs more than is known; what is written in C refuses a `_Text` as no text at all."""


class _Bare(Document):
    """A document of which no more is known than the codes in its head."""

    __slots__ = ()

    def __init__(self, document: Document) -> None:
        self.root = VALUE
        self.self_billing = document.self_billing
        self.type_codes = document.type_codes
        self.flags = document.flags
        self.tax_included = document.tax_included
        self.root_currencies = document.root_currencies
        self.currencies = document.root_currencies  # there can only be more

    def __getattr__(self, name: str) -> NoReturn:
        raise ValueAsked


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

    __slots__ = ("branches", "memory", "more", "place")

    def __init__(self, place: int, state: State, rules: Iterable[Rule], branches: list[tuple[Branch, ...]]) -> None:
        super().__init__(rules)
        self.place = place
        self.branches = tuple(branches)
        self.more = bool(self.two or self.three or branches)
        self.memory = state.states.memory(self.one) if state.by_text and not self.more else None
        """Where the texts are remembered for which everything holds, if the text alone decides it."""


def plan(work: Sequence[Task], top: Node | None, document: Document) -> tuple[Entry, ...]:
    """What is left to test for a part; `top` is the node that the part stands in, `document` has its head complete."""
    copies: dict[int, Node] = {}
    bare = _Bare(document)
    entries = []
    for place, (state, item, up) in enumerate(work):
        around = VALUE if up is None or up is top else _copy(up, copies)
        entry = _entry(place, state, (_copy(item, copies), around, bare))
        if entry.one or entry.more:
            entries.append(entry)
    return tuple(entries)


def _copy(item: Any, copies: dict[int, Node]) -> Any:
    """The bare copy of an item; one per node."""
    if isinstance(item, Leaf):
        text: Any = item.text if item.code else _Text() if item.text.strip(SPACE) else VALUE
        return Leaf(item.path, item.place, text, _known(item), code=item.code)
    copy = copies.get(id(item))
    if copy is None:
        copy = copies[id(item)] = Node()
        copy.tag, copy.text = item.tag, VALUE
        for name, children in item.items():
            copy[name] = [_copy(child, copies) for child in children]
    return copy


def _known(leaf: Leaf) -> Any:
    """The attributes of a leaf; of names of files it is known that they are there."""

    def get(name: str) -> Any:
        value = leaf.get(name)
        return VALUE if name == FILE and value is not None else value

    return get


def _entry(place: int, state: State, arguments: Arguments) -> Entry:
    def left(rules: Iterable[Rule]) -> list[Rule]:
        return [rule for rule in rules if not _settled(rule, arguments)]

    certain = list(state.certain)
    branches = []
    for chain in state.chains:
        found: list[Branch] = []
        for step in chain:
            try:
                rules = _taken(step, arguments)
            except _ASKED:
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


def _taken(step: Step, arguments: Arguments) -> Sequence[Rule] | None:
    """The rules a context brings to an element; `None` where it doesn't take it."""
    if step.key is not None:
        case = step.key(*arguments)
        return None if case is None else step.cases.get(case)
    return step.rules if step.when is None or step.when(*arguments) else None


def _settled(rule: Rule, arguments: Arguments) -> bool:
    """Whether what is known says that the rule holds."""
    item, _, document = arguments
    if rule.given is not None and rule.given not in item:
        return True
    try:
        return rule.holds(*((item,), (item, document), arguments)[rule.arity - 1])
    except _ASKED:
        return False
