"""Who takes what, and where: from a participant to its publisher (SML) and to its access point (SMP).

    participant --hash, DNS--> publisher --HTTPS, signed--> registered types --match--> endpoint, certificate

Three answers must never be mixed up: registered, surely not registered (None), and can't tell (an error).
"""

from peppol.lookup.client import Lookup
from peppol.lookup.metadata import Endpoint
from peppol.lookup.resolver import Resolver, Zone

__all__ = ["Endpoint", "Lookup", "Resolver", "Zone"]
