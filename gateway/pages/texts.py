"""Every text of the pages, in English and Arabic, in one table.

A key is a place and a word: `sign-in.title`. A text in which something is filled in has it in braces: `{number}`.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Language = Literal["en", "ar"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ar")


class Text(NamedTuple):
    """One text."""

    en: str
    ar: str


TEXTS: Final[dict[str, Text]] = {
    "skip": Text("Skip to content", "انتقل إلى المحتوى"),
    "menu": Text("Main menu", "القائمة الرئيسية"),
    "other-language": Text("العربية", "English"),
    "nav.documents": Text("Documents", "المستندات"),
    "nav.inbox": Text("Inbox", "الوارد"),
    "nav.ledger": Text("Ledger", "السجل"),
    "nav.sign-out": Text("Sign out", "تسجيل الخروج"),
    "nav.companies": Text("Change company", "تغيير الشركة"),
    "back": Text("Back", "رجوع"),
    "next": Text("Older", "الأقدم"),
    "first": Text("Newest", "الأحدث"),
    "none": Text("Nothing here.", "لا يوجد شيء هنا."),
    "code": Text("Code from your authenticator app", "الرمز من تطبيق المصادقة"),
    "code.hint": Text("Six digits, or one of your backup codes.", "ستة أرقام، أو أحد الرموز الاحتياطية."),
    # signing in
    "sign-in.title": Text("Sign in", "تسجيل الدخول"),
    "sign-in.email": Text("E-mail address", "البريد الإلكتروني"),
    "sign-in.password": Text("Password", "كلمة المرور"),
    "sign-in.code": Text("Code (leave empty the first time)", "الرمز (اتركه فارغًا في المرة الأولى)"),
    "sign-in.do": Text("Sign in", "دخول"),
    "factor.title": Text("Set up the second factor", "إعداد العامل الثاني"),
    "factor.why": Text(
        "Documents are approved and sent with a code that only your phone knows. You need an authenticator app.",
        "تُعتمد المستندات وتُرسل برمز لا يعرفه إلا هاتفك. تحتاج إلى تطبيق مصادقة.",
    ),
    "factor.begin": Text("Show the QR code", "عرض رمز الاستجابة السريعة"),
    "factor.scan": Text("Scan this with the app.", "امسح هذا الرمز بالتطبيق."),
    "factor.qr": Text("QR code with the key for your authenticator app", "رمز يحوي المفتاح لتطبيق المصادقة"),
    "factor.type": Text("Or type this key in by hand:", "أو أدخل هذا المفتاح يدويًا:"),
    "factor.confirm": Text("Confirm", "تأكيد"),
    "factor.done": Text("The second factor is set up", "تم إعداد العامل الثاني"),
    "factor.backup": Text(
        "Print these backup codes or write them down. Each opens your account once if the phone is lost. "
        "They are shown only now.",
        "اطبع هذه الرموز الاحتياطية أو دوّنها. يفتح كل رمز حسابك مرة واحدة عند فقدان الهاتف. لن تظهر مرة أخرى.",
    ),
    "factor.continue": Text("I have kept them; continue", "حفظتها؛ متابعة"),
    "factor.retry": Text(
        "The code didn't fit. Type the one that the app shows now, or start again with a new QR code.",
        "الرمز غير مطابق. أدخل الرمز الظاهر الآن في التطبيق، أو ابدأ برمز جديد.",
    ),
    "companies.title": Text("Which company?", "أي شركة؟"),
    "companies.open": Text("Open", "فتح"),
    # documents issued
    "documents.title": Text("Documents issued", "المستندات الصادرة"),
    "documents.search": Text("Number or buyer", "الرقم أو المشتري"),
    "documents.state": Text("State", "الحالة"),
    "documents.any": Text("any", "الكل"),
    "documents.filter": Text("Filter", "تصفية"),
    "column.number": Text("Number", "الرقم"),
    "column.buyer": Text("Buyer", "المشتري"),
    "column.seller": Text("Seller", "البائع"),
    "column.date": Text("Date", "التاريخ"),
    "column.total": Text("Total", "الإجمالي"),
    "column.payable": Text("To pay", "المستحق"),
    "column.state": Text("State", "الحالة"),
    "column.received": Text("Received", "تاريخ الاستلام"),
    "column.quantity": Text("Quantity", "الكمية"),
    "column.net": Text("Net", "الصافي"),
    "column.item": Text("Item", "الصنف"),
    "no-number": Text("(no number yet)", "(بلا رقم بعد)"),
    "document.invoice": Text("Invoice", "فاتورة"),
    "document.credit-note": Text("Credit note", "إشعار دائن"),
    "document.facts": Text("What it says", "محتوى المستند"),
    "document.lines": Text("Lines", "البنود"),
    "document.findings": Text("Findings", "الملاحظات"),
    "document.valid": Text("No fatal finding: this is a lawful e-invoice.", "لا ملاحظات جسيمة: الفاتورة سليمة."),
    "document.invalid": Text("Must be mended before it can be sealed.", "يجب تصحيحه قبل الختم."),
    "document.timeline": Text("What happened", "ما حدث"),
    "document.known": Text("What is known", "المعلوم عنه"),
    "document.xml": Text("Download XML", "تنزيل XML"),
    "document.finalize": Text("Seal", "ختم"),
    "document.finalize.hint": Text(
        "Gives it a number and signs it. From then on it can't be changed.",
        "يعطيه رقمًا ويوقّعه. بعد ذلك لا يمكن تغييره.",
    ),
    "document.approve": Text("Approve", "اعتماد"),
    "document.approve.hint": Text(
        "Say with a fresh code that it may be sent. Whoever made it can't approve it.",
        "أكّد برمز جديد أنه يجوز إرساله. لا يعتمده من أنشأه.",
    ),
    "document.reject": Text("Reject", "رفض"),
    "document.reason": Text("Why", "السبب"),
    "document.send": Text("Send", "إرسال"),
    "document.send.hint": Text("Hand it to the network.", "تسليمه إلى الشبكة."),
    "finding.rule": Text("Rule", "القاعدة"),
    "finding.what": Text("What is wrong", "الخطأ"),
    "finding.where": Text("Where", "الموضع"),
    "severity.fatal": Text("must be mended", "يجب تصحيحه"),
    "severity.warning": Text("advice", "نصيحة"),
    "fact.finalized": Text("Sealed", "مختوم"),
    "fact.approved": Text("Approved", "معتمد"),
    "fact.rejected": Text("Rejected", "مرفوض"),
    "fact.queued": Text("Sending ordered", "أُمر بالإرسال"),
    "fact.sent": Text("Taken by our access point", "استلمته نقطة الوصول"),
    "fact.failed": Text("Sending failed", "فشل الإرسال"),
    "fact.receiver": Text("Receiver's access point", "نقطة وصول المستلم"),
    "fact.authority": Text("Tax authority", "الهيئة الضريبية"),
    "fact.buyer": Text("Buyer", "المشتري"),
    "state.DRAFT": Text("Draft", "مسودة"),
    "state.FINALIZED": Text("Sealed", "مختوم"),
    "state.APPROVED": Text("Approved", "معتمد"),
    "state.REJECTED": Text("Rejected", "مرفوض"),
    "state.SENDING": Text("Sending", "قيد الإرسال"),
    "state.SENT": Text("Sent", "مُرسل"),
    "state.FAILED": Text("Sending failed", "فشل الإرسال"),
    "state.REPORTED": Text("Reported", "تم الإبلاغ"),
    "state.DELIVERED": Text("Delivered", "مُسلَّم"),
    "state.UNDELIVERABLE": Text("Undeliverable", "تعذّر التسليم"),
    "state.REFUSED": Text("Refused by the receiver", "رفضه المستلم"),
    "state.REPORT_REFUSED": Text("Report refused", "رُفض التقرير"),
    "state.ACCEPTED": Text("Accepted", "مقبول"),
    "state.DECLINED": Text("Declined by the buyer", "رفضه المشتري"),
    "state.PAID": Text("Paid", "مدفوع"),
    "state.RECEIVED": Text("New", "جديد"),
    "state.ACKNOWLEDGED": Text("Acknowledged", "تم الاطلاع"),
    "event.invoice.draft": Text("Drafted", "أُنشئت المسودة"),
    "event.invoice.edited": Text("Changed", "عُدّل"),
    "event.invoice.finalized": Text("Sealed", "خُتم"),
    "event.invoice.approved": Text("Approved", "اعتُمد"),
    "event.invoice.rejected": Text("Rejected", "رُفض"),
    "event.invoice.queued": Text("Sending ordered", "أُمر بالإرسال"),
    "event.invoice.sending": Text("Handed to the network", "سُلّم إلى الشبكة"),
    "event.invoice.sent": Text("Taken by our access point", "استلمته نقطة الوصول"),
    "event.invoice.unresolved": Text("Nobody knows whether it was taken", "لا يُعرف إن كان قد استُلم"),
    "event.invoice.failed": Text("Sending failed", "فشل الإرسال"),
    "event.invoice.taken": Text("Taken by the network", "تسلّمته الشبكة"),
    "event.invoice.delivered": Text("Delivered to the receiver", "سُلّم إلى المستلم"),
    "event.invoice.undeliverable": Text("Could not be delivered", "تعذّر التسليم"),
    "event.invoice.refused": Text("Refused by the receiver's access point", "رفضته نقطة وصول المستلم"),
    "event.invoice.reported": Text("Reported to the tax authority", "أُبلغت به الهيئة الضريبية"),
    "event.invoice.report_refused": Text("The tax authority refused the report", "رفضت الهيئة التقرير"),
    "event.invoice.buyer_received": Text("The buyer has it", "وصل إلى المشتري"),
    "event.invoice.buyer_in_process": Text("The buyer is working on it", "المشتري يعالجه"),
    "event.invoice.buyer_queries": Text("The buyer has a question", "لدى المشتري استفسار"),
    "event.invoice.buyer_accepted_conditionally": Text("Accepted with conditions", "قُبل بشروط"),
    "event.invoice.buyer_rejected": Text("Rejected by the buyer", "رفضه المشتري"),
    "event.invoice.buyer_accepted": Text("Accepted by the buyer", "قبله المشتري"),
    "event.invoice.buyer_paid": Text("Paid by the buyer", "دفعه المشتري"),
    "detail.number": Text("number", "الرقم"),
    "detail.reason": Text("reason", "السبب"),
    "detail.note": Text("note", "ملاحظة"),
    "detail.detail": Text("detail", "التفصيل"),
    "detail.provider": Text("provider", "المزوّد"),
    "detail.reference": Text("reference", "المرجع"),
    "event.bill.received": Text("Received", "استُلم"),
    "event.bill.repeated": Text("Arrived again", "وصل مرة أخرى"),
    "event.bill.acknowledged": Text("Acknowledged", "تم الاطلاع"),
    # inbox
    "inbox.title": Text("Documents received", "المستندات الواردة"),
    "inbox.search": Text("Number or seller", "الرقم أو البائع"),
    "inbox.invalid": Text("not valid", "غير سليم"),
    "inbox.broken": Text(
        "This document breaks rules; it is kept as it came.", "هذا المستند يخالف القواعد؛ وهو محفوظ كما وصل."
    ),
    "inbox.unreadable": Text("It can't be read as an invoice.", "لا يمكن قراءته كفاتورة."),
    "inbox.twin": Text(
        "The same seller has sent another document with this number.", "أرسل البائع نفسه مستندًا آخر بهذا الرقم."
    ),
    "inbox.acknowledge": Text("Acknowledge", "تأكيد الاطلاع"),
    "inbox.note": Text("Note (optional)", "ملاحظة (اختيارية)"),
    "inbox.ledger": Text("Only we see this; the seller isn't told.", "هذا لنا فقط؛ لا يُبلَّغ البائع."),
    # ledger
    "ledger.title": Text("Ledger", "السجل"),
    "ledger.head": Text("Where the chain ends", "نهاية السلسلة"),
    "ledger.count": Text("Entries", "القيود"),
    "ledger.hash": Text("Hash of the last entry", "بصمة آخر قيد"),
    "ledger.key": Text("Signing key", "مفتاح التوقيع"),
    "ledger.keep": Text(
        "Write these down: a later ledger must still contain them.", "دوّنها: يجب أن يظل السجل اللاحق يحتويها."
    ),
    "ledger.verify": Text("Verify the whole ledger", "التحقق من السجل كله"),
    "ledger.verify.hint": Text(
        "Every link, every document's bytes, every signature. The outcome becomes an entry itself.",
        "كل رابط وبايتات كل مستند وكل توقيع. والنتيجة تصبح قيدًا بدورها.",
    ),
    "ledger.runs": Text("Verifications", "عمليات التحقق"),
    "ledger.asked": Text("Asked for", "وقت الطلب"),
    "ledger.checked": Text("Checked", "ما فُحص"),
    "ledger.outcome": Text("Outcome", "النتيجة"),
    "ledger.reload": Text("Reload to see progress.", "أعد التحميل لرؤية التقدم."),
    "ledger.latest": Text("Latest entries", "أحدث القيود"),
    "ledger.seq": Text("No.", "رقم"),
    "ledger.kind": Text("Kind", "النوع"),
    "outcome.ok": Text("all holds", "كل شيء سليم"),
    "outcome.failed": Text("does not hold", "غير سليم"),
    "outcome.incomplete": Text("not everything was looked at", "لم يُفحص كل شيء"),
    "outcome.queued": Text("waiting", "في الانتظار"),
    "outcome.running": Text("running", "جارٍ"),
    # what was just done
    "said.finalized": Text("Sealed. A colleague can approve it now.", "خُتم. يمكن لزميل اعتماده الآن."),
    "said.approved": Text("Approved.", "اعتُمد."),
    "said.rejected": Text("Rejected. It keeps its number.", "رُفض. يحتفظ برقمه."),
    "said.queued": Text("It is on its way.", "هو في الطريق."),
    "said.acknowledged": Text("Acknowledged.", "تم تأكيد الاطلاع."),
    "said.verifying": Text("The verification has begun.", "بدأ التحقق."),
    "said.signed-out": Text("You have signed out.", "تم تسجيل خروجك."),
    # what went wrong
    "problem.title": Text("That didn't work", "لم ينجح ذلك"),
    "problem.id": Text("Request", "الطلب"),
    "problem.bad-credentials": Text(
        "E-mail address, password or code don't fit; check them and try again.",
        "البريد أو كلمة المرور أو الرمز غير صحيح؛ تحقق وحاول مرة أخرى.",
    ),
    "problem.code-required": Text(
        "Type the code that your authenticator app shows as well.", "أدخل أيضًا الرمز الظاهر في تطبيق المصادقة."
    ),
    "problem.code-refused": Text(
        "The code doesn't fit or was used before; wait for the next one.",
        "الرمز غير صحيح أو استُخدم من قبل؛ انتظر الرمز التالي.",
    ),
    "problem.locked-out": Text(
        "Too many attempts. Wait a few minutes and try again.", "محاولات كثيرة. انتظر دقائق ثم حاول مرة أخرى."
    ),
    "problem.four-eyes": Text(
        "You made this document, or a key of yours did; a colleague has to approve it.",
        "أنت من أنشأ هذا المستند، أو أحد مفاتيحك؛ يجب أن يعتمده زميل.",
    ),
    "problem.not-found": Text("There is no such page or document.", "لا توجد صفحة أو مستند كهذا."),
    "problem.forbidden": Text("Your role doesn't allow this.", "دورك لا يسمح بهذا."),
    "problem.unavailable": Text("Not available just now; try again in a moment.", "غير متاح الآن؛ حاول بعد قليل."),
    "problem.unexpected": Text(
        "An error of ours. Nothing was done halfway; try again.", "خطأ من عندنا. لم يُنفَّذ شيء ناقص؛ حاول مرة أخرى."
    ),
}


def text(key: str, language: Language, **values: object) -> str:
    """The text; a key that isn't in the table is a KeyError."""
    found = TEXTS[key]
    template = found.ar if language == "ar" else found.en
    return template.format(**values) if values else template


def text_or(key: str, language: Language, otherwise: str) -> str:
    """The text, or what is given where the table has none: words of an open list, such as kinds of events."""
    return text(key, language) if key in TEXTS else otherwise
