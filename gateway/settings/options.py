"""The environment's names, one line per field; `.env.example` and the README's table are checked against it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.settings import live, values, witnesses
from gateway.settings.model import Settings
from gateway.settings.values import SettingsError

PREFIX = "INVOLINKS_"


class Option(Struct, frozen=True):
    """One setting's name in the environment."""

    field: str
    """Of `Settings`."""
    read: values.Reader
    also: str = ""
    """A name that is usual elsewhere; ours wins."""
    secret: bool = False
    """May come from the file that `<NAME>_FILE` names."""

    @property
    def name(self) -> str:
        """`INVOLINKS_PORT`."""
        return PREFIX + self.field.upper()


OPTIONS = (
    Option("mode", values.one_of("test", "live")),
    Option("home", values.path),
    Option("host", values.plain),
    Option("port", values.whole(1, 65535), also="PORT"),
    Option("public_url", values.url),
    Option("tls", values.one_of("off", "direct", "proxy")),
    Option("tls_certificate", values.path),
    Option("tls_key", values.path),
    Option("trusted_proxies", values.words),
    Option("processes", values.whole(1, 64)),
    Option("threads", values.whole(1, 64)),
    Option("worker_slots", values.whole(1, 256)),
    Option("replay_sample", values.whole(0, 10_000)),
    Option("database_url", values.dsn, also="DATABASE_URL", secret=True),
    Option("database_owner_url", values.dsn, secret=True),
    Option("database_admin_url", values.dsn, secret=True),
    Option("database_pool", values.whole(1, 200)),
    Option("postgres", values.one_of("wheel", "system")),
    Option("kek", values.secret, secret=True),
    Option("kek_older", values.secrets, secret=True),
    Option("rsa_bits", values.one_of("2048", "3072", "4096")),
    Option("storage", values.one_of("folder", "s3")),
    Option("s3_bucket", values.plain),
    Option("s3_prefix", values.plain),
    Option("s3_region", values.plain, also="AWS_REGION"),
    Option("s3_endpoint", values.url, also="AWS_ENDPOINT_URL"),
    Option("s3_access_key", values.secret, also="AWS_ACCESS_KEY_ID", secret=True),
    Option("s3_secret_key", values.secret, also="AWS_SECRET_ACCESS_KEY", secret=True),
    Option("witnesses", witnesses.witnesses),
    Option("witness_every", values.whole(1, 86_400)),
    Option("witness_copy_every", values.whole(1, 31 * 86_400)),
    Option("mail_server", witnesses.mail_server, secret=True),
    Option("mail_from", witnesses.mailbox),
    Option("timestamp_url", values.url),
    Option("timestamp_roots", values.path),
    Option("provider", values.plain, also="PEPPOL_PROVIDER"),
    Option("provider_url", values.url, also="PEPPOL_BASE_URL"),
    Option("provider_token", values.secret, also="PEPPOL_API_KEY", secret=True),
    Option("provider_credentials", values.secret_pairs, also="PEPPOL_CREDENTIALS", secret=True),
    Option("provider_secrets", values.secrets, secret=True),
    Option("provider_options", values.pairs),
    Option("sml_zone", values.one_of("none", "test", "prod")),
    Option("sml_server", values.address),
    Option("smp_authorities", values.path),
    Option("ap_authorities", values.path),
    Option("ocr", values.one_of("best", "rapidocr", "tesseract", "original")),
    Option("tesseract_cmd", values.plain, also="TESSERACT_CMD"),
    Option("default_ocr_language", values.languages, also="DEFAULT_OCR_LANGUAGE"),
    Option("ocr_idle", values.whole(1, 86_400)),
    Option("bill_size", values.whole(1, 100)),
    Option("bill_pages", values.whole(1, 2_000)),
    Option("llm_api_key", values.secret, also="GROQ_API_KEY", secret=True),
    Option("llm_base_url", values.private_url),
    Option("llm_models", values.some_words),
    Option("llm_tokens_per_day", values.whole(0, 999_999_999)),
    Option("llm_timeout", values.whole(1, 600)),
    Option("virus_scanner", values.socket),
    Option("outage_after", values.whole(1, 24 * 60)),
    Option("holidays", values.days),
    Option("log_level", values.one_of("debug", "info", "warning", "error")),
    Option("sentry_dsn", values.secret, also="SENTRY_DSN", secret=True),
    Option("metrics_token", values.secret, secret=True),
)


def read(environ: Mapping[str, str]) -> Settings:
    """Every option that is set, then what they must be together. Raises `SettingsError`."""
    mistakes = _unknown(environ)
    chosen: dict[str, object] = {}
    for option in OPTIONS:
        try:
            text = _text(option, environ)
            if text:
                chosen[option.field] = option.read(text)
        except ValueError as error:
            mistakes.append(f"{option.name} {error}.")
    if "public_url" not in chosen and "port" in chosen:
        chosen["public_url"] = f"http://127.0.0.1:{chosen['port']}"
    settings = msgspec.structs.replace(Settings(), **chosen)  # a test holds each reader to its field's type
    mistakes += _together(settings) + witnesses.mistakes(settings)
    if settings.mode == "live":
        mistakes += live.refusals(settings)
    if mistakes:
        raise SettingsError(mistakes)
    return settings


def _text(option: Option, environ: Mapping[str, str]) -> str:
    given = environ.get(option.name, "").strip()
    file = environ.get(f"{option.name}_FILE", "").strip() if option.secret else ""
    if given and file:
        raise ValueError(f"and {option.name}_FILE are both set; keep one")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"can't be read from the file that {option.name}_FILE names: {error}") from None
    return given or (environ.get(option.also, "").strip() if option.also else "")


def _unknown(environ: Mapping[str, str]) -> list[str]:
    known = {option.name for option in OPTIONS} | {f"{option.name}_FILE" for option in OPTIONS if option.secret}
    mistakes = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            mistakes.append(f"{name} is no setting{f'; was {close[0]} meant?' if close else '; see .env.example.'}")
    return mistakes


def _together(settings: Settings) -> list[str]:
    """What depends on more than one setting."""
    mistakes = []
    if settings.tls == "direct":
        for name, file in (("TLS_CERTIFICATE", settings.tls_certificate), ("TLS_KEY", settings.tls_key)):
            if file is None or not file.is_file():
                mistakes.append(f"INVOLINKS_{name} must name a PEM file, because INVOLINKS_TLS is direct.")
    if settings.sml_zone != "none":
        for name, file in (("SMP_AUTHORITIES", settings.smp_authorities), ("AP_AUTHORITIES", settings.ap_authorities)):
            if file is None or not file.is_file():
                mistakes.append(f"INVOLINKS_{name} must name a PEM file, because INVOLINKS_SML_ZONE is set.")
    if settings.storage == "s3" and not settings.s3_bucket:
        mistakes.append("INVOLINKS_S3_BUCKET must name the bucket, because INVOLINKS_STORAGE is s3.")
    if settings.kek is not None:
        try:
            settings.key_ring()
        except ValueError as error:
            mistakes.append(f"INVOLINKS_KEK or INVOLINKS_KEK_OLDER {error}.")
    if settings.kek_older and settings.kek is None:
        mistakes.append("INVOLINKS_KEK_OLDER is set without INVOLINKS_KEK; name the key that seals from now on.")
    return mistakes
