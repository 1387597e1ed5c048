"""Passwords, codes, tokens, addresses: the pure parts."""

from __future__ import annotations

import doctest
import traceback
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pyotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gateway.access.contacts
import gateway.access.tokens
import gateway.access.totp
from certs import Kek, KeyRing
from certs.errors import KekUnknown, KeyDamaged
from gateway.access import contacts, passwords, totp
from gateway.access.errors import Unacceptable
from gateway.access.flow.factors import Enrolment
from gateway.access.flow.sessions import Credentials, SignedIn
from gateway.access.models import Account
from gateway.access.tokens import Token, TokenKind, digest
from schemas import xmlsafe

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOMEBODY, ANOTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize("module", [gateway.access.contacts, gateway.access.tokens, gateway.access.totp])
def test_examples_in_docstrings(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


# ---------------------------------------------------------------------------------------------------------- passwords


async def test_password_round_trip():
    stored = await passwords.hash_password("seven quiet camels")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.password_fits("seven quiet camels", stored)
    assert not await passwords.password_fits("seven quiet camel", stored)
    assert not passwords.needs_rehash(stored)


async def test_password_is_the_same_on_another_keyboard():
    stored = await passwords.hash_password("caf\u00e9 au lait du matin")
    assert await passwords.password_fits("cafe\u0301 au lait du matin", stored)


async def test_nobodys_password_fits_nothing_and_is_really_computed(monkeypatch):
    verified = []
    verify = passwords._hasher.verify
    monkeypatch.setattr(
        passwords, "_hasher", type("Watch", (), {"verify": lambda _, *a: verified.append(a[0]) or verify(*a)})()
    )
    assert not await passwords.password_fits("", None)
    assert not await passwords.password_fits("involinks.nobody", None)
    assert len(verified) == 2, "an unknown account costs a whole argon2"
    assert all("m=19456,t=2,p=1" in hashed for hashed in verified)


async def test_a_password_made_to_be_slow_is_cut_before_it_is_normalised():
    slow = "a" + "\u0315\u0300" * 2_000_000  # normalising all of it would take hours, with the process at a stand
    assert not await passwords.password_fits(slow, None)
    with pytest.raises(Unacceptable, match="too long"):
        passwords.check_strength(slow, email="finance@seller.example")


async def test_a_broken_hash_is_an_error_not_a_refusal():
    with pytest.raises(ValueError, match="can't be read"):
        await passwords.password_fits("x", "plain text")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("sh0rt-pw", "too short"),
        ("x" * 300, "too long"),
        ("aaaaaaaaaaaaaaa", "too few different"),
        ("password12345!", "first that are tried"),
        ("Administrator1!", "first that are tried"),
        ("abcdefghijklmn", "first that are tried"),
        ("zyxwvutsrqponm", "first that are tried"),
        ("finance.desk1234", "e-mail address"),
    ],
)
def test_weak_passwords(password, why):
    with pytest.raises(Unacceptable, match=why) as refused:
        passwords.check_strength(password, email="finance.desk@seller.ae")
    assert refused.value.pointer == "/password"
    assert password not in str(refused.value)


@pytest.mark.parametrize("password", ["seven quiet camels walk", "Xk2;9qRw-tt0Lm", "جمل هادئ يمشي إلى البيت"])
def test_good_passwords(password):
    passwords.check_strength(password, email="finance.desk@seller.ae")


# -------------------------------------------------------------------------------------------------------------- codes


def test_a_code_fits_one_step_before_and_after_and_never_twice():
    secret = totp.new_secret()
    code, step = pyotp.TOTP(secret).at(NOW), totp.step_at(NOW)
    for seconds, fits in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        found = totp.matching_step(secret, code, now=NOW + timedelta(seconds=seconds), after=0)
        assert (found == step) is fits, seconds
    assert totp.matching_step(secret, code, now=NOW, after=step) is None
    assert totp.matching_step(secret, code, now=NOW, after=step - 1) == step


@pytest.mark.parametrize("odd", ["", "12345", "1234567", "12345a", "123456\n", "\u0661\u0662\u0663\u0664\u0665\u0666"])
def test_odd_codes_fit_nothing(odd):
    assert totp.matching_step(totp.new_secret(), odd, now=NOW, after=0) is None


