"""The embedded server's life, each test on a server of its own and through a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from arhub.database.binaries import find_binaries, readable_copy
from arhub.database.place import LONGEST_SOCKET, SYSTEM_HOME, can_reach, find_place
from arhub.paths import BASE_DIR

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not tmp_path, which lies in a private folder of root when root runs the tests."""
    with tempfile.TemporaryDirectory(prefix="arhub-test-", dir="/tmp") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def var(folder: Path) -> Iterator[Path]:
    """With blanks and quotes, as a person's folder may have them."""
    path = folder / 'a person\'s "own" folder'
    path.mkdir(mode=0o711)
    yield path
    ask(path, "embedded.reset()")


def ask(var: Path, expression: str) -> Any:
    code = f"from arhub.database import embedded; import json; print(json.dumps({expression}, default=str))"
    environment = {**os.environ, "ARHUB_VAR": str(var)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout)


def query(var: Path, statement: str) -> str:
    code = (
        "from arhub.database import embedded; import psycopg2;"
        "c = psycopg2.connect(**embedded.ensure()); k = c.cursor();"
        f"k.execute({statement!r}); print(k.fetchone()[0])"
    )
    environment = {**os.environ, "ARHUB_VAR": str(var)}
    return subprocess.check_output([sys.executable, "-c", code], env=environment, cwd=BASE_DIR, text=True).strip()


def postmaster(var: Path) -> int:
    data = Path(ask(var, "embedded.status()")[2])
    return int((data / "postmaster.pid").read_text().splitlines()[0])


def is_running(var: Path) -> bool:
    return bool(ask(var, "embedded.status()")[0])


def test_ensure_starts_and_leaves_running(var: Path) -> None:
    assert query(var, "select current_user") == "app"
    assert query(var, "show fsync") == "on"
    assert query(var, "show synchronous_commit") == "on"
    assert query(var, "show listen_addresses") == ""
    assert query(var, "select 'Æ' = upper('æ')") == "True"
    assert is_running(var)


def test_start_and_stop_say_whether_they_had_to(var: Path) -> None:
    assert [ask(var, f"embedded.{action}()") for action in ("stop", "start", "start", "stop", "stop")] == [
        False, True, False, True, False,
    ]  # fmt: skip


def test_reset_removes_everything(var: Path) -> None:
    data, socket = map(Path, ask(var, "[embedded.ensure(), *embedded.status()][-2:]"))

    ask(var, "embedded.reset()")

    assert (data.exists(), socket.exists()) == (False, False)


def test_six_processes_at_once_share_one_server(var: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: query(var, "select pg_postmaster_start_time()::text"), range(6)))

    assert len(set(answers)) == 1


def test_killed_server_is_started_again(var: Path) -> None:
    ask(var, "embedded.ensure()")
    os.kill(postmaster(var), signal.SIGKILL)

    assert query(var, "select 1") == "1"


def test_stale_process_id_of_a_stranger_is_neither_trusted_nor_signalled(var: Path) -> None:
    ask(var, "embedded.ensure()")
    killed = postmaster(var)
    data = Path(ask(var, "embedded.status()")[2])
    os.kill(killed, signal.SIGKILL)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        time.sleep(0.5)
        file = data / "postmaster.pid"
        file.write_text(file.read_text().replace(str(killed), str(stranger.pid), 1))

        stopped = ask(var, "embedded.stop()")
        answer = query(var, "select 1")

        assert (stopped, answer, stranger.poll()) == (False, "1", None)
        stranger.kill()


def test_truncated_process_id_file_is_no_obstacle(var: Path) -> None:
    ask(var, "embedded.ensure()")
    data = Path(ask(var, "embedded.status()")[2])
    os.kill(postmaster(var), signal.SIGKILL)
    time.sleep(0.5)
    (data / "postmaster.pid").write_text("12")

    assert query(var, "select 1") == "1"


def test_interrupted_initialisation_is_begun_anew(var: Path) -> None:
    ask(var, "embedded.ensure()")
    ask(var, "embedded.stop()")
    data = Path(ask(var, "embedded.status()")[2])
    data.rename(data.with_name(f"{data.name}.new"))
    (data.with_name(f"{data.name}.new") / "PG_VERSION").unlink()

    assert query(var, "select 1") == "1"


def test_data_of_another_version_is_not_replaced_by_nothing(var: Path) -> None:
    ask(var, "embedded.ensure()")
    ask(var, "embedded.stop()")
    data = Path(ask(var, "embedded.status()")[2])
    data.rename(data.with_name("pg99"))

    with pytest.raises(RuntimeError, match=r"holds data of pg99, and the PostgreSQL at hand is pg\d+"):
        ask(var, "embedded.ensure()")


def test_long_path_keeps_its_socket_elsewhere(folder: Path) -> None:
    var = folder / ("x" * LONGEST_SOCKET)
    var.mkdir(mode=0o711)
    try:
        assert query(var, "select 1") == "1"
        *_, socket = ask(var, "embedded.status()")
        assert Path(socket).parent == Path("/tmp")
        assert Path(socket).stat().st_mode & 0o777 == 0o700
    finally:
        ask(var, "embedded.reset()")


def test_foreign_socket_folder_is_refused(folder: Path) -> None:
    var = folder / ("x" * LONGEST_SOCKET)
    var.mkdir(mode=0o711)
    socket = find_place(var).socket
    socket.mkdir(mode=0o777)
    socket.chmod(0o777)
    try:
        with pytest.raises(RuntimeError, match="must be a directory with mode 0700"):
            ask(var, "embedded.ensure()")
    finally:
        socket.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_folder_that_the_system_user_cannot_reach_stays_private(tmp_path: Path) -> None:
    private = tmp_path / "private"
    var = private / "var"
    private.mkdir(mode=0o700)
    var.mkdir(mode=0o755)
    try:
        assert query(var, "select 1") == "1"
        *_, data, _ = ask(var, "embedded.status()")
        assert (Path(data).parents[1], private.stat().st_mode & 0o777) == (SYSTEM_HOME, 0o700)
    finally:
        ask(var, "embedded.reset()")


def test_reach_needs_every_directory_on_the_way(tmp_path: Path) -> None:
    stranger = 4_000_000
    open_, closed = Path("/usr"), tmp_path / "closed"
    closed.mkdir(mode=0o700)

    assert can_reach(open_, stranger)
    assert not can_reach(closed, stranger)


def test_copied_binaries_run_on_their_own(tmp_path: Path) -> None:
    """Where a system user cannot reach the wheel, its copy has to find its libraries."""
    original = find_binaries()
    if original.directory.is_relative_to("/usr"):
        pytest.skip("the system's own PostgreSQL can be reached by everyone and is never copied")

    copied = readable_copy(original, tmp_path)
    said = subprocess.run([copied.directory / "initdb", "--version"], capture_output=True, text=True, check=False)

    assert copied.directory.is_relative_to(tmp_path)
    assert said.stdout.startswith(f"initdb (PostgreSQL) {original.major}"), said.stderr
