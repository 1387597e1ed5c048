"""Whether an account can be what it is said to be: every refusal names the field that must be mended."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from gateway.access.errors import Unacceptable
from gateway.providers.adapters import open_account
from gateway.providers.secrets import Secrets
from gateway.settings import Settings
from peppol.errors import Precondition
from peppol.providers import PROVIDERS
from peppol.providers.account import Lacks
from peppol.providers.wants import WANTS


async def judge(
    settings: Settings, *, adapter: str, label: str, base_url: str, options: Mapping[str, str], secrets: Secrets
) -> None:
    """Make the adapter and let it go again; no call is made. Raises `Unacceptable`."""
    if not label.isprintable() or not label.strip():
        raise Unacceptable("/label", "Give the account a name that can be read.")
    if adapter not in PROVIDERS or (settings.mode == "live" and adapter == "sandbox"):
        known = ", ".join(sorted(PROVIDERS.keys() - ({"sandbox"} if settings.mode == "live" else set())))
        raise Unacceptable("/adapter", f"There is no such provider here; choose one of: {known}.")
    _address("/base_url", base_url)
    _names(adapter, "credentials", secrets.credentials, WANTS[adapter].credentials)
    _names(adapter, "options", options, {name for name in options if WANTS[adapter].reads_option(name)})
    for name, value in options.items():
        if not value.isprintable():
            raise Unacceptable(f"/options/{name}", "This holds a character that can't be printed.")
        if name.endswith("_url"):
            _address(f"/options/{name}", value)
    for pointer, value in (
        *((f"/credentials/{name}", value) for name, value in secrets.credentials.items()),
        *((f"/webhook_secrets/{at}", value) for at, value in enumerate(secrets.webhook)),
    ):
        if not (value.isascii() and value.isprintable() and value == value.strip()):
            raise Unacceptable(pointer, "This must be printable ASCII without blanks around it; check what was copied.")
    try:
        opened = open_account(adapter, base_url, options, secrets, public_only=settings.mode == "live")
    except Lacks as lack:
        raise Unacceptable(f"/{lack.part}/{lack.name}", f"{lack}.") from None
    except Precondition as refused:
        raise Unacceptable("/base_url", f"{refused}.") from None
    await opened.close()


def _address(pointer: str, address: str) -> None:
    try:
        parts = urlsplit(address)
        odd = bool(parts.query or parts.fragment or parts.username or parts.password) or parts.port == 0
    except ValueError:
        odd = True
    if odd or not address.isprintable() or " " in address:
        raise Unacceptable(pointer, "This must be an address such as https://api.provider.example/v2, and no more.")


def _names(adapter: str, part: str, given: Iterable[str], known: Iterable[str]) -> None:
    known = sorted(known)
    for name in given:
        if name not in known:
            wanted = sorted(WANTS[adapter].credentials if part == "credentials" else WANTS[adapter].options)
            close = difflib.get_close_matches(name, wanted, n=1)
            hint = f"Was {close[0]!r} meant?" if close else f"It reads: {', '.join(wanted) or 'none'}."
            raise Unacceptable(f"/{part}/{name}", f"The provider {adapter} reads nothing under this name. {hint}")
