"""The standard health protocol, which balancers and orchestrators ask."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support.errors import failure

SERVING = health_pb2.HealthCheckResponse.SERVING


@pytest.fixture
def health(channel):
    return health_pb2_grpc.HealthStub(channel)


def test_the_process_is_serving_and_says_so_without_a_key(health):
    assert health.Check(health_pb2.HealthCheckRequest()).status == SERVING


def test_an_unknown_service_is_not_found(health):
    request = health_pb2.HealthCheckRequest(service="kefu.nothing.v1.NothingService")
    assert failure(lambda: health.Check(request)).code == grpc.StatusCode.NOT_FOUND


def test_a_watch_of_health_begins_with_the_present_state(health):
    watch = health.Watch(health_pb2.HealthCheckRequest())
    assert next(watch).status == SERVING
    watch.cancel()
