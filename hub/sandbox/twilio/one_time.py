"""WhatsApp's one-time codes: by SMS to the number's webhook, or by a call that the number's owner answers with TwiML.

A call is answered as Twilio answers it: it asks `voice_url` for TwiML. The sandbox knows the two verbs that bring a
spoken code home, and each is Twilio's own: `<Record transcribe="true" transcribeCallback="…">` writes down what was
said and posts it (no menu before it: a code is spoken to whoever picks up), and `<Dial>` forwards it to a person.
"""

from dataclasses import dataclass
from html.parser import HTMLParser
from time import time
from urllib.parse import urlencode, urljoin

import httpx

from hub.sandbox import seeds
from hub.sandbox.signing import twilio_signature
from hub.sandbox.twilio import inbound
from hub.sandbox.webhook import Webhook, webhook_id
from hub.sandbox.world import FORM, Account, JsonObject, World
from hub.sandbox.written import Written

FROM = "+447700900500"
"""Who sends the codes. A real one comes from a number of Meta's that changes."""
_CALLS_KEPT = 200
_PATIENCE = 15.0
_SAID = "Your WhatsApp code is {spoken}. I repeat: {spoken}."
_WRITTEN = "Your WhatsApp code: {code}\nDo not share this code"
_TRANSCRIBED_AFTER = 1.0


@dataclass(frozen=True)
class _Instructions:
    """What a TwiML document asks for: addresses "" and dialled "" when it does not."""

    transcribe_to: str = ""
    dialled: str = ""


def send(world: World, number: str, method: str) -> str:
    """Send a new code to a number by sms or voice, and return it. Where nobody receives it, it is lost."""
    code = str(int(seeds.derive(f"code {world.next_id('one-time code')}"), 16))[:6]
    world.provisioned.codes[number] = {"code": code, "method": method, "at": time()}
    owned = next((each for each in world.numbers.values() if each["phone_number"] == number), None)
    if owned and method == "voice" and owned["capabilities"]["voice"]:
        world.later(_call(world, owned, code))
    elif owned and method == "sms" and owned["capabilities"]["sms"]:
        text = _WRITTEN.format(code=f"{code[:3]}-{code[3:]}")
        inbound.customer_writes(world, Written("sms", FROM, number, text))
    return code


async def _call(world: World, number: JsonObject, code: str) -> None:
    sid = "CA" + seeds.derive(f"call {world.next_id('twilio call')}")
    words = _SAID.format(spoken=". ".join(" ".join(part) for part in (code[:3], code[3:])))
    call = {"sid": sid, "from": FROM, "to": number["phone_number"], "at": time(), "words": words}
    call |= {"answered": "nobody", "forwarded_to": ""}
    world.provisioned.calls = [*world.provisioned.calls, call][-_CALLS_KEPT:]
    world.changes += 1
    account, url = world.accounts[number["account_sid"]], str(number["voice_url"])
    fields = _call_fields(account, call)
    told = await _ask(account, url, fields) if url else _Instructions()
    if told.dialled:
        call |= {"answered": "forwarded", "forwarded_to": told.dialled}
    elif told.transcribe_to:
        call["answered"] = "recorded"
        world.queue.put(_transcription(world, account, urljoin(url, told.transcribe_to), call, fields))
    world.changes += 1


def _call_fields(account: Account, call: JsonObject) -> list[tuple[str, str]]:
    return [
        ("CallSid", call["sid"]),
        ("AccountSid", account.sid),
        ("From", call["from"]),
        ("To", call["to"]),
        ("CallStatus", "ringing"),
        ("Direction", "inbound"),
        ("ApiVersion", "2010-04-01"),
    ]


async def _ask(account: Account, url: str, fields: list[tuple[str, str]]) -> _Instructions:
    bare = url.partition("#")[0]
    headers = {"X-Twilio-Signature": twilio_signature(account.token, bare, fields), "Content-Type": FORM}
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE) as client:
            answer = await client.post(bare, content=urlencode(fields), headers=headers)
    except httpx.HTTPError:
        return _Instructions()
    return _read(answer.text) if answer.is_success else _Instructions()


def _transcription(
    world: World, account: Account, url: str, call: JsonObject, fields: list[tuple[str, str]]
) -> Webhook:
    recording, sid = "RE" + seeds.derive(call["sid"]), "TR" + seeds.derive(call["sid"])
    root = f"https://api.twilio.com/2010-04-01/Accounts/{account.sid}"
    told = [
        *[(name, value) for name, value in fields if name != "CallStatus"],
        ("CallStatus", "completed"),
        ("TranscriptionSid", sid),
        ("TranscriptionStatus", "completed"),
        ("TranscriptionText", call["words"]),
        ("TranscriptionType", "fast"),
        ("TranscriptionUrl", f"{root}/Transcriptions/{sid}"),
        ("RecordingSid", recording),
        ("RecordingUrl", f"{root}/Recordings/{recording}"),
    ]
    return Webhook(
        id=webhook_id(),
        channel="sms",
        what="call",
        rule="twilio",
        lane=f"twilio:{call['sid']}",
        target=url,
        body=urlencode(told),
        content_type=FORM,
        created=time(),
        due=world.after(_TRANSCRIBED_AFTER),
        headers={"X-Twilio-Signature": twilio_signature(account.token, url.partition("#")[0], told)},
    )


def _read(document: str) -> _Instructions:
    reader = _Reader()
    reader.feed(document)
    return _Instructions(reader.transcribe_to, reader.dialled.strip())


class _Reader(HTMLParser):
    """Reads the two verbs of TwiML that matter; tags and attributes come in lower case."""

    def __init__(self) -> None:
        super().__init__()
        self.transcribe_to, self.dialled, self._dialling = "", "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "record" and given.get("transcribe") == "true":
            self.transcribe_to = given.get("transcribecallback") or ""
        self._dialling = self._dialling or tag == "dial"

    def handle_endtag(self, tag: str) -> None:
        self._dialling = self._dialling and tag != "dial"

    def handle_data(self, data: str) -> None:
        if self._dialling:
            self.dialled += data
