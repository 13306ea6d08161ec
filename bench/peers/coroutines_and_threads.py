"""The coroutines on our own loop; every request is computed by a thread of a pool."""

from generator_loop import Loop
from protocol import Dialogue, answer, listen


def serve(loop, client):
    dialogue = Dialogue()
    try:
        while not dialogue.over:
            data = yield from loop.receive(client)
            for line in dialogue.lines(data):
                text = yield from loop.run_in_thread(answer, line)
                yield from loop.send_all(client, text)
    except OSError:  # the client has gone
        pass
    loop.forget(client)
    dialogue.close(client)


def accept(loop, listener):
    while True:
        client = yield from loop.accept(listener)
        loop.spawn(serve(loop, client))


def main():
    loop = Loop()
    loop.spawn(accept(loop, listen()))
    loop.run()


if __name__ == "__main__":
    main()
