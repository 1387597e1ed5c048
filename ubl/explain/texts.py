"""Rules told one by one, where their kind doesn't say enough: title in Arabic, how to mend in English and Arabic.

Four lines each: ids, title, mend, mend. The English title is the rule's own sentence.
"""

_TABLE = """
ibr-079
حقل فارغ.
Remove the empty field; a field without a value is left out, not sent empty.
احذف الحقل الفارغ؛ الحقل الذي لا قيمة له لا يُرسل أصلًا.

ibr-126
مبلغ بعملة غير عملة المستند.
Put all amounts into the document's currency; only the VAT total in AED and the AED amounts of lines differ.
اجعل كل المبالغ بعملة المستند؛ ولا يُستثنى إلا إجمالي الضريبة بالدرهم ومبالغ البنود بالدرهم.

ibr-154-ae
نوع المعاملة ليس ثماني خانات من 0 و1.
Write eight digits, 1 where it applies: free zone, deemed supply, margin scheme, summary, continuous supply,\
 agent, e-commerce, export. An ordinary sale is 00000000.
اكتب ثماني خانات، 1 لما ينطبق: منطقة حرة، توريد اعتباري، هامش الربح، مجمعة، توريد مستمر، وكيل، تجارة إلكترونية،\
 تصدير. والبيع العادي 00000000.

ibr-132-ae
رقم التسجيل الضريبي ليس بصيغته.
Copy the 15-digit TRN from the VAT registration certificate; it starts with 1 and ends with 03.
انسخ رقم التسجيل الضريبي (15 رقمًا) من شهادة التسجيل؛ يبدأ بـ 1 وينتهي بـ 03.

ibr-148-ae
الرقم التعريفي الضريبي ليس بصيغته.
Enter the TIN: the first ten digits of the TRN, starting with 1.
أدخل الرقم التعريفي الضريبي: أول عشرة أرقام من رقم التسجيل الضريبي ويبدأ بـ 1.

ibr-055-ae
إشعار دائن لا يذكر الفاتورة التي يخصها.
Name the invoice this note credits; only for a volume discount (VD) leave it out.
اذكر الفاتورة التي يخصها الإشعار، إلا في خصم الكميات (VD) فلا تُذكر.

ibr-190-ae
نسبة الفئة S ليست 5٪.
Use 5 percent for category S; if nothing is charged choose Z, E, O or AE instead.
استخدم نسبة 5٪ للفئة S؛ وإذا لم تُحتسب ضريبة فاختر Z أو E أو O أو AE.

ibr-147-ae
صافي البند لا يساوي كميته في سعره.
Line net = quantity × net price ÷ quantity the price is for + charges − allowances of the line.
صافي البند = الكمية × صافي السعر ÷ الكمية التي يخصها السعر + رسوم البند − خصومات البند.

ibr-co-15
الإجمالي شامل الضريبة غير مطابق.
Total with VAT = total without VAT + VAT total in the document currency.
الإجمالي شامل الضريبة = الإجمالي دون الضريبة + إجمالي الضريبة بعملة المستند.

ibr-co-16
المبلغ المستحق غير مطابق.
Amount due = total with VAT − amount paid + rounding.
المبلغ المستحق = الإجمالي شامل الضريبة − المدفوع + مبلغ التقريب.

AE-ADV-02
العنوان الإلكتروني ليس رقمًا تعريفيًا ضريبيًا.
Enter the ten-digit TIN; 9900000097 for a deemed supply, 9900000098 for a buyer outside e-invoicing,\
 9900000099 for a receiver abroad who isn't on Peppol.
أدخل الرقم التعريفي الضريبي (10 أرقام)؛ و9900000097 للتوريد الاعتباري، و9900000098 لمشترٍ خارج الفوترة الإلكترونية،\
 و9900000099 لمستلم في الخارج ليس على Peppol.

ibr-011-ae ibr-013-ae
الرمز ليس من القائمة المعتمدة في الإمارات.
Use a code of the UAE's list; your software offers them.
استخدم رمزًا من قائمة الإمارات كما يعرضها البرنامج.

ibr-179-ae
للمشتري أكثر من رقم تسجيل ضريبي.
Keep the TRN of the company that is billed.
أبقِ رقم التسجيل الضريبي للمنشأة التي تُفوتر.

ibr-001 aligned-ibrp-001-ae ibr-sr-63 AE-ADV-16
المواصفة المذكورة (CustomizationID) ليست مواصفة PINT-AE.
Leave the specification out; it follows from the document type. Your software, not the accountant, sets it.
احذف المواصفة لتُستنتج من نوع المستند؛ فهي من شأن البرنامج لا المحاسب.

ibr-076 aligned-ibrp-002-ae AE-ADV-17
إجراء الأعمال (ProfileID) لا يوافق نوع الفوترة: عادية أو ذاتية.
Leave the business process out; it follows from the document type: billing, or self-billing for 389 and 261.
احذف إجراء الأعمال ليُستنتج من نوع المستند: فوترة عادية، أو ذاتية للنوعين 389 و261.

ibr-cl-01
نوع المستند غير معروف في هذا الإجراء.
Choose 380 (tax invoice) or 381 (tax credit note); 480 and 81 outside VAT; 389 and 261 when the buyer bills.
اختر 380 لفاتورة ضريبية أو 381 لإشعار دائن؛ و480 و81 خارج نطاق الضريبة؛ و389 و261 للفوترة الذاتية.

ibr-193-ae
المعرّف الفريد (UUID) غير مذكور.
Let your software make a UUID for each document; it stays the same when the document is sent again.
دع البرنامج يولّد معرّفًا فريدًا لكل مستند، ويبقى هو نفسه عند إعادة الإرسال.

ibr-134-ae
رقم التسجيل الضريبي للبائع غير مذكور.
Enter the seller's 15-digit TRN; only documents outside VAT (480 and 81) need none.
أدخل رقم التسجيل الضريبي للبائع (15 رقمًا)؛ ولا يُستثنى إلا ما هو خارج الضريبة (480 و81).

ibr-136-ae
السجل القانوني للمشتري مطلوب في المستندات خارج نطاق الضريبة.
Enter the buyer's trade licence number or other registration.
أدخل رقم الرخصة التجارية للمشتري أو سجله القانوني الآخر.

ibr-007-ae
توريد في منطقة حرة دون ذكر المستفيد.
Enter the beneficiary's identifier, or clear the free zone flag if the supply isn't one.
أدخل معرّف المستفيد، أو أزل علامة المنطقة الحرة إن لم ينطبق ذلك.

ibr-137-ae
الوكيل المُفصح عنه لم يذكر الموكّل.
Enter the principal's TRN, or clear the agent flag if you bill in your own name.
أدخل رقم التسجيل الضريبي للموكّل، أو أزل علامة الوكيل إن كنت تفوتر باسمك.

ibr-176-ae
الموكّل والبائع هما الشخص نفسه.
Enter the TRN of the principal you bill for; it can't be the seller's own.
أدخل رقم التسجيل الضريبي للموكّل الذي تفوتر عنه، لا رقم البائع نفسه.

ibr-177-ae
الوكيل المُفصح عنه دون رقم ضريبي.
Enter the agent's TRN, or its TIN.
أدخل رقم التسجيل الضريبي للوكيل أو رقمه التعريفي الضريبي.

ibr-138-ae
الفاتورة المجمعة لا تذكر الفترة التي تغطيها.
Enter the first and the last day the summary covers.
أدخل أول يوم وآخر يوم تغطيهما الفاتورة المجمعة.

ibr-116-ae
في نظام هامش الربح يجب أن تكون كل الفئات الضريبية N.
Set every line to N; or clear the margin flag if the sale isn't under that scheme.
اجعل فئة كل البنود N، أو أزل علامة هامش الربح إن لم ينطبق النظام.

ibr-157-ae
مستند خارج نطاق الضريبة لا يكون توريدًا اعتباريًا ولا بنظام الهامش ولا فاتورة مجمعة.
Use 380 or 381 for such a supply; or clear the flag if the document is really outside VAT.
استخدم 380 أو 381 لهذا التوريد، أو أزل العلامة إن كان المستند خارج نطاق الضريبة فعلًا.

ibr-122-ae
فئة ضريبية لا يجوز ذكرها في مستند خارج نطاق الضريبة.
Use E, O or Z on 480 and 81; if VAT is charged, issue 380 or 381.
استخدم E أو O أو Z في النوعين 480 و81؛ وإذا احتُسبت ضريبة فأصدر 380 أو 381.

ibr-151-ae
فاتورة ضريبية كل بنودها معفاة أو خارج النطاق.
If every line is exempt or out of scope, issue 480 (or 81 as a credit note) instead.
إذا كانت كل البنود معفاة أو خارج النطاق فأصدر النوع 480 (أو 81 للإشعار الدائن).

ibr-141-ae
تاريخ استحقاق الضريبة ليس قبل تاريخ الإصدار.
State the tax point date only where VAT fell due before the issue date; otherwise leave it out.
اذكر تاريخ استحقاق الضريبة فقط إذا سبق تاريخ الإصدار، وإلا فاحذفه.

ibr-124-ae
الإشعار الدائن لا يحمل تاريخ استحقاق الضريبة.
Remove the tax point date from the credit note.
احذف تاريخ استحقاق الضريبة من الإشعار الدائن.

ibr-127-ae
يوجد مبلغ مستحق ولم يُذكر تاريخ السداد.
Enter the date by which the amount is to be paid.
أدخل التاريخ الذي يجب السداد فيه.

ibr-191-ae
وسيلة الدفع غير مذكورة.
Say how the buyer pays: 30 for a bank transfer, 10 for cash, 55 for a debit card, 54 for a credit card.
اذكر طريقة الدفع: 30 للتحويل المصرفي، 10 للنقد، 55 لبطاقة الخصم، 54 لبطاقة الائتمان.

ibr-192-ae
تحويل مصرفي (30) دون رقم الحساب.
Enter the IBAN or account number to which the buyer pays.
أدخل رقم الآيبان أو الحساب الذي يُدفع إليه.

ibr-158-ae
الإشعار الدائن الضريبي لا يذكر سببه.
Give the reason: DL8.61.1.A to DL8.61.1.E, or VD for a volume discount.
اذكر السبب: من DL8.61.1.A إلى DL8.61.1.E، أو VD لخصم الكميات.

ibr-001-ae
سبب الإشعار الدائن ليس من القائمة.
Choose DL8.61.1.A, .B, .C, .D or .E, or VD for a volume discount.
اختر DL8.61.1.A أو B أو C أو D أو E، أو VD لخصم الكميات.

AE-ADV-19
إشعار دائن ذاتي دون سبب أو دون الفاتورة التي يخصها.
Give the reason and the invoice's number, as on any credit note; with VD no invoice is named.
اذكر السبب ورقم الفاتورة كما في أي إشعار دائن؛ ومع VD لا تُذكر الفاتورة.

ibr-142-ae
توريد عبر التجارة الإلكترونية دون عنوان تسليم كامل.
Enter street, city and emirate or region of the delivery.
أدخل شارع التسليم ومدينته وإمارته أو منطقته.

ibr-152-ae
تصدير دون عنوان تسليم كامل.
Enter street, city and region of the place of delivery abroad.
أدخل الشارع والمدينة والمنطقة لمكان التسليم في الخارج.

AE-ADV-20
تصدير يُسلَّم داخل الإمارات.
Correct the delivery country; or clear the export flag if the goods stay in the Emirates.
صحّح بلد التسليم، أو أزل علامة التصدير إذا بقيت البضاعة في الإمارات.

ibr-160-ae
دورية الفوترة OTH دون شرح في الملاحظة.
Say in the note how often is billed, or choose one of the other frequencies.
اشرح دورية الفوترة في الملاحظة، أو اختر دورية أخرى من القائمة.

ibr-005-ae
دورية الفوترة ليست من القائمة.
Choose DLY, WKY, Q15, MTH, Q45, Q60, QTR, HYR, YRL, or OTH with a note.
اختر DLY أو WKY أو Q15 أو MTH أو Q45 أو Q60 أو QTR أو HYR أو YRL، أو OTH مع ملاحظة.

ibr-153-ae ibr-159-ae
فاتورة بعملة أجنبية دون سعر صرف إلى الدرهم.
Enter how many dirhams one unit of the document currency is worth, with up to six decimals.
أدخل قيمة وحدة عملة المستند بالدرهم، بست منازل عشرية على الأكثر.

ibr-002-ae
سعر الصرف بأكثر من ست منازل عشرية أو بصيغة خاطئة.
Write the rate as a plain number with at most six decimals, such as 3.672500.
اكتب السعر رقمًا بست منازل عشرية على الأكثر، مثل 3.672500.

ibr-053 ibr-175-ae
فاتورة بعملة أجنبية دون إجمالي الضريبة والإجمالي شامل الضريبة بالدرهم.
State AED as VAT currency and both totals in AED: the amounts times the exchange rate.
اذكر الدرهم عملةً للضريبة والإجماليين بالدرهم: المبالغ مضروبة في سعر الصرف.

ibr-140-ae ibr-cl-05
عملة الضريبة ليست الدرهم.
Set the VAT currency to AED; in a document in AED leave it out.
اجعل عملة الضريبة AED، واحذفها إذا كان المستند بالدرهم.

ibr-077
عملة الضريبة مذكورة مع أنها عملة المستند نفسها.
Leave the VAT currency out; the document is in it already.
احذف عملة الضريبة، فالمستند بها أصلًا.

ibr-084
إشارة إجمالي الضريبة بالدرهم تخالف إشارته بعملة المستند.
Compute the VAT in AED from the VAT total and the exchange rate; both are positive or both negative.
احسب الضريبة بالدرهم من إجمالي الضريبة وسعر الصرف؛ فتكون الإشارتان متفقتين.

AE-ADV-14
إجمالي الضريبة بالدرهم لا يساوي إجمالي الضريبة مضروبًا في سعر الصرف.
VAT total in AED = VAT total × exchange rate, rounded to two decimals.
إجمالي الضريبة بالدرهم = إجمالي الضريبة × سعر الصرف، مقرّبًا إلى منزلتين.

AE-ADV-15
الإجمالي شامل الضريبة بالدرهم لا يوافق سعر الصرف.
Total with VAT in AED = total with VAT × exchange rate, rounded to two decimals.
الإجمالي شامل الضريبة بالدرهم = الإجمالي شامل الضريبة × سعر الصرف، مقرّبًا إلى منزلتين.

AE-ADV-11
ضريبة البند بالدرهم لا تساوي صافي البند في نسبته.
VAT of the line in AED = line net × VAT rate, times the exchange rate if there is one.
ضريبة البند بالدرهم = صافي البند × نسبة الضريبة، مضروبًا في سعر الصرف إن وُجد.

AE-ADV-12 ibr-194-ae
المبلغ المستحق للبند بالدرهم غير مذكور أو غير مطابق.
Amount payable of the line in AED = line net in AED + VAT of the line in AED.
المبلغ المستحق للبند بالدرهم = صافي البند بالدرهم + ضريبة البند بالدرهم.

AE-ADV-13
مبالغ البند ليست بالدرهم.
State VAT and amount payable of the line in AED, whatever the document's currency.
اذكر ضريبة البند ومبلغه المستحق بالدرهم أيًا كانت عملة المستند.

ibr-104-ae
بند غير معفى دون ضريبته أو مبلغه المستحق بالدرهم.
Add both in AED; the VAT is 0 for Z and AE. Left out in JSON, both are computed.
أضف المبلغين بالدرهم، والضريبة صفر للفئتين Z وAE؛ وإذا حُذفا من JSON حُسبا تلقائيًا.

ibr-163-ae
بند معفى يحمل مبلغ ضريبة.
Remove the VAT amount of the line; if VAT is due, the category is S, not E.
احذف مبلغ ضريبة البند؛ وإذا استُحقت ضريبة فالفئة S لا E.

ibr-165-ae ibr-162-ae
بند لا يحتسب البائع ضريبته (Z أو AE) ويحمل مبلغ ضريبة.
Set the VAT of the line to 0; if the seller does charge VAT, the category is S.
اجعل ضريبة البند صفرًا؛ وإذا احتسب البائع ضريبة فالفئة S.

aligned-ibrp-004
صافي السعر لا يساوي السعر الإجمالي ناقص الخصم.
Net price = gross price − price discount; correct the one that is wrong.
صافي السعر = السعر الإجمالي − خصم السعر؛ صحّح القيمة الخاطئة منها.

ibr-126-ae
السعر دون سعر إجمالي أو دون الكمية التي يخصها.
State the gross price (the same as the net price if there is no discount) and the quantity it is for, mostly 1.
اذكر السعر الإجمالي (وهو صافي السعر إن لم يوجد خصم) والكمية التي يخصها، وهي غالبًا 1.

ibr-111-ae
بند بنظام هامش الربح دون نسبة.
State the rate; it is above zero, though under the margin scheme no VAT amount is shown.
اذكر النسبة، وهي أكبر من الصفر وإن لم يُظهر نظام الهامش مبلغ ضريبة.

ibr-145-ae ibr-sr-58
البند دون فئة ضريبية.
Choose S (5 percent), Z (zero rated), E (exempt), O (out of scope), AE (reverse charge) or N (margin scheme).
اختر S (5٪) أو Z (صفرية) أو E (معفاة) أو O (خارج النطاق) أو AE (احتساب عكسي) أو N (هامش الربح).

ibr-139-ae
الفئة الضريبية ليست من القائمة.
Use S, Z, E, O, AE or N, in Latin capitals.
استخدم S أو Z أو E أو O أو AE أو N بحروف لاتينية كبيرة.

ibr-167-ae AE-ADV-04
بند معفى دون رمز إعفاء من قائمة الإمارات.
Give the exemption: DL8.46.1 financial, .2 residential, .3 bare land, .4 local passenger transport.
اذكر رمز الإعفاء: DL8.46.1 مالي، و.2 سكني، و.3 أرض فضاء، و.4 نقل ركاب محلي.

ibr-168-ae ibr-169-ae
خصم أو رسم معفى دون رمز الإعفاء.
Give the code of the exemption, DL8.46.1 to DL8.46.4, of the allowance or charge.
اذكر رمز إعفاء الخصم أو الرسم، من DL8.46.1 إلى DL8.46.4.

ibr-125-ae
الصنف دون وصف.
Describe the goods or services so that a reader understands what was sold.
صف السلعة أو الخدمة بحيث يُفهم ما بيع.

ibr-166-ae ibr-006-ae
صنف خاضع للاحتساب العكسي دون نوعه الصحيح.
Give the type: DL8.48.8.1 gold and diamonds, .8.2 electronics, DL8.48.3.1 oil, .3.2 gas, .3.3 hydrocarbons.
اذكر النوع: DL8.48.8.1 ذهب وماس، و.8.2 إلكترونيات، وDL8.48.3.1 نفط، و.3.2 غاز، و.3.3 هيدروكربونات.

ibr-174-ae
صنف خاضع للاحتساب العكسي دون رقم GTIN.
Enter the GTIN from the barcode, with the scheme 0160.
أدخل رقم GTIN من الرمز الشريطي مع المخطط 0160.

ibr-103-ae
احتساب عكسي دون رقم التسجيل الضريبي للمشتري.
Enter the buyer's TRN; under reverse charge it is the buyer who accounts for the VAT.
أدخل رقم التسجيل الضريبي للمشتري؛ ففي الاحتساب العكسي هو من يحتسب الضريبة.

ibr-184-ae ibr-188-ae ibr-065
سلعة دون رمز النظام المنسق (HS).
Enter the HS code of the goods, and HS as its list.
أدخل رمز النظام المنسق للسلعة، واذكر HS قائمةً له.

ibr-185-ae ibr-189-ae
خدمة دون رمز محاسبة الخدمة (SAC).
Enter the service accounting code, and SAC as its scheme.
أدخل رمز محاسبة الخدمة، واذكر SAC مخططًا له.

ibr-186-ae
صنف يجمع سلعة وخدمة دون الرمزين HS وSAC.
Enter both the HS code and the service accounting code, or bill goods and service on lines of their own.
أدخل رمز HS ورمز SAC معًا، أو افصل السلعة عن الخدمة في بندين.

AE-ADV-05
نوع الصنف ليس G ولا S ولا B.
Use G for goods, S for services, B for both.
استخدم G للسلع وS للخدمات وB لكليهما.

ibr-010-ae ibr-012-ae
جواز سفر دون بلد إصداره.
Enter the country that issued the passport, two letters.
أدخل رمز البلد الذي أصدر جواز السفر من حرفين.

ibr-101-ae ibr-172-ae
رخصة تجارية دون الجهة التي أصدرتها.
Enter the authority that issued the trade licence, as the licence names it.
أدخل اسم الجهة التي أصدرت الرخصة كما يرد فيها.

ibr-180-ae ibr-181-ae ibr-183-ae ibr-173-ae AE-ADV-07
نوع السجل القانوني غير مذكور أو غير معروف.
Say what the number is: TL trade licence, EID Emirates ID, PAS passport, CD cabinet decision.
اذكر نوع الرقم: TL رخصة تجارية، EID هوية إماراتية، PAS جواز سفر، CD قرار مجلس الوزراء.

ibr-150-ae
البائع دون سجل قانوني.
Enter the seller's trade licence number or other registration, and its kind.
أدخل رقم رخصة البائع أو سجله الآخر مع نوعه.

ibr-149-ae ibr-135-ae
مشترٍ لا يحمل عنوانه الإلكتروني رقمًا تعريفيًا ولا يُعرف برقم آخر.
Enter the buyer's TIN as electronic address; or its TRN or another identifier beside it.
أدخل الرقم التعريفي الضريبي للمشتري عنوانًا إلكترونيًا، أو رقم تسجيله أو معرّفًا آخر معه.

ibr-143-ae
عنوان البائع ناقص: الشارع أو المدينة أو الإمارة.
Complete the seller's street, city and emirate or region in the company's master data.
أكمل شارع البائع ومدينته وإمارته أو منطقته في بيانات المنشأة.

ibr-144-ae
عنوان المشتري ناقص: الشارع أو المدينة أو الإمارة.
Complete the buyer's street, city and emirate or region in the customer's master data.
أكمل شارع المشتري ومدينته وإمارته أو منطقته في بيانات العميل.

ibr-128-ae AE-ADV-01
الإمارة ليست برمزها.
Use AUH Abu Dhabi, DXB Dubai, SHJ Sharjah, AJM Ajman, UAQ Umm Al Quwain, RAK Ras Al Khaimah, FUJ Fujairah.
استخدم AUH أبوظبي، DXB دبي، SHJ الشارقة، AJM عجمان، UAQ أم القيوين، RAK رأس الخيمة، FUJ الفجيرة.

ibr-178-ae
للبائع رقمان ضريبيان، ويجب أن يكون أحدهما فقط لضريبة القيمة المضافة.
Keep one TRN (scheme VAT) and, if needed, one TIN.
أبقِ رقم تسجيل ضريبي واحدًا (VAT) ورقمًا تعريفيًا واحدًا عند الحاجة.

ibr-133-ae
المخطط الضريبي ليس VAT.
Use VAT as the tax scheme everywhere; only the seller's TIN has another.
استخدم VAT في كل موضع؛ ولا يُستثنى إلا الرقم التعريفي الضريبي للبائع.

ibr-196-ae
شروط التسليم دون رمز Incoterms.
Enter the Incoterm, such as CIF or DAP, or leave the delivery terms out.
أدخل شرط التسليم مثل CIF أو DAP، أو احذف شروط التسليم.

ibr-123-ae
لبند في مستند خارج نطاق الضريبة أكثر من فئة ضريبية.
Give each line exactly one VAT category.
اذكر لكل بند فئة ضريبية واحدة فقط.

ibr-114-ae ibr-115-ae
خصم أو رسم على مستوى المستند بالفئة N.
Put the allowance or charge on the line it is for; category N has none on the document.
ضع الخصم أو الرسم في البند الذي يخصه؛ فلا خصم ولا رسم للفئة N على مستوى المستند.

ibr-131-ae ibr-146-ae
مبلغ الخصم أو الرسم لا يساوي نسبته من الأساس.
Amount = base × percentage ÷ 100, rounded to two decimals; correct the one that is wrong.
المبلغ = الأساس × النسبة ÷ 100 مقرّبًا إلى منزلتين؛ صحّح القيمة الخاطئة.

aligned-ibrp-057 aligned-ibrp-058
خصم أو رسم بأساس دون نسبة، أو بنسبة دون أساس.
State base and percentage together, or only the amount.
اذكر الأساس والنسبة معًا، أو المبلغ وحده.

ibr-102-ae
وعاء هامش الربح لا يساوي مجموع بنوده.
Taxable amount of N = sum of the net amounts of the lines of category N.
الوعاء للفئة N = مجموع صافي بنود الفئة N.

ibr-105-ae
الفئة N ليست في تفصيل الضريبة مرة واحدة.
Give the VAT breakdown exactly one entry for N, with its rate and VAT 0.
اجعل في تفصيل الضريبة سطرًا واحدًا للفئة N بنسبتها وبضريبة صفر.

ibr-108-ae
ضريبة الفئة N ليست صفرًا.
Set the VAT of the entry to 0; the margin scheme shows none.
اجعل الضريبة صفرًا؛ فنظام هامش الربح لا يُظهرها.

ibr-119-ae aligned-ibrp-048
سطر في تفصيل الضريبة بنسبة لا توافق فئته.
State the rate for S, Z, AE and N; leave it out for E and O.
اذكر النسبة للفئات S وZ وAE وN، واحذفها للفئتين E وO.

ibr-120-ae
نسبة الفئة Z في التفصيل ليست صفرًا.
Set the rate to 0; if VAT is charged, the category is S.
اجعل النسبة صفرًا؛ وإذا احتُسبت ضريبة فالفئة S.

ibr-121-ae aligned-ibrp-o-11-ae
فئة بلا نسبة (E أو O) تحمل نسبة في التفصيل.
Remove the rate from the entry; exempt and out of scope have none.
احذف النسبة من السطر؛ فالمعفى وخارج النطاق بلا نسبة.

aligned-ibrp-s-10
فئة خاضعة للنسبة الأساسية تحمل سبب إعفاء.
Remove the exemption; or, if the supply is exempt, change its category to E.
احذف سبب الإعفاء، أو غيّر الفئة إلى E إن كان التوريد معفى.

ibr-co-10
مجموع صافي البنود لا يساوي ما تجمعه البنود.
Sum of line net amounts = all line net amounts added up; a line is missing, doubled or mistyped.
مجموع صافي البنود = جمع صافي كل البنود؛ ابحث عن بند ناقص أو مكرر أو خاطئ.

ibr-co-11
مجموع الخصومات لا يساوي خصومات المستند.
Sum of allowances = all document allowances added up; those of lines don't count.
مجموع الخصومات = جمع خصومات المستند دون خصومات البنود.

ibr-co-12
مجموع الرسوم لا يساوي رسوم المستند.
Sum of charges = all document charges added up; those of lines don't count.
مجموع الرسوم = جمع رسوم المستند دون رسوم البنود.

ibr-co-13
الإجمالي دون الضريبة غير مطابق.
Total without VAT = sum of the lines − allowances + charges.
الإجمالي دون الضريبة = مجموع البنود − الخصومات + الرسوم.

ibr-co-14
إجمالي الضريبة لا يساوي ضرائب التفصيل.
VAT total = the VAT of all entries of the breakdown added up.
إجمالي الضريبة = جمع ضرائب سطور التفصيل.

ibr-091 ibr-121 ibr-122 ibr-123 ibr-124 ibr-125
إجمالي بأكثر من منزلتين عشريتين.
Round the total to two decimals; a line may have more.
قرّب الإجمالي إلى منزلتين؛ ويجوز للبند أكثر من ذلك.

ibr-092
إشعارات الشحن مذكورة في البنود وفي المستند معًا.
Name despatch advices on the lines or on the document, not on both.
اذكر إشعارات الشحن في البنود أو في المستند، لا في كليهما.

ibr-093
دفعات مقدمة مذكورة دون المبلغ المدفوع في الإجماليات.
State the amount paid: the prepayments added up.
اذكر المبلغ المدفوع: مجموع الدفعات المقدمة.

ibr-088
وحدة السعر تختلف عن وحدة الكمية.
Price and quantity must be in the same unit; convert one of them.
يجب أن يكون السعر والكمية بالوحدة نفسها؛ حوّل أحدهما.

ibr-017
المستفيد من الدفع هو البائع نفسه أو دون اسم.
Leave the payee out if the seller is paid; otherwise enter its name.
احذف المستفيد إذا كان البائع هو من يُدفع له، وإلا فأدخل اسمه.

ibr-071 ibr-072
مرجع موضوع الفاتورة (130) يحمل مرفقًا أو وصفًا.
Put attachment and description into a supporting document of its own.
ضع المرفق والوصف في مستند داعم مستقل.

ibr-cl-16 AE-ADV-03
وسيلة الدفع ليست من القائمة.
Use 1, 10 cash, 20 cheque, 21, 30 bank transfer, 49 direct debit, 54 credit card, 55 debit card or 68.
استخدم 1 أو 10 نقد أو 20 شيك أو 21 أو 30 تحويل أو 49 خصم مباشر أو 54 بطاقة ائتمان أو 55 بطاقة خصم أو 68.

ibr-cl-03 ibr-cl-04
العملة ليست رمزًا من ISO 4217.
Use the three-letter code in capitals: AED, USD, EUR.
استخدم الرمز من ثلاثة أحرف كبيرة مثل AED وUSD وEUR.

ibr-cl-14 ibr-cl-15
البلد ليس رمزًا من ISO 3166.
Use the two-letter code in capitals: AE, SA, GB.
استخدم الرمز من حرفين كبيرين مثل AE وSA وGB.

ibr-cl-23
وحدة القياس ليست من القائمة.
Use the UN/ECE code of the unit: H87 piece, KGM kilogram, HUR hour, MTR metre.
استخدم رمز الوحدة: H87 قطعة، KGM كيلوغرام، HUR ساعة، MTR متر.

AE-ADV-06
المعرّف الفريد ليس بصيغة UUID.
Write 32 hexadecimal digits as 8-4-4-4-12; let your software make it.
اكتب 32 خانة ست عشرية بالترتيب 8-4-4-4-12، ودع البرنامج يولّدها.

AE-ADV-08
توريد اعتباري لا يُرسل إلى العنوان المخصص.
Set the buyer's electronic address to 9900000097; the document goes to the tax authority only.
اجعل العنوان الإلكتروني للمشتري 9900000097؛ فالمستند يصل إلى الهيئة الضريبية فقط.

AE-ADV-09
عنوان مخصص دون العلامة التي تقابله.
9900000097 needs the deemed supply flag, 9900000099 the export flag; otherwise enter the buyer's TIN.
العنوان 9900000097 للتوريد الاعتباري و9900000099 للتصدير؛ وإلا فأدخل رقم المشتري التعريفي.

AE-ADV-10
إجمالي سالب.
Issue a credit note (381, or 81) for what is taken back; amounts on it are positive.
أصدر إشعارًا دائنًا (381 أو 81) لما يُرد، ومبالغه موجبة.

AE-ADV-18
أكثر من إجمالي ضريبة بالعملة نفسها.
Keep one VAT total in the document currency and, in a foreign currency, one in AED.
أبقِ إجمالي ضريبة واحدًا بعملة المستند، وآخر بالدرهم إن كانت العملة أجنبية.

AE-ADV-21 AE-ADV-22
العنوان الإلكتروني لا يوافق رقم التسجيل الضريبي.
The address is usually the TRN's first ten digits. In a VAT group it is the member's own TIN: then all is well.
العنوان عادةً أول عشرة أرقام من رقم التسجيل؛ وفي المجموعة الضريبية هو رقم العضو نفسه، فلا خطأ عندئذ.
"""

