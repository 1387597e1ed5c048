"""The journal's tables and their rows; an envelope stands last in its row, so that the others are read without it."""

from __future__ import annotations

import msgspec

from peppol.providers.sandbox_wire import Happened

SCHEMA = """
create table participants (id text primary key, profile blob not null);
create table messages (
    key text primary key, reference text not null, instance_id text not null unique, sender text not null,
    receiver text not null, accepted_at text not null, done integer not null default 0,
    attempts integer not null default 0, due real not null, quiet integer not null default 0,
    reported integer not null default 0, envelope blob not null);
create index messages_due on messages (receiver, accepted_at) where done = 0;
create table events (
    event_id text primary key, position integer not null, key text not null, outcome text not null, at text not null,
    reason text not null, told integer not null default 0, attempts integer not null default 0, due real not null);
create index events_of on events (key);
create index events_untold on events (position) where told = 0;
create table shelf (
    position integer primary key, key text not null unique, acknowledged integer not null default 0);
create table handovers (key text not null, at text not null, status integer not null);
create table reports (
    key text primary key, sender text not null, receiver text not null, at text not null);
create table orders (
    id integer primary key, point text not null, participant text not null, key text not null,
    remaining integer not null, body blob not null);
create table forced (key text primary key);
"""
"""Change it freely: a file of another shape is brought up when it is opened (`gateway.sandbox.file`)."""


class Waiting(msgspec.Struct, frozen=True):
    """A message to be handed over; its envelope is asked for when it goes out."""

    key: str
    reference: str
    sender: str
    receiver: str
    attempts: int
    reported: bool
    """To the fifth corner, or nothing of it has to be."""


class Untold(msgspec.Struct, frozen=True):
    """An event that the sender hasn't been told."""

    event: Happened
    sender: str
    receiver: str
    attempts: int


class Handover(msgspec.Struct, frozen=True):
    """One attempt to hand an envelope to its receiver; `status` is HTTP's, 0 where no answer came."""

    key: str
    at: str
    status: int


class Report(msgspec.Struct, frozen=True):
    """What the fifth corner has recorded of a message."""

    key: str
    sender: str
    receiver: str
    at: str


class Progress(msgspec.Struct, frozen=True):
    """How far a message has come."""

    key: str
    reference: str
    instance_id: str
    sender: str
    receiver: str
    accepted_at: str
    done: bool
    """Its receiver has it, or never will."""
    attempts: int
