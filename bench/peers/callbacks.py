"""One thread: a loop polls the sockets and calls back whoever can read or write."""

from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

from protocol import RECEIVE_BYTES, Dialogue, listen


class Connection:
    def __init__(self, selector, client):
        client.setblocking(False)
        self.selector = selector
        self.client = client
        self.dialogue = Dialogue()
        self.unsent = b""
        selector.register(client, EVENT_READ, self.on_readable)

    def on_readable(self):
        try:
            for answers in self.dialogue.answers(self.client.recv(RECEIVE_BYTES)):
                self.send(answers)
            self.watch()
        except OSError:  # the client has gone
            self.close()

    def on_writable(self):
        try:
            unsent, self.unsent = self.unsent, b""
            self.send(unsent)
            self.watch()
        except OSError:
            self.close()

    def send(self, data):
        if not self.unsent:
            try:
                data = data[self.client.send(data) :]
            except BlockingIOError:
                pass
        self.unsent += data

    def watch(self):
        """While answers wait for the client to read, none of its requests are read."""
        if self.unsent:
            self.selector.modify(self.client, EVENT_WRITE, self.on_writable)
        elif self.dialogue.over:
            self.close()
        elif self.selector.get_key(self.client).events != EVENT_READ:
            self.selector.modify(self.client, EVENT_READ, self.on_readable)

    def close(self):
        self.selector.unregister(self.client)
        self.dialogue.close(self.client)


def main():
    listener = listen()
    selector = DefaultSelector()

    def on_connection():
        client, _ = listener.accept()
        Connection(selector, client)

    selector.register(listener, EVENT_READ, on_connection)
    while True:
        for key, _ in selector.select():
            key.data()


if __name__ == "__main__":
    main()
