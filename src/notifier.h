#ifndef NOTIFIER_H
#define NOTIFIER_H

/*
 * Tells a service manager when the server accepts and when it stops, by datagrams to the socket
 * that NOTIFY_SOCKET names. The protocol is that of the manual page sd_notify(3).
 */
struct notifier;

/*
 * Takes NOTIFY_SOCKET (an absolute path, or "@" and a name of the abstract namespace) out of the
 * environment. Returns 0 and *notifier, which is NULL where nobody wants to be told; or -errno
 * (-EAFNOSUPPORT for an address of another kind, -ENAMETOOLONG, -ENOMEM, -EMFILE), with *notifier
 * NULL. stopping_descriptor becomes readable at the stop; it is borrowed until notifier_destroy.
 */
int notifier_create(struct notifier **notifier, int stopping_descriptor);

/*
 * Sends READY=1 with MAINPID and the status, one line. From then on a thread waits for the stop and
 * sends STOPPING=1: a backend may be deep in a computation then, and a signal handler may not send.
 * Waits a few seconds at most where the socket is full. Takes NULL. Returns 0 or -errno.
 */
int notifier_ready(struct notifier *notifier, const char *status);

/* Ends the thread; a stop that has begun is told before, which takes a second where the socket is
 * full. Takes NULL. */
void notifier_destroy(struct notifier *notifier);

#endif
