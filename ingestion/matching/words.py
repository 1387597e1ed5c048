"""A finding in plain words, English and Arabic: what differs, in figures, and what would make it match."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from ingestion.matching.findings import Code, Finding, Hint, Remedy

Language = Literal["en", "ar"]


class Text(msgspec.Struct, frozen=True):
    """One sentence in both; `{expected}`, `{found}`, `{money}`, `{order}` and `{value}` are filled in."""

    en: str
    ar: str


SAID: dict[Code, Text] = {
    Code.ORDER_UNKNOWN: Text(
        "The order {order} isn't known.", "أمر الشراء {order} غير معروف."),
    Code.NO_ORDER: Text(
        "No order is named, and no open order of the supplier resembles the bill.",
        "لم يُذكر أمر شراء، ولا يوجد أمر مفتوح للمورّد يشبه الفاتورة."),
    Code.ORDER_UNCLEAR: Text(
        "Several orders fit alike: {order}.", "تتطابق عدة أوامر شراء بالقدر نفسه: {order}."),
    Code.ORDER_CLOSED: Text(
        "The order {order} is closed.", "أمر الشراء {order} مغلق."),
    Code.SUPPLIER_DIFFERS: Text(
        "The order {order} was placed with another supplier.", "أمر الشراء {order} صادر إلى مورّد آخر."),
    Code.CURRENCY_DIFFERS: Text(
        "The bill is in another currency than the order, and no rate is known.",
        "عملة الفاتورة تختلف عن عملة أمر الشراء، وسعر الصرف غير معروف."),
    Code.BEFORE_ORDER: Text(
        "The bill is dated before the order {order}.", "تاريخ الفاتورة سابق لأمر الشراء {order}."),
    Code.LINE_UNORDERED: Text(
        "Nothing like it was ordered: {money}.", "لم يُطلب شيء مماثل: {money}."),
    Code.LINE_UNCLEAR: Text(
        "Two lines of orders fit alike.", "يتطابق سطران من أوامر الشراء بالقدر نفسه."),
    Code.UNIT_DIFFERS: Text(
        "Billed in another unit than ordered, and the two can't be converted.",
        "وحدة القياس في الفاتورة تختلف عن وحدة الطلب ولا يمكن التحويل بينهما."),
    Code.PRICE_ABOVE: Text(
        "The price is {found}, agreed was {expected}: {money} too much.",
        "السعر {found} والمتفق عليه {expected}: زيادة قدرها {money}."),
    Code.PRICE_BELOW: Text(
        "The price is {found}, agreed was {expected}: {money}.",
        "السعر {found} والمتفق عليه {expected}: {money}."),
    Code.BEYOND_ORDER: Text(
        "{found} are billed, {expected} are left of what was ordered: {money} too much.",
        "الكمية المفوترة {found} والمتبقي مما طُلب {expected}: زيادة قدرها {money}."),
    Code.BEYOND_RECEIPT: Text(
        "{found} are billed, {expected} were received and not billed yet: {money} too much.",
        "الكمية المفوترة {found} والمستلم غير المفوتر {expected}: زيادة قدرها {money}."),
    Code.BEYOND_BILLED: Text(
        "{found} are credited, {expected} were billed.", "الكمية المعادة {found} وما فُوتر {expected}."),
    Code.LESS_THAN_DUE: Text(
        "{found} are billed of {expected} that are due; the rest may follow.",
        "فُوتر {found} من أصل {expected} مستحقة؛ وقد يتبع الباقي."),
    Code.AMOUNT_WRONG: Text(
        "The line's amount is {found}, its quantity times price is {expected}.",
        "مبلغ السطر {found} وحاصل ضرب الكمية في السعر {expected}."),
    Code.TAX_RATE_DIFFERS: Text(
        "The VAT rate is {found} %, the order says {expected} %.",
        "نسبة الضريبة {found}٪ وفي أمر الشراء {expected}٪."),
    Code.TAX_WRONG: Text(
        "The VAT is {found}, by the bill's own rates it is {expected}.",
        "الضريبة {found} وبحسب نسب الفاتورة نفسها {expected}."),
    Code.CHARGES_ABOVE: Text(
        "Charges are {found}, agreed and not billed yet were {expected}.",
        "الرسوم {found} والمتفق عليه ولم يُفوتر بعد {expected}."),
    Code.CHARGES_BELOW: Text(
        "Charges are {found}, agreed were {expected}.", "الرسوم {found} والمتفق عليه {expected}."),
    Code.ROUNDING_LARGE: Text(
        "The rounding of {found} is too large to be one.", "مبلغ التقريب {found} أكبر من أن يكون تقريبًا."),
    Code.TOTAL_WRONG: Text(
        "The amount due is {found}, lines, charges and VAT together are {expected}.",
        "المبلغ المستحق {found} ومجموع السطور والرسوم والضريبة {expected}."),
}  # fmt: skip
"""Every code's sentence."""

WOULD: dict[Remedy, Text] = {
    Remedy.RECEIVE: Text("if {value} more were received", "لو استُلم {value} إضافي"),
    Remedy.ORDER: Text("if {value} more were ordered", "لو طُلب {value} إضافي"),
    Remedy.BILL_AT_MOST: Text("if at most {value} were billed", "لو لم يتجاوز المفوتر {value}"),
    Remedy.PRICE_AT_MOST: Text("if the price were at most {value}", "لو لم يتجاوز السعر {value}"),
    Remedy.CHARGE_AT_MOST: Text("if the charges were at most {value}", "لو لم تتجاوز الرسوم {value}"),
    Remedy.AMOUNT: Text("if the amount were {value}", "لو كان المبلغ {value}"),
    Remedy.RATE: Text("if the rate were {value}", "لو كانت النسبة {value}"),
    Remedy.CHOOSE: Text("if a person chose the right one", "لو اختار شخصٌ الصحيح منها"),
}
"""Every remedy's clause."""

_RATE_MISSING = Text("if the rate between the two were known", "لو عُرف معامل التحويل بينهما")
_LEAD = Text("It would match {ways}.", "تحصل المطابقة {ways}.")
_OR = Text(", or ", "، أو ")


def said(finding: Finding, language: Language) -> str:
    """What differs."""
    return str(getattr(SAID[finding.code], language)).format(
        expected=_figure(finding.expected), found=_figure(finding.found), money=_figure(finding.money),
        order=finding.order or "",
    )  # fmt: skip


def would(finding: Finding, language: Language) -> str:
    """What would make it match; empty where nothing is known to.

    >>> from ingestion.matching.findings import *
    >>> ways = (Hint(Remedy.RECEIVE, Decimal(2)), Hint(Remedy.BILL_AT_MOST, Decimal("8.00")))
    >>> would(Finding(code=Code.BEYOND_RECEIPT, holds=True, hints=ways), "en")
    'It would match if 2 more were received, or if at most 8.00 were billed.'
    """
    ways = [_way(hint, language) for hint in finding.hints]
    return str(getattr(_LEAD, language)).format(ways=str(getattr(_OR, language)).join(ways)) if ways else ""


def _way(hint: Hint, language: Language) -> str:
    text = _RATE_MISSING if hint.remedy is Remedy.RATE and hint.value is None else WOULD[hint.remedy]
    return str(getattr(text, language)).format(value=_figure(hint.value))


def _figure(value: Decimal | None) -> str:
    return "" if value is None else format(value, "f")
