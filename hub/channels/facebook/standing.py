"""What Meta says of the page itself: policy, restrictions, who answers a thread. It is shown in no conversation."""

from dataclasses import replace

from hub.channels.facebook.content import text_of
from hub.channels.quoting import quoted
from hub.types import InboundEvent, JsonObject, Level, NothingToDo, SenderReported

# policy_enforcement.action -> what it means for the page (providers.md B2, F)
_POLICY: dict[str, SenderReported] = {
    "warning": SenderReported(
        Level.RESTRICTED,
        "Meta warns the page that it breaks a messaging policy; open the page's support inbox at Facebook and mend it",
        "policy_enforcement/warning",
    ),
    "block": SenderReported(
        Level.BANNED,
        "Meta blocks the page from sending messages; appeal in the page's support inbox at Facebook",
        "policy_enforcement/block",
    ),
    "unblock": SenderReported(
        Level.NONE, "Meta lets the page send messages again", "policy_enforcement/unblock"
    ),
}  # fmt: skip
_UNKNOWN_POLICY = SenderReported(
    Level.RESTRICTED,
    "Meta reports something about the page that this hub does not know; open the page's support inbox at Facebook",
    "policy_enforcement",
)
# the payload of this field is not confirmed (providers.md B5), so it never holds a page back by itself
_INTEGRITY = SenderReported(
    Level.RESTRICTED,
    "Meta reports a change of the page's standing; open the page's quality view at Facebook and follow what it says",
    "business_integrity",
)
# the handover protocol: nothing a person wrote, so nothing to answer; what they write meanwhile comes as standby
_SILENT = {
    "pass_thread_control": "another app passed the thread on",
    "take_thread_control": "another app took the thread",
    "request_thread_control": "another app asked for the thread",
    "app_roles": "the app's role in the thread changed",
    "account_linking": "the person linked or unlinked an account",
}


def read(raw: JsonObject) -> InboundEvent | None:
    """Return what an item says of the page or the app; None for an item of a conversation."""
    policy = raw.get("policy_enforcement")
    if isinstance(policy, dict):
        found = _POLICY.get(text_of(policy, "action"), _UNKNOWN_POLICY)
        return replace(found, text=quoted(policy.get("reason")))
    if "field" in raw:
        field = text_of(raw, "field")
        return (
            _INTEGRITY if field == "business_integrity" else NothingToDo(f"a change of the page itself: {field[:80]}")
        )
    silent = next((why for name, why in _SILENT.items() if name in raw), None)
    return NothingToDo(silent) if silent else None
