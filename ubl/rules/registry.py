"""How a rule is declared: the `Context` it is tested in, and the `@rule` decorator that gives a function its id.

A context is what Schematron calls a rule: a set of elements. Contexts of one pattern stand in an order, and an element
is tested only in the first context that takes it, exactly as the published rule sets behave.
A rule's function takes `(node)`, `(node, document)` or `(node, parent, document)` and says whether the rule holds.
Its docstring's first paragraph is the message of its finding.
"""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from msgspec import Struct

from ubl.findings import Layer, Severity

Test = Callable[..., bool]
T = TypeVar("T", bound=Test)


class Context(Struct, frozen=True, eq=False):
    """The elements that a group of rules looks at."""

    pattern: str
    """Contexts exclude each other within a pattern."""
    order: int
    """Place in the pattern; the first context that takes an element keeps it."""
    paths: tuple[str, ...]
    """Names from some ancestor down (`Price/AllowanceCharge`), or from the root (`/Invoice`, `/*/TaxTotal`)."""
    when: Callable[..., bool] | None = None
    """A condition on `(node, parent, document)`; none means every element of those paths."""
    by_text: bool = False
    """Whether the element's text alone decides the rules of this context: a text that passed once passes again."""
    key: Callable[..., str | None] | None = None
    """For a family of contexts that differ by one value: which member takes `(node, parent, document)`."""


class Rule(Struct, frozen=True, eq=False):
    """One rule: what it is called, where it looks, and the function that tests it."""

    id: str
    layer: Layer
    severity: Severity
    terms: tuple[str, ...]
    context: Context
    holds: Test
    message: str
    cases: tuple[str, ...] = ()
    """The values of the context's key for which this rule is tested."""
    outside: str | None = None
    """Elements below an aggregate of this name are exempt."""
    given: str | None = None
    """The child that an element must have for this rule to concern it at all."""
    dead: str | None = None
    """Why this rule can never be broken, where it can't."""

    @property
    def arity(self) -> int:
        return int(self.holds.__code__.co_argcount)

    @property
    def place(self) -> str:
        """File and line of the function."""
        code = self.holds.__code__
        return f"{self.holds.__module__.replace('.', '/')}.py:{code.co_firstlineno}"


_LAYERS = {
    "pint": Layer.PINT,
    "ae": Layer.PINT_AE,
    "tdd": Layer.TAXDATA,
    "mls": Layer.MLS,
    "response": Layer.RESPONSE,
    "advice": Layer.ADVICE,
}
"""First word of a pattern's name -> the layer its rules belong to."""

REGISTERED: list[Rule] = []
"""Every rule of every module imported so far, in the order of declaration."""


def rule(
    id: str,
    context: Context,
    *terms: str,
    case: str | tuple[str, ...] = (),
    outside: str | None = None,
    given: str | None = None,
    dead: str | None = None,
    severity: Severity = Severity.FATAL,
) -> Callable[[T], T]:
    """Declare the decorated function to be the rule of that id."""
    layer = _LAYERS[context.pattern.partition(" ")[0]]
    cases = (case,) if isinstance(case, str) else case

    def declare(function: T) -> T:
        message = " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())
        REGISTERED.append(
            Rule(
                id,
                layer,
                severity,
                terms,
                context,
                function,
                message,
                cases=cases,
                outside=outside,
                given=given,
                dead=dead,
            )
        )
        return function

    return declare


def scheme_id(leaf: Any, _up: Any, _document: Any) -> str | None:
    """The key of identifier contexts: the scheme an identifier belongs to."""
    value: str | None = leaf.get("schemeID")
    return value
