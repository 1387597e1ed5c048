"""How a sample is set: where its parts stand, the columns of its table, the words of its labels, how figures look.

The parts are chosen independently of each other, so that a hundred seeds show a hundred different papers.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from random import Random

import msgspec

from ingestion.samples.canvas import Face
from ubl.invoice import Invoice


class Language(StrEnum):
    """What a sample's labels are written in."""

    ENGLISH = "english"
    ARABIC = "arabic"
    """Set from right to left, goods and names in Arabic."""
    BILINGUAL = "bilingual"
    """English, with the Arabic beside each label."""


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """The look of one sample."""

    language: Language
    face: Face
    size: float
    head: str
    """`left`, `middle`, `foot` (the seller's numbers stand below), `pair` (seller and buyer side by side)."""
    facts: str
    """`right` (labels and values), `strip` (values under labels), `list` (under the addresses)."""
    totals: str
    """`right`, `boxed`, `row` (values under labels)."""
    ruling: str
    """`none`, `rows`, `grid`, `shaded`."""
    columns: tuple[str, ...]
    pitch: float
    """From row to row, in points."""
    wording: int
    """Which of the ways to say something."""
    days: str
    """A `strftime` pattern."""
    decimal: str
    grouped: str
    """Signs of the decimal point and of thousands."""
    money: str
    """`before`, `after` or `none`: where the currency stands beside totals. The heading has it where `none`."""

    def amount(self, value: Decimal, places: int = 2) -> str:
        """As printed."""
        return f"{value:,.{places}f}".translate(str.maketrans(",.", self.grouped + self.decimal))

    def count(self, value: Decimal) -> str:
        """A quantity or rate: no decimals it doesn't need."""
        plain = format(value.normalize(), "f")
        return plain.replace(".", self.decimal)

    def day(self, value: date) -> str:
        """As printed."""
        return value.strftime(self.days)

    def say(self, key: str) -> str:
        """A label."""
        english = _ENGLISH[key]
        ours, theirs = english[self.wording % len(english)], _ARABIC[key]
        if self.language is Language.ARABIC:
            return theirs
        return f"{ours} / {theirs}" if self.language is Language.BILINGUAL else ours


