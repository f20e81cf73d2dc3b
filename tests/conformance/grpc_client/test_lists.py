"""Lists: filters in CEL, pages by token, orders, text in three languages."""

import grpc
import pytest
from kefu.common.v1 import view_pb2
from kefu.events.v1 import words_pb2
from kefu.tickets.v1 import ticket_commands_pb2, ticket_queries_pb2

from support.errors import failure

SUBJECTS = ["包裹破损", "Paquete dañado", "Damaged parcel", "包裹丢失", "Late parcel"]


@pytest.fixture
def source(admin, unique) -> str:
    """A source with five tickets: three by telephone, two by chat."""
    for index, subject in enumerate(SUBJECTS):
        channel = words_pb2.CHANNEL_CHAT if index % 2 else words_pb2.CHANNEL_PHONE
        wanted = ticket_commands_pb2.CreateTicketRequest(
            type="complaint", channel=channel, subject=subject, source=unique
        )
        admin.tickets.CreateTicket(wanted)
    return unique


def listed(admin, **what) -> list[str]:
    request = ticket_queries_pb2.ListTicketsRequest(**what)
    return [ticket.subject for ticket in admin.tickets.ListTickets(request).tickets]


def test_a_filter_narrows_by_every_clause(admin, source):
    chats = listed(admin, filter=f'source == "{source}" && channel == "CHAT"', order_by="created_at")
    assert chats == ["Paquete dañado", "包裹丢失"]
    assert listed(admin, filter=f'source == "{source}" && created_at < timestamp("2020-01-01T00:00:00Z")') == []


def test_an_order_is_kept_both_ways(admin, source):
    only = f'source == "{source}"'
    assert listed(admin, filter=only, order_by="created_at") == SUBJECTS
    assert listed(admin, filter=only, order_by="created_at desc") == SUBJECTS[::-1]


def test_pages_show_every_ticket_once_and_end(admin, source):
    request = ticket_queries_pb2.ListTicketsRequest(
        filter=f'source == "{source}"', order_by="created_at", page_size=2
    )
    pages = []
    while not pages or request.page_token:
        page = admin.tickets.ListTickets(request)
        pages.append([ticket.subject for ticket in page.tickets])
        request.page_token = page.next_page_token
    assert pages == [SUBJECTS[:2], SUBJECTS[2:4], SUBJECTS[4:]]


def test_a_page_token_of_another_filter_is_refused(admin, source):
    request = ticket_queries_pb2.ListTicketsRequest(filter=f'source == "{source}"', page_size=1)
    request.page_token = admin.tickets.ListTickets(request).next_page_token
    request.filter = f'source == "{source}" && channel == "CHAT"'
    told = failure(lambda: admin.tickets.ListTickets(request))
    assert (told.code, told.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID")


@pytest.mark.parametrize(
    ("filter", "reason"),
    [
        ("subject ==", "FILTER_INVALID"),
        ('breached == "yes"', "FILTER_INVALID"),
        ("breached == true", "FILTER_NOT_INDEXED"),
        (" || ".join(["number == 1"] * 99), "FILTER_TOO_COMPLEX"),
    ],
)
def test_a_filter_that_cannot_be_answered_says_why(admin, filter, reason):
    told = failure(lambda: listed(admin, filter=filter))
    assert (told.code, told.reason) == (grpc.StatusCode.INVALID_ARGUMENT, reason)


@pytest.mark.parametrize(
    ("words", "found"),
    [("破损", ["包裹破损"]), ("DANADO", ["Paquete dañado"]), ("parcel", ["Late parcel", "Damaged parcel"])],
)
def test_text_is_found_in_three_languages_as_soon_as_it_is_indexed(admin, source, words, found):
    # The index is folded from events, after the commit: asked until it is there. The newest comes first.
    filter = f'source == "{source}" && text.contains("{words}")'
    subjects = listed(admin, filter=filter)
    while len(subjects) < len(found):
        subjects = listed(admin, filter=filter)
    assert subjects == found


def test_an_order_that_no_index_gives_is_refused_with_those_that_are_given(admin, source):
    told = failure(lambda: listed(admin, filter=f'source == "{source}"', order_by="due_at"))
    assert (told.code, told.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "ORDER_NOT_SUPPORTED")
    assert "created_at" in told.info.metadata["supported"]


def test_basic_leaves_out_what_full_shows(admin, source):
    def first(view):
        request = ticket_queries_pb2.ListTicketsRequest(filter=f'source == "{source}"', view=view, page_size=1)
        return admin.tickets.ListTickets(request).tickets[0]

    assert not first(view_pb2.VIEW_BASIC).clocks
    assert first(view_pb2.VIEW_FULL).clocks
