"""Health, metrics, and the headers every answer carries."""

from dataclasses import replace

import anyio
import httpx
import pytest
from starlette.applications import Starlette

from hub.queue import QUEUES, Queue
from hub.web.app import create_app
from hub.wiring import Services
from tests.api.conftest import ONE_DATABASE, Api, client


def get(app: Starlette, path: str) -> httpx.Response:
    async def request() -> httpx.Response:
        async with client(app) as http:
            return await http.get(f"https://hub.example.com{path}")

    return anyio.run(request)


def test_the_process_says_that_it_lives(services: Services) -> None:
    answer = get(create_app(services), "/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_ready_means_database_queue_and_a_worker_on_every_lane(services: Services) -> None:
    app = create_app(services)
    waiting = get(app, "/readyz")
    assert (waiting.status_code, waiting.json()["ready"]) == (503, False)
    assert "intake" in waiting.json()["workers"]
    services.queue.beat(QUEUES)
    ready = get(app, "/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {"ready": True, "database": "ok", "queue": "ok", "workers": "ok"},
    )


def test_without_a_queue_the_hub_is_not_ready(services: Services) -> None:
    cut_off = replace(services, queue=Queue("redis://127.0.0.1:1/0"))
    answer = get(create_app(cut_off), "/readyz")
    assert (answer.status_code, answer.json()["queue"]) == (503, "does not answer")


def test_metrics_show_ages_counts_and_requests(api: Api) -> None:
    api.owner("GET", "/groups")
    api.call("GET", "/groups")
    text = get(api.app, "/metrics").text
    for line in (
        "hub_database_up 1.0",
        "hub_oldest_event_seconds 0.0",
        "hub_oldest_delivery_seconds 0.0",
        'hub_events{state="pending"} 0.0',
        'hub_messages{state="uncertain"} 0.0',
        "hub_quarantined_requests 0.0",
        'hub_http_requests_total{area="api",method="GET",status="200"} 1.0',
        'hub_http_requests_total{area="api",method="GET",status="401"} 1.0',
    ):
        assert line in text.splitlines(), line


@ONE_DATABASE
@pytest.mark.parametrize("path", ["/healthz", "/login", "/api/v1/groups", "/nowhere", "/api/v1/docs"])
def test_every_answer_carries_the_security_headers(services: Services, path: str) -> None:
    headers = get(create_app(services), path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "max-age" in headers["strict-transport-security"]


def test_without_https_there_is_no_hsts(services: Services) -> None:
    local = replace(services, settings=services.settings.model_copy(update={"public_url": "http://127.0.0.1:8000"}))
    assert "strict-transport-security" not in get(create_app(local), "/healthz").headers


def test_an_unknown_page_is_a_page_and_an_unknown_api_path_a_problem(services: Services) -> None:
    app = create_app(services)
    page, api = get(app, "/nowhere"), get(app, "/api/v1/nowhere")
    assert (page.status_code, api.status_code) == (404, 404)
    assert page.headers["content-type"].startswith("text/html")
    assert api.headers["content-type"] == "application/problem+json"
