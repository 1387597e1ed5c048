"""Currencies as bills print them: ISO 4217 codes in use, and signs and names that stand for one."""

from __future__ import annotations

CODES = frozenset(
    [
        "AED",
        "AUD",
        "BGN",
        "BHD",
        "BRL",
        "CAD",
        "CHF",
        "CNY",
        "CZK",
        "DKK",
        "EGP",
        "EUR",
        "GBP",
        "HKD",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "IQD",
        "ISK",
        "JOD",
        "JPY",
        "KRW",
        "KWD",
        "LBP",
        "LKR",
        "LYD",
        "MAD",
        "MXN",
        "MYR",
        "NGN",
        "NOK",
        "NZD",
        "OMR",
        "PHP",
        "PKR",
        "PLN",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "SAR",
        "SEK",
        "SGD",
        "THB",
        "TND",
        "TRY",
        "TWD",
        "TZS",
        "UAH",
        "UGX",
        "USD",
        "VND",
        "YER",
        "ZAR",
        "KES",
        "BDT",
    ]
)
THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
NO_DECIMALS = frozenset({"ISK", "JPY", "KRW", "UGX", "VND"})
SHARED = ("¥", "Rs.")
"""Signs that stand for the likeliest currency that uses them, and are used by others."""
SYMBOLS = {
    "€": "EUR", "£": "GBP", "₹": "INR", "¥": "JPY", "₺": "TRY", "₪": "ILS", "₽": "RUB", "zł": "PLN", "Kč": "CZK",
    "Ft": "HUF", "US$": "USD", "A$": "AUD", "C$": "CAD", "NZ$": "NZD", "S$": "SGD", "HK$": "HKD", "R$": "BRL", "$": "$",
    "د.إ": "AED", "درهم": "AED", "ر.س": "SAR", "ريال": "SAR", "ر.ع": "OMR", "د.ك": "KWD", "د.ب": "BHD", "ر.ق": "QAR",
    "ج.م": "EGP", "Dhs": "AED", "Dhs.": "AED", "DHS": "AED", "Rs.": "INR", "EURO": "EUR", "Euro": "EUR",
}  # fmt: skip
"""A bare `$` stands for itself: which dollar is decided by the rest of the document, or doubted."""
DOLLARS = frozenset({"USD", "AUD", "CAD", "NZD", "SGD", "HKD"})
