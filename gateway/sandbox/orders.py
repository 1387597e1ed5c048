"""Faults on order, in the journal's file: kept until their moment comes, used up one by one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from gateway.sandbox.faults import EFFECTS, Order, Point


class Orders:
    """Each method is one statement, so nothing is used up twice or by halves."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """`db`: the journal's."""
        self._db = db

    def place(self, order: Order) -> None:
        """Keep a fault to strike later."""
        self._db.execute(
            "insert into orders (point, participant, key, remaining, body) values (?, ?, ?, ?, ?)",
            (EFFECTS[order.fault].point, order.participant.lower(), order.key, order.times, msgspec.json.encode(order)),
        )

    def cancel(self) -> None:
        """Forget them all."""
        self._db.execute("delete from orders")

    def force(self, key: str, orders: Iterable[Order]) -> None:
        """Place what a magic receiver stands for, once per message."""
        if self._db.execute("insert or ignore into forced values (?)", (key,)).rowcount:
            for order in orders:
                self.place(order)

    def strike(self, point: Point, parties: tuple[str, ...], key: str) -> Order | None:
        """The oldest fault on order for this moment, used up by one; None: all is well."""
        names = ["", *(party.lower() for party in parties)]
        rows = self._db.execute(
            "update orders set remaining = remaining - 1 where id = (select id from orders where point = ?"
            " and remaining > 0 and key in ('', ?) and participant in (select value from json_each(?))"
            " order by id limit 1) returning body",
            (point, key, msgspec.json.encode(names).decode()),
        ).fetchall()
        return msgspec.json.decode(rows[0][0], type=Order) if rows else None
