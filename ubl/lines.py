"""What was supplied: a line with its item, price, VAT category, allowances and charges.

Amounts are in the document currency unless the field says AED. Every field's docstring names its business term.
"""

from datetime import date
from decimal import Decimal

from ubl.parties import Identifier, Model


class Period(Model, frozen=True, kw_only=True):
    """IBG-14/26. A span of days, both included."""

    start: date | None = None
    """IBT-073/134. First day. 0..1."""
    end: date | None = None
    """IBT-074/135. Last day. 0..1."""
    frequency: str | None = None
    """BTAE-06. How often is billed: DLY WKY Q15 MTH Q45 Q60 QTR YRL HYR OTH; document level only. 0..1."""
    description: str | None = None
    """The period in words; no business term. 0..1."""


class CreditReason(Model, frozen=True, kw_only=True):
    """BTAE-03. Why credit is given."""

    code: str | None = None
    """BTAE-03. DL8.61.1.A to DL8.61.1.E, or VD for a volume discount. 0..1."""
    description: str | None = None
    """The reason in words; no business term. 0..1."""


class VatCategory(Model, frozen=True, kw_only=True):
    """IBG-30 on a line, IBG-20/21 on a document allowance or charge: how it is taxed."""

    category: str | None = None
    """IBT-151/095/102. S standard, Z zero, E exempt, O out of scope, AE reverse charge, N margin scheme. 0..1."""
    percent: Decimal | None = None
    """IBT-152/096/103. Rate in per cent; absent for E and O lines. 0..1."""
    per_unit: Decimal | None = None
    """Tax per unit, as margin-scheme documents state it; no business term. 0..1."""
    exemption_code: str | None = None
    """IBT-186/196/198. DL8.46.1 to DL8.46.4; category E only. 0..1."""
    exemption_reason: str | None = None
    """IBT-185/197/199. The reason in words. 0..1."""


class AllowanceCharge(Model, frozen=True, kw_only=True):
    """IBG-20/21 on the document, IBG-27/28 on a line: taken off or added."""

    reason_code: str | None = None
    """IBT-098/105/140/145. UNCL5189 for an allowance, UNCL7161 for a charge. 0..1."""
    reason: str | None = None
    """IBT-097/104/139/144. The reason in words. 0..1."""
    percent: Decimal | None = None
    """IBT-094/101/138/143. Per cent of `base`. 0..1."""
    amount: Decimal | None = None
    """IBT-092/099/136/141. The amount without VAT; absent, it is `percent` of `base`. 0..1."""
    base: Decimal | None = None
    """IBT-093/100/137/142. What `percent` is taken of. 0..1."""
    vat: VatCategory | None = None
    """IBT-095/102. VAT category; document level only, required there by the rules. 0..1."""


class Price(Model, frozen=True, kw_only=True):
    """IBG-29. Price of one base quantity, without VAT."""

    net: Decimal | None = None
    """IBT-146. Net price; absent, it is `gross` minus `discount`. 0..1."""
    quantity: Decimal | None = None
    """IBT-149. How many units the price is for; absent, 1. 0..1."""
    unit: str | None = None
    """IBT-150. Unit of `quantity`, UN/ECE Recommendation 20; absent, the line's. 0..1."""
    discount: Decimal | None = None
    """IBT-147. Discount on the gross price. 0..1."""
    gross: Decimal | None = None
    """IBT-148. Gross price; absent, the net price. 0..1."""


class Classification(Model, frozen=True, kw_only=True):
    """IBG-31. One classification of an item."""

    nature: str | None = None
    """BTAE-09. Goods under reverse charge: DL8.48.8.1, .8.2, DL8.48.3.1, .3.2, .3.3. 0..1."""
    type: str | None = None
    """BTAE-13. G goods, S services, B both. 0..1."""
    code: str | None = None
    """IBT-158. Commodity code; HS for goods. 0..1."""
    list_id: str | None = None
    """IBT-158-1. Code list of `code`: HS. 0..1."""
    list_version: str | None = None
    """IBT-158-2. Version of that list. 0..1."""


