"""Where something stands in an invoice, as an accountant says it: `Line 2 › Item › name`, in English and Arabic."""

from __future__ import annotations

import re
from typing import Final

from gateway.pages.texts import TEXTS, Language, Text

_TABLE: Final = """
account = account | الحساب
accounting_cost = cost account | حساب التكلفة
actual_date = date of delivery | تاريخ التسليم
additional = second address line | السطر الثاني من العنوان
address = address | العنوان
agent = disclosed agent | الوكيل المُفصح عنه
allowances = allowance | الخصم
amount = amount | المبلغ
authority = licensing authority | جهة الترخيص
base = base amount | المبلغ الأساسي
beneficiary = beneficiary | المستفيد
branch = branch of the bank | فرع البنك
breakdown = VAT breakdown, entry | تفصيل الضريبة، السطر
buyer = buyer | المشتري
buyer_on_peppol = buyer on the network | المشتري على الشبكة
buyer_reference = buyer's reference | مرجع المشتري
buyers_id = buyer's article number | رقم الصنف لدى المشتري
card = payment card | بطاقة الدفع
category = VAT category | فئة الضريبة
charges = charge | الرسم
city = city | المدينة
classifications = classification | التصنيف
code = code | الرمز
contact = contact | جهة الاتصال
content = content | المحتوى
continuous = continuous supply | توريد مستمر
contract = contract | العقد
country = country | البلد
credit_reasons = reason of the credit note | سبب الإشعار الدائن
currency = currency | العملة
customs_reference = customs reference | المرجع الجمركي
deemed_supply = deemed supply | توريد اعتباري
delivery = delivery | التسليم
description = description | الوصف
despatch = despatch advice | إشعار الشحن
despatch_advice = despatch advice | إشعار الشحن
despatch_line = line of the despatch advice | بند إشعار الشحن
discount = discount on the price | الخصم على السعر
document = kind of document | نوع المستند
documents = supporting document | المستند المؤيد
due_date = due date | تاريخ الاستحقاق
e_commerce = e-commerce | تجارة إلكترونية
email = e-mail address | البريد الإلكتروني
end = end | النهاية
endpoint = electronic address | العنوان الإلكتروني
exchange_rate = exchange rate | سعر الصرف
exemption_code = code of the exemption | رمز الإعفاء
exemption_reason = reason of the exemption | سبب الإعفاء
export = export | تصدير
facts = kind of supply | نوع التوريد
file = attached file | الملف المرفق
filename = file name | اسم الملف
free_zone = free zone | منطقة حرة
frequency = frequency | الدورية
gross = gross price | السعر الإجمالي
holder = card holder | حامل البطاقة
id = identifier | المعرّف
ids = identifier | المعرّف
included = VAT included | الضريبة مشمولة
incoterms = Incoterm | شرط التسليم (Incoterm)
issue_date = issue date | تاريخ الإصدار
issue_time = issue time | وقت الإصدار
item = item | الصنف
legal_form = legal form | الشكل القانوني
legal_id = legal registration | السجل القانوني
line = address line | سطر العنوان
lines = line | البند
list_id = list | القائمة
list_version = version of the list | إصدار القائمة
location = place of delivery | مكان التسليم
lots = lot | الدفعة
mandate = direct debit mandate | تفويض الخصم المباشر
margin_scheme = margin scheme | هامش الربح
means = payment means | وسيلة الدفع
mime = file type | نوع الملف
name = name | الاسم
nature = goods or service | سلعة أو خدمة
net = net amount | الصافي
network = card network | شبكة البطاقة
note = note | الملاحظة
notes = note | الملاحظة
number = number | الرقم
object_id = object | الموضوع
order = purchase order | أمر الشراء
order_line = line of the order | بند أمر الشراء
origin = country of origin | بلد المنشأ
party = receiving party | الطرف المستلم
party_id = receiving party's identifier | معرّف الطرف المستلم
payable = amount due | المبلغ المستحق
payee = payee | المدفوع له
payment_ids = payment reference | مرجع الدفع
payment_means = payment means | وسيلة الدفع
payment_terms = payment terms | شروط الدفع
per_unit = tax per unit | الضريبة لكل وحدة
percent = percent | النسبة
period = period | الفترة
phone = phone | الهاتف
postal_zone = postal code | الرمز البريدي
preceding = preceding invoice | الفاتورة السابقة
prepaid = amount paid | المبلغ المدفوع
prepayments = prepayment | الدفعة المقدمة
price = price | السعر
principal = principal | الموكّل
process = business process | إجراء الأعمال
project = project | المشروع
properties = attribute | الخاصية
purchase_order = purchase order | أمر الشراء
quantity = quantity | الكمية
rate = rate | السعر
reason = reason | السبب
reason_code = code of the reason | رمز السبب
received = date received | تاريخ القبض
receiving_advice = receiving advice | إشعار الاستلام
rounding = rounding | التقريب
sales_order = sales order | أمر البيع
scheme = scheme | نوع المعرّف
seller = seller | البائع
sellers_id = seller's article number | رقم الصنف لدى البائع
service_code = service accounting code | رمز محاسبة الخدمة
source = source currency | العملة المصدر
specification = specification | المواصفة
standard_id = standard article number | الرقم القياسي للصنف
start = start | البداية
street = street | الشارع
subdivision = emirate or region | الإمارة أو المنطقة
summary = summary invoice | فاتورة مجمعة
target = target currency | العملة الهدف
tax = VAT | الضريبة
tax_currency = VAT currency | عملة الضريبة
tax_exclusive = total without VAT | الإجمالي دون الضريبة
tax_inclusive = total with VAT | الإجمالي شامل الضريبة
tax_point_date = tax point date | تاريخ استحقاق الضريبة
tax_representative = tax representative | الوكيل الضريبي
taxable = taxable amount | المبلغ الخاضع للضريبة
tender = tender | المناقصة
tin = TIN | الرقم التعريفي الضريبي
total = total | الإجمالي
total_aed = total with VAT in AED | الإجمالي شامل الضريبة بالدرهم
totals = totals | الإجماليات
trade_name = trading name | الاسم التجاري
transaction_type = transaction type | نوع المعاملة
trn = TRN | رقم التسجيل الضريبي
type = type | النوع
unit = unit | وحدة القياس
url = web address | عنوان الويب
uuid = unique identifier (UUID) | المعرّف الفريد (UUID)
value = value | القيمة
vat = VAT | الضريبة
vat_aed = VAT total in AED | إجمالي الضريبة بالدرهم
"""

