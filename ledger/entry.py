"""One entry and its bytes: a fixed binary form, because what is hashed must never depend on a library.

    "einv-ledger/v1\\0" | company id (16) | seq u64 | kind u8 | time u64 | series | number
        | previous entry hash (32) | invoice hash (32) | xml hash (32) | key id (8) | SHA-256 of the signature (32)

Big-endian throughout; `|` is concatenation; series and number are UTF-8 behind a u16 length; time is microseconds
since 1970-01-01T00:00:00Z; seq counts from 0 and is the leaf index of the Merkle tree. The version string in front
chooses form and hash function for ever: another form gets another string, and this one stays readable.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from hashlib import sha256
from uuid import UUID

import msgspec

from ledger.errors import EntryMalformed
from ledger.signing import Seal

VERSION = b"einv-ledger/v1\0"
ZERO_HASH = bytes(32)
"""Stands where there is nothing to hash: no XML, no signature."""
NO_KEY = bytes(8)
"""Stands where nothing was signed."""

_HEAD = struct.Struct(">15s16sQBQ")
_TAIL = struct.Struct(">32s32s32s8s32s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Kind(IntEnum):
    """What an entry records. A number is never given to another kind, not even of a kind no longer written."""

    INVOICE = 1
    """An invoice issued by this company."""
    CREDIT_NOTE = 2
    """A credit note issued by this company."""
    RECEIVED = 3
    """A document received from another company, as it came."""
    APPROVAL = 4
    REJECTION = 5
    """A sealed or received document refused by a person; it keeps its number and place."""
    VOID = 6
    TRANSMISSION = 7
    """Evidence that a document was handed to the network."""
    STATUS = 8
    """Evidence of what became of it there."""
    CORRECTION = 9
    """Of a value read from a document: old and new."""
    MATCH = 10
    """The verdict of matching a bill with order and receipt."""
    KEY_ADDED = 11
    KEY_RETIRED = 12
    ACCESS = 13
    """A change of roles or access."""
    TENANT_READ = 14
    """The platform's operator read this company's data."""
    PERIOD_CLOSE = 15
    EXPORT = 16
    VERIFICATION = 17
    """This ledger was verified: the report."""
    LEGACY_GENESIS = 18
    """The state of an older system, taken over at the boundary."""
    ACKNOWLEDGEMENT = 19
    """The receiver took notice of a received document."""
    ERASURE = 20
    """The content of entries about a natural person's document was destroyed; hashes and places stay."""
    TAX_PERIOD = 21
    """A VAT period was closed, or one document let into a closed one."""
    RETENTION = 22
    """A legal hold was laid or lifted, or a retention period lengthened."""
    AUDITOR_READ = 23
    """An auditor read this company's data."""
    RESPONSE = 24
    """What a buyer said about a document, as an Invoice Response: ours about a received one, or one that came."""
    OUTAGE = 25
    """The authority was told of a time in which this company couldn't send."""
    BILL = 26
    """A supplier's file came through a door, or what was read of it was discarded before anyone accepted it."""
    READING = 27
    """What was read of a supplier's document, with the evidence for every value."""
    PAYMENT = 28
    """A bill was marked as paid."""
    SUPPLIER = 29
    """A supplier's bank account was proposed, released or refused."""
    ORDER = 30
    """A purchase order was sent, changed or closed."""
    GOODS_RECEIPT = 31
    """Goods of an order were received or went back."""


ISSUED = frozenset({Kind.INVOICE, Kind.CREDIT_NOTE})
"""Documents of our own: they carry series and number, and the number is unique within the company."""
DOCUMENTS = ISSUED | {Kind.RECEIVED}
"""Kinds whose canonical JSON is an envelope (`ledger.envelope`) and whose attached bytes are XML."""
SEALED = DOCUMENTS | {Kind.KEY_ADDED, Kind.KEY_RETIRED}
"""Kinds that are never without a signature."""


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller wants recorded; `ledger.store.append` gives it its place.

    Series and number name the document an entry is about: every entry about one document (approval, transmission,
    status ...) carries the pair of the document's own entry, and its timeline is found by them. Entries about no
    document leave both empty.
    """

    kind: Kind
    canonical: bytes
    """Canonical JSON (`ledger.canonical`); of a document its envelope (`ledger.envelope.wrap`)."""
    attached: bytes | None = None
    """The XML of a document, or other bytes that belong to the entry."""
    series: str = ""
    number: str = ""
    personal: UUID | None = None
    """The document about a natural person that this entry is about: the content is encrypted under that document's key
    (`ledger.store.personal`), so that it can be destroyed. Hashes and seal are those of the plain bytes."""
    seal: Seal | None = None
    """The signature over both hashes (`ledger.signing.make_seals`); kinds in `SEALED` need it."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry in its place. Hashes are 32 bytes, `key_id` 8; where there is nothing, zeros."""

    company_id: UUID
    seq: int
    """Place in the company's chain, from 0."""
    kind: Kind
    at_us: int
    """When, microseconds since the epoch, as the application's clock said."""
    series: str
    number: str
    previous: bytes
    """Hash of the entry before; of the first one the genesis hash."""
    invoice_hash: bytes
    """SHA-256 of the canonical JSON."""
    xml_hash: bytes
    """SHA-256 of the attached bytes."""
    key_id: bytes
    signature_hash: bytes
    """SHA-256 of the signature."""

    @property
    def at(self) -> datetime:
        """The time, in UTC."""
        return _EPOCH + timedelta(microseconds=self.at_us)

    @property
    def hash(self) -> bytes:
        """SHA-256 of the entry's bytes."""
        return sha256(encode(self)).digest()


