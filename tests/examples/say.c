/*
 * Says lines to a server on this machine, all at once, and prints all that it answers until it
 * closes the connection:
 *
 *     say PORT [LINE...]
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

int main(int argc, char **argv)
{
    char bytes[4096];
    ssize_t got;
    int number;

    if (argc < 2) {
        fprintf(stderr, "usage: say PORT [LINE...]\n");
        return 2;
    }
    number = connect_to(argv[1]);
    for (int i = 2; i < argc; i++)
        if (dprintf(number, "%s\r\n", argv[i]) < 0) {
            perror("say: cannot send");
            return EXIT_FAILURE;
        }
    while ((got = read(number, bytes, sizeof(bytes))) > 0)
        fwrite(bytes, 1, (size_t)got, stdout);
    close(number);
    return got < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
