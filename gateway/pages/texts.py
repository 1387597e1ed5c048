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
    "nav.bills": Text("Bills", "الفواتير"),
    "nav.suppliers": Text("Suppliers", "المورّدون"),
    "nav.participants": Text("Receivers", "المستلمون"),
    "nav.ledger": Text("Ledger", "السجل"),
    "nav.outages": Text("Outages", "الأعطال"),
    "nav.providers": Text("Providers", "مزودو الخدمة"),
    "nav.webhooks": Text("Webhooks", "الإشعارات الآلية"),
    "nav.sign-out": Text("Sign out", "تسجيل الخروج"),
    "nav.companies": Text("Change company", "تغيير الشركة"),
    "back": Text("Back", "رجوع"),
    "next": Text("Older", "الأقدم"),
    "first": Text("Newest", "الأحدث"),
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
    "companies.none": Text(
        "You belong to no company yet. Ask your company's administrator for an invitation.",
        "لست عضوًا في أي شركة بعد. اطلب دعوة من مدير شركتك.",
    ),
    "role.SUPER_ADMIN": Text("Platform administrator", "مدير المنصة"),
    "role.COMPANY_ADMIN": Text("Company administrator", "مدير الشركة"),
    "role.FINANCE_USER": Text("Finance", "المالية"),
    "role.AUDITOR": Text("Auditor", "مدقق"),
    # webhooks
    "webhooks.title": Text("Webhooks", "الإشعارات الآلية"),
    "webhooks.about": Text(
        "What happens here is posted to these addresses of your own systems. They are made, changed and tested over "
        "the API, at /v1/webhooks.",
        "يُرسل ما يحدث هنا إلى عناوين أنظمتكم هذه. تُنشأ وتُعدّل وتُختبر عبر الواجهة البرمجية ‎/v1/webhooks‎.",
    ),
    "webhooks.none": Text(
        "No address yet. An administrator makes the first one with POST /v1/webhooks.",
        "لا عناوين بعد. ينشئ المدير أول عنوان عبر ‎POST /v1/webhooks‎.",
    ),
    "webhooks.enabled": Text("takes deliveries", "يستلم"),
    "webhooks.failing": Text("failing", "متعثر"),
    "webhooks.paused": Text("paused", "موقوف مؤقتًا"),
    "webhooks.why.person": Text(
        "Somebody paused it. What happens meanwhile waits for 30 days; resume it and it goes out.",
        "أوقفه أحد المستخدمين. ما يحدث في الأثناء ينتظر ثلاثين يومًا؛ استأنفه ليُرسل.",
    ),
    "webhooks.why.gone": Text(
        "The receiver answered that this address is gone (410). Correct the address over the API, or delete it; then "
        "resume. Nothing is lost for 30 days.",
        "أجاب المستلم بأن هذا العنوان لم يعد موجودًا (410). صحّح العنوان عبر الواجهة البرمجية أو احذفه، ثم استأنف. "
        "لا يُفقد شيء خلال ثلاثين يومًا.",
    ),
    "webhooks.why.failing": Text(
        "Nothing has reached it for three days. Mend the receiver, then resume: what has waited goes out. Nothing is "
        "lost for 30 days.",
        "لم يصله شيء منذ ثلاثة أيام. أصلح المستلم ثم استأنف فيُرسل ما كان منتظرًا. لا يُفقد شيء خلال ثلاثين يومًا.",
    ),
    "webhooks.stumbles": Text(
        "{number} failed attempts since {since}. It is tried again by itself, for three days.",
        "{number} محاولات فاشلة منذ {since}. تُعاد المحاولة تلقائيًا لمدة ثلاثة أيام.",
    ),
    "webhooks.kinds": Text("Chosen events", "الأحداث المختارة"),
    "webhooks.pending": Text("Waiting", "في الانتظار"),
    "webhooks.last-success": Text("Last delivered", "آخر تسليم"),
    "webhooks.last-failure": Text("Last failure", "آخر فشل"),
    "webhooks.two-secrets": Text("Signed with two secrets until", "يُوقّع بسرّين حتى"),
    "webhooks.event": Text("Event", "الحدث"),
    "webhooks.attempts": Text("Attempts", "المحاولات"),
    "webhooks.next": Text("next one {at}", "التالية {at}"),
    "webhooks.delivered": Text("delivered", "سُلّم"),
    "webhooks.waits": Text("waits", "ينتظر"),
    "webhooks.given-up": Text("given up", "تُرك"),
    "webhooks.pause": Text("Pause", "إيقاف مؤقت"),
    "webhooks.pause.hint": Text(
        "Nothing is posted while it is paused; what happens waits for 30 days.",
        "لا يُرسل شيء أثناء الإيقاف؛ ما يحدث ينتظر ثلاثين يومًا.",
    ),
    "webhooks.resume": Text("Resume", "استئناف"),
    "webhooks.resume.hint": Text("What has waited goes out at once.", "يُرسل فورًا ما كان منتظرًا."),
    # who did it
    "actor.key": Text("API key {name}", "مفتاح الربط {name}"),
    "actor.network": Text("The network", "الشبكة"),
    "actor.system": Text("The system", "النظام"),
    "actor.user": Text("Somebody who isn't a member now", "شخص ليس عضوًا الآن"),
    # documents issued
    "documents.title": Text("Documents issued", "المستندات الصادرة"),
    "documents.search": Text("Number or buyer", "الرقم أو المشتري"),
    "documents.state": Text("State", "الحالة"),
    "documents.any": Text("any", "الكل"),
    "documents.filter": Text("Filter", "تصفية"),
    "documents.all": Text("Show all", "عرض الكل"),
    "documents.none": Text(
        "No document yet. Your ERP posts the first one to /v1/invoices; it then appears here as a draft to seal.",
        "لا مستندات بعد. يرسل نظامكم أول مستند إلى ‎/v1/invoices‎ فيظهر هنا مسودةً جاهزة للختم.",
    ),
    "documents.none-found": Text(
        "No document fits. Search for less, or show all.", "لا مستند مطابق. وسّع البحث أو اعرض الكل."
    ),
    "column.number": Text("Number", "الرقم"),
    "column.buyer": Text("Buyer", "المشتري"),
    "column.seller": Text("Seller", "البائع"),
    "column.date": Text("Date", "التاريخ"),
    "column.total": Text("Total", "الإجمالي"),
    "column.payable": Text("Amount due", "المبلغ المستحق"),
    "column.credited": Text("Credited amount", "المبلغ الدائن"),
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
    "document.invalid": Text(
        "It can't be sealed yet. Correct what is listed here where the document was made (your ERP) and post it again.",
        "لا يمكن ختمه بعد. صحّح المذكور أدناه في نظامكم حيث أُنشئ المستند ثم أرسله من جديد.",
    ),
    "document.broken": Text(
        "This document breaks rules that forbid sealing it; see below.",
        "يخالف هذا المستند قواعد تمنع ختمه؛ انظر أدناه.",
    ),
    "document.timeline": Text("What happened", "ما حدث"),
    "document.known": Text("In your company", "داخل شركتك"),
    "document.xml": Text("Download XML", "تنزيل XML"),
    "document.evidence": Text("Everything that proves it (ZIP)", "كل ما يثبته (ZIP)"),
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
    "document.settle": Text("Say what became of it", "تسجيل ما آل إليه"),
    "document.settle.hint": Text(
        "Look for this document at the provider, or ask them, before you say anything. Your word goes into the ledger. "
        "Where the company asks for two people, whoever ordered the sending can't settle it.",
        "ابحث عن المستند لدى المزوّد أو اسأله قبل التسجيل. يُقيَّد قولك في السجل. وحين تشترط الشركة شخصين، لا يسجله من أمر "
        "بالإرسال.",
    ),
    "document.settle.arrived": Text("Does the provider have it?", "هل هو لدى المزوّد؟"),
    "document.settle.yes": Text("Yes, it is there", "نعم، وصل"),
    "document.settle.no": Text("No, it surely isn't; it may be sent again", "لا، لم يصل قطعًا؛ يمكن إرساله من جديد"),
    "document.settle.reference": Text("The provider's id of it, where it is there", "معرّفه لدى المزوّد إن وصل"),
    "document.settle.note": Text("What you looked at, and who said so", "ما الذي راجعته ومن قال ذلك"),
    "document.colleague": Text(
        "You made this document, so a colleague has to approve it.", "أنت من أنشأ المستند، فيجب أن يعتمده زميل."
    ),
    "document.reject.hint": Text(
        "It isn't sent and keeps its number; correct it by a new document.",
        "لن يُرسل ويحتفظ برقمه؛ ويُصحَّح بمستند جديد.",
    ),
    "document.lines-more": Text("{count} lines in all; the XML holds every one.", "{count} بندًا؛ وملف XML يضمها كلها."),
    # why a document is still on its way, and what to do
    "sending.title": Text("On its way", "قيد الإرسال"),
    "sending.waiting": Text(
        "The order to send waits for its turn. Nothing has to be done; reload to see progress.",
        "أمر الإرسال ينتظر دوره. لا يلزم شيء؛ أعد التحميل لرؤية التقدم.",
    ),
    "sending.now": Text(
        "It is being handed to the network. Nothing has to be done; reload to see progress.",
        "يُسلَّم الآن إلى الشبكة. لا يلزم شيء؛ أعد التحميل لرؤية التقدم.",
    ),
    "sending.again.temporary": Text(
        "The network couldn't be reached. It is tried again by itself; nothing has to be done.",
        "تعذّر الوصول إلى الشبكة. ستُعاد المحاولة تلقائيًا؛ لا يلزم شيء.",
    ),
    "sending.again.unknown": Text(
        "The network may have it, but hasn't answered. It is asked before anything is sent again, so nothing goes out "
        "twice; nothing has to be done.",
        "قد يكون لدى الشبكة لكنها لم تُجب. تُسأل قبل أي إعادة إرسال فلا يُرسل مرتين؛ لا يلزم شيء.",
    ),
    "sending.attempts": Text(
        "Attempt {number} was at {at}; it is tried until {until}.",
        "كانت المحاولة {number} في {at}، وتستمر المحاولات حتى {until}.",
    ),
    "sending.said": Text("What the network said", "ما قالته الشبكة"),
    "sending.next": Text("What to do now", "ما العمل الآن"),
    "next.temporary": Text(
        "The network couldn't be reached for long. Order it to be sent again.",
        "تعذّر الوصول إلى الشبكة طويلًا. اطلب إرساله من جديد.",
    ),
    "next.permanent": Text(
        "The network refuses the document. Read the reason, reject the document and issue a new one.",
        "ترفض الشبكة المستند. اقرأ السبب وارفض المستند وأصدر مستندًا جديدًا.",
    ),
    "next.precondition": Text(
        "Have the cause mended (it lies outside the document), then order it to be sent again.",
        "عالج السبب (وهو خارج المستند) ثم اطلب إرساله من جديد.",
    ),
    "next.unknown": Text(
        "Nobody knows whether the network has it. Have the provider asked, and settle it here or have the job replayed "
        "by whoever runs this gateway; don't issue it again meanwhile.",
        "لا يُعرف هل وصل إلى الشبكة. اسأل المزوّد ثم سجّل النتيجة هنا أو اطلب من مشغّل البوابة إعادة المهمة؛ "
        "ولا تُصدره من جديد في الأثناء.",
    ),
    # what the other corners said, and what to do about it
    "told.taken": Text("Taken by the receiver's access point", "تسلّمته نقطة وصول المستلم"),
    "told.delivered": Text("Delivered to the receiver", "سُلّم إلى المستلم"),
    "told.undeliverable": Text("The receiver couldn't be reached", "تعذّر الوصول إلى المستلم"),
    "told.refused": Text("Refused by the receiver's access point", "رفضته نقطة وصول المستلم"),
    "told.reported": Text("Reported to the tax authority", "أُبلغت به الهيئة الضريبية"),
    "told.report_refused": Text("Report refused by the tax authority", "رفضت الهيئة الضريبية التقرير"),
    "told.buyer_received": Text("Received by the buyer", "استلمه المشتري"),
    "told.buyer_in_process": Text("In process at the buyer", "قيد المعالجة لدى المشتري"),
    "told.buyer_queries": Text("The buyer has a question", "لدى المشتري استفسار"),
    "told.buyer_accepted_conditionally": Text("Accepted by the buyer under a condition", "قبله المشتري بشرط"),
    "told.buyer_accepted": Text("Accepted by the buyer", "قبله المشتري"),
    "told.buyer_paid": Text("Paid by the buyer", "دفعه المشتري"),
    "told.buyer_rejected": Text("Rejected by the buyer", "رفضه المشتري"),
    "do.undeliverable": Text(
        "Ask the buyer whether they are registered on the network; nothing is sent a second time by itself.",
        "اسأل المشتري هل هو مسجّل على الشبكة؛ لا يُرسل شيء مرة ثانية تلقائيًا.",
    ),
    "do.refused": Text(
        "Read the reason, issue a credit note for this document and, where due, a corrected invoice.",
        "اقرأ السبب وأصدر إشعارًا دائنًا لهذا المستند ثم فاتورة مصححة عند اللزوم.",
    ),
    "do.report_refused": Text(
        "Read the reason and correct the document; the correction is reported.",
        "اقرأ السبب وصحّح المستند؛ ويُبلَّغ عن التصحيح.",
    ),
    "do.buyer_queries": Text("Answer the buyer.", "أجب المشتري."),
    "do.buyer_accepted_conditionally": Text("Read the condition.", "اقرأ الشرط."),
    "do.buyer_rejected": Text(
        "Read the reason, issue a credit note for this document and, where due, a corrected invoice.",
        "اقرأ السبب وأصدر إشعارًا دائنًا لهذا المستند ثم فاتورة مصححة عند اللزوم.",
    ),
    # the five truths about a document, their reasons and steps, and the line over them
    "facts.title": Text("Where it stands", "أين وصل"),
    "facts.entry": Text("ledger entry {seq}", "قيد السجل {seq}"),
    "facts.said": Text("In their words", "بكلماتهم"),
    # outages
    "outages.title": Text("Outages", "الأعطال"),
    "outages.why": Text(
        "A time in which you couldn't send is told to the tax authority within two business days. Lines and waiting "
        "documents are watched; whatever else fails, report it here.",
        "يُبلَّغ عن أي وقت تعذّر فيه الإرسال إلى الهيئة الضريبية خلال يومي عمل. تُراقَب الخطوط والمستندات المنتظرة؛ "
        "وأي عطل آخر أبلغ عنه هنا.",
    ),
    "outages.none": Text("No outage.", "لا أعطال."),
    "outage.left.days": Text("{days} d {hours} h left", "المتبقي: {days} يوم، {hours} ساعة"),
    "outage.left.hours": Text("{hours} h left", "المتبقي: {hours} ساعة"),
    "outage.late": Text("The deadline is over", "انتهى الموعد"),
    "outage.due": Text("Tell the authority by {day}", "أبلغ الهيئة حتى {day}"),
    "outage.since": Text("Since", "منذ"),
    "outage.since.uae": Text("Since (UAE time)", "منذ (بتوقيت الإمارات)"),
    "outage.lasts": Text("it lasts", "ما زال مستمرًا"),
    "outage.report": Text("Report an outage", "الإبلاغ عن عطل"),
    "outage.report.hint": Text(
        "For what the gateway can't notice: your ERP, a power cut, a site.",
        "لما لا تلاحظه البوابة: نظامك المحاسبي أو انقطاع الكهرباء أو أحد المواقع.",
    ),
    "outage.line": Text("What failed", "ما الذي تعطّل"),
    "outage.detail": Text("What happened", "ما الذي حدث"),
    "outage.notified": Text("The authority was told at {at}", "أُبلغت الهيئة في {at}"),
    "outage.dismissed": Text(
        "Found at {at} that the authority needn't be told", "تقرر في {at} أنه لا يلزم إبلاغ الهيئة"
    ),
    "outage.entry": Text("ledger entry", "قيد السجل"),
    "outage.notify": Text("The authority was told", "أُبلغت الهيئة"),
    "outage.notify.hint": Text(
        "Copy the record below into the authority's portal. Then say here when, and what reference it gave.",
        "انسخ السجل أدناه إلى بوابة الهيئة، ثم اذكر هنا الوقت والرقم المرجعي الذي أعطته.",
    ),
    "outage.notify.at": Text("When (UAE time)", "متى (بتوقيت الإمارات)"),
    "outage.notify.reference": Text("Reference from the portal", "الرقم المرجعي من البوابة"),
    "outage.dismiss": Text("The authority needn't be told", "لا يلزم إبلاغ الهيئة"),
    "outage.end": Text("It is well again", "عاد العمل"),
    "outage.end.at": Text("Since when (UAE time)", "منذ متى (بتوقيت الإمارات)"),
    "outage.record": Text("Record for the authority", "السجل للهيئة"),
    "outage.record.hint": Text(
        "Drafted as of now; check it before you send it.", "مسودة حتى الآن؛ راجعها قبل الإرسال."
    ),
    "outage.concerned": Text("Documents concerned", "المستندات المعنية"),
    "outage.concerned.none": Text("None.", "لا شيء."),
    "outage.waits": Text("not transmitted yet", "لم يُرسل بعد"),
    "cause.provider": Text("The line to the service provider", "الخط إلى مزود الخدمة"),
    "cause.sending": Text("Documents wait although the line is well", "مستندات تنتظر رغم سلامة الخط"),
    "cause.reported": Text("Reported by a person", "أبلغ عنه شخص"),
    "duty.notified": Text("The authority was told", "أُبلغت الهيئة"),
    "duty.dismissed": Text("Needn't be told", "لا يلزم الإبلاغ"),
    "documents.overdue": Text("Overdue only", "المتأخرة فقط"),
    "deadline.running": Text(
        "Transmit by {last} (days left: {days})", "آخر يوم للإرسال {last} (الأيام المتبقية: {days})"
    ),
    "deadline.today": Text("Transmit by today, {last}", "آخر يوم للإرسال اليوم {last}"),
    "deadline.overdue": Text(
        "Overdue: the last day was {last} (days late: {days})",
        "متأخر: كان آخر يوم للإرسال {last} (أيام التأخر: {days})",
    ),
    "deadline.met": Text("Transmitted in time: on {day}, last day {last}", "أُرسل في الموعد: {day}، وآخر يوم {last}"),
    "deadline.met_late": Text("Transmitted late: on {day}, last day {last}", "أُرسل متأخرًا: {day}، وآخر يوم {last}"),
    "mark.yes": Text("yes", "نعم"),
    "mark.no": Text("no", "لا"),
    "mark.open": Text("not yet", "ليس بعد"),
    "mark.unknown": Text("not known", "غير معروف"),
    "mark.not_applicable": Text("doesn't apply", "لا ينطبق"),
    "station.sealed": Text("Sealed", "مختوم"),
    "station.sender": Text("Our access point", "نقطة وصولنا"),
    "station.receiver": Text("Receiver's access point", "نقطة وصول المستلم"),
    "station.authority": Text("Tax authority", "الهيئة الضريبية"),
    "station.buyer": Text("Buyer", "المشتري"),
    "why.draft": Text("A draft: nothing is sealed yet", "مسودة: لم يُختم شيء بعد"),
    "why.in-ledger": Text("Numbered, signed and in the ledger", "مرقّم وموقّع ومقيّد في السجل"),
    "why.sealed": Text("Waits for approval", "ينتظر الاعتماد"),
    "why.approved": Text("Waits for the order to send", "ينتظر أمر الإرسال"),
    "why.queued": Text("Ordered to be sent; waits for its turn", "أُمر بإرساله؛ ينتظر دوره"),
    "why.retrying": Text("Not taken yet; it is tried again by itself", "لم يُستلم بعد؛ ستُعاد المحاولة تلقائيًا"),
    "why.taken": Text("Taken by our access point", "استلمته نقطة وصولنا"),
    "why.others-speak": Text(
        "Others speak of it, so our access point has taken it", "تحدّث عنه آخرون، فقد استلمته نقطة وصولنا"
    ),
    "why.asking": Text(
        "A call was made and its outcome isn't known; the access point is asked before anything is sent again",
        "أُجري اتصال ولم تُعرف نتيجته؛ تُسأل نقطة الوصول قبل أي إعادة إرسال",
    ),
    "why.unresolved": Text(
        "Nobody could find out whether our access point has it", "لم يتمكن أحد من معرفة ما إذا وصل إلى نقطة وصولنا"
    ),
    "why.failed.temporary": Text(
        "Surely not taken: it couldn't be reached for long", "لم يُستلم قطعًا: تعذّر الوصول طويلًا"
    ),
    "why.failed.permanent": Text("Surely not taken: the document is refused", "لم يُستلم قطعًا: المستند مرفوض"),
    "why.failed.precondition": Text(
        "Surely not taken: something outside the document is missing", "لم يُستلم قطعًا: ينقص شيء خارج المستند"
    ),
    "why.settled": Text(
        "Not taken, by the word of a person who looked at the provider", "لم يُستلم، بحسب شخص راجع مزود الخدمة"
    ),
    "why.rejected": Text("Rejected in your company, so it isn't sent", "مرفوض داخل شركتك، فلن يُرسل"),
    "why.no-receiver": Text(
        "A predefined address: there is no receiver, it is only reported", "عنوان محدد مسبقًا: لا مستلم له، يُبلَّغ عنه فقط"
    ),
    "why.buyer-speaks": Text("The buyer has answered, so it was delivered", "أجاب المشتري، فقد سُلّم"),
    "why.never-arrived": Text("The document didn't get to the buyer", "لم يصل المستند إلى المشتري"),
    "why.silent": Text("Nothing heard yet", "لم يصل خبر بعد"),
    "why.not-there-yet": Text("Not sent yet", "لم يُرسل بعد"),
    "step.finalize": Text("Check the draft and seal it.", "راجع المسودة واختمها."),
    "step.approve": Text("Have a second person approve it.", "اطلب من شخص ثانٍ اعتماده."),
    "step.send": Text("Order it to be sent.", "اطلب إرساله."),
    "step.resend": Text("Order it to be sent again.", "اطلب إرساله من جديد."),
    "step.credit": Text("It is out all the same: take it back by a credit note.", "لقد خرج رغم ذلك: ألغه بإشعار دائن."),
    "headline.draft": Text("A draft; nothing has been sent", "مسودة؛ لم يُرسل شيء"),
    "headline.sealed": Text("Sealed; waits for approval", "مختوم؛ ينتظر الاعتماد"),
    "headline.approved": Text("Approved; waits for the order to send", "معتمد؛ ينتظر أمر الإرسال"),
    "headline.queued": Text("Ordered to be sent; waits for its turn", "أُمر بإرساله؛ ينتظر دوره"),
    "headline.retrying": Text("Not sent yet; it is tried again by itself", "لم يُرسل بعد؛ ستُعاد المحاولة تلقائيًا"),
    "headline.asking": Text(
        "Being sent; whether it arrived isn't known yet, and it won't go out twice",
        "قيد الإرسال؛ لم يُعرف بعد هل وصل، ولن يُرسل مرتين",
    ),
    "headline.unresolved": Text(
        "Nobody knows whether it was sent; a person has to ask", "لا يُعرف هل أُرسل؛ يجب أن يسأل شخص"
    ),
    "headline.failed": Text("Not sent; something has to be done", "لم يُرسل؛ يلزم إجراء"),
    "headline.rejected": Text("Rejected in your company; it isn't sent", "مرفوض داخل شركتك؛ لن يُرسل"),
    "headline.rejected-but-out": Text("Rejected in your company, but it is out", "مرفوض داخل شركتك، لكنه خرج"),
    "headline.sent": Text("Sent; nothing heard of it yet", "أُرسل؛ لم يصل عنه خبر بعد"),
    "headline.sent-to-authority": Text(
        "Handed over for the report to the tax authority; nothing heard yet",
        "سُلّم لإبلاغ الهيئة الضريبية؛ لم يصل خبر بعد",
    ),
    "headline.reported": Text(
        "Reported to the tax authority; the receiver hasn't confirmed it", "أُبلغت به الهيئة الضريبية؛ لم يؤكده المستلم"
    ),
    "headline.reported-only": Text(
        "Reported to the tax authority; there is no receiver", "أُبلغت به الهيئة الضريبية؛ لا مستلم له"
    ),
    "headline.taken": Text("Taken by the receiver's access point", "تسلّمته نقطة وصول المستلم"),
    "headline.delivered": Text("Delivered", "سُلّم"),
    "headline.undeliverable": Text("The receiver couldn't be reached", "تعذّر الوصول إلى المستلم"),
    "headline.refused": Text("Refused by the receiver's access point", "رفضته نقطة وصول المستلم"),
    "headline.report-refused": Text("The tax authority refuses the report", "رفضت الهيئة الضريبية التقرير"),
    "headline.declined": Text("The buyer refuses it", "رفضه المشتري"),
    "headline.buyer-asks": Text("Delivered; the buyer has a question", "سُلّم؛ لدى المشتري استفسار"),
    "headline.accepted": Text("Accepted by the buyer", "قبله المشتري"),
    "headline.accepted-conditionally": Text("Accepted by the buyer under a condition", "قبله المشتري بشرط"),
    "headline.paid": Text("Paid by the buyer", "دفعه المشتري"),
    "headline.and.yes": Text("reported to the tax authority", "وأُبلغت به الهيئة الضريبية"),
    "headline.and.no": Text("the tax authority refuses the report", "ورفضت الهيئة الضريبية التقرير"),
    "headline.and.open": Text(
        "the report to the tax authority isn't confirmed yet", "ولم يتأكد إبلاغ الهيئة الضريبية بعد"
    ),
    "finding.rule": Text("Rule", "القاعدة"),
    "finding.mend": Text("How to mend it", "كيفية التصحيح"),
    "finding.where": Text("Where", "الموضع"),
    "finding.terms": Text("Terms", "المصطلحات"),
    "finding.message": Text("Found", "ما وُجد"),
    "severity.fatal": Text("must be mended", "يجب تصحيحه"),
    "severity.warning": Text("advice", "نصيحة"),
    "fact.finalized": Text("Sealed", "مختوم"),
    "fact.approved": Text("Approved", "معتمد"),
    "fact.rejected": Text("Rejected", "مرفوض"),
    "fact.queued": Text("Sending ordered", "أُمر بالإرسال"),
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
    "event.invoice.due_soon": Text("The deadline for transmission is near", "اقترب آخر يوم للإرسال"),
    "event.invoice.overdue": Text("The deadline for transmission is over", "انتهى موعد الإرسال"),
    "detail.number": Text("number", "الرقم"),
    "detail.reason": Text("reason", "السبب"),
    "detail.note": Text("note", "ملاحظة"),
    "detail.detail": Text("detail", "التفصيل"),
    "detail.provider": Text("provider", "المزوّد"),
    "detail.reference": Text("reference", "المرجع"),
    "event.bill.received": Text("Received", "استُلمت"),
    "event.bill.repeated": Text("Came again", "وصلت مرة أخرى"),
    "event.bill.processing": Text("Being read", "قيد القراءة"),
    "event.bill.needs_review": Text("Read; needs review", "قُرئت وتحتاج إلى مراجعة"),
    "event.bill.corrected": Text("Values put right", "صُححت قيم"),
    "event.bill.failed": Text("Could not be read", "تعذرت القراءة"),
    "event.bill.read": Text("Accepted", "اعتُمدت القراءة"),
    "event.bill.matched": Text("Matched", "طابقت الطلب"),
    "event.bill.exception": Text("Does not match", "لا تطابق الطلب"),
    "event.bill.released": Text("Hold lifted", "رُفع التعليق"),
    "event.bill.assigned": Text("Task given", "أُسندت المهمة"),
    "event.bill.overdue": Text("Task overdue", "تأخرت المهمة"),
    "event.bill.endorsed": Text("Approved by one of several", "وافق أحد المطلوبين"),
    "event.bill.approved": Text("Approved", "تمت الموافقة"),
    "event.bill.refused": Text("Refused", "رُفضت"),
    "event.bill.paid": Text("Paid", "دُفعت"),
    "event.bill.discarded": Text("Discarded", "استُبعدت"),
    "event.document.received": Text("Received", "استُلم"),
    "event.document.repeated": Text("Arrived again", "وصل مرة أخرى"),
    "event.document.acknowledged": Text("Acknowledged", "تم الاطلاع"),
    "event.document.answered": Text("The seller was answered", "أُجيب البائع"),
    "event.mailbox.added": Text("Mailbox added", "أُضيف صندوق بريد"),
    "event.mailbox.changed": Text("Mailbox changed", "عُدّل صندوق بريد"),
    "event.mailbox.removed": Text("Mailbox removed", "أُزيل صندوق بريد"),
    "event.mailbox.unreachable": Text("Mailbox can't be reached", "يتعذّر الوصول إلى صندوق بريد"),
    "event.mailbox.well": Text("Mailbox can be reached again", "عاد صندوق البريد متاحًا"),
    "event.mail.failed": Text("No bill in a mail", "رسالة بلا فاتورة مقروءة"),
    "event.supplier.active": Text("Entered, or brought back", "أُدخل أو أُعيد"),
    "event.supplier.archived": Text("Archived", "أُرشف"),
    "event.supplier.changed": Text("Changed", "عُدّل"),
    "event.supplier.learned": Text("Learned from a correction", "استُفيد من تصحيح"),
    "event.supplier.forgotten": Text("What was learned was forgotten", "نُسي ما استُفيد"),
    "event.bank_account.proposed": Text("Bank account waits for release", "حساب مصرفي ينتظر الإجازة"),
    "event.bank_account.released": Text("Bank account released", "أُجيز الحساب المصرفي"),
    "event.bank_account.refused": Text("Bank account refused", "رُفض الحساب المصرفي"),
    "event.bank_account.retired": Text("Bank account retired", "أُوقف الحساب المصرفي"),
    "event.purchase_order.draft": Text("Drafted", "أُنشئت المسودة"),
    "event.purchase_order.edited": Text("Draft changed", "عُدّلت المسودة"),
    "event.purchase_order.sending": Text("Being mailed to the supplier", "قيد الإرسال بالبريد إلى المورّد"),
    "event.purchase_order.sent": Text("With the supplier", "لدى المورّد"),
    "event.purchase_order.changed": Text("Changed after it was sent", "عُدّل بعد إرساله"),
    "event.purchase_order.mailing": Text("Being mailed again", "يُعاد إرساله بالبريد"),
    "event.purchase_order.mailed": Text("Mailed again", "أُعيد إرساله بالبريد"),
    "event.purchase_order.unmailed": Text("Could not be mailed again", "تعذّرت إعادة إرساله بالبريد"),
    "event.purchase_order.closed": Text("Closed", "أُغلق"),
    "event.purchase_order.cancelled": Text("Cancelled", "أُلغي"),
    "event.goods_receipt.recorded": Text("Goods received or returned", "استُلمت بضاعة أو أُعيدت"),
    "event.goods_receipt.countered": Text("Taken back", "عُكس الاستلام"),
    "event.provider.added": Text("Provider account added", "أُضيف حساب لدى مزود خدمة"),
    "event.provider.changed": Text("Provider account changed", "عُدّل حساب لدى مزود خدمة"),
    "event.provider.removed": Text("Provider account removed", "أُزيل حساب لدى مزود خدمة"),
    "event.provider.routed": Text("Routes changed", "عُدّلت قواعد التوجيه"),
    "event.provider.well": Text("The provider works again", "عاد مزود الخدمة إلى العمل"),
    "event.provider.refuses_us": Text("The provider refuses us", "مزود الخدمة يرفضنا"),
    "event.provider.unreachable": Text("The provider doesn't answer", "مزود الخدمة لا يستجيب"),
    # accounts at providers
    "providers.title": Text("Lines to the network", "خطوط الاتصال بالشبكة"),
    "providers.order": Text(
        "Documents take the first account that a rule names, or else the first in this order.",
        "تسلك المستندات أول حساب تحدده قاعدة، وإلا فأول حساب في هذا الترتيب.",
    ),
    "providers.none": Text(
        "Your company has no account of its own; documents go through the provider of this installation.",
        "ليس لشركتك حساب خاص؛ تُرسل المستندات عبر مزود هذه المنصة.",
    ),
    "providers.installation": Text("The provider of this installation", "مزود هذه المنصة"),
    "providers.provider": Text("Provider", "مزود الخدمة"),
    "providers.documents": Text("New documents", "المستندات الجديدة"),
    "providers.takes": Text("takes them, at place {position}", "يستقبلها، في الترتيب {position}"),
    "providers.off": Text("switched off", "متوقف"),
    "providers.all": Text("takes all of them", "يستقبلها كلها"),
    "providers.rules-only": Text("takes those that a rule sends there", "يستقبل ما توجهه إليه قاعدة"),
    "providers.obstacle": Text("Can't be opened", "لا يمكن فتحه"),
    "providers.state": Text("State", "الحالة"),
    "providers.since": Text("Since", "منذ"),
    "providers.looked": Text("Last looked at", "آخر فحص"),
    "providers.never": Text("not looked at yet", "لم يُفحص بعد"),
    "providers.missing": Text("Can't be asked", "ما لا يمكن طلبه منه"),
    "providers.check": Text("Check now", "افحص الآن"),
    "condition.well": Text("It answers and takes our credentials", "يستجيب ويقبل بيانات الدخول"),
    "condition.refuses_us": Text(
        "It answers and refuses us: check credentials and address", "يستجيب ويرفضنا: تحقق من بيانات الدخول والعنوان"
    ),
    "condition.unreachable": Text(
        "It doesn't answer; documents wait and go out by themselves later",
        "لا يستجيب؛ تنتظر المستندات وتُرسل تلقائيًا لاحقًا",
    ),
    "event.arrival.unreadable": Text("Arrived and can't be read", "وصل ولا يمكن قراءته"),
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
    "inbox.none": Text(
        "Nothing received yet. Documents appear here as soon as a supplier sends one to your electronic address.",
        "لم يصل شيء بعد. تظهر المستندات هنا حالما يرسلها مورّد إلى عنوانكم الإلكتروني.",
    ),
    "inbox.ledger": Text("Only we see this; the seller isn't told.", "هذا لنا فقط؛ لا يُبلَّغ البائع."),
    # what came and can't be read
    "unreadable.title": Text("Arrived and not readable", "وصل ولا يمكن قراءته"),
    "unreadable.what": Text(
        "A provider handed this over, and it is no document that is understood here. It is kept as it came; ask the "
        "sender or the provider what it is.",
        "سلّم المزوّد هذه المواد وهي ليست مستندات مفهومة هنا. وهي محفوظة كما وصلت؛ اسألوا المرسل أو المزوّد عنها.",
    ),
    "unreadable.from": Text("From", "من"),
    "unreadable.reason": Text("Why it can't be read", "سبب تعذّر القراءة"),
    "unreadable.file": Text("File", "الملف"),
    "unreadable.download": Text("Download", "تنزيل"),
    "unreadable.none": Text("Everything that arrived could be read.", "كل ما وصل كان قابلًا للقراءة."),
    # what a buyer answers: codes, reasons, what is asked of the seller
    "answer.AB": Text("Received", "مُستلَم"),
    "answer.IP": Text("In process", "قيد المعالجة"),
    "answer.UQ": Text("Question", "استفسار"),
    "answer.CA": Text("Accepted under a condition", "مقبول بشرط"),
    "answer.AP": Text("Accepted, will be paid", "مقبول وسيُدفع"),
    "answer.PD": Text("Paid", "مدفوع"),
    "answer.RE": Text("Rejected", "مرفوض"),
    "reason.NON": Text("No issue", "لا إشكال"),
    "reason.REF": Text("References", "المراجع"),
    "reason.LEG": Text("Legal information", "البيانات القانونية"),
    "reason.REC": Text("Receiver unknown", "المستلم غير معروف"),
    "reason.QUA": Text("Quality", "الجودة"),
    "reason.DEL": Text("Delivery", "التسليم"),
    "reason.PRI": Text("Prices", "الأسعار"),
    "reason.QTY": Text("Quantity", "الكمية"),
    "reason.ITM": Text("Items", "الأصناف"),
    "reason.PAY": Text("Payment terms", "شروط الدفع"),
    "reason.UNR": Text("Not recognized", "غير معروف لدينا"),
    "reason.FIN": Text("Finance terms", "الشروط المالية"),
    "reason.PPD": Text("Partly paid", "مدفوع جزئيًا"),
    "reason.OTH": Text("Other", "سبب آخر"),
    "action.NOA": Text("Nothing is to be done", "لا يلزم شيء"),
    "action.PIN": Text("Provide information", "تقديم معلومات"),
    "action.NIN": Text("Issue a new invoice", "إصدار فاتورة جديدة"),
    "action.CNF": Text("Credit it in full", "إشعار دائن بكامل القيمة"),
    "action.CNP": Text("Credit a part of it", "إشعار دائن بجزء منها"),
    "action.CNA": Text("Credit the amount", "إشعار دائن بالمبلغ"),
    "action.OTH": Text("Something else", "إجراء آخر"),
    "step.asked.PIN": Text("Give the buyer the information they ask for.", "قدّم للمشتري المعلومات المطلوبة."),
    "step.asked.NIN": Text(
        "Issue a new invoice; where this one was rejected, credit it as well.",
        "أصدر فاتورة جديدة، وإن رُفضت هذه فأصدر لها إشعارًا دائنًا أيضًا.",
    ),
    "step.asked.CNF": Text("Issue a credit note over the whole document.", "أصدر إشعارًا دائنًا بكامل المستند."),
    "step.asked.CNP": Text(
        "Issue a credit note over the part that the buyer names.",
        "أصدر إشعارًا دائنًا بالجزء الذي حدده المشتري.",
    ),
    "step.asked.CNA": Text(
        "Issue a credit note over the amount that the buyer names.",
        "أصدر إشعارًا دائنًا بالمبلغ الذي حدده المشتري.",
    ),
    "step.asked.OTH": Text("Read what the buyer asks for, and answer.", "اقرأ ما يطلبه المشتري وأجب."),
    "answer.title": Text("Answers to the seller", "الردود على البائع"),
    "answer.tell": Text("Tell the seller where it stands", "إبلاغ البائع بالحال"),
    "answer.tell.hint": Text(
        "It is sealed in the ledger and sent to the seller. A question needs a reason.",
        "يُختم في السجل ويُرسل إلى البائع. والاستفسار يحتاج إلى سبب.",
    ),
    "answer.decide": Text("Accept or reject it", "قبوله أو رفضه"),
    "answer.decide.hint": Text(
        "What you decide is sealed and sent to the seller, and can't be taken back. A condition or a rejection needs a "
        "reason.",
        "قرارك يُختم ويُرسل إلى البائع ولا رجعة فيه. والشرط أو الرفض يحتاج إلى سبب.",
    ),
    "answer.which": Text("Your answer", "ردّك"),
    "answer.reason": Text("Reason", "السبب"),
    "answer.action": Text("What the seller shall do", "المطلوب من البائع"),
    "answer.explanation": Text("In your words", "بكلماتك"),
    "answer.effective": Text("Since when (optional)", "منذ متى (اختياري)"),
    "answer.payment": Text("The bank's reference of the payment", "مرجع الدفع لدى البنك"),
    "answer.give": Text("Answer", "إرسال الرد"),
    "answer.again": Text("Send it again", "إعادة الإرسال"),
    "responses.title": Text("Answers of buyers", "ردود المشترين"),
    "responses.what": Text(
        "Every answer that came, also those that aren't believed: they change nothing, and say why.",
        "كل رد وصل، ومنه ما لا يُعتد به: لا يغيّر شيئًا، ويُذكر سببه.",
    ),
    "responses.none": Text("No buyer has answered yet.", "لم يردّ أي مشترٍ بعد."),
    "responses.answer": Text("Answer", "الرد"),
    "responses.verdict": Text("What is made of it", "الحكم عليه"),
    "verdict.believed": Text("Believed", "معتمد"),
    "verdict.unmatched": Text("Fits no document that was sent", "لا يطابق أي مستند مُرسل"),
    "verdict.foreign": Text("Not from the receiver of the document", "ليس من مستلم المستند"),
    "verdict.unreadable": Text("Not a sound answer", "رد غير سليم"),
    "verdict.erased": Text("About an erased document; not kept", "عن مستند مُحي محتواه؛ لم يُحفظ"),
    "answer.next.temporary": Text(
        "The network couldn't be reached for long. Send it again.", "تعذّر الوصول إلى الشبكة طويلًا. أعد إرساله."
    ),
    "answer.next.permanent": Text(
        "The network refuses the answer. Tell the seller by other means; what you decided stands.",
        "ترفض الشبكة الرد. أبلغ البائع بوسيلة أخرى؛ وقرارك قائم.",
    ),
    "answer.next.precondition": Text(
        "Perhaps the seller takes no answers on the network: tell them by other means; what you decided stands. "
        "Otherwise have the cause mended and send it again.",
        "ربما لا يستقبل البائع الردود عبر الشبكة: أبلغه بوسيلة أخرى؛ وقرارك قائم. وإلا فعالج السبب وأعد إرساله.",
    ),
    "answer.next.unknown": Text(
        "Nobody knows whether the network has it. Have the provider asked, and the job replayed by whoever runs this "
        "gateway.",
        "لا يُعرف هل وصل إلى الشبكة. اطلب من مشغّل البوابة سؤال المزوّد وإعادة المهمة.",
    ),
    "state.answer.QUEUED": Text("Waits to be sent", "ينتظر الإرسال"),
    "state.answer.SENDING": Text("Being sent", "قيد الإرسال"),
    "state.answer.SENT": Text("Taken by our access point", "استلمته نقطة وصولنا"),
    "state.answer.FAILED": Text("Not sent", "لم يُرسل"),
    # ledger
    "ledger.title": Text("Ledger", "السجل"),
    "ledger.head": Text("Where the chain ends", "نهاية السلسلة"),
    "ledger.count": Text("Entries in all", "عدد القيود"),
    "ledger.hash": Text("Hash of the last entry", "بصمة آخر قيد"),
    "ledger.key": Text("Signing key", "مفتاح التوقيع"),
    "ledger.certificate": Text("Its certificate", "شهادة المفتاح"),
    "certificate.valid": Text("valid until {at}", "صالحة حتى {at}"),
    "certificate.expiring": Text("ends {at}: bring the renewed one", "تنتهي {at}: أضف الشهادة المجدّدة"),
    "certificate.expired": Text(
        "ended {at}: documents are still sealed; bring a new one",
        "انتهت {at}: ما زالت المستندات تُختم؛ أضف شهادة جديدة",
    ),
    "ledger.keep": Text(
        "Write these down: a later ledger must still contain them.", "دوّنها: يجب أن يظل السجل اللاحق يحتويها."
    ),
    "ledger.verify": Text("Verify the whole ledger", "التحقق من السجل كله"),
    "ledger.verify.hint": Text(
        "Looks at every entry's link to the one before, every document's bytes and every signature. "
        "The outcome becomes an entry itself.",
        "يفحص ارتباط كل قيد بما قبله وبايتات كل مستند وكل توقيع. والنتيجة تصبح قيدًا بدورها.",
    ),
    "ledger.none": Text("Never verified so far. The button above begins it.", "لم يُتحقق منه بعد. ابدأ بالزر أعلاه."),
    "ledger.none-yet": Text("Never verified so far.", "لم يُتحقق منه بعد."),
    "ledger.entries-checked": Text("{checked} of {total} entries", "{checked} من {total} قيدًا"),
    "ledger.signed": Text(
        "{count} carry a signature: documents and keys do", "{count} منها موقّعة: المستندات والمفاتيح"
    ),
    "ledger.entry": Text("Entry {seq}", "القيد {seq}"),
    "kind.invoice": Text("Invoice issued", "فاتورة صادرة"),
    "kind.credit_note": Text("Credit note issued", "إشعار دائن صادر"),
    "kind.received": Text("Document received", "مستند وارد"),
    "kind.approval": Text("Approval", "اعتماد"),
    "kind.rejection": Text("Rejection", "رفض"),
    "kind.void": Text("Void", "إلغاء"),
    "kind.transmission": Text("Handed to the network", "تسليم إلى الشبكة"),
    "kind.status": Text("Answer from the network", "رد من الشبكة"),
    "kind.correction": Text("Correction", "تصحيح"),
    "kind.match": Text("Match with an order", "مطابقة مع أمر"),
    "kind.key_added": Text("Signing key added", "إضافة مفتاح توقيع"),
    "kind.key_retired": Text("Signing key retired", "إيقاف مفتاح توقيع"),
    "kind.access": Text("Change of access", "تغيير في الصلاحيات"),
    "kind.tenant_read": Text("Read by the platform", "اطلاع من المنصة"),
    "kind.period_close": Text("Period closed", "إقفال فترة"),
    "kind.export": Text("Export", "تصدير بيانات"),
    "kind.verification": Text("Verification", "تحقق"),
    "kind.legacy_genesis": Text("Taken over from an older system", "منقول من نظام سابق"),
    "kind.acknowledgement": Text("Acknowledgement", "تأكيد اطلاع"),
    "kind.erasure": Text("Content erased", "محو المحتوى"),
    "kind.tax_period": Text("VAT period", "الفترة الضريبية"),
    "kind.auditor_read": Text("Read by an auditor", "اطلاع من مدقق"),
    "kind.outage": Text("Notice of an outage", "إشعار بعطل"),
    "kind.response": Text("Buyer's answer", "رد المشتري"),
    "kind.bill": Text("Supplier's file", "ملف من مورّد"),
    "kind.reading": Text("What was read", "ما تمت قراءته"),
    "kind.payment": Text("Marked as paid", "وُسمت مدفوعة"),
    "kind.supplier": Text("Supplier's bank account", "حساب المورّد المصرفي"),
    "kind.order": Text("Purchase order", "أمر شراء"),
    "kind.goods_receipt": Text("Goods receipt", "استلام بضاعة"),
    "kind.retention": Text("Retention", "مدة الاحتفاظ"),
    "ledger.bundles": Text(
        "To verify an audit bundle without us, in your browser or with Python:",
        "للتحقق من حزمة تدقيق من دوننا، في متصفحك أو بواسطة Python:",
    ),
    "ledger.runs": Text("Verifications", "عمليات التحقق"),
    "ledger.asked": Text("Asked for", "وقت الطلب"),
    "ledger.checked": Text("Checked", "ما فُحص"),
    "ledger.outcome": Text("Outcome", "النتيجة"),
    "ledger.reload": Text("Reload to see progress.", "أعد التحميل لرؤية التقدم."),
    "ledger.latest": Text("Latest entries", "أحدث القيود"),
    "ledger.seq": Text("Entry", "القيد"),
    "ledger.kind": Text("Kind", "النوع"),
    "outcome.ok": Text("all holds", "كل شيء سليم"),
    "outcome.failed": Text("does not hold", "غير سليم"),
    "outcome.incomplete": Text("not everything was looked at", "لم يُفحص كل شيء"),
    "outcome.queued": Text("waiting", "في الانتظار"),
    "outcome.running": Text("running", "جارٍ"),
    # looking a receiver up
    "participants.title": Text("Is a receiver registered?", "هل المستلم مسجّل؟"),
    "participants.id": Text("Receiver on the network", "المستلم على الشبكة"),
    "participants.hint": Text(
        "The first ten digits of the receiver's TRN, or the whole id: 0235:1234567890.",
        "أول عشرة أرقام من رقم التسجيل الضريبي للمستلم، أو المعرّف كاملًا: 0235:1234567890.",
    ),
    "participants.ask": Text("Look up", "بحث"),
    "participants.outcome": Text("What is known", "ما هو معروف"),
    "participants.registered": Text("Registered on the network:", "مسجّل على الشبكة:"),
    "participants.kind": Text("Kind of document", "نوع المستند"),
    "participants.takes": Text("Takes it", "يستقبله"),
    "participants.yes": Text("yes", "نعم"),
    "participants.no": Text("no", "لا"),
    "takes.invoice": Text("Invoice", "فاتورة"),
    "takes.credit-note": Text("Credit note", "إشعار دائن"),
    "takes.self-billed-invoice": Text("Self-billed invoice", "فاتورة ذاتية"),
    "takes.self-billed-credit-note": Text("Self-billed credit note", "إشعار دائن ذاتي"),
    "takes.invoice-response": Text("Answer to an invoice", "رد على فاتورة"),
    "participants.kept": Text("Asked anew from", "يُسأل من جديد بعد"),
    "looked.not-registered": Text(
        "Surely not registered. Check the number with the receiver.", "غير مسجّل بالتأكيد. تحقق من الرقم مع المستلم."
    ),
    "looked.cannot-tell": Text(
        "Nobody can tell just now; the receiver may well be registered. Ask again in a moment.",
        "لا يمكن معرفة ذلك الآن؛ قد يكون المستلم مسجّلًا. أعد السؤال بعد قليل.",
    ),
    "looked.bad-participant": Text(
        "No receiver can have this id. A UAE business is 0235: and ten digits, the first of them 1.",
        "لا يمكن أن يحمل مستلم هذا المعرّف. المنشأة في الإمارات هي 0235: وعشرة أرقام أولها 1.",
    ),
    "looked.predefined-endpoint": Text(
        "This endpoint stands for no receiver (97, 98, 99): such a document is only reported to the tax authority.",
        "هذا العنوان لا يمثل مستلمًا (97 و98 و99): يُبلَّغ المستند للهيئة الضريبية فقط.",
    ),
    # what was just done
    "suppliers.title": Text("Suppliers", "المورّدون"),
    "suppliers.waiting": Text("Bank accounts that wait for release", "حسابات مصرفية تنتظر الإجازة"),
    "suppliers.waiting.hint": Text(
        "Ask the supplier by a telephone number that you know, not by one that stands on the bill. Whoever entered an "
        "account, or had a hand in a bill that shows it, can't release it.",
        "اسأل المورّد على رقم هاتف تعرفه، لا على رقم مذكور في الفاتورة. من أدخل الحساب أو شارك في فاتورة تذكره لا "
        "يمكنه إجازته.",
    ),
    "suppliers.waiting.none": Text("No bank account waits.", "لا حساب مصرفيًا ينتظر."),
    "suppliers.account": Text("Account", "الحساب"),
    "suppliers.proposed": Text("Proposed", "اقتُرح"),
    "suppliers.origin.master": Text("by hand", "يدويًا"),
    "suppliers.origin.bill": Text("by a bill", "من فاتورة"),
    "suppliers.origin.import": Text("by an import", "من ملف مستورد"),
    "suppliers.shared": Text("Another supplier has this account as well.", "لمورّد آخر هذا الحساب أيضًا."),
    "suppliers.own": Text("Somebody else has to release it.", "يجب أن يجيزه شخص آخر."),
    "suppliers.release": Text("Release", "إجازة"),
    "suppliers.refuse": Text("Refuse", "رفض"),
    "suppliers.reason": Text("Why", "السبب"),
    "suppliers.none": Text(
        "No supplier yet. Enter or import them over the API.", "لا مورّدين بعد. أدخلهم أو استوردهم عبر الواجهة البرمجية."
    ),
    "suppliers.name": Text("Name", "الاسم"),
    "suppliers.tax-ids": Text("Tax ids", "الأرقام الضريبية"),
    "suppliers.accounts": Text("Released accounts", "الحسابات المجازة"),
    "suppliers.archived": Text("archived", "مؤرشف"),
    # bills of suppliers
    "bills.title": Text("Suppliers' bills", "فواتير المورّدين"),
    "bills.upload": Text("Send in bills", "إرسال فواتير"),
    "bills.upload.hint": Text(
        "PDF, JPEG, PNG, GIF, TIFF or XML, several at once, up to 25 MiB each. What came before is found again, not "
        "taken twice.",
        "ملفات PDF أو JPEG أو PNG أو GIF أو TIFF أو XML، عدة ملفات معًا، حتى 25 ميغابايت للملف. ما وصل من قبل لا يُؤخذ "
        "مرتين.",
    ),
    "bills.files": Text("Files", "الملفات"),
    "bills.drop": Text("or drop files here", "أو أفلت الملفات هنا"),
    "bills.send": Text("Send in", "إرسال"),
    "bills.sending": Text("being sent", "قيد الإرسال"),
    "bills.not-sent": Text("Not sent. Try it again.", "لم يُرسل. حاول مرة أخرى."),
    "bills.open": Text("Open the bill", "فتح الفاتورة"),
    "bills.uploaded": Text("What became of the files", "ما آل إليه كل ملف"),
    "bills.nothing-sent": Text("No file was chosen.", "لم يُختر أي ملف."),
    "bills.waiting": Text("{count} wait for review", "بانتظار المراجعة: {count}"),
    "bills.next": Text("Review the next", "مراجعة التالية"),
    "bills.search": Text("Supplier, number, order, file or amount", "المورّد أو الرقم أو الأمر أو الملف أو المبلغ"),
    "bills.only": Text("Only", "فقط"),
    "only.held": Text("held", "المعلّقة"),
    "only.tasks": Text("with a task", "ذات المهام"),
    "only.overdue": Text("task overdue", "المهام المتأخرة"),
    "bills.found": Text("Bills", "الفواتير"),
    "bills.none": Text(
        "No bill yet. Send in the first one above, or have suppliers mail them.",
        "لا فواتير بعد. أرسل أول فاتورة أعلاه أو اطلب من المورّدين إرسالها بالبريد.",
    ),
    "bills.none-found": Text(
        "No bill fits. Search for less, or show all.", "لا فاتورة مطابقة. وسّع البحث أو اعرض الكل."
    ),
    "bills.supplier": Text("Supplier", "المورّد"),
    "bills.came": Text("Came", "وصلت"),
    "bills.live": Text("This list follows what happens by itself.", "تتابع هذه القائمة ما يحدث تلقائيًا."),
    "bills.page-of": Text("page {page} of {pages}", "الصفحة {page} من {pages}"),
    "bills.due": Text("settle by {day}", "تُسوّى قبل {day}"),
    "bills.overdue": Text("was to be settled by {day}", "كان يجب تسويتها قبل {day}"),
    "bills.looked-at": Text("looked at by", "يراجعها"),
    "bills.no-supplier": Text("(supplier not read)", "(لم يُقرأ المورّد)"),
    "outcome-file.taken": Text("taken", "أُخذ"),
    "outcome-file.duplicate": Text("came before", "وصل من قبل"),
    "outcome-file.refused": Text("refused", "رُفض"),
    "file.mend": Text(
        "Mend the file as the sentence says and send it again.", "أصلح الملف كما تذكر الجملة وأعد إرساله."
    ),
    "file.empty": Text("The file is empty. Send it again.", "الملف فارغ. أعد إرساله."),
    "file.too-large": Text("The file is too large.", "الملف أكبر من المسموح."),
    "file.encrypted": Text(
        "The PDF asks for a password. Save it without one.", "ملف PDF محمي بكلمة مرور. احفظه من دونها."
    ),
    "file.truncated": Text("The end of the file is missing. Send it again.", "نهاية الملف مفقودة. أعد إرساله."),
    "file.damaged": Text("The file is damaged and can't be opened.", "الملف تالف ولا يُفتح."),
    "file.too-many-pages": Text(
        "The file has too many pages. Send each bill apart.", "صفحات الملف كثيرة. أرسل كل فاتورة وحدها."
    ),
    "file.too-many-pixels": Text(
        "The picture is too large. Scan at 300 dpi or less.", "الصورة كبيرة جدًا. امسحها بدقة 300 أو أقل."
    ),
    "file.too-small": Text("The picture is too small for a bill.", "الصورة أصغر من أن تكون فاتورة."),
    "file.too-complex": Text(
        "Reading the file takes more than any bill does.", "قراءة الملف تتطلب أكثر مما تتطلبه أي فاتورة."
    ),
    "file.too-much-text": Text("A page holds more text than any bill.", "في صفحة نص أكثر من أي فاتورة."),
    "file.too-many-attachments": Text("Too many files are embedded in the PDF.", "في ملف PDF مرفقات كثيرة."),
    "file.attachment-too-large": Text("A file embedded in the PDF is too large.", "مرفق في ملف PDF أكبر من المسموح."),
    "file.no-pages": Text("The file has no page.", "لا صفحات في الملف."),
    "file.no-picture": Text("The file is no picture.", "الملف ليس صورة."),
    "file.no-such-page": Text("There is no such page.", "لا توجد صفحة كهذه."),
    "file.not-xml": Text("The XML can't be read.", "لا يمكن قراءة ملف XML."),
    "file.not-an-invoice": Text("The XML is no invoice that is read.", "ملف XML ليس فاتورة مقروءة."),
    "file.unknown-kind": Text(
        "Files of this kind aren't read. Send a PDF, a picture or XML.", "هذا النوع لا يُقرأ. أرسل PDF أو صورة أو XML."
    ),
    "file.archive": Text(
        "This is an archive. Unpack it and send the files themselves.", "هذا ملف مضغوط. فكّه وأرسل الملفات نفسها."
    ),
    "file.office": Text("This is an office document. Save it as PDF.", "هذا مستند مكتبي. احفظه بصيغة PDF."),
    "file.heic": Text("This picture's form isn't read. Save it as JPG.", "صيغة هذه الصورة لا تُقرأ. احفظها بصيغة JPG."),
    "file.webp": Text("This is a WebP picture. Save it as JPG.", "هذه صورة WebP. احفظها بصيغة JPG."),
    "file.big-tiff": Text(
        "This is a BigTIFF. Save it as an ordinary TIFF.", "هذا ملف BigTIFF. احفظه بصيغة TIFF عادية."
    ),
    "file.bmp": Text("This is a BMP picture. Save it as PNG.", "هذه صورة BMP. احفظها بصيغة PNG."),
    "file.program": Text("This is a program. It isn't taken.", "هذا برنامج، ولا يُقبل."),
    "file.html": Text("This is a web page. Save it as PDF.", "هذه صفحة ويب. احفظها بصيغة PDF."),
    "file.mail": Text("This is a mail. Send its attachments.", "هذه رسالة بريد. أرسل مرفقاتها."),
    "file.infected": Text(
        "The virus scanner finds something in this file. It isn't taken.", "وجد فاحص الفيروسات شيئًا في الملف، فلم يُقبل."
    ),
    "unread.original-missing": Text(
        "The original is not there any more, or no longer what came; an operator must restore it.",
        "لم يعد الأصل موجودًا أو لم يعد كما وصل؛ على المشغّل استرجاعه.",
    ),
    "unread.part-gone": Text(
        "Read again, the file holds fewer documents than before.",
        "عند القراءة من جديد وُجد في الملف مستندات أقل من قبل.",
    ),
    "unread.broken-off": Text(
        "Reading it broke off several times. Send a better copy, or have an operator look why.",
        "انقطعت قراءة الملف عدة مرات. أرسل نسخة أوضح، أو اطلب من المشغّل معرفة السبب.",
    ),
    "unread.unavailable": Text(
        "What reads it is not available. Try it again later.",
        "ما يقرأ الملف غير متاح. أعد المحاولة لاحقًا.",
    ),
    "file.no-file": Text("This field is no file.", "هذا الحقل ليس ملفًا."),
    "door.network": Text("over the network", "عبر الشبكة"),
    "door.upload": Text("sent in here", "أُرسلت من هنا"),
    "door.api": Text("over the API", "عبر الواجهة البرمجية"),
    "door.mail": Text("by mail", "بالبريد الإلكتروني"),
    "doc-kind.invoice": Text("Invoice", "فاتورة"),
    "doc-kind.credit_note": Text("Credit note", "إشعار دائن"),
    "doc-kind.receipt": Text("Receipt", "إيصال"),
    "doc-kind.order": Text("Purchase order", "أمر شراء"),
    "doc-kind.delivery_note": Text("Delivery note", "إشعار تسليم"),
    "doc-kind.statement": Text("Statement of account", "كشف حساب"),
    "doc-kind.other": Text("Something else", "مستند آخر"),
    "bill-state.RECEIVED": Text("Being read", "قيد القراءة"),
    "bill-state.NEEDS_REVIEW": Text("Needs review", "تحتاج إلى مراجعة"),
    "bill-state.FAILED": Text("Couldn't be read", "تعذرت قراءتها"),
    "bill-state.READ": Text("Being matched", "قيد المطابقة"),
    "bill-state.MATCHED": Text("Matched", "مطابقة"),
    "bill-state.EXCEPTION": Text("Doesn't match", "غير مطابقة"),
    "bill-state.APPROVED": Text("Approved", "معتمدة"),
    "bill-state.REFUSED": Text("Refused", "مرفوضة"),
    "bill-state.PAID": Text("Paid", "مدفوعة"),
    "bill-state.DISCARDED": Text("Discarded", "مستبعدة"),
    "bill-next.RECEIVED": Text(
        "It is read by the next free worker; nothing has to be done.", "ستُقرأ تلقائيًا قريبًا؛ لا يلزم شيء."
    ),
    "bill-next.NEEDS_REVIEW": Text(
        "Compare the values with the document, correct them, and accept or discard them.",
        "قارن القيم بالمستند وصحّحها، ثم اقبلها أو استبعدها.",
    ),
    "bill-next.FAILED": Text(
        "Mend what is said below and have it read again, or discard it.",
        "عالج المذكور أدناه واطلب قراءتها من جديد، أو استبعدها.",
    ),
    "bill-next.READ": Text(
        "It is matched with orders and receipts in a moment; nothing has to be done.",
        "ستُطابق مع الأوامر والاستلامات بعد قليل؛ لا يلزم شيء.",
    ),
    "bill-next.MATCHED": Text("Approve or refuse it.", "اعتمدها أو ارفضها."),
    "bill-next.EXCEPTION": Text(
        "Correct the order, record what was received, or decide in spite of it.",
        "صحّح الأمر أو سجّل ما استُلم، أو اتخذ القرار رغم ذلك.",
    ),
    "bill-next.APPROVED": Text("Pay it, and mark it as paid.", "ادفعها ثم سجّل الدفع."),
    "bill-next.REFUSED": Text("Nothing; it won't be paid.", "لا شيء؛ لن تُدفع."),
    "bill-next.PAID": Text("Nothing; it is paid.", "لا شيء؛ دُفعت."),
    "bill-next.DISCARDED": Text("Nothing; its original is kept.", "لا شيء؛ وأصلها محفوظ."),
    "bill-next.held": Text(
        "It is held. Look into each reason below, and release it or mend its cause.",
        "هي معلّقة. راجع كل سبب أدناه، ثم ارفع التعليق أو أزل سببه.",
    ),
    "bill-word.FULL_MATCH": Text("Everything fits", "كل شيء مطابق"),
    "bill-word.VARIANCE_DETECTED": Text("Small differences", "فروق صغيرة"),
    "bill-word.PARTIAL_MATCH": Text("Large differences", "فروق كبيرة"),
    "bill-word.NOT_MATCHED": Text("No order fits", "لا أمر مطابق"),
    "bill-word.AMBIGUOUS": Text("Several orders or lines fit alike", "عدة أوامر أو بنود متشابهة"),
    "hold.new_account": Text(
        "It asks for payment to an account that no second person has released.",
        "تطلب الدفع إلى حساب لم يجزه شخص ثانٍ.",
    ),
    "hold.near_duplicate": Text("Another bill may be the same.", "قد تكون فاتورة أخرى هي نفسها."),
    "hold.unusual_amount": Text("The amount is unusual for this supplier.", "المبلغ غير معتاد لهذا المورّد."),
    "hold.supplier_unknown": Text("The supplier isn't on your list.", "المورّد ليس في قائمتكم."),
    "hold.not_addressed_to_us": Text("It is addressed to somebody else.", "موجّهة إلى جهة أخرى."),
    "hold.cause": Text(
        "This is lifted by its cause: release the account, or enter the supplier.",
        "يُرفع بزوال سببه: أجز الحساب أو أدخل المورّد.",
    ),
    "check.e_invoice": Text("Came over the network as a valid e-invoice", "وصلت عبر الشبكة فاتورةً إلكترونية سليمة"),
    "check.supplier_trn": Text("The supplier's TRN is on it and can be one", "رقم تسجيل المورّد مذكور وصحيح الصيغة"),
    "check.own_trn": Text("It is made out to your TRN", "صادرة إلى رقم تسجيلكم الضريبي"),
    "check.vat_shown": Text("The VAT is stated and adds up", "الضريبة مذكورة ومجموعها صحيح"),
    "check.retained": Text("The original is kept, and the ledger proves it", "الأصل محفوظ والسجل يثبته"),
    "check.matched": Text("Ordered and received, or approved all the same", "طُلبت واستُلمت، أو اعتُمدت رغم ذلك"),
    "bill-reason.no_bill": Text("It is no invoice or credit note.", "ليست فاتورة ولا إشعارًا دائنًا."),
    "bill-reason.amount_missing": Text("Net, VAT or total couldn't be read.", "لم يُقرأ الصافي أو الضريبة أو الإجمالي."),
    "bill-reason.amounts_contradict": Text(
        "Net, VAT, total and amount due contradict each other.", "الصافي والضريبة والإجمالي والمستحق متعارضة."
    ),
    "bill-reason.sign_open": Text("The total is below zero: is it a credit note?", "الإجمالي سالب: هل هي إشعار دائن؟"),
    "bill-reason.lines_missing": Text("No lines with amounts were read.", "لم تُقرأ بنود بمبالغها."),
    "bill-reason.lines_contradict": Text("The lines don't add up.", "مجموع البنود غير صحيح."),
    "bill-reason.currency_missing": Text("The currency isn't certain.", "العملة غير مؤكدة."),
    "bill-reason.supplier_unknown": Text(
        "No supplier on your list has this tax id.", "لا مورّد في قائمتكم بهذا الرقم الضريبي."
    ),
    "bill-reason.own_bill": Text("The supplier has your own tax id.", "للمورّد رقمكم الضريبي نفسه."),
    "bill-reason.other_buyer": Text("It is addressed to another company.", "موجّهة إلى شركة أخرى."),
    "bill-reason.number_missing": Text("No bill number was read.", "لم يُقرأ رقم الفاتورة."),
    "bill-reason.number_implausible": Text(
        "What was read as the number looks like something else.", "ما قُرئ رقمًا يبدو شيئًا آخر."
    ),
    "bill-reason.date_missing": Text("No date of issue was read.", "لم يُقرأ تاريخ الإصدار."),
    "bill-reason.date_implausible": Text("A date isn't plausible.", "أحد التواريخ غير معقول."),
    "bill-reason.date_ambiguous": Text("Day and month can't be told apart.", "لا يمكن تمييز اليوم من الشهر."),
    "bill-reason.account_wrong": Text("The account fails its check digits.", "رقم الحساب لا يجتاز فحصه."),
    "bill-reason.arabic_digits": Text("Arabic-Indic digits decide a value.", "تتوقف قيمة على أرقام عربية مشرقية."),
    "bill-reason.arabic_missing": Text(
        "There is writing that no engine here can read.", "فيها كتابة لا يقرؤها أي محرك هنا."
    ),
    "bill-reason.readings_differ": Text("Two readings differ.", "قراءتان مختلفتان."),
    "bill-reason.stated_not_shown": Text(
        "The XML inside says otherwise than the page.", "ملف XML المضمّن يخالف الصفحة."
    ),
    "bill-reason.several_stated": Text("Several different invoices are inside.", "فيها عدة فواتير مختلفة."),
    "bill-reason.not_compared": Text(
        "The XML inside couldn't be compared with the page.", "تعذرت مقارنة ملف XML المضمّن بالصفحة."
    ),
    "bill-reason.hidden_text": Text("The file holds words that nobody sees.", "في الملف كلمات لا يراها أحد."),
    "bill-reason.active_content": Text("The PDF carries scripts or actions.", "يحوي ملف PDF برامج أو أوامر."),
    "bill-reason.incomplete": Text("A part couldn't be read.", "تعذرت قراءة جزء منها."),
    "bill-reason.poor_picture": Text("The picture is poor.", "الصورة رديئة."),
    "bill-reason.too_large": Text("The total is beyond your limit for this.", "الإجمالي فوق الحد الذي اخترتموه."),
    "bill-reason.unsure": Text("Such readings are right too seldom.", "مثل هذه القراءات تصيب أقل من المطلوب."),
    "bill-reason.never": Text("Your company looks at every bill.", "شركتكم تراجع كل فاتورة."),
    "doubt.no_text": Text("A page has no text layer.", "صفحة بلا طبقة نصية."),
    "doubt.blank": Text("A page is blank.", "صفحة فارغة."),
    "doubt.unmapped_text": Text("Signs have no letter behind them.", "رموز لا حرف وراءها."),
    "doubt.ocr_layer": Text("Somebody else's recognised text lies over it.", "فوقها نص تعرّف عليه برنامج آخر."),
    "doubt.hidden_text": Text("Text that nobody sees was left out.", "تُرك نص لا يراه أحد."),
    "doubt.partly_hidden": Text("A digit that was read isn't seen.", "رقم قُرئ وهو غير ظاهر."),
    "doubt.replaced_text": Text("The file gives other words than it shows.", "يذكر الملف كلمات غير التي تظهر."),
    "doubt.overlaid_text": Text("Words are printed over each other.", "كلمات مطبوعة بعضها فوق بعض."),
    "doubt.arabic_order": Text("The order of Arabic and digits was worked out.", "استُنتج ترتيب العربية والأرقام."),
    "doubt.sideways_text": Text("Most of the text runs sideways.", "معظم النص مائل."),
    "doubt.truncated": Text("The end of the file is missing.", "نهاية الملف مفقودة."),
    "doubt.javascript": Text("It carries scripts; they are never run.", "يحوي برامج؛ ولا تُشغّل أبدًا."),
    "doubt.action": Text("It would start something; nothing is done.", "كان سيشغّل شيئًا؛ ولا يُنفَّذ منه شيء."),
    "doubt.several_invoices": Text("Several invoices are embedded.", "فيها عدة فواتير مضمّنة."),
    "doubt.unreadable_xml": Text("Embedded XML is broken.", "ملف XML المضمّن تالف."),
    "doubt.arabic_missing": Text("There is writing that isn't read here.", "فيها كتابة لا تُقرأ هنا."),
    "doubt.arabic_unreadable": Text("Arabic-Indic digits aren't read reliably.", "الأرقام المشرقية لا تُقرأ بثقة."),
    "doubt.poor_picture": Text("Little could be read well.", "القليل قُرئ جيدًا."),
    "doubt.turned": Text("The page lay on its side or head.", "كانت الصفحة مقلوبة أو مائلة."),
    "doubt.gave_up": Text("A page took too long to read.", "استغرقت صفحة وقتًا أطول من اللازم."),
    "doubt.arabic_digits": Text("Arabic-Indic digits decide a value.", "تتوقف قيمة على أرقام عربية مشرقية."),
    "doubt.ambiguous_issue_date": Text("Day and month of the issue date are open.", "يوم الإصدار وشهره ملتبسان."),
    "doubt.ambiguous_due_date": Text("Day and month of the due date are open.", "يوم الاستحقاق وشهره ملتبسان."),
    "doubt.iban_check": Text("The account fails its check digits.", "رقم الحساب لا يجتاز فحصه."),
    "doubt.dollar": Text("Which dollar is meant is open.", "أي دولار مقصود غير معروف."),
    "doubt.other_title": Text("A title names another kind of document.", "عنوان فيها يسمّي نوعًا آخر من المستندات."),
    "doubt.amounts_unexplained": Text("An amount beside the totals is unexplained.", "بجانب المجاميع مبلغ بلا تفسير."),
    "doubt.tax_unnamed": Text("What would be the tax isn't called so.", "ما يبدو ضريبةً غير مسمّى كذلك."),
    "doubt.currency_elsewhere": Text("The totals may be in another currency.", "قد تكون المجاميع بعملة أخرى."),
    "doubt.currency_sign": Text("Several currencies use this sign.", "هذه العلامة لعدة عملات."),
    "doubt.decimals_open": Text("Separators of the totals can be read in two ways.", "تُقرأ فواصل المجاميع بطريقتين."),
    "doubt.kinds_differ": Text("Two readings take it for different kinds.", "قراءتان تعدّانها نوعين مختلفين."),
    "doubt.parts_differ": Text("Two readings divide the file differently.", "قراءتان تقسمان الملف قسمة مختلفة."),
    "term.kind": Text("Kind", "النوع"),
    "term.supplier_name": Text("Supplier", "المورّد"),
    "term.supplier_tax_id": Text("Supplier's tax id", "الرقم الضريبي للمورّد"),
    "term.buyer_name": Text("Addressed to", "موجّهة إلى"),
    "term.buyer_tax_id": Text("Tax id of the addressee", "الرقم الضريبي للموجّهة إليه"),
    "term.invoice_number": Text("Number", "الرقم"),
    "term.issue_date": Text("Date of issue", "تاريخ الإصدار"),
    "term.due_date": Text("Falls due", "تاريخ الاستحقاق"),
    "term.currency": Text("Currency", "العملة"),
    "term.net": Text("Net", "الصافي"),
    "term.tax": Text("VAT", "الضريبة"),
    "term.total": Text("Total with VAT", "الإجمالي شامل الضريبة"),
    "term.payable": Text("Amount due", "المبلغ المستحق"),
    "term.po_number": Text("Order", "أمر الشراء"),
    "term.iban": Text("Account to pay to (IBAN)", "الحساب المدفوع إليه (IBAN)"),
    "term.supplier_endpoint": Text("Supplier on the network", "المورّد على الشبكة"),
    "term.charges": Text("Charges less allowances", "الرسوم ناقص الخصومات"),
    "term.rounding": Text("Rounding", "التقريب"),
    "term.prepaid": Text("Paid before", "المدفوع سابقًا"),
    "term.rate": Text("Exchange rate to the order", "سعر الصرف إلى الأمر"),
    "term.description": Text("Description", "الوصف"),
    "term.item": Text("Item number", "رقم الصنف"),
    "term.quantity": Text("Quantity", "الكمية"),
    "term.unit": Text("Unit", "الوحدة"),
    "term.unit_price": Text("Price", "السعر"),
    "term.discount": Text("Discount %", "الخصم ٪"),
    "term.net_amount": Text("Net amount", "الصافي"),
    "term.tax_rate": Text("VAT %", "الضريبة ٪"),
    "term.order_number": Text("Order", "أمر الشراء"),
    "term.order_position": Text("Line of the order", "بند الأمر"),
    "term.buyer_item": Text("Your item number", "رقم الصنف لديكم"),
    "term.seller_item": Text("Supplier's item number", "رقم الصنف لدى المورّد"),
    "term.standard_item": Text("Standard item number", "الرقم القياسي للصنف"),
    # reviewing a bill
    "review.title": Text("Review", "المراجعة"),
    "review.document": Text("The document", "المستند"),
    "review.page": Text("Page {number}", "الصفحة {number}"),
    "review.more-pages": Text("{count} more pages are in the original.", "في الأصل {count} صفحة أخرى."),
    "review.not-opened": Text(
        "The file could not be opened, so there are no pages to show; the original can be downloaded.",
        "تعذّر فتح الملف، فلا صفحات تُعرض؛ يمكن تنزيل الأصل.",
    ),
    "review.data": Text(
        "This bill came as data and has no pages; the original can be downloaded.",
        "وصلت هذه الفاتورة بياناتٍ بلا صفحات؛ يمكن تنزيل الأصل.",
    ),
    "review.values": Text("The values", "القيم"),
    "review.lines": Text("Lines", "البنود"),
    "review.line": Text("Line {number}", "البند {number}"),
    "review.more": Text("More values", "قيم أخرى"),
    "review.left-out": Text(
        "{count} more lines; put them right over the API.", "{count} بندًا آخر؛ تُصحَّح عبر الواجهة البرمجية."
    ),
    "review.new-line": Text("Add a line", "إضافة بند"),
    "review.drop": Text("Take this line out", "حذف هذا البند"),
    "review.why": Text("Why a person has to look", "لماذا يلزم أن يراجعها شخص"),
    "review.doubts": Text("What is odd about the file", "ما يثير الشك في الملف"),
    "review.findings": Text("What doesn't fit", "ما لا يستقيم"),
    "review.read": Text("read: {value}", "قُرئ: {value}"),
    "review.other": Text("another reading: {value}", "قراءة أخرى: {value}"),
    "review.sure": Text("right in {percent} of 100 such readings", "يصيب في {percent} من كل 100 قراءة كهذه"),
    "review.doubtful": Text("look closely", "دقّق النظر"),
    "review.show": Text("show on page {number}", "عرض في الصفحة {number}"),
    "review.whole": Text(
        "As a whole right in {percent} of 100 such readings", "صحيحة كلها في {percent} من كل 100 قراءة كهذه"
    ),
    "review.save": Text("Save", "حفظ"),
    "review.accept": Text("Accept, and on to the next", "قبول والانتقال إلى التالية"),
    "review.accept.hint": Text(
        "You vouch for the values as they stand here; from then on they don't change.",
        "أنت تضمن القيم كما هي هنا؛ ولا تتغير بعد ذلك.",
    ),
    "review.skip": Text("Another bill", "فاتورة أخرى"),
    "review.lease": Text("Take it for 15 minutes", "خذها لمدة 15 دقيقة"),
    "review.lease.mine": Text("Yours until {at}", "لك حتى {at}"),
    "review.lease.longer": Text("15 minutes more", "15 دقيقة أخرى"),
    "review.lease.end": Text("Give it back", "إعادتها"),
    "review.lease.theirs": Text("Somebody else reviews it until {at}:", "يراجعها شخص آخر حتى {at}:"),
    "review.discard": Text("Discard", "استبعاد"),
    "review.discard.hint": Text(
        "What was read is thrown away for good; the original and the ledger keep what happened.",
        "يُستبعد ما قُرئ نهائيًا؛ ويحفظ الأصل والسجل ما حدث.",
    ),
    "review.discard.confirm": Text("Yes, discard it", "نعم، استبعدها"),
    "bill.discarded.hint": Text(
        "What was read was thrown away; the file is kept. If that was a mistake, have it read again.",
        "أُهمل ما قُرئ وحُفظ الملف. إن كان ذلك خطأً فاطلب قراءته من جديد.",
    ),
    "review.retry": Text("Read it again", "قراءتها من جديد"),
    "review.retry.hint": Text(
        "Corrections that weren't accepted are lost with the reading.", "تضيع التصحيحات التي لم تُقبل مع القراءة."
    ),
    "review.keys": Text("Keyboard", "لوحة المفاتيح"),
    "review.keys.next": Text("next field to look at closely", "الحقل التالي الذي يحتاج إلى تدقيق"),
    "review.keys.draw": Text(
        "With the mouse: draw a box on the page to show where the value of the present field stands. The supplier's "
        "next bill is read there.",
        "بالفأرة: ارسم إطارًا في الصفحة حول قيمة الحقل الحالي، فتُقرأ فاتورة المورّد التالية من هناك.",
    ),
    "review.over": Text("This bill doesn't wait for review.", "هذه الفاتورة لا تنتظر المراجعة."),
    # one bill
    "bill.original": Text("Download the original", "تنزيل الأصل"),
    "bill.facts": Text("What it says", "محتواها"),
    "bill.unread": Text("Document", "مستند"),
    "bill.failure": Text("Why it couldn't be read", "سبب تعذر قراءتها"),
    "bill.match": Text("Match with order and receipt", "المطابقة مع الأمر والاستلام"),
    "bill.orders": Text("Orders", "الأوامر"),
    "bill.deviation": Text("Largest deviation", "أكبر فرق"),
    "bill.whole": Text("The bill as a whole", "الفاتورة كلها"),
    "bill.fits": Text("fits", "مطابق"),
    "bill.differs": Text("What differs", "الفروق"),
    "bill.stops": Text("stops payment", "يوقف الدفع"),
    "bill.tolerated": Text("tolerated", "مقبول"),
    "bill.unmatched-yet": Text("It wasn't matched yet.", "لم تُطابق بعد."),
    "bill.holds": Text("What holds it", "ما يعلّقها"),
    "bill.release": Text("Release", "رفع التعليق"),
    "bill.release.hint": Text("Whoever releases it can't approve the bill.", "من يرفع التعليق لا يعتمد الفاتورة."),
    "bill.task": Text("Task", "المهمة"),
    "bill.task.owner": Text("Owner", "المسؤول"),
    "bill.task.nobody": Text("nobody yet", "لا أحد بعد"),
    "bill.task.due": Text("Settle by", "تُسوّى قبل"),
    "bill.task.note": Text("Note", "ملاحظة"),
    "bill.task.closed": Text("settled {at}", "سُوّيت {at}"),
    "bill.task.give": Text("Save the task", "حفظ المهمة"),
    "bill.approvals": Text("Approvals", "الموافقات"),
    "bill.approvals.count": Text("{given} of {needed}", "{given} من {needed}"),
    "bill.approvals.admins": Text("{count} of them by an administrator", "{count} منها من مدير"),
    "bill.approve": Text("Approve", "اعتماد"),
    "bill.approve.note": Text("Why it may be paid all the same", "لماذا يجوز دفعها رغم ذلك"),
    "bill.approve.remark": Text("Note (optional)", "ملاحظة (اختيارية)"),
    "bill.refuse": Text("Refuse", "رفض"),
    "bill.refuse.hint": Text(
        "For good; it tells the supplier nothing, and gives back what it had taken of orders.",
        "نهائيًا؛ لا يُبلَّغ المورّد، ويُعاد ما أخذته من الأوامر.",
    ),
    "bill.colleague": Text(
        "You had a hand in this bill, so a colleague has to approve it.", "شاركت في هذه الفاتورة، فيجب أن يعتمدها زميل."
    ),
    "bill.given": Text("You have approved it.", "لقد اعتمدتها."),
    "bill.pay": Text("Mark as paid", "تسجيل الدفع"),
    "bill.pay.hint": Text("The gateway itself moves no money.", "البوابة نفسها لا تحوّل أموالًا."),
    "bill.pay.on": Text("Paid on", "دُفعت في"),
    "bill.pay.reference": Text("The bank's reference (optional)", "مرجع البنك (اختياري)"),
    "bill.vat": Text("Ready to recover its VAT?", "هل هي جاهزة لاسترداد ضريبتها؟"),
    "bill.vat.ready": Text("Everything is there.", "كل شيء متوفر."),
    "bill.vat.missing": Text("Something is missing.", "ينقصها شيء."),
    "bill.near": Text("Bills that it resembles", "فواتير تشبهها"),
    "bill.changed": Text("This bill has changed meanwhile.", "تغيّرت هذه الفاتورة في الأثناء."),
    "bill.reload": Text("Show it anew", "عرضها من جديد"),
    "bill.evidence": Text("Reading: ledger entry {seq}", "القراءة: قيد السجل {seq}"),
    "said.bill-saved": Text("Saved. Nothing is accepted yet.", "حُفظ. لم يُقبل شيء بعد."),
    "said.bill-accepted": Text("Accepted; it is matched now.", "قُبلت؛ وتُطابق الآن."),
    "said.bill-not-acceptable": Text(
        "Saved, but it can't be accepted yet; see what is missing.", "حُفظت، لكن لا يمكن قبولها بعد؛ انظر ما ينقص."
    ),
    "said.bill-none-waits": Text("No bill waits for review.", "لا فاتورة تنتظر المراجعة."),
    "said.bill-leased": Text("It is yours for 15 minutes.", "هي لك لمدة 15 دقيقة."),
    "said.bill-given-back": Text("Given back.", "أُعيدت."),
    "said.bill-discarded": Text("Discarded; the original is kept.", "استُبعدت؛ والأصل محفوظ."),
    "said.bill-read-again": Text("It is read again soon.", "ستُقرأ من جديد قريبًا."),
    "said.bill-released": Text("Released, and in the ledger.", "رُفع التعليق وقُيّد في السجل."),
    "said.bill-assigned": Text("The task is saved.", "حُفظت المهمة."),
    "said.bill-approved": Text("Your approval is in the ledger.", "موافقتك مقيّدة في السجل."),
    "said.bill-refused": Text("Refused, and in the ledger.", "رُفضت وقُيّد ذلك في السجل."),
    "said.bill-paid": Text("Marked as paid, and in the ledger.", "سُجّل الدفع وقُيّد في السجل."),
    "said.finalized": Text("Sealed. A colleague can approve it now.", "خُتم. يمكن لزميل اعتماده الآن."),
    "said.finalizing": Text(
        "Much is sealed just now. This document has its turn soon; look again in a moment.",
        "تُختم الآن مستندات كثيرة. سيأتي دور هذا المستند قريبًا؛ أعد النظر بعد لحظات.",
    ),
    "said.approved": Text("Approved.", "اعتُمد."),
    "said.rejected": Text("Rejected. It keeps its number.", "رُفض. يحتفظ برقمه."),
    "said.outage-reported": Text(
        "Noted. The record for the authority is drafted below.", "سُجّل. مسودة السجل للهيئة أدناه."
    ),
    "said.outage-over": Text("Noted: it is well again.", "سُجّل: عاد العمل."),
    "said.outage-notified": Text("Noted, and in the ledger.", "سُجّل وقُيّد في السجل."),
    "said.outage-dismissed": Text("Noted, with your reason.", "سُجّل مع السبب."),
    "said.settled": Text("Noted, and in the ledger.", "سُجّل وقُيّد في السجل."),
    "said.queued": Text("It is on its way.", "هو في الطريق."),
    "said.answered": Text("Sealed. The answer is on its way to the seller.", "خُتم. الرد في طريقه إلى البائع."),
    "said.acknowledged": Text("Acknowledged.", "تم تأكيد الاطلاع."),
    "said.provider-checked": Text("The provider was asked just now.", "سُئل مزود الخدمة الآن."),
    "said.account-released": Text(
        "Released, and in the ledger. Bills that show it can be paid.",
        "أُجيز وقُيّد في السجل. يمكن دفع الفواتير التي تذكره.",
    ),
    "said.account-refused": Text("Refused, and in the ledger.", "رُفض وقُيّد في السجل."),
    "said.webhook-paused": Text("Paused. What happens now waits.", "أُوقف مؤقتًا. ما يحدث الآن ينتظر."),
    "said.webhook-resumed": Text("Resumed. What has waited goes out now.", "استُؤنف. يُرسل الآن ما كان منتظرًا."),
    "said.verifying": Text("The verification has begun.", "بدأ التحقق."),
    "said.session-ended": Text("Your session has ended. Sign in to go on.", "انتهت جلستك. سجّل الدخول للمتابعة."),
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
        "You or a key of yours had a hand in this: made, corrected or accepted it, lifted a hold, or released its "
        "account. A colleague has to approve it.",
        "كان لك أو لأحد مفاتيحك يد في هذا: إنشاء أو تصحيح أو اعتماد قراءة أو رفع تعليق أو تحرير حساب. "
        "يجب أن يعتمده زميل.",
    ),
    "problem.second-person-needed": Text(
        "Somebody else has to release this account: you proposed it, or had a hand in a bill that shows it.",
        "يجب أن يجيز هذا الحساب شخص آخر: أنت من اقترحه أو شاركت في فاتورة تذكره.",
    ),
    "problem.rate-limited": Text(
        "Too many requests. Wait a minute and try again.", "طلبات كثيرة. انتظر دقيقة ثم حاول مرة أخرى."
    ),
    "problem.busy": Text(
        "Too busy just now; nothing was done. Try again in a moment.", "ضغط كبير الآن؛ حاول بعد قليل."
    ),
    "problem.conflict": Text(
        "The document has changed meanwhile. Go back, reload it and look again.",
        "تغيّر المستند في الأثناء. ارجع وأعد تحميله وانظر من جديد.",
    ),
    "problem.stale-draft": Text(
        "The draft was changed after you opened it. Go back, reload it and look again.",
        "عُدّلت المسودة بعد فتحها. ارجع وأعد تحميلها وانظر من جديد.",
    ),
    "problem.sealed": Text("It is sealed already and never changes.", "المستند مختوم بالفعل ولا يتغير."),
    "problem.credited": Text(
        "A credit note takes this invoice back; reject that credit note first.",
        "يوجد إشعار دائن يلغي هذه الفاتورة؛ ارفض ذلك الإشعار الدائن أولًا.",
    ),
    "problem.arrived": Text(
        "The receiver has this document although its sending was given up. Take it back by a credit note.",
        "المستند وصل إلى المستلم رغم التوقف عن إرساله. صحّحه بإشعار دائن.",
    ),
    "problem.response-order": Text(
        "Another answer was given meanwhile, so this one can't be given now. Go back and look again.",
        "أُرسل رد آخر في الأثناء، فلا يمكن إرسال هذا الرد الآن. ارجع وانظر من جديد.",
    ),
    "problem.invalid-response": Text(
        "The answer can't be given like this; see below what is missing. Go back and complete it.",
        "لا يمكن إرسال الرد هكذا؛ انظر أدناه ما ينقصه. ارجع وأكمله.",
    ),
    "problem.unanswerable": Text(
        "This document can't be answered over the network. Answer the seller by other means.",
        "لا يمكن الرد على هذا المستند عبر الشبكة. أجب البائع بوسيلة أخرى.",
    ),
    "problem.illegal-transition": Text(
        "The document has moved on meanwhile, so this can't be done any more. Go back and look again.",
        "تغيّرت حالة المستند فلم يعد هذا ممكنًا. ارجع وانظر من جديد.",
    ),
    "problem.invalid-document": Text(
        "It can't be sealed: correct what is listed here and post it again.",
        "لا يمكن ختمه: صحّح المذكور هنا ثم أرسله من جديد.",
    ),
    "problem.number-taken": Text(
        "Another document has this number; a number is used once for ever.",
        "الرقم لمستند آخر؛ ولا يُستخدم الرقم إلا مرة.",
    ),
    "problem.bill-changed": Text(
        "Somebody changed the bill meanwhile. Go back, reload it and look again.",
        "غيّر شخص الفاتورة في الأثناء. ارجع وأعد تحميلها وانظر من جديد.",
    ),
    "problem.bill-held": Text("The bill is held; release each hold first.", "الفاتورة معلّقة؛ ارفع كل تعليق أولًا."),
    "problem.bill-leased": Text(
        "Somebody else reviews this bill just now. Take another one.", "يراجع شخص آخر هذه الفاتورة الآن. خذ غيرها."
    ),
    "problem.not-in-review": Text("The bill doesn't wait for review any more.", "لم تعد الفاتورة تنتظر المراجعة."),
    "problem.bill-not-held": Text("This hold is lifted already.", "رُفع هذا التعليق بالفعل."),
    "problem.bill-held-by-its-cause": Text(
        "This is lifted by its cause: release the account, or enter the supplier.",
        "يُرفع بزوال سببه: أجز الحساب أو أدخل المورّد.",
    ),
    "problem.bill-already-approved": Text(
        "You have approved it; somebody else has to give the next approval.",
        "لقد اعتمدتها؛ يجب أن يعتمدها بعدك شخص آخر.",
    ),
    "problem.bill-not-payable": Text(
        "Its account isn't released any more. Don't pay it; settle the account first.",
        "لم يعد حسابها مجازًا. لا تدفعها؛ سوِّ أمر الحساب أولًا.",
    ),
    "problem.bill-not-acceptable": Text(
        "It can't be accepted: see below what is missing.", "لا يمكن قبولها: انظر أدناه ما ينقصها."
    ),
    "problem.not-a-member": Text("Choose one of the company's members.", "اختر أحد أعضاء الشركة."),
    "problem.page-not-drawn": Text("This page can't be shown.", "لا يمكن عرض هذه الصفحة."),
    "problem.scanner-unavailable": Text(
        "The virus scanner doesn't answer; nothing was taken. Send it again.",
        "فاحص الفيروسات لا يجيب؛ لم يُؤخذ شيء. أعد الإرسال.",
    ),
    "problem.csrf-refused": Text(
        "This form was too old or came from elsewhere. Go back, reload the page and try again.",
        "النموذج قديم أو ورد من مكان آخر. ارجع وأعد تحميل الصفحة وحاول من جديد.",
    ),
    "problem.invalid": Text(
        "Something in the form isn't as it has to be. Go back and correct it.", "في النموذج خطأ. ارجع وصحّحه."
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