def genesis(company_id: UUID, created_us: int) -> bytes:
    """What the first entry names as its predecessor: a hash of the company and when its ledger was opened.

    Raises `EntryMalformed` for a time that isn't an unsigned 64-bit number.
    """
    if not 0 <= created_us < 2**64:
        raise EntryMalformed(f"{created_us} is no time in microseconds since 1970")
    return sha256(VERSION + b"genesis" + company_id.bytes + created_us.to_bytes(8, "big")).digest()


def microseconds(moment: datetime) -> int:
    """Whole microseconds since the epoch; exact. Raises `EntryMalformed` for a naive or earlier time."""
    if moment.tzinfo is None:
        raise EntryMalformed("a ledger time needs its zone")
    value = (moment - _EPOCH) // _MICROSECOND
    if value < 0:
        raise EntryMalformed("a ledger time lies after 1970")
    return value


def encode(entry: Entry) -> bytes:
    """The bytes that are hashed. Raises `EntryMalformed` for values that have no such form."""
    hashes = (entry.previous, entry.invoice_hash, entry.xml_hash, entry.signature_hash)
    if len(entry.key_id) != 8 or any(len(value) != 32 for value in hashes):
        raise EntryMalformed("hashes are 32 bytes, a key id is 8")
    try:
        head = _HEAD.pack(VERSION, entry.company_id.bytes, entry.seq, entry.kind, entry.at_us)
    except struct.error as error:
        raise EntryMalformed(f"seq {entry.seq} and time {entry.at_us} are unsigned 64-bit numbers") from error
    tail = _TAIL.pack(entry.previous, entry.invoice_hash, entry.xml_hash, entry.key_id, entry.signature_hash)
    return b"".join((head, _text(entry.series, "series"), _text(entry.number, "number"), tail))


def decode(body: bytes) -> Entry:
    """Read an entry's bytes; the inverse of `encode`, and nothing else is accepted. Raises `EntryMalformed`."""
    try:
        version, company, seq, kind, at_us = _HEAD.unpack_from(body)
        if version != VERSION:
            raise EntryMalformed("unknown version of the entry form")
        series, offset = _read_text(body, _HEAD.size)
        number, offset = _read_text(body, offset)
        if len(body) - offset != _TAIL.size:
            raise EntryMalformed(f"{len(body) - offset} bytes behind the number, {_TAIL.size} expected")
        previous, invoice_hash, xml_hash, key_id, signature_hash = _TAIL.unpack_from(body, offset)
        return Entry(
            company_id=UUID(bytes=company),
            seq=seq,
            kind=Kind(kind),
            at_us=at_us,
            series=series,
            number=number,
            previous=previous,
            invoice_hash=invoice_hash,
            xml_hash=xml_hash,
            key_id=key_id,
            signature_hash=signature_hash,
        )
    except struct.error as error:
        raise EntryMalformed("the bytes end too early") from error
    except UnicodeDecodeError as error:
        raise EntryMalformed("series or number is no UTF-8") from error
    except ValueError as error:
        raise EntryMalformed(str(error)) from error


def _text(value: str, what: str) -> bytes:
    try:
        raw = value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise EntryMalformed(f"the {what} holds a lone surrogate") from error
    if len(raw) > 0xFFFF or "\0" in value:
        raise EntryMalformed(f"the {what} is longer than 65,535 bytes or holds a NUL")
    return len(raw).to_bytes(2, "big") + raw


def _read_text(body: bytes, offset: int) -> tuple[str, int]:
    (length,) = struct.unpack_from(">H", body, offset)
    end = offset + 2 + length
    if end > len(body):
        raise EntryMalformed("the bytes end too early")
    value = body[offset + 2 : end].decode("utf-8")
    if "\0" in value:
        raise EntryMalformed("series or number holds a NUL")
    return value, end
