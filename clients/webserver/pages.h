#ifndef WEBSERVER_PAGES_H
#define WEBSERVER_PAGES_H

/* What is behind each path. */

#include <event2/http.h>

/* evhttp's callback for each request; context is the struct web_server. */
void pages_on_request(struct evhttp_request *request, void *context);

#endif
