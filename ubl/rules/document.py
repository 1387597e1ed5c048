"""What the rules of one run share: the document's head, and sums that the walk takes as it passes.

Lines are dropped as soon as they are tested, so a document of any number of lines needs memory for one; what rules of
the whole document need to know of lines is tallied here.
"""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal

from ubl.rules.tree import Leaf, Node, path, text, texts
from ubl.rules.values import boolean, date, decimal, normalize

ZERO, ONE = Decimal(0), Decimal(1)


class Tally:
    """Sums over lines of one kind (`InvoiceLine` or `CreditNoteLine`)."""

    __slots__ = ("by_category", "by_rate", "count")

    def __init__(self) -> None:
        self.count = 0
        self.by_category: dict[str, Decimal] = defaultdict(lambda: ZERO)
        """Net amounts per VAT category code."""
        self.by_rate: dict[tuple[str, Decimal], Decimal] = defaultdict(lambda: ZERO)
        """Net amounts per VAT category code and rate; the keys say which pairs occur."""


class Document:
    """One document under test."""

    __slots__ = (
        "allowance_rates",
        "amount_total",
        "attached_objects",
        "categories",
        "currencies",
        "currencies_around",
        "deliveries",
        "despatches",
        "emirati",
        "ends",
        "exchange",
        "exchange_rates",
        "flags",
        "line_categories",
        "margin_subtotals",
        "passed",
        "root",
        "root_currencies",
        "section",
        "self_billing",
        "seller_tin",
        "standard_items",
        "standard_percents",
        "starts",
        "tallies",
        "tax_currencies",
        "tax_included",
        "tax_scheme_categories",
        "taxed_lines",
        "type_codes",
    )  # fmt: skip

    def __init__(self, root: Node, *, self_billing: bool) -> None:
        self.root = root
        self.section: Node = root
        """The line that is being tested; the root while it isn't a line."""
        self.self_billing = self_billing
        self.type_codes: list[str] = []
        self.flags = ""
        """BTAE-02, the eight flags of the transaction."""
        self.currencies: set[str] = set()
        """Every document currency code found; one, in a lawful document."""
        self.root_currencies: set[str] = set()
        self.tax_currencies: set[str | None] = set()
        """The currencies of all tax totals, also those of lines."""
        self.tallies = {"InvoiceLine": Tally(), "CreditNoteLine": Tally()}
        self.amount_total = ZERO
        """Sum of the net amounts of all lines."""
        self.taxed_lines = False
        """Whether some line has a VAT category other than exempt and out of scope."""
        self.categories: set[str] = set()
        """VAT category codes used anywhere, as normalized text."""
        self.line_categories: set[str] = set()
        """VAT category codes under the scheme VAT, in lines."""
        self.tax_scheme_categories: set[str] = set()
        """VAT category codes under the scheme VAT, in the breakdown and in allowances and charges."""
        self.standard_items = 0
        """Standard rated lines, allowances and charges."""
        self.standard_percents: list[str] = []
        """Rates of the standard rated categories outside lines."""
        self.margin_subtotals = 0
        """Tax subtotals of category N."""
        self.allowance_rates: set[tuple[str, Decimal]] = set()
        """Category and rate of every allowance and charge."""
        self.exchange_rates = False
        self.despatches = 0
        self.attached_objects: list[Node] = []
        """References of type 130, the invoiced object."""
        self.seller_tin = False
        self.currencies_around: dict[int, set[str | None]] = {}
        """By `id` of each tax total and its subtotals: the currencies the total is in."""
        self.passed: dict[int, set[str]] = defaultdict(set)
        """By the number of a group of rules that look at a text alone: the texts for which they held."""
        self.emirati: set[int] = set()
        """The `id`s of the tax registrations of parties with an address in the Emirates."""
        self.deliveries: Sequence[Node] = ()
        self.tax_included = False
        """Whether prices hold the tax already, so that totals needn't add up."""
        self.starts: list[int | None] = []
        self.ends: list[int | None] = []
        """The bounds of the invoicing periods, as `values.date` has them."""
        self.exchange: Decimal | None = None
        """Dirham per unit of the document currency; `None` when the document doesn't say."""

    def complete_head(self) -> None:
        """Read what line rules want of the head; called once all children of the root but the lines are there."""
        root = self.root
        self.type_codes = [leaf.text or "" for name in TYPE_CODES for leaf in root.get(name, ())]
        self.flags = text(root, "ProfileExecutionID")
        self.root_currencies = set(texts(root, "DocumentCurrencyCode"))
        self.deliveries = path(root, "Delivery", "DeliveryLocation", "Address")
        self.starts = [date(value) for value in texts(root, "InvoicePeriod", "StartDate")]
        self.ends = [date(value) for value in texts(root, "InvoicePeriod", "EndDate")]
        self.tax_included = any(map(boolean, texts(root, "TaxTotal", "TaxIncludedIndicator")))
        rates = texts(root, "TaxExchangeRate", "CalculationRate")
        if "AED" in self.root_currencies:
            self.exchange = ONE
        elif len(rates) == 1:
            self.exchange = decimal(rates[0])

    def codes(self) -> tuple[object, ...]:
        """What the head's codes say of the document, before anything else of it is known."""
        return self.self_billing, *self.type_codes, self.flags, frozenset(self.root_currencies), self.tax_included

    def is_type(self, *codes: str) -> bool:
        """Whether the invoice or credit note type code is one of these."""
        return any(code in codes for code in self.type_codes)

    def vat_categories(self) -> set[str]:
        """VAT category codes used under the scheme VAT, anywhere."""
        return self.line_categories | self.tax_scheme_categories


