"""A `kefu serve` of the test's own: a free port, a data folder that goes with it."""

import contextlib
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

READY = re.compile(r"runs .* on (https?)://([^,\s]+),")


@dataclass
class Server:
    """A server that answers."""

    address: str
    scheme: str
    data: Path
    log: list[str] = field(repr=False)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.address}"

    @property
    def admin_key(self) -> str:
        """The key that the first start made."""
        return (self.data / "admin.key").read_text().strip()


@contextlib.contextmanager
def serve(folder: Path, *settings: str) -> Iterator[Server]:
    """Runs the suite in one process on SQLite files in `folder`, with `settings` of `--set`, and ends it."""
    data = folder / "data"
    # It ends with this process, however that ends.
    command = ["setpriv", "--pdeathsig", "KILL", binary()]
    command += ["serve", "--data", str(data), "--listen", "127.0.0.1:0"]
    for setting in settings:
        command += ["--set", setting]
    process = subprocess.Popen(
        command, cwd=folder, env=plain_environment(), text=True, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    log: list[str] = []
    try:
        scheme, address = _ready(process, log)
        rest = threading.Thread(target=log.extend, args=(process.stderr,), daemon=True)
        rest.start()
        yield Server(address, scheme, data, log)
    finally:
        # The whole second of notice to balancers is not for tests: the interrupt of a terminal skips it.
        process.send_signal(subprocess.signal.SIGINT)
        process.wait()


def binary() -> str:
    """The binary under test."""
    return os.environ["KEFU_TEST_BINARY"]


def plain_environment() -> dict[str, str]:
    """The environment without settings of Kefu that the machine may have."""
    return {name: value for name, value in os.environ.items() if not name.startswith("KEFU_")}


def _ready(process: subprocess.Popen, log: list[str]) -> tuple[str, str]:
    """Reads what the server says until it says where it is."""
    for line in process.stderr:
        log.append(line)
        if found := READY.search(line):
            return found[1], found[2]
    raise RuntimeError("kefu serve ended before it was ready:\n" + "".join(log))
