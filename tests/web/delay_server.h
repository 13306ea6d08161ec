#ifndef TESTS_WEB_DELAY_SERVER_H
#define TESTS_WEB_DELAY_SERVER_H

#include "tests/harness/fixture.h"

/* Starts the project's webserver, which ends with the test. Returns "http://127.0.0.1:PORT", valid
 * until then. */
const char *delay_server_start(struct fixture *fixture);

#endif
