"""A ticket as a client works it, and what a repeated command answers."""

import grpc
import pytest
from kefu.common.v1 import field_pb2
from kefu.events.v1 import words_pb2
from kefu.gateway.v1 import person_pb2
from kefu.tickets.v1 import ticket_commands_pb2, ticket_messages_pb2, ticket_pb2, ticket_queries_pb2

from support.errors import failure


def wanted(subject: str, **fields) -> ticket_commands_pb2.CreateTicketRequest:
    """An inquiry by telephone."""
    return ticket_commands_pb2.CreateTicketRequest(
        type="inquiry", channel=words_pb2.CHANNEL_PHONE, subject=subject, **fields
    )


@pytest.fixture
def create_raw(admin):
    """CreateTicket with its answer undecoded."""
    return admin.channel.unary_unary(
        "/kefu.tickets.v1.TicketsService/CreateTicket",
        request_serializer=ticket_commands_pb2.CreateTicketRequest.SerializeToString,
        response_deserializer=bytes,
    )


def test_a_ticket_goes_from_registration_to_its_second_episode(admin):
    person = admin.directory.CreatePerson(person_pb2.CreatePersonRequest(name="王芳", roles=["agent"]))
    made = admin.tickets.CreateTicket(wanted("运单号在哪里查?"))
    assert (made.state, made.episode, made.etag) == ("new", 1, "1")
    assert made.number > 0 and made.due_at.seconds > made.created_at.seconds

    assign = ticket_commands_pb2.AssignTicketRequest(ticket_id=made.id, assignee_id=person.id, etag=made.etag)
    assert admin.tickets.AssignTicket(assign).owner_id == person.id
    reply = ticket_messages_pb2.ReplyToTicketRequest(ticket_id=made.id, body="在首页输入运单号即可。")
    assert admin.tickets.ReplyToTicket(reply).kind == ticket_messages_pb2.MESSAGE_KIND_PUBLIC_REPLY
    solve = ticket_commands_pb2.TransitionTicketRequest(ticket_id=made.id, state="solved", resolution="told")
    assert admin.tickets.TransitionTicket(solve).category == words_pb2.STATUS_CATEGORY_SOLVED
    reopened = admin.tickets.ReopenTicket(ticket_commands_pb2.ReopenTicketRequest(ticket_id=made.id))
    assert (reopened.episode, reopened.category) == (2, words_pb2.STATUS_CATEGORY_OPEN)

    history = admin.tickets.ListTicketHistory(ticket_queries_pb2.ListTicketHistoryRequest(ticket_id=made.id))
    assert [entry.type for entry in history.entries] == [
        "TicketCreated",
        "TicketAssigned",
        "TicketStatusChanged",
        "TicketReplied",
        "TicketStatusChanged",
        "TicketReopened",
    ]
    assert history.entries[-1].version == int(reopened.etag)


def test_what_was_sent_comes_back_whole(admin):
    requester = ticket_pb2.Requester(name="Lucía Gómez", phone="+525512345678", email="lucia@example.com")
    fields = {"topic": field_pb2.FieldValue(choice="delivery")}
    made = admin.tickets.CreateTicket(
        wanted("¿Dónde está mi paquete? 📦", description="a\nb", requester=requester, fields=fields)
    )
    read = admin.tickets.GetTicket(ticket_queries_pb2.GetTicketRequest(ticket_id=made.id))
    assert read == made
    assert (read.subject, read.description) == ("¿Dónde está mi paquete? 📦", "a\nb")
    assert (read.requester, dict(read.fields)) == (requester, fields)


def test_the_same_request_id_answers_the_same_bytes_and_makes_one_ticket(create_raw, admin, unique):
    first = create_raw(wanted("Twice", source=unique, request_id=unique))
    again = create_raw(wanted("Twice", source=unique, request_id=unique))
    assert again == first
    found = admin.tickets.ListTickets(ticket_queries_pb2.ListTicketsRequest(filter=f'source == "{unique}"'))
    assert [ticket.id for ticket in found.tickets] == [ticket_pb2.Ticket.FromString(first).id]


def test_the_same_request_id_with_another_body_is_refused(create_raw, unique):
    create_raw(wanted("One", request_id=unique))
    told = failure(lambda: create_raw(wanted("Another", request_id=unique)))
    assert (told.code, told.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED")


def test_without_a_request_id_a_repeat_is_a_new_ticket(create_raw):
    made = [ticket_pb2.Ticket.FromString(create_raw(wanted("Again"))) for _ in range(2)]
    assert made[0].id != made[1].id
    assert made[0].number < made[1].number
