"""Every word of every page is there in both languages."""

import re
import string

import pytest

from gateway.access.permissions import Role
from gateway.bills.came import Door
from gateway.bills.fields import Fields, Line
from gateway.bills.holds import Hold
from gateway.bills.pages import SHOWS
from gateway.bills.states import State as BillState
from gateway.bills.uploads import Outcome as FileOutcome
from gateway.bills.vat import Check
from gateway.inbound.states import State
from gateway.outbound.states import Public
from gateway.outbound.states import State as Own
from gateway.outbox.sending import NEXT_STEPS
from gateway.pages import TEMPLATES, environment
from gateway.pages.texts import TEXTS, text, text_or
from ingestion.document import Kind as DocumentKind
from ingestion.matching import Word
from ingestion.ocr.doubts import Doubt as PageDoubt
from ingestion.readers.doubts import Doubt as FileDoubt
from ingestion.reasons import OF_DOUBTS, Reason
from ledger.entry import Kind
from peppol.errors import Permanent, Precondition
from peppol.statuses import MEANINGS, Outcome

SOURCES = {path.relative_to(TEMPLATES).as_posix(): path.read_text("utf-8") for path in TEMPLATES.rglob("*.html")}


@pytest.mark.parametrize("key", TEXTS)
def test_a_text_is_there_in_both_languages(key: str) -> None:
    english, arabic = TEXTS[key]
    assert english.strip() == english != ""
    assert arabic.strip() == arabic != ""
    if key != "other-language":
        assert re.search("[\u0600-\u06ff]", arabic)
        assert not re.search("[\u0600-\u06ff]", english)
    fields = [{name for _, name, _, _ in string.Formatter().parse(one) if name} for one in (english, arabic)]
    assert fields[0] == fields[1]


def test_what_templates_say_is_in_the_table() -> None:
    for name, source in SOURCES.items():
        for key in re.findall(r"""\bt\("([^"]+)"\)""", source):
            assert key in TEXTS, f"{name}: {key}"


def test_what_templates_put_together_is_in_the_table() -> None:
    wanted = [f"state.{state}" for state in (*Public, *State)]
    wanted += [f"event.invoice.{state.lower()}" for state in (*Own, *Outcome)]
    wanted += ["event.document.received", "event.document.acknowledged", "severity.fatal", "severity.warning"]
    for key in wanted:
        assert key in TEXTS


def test_what_the_network_says_is_told_and_each_next_step_too() -> None:
    for outcome, meaning in MEANINGS.items():
        assert TEXTS[f"told.{outcome}"].en == meaning.headline
        step = TEXTS.get(f"do.{outcome}")
        assert (step.en if step else "") == meaning.next_step


def test_every_problem_of_sending_has_a_next_step_and_those_tried_again_say_so() -> None:
    names = {problem for problem, _ in NEXT_STEPS.values()}
    assert {key for key in TEXTS if key.startswith("next.")} == {f"next.{name}" for name in names}
    again = names - {NEXT_STEPS[kind][0] for kind in (Permanent, Precondition)}
    assert {key for key in TEXTS if key.startswith("sending.again.")} == {f"sending.again.{name}" for name in again}


FAMILIES: list[tuple[str, set[str]]] = [
    ("role.", {*Role}),
    ("kind.", {kind.name.lower() for kind in Kind}),
    ("bill-state.", {*BillState}),
    ("bill-next.", {*BillState, "held"}),
    ("bill-word.", {*Word}),
    ("bill-reason.", {*Reason}),
    ("door.", {*Door}),
    ("doc-kind.", {*DocumentKind}),
    ("hold.", {*Hold, "cause"}),
    ("check.", {*Check}),
    ("only.", {*SHOWS}),
    ("outcome-file.", {*FileOutcome}),
    ("unread.", {"original-missing", "part-gone", "broken-off", "unavailable"}),
    ("term.", {*Fields.__struct_fields__, *Line.__struct_fields__} - {"lines"}),
]


@pytest.mark.parametrize(("family", "names"), FAMILIES, ids=[family for family, _ in FAMILIES])
def test_a_family_is_whole_and_has_nothing_else(family: str, names: set[str]) -> None:
    assert {key.removeprefix(family) for key in TEXTS if key.startswith(family)} == names


@pytest.mark.parametrize("doubt", [*FileDoubt, *PageDoubt, *OF_DOUBTS])
def test_every_doubt_of_a_reader_is_told(doubt: str) -> None:
    assert f"doubt.{doubt}" in TEXTS


def test_no_text_is_left_that_nothing_says() -> None:
    said = set(re.findall(r"""["']([a-z][\w-]*(?:\.[\w.-]+)?)["']""", "".join(SOURCES.values())))
    families = ("state.", "event.", "fact.", "said.", "problem.", "outcome.", "nav.", "severity.", "detail.")
    families += ("role.", "kind.", "told.", "do.", "next.", "sending.", "why.", "step.", "headline.")
    families += ("mark.", "station.", "cause.", "duty.")
    families += ("bill-state.", "bill-next.", "bill-word.", "bill-reason.", "outcome-file.", "doc-kind.", "only.")
    families += ("doubt.", "door.", "file.", "hold.", "check.", "term.", "unread.")
    families += ("takes.", "looked.", "condition.", "answer.", "reason.", "action.", "verdict.")
    assert [key for key in TEXTS if key not in said and not key.startswith(families)] == []


@pytest.mark.parametrize("name", SOURCES)
def test_every_template_can_be_read(name: str) -> None:
    environment().get_template(name)


def test_pages_hold_no_inline_script_and_no_inline_style() -> None:
    for name, source in SOURCES.items():
        inline = re.sub(r'<script src="/static/[a-z]+\.js" defer></script>', "", source)
        assert "<script" not in inline, name
        assert not re.search(r"\s(on\w+|style)=", source), name
        assert "|safe" not in source.replace(" ", ""), name


def test_an_open_list_may_have_other_words() -> None:
    assert text_or("event.invoice.draft", "en", "x") == "Drafted"
    assert text_or("event.invoice.something_new", "en", "invoice.something_new") == "invoice.something_new"
    with pytest.raises(KeyError):
        text("no.such.text", "en")
