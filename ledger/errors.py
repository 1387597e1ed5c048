"""What can go wrong in the ledger.

    LedgerError
    ├── NotCanonical        a value or its bytes don't fit the canonical JSON profile
    ├── EntryMalformed      bytes are no entry, or an entry can't be made of these values
    ├── ProofMalformed      a tree proof was asked for a place that isn't in the tree
    ├── LedgerMissing       the company has no ledger, or no key to sign with
    ├── KeyMissing          a key that signs now, or its private part, is no longer stored
    ├── KeyKnown            a key that the company has or had is offered as a new one
    ├── LedgerExists        the company's ledger was opened before
    ├── NumberTaken         an issued document with this number is in the ledger
    ├── CheckpointMalformed bytes are no checkpoint, or one can't be made of these values
    ├── TreeDamaged         a proof needs an entry or a node of the tree that isn't stored
    ├── ContentErased       the content of this document was destroyed, and nothing is added to it
    ├── CopyMalformed       a file is no copy of a ledger
    ├── BundleRefused       a bundle can't be made of this range
    ├── WitnessMalformed    bytes are no witness's key, request or cosignature
    ├── CosignatureWrong    a known witness's line under a checkpoint isn't its signature
    ├── TimestampWrong      a time stamp doesn't hold, or isn't by anyone trusted
    └── LedgerBusy          try again with the same input, nothing was written
        ├── HeadMoved       another append came in between
        └── KeyRotated      a seal was made with a key that is no longer the company's; sign again

What verification finds is no exception but a value: `ledger.verify.Report`.
"""

from __future__ import annotations


class LedgerError(Exception):
    """The root: every error this package raises on purpose."""


class NotCanonical(LedgerError):
    """Not in the profile of RFC 8785 that the ledger hashes."""


class EntryMalformed(LedgerError):
    """Not an entry."""


class ProofMalformed(LedgerError):
    """No such place in the tree."""


class LedgerMissing(LedgerError):
    """Open the company's ledger and give it a key first."""


class KeyMissing(LedgerError):
    """Bring the row back from a backup: nothing can be sealed or recorded without it."""


class KeyKnown(LedgerError):
    """Each key is added once; bring another."""


class LedgerExists(LedgerError):
    """A company has one ledger for ever."""


class NumberTaken(LedgerError):
    """A document's number is given once in a company."""


class CheckpointMalformed(LedgerError):
    """Not a signed checkpoint."""


class TreeDamaged(LedgerError):
    """What is stored of the Merkle tree is incomplete; a verification tells where."""


class ContentErased(LedgerError):
    """There is nothing to read, and nothing more to write."""


class CopyMalformed(LedgerError):
    """Not a copy of a ledger."""


class BundleRefused(LedgerError):
    """Not a range that can be bundled: empty, or entries of it are not there."""


class LedgerBusy(LedgerError):
    """Retry: nothing was written."""


class HeadMoved(LedgerBusy):
    """The head is no longer where it was read."""


class KeyRotated(LedgerBusy):
    """The company's document key changed between signing and appending."""


class WitnessMalformed(LedgerError):
    """Not what tlog-witness says, byte for byte."""


class CosignatureWrong(LedgerError):
    """A line names a known witness, and its key didn't make it."""


class TimestampWrong(LedgerError):
    """Proves no time."""
