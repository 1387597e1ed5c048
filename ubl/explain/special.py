"""Rules whose kind doesn't say enough: a mend of their own, English and Arabic; and what isn't a rule at all."""

_ALLOWANCE = (
    "State the allowance's amount; in JSON, base amount and percentage do as well.",
    "اذكر مبلغ الخصم؛ ويكفي في JSON ذكر المبلغ الأساسي والنسبة.",
)
_CHARGE = (
    "State the charge's amount; in JSON, base amount and percentage do as well.",
    "اذكر مبلغ الرسم؛ ويكفي في JSON ذكر المبلغ الأساسي والنسبة.",
)

MENDS: dict[str, tuple[str, str]] = {
    "ibr-031": _ALLOWANCE,
    "ibr-041": _ALLOWANCE,
    "ibr-036": _CHARGE,
    "ibr-043": _CHARGE,
    "ibr-sr-57": (
        "Write the number into the party's tax registration, or leave that registration out.",
        "اكتب الرقم في التسجيل الضريبي للطرف، أو احذف هذا التسجيل.",
    ),
    "ibr-tdd-44": (
        "Write the seller's TRN or TIN into its tax registration.",
        "اكتب رقم التسجيل الضريبي للبائع أو رقمه التعريفي الضريبي في تسجيله.",
    ),
    "ibr-tdd-45": (
        "Say what the seller's number is: name the scheme of its tax registration.",
        "حدّد نوع رقم البائع: اذكر مخطط تسجيله الضريبي.",
    ),
    "ibr-tdd-30-1": (
        "Use a currency of the report's list; it is older than the invoice's and doesn't know STN and XCG.",
        "استخدم عملة من قائمة التقرير؛ وهي أقدم من قائمة الفاتورة ولا تعرف STN وXCG.",
    ),
    "ibr-tdd-33": (
        "Name the buyer, or mark the invoice as an export (last flag of BTAE-02).",
        "اذكر المشتري، أو ضع علامة التصدير في الفاتورة (الخانة الأخيرة من BTAE-02).",
    ),
    "ibr-tdd-57": (
        "Put the exchanged invoice or credit note itself there, as UBL.",
        "ضع هناك الفاتورة أو الإشعار الدائن المتبادل نفسه بصيغة UBL.",
    ),
    "SCH-MLS-24": (
        "Add the failure that led to the rejection (SV, BV or FD); for warnings alone answer AB or AP.",
        "أضف الخطأ الذي أدى إلى الرفض (SV أو BV أو FD)؛ وإذا لم توجد إلا تنبيهات فأجب بـ AB أو AP.",
    ),
    "SCH-MLS-25": (
        "Answer RE where something failed; with AB and AP only warnings (BW) may come.",
        "أجب بـ RE عند وجود خطأ؛ ولا يُسمح مع AB وAP إلا بالتنبيهات (BW).",
    ),
    "AE-IMR-06": (
        "Give sender and receiver an electronic address, and its scheme such as 0235.",
        "اذكر لكل من المرسل والمستلم عنوانًا إلكترونيًا ومخططه مثل 0235.",
    ),
    "AE-IMR-07": (
        "Give sender and receiver their legal name.",
        "اذكر الاسم القانوني لكل من المرسل والمستلم.",
    ),
    "AE-IMR-09": (
        "Give the code of the reason, or answer something that needs none: AB, IP, AP or PD.",
        "اذكر رمز السبب، أو أجب بما لا يحتاج إلى سبب: AB أو IP أو AP أو PD.",
    ),
    "AE-IMR-13": (
        "Answer PD for a partial payment, or give another reason.",
        "أجب بـ PD عند الدفع الجزئي، أو اذكر سببًا آخر.",
    ),
}
"""Rule id -> how to mend, English, Arabic."""

