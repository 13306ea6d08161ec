"""The server of asyncio_streams.py on uvloop, the loop of libuv."""

import uvloop

from asyncio_streams import main

if __name__ == "__main__":
    uvloop.new_event_loop().run_until_complete(main())
