"""The word a user sees, derived by the database from all that is known: bad news first, then the furthest."""

from __future__ import annotations

import itertools

from sqlalchemy import text

from gateway.db import Database
from gateway.outbound.states import Public, State
from peppol.statuses import MEANINGS, Corner, Outcome

C3 = [None, *(outcome for outcome in Outcome if MEANINGS[outcome].corner is Corner.C3)]
C5 = [None, *(outcome for outcome in Outcome if MEANINGS[outcome].corner is Corner.C5)]
BUYER = [None, *(outcome for outcome in Outcome if MEANINGS[outcome].corner is Corner.BUYER)]


def expected(state: State, c3: Outcome | None, c5: Outcome | None, buyer: Outcome | None) -> Public:
    """The same, thought once more."""
    if state is State.QUEUED:
        return Public.SENDING
    there = c3 in {Outcome.DELIVERED, Outcome.REFUSED} or buyer is not None
    if state is not State.SENT and not (state is State.FAILED and there):
        return Public(state.value)
    bad = {
        Outcome.REFUSED: Public.REFUSED,
        Outcome.REPORT_REFUSED: Public.REPORT_REFUSED,
        Outcome.BUYER_REJECTED: Public.DECLINED,
    }
    for outcome in (c3, c5, buyer):
        if outcome in bad:
            return bad[outcome]
    if buyer is Outcome.BUYER_PAID:
        return Public.PAID
    if buyer in {Outcome.BUYER_ACCEPTED, Outcome.BUYER_ACCEPTED_CONDITIONALLY}:
        return Public.ACCEPTED
    if buyer is not None or c3 is Outcome.DELIVERED:
        return Public.DELIVERED
    if c3 is Outcome.UNDELIVERABLE:
        return Public.UNDELIVERABLE
    return Public.REPORTED if c5 is Outcome.REPORTED else Public.SENT


async def test_every_combination_of_facts_has_its_word(module_admin: Database) -> None:
    """Asks the very expression of the generated column, with every outcome that the network can tell."""
    combinations = list(itertools.product(State, C3, C5, BUYER))
    async with module_admin.platform() as db:
        expression = await db.scalar(
            text(
                "select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d join pg_attribute a "
                "on a.attrelid = d.adrelid and a.attnum = d.adnum "
                "where d.adrelid = 'issued_documents'::regclass and a.attname = 'public_state'"
            )
        )
        rows = await db.execute(
            text(
                f"select {expression} as word from unnest(cast(:states as text[]), cast(:c3 as text[]), "
                "cast(:c5 as text[]), cast(:buyers as text[])) with ordinality as facts(state, c3, c5, buyer, place) "
                "order by place"
            ),
            {
                "states": [state.value for state, _, _, _ in combinations],
                "c3": [c3 and c3.value for _, c3, _, _ in combinations],
                "c5": [c5 and c5.value for _, _, c5, _ in combinations],
                "buyers": [buyer and buyer.value for _, _, _, buyer in combinations],
            },
        )
        words = [Public(row.word) for row in rows]
    assert words == [expected(*combination) for combination in combinations]
    assert set(words) == set(Public)
