"""What live mode refuses, each with its reason: whatever belongs to development must not touch real documents."""

from __future__ import annotations

from urllib.parse import urlsplit

from certs import Kek
from gateway.settings.development import MARK, known
from gateway.settings.model import Settings
from gateway.settings.values import Secret

UNSIGNED = frozenset({"storecove", "peppyrus", "tradeshift", "basware"})
"""Providers whose calls to us carry no proof: they need no secret, and their calls are only hints."""

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def refusals(settings: Settings) -> list[str]:
    """One sentence for each obstacle that the settings alone show; the database's are found by `gateway.wiring`."""
    checks = (_database, _keys, _provider, _locator, _transport)
    return [f"Live mode: {sentence}" for check in checks for sentence in check(settings)]


def _database(settings: Settings) -> list[str]:
    if settings.embedded:
        return ["the embedded database is for development; name a server in INVOLINKS_DATABASE_URL."]
    return []


def _keys(settings: Settings) -> list[str]:
    """Development keys are known by their name, their id, and by being the very ones of the development file."""
    if settings.kek is None:
        return [
            "no key-encryption key, so private keys would lie unprotected; "
            "set INVOLINKS_KEK (make one with `involinks make-kek`)."
        ]
    try:
        current = settings.key_ring().current
    except ValueError:
        return []  # reported already as a malformed setting
    found = []
    if settings.key_ring().development or current.id.startswith("dev-"):
        found.append("INVOLINKS_KEK or INVOLINKS_KEK_OLDER holds a development key; use keys made for live.")
    if current.secret in _development_keks(settings):
        found.append("INVOLINKS_KEK has the very bytes of this machine's development key; make a new one.")
    return found


def _development_keks(settings: Settings) -> list[bytes]:
    here = known(settings.home)
    return [Kek.parse(here.kek).secret] if here is not None else []


def _provider(settings: Settings) -> list[str]:
    found = []
    if settings.provider == "sandbox":
        found.append("the sandbox provider delivers nothing; name a real one in INVOLINKS_PROVIDER.")
    given: list[tuple[str, Secret | None]] = [
        ("INVOLINKS_PROVIDER_CREDENTIALS", secret) for _, secret in settings.provider_credentials
    ]
    if settings.provider_token is not None or not given:
        given.append(("INVOLINKS_PROVIDER_TOKEN", settings.provider_token))
    none: tuple[Secret | None, ...] = () if settings.provider in UNSIGNED else (None,)
    given += [("INVOLINKS_PROVIDER_SECRETS", secret) for secret in settings.provider_secrets or none]
    for name, secret in given:
        if secret is None:
            found.append(f"{name} is missing; the provider gives it to you.")
        elif secret.reveal().startswith(MARK):
            found.append(f"{name} is a development secret.")
    return found


def _locator(settings: Settings) -> list[str]:
    found = []
    if settings.sml_zone == "test":
        found.append("INVOLINKS_SML_ZONE is the test network's; set it to prod or none.")
    if settings.sml_server:
        found.append("INVOLINKS_SML_SERVER is for tests: whoever answers there decides who is registered.")
    return found


def _transport(settings: Settings) -> list[str]:
    found = []
    if settings.tls == "off":
        found.append("INVOLINKS_TLS is off, so passwords would travel in the clear; set it to direct or proxy.")
    for name, address in (
        ("INVOLINKS_PUBLIC_URL", settings.public_url),
        ("INVOLINKS_PROVIDER_URL", settings.provider_url),
        ("INVOLINKS_S3_ENDPOINT", settings.s3_endpoint),
        *(("INVOLINKS_WITNESSES", place.address) for place in settings.witnesses if place.kind == "http"),
    ):
        if address and urlsplit(address).scheme != "https":
            found.append(f"{name} is plain http; it must begin with https://.")
    if urlsplit(settings.public_url).hostname in _LOOPBACK:
        found.append("INVOLINKS_PUBLIC_URL names this machine itself; set the address that people use.")
    return found
