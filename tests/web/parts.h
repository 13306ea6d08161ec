#ifndef TESTS_WEB_PARTS_H
#define TESTS_WEB_PARTS_H

#include "tests/harness/suite.h"

extern const struct suite_part answers_part, broken_part, failures_part, limits_part, proxies_part,
    retries_part, output_part, streaming_part, nginx_part, crawling_part;

#endif
