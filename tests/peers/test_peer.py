"""Whether a peer of fibbench speaks the line protocol: test_peer.py FIBBENCH NAME. Ends with 77 where
the peer cannot run here. test_peer.py FIBBENCH --all NAME...: whether these are all there are."""

import json
import select
import socket
import struct
import subprocess
import sys
import threading
import unittest

DEADLINE = 60  # seconds: for what must happen
STUCK = 0.3  # seconds in which nothing could be sent: the server does not read


def list_peers(fibbench):
    listed = subprocess.run([fibbench, "peers", "--json"], stdout=subprocess.PIPE, check=True)
    return {peer["name"]: peer for peer in json.loads(listed.stdout)}


class Client:
    def __init__(self, port, receive_buffer=None):
        self.socket = socket.socket()
        self.socket.settimeout(DEADLINE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.answers.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def line(self):
        return self.answers.readline()

    def ask(self, line):
        self.send(line)
        return self.line()

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.answers.close()
        self.socket.close()

    def send_while_it_reads(self, data):
        """Returns what could not be sent, because the server stopped reading."""
        self.socket.setblocking(False)
        while data and select.select([], [self.socket], [], STUCK)[1]:
            data = data[self.socket.send(data) :]
        self.socket.settimeout(DEADLINE)
        return data


class PeerTest(unittest.TestCase):
    peer = None

    @classmethod
    def setUpClass(cls):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            cls.port = listener.getsockname()[1]
        cls.server = cls.start()
        line = cls.server.stdout.readline()
        assert line.endswith(b" listening on 127.0.0.1:%d\n" % cls.port), line

    @classmethod
    def start(cls):
        command = "exec " + cls.peer["command"].replace("{port}", str(cls.port))
        return subprocess.Popen(
            command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        _, complaint = cls.server.communicate(timeout=DEADLINE)
        assert complaint == b"", complaint.decode()

    def client(self, *arguments):
        return Client(self.port, *arguments)

    def expect_error(self, client, line):
        answer = client.ask(line)
        self.assertRegex(answer, rb"^ERR .+\n$", line)
        self.assertEqual(client.ask(b"10\n"), b"55\n", line)

    def expect_end(self, client):
        self.assertEqual(client.line(), b"")

    def test_numbers(self):
        before, value = 1, 0
        with self.client() as client:
            for n in range(26):
                self.assertEqual(client.ask(b"%d\n" % n), b"%d\n" % value)
                before, value = value, before + value

    def test_ways_to_write_a_number(self):
        with self.client() as client:
            for line in (b" \t 10\t \n", b"10\r\n", b"\t10 \r\n", b"0" * 126 + b"10\n"):
                self.assertEqual(client.ask(line), b"55\n", line)
            for byte in b" 1", b"0", b"\r", b"\n":
                client.send(byte)
            self.assertEqual(client.line(), b"55\n")

    def test_errors_and_the_connection_goes_on(self):
        lines = [b"", b" ", b"x", b"10x", b"-1", b"+1", b"1.0", b"0x1", b"1e1", b"1 2", b"1_0"]
        lines += [b"1\0", b"\xff", "\u0661".encode(), b"51", b"9" * 100, b"1\r0"]
        with self.client() as client:
            for line in lines:
                self.expect_error(client, line + b"\n")

    def test_pipelined_answers_keep_their_order(self):
        with self.client() as client:
            client.send(b"1\n20\nx\n2\n25\n99\n" * 20 + b"10\n")
            for _ in range(20):
                for answer in (b"1", b"6765", b"ERR", b"1", b"75025", b"ERR"):
                    self.assertEqual(client.line().split()[0], answer)
            self.assertEqual(client.line(), b"55\n")

    def test_half_close(self):
        with self.client() as client:
            client.send(b"10\n20\n")
            client.half_close()
            self.assertEqual(client.line(), b"55\n")
            self.assertEqual(client.line(), b"6765\n")
            self.expect_end(client)

    def test_unterminated_last_line(self):
        for last, answer in ((b"10", b"55\n"), (b"25", b"75025\n"), (b"", b"")):
            with self.client() as client:
                client.send(b"1\n" + last)
                client.half_close()
                self.assertEqual(client.line(), b"1\n")
                self.assertEqual(client.line(), answer)
                self.expect_end(client)

    def test_line_too_long(self):
        for line in (b"1" * 129, b"1" * 129 + b"\n10\n", b" " * 128 + b"\r\n", b"1" * 500000):
            with self.client() as client:
                self.assertEqual(client.ask(b"10\n"), b"55\n")
                client.send(b"20\n" + line)
                self.assertEqual(client.line(), b"6765\n")
                self.assertEqual(client.line(), b"ERR line too long\n")
                self.expect_end(client)

    def test_client_that_sends_without_reading(self):
        # Through a pool every line takes its hand-over, so fewer of them; enough for the order.
        count = 5000 if self.peer["compute"] == "pool" else 400000
        with self.client(4096) as client:
            rest = client.send_while_it_reads(b"99\n" * count + b"10\n")
            sender = threading.Thread(target=client.send, args=(rest,))
            sender.start()
            for _ in range(count):
                self.assertEqual(client.line(), b"ERR n is at most 50\n")
            self.assertEqual(client.line(), b"55\n")
            sender.join(DEADLINE)

    def test_reset_harms_nobody_else(self):
        for _ in range(3):
            client = self.client()
            client.send(b"25\n" * 20)
            client.reset()
        with self.client() as client:
            self.assertEqual(client.ask(b"10\n"), b"55\n")

    def test_two_clients(self):
        with self.client() as first, self.client() as second:
            self.assertEqual(first.ask(b"10\n"), b"55\n")
            if self.peer["name"] == "python-sync":  # the second one waits until the first has gone
                second.send(b"20\n")
                self.assertEqual(select.select([second.socket], [], [], STUCK)[0], [])
                first.half_close()
                self.expect_end(first)
                self.assertEqual(second.line(), b"6765\n")
                return
            for _ in range(3):
                self.assertEqual(second.ask(b"20\n"), b"6765\n")
                self.assertEqual(first.ask(b"10\n"), b"55\n")

    def test_port_is_taken(self):
        second = self.start()
        _, complaint = second.communicate(timeout=DEADLINE)
        self.assertGreater(second.returncode, 0)
        self.assertRegex(complaint.lower(), b"cannot listen.*address already in use")


def main(fibbench, name, *names):
    peers = list_peers(fibbench)
    if name == "--all":
        sys.exit(set(names) != set(peers) and f"tested: {names}; listed: {list(peers)}")
    PeerTest.peer = peers[name]
    if not PeerTest.peer["available"]:
        print(f"skipped: {name}: {PeerTest.peer['reason']}")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])


if __name__ == "__main__":
    main(*sys.argv[1:])