def test_rfc_6238_vector():
    """Appendix B, SHA-1, time 1111111109: 07081804 in eight digits, of which we show six."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    moment = datetime.fromtimestamp(1111111109, UTC)
    assert totp.matching_step(secret, "081804", now=moment, after=0) == 1111111109 // 30


def test_sealed_secret_opens_for_its_account_only():
    ring, secret = KeyRing(Kek.make(development=True)), totp.new_secret()
    sealed = totp.seal(secret, SOMEBODY, ring)
    assert secret.encode() not in sealed
    assert totp.unseal(sealed, SOMEBODY, ring) == secret
    with pytest.raises(KeyDamaged):
        totp.unseal(sealed, ANOTHER, ring)
    with pytest.raises(KekUnknown):
        totp.unseal(sealed, SOMEBODY, KeyRing(Kek.make(development=True)))
    older = ring.current
    assert totp.unseal(sealed, SOMEBODY, KeyRing(Kek.make(development=True), older)) == secret


@given(st.integers(min_value=0))
@settings(max_examples=40, deadline=None)
def test_no_bit_of_a_sealed_secret_can_be_changed(place):
    ring = KeyRing(Kek(bytes(range(32)), development=True))
    sealed = bytearray(totp.seal("GEZDGNBVGY3TQOJQ", SOMEBODY, ring))
    sealed[place // 8 % len(sealed)] ^= 1 << place % 8
    with pytest.raises((KeyDamaged, KekUnknown, UnicodeDecodeError)):
        totp.unseal(bytes(sealed), SOMEBODY, ring)


def test_qr_code_is_one_svg_without_script():
    svg = totp.enrolment_svg(totp.enrolment_uri(totp.new_secret(), "finance@seller.ae"))
    root = xmlsafe.parse(svg.encode())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert [child.tag for child in root] == ["{http://www.w3.org/2000/svg}path"]


def test_the_address_is_what_apps_read():
    uri = totp.enrolment_uri("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "o'finance+x@seller.ae")
    read = pyotp.parse_uri(uri)
    assert (read.secret, read.issuer, read.name) == (
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "InvoLinks",
        "o'finance+x@seller.ae",
    )


def test_ten_backup_codes_that_differ():
    codes = totp.new_backup_codes()
    assert len({totp.backup_digest(code) for code in codes}) == 10
    assert all(len(code) == 11 for code in codes)


# ------------------------------------------------------------------------------------------------------------- tokens


def test_tokens_are_unlike_and_hashed():
    first, second = Token.new(TokenKind.SESSION), Token.new(TokenKind.SESSION)
    assert first.text != second.text
    assert len(first.text) == 47
    assert first.digest == digest(first.text)
    assert len(Token.new(TokenKind.API_KEY).prefix) == 12


def test_no_secret_shows_in_a_repr_or_a_traceback():
    account = Account(
        id=SOMEBODY, email="a@b.ae", name="n", password_hash="$argon2id$secret", super_admin=False,
        totp_sealed=b"sealed", totp_pending=None, totp_step=0, disabled_at=None,
    )  # fmt: skip
    token = Token.new(TokenKind.REFRESH)
    shown = [
        repr(account),
        repr(token),
        repr(Credentials(email="a@b.ae", password="open sesame", code="123456")),
        repr(Enrolment(secret="BASE32", uri="otpauth://BASE32", qr_svg="<svg/>")),
        repr(SignedIn(token=token.text, token_expires_at=NOW, refresh_token=token.text, expires_at=NOW,
                      company_id=None, second_factor=True)),
    ]  # fmt: skip
    for text in shown:
        for secret in ("argon2", "sealed", token.text, "sesame", "123456", "BASE32"):
            assert secret not in text, text


# ---------------------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "address",
    ["a@b.ae", "first.last+tag@sub.company.ae", "o'brien@seller.ae", '"quoted local"@seller.ae', "x@xn--mgbaam7a8h.ae"],
)
def test_addresses_of_rfc_5322(address):
    assert contacts.email_address(address) == address


@pytest.mark.parametrize(
    "odd",
    ["", "a", "@b.ae", "a@", "a@b", "a..b@c.ae", ".a@b.ae", "a.@b.ae", "a b@c.ae", "a@b..ae", "a@-b.ae",
     "a@b.ae\nbcc:x", "a@b.ae\n@c.ae", "a@b_c.ae", "a" * 65 + "@b.ae",
     "a@" + "b." * 130 + "ae", "a\0@b.ae", '"a\n"@b.ae', "é@b.ae"],
)  # fmt: skip
def test_no_addresses(odd):
    with pytest.raises(Unacceptable, match="RFC 5322"):
        contacts.email_address(odd)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+971501234567", "+971501234567"),
        ("971 50 123 4567".replace("971", "+971"), "+971501234567"),
        ("00971-2-123-4567", "+97121234567"),
        ("04 123 4567", "+97141234567"),
        ("800 4357", "+9718004357"),
        ("+971 600 123456", "+971600123456"),
    ],
)
def test_telephones_of_the_emirates(written, number):
    assert contacts.uae_phone(written) == number


@pytest.mark.parametrize(
    "odd",
    ["", "123", "+97150123456", "+9715012345678", "+971511234567", "+966501234567", "+44 20 7946 0000", "0551234567x",
     "+٩٧١٥٠١٢٣٤٥٦٧", "+971501234567\n1", "+97181234567"],
)  # fmt: skip
def test_no_telephones_of_the_emirates(odd):
    with pytest.raises(Unacceptable, match=r"\+971"):
        contacts.uae_phone(odd)


def test_text_of_a_refusal_points_at_the_field():
    try:
        contacts.uae_phone("x", "/profile/phone")
    except Unacceptable as refused:
        (finding,) = refused.findings
        assert msgspec.to_builtins(finding)["pointer"] == "/profile/phone"
        assert "x" not in traceback.format_exception_only(refused)[0].split()
