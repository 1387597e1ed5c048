"""Rules whose kind doesn't say enough: a mend of their own, English and Arabic; and what isn't a rule at all."""

MENDS: dict[str, tuple[str, str]] = {
    "ibr-079": (
        "Remove the empty field; a field without a value is left out, not sent empty.",
        "احذف الحقل الفارغ؛ الحقل الذي لا قيمة له لا يُرسل أصلًا.",
    ),
    "ibr-126": (
        "Put all amounts into the document's currency; only the VAT total in AED and the AED amounts of lines differ.",
        "اجعل كل المبالغ بعملة المستند؛ ولا يُستثنى إلا إجمالي الضريبة بالدرهم ومبالغ البنود بالدرهم.",
    ),
    "ibr-154-ae": (
        "Write eight digits, 1 where it applies, in this order: free zone, deemed supply, margin scheme, summary, "
        "continuous supply, disclosed agent, e-commerce, export. An ordinary sale is 00000000.",
        "اكتب ثماني خانات، 1 لما ينطبق، بهذا الترتيب: منطقة حرة، توريد اعتباري، هامش الربح، فاتورة مجمعة، توريد مستمر، "
        "وكيل مُفصح عنه، تجارة إلكترونية، تصدير. والبيع العادي 00000000.",
    ),
    "ibr-132-ae": (
        "Copy the 15-digit TRN from the VAT registration certificate; it starts with 1 and ends with 03.",
        "انسخ رقم التسجيل الضريبي (15 رقمًا) من شهادة التسجيل؛ يبدأ بـ 1 وينتهي بـ 03.",
    ),
    "ibr-148-ae": (
        "Enter the TIN: the first ten digits of the TRN, starting with 1.",
        "أدخل الرقم التعريفي الضريبي: أول عشرة أرقام من رقم التسجيل الضريبي ويبدأ بـ 1.",
    ),
    "ibr-055-ae": (
        "Name the invoice this note credits; only for a volume discount (VD) leave it out.",
        "اذكر الفاتورة التي يخصها الإشعار، إلا في خصم الكميات (VD) فلا تُذكر.",
    ),
    "ibr-190-ae": (
        "Use 5 percent for category S; if nothing is charged choose Z, E, O or AE instead.",
        "استخدم نسبة 5٪ للفئة S؛ وإذا لم تُحتسب ضريبة فاختر Z أو E أو O أو AE.",
    ),
    "ibr-147-ae": (
        "Line net = quantity × net price ÷ quantity the price is for + charges − allowances of the line.",
        "صافي البند = الكمية × صافي السعر ÷ الكمية التي يخصها السعر + رسوم البند − خصومات البند.",
    ),
    "ibr-co-15": (
        "Total with VAT = total without VAT + VAT total in the document currency.",
        "الإجمالي شامل الضريبة = الإجمالي دون الضريبة + إجمالي الضريبة بعملة المستند.",
    ),
    "ibr-co-16": (
        "Amount due = total with VAT − amount paid + rounding.",
        "المبلغ المستحق = الإجمالي شامل الضريبة − المدفوع + مبلغ التقريب.",
    ),
    "AE-ADV-02": (
        "Enter the ten-digit TIN; for a deemed supply 9900000097, for a buyer outside e-invoicing 9900000098, for a "
        "receiver abroad who isn't on Peppol 9900000099.",
        "أدخل الرقم التعريفي الضريبي (10 أرقام)؛ وللتوريد الاعتباري 9900000097، ولمشترٍ خارج الفوترة الإلكترونية "
        "9900000098، ولمستلم في الخارج ليس على Peppol 9900000099.",
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
    "AE-IMR-13": (
        "Answer PD for a partial payment, or give another reason.",
        "أجب بـ PD عند الدفع الجزئي، أو اذكر سببًا آخر.",
    ),
}
"""Rule id -> how to mend, English, Arabic."""

OTHERS: dict[str, tuple[str, str, str, str]] = {
    "XML-01": (
        "This is no XML document that can be read.",
        "لا يمكن قراءة هذا المستند بصيغة XML.",
        "Export the document again as UTF-8 XML without a DOCTYPE; the message names the line.",
        "صدّر المستند من جديد بترميز UTF-8 دون DOCTYPE؛ والرسالة تذكر رقم السطر.",
    ),
    "XML-02": (
        "The document is neither a UBL invoice nor a UBL credit note.",
        "المستند ليس فاتورة UBL ولا إشعارًا دائنًا.",
        "Send a UBL 2.1 Invoice or CreditNote.",
        "أرسل فاتورة أو إشعارًا دائنًا بصيغة UBL 2.1.",
    ),
    "XML-03": (
        "The invoice holds something that the document can't carry.",
        "تحتوي الفاتورة على ما لا يمكن كتابته في المستند.",
        "Remove the character or the field the message names.",
        "احذف الرمز أو الحقل المذكور في الرسالة.",
    ),
    "XSD-01": (
        "An element is missing, repeated, or stands in the wrong place.",
        "عنصر ناقص أو مكرر أو في غير موضعه.",
        "Follow the order of UBL 2.1; the message says which elements were expected at this place.",
        "اتبع ترتيب UBL 2.1؛ والرسالة تذكر العناصر المتوقعة في هذا الموضع.",
    ),
    "XSD-02": (
        "A value doesn't have the form of its type.",
        "قيمة لا توافق نوعها.",
        "Write dates as YYYY-MM-DD, numbers with a point and without separators, indicators as true or false.",
        "اكتب التاريخ YYYY-MM-DD والأرقام بنقطة عشرية دون فواصل والمؤشرات true أو false.",
    ),
    "XSD-03": (
        "An attribute is missing or not known.",
        "سمة ناقصة أو غير معروفة.",
        "Give each amount its currencyID and each quantity its unitCode; remove unknown attributes.",
        "اذكر currencyID لكل مبلغ وunitCode لكل كمية واحذف السمات غير المعروفة.",
    ),
    "AE-FACT-01": (
        "A code or a field doesn't agree with the facts stated with the invoice.",
        "رمز أو حقل لا يتفق مع الوقائع المذكورة مع الفاتورة.",
        "Leave the code out, and it follows from the facts; or correct the facts, or add the field the message names.",
        "احذف الرمز ليُستنتج من الوقائع، أو صحّح الوقائع، أو أضف الحقل المذكور في الرسالة.",
    ),
    "XSD-04": (
        "The document breaks the UBL schema.",
        "المستند يخالف مخطط UBL.",
        "The message is the schema's own; correct the place it names.",
        "الرسالة من المخطط نفسه؛ صحّح الموضع المذكور فيها.",
    ),
}
"""Findings of the layers xml and xsd, and of posted facts: title in English and Arabic, mend in English and Arabic."""
