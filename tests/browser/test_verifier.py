"""verify.html in a real browser, opened from a file: it says of every good and bad bundle what the table says."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Browser, BrowserContext, Page

from ledger import verifier
from ledger.entry import Kind
from ledger.verifier import verify
from tests.browser.conftest import picture
from tests.ledger.bundles import corpus
from tests.ledger.bundles.defects import Expected
from tests.ledger.bundles.made import Keyring, bundle, story

COMMITTED = msgspec.json.decode(corpus.STATED.read_bytes(), type=list[Expected])
VERIFIER = Path(verifier.__file__).parent / "verify.html"


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles")
    corpus.unpack(folder)
    return folder


@pytest.fixture(scope="module")
async def opened(browser: Browser) -> AsyncIterator[Page]:
    """The page, opened once; the next file is chosen as a person would. What it asks of a network is a failure."""
    context = await browser.new_context(locale="en-GB", viewport={"width": 900, "height": 1000})
    page, asked, errors = await open_in(context)
    yield page
    await context.close()
    assert asked == []
    assert errors == []


async def open_in(context: BrowserContext) -> tuple[Page, list[str], list[str]]:
    page = await context.new_page()
    asked, errors = list[str](), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    await page.goto(VERIFIER.as_uri())
    page.on("request", lambda request: asked.append(request.url))
    return page, asked, errors


async def judge(
    page: Page, bundle: Path, *, since: Path | None = None, level: str = "L3", deep: bool = False, trust: str = ""
) -> tuple[str, str | None, int | None]:
    """Status, reason and seq of the first bad entry, as the page shows them."""
    await page.set_input_files("#since", [since] if since else [])
    await page.set_input_files("#file", bundle)
    await page.set_checked("#deep", deep)
    await page.set_checked("#witnessed", level == "L4")
    await page.evaluate("trust => { document.getElementById('trust').value = trust }", trust)
    await page.click("#start")
    await page.wait_for_selector("#result:not([hidden])")
    result = page.locator("#result")
    status, reason = await result.get_attribute("data-status"), await result.get_attribute("data-reason")
    seq = await result.get_attribute("data-seq")
    if reason and reason != "BUNDLE_UNUSABLE":
        assert reason in await result.inner_text()
    return status or "", reason or None, int(seq) if seq else None


@pytest.mark.parametrize("expected", COMMITTED, ids=lambda expected: expected.file.removesuffix(".zip"))
async def test_the_corpus(opened: Page, bundles: Path, expected: Expected) -> None:
    since = bundles / expected.since if expected.since else None
    found = await judge(opened, bundles / expected.file, since=since, level=expected.level, deep=expected.deep)
    assert found == (expected.status, expected.reason, expected.seq)


def counted(page_says: dict[str, int]) -> dict[str, int]:
    return {name: page_says[name] for name in ("entries", "contents", "erased", "facts", "seals", "checkpoints")}


@pytest.mark.parametrize("name", ["good", "good-range", "good-erased", "good-erased-later"])
async def test_it_counts_what_the_other_verifier_counts(opened: Page, bundles: Path, name: str) -> None:
    assert await judge(opened, bundles / f"{name}.zip") == ("ok", None, None)
    result = opened.locator("#result")
    checked = msgspec.json.decode(await result.get_attribute("data-checked") or "", type=dict[str, int])
    report = verify.as_json(verify.verify(str(bundles / f"{name}.zip"), verify.Wish(level=3)))
    assert checked["seals"] > 0
    assert counted(checked) == counted(report["checked"])
    said = await result.inner_text()
    for currency, sums in report["totals"].items():
        assert f"{sums['documents']} issued documents, {currency}" in said
        assert sums["total"] in said
    assert all(seller in said for seller in report["sellers"])


async def test_the_fingerprint_of_the_first_key(opened: Page, bundles: Path) -> None:
    assert (await judge(opened, bundles / "good.zip"))[0] == "ok"
    shown = re.search(r"\b[0-9a-f]{64}\b", await opened.locator("#result").inner_text())
    assert shown is not None
    assert await judge(opened, bundles / "good.zip", trust=shown[0].upper()) == ("ok", None, None)
    assert await judge(opened, bundles / "good.zip", trust="00" * 32) == ("failed", "TRUST_DIFFERS", 0)
    assert (await judge(opened, bundles / "good.zip", trust="abc"))[0] == "unusable"


async def test_a_checkpoint_saved_here_is_the_next_times_since(opened: Page, bundles: Path, tmp_path: Path) -> None:
    await judge(opened, bundles / "good.zip")
    async with opened.expect_download() as downloading:
        await opened.click("#result a[download]")
    await (await downloading.value).save_as(tmp_path / "kept.txt")
    assert await judge(opened, bundles / "good.zip", since=tmp_path / "kept.txt") == ("ok", None, None)
    assert await judge(opened, bundles / "cut-tail.zip", since=tmp_path / "kept.txt") == ("failed", "SINCE_CUT", 14)
    assert (await judge(opened, bundles / "good.zip", since=bundles / "good.zip"))[0] == "unusable"


async def test_a_browser_without_ed25519_says_so_and_never_ok(browser: Browser, bundles: Path) -> None:
    context = await browser.new_context(locale="en-GB")
    await context.add_init_script(
        """
        const real = SubtleCrypto.prototype.importKey;
        SubtleCrypto.prototype.importKey = function (format, key, algorithm, ...rest) {
            if (algorithm.name === "Ed25519") return Promise.reject(new DOMException("no", "NotSupportedError"));
            return real.call(this, format, key, algorithm, ...rest);
        };
        """
    )
    page, _, errors = await open_in(context)
    assert await judge(page, bundles / "good.zip") == ("incomplete", None, None)
    assert "has no Ed25519" in await page.locator("#result").inner_text()
    assert await judge(page, bundles / "good-witnessed.zip", level="L4") == ("incomplete", None, None)
    assert await judge(page, bundles / "checkpoint-forged.zip") == ("failed", "CHECKPOINT_UNSIGNED", 16)
    assert errors == []
    await context.close()


async def test_what_a_person_sees_in_english_and_arabic(opened: Page, bundles: Path) -> None:
    await judge(opened, bundles / "good.zip")
    assert "Everything that was checked holds" in await opened.locator("#result").inner_text()
    await picture(opened, "verifier-good")
    await judge(opened, bundles / "amount-rehashed.zip")
    assert "entry 4" in await opened.locator("#result").inner_text()
    await picture(opened, "verifier-bad")
    await opened.click("#language")
    assert await opened.evaluate("[document.documentElement.dir, document.documentElement.lang]") == ["rtl", "ar"]
    assert "القيد 4" in await opened.locator("#result").inner_text()
    await picture(opened, "verifier-arabic")
    await opened.click("#language")
    assert await opened.evaluate("document.documentElement.dir") == "ltr"


async def test_both_languages_have_every_word_and_every_reason(opened: Page) -> None:
    words = await opened.evaluate(
        "Object.fromEntries(['en', 'ar'].map((l) => [l, [WORDS[l], WORDS[l].codes].map((w) => Object.keys(w).sort())]))"
    )
    assert words["en"] == words["ar"]
    table = (Path(verifier.__file__).parents[1] / "bundle" / "SPEC.md").read_text("utf-8").partition("## 15. ")[2]
    reasons = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", table.partition("## 16. ")[0])) - {
        "BUNDLE_UNUSABLE",
        "STAMP_WRONG",
    }
    assert set(words["en"][1]) == reasons


async def test_hashes_and_sums_of_its_own(opened: Page) -> None:
    lengths = [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 5000]
    found = await opened.evaluate("lengths => lengths.map((n) => hex(sha(new Uint8Array(n).fill(n))))", lengths)
    assert found == [sha256(bytes([length & 255]) * length).hexdigest() for length in lengths]
    sums = "(list) => { const sum = new Sum(); for (const [v, n] of list) sum.add(v, n); return String(sum) }"
    assert await opened.evaluate(sums, [["105.00", False], ["0.005", False], ["200", True]]) == "-94.995"


def test_the_page_may_do_nothing_but_its_own_script() -> None:
    page = VERIFIER.read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    for tag, name in (("script", "script-src"), ("style", "style-src")):
        inside = page.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        pinned = base64.b64encode(sha256(inside.encode()).digest()).decode()
        assert f"{name} 'sha256-{pinned}';" in policy[1], f"{tag} was changed: pin sha256-{pinned}"
    assert policy[1].startswith("default-src 'none';")
    assert not re.search(r"innerHTML|insertAdjacent|document\.write|\beval\b|new Function|https?://|import\(", page)


async def test_a_file_fetched_once_more_under_its_name_is_read_anew(
    opened: Page, bundles: Path, tmp_path: Path
) -> None:
    path = tmp_path / "ledger.zip"
    for name, status in (("amount", "failed"), ("good", "ok"), ("file-truncated", "unusable")):
        path.write_bytes((bundles / f"{name}.zip").read_bytes())
        assert (await judge(opened, path))[0] == status


async def test_segments_and_ranges_across_them(opened: Page, tmp_path: Path) -> None:
    made = story(Keyring())
    for number in range(2_100):
        made.append(Kind.APPROVAL, b'{"by":"checker"}', number=f"INV-{number % 4 + 1}")
        if number % 150 == 149:
            made.sign()
    made.sign()
    for first, last in ((0, None), (1_000, 1_050), (1_024, 2_047), (2_050, 2_060)):
        path = tmp_path / f"{first}.zip"
        with path.open("w+b") as file:
            bundle(made, file, first=first, last=last, batch=500)
        assert await judge(opened, path) == ("ok", None, None), first
    raw = bytearray((tmp_path / "1000.zip").read_bytes())
    raw[raw.rindex(b'{"by":"checker"}') + 7] ^= 1
    (tmp_path / "spoilt.zip").write_bytes(raw)
    assert await judge(opened, tmp_path / "spoilt.zip") == ("failed", "CONTENT_ALTERED", 1_050)


async def test_json_nested_without_end_is_a_finding(opened: Page) -> None:
    found = await opened.evaluate(
        """(facts) => {
            const nested = '{"a":'.repeat(100000) + "1" + "}".repeat(100000);
            const json = `{"document":{"deep":${nested},${facts}},"generator":"g","ruleset":"r","ruleset_digest":"d",`
                + `"salt":"AAAAAAAAAAAAAAAAAAAAAA=="}`;
            const verification = new Verification(null, { level: 3, deep: true }, () => {});
            const entry = { kind: 1, number: "INV-1", seq: 7 };
            const good = verification.document(entry, utf8.encode(json), { bytes: utf8.encode("<a/>") });
            return [good, [...verification.entries.values()].map((one) => [one.code, one.seq])];
        }""",
        '"number":"INV-1","issue_date":"2027-01-01","seller":{"endpoint":{"id":"1"}},"currency":"AED",'
        '"totals":{"tax_inclusive":"1.00"}',
    )
    assert found == [False, [["FACTS_DIFFER", 7]]]