_ELEMENTS: Final = """
AccountingCustomerParty=buyer AccountingSupplierParty=seller AllowanceCharge=allowances BillingReference=preceding
BuyerCustomerParty=beneficiary Contact=contact CreditNoteLine=lines CreditedQuantity=quantity Delivery=delivery
DocumentCurrencyCode=currency DueDate=due_date EndpointID=endpoint InvoiceLine=lines InvoicePeriod=period
InvoicedQuantity=quantity IssueDate=issue_date Item=item LegalMonetaryTotal=totals LineExtensionAmount=net
PayableAmount=payable PayeeParty=payee PaymentMeans=payment_means PaymentTerms=payment_terms PostalAddress=address
PrepaidPayment=prepayments Price=price TaxCategory=category TaxCurrencyCode=tax_currency
TaxExchangeRate=exchange_rate TaxExclusiveAmount=tax_exclusive TaxInclusiveAmount=tax_inclusive
TaxRepresentativeParty=tax_representative TaxSubtotal=breakdown TaxTotal=vat UUID=uuid
"""
_STEP: Final = re.compile(r"(?:\w+:)?(\w+)(?:\[(\d+)\])?")

WORDS: Final = {
    name.strip(): Text(*(word.strip() for word in words.split("|")))
    for name, _, words in (line.partition(" = ") for line in _TABLE.strip().splitlines())
}
"""Member of `ubl.Invoice` or of what it consists of -> its name for people."""

ELEMENTS: Final = dict(pair.split("=") for pair in _ELEMENTS.split())
"""UBL element -> the member that stands for it; what isn't here adds nothing to a place."""

_WHOLE: Final = Text("The document as a whole", "المستند كله")


def place(pointer: str | None, where: str | None, language: Language) -> str:
    """The place in words, by the JSON pointer or, where there is none, by the XPath.

    >>> place("/lines/1/item/name", None, "en")
    'Line 2 › item › name'
    >>> place(None, "/Invoice/cac:AccountingSupplierParty/cac:Party/cbc:EndpointID", "en")
    'Seller › electronic address'
    """
    words = _by_pointer(pointer, language) if pointer else _by_xpath(where or "", language)
    if not words:
        return _word(_WHOLE, language)
    return " › ".join((words[0][:1].upper() + words[0][1:], *words[1:]))


def _by_pointer(pointer: str, language: Language) -> list[str]:
    words: list[str] = []
    for step in pointer.split("/")[1:]:
        if step.isdecimal() and words:
            words[-1] += f" {int(step) + 1}"
        else:
            word = WORDS.get(step) or TEXTS.get(f"term.{step}")
            words.append(_word(word, language) if word else step)
    return words


def _by_xpath(where: str, language: Language) -> list[str]:
    words = []
    for step in where.split("/")[2:]:
        found = _STEP.fullmatch(step)
        member = ELEMENTS.get(found[1]) if found else None
        if found and member:
            words.append(_word(WORDS[member], language) + (f" {found[2]}" if found[2] else ""))
    return words


def _word(text: Text, language: Language) -> str:
    return text.ar if language == "ar" else text.en
