"""Settings: what an operator writes, what a mistake is called, and what live mode refuses."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from certs import Kek
from gateway.settings import OPTIONS, Secret, Settings, SettingsError, with_development_secrets
from gateway.settings.witnesses import MailServer, read_mail_server
from ledger.cosignature import WITNESS, NoteKey

ROOT = Path(__file__).parents[2]
LIVE_KEK = Kek.make(development=False).text()
WITNESS_KEY = NoteKey("witness.example/w1", WITNESS, bytes(range(32))).text()
LIVE = {
    "INVOLINKS_MODE": "live",
    "INVOLINKS_DATABASE_URL": "postgresql://involinks_app:pw@db:5432/involinks",
    "INVOLINKS_KEK": LIVE_KEK,
    "INVOLINKS_PROVIDER": "acme",
    "INVOLINKS_PROVIDER_URL": "https://provider.example",
    "INVOLINKS_PROVIDER_TOKEN": "token",
    "INVOLINKS_PROVIDER_SECRETS": "one,two",
    "INVOLINKS_PUBLIC_URL": "https://gateway.example",
    "INVOLINKS_TLS": "proxy",
}


def mistakes(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ)
    return list(caught.value.mistakes)


def test_nothing_set_is_a_developers_machine() -> None:
    settings = Settings.from_environ({})
    assert settings == Settings()
    assert settings.embedded


def test_every_field_has_exactly_one_name_and_a_docstring() -> None:
    assert sorted(option.field for option in OPTIONS) == sorted(Settings.__struct_fields__)
    source = (ROOT / "gateway/settings/model.py").read_text()
    for field in Settings.__struct_fields__:
        assert re.search(rf'\n    {field}: [^\n]+\n    """\S', source), f"{field} has no docstring"


SAMPLES: dict[str, str] = {
    "provider_options": "legal_entity=42", "provider_credentials": "client_id=a,client_secret=b",
    "mode": "live", "home": "/srv", "port": "9000", "public_url": "https://a.example", "tls": "proxy",
    "tls_certificate": "/c", "tls_key": "/k", "trusted_proxies": "10.0.0.1, 10.0.0.2", "processes": "2",
    "virus_scanner": "tcp://127.0.0.1:3310", "ocr": "tesseract",
    "default_ocr_language": "eng+ara", "ocr_idle": "9", "bill_size": "9", "bill_pages": "9",
    "llm_base_url": "https://l.example/v1", "llm_tokens_per_day": "9", "llm_timeout": "9",
    "threads": "2", "worker_slots": "3", "rsa_bits": "3072", "replay_sample": "4", "database_url": "postgres://u:p@h/d",
    "database_owner_url": "postgresql://u:p@h/d", "database_admin_url": "postgresql://u:p@h/d",
    "database_pool": "5", "postgres": "system", "kek": LIVE_KEK, "kek_older": LIVE_KEK, "storage": "s3",
    "s3_endpoint": "https://s3.example", "provider_url": "https://p.example", "provider_secrets": "a,b",
    "log_level": "debug", "outage_after": "9",
    "holidays": "2026-12-02", "witness_every": "5", "witness_copy_every": "5", "mail_server": "smtp://h",
    "mail_from": "ledger@gateway.example", "timestamp_url": "http://t.example", "timestamp_roots": "/roots.pem",
    "sml_zone": "test", "sml_server": "127.0.0.1:5353", "smp_authorities": "/smp.pem", "ap_authorities": "/ap.pem",
    "witnesses": f"https://w.example {WITNESS_KEY},mailto:a@b.example,file:///mnt/x,s3://bucket/prefix",
}  # fmt: skip


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.field)
def test_a_reader_gives_its_fields_type(option: Any) -> None:
    value = option.read(SAMPLES.get(option.field, "word"))
    hint = get_type_hints(Settings)[option.field]
    # Secrets aren't msgspec's types, so their hints are compared by hand.
    if "Secret" in str(hint):
        held = value if isinstance(value, tuple) else (value,)
        assert all(isinstance(one[-1] if isinstance(one, tuple) else one, Secret) for one in held)
        assert isinstance(value, tuple) == ("tuple" in str(hint))
    elif "Path" in str(hint):
        assert isinstance(value, Path)
    else:
        assert msgspec.convert(value, hint) == value


