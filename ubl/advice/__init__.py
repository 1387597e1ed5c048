"""Our own warnings: what the published rules accept and a tax office, or the buyer's system, would not.

`ADVICE` are rules like the published ones, tested in the same pass, with ids of their own (`AE-ADV-nn`) and the
severity `warning`: they never make a document invalid.
"""

from ubl.advice import amounts, codes, parties
from ubl.findings import Layer
from ubl.rules.registry import REGISTERED, Rule

__all__ = ["ADVICE", "amounts", "codes", "parties"]

ADVICE: tuple[Rule, ...] = tuple(
    sorted((rule for rule in REGISTERED if rule.layer is Layer.ADVICE), key=lambda rule: rule.id)
)
"""Every warning, by id."""
