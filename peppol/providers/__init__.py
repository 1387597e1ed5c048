"""The providers in reach, by name. A new adapter is one file here and one line in this table."""

from __future__ import annotations

from collections.abc import Callable

from peppol.provider import Provider
from peppol.providers.account import ProviderAccount
from peppol.providers.basware import BaswareProvider
from peppol.providers.peppyrus import PeppyrusProvider
from peppol.providers.phoss_ap import PhossApProvider
from peppol.providers.sandbox import SandboxProvider
from peppol.providers.storecove import StorecoveProvider
from peppol.providers.tradeshift import TradeshiftProvider

PROVIDERS: dict[str, Callable[[ProviderAccount], Provider]] = {
    "sandbox": SandboxProvider,
    "storecove": StorecoveProvider,
    "peppyrus": PeppyrusProvider,
    "phoss_ap": PhossApProvider,
    "tradeshift": TradeshiftProvider,
    "basware": BaswareProvider,
}
"""Name -> constructor; it raises Precondition where the account lacks a credential or an option."""

__all__ = ["PROVIDERS", "ProviderAccount"]
