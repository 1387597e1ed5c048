"""Why a person should look at a page that was recognised: codes for `Page.doubts`."""

from __future__ import annotations

from enum import StrEnum


class Doubt(StrEnum):
    """One reason. The value is stable, for programs."""

    ARABIC_MISSING = "arabic_missing"
    """There is writing that the engines at hand can't read, as Arabic is: install Tesseract's `ara`."""
    ARABIC_UNREADABLE = "arabic_unreadable"
    """Arabic-Indic digits, or so much Arabic that some may be among it: no engine reads those digits reliably."""
    POOR = "poor_picture"
    """Little of the page could be read well. A sharper scan or photo helps."""
    TURNED = "turned"
    """The page lay on its side or head; places are those of the page as it came."""
    GAVE_UP = "gave_up"
    """Recognising the page took more time or memory than any bill needs. It has no words."""
