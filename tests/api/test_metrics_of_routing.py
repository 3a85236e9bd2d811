"""What Prometheus is told of waiting, first answers and handling: of the last hour, by group, and cheaply."""

import json
from datetime import timedelta

from hub.db import gauges
from hub.db.gauges import LATELY
from hub.db.session import PlatformWork
from tests.api.conftest import ONE_DATABASE, Api
from tests.api.test_health import get
from tests.api.test_usage import Past
from tests.test_indexes import statements


def metrics(api: Api) -> dict[str, float]:
    text = get(api.app, "/metrics").text
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def test_metrics_tell_of_what_came_to_its_end_in_the_last_hour_by_group(api: Api) -> None:
    past, now, ben = Past(api), api.services.clock(), api.org.operator
    recently = now - timedelta(minutes=30)
    past.assigned(ben, 5, at=recently)
    past.assigned(ben, 15, answered=75, ended=600, at=recently, by_hand=True)
    past.assigned(ben, 40, at=recently, group_id=None)
    # given long ago, and ended just now
    past.assigned(ben, 5, answered=10, ended=7000, at=now - timedelta(hours=2))
    # over before the hour began
    past.assigned(ben, 500, answered=600, ended=60, at=now - timedelta(hours=2))
    found = metrics(api)
    of = f"group={json.dumps(api.org.group_id)}"
    assert (found['hub_assignments{by="decision"}'], found['hub_assignments{by="person"}']) == (2, 1)
    assert found[f"hub_waiting_measured{{{of}}}"] == 2
    assert found['hub_waiting_measured{group=""}'] == 1
    assert [found[f'hub_waiting_seconds{{{of},of="{each}"}}'] for each in ("mean", "median", "p90")] == [10, 5, 15]
    assert found[f'hub_first_answer_seconds{{{of},of="mean"}}'] == 75
    assert found[f"hub_handling_measured{{{of}}}"] == 2
    assert found[f'hub_handling_seconds{{{of},of="median"}}'] == 600
    assert 'hub_first_answer_measured{group=""}' not in found


@ONE_DATABASE
def test_a_scrape_reads_the_last_hour_by_an_index_however_much_is_on_record(api: Api) -> None:
    now = api.services.clock()
    with statements(api.services) as seen, api.services.db.platform_reading(PlatformWork.MONITORING) as tx:
        gauges.read(tx, now)
    asked = {each: values for each, values in seen.items() if "assignments" in each}
    assert len(asked) == 4
    with api.services.db.engine.connect() as connection:
        steps = [
            row[3]
            for each, values in asked.items()
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}", values)
        ]
    assert [each for each in steps if "SCAN assignments" in each] == []
    assert {each.split("USING INDEX ")[1] for each in steps if "assignments_" in each} == {
        "assignments_given (assigned_at>?)",
        "assignments_answered (first_answer_at>?)",
        "assignments_ended (ended_at>?)",
    }
    assert timedelta(hours=1) == LATELY
