"""The system-failure record for the authority, drafted in English and Arabic; a person checks it and sends it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.outages.models import Cause, Concerned, Count, Drafts, Outage
from gateway.pages import isolated
from ledger.periods import EMIRATES

_NAMED = 50
"""Numbers of documents that the text names; the rest is counted."""

_WHAT = {
    Cause.PROVIDER: (
        "The line to the accredited service provider {line} failed.",
        "تعطّل الاتصال بمزوّد الخدمة المعتمد {line}.",
    ),
    Cause.SENDING: ("Our system couldn't hand documents over.", "تعذّر على نظامنا تسليم المستندات."),
    Cause.REPORTED: ("{line} failed.", "تعطّل {line}."),
}


def draft(
    outage: Outage, concerned: Sequence[Concerned], count: Count, *, name: str, trn: str, tin: str, written_at: datetime
) -> Drafts:
    """The record as it would be told at this moment; `count`: of documents concerned, more than those given."""
    what_en = _WHAT[outage.cause][0].format(line=outage.line)
    what_ar = _WHAT[outage.cause][1].format(line=isolated(outage.line))
    since, written = _time(outage.since), _time(written_at)
    numbers = ", ".join(document.number for document in concerned[:_NAMED])
    more = count.documents - len(concerned[:_NAMED])
    end_en = f"It was well again at {_time(outage.over_at)}." if outage.over_at else "It lasts."
    end_ar = f"عاد العمل في {isolated(_time(outage.over_at))}." if outage.over_at else "ما زال العطل قائمًا."
    en = [
        "NOTICE OF A SYSTEM FAILURE (electronic invoicing system)",
        f"Taxable person: {name}, TRN {trn or '-'}, TIN {tin or '-'}",
        f"What failed: {what_en} {outage.detail}",
        f"Since: {since} (UAE time). {end_en}",
        f"Documents concerned: {count.documents}; not transmitted yet: {count.waiting}."
        + (f" Numbers: {numbers}" if numbers else "") + (f" and {more} more." if more else ""),
        f"To be notified by the end of: {outage.due_on} (two business days).",
        f"Record number: {outage.id}. Drafted: {written} (UAE time).",
    ]  # fmt: skip
    ar = [
        "إشعار بعطل في النظام (نظام الفوترة الإلكترونية)",
        f"الخاضع للضريبة: {isolated(name)}، رقم التسجيل الضريبي {isolated(trn or '-')}،"
        f" الرقم التعريفي {isolated(tin or '-')}",
        f"ما تعطّل: {what_ar} {isolated(outage.detail)}",
        f"منذ: {isolated(since)} (بتوقيت الإمارات). {end_ar}",
        f"المستندات المعنية: {count.documents}؛ لم تُرسل بعد: {count.waiting}."
        + (f" الأرقام: {isolated(numbers)}" if numbers else "") + (f" و{more} غيرها." if more else ""),
        f"يجب الإشعار قبل نهاية: {isolated(outage.due_on)} (يوما عمل).",
        f"رقم السجل: {isolated(outage.id)}. حُرر في: {isolated(written)} (بتوقيت الإمارات).",
    ]  # fmt: skip
    return Drafts(en="\n".join(en), ar="\n".join(ar))


def _time(at: datetime) -> str:
    return at.astimezone(EMIRATES).strftime("%Y-%m-%d %H:%M")
