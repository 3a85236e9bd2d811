"""What a failed send by SMTP means. The stage decides: before the content left, the mail was certainly not sent.

RelayFailed   a relay failed at a stage
MailIsOff     a setting that sending needs is absent
NeedsTls      the relay offers no TLS, and the password must not travel without
"""

from dataclasses import dataclass
from enum import StrEnum

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPTimeoutError,
)

from hub.channels.quoting import quoted
from hub.errors import UnsupportedContent
from hub.types import FailureKind, Level, Reach, SendFailure


class Stage(StrEnum):
    """How far an attempt had come."""

    CONNECT = "connect"
    AUTH = "auth"
    ENVELOPE = "envelope"
    CONTENT = "content"


class MailIsOff(Exception):  # noqa: N818 - reads as the condition it is
    """Sending needs a setting that is absent."""


class NeedsTls(Exception):  # noqa: N818
    """A password would have to travel without TLS."""


class RelayFailed(Exception):  # noqa: N818
    """One attempt at one relay failed. The text names the relay's setting only; `cause` is the client's exception."""

    def __init__(self, stage: Stage, setting: str, cause: Exception) -> None:
        super().__init__(f"the mail relay of {setting} failed at the stage {stage.value}")
        self.stage = stage
        self.setting = setting
        self.cause = cause

    @property
    def another_may_try(self) -> bool:
        """Whether the backup relay may send: certainly nothing left, and the fault is not the customer's address."""
        refused = isinstance(self.cause, SMTPRecipientRefused) and self.cause.code >= 500
        return self.stage is not Stage.CONTENT and not refused


