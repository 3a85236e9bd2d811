"""Fetching a file. Its address holds the bot's token: it is made here, used here, and told nobody."""

from telegram import Bot, File
from telegram.error import BadRequest, InvalidToken, TelegramError

from hub.channels.fetching import Fetched, FetchError, FetchFailed, FetchRefused, Gone, TooLarge, fetch
from hub.channels.http import HttpFactory
from hub.channels.telegram.client import retrying

_SECONDS = 60.0
_UNTYPED = "application/octet-stream"
"""What Telegram calls most files: it says nothing."""

# words of a refusal of getFile (lower case) -> what it means (providers.md A5)
_REFUSALS: tuple[tuple[str, type[FetchError], str], ...] = (
    ("file is too big", TooLarge, "the file is larger than Telegram gives out to bots"),
    ("temporarily unavailable", FetchFailed, "Telegram cannot give out the file now"),
    ("wrong file", Gone, "Telegram does not know the file any more"),
    ("invalid file_id", Gone, "Telegram does not know the file any more"),
    ("", FetchRefused, "Telegram does not give out the file"),
)


async def download(bot: Bot, http: HttpFactory, file_id: str, limit: int) -> Fetched:
    """Fetch a file of at most `limit` bytes. Raises the errors of `hub.channels.fetching`."""
    found = await fetch(http, await _address(bot, file_id), limit=limit, seconds=_SECONDS)
    return Fetched(found.body, "" if found.content_type == _UNTYPED else found.content_type, found.name)


async def _address(bot: Bot, file_id: str) -> str:
    try:
        file: File = await retrying()(bot.get_file, file_id)
    except BadRequest as error:
        said = str(error).lower()
        raise next(kind(detail) for words, kind, detail in _REFUSALS if words in said) from None
    except InvalidToken:
        raise FetchRefused("Telegram refuses the bot's token") from None
    except TelegramError:
        raise FetchFailed("Telegram could not be reached for the file") from None
    if not file.file_path or not file.file_path.startswith(f"{bot.base_file_url}/"):
        # a Bot API server of one's own may name a path on its own disk
        raise FetchRefused("Telegram named no address for the file")
    return file.file_path
