"""Telephone calls as an exchange tells of them, and the live board that follows from tickets."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from kefu.common.v1 import intake_pb2
from kefu.events.v1 import words_pb2
from kefu.gateway.v1 import branch_pb2, person_pb2
from kefu.reporting.v1 import live_board_pb2
from kefu.tickets.v1 import call_pb2, ticket_commands_pb2, ticket_pb2


def ago(seconds: int) -> Timestamp:
    now = Timestamp()
    now.GetCurrentTime()
    return Timestamp(seconds=now.seconds - seconds)


@pytest.fixture
def event(unique):
    """Makes events of one call."""

    def make(seconds_ago: int, **what) -> call_pb2.CallEvent:
        return call_pb2.CallEvent(exchange="pbx", external_id=unique, at=ago(seconds_ago), **what)

    return make


def test_a_call_is_told_by_its_events_and_judged_one_by_one(admin, event):
    agent = admin.directory.CreatePerson(person_pb2.CreatePersonRequest(name="Luis", roles=["agent"]))
    ring = event(30, ring=call_pb2.CallRing(line="complaints", caller_phone="+862112345678"))
    answer = event(20, answer=call_pb2.CallAnswer(agent_id=agent.id))
    end = event(5, hang_up=call_pb2.CallHangUp(by_caller=True))
    nonsense = call_pb2.CallEvent(exchange="No Code", external_id="x")
    told = admin.calls.RecordCallEvents(
        call_pb2.RecordCallEventsRequest(events=[ring, answer, nonsense, end, ring])
    )
    accepted, rejected = intake_pb2.ITEM_OUTCOME_ACCEPTED, intake_pb2.ITEM_OUTCOME_REJECTED
    duplicate = intake_pb2.ITEM_OUTCOME_DUPLICATE
    assert [result.outcome for result in told.results] == [accepted, accepted, rejected, accepted, duplicate]
    assert {violation.field for violation in told.results[2].violations} >= {"exchange", "at"}

    call = admin.calls.GetCall(call_pb2.GetCallRequest(call_id=told.results[0].call_id))
    assert (call.state, call.line, call.agent_id) == (call_pb2.CALL_STATE_ENDED, "complaints", agent.id)
    assert (call.waited.seconds, call.talked.seconds) == (10, 15)
    assert call.clock.kind == words_pb2.CLOCK_KIND_FIRST_ANSWER
    assert call.clock.state == ticket_pb2.CLOCK_STATE_MET


def test_a_ticket_registered_from_a_call_is_found_with_it(admin, event, unique):
    ring = call_pb2.RecordCallEventsRequest(events=[event(9, ring=call_pb2.CallRing(line="complaints"))])
    call_id = admin.calls.RecordCallEvents(ring).results[0].call_id
    wanted = ticket_commands_pb2.CreateTicketRequest(
        type="complaint", channel=words_pb2.CHANNEL_PHONE, subject="Any", call_id=call_id
    )
    made = admin.tickets.CreateTicket(wanted)
    assert made.call_id == call_id
    assert list(admin.calls.GetCall(call_pb2.GetCallRequest(call_id=call_id)).ticket_ids) == [made.id]
    filter = f'exchange == "pbx" && external_id == "{unique}"'
    found = admin.calls.ListCalls(call_pb2.ListCallsRequest(filter=filter)).calls
    assert [call.id for call in found] == [call_id]


def test_the_live_board_follows_a_ticket_from_state_to_state(admin, unique):
    branch = admin.directory.CreateBranch(
        branch_pb2.CreateBranchRequest(code=unique, name="Sucursal", time_zone="America/Mexico_City")
    )
    request = live_board_pb2.WatchLiveBoardRequest(branch_id=branch.id)
    stream = admin.reporting.WatchLiveBoard(request)

    def shows(*cells: tuple[int, str, int]):
        """Reads on until the board is this."""
        for message in stream:
            if message.WhichOneof("item") == "board":
                seen = {(cell.channel, cell.state, cell.count) for cell in message.board.cells if cell.count}
                if seen == set(cells):
                    return
        raise AssertionError(f"the stream ended before the board showed {cells}")

    shows()
    wanted = ticket_commands_pb2.CreateTicketRequest(
        type="inquiry", channel=words_pb2.CHANNEL_EMAIL, subject="Any", branch_id=branch.id
    )
    made = admin.tickets.CreateTicket(wanted)
    shows((words_pb2.CHANNEL_EMAIL, "new", 1))
    step = ticket_commands_pb2.TransitionTicketRequest(ticket_id=made.id, state="pending")
    admin.tickets.TransitionTicket(step)
    shows((words_pb2.CHANNEL_EMAIL, "pending", 1))
    stream.cancel()

    board = admin.reporting.GetLiveBoard(live_board_pb2.GetLiveBoardRequest(branch_id=branch.id))
    assert [(cell.state, cell.count, cell.unassigned) for cell in board.cells if cell.count] == [("pending", 1, 1)]
