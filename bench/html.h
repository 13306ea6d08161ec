#ifndef BENCH_HTML_H
#define BENCH_HTML_H

#include <stdio.h>

/*
 * Text for HTML that is well-formed XML as well: & < > and quotes are escaped, so that it can stand
 * in an attribute too; bytes that are no UTF-8, and characters that XML forbids, become U+FFFD.
 */
void html_escape(FILE *file, const char *text);

/* printf, and all of it escaped. */
void html_text(FILE *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
