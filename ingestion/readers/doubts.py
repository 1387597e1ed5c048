"""Why a person should look at a file that could be read: codes for `Page.doubts` and for a PDF as a whole."""

from __future__ import annotations

from enum import StrEnum


class Doubt(StrEnum):
    """One reason. The value is stable, for programs."""

    NO_TEXT = "no_text"
    """The page shows something, and has no text layer: it must be recognised."""
    BLANK = "blank"
    """Nothing is printed on the page."""
    UNMAPPED = "unmapped_text"
    """Signs of the text layer have no letter behind them: recognise the page."""
    OCR_LAYER = "ocr_layer"
    """A picture with somebody else's recognised text laid invisibly over it: recognise the page."""
    HIDDEN = "hidden_text"
    """Text that nobody sees: invisible, in the colour of the paper, covered, off the page or too small. Left out."""
    PARTLY = "partly_hidden"
    """A digit of a number that was read isn't seen: covered, or missing in its font. People see another number."""
    REPLACED = "replaced_text"
    """The file gives other words for a drawn sign than the page shows. Left out."""
    OVERLAID = "overlaid_text"
    """Different words are printed over each other: what a person sees there is uncertain."""
    ARABIC = "arabic_order"
    """Arabic letters and numbers stand in one word, so their order had to be worked out."""
    SIDEWAYS = "sideways_text"
    """Most of the text doesn't run from left to right or right to left on the page as shown."""
    TRUNCATED = "truncated"
    """The end of the file is missing; pages may be lost."""
    JAVASCRIPT = "javascript"
    """The PDF carries scripts. They are never run."""
    ACTION = "action"
    """The PDF would start a program, send a form or open another file. Nothing of it is done."""
    SEVERAL_INVOICES = "several_invoices"
    """More than one invoice is embedded, and they differ."""
    UNREADABLE_XML = "unreadable_xml"
    """Embedded XML is broken or refused, and may have been the invoice."""
