#ifndef POLL_POLLER_H
#define POLL_POLLER_H

/*
 * Waiting for descriptors, by select(2), poll(2) or epoll(7) behind one small interface. All three
 * are level-triggered: what is ready and asked for is reported again until it is dealt with. Not
 * thread-safe: one poller belongs to one thread.
 */

enum poller_kind { POLLER_SELECT, POLLER_POLL, POLLER_EPOLL };

enum {
    POLLER_READ = 1,  /* bytes, a connection to accept, or the end of the stream */
    POLLER_WRITE = 2, /* room for at least some bytes */
    POLLER_ERROR = 4, /* reported without being asked for: reset, error, or closed both ways;
                         whatever was asked for is reported with it. select(2) cannot tell it apart:
                         that poller reports what was asked for instead, and nothing where nothing
                         was asked for. */
};

struct poller;

struct poller_event {
    void *owner;     /* as given to poller_add or poller_modify */
    unsigned events; /* POLLER_ bits, at least one */
};

/* "select", "poll" or "epoll". */
const char *poller_name(enum poller_kind kind);

/* Finds a kind by its name. Returns 0, or -EINVAL for an unknown one. */
int poller_kind_parse(const char *name, enum poller_kind *kind);

/* Returns 0 and *poller, which the caller destroys; or -errno (-ENOMEM, -EMFILE). */
int poller_create(struct poller **poller, enum poller_kind kind);

/* Takes NULL. Watched descriptors stay open: they belong to whoever added them. */
void poller_destroy(struct poller *poller);

/*
 * Watches a descriptor that is not watched yet. events may be 0: then only POLLER_ERROR is
 * reported. The descriptor is borrowed until poller_remove. Takes constant time. Returns 0,
 * -ENOMEM, -ENOSPC, -EBADF for a negative descriptor, -EEXIST where it is watched already, -ERANGE
 * where the poller can never hold this descriptor (select, from FD_SETSIZE on), or what
 * epoll_ctl(2) says
 * (-EPERM for a regular file).
 */
int poller_add(struct poller *poller, int descriptor, unsigned events, void *owner);

/*
 * Changes what a watched descriptor is watched for, or its owner. Takes constant time, and no
 * system call where the events stay the same. Returns 0, or -errno: -ENOENT where it is not
 * watched.
 */
int poller_modify(struct poller *poller, int descriptor, unsigned events, void *owner);

/*
 * Stops watching; call it before the descriptor is closed. Takes constant time; of a descriptor
 * that is not watched it takes no notice. Events of it that the last poller_wait has already handed
 * out are still in the caller's array: free no owner before that array is dealt with.
 */
void poller_remove(struct poller *poller, int descriptor);

/*
 * Waits until something is ready or timeout_ms has passed (-1: for ever, 0: not at all). Returns
 * the number of events written, 0 after the time-out, or -errno (-EINTR when a signal came). There
 * is one event for a descriptor at most. Where more are ready than capacity, the next calls report
 * the others before these again.
 */
int poller_wait(struct poller *poller, struct poller_event *events, int capacity, int timeout_ms);

#endif
