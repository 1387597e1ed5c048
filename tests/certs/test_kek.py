"""Key-encryption keys: told apart, never shown."""

from __future__ import annotations

import base64

import pytest

from certs import Kek, KekInvalid, KekUnknown, KeyRing


def test_the_text_form_and_back() -> None:
    for development in (True, False):
        kek = Kek.make(development=development)
        again = Kek.parse(f"  {kek.text()}\n")
        assert (again.secret, again.id, again.development) == (kek.secret, kek.id, development)
        assert kek.id.startswith("dev-" if development else "kek-")


def test_renaming_a_development_key_makes_it_another_key() -> None:
    development = Kek.make(development=True)
    renamed = Kek.parse(development.text().replace("development:", "live:"))
    assert renamed.id != development.id
    assert renamed.id[4:] != development.id[4:]


@pytest.mark.parametrize(
    "text",
    [
        "", "live", "live:", "live:AAAA", "secret:" + base64.b64encode(bytes(range(32))).decode(), "live:not base64!",
        "live:" + base64.b64encode(bytes(32)).decode(), "live:" + base64.b64encode(bytes(range(33))).decode(),
        "LIVE:" + base64.b64encode(bytes(range(32))).decode(),
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(KekInvalid) as caught:
        Kek.parse(text)
    assert not text[5:] or text[5:] not in str(caught.value)


def test_a_ring_finds_keys_and_knows_development() -> None:
    live, old, development = Kek.make(development=False), Kek.make(development=False), Kek.make(development=True)
    ring = KeyRing(live, old)
    assert ring[old.id] is old
    assert ring.current is live
    assert not ring.development
    assert KeyRing(live, development).development, "one development key among older ones is enough to refuse"
    with pytest.raises(KekUnknown, match=development.id):
        ring[development.id]


def test_no_repr_shows_a_secret() -> None:
    kek = Kek.make(development=False)
    for shown in (repr(kek), repr(KeyRing(kek)), str(kek)):
        assert kek.id in shown
        assert kek.secret.hex() not in shown
        assert kek.text().partition(":")[2] not in shown
