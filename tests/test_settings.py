"""Settings: a wrong one stops the start with one sentence that names it and hides its value; all are documented."""

import subprocess
import sys
from pathlib import Path

import pytest

from hub.errors import Misconfigured
from hub.settings import Settings, load

ROOT = Path(__file__).parent.parent

WRONG = {
    "HUB_DATABASE_URL": "mysql://root:hunter2@db/hub",
    "HUB_REDIS_URL": "http://:hunter2@queue",
    "HUB_PUBLIC_URL": "hub.example.com",
    "HUB_PORT": "70000",
    "HUB_SECRET_KEY": "hunter2",
    "HUB_LOG_LEVEL": "LOUD",
    "HUB_TELEGRAM_API_URL": "https://api.example.com/bot",
    "HUB_FACEBOOK_GRAPH_VERSION": "latest",
    "HUB_MAIL_PRIMARY_URL": "imap://user:hunter2@mail",
    "HUB_RECOVER_EVERY": "0",
    "HUB_MEDIA_S3_URL": "https://hunter2@store.example/path",
    "HUB_MEDIA_S3_BUCKET": "Hunter2",
    "HUB_CLAMD_URL": "http://hunter2@scanner",
}


@pytest.mark.parametrize(("name", "value"), WRONG.items())
def test_a_wrong_value_is_named_and_not_shown(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as error:
        load(_env_file=None, data_dir=tmp_path)
    assert error.value.detail.startswith(name + " ")
    assert "hunter2" not in error.value.detail


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_all_spellings_of_postgresql_mean_psycopg_3(scheme: str, tmp_path: Path) -> None:
    settings = load(_env_file=None, data_dir=tmp_path, database_url=f"{scheme}://user@db/hub")
    assert settings.database_dsn == "postgresql+psycopg://user@db/hub"


def test_the_secret_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    file = load(_env_file=None, data_dir=tmp_path).key_file
    assert file == tmp_path / "secret.key"
    made = file.read_text()
    load(_env_file=None, data_dir=tmp_path)
    assert (len(made.strip()), file.read_text()) == (64, made)
    assert file.stat().st_mode & 0o077 == 0


def test_older_secret_keys_are_separated_by_commas_and_may_contain_one_in_quotes(tmp_path: Path) -> None:
    given = f'{"a" * 32}, "{"b" * 16}, {"b" * 16}"'
    settings = load(_env_file=None, data_dir=tmp_path, secret_key="c" * 32, secret_key_fallbacks=given)
    assert settings.older_secret_keys() == ["a" * 32, f"{'b' * 16}, {'b' * 16}"]
    assert (settings.key_file, list(tmp_path.iterdir())) == (None, [])


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_generated_pages_are_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
