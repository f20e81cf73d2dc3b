"""Typed errors: one google.rpc.Status with a detail of each kind, which clients branch on."""

import grpc
import pytest
from google.protobuf import field_mask_pb2
from kefu.events.v1 import words_pb2
from kefu.tickets.v1 import ticket_commands_pb2, ticket_pb2, ticket_queries_pb2, ticket_watch_pb2

from support.errors import failure


@pytest.fixture
def ticket(admin) -> ticket_pb2.Ticket:
    wanted = ticket_commands_pb2.CreateTicketRequest(
        type="inquiry", channel=words_pb2.CHANNEL_CHAT, subject="Any"
    )
    return admin.tickets.CreateTicket(wanted)


def test_every_violation_is_told_at_once_by_field(admin):
    wrong = ticket_commands_pb2.CreateTicketRequest(
        type="Not A Code",
        channel=words_pb2.CHANNEL_UNSPECIFIED,
        requester=ticket_pb2.Requester(phone="12", email="nobody"),
        branch_id="branch_x",
        request_id="x" * 65,
    )
    told = failure(lambda: admin.tickets.CreateTicket(wrong))
    assert told.code == grpc.StatusCode.INVALID_ARGUMENT
    assert (told.reason, told.info.domain) == ("VALIDATION_FAILED", "kefu")
    assert set(told.violations) == {
        "type", "channel", "subject", "requester.phone", "requester.email", "branch_id", "request_id",
    }
    assert all(told.violations.values())


def test_the_status_in_the_trailers_says_what_the_call_says(admin):
    told = failure(lambda: admin.tickets.GetTicket(ticket_queries_pb2.GetTicketRequest(ticket_id="x")))
    assert told.status.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert told.status.message == told.message != ""


def test_an_unknown_reference_names_its_field(admin, unique):
    wrong = ticket_commands_pb2.CreateTicketRequest(
        type=unique, channel=words_pb2.CHANNEL_CHAT, subject="Any"
    )
    told = failure(lambda: admin.tickets.CreateTicket(wrong))
    assert (told.code, told.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "UNKNOWN_REFERENCE")
    assert told.info.metadata["field"] == "type"


def test_what_does_not_exist_is_not_found(admin):
    request = ticket_queries_pb2.GetTicketRequest(ticket_id="ticket_01h455vb4pex5vsknk084sn02q")
    told = failure(lambda: admin.tickets.GetTicket(request))
    assert (told.code, told.reason) == (grpc.StatusCode.NOT_FOUND, "RESOURCE_NOT_FOUND")


def test_a_stale_etag_is_aborted_and_told_the_current_one(admin, ticket):
    step = ticket_commands_pb2.TransitionTicketRequest(ticket_id=ticket.id, state="open")
    current = admin.tickets.TransitionTicket(step).etag
    stale = ticket_commands_pb2.TransitionTicketRequest(ticket_id=ticket.id, state="pending", etag=ticket.etag)
    told = failure(lambda: admin.tickets.TransitionTicket(stale))
    assert (told.code, told.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert told.info.metadata["current_etag"] == current


def test_a_stale_update_conflicts_only_where_the_field_changed(admin, ticket):
    def update(field: str, value: str) -> ticket_commands_pb2.UpdateTicketRequest:
        return ticket_commands_pb2.UpdateTicketRequest(
            ticket_id=ticket.id,
            ticket=ticket_commands_pb2.TicketPatch(**{field: value}),
            update_mask=field_mask_pb2.FieldMask(paths=[field]),
            etag=ticket.etag,
        )

    admin.tickets.UpdateTicket(update("cause", "late"))
    assert admin.tickets.UpdateTicket(update("subject", "Other")).cause == "late"
    told = failure(lambda: admin.tickets.UpdateTicket(update("cause", "lost")))
    assert (told.code, told.reason) == (grpc.StatusCode.ABORTED, "FIELD_CONFLICT")
    assert told.info.metadata["fields"] == "cause"


def test_a_way_that_the_type_does_not_have_is_a_failed_precondition(admin, ticket):
    step = ticket_commands_pb2.TransitionTicketRequest(ticket_id=ticket.id, state="new")
    told = failure(lambda: admin.tickets.TransitionTicket(step))
    assert (told.code, told.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "TRANSITION_NOT_ALLOWED")
    assert dict(told.info.metadata) == {"from": "new", "to": "new"}


def test_an_unknown_method_is_unimplemented(admin):
    call = admin.channel.unary_unary("/kefu.tickets.v1.TicketsService/EatTicket", bytes, bytes)
    told = failure(lambda: call(b""))
    assert (told.code, told.reason) == (grpc.StatusCode.UNIMPLEMENTED, "METHOD_UNKNOWN")


def test_bytes_that_are_no_message_are_refused(admin):
    call = admin.channel.unary_unary("/kefu.tickets.v1.TicketsService/GetTicket", bytes, bytes)
    told = failure(lambda: call(b"\xff\xff\xff"))
    assert (told.code, told.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED_REQUEST")


def test_a_deadline_ends_a_call(admin):
    watch = admin.tickets.WatchTickets(ticket_watch_pb2.WatchTicketsRequest(snapshot_limit=1), timeout=1)
    told = failure(lambda: list(watch))
    assert told.code == grpc.StatusCode.DEADLINE_EXCEEDED


def test_a_call_can_be_cancelled(admin):
    watch = admin.tickets.WatchTickets(ticket_watch_pb2.WatchTicketsRequest(snapshot_limit=1))
    next(watch)
    watch.cancel()
    assert failure(lambda: list(watch)).code == grpc.StatusCode.CANCELLED
