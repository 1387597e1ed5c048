"""Arabic as it is printed: each letter in the form its neighbours ask for, and the signs in the order they are seen.

The forms are those of Unicode's block Arabic Presentation Forms-B, which fonts for printing carry and which many
programs leave in the text layer of a PDF; the order is that of the bidirectional algorithm (UAX #9) for one line
without nested directions: runs of Latin letters and digits keep their own.
"""

from __future__ import annotations

import re
import unicodedata

_ISOLATED, _FINAL, _INITIAL, _MEDIAL = "<isolated>", "<final>", "<initial>", "<medial>"
_LAM = "ل"
_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_MIRRORED = str.maketrans("()[]<>«»", ")(][><»«")
_ARABIC = re.compile(r"[ء-ي](?:[ء-ي ]*[ء-ي])?")
_RUN = re.compile(r"[A-Za-z0-9٠-٩](?:[A-Za-z0-9٠-٩.,:/\-%@+' ]*[A-Za-z0-9٠-٩%])?")


def _table() -> dict[tuple[str, str], str]:
    """From a letter (or lam with an alef) and the form, to the sign that shows it."""
    forms: dict[tuple[str, str], str] = {}
    for code in range(0xFE70, 0xFEFD):
        form, *letters = unicodedata.decomposition(chr(code)).split() or [""]
        text = "".join(chr(int(letter, 16)) for letter in letters)
        if form and not text.startswith(" "):
            forms[text, form] = chr(code)
    return forms


_FORMS = _table()


def shaped(text: str) -> str:
    """Each letter in its form, in the order it is spoken; lam and alef become one sign.

    >>> [unicodedata.name(sign).removeprefix("ARABIC LETTER ") for sign in shaped("رقم")]
    ['REH ISOLATED FORM', 'QAF INITIAL FORM', 'MEEM FINAL FORM']
    """
    units = _joined(text)
    out = []
    for index, unit in enumerate(units):
        before = index > 0 and _reaches(units[index - 1]) and _is_joined(unit)
        after = index + 1 < len(units) and _reaches(unit) and _is_joined(units[index + 1])
        form = _MEDIAL if before and after else _FINAL if before else _INITIAL if after else _ISOLATED
        out.append(_FORMS.get((unit, form), unit))
    return "".join(out)


def visual(text: str) -> str:
    """The signs from left to right, as they stand on paper. The first letter says which way the line runs.

    >>> visual("رقم INV-7") == "INV-7 " + shaped("رقم")[::-1]
    True
    >>> visual("No. رقم: 7") == "No. " + shaped("رقم")[::-1] + ": 7"
    True
    """
    first = next(filter(str.isalpha, text), "")
    if not is_arabic(first):
        return _ARABIC.sub(lambda found: shaped(found[0])[::-1], text)
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(found[0])
        return chr(0xE000 + len(held) - 1)

    signs = shaped(_RUN.sub(hold, text))[::-1].translate(_MIRRORED)
    return "".join(held[ord(sign) - 0xE000] if 0xE000 <= ord(sign) < 0xE000 + len(held) else sign for sign in signs)


def is_arabic(text: str) -> bool:
    """Whether a letter of it is Arabic."""
    return any("ء" <= sign <= "ي" for sign in text)


def indic(text: str) -> str:
    """With Arabic-Indic digits.

    >>> indic("12.5")
    '١٢.٥'
    """
    return text.translate(_DIGITS)


def _joined(text: str) -> list[str]:
    units: list[str] = []
    for sign in text:
        if units and units[-1] == _LAM and (_LAM + sign, _ISOLATED) in _FORMS:
            units[-1] += sign
        else:
            units.append(sign)
    return units


def _reaches(unit: str) -> bool:
    """Whether it joins the letter that follows."""
    return (unit, _INITIAL) in _FORMS


def _is_joined(unit: str) -> bool:
    """Whether it is joined by the letter before."""
    return (unit, _FINAL) in _FORMS
