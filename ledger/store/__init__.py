"""The ledger in PostgreSQL: INSERT-only tables, append under the head's lock, stream.

Every function works in the caller's transaction on a connection that is bound to the company (`involinks.company`);
none commits. The lock order everywhere: the series row, then the head row (`append` takes it), nothing after.
"""

from ledger.record import Head, PublicKey, Record
from ledger.store.append import append, open_ledger
from ledger.store.keys import LedgerSigners, certificates, current_signer, ledger_signers, sealed_key, sealed_keys
from ledger.store.read import batch, content, end, firsts, head, public_keys, record, sizes, stream, timeline
from ledger.store.rotation import replace_key, reseal_keys, rotate_key

__all__ = [
    "Head",
    "LedgerSigners",
    "PublicKey",
    "Record",
    "append",
    "batch",
    "certificates",
    "content",
    "current_signer",
    "end",
    "firsts",
    "head",
    "ledger_signers",
    "open_ledger",
    "public_keys",
    "record",
    "replace_key",
    "reseal_keys",
    "rotate_key",
    "sealed_key",
    "sealed_keys",
    "sizes",
    "stream",
    "timeline",
]
