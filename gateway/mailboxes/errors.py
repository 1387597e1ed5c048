"""What goes wrong between us and a mail server; every text is fit for the mailbox's owner and holds no secret.

Trouble
├── Unreachable   it can't be reached, or the conversation broke off: the next look tries again
├── NotAllowed    its address lies in a private network, or isn't one that we may speak to
└── Unwilling     it answers, and won't: user or password, a folder, a certificate; a person has to act
"""

from __future__ import annotations


class Trouble(Exception):
    """A look at a mailbox that didn't go well."""


class Unreachable(Trouble):
    """Nobody is there, or nobody any more."""


class NotAllowed(Trouble):
    """It isn't spoken to."""


class Unwilling(Trouble):
    """It says no."""
