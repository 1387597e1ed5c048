"""E-mail addresses (RFC 5322, section 3.4.1, within the lengths of RFC 5321) and telephone numbers of the UAE."""

from __future__ import annotations

import re

from gateway.access.errors import Unacceptable

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_QUOTED = r'"(?:[\x21\x23-\x5b\x5d-\x7e\x20]|\\[\x20-\x7e])*"'
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED})@(?:{_LABEL}\.)+{_LABEL}\Z")

_PHONE = re.compile(r"\+971(?:5[024568][0-9]{7}|[234679][0-9]{7}|800[0-9]{2,9}|[569]00[0-9]{6})\Z")
"""Mobile, fixed line by emirate, freephone, shared cost (the national numbering plan)."""


def email_address(text: str, pointer: str = "/email") -> str:
    """The address with its domain in lower case; raises `Unacceptable`.

    >>> email_address("Finance@Seller.Example")
    'Finance@seller.example'
    """
    local, _, domain = text.strip().rpartition("@")
    address = f"{local}@{domain.lower()}"
    if len(local) > 64 or len(address) > 254 or not _EMAIL.match(address):
        raise Unacceptable(pointer, "This is no e-mail address; write it like finance@company.ae (RFC 5322).")
    return address


def uae_phone(text: str, pointer: str = "/phone") -> str:
    """The number in E.164; takes national and international writing with spaces, hyphens and brackets.

    >>> uae_phone("050 123 4567"), uae_phone("00971 4 123-4567"), uae_phone("+971 (2) 6123456")
    ('+971501234567', '+97141234567', '+97126123456')
    """
    digits = re.sub(r"[\s()./-]", "", text)
    if digits.startswith("00971"):
        digits = "+" + digits[2:]
    elif digits.startswith("0"):
        digits = "+971" + digits[1:]
    elif re.match(r"(800|600|500|900)[0-9]+\Z", digits):
        digits = "+971" + digits
    if not digits.isascii() or not _PHONE.match(digits):
        raise Unacceptable(pointer, "This is no telephone number of the UAE; write it like +971 50 123 4567.")
    return digits
