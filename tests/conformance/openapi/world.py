"""Things that requests can name: a small company made once, and a fresh thing for each verb."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import requests

from support.server import Server


@dataclass
class World:
    """Makes things over REST as the administrator. The administrator's own key is none of them."""

    server: Server
    session: requests.Session = field(default_factory=requests.Session)
    numbers: itertools.count = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self):
        self.session.headers["Authorization"] = f"Bearer {self.server.admin_key}"
        self.branch_id = self.branch()
        self.department_id = self.department()
        self.person_id = self.person()
        self.calendar_id = self.calendar()
        self.issuer_id = self.issuer()

    def post(self, path: str, body: dict) -> dict:
        response = self.session.post(f"{self.server.url}/v1/{path}", json=body)
        assert response.ok, f"{path} {body}: {response.status_code} {response.text}"
        return response.json()

    def code(self) -> str:
        """A code that nothing has yet."""
        return f"made-{next(self.numbers)}"

    def branch(self) -> str:
        return self.post("branches", {"code": self.code(), "name": "Centro", "timeZone": "Europe/Madrid"})["id"]

    def department(self) -> str:
        return self.post("departments", {"code": self.code(), "name": "客服部"})["id"]

    def person(self) -> str:
        return self.post("people", {"name": "Lucía", "roles": ["agent"]})["id"]

    def deleted_person(self) -> str:
        person = self.person()
        response = self.session.delete(f"{self.server.url}/v1/people/{person}")
        assert response.ok, response.text
        return person

    def role(self) -> str:
        return self.post("roles", {"code": self.code(), "name": "Any", "permissions": ["tickets.read"]})["id"]

    def key(self) -> str:
        return self.post("keys", {"name": "any", "roles": ["agent"]})["key"]["id"]

    def issuer(self) -> str:
        issuer = {"issuer": f"https://idp.example/{self.code()}", "name": "Any", "audiences": ["kefu"]}
        return self.post("issuers", issuer)["id"]

    def calendar(self) -> str:
        week = [{"isoWeekday": 1, "intervals": [{"fromMinute": 540, "toMinute": 1080}]}]
        calendar = {"code": self.code(), "name": "Any", "timeZone": "Asia/Shanghai", "week": week}
        return self.post("calendars", calendar)["id"]

    def call(self) -> str:
        at = (datetime.now(UTC) - timedelta(seconds=9)).strftime("%Y-%m-%dT%H:%M:%SZ")
        ring = {"exchange": "pbx", "externalId": self.code(), "at": at, "ring": {"line": "complaints"}}
        return self.post("calls:record", {"events": [ring]})["results"][0]["callId"]

    def ticket(self) -> str:
        ticket = {"type": "inquiry", "channel": "CHANNEL_PHONE", "subject": "Any"}
        return self.post("tickets", ticket)["id"]

    def solved_ticket(self) -> str:
        ticket = self.ticket()
        self.post(f"tickets/{ticket}:assign", {"assigneeId": self.person_id})
        self.post(f"tickets/{ticket}:transition", {"state": "solved", "resolution": "told"})
        return ticket

    def linked_tickets(self) -> tuple[str, str]:
        """A ticket and the one that it is related to."""
        ticket, other = self.ticket(), self.ticket()
        self.post(f"tickets/{ticket}:link", {"kind": "LINK_KIND_RELATED", "otherTicketId": other})
        return ticket, other
