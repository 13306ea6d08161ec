"""uvloop, the loop of libuv, with callbacks of a protocol; requests are computed at once."""

import asyncio

import uvloop

from protocol import BACKLOG, Dialogue, listen


class Connection(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.dialogue = Dialogue()

    def data_received(self, data):
        if self.dialogue.over:
            return
        for answers in self.dialogue.answers(data):
            self.transport.write(answers)
        if self.dialogue.refused:
            self.transport.write_eof()
            asyncio.get_running_loop().call_later(1, self.transport.close)

    def eof_received(self):
        if not self.dialogue.over:
            for answers in self.dialogue.answers(b""):
                self.transport.write(answers)
        return False  # the transport closes when all is written

    def pause_writing(self):
        """While answers wait for the client to read, none of its requests are read."""
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_writing(self):
        if not self.transport.is_closing():
            self.transport.resume_reading()


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, sock=listen(), backlog=BACKLOG)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.new_event_loop().run_until_complete(main())
