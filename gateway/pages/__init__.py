"""What pages have in common: the templates' environment, the texts in English and Arabic, the style sheet.

A slice's `pages.py` renders `gateway/pages/templates/<slice>/*.html`; everything shown is escaped unless it is a
template's own text. Every action is a form, so the pages work with any browser and keyboard; a script of ours
(`static/*.js`, none in a page) only makes some of them quicker.
"""

from __future__ import annotations

import functools
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"

_DUBAI = ZoneInfo("Asia/Dubai")


def instant(at: datetime) -> str:
    """An instant as people in Dubai read it.

    >>> from datetime import UTC
    >>> instant(datetime(2026, 11, 20, 22, 5, tzinfo=UTC))
    '2026-11-21 02:05'
    """
    return at.astimezone(_DUBAI).strftime("%Y-%m-%d %H:%M")


def isolated(value: object) -> str:
    """A value that is read from left to right, for the middle of a sentence: Arabic would turn a date around.

    >>> isolated("2026-11-21") == "\u2066" + "2026-11-21" + "\u2069"
    True
    """
    return f"\u2066{value}\u2069"


def amount(value: Decimal | None) -> str:
    """An amount with its decimals as they are.

    >>> amount(Decimal("1234567.50")), amount(None)
    ('1,234,567.50', '')
    """
    return "" if value is None else f"{value:,f}"


@functools.cache
def environment() -> Environment:
    """One for the process; a name that a page doesn't get is an error, not a blank."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(instant=instant, isolated=isolated, amount=amount, applied=lambda value, to: to(value))
    return made


def render(template: str, **values: Any) -> bytes:
    """The page as UTF-8."""
    return environment().get_template(template).render(**values).encode()
