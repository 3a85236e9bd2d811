"""Settings, read once from the environment and `.env`. A wrong value stops the start with a sentence that names it."""

import os
import secrets
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub import setting_values as values
from hub.durable import sync_folder, write_durably
from hub.errors import Misconfigured

RootUrl = Annotated[str, AfterValidator(values.root_url)]


class Settings(BaseSettings):
    """Every setting of the hub. The environment name is `HUB_` and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="HUB_", env_file=".env", extra="ignore", frozen=True)

    database_url: Annotated[str | None, AfterValidator(values.database_url)] = Field(
        None, description="PostgreSQL (or SQLite) URL; unset: SQLite in the data directory"
    )
    redis_url: Annotated[str | None, AfterValidator(values.redis_url)] = Field(
        None, description="Redis or Valkey URL; unset: the embedded queue in the data directory"
    )
    data_dir: Path = Field(Path("hub-data"), description="Where the hub keeps its files")
    public_url: Annotated[str | None, AfterValidator(lambda v: values.root_url(v) if v else None)] = Field(
        None, description="The hub's address as the platforms reach it; unset: http://HOST:PORT"
    )
    host: str = Field("127.0.0.1", description="Address the web process listens on")
    port: int = Field(8000, ge=1, le=65535, description="Port the web process listens on")
    secret_key: Annotated[SecretStr | None, AfterValidator(values.secret_key)] = Field(
        None, description="At least 32 characters; unset: generated into the data directory"
    )
    secret_key_fallbacks: Annotated[SecretStr | None, AfterValidator(values.older_secret_keys)] = Field(
        None, description='Older secret keys, still read, separated by commas; one with a comma in it in "quotes"'
    )
    log_level: Annotated[str, AfterValidator(values.log_level)] = Field(
        "INFO", description="DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )

    telegram_api_url: RootUrl = Field("https://api.telegram.org", description="Root of the Telegram Bot API")

    facebook_graph_url: RootUrl = Field("https://graph.facebook.com", description="Root of Meta's Graph API")
    facebook_dialog_url: RootUrl = Field(
        "https://www.facebook.com", description="Root of Meta's dialog that people sign in at to connect a page"
    )
    facebook_graph_version: str = Field("v26.0", pattern=r"^v\d+\.\d+$", description="Graph API version")
    facebook_app_id: str = Field("", description="Id of the platform's Meta app")
    facebook_app_secret: SecretStr = Field(SecretStr(""), description="Secret of the platform's Meta app")
    facebook_verify_token: SecretStr = Field(
        SecretStr(""), description="Token Meta sends when it checks the webhook URL"
    )

    facebook_sign_up_config: str = Field(
        "", description="Id of the Meta app's configuration of the embedded sign-up for WhatsApp"
    )

    twilio_api_url: RootUrl = Field("https://api.twilio.com", description="Root of Twilio's main API")
    twilio_messaging_url: RootUrl = Field("https://messaging.twilio.com", description="Root of Twilio's Messaging API")
    twilio_numbers_url: RootUrl = Field("https://numbers.twilio.com", description="Root of Twilio's Numbers API")
    twilio_content_url: RootUrl = Field("https://content.twilio.com", description="Root of Twilio's Content API")
    twilio_account_sid: str = Field("", description="Parent account at Twilio")
    twilio_auth_token: SecretStr = Field(SecretStr(""), description="Auth token of the parent account")

    mail_primary_url: Annotated[SecretStr | None, AfterValidator(values.mail_url)] = Field(
        None, description="SMTP relay, smtp://user:password@host:port?tls=off|auto|starttls|implicit"
    )
    mail_backup_url: Annotated[SecretStr | None, AfterValidator(values.mail_url)] = Field(
        None, description="Second SMTP relay, same form; unused until its provider is activated (docs/providers.md)"
    )
    mail_from: str = Field("", description="Address that mails of the hub come from")
    mail_reply_domain: str = Field("", description="Domain of the signed reply addresses")
    mail_authserv_id: str = Field(
        "",
        description="Name that your own mail server gives itself in Authentication-Results headers; unset: authors of "
        "mails that a mail server posts are shown as unverified",
    )
    mailgun_signing_key: SecretStr = Field(SecretStr(""), description="Mailgun's HTTP webhook signing key")
    ses_sns_url: Annotated[str | None, AfterValidator(lambda v: values.root_url(v) if v else None)] = Field(
        None,
        description="Root of Amazon SNS in the topic's region, such as https://sns.eu-central-1.amazonaws.com; "
        "unset: what Amazon SES tells is not accepted",
    )
    ses_topic_arn: str = Field("", description="The one SNS topic that notifications of Amazon SES come from")
    ses_configuration_set: str = Field(
        "", pattern=r"^[A-Za-z0-9_-]{0,64}$", description="Configuration set of Amazon SES that publishes events"
    )
    mail_confirm_seconds: int = Field(
        300, ge=30, description="Seconds a relay has to confirm a mail that was cut off, before it counts as failed"
    )

    media_max_bytes: int = Field(
        40 * 1024 * 1024, ge=1024, description="Bytes of the largest file of a message that is fetched and kept"
    )
    media_timeout: float = Field(60.0, gt=0, le=90, description="Seconds that fetching one file of a message may take")
    media_s3_url: Annotated[str | None, AfterValidator(lambda v: values.root_url(v) if v else None)] = Field(
        None, description="Root of an S3-compatible store for files; unset: they lie in the data directory"
    )
    media_s3_bucket: Annotated[str, AfterValidator(values.bucket)] = Field(
        "", description="Bucket that files are kept in"
    )
    media_s3_region: str = Field("us-east-1", pattern=r"^[a-z0-9-]+$", description="Region the bucket is in")
    media_s3_access_key: str = Field("", description="Id of the access key to the bucket")
    media_s3_secret_key: SecretStr = Field(SecretStr(""), description="Secret of the access key to the bucket")
    clamd_url: Annotated[str | None, AfterValidator(values.clamd_url)] = Field(
        None, description="clamd to scan files with, tcp://host:port or unix:///path; unset: files are not scanned"
    )

    recover_every: int = Field(
        300, ge=1, description="Seconds between two looks for messages a provider did not deliver"
    )
    recover_min_age: int = Field(
        60, ge=0, description="Seconds a message must be old before it counts as not delivered"
    )

    raw_retention_days: int = Field(
        30, ge=1, le=3650, description="Days after which the raw bytes of a handled event are removed"
    )
    quarantine_retention_days: int = Field(
        14, ge=1, le=3650, description="Days after which a request in quarantine is removed"
    )

    webhook_hosts: Annotated[str, AfterValidator(values.hosts)] = Field(
        "",
        description="Hosts of your own network that organizations' webhooks may lead to, by http too: host:port, "
        "separated by commas; empty: public ones by https only",
    )

    send_timeout: float = Field(15.0, gt=0, description="Seconds one send to a provider may take")
    send_lease_grace: float = Field(
        30.0, gt=0, description="Seconds after the time-out of a send until it counts as interrupted"
    )

    @property
    def base_url(self) -> str:
        """The hub's own address, as the platforms reach it."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def sqlite_path(self) -> Path | None:
        """The SQLite file, or None on PostgreSQL."""
        if self.database_url is None:
            return self.data_dir / "hub.db"
        if self.database_url.startswith("sqlite:///"):
            return Path(self.database_url.removeprefix("sqlite:///"))
        return None

    @property
    def database_dsn(self) -> str:
        """The SQLAlchemy URL of the database in use."""
        return f"sqlite:///{self.sqlite_path}" if self.sqlite_path else str(self.database_url)

    @property
    def key_file(self) -> Path | None:
        """The file with the secret keys, the current one first; None when HUB_SECRET_KEY holds it."""
        return None if self.secret_key else self.data_dir / "secret.key"

    def older_secret_keys(self) -> list[str]:
        """Return the keys of HUB_SECRET_KEY_FALLBACKS."""
        return values.separated(self.secret_key_fallbacks)

    @property
    def webhook_addresses(self) -> frozenset[tuple[str, int]]:
        """(host, port) of each of `webhook_hosts`."""
        found = (urlsplit(f"//{each}") for each in self.webhook_hosts.split(",") if each)
        return frozenset((parts.hostname or "", parts.port or 0) for parts in found)

    def address_of(self, setting: str) -> tuple[str, int] | None:
        """Return (host, port) of a setting that holds a URL; None when it is not set."""
        value = getattr(self, setting)
        if not value:
            return None
        parts = urlsplit(value.get_secret_value() if isinstance(value, SecretStr) else value)
        return parts.hostname or "", parts.port or _default_port(parts)


def _default_port(parts: SplitResult) -> int:
    if parts.scheme == "smtp" and "tls=implicit" in parts.query:
        return 465
    return {"https": 443, "http": 80, "smtp": 587}.get(parts.scheme, 0)


def load(**overrides: object) -> Settings:
    """Read the settings; see to it that the key file is there. Raises Misconfigured naming the first wrong one."""
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        raise Misconfigured(f"HUB_{str(first['loc'][0]).upper()} {message}") from None
    if settings.key_file and not settings.key_file.exists():
        _make_key_file(settings.key_file)
    return settings


def _make_key_file(file: Path) -> None:
    """Make the first secret key. Two first starts agree on one."""
    missing = [folder for folder in file.parents if not folder.exists()]
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    write_durably(draft, f"{secrets.token_hex(32)}\n".encode())
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    for folder in (file.parent, *(each.parent for each in missing)):
        sync_folder(folder)
