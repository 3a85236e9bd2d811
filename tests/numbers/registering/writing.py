"""People write to a number, as its account at the supplier tells the hub."""

import httpx

from hub.ids import new_id
from hub.sandbox.signing import twilio_signature
from tests.line import sms_fields
from tests.numbers.registering.conftest import Desk


def write(desk: Desk, number: str, text: str, mark: str = "") -> None:
    """Somebody writes to a number; `mark`: what stands before both numbers, "whatsapp:" for a WhatsApp message."""
    providers = desk.supplier.providers
    (account_sid,) = (each["account_sid"] for each in providers.numbers.values() if each["phone_number"] == number)
    (token,) = (each.token for each in providers.accounts.values() if each.sid == account_sid)
    url = f"{desk.services.settings.base_url}/webhooks/twilio/messages"
    fields = sms_fields(number, f"SM{new_id()}", text, account_sid)
    fields |= {side: mark + fields[side] for side in ("From", "To")}
    signed = {"x-twilio-signature": twilio_signature(token, url, fields.items())}
    httpx.post(url, data=fields, headers=signed).raise_for_status()
