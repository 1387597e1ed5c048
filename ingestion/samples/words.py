"""What samples are made of: trade names, goods, units, streets. Tables; every name is made up and stands for nobody."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Good(msgspec.Struct, frozen=True):
    """Something that is sold."""

    english: str
    arabic: str
    unit: str
    """UN/ECE Recommendation 20."""
    low: Decimal
    high: Decimal
    """Range of its price in dirham."""


class Trade(msgspec.Struct, frozen=True):
    """A kind of supplier and what it sells."""

    english: str
    arabic: str
    goods: tuple[Good, ...]


def _good(english: str, arabic: str, unit: str, low: str, high: str) -> Good:
    return Good(english, arabic, unit, Decimal(low), Decimal(high))


FIRST = (
    ("Palm Shore", "شاطئ النخيل"), ("Desert Falcon", "صقر الصحراء"), ("Blue Creek", "الخور الأزرق"),
    ("Golden Dune", "الكثيب الذهبي"), ("North Gate", "بوابة الشمال"), ("Coral Bay", "خليج المرجان"),
    ("Silver Oryx", "المها الفضي"), ("Green Oasis", "الواحة الخضراء"), ("White Sail", "الشراع الأبيض"),
    ("Amber Coast", "ساحل العنبر"), ("Old Harbour", "الميناء القديم"), ("Red Hill", "التل الأحمر"),
)  # fmt: skip
"""First words of a company's name, English and Arabic."""

TRADES = (
    Trade("Office Supplies LLC", "لتوريد المكاتب ذ.م.م", (
        _good("Copy paper A4 80 g, 500 sheets", "ورق تصوير مقاس ٤ عدد خمسمائة", "H87", "12", "19"),
        _good("Lever arch file, 75 mm, blue", "ملف حفظ أزرق", "H87", "6", "11"),
        _good("Swivel chair with armrests", "كرسي دوار مع مساند", "H87", "280", "650"),
        _good("Desk 160 x 80 cm, oak finish", "مكتب خشبي بلون البلوط", "H87", "600", "1400"),
        _good("Toner cartridge, black, high yield", "خرطوشة حبر أسود", "H87", "190", "420"),
        _good("Whiteboard markers, set of 8", "طقم أقلام سبورة", "SET", "14", "30"),
        _good("Meeting room table, 10 seats", "طاولة اجتماعات لعشرة أشخاص", "H87", "2400", "5200"),
    )),
    Trade("Building Materials LLC", "لمواد البناء ذ.م.م", (
        _good("Portland cement, bag of 50 kg", "إسمنت بورتلاندي كيس", "BG", "13", "19"),
        _good("Reinforcing steel 12 mm", "حديد تسليح", "TNE", "2300", "2900"),
        _good("Washed sand", "رمل مغسول", "MTQ", "45", "80"),
        _good("Hollow block 20 x 20 x 40", "طابوق مفرغ", "H87", "2.10", "3.80"),
        _good("PVC pipe 110 mm, class C", "أنبوب بلاستيك", "MTR", "18", "34"),
        _good("Waterproofing membrane 4 mm", "غشاء عازل للماء", "MTK", "11", "22"),
        _good("Plywood sheet 18 mm, marine", "لوح خشب رقائقي بحري", "H87", "120", "190"),
    )),
    Trade("Food Distribution LLC", "لتوزيع الأغذية ذ.م.م", (
        _good("Basmati rice, long grain", "أرز بسمتي طويل الحبة", "KGM", "4.20", "7.90"),
        _good("Sunflower oil, 5 litres", "زيت دوار الشمس", "H87", "28", "44"),
        _good("Fresh laban, carton of 12", "لبن طازج كرتون", "CT", "30", "48"),
        _good("Dates, premium grade", "تمر ممتاز", "KGM", "22", "65"),
        _good("Chicken breast, frozen", "صدور دجاج مجمدة", "KGM", "16", "27"),
        _good("Tomato paste, tin 400 g", "معجون طماطم", "H87", "3.10", "5.60"),
        _good("Mineral water 1.5 l, shrink of 6", "مياه معدنية", "PK", "7.50", "12"),
    )),
    Trade("Technical Services LLC", "للخدمات الفنية ذ.م.م", (
        _good("Maintenance of chiller, monthly visit", "صيانة المبرد زيارة شهرية", "MON", "850", "2400"),
        _good("Electrician, normal hours", "كهربائي ساعات عادية", "HUR", "55", "95"),
        _good("Replacement of fan motor", "استبدال محرك المروحة", "H87", "340", "900"),
        _good("Cleaning of air ducts", "تنظيف مجاري الهواء", "MTR", "18", "35"),
        _good("Emergency call-out, night", "استدعاء طارئ ليلي", "H87", "250", "600"),
        _good("Refrigerant R-410A", "غاز تبريد", "KGM", "60", "140"),
        _good("Annual inspection and report", "فحص سنوي وتقرير", "H87", "1200", "3800"),
    )),
    Trade("Logistics FZE", "للخدمات اللوجستية م.م.ح", (
        _good("Container transport, 40 ft", "نقل حاوية", "H87", "900", "2100"),
        _good("Customs clearance", "تخليص جمركي", "H87", "300", "750"),
        _good("Pallet storage", "تخزين منصات", "DAY", "1.80", "4.50"),
        _good("Forklift with operator", "رافعة شوكية مع مشغل", "HUR", "90", "170"),
        _good("Last mile delivery", "توصيل إلى الباب", "H87", "14", "32"),
        _good("Packing material, set", "مواد تغليف", "SET", "25", "70"),
    )),
)  # fmt: skip

ABROAD = (
    ("Nordhafen Maschinen GmbH", "DE", "Hamburg", "EUR", "19", "4.30"),
    ("Atelier du Vieux Pont SARL", "FR", "Lyon", "EUR", "20", "4.30"),
    ("Harrow & Pike Ltd", "GB", "Leeds", "GBP", "20", "4.95"),
    ("Lakefront Instruments Inc.", "US", "Chicago", "USD", "0", "3.6725"),
)
"""Suppliers of other countries: name, country, city, currency, rate of tax, dirham for one unit of the currency."""

CITIES = (
    ("Dubai", "دبي", "DXB"), ("Abu Dhabi", "أبوظبي", "AUH"), ("Sharjah", "الشارقة", "SHJ"), ("Ajman", "عجمان", "AJM"),
    ("Ras Al Khaimah", "رأس الخيمة", "RAK"),
)  # fmt: skip
STREETS = (
    ("Harbour Road", "طريق الميناء"), ("Market Street", "شارع السوق"), ("Airport Road", "طريق المطار"),
    ("Industrial Area 4", "المنطقة الصناعية"), ("Corniche Street", "شارع الكورنيش"),
)  # fmt: skip
UNITS = {
    "H87": ("pcs", "قطعة"), "SET": ("set", "طقم"), "BG": ("bag", "كيس"), "TNE": ("t", "طن"), "MTQ": ("m3", "متر مكعب"),
    "MTR": ("m", "متر"), "MTK": ("m2", "متر مربع"), "KGM": ("kg", "كغم"), "CT": ("ctn", "كرتون"),
    "PK": ("pack", "حزمة"), "MON": ("month", "شهر"), "HUR": ("h", "ساعة"), "DAY": ("day", "يوم"),
}  # fmt: skip
"""How a unit is printed, English and Arabic."""