OTHERS: dict[str, tuple[str, str, str, str, str, str]] = {
    "JSON": (
        "The body is no invoice in JSON.",
        "النص المرسل ليس فاتورة بصيغة JSON.",
        "A field that isn't understood could be the one that matters; so nothing is guessed or dropped.",
        "الحقل غير المفهوم قد يكون هو المهم؛ لذلك لا يُخمَّن شيء ولا يُهمَل.",
        "Correct the field that the pointer names; the message says what is expected there.",
        "صحّح الحقل المشار إليه؛ والرسالة تذكر المتوقع فيه.",
    ),
    "JSON-02": (
        "An amount can't be computed from what was posted.",
        "لا يمكن حساب أحد المبالغ مما أُرسل.",
        "All totals follow from the lines: one absent price, quantity, category or rate leaves them all open.",
        "تُحسب جميع المجاميع من البنود، فنقص سعر أو كمية أو فئة ضريبة أو سعر صرف واحد يتركها كلها غير معروفة.",
        "State what the message names at the place that the pointer names.",
        "اذكر ما تسميه الرسالة في الموضع المشار إليه.",
    ),
    "XML-01": (
        "This is no XML document that can be read.",
        "لا يمكن قراءة هذا المستند بصيغة XML.",
        "The file is damaged, cut off, wrongly encoded, or holds constructs that are refused for safety.",
        "الملف تالف أو مبتور أو بترميز خاطئ أو يحوي ما يُرفض حفاظًا على الأمان.",
        "Export the document again as UTF-8 XML without a DOCTYPE; the message names the line.",
        "صدّر المستند من جديد بترميز UTF-8 دون DOCTYPE؛ والرسالة تذكر رقم السطر.",
    ),
    "XML-02": (
        "The document is of a kind that isn't checked here.",
        "المستند من نوع لا يُفحص هنا.",
        "Rules are chosen by the kind of document; for this one there are none.",
        "تُختار القواعد بحسب نوع المستند، ولا قواعد لهذا النوع.",
        "Send a UBL 2.1 Invoice or CreditNote.",
        "أرسل فاتورة أو إشعارًا دائنًا بصيغة UBL 2.1.",
    ),
    "XML-03": (
        "The invoice holds something that the document can't carry.",
        "تحتوي الفاتورة على ما لا يمكن كتابته في المستند.",
        "XML knows no control characters, and an invoice and a credit note don't have all the same fields.",
        "لا تقبل صيغة XML رموز التحكم، وليست حقول الفاتورة والإشعار الدائن واحدة.",
        "Remove the character or the field the message names.",
        "احذف الرمز أو الحقل المذكور في الرسالة.",
    ),
    "XSD-01": (
        "An element is missing, repeated, or stands in the wrong place.",
        "عنصر ناقص أو مكرر أو في غير موضعه.",
        "UBL fixes which elements there are and in which order; a receiving program stops at the first that differs.",
        "يحدد UBL العناصر وترتيبها؛ ويتوقف البرنامج المستقبل عند أول اختلاف.",
        "Follow the order of UBL 2.1; the message says which elements were expected at this place.",
        "اتبع ترتيب UBL 2.1؛ والرسالة تذكر العناصر المتوقعة في هذا الموضع.",
    ),
    "XSD-02": (
        "A value doesn't have the form of its type.",
        "قيمة لا توافق نوعها.",
        "A date or number written in the local way can be read wrongly elsewhere.",
        "التاريخ أو الرقم المكتوب بالطريقة المحلية قد يُقرأ خطأً في مكان آخر.",
        "Write dates as YYYY-MM-DD, numbers with a point and without separators, indicators as true or false.",
        "اكتب التاريخ YYYY-MM-DD والأرقام بنقطة عشرية دون فواصل والمؤشرات true أو false.",
    ),
    "XSD-03": (
        "An attribute is missing or not known.",
        "سمة ناقصة أو غير معروفة.",
        "An amount without its currency, or a quantity without its unit, says nothing.",
        "المبلغ دون عملة والكمية دون وحدة لا معنى لهما.",
        "Give each amount its currencyID and each quantity its unitCode; remove unknown attributes.",
        "اذكر currencyID لكل مبلغ وunitCode لكل كمية واحذف السمات غير المعروفة.",
    ),
    "XSD-04": (
        "The document breaks the UBL schema.",
        "المستند يخالف مخطط UBL.",
        "The document is too large to be explained in more detail.",
        "المستند أكبر من أن يُشرح بتفصيل أكثر.",
        "The message is the schema's own; correct the place it names.",
        "الرسالة من المخطط نفسه؛ صحّح الموضع المذكور فيها.",
    ),
    "AE-FACT-01": (
        "A code or a field doesn't agree with the facts stated with the invoice.",
        "رمز أو حقل لا يتفق مع الوقائع المذكورة مع الفاتورة.",
        "Flags, addresses and categories follow from what kind of supply it is; here the two differ.",
        "العلامات والعناوين والفئات تتبع نوع التوريد؛ وهما هنا مختلفان.",
        "Leave the code out, and it follows from the facts; or correct the facts, or add the field the message names.",
        "احذف الرمز ليُستنتج من الوقائع، أو صحّح الوقائع، أو أضف الحقل المذكور في الرسالة.",
    ),
}
"""Findings that are no rules: titles, why they matter, how to mend them, each in English and Arabic."""
