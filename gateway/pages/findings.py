"""A finding as a page tells it: what is wrong, how to mend it, and where, in the page's language.

Rules of the law and advice are explained by `ubl.explain`; the gateway's own (`GW-...`) by the table below. The
sentence that names the values concerned is English in both languages.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from gateway.pages.places import place
from gateway.pages.texts import Language, Text
from ubl.explain import explain
from ubl.explain.terms import TERMS


class Own(NamedTuple):
    """A rule of the gateway."""

    title: Text
    mend: Text


OWN: Final[dict[str, Own]] = {
    "GW-ISSUER": Own(
        Text("The document is issued in another company's name.", "المستند صادر باسم شركة أخرى."),
        Text(
            "Sign in as the company that issues it, or correct its TRN and electronic address in the document.",
            "سجّل الدخول باسم الشركة المُصدِرة، أو صحّح رقم تسجيلها الضريبي وعنوانها الإلكتروني في المستند.",
        ),
    ),
    "GW-NUMBER": Own(
        Text("The document number is missing or can be mistaken for another.", "رقم المستند ناقص أو يشبه رقمًا آخر."),
        Text(
            "Give it a number of visible characters, without blanks at its ends and at most 100 characters long.",
            "أعطه رقمًا من أحرف ظاهرة، بلا فراغ في أوله أو آخره، ولا يزيد على 100 حرف.",
        ),
    ),
    "GW-SERIES": Own(
        Text(
            "This number belongs to a series that counts by itself.", "هذا الرقم محجوز لسلسلة ترقّم مستنداتها تلقائيًا."
        ),
        Text(
            "Use another number, or leave it out and have the series give the next one.",
            "استخدم رقمًا آخر، أو اتركه فارغًا لتعطيه السلسلة الرقم التالي.",
        ),
    ),
    "GW-REFERENCE": Own(
        Text("The credit note names an invoice not issued here.", "يشير الإشعار الدائن إلى فاتورة لم تصدر هنا."),
        Text(
            "Correct the invoice's number; where another system issued it, say so (external_reference=true).",
            "صحّح رقم الفاتورة؛ وإن كانت صادرة من نظام آخر فصرّح بذلك (external_reference=true).",
        ),
    ),
    "GW-CURRENCY": Own(
        Text(
            "The credit note and its invoice are in different currencies.", "عملة الإشعار الدائن تختلف عن عملة فاتورته."
        ),
        Text("Issue the credit note in the invoice's currency.", "أصدر الإشعار الدائن بعملة الفاتورة."),
    ),
    "GW-PERIOD": Own(
        Text("The document is dated into a closed VAT period.", "تاريخ المستند يقع في فترة ضريبية مغلقة."),
        Text(
            "Date it into an open period, or have an administrator let it in, with the reason.",
            "أرّخه في فترة مفتوحة، أو اطلب من المسؤول السماح به مع ذكر السبب.",
        ),
    ),
    "GW-RETENTION": Own(
        Text("The law asks that such records are kept longer.", "يشترط القانون حفظ هذه السجلات مدة أطول."),
        Text(
            "Choose at least as many years as the law asks; the message names them.",
            "اختر عدد السنوات الذي يشترطه القانون على الأقل؛ وهو مذكور في الرسالة.",
        ),
    ),
    "GW-ERASURE": Own(
        Text("The reason for erasing names the person.", "سبب المحو يذكر اسم الشخص."),
        Text(
            "Write the reason without the name: it stays in the ledger for ever.",
            "اكتب السبب من دون ذكر الاسم، لأنه يبقى في السجل إلى الأبد.",
        ),
    ),
    "GW-OVERCREDIT": Own(
        Text(
            "The credit note takes back more than is left of its invoice.",
            "يزيد الإشعار الدائن على ما بقي من قيمة الفاتورة.",
        ),
        Text(
            "Lower its amounts to what is left; earlier credit notes of the same invoice count.",
            "خفّض مبالغه إلى المتبقي؛ وتُحسب الإشعارات الدائنة السابقة للفاتورة نفسها.",
        ),
    ),
    "GW-UNREAD": Own(
        Text("A part of the XML isn't shown on this page.", "جزء من ملف XML لا يظهر في هذه الصفحة."),
        Text("Nothing has to be done; the XML keeps it. Download it to read it.", "لا يلزم شيء؛ نزّل ملف XML لقراءته."),
    ),
    "GW-UNREADABLE": Own(
        Text("The document can't be read as an invoice.", "لا يمكن قراءة المستند كفاتورة."),
        Text("Ask the seller to send it again as UBL 2.1.", "اطلب من البائع إرساله من جديد بصيغة UBL 2.1."),
    ),
    "GW-REWRITTEN": Own(
        Text("The document was written anew from its envelope.", "أُعيدت كتابة المستند من مظروفه."),
        Text("Nothing has to be done; the envelope is kept as it came.", "لا يلزم شيء؛ فالمظروف محفوظ كما وصل."),
    ),
    "GW-REBUILT": Own(
        Text(
            "The provider handed over the document without its envelope; ours was put around it.",
            "سلّم المزوّد المستند دون مظروفه، فوضعنا له مظروفًا من عندنا.",
        ),
        Text(
            "Nothing has to be done; who sent it is known from the document and the provider only.",
            "لا يلزم شيء؛ فالمرسل معروف من المستند ومن المزوّد فقط.",
        ),
    ),
    "GW-TWIN": Own(
        Text(
            "The same seller has sent another document with this number.",
            "أرسل البائع نفسه مستندًا آخر بهذا الرقم.",
        ),
        Text("Ask the seller which of the two holds before you pay.", "اسأل البائع أيهما الصحيح قبل الدفع."),
    ),
    "GW-ENVELOPE": Own(
        Text("The envelope contradicts the document.", "المظروف يخالف المستند."),
        Text(
            "Ask the seller who really issued it, and have it sent again.",
            "اسأل البائع عن المُصدِر الحقيقي واطلب إعادة الإرسال.",
        ),
    ),
    "GW-VALUE": Own(
        Text("A value isn't as it has to be.", "قيمة غير صحيحة."),
        Text("Correct the value as the sentence below says.", "صحّح القيمة كما تذكر الجملة أدناه."),
    ),
}
"""The rules that only the gateway knows."""


class Told(NamedTuple):
    """One finding, for people."""

    rule: str
    severity: str
    title: str
    message: str
    """What was found, with its values, in English; empty where the title says the same."""
    mend: str
    """Empty where nobody wrote one."""
    place: str
    path: str
    """The JSON pointer, or the XPath, for whoever mends it by program."""
    terms: tuple[tuple[str, str], ...]
    """Business terms: id and name."""


def tell(finding: Any, language: Language) -> Told:
    """The finding (of a check, of the gateway, of a body that can't be decoded) in that language."""
    title, mend = _explained(finding.rule, language)
    if language == "en" and finding.message.startswith(title.rstrip(".")):
        title = ""
    terms = tuple((id, TERMS[id][language == "ar"] if id in TERMS else "") for id in finding.terms)
    return Told(
        rule=finding.rule,
        severity=finding.severity,
        title=title or finding.message,
        message=finding.message if title else "",
        mend=mend,
        place=place(finding.pointer, finding.where, language),
        path=finding.pointer or finding.where or "",
        terms=terms,
    )


def _explained(rule: str, language: Language) -> tuple[str, str]:
    arabic = language == "ar"
    if rule in OWN:
        own = OWN[rule]
        return own.title[arabic], own.mend[arabic]
    try:
        known = explain(rule)
    except KeyError:
        return "", ""
    return (known.title_ar, known.mend_ar) if arabic else (known.title_en, known.mend_en)
