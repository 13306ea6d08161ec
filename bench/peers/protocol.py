"""What all servers here share: the line protocol, and how a server begins and a connection ends."""

import argparse
import contextlib
import pathlib
import re
import resource
import signal
import socket
import sys
import threading
import time

LARGEST_N = 50
LONGEST_LINE = 128
RECEIVE_BYTES = 16384
BACKLOG = 4096

# From here on a request takes longer than sending what is ready: about a tenth of a millisecond.
COSTLY_N = 16

REQUEST = re.compile(rb"[ \t]*([0-9]+)[ \t]*\r?")


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def request(line):
    """n, or the answer that refuses the line. The line comes without its line feed."""
    if len(line) > LONGEST_LINE:
        return b"ERR line too long\n"
    match = REQUEST.fullmatch(line)
    if not match:
        return b"ERR not a number\n"
    n = int(match[1])
    return n if n <= LARGEST_N else b"ERR n is at most %d\n" % LARGEST_N


def answer(line):
    n = request(line)
    return n if isinstance(n, bytes) else b"%d\n" % fib(n)


class Dialogue:
    """One connection's input: cut into lines, and answered where a server computes at once."""

    def __init__(self):
        self.rest = b""
        self.over = False  # nothing more is to be read
        self.refused = False  # because a line was too long

    def lines(self, data):
        """The requests that these bytes complete. b"" is the end of the input, where a last line
        needs no line feed. A line that is too long is the last one, and counts as it stands."""
        if not data:
            self.over = True
            return [self.rest] if self.rest else []
        whole = self.rest + data
        *lines, self.rest = whole.split(b"\n")
        if len(whole) > LONGEST_LINE:
            for number, line in enumerate([*lines, self.rest]):
                if len(line) > LONGEST_LINE:
                    self.over = self.refused = True
                    return [*lines, self.rest][: number + 1]
        return lines

    def answers(self, data):
        """The answers to those requests in as few pieces as may be: what is ready is yielded before
        a costly request is begun, and at the end."""
        ready = []
        for line in self.lines(data):
            n = request(line)
            if isinstance(n, int):
                if n >= COSTLY_N and ready:
                    yield b"".join(ready)
                    ready.clear()
                n = b"%d\n" % fib(n)
            ready.append(n)
        if ready:
            yield b"".join(ready)

    def close(self, client):
        """Closes the socket when all is said. A close that leaves input unread resets the
        connection, and the client would lose its last answers; so the rest of a line that was too
        long is read first, which may take a second and so gets a thread: rare enough for that."""
        if self.refused:
            threading.Thread(target=discard, args=(client,), daemon=True).start()
        else:
            client.close()


def discard(client):
    deadline = time.monotonic() + 1
    with client, contextlib.suppress(OSError):
        client.shutdown(socket.SHUT_WR)
        while (left := deadline - time.monotonic()) > 0:
            client.settimeout(left)
            if not client.recv(RECEIVE_BYTES):
                return


def listen():
    """Reads the command line and returns the listening socket. What it accepts sends without
    delay, as the listener does."""
    name = pathlib.Path(sys.argv[0]).stem
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=25000, help="0 takes a free one")
    arguments = parser.parse_args()
    # Without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        listener = socket.create_server((arguments.host, arguments.port), backlog=BACKLOG)
    except OSError as error:
        sys.exit(f"{name}: cannot listen on {arguments.host}:{arguments.port}: {error.strerror}")
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(f"{name}: listening on {arguments.host}:{listener.getsockname()[1]}", flush=True)
    return listener
