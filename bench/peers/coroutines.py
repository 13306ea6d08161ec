"""One thread: each connection is a coroutine, a generator, on a small loop of our own."""

from generator_loop import Loop
from protocol import Dialogue, listen


def serve(loop, client):
    dialogue = Dialogue()
    try:
        while not dialogue.over:
            data = yield from loop.receive(client)
            for answers in dialogue.answers(data):
                yield from loop.send_all(client, answers)
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
