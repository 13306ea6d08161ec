#ifndef BENCH_COMMAND_H
#define BENCH_COMMAND_H

/*
 * The subcommands. arguments[0] is the subcommand's name. Each returns the program's exit status,
 * having said on stderr what was wrong.
 */
int command_run(int count, char **arguments);
int command_table(int count, char **arguments);
int command_check(int count, char **arguments);
int command_diff(int count, char **arguments);
int command_report(int count, char **arguments);
int command_peers(int count, char **arguments);

enum { EXIT_WORSE = 2, EXIT_NOISY = 3, EXIT_INTERRUPTED = 128 };

#endif