def test_the_example_file_names_every_setting_with_its_default() -> None:
    shown = dict(re.findall(r"^# (INVOLINKS_\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert sorted(shown) == sorted(option.name for option in OPTIONS)
    assert Settings.from_environ(shown) == Settings()
    for option in OPTIONS:
        default = getattr(Settings(), option.field)
        text = ",".join(map(str, default)) if isinstance(default, tuple) else "" if default is None else str(default)
        assert shown[option.name] == text, option.name


def test_a_locators_zone_needs_the_authorities_of_its_network(tmp_path: Path) -> None:
    told = mistakes({"INVOLINKS_SML_ZONE": "test", "INVOLINKS_AP_AUTHORITIES": str(tmp_path / "missing.pem")})
    assert [sentence.partition(" ")[0] for sentence in told] == [
        "INVOLINKS_SMP_AUTHORITIES", "INVOLINKS_AP_AUTHORITIES",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["127.0.0.1", "dns.example:53", "127.0.0.1:0", "127.0.0.1:x", "u@127.0.0.1:53", ":53"])
def test_a_dns_server_is_an_ip_address_and_a_port(text: str) -> None:
    (told,) = mistakes({"INVOLINKS_SML_SERVER": text})
    assert "must be an IP address and a port" in told


def test_all_mistakes_are_told_at_once_and_say_what_to_do() -> None:
    told = mistakes(
        {
            "INVOLINKS_MODE": "prod",
            "INVOLINKS_PORT": "80a",
            "INVOLINKS_DATABASE_URL": "mysql://x",
            "INVOLINKS_TLS": "direct",
            "INVOLINKS_STORAGE": "s3",
            "INVOLINKS_PROT": "8000",
            "INVOLINKS_KEK": "live:short",
        }
    )
    for words in (
        "INVOLINKS_MODE must be test or live, not 'prod'",
        "INVOLINKS_PORT must be a whole number from 1 to 65535, not '80a'",
        "INVOLINKS_DATABASE_URL must look like postgresql://",
        "INVOLINKS_TLS_CERTIFICATE must name a PEM file",
        "INVOLINKS_TLS_KEY must name a PEM file",
        "INVOLINKS_S3_BUCKET must name the bucket",
        "INVOLINKS_PROT is no setting; was INVOLINKS_PORT meant?",
        "INVOLINKS_KEK or INVOLINKS_KEK_OLDER can't be used",
    ):
        assert any(words in sentence for sentence in told), words
    assert len(told) == 8


def test_usual_names_count_and_ours_win() -> None:
    environ = {"PORT": "9000", "DATABASE_URL": "postgres://u:p@h/d", "AWS_REGION": "me-central-1"}
    settings = Settings.from_environ(environ)
    assert (settings.port, settings.s3_region) == (9000, "me-central-1")
    assert settings.database_url == Secret("postgresql://u:p@h/d")
    assert settings.public_url == "http://127.0.0.1:9000"
    assert Settings.from_environ(environ | {"INVOLINKS_PORT": "9001"}).port == 9001


def test_the_networks_usual_names_make_a_single_company_installation() -> None:
    environ = {
        "PEPPOL_PROVIDER": "storecove",
        "PEPPOL_BASE_URL": "https://api.example/api/v2/",
        "PEPPOL_API_KEY": "k",
        "INVOLINKS_PROVIDER_OPTIONS": "legal_entity=42, token_url = https://tokens.example/v1",
    }
    settings = Settings.from_environ(environ)
    assert (settings.provider, settings.provider_url) == ("storecove", "https://api.example/api/v2")
    assert settings.provider_token == Secret("k")
    assert dict(settings.provider_options) == {"legal_entity": "42", "token_url": "https://tokens.example/v1"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("client_id=gateway,client_secret=a=b", {"client_id": "gateway", "client_secret": "a=b"}),
        (' {"client_id": "gateway", "client_secret": "a,b"} ', {"client_id": "gateway", "client_secret": "a,b"}),
    ],
)
def test_a_provider_may_want_several_credentials(written: str, read: dict[str, str]) -> None:
    settings = Settings.from_environ({"PEPPOL_CREDENTIALS": written})
    assert {name: secret.reveal() for name, secret in settings.provider_credentials} == read
    assert "gateway" not in repr(settings)


@pytest.mark.parametrize(
    "written", ["client_id", "a=1,a=2", '{"a": 1}', '{"a": "1", "a": "2"}', '{"a": "s3cret"', '{"": "s3cret"}', "{}x"]
)
def test_a_mistake_in_credentials_is_told_without_them(written: str) -> None:
    (told,) = mistakes({"INVOLINKS_PROVIDER_CREDENTIALS": written})
    assert told.startswith("INVOLINKS_PROVIDER_CREDENTIALS ")
    assert "s3cret" not in told
    (told,) = mistakes({"INVOLINKS_PROVIDER_OPTIONS": "legal_entity"})
    assert "INVOLINKS_PROVIDER_OPTIONS must be name=value" in told


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "kek"
    file.write_text(LIVE_KEK + "\n")
    assert Settings.from_environ({"INVOLINKS_KEK_FILE": str(file)}).kek == Secret(LIVE_KEK)
    told = mistakes({"INVOLINKS_KEK_FILE": str(file), "INVOLINKS_KEK": LIVE_KEK})
    assert told == ["INVOLINKS_KEK and INVOLINKS_KEK_FILE are both set; keep one."]
    told = mistakes({"INVOLINKS_KEK_FILE": str(tmp_path / "none")})
    assert "can't be read from the file that INVOLINKS_KEK_FILE names" in told[0]


@given(
    secret=st.text(
        st.characters(codec="ascii", exclude_characters=", \n\t", exclude_categories=["C", "Z"]), min_size=12
    )
)
@bounds(max_examples=30, deadline=None)
def test_no_secret_shows_in_a_repr_or_a_message(secret: str) -> None:
    secret = "s3cr3t" + secret
    names = [option.name for option in OPTIONS if option.secret]
    try:
        shown = repr(Settings.from_environ(dict.fromkeys(names, secret)))
    except SettingsError as error:
        shown = str(error)
    assert secret not in shown
    good = Settings(database_url=Secret(secret), kek=Secret(secret), provider_secrets=(Secret(secret),))
    assert secret not in repr(good) + str(good) + f"{good}"


# ---- witnesses and time ----


def test_witnesses_of_every_kind_are_read() -> None:
    places = Settings.from_environ(
        {
            "INVOLINKS_WITNESSES": SAMPLES["witnesses"],
            "INVOLINKS_MAIL_SERVER": "smtps://us%40er:p%3Aw@mail.example",
            "INVOLINKS_MAIL_FROM": "ledger@gateway.example",
            "INVOLINKS_S3_ACCESS_KEY": "id",
            "INVOLINKS_S3_SECRET_KEY": "secret",
        }
    ).witnesses
    assert [(place.name, place.kind, place.address) for place in places] == [
        ("witness.example/w1", "http", "https://w.example"),
        ("mailto:a@b.example", "mail", "a@b.example"),
        ("file:///mnt/x", "folder", "/mnt/x"),
        ("s3://bucket/prefix", "bucket", "bucket/prefix"),
    ]
    assert places[0].key is not None and places[0].key.text() == WITNESS_KEY


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("https://w.example", "the witness's key behind https://w.example"),
        (f"https://w.example {WITNESS_KEY}".replace("+BAAB", "+BAAC"), "copied wrongly"),
        (f"https://w.example {WITNESS_KEY} more", "name\\+id\\+base64"),
        (f"https://w.example {WITNESS_KEY},https://v.example {WITNESS_KEY}", "witness.example/w1 twice"),
        (f"mailto:a@b.example {WITNESS_KEY}", "takes no key"),
        ("mailto:a@b.example\r\nBcc: x@y.example", "takes no key|must name"),
        ("mailto:nobody", "must name"),
        ("file://host/mnt", "must name"),
        ("ftp://w.example", "must name"),
        ("mailto:a@b.example", "because a witness is a mailbox"),
        ("s3://bucket", "because a witness is a bucket"),
    ],
)
def test_a_witness_that_can_not_be_reached_is_refused(given: str, words: str) -> None:
    assert any(re.search(words, told) for told in mistakes({"INVOLINKS_WITNESSES": given})), words


