#ifndef CORO_MESSAGE_H
#define CORO_MESSAGE_H

#include <stdarg.h>

/* What is said of an error; counted, because each result that passes the error on shares it. */
struct message {
    unsigned references;
    int error;
    char text[];
};

/* Returns a message with one reference, or NULL where there is no memory. */
struct message *message_create(int error, const char *format, va_list arguments);

struct message *message_hold(struct message *message);

/* Takes NULL. */
void message_release(struct message *message);

#endif
