"""Each connection is a coroutine on asyncio's loop, with its low-level socket operations."""

import asyncio

from protocol import RECEIVE_BYTES, Dialogue, listen


async def serve(client):
    loop = asyncio.get_running_loop()
    dialogue = Dialogue()
    try:
        while not dialogue.over:
            data = await loop.sock_recv(client, RECEIVE_BYTES)
            for answers in dialogue.answers(data):
                await loop.sock_sendall(client, answers)
            # Neither call suspends where it can be done at once: a client that answers as quickly
            # as it is answered would keep the loop to itself.
            await asyncio.sleep(0)
    except OSError:  # the client has gone
        pass
    dialogue.close(client)


async def main():
    listener = listen()
    listener.setblocking(False)
    loop = asyncio.get_running_loop()
    tasks = set()  # the loop itself does not keep them alive
    while True:
        client, _ = await loop.sock_accept(listener)
        task = loop.create_task(serve(client))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    asyncio.run(main())
