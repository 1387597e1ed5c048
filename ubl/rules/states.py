"""Which rules look at the elements of a path: one `State` per path of names, grown as paths are met.

Nothing is searched for while a document is read: a state knows its contexts and the states of what may be below it.
Within a pattern the first context that takes an element keeps it (Schematron's rule order).
"""

from collections.abc import Iterable

from ubl.rules.document import NOTES
from ubl.rules.registry import Context, Rule
from ubl.rules.tree import CBC, named

CODES = (
    "CustomizationID", "ProfileID", "ProfileExecutionID", "InvoiceTypeCode", "CreditNoteTypeCode",
    "DocumentCurrencyCode", "TaxCurrencyCode", "SourceCurrencyCode", "TargetCurrencyCode", "TaxIncludedIndicator",
    "ChargeIndicator", "TaxCategory/ID", "ClassifiedTaxCategory/ID", "TaxScheme/ID", "Country/IdentificationCode",
    "PaymentMeansCode", "DocumentTypeCode", "InvoicePeriod/DescriptionCode",
)  # fmt: skip
"""The elements that say what a part of a document is; those of one sender hold the same few codes again and again."""
ANYTHING = "*"
"""The path of the context that takes every empty element."""
_MOST_STATES = 20_000
"""Paths remembered; beyond them (no invoice has as many) a path is worked out anew each time."""


class Step:
    """One context as seen from one state: its condition and the rules left to test."""

    __slots__ = ("cases", "certain", "key", "rules", "when")

    def __init__(self, context: Context, rules: Iterable[Rule]) -> None:
        self.when = context.when
        self.key = context.key
        self.certain = context.when is None and context.key is None
        self.rules = tuple(rule for rule in rules if not rule.cases)
        cases = {case for rule in rules for case in rule.cases}
        self.cases = {case: tuple(rule for rule in rules if case in rule.cases) for case in cases}


class State:
    """What the rules have to do with elements of one path, and the states of what may be below, by tag."""

    __slots__ = (
        "_blank",
        "below",
        "busy",
        "by_text",
        "certain",
        "chains",
        "code",
        "leaf",
        "name",
        "note",
        "path",
        "states",
    )

    def __init__(self, states: "States", path: tuple[str, ...], *, leaf: bool, blank: bool = False) -> None:
        self.states = states
        self.path = path
        self.name = path[-1]
        self.leaf = leaf
        self.below: dict[str, State] = {}
        self.note = next((note for pattern, note in NOTES.items() if matches(pattern, path)), None)
        self._blank: State | None = None
        chains = states.chains(path, blank=blank)
        self.certain = [rule for chain in chains if chain[0].certain for rule in chain[0].rules]
        self.chains = [c for c in chains if not c[0].certain and any(step.rules or step.cases for step in c)]
        self.busy = bool(self.certain or self.chains)
        self.by_text = not self.chains and all(rule.context.by_text for rule in self.certain)
        self.code = leaf and any(matches(pattern, path) for pattern in CODES)

    def child(self, tag: str) -> "State":
        """The state of a child of that tag; made when such a child is met for the first time."""
        known = self.below.get(tag)
        if known is not None:
            return known
        state = State(self.states, (*self.path, named(tag)), leaf=tag.startswith(CBC))
        if self.states.room():
            self.below[tag] = state
        return state

    @property
    def blank(self) -> "State":
        """The state of such an element when it holds nothing."""
        if self._blank is None:
            self._blank = State(self.states, self.path, leaf=self.leaf, blank=True)
        return self._blank


class States:
    """The states of one set of rules, by root element."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._patterns: dict[str, dict[Context, list[Rule]]] = {}
        for rule in (rule for rule in rules if rule.dead is None):
            self._patterns.setdefault(rule.context.pattern, {}).setdefault(rule.context, []).append(rule)
        self.roots: dict[str, State] = {}
        self._memories: dict[tuple[object, ...], int] = {}
        self._made = 0

    def root(self, tag: str) -> State:
        """The state of a document's root."""
        if tag not in self.roots:
            self.roots[tag] = State(self, (named(tag),), leaf=False)
        return self.roots[tag]

    def memory(self, rules: tuple[object, ...]) -> int:
        """A number for these rules: where the texts are remembered that they hold for."""
        return self._memories.setdefault(rules, len(self._memories))

    def room(self) -> bool:
        """Whether one more state may be remembered."""
        self._made += 1
        return self._made <= _MOST_STATES

    def chains(self, path: tuple[str, ...], *, blank: bool) -> list[list[Step]]:
        """Per pattern, the contexts that may take an element of this path, in order, up to the first certain one."""
        chains = []
        for contexts in self._patterns.values():
            chain: list[Step] = []
            for context in sorted(contexts, key=lambda context: context.order):
                if any(blank if pattern == ANYTHING else matches(pattern, path) for pattern in context.paths):
                    chain.append(Step(context, [r for r in contexts[context] if r.outside not in path]))
                    if chain[-1].certain:
                        break
            if chain:
                chains.append(chain)
        return chains


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
