"""The README's first call, run as it is written: a reader who copies it gets what it promises.

Only what a reader's machine has and a test's has not is exchanged: `cargo run --release --` is the
binary under test, the port is a free one, and `buf` is the one that checks the protos.
"""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from support.server import Server, binary, plain_environment, serve

ROOT = Path(__file__).parents[3]
WRITTEN_ADDRESS = "127.0.0.1:7700"
SERVE = "cargo run --release -- serve"


def _section(title: str) -> str:
    """A section of the README, without its heading."""
    text = (ROOT / "README.md").read_text()
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no section {title}"
    return found[1]


def _commands(block: str) -> list[str]:
    """The commands of a block: a command ends with its line unless that ends with a backslash."""
    joined = re.sub(r"\\\n\s*", "", block)
    lines = (re.sub(r"\s+# .*$", "", line).removeprefix("$ ") for line in joined.splitlines())
    return [line for line in lines if line.strip()]


BLOCKS = re.findall(r"^```(?:sh|console)\n(.*?)^```", _section("A first call"), re.MULTILINE | re.DOTALL)
COMMANDS = [command for block in BLOCKS for command in _commands(block)]


@pytest.fixture(scope="module")
def reader(tmp_path_factory) -> tuple[Server, Path]:
    """A server that was started as the README says, but for its port, and the reader's folder."""
    folder = tmp_path_factory.mktemp("reader")
    with serve(folder) as server:
        (folder / "kefu-data").symlink_to(server.data)
        yield server, folder


def _run(commands: list[str], server: Server, folder: Path) -> str:
    """What commands print, in one shell."""
    script = "\n".join(commands).replace(WRITTEN_ADDRESS, server.address)
    environment = plain_environment()
    environment["PATH"] = f"{ROOT}/proto/node_modules/.bin:{os.environ['PATH']}"
    environment["NO_PROXY"] = environment["no_proxy"] = "127.0.0.1"
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder, env=environment, text=True, capture_output=True,
    )
    assert ran.returncode == 0, f"{script}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def _answer(nth: int, reader) -> dict:
    """The answer to one of the calls; the settings of the shell come before it."""
    settings = [command for command in COMMANDS if re.match(r"\w+=", command)]
    return json.loads(_run([*settings, _calls()[nth]], *reader))


def _calls() -> list[str]:
    return [command for command in COMMANDS if re.match(r"(curl|buf) ", command)]


def test_it_starts_a_server_sets_a_key_and_makes_three_calls():
    others = [command for command in COMMANDS if command not in _calls()]
    assert [command.split("=")[0].rstrip(" &") for command in others] == [SERVE, "key"]
    assert [call.split()[0] for call in _calls()] == ["curl", "curl", "buf"]


def test_the_address_that_is_written_is_the_default_one(tmp_path):
    shown = subprocess.run(
        [binary(), "check", "--reference"], cwd=tmp_path, env=plain_environment(), text=True, capture_output=True, check=True
    )
    assert f"`listen.public` | `{WRITTEN_ADDRESS}`" in shown.stdout
    assert "`data_dir` | `kefu-data`" in shown.stdout


def test_the_calls_answer_as_they_are_written_one_after_another(reader):
    made = _answer(0, reader)
    assert (made["type"], made["channel"], made["subject"]) == ("complaint", "CHANNEL_PHONE", "包裹破损")
    # The text is found as soon as it is indexed, which is after the commit.
    found = _answer(1, reader)
    while not found["tickets"]:
        found = _answer(1, reader)
    assert [ticket["id"] for ticket in found["tickets"]] == [made["id"]]
    listed = _answer(2, reader)
    assert [ticket["id"] for ticket in listed["tickets"]] == [made["id"]]
