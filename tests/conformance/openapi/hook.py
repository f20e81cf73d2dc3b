"""What a schema cannot say: which ids exist, which codes mean something, which values go together.

A generated request keeps everything that it has; only what refers to something is exchanged for
something that exists. What a request changes is made for it alone, so that none meets what another
one left. What was generated to be wrong stays as it is, and every fourth request goes out untouched.
"""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import schemathesis
from schemathesis.core.parameters import ParameterLocation

from .world import World

Put = Callable[[World, Any], Any]

# The thing in a path, by the parameter's name and, where a verb needs it in some state, by operation.
IN_PATH: dict[str, Callable[[World], str]] = {
    "branchId": World.branch,
    "calendarId": World.calendar,
    "callId": World.call,
    "departmentId": World.department,
    "issuerId": World.issuer,
    "keyId": World.key,
    "personId": World.person,
    "code": lambda _: "complaints.daily",
    "projection": lambda _: "live_board",
    "roleId": World.role,
    "ticketId": World.ticket,
    "gateway_UndeletePerson": World.deleted_person,
    "tickets_ReopenTicket": World.solved_ticket,
}


def _once(values: Any, value: str) -> list[str]:
    """A list of one that exists, or none where none was generated."""
    return [value] if values else []


def _ago(**span: int) -> str:
    return (datetime.now(UTC) - timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")


_WORKDAY = {"fromMinute": 540, "toMinute": 1080}

# A member of a body or a query, by its name wherever it stands.
BY_NAME: dict[str, Put] = {
    "agentId": lambda world, _: world.person_id,
    "assigneeId": lambda world, _: world.person_id,
    "at": lambda *_: _ago(seconds=5),
    "branchId": lambda world, _: world.branch_id,
    "branchIds": lambda world, ids: _once(ids, world.branch_id),
    "calendarId": lambda world, _: world.calendar_id,
    "callId": lambda world, _: world.call(),
    "cause": lambda *_: "late",
    "code": lambda world, _: world.code(),
    "createdAt": lambda *_: _ago(days=30),
    "departmentId": lambda world, _: world.department_id,
    "departmentIds": lambda world, ids: _once(ids, world.department_id),
    "dueAt": lambda *_: _ago(days=20),
    "expiresAt": lambda *_: _ago(days=-30),
    "externalId": lambda world, _: world.code(),
    "fields": lambda *_: {},
    "filter": lambda *_: 'created_at > timestamp("2026-01-01T00:00:00Z")',
    "fromDay": lambda *_: "2026-11-01",
    "groupBy": lambda _, dimensions: _once(dimensions, "channel"),
    "headId": lambda world, _: world.person_id,
    "issuer": lambda world, _: f"https://idp.example/{world.code()}",
    "issuerId": lambda world, _: world.issuer_id,
    "jwksUrl": lambda *_: "https://idp.example/keys",
    "metrics": lambda *_: ["tickets.created"],
    "orderBy": lambda *_: "",
    "otherTicketId": lambda world, _: world.ticket(),
    "pageToken": lambda *_: "",
    "permissions": lambda _, words: _once(words, "tickets.read"),
    "personId": lambda world, _: world.person_id,
    "roles": lambda _, roles: _once(roles, "agent"),
    "savedView": lambda *_: "all_open",
    "scopes": lambda _, words: _once(words, "tickets.read"),
    "sentAt": lambda *_: _ago(minutes=1),
    "solvedAt": lambda *_: _ago(days=10),
    "specialDays": lambda *_: [{"date": "2026-10-01", "name": "国庆节"}],
    "state": lambda *_: "pending",
    "subject": lambda world, text: text if isinstance(text, str) and text.strip() else world.code(),
    "timeZone": lambda *_: "America/Mexico_City",
    "toDay": lambda *_: "2026-11-30",
    "type": lambda *_: "inquiry",
    "types": lambda *_: [],
    "updateMask": lambda *_: "",
    "views": lambda *_: ["mine"],
    "week": lambda *_: [{"isoWeekday": 1, "intervals": [_WORKDAY]}],
}


class Hook:
    """Puts things of `world` into requests."""

    def __init__(self, world: World):
        self.world = world
        self.turns: dict[str, itertools.count] = {}
        self.read: dict[str, str] = {}

    def apply(self, case: schemathesis.Case) -> None:
        """Exchanges what refers to something, in the parts that were generated to be right."""
        operation = case.operation.definition.raw["operationId"]
        # A busy machine may need longer than the second that is asked for.
        if case.headers.get("Request-Timeout", "").isdecimal():
            case.headers["Request-Timeout"] = "30"
        untouched = next(self.turns.setdefault(operation, itertools.count())) % 4 == 3
        if untouched or case.meta is None:
            return
        if self._right(case, ParameterLocation.PATH):
            self._path(operation, case)
        if self._right(case, ParameterLocation.QUERY):
            self._query(case.query)
        if self._right(case, ParameterLocation.HEADER):
            self._headers(case.headers)
        if self._right(case, ParameterLocation.BODY):
            case.body = self._exchanged(case.body)
        if operation == "tickets_UnlinkTickets" and isinstance(case.body, dict):
            ticket, other = self.world.linked_tickets()
            case.path_parameters["ticketId"] = ticket
            case.body |= {"kind": "LINK_KIND_RELATED", "otherTicketId": other}

    def _right(self, case: schemathesis.Case, location: ParameterLocation) -> bool:
        part = case.meta.components.get(location)
        return part is not None and part.mode.is_positive

    def _path(self, operation: str, case: schemathesis.Case) -> None:
        for name in case.path_parameters:
            make = IN_PATH.get(operation) or IN_PATH.get(name)
            if make is None:
                continue
            # Reading leaves a thing as it is: one serves all reads.
            if case.method == "GET":
                if name not in self.read:
                    self.read[name] = make(self.world)
                case.path_parameters[name] = self.read[name]
            else:
                case.path_parameters[name] = make(self.world)

    def _query(self, query: dict) -> None:
        # One of the two says where a feed begins.
        query.pop("cursor", None)
        for name in query:
            if put := BY_NAME.get(name):
                query[name] = put(self.world, query[name])

    def _headers(self, headers: dict) -> None:
        headers.pop("If-Match", None)
        if "Idempotency-Key" in headers:
            headers["Idempotency-Key"] = self.world.code()

    def _exchanged(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._exchanged(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {name: self._member(name, item) for name, item in value.items()}

    def _member(self, name: str, item: Any) -> Any:
        put = BY_NAME.get(name)
        # A patch has the name of the thing that it changes: `issuer` is a text in one place, a patch in another.
        if put is None or (isinstance(item, dict) and name == "issuer"):
            return self._exchanged(item)
        return put(self.world, item)
