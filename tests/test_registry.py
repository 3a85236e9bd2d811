"""The registry of providers is complete, and says everything about each (J0, F12)."""

import hashlib
from dataclasses import fields
from pathlib import Path

from hub.channels.registry import _CLASSES
from hub.providers.registry import OF_EVERY_KIND, PROVIDERS, REGISTRY_VERSION, Provider
from hub.settings import Settings

ROOT = Path(__file__).parent.parent

_OWN_URLS = {"database_url", "redis_url", "public_url", "clamd_url"}
"""The hub's own parts, run by whoever runs the hub: no company gets anything there."""


def test_every_providers_url_setting_belongs_to_exactly_one_entry() -> None:
    listed = [setting for provider in PROVIDERS for setting in provider.settings]
    assert sorted(listed) == sorted(
        name for name in Settings.model_fields if name.endswith("_url") and name not in _OWN_URLS
    )


def test_every_channel_kind_names_the_companies_its_data_goes_to() -> None:
    known = {provider.id for provider in PROVIDERS}
    for adapter in _CLASSES:
        assert adapter.processors, adapter.kind
        assert set(adapter.processors) <= known, adapter.kind
    assert {name for adapter in _CLASSES for name in adapter.processors} == known - OF_EVERY_KIND


def test_every_entry_says_everything() -> None:
    assert len({provider.id for provider in PROVIDERS}) == len(PROVIDERS)
    for provider in PROVIDERS:
        for name in (field.name for field in fields(Provider) if field.name != "media"):
            assert getattr(provider, name), (provider.id, name)
        assert all(media.domain and media.source for media in provider.media), provider.id
        assert all(provider.data), provider.id


_KNOWN_VERSIONS = {"2026-11-22": "50f49fdf7870893a", "2026-11-22.2": "3249e97f28ad52fc"}


def test_an_entry_is_not_changed_without_a_new_version() -> None:
    """Who activated a provider is asked to look again when the version differs. Add the new version's digest here."""
    digest = hashlib.sha256(repr(PROVIDERS).encode()).hexdigest()[:16]
    assert _KNOWN_VERSIONS.get(REGISTRY_VERSION) == digest


def test_the_page_of_providers_names_every_entry_and_the_version() -> None:
    page = (ROOT / "docs" / "providers.md").read_text()
    assert f"Version: {REGISTRY_VERSION}." in page
    assert [provider.id for provider in PROVIDERS if f"\n## {provider.id}\n" not in page] == []
