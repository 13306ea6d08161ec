#ifndef CORO_CORO_H
#define CORO_CORO_H

/*
 * Stackful coroutines on an event loop: code that waits for descriptors and time reads like
 * blocking code, and thousands of such tasks share one thread.
 *
 * A loop stands on an engine (engine.h) that watches descriptors; engine_poll.h has one on
 * select(2), poll(2) or epoll(7). A loop and all that belongs to it is used by one thread at a
 * time; only coro_loop_post may be called from others. There is no hidden state: what runs in a
 * task is handed its loop.
 *
 * Functions return 0 (or a count) or -errno. Those marked "suspends" let other tasks run meanwhile
 * and must be called from a task of that loop; from elsewhere they return -EPERM. Once a task has
 * been cancelled each of them fails at once with -ECANCELED, until the task ends.
 *
 * What belongs to the thread is shared by its tasks: errno, the rounding mode and the other
 * floating point control bits (x87 control word, MXCSR, FPCR), the signal mask. A task that changes
 * one of them puts it back before it suspends. Saving the control words would double the cost of a
 * switch. (Where the switch is built on ucontext, the C library saves some of these for each task.)
 *
 * A task's stack ends in a guard page: an overflow is a SIGSEGV, not a silent corruption, and is
 * reported with the name of the task (coro_loop_options). Blocking calls, reading regular files
 * among them, stop the whole loop.
 *
 * Further parts have headers of their own: future.h, combine.h (gather, wait, as completed),
 * group.h (tasks that end together), scope.h (deadlines, shields), generator.h, lock.h (and
 * conditions), events.h, semaphores.h, queue.h;
 * executor.h (threads), process_pool.h; resolve.h, socket.h, stream.h, serve.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct coro_engine;
struct coro_loop;
struct coro_task;

/* A deadline that never comes. Deadlines are nanoseconds on the loop's clock, coro_now. */
#define CORO_FOREVER INT64_MAX

struct coro_loop_options {
    size_t stack_size;    /* bytes of stack for a task, rounded up to pages; 0: 256 KiB. Only the
                             pages that were once used are resident. */
    unsigned stacks_kept; /* how many stacks of ended tasks are kept for new ones; 0: 256 */

    /* Told in a sentence what nobody else could be told: a task that failed and whose result was
     * never asked for, what was pending when the loop was closed. NULL: a line on standard error.
     * It must not suspend. */
    void (*complain)(void *context, const char *sentence);
    void *complain_context;

    bool no_overflow_report; /* leaves SIGSEGV and the signal stack of the thread alone */
};

/* The smallest stack_size that coro_loop_create takes. */
#define CORO_STACK_MINIMUM ((size_t)16 * 1024)

/*
 * Creates a loop on an engine. options may be NULL. Returns 0 and *loop, which then owns the
 * engine; or -errno, and the engine is still the caller's: -EINVAL for a stack below
 * CORO_STACK_MINIMUM, -ENOMEM.
 */
int coro_loop_create(struct coro_loop **loop, struct coro_engine *engine,
                     const struct coro_loop_options *options);

/* Frees an engine that no loop owns. Takes NULL. */
void coro_engine_destroy(struct coro_engine *engine);

/*
 * Frees the loop, its engine and its stacks. Takes NULL. Returns 0; or -EBUSY, and nothing is
 * freed, while it runs or has tasks: coro_loop_close ends them. Futures and ended tasks that are
 * still held may outlive it; alarms are disarmed; what was posted, or to be called in the next
 * turn, is called now, and what that has called, unless it never ends.
 */
int coro_loop_destroy(struct coro_loop *loop);

/*
 * Ends what is still pending, and frees the loop: complains of each task, future and alarm by name,
 * cancels it, and runs the loop until the tasks have ended. Takes NULL. Returns 0; -EBUSY where it
 * runs, or where a task has not ended after so many nanoseconds (one that shields itself, or
 * ignores its errors): then it is not freed.
 */
int coro_loop_close(struct coro_loop *loop, int64_t patience);

/* Calls visit for each task that has not ended ("task"), future that has no result ("future") and
 * armed alarm ("alarm"), with its name. visit must not change any of them. */
void coro_loop_pending(struct coro_loop *loop,
                       void (*visit)(void *context, const char *kind, const char *name),
                       void *context);

/*
 * Runs tasks until there is none, or coro_loop_stop is called. May be called again. Returns 0;
 * -EBUSY where it runs already; -ENOTSUP where the engine is driven by its host (engine.h); or what
 * made waiting impossible.
 */
int coro_loop_run(struct coro_loop *loop);

/* The same, with or without tasks, until coro_loop_stop is called. */
int coro_loop_run_forever(struct coro_loop *loop);

