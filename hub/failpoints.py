"""Named points between every two stops of a message, at which a test can kill the process.

Armed by a file whose path stands in `HUB_FAILPOINT_FILE`: the first process that reaches the point named in it removes
the file and dies by SIGKILL, as a power cut would have it. Without the variable `reach` costs one comparison.
"""

import os
import signal
from pathlib import Path

FAILPOINTS = (
    "webhook.before_verify",
    "webhook.after_verify",
    "webhook.after_split",
    "intake.before_insert",
    "intake.before_commit",
    "intake.after_commit",
    "intake.before_wake",
    "webhook.before_answer",
    "drain.before_claim",
    "drain.after_parse",
    "drain.after_lock",
    "drain.after_apply",
    "drain.after_route",
    "drain.before_commit",
    "drain.after_commit",
    "notice.after_publish",
    "submit.before_commit",
    "submit.after_commit",
    "delivery.before_mark",
    "delivery.after_mark",
    "delivery.before_send",
    "delivery.after_send",
    "delivery.before_record",
    "delivery.after_record",
    "notification.before_mark",
    "notification.after_mark",
    "notification.after_send",
    "notification.before_record",
    "call.after_take",
    "call.after_post",
    "ban.judged",
    "ban.happened",
    "ban.effect_before",
    "ban.effect_after",
    "ban.effect_kept",
    "ban.offer_before",
    "ban.offer_made",
    "ban.offer_after",
    "order.before_commit",
    "order.after_commit",
    "order.after_buy",
    "order.after_point",
    "order.before_record",
    "order.after_record",
    "account.after_row",
    "account.after_open",
    "return.after_commit",
    "return.after_release",
    "return.before_record",
    "look.after_claim",
    "look.before_commit",
    "look.after_commit",
    "media.before_store",
    "media.after_store",
    "media.before_record",
    "media.after_record",
    "media.before_remove",
    "media.after_remove",
    "say.before_transaction",
    "say.before_commit",
    "say.after_commit",
    "ledger.before_page",
    "ledger.before_commit",
    "ledger.after_people",
    "inviting.before_switch_commit",
    "inviting.after_plan",
    "inviting.after_put_off",
    "inviting.after_invite",
    "invitation.after_message",
    "invitation.before_commit",
    "invitation.after_commit",
    "claim.before_commit",
    "held.before_commit",
    "registration.taken",
    "registration.number_moved",
    "registration.before_submit",
    "registration.after_submit",
    "registration.before_code",
    "registration.after_code",
    "registration.taken_off",
    "lending.before_commit",
    "lending.after_commit",
    "templates.made",
    "templates.submitted",
    "replacing.begun",
    "replacing.number_chosen",
    "replacing.number_bought",
    "replacing.number_there",
    "replacing.registered",
    "replacing.before_commit",
    "replacing.after_commit",
    "replacing.set_up",
    "replacing.put_back",
    "replacing.channel_made",
)

_FILE = os.environ.get("HUB_FAILPOINT_FILE")


def reach(name: str) -> None:
    """Die here if the armed failpoint is `name` (one of FAILPOINTS)."""
    if _FILE is not None:
        _die_if_armed(Path(_FILE), name)


def _die_if_armed(file: Path, name: str) -> None:
    try:
        if file.read_text() != name:
            return
        # of two processes that reach the point at once only the one that takes the file dies
        taken = file.with_suffix(f".{os.getpid()}")
        file.rename(taken)
    except FileNotFoundError:
        return
    taken.replace(file.with_suffix(".fired"))
    os.kill(os.getpid(), signal.SIGKILL)
