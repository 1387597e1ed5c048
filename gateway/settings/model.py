"""`Settings`: what an operator can choose. The environment's names stand in `options.py`, one line per field."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from certs import KeyRing
from gateway.settings import values
from gateway.settings.values import Secret
from gateway.settings.witnesses import WitnessPlace
from ledger import checkpoint


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One installation's choices. Secrets are `Secret`s: the `repr` of this value may be logged."""

    mode: Literal["test", "live"] = "test"
    """`live` sends real documents and refuses everything that belongs to development."""
    home: Path = Path("var")
    """Where this installation keeps its files: objects, the embedded database, development keys."""

    host: str = "127.0.0.1"
    """The address to listen on; 0.0.0.0 in a container."""
    port: int = 8000
    """The port to listen on."""
    public_url: str = "http://127.0.0.1:8000"
    """How people and the network reach us: in links, and the origin that forms must come from. No trailing slash."""
    tls: Literal["off", "direct", "proxy"] = "off"
    """Who ends TLS: nobody (test mode only), this server, or a proxy in front of it."""
    tls_certificate: Path | None = None
    """PEM chain, for `tls=direct`."""
    tls_key: Path | None = None
    """PEM private key, for `tls=direct`."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses whose X-Forwarded-For we believe."""
    processes: int = 1
    """Server processes of one `involinks serve`."""
    threads: int = 4
    """Threads of one process for signing and hashing passwords."""
    worker_slots: int = 32
    """Jobs that one worker runs at a time."""

    replay_sample: int = 20
    """Sealed documents of each company that are made again every night, chosen at random."""

    database_url: Secret | None = None
    """The app's PostgreSQL address; None: the embedded server. Its role is `involinks_app` or a member of it."""
    database_owner_url: Secret | None = None
    """The tables' owner's address; `involinks migrate` and `restore` only."""
    database_admin_url: Secret | None = None
    """A role that reads every row (superuser or BYPASSRLS); `involinks backup` only."""
    database_pool: int = 10
    """Connections of one process."""
    postgres: Literal["wheel", "system"] | None = None
    """Whose programs the embedded server uses; None: the wheel's, else the system's."""

    kek: Secret | None = None
    """The key-encryption key, `live:<base64 of 32 bytes>`; None: a development key under `home`."""
    kek_older: tuple[Secret, ...] = ()
    """Earlier ones, which still open what they sealed."""
    rsa_bits: Literal["2048", "3072", "4096"] = "2048"
    """Size of the RSA keys that are made for companies from now on; existing ones stay until they are replaced."""

    storage: Literal["folder", "s3"] = "folder"
    """Where originals and evidence lie: a folder under `home`, or a bucket."""
    s3_bucket: str = ""
    """The bucket, for `storage=s3`."""
    s3_prefix: str = ""
    """In front of every object's name."""
    s3_region: str = "us-east-1"
    """The bucket's region; `auto` for R2."""
    s3_endpoint: str = ""
    """An S3-compatible service's address; empty: AWS."""
    s3_access_key: Secret | None = None
    """The access key id."""
    s3_secret_key: Secret | None = None
    """The secret access key."""

    witnesses: tuple[WitnessPlace, ...] = ()
    """Who outside is given the ledgers' checkpoints; see `gateway.settings.witnesses`."""
    witness_every: int = 60
    """Seconds between two checkpoints of a company for a witness that answers."""
    witness_copy_every: int = 3600
    """Seconds between two that are mailed, or left in a folder or bucket."""
    mail_server: Secret | None = None
    """Where outgoing mail is handed over, `smtps://user:password@host`; None: no mail goes out."""
    mail_from: str = ""
    """The address that mail comes from."""
    timestamp_url: str = ""
    """A time-stamping authority (RFC 3161) that dates all ledgers once a day; empty: none."""
    timestamp_roots: Path | None = None
    """PEM certificates that its tokens must lead to."""

    provider: str = "sandbox"
    """The line to the network: a name in `peppol.providers.PROVIDERS`."""
    provider_url: str = "http://127.0.0.1:8090"
    """Where that provider answers."""
    provider_token: Secret | None = None
    """What we show the provider; None: a development token under `home`."""
    provider_credentials: tuple[tuple[str, Secret], ...] = ()
    """What else we show a provider that wants more than a token, as pairs: `client_id`, `client_secret`."""
    provider_secrets: tuple[Secret, ...] = ()
    """What signs the provider's calls to us; two while one is replaced; none: a development secret under `home`."""
    provider_options: tuple[tuple[str, str], ...] = ()
    """What else the adapter needs to know and isn't secret, as pairs: `legal_entity`, `token_url`."""

    sml_zone: Literal["none", "test", "prod"] = "none"
    """Which zone of the network's locator receivers are looked up in, where the provider can't be asked."""
    sml_server: str = ""
    """A DNS server to ask for the locator's records, `127.0.0.1:5353`; empty: those of this machine. Test mode only."""
    smp_authorities: Path | None = None
    """PEM certificates of the authorities that issue to publishers (SMP)."""
    ap_authorities: Path | None = None
    """PEM certificates of the authorities that issue to access points."""

    ocr: Literal["best", "rapidocr", "tesseract", "original"] = "best"
    """What recognises pages: the best engine at hand first, one of both, or the recipe this gateway began with."""
    tesseract_cmd: str = "tesseract"
    """Name or path of Tesseract; it is passed over where it isn't installed, unless `ocr` wants it."""
    default_ocr_language: str = "eng"
    """Tesseract's codes of the languages that pages are read in; a page that shows Arabic is read in that, too."""
    ocr_idle: int = 300
    """Seconds without a picture after which the process that recognises pages is ended; it holds a gigabyte."""
    bill_size: int = 25
    """Megabytes of the largest file that is taken as a bill."""
    bill_pages: int = 200
    """Pages of the longest one."""
    llm_api_key: Secret | None = None
    """What we show a language model's endpoint; None: our rules read alone, and no document leaves for a model."""
    llm_base_url: str = "https://api.groq.com/openai/v1"
    """Groq's, or any endpoint that speaks OpenAI's chat completions; https, or this very machine."""
    llm_models: tuple[str, ...] = ("openai/gpt-oss-120b", "openai/gpt-oss-20b", "qwen/qwen3.6-27b")
    """The first that is there is asked; models are withdrawn at short notice."""
    llm_tokens_per_day: int = 2_000_000
    """What one company may use of it in a day, question and answer together; 0: nothing."""
    llm_timeout: int = 60
    """Seconds of one question; our rules read alone where it takes longer."""
    virus_scanner: str = ""
    """Where clamd listens, which suppliers' files are shown to before they are taken: `tcp://host:port` or
    `unix:///path`; empty: nobody looks, and each file says so."""

    outage_after: int = 30
    """Minutes for which a line must be down, or a document wait, before that counts as an outage."""
    holidays: tuple[date, ...] = ()
    """Public holidays of the UAE, no business days; one that isn't listed makes a deadline early, never late."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important line that is written."""
    sentry_dsn: Secret | None = None
    """Where unexpected exceptions are reported, without bodies or personal data; None: nowhere."""
    metrics_token: Secret | None = None
    """The bearer token that `/metrics` wants; None: open, for a network that only the monitoring can reach."""

    @staticmethod
    def from_environ(environ: Mapping[str, str] | None = None) -> Settings:
        """Read `environ`, or the process's own. Raises `SettingsError` with every mistake at once."""
        from gateway.settings import options  # noqa: PLC0415  the table needs this class

        return options.read(os.environ if environ is None else environ)

    @property
    def embedded(self) -> bool:
        """Whether we run the database ourselves."""
        return self.database_url is None

    def ledger_origin(self, company_id: UUID) -> str:
        """What a ledger opened here is called in its checkpoints, for ever; `public_url` without its scheme."""
        parts = urlsplit(self.public_url)
        return checkpoint.origin(parts.netloc + parts.path, company_id)

    def key_ring(self) -> KeyRing:
        """The key-encryption keys. ValueError before development secrets were filled in."""
        if self.kek is None:
            raise ValueError("no key-encryption key: see gateway.settings.with_development_secrets")
        return values.key_ring(self.kek, self.kek_older)
