"""A hub whose providers hand out the files a test gives them; databases, storage and jobs are real."""

from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from hub.channels.fetching import Fetched, Gone
from hub.db.tables.core import ATTACHMENT, FILE_REMOVAL
from hub.filing import fetching, removing
from hub.media.scanning import Clean, NotScanned, Verdict
from hub.types import JournalEvent, Media, MediaKind, Part, Sender, Text
from hub.wiring import Services
from tests.outbound.stage import Clock, ScriptedProvider, Stage
from tests.world import Channel, World

PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x03\x00\x00\x00\x02\x08\x02\x00\x00\x00\x12\x16\xf1\x4d"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)
OTHER_PICTURE = PICTURE + b"again"


class ProviderWithFiles(ScriptedProvider):
    """Hands out files by their source: bytes, or the error that its client raises."""

    def __init__(self, real: Any) -> None:
        super().__init__(real)
        self.files: dict[str, Fetched | Exception] = {}
        self.asked: list[str] = []

    async def download(self, source: str, event: JournalEvent, sender: Sender, limit: int) -> Fetched:  # noqa: ARG002
        self.asked.append(source)
        found = self.files.get(source, Gone("never heard of it"))
        if isinstance(found, Exception):
            raise found
        return found


class ScriptedScanner:
    """Gives the verdicts it was told, then says that it looks at nothing."""

    def __init__(self) -> None:
        self.verdicts: deque[Verdict] = deque()

    def scan(self, body: bytes) -> Verdict:
        assert body
        return self.verdicts.popleft() if self.verdicts else NotScanned()


@dataclass
class MediaStage(Stage):
    """`scanner` is the hub's own."""

    scanner: ScriptedScanner = field(default_factory=ScriptedScanner)

    @property
    def files(self) -> dict[str, Fetched | Exception]:
        return self.with_files().files

    def with_files(self, kind: str = "telegram") -> ProviderWithFiles:
        found = self.provider(kind)
        assert isinstance(found, ProviderWithFiles)
        return found

    def send(self, channel: Channel, *parts: Part, **values: Any) -> str:
        """Let a customer send a message of these parts; return its conversation's id."""
        self.hear(channel, replace(self.message("", **values), parts=parts))
        return max(self.conversations(), key=lambda each: each.last_message_at).id

    def send_picture(self, channel: Channel, source: str = "photo-1", body: bytes = PICTURE, **values: Any) -> str:
        self.files[source] = Fetched(body, "image/png")
        return self.send(channel, Media(MediaKind.IMAGE, source, size=len(body)), Text("Look"), **values)

    def fetch(self) -> int:
        return fetching.fetch(self.services, self.org.id)

    def remove(self) -> None:
        removing.remove(self.services, self.org.id)

    def attachments(self) -> list[Any]:
        with self.services.db.reading(self.org.id) as tx:
            return list(tx.all(select(ATTACHMENT).order_by(ATTACHMENT.c.id)))

    def removals(self) -> list[Any]:
        with self.services.db.reading(self.org.id) as tx:
            return list(tx.all(select(FILE_REMOVAL)))

    def stored(self) -> list[Path]:
        """Every file that lies in the storage."""
        folder = self.services.settings.data_dir / "media"
        return sorted(each for each in folder.rglob("*") if each.is_file() and each.parent.name != "drafts")

    def parts(self, conversation_id: str) -> list[dict[str, Any]]:
        """The parts of a conversation's messages of people, in order."""
        [conversation] = [each for each in self.conversations() if each.id == conversation_id]
        said = [each for each in self.thread(conversation) if each.direction != "activity"]
        return [dict(part) for message in said for part in message.parts]


def set_media_stage(services: Services) -> MediaStage:
    clock, scanner = Clock(), ScriptedScanner()
    scripted = {kind: ProviderWithFiles(adapter) for kind, adapter in services.adapters.items()}
    staged = replace(services, clock=clock, adapters=scripted, scanner=scanner)  # type: ignore[arg-type]
    world = World(staged)
    return MediaStage(staged, world, world.organization("Acme"), clock, scanner=scanner)


__all__ = ["Clean", "MediaStage", "set_media_stage"]
