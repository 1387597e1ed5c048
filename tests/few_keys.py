"""Keys for tests of other things: real ones, really sealed, made once: making one costs more than most tests do."""

from __future__ import annotations

from functools import cache
from threading import Lock
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import rsa

from certs import ALGORITHMS, Algorithm, Kek, KeyRing, LocalKeyStore, Purpose, SealedKey

_MADE = 12
"""No company gets one of them twice before it asked for so many."""


@cache
def rsa_key(number: int, bits: int = 2048) -> rsa.RSAPrivateKey:
    """One of this process's keys."""
    del number
    return rsa.generate_private_key(65537, bits)


class FewKeys(LocalKeyStore):
    """A key store that gives the same RSA keys again and again, to another company each time."""

    def __init__(self, ring: KeyRing | None = None) -> None:
        super().__init__(ring or KeyRing(Kek.make(development=True)))
        self._next: dict[UUID, int] = {}
        self._turn = Lock()

    def generate(self, company_id: UUID, purpose: Purpose = Purpose.DOCUMENT) -> SealedKey:
        """The company's next, beginning elsewhere than the company before; Ed25519 keys are new, they cost nothing."""
        if ALGORITHMS[purpose] is Algorithm.ED25519:
            return super().generate(company_id, purpose)
        with self._turn:
            turn = self._next.setdefault(company_id, 2 * len(self._next))
            self._next[company_id] = turn + 1
        return self.keep(company_id, purpose, rsa_key(turn % _MADE))
