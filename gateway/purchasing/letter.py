"""The letter that an order goes out in: readable text, and the order as UBL beside it."""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime

from gateway.http.download import attachment
from gateway.purchasing.models import Content
from gateway.purchasing.order_xml import Parties


def compose(
    content: Content,
    edition: int,
    parties: Parties,
    xml: bytes,
    *,
    sender: str,
    receiver: str,
    message_id: str,
    now: datetime,
) -> bytes:
    """The whole message, the same for every attempt to send it."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"] = sender, receiver
    again = f", version {edition}" if edition > 1 else ""
    message["Subject"] = f"Purchase order {content.number}{again} from {parties.buyer}"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(content, again, parties))
    name = attachment(content.number, "xml").split('"')[1]
    message.add_attachment(xml, maintype="application", subtype="xml", filename=name)
    return message.as_bytes()


def opened(letter: bytes) -> EmailMessage:
    """A kept letter, to be handed over."""
    return message_from_bytes(letter, policy=policy.SMTP)


def _text(content: Content, again: str, parties: Parties) -> str:
    rows = [
        f"{line.position:>6}  {line.description}\n"
        f"        {line.quantity} {line.unit} at {line.price} {content.currency}"
        + "".join(f", {what} {number}" for what, number in _items(line.seller_item, line.buyer_item))
        for line in content.lines
    ]
    charges = [f"Charges agreed: {content.charges} {content.currency}"] if content.charges else []
    total = sum((line.quantity * line.price for line in content.lines), content.charges)
    note = [content.note] if content.note else []
    return "\n".join(
        [
            f"To {parties.seller}",
            "",
            f"{parties.buyer} orders with number {content.number}{again}, {content.issue_date.isoformat()}:",
            "",
            *rows,
            "",
            *charges,
            f"Total without VAT: {total:.2f} {content.currency}",
            "",
            *note,
            f"Please name {content.number} and the position of each line on your invoice.",
            "The attached file is the same order for your system (UBL 2.1).",
            "",
        ]
    )


def _items(seller: str, buyer: str) -> list[tuple[str, str]]:
    return [(what, number) for what, number in (("your item", seller), ("our item", buyer)) if number]
