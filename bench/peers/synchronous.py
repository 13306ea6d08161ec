"""Blocking calls, one connection at a time: the next client waits until this one has gone."""

from protocol import RECEIVE_BYTES, Dialogue, listen


def serve(client):
    dialogue = Dialogue()
    try:
        while not dialogue.over:
            for answers in dialogue.answers(client.recv(RECEIVE_BYTES)):
                client.sendall(answers)
    except OSError:  # the client has gone
        pass
    dialogue.close(client)


def main():
    listener = listen()
    while True:
        client, _ = listener.accept()
        serve(client)


if __name__ == "__main__":
    main()
