"""Who comes to a banned sender only after the ledger of its people was written: they are to be won, too.

Called in the transaction that took the messages in, which holds the old sender.
"""

from collections.abc import Sequence

from hub.conversations.arriving import Arrived, Setting
from hub.conversations.changes import Changes
from hub.db import people_of_sender, recruitings
from hub.db.people_of_sender import PersonOfSender
from hub.db.session import Tx
from hub.numbers.winning.lines import write_down
from hub.types import MessageReceived


def note_latecomers(tx: Tx, setting: Setting, arrived: Sequence[Arrived], changes: Changes) -> None:
    """Write down who wrote to a sender whose people are being won for another. Safe to repeat.

    Nothing is asked of a sender that is its channel's own and sends. Where the new sender is banned itself by now, they
    are won for the one in its place.
    """
    if setting.foreign or (setting.sender.current and setting.sender.hold is None):
        return
    people = _people(setting, arrived, changes)
    sender_id, seen = setting.sender.id, set[str]()
    while people and sender_id not in seen:
        seen.add(sender_id)
        case = recruitings.find_succession(tx, sender_id)
        if case is None:
            return
        if case.running:
            known = people_of_sender.know(tx, people, sender_id, case.new_sender_id)
            if write_down(tx, case.case_id, known, setting.now):
                changes.tell("ban", id=case.case_id)
        sender_id = case.new_sender_id


def _people(setting: Setting, arrived: Sequence[Arrived], changes: Changes) -> list[PersonOfSender]:
    """Those who wrote, each by the newest conversation of theirs that it went into."""
    about = [changes.subjects.get(each.event_id) for each in arrived if isinstance(each.event, MessageReceived)]
    said = {each.identity_id for each in about if each is not None}
    touched = [changes.records[each] for each in sorted(changes.touched)]
    theirs = [each for each in touched if each.identity_id in said and each.channel_id == setting.sender.channel_id]
    return [
        PersonOfSender(each.identity_id, each.contact_id, each.id, opted_out=False, wrote=False, talked=True)
        for each in {talk.identity_id: talk for talk in theirs}.values()
    ]