/* Makes the call that runs the loop return when the tasks that are ready now have had their turn.
 * Tasks that have not ended go on in the next run. */
void coro_loop_stop(struct coro_loop *loop);

/* How many tasks have not ended. */
size_t coro_loop_tasks(const struct coro_loop *loop);

/* Cancels all tasks that have not ended, the caller among them. */
void coro_loop_cancel_all(struct coro_loop *loop);

/* Nanoseconds of CLOCK_MONOTONIC, read once in a turn of the loop: as old as the tasks that have
 * run since took. */
int64_t coro_now(struct coro_loop *loop);

/* Has coro_now read the clock again: after something that took long, so that what is counted from
 * now is not over before it begins. */
void coro_refresh_clock(struct coro_loop *loop);

/* A place in the loop's timers. The library's. */
struct coro_timer {
    int64_t deadline; /* CORO_FOREVER: stopped */
    size_t place;     /* in the heap, plus one; 0: not there */
    void (*expire)(struct coro_timer *timer);
};

/* Something to be called by the loop, on its own stack. The caller keeps it until it is called. */
struct coro_call {
    void (*function)(struct coro_call *call);
    struct coro_call *next; /* the library's */
};

/*
 * Has call->function(call) called once in the next turn, behind what is ready already. It must not
 * suspend. A call keeps coro_loop_run from returning only while there are tasks.
 */
void coro_loop_call(struct coro_loop *loop, struct coro_call *call);

/* The same from any thread: wakes the loop if it waits. The loop must outlive the call. Calls of
 * one thread keep their order. */
void coro_loop_post(struct coro_loop *loop, struct coro_call *call);

/* Something to be called at a point in time, once, on the loop's own stack. The caller sets
 * function and name, leaves the rest zero, and keeps it until it was called or cancelled. */
struct coro_alarm {
    void (*function)(struct coro_alarm *alarm); /* must not suspend; may arm the alarm again */
    const char *name;                           /* for people; NULL: "alarm" */
    struct coro_loop *loop;                     /* the rest is the library's */
    struct coro_timer timer;
};

/*
 * Arms an alarm, or moves an armed one: for a point on coro_now's clock, or so many nanoseconds
 * from now (measured afresh). One that is over already is called in the next turn. O(log n) in the
 * number of timers. Alarms do not keep coro_loop_run from returning. Returns 0 or -ENOMEM (then
 * it is armed as it was before).
 */
int coro_call_at(struct coro_loop *loop, struct coro_alarm *alarm, int64_t deadline);
int coro_call_later(struct coro_loop *loop, struct coro_alarm *alarm, int64_t nanoseconds);

/* Disarms it: it will not be called. Of one that is not armed it takes no notice. */
void coro_call_cancel(struct coro_alarm *alarm);

/* What a task runs. It returns 0 (or what it has counted) or -errno, which is the status of the
 * task as a future (future.h); a value beside it is set by coro_return, a message by coro_fail. */
typedef int coro_function(struct coro_loop *loop, void *argument);

/*
 * Starts a task: function(loop, argument) begins in the next turn, behind what is ready already.
 * name is for people (a debugger, a log); it is not copied; NULL for none. Where task is not NULL,
 * *task is a reference that the caller gives back with coro_release; with NULL the task cleans up
 * after itself alone. Returns 0; -ENOMEM when there is no memory for a stack, or there are too many
 * mappings: each stack needs two, so vm.max_map_count (65530 unless raised) ends it near 32,000
 * tasks (coro_strerror says so).
 */
int coro_spawn(struct coro_loop *loop, struct coro_task **task, const char *name,
               coro_function *function, void *argument);

/* Gives back the reference that coro_spawn handed out. Takes NULL. The task goes on if it has not
 * ended. */
void coro_release(struct coro_task *task);

/*
 * Suspends until the task has ended or the deadline has passed. Returns 0 and what its function
 * returned in *result (which may be NULL); -ETIMEDOUT; -ECANCELED where the caller was cancelled
 * (the task goes on); -EDEADLK for the caller's own task; the error that the caller was woken with
 * by coro_wake before, or -EINTR. Of a task that has ended it returns at once, from anywhere.
 * coro_await (future.h) does the same with the value and the message.
 */
int coro_join(struct coro_task *task, int64_t deadline, int *result);

/*
 * Cancels a task: the call in which it is suspended returns -ECANCELED, and so does each suspending
 * call after that, until it ends. A task that is ready to go on with a result gets the result
 * first. Never suspends; of an ended task it takes no notice.
 */
void coro_cancel(struct coro_task *task);

