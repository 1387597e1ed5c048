"""The bill itself, before it is drawn: a complete `ubl.Invoice`, by chance but the same for the same chance.

Discounts on lines and on the whole, several rates of tax, an amount paid before, other currencies, credit notes and
tables of several pages come in the shares they have in a bookkeeper's tray.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import msgspec

import ubl
from ingestion.samples import words
from ubl.invoice import (
    Account,
    Address,
    AllowanceCharge,
    CreditReason,
    Endpoint,
    ExchangeRate,
    Invoice,
    Item,
    Line,
    Party,
    PaymentMeans,
    PrecedingInvoice,
    Price,
    Totals,
    VatCategory,
)

_STANDARD = VatCategory(category="S", percent=Decimal(5))
_ZERO = VatCategory(category="Z", percent=Decimal(0))
_FIRST_DAY = date(2025, 7, 1)


def bill(chance: Random, *, arabic: bool = False, lines: int | None = None) -> Invoice:
    """One bill with all amounts worked out by `ubl.complete`.

    `arabic`: names and goods are Arabic. `lines`: how many; without it a few, and now and then more than a page holds.
    """
    abroad = None if arabic or chance.random() > 0.2 else chance.choice(words.ABROAD)
    trade = chance.choice(words.TRADES)
    issued = _FIRST_DAY + timedelta(days=chance.randrange(500))
    credit = chance.random() < 0.15
    standard = _STANDARD if abroad is None else VatCategory(category="S", percent=Decimal(abroad[4]))
    if abroad is not None and not standard.percent:
        standard = _ZERO
    second = _ZERO if abroad is None else VatCategory(category="S", percent=Decimal(7))
    mixed = standard is not _ZERO and chance.random() < 0.2
    worth = Decimal(1) if abroad is None else Decimal(abroad[5])
    count = lines or (chance.randrange(28, 60) if chance.random() < 0.08 else chance.randrange(1, 9))
    wide = chance.random() < 0.25
    order = f"{chance.choice(('PO-', 'PO', '45', 'P'))}{chance.randrange(10000, 999999)}"
    made = Invoice(
        number=_number(chance, issued),
        issue_date=issued,
        due_date=None
        if credit or chance.random() < 0.15
        else issued + timedelta(days=chance.choice((7, 14, 30, 45, 60))),
        type="381" if credit else "380",
        currency="AED" if abroad is None else abroad[3],
        exchange_rate=None if abroad is None else ExchangeRate(rate=worth),
        purchase_order=order if chance.random() < 0.7 else None,
        credit_reasons=(CreditReason(code="DL8.61.1.A"),) if credit else (),
        preceding=(PrecedingInvoice(number=_number(chance, issued), issue_date=issued - timedelta(9)),)
        if credit
        else (),
        seller=_seller(chance, trade, arabic=arabic) if abroad is None else _foreign(chance, abroad),
        buyer=_buyer(chance, arabic=arabic),
        payment_means=() if credit else (PaymentMeans(code="30", account=Account(id=_iban(chance), scheme="IBAN")),),
        lines=tuple(
            _line(
                chance, trade, worth, second if mixed and chance.random() < 0.4 else standard, arabic=arabic, wide=wide
            )
            for _ in range(count)
        ),
    )
    made = _with_extras(chance, made, standard)
    whole = ubl.complete(made)
    paid = whole.totals.tax_inclusive if whole.totals and chance.random() < 0.06 and not credit else None
    if not paid:
        return whole
    return ubl.complete(_with(made, totals=Totals(prepaid=(paid / 4).quantize(Decimal("0.01")))))


def _with(invoice: Invoice, **values: object) -> Invoice:
    return msgspec.structs.replace(invoice, **values)


def _with_extras(chance: Random, made: Invoice, standard: VatCategory) -> Invoice:
    if chance.random() < 0.12:
        base = sum(
            (line.quantity * line.price.net for line in made.lines if line.quantity and line.price and line.price.net),
            Decimal(0),
        )
        off = (base * chance.choice((2, 5, 10)) / 100).quantize(Decimal("0.01"))
        if off:
            made = _with(
                made, allowances=(AllowanceCharge(reason_code="95", reason="Discount", amount=off, vat=standard),)
            )
    if chance.random() < 0.12:
        freight = Decimal(chance.randrange(20, 400)).quantize(Decimal("0.01"))
        made = _with(made, charges=(AllowanceCharge(reason_code="FC", reason="Freight", amount=freight, vat=standard),))
    return made


def _line(
    chance: Random, trade: words.Trade, worth: Decimal, vat: VatCategory, *, arabic: bool, wide: bool
) -> Line:  # fmt: skip
    good = chance.choice(trade.goods)
    weighed = good.unit in ("KGM", "TNE", "MTQ", "HUR", "MTK")
    quantity = Decimal(chance.randrange(1, 60))
    if weighed and chance.random() < 0.5:
        quantity = Decimal(chance.randrange(5, 9000)) / 10
    span = int((good.high - good.low) * 100)
    price = ((good.low + Decimal(chance.randrange(span + 1)) / 100) / worth).quantize(Decimal("0.01"))
    name = good.arabic if arabic else good.english
    allowances: tuple[AllowanceCharge, ...] = ()
    if wide and chance.random() < 0.6:
        percent = Decimal(chance.choice((5, 10, 12)))
        base = (quantity * price).quantize(Decimal("0.01"))
        allowances = (AllowanceCharge(reason_code="95", percent=percent, base=base),)
    return Line(
        quantity=quantity,
        unit=good.unit,
        allowances=allowances,
        item=Item(
            name=name, description=name, sellers_id=f"{chance.choice('ABKT')}{chance.randrange(1000, 99999)}", vat=vat
        ),
        price=Price(net=price),
    )


def _number(chance: Random, issued: date) -> str:
    running = chance.randrange(1, 99999)
    return chance.choice((
        f"INV-{issued.year}-{running:05}", f"{issued:%y%m}{running:05}", f"SI/{issued.year % 100}/{running}",
        f"{running + 100000}", f"TI{running:06}", f"{chance.choice(('DXB', 'AUH', 'HO'))}-{running:05}",
    ))  # fmt: skip


def _trn(chance: Random) -> str:
    return f"100{chance.randrange(10**9, 10**10)}03"


def _iban(chance: Random) -> str:
    """Of the Emirates, with its check digits (ISO 13616); the bank's code 099 belongs to none."""
    account = f"099{chance.randrange(10**15, 10**16)}"
    return f"AE{98 - int(account + '101400') % 97:02}{account}"


