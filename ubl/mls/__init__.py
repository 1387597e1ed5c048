"""Message Level Status: what became of a message, told by the access point that got it to the one that sent it.

`build` makes a status within the table of what may be said, `write` its bytes, `read` and `check` take one that came.
Version 1.1.0: a UBL ApplicationResponse between service providers (scheme 0242), zero or one per message.
"""

from ubl.mls.check import MESSAGE, RULES, check, check_tree, run
from ubl.mls.names import ALLOWED, FAILURES, PROCESS, SPECIFICATION, Code, Reason
from ubl.mls.status import Issue, Status, answerable, build, issues_of, read, write

__all__ = [
    "ALLOWED",
    "FAILURES",
    "MESSAGE",
    "PROCESS",
    "RULES",
    "SPECIFICATION",
    "Code",
    "Issue",
    "Reason",
    "Status",
    "answerable",
    "build",
    "check",
    "check_tree",
    "issues_of",
    "read",
    "run",
    "write",
]
