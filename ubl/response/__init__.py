"""The Invoice Response: what the buyer says about an invoice, from receipt to payment.

`build` makes the response to an invoice, `write` its bytes, `read` and `check` take one that came. Peppol BIS Invoice
Response 3: a UBL ApplicationResponse between the trading parties.
"""

from ubl.response.check import MESSAGE, RULES, check, check_tree, run
from ubl.response.document import Clarification, Condition, Correspondent, Response, build, read, write
from ubl.response.names import CODES, NEEDS_REASON, PROCESS, PROCESSES, SPECIFICATION, Code, Kind

__all__ = [
    "CODES",
    "MESSAGE",
    "NEEDS_REASON",
    "PROCESS",
    "PROCESSES",
    "RULES",
    "SPECIFICATION",
    "Clarification",
    "Code",
    "Condition",
    "Correspondent",
    "Kind",
    "Response",
    "build",
    "check",
    "check_tree",
    "read",
    "run",
    "write",
]