def _address(chance: Random, *, arabic: bool) -> Address:
    city, street = chance.choice(words.CITIES), chance.choice(words.STREETS)
    return Address(street=street[arabic], city=city[arabic], subdivision=city[2], country="AE")


def _seller(chance: Random, trade: words.Trade, *, arabic: bool) -> Party:
    first = chance.choice(words.FIRST)
    trn = _trn(chance)
    name = f"{first[1]} {trade.arabic}" if arabic else f"{first[0]} {trade.english}"
    return Party(name=name, trn=trn, endpoint=Endpoint(id=trn[:10]), address=_address(chance, arabic=arabic))


def _buyer(chance: Random, *, arabic: bool) -> Party:
    first = chance.choice(words.FIRST)
    trn = _trn(chance)
    name = f"{first[1]} القابضة ش.م.ع" if arabic else f"{first[0]} Holding PJSC"
    return Party(name=name, trn=trn, endpoint=Endpoint(id=trn[:10]), address=_address(chance, arabic=arabic))


def _foreign(chance: Random, abroad: tuple[str, str, str, str, str, str]) -> Party:
    name, country, city, *_ = abroad
    digits = f"{chance.randrange(10**8, 10**9)}"
    tax_id = {"FR": f"FR{chance.randrange(10, 99)}{digits}", "US": f"{digits[:2]}-{digits[2:]}"}.get(
        country, country + digits
    )
    return Party(name=name, trn=tax_id, address=Address(street="12 Dock Lane", city=city, country=country))
