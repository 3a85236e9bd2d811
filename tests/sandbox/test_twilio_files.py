"""The sandbox as Twilio, asked by the hub's own adapter: files, places, choices, templates, look-ups."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast

import pytest

from hub.channels.base import Adapter
from hub.channels.egress import Egress
from hub.channels.http import HttpFactory
from hub.channels.sms.adapter import SmsAdapter
from hub.channels.twilio.client import Refused
from hub.channels.whatsapp.adapter import WhatsAppAdapter
from hub.sandbox import seeds
from hub.sandbox.twilio.inbound import business_scoped_id
from hub.types import (
    ButtonPress,
    FailureKind,
    Forwarded,
    Found,
    JournalEvent,
    Location,
    Media,
    MediaKind,
    MessageReceived,
    NotSent,
    OutboundFile,
    OutboundMessage,
    Person,
    ProviderAccount,
    Referral,
    Secret,
    Sender,
    Sent,
    Template,
    Text,
    Uncertain,
    WebhookRequest,
)
from tests.conformance.kit import RECEIVED_AT
from tests.sandbox.test_twilio import connect_numbers
from tests.sandbox.world import SMS, WHATSAPP, Json, Received, Receiver, Sandbox, until
from tests.twilio.account import SMS as SMS_KIT
from tests.twilio.account import WHATSAPP as WHATSAPP_KIT

WANDA = Person("+4915254599371")
ACCOUNT = ProviderAccount("P1", seeds.ACCOUNT_SID, {"auth_token": Secret(seeds.ACCOUNT_TOKEN)})


class Line:
    """The hub's adapter of a kind, with the sandbox as its provider."""

    def __init__(self, sandbox: Sandbox, kind: str, number: str) -> None:
        kit = WHATSAPP_KIT if kind == "whatsapp" else SMS_KIT
        names = ("twilio_api_url", "twilio_messaging_url", "twilio_content_url")
        settings = kit.context().settings.model_copy(update=dict.fromkeys(names, sandbox.url))
        context = replace(kit.context(), settings=settings, http=HttpFactory(Egress(settings, frozenset)))
        self.adapter: Adapter = WhatsAppAdapter(context) if kind == "whatsapp" else SmsAdapter(context)
        self.sender: Sender = replace(kit.sender, address=number, account=ACCOUNT)

    def send(self, text: str = "", **said: Any) -> Sent:
        message = OutboundMessage("D1", "V1", said.pop("to", WANDA), text, **said)
        return asyncio.run(self.adapter.send(message, self.sender))

    def received(self, call: Received) -> MessageReceived:
        """What the adapter reads out of a webhook."""
        request = WebhookRequest("POST", "/webhooks/twilio/messages", "", call.headers, call.body, RECEIVED_AT)
        (raw,) = self.adapter.split(request)
        return cast(
            MessageReceived, self.adapter.parse(JournalEvent(raw.key, {}, raw.body, RECEIVED_AT), self.sender)[0]
        )


@pytest.fixture
def whatsapp(sandbox: Sandbox, receiver: Receiver) -> Line:
    connect_numbers(sandbox, receiver)
    return Line(sandbox, "whatsapp", WHATSAPP.number)


@pytest.fixture
def sms(sandbox: Sandbox, receiver: Receiver) -> Line:
    connect_numbers(sandbox, receiver)
    return Line(sandbox, "sms", SMS.number)


def wanda(sandbox: Sandbox, receiver: Receiver, **says: Any) -> list[Received]:
    """Let Wanda write on WhatsApp; return the webhooks of it."""
    item = {"channel": "whatsapp", "person": "wanda", "to": WHATSAPP.number, **says}
    ids: list[str] = sandbox.post("/control/customer/send", item)["ids"]

    def arrived() -> list[Received]:
        by_sid = {call.form.get("MessageSid"): call for call in receiver.of("/whatsapp")}
        return [by_sid[sid] for sid in ids] if by_sid.keys() >= set(ids) else []

    calls: list[Received] = until(arrived)
    return calls


# --- from the customer --------------------------------------------------------------------------------------