_ENGLISH = {
    "invoice": ("TAX INVOICE", "Tax Invoice", "INVOICE"),
    "credit": ("TAX CREDIT NOTE", "Credit Note", "CREDIT NOTE"),
    "number": ("Invoice No.", "Invoice Number", "Document No", "Inv. #", "Invoice ref"),
    "credit_number": ("Credit Note No.", "Document No", "Credit note number"),
    "day": ("Date", "Invoice Date", "Date of issue", "Issued on", "Dated"),
    "due": ("Due Date", "Payment due", "Pay by", "Due on"),
    "order": ("PO No.", "Your order", "Purchase Order", "Order ref", "LPO No."),
    "trn": ("TRN", "VAT Reg. No.", "Tax Registration No.", "TRN No."),
    "foreign": ("VAT ID", "Tax ID", "VAT No."),
    "buyer": ("Bill To", "Invoice to", "Customer", "Sold to", "Billed to"),
    "seller": ("From", "Supplier", "Seller"),
    "iban": ("IBAN", "IBAN No."),
    "currency": ("Currency",),
    "position": ("#", "No.", "Sl.", "S.No"),
    "item": ("Item code", "Code", "Article", "Part no."),
    "description": ("Description", "Particulars", "Item", "Description of goods"),
    "quantity": ("Qty", "Quantity", "Qty."),
    "unit": ("Unit", "UOM"),
    "price": ("Unit price", "Rate", "Price", "Unit rate"),
    "discount": ("Disc.", "Discount"),
    "rate": ("VAT %", "Tax %", "VAT rate"),
    "tax": ("VAT", "VAT amount", "Tax"),
    "amount": ("Amount", "Net amount", "Line total", "Taxable amount"),
    "gross": ("Total incl. VAT", "Gross"),
    "subtotal": ("Lines total", "Sum of items"),
    "off": ("Discount", "Less discount"),
    "freight": ("Freight", "Delivery charge"),
    "net": ("Subtotal", "Total excl. VAT", "Net total", "Taxable amount"),
    "vat": ("VAT", "VAT amount", "Total VAT"),
    "total": ("Total", "Grand total", "Total incl. VAT", "Invoice total"),
    "paid": ("Paid in advance", "Less: advance"),
    "payable": ("Amount due", "Balance due", "Amount payable"),
    "page": ("Page",),
    "original": ("Original invoice", "Against invoice"),
}
_ARABIC = {
    "invoice": "فاتورة ضريبية", "credit": "إشعار دائن ضريبي", "number": "رقم الفاتورة", "credit_number": "رقم الإشعار",
    "day": "التاريخ", "due": "تاريخ الاستحقاق", "order": "رقم أمر الشراء", "trn": "رقم التسجيل الضريبي",
    "foreign": "الرقم الضريبي", "buyer": "العميل", "seller": "المورد", "iban": "رقم الآيبان", "currency": "العملة",
    "position": "م", "item": "رمز الصنف", "description": "الوصف", "quantity": "الكمية", "unit": "الوحدة",
    "price": "سعر الوحدة", "discount": "الخصم", "rate": "نسبة الضريبة", "tax": "الضريبة", "amount": "المبلغ",
    "gross": "الإجمالي شامل الضريبة", "subtotal": "مجموع البنود", "off": "الخصم", "freight": "أجور الشحن",
    "net": "المجموع قبل الضريبة", "vat": "ضريبة القيمة المضافة", "total": "الإجمالي", "paid": "دفعة مقدمة",
    "payable": "المبلغ المستحق", "page": "صفحة", "original": "الفاتورة الأصلية",
}  # fmt: skip
_COLUMNS = (
    ("position", "description", "quantity", "unit", "price", "amount"),
    ("item", "description", "quantity", "price", "rate", "amount"),
    ("quantity", "unit", "description", "price", "amount"),
    ("position", "item", "description", "unit", "price", "quantity", "amount"),
    ("description", "price", "quantity", "amount"),
    ("position", "description", "quantity", "price", "amount", "rate", "tax", "gross"),
)


def style(chance: Random, invoice: Invoice, language: Language) -> Style:
    """A look that can show all the invoice says."""
    columns = list(chance.choice(_COLUMNS))
    if any(line.allowances for line in invoice.lines):
        columns.insert(columns.index("price") + 1, "discount")
    rates = {line.item.vat.percent for line in invoice.lines if line.item and line.item.vat}
    if len(rates) > 1 and "rate" not in columns:
        columns.insert(columns.index("amount"), "rate")
    continental = invoice.currency == "EUR"
    english_days = ("%d/%m/%Y", "%d-%b-%Y", "%d %B %Y", "%d.%m.%Y", "%Y-%m-%d", "%d %b %y")
    return Style(
        language=language,
        face=chance.choice((Face.PLAIN, Face.PLAIN, Face.SERIF, Face.FIXED)) if len(columns) < 7 else Face.PLAIN,
        size=chance.choice((8.0, 8.5, 9.0)) if len(columns) < 7 else 7.5,
        head=chance.choice(("left", "middle", "foot", "pair")),
        facts=chance.choice(("right", "strip", "list")),
        totals=chance.choice(("right", "boxed", "row")),
        ruling=chance.choice(("none", "rows", "grid", "shaded")),
        columns=tuple(columns),
        pitch=chance.choice((14.5, 16.0, 19.0)),
        wording=chance.randrange(60),
        days=chance.choice(
            ("%d.%m.%Y",) if continental else ("%d/%m/%Y", "%Y-%m-%d") if language is Language.ARABIC else english_days
        ),
        decimal="," if continental else ".",
        grouped=chance.choice(". ") if continental else ",",
        money=chance.choice(("before", "after", "none")),
    )
