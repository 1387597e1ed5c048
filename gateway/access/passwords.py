"""Passwords: argon2id (RFC 9106) with 19 MiB, two passes, one lane, computed in a thread; and what is too weak."""

from __future__ import annotations

import asyncio
import itertools
import unicodedata
from concurrent.futures import Executor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.low_level import Type

from gateway.access.errors import Unacceptable

SHORTEST, LONGEST = 12, 256
"""Characters. The upper bound keeps a request from buying more work than a password is worth."""

_LONGEST_TYPED = 4 * LONGEST
"""What is longer is cut before it is normalised: normalising takes time in the square of a text's length."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)

_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$aW52b2xpbmtzLm5vYm9keQ$47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
"""Verified where there is no account, so that the answer takes as long as for a wrong password. No password fits it:
the digest isn't argon2's."""

_WORDS = (
    "password passwort passw0rd p@ssword p@ssw0rd qwerty qwertyuiop asdfgh asdfghjkl zxcvbnm letmein welcome admin "
    "administrator iloveyou dragon monkey football baseball master sunshine princess superman batman trustno1 abc "
    "abcdef abcdefgh changeme secret login invoice invoices involinks dubai abudhabi emirates uae company test "
    "testing temp guest root user default hello freedom whatever computer internet"
)
_COMMON = frozenset(_WORDS.split())


def check_strength(password: str, *, email: str, pointer: str = "/password") -> None:
    """Raise `Unacceptable` with what to do, unless the password is long, varied and not near at hand.

    Length decides (NIST SP 800-63B, section 5.1.1.2): no rules about signs and digits, but no common word with
    trimmings, no part of the address, no run of one sign.
    """
    text = _normal(password)
    if len(text) < SHORTEST:
        raise Unacceptable(pointer, f"The password is too short: take at least {SHORTEST} characters.")
    if len(text) > LONGEST or len(password) > _LONGEST_TYPED:
        raise Unacceptable(pointer, f"The password is too long: take at most {LONGEST} characters.")
    if len(set(text)) < 6:
        raise Unacceptable(pointer, "The password repeats too few different characters: take at least 6.")
    lowered = text.casefold()
    core = "".join(sign for sign in lowered if sign.isalpha())
    local = email.partition("@")[0].casefold()
    if core in _COMMON or lowered.strip("0123456789!@#$%^&*._-?+ ") in _COMMON or _is_run(lowered):
        raise Unacceptable(pointer, "The password is among the first that are tried: take several unrelated words.")
    if len(local) > 3 and local in lowered and len(lowered) - len(local) < SHORTEST - 4:
        raise Unacceptable(pointer, "The password is made of your e-mail address: take several unrelated words.")


async def hash_password(password: str, executor: Executor | None = None) -> str:
    """The PHC string to store; about 30 ms in a thread."""
    return await asyncio.get_running_loop().run_in_executor(executor, _hasher.hash, _normal(password))


async def password_fits(password: str, stored: str | None, executor: Executor | None = None) -> bool:
    """Whether the password fits; `stored` None (no such account) costs the same time and never fits."""
    text = _normal(password)[: LONGEST + 1]
    return await asyncio.get_running_loop().run_in_executor(executor, _verify, stored or _NOBODY, text)


def needs_rehash(stored: str) -> bool:
    """Whether the parameters of the stored hash are older than those above."""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except VerifyMismatchError:
        return False
    except InvalidHashError as broken:
        raise ValueError("a stored password hash can't be read") from broken


def _normal(password: str) -> str:
    """NFKC, so that the same keys pressed on two systems give the same password (RFC 8265, section 4.2)."""
    return unicodedata.normalize("NFKC", password[: _LONGEST_TYPED + 1])


def _is_run(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in itertools.pairwise(text)}
    return steps in ({1}, {-1}, {0})
