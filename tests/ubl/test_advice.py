"""Each warning is told for its fault, is only a warning, and stands apart from the published rules."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.ubl.vectors import Vector
from ubl.advice import ADVICE
from ubl.findings import Layer, Severity
from ubl.rules import run
from ubl.rules.engine import Automaton

_FLAG = "set cbc:ProfileExecutionID = "
CASES = [
    Vector("AE-ADV-01", "tax-invoice", ("set S/cac:PostalAddress/cbc:CountrySubentity = Dubai",)),
    Vector("AE-ADV-01", "tax-invoice", ("set B/cac:PostalAddress/cbc:CountrySubentity = XX",)),
    Vector("AE-ADV-02", "tax-invoice", ("set B/cbc:EndpointID = abc",)),
    Vector("AE-ADV-03", "tax-invoice", ("set cac:PaymentMeans/cbc:PaymentMeansCode = 97",)),
    Vector(
        "AE-ADV-04",
        "tax-invoice",
        ("add V/cac:TaxCategory <cbc:TaxExemptionReasonCode>DL8.46.9</cbc:TaxExemptionReasonCode>",),
    ),
    Vector("AE-ADV-05", "export-usd", ("set L/cac:Item/cac:CommodityClassification/cbc:CommodityCode = Q",)),
    Vector("AE-ADV-06", "tax-invoice", ("set cbc:UUID = 17",)),
    Vector("AE-ADV-07", "tax-invoice", ("attr B/cac:PartyLegalEntity/cbc:CompanyID schemeAgencyID = ZZ",)),
    Vector("AE-ADV-08", "tax-invoice", (_FLAG + "01000000",)),
    Vector("AE-ADV-09", "tax-invoice", ("set B/cbc:EndpointID = 9900000097",)),
    Vector("AE-ADV-09", "export-usd", (_FLAG + "00000000",)),
    Vector("AE-ADV-10", "tax-invoice", ("set cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount = -1",)),
    Vector("AE-ADV-11", "tax-invoice", ("set L/cac:ItemPriceExtension/cac:TaxTotal/cbc:TaxAmount = 1",)),
    Vector("AE-ADV-12", "tax-invoice", ("set L/cac:ItemPriceExtension/cbc:Amount = 1",)),
    Vector("AE-ADV-13", "export-usd", ("attr L/cac:ItemPriceExtension/cbc:Amount currencyID = USD",)),
    Vector("AE-ADV-14", "export-usd", ("set cac:TaxTotal[2]/cbc:TaxAmount = 9",)),
    Vector("AE-ADV-15", "export-usd", ("set cac:AdditionalDocumentReference/cbc:DocumentDescription = AED 1",)),
    Vector("AE-ADV-15", "export-usd", ("set cac:AdditionalDocumentReference/cbc:DocumentDescription = much",)),
    Vector("AE-ADV-16", "tax-invoice", ("set cbc:CustomizationID = urn:peppol:pint:billing-1@ae-1:more",)),
    Vector("AE-ADV-17", "tax-invoice", ("set cbc:ProfileID = urn:peppol:bis:selfbilling",)),
    Vector("AE-ADV-18", "tax-invoice", ("dup cac:TaxTotal",)),
    Vector("AE-ADV-19", "credit-note", ("set cbc:CreditNoteTypeCode = 261", "del cac:DiscrepancyResponse")),
    Vector(
        "AE-ADV-20",
        "export-usd",
        ("set cac:Delivery/cac:DeliveryLocation/cac:Address/cac:Country/cbc:IdentificationCode = AE",),
    ),
    Vector("AE-ADV-21", "tax-invoice", ("set S/cbc:EndpointID = 1999999999",)),
    Vector("AE-ADV-22", "tax-invoice", ("set B/cbc:EndpointID = 1999999999",)),
]
ONLY_ADVICE = Automaton(ADVICE)


def _told(root: etree._Element) -> set[str]:
    return {failure.rule.id for failure in ONLY_ADVICE.run(root, self_billing=False)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_warning_is_told_for_its_fault(case: Vector) -> None:
    assert case.rule not in _told(Vector("", case.example, ()).build())
    assert case.rule in _told(case.build())


def test_every_warning_has_a_case_and_is_only_a_warning() -> None:
    assert {case.rule for case in CASES} == {rule.id for rule in ADVICE}
    assert all(rule.severity is Severity.WARNING and rule.layer is Layer.ADVICE for rule in ADVICE)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_the_published_rules_never_speak_of_advice(case: Vector) -> None:
    assert not any(finding.rule.startswith("AE-ADV") for finding in run(case.build()))
