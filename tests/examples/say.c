/*
 * Says lines to a server on this machine, and prints all that it answers until it closes the
 * connection:
 *
 *     say PORT LINE... [-- LINE...]...
 *
 * Each group of lines goes over a connection of its own, one group after the other. All are
 * connected before the first line is said, later groups first: a server that served one client at
 * a time would not answer the first group.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GROUPS_MAX = 8 };

static int connect_to(const char *port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int number = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (number >= 0 && connect(number, (struct sockaddr *)&address, sizeof(address)) == 0)
        return number;
    perror("say: cannot connect");
    exit(EXIT_FAILURE);
}

/* lines end in NULL. */
static void talk(int number, char *const *lines)
{
    char bytes[4096];
    ssize_t got;

    for (; *lines != NULL; lines++)
        if (dprintf(number, "%s\r\n", *lines) < 0) {
            perror("say: cannot send");
            exit(EXIT_FAILURE);
        }
    while ((got = read(number, bytes, sizeof(bytes))) > 0)
        fwrite(bytes, 1, (size_t)got, stdout);
    if (got < 0) {
        perror("say: cannot receive");
        exit(EXIT_FAILURE);
    }
}

int main(int argc, char **argv)
{
    char **groups[GROUPS_MAX];
    int connections[GROUPS_MAX];
    size_t count = 1;

    if (argc < 3) {
        fprintf(stderr, "usage: say PORT LINE... [-- LINE...]...\n");
        return 2;
    }
    groups[0] = argv + 2;
    for (char **argument = argv + 2; *argument != NULL && count < GROUPS_MAX; argument++)
        if (strcmp(*argument, "--") == 0) {
            *argument = NULL;
            groups[count++] = argument + 1;
        }
    for (size_t i = count; i > 0; i--)
        connections[i - 1] = connect_to(argv[1]);
    for (size_t i = 0; i < count; i++) {
        talk(connections[i], groups[i]);
        close(connections[i]);
    }
    return EXIT_SUCCESS;
}
