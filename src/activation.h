#ifndef ACTIVATION_H
#define ACTIVATION_H

/*
 * Socket activation: a service manager listens, and hands the listening socket to the process that
 * it starts, as descriptor 3. The protocol is that of the manual page sd_listen_fds(3).
 */

enum { ACTIVATION_REASON = 160 };

/*
 * Takes what LISTEN_PID and LISTEN_FDS say, and removes both and LISTEN_FDNAMES from the
 * environment, so that no child takes them for its own. Call it before anything is opened. Returns
 * 0 and *descriptor, which is the caller's and closed on exec, or -1 where nothing was handed to
 * this process; or -EINVAL with the reason in words (not exactly one socket, not open, not a
 * number).
 */
int activation_take(int *descriptor, char reason[static ACTIVATION_REASON]);

#endif
