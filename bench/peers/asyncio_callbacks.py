"""asyncio calls back whoever can read or write: add_reader and add_writer, no coroutines."""

import asyncio

from protocol import RECEIVE_BYTES, Dialogue, listen


class Connection:
    def __init__(self, loop, client):
        client.setblocking(False)
        self.loop = loop
        self.client = client
        self.dialogue = Dialogue()
        self.unsent = b""
        loop.add_reader(client, self.on_readable)

    def on_readable(self):
        try:
            for answers in self.dialogue.answers(self.client.recv(RECEIVE_BYTES)):
                self.send(answers)
        except OSError:  # the client has gone
            return self.close()
        if self.unsent:  # and until the client has read it, none of its requests are read
            self.loop.remove_reader(self.client)
            self.loop.add_writer(self.client, self.on_writable)
        elif self.dialogue.over:
            self.close()

    def on_writable(self):
        try:
            unsent, self.unsent = self.unsent, b""
            self.send(unsent)
        except OSError:
            return self.close()
        if self.unsent:
            return
        self.loop.remove_writer(self.client)
        if self.dialogue.over:
            self.close()
        else:
            self.loop.add_reader(self.client, self.on_readable)

    def send(self, data):
        if not self.unsent:
            try:
                data = data[self.client.send(data) :]
            except BlockingIOError:
                pass
        self.unsent += data

    def close(self):
        self.loop.remove_reader(self.client)
        self.loop.remove_writer(self.client)
        self.dialogue.close(self.client)


def main():
    listener = listen()
    loop = asyncio.new_event_loop()

    def on_connection():
        client, _ = listener.accept()
        Connection(loop, client)

    loop.add_reader(listener, on_connection)
    loop.run_forever()


if __name__ == "__main__":
    main()