_CATEGORIES = {
    "s": ("standard rated (S)", "الخاضع للنسبة الأساسية (S)"),
    "z": ("zero rated (Z)", "الخاضع لنسبة الصفر (Z)"),
    "e": ("exempt (E)", "المعفى (E)"),
    "o": ("out of scope (O)", "خارج النطاق (O)"),
    "ae": ("under reverse charge (AE)", "الخاضع للاحتساب العكسي (AE)"),
}
_PATTERNS = {
    "01": (
        "{ar} مستخدم ولا يقابله سطره في تفصيل الضريبة، أو العكس.",
        "Give the breakdown an entry for what is {en}, and none if no line, allowance or charge is.",
        "اجعل في التفصيل سطرًا لما هو {ar}، ولا سطر إن لم يُستخدم.",
    ),
    "05": (
        "نسبة ضريبة البند لا توافق فئته: {ar}.",
        "The line is {en}: {rate}. Or choose another category.",
        "البند هو {ar}: {rate_ar}، أو اختر فئة أخرى.",
    ),
    "06": (
        "نسبة ضريبة الخصم لا توافق فئته: {ar}.",
        "The allowance is {en}: {entry}. Or choose another category.",
        "الخصم هو {ar}: {entry_ar}، أو اختر فئة أخرى.",
    ),
    "07": (
        "نسبة ضريبة الرسم لا توافق فئته: {ar}.",
        "The charge is {en}: {entry}. Or choose another category.",
        "الرسم هو {ar}: {entry_ar}، أو اختر فئة أخرى.",
    ),
    "08": (
        "وعاء {ar} لا يساوي مجموع بنوده.",
        "Taxable amount of what is {en} = its line net amounts + its charges − its allowances.",
        "وعاء {ar} = صافي بنوده + رسومه − خصوماته.",
    ),
    "09": (
        "ضريبة {ar} في التفصيل غير مطابقة.",
        "VAT of what is {en}: {vat}.",
        "ضريبة {ar}: {vat_ar}.",
    ),
}
_FIVE, _ZERO = ("state the rate 5", "اذكر النسبة 5"), ("state the rate 0", "اذكر النسبة 0")
_NONE = ("leave the rate out", "احذف النسبة")
_RATES = {"s": _FIVE, "z": _ZERO, "e": _NONE, "o": _NONE, "ae": _FIVE}
_ENTRY_RATES = {"s": _FIVE, "z": _ZERO, "e": _ZERO, "o": _NONE, "ae": _ZERO}
_NO_VAT = ("it is 0; the seller charges none", "صفر؛ فالبائع لا يحتسبها")
_CHARGED = ("taxable amount × 5 ÷ 100, rounded to two decimals", "الوعاء × 5 ÷ 100 مقرّبًا إلى منزلتين")


