"""Exception -> HTTP status, code and title: the one table. A subclass is answered as its nearest listed base."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy.exc

import certs
import ledger.errors
import schemas
from gateway import idempotency, storage
from gateway.http import problems as families
from gateway.http.answers import UNEXPECTED, Kind
from peppol import errors as peppol

_GONE = "The database can't be reached just now; nothing was done halfway. Try again as Retry-After says."
_UNREACHABLE = Kind(503, "unavailable", "Not available just now", _GONE, 2)
_BUSY = Kind(503, "busy", "Too busy just now", "The database is busy; nothing was done. Try again in a moment.", 1)
_KEY_UNUSABLE = Kind(
    500,
    "key-unusable",
    "A secret key can't be used",
    "A key that this needs can't be opened, so nothing was done. An operator must look: the log names the key under "
    "this request's id and says whether the key, its row or the key-encryption key is missing or damaged.",
)

PROBLEMS: Mapping[type[Exception], Kind] = {
    families.Malformed: Kind(400, "malformed", "The request can't be understood"),
    families.Unauthenticated: Kind(401, "unauthenticated", "Who are you?"),
    families.Forbidden: Kind(403, "forbidden", "Not allowed"),
    families.NotFound: Kind(404, "not-found", "Not found"),
    families.Conflict: Kind(409, "conflict", "At odds with the present state"),
    families.TooLarge: Kind(413, "too-large", "Too large"),
    families.WrongMediaType: Kind(415, "wrong-media-type", "Wrong content type"),
    families.Invalid: Kind(422, "invalid", "Something in the request is wrong"),
    families.PreconditionNeeded: Kind(428, "precondition-needed", "Say which version is meant"),
    families.TooMany: Kind(429, "rate-limited", "Too many requests"),
    families.Unavailable: Kind(503, "unavailable", "Not available just now"),
    idempotency.KeyReused: Kind(
        409,
        "idempotency-key-reused",
        "The Idempotency-Key was used for another request",
        "This Idempotency-Key was used with other content; send a new key with a new request.",
    ),
    idempotency.KeyBusy: Kind(
        409,
        "idempotency-key-busy",
        "The first request with this Idempotency-Key is still at work",
        "The first request with this Idempotency-Key hasn't ended yet; send the same request again in a moment.",
        1,
    ),
    storage.ObjectMissing: Kind(404, "not-found", "Not found", "The stored original isn't there any more."),
    storage.ObjectDamaged: Kind(
        500,
        "damaged",
        "A stored original is damaged",
        "What is stored isn't what was put there; an operator must look.",
    ),
    storage.StorageUnavailable: Kind(503, "unavailable", "Not available just now", "The storage can't be reached.", 5),
    peppol.Temporary: Kind(503, "network-unavailable", "The network can't be reached just now", None, 10),
    peppol.Precondition: Kind(422, "network-precondition", "The network needs something else first"),
    peppol.Permanent: Kind(422, "network-refused", "The network refuses this"),
    peppol.OutcomeUnknown: Kind(503, "network-unknown", "The network hasn't answered", None, 30),
    certs.CertsError: _KEY_UNUSABLE,
    ledger.errors.KeyMissing: _KEY_UNUSABLE,
    ledger.errors.ContentErased: Kind(410, "gone", "Erased"),
    ledger.errors.LedgerBusy: Kind(
        503, "busy", "Too busy just now", "The ledger moved on meanwhile; nothing was done. Send the request again.", 1
    ),
    schemas.SchemasNotInstalled: Kind(
        503,
        "schemas-missing",
        "Nothing can be checked just now",
        "The UBL schemas aren't installed here; an operator has to run: python -m schemas install",
        60,
    ),
    OSError: _UNREACHABLE,
    sqlalchemy.exc.TimeoutError: _BUSY,
}
"""Keep it short: a slice's own exceptions derive from the families and need no line here."""

SQLSTATES: Mapping[str, Kind] = {
    "08": _UNREACHABLE,  # connection exceptions
    "53": _BUSY,  # no more connections, memory, disk
    "57": _UNREACHABLE,  # shutdown, crash, a statement that was cancelled
    "40": _BUSY,  # deadlock, serialization
    "55P03": _BUSY,  # a lock that wasn't free in time
    "22021": Kind(
        422, "invalid", "Something in the request is wrong", "A text holds a character that can't be stored."
    ),
}
"""What PostgreSQL says, by its code or its class (appendix A of its manual)."""


def kind_of(error: Exception) -> Kind:
    """What the nearest listed class above the exception, or the database's code, is answered with."""
    if isinstance(error, sqlalchemy.exc.DBAPIError) and error.connection_invalidated:
        return _UNREACHABLE
    state = str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")
    for key in (state, state[:2]):
        if key in SQLSTATES:
            return SQLSTATES[key]
    for base in type(error).__mro__:
        if base in PROBLEMS:
            return PROBLEMS[base]
    return UNEXPECTED