bool coro_is_cancelled(const struct coro_task *task);
bool coro_has_ended(const struct coro_task *task);

/* The name given to coro_spawn, or "task". */
const char *coro_task_name(const struct coro_task *task);

/* The task that runs now; NULL outside of tasks. Valid until that task ends. */
struct coro_task *coro_self(const struct coro_loop *loop);

/* Lets everything run that is ready, descriptors that became ready included. Suspends. Returns 0 or
 * -ECANCELED. */
int coro_yield(struct coro_loop *loop);

/* Suspends for at least that many nanoseconds; 0 or less is coro_yield. Returns 0 or -ECANCELED. */
int coro_sleep(struct coro_loop *loop, int64_t nanoseconds);

/*
 * What every wait is made of: suspends until somebody calls coro_wake, and returns the result given
 * there; -ETIMEDOUT when the deadline passes before; -ECANCELED.
 */
int coro_suspend(struct coro_loop *loop, int64_t deadline);

/*
 * Makes a suspended task ready, behind the others. Whatever it is suspended in returns result.
 * Never suspends. Returns false where the task is not suspended (ready already, running or ended):
 * then nothing has happened and the result is lost.
 */
bool coro_wake(struct coro_task *task, int result);

/* A sentence for an error of this library, with what to do about it where that is known; otherwise
 * strerror's. error is -errno. Valid until the next call in this thread. */
const char *coro_strerror(int error);

/* What an engine knows of a descriptor. The library's and the engine's. */
struct coro_watch {
    struct coro_loop *loop;
    void *engine_data;
    int descriptor;
    unsigned char events; /* what the engine watches for: CORO_READ, CORO_WRITE */
    bool watched;         /* whether the engine has it at all */
};

/* A descriptor that tasks wait for. The caller owns it; its fields are the library's. It does not
 * move in memory between init and finish. */
struct coro_descriptor {
    struct coro_watch watch;
    struct coro_task *reader, *writer; /* who waits */
    bool drained;                      /* the last receive took all there was */
    bool interrupted;
};

/*
 * Registers a non-blocking descriptor with the loop's engine, once for its whole life. The
 * descriptor is borrowed until coro_descriptor_finish. Returns 0; or -errno, and nothing is to be
 * finished: -ERANGE for a descriptor beyond what the engine can watch (select), -EEXIST where it is
 * registered already, -EPERM for what cannot be waited for (a regular file), -ENOMEM, -ENOSPC.
 */
int coro_descriptor_init(struct coro_descriptor *descriptor, struct coro_loop *loop, int number);

/* Unregisters it, before it is closed (which is the caller's business). Who still waits for it gets
 * -EBADF. */
void coro_descriptor_finish(struct coro_descriptor *descriptor);

/*
 * Suspends until there is something to read (bytes, a connection, the end of the stream, an error),
 * or room to write, or an error; the next system call on the descriptor tells which. Waiting twice
 * for what is still there returns twice. Returns 0; -ETIMEDOUT; -ECANCELED; -EINTR after
 * coro_interrupt (reading alone); -EBUSY where another task waits for the same; or why the engine
 * cannot watch it.
 */
int coro_wait_readable(struct coro_descriptor *descriptor, int64_t deadline);
int coro_wait_writable(struct coro_descriptor *descriptor, int64_t deadline);

/*
 * Makes the present and each later wait for reading return -EINTR, until coro_descriptor_finish.
 * Waits for writing go on. For a stop that reads nothing more but still sends. Never suspends.
 */
void coro_interrupt(struct coro_descriptor *descriptor);

/*
 * recv(2): suspends until there are bytes, takes at most size. After a call that did not fill the
 * buffer the next one waits before it asks, so a request costs one wait and one receive. Returns
 * the number of bytes, 0 at the end of the stream, or -errno: recv's, or coro_wait_readable's.
 */
ssize_t coro_receive(struct coro_descriptor *descriptor, void *buffer, size_t size,
                     int64_t deadline);

/*
 * send(2) without SIGPIPE: sends some bytes, and suspends only while there is room for none.
 * Returns how many were sent, or -errno: send's, or coro_wait_writable's.
 */
ssize_t coro_send(struct coro_descriptor *descriptor, const void *bytes, size_t size,
                  int64_t deadline);

/*
 * accept4(2) with SOCK_NONBLOCK and SOCK_CLOEXEC: suspends until there is a connection. Connections
 * that were gone before they were accepted are passed over. Returns its descriptor, which the
 * caller closes, or -errno: accept4's (-EMFILE: out of descriptors), or coro_wait_readable's.
 */
int coro_accept(struct coro_descriptor *listener, int64_t deadline);

#ifdef __cplusplus
}
#endif

#endif
