"""Orders and bills for the tests, short to write."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from ingestion.matching import Bill, BillLine, Order, OrderLine

DAY = date(2026, 11, 2)


def money(value: str | int | Decimal) -> Decimal:
    return Decimal(value)


def order_line(id: str, quantity: object = 10, price: object = 100, **more: object) -> OrderLine:
    given = {
        "id": id, "position": id, "seller_item": f"SKU-{id}", "description": f"Article {id}", "unit": "C62",
        "ordered": Decimal(str(quantity)), "price": Decimal(str(price)), "accepted": Decimal(str(quantity)),
        "tax_rate": Decimal(5),
    } | more  # fmt: skip
    return OrderLine(**{name: Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
                        for name, value in given.items()})  # type: ignore[arg-type]  # fmt: skip


def order(*lines: OrderLine, number: str = "PO-1001", **more: object) -> Order:
    given: dict[str, object] = {"number": number, "supplier": "s1", "currency": "AED", "date": date(2026, 10, 1)}
    return Order(lines=lines, **(given | more))  # type: ignore[arg-type]


def bill_line(id: str, quantity: object = 10, price: object = 100, **more: object) -> BillLine:
    quantity, price = Decimal(str(quantity)), Decimal(str(price))
    given = {
        "id": id, "seller_item": f"SKU-{id}", "description": f"Article {id}", "unit": "C62", "quantity": quantity,
        "price": price, "net": (quantity * price).quantize(Decimal("0.01")), "tax_rate": Decimal(5),
    } | more  # fmt: skip
    return BillLine(**given)  # type: ignore[arg-type]


def bill(*lines: BillLine, **more: object) -> Bill:
    """With VAT and total as its lines give them."""
    charges, rounding = (Decimal(str(more.get(name, 0))) for name in ("charges", "rounding"))
    net = sum((line.net for line in lines), Decimal(0))
    tax = (net * 5 / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    given: dict[str, object] = {
        "supplier": "s1", "currency": "AED", "date": DAY, "orders": ("PO-1001",), "tax": tax,
        "payable": net + charges + tax + rounding,
    }  # fmt: skip
    return Bill(lines=lines, **(given | more | {"charges": charges, "rounding": rounding}))  # type: ignore[arg-type]
