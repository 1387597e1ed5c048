"""Why a kind of fault matters, in plain words; and where a rule comes from.

Sources are publications that the rule was read in. What a law says is named only through them: dates, penalties and
articles change, and none is a constant of this program.
"""

from ubl.findings import Layer

WHY: dict[str, tuple[str, str]] = {
    "required": (
        "The format asks for it; without it neither the buyer's system nor the tax authority can use the document.",
        "الصيغة تتطلب هذه القيمة؛ وبدونها لا يستطيع نظام المشتري ولا الهيئة الضريبية معالجة المستند.",
    ),
    "either": (
        "A reader must be able to tell what is meant; one of these values is enough for that.",
        "يجب أن يفهم القارئ المقصود؛ وتكفي لذلك قيمة واحدة مما ذُكر.",
    ),
    "register": (
        "The scheme says which register the number is from, and numbers of that register look different.",
        "المخطط يحدد السجل الذي أُخذ منه الرقم، وأرقام ذلك السجل لها صيغة أخرى.",
    ),
    "once": (
        "Of two values nobody knows which one counts.",
        "إذا ذُكرت قيمتان لم يُعرف أيهما المعتمد.",
    ),
    "code": (
        "Programs on the other side understand only the codes that were agreed on.",
        "البرامج لدى الطرف الآخر لا تفهم إلا الرموز المتفق عليها.",
    ),
    "form": (
        "Written in another way the value can't be recognised or looked up.",
        "القيمة المكتوبة بصيغة أخرى لا يمكن التعرف عليها أو البحث عنها.",
    ),
    "decimals": (
        "Totals are amounts of money to be booked and paid; they end with the second decimal.",
        "الإجماليات مبالغ تُقيّد وتُدفع، فتنتهي عند المنزلة الثانية.",
    ),
    "sum": (
        "The document contradicts itself: whoever adds it up comes to another amount.",
        "المستند يناقض نفسه: فمن يعيد جمعه يصل إلى مبلغ آخر.",
    ),
    "zero": (
        "On a category without VAT any rate or VAT amount is a contradiction.",
        "الفئة التي لا تُحتسب عليها ضريبة لا تحمل نسبة ولا مبلغ ضريبة.",
    ),
    "positive": (
        "What is taken back is told by a credit note, not by a negative invoice.",
        "ما يُرد يُذكر في إشعار دائن لا في فاتورة سالبة.",
    ),
    "absent": (
        "In this place the value has no meaning, or contradicts another one.",
        "لا معنى لهذه القيمة هنا، أو أنها تناقض قيمة أخرى.",
    ),
    "breakdown": (
        "The VAT breakdown is what is declared; it must account for every line, allowance and charge.",
        "تفصيل الضريبة هو ما يُصرَّح به، فيجب أن يشمل كل بند وخصم ورسم.",
    ),
    "dates": (
        "A period that ends before it starts, or lies outside of its document, can't be what happened.",
        "فترة تنتهي قبل بدايتها أو تقع خارج مستندها لا يمكن أن تكون صحيحة.",
    ),
    "agree": (
        "Two statements of the document exclude each other; one of them is wrong.",
        "في المستند بيانان لا يجتمعان، وأحدهما خاطئ.",
    ),
    "single": (
        "The message is read by programs; they look for exactly one such value.",
        "الرسالة تقرؤها برامج تبحث عن قيمة واحدة بالضبط.",
    ),
    "fixed": (
        "By this value programs recognise the kind of message.",
        "بهذه القيمة تتعرف البرامج على نوع الرسالة.",
    ),
}
"""Kind of fault (`ubl.explain.families`) -> why it matters, English, Arabic."""

_LAYERS = {
    Layer.PINT: "PINT 1.1.3, shared rules",
    Layer.PINT_AE: "PINT-AE 1.0.4, rules of the United Arab Emirates",
    Layer.TAXDATA: "AE Tax Data Document 1.0.4",
    Layer.MLS: "Peppol Message Level Status 1.1.0",
    Layer.RESPONSE: "UBL 2.1 ApplicationResponse as Invoice Response",
    Layer.XSD: "UBL 2.1, XML schemas",
    Layer.XML: "XML 1.0",
    Layer.JSON: "the API's own JSON, RFC 8259",
    Layer.ADVICE: "our advice: not among the published rules",
}
_RULES = {
    "AE-ADV-01": "PINT-AE 1.0.4, code list of emirates",
    "AE-ADV-02": "PINT-AE BIS 1.5.3 and the participant scheme 0235",
    "AE-ADV-03": "PINT-AE 1.0.4, code list of payment means",
    "AE-ADV-04": "PINT-AE 1.0.4, code list of exemptions",
    "AE-ADV-05": "PINT-AE 1.0.4, code list of item types",
    "AE-ADV-08": "PINT-AE BIS 1.5.3, predefined endpoints",
    "AE-ADV-09": "PINT-AE BIS 1.5.3, predefined endpoints",
    "AE-ADV-10": "PINT-AE BIS 1.5.4, no negative invoices",
    "AE-ADV-13": "PINT-AE BIS 3.1.1, amounts in AED",
}


def source(rule: str, layer: Layer) -> str:
    """Where a rule was read; for advice, what it rests on."""
    found = _RULES.get(rule)
    return f"{found} ({_LAYERS[layer]})" if found else _LAYERS[layer]
