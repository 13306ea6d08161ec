"""asyncio's TCP server and streams; every request is computed by its executor, a thread pool."""

import asyncio

from protocol import BACKLOG, RECEIVE_BYTES, Dialogue, answer, listen


async def serve(reader, writer):
    loop = asyncio.get_running_loop()
    dialogue = Dialogue()
    try:
        while not dialogue.over:
            data = await reader.read(RECEIVE_BYTES)
            for line in dialogue.lines(data):
                text = await loop.run_in_executor(None, answer, line)
                if writer.is_closing():  # the client has gone meanwhile
                    return
                writer.write(text)
                await writer.drain()
        if dialogue.refused:
            writer.write_eof()
            await asyncio.wait_for(discard(reader), 1)
    except (OSError, asyncio.TimeoutError):  # the client has gone, or sends and sends
        pass
    writer.close()


async def discard(reader):
    while await reader.read(RECEIVE_BYTES):
        pass


async def main():
    server = await asyncio.start_server(serve, sock=listen(), backlog=BACKLOG)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
