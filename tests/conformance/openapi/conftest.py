"""One server for all operations, and the table of what they answered at the end."""

from collections.abc import Iterator

import pytest

from support.server import Server, serve

from .coverage import Coverage
from .document import UNARY
from .hook import Hook
from .world import World

_TOLD = pytest.StashKey[Coverage]()


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    # The limit of calls is proven elsewhere; here it would only hide answers.
    limits = ("limits.calls_per_second=100000", "limits.calls_burst=100000")
    with serve(tmp_path_factory.mktemp("openapi"), *limits) as server:
        yield server


@pytest.fixture(scope="session")
def world(server) -> World:
    return World(server)


@pytest.fixture(scope="session")
def hook(world) -> Hook:
    return Hook(world)


@pytest.fixture(scope="session")
def coverage(request) -> Coverage:
    request.config.stash[_TOLD] = Coverage(UNARY)
    return request.config.stash[_TOLD]


def pytest_terminal_summary(terminalreporter, config):
    if told := config.stash.get(_TOLD, None):
        terminalreporter.section("answers by operation")
        for line in told.lines():
            terminalreporter.write_line(line)
