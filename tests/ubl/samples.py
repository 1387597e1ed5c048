"""The published samples, where the reference folder is at hand; our own examples, always."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.json"))
BROKEN = sorted((ROOT / "examples" / "broken").glob("*.json"))
REFERENCE = Path(os.environ.get("REFERENCE_DIR", ROOT.parent / "shared"))
CONFORMANCE = REFERENCE / "conformance"
PUBLISHED = sorted((CONFORMANCE / "samples" / "official-1.0.4").glob("*/*.xml"))

needs_reference = pytest.mark.skipif(
    not PUBLISHED, reason=f"the published samples are not at {CONFORMANCE}: set REFERENCE_DIR"
)
