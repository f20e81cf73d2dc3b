"""Every test here runs twice: over plaintext HTTP/2 and over TLS with an authority of the test's own."""

import uuid
from collections.abc import Iterator

import grpc
import pytest
from kefu.gateway.v1 import calendar_service_pb2_grpc as calendars
from kefu.gateway.v1 import directory_service_pb2_grpc as directory
from kefu.gateway.v1 import identity_service_pb2_grpc as identity
from kefu.gateway.v1 import key_service_pb2_grpc as keys
from kefu.reporting.v1 import report_service_pb2_grpc as reporting
from kefu.tickets.v1 import call_service_pb2_grpc as calls
from kefu.tickets.v1 import ticket_service_pb2_grpc as tickets

from support import certificates
from support.server import Server, serve


class _Bearer(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Sends a key with every call, over plaintext too, where grpcio has no call credentials."""

    def __init__(self, key: str):
        self._header = ("authorization", f"Bearer {key}")

    def _with_key(self, details):
        return details._replace(metadata=[*(details.metadata or ()), self._header])

    def intercept_unary_unary(self, continuation, details, request):
        return continuation(self._with_key(details), request)

    def intercept_unary_stream(self, continuation, details, request):
        return continuation(self._with_key(details), request)


class Client:
    """The stubs of one caller."""

    def __init__(self, channel: grpc.Channel, key: str | None):
        self.bare = channel
        self.channel = grpc.intercept_channel(channel, _Bearer(key)) if key else channel
        self.tickets = tickets.TicketsServiceStub(self.channel)
        self.calls = calls.CallsServiceStub(self.channel)
        self.directory = directory.DirectoryServiceStub(self.channel)
        self.calendars = calendars.CalendarsServiceStub(self.channel)
        self.identity = identity.IdentityServiceStub(self.channel)
        self.keys = keys.KeysServiceStub(self.channel)
        self.reporting = reporting.ReportingServiceStub(self.channel)

    def with_key(self, key: str | None) -> "Client":
        """Another caller on the same connection."""
        return Client(self.bare, key)


@pytest.fixture(scope="session", params=["h2c", "tls"])
def transport(request, tmp_path_factory) -> Iterator[tuple[Server, grpc.Channel]]:
    """A server and a channel to it."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "h2c":
        with serve(folder) as server, grpc.insecure_channel(server.address) as channel:
            yield server, channel
        return
    made = certificates.make(folder)
    trust = grpc.ssl_channel_credentials(made.ca.read_bytes())
    settings = (f"public.cert={made.chain}", f"public.key={made.key}")
    with serve(folder, *settings) as server, grpc.secure_channel(server.address, trust) as channel:
        yield server, channel


@pytest.fixture(scope="session")
def server(transport) -> Server:
    return transport[0]


@pytest.fixture(scope="session")
def channel(transport) -> grpc.Channel:
    """A channel without credentials."""
    return transport[1]


@pytest.fixture(scope="session")
def admin(server, channel) -> Client:
    """The administrator of the first start."""
    return Client(channel, server.admin_key)


@pytest.fixture(scope="session")
def stranger(channel) -> Client:
    """A caller without credentials."""
    return Client(channel, None)


@pytest.fixture
def unique() -> str:
    """A code that no other test uses."""
    return f"c{uuid.uuid4().hex[:12]}"
