"""The coroutines on asyncio's loop; every request is computed by its executor, a thread pool."""

import asyncio

from protocol import RECEIVE_BYTES, Dialogue, answer, listen


async def serve(client):
    loop = asyncio.get_running_loop()
    dialogue = Dialogue()
    try:
        while not dialogue.over:
            data = await loop.sock_recv(client, RECEIVE_BYTES)
            for line in dialogue.lines(data):
                text = await loop.run_in_executor(None, answer, line)
                await loop.sock_sendall(client, text)
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
