"""Every rule in plain words, English and Arabic: what is wrong, and how an accountant mends it.

>>> explain("ibr-co-16").mend_en
'Amount due = total with VAT − amount paid + rounding.'
"""

from msgspec import Struct

from ubl import mls, response, taxdata
from ubl.advice import ADVICE
from ubl.explain.families import FAMILIES
from ubl.explain.reasons import WHY, source
from ubl.explain.special import MENDS, OTHERS
from ubl.explain.terms import TERMS
from ubl.explain.texts import TEXTS
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
    why_en: str
    """Why it matters."""
    why_ar: str
    mend_en: str
    mend_ar: str
    terms: tuple[tuple[str, str, str], ...]
    """Id, English name, Arabic name of each business term."""
    source: str
    """Where the rule was read."""
    place: str
    """File and line of the rule's function; empty for what is no function of its own."""
    dead: str | None = None
    """Why the rule can't be broken, where it can't."""


_LAYERS = {"JSON": Layer.JSON, "XML": Layer.XML, "XSD": Layer.XSD, "AE": Layer.ADVICE}
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
    kind, family = next((kind, family) for kind, family in FAMILIES.items() if rule.id in family.rules)
    english = _names(rule, kind, 0, ", ") or "the element named"
    arabic = _names(rule, kind, 1, "، ") or "العنصر المذكور"
    mend_en, mend_ar = MENDS.get(rule.id, (family.mend_en, family.mend_ar))
    title_ar, mend_en, mend_ar = TEXTS.get(rule.id, (family.title_ar, mend_en, mend_ar))
    why_en, why_ar = WHY[kind]
    return Explanation(
        rule=rule.id,
        layer=rule.layer,
        severity=rule.severity,
        title_en=rule.message,
        title_ar=title_ar.format(terms=arabic),
        why_en=why_en,
        why_ar=why_ar,
        mend_en=mend_en.format(terms=english),
        mend_ar=mend_ar.format(terms=arabic),
        terms=tuple((term, *TERMS[term]) for term in rule.terms),
        source=source(rule.id, rule.layer),
        place=rule.place,
        dead=rule.dead,
    )


_CONDITIONS = frozenset({"BTAE-02", "IBT-003", "IBT-005", "IBT-006", "IBT-115"})
"""Terms on which it depends whether another one is required; they aren't what is missing."""


def _names(rule: Rule, kind: str, language: int, separator: str) -> str:
    terms = [term for term in rule.terms if kind != "required" or term == rule.terms[0] or term not in _CONDITIONS]
    return separator.join(TERMS[term][language] for term in terms)


def _other(id: str) -> Explanation:
    title_en, title_ar, why_en, why_ar, mend_en, mend_ar = OTHERS[id]
    layer = _LAYERS[id.partition("-")[0]]
    return Explanation(
        rule=id,
        layer=layer,
        severity=Severity.WARNING if id.startswith("AE") else Severity.FATAL,
        title_en=title_en,
        title_ar=title_ar,
        why_en=why_en,
        why_ar=why_ar,
        mend_en=mend_en,
        mend_ar=mend_ar,
        terms=(),
        source=source(id, layer),
        place="",
    )
