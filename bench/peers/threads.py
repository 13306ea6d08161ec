"""A thread per connection, each with the blocking calls of the synchronous server."""

from threading import Thread

from protocol import listen
from synchronous import serve


def main():
    listener = listen()
    while True:
        client, _ = listener.accept()
        Thread(target=serve, args=(client,), daemon=True).start()


if __name__ == "__main__":
    main()