@pytest.mark.parametrize(
    ("given", "server"),
    [
        ("smtps://u:p%40w@mail.example", MailServer("mail.example", 465, "tls", "u", "p@w")),
        ("smtp://mail.example", MailServer("mail.example", 587, "starttls", "", "")),
        ("smtp://127.0.0.1:2525", MailServer("127.0.0.1", 2525, "none", "", "")),
    ],
)
def test_mail_leaves_this_machine_encrypted_only(given: str, server: MailServer) -> None:
    assert read_mail_server(Secret(given)) == server
    assert "p@w" not in repr(server)


def test_time_needs_an_authority_and_its_roots(tmp_path: Path) -> None:
    assert "go together" in mistakes({"INVOLINKS_TIMESTAMP_URL": "http://t.example"})[0]
    (tmp_path / "roots.pem").write_text("nothing")
    told = mistakes(
        {"INVOLINKS_TIMESTAMP_URL": "http://t.example", "INVOLINKS_TIMESTAMP_ROOTS": str(tmp_path / "roots.pem")}
    )
    assert "certificates in PEM" in told[0]


# ---- live mode ----


def test_live_mode_accepts_what_is_fit() -> None:
    settings = Settings.from_environ(LIVE)
    assert settings.mode == "live"
    assert with_development_secrets(settings) is settings


