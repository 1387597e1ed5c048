"""What kind of fault a rule tells, and how faults of that kind are mended; in English and Arabic.

`{terms}` stands for the names of the rule's business terms in that language.
"""

from msgspec import Struct


class Family(Struct, frozen=True):
    """One kind of fault."""

    title_ar: str
    mend_en: str
    mend_ar: str
    rules: frozenset[str]


def _family(title_ar: str, mend_en: str, mend_ar: str, rules: str) -> Family:
    return Family(title_ar, mend_en, mend_ar, frozenset(rules.split()))


FAMILIES: dict[str, Family] = {
    "required": _family(
        "بيان إلزامي غير مذكور: {terms}",
        "Fill in what is missing: {terms}.",
        "أكمل البيان الناقص: {terms}.",
        """ibr-001 ibr-002 ibr-003 ibr-004 ibr-005 ibr-006 ibr-007 ibr-008 ibr-009 ibr-010 ibr-011 ibr-012 ibr-013
        ibr-014 ibr-015 ibr-016 ibr-018 ibr-019 ibr-020 ibr-021 ibr-022 ibr-023 ibr-024 ibr-025 ibr-026 ibr-031
        ibr-036 ibr-041 ibr-043 ibr-049 ibr-052 ibr-053 ibr-054 ibr-055 ibr-056 ibr-057 ibr-062
        ibr-063 ibr-064 ibr-065 ibr-074 ibr-075 ibr-076 ibr-080 ibr-081 ibr-093 ibr-sr-07
        ibr-sr-57 ibr-sr-58 ibr-007-ae ibr-010-ae ibr-012-ae ibr-101-ae ibr-103-ae ibr-104-ae ibr-125-ae ibr-126-ae
        ibr-127-ae ibr-134-ae ibr-135-ae ibr-136-ae ibr-137-ae ibr-138-ae ibr-142-ae ibr-143-ae ibr-144-ae ibr-145-ae
        ibr-149-ae ibr-150-ae ibr-152-ae ibr-153-ae ibr-158-ae ibr-159-ae ibr-160-ae ibr-166-ae ibr-167-ae ibr-168-ae
        ibr-169-ae ibr-172-ae ibr-174-ae ibr-175-ae ibr-177-ae ibr-180-ae ibr-181-ae ibr-184-ae ibr-185-ae ibr-186-ae
        ibr-191-ae ibr-192-ae ibr-193-ae ibr-194-ae ibr-196-ae aligned-ibrp-032 aligned-ibrp-037 aligned-ibrp-045
        aligned-ibrp-046 aligned-ibrp-047 aligned-ibrp-048 aligned-ibrp-ae-05-ae AE-ADV-19
        ibr-tdd-11 ibr-tdd-12 ibr-tdd-15 ibr-tdd-16 ibr-tdd-20 ibr-tdd-22 ibr-tdd-23 ibr-tdd-24 ibr-tdd-25 ibr-tdd-26
        ibr-tdd-27 ibr-tdd-28 ibr-tdd-29 ibr-tdd-30 ibr-tdd-32 ibr-tdd-33 ibr-tdd-40 ibr-tdd-44 ibr-tdd-45 ibr-tdd-47
        ibr-tdd-52 ibr-tdd-55 ibr-tdd-57 SCH-MLS-03 SCH-MLS-05 SCH-MLS-07 SCH-MLS-08 SCH-MLS-10 SCH-MLS-12 SCH-MLS-13
        SCH-MLS-15 SCH-MLS-18 SCH-MLS-20 SCH-MLS-21 SCH-MLS-23 SCH-MLS-24 SCH-MLS-26 SCH-MLS-27 SCH-MLS-28 SCH-MLS-29
        SCH-MLS-30 AE-IMR-03 AE-IMR-06 AE-IMR-07 AE-IMR-09 AE-IMR-11 AE-IMR-12 AE-IMR-15 AE-IMR-16""",
    ),
    "either": _family(
        "لم يُذكر أي من البيانات المطلوب أحدها: {terms}",
        "Give at least one of these: {terms}.",
        "اذكر واحدًا على الأقل مما يلي: {terms}.",
        "ibr-co-19 ibr-co-20 ibr-co-26 ibr-033 ibr-038 ibr-042 ibr-044",
    ),
    "register": _family(
        "رقم لا يوافق صيغة السجل المذكور مخططه.",
        "Compare the number with the register's extract; if it is of another register, correct its scheme.",
        "قارن الرقم بمستخرج السجل؛ وإذا كان من سجل آخر فصحّح مخططه.",
        "ibr-068 ibr-069 ibr-070 ibr-113 ibr-114 ibr-115 ibr-116 ibr-120 ibr-127",
    ),
    "once": _family(
        "بيان مكرر: {terms}",
        "Keep one and remove the others: {terms}.",
        "أبقِ واحدًا واحذف الباقي: {terms}.",
        """ibr-066 ibr-067 ibr-078 ibr-089 ibr-090 ibr-094 ibr-095 ibr-096 ibr-097 ibr-098 ibr-099 ibr-100 ibr-101
        ibr-102 ibr-103 ibr-104 ibr-105 ibr-106 ibr-107 ibr-108 ibr-109 ibr-110 ibr-111 ibr-112 ibr-sr-05 ibr-sr-06
        ibr-sr-16 ibr-sr-19 ibr-sr-22 ibr-sr-23 ibr-sr-27 ibr-sr-28 ibr-sr-30 ibr-sr-31 ibr-sr-32 ibr-sr-33 ibr-sr-34
        ibr-sr-38 ibr-sr-39 ibr-sr-42 ibr-sr-46 ibr-sr-49 ibr-sr-50 ibr-sr-51 ibr-sr-52 ibr-sr-53 ibr-sr-54 ibr-sr-55
        ibr-sr-56 ibr-sr-59 ibr-sr-60 ibr-sr-61 ibr-sr-62 ibr-123-ae ibr-179-ae aligned-ibrp-sr-12 AE-ADV-18""",
    ),
    "code": _family(
        "رمز غير مدرج في القائمة المعتمدة: {terms}",
        "Replace the code by one of its list: {terms}.",
        "استبدل الرمز برمز من قائمته: {terms}.",
        """ibr-cl-01 ibr-cl-03 ibr-cl-04 ibr-cl-05 ibr-cl-07 ibr-cl-10 ibr-cl-11 ibr-cl-13 ibr-cl-14 ibr-cl-15 ibr-cl-16
        ibr-cl-19 ibr-cl-20 ibr-cl-21 ibr-cl-23 ibr-cl-24 ibr-cl-25 ibr-cl-26 ibr-082 ibr-001-ae ibr-005-ae ibr-006-ae
        ibr-011-ae ibr-013-ae ibr-128-ae ibr-139-ae ibr-173-ae ibr-183-ae ibr-188-ae ibr-189-ae AE-ADV-01 AE-ADV-03
        AE-ADV-04 AE-ADV-05 AE-ADV-07
        ibr-tdd-06 ibr-tdd-07 ibr-tdd-08 ibr-tdd-30-1 ibr-tdd-31-1 SCH-MLS-19 SCH-MLS-31 AE-IMR-08 AE-IMR-10""",
    ),
    "form": _family(
        "صيغة غير صحيحة: {terms}",
        "Write it in the form the rule asks for, and check it against the register or document it comes from: {terms}.",
        "اكتب القيمة بالصيغة المطلوبة وتحقق منها في السجل أو المستند الذي أُخذت منه: {terms}.",
        """ibr-073 ibr-119 ibr-002-ae ibr-132-ae
        ibr-148-ae ibr-154-ae ibr-187-ae ibr-sr-63 AE-ADV-02 AE-ADV-06
        ibr-tdd-04 ibr-tdd-05 ibr-tdd-13 SCH-MLS-04 SCH-MLS-06 SCH-MLS-09 SCH-MLS-14 AE-IMR-04""",
    ),
    "decimals": _family(
        "أكثر من منزلتين عشريتين: {terms}",
        "Round to two decimals: {terms}.",
        "قرّب إلى منزلتين عشريتين: {terms}.",
        "ibr-091 ibr-121 ibr-122 ibr-123 ibr-124 ibr-125",
    ),
    "sum": _family(
        "الحساب غير مطابق: {terms}",
        "Compute it again, round half up to two decimals, and correct the side that is wrong: {terms}.",
        "أعد الحساب من مكوناته وقرّب إلى منزلتين عشريتين ثم صحّح القيمة الخاطئة: {terms}.",
        """ibr-co-10 ibr-co-11 ibr-co-12 ibr-co-13 ibr-co-14 ibr-co-15 ibr-co-16 ibr-147-ae ibr-131-ae ibr-146-ae
        ibr-102-ae aligned-ibrp-004 aligned-ibrp-s-08 aligned-ibrp-s-09 aligned-ibrp-e-08 aligned-ibrp-z-08
        aligned-ibrp-o-08 aligned-ibrp-ae-08-ae AE-ADV-11 AE-ADV-12 AE-ADV-14 AE-ADV-15""",
    ),
    "zero": _family(
        "القيمة يجب أن تكون صفرًا: {terms}",
        "Set it to 0, or choose the VAT category that does bear VAT: {terms}.",
        "اجعل القيمة صفرًا، أو اختر الفئة الضريبية التي تُحتسب عليها الضريبة: {terms}.",
        """aligned-ibrp-e-06 aligned-ibrp-e-07 aligned-ibrp-e-09 aligned-ibrp-z-05 aligned-ibrp-z-06 aligned-ibrp-z-07
        aligned-ibrp-z-09 aligned-ibrp-o-09 aligned-ibrp-ae-06 aligned-ibrp-ae-07 aligned-ibrp-ae-09-ae ibr-108-ae
        ibr-120-ae ibr-162-ae ibr-165-ae""",
    ),
    "positive": _family(
        "القيمة يجب ألا تكون سالبة أو صفرًا: {terms}",
        "Enter the amount, quantity or rate above zero; reverse a sale by a credit note: {terms}.",
        "أدخل قيمة أكبر من الصفر؛ ولإلغاء بيع أصدر إشعارًا دائنًا: {terms}.",
        """ibr-027 ibr-028 ibr-087 ibr-111-ae aligned-ibrp-s-05 aligned-ibrp-s-06 aligned-ibrp-s-07 AE-ADV-10""",
    ),
    "absent": _family(
        "بيان لا يجوز ذكره هنا: {terms}",
        "Leave it out here: {terms}.",
        "احذف هذا البيان من هنا: {terms}.",
        """ibr-017 ibr-071 ibr-072 ibr-077 ibr-079 ibr-083 ibr-092 ibr-114-ae ibr-115-ae ibr-121-ae ibr-124-ae
        ibr-163-ae aligned-ibrp-e-05 aligned-ibrp-o-05 aligned-ibrp-o-06 aligned-ibrp-o-07 aligned-ibrp-o-11-ae
        aligned-ibrp-s-10
        ibr-tdd-03 ibr-tdd-10 ibr-tdd-14 ibr-tdd-18 ibr-tdd-31 ibr-tdd-39 ibr-tdd-41 ibr-tdd-43 ibr-tdd-46 ibr-tdd-48
        ibr-tdd-49 ibr-tdd-51 ibr-tdd-54 ibr-tdd-56""",
    ),
    "breakdown": _family(
        "فئة ضريبية لا يقابلها سطر واحد في تفصيل الضريبة: {terms}",
        "Give the VAT breakdown one entry for each VAT category used, and none for categories not used: {terms}.",
        "اجعل في تفصيل الضريبة سطرًا لكل فئة مستخدمة ولا سطر لفئة غير مستخدمة: {terms}.",
        """aligned-ibrp-e-01 aligned-ibrp-o-01 aligned-ibrp-z-01 aligned-ibrp-s-01 aligned-ibrp-ae-01-ae ibr-105-ae""",
    ),
    "dates": _family(
        "ترتيب التواريخ غير صحيح: {terms}",
        "Correct the dates so that the earlier one comes first and the line lies within the document: {terms}.",
        "صحّح التواريخ بحيث يسبق الأول الثاني وتقع فترة البند ضمن فترة المستند: {terms}.",
        "ibr-029 ibr-030 ibr-085 ibr-086 ibr-141-ae",
    ),
    "agree": _family(
        "بيانات لا يتفق بعضها مع بعض: {terms}",
        "Decide which of them is right and correct the others: {terms}.",
        "حدّد الصحيح منها وصحّح الباقي: {terms}.",
        """ibr-084 ibr-088 ibr-126 ibr-055-ae ibr-116-ae ibr-119-ae ibr-122-ae ibr-133-ae ibr-140-ae ibr-151-ae
        ibr-157-ae ibr-176-ae ibr-178-ae ibr-190-ae aligned-ibrp-001-ae aligned-ibrp-002-ae aligned-ibrp-057
        aligned-ibrp-058 AE-ADV-08 AE-ADV-09 AE-ADV-13 AE-ADV-16 AE-ADV-17 AE-ADV-20 AE-ADV-21 AE-ADV-22
        ibr-tdd-34 ibr-tdd-35 ibr-tdd-36 ibr-tdd-38 ibr-tdd-53 SCH-MLS-25 AE-IMR-13""",
    ),
    "single": _family(
        "بيان يجب أن يرد مرة واحدة بالضبط: {terms}",
        "State it exactly once: {terms}.",
        "اذكر هذا البيان مرة واحدة بالضبط: {terms}.",
        "ibr-tdd-09 ibr-tdd-19 ibr-tdd-37 ibr-tdd-42 SCH-MLS-17 SCH-MLS-22 AE-IMR-05 AE-IMR-14",
    ),
    "fixed": _family(
        "قيمة ثابتة غير صحيحة: {terms}",
        "Write the fixed value that the rule names: {terms}.",
        "اكتب القيمة الثابتة التي تحددها القاعدة: {terms}.",
        """ibr-tdd-01 ibr-tdd-02 ibr-tdd-17 ibr-tdd-21 SCH-MLS-01 SCH-MLS-02 SCH-MLS-11 SCH-MLS-16 AE-IMR-01
        AE-IMR-02""",
    ),
}
"""Kind of fault -> its texts and the rules that tell it; each rule is in exactly one."""
