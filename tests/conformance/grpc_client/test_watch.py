"""A watch: a snapshot, then changes, resumed from a cursor without a gap and without the snapshot."""

import grpc
import pytest
from kefu.events.v1 import words_pb2
from kefu.tickets.v1 import ticket_commands_pb2, ticket_pb2, ticket_watch_pb2

from support.errors import failure


@pytest.fixture
def create(admin, unique):
    """Registers a ticket in a source of this test's own."""

    def call(subject: str) -> ticket_pb2.Ticket:
        wanted = ticket_commands_pb2.CreateTicketRequest(
            type="inquiry", channel=words_pb2.CHANNEL_PHONE, subject=subject, source=unique
        )
        return admin.tickets.CreateTicket(wanted)

    return call


@pytest.fixture
def watch(admin, unique):
    """Watches that source, from a cursor or from now."""
    open_streams = []

    def call(cursor: str = ""):
        request = ticket_watch_pb2.WatchTicketsRequest(filter=f'source == "{unique}"', cursor=cursor)
        open_streams.append(admin.tickets.WatchTickets(request))
        return open_streams[-1]

    yield call
    for stream in open_streams:
        stream.cancel()


def until(stream, item: str) -> tuple[list, ticket_watch_pb2.WatchTicketsResponse]:
    """What came before the first message with `item`, and that message; heartbeats are passed over."""
    before = []
    for message in stream:
        if message.WhichOneof("item") == item:
            return before, message
        if message.WhichOneof("item") != "heartbeat":
            before.append(message)
    raise AssertionError(f"the stream ended without {item}")


def test_it_begins_with_what_is_there(create, watch):
    made = [create("One"), create("Two")]
    before, end = until(watch(), "snapshot_end")
    assert {message.snapshot.id for message in before} == {ticket.id for ticket in made}
    assert all(message.cursor == "" for message in before)
    assert (end.snapshot_end.tickets, end.snapshot_end.truncated) == (2, False)
    assert end.cursor


def test_a_change_after_the_snapshot_is_told(admin, create, watch):
    made = create("One")
    stream = watch()
    until(stream, "snapshot_end")
    step = ticket_commands_pb2.TransitionTicketRequest(ticket_id=made.id, state="open")
    etag = admin.tickets.TransitionTicket(step).etag
    told = next(message.change for message in stream if message.change.ticket.etag == etag)
    assert (told.ticket.id, told.ticket.state) == (made.id, "open")
    assert "TicketStatusChanged" in told.types


def test_a_new_ticket_comes_into_the_filter_and_leaves_it(admin, create, watch):
    stream = watch()
    until(stream, "snapshot_end")
    made = create("One")
    assert until(stream, "change")[1].change.ticket.id == made.id
    patch = ticket_commands_pb2.TicketPatch(source="elsewhere")
    admin.tickets.UpdateTicket(ticket_commands_pb2.UpdateTicketRequest(ticket_id=made.id, ticket=patch))
    assert until(stream, "gone")[1].gone.ticket_id == made.id


def test_it_goes_on_from_a_cursor_with_what_was_missed_and_no_snapshot(create, watch):
    create("Before")
    stream = watch()
    cursor = until(stream, "snapshot_end")[1].cursor
    stream.cancel()
    missed = [create("Missed 1"), create("Missed 2")]

    resumed = watch(cursor)
    told = {}
    while not {ticket.id for ticket in missed} <= told.keys():
        before, message = until(resumed, "change")
        assert before == [], "a resumed watch has no snapshot"
        told[message.change.ticket.id] = message.cursor
    assert all(told.values())


def test_a_cursor_that_is_not_ours_is_refused(watch):
    told = failure(lambda: list(watch("bm90IG91cnM")))
    assert (told.code, told.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "CURSOR_INVALID")
