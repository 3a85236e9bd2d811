"""What a Messenger message holds: its text and attachments as parts. Source of the shapes: providers.md B2."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hub.file_names import plain_name
from hub.types import (
    ButtonPress,
    JsonObject,
    Location,
    Media,
    MediaKind,
    Part,
    Referral,
    Text,
    Unsupported,
)

# attachment type -> what the file is shown as; Messenger says `audio` of voice notes too
_FILES: dict[str, MediaKind] = {
    "image": MediaKind.IMAGE,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
    "file": MediaKind.FILE,
    "sticker": MediaKind.STICKER,
    "reel": MediaKind.VIDEO,
    "ig_reel": MediaKind.VIDEO,
}
# what the operator reads where there is no file and nothing else to show
_NAMED = {
    "image": "Sent a picture",
    "video": "Sent a video",
    "audio": "Sent a voice message",
    "file": "Sent a file",
    "sticker": "Sent a sticker",
    "reel": "Shared a reel",
    "ig_reel": "Shared a reel",
    "fallback": "Shared a link",
    "template": "Shared a card",
    "location": "Shared a location",
    "post": "Shared a post",
    "share": "Shared a post",
    "story_mention": "Mentioned the page in a story",
}
_UNKNOWN = "Sent something this hub does not know yet"
# the thumb of the composer, in its three sizes (general knowledge, not confirmed)
_STICKERS = dict.fromkeys(("369239263222822", "369239343222814", "369239383222810"), "👍")
# a reel may be named by its page instead of its file
_WEB_PAGES = ("facebook.com", "instagram.com", "fb.watch")
_REDIRECTOR = "l.facebook.com"
_LONGEST_LINK = 8192


def parts_of(message: JsonObject) -> tuple[Part, ...]:
    """Return a message's parts: text or button, attachments, then the way the person came by. Never empty."""
    if message.get("is_unsupported"):
        return (Unsupported("is_unsupported", "Sent something that Messenger does not hand over"),)
    words = _words(message)
    shown = [part for found in _attachments(message) if (part := _attachment(found, words)) is not None]
    parts = (*_said(message, words), *shown, *referral_of(message.get("referral")))
    return parts or (Unsupported("message", _UNKNOWN),)


def _words(message: JsonObject) -> str:
    words = message.get("text")
    return words if isinstance(words, str) else ""


def _said(message: JsonObject, words: str) -> tuple[Part, ...]:
    """A quick reply is a press of what we offered; its label comes as the text."""
    reply = message.get("quick_reply")
    if isinstance(reply, dict):
        return (ButtonPress(words, text_of(reply, "payload")),)
    return (Text(words),) if words else ()


def referral_of(referral: Any) -> tuple[Part, ...]:
    """Return the way a person came by (an m.me link, an advertisement); () when nothing is said of it."""
    if not isinstance(referral, dict):
        return ()
    shown = referral.get("ads_context_data")
    title = text_of(shown, "ad_title") if isinstance(shown, dict) else ""
    source = text_of(referral, "source") or text_of(referral, "type") or "link"
    return (Referral(source.lower(), text_of(referral, "ref"), title, link_of(referral.get("referer_uri"))),)


def button_of(postback: JsonObject) -> tuple[Part, ...]:
    """Return the press of a button, and how the person came by where it opened the conversation."""
    title, payload = text_of(postback, "title"), text_of(postback, "payload")
    return (ButtonPress(title or payload, payload), *referral_of(postback.get("referral")))


# --- attachments ----------------------------------------------------------------------------------------


def _attachments(message: JsonObject) -> list[JsonObject]:
    """Until 2026-08-30 a sticker came as an image and as a sticker; afterwards only as a sticker (Meta changelog)."""
    value = message.get("attachments")
    found = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    if not any(one.get("type") == "sticker" for one in found):
        return [{**one, "type": "sticker"} if _is_sticker(one) else one for one in found]
    return [one for one in found if not _is_sticker(one)]


def _is_sticker(found: JsonObject) -> bool:
    """The old form, an image with a sticker's id."""
    return found.get("type") == "image" and bool(_payload(found).get("sticker_id"))


