#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/*
 * What it costs to wake a thread on another CPU: two threads hand a token to and fro by eventfds
 * and sleep in between. Half a round is a write, the wake-up, and a read; prints its median in
 * microseconds.
 */

enum { ROUNDS = 2000, CALL_SECONDS_MOST = 20 };

struct hands {
    int there, back, cpu;
};

static void pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set) < 0) {
        perror("wakeup_cost: sched_setaffinity");
        exit(EXIT_FAILURE);
    }
}

static void hand_over(int to, int from)
{
    uint64_t token = 1;

    if (write(to, &token, sizeof(token)) < 0 || read(from, &token, sizeof(token)) < 0)
        exit(EXIT_FAILURE);
}

static void *answer(void *argument)
{
    const struct hands *hands = argument;
    uint64_t token = 1;

    pin(hands->cpu);
    if (read(hands->there, &token, sizeof(token)) < 0)
        exit(EXIT_FAILURE);
    for (int i = 1; i < ROUNDS; i++)
        hand_over(hands->back, hands->there);
    if (write(hands->back, &token, sizeof(token)) < 0)
        exit(EXIT_FAILURE);
    return NULL;
}

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec * 1e-3;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    struct hands hands = {.there = eventfd(0, EFD_CLOEXEC), .back = eventfd(0, EFD_CLOEXEC)};
    static double times[ROUNDS];
    pthread_t thread;

    if (argc != 3) {
        fprintf(stderr, "usage: %s CPU CPU\n", argv[0]);
        return 2;
    }
    hands.cpu = atoi(argv[2]);
    pin(atoi(argv[1]));
    alarm(CALL_SECONDS_MOST);
    if (pthread_create(&thread, NULL, answer, &hands) != 0)
        return EXIT_FAILURE;
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now_us();

        hand_over(hands.there, hands.back);
        times[i] = (now_us() - begin) / 2;
    }
    pthread_join(thread, NULL);
    qsort(times, ROUNDS, sizeof(times[0]), compare);
    printf("%.1f\n", times[ROUNDS / 2]);
    return EXIT_SUCCESS;
}
