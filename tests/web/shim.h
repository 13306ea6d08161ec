#ifndef TESTS_WEB_SHIM_H
#define TESTS_WEB_SHIM_H

/* Variables that tell the shim what to do. */

/* The number of the first call of curl_multi_socket_action that fails, and all after it. */
#define SHIM_SOCKET_ACTION "WEB_SHIM_SOCKET_ACTION"

#endif
