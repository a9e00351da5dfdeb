"""Command lines that start at once: a process that has imported the program forks a child for each of them.

What such a child does is what the command line does, by real signals, streams and exit statuses; only its imports are
those of its parent. It is for tests of what happens after the start.
"""

import contextlib
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Of the verbs, and of what they import when they need it, which is little beside this.
IMPORTED = (
    "bench.cli.run_verb", "bench.cli.report_verb", "bench.cli.tune_verb", "tests.without_figures", "matplotlib.cm",
    "matplotlib.scale", "tabulate",
)  # fmt: skip


class StartedCall:
    """One command line that runs, as `subprocess.Popen` shows its own: what it prints is text."""

    def __init__(self, pid: int, status: int, stdout: int, stderr: int) -> None:
        """Take what was opened: the descriptors from which its exit status and what it prints can be read."""
        self.pid = pid
        self.returncode: int | None = None
        self._status = status
        self._lock = threading.Lock()
        self.stdout, self.stderr = os.fdopen(stdout), os.fdopen(stderr)

    def poll(self) -> int | None:
        """Return the exit status, or None while it runs."""
        return self._look(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit status once it is gone.

        Raises:
            subprocess.TimeoutExpired: it still runs after `timeout` seconds.
        """
        status = self._look(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return status

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it is gone."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return what is left of its output and of its errors once it is gone.

        Raises:
            subprocess.TimeoutExpired: it still runs after `timeout` seconds.
        """
        with ThreadPoolExecutor() as pool:  # both at once: a full pipe would hold it up
            texts = [pool.submit(stream.read) for stream in (self.stdout, self.stderr)]
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            stdout, stderr = (text.result() for text in texts)
        return stdout, stderr

    def close(self) -> None:
        """Release what was opened for it."""
        self.stdout.close()
        self.stderr.close()
        os.close(self._status)

    def _look(self, timeout: float | None) -> int | None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._status, selectors.EVENT_READ)
            is_told = bool(selector.select(timeout))
        with self._lock:  # several threads may wait
            if is_told and self.returncode is None:
                self.returncode = int(os.read(self._status, 16))
        return self.returncode


class ReadyProgram:
    """Starts command lines from a process that has imported them, and that is started with the first."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._server: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """The process that has imported the program, if it was started."""
        return self._server and self._server.pid

    def start(self, script: Path, arguments: Sequence[str], cwd: Path, environ: Mapping[str, str]) -> StartedCall:
        """Run a script with the arguments of its command line, and nothing to read."""
        request, *answers = (os.pipe() for _ in range(4))
        given = [request[0], *(write for _, write in answers)]
        connection = self._connect()
        socket.send_fds(connection, [b"!"], given)
        pid = int(connection.recv(64))
        for descriptor in given:
            os.close(descriptor)
        with os.fdopen(request[1], "w") as file:
            json.dump({"argv": [str(script), *arguments], "cwd": str(cwd), "environ": dict(environ)}, file)
        return StartedCall(pid, *(read for read, _ in answers))

    def stop(self) -> None:
        """End the process that has imported the program."""
        if self._server and self._socket:
            self._socket.close()
            self._server.wait()

    def _connect(self) -> socket.socket:
        if self._socket is None:
            self._socket, other = socket.socketpair()
            with other:
                self._server = subprocess.Popen(
                    [sys.executable, "-m", "tests.ready_program", str(other.fileno())],
                    cwd=Path(__file__).parents[1],
                    pass_fds=(other.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
        return self._socket


def serve(connection: socket.socket) -> None:
    """Fork a child for each request; what is written of it is its number, and its exit status when it is gone."""
    for name in IMPORTED:
        importlib.import_module(name)
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is not connection:
                    selector.unregister(key.fileobj)
                    _tell_end(*key.data, key.fd)
                    continue
                asked, (*descriptors,), _, _ = socket.recv_fds(connection, 1, 4)
                if not asked:
                    return
                lives, holds = os.pipe()  # the child alone has its other end, and so its end is seen
                pid = os.fork()
                if not pid:
                    _become(*descriptors)
                    return
                request, status, *streams = descriptors
                for descriptor in (holds, request, *streams):
                    os.close(descriptor)
                selector.register(lives, selectors.EVENT_READ, (pid, status))
                connection.send(str(pid).encode())


def _tell_end(pid: int, status: int, lives: int) -> None:
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(lives)
    os.write(status, str(code).encode())
    os.close(status)


def _become(request: int, status: int, stdout: int, stderr: int) -> None:
    """Make this process one that runs a script in a folder, with streams and environment variables of its own."""
    os.close(status)
    with os.fdopen(request) as file:
        asked = json.load(file)
    for descriptor, stream in ((stdout, sys.stdout), (stderr, sys.stderr)):
        os.dup2(descriptor, stream.fileno())
        os.close(descriptor)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environ"])
    sys.argv = asked["argv"]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
