"""A small event loop: tasks are generators that yield what they wait for."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
import socket

from protocol import RECEIVE_BYTES


class Watch:
    """What the selector knows of a socket: the task that waits for it, if any."""

    def __init__(self, events):
        self.events = events
        self.task = None


class Loop:
    """A task waits with `yield socket, event` until it can read or write, and with `yield future`
    until a thread of the pool has finished. Other waits are made of these by `yield from`."""

    def __init__(self):
        self.selector = DefaultSelector()
        self.watches = {}
        self.ready = deque()
        self.pool = ThreadPoolExecutor()
        self.wake_up, self.waker = socket.socketpair()
        self.wake_up.setblocking(False)
        self.waker.setblocking(False)

    def spawn(self, task):
        self.ready.append(task)

    def run(self):
        self.spawn(self.listen_to_threads())
        while True:
            for _ in range(len(self.ready)):
                self.step(self.ready.popleft())
            for key, _ in self.selector.select(0 if self.ready else None):
                self.on_event(key)

    def step(self, task):
        try:
            wanted = next(task)
        except StopIteration:
            return
        if isinstance(wanted, tuple):
            self.watch(*wanted, task)
        else:
            wanted.add_done_callback(lambda _: self.finished_in_thread(task))

    def watch(self, client, events, task):
        watch = self.watches.get(client)
        if watch is None:
            self.watches[client] = watch = Watch(events)
            self.selector.register(client, events, watch)
        elif watch.events != events:
            watch.events = events
            self.selector.modify(client, events, watch)
        watch.task = task

    def on_event(self, key):
        """A socket stays watched after the wait, since its task will mostly wait for it again; only
        an event that nobody waits for ends that."""
        task, key.data.task = key.data.task, None
        if task is None:
            self.forget(key.fileobj)
        else:
            self.step(task)

    def forget(self, client):
        """To be called before a socket is closed."""
        if self.watches.pop(client, None):
            self.selector.unregister(client)

    def finished_in_thread(self, task):
        self.ready.append(task)
        try:
            self.waker.send(b"\0")
        except BlockingIOError:  # full: the loop will wake up
            pass

    def listen_to_threads(self):
        while True:
            yield self.wake_up, EVENT_READ
            self.wake_up.recv(4096)

    def run_in_thread(self, function, *arguments):
        future = self.pool.submit(function, *arguments)
        yield future
        return future.result()

    def accept(self, listener):
        yield listener, EVENT_READ
        client, _ = listener.accept()
        client.setblocking(False)
        return client

    def receive(self, client):
        yield client, EVENT_READ
        return client.recv(RECEIVE_BYTES)

    def send_all(self, client, data):
        while data:
            try:
                data = data[client.send(data) :]
            except BlockingIOError:
                yield client, EVENT_WRITE
