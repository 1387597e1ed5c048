"""Every rule in plain words, English and Arabic: what is wrong, and how an accountant mends it.

>>> explain("ibr-co-16").mend_en
'Amount due = total with VAT − amount paid + rounding.'
"""

from msgspec import Struct

from ubl import mls, response, taxdata
from ubl.advice import ADVICE
from ubl.explain.families import FAMILIES
from ubl.explain.special import MENDS, OTHERS
from ubl.explain.terms import TERMS
from ubl.findings import Layer, Severity
from ubl.rules.registry import Rule
from ubl.rules.rulesets import PUBLISHED

__all__ = ["Explanation", "explain", "explained"]


class Explanation(Struct, frozen=True, kw_only=True):
    """One rule, for people."""

    rule: str
    layer: Layer
    severity: Severity
    title_en: str
    title_ar: str
    mend_en: str
    mend_ar: str
    terms: tuple[tuple[str, str, str], ...]
    """Id, English name, Arabic name of each business term."""
    place: str
    """File and line of the rule's function; empty for what is no function of its own."""
    dead: str | None = None
    """Why the rule can't be broken, where it can't."""


_LAYERS = {"XML": Layer.XML, "XSD": Layer.XSD, "AE": Layer.ADVICE}
_ALL = (*PUBLISHED, *ADVICE, *taxdata.RULES, *mls.RULES, *response.RULES)
_RULES: dict[str, Rule] = {rule.id.casefold(): rule for rule in _ALL}


def explained() -> tuple[str, ...]:
    """The ids of everything that can be explained."""
    return (*(rule.id for rule in _RULES.values()), *OTHERS)


def explain(id: str) -> Explanation:
    """The explanation of one rule; upper and lower case are the same.

    Raises `KeyError` when nothing has that id.
    """
    rule = _RULES.get(id.casefold())
    if rule is None:
        return _other(id.upper())
    family = next(family for family in FAMILIES.values() if rule.id in family.rules)
    english = _names(rule, 0, ", ") or "the element named"
    arabic = _names(rule, 1, "، ") or "العنصر المذكور"
    mend_en, mend_ar = MENDS.get(rule.id, (family.mend_en, family.mend_ar))
    return Explanation(
        rule=rule.id,
        layer=rule.layer,
        severity=rule.severity,
        title_en=rule.message,
        title_ar=family.title_ar.format(terms=arabic),
        mend_en=mend_en.format(terms=english),
        mend_ar=mend_ar.format(terms=arabic),
        terms=tuple((term, *TERMS[term]) for term in rule.terms),
        place=rule.place,
        dead=rule.dead,
    )


def _names(rule: Rule, language: int, separator: str) -> str:
    return separator.join(TERMS[term][language] for term in rule.terms)


def _other(id: str) -> Explanation:
    title_en, title_ar, mend_en, mend_ar = OTHERS[id]
    return Explanation(
        rule=id,
        layer=_LAYERS[id.partition("-")[0]],
        severity=Severity.WARNING if id.startswith("AE") else Severity.FATAL,
        title_en=title_en,
        title_ar=title_ar,
        mend_en=mend_en,
        mend_ar=mend_ar,
        terms=(),
        place="",
    )
