"""One busy morning, for the screenshots."""

from hub.conversations.commands import close, set_topic
from hub.outbound.submit import Reply, submit
from hub.routing.assignment import Assignment, assign
from hub.types import FullText, MessageStatus, Presence, Role, Unsupported
from tests.browser.stage import Operator, Stage, ago

_MAIL = (
    "Hello,\nthe jacket fits, but the zip jams since the second day. Can you repair it, or shall I send it back?\n"
    "Photos are attached.\n\nKind regards\nMartin Albers"
)
_QUOTED = "\n\nOn Monday Nordlicht Outdoor wrote:\n> Your order 20981 has left our house.\n> Have fun outside!"
_BLOCKED = "Lena Fischer has blocked the bot. Nothing can be sent until she writes."


def furnish(stage: Stage) -> dict[str, str]:
    """Fill the stage; return the conversations by a short name."""
    services = stage.services
    anna = stage.operator("Anna Brandt", Role.SUPERVISOR, Presence.ONLINE)
    ben = stage.operator("Ben Okafor", presence=Presence.AWAY)
    stage.operator("Carla Núñez", Role.AUDITOR)
    stage.group("Sales", anna, ben)
    found = {"mail": _mail(stage), "sms": _sms(stage)}
    for name, kind, address, text, minutes in (
        ("Sofia Petrova", "telegram", "700001", "Do you ship to Estonia?", 96),
        ("Jonas Weber", "facebook", "900001", "Thanks, that helped!", 300),
        ("Priya Raman", "whatsapp", "+919800000001", "Is the two-person tent back in stock?", 17),
    ):
        found[kind] = stage.hear(stage.customer(name, kind, address), text, at=ago(services, minutes=minutes))
    _assign(stage, found["mail"], anna)
    _assign(stage, found["facebook"], ben)
    close(services, ben.actor, found["facebook"])
    found["long"] = _long(stage, anna, ben)
    return found


def _mail(stage: Stage) -> str:
    martin = stage.customer("Martin Albers", "email", "martin@albers.example")
    photo = Unsupported("image", "A picture, zip.jpg (1.8 MB). Open it in the mailbox for now.")
    at = ago(stage.services, minutes=41)
    mail = stage.hear(martin, _MAIL, FullText(_MAIL + _QUOTED), photo, at=at, topic="Jacket: zip jams")
    set_topic(stage.services, stage.org.actor, mail, "Jacket: zip jams")
    return mail


def _sms(stage: Stage) -> str:
    return stage.hear(stage.customer("+49 151 0000 1111", "sms", "+4915100001111"), "STOP the newsletter please")


def _long(stage: Stage, anna: Operator, ben: Operator) -> str:
    services = stage.services
    lena = stage.customer("Lena Fischer", "telegram", "700002")
    talk = stage.hear(lena, "Hi! My order 21034 says delivered, but nothing came.", at=ago(services, minutes=26))
    stage.hear(lena, "The tracking page: https://track.example/21034", at=ago(services, minutes=25))
    _assign(stage, talk, anna)
    _answer(stage, anna, talk, "Good morning Lena, sorry about that. I am asking the carrier now.", MessageStatus.READ)
    submit(services, ben.actor, talk, Reply("Carrier says: left with the neighbour at no. 14.", note=True))
    _answer(stage, anna, talk, "It was left with your neighbour at number 14.", MessageStatus.DELIVERED)
    stage.hear(lena, "Oh! I will ring the bell there.")
    failed = _answer(stage, anna, talk, "Here is the proof of delivery.", MessageStatus.SENDING)
    stage.outcome(failed, talk, MessageStatus.FAILED, _BLOCKED)
    uncertain = _answer(stage, anna, talk, "Shall I send a voucher for the trouble?", MessageStatus.SENDING)
    stage.outcome(uncertain, talk, MessageStatus.UNCERTAIN)
    stage.hear(lena, "Found it. Thank you so much!")
    return talk


def _answer(stage: Stage, who: Operator, talk: str, text: str, status: MessageStatus) -> str:
    message = submit(stage.services, who.actor, talk, Reply(text))
    stage.outcome(message.id, talk, status)
    return message.id


def _assign(stage: Stage, talk: str, to: Operator) -> None:
    assign(stage.services, stage.org.actor, talk, Assignment(user_id=to.actor.user_id))
