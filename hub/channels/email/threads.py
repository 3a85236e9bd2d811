"""Which conversation a mail belongs to: by a signed reply address, by the mails it answers, by our root id."""

from dataclasses import dataclass
from typing import Final

from hub.channels.email.envelope import Envelope
from hub.channels.email.headers import Headers, message_ids
from hub.channels.email.render import OwnMail
from hub.channels.email.reply_address import ReplyAddresses
from hub.channels.email.ses import SES_DOMAIN, filed_id
from hub.channels.email.split import DESTINATIONS

_ROOT: Final = "conversation."


@dataclass(frozen=True, slots=True)
class Thread:
    """What a mail says of its thread.

    conversation_id  named by a reply address or by the root id that our mails carry
    answered         the mail it answers, as it is filed
    invited          it came to a signed reply address: a root id is no secret, and anybody may write one
    earlier          all mails of its thread, as they are filed, nearest first, `answered` among them
    """

    conversation_id: str | None
    answered: str | None
    earlier: tuple[str, ...]
    ours: bool
    invited: bool

    @property
    def is_answer(self) -> bool:
        """Whether it answers something of ours, as far as the mail itself can say."""
        return self.conversation_id is not None or self.ours


class Threads:
    """Reads threads for one platform."""

    def __init__(self, own: OwnMail, addresses: ReplyAddresses) -> None:
        self._own = own
        self._addresses = addresses

    def of(self, headers: Headers, envelope: Envelope) -> Thread:
        """Return what a mail says. A reply address in any header counts, then In-Reply-To, then References.

        In-Reply-To may name several; References are read from the right, where the nearest stands.
        """
        answered = message_ids(headers.all("in-reply-to"))
        references = [*reversed(message_ids(headers.all("references")))]
        named = list(dict.fromkeys([*answered, *references]))
        filed = [self._filed(each) for each in named if self._root(each) is None]
        by_root = next((found for each in named if (found := self._root(each))), None)
        by_address = self._addresses.conversation([envelope.recipient, *headers.all(*DESTINATIONS)])
        first = next((self._filed(each) for each in answered if self._root(each) is None), None)
        ours = any(map(self._is_ours, named))
        return Thread(by_address or by_root, first, tuple(dict.fromkeys(filed)), ours, by_address is not None)

    def _filed(self, message_id: str) -> str:
        delivery_id = self._own.delivery_of(message_id)
        # some servers fold the case of ids
        return self._own.message_id(delivery_id) if delivery_id else filed_id(message_id)

    def _root(self, message_id: str) -> str | None:
        if not message_id.lower().startswith(_ROOT):
            return None
        return self._own.delivery_of(message_id[len(_ROOT) :])

    def _is_ours(self, message_id: str) -> bool:
        # one that SES gave may be ours; it is better to open a conversation than to lose an answer
        return self._own.delivery_of(message_id) is not None or filed_id(message_id).endswith(f"@{SES_DOMAIN}")
