"""No log line and no report holds a secret, or more of a person than needed to tell people apart."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from gateway.observability import logs, reports
from gateway.observability.masking import mask, mask_value

TEXTS = [
    ("adil@acme.ae", "adi***@acme.ae"),
    ("ab@acme.ae", "a***@acme.ae"),
    ("first.last+tag@mail.acme.ae wrote", "fir***@mail.acme.ae wrote"),
    ("TRN 123456789012789.", "TRN 123***789."),
    ("16-digit 1234567890123456 stays", "16-digit 1234567890123456 stays"),
    ("+971501234567", "+971***567"),
    ("+971 50 123 4567", "+971***567"),
    ("00971-4-123-4567", "00971***567"),
    ("Authorization: Bearer ilt_abc.def-123", "Authorization: Bearer [redacted]"),
    ("eyJhbGciOi.eyJzdWIi.c2ln", "[redacted]"),
    ("postgresql://app:s3cret@db/x failed", "postgresql://app:[redacted]@db/x failed"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "[redacted]"),
    ("INV-2026-000123 of 2026-11-21, AED 100.00", "INV-2026-000123 of 2026-11-21, AED 100.00"),
]


@pytest.mark.parametrize(("text", "masked"), TEXTS)
def test_texts(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(mask(text)) == masked


SECRET_NAMES = [
    "password",
    "old_password",
    "token",
    "refresh_token",
    "Authorization",
    "cookie",
    "private_key",
    "totp_secret",
    "backup_codes",
    "api_key",
    "otp",
    "code",
    "kek",
]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_values_under_a_secret_name_are_gone_whatever_they_are(name: str) -> None:
    for value in ("x", 123456, ["a", "b"], {"c": "d"}, b"bytes"):
        assert mask_value(name, value) == "[redacted]"


def test_values_are_masked_however_deep() -> None:
    given = {"user": {"email": "adil@acme.ae", "password": "x"}, "trns": ["123456789012789", 123456789012789]}
    assert mask_value("given", given) == {
        "user": {"email": "adi***@acme.ae", "password": "[redacted]"},
        "trns": ["123***789", "123***789"],
    }
    assert mask_value("status_code", 422) == 422


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    before, level = logging.getLogger().handlers[:], logging.getLogger().level
    written = io.StringIO()
    logs.configure("info", stream=written)
    yield written
    structlog.reset_defaults()
    logging.getLogger().handlers = before
    logging.getLogger().setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_masked_json_object(stream: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger().info("user.invited", email="adil@acme.ae", password="x", n=3)
    structlog.get_logger().debug("not.written")
    (line,) = lines(stream)
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "user.invited",
        "level": "info",
        "request_id": "r-1",
        "email": "adi***@acme.ae",
        "password": "[redacted]",
        "n": 3,
    }


def test_libraries_write_the_same_way(stream: io.StringIO) -> None:
    logging.getLogger("some.library").warning("mail to %s failed", "adil@acme.ae", extra={"token": "x"})
    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["level"]) == (
        "mail to adi***@acme.ae failed",
        "some.library",
        "warning",
    )
    assert line["token"] == "[redacted]"


def test_a_traceback_is_masked_as_well(stream: io.StringIO) -> None:
    try:
        raise ValueError("no user adil@acme.ae at postgresql://app:s3cret@db/x")
    except ValueError as error:
        structlog.get_logger().error("request.failed", exc_info=error)
    text = stream.getvalue()
    assert len(text.splitlines()) == 1
    assert "adil@" not in text
    assert "s3cret" not in text
    assert "ValueError" in text


def test_a_report_holds_the_error_and_its_place_only() -> None:
    event: Any = {
        "event_id": "1",
        "request": {"data": {"trn": "123456789012789"}, "headers": {"Authorization": "x"}},
        "user": {"email": "adil@acme.ae"},
        "breadcrumbs": ["x"],
        "server_name": "host",
        "exception": {
            "values": [
                {
                    "type": "ValueError",
                    "value": "no user adil@acme.ae",
                    "stacktrace": {"frames": [{"function": "f", "lineno": 3, "vars": {"password": "x"}}]},
                }
            ]
        },
    }
    kept: Any = reports.scrub(event, {})
    assert set(kept) == {"event_id", "exception", "contexts"}
    (raised,) = kept["exception"]["values"]
    assert raised["value"] == "no user adi***@acme.ae"
    assert raised["stacktrace"]["frames"] == [{"function": "f", "lineno": 3}]


def test_without_an_address_nothing_is_reported() -> None:
    reports.report(ValueError("x"), request_id="r-1")
