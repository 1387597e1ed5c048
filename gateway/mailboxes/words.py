"""Why a file or a mail wasn't taken, for its sender: code -> English and Arabic."""

from __future__ import annotations

from typing import Final

from gateway.mailboxes.models import Became

BECAME: Final[dict[Became, tuple[str, str]]] = {
    Became.TAKEN: ("taken, it is being read", "استُلم، وتجري قراءته"),
    Became.DUPLICATE: ("received before, nothing new was made", "سبق استلامه، ولم يُنشأ شيء جديد"),
    Became.REFUSED: ("not taken", "لم يُقبل"),
    Became.LEFT_OUT: ("not read", "لم يُقرأ"),
}

# fmt: off
REASONS: Final[dict[str, tuple[str, str]]] = {
    "archive": ("it is an archive; send the files themselves", "الملف أرشيف مضغوط؛ أرسل الملفات نفسها"),
    "tnef": (
        "it is an Outlook packet (winmail.dat); send the mail as plain text or HTML",
        "الملف بصيغة Outlook (winmail.dat)؛ أرسل الرسالة كنص عادي أو HTML",
    ),
    "encrypted": ("it is encrypted; send it without encryption", "الملف مشفّر؛ أرسله بلا تشفير"),
    "kind": (
        "it is of a kind that isn't read; send a PDF, a JPG, PNG, GIF or TIFF, or XML",
        "هذا النوع من الملفات لا يُقرأ؛ أرسل PDF أو JPG أو PNG أو GIF أو TIFF أو XML",
    ),
    "decoration": ("taken for a logo or a signature", "عُدّ شعارًا أو توقيعًا"),
    "empty": ("it is empty; send it again", "الملف فارغ؛ أرسله مرة أخرى"),
    "too_large": ("it is too large; send it in smaller parts", "الحجم كبير جدًا؛ أرسله في أجزاء أصغر"),
    "too_many": ("there are too many in one mail; send several mails", "العدد كبير في رسالة واحدة؛ أرسل عدة رسائل"),
    "too_deep": (
        "it lies too deep in forwarded mails; send it directly",
        "الملف داخل رسائل معاد توجيهها؛ أرسله مباشرة",
    ),
    "broken_off": ("the mail breaks off within it; send it again", "الرسالة ناقصة؛ أرسلها مرة أخرى"),
    "unknown_kind": (
        "it is of a kind that isn't read; send a PDF, a JPG, PNG, GIF or TIFF, or XML",
        "هذا النوع من الملفات لا يُقرأ؛ أرسل PDF أو JPG أو PNG أو GIF أو TIFF أو XML",
    ),
    "damaged": ("it is damaged; send it again", "الملف تالف؛ أرسله مرة أخرى"),
    "truncated": ("it breaks off before its end; send it again", "الملف ناقص؛ أرسله مرة أخرى"),
    "virus": ("it holds a virus", "الملف يحتوي على فيروس"),
    "no_attachment": (
        "No bill was attached. Send each bill as an attachment: PDF, JPG, PNG, GIF, TIFF or XML.",
        "لا توجد فاتورة مرفقة. أرسل كل فاتورة كمرفق: PDF أو JPG أو PNG أو GIF أو TIFF أو XML.",
    ),
    "too_complex": (
        "The mail is built in too complicated a way. Attach the bills to a new mail.",
        "بنية الرسالة معقدة جدًا. أرفق الفواتير برسالة جديدة.",
    ),
}
# fmt: on

UNKNOWN: Final = ("it can't be read", "تعذّرت قراءته")


def of(code: str, said: str = "") -> tuple[str, str]:
    """In English and Arabic. `said`: what the reader said, in English, where it knows more."""
    english, arabic = REASONS.get(code, UNKNOWN)
    return said.strip() or english, arabic
