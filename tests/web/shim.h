#ifndef TESTS_WEB_SHIM_H
#define TESTS_WEB_SHIM_H

/* Variables that tell the shim what to do. */

/* The number of the first call of curl_multi_socket_action that fails, and all after it. */
#define SHIM_SOCKET_ACTION "WEB_SHIM_SOCKET_ACTION"

/* A name whose address takes longer to find out about than tests wait. */
#define SHIM_SLOW_NAME "slow.invalid"
enum { SHIM_SLOW_SECONDS = 300 };

#endif