# an answer that is no SMTP has the code -1
_ANY = (-1, 999)
_SOFT = (400, 499)
_HARD = (500, 599)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One row: when all of its conditions hold, this is what the failure is. `words` and `enhanced`: any of them."""

    kind: FailureKind
    detail: str
    errors: tuple[type[Exception], ...] = (Exception,)
    stages: frozenset[Stage | None] = frozenset({*Stage, None})
    codes: tuple[int, int] = _ANY
    enhanced: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    level: Level = Level.NONE
    reach: Reach = Reach.MESSAGE
    retry_after: float | None = None


_BEFORE_CONTENT: frozenset[Stage | None] = frozenset({Stage.CONNECT, Stage.AUTH, Stage.ENVELOPE})

# The first row that fits. Texts of SES and Mailgun: facts 4.2 and 4.3; enhanced codes: RFC 3463.
_RULES = (
    _Rule(FailureKind.CONTENT, "The channel cannot say this", (UnsupportedContent,)),
    _Rule(
        FailureKind.CREDENTIALS,
        "Mail is off: set HUB_MAIL_PRIMARY_URL and HUB_MAIL_FROM",
        (MailIsOff,),
        reach=Reach.PROVIDER_ACCOUNT,
    ),
    _Rule(
        FailureKind.CREDENTIALS,
        "The relay offers no TLS, and its password must not travel without; check tls= in the relay's URL",
        (NeedsTls,),
        reach=Reach.PROVIDER_ACCOUNT,
    ),
    _Rule(
        FailureKind.RATE_LIMITED,
        "The relay's sending rate or quota is used up",
        (SMTPResponseException,),
        words=("throttling", "sending rate", "message quota", "too many messages"),
        reach=Reach.PROVIDER_ACCOUNT,
        # the relays name no time; SES asks for up to ten minutes
        retry_after=60.0,
    ),
    _Rule(
        FailureKind.SENDER,
        "The relay does not let this sender send: the From address is not verified or the account is suspended",
        (SMTPResponseException,),
        codes=_HARD,
        words=("not verified", "suspended", "sending paused", "account disabled"),
        level=Level.RESTRICTED,
        reach=Reach.PROVIDER_ACCOUNT,
    ),
    _Rule(
        FailureKind.TRY_LATER, "The relay could not check the log-in just now", (SMTPAuthenticationError,), codes=_SOFT
    ),
    _Rule(
        FailureKind.CREDENTIALS,
        "The relay refuses user or password; check the relay's URL",
        (SMTPAuthenticationError,),
        reach=Reach.PROVIDER_ACCOUNT,
    ),
    _Rule(FailureKind.TRY_LATER, "The address is not accepting mail just now", (SMTPRecipientRefused,), codes=_SOFT),
    _Rule(
        FailureKind.TRY_LATER,
        "The customer's mailbox is full",
        (SMTPRecipientRefused,),
        codes=_HARD,
        enhanced=("5.2.2",),
    ),
    _Rule(
        FailureKind.CONTENT,
        "The relay's rules forbid mail to this address",
        (SMTPRecipientRefused,),
        codes=_HARD,
        # a rule about this one address must not hold the whole sender
        enhanced=("5.7.",),
        reach=Reach.RECIPIENT,
    ),
    _Rule(
        FailureKind.RECIPIENT,
        "The address does not exist or refuses our mails",
        (SMTPRecipientRefused,),
        codes=_HARD,
        reach=Reach.RECIPIENT,
    ),
    _Rule(
        FailureKind.SENDER,
        "The relay refuses the From address; check HUB_MAIL_FROM and its verification at the relay",
        (SMTPSenderRefused,),
        codes=_HARD,
        level=Level.RESTRICTED,
        reach=Reach.SENDER,
    ),
    _Rule(FailureKind.CONTENT, "The relay refuses the mail's content", (SMTPDataError,), codes=_HARD),
    _Rule(FailureKind.TRY_LATER, "The relay refused for now", (SMTPResponseException,), codes=_SOFT),
    _Rule(FailureKind.TRY_LATER, "The relay cannot be reached", (SMTPConnectError,)),
    _Rule(
        FailureKind.TRY_LATER,
        "The connection to the relay broke before the mail left",
        (OSError, TimeoutError, SMTPTimeoutError, SMTPResponseException),
        stages=_BEFORE_CONTENT,
    ),
    _Rule(
        FailureKind.CREDENTIALS,
        "The relay offers no log-in, or no TLS, of the kind its URL asks for",
        (SMTPException,),
        stages=frozenset({Stage.CONNECT, Stage.AUTH}),
        reach=Reach.PROVIDER_ACCOUNT,
    ),
    _Rule(FailureKind.TRY_LATER, "The relay failed before the mail left", stages=_BEFORE_CONTENT),
    _Rule(FailureKind.UNCERTAIN, "The relay may have taken the mail: the connection ended before its answer"),
)


def classify(error: Exception) -> SendFailure:
    """Say what an exception of a send means. Never raises; the unknown is uncertain."""
    stage = error.stage if isinstance(error, RelayFailed) else None
    cause = error.cause if isinstance(error, RelayFailed) else error
    if isinstance(cause, SMTPRecipientsRefused) and cause.recipients:
        cause = cause.recipients[0]
    rule = next(rule for rule in _RULES if _fits(rule, cause, stage))
    said = quoted(cause.message) if isinstance(cause, SMTPResponseException) else ""
    return SendFailure(rule.kind, rule.detail, _code(cause), rule.level, rule.reach, rule.retry_after, text=said)


def _fits(rule: _Rule, cause: Exception, stage: Stage | None) -> bool:
    code, text = _answer(cause)
    return (
        isinstance(cause, rule.errors)
        and stage in rule.stages
        and rule.codes[0] <= code <= rule.codes[1]
        and (not rule.enhanced or text.startswith(rule.enhanced))
        and (not rule.words or any(word in text for word in rule.words))
    )


def _answer(cause: Exception) -> tuple[int, str]:
    if isinstance(cause, SMTPResponseException):
        return cause.code, str(cause.message)[:500].lower()
    return 0, ""


def _code(cause: Exception) -> str:
    code, text = _answer(cause)
    enhanced = text.partition(" ")[0]
    detailed = enhanced.count(".") == 2 and enhanced.replace(".", "").isdigit()
    return f"{code} {enhanced}" if code and detailed else str(code or "")