REFUSED = {
    "embedded database": ({"INVOLINKS_DATABASE_URL": ""}, "embedded database"),
    "missing key-encryption key": ({"INVOLINKS_KEK": ""}, "no key-encryption key"),
    "development key by name": (
        {"INVOLINKS_KEK": Kek.make(development=True).text()},
        "INVOLINKS_KEK or INVOLINKS_KEK_OLDER holds a development key",
    ),
    "development key among the older ones": (
        {"INVOLINKS_KEK_OLDER": Kek.make(development=True).text()},
        "INVOLINKS_KEK or INVOLINKS_KEK_OLDER holds a development key",
    ),
    "sandbox provider": ({"INVOLINKS_PROVIDER": "sandbox"}, "sandbox provider delivers nothing"),
    "development credentials": (
        {"INVOLINKS_PROVIDER_CREDENTIALS": "client_secret=development-x"},
        "INVOLINKS_PROVIDER_CREDENTIALS is a development",
    ),
    "no provider token": ({"INVOLINKS_PROVIDER_TOKEN": ""}, "INVOLINKS_PROVIDER_TOKEN is missing"),
    "no provider secret": ({"INVOLINKS_PROVIDER_SECRETS": ""}, "INVOLINKS_PROVIDER_SECRETS is missing"),
    "development token": ({"INVOLINKS_PROVIDER_TOKEN": "development-x"}, "INVOLINKS_PROVIDER_TOKEN is a development"),
    "development secret": ({"INVOLINKS_PROVIDER_SECRETS": "ok,development-x"}, "PROVIDER_SECRETS is a development"),
    "test zone": (
        {"INVOLINKS_SML_ZONE": "test", "INVOLINKS_SMP_AUTHORITIES": __file__, "INVOLINKS_AP_AUTHORITIES": __file__},
        "INVOLINKS_SML_ZONE is the test network's",
    ),
    "a locator of one's own": ({"INVOLINKS_SML_SERVER": "127.0.0.1:53"}, "INVOLINKS_SML_SERVER is for tests"),
    "no TLS": ({"INVOLINKS_TLS": "off"}, "INVOLINKS_TLS is off"),
    "plain public address": ({"INVOLINKS_PUBLIC_URL": "http://gateway.example"}, "INVOLINKS_PUBLIC_URL is plain http"),
    "plain provider": ({"INVOLINKS_PROVIDER_URL": "http://provider.example"}, "INVOLINKS_PROVIDER_URL is plain http"),
    "plain bucket": ({"INVOLINKS_S3_ENDPOINT": "http://s3.example"}, "INVOLINKS_S3_ENDPOINT is plain http"),
    "plain witness": ({"INVOLINKS_WITNESSES": f"http://w.example {WITNESS_KEY}"}, "INVOLINKS_WITNESSES is plain http"),
    "own machine": ({"INVOLINKS_PUBLIC_URL": "https://localhost"}, "names this machine itself"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_live_mode_refuses_and_says_which(case: str) -> None:
    change, words = REFUSED[case]
    told = mistakes(LIVE | change)
    assert len(told) == 1, told
    assert told[0].startswith("Live mode: ")
    assert words in told[0]


def test_live_mode_knows_a_development_key_under_another_name(tmp_path: Path) -> None:
    developed = with_development_secrets(Settings(home=tmp_path))
    assert developed.kek is not None
    renamed = developed.kek.reveal().replace("development:", "live:")
    told = mistakes(LIVE | {"INVOLINKS_HOME": str(tmp_path), "INVOLINKS_KEK": renamed})
    assert len(told) == 1
    assert "very bytes of this machine's development key" in told[0]
    assert renamed.split(":")[1] not in told[0]


def test_an_empty_live_environment_names_every_obstacle() -> None:
    told = mistakes({"INVOLINKS_MODE": "live"})
    assert len(told) == 9
    assert all(sentence.startswith("Live mode: ") for sentence in told)


# ---- development secrets ----


def test_development_secrets_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    home = tmp_path / "var"
    first = with_development_secrets(Settings(home=home))
    assert first == with_development_secrets(Settings(home=home))
    assert first.key_ring().development
    assert stat.S_IMODE((home / "development.json").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["development.json"]


def test_given_secrets_are_kept(tmp_path: Path) -> None:
    settings = with_development_secrets(Settings(home=tmp_path, kek=Secret(LIVE_KEK)))
    assert settings.kek == Secret(LIVE_KEK)
    assert settings.provider_token is not None


def test_a_key_ring_needs_a_key() -> None:
    with pytest.raises(ValueError, match="no key-encryption key"):
        Settings().key_ring()


def test_tesseract_is_found_by_the_names_it_is_known_by() -> None:
    plain = Settings.from_environ({"TESSERACT_CMD": "/opt/tesseract", "DEFAULT_OCR_LANGUAGE": "eng+ara"})
    assert (plain.tesseract_cmd, plain.default_ocr_language) == ("/opt/tesseract", "eng+ara")
    both = Settings.from_environ({"TESSERACT_CMD": "/opt/tesseract", "INVOLINKS_TESSERACT_CMD": "/usr/bin/tesseract"})
    assert both.tesseract_cmd == "/usr/bin/tesseract"


@pytest.mark.parametrize("text", ["e", "eng ara", "eng+", "../eng", "eng;rm"])
def test_languages_are_tesseracts_codes(text: str) -> None:
    (told,) = mistakes({"DEFAULT_OCR_LANGUAGE": text})
    assert "such as eng or eng+ara" in told


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("http://llm.example/v1", "must begin with https://"),
        ("http://127.0.0.1.example/v1", "must begin with https://"),
        ("ftp://llm.example", "must be an address"),
        ("https://user:key@llm.example/v1", "must not carry a user name"),
        ("https://llm.example/v1?key=x", "must end with its path"),
    ],
)
def test_a_language_model_is_asked_over_https_or_on_this_machine(text: str, word: str) -> None:
    (told,) = mistakes({"INVOLINKS_LLM_BASE_URL": text})
    assert word in told
    for good in ("https://llm.example/v1/", "http://127.0.0.1:11434/v1", "http://[::1]:8000/v1", "http://localhost/v1"):
        assert Settings.from_environ({"INVOLINKS_LLM_BASE_URL": good}).llm_base_url == good.rstrip("/")


def test_one_model_at_least_is_named() -> None:
    (told,) = mistakes({"INVOLINKS_LLM_MODELS": " , "})
    assert "must name at least one" in told


def test_a_key_for_the_language_model_may_have_its_usual_name() -> None:
    settings = Settings.from_environ({"GROQ_API_KEY": "gsk_usual"})
    assert settings.llm_api_key == Secret("gsk_usual")
    assert "gsk_usual" not in repr(settings)
    ours = Settings.from_environ({"GROQ_API_KEY": "gsk_usual", "INVOLINKS_LLM_API_KEY": "gsk_ours"})
    assert ours.llm_api_key == Secret("gsk_ours")
    assert Settings.from_environ({}).llm_api_key is None