def test_every_file_is_a_message_of_its_own_on_whatsapp_and_can_be_fetched(
    sandbox: Sandbox, receiver: Receiver, whatsapp: Line
) -> None:
    media = [{"kind": kind} for kind in ("image", "voice", "sticker", "file", "contact_file")]
    calls = wanda(sandbox, receiver, text="Sieh mal", media=media)
    messages = [whatsapp.received(call) for call in calls]
    assert messages[0].parts[0] == Text("Sieh mal")
    files = [part for message in messages for part in message.parts if isinstance(part, Media)]
    assert [file.kind for file in files] == [
        MediaKind.IMAGE,
        MediaKind.VOICE,
        MediaKind.STICKER,
        MediaKind.FILE,
        MediaKind.CONTACT,
    ]
    event = JournalEvent("K", {}, b"", RECEIVED_AT)
    bodies = [asyncio.run(whatsapp.adapter.download(f.source, event, whatsapp.sender, 1 << 20)).body for f in files]
    assert bodies[0].startswith(b"\xff\xd8") and bodies[1].startswith(b"OggS") and bodies[3].startswith(b"%PDF")


def test_ten_pictures_are_one_mms(sandbox: Sandbox, receiver: Receiver, sms: Line) -> None:
    item = {"channel": "sms", "person": "samir", "to": SMS.number, "media": [{"kind": "image"}] * 10}
    assert len(sandbox.post("/control/customer/send", item)["ids"]) == 1
    message = sms.received(until(lambda: receiver.of("/sms"))[0])
    assert len(message.parts) == 10


def test_a_place_a_press_a_reply_a_forward_and_an_ad_are_read_as_what_they_are(
    sandbox: Sandbox, receiver: Receiver, whatsapp: Line
) -> None:
    place = {"latitude": 52.52, "longitude": 13.405, "name": "Lager Nord", "address": "Beispielweg 1"}
    (call,) = wanda(sandbox, receiver, location=place)
    assert whatsapp.received(call).parts == (Location(52.52, 13.405, "Lager Nord", "Beispielweg 1"),)
    ours = whatsapp.send("Passt Dienstag?").external_id
    (call,) = wanda(sandbox, receiver, press={"label": "Ja", "payload": "yes-1", "message_id": ours})
    pressed = whatsapp.received(call)
    assert (pressed.parts, pressed.reply_to_external_id) == ((ButtonPress("Ja", "yes-1"),), ours)
    (call,) = wanda(sandbox, receiver, text="Genau", reply_to=ours)
    assert whatsapp.received(call).reply_to_external_id == ours
    (call,) = wanda(sandbox, receiver, text="Kette", forwarded="Somebody")
    assert whatsapp.received(call).parts == (Forwarded(), Text("Kette"))
    (call,) = wanda(sandbox, receiver, text="Hallo", ref="Herbstlampen")
    assert isinstance(whatsapp.received(call).parts[0], Referral)


def test_who_hides_their_number_is_known_by_the_id_that_came_beside_it(
    sandbox: Sandbox, receiver: Receiver, whatsapp: Line
) -> None:
    (call,) = wanda(sandbox, receiver, text="Hallo")
    author = whatsapp.received(call).author
    hidden = business_scoped_id(WANDA.address)
    assert (author.address, author.aliases) == (WANDA.address, (hidden,))
    (call,) = wanda(sandbox, receiver, person=hidden, text="Ich nochmal")
    assert whatsapp.received(call).author.address == hidden
    whatsapp.send("Hallo!", to=Person(hidden))
    assert sandbox.outbox("whatsapp", hidden)[-1]["text"] == "Hallo!"


def test_recovery_finds_the_files_of_a_message_too(sandbox: Sandbox, receiver: Receiver, whatsapp: Line) -> None:
    receiver.status = lambda _call: 500
    since = datetime.now(UTC) - timedelta(minutes=5)
    item = {"channel": "whatsapp", "person": "wanda", "to": WHATSAPP.number, "media": [{"kind": "image"}]}
    (sid,) = sandbox.post("/control/customer/send", item)["ids"]

    def found() -> Any:
        return [raw for raw in asyncio.run(whatsapp.adapter.recover(whatsapp.sender, since)) if raw.key == sid]

    (raw,) = until(found)
    (message,) = whatsapp.adapter.parse(JournalEvent(raw.key, {}, raw.body, RECEIVED_AT), whatsapp.sender)
    (file,) = cast(MessageReceived, message).parts
    assert isinstance(file, Media) and file.kind is MediaKind.IMAGE
    event = JournalEvent("K", {}, raw.body, RECEIVED_AT)
    assert asyncio.run(whatsapp.adapter.download(file.source, event, whatsapp.sender, 1 << 20)).body.startswith(
        b"\xff\xd8"
    )