class ItemProperty(Model, frozen=True, kw_only=True):
    """IBG-32. A named property of an item."""

    name: str
    """IBT-160. Property name. 1..1."""
    value: str | None = None
    """IBT-161. Property value; required by the rules. 0..1."""


class Item(Model, frozen=True, kw_only=True):
    """IBG-31. What is sold."""

    description: str | None = None
    """IBT-154. Description; required by the rules. 0..1."""
    name: str | None = None
    """IBT-153. Name; required by the rules. 0..1."""
    buyers_id: str | None = None
    """IBT-156. The buyer's article number. 0..1."""
    sellers_id: str | None = None
    """IBT-155. The seller's article number. 0..1."""
    standard_id: Identifier | None = None
    """IBT-157. Registered article number; scheme 0160 is GTIN, needed under reverse charge. 0..1."""
    service_code: Identifier | None = None
    """BTAE-17. Service accounting code, scheme SAC; for services. 0..1."""
    origin: str | None = None
    """IBT-159. Country of origin, ISO 3166-1 alpha-2. 0..1."""
    classifications: tuple[Classification, ...] = ()
    """IBT-158, BTAE-09, BTAE-13. Classifications. 0..n."""
    vat: VatCategory | None = None
    """IBG-30. VAT category; required by the rules. 0..1."""
    properties: tuple[ItemProperty, ...] = ()
    """IBG-32. Further properties. 0..n."""
    lots: tuple[str, ...] = ()
    """BTAE-24. Batch or lot numbers. 0..n."""


class LineTotals(Model, frozen=True, kw_only=True):
    """BTAE-08 and BTAE-10. What a line comes to in dirham."""

    payable: Decimal | None = None
    """BTAE-10. Line net plus VAT, AED, 2 decimals; required by the rules. 0..1."""
    vat: Decimal | None = None
    """BTAE-08. VAT of the line, AED, 2 decimals; 0 for Z and AE, absent for E. 0..1."""
    currency: str | None = "AED"
    """Currency of both. AED by law; a received document may say otherwise, and we keep what it says. 1..1."""


class Line(Model, frozen=True, kw_only=True):
    """IBG-25. One invoice or credit note line."""

    id: str | None = None
    """IBT-126. Line number, unique in the document; absent, its place. 0..1."""
    notes: tuple[str, ...] = ()
    """IBT-127. Remarks. 0..n; the rules allow one."""
    quantity: Decimal | None = None
    """IBT-129. Invoiced or credited quantity; required by the rules. 0..1."""
    unit: str | None = None
    """IBT-130. Unit of measure, UN/ECE Recommendation 20 or 21. 0..1."""
    net: Decimal | None = None
    """IBT-131. Line net amount: quantity x price / base quantity + charges - allowances, 2 decimals. 0..1."""
    accounting_cost: str | None = None
    """IBT-133. Where the buyer books it. 0..1."""
    period: Period | None = None
    """IBG-26. Period of this line. 0..1."""
    order_line: str | None = None
    """IBT-132. Line of the purchase order. 0..1."""
    order: str | None = None
    """IBT-183. Purchase order of this line. 0..1."""
    credit_reasons: tuple[CreditReason, ...] = ()
    """Reasons stated on a credit note's line; no business term. 0..n."""
    despatch_line: str | None = None
    """Line of the despatch advice; UBL wants it where `despatch` is given, NA if unknown. 0..1."""
    despatch: str | None = None
    """IBT-184. Despatch advice of this line. 0..1."""
    object_id: Identifier | None = None
    """IBT-128. The invoiced object (meter, subscription); scheme from UNCL1153. 0..1."""
    allowances: tuple[AllowanceCharge, ...] = ()
    """IBG-27. Line allowances. 0..n."""
    charges: tuple[AllowanceCharge, ...] = ()
    """IBG-28. Line charges. 0..n."""
    tax: Decimal | None = None
    """VAT of the line in the document currency; no business term, AED is what counts (`totals`). 0..1."""
    item: Item | None = None
    """IBG-31. What is sold; required by the rules. 0..1."""
    price: Price | None = None
    """IBG-29. Its price; required by the rules. 0..1."""
    totals: LineTotals | None = None
    """BTAE-08, BTAE-10. The line in dirham; required by the rules. 0..1."""
