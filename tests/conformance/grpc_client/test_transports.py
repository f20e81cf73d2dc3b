"""What is told of TLS itself; everything else runs over both transports."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support import certificates
from support.errors import failure
from support.server import serve


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    made = certificates.make(folder)
    with serve(folder, f"public.cert={made.chain}", f"public.key={made.key}") as server:
        yield server


def health_over(channel: grpc.Channel):
    return health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())


def test_a_client_that_trusts_another_authority_gets_no_connection(tls_server, tmp_path):
    other = certificates.make(tmp_path)
    trust = grpc.ssl_channel_credentials(other.ca.read_bytes())
    with grpc.secure_channel(tls_server.address, trust) as channel:
        assert failure(lambda: health_over(channel)).code == grpc.StatusCode.UNAVAILABLE


def test_plaintext_is_not_answered_where_tls_is_on(tls_server):
    with grpc.insecure_channel(tls_server.address) as channel:
        assert failure(lambda: health_over(channel)).code == grpc.StatusCode.UNAVAILABLE