def _by_category() -> dict[str, tuple[str, str, str]]:
    """aligned-ibrp-<category>-<nn>: the same six rules for five categories."""
    found: dict[str, tuple[str, str, str]] = {}
    for category, (english, arabic) in _CATEGORIES.items():
        vat = _CHARGED if category == "s" else _NO_VAT
        words = {"en": english, "ar": arabic, "vat": vat[0], "vat_ar": vat[1]}
        words |= {"rate": _RATES[category][0], "rate_ar": _RATES[category][1]}
        words |= {"entry": _ENTRY_RATES[category][0], "entry_ar": _ENTRY_RATES[category][1]}
        for number, texts in _PATTERNS.items():
            title, mend_en, mend_ar = (text.format(**words) for text in texts)
            for suffix in ("", "-ae"):
                found[f"aligned-ibrp-{category}-{number}{suffix}"] = (title, mend_en, mend_ar)
    return found


def _parse() -> dict[str, tuple[str, str, str]]:
    found: dict[str, tuple[str, str, str]] = {}
    for block in _TABLE.strip().split("\n\n"):
        ids, title, mend_en, mend_ar = block.splitlines()
        found |= dict.fromkeys(ids.split(), (title, mend_en, mend_ar))
    return found


TEXTS: dict[str, tuple[str, str, str]] = {**_by_category(), **_parse()}
"""Rule id -> title in Arabic, how to mend in English, in Arabic."""
