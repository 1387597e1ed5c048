"""The two trees of a Cross Industry Invoice, walked with the names of D16B."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache

import msgspec

from ingestion.readers.structured import Element, number_of, text_of

_RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
_UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
_QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
_RSM1 = "urn:ferd:CrossIndustryDocument:invoice:1p0"
_RAM1 = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12"
_UDT1 = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:15"
_TOP = frozenset({"ExchangedDocumentContext", "ExchangedDocument", "SupplyChainTradeTransaction"})
_TYPES = frozenset({"DateTimeString", "DateTime", "Indicator"})
_FORMER = {
    "ExchangedDocumentContext": "SpecifiedExchangedDocumentContext",
    "ExchangedDocument": "HeaderExchangedDocument",
    "SupplyChainTradeTransaction": "SpecifiedSupplyChainTradeTransaction",
    "ApplicableHeaderTradeAgreement": "ApplicableSupplyChainTradeAgreement",
    "ApplicableHeaderTradeDelivery": "ApplicableSupplyChainTradeDelivery",
    "ApplicableHeaderTradeSettlement": "ApplicableSupplyChainTradeSettlement",
    "SpecifiedTradeSettlementHeaderMonetarySummation": "SpecifiedTradeSettlementMonetarySummation",
    "SpecifiedLineTradeAgreement": "SpecifiedSupplyChainTradeAgreement",
    "SpecifiedLineTradeDelivery": "SpecifiedSupplyChainTradeDelivery",
    "SpecifiedLineTradeSettlement": "SpecifiedSupplyChainTradeSettlement",
    "SpecifiedTradeSettlementLineMonetarySummation": "SpecifiedTradeSettlementMonetarySummation",
    "RateApplicablePercent": "ApplicablePercent",
    "IssuerAssignedID": "ID",
}
_DAY = re.compile(r"[0-9]{8}\Z")


class Tree(msgspec.Struct, frozen=True):
    """Names of one version. Hashable, so that its paths are assembled once."""

    root: str
    rsm: str
    ram: str
    udt: str
    former: bool
    """Whether elements have their names of before D16B."""

    def path(self, path: str) -> str:
        """`ExchangedDocument/ID` as lxml takes it."""
        return _path(self, path)

    def all(self, element: Element | None, path: str) -> Iterator[Element]:
        """Every element at `path` below."""
        if element is not None:
            yield from element.iterfind(self.path(path))

    def first(self, element: Element | None, *paths: str) -> Element | None:
        """The first element of the first path that says something."""
        found = (each for path in paths for each in self.all(element, path))
        return next((each for each in found if len(each) or (each.text or "").strip()), None)

    def text(self, element: Element | None, path: str) -> str | None:
        """The text there, on one line."""
        found = self.first(element, path)
        return None if found is None else text_of(found.text or "")

    def number(self, element: Element | None, path: str) -> Decimal | None:
        """The number there."""
        found = self.first(element, path)
        return None if found is None else number_of(found.text or "")

    def day(self, element: Element | None, path: str) -> date | None:
        """The day there, in the element around the string."""
        found = self.first(element, f"{path}/DateTimeString")
        return None if found is None else day_of_string(found)

    def amount(self, summation: Element | None, name: str, currency: str | None) -> Element | None:
        """One of the totals in the document's currency; that of the tax office may stand beside it (BT-111)."""
        found = list(self.all(summation, name))
        return next((each for each in found if each.get("currencyID", currency) == currency), None)

    @property
    def prefixes(self) -> Mapping[str, str]:
        """Namespace -> customary prefix."""
        return {self.rsm: "rsm", self.ram: "ram", self.udt: "udt", _QDT: "qdt"}


D16B = Tree(f"{{{_RSM}}}CrossIndustryInvoice", _RSM, _RAM, _UDT, former=False)
ZUGFERD_1 = Tree(f"{{{_RSM1}}}CrossIndustryDocument", _RSM1, _RAM1, _UDT1, former=True)


def tree_of(root: Element) -> Tree | None:
    """The version a document is written in."""
    return next((tree for tree in (D16B, ZUGFERD_1) if tree.root == root.tag), None)


def day_of_string(element: Element) -> date | None:
    """A DateTimeString of format 102, CCYYMMDD, the only one EN 16931 knows (UNTDID 2379)."""
    text = (element.text or "").strip()
    if element.get("format", "102") != "102" or not _DAY.match(text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


@cache
def _path(tree: Tree, path: str) -> str:
    return "/".join(_step(tree, name) for name in path.split("/"))


def _step(tree: Tree, name: str) -> str:
    space = tree.rsm if name in _TOP else tree.udt if name in _TYPES else tree.ram
    return f"{{{space}}}{_FORMER.get(name, name) if tree.former else name}"