TYPE_CODES = ("InvoiceTypeCode", "CreditNoteTypeCode")


def only(node: Node, name: str) -> Decimal | None:
    """The decimal in the one child of that name; `None` when there is none, or more than one (not castable)."""
    found = node.get(name)
    return decimal(found[0].text) if found and len(found) == 1 else None


def under_vat(category: Node) -> bool:
    """Whether a tax category belongs to the tax scheme VAT, in capitals or not."""
    for scheme in category.get("TaxScheme", ()):
        code = text(scheme, "ID")
        if code == "VAT" or normalize(code.upper()) == "VAT":
            return True
    return False


def _tax_category(category: Node, up: Node, document: Document) -> None:
    vat = under_vat(category)
    for leaf in category.get("ID", ()):
        raw = leaf.text or ""
        code = normalize(raw)
        document.categories.add(code)
        if vat:
            document.tax_scheme_categories.add(code)
        if raw == "S":
            document.standard_percents += texts(category, "Percent")


def _line_category(category: Node, up: Node, document: Document) -> None:
    leaves = category.get("ID")
    if not leaves:
        return
    code = normalize(leaves[0].text)
    document.categories.add(code)
    if code == "S":
        document.standard_items += 1
    if under_vat(category):
        document.line_categories.add(code)


def _allowance(allowance: Node, up: Node, document: Document) -> None:
    if "TaxCategory" not in allowance:
        return
    for category in allowance["TaxCategory"]:
        document.standard_items += normalize(text(category, "ID")) == "S"
    document.allowance_rates |= rates_of(allowance["TaxCategory"])


def rates_of(categories: "Sequence[Node]") -> set[tuple[str, Decimal]]:
    """Every pair of a category code and a rate that these categories hold."""
    if len(categories) == 1 and len(found := categories[0].get("Percent", ())) <= 1:
        rate = decimal(found[0].text) if found else None
        return set() if rate is None else {(normalize(text(categories[0], "ID")), rate)}
    codes = {normalize(text(category, "ID")) for category in categories}
    rates = {decimal(value) for category in categories for value in texts(category, "Percent")}
    return {(code, rate) for code in codes for rate in rates if rate is not None}


