"""Which lines to the network there are: the installation's provider, and the accounts that companies bring along.

`Lines` is what sending and receiving use. What people see and change is `gateway.accounts`.
"""

from gateway.providers.adapters import Adapters
from gateway.providers.lines import Account, Lines, Matter

__all__ = ["Account", "Adapters", "Lines", "Matter"]