# --- to the customer ----------------------------------------------------------------------------------------


@pytest.fixture
def shelf() -> Iterator[str]:
    """A place where the hub's files lie: `/a.jpg`, `/a.ogg`; everything else is not found."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            types = {"/a.jpg": "image/jpeg", "/a.ogg": "audio/ogg"}
            body = b"bytes" if self.path in types else b""
            self.send_response(200 if body else 404)
            self.send_header("content-type", types.get(self.path, "text/plain"))
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def with_file(link: str, kind: MediaKind, content_type: str) -> dict[str, Any]:
    part = Media(kind, "A1", "a", content_type, 5)
    return {"parts": (part,), "files": {"A1": OutboundFile("a", content_type, b"bytes", link)}}


def arrived(sandbox: Sandbox, sid: str) -> Json:
    """The bubble of a message, once Twilio has done with its files."""
    found: Json = until(lambda: [b for b in sandbox.outbox("whatsapp", "wanda") if b["id"] == sid])[0]
    return found


def status_of(receiver: Receiver, sid: str, word: str) -> dict[str, str]:
    def told() -> Any:
        calls = receiver.of("/webhooks/twilio/status")
        return [c.form for c in calls if (c.form["MessageSid"], c.form["MessageStatus"]) == (sid, word)]

    found: dict[str, str] = until(told)[0]
    return found


def to_receiver(line: Line, receiver: Receiver) -> Line:
    """Let receipts come to the receiver."""
    settings = line.adapter._settings  # type: ignore[attr-defined]
    line.adapter._settings = settings.model_copy(update={"public_url": receiver.url})  # type: ignore[attr-defined]
    return line


def test_twilio_fetches_our_link_and_the_phone_shows_the_file(
    sandbox: Sandbox, receiver: Receiver, whatsapp: Line, shelf: str
) -> None:
    wanda(sandbox, receiver, text="Hallo")
    sid = whatsapp.send("So sieht sie aus", **with_file(f"{shelf}/a.jpg", MediaKind.IMAGE, "image/jpeg")).external_id
    shown = arrived(sandbox, sid)
    assert (shown["text"], shown["parts"][0]["type"], shown["parts"][0]["size"]) == ("So sieht sie aus", "image", 5)
    sid = whatsapp.send(**with_file(f"{shelf}/a.ogg", MediaKind.VOICE, "audio/ogg")).external_id
    assert arrived(sandbox, sid)["parts"][0]["type"] == "voice"


def test_a_link_that_cannot_be_fetched_fails_the_message_later(
    sandbox: Sandbox, receiver: Receiver, whatsapp: Line, shelf: str
) -> None:
    wanda(sandbox, receiver, text="Hallo")
    lost = with_file(f"{shelf}/lost.jpg", MediaKind.IMAGE, "image/jpeg")
    sid = to_receiver(whatsapp, receiver).send(**lost).external_id
    assert status_of(receiver, sid, "failed")["ErrorCode"] == "63019"


def test_a_place_arrives_as_one(sandbox: Sandbox, receiver: Receiver, whatsapp: Line) -> None:
    wanda(sandbox, receiver, text="Hallo")
    sid = whatsapp.send(parts=(Location(52.52, 13.405, "Lager Nord", "Beispielweg 1"),)).external_id
    (place,) = arrived(sandbox, sid)["parts"]
    assert (place["latitude"], place["name"], place["address"]) == (52.52, "Lager Nord", "Beispielweg 1")


def test_templates_are_listed_with_their_approval_and_sent_outside_the_window(
    sandbox: Sandbox, receiver: Receiver, whatsapp: Line
) -> None:
    views = asyncio.run(whatsapp.adapter.list_templates(whatsapp.sender))
    assert {view.name: view.status for view in views} == {
        "order_update": "approved",
        "lieferung": "approved",
        "autumn_sale": "rejected",
    }
    line = to_receiver(whatsapp, receiver)
    assert status_of(receiver, line.send("Hallo?").external_id, "failed")["ErrorCode"] == "63016"
    by_name = {view.name: view for view in views}
    order, sale = by_name["order_update"], by_name["autumn_sale"]
    values = (("1", "Wanda"), ("2", "A-1017"))
    sid = line.send(parts=(Template(order.external_id, order.name, "en", values),)).external_id
    assert arrived(sandbox, sid)["text"] == "Hello Wanda, your order A-1017 is on its way."
    status_of(receiver, sid, "delivered")
    refused = line.send(parts=(Template(sale.external_id, sale.name, "en", (("1", "Friday"),)),)).external_id
    assert status_of(receiver, refused, "failed")["ErrorCode"] == "63040"


def test_a_template_nobody_has_is_refused_at_once(whatsapp: Line) -> None:
    with pytest.raises(Refused) as refused:
        whatsapp.send(parts=(Template("HX" + "0" * 32, "x", "en"),))
    assert whatsapp.adapter.classify(refused.value).kind is FailureKind.CONTENT


def test_a_submitted_template_is_approved_a_little_later(sandbox: Sandbox, whatsapp: Line) -> None:
    async def submit() -> str:
        async with whatsapp.adapter.connect(whatsapp.sender) as client:  # type: ignore[attr-defined]
            roots = client.http_client
            auth, kind = (seeds.ACCOUNT_SID, seeds.ACCOUNT_TOKEN), {"Content-Type": "application/json"}
            body = {"language": "de", "friendly_name": "neu", "types": {"twilio/text": {"body": "Hallo {{1}}!"}}}
            url = "https://content.twilio.com/v1/Content"
            sid = json.loads((await roots.request("POST", url, data=body, headers=kind, auth=auth)).text)["sid"]
            asked = {"name": "neu", "category": "UTILITY"}
            await roots.request("POST", f"{url}/{sid}/ApprovalRequests/whatsapp", data=asked, headers=kind, auth=auth)
            return str(sid)

    sid = asyncio.run(submit())

    def status() -> bool:
        views = asyncio.run(whatsapp.adapter.list_templates(whatsapp.sender))
        return next(view.status for view in views if view.external_id == sid) == "approved"

    assert until(status)


def test_nothing_reaches_who_said_stop_until_they_say_start(sandbox: Sandbox, receiver: Receiver, sms: Line) -> None:
    samir = Person("+12025550199")
    sandbox.write("sms", "samir", "STOP", to=SMS.number)
    with pytest.raises(Refused) as refused:
        sms.send("Hallo", to=samir)
    failure = sms.adapter.classify(refused.value)
    assert (failure.kind, failure.code) == (FailureKind.RECIPIENT, "21610")
    sandbox.write("sms", "samir", "START", to=SMS.number)
    assert sms.send("Hallo", to=samir).external_id


# --- look-ups -----------------------------------------------------------------------------------------------


def test_a_send_without_an_answer_is_found_or_known_not_to_have_left(
    sandbox: Sandbox, receiver: Receiver, whatsapp: Line
) -> None:
    wanda(sandbox, receiver, text="Hallo")
    tried_at = datetime.now(UTC)
    first, second = whatsapp.send("Ja").external_id, whatsapp.send("Ja").external_id

    def look_up(text: str, *known: str) -> Any:
        uncertain = Uncertain(OutboundMessage("D9", "V1", WANDA, text), tried_at, frozenset(known))
        return asyncio.run(whatsapp.adapter.look_up(uncertain, whatsapp.sender))

    one = look_up("Ja")
    assert isinstance(one, Found) and one.external_id in {first, second}
    other = look_up("Ja", one.external_id)
    assert isinstance(other, Found) and {one.external_id, other.external_id} == {first, second}
    assert look_up("Ja", first, second) == NotSent()
