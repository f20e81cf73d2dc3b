"""Operations that answer with server-sent events: a stream each, read until it has told what it is for."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from .document import OPERATIONS, STREAMS


@dataclass
class Event:
    """One server-sent event."""

    name: str
    id: str
    data: dict


@contextmanager
def events(world, operation: str, headers: dict | None = None, **query) -> Iterator[Iterator[Event]]:
    """The events of a stream, which ends with the block."""
    url = world.server.url + OPERATIONS[operation]["path"]
    accept = {"Accept": "text/event-stream"} | (headers or {})
    with world.session.get(url, params=query, headers=accept, stream=True) as response:
        assert response.status_code == 200, response.text
        assert response.headers["Content-Type"].startswith("text/event-stream")
        yield _parsed(response.iter_lines(chunk_size=1, decode_unicode=True))


def _parsed(lines: Iterator[str]) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            # A line that begins with a colon is a comment.
            if found := re.fullmatch(r"(event|id|data): ?(.*)", line):
                fields[found[1]] = fields.get(found[1], "") + found[2]
        elif "data" in fields:
            yield Event(fields.get("event", "message"), fields.get("id", ""), json.loads(fields["data"]))
            fields = {}


def first(stream: Iterator[Event], name: str) -> Event:
    """The next event of this name."""
    return next(event for event in stream if event.name == name)


def test_every_stream_of_the_document_is_tested_here():
    audits = {f"{service}_VerifyAudit" for service in ["gateway", "reporting", "tickets"]}
    assert set(STREAMS) == audits | {"reporting_WatchLiveBoard", "tickets_WatchTickets"}


@pytest.mark.parametrize("service", ["gateway", "reporting", "tickets"])
def test_an_audit_ends_with_its_summary_and_finds_nothing(world, service):
    with events(world, f"{service}_VerifyAudit") as stream:
        told = list(stream)
    assert [event.name for event in told if event.name == "finding"] == []
    assert told[-1].name == "summary"
    assert told[-1].data["summary"]["findings"] == "0"


def test_a_watch_of_tickets_gives_a_snapshot_then_changes_and_goes_on_from_its_last_event(world):
    source = world.code()
    only = {"filter": f'source == "{source}"'}
    wanted = {"type": "inquiry", "channel": "CHANNEL_WEB_FORM", "subject": "Any", "source": source}
    made = world.post("tickets", wanted)
    with events(world, "tickets_WatchTickets", **only) as stream:
        assert first(stream, "snapshot").data["snapshot"]["id"] == made["id"]
        seen = first(stream, "snapshotEnd")
        assert seen.data["snapshotEnd"] == {"tickets": 1, "truncated": False}
    missed = world.post("tickets", wanted)
    with events(world, "tickets_WatchTickets", {"Last-Event-ID": seen.id}, **only) as stream:
        told = next(event for event in stream if event.name == "snapshot" or _is_change(event, missed["id"]))
        assert told.name == "change", "a resumed watch has no snapshot"
        assert told.id not in ("", seen.id)


def _is_change(event: Event, ticket_id: str) -> bool:
    return event.name == "change" and event.data["change"]["ticket"]["id"] == ticket_id


def test_the_live_board_is_told_at_once_and_when_it_changes(world):
    branch = world.branch()
    with events(world, "reporting_WatchLiveBoard", branchId=branch) as stream:
        assert first(stream, "board").data["board"]["cells"] == []
        world.post(
            "tickets",
            {"type": "inquiry", "channel": "CHANNEL_CHAT", "subject": "Any", "branchId": branch},
        )
        cells = first(stream, "board").data["board"]["cells"]
        assert [(cell["channel"], cell["state"], cell["count"]) for cell in cells] == [("CHANNEL_CHAT", "new", "1")]


def test_a_stream_that_cannot_begin_is_refused_as_any_call_is(world):
    url = world.server.url + OPERATIONS["tickets_WatchTickets"]["path"]
    response = world.session.get(url, params={"cursor": "bm90IG91cnM"})
    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["reason"] == "CURSOR_INVALID"
