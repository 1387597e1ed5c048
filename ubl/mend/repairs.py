"""Which rule is mended how: rule id -> repairs, tried in this order. A rule that isn't here takes a human decision."""

from ubl.explain.families import FAMILIES
from ubl.mend import amounts, codes, texts
from ubl.mend.case import Repair


def _each(repair: Repair, rules: str) -> dict[str, tuple[Repair, ...]]:
    return dict.fromkeys(rules.split(), (repair,))


_SPELLED = {rule: (texts.spelling,) for name in ("code", "form", "register") for rule in FAMILIES[name].rules}

REPAIRS: dict[str, tuple[Repair, ...]] = {
    **_SPELLED,
    **_each(amounts.sums("/totals/lines"), "ibr-012 ibr-co-10"),
    **_each(amounts.sums("/totals/allowances"), "ibr-121 ibr-co-11"),
    **_each(amounts.sums("/totals/charges"), "ibr-122 ibr-co-12"),
    **_each(amounts.sums("/totals/tax_exclusive"), "ibr-013 ibr-123 ibr-co-13"),
    **_each(amounts.sums("/totals/tax_inclusive"), "ibr-014 ibr-125 ibr-co-15"),
    **_each(amounts.sums("/totals/payable"), "ibr-015 ibr-091 ibr-co-16"),
    **_each(amounts.sums("/vat/total"), "ibr-124 ibr-co-14"),
    **_each(
        amounts.sums("/vat/breakdown"),
        """aligned-ibrp-045 aligned-ibrp-046 aligned-ibrp-047 aligned-ibrp-048 aligned-ibrp-s-01 aligned-ibrp-e-01
        aligned-ibrp-o-01 aligned-ibrp-z-01 aligned-ibrp-ae-01-ae ibr-105-ae aligned-ibrp-s-08 aligned-ibrp-s-09
        aligned-ibrp-e-08 aligned-ibrp-e-09 aligned-ibrp-z-08 aligned-ibrp-z-09 aligned-ibrp-o-08 aligned-ibrp-o-09
        aligned-ibrp-ae-08-ae aligned-ibrp-ae-09-ae ibr-102-ae ibr-108-ae ibr-119-ae ibr-120-ae ibr-121-ae
        aligned-ibrp-o-11-ae""",
    ),
    **_each(amounts.sums("/vat_aed"), "AE-ADV-14 ibr-084"),
    **_each(amounts.sums("/total_aed"), "AE-ADV-15"),
    **_each(amounts.line_net, "ibr-024 ibr-147-ae"),
    **_each(
        amounts.line_dirham,
        "ibr-104-ae ibr-194-ae ibr-163-ae ibr-165-ae ibr-162-ae AE-ADV-11 AE-ADV-12 AE-ADV-13",
    ),
    **_each(amounts.price_parts, "ibr-126-ae"),
    **_each(amounts.price_difference, "aligned-ibrp-004"),
    **_each(amounts.entry_amount, "ibr-031 ibr-036 ibr-041 ibr-043 ibr-131-ae ibr-146-ae"),
    **_each(amounts.entry_base, "aligned-ibrp-057 aligned-ibrp-058"),
    **_each(amounts.breakdown_reason, "aligned-ibrp-s-10"),
    **_each(codes.specification, "ibr-001 ibr-sr-63 aligned-ibrp-001-ae AE-ADV-16"),
    **_each(codes.process, "ibr-076 aligned-ibrp-002-ae AE-ADV-17"),
    **_each(codes.facts, "AE-FACT-01"),
    "ibr-154-ae": (texts.spelling, codes.stated_flags),
    **_each(codes.deemed_endpoint, "AE-ADV-08"),
    **_each(codes.tax_currency, "ibr-053 ibr-077 ibr-140-ae ibr-175-ae"),
    **_each(codes.exchange, "ibr-153-ae"),
    **_each(codes.exchange_digits, "ibr-002-ae"),
    **_each(
        codes.rate,
        """aligned-ibrp-s-05 aligned-ibrp-s-06 aligned-ibrp-s-07 aligned-ibrp-z-05 aligned-ibrp-ae-05-ae
        aligned-ibrp-e-05 aligned-ibrp-o-05 aligned-ibrp-o-06 aligned-ibrp-o-07""",
    ),
    **_each(
        codes.entry_rate,
        """aligned-ibrp-e-06 aligned-ibrp-e-07 aligned-ibrp-z-06 aligned-ibrp-z-07 aligned-ibrp-ae-06
        aligned-ibrp-ae-07""",
    ),
    "ibr-188-ae": (texts.spelling, codes.item_schemes),
    "ibr-189-ae": (texts.spelling, codes.item_schemes),
    **_each(codes.item_schemes, "ibr-065"),
    **_each(codes.endpoint_scheme, "ibr-062 ibr-063"),
    **_each(codes.tax_point, "ibr-124-ae"),
    **_each(codes.one_note, "ibr-sr-34 ibr-sr-51"),
    **_each(codes.prepaid, "ibr-093"),
    **_each(codes.line_id, "ibr-021"),
    "JSON-02": (codes.everything, codes.currency_case),
}
