#ifndef COMMON_NUMBER_H
#define COMMON_NUMBER_H

/*
 * Numbers as a user types them on a command line: the whole text must be one number. Both return 0
 * and set *value, or leave it alone and return -EINVAL (not a number, or something behind it) or
 * -ERANGE (outside minimum..maximum, both of which are allowed values).
 */
int number_parse(const char *text, long minimum, long maximum, long *value);

/* A decimal number with an optional fraction; not infinity, not a NaN, no hexadecimal. */
int number_parse_real(const char *text, double minimum, double maximum, double *value);

#endif
