"""How a composed answer goes out: in single messages, each one call at the provider and each with its own fate.

One rule for all kinds: what a kind can say stands in its Capabilities.
"""

from collections.abc import Iterator, Sequence

from hub.errors import UnsupportedContent
from hub.types import (
    Button,
    Buttons,
    Capabilities,
    ContactCard,
    Location,
    Media,
    MediaKind,
    MediaRule,
    Part,
    Said,
    Template,
)

_CALLED = {
    MediaKind.IMAGE: "pictures",
    MediaKind.VIDEO: "videos",
    MediaKind.VIDEO_NOTE: "video notes",
    MediaKind.ANIMATION: "animations",
    MediaKind.AUDIO: "audio files",
    MediaKind.VOICE: "voice notes",
    MediaKind.STICKER: "stickers",
    MediaKind.CONTACT: "contact cards",
    MediaKind.FILE: "files",
}
_MIB = 1 << 20
# where a kind has no rule of its own, it goes as a plain file
_ALBUM_KINDS = frozenset({MediaKind.IMAGE, MediaKind.VIDEO})


def compose(label: str, rules: Capabilities, said: Said) -> tuple[Said, ...]:
    """Return the messages that say it, in order: text first where it cannot go with the rest.

    Raises UnsupportedContent, naming what cannot be said or is too large, and the mend.
    """
    if not said.text.strip() and not said.parts:
        raise UnsupportedContent("the message is empty; write some text or attach a file")
    templates = [part for part in said.parts if isinstance(part, Template)]
    if templates:
        return (_template(label, rules, said, templates),)
    media = [_as_sendable(label, rules, part) for part in said.parts if isinstance(part, Media)]
    rest = [part for part in said.parts if not isinstance(part, Media)]
    buttons = [part for part in rest if isinstance(part, Buttons)]
    alone = [_alone(label, rules, part) for part in rest if not isinstance(part, Buttons)]
    caption = said.text if media and not buttons and len(said.text) <= rules.caption_limit else ""
    text = () if caption else tuple(_texts(label, rules, said.text, buttons))
    return (*text, *_with_files(rules, media, caption), *alone)


def _template(label: str, rules: Capabilities, said: Said, templates: Sequence[Template]) -> Said:
    if not rules.templates:
        raise UnsupportedContent(f"{label} has no message templates; write a text")
    if len(templates) > 1 or len(said.parts) > 1:
        raise UnsupportedContent("a template goes alone; send the rest in a message of its own")
    return Said(said.text, (templates[0],))


def _texts(label: str, rules: Capabilities, text: str, buttons: Sequence[Part]) -> Iterator[Said]:
    if not text.strip():
        if buttons:
            raise UnsupportedContent("buttons need a text above them; write what the person can choose from")
        return
    offered = tuple(_offered(label, rules, part) for part in buttons if isinstance(part, Buttons))
    if offered and rules.buttons is not None and rules.buttons.numbered:
        text, offered = numbered(text, offered), ()
    if len(text) <= rules.text_limit:
        yield Said(text, offered)
        return
    if not rules.splits_text or offered:
        raise UnsupportedContent(
            f"{label} takes at most {rules.text_limit} characters a message; this text has {len(text)}: shorten it"
        )
    yield from (Said(piece) for piece in split_text(text, rules.text_limit))


def numbered(text: str, offered: Sequence[Buttons]) -> str:
    """Return the text with the choices below it, one a line, each with its number, which the person answers with."""
    options = [option for buttons in offered for option in buttons.options]
    lines = [f"{number}. {option.label}" for number, option in enumerate(options, 1)]
    return "\n".join([text.rstrip(), "", *lines])


def split_text(text: str, limit: int) -> Iterator[str]:
    """Yield pieces of at most `limit` characters, cut at a paragraph, a line, a word, in this order of preference."""
    rest = text.strip()
    while len(rest) > limit:
        cut = _cut(rest, limit)
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    if rest:
        yield rest


def _cut(text: str, limit: int) -> int:
    for mark in ("\n\n", "\n", ". ", " "):
        found = text.rfind(mark, limit // 2, limit - len(mark) + 1)
        if found > 0:
            return found + len(mark)
    return limit


def _offered(label: str, rules: Capabilities, buttons: Buttons) -> Buttons:
    rule = rules.buttons
    if rule is None:
        raise UnsupportedContent(f"{label} has no buttons; write the choices into the text")
    if len(buttons.options) > rule.most:
        raise UnsupportedContent(f"{label} shows at most {rule.most} buttons; offer fewer")
    for option in buttons.options:
        if not option.label.strip() or len(option.label) > rule.label_limit:
            raise UnsupportedContent(f"a button's label needs 1 to {rule.label_limit} characters on {label}")
    return Buttons(tuple(Button(each.label.strip(), each.payload) for each in buttons.options))


def _alone(label: str, rules: Capabilities, part: Part) -> Said:
    match part:
        case Location() if rules.location:
            return Said("", (part,))
        case ContactCard() if rules.contact:
            return Said("", (part,))
        case Location():
            raise UnsupportedContent(f"{label} cannot send a location; write the address into the text")
        case ContactCard():
            raise UnsupportedContent(f"{label} cannot send a contact card; write the number into the text")
        case _:
            raise UnsupportedContent(f"a {type(part).__name__} is something only customers send")


def _as_sendable(label: str, rules: Capabilities, media: Media) -> Media:
    """Return the file under the first kind by which it can go: its own, else as a plain file."""
    for kind in dict.fromkeys((media.kind, MediaKind.FILE)):
        rule = rules.media.get(kind)
        if rule is not None and _has_type(rule, media.content_type):
            _check_size(label, rule, media)
            return Media(
                kind, media.source, media.name, media.content_type, media.size, media.width, media.height,
                media.duration, media.alt,
            )  # fmt: skip
    if not rules.media:
        raise UnsupportedContent(f"{label} cannot send files; put a link into the text")
    what = media.content_type or "this type"
    raise UnsupportedContent(f"{label} cannot send {_CALLED[media.kind]} of {what}; convert {media.name or 'it'} first")


def _has_type(rule: MediaRule, content_type: str) -> bool:
    wanted = (content_type, content_type.partition("/")[0] + "/*")
    return not rule.types or any(each in rule.types for each in wanted)


def _check_size(label: str, rule: MediaRule, media: Media) -> None:
    if media.size is not None and media.size > rule.max_bytes:
        raise UnsupportedContent(
            f"{label} takes {_CALLED[media.kind]} of at most {rule.max_bytes / _MIB:.0f} MiB; "
            f"{media.name or 'this one'} has {media.size / _MIB:.1f} MiB"
        )


def _with_files(rules: Capabilities, media: Sequence[Media], caption: str) -> Iterator[Said]:
    """Pictures and videos go together as far as the channel lets them, every other file alone or with its like."""
    words = caption
    for group in _groups(rules, media):
        yield Said(words, tuple(group))
        words = ""


def _groups(rules: Capabilities, media: Sequence[Media]) -> Iterator[list[Media]]:
    group: list[Media] = []
    for each in media:
        full = len(group) >= rules.files_per_message
        if group and (full or not (rules.mixed_files or _together(group[-1], each))):
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _together(one: Media, other: Media) -> bool:
    return one.kind == other.kind or {one.kind, other.kind} <= _ALBUM_KINDS
