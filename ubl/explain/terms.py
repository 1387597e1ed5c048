"""Business terms in the words of an accountant: id -> English name, Arabic name."""

_TABLE = """
BTAE-01 beneficiary identifier | معرّف المستفيد
BTAE-02 transaction type (eight flags) | نوع المعاملة (ثماني خانات)
BTAE-03 reason of the credit note | سبب الإشعار الدائن
BTAE-04 exchange rate to AED | سعر الصرف إلى الدرهم
BTAE-06 billing frequency | دورية الفوترة
BTAE-07 unique identifier (UUID) | المعرّف الفريد (UUID)
BTAE-08 VAT of the line in AED | ضريبة البند بالدرهم
BTAE-09 type of goods or services under reverse charge | نوع السلع أو الخدمات الخاضعة للاحتساب العكسي
BTAE-10 amount payable of the line in AED | المبلغ المستحق للبند بالدرهم
BTAE-11 authority that licensed the buyer | الجهة التي رخّصت المشتري
BTAE-12 authority that licensed the seller | الجهة التي رخّصت البائع
BTAE-13 item type | نوع الصنف
BTAE-14 principal identifier | معرّف الموكّل
BTAE-15 kind of the seller's registration | نوع سجل البائع
BTAE-16 kind of the buyer's registration | نوع سجل المشتري
BTAE-17 service accounting code | رمز محاسبة الخدمة
BTAE-18 country of the seller's passport | بلد إصدار جواز سفر البائع
BTAE-19 country of the buyer's passport | بلد إصدار جواز سفر المشتري
BTAE-20 total with VAT in AED | الإجمالي شامل الضريبة بالدرهم
BTAE-22 Incoterm | شرط التسليم (Incoterm)
IBG-03 preceding invoice | الفاتورة السابقة
IBG-05 seller's address | عنوان البائع
IBG-08 buyer's address | عنوان المشتري
IBG-12 tax representative's address | عنوان الوكيل الضريبي
IBG-13 delivery | التسليم
IBG-14 invoicing period | فترة الفوترة
IBG-18 payment card | بطاقة الدفع
IBG-19 direct debit mandate | تفويض الخصم المباشر
IBG-20 document allowance | خصم على مستوى المستند
IBG-21 document charge | رسم على مستوى المستند
IBG-23 VAT breakdown | تفصيل ضريبة القيمة المضافة
IBG-25 line | البند
IBG-26 period of the line | فترة البند
IBG-27 line allowance | خصم على مستوى البند
IBG-28 line charge | رسم على مستوى البند
IBG-30 VAT of the line | ضريبة البند
IBT-001 document number | رقم المستند
IBT-002 issue date | تاريخ الإصدار
IBT-003 document type | نوع المستند
IBT-005 document currency | عملة المستند
IBT-006 VAT currency | عملة الضريبة
IBT-007 tax point date | تاريخ استحقاق الضريبة
IBT-009 due date | تاريخ الاستحقاق
IBT-011 project reference | مرجع المشروع
IBT-012 contract reference | مرجع العقد
IBT-015 receiving advice | إشعار الاستلام
IBT-016 despatch advice | إشعار الشحن
IBT-017 tender reference | مرجع المناقصة
IBT-018 invoiced object | موضوع الفاتورة
IBT-020 payment terms | شروط الدفع
IBT-022 note | الملاحظة
IBT-023 business process | إجراء الأعمال (ProfileID)
IBT-024 specification | المواصفة (CustomizationID)
IBT-025 number of the preceding invoice | رقم الفاتورة السابقة
IBT-026 date of the preceding invoice | تاريخ الفاتورة السابقة
IBT-027 seller's legal name | الاسم القانوني للبائع
IBT-028 seller's trading name | الاسم التجاري للبائع
IBT-029 seller's identifier | معرّف البائع
IBT-030 seller's legal registration | السجل القانوني للبائع
IBT-031 seller's TRN | رقم التسجيل الضريبي للبائع
IBT-032 seller's TIN | الرقم التعريفي الضريبي للبائع
IBT-033 seller's legal information | المعلومات القانونية للبائع
IBT-034 seller's electronic address | العنوان الإلكتروني للبائع
IBT-035 seller's street | شارع البائع
IBT-037 seller's city | مدينة البائع
IBT-039 seller's emirate or region | إمارة البائع أو منطقته
IBT-040 seller's country | بلد البائع
IBT-044 buyer's legal name | الاسم القانوني للمشتري
IBT-045 buyer's trading name | الاسم التجاري للمشتري
IBT-046 buyer's identifier | معرّف المشتري
IBT-047 buyer's legal registration | السجل القانوني للمشتري
IBT-048 buyer's TRN | رقم التسجيل الضريبي للمشتري
IBT-049 buyer's electronic address | العنوان الإلكتروني للمشتري
IBT-050 buyer's street | شارع المشتري
IBT-052 buyer's city | مدينة المشتري
IBT-054 buyer's emirate or region | إمارة المشتري أو منطقته
IBT-055 buyer's country | بلد المشتري
IBT-059 payee's name | اسم المستفيد من الدفع
IBT-060 payee's identifier | معرّف المستفيد من الدفع
IBT-061 payee's legal registration | السجل القانوني للمستفيد من الدفع
IBT-062 tax representative's name | اسم الوكيل الضريبي
IBT-063 tax representative's tax number | الرقم الضريبي للوكيل الضريبي
IBT-068 tax representative's emirate or region | إمارة الوكيل الضريبي أو منطقته
IBT-069 tax representative's country | بلد الوكيل الضريبي
IBT-070 name of the party delivered to | اسم مستلم البضاعة
IBT-071 delivery location | موقع التسليم
IBT-072 delivery date | تاريخ التسليم
IBT-073 start of the invoicing period | بداية فترة الفوترة
IBT-074 end of the invoicing period | نهاية فترة الفوترة
IBT-075 delivery street | شارع التسليم
IBT-077 delivery city | مدينة التسليم
IBT-079 delivery emirate or region | إمارة التسليم أو منطقته
IBT-080 delivery country | بلد التسليم
IBT-081 means of payment | وسيلة الدفع
IBT-082 name of the means of payment | اسم وسيلة الدفع
IBT-084 account to pay to | الحساب المدفوع إليه
IBT-089 mandate reference | مرجع التفويض
IBT-092 allowance amount | مبلغ الخصم
IBT-093 base of the allowance | أساس الخصم
IBT-094 percentage of the allowance | نسبة الخصم
IBT-095 VAT category of the allowance | فئة ضريبة الخصم
IBT-096 VAT rate of the allowance | نسبة ضريبة الخصم
IBT-097 reason of the allowance | سبب الخصم
IBT-098 reason code of the allowance | رمز سبب الخصم
IBT-099 charge amount | مبلغ الرسم
IBT-100 base of the charge | أساس الرسم
IBT-101 percentage of the charge | نسبة الرسم
IBT-102 VAT category of the charge | فئة ضريبة الرسم
IBT-103 VAT rate of the charge | نسبة ضريبة الرسم
IBT-104 reason of the charge | سبب الرسم
IBT-105 reason code of the charge | رمز سبب الرسم
IBT-106 sum of line net amounts | مجموع صافي البنود
IBT-107 sum of allowances | مجموع الخصومات
IBT-108 sum of charges | مجموع الرسوم
IBT-109 total without VAT | الإجمالي دون الضريبة
IBT-110 VAT total | إجمالي الضريبة
IBT-111 VAT total in AED | إجمالي الضريبة بالدرهم
IBT-112 total with VAT | الإجمالي شامل الضريبة
IBT-113 amount paid | المبلغ المدفوع
IBT-114 rounding | مبلغ التقريب
IBT-115 amount due | المبلغ المستحق
IBT-116 taxable amount of the breakdown | المبلغ الخاضع للضريبة في التفصيل
IBT-117 VAT of the breakdown | الضريبة في التفصيل
IBT-118 VAT category of the breakdown | فئة الضريبة في التفصيل
IBT-119 VAT rate of the breakdown | نسبة الضريبة في التفصيل
IBT-120 exemption reason of the breakdown | سبب الإعفاء في التفصيل
IBT-121 exemption code of the breakdown | رمز الإعفاء في التفصيل
IBT-122 supporting document | المستند الداعم
IBT-123 description of the supporting document | وصف المستند الداعم
IBT-125 attachment | المرفق
IBT-126 line identifier | معرّف البند
IBT-127 line note | ملاحظة البند
IBT-128 object of the line | موضوع البند
IBT-129 quantity | الكمية
IBT-130 unit | وحدة القياس
IBT-131 line net amount | صافي البند
IBT-132 order line | بند أمر الشراء
IBT-134 start of the line's period | بداية فترة البند
IBT-135 end of the line's period | نهاية فترة البند
IBT-136 line allowance amount | مبلغ خصم البند
IBT-139 reason of the line allowance | سبب خصم البند
IBT-140 reason code of the line allowance | رمز سبب خصم البند
IBT-141 line charge amount | مبلغ رسم البند
IBT-144 reason of the line charge | سبب رسم البند
IBT-145 reason code of the line charge | رمز سبب رسم البند
IBT-146 net price | صافي السعر
IBT-147 price discount | خصم السعر
IBT-148 gross price | السعر الإجمالي
IBT-149 quantity the price is for | الكمية التي يخصها السعر
IBT-150 unit the price is for | وحدة القياس التي يخصها السعر
IBT-151 VAT category of the line | فئة ضريبة البند
IBT-152 VAT rate of the line | نسبة ضريبة البند
IBT-153 item name | اسم الصنف
IBT-154 item description | وصف الصنف
IBT-157 standard item identifier (GTIN) | المعرّف القياسي للصنف (GTIN)
IBT-158 HS code | رمز النظام المنسق (HS)
IBT-159 country of origin | بلد المنشأ
IBT-160 name of the item attribute | اسم خاصية الصنف
IBT-161 value of the item attribute | قيمة خاصية الصنف
IBT-162 additional line of the seller's address | السطر الإضافي لعنوان البائع
IBT-163 additional line of the buyer's address | السطر الإضافي لعنوان المشتري
IBT-164 additional line of the tax representative's address | السطر الإضافي لعنوان الوكيل الضريبي
IBT-165 additional line of the delivery address | السطر الإضافي لعنوان التسليم
IBT-168 issue time | وقت الإصدار
IBT-174 additional line of the bank's address | السطر الإضافي لعنوان المصرف
IBT-175 bank's country | بلد المصرف
IBT-180 prepayment | الدفعة المقدمة
IBT-184 despatch advice of the line | إشعار شحن البند
IBT-185 exemption reason of the line | سبب إعفاء البند
IBT-186 exemption code of the line | رمز إعفاء البند
IBT-187 payment instruction | تعليمات الدفع
IBT-196 exemption code of the allowance | رمز إعفاء الخصم
IBT-197 exemption reason of the allowance | سبب إعفاء الخصم
IBT-198 exemption code of the charge | رمز إعفاء الرسم
IBT-199 exemption reason of the charge | سبب إعفاء الرسم
IBG-04 seller | البائع
IBG-07 buyer | المشتري
TDG-01 reported transaction | المعاملة المُبلّغ عنها
TDG-02 key data of the reported document | البيانات الأساسية للمستند المُبلّغ عنه
TDG-03 source document | المستند الأصلي
TDT-001 specification of the report | مواصفة التقرير (CustomizationID)
TDT-002 process of the report | إجراء التقرير (ProfileID)
TDT-004 date of the report | تاريخ التقرير
TDT-005 time of the report | وقت التقرير
TDT-006 type of the report | نوع التقرير
TDT-007 electronic address of the reporting party | العنوان الإلكتروني للمُبلِّغ
TDT-007-1 scheme of the reporting party's address | نظام ترميز عنوان المُبلِّغ
TDT-008 electronic address of the receiving party | العنوان الإلكتروني للجهة المستلمة
TDT-008-1 scheme of the receiving party's address | نظام ترميز عنوان الجهة المستلمة
TDT-009 reporter's service provider | مزود الخدمة للمُبلِّغ
TDT-009-1 scheme of the service provider's identifier | نظام ترميز معرّف مزود الخدمة
TDT-010 reporter's role | دور المُبلِّغ
TDT-011 scope of the report | نطاق التقرير
TDT-012 reported invoice | الفاتورة المُبلّغ عنها
CustomizationID specification of the message | مواصفة الرسالة
ProfileID process of the message | إجراء الرسالة
ID identifier of the message | معرّف الرسالة
IssueDate date of the message | تاريخ الرسالة
IssueTime time of the message | وقت الرسالة
SenderParty sender of the message | مرسل الرسالة
ReceiverParty receiver of the message | مستلم الرسالة
DocumentResponse answer | الرد
ResponseCode code of the answer | رمز الرد
Description description | الوصف
DocumentReference reference to what is answered | مرجع المستند الذي يُرد عليه
LineResponse issue | الملاحظة
LineID place of the issue | موضع الملاحظة
StatusReasonCode reason code | رمز السبب
Condition detail | التفصيل
"""


def _parse(line: str) -> tuple[str, tuple[str, str]]:
    term, _, names = line.partition(" ")
    english, _, arabic = names.partition(" | ")
    return term, (english, arabic)


TERMS: dict[str, tuple[str, str]] = dict(_parse(line) for line in _TABLE.strip().splitlines())
"""Every business term that a rule speaks of."""