def _attachment(found: JsonObject, words: str) -> Part | None:
    """Return the part that shows an attachment; None for a link that the text says already."""
    what = found.get("type") if isinstance(found.get("type"), str) else ""
    read = _READERS.get(str(what))
    return read(found, words) if read else _unsupported(str(what) or "attachment", found)


def _file(found: JsonObject, _words: str) -> Part:
    what, payload = str(found["type"]), _payload(found)
    source, title = link_of(payload.get("url")), text_of(payload, "title")
    if not source:
        return _unsupported(what, found)
    if what in {"reel", "ig_reel"} and _is_web_page(source):
        return _link(title, source)
    kind = _FILES[what]
    name = plain_name(urlsplit(source).path) if kind is MediaKind.FILE else ""
    return Media(kind, source, name=name, alt=_sticker(payload) or title)


def _sticker(payload: JsonObject) -> str:
    return _STICKERS.get(str(payload.get("sticker_id")), "")


def _is_web_page(source: str) -> bool:
    host = f".{_host(source)}"
    return any(host.endswith(f".{page}") for page in _WEB_PAGES)


def _location(found: JsonObject, _words: str) -> Part:
    at = _payload(found).get("coordinates")
    latitude, longitude = (_degrees(at.get(name)) for name in ("lat", "long")) if isinstance(at, dict) else (None, None)
    if latitude is None or longitude is None:
        return _unsupported("location", found)
    return Location(latitude, longitude, text_of(found, "title"))


def _degrees(value: Any) -> float | None:
    plain = isinstance(value, int | float) and not isinstance(value, bool) and -180 <= value <= 180
    return float(value) if plain else None


def _fallback(found: JsonObject, words: str) -> Part | None:
    """A link's preview; Meta wraps the address in a redirect of its own."""
    payload = _payload(found)
    title = text_of(payload, "title") or text_of(found, "title")
    url = _unwrapped(link_of(payload.get("url")) or link_of(found.get("url")))
    if not (title or url):
        return _unsupported("fallback", found)
    if url and url in words:
        return Text(title) if title and title not in words else None
    return _link(title, url)


def _unwrapped(url: str) -> str:
    if _host(url) != _REDIRECTOR:
        return url
    inner = parse_qs(urlsplit(url).query).get("u", [""])[0]
    return link_of(inner) or url


def _link(title: str, url: str) -> Text:
    return Text("\n".join(filter(None, (title, url))))


def _template(found: JsonObject, _words: str) -> Part:
    """A card that was shared: of a shop's product, or a generic one."""
    lines = [line for element in _elements(found) for line in _lines(element)]
    if not lines:
        lines = [text for name in ("title", "subtitle") if (text := text_of(found, name))]
    return Text("\n".join(lines)) if lines else _unsupported("template", found)


def _elements(found: JsonObject) -> Iterator[JsonObject]:
    payload = _payload(found)
    for holder in (payload, payload.get("product"), payload.get("generic")):
        elements = holder.get("elements") if isinstance(holder, dict) else None
        yield from (one for one in elements or () if isinstance(one, dict)) if isinstance(elements, list) else ()


def _lines(element: JsonObject) -> Iterator[str]:
    named = " - ".join(text for name in ("title", "subtitle") if (text := text_of(element, name)))
    if named:
        yield named
    url = link_of(element.get("item_url"))
    if url:
        yield url


def _unsupported(what: str, found: JsonObject) -> Unsupported:
    summary = _NAMED.get(what, _UNKNOWN)
    title = text_of(found, "title") or text_of(_payload(found), "title")
    return Unsupported(what, f"{summary}: {title}" if title else summary)


def _payload(found: JsonObject) -> JsonObject:
    payload = found.get("payload")
    return payload if isinstance(payload, dict) else {}


def text_of(value: JsonObject, name: str) -> str:
    """Return a text of an object; "" where there is none."""
    found = value.get(name)
    return found.strip() if isinstance(found, str) else ""


def link_of(value: Any) -> str:
    """Return an http address; "" for what is none."""
    if not isinstance(value, str) or len(value) > _LONGEST_LINK or not value.isprintable() or " " in value:
        return ""
    return value if value.startswith(("https://", "http://")) and _host(value) else ""


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


_READERS: dict[str, Callable[[JsonObject, str], Part | None]] = {
    **dict.fromkeys(_FILES, _file),
    "location": _location,
    "fallback": _fallback,
    "template": _template,
}
