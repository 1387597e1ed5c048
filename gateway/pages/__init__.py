"""What pages have in common: the templates' environment, the texts in English and Arabic, style sheet and messages.

A slice's `pages.py` renders `gateway/pages/templates/<slice>/*.html`; everything shown is escaped unless it is a
template's own text. There is no script: every action is a form, so the pages work with any browser and keyboard.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"


@functools.cache
def environment() -> Environment:
    """One for the process; a name that a page doesn't get is an error, not a blank."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def render(template: str, **values: Any) -> bytes:
    """The page as UTF-8."""
    return environment().get_template(template).render(**values).encode()
