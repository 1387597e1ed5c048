"""The ledger in PostgreSQL: INSERT-only tables, append under the head's lock, stream.

Every function works in the caller's transaction on a connection that is bound to the company (`involinks.company`);
none commits. The lock order everywhere: the series row, then the head row (`append` takes it), nothing after.
"""

from ledger.store.append import append, open_ledger
from ledger.store.keys import current_signer, rotate_key
from ledger.store.read import Head, content, head, stream

__all__ = ["Head", "append", "content", "current_signer", "head", "open_ledger", "rotate_key", "stream"]
