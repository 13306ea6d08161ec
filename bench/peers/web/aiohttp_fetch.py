"""Fetches the URLs of a file, so many at a time, by aiohttp: a peer of webclient."""

import argparse
import asyncio
import platform
import sys

try:
    import aiohttp
except ImportError:
    sys.exit("there is no aiohttp for this python")


async def fetch_all(urls, concurrency):
    """Returns how many were not answered with 200. Each worker takes the next URL of the list."""
    left = iter(urls)
    failed = 0

    async def work(session):
        nonlocal failed
        for url in left:
            async with session.get(url) as answer:
                await answer.read()
                failed += answer.status != 200

    connector = aiohttp.TCPConnector(limit=concurrency)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        await asyncio.gather(*(work(session) for _ in range(min(concurrency, len(urls)))))
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    version = f"aiohttp {aiohttp.__version__} on Python {platform.python_version()}"
    parser.add_argument("--version", action="version", version=version)
    parser.add_argument("--concurrency", type=int, default=10)
    parser.add_argument("file")
    options = parser.parse_args()
    with open(options.file, encoding="ascii") as lines:
        urls = lines.read().split()
    sys.exit(1 if asyncio.run(fetch_all(urls, options.concurrency)) else 0)


main()
