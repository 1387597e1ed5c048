"""Why a person should look at a reading, and which doubts of those who read are such reasons."""

from __future__ import annotations

from enum import StrEnum

from ingestion.extract.doubts import Doubt as Left
from ingestion.ocr.doubts import Doubt as OcrDoubt
from ingestion.readers.doubts import Doubt


class Reason(StrEnum):
    """Why a person should look. The value is stable; pages say it in words."""

    NO_BILL = "no_bill"
    """It is neither invoice nor credit note, or a title says that it is something else."""
    AMOUNT_MISSING = "amount_missing"
    """Net, tax or total isn't printed where it could be read."""
    AMOUNTS_CONTRADICT = "amounts_contradict"
    """Net and tax don't make the total, what is to be paid doesn't follow from it, or an amount is unexplained."""
    SIGN_OPEN = "sign_open"
    """The total is printed below zero: a credit written with a minus, or an invoice corrected downwards."""
    LINES_MISSING = "lines_missing"
    """No lines that have an amount each were read."""
    LINES_CONTRADICT = "lines_contradict"
    """The lines don't make the net total, or a line's quantity and price don't make its amount."""
    CURRENCY_MISSING = "currency_missing"
    """None is printed, one that may be another, or another than that of the totals."""
    SUPPLIER_UNKNOWN = "supplier_unknown"
    """No supplier of the list has the tax id that was read."""
    OWN_BILL = "own_bill"
    """The supplier has our own tax id."""
    OTHER_BUYER = "other_buyer"
    """It is addressed to another company."""
    NUMBER_MISSING = "number_missing"
    """No document number was read."""
    NUMBER_IMPLAUSIBLE = "number_implausible"
    """What was read as the number looks like a date, an amount, a tax id or a word."""
    DATE_MISSING = "date_missing"
    """No issue date was read."""
    DATE_IMPLAUSIBLE = "date_implausible"
    """Issued in the future or too long ago, or due before it was issued or too long after."""
    DATE_AMBIGUOUS = "date_ambiguous"
    """Day and month can't be told apart."""
    ACCOUNT_WRONG = "account_wrong"
    """The account to pay to fails its check digits. Only told: accounts to pay to come from the supplier's record."""
    ARABIC_DIGITS = "arabic_digits"
    """Arabic-Indic digits decide a value, or may."""
    ARABIC_MISSING = "arabic_missing"
    """There is writing that no engine at hand reads, as Arabic is where Tesseract's `ara` isn't installed."""
    READINGS_DIFFER = "readings_differ"
    """Two extractors read a value differently, and nothing decides between them."""
    STATED_NOT_SHOWN = "stated_not_shown"
    """The XML inside states another value than the page shows."""
    SEVERAL_STATED = "several_stated"
    """Several invoices that differ are embedded in the file."""
    NOT_COMPARED = "not_compared"
    """The XML inside couldn't be read, or couldn't be held against the page."""
    HIDDEN_TEXT = "hidden_text"
    """The file holds words that nobody sees, or other words than it shows."""
    ACTIVE_CONTENT = "active_content"
    """The PDF carries scripts, or would start something."""
    INCOMPLETE = "incomplete"
    """The end of the file is missing, or a page couldn't be read."""
    POOR_PICTURE = "poor_picture"
    """Little of a page could be read well."""
    TOO_LARGE = "too_large"
    """The total is beyond what the company lets pass without a person."""
    UNSURE = "unsure"
    """Measured on labelled bills, such readings are right too seldom for the company's threshold."""
    NEVER = "never"
    """The company wants a person to look at every bill."""


OF_DOUBTS: dict[str, Reason] = {
    Doubt.NO_TEXT: Reason.INCOMPLETE,
    Doubt.UNMAPPED: Reason.INCOMPLETE,
    Doubt.OCR_LAYER: Reason.NOT_COMPARED,
    Doubt.HIDDEN: Reason.HIDDEN_TEXT,
    Doubt.PARTLY: Reason.HIDDEN_TEXT,
    Doubt.REPLACED: Reason.HIDDEN_TEXT,
    Doubt.OVERLAID: Reason.HIDDEN_TEXT,
    Doubt.TRUNCATED: Reason.INCOMPLETE,
    Doubt.JAVASCRIPT: Reason.ACTIVE_CONTENT,
    Doubt.ACTION: Reason.ACTIVE_CONTENT,
    Doubt.SEVERAL_INVOICES: Reason.SEVERAL_STATED,
    Doubt.UNREADABLE_XML: Reason.NOT_COMPARED,
    OcrDoubt.ARABIC_MISSING: Reason.ARABIC_MISSING,
    OcrDoubt.ARABIC_UNREADABLE: Reason.ARABIC_DIGITS,
    OcrDoubt.POOR: Reason.POOR_PICTURE,
    OcrDoubt.GAVE_UP: Reason.INCOMPLETE,
    "arabic_digits": Reason.ARABIC_DIGITS,
    "ambiguous_issue_date": Reason.DATE_AMBIGUOUS,
    "ambiguous_due_date": Reason.DATE_AMBIGUOUS,
    "iban_check": Reason.ACCOUNT_WRONG,
    "dollar": Reason.CURRENCY_MISSING,
    Left.OTHER_TITLE: Reason.NO_BILL,
    Left.UNEXPLAINED: Reason.AMOUNTS_CONTRADICT,
    Left.TAX_UNNAMED: Reason.AMOUNTS_CONTRADICT,
    Left.CURRENCY_ELSEWHERE: Reason.CURRENCY_MISSING,
    Left.CURRENCY_SIGN: Reason.CURRENCY_MISSING,
    Left.DECIMALS: Reason.AMOUNTS_CONTRADICT,
    "kinds_differ": Reason.READINGS_DIFFER,
    "parts_differ": Reason.READINGS_DIFFER,
}
"""Doubts of readers and extractors that a person must settle; the others are only told."""
TOLD = frozenset({Reason.ACCOUNT_WRONG})
"""Reasons that don't keep a document from going on."""
