/* Stands before libraries of a webclient under test (LD_PRELOAD), and makes them fail as they
 * seldom do. */

#include "tests/web/shim.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A name server that does not answer. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
    __typeof__(&getaddrinfo) next = (__typeof__(next))dlsym(RTLD_NEXT, "getaddrinfo");

    if (next == NULL)
        abort();
    if (name == NULL || strcmp(name, SHIM_SLOW_NAME) != 0)
        return next(name, service, hints, result);
    sleep(SHIM_SLOW_SECONDS);
    return EAI_AGAIN;
}

/* Fails from the call on that the environment names. */
CURLMcode curl_multi_socket_action(CURLM *multi, curl_socket_t number, int events, int *running)
{
    static atomic_long calls;
    const char *first = getenv(SHIM_SOCKET_ACTION);
    __typeof__(&curl_multi_socket_action) next =
        (__typeof__(next))dlsym(RTLD_NEXT, "curl_multi_socket_action");

    if (next == NULL)
        abort();
    if (first != NULL && ++calls >= strtol(first, NULL, 10))
        return CURLM_INTERNAL_ERROR;
    return next(multi, number, events, running);
}