def _tax_total(total: Node, up: Node, document: Document) -> None:
    currencies = {amount.get("currencyID") for amount in total.get("TaxAmount", ())}
    document.tax_currencies |= currencies
    document.currencies_around[id(total)] = currencies
    for subtotal in total.get("TaxSubtotal", ()):
        document.currencies_around[id(subtotal)] = currencies
        document.margin_subtotals += "N" in texts(subtotal, "TaxCategory", "ID")


def _line(name: str) -> Callable[..., None]:
    def add(line: Node, up: Node, document: Document) -> None:
        _tally(line, document, document.tallies[name])

    return add


def _tally(line: Node, document: Document, tally: Tally) -> None:
    tally.count += 1
    amount = decimal(text(line, "LineExtensionAmount")) or ZERO
    document.amount_total += amount
    items = line.get("Item", ())
    categories = items[0].get("ClassifiedTaxCategory", ()) if len(items) == 1 else path(line, *CATEGORY)
    if len(categories) == 1:
        category = categories[0]
        codes = {normalize(text(category, "ID"))}
        rate = decimal(text(category, "Percent"))
        if rate is not None:
            (code,) = codes
            tally.by_rate[(code, rate)] += amount
    else:
        codes = {normalize(text(category, "ID")) for category in categories}
        for pair in rates_of(categories):
            tally.by_rate[pair] += amount
    for code in codes:
        tally.by_category[code] += amount
        if code not in ("E", "O"):
            document.taxed_lines = True


CATEGORY = ("Item", "ClassifiedTaxCategory")


def _currency(code: Leaf, up: Node, document: Document) -> None:
    document.currencies.add(code.text or "")


def _rate(rate: Leaf, up: Node, document: Document) -> None:
    document.exchange_rates = True


def _despatch(reference: Node, up: Node, document: Document) -> None:
    document.despatches += 1


def _object(reference: Node, up: Node, document: Document) -> None:
    if "130" in texts(reference, "DocumentTypeCode"):
        document.attached_objects.append(reference)


def _seller(seller: Node, up: Node, document: Document) -> None:
    for value in texts(seller, "Party", "PartyTaxScheme", "CompanyID"):
        trimmed = normalize(value)
        document.seller_tin |= len(trimmed) == 10 and trimmed[0] == "1" and trimmed.isascii() and trimmed.isdigit()


def _party(party: Node, up: Node, document: Document) -> None:
    if "PartyTaxScheme" in party and "AE" in texts(party, "PostalAddress", "Country", "IdentificationCode"):
        document.emirati.update(map(id, party["PartyTaxScheme"]))


NOTES: dict[str, Callable[..., None]] = {
    "TaxCategory": _tax_category,
    "ClassifiedTaxCategory": _line_category,
    "AllowanceCharge": _allowance,
    "TaxTotal": _tax_total,
    "InvoiceLine": _line("InvoiceLine"),
    "CreditNoteLine": _line("CreditNoteLine"),
    "DocumentCurrencyCode": _currency,
    "TaxExchangeRate/CalculationRate": _rate,
    "DespatchDocumentReference": _despatch,
    "AdditionalDocumentReference": _object,
    "AccountingSupplierParty": _seller,
    "Party": _party,
}
"""What the walk notes in passing: path -> `(node, parent, document)`, called when the element is complete."""


def balance(document: Document, code: str, rate: Decimal | None = None) -> Decimal:
    """The document's charges less its allowances of one VAT category, and of one rate if given."""
    total = ZERO
    for item in document.root.get("AllowanceCharge", ()):
        categories = item.get("TaxCategory", ())
        if not any(normalize(text(category, "ID")) == code for category in categories):
            continue
        if rate is not None and (code, rate) not in rates_of(categories):
            continue
        amount = decimal(text(item, "Amount")) or ZERO
        for said in {boolean(leaf.text) for leaf in item.get("ChargeIndicator", ())}:
            if said is not None:
                total += amount if said else -amount
    return total
