"""How a warning is declared: as a rule, but each with a pattern of its own, so that all that apply are told."""

from collections.abc import Callable
from typing import TypeVar

from ubl.findings import Severity
from ubl.rules.registry import Context, Test, rule

T = TypeVar("T", bound=Test)


def advice(id: str, paths: tuple[str, ...], *terms: str) -> Callable[[T], T]:
    """Declare the decorated function to be the warning of that id, on elements of those paths."""
    return rule(id, Context(f"advice {id}", 0, paths), *terms, severity=Severity.WARNING)
