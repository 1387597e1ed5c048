"""The codes that mean something special in the Emirates, with their meaning; PINT-AE 1.0.4.

The long international lists (currencies, countries, units ...) stand with the rules that look values up in them.
"""

from enum import StrEnum


class DocumentType(StrEnum):
    """IBT-003. UNCL1001, as restricted for billing and self-billing."""

    TAX_INVOICE = "380"
    COMMERCIAL_INVOICE = "480"
    TAX_CREDIT_NOTE = "381"
    COMMERCIAL_CREDIT_NOTE = "81"
    SELF_BILLED_INVOICE = "389"
    SELF_BILLED_CREDIT_NOTE = "261"


class Category(StrEnum):
    """IBT-151. VAT categories."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    OUT_OF_SCOPE = "O"
    REVERSE_CHARGE = "AE"
    MARGIN = "N"


EMIRATES = {
    "AUH": "Abu Dhabi",
    "DXB": "Dubai",
    "SHJ": "Sharjah",
    "UAQ": "Umm Al Quwain",
    "FUJ": "Fujairah",
    "AJM": "Ajman",
    "RAK": "Ras Al Khaimah",
}
"""IBT-039. Subdivisions of AE."""

EXEMPTION_REASONS = {
    "DL8.46.1": "Financial services",
    "DL8.46.2": "Residential buildings",
    "DL8.46.3": "Bare land",
    "DL8.46.4": "Local passenger transport",
}
"""IBT-186. Why a supply is exempt: Federal Decree-Law 8 of 2017, article 46."""

CREDIT_REASONS = {
    "DL8.61.1.A": "The supply was cancelled",
    "DL8.61.1.B": "The tax treatment changed",
    "DL8.61.1.C": "The consideration was altered",
    "DL8.61.1.D": "Goods or services were returned",
    "DL8.61.1.E": "Tax was charged in error",
    "VD": "Volume discount",
}
"""BTAE-03. Why credit is given: the same law, article 61."""

FREQUENCIES = {
    "DLY": "Daily",
    "WKY": "Weekly",
    "Q15": "Every 15 days",
    "MTH": "Monthly",
    "Q45": "Every 45 days",
    "Q60": "Every 60 days",
    "QTR": "Quarterly",
    "YRL": "Yearly",
    "HYR": "Half-yearly",
    "OTH": "Other, explained in a note",
}
"""BTAE-06. How often is billed."""

REVERSE_CHARGE_GOODS = {
    "DL8.48.8.1": "Gold and diamonds",
    "DL8.48.8.2": "Electronic devices",
    "DL8.48.3.1": "Crude or refined oil",
    "DL8.48.3.2": "Natural gas",
    "DL8.48.3.3": "Hydrocarbons",
}
"""BTAE-09. What is under domestic reverse charge: the same law, article 48."""

PAYMENT_MEANS = {
    "1": "Not defined",
    "10": "Cash",
    "20": "Cheque",
    "21": "Banker's draft",
    "30": "Credit transfer",
    "49": "Direct debit",
    "54": "Credit card",
    "55": "Debit card",
    "68": "Online payment service",
}
"""IBT-081. Means of payment in use in the Emirates, of UNCL4461."""

ITEM_TYPES = {"G": "Goods", "S": "Services", "B": "Both"}
"""BTAE-13. What an item is."""

LEGAL_ID_TYPES = {"TL": "Trade licence", "EID": "Emirates identity card", "PAS": "Passport", "CD": "Cabinet decision"}
"""BTAE-15, BTAE-16. What kind of registration a legal identifier is."""

MIME_TYPES = frozenset(
    {
        "application/pdf",
        "image/png",
        "image/jpeg",
        "text/csv",
        "application/xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    }
)
"""IBT-125-1. Files that may be attached."""
