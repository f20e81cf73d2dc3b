"""Who may call: the first administrator, keys that it makes, and callers without credentials."""

import grpc
import pytest
from kefu.gateway.v1 import calendar_pb2, identity_service_pb2, key_pb2
from kefu.tickets.v1 import ticket_queries_pb2, ticket_watch_pb2

from support.errors import failure

WHO = identity_service_pb2.WhoAmIRequest()
ANY_TICKET = ticket_queries_pb2.GetTicketRequest(ticket_id="ticket_01h455vb4pex5vsknk084sn02q")


def test_the_key_of_the_first_start_is_an_administrators(admin):
    me = admin.identity.WhoAmI(WHO)
    assert me.kind == identity_service_pb2.PRINCIPAL_KIND_KEY
    assert me.principal_id.startswith("key_")
    assert list(me.roles) == ["admin"]
    assert me.all_branches
    assert {"tickets.create", "gateway.manage_keys", "reporting.read"} <= set(me.permissions)


def test_a_caller_without_credentials_is_the_public(stranger):
    me = stranger.identity.WhoAmI(WHO)
    assert me.kind == identity_service_pb2.PRINCIPAL_KIND_PUBLIC
    assert (me.principal_id, list(me.permissions)) == ("public", ["gateway.who_am_i"])


def test_a_call_without_credentials_is_refused(stranger):
    told = failure(lambda: stranger.tickets.GetTicket(ANY_TICKET))
    assert told.code == grpc.StatusCode.UNAUTHENTICATED
    assert (told.reason, told.info.domain) == ("CREDENTIALS_MISSING", "kefu")


def test_a_stream_without_credentials_is_refused(stranger):
    told = failure(lambda: list(stranger.tickets.WatchTickets(ticket_watch_pb2.WatchTicketsRequest())))
    assert (told.code, told.reason) == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_MISSING")


@pytest.mark.parametrize("key", ["nonsense", "kefu_live_0000000000_1111111111111111111111111111"])
def test_a_key_that_is_not_ours_is_refused_even_where_none_is_needed(stranger, key):
    told = failure(lambda: stranger.with_key(key).identity.WhoAmI(WHO))
    assert (told.code, told.reason) == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_INVALID")


def test_a_key_may_what_its_role_may_until_it_is_revoked(admin, unique):
    wanted = key_pb2.CreateKeyRequest(name=unique, roles=["agent"], all_branches=True)
    made = admin.keys.CreateKey(wanted)
    agent = admin.with_key(made.secret)
    assert agent.identity.WhoAmI(WHO).principal_id == made.key.id

    calendar = calendar_pb2.CreateCalendarRequest(code=unique, name="Any", time_zone="Etc/UTC")
    told = failure(lambda: agent.calendars.CreateCalendar(calendar))
    assert (told.code, told.reason) == (grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED")
    assert told.info.metadata["permission"] == "gateway.manage_calendars"

    admin.keys.RevokeKey(key_pb2.RevokeKeyRequest(key_id=made.key.id, etag=made.key.etag))
    told = failure(lambda: agent.identity.WhoAmI(WHO))
    assert (told.code, told.reason) == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_EXPIRED")
