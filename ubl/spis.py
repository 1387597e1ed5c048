"""SPIS: identifiers of service providers on the network, ISO 6523 scheme 0242 (Peppol SPIS use case).

>>> is_valid("000006-TESTBED.3001")
True
>>> is_valid("6")
False
"""

import re

SCHEME = "0242"
_FORM = re.compile(r"[0-9]{6}(-[0-9A-Z_]{3,12}(\.[0-9A-Z\-._~]{3,24})?)?\Z", re.IGNORECASE | re.ASCII).match


def is_valid(value: str) -> bool:
    """Whether it is six digits, perhaps with a suffix; upper and lower case are the same."""
    return _FORM(value) is not None
