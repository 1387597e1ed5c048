"""The first person of the platform: made on the command line by whoever holds the owner's database address."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access import contacts, passwords
from gateway.db import new_id
from gateway.http.problems import Conflict

_CREATE = text("select access_create_super_admin(:id, :email, :name, :hash, :now)")


async def create_admin(owner: AsyncConnection, *, email: str, name: str, password: str, now: datetime) -> UUID:
    """Make a SUPER_ADMIN, for `involinks create-admin`; the person enrols a second factor at the first sign-in.

    `owner`: a transaction as the tables' owner; the app's role may not do this. Raises `Unacceptable`, `Conflict`.
    """
    address = contacts.email_address(email)
    passwords.check_strength(password, email=address)
    user_id = new_id()
    row = {
        "id": user_id,
        "email": address,
        "name": name.strip() or address,
        "hash": await passwords.hash_password(password),
        "now": now,
    }
    if not await owner.scalar(_CREATE, row):
        raise Conflict(f"There is an account for {address} already.")
    return user_id
