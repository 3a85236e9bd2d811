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
    "media.before_store",
    "media.after_store",
    "media.before_record",
    "media.after_record",
    "media.before_remove",
    "media.after_remove",
    "say.before_transaction",
    "say.before_commit",
    "say.after_commit",
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
