#ifndef BENCH_PEERS_FOLDER_H
#define BENCH_PEERS_FOLDER_H

#include "bench/problem.h"

/*
 * Finds the folder of the peers: the one that FIBBENCH_PEERS names in the environment, else beside
 * fibbench in the build tree, else where the installation puts them. Returns 0 and *folder in new
 * memory that the caller frees, or -ENOENT with the problem.
 */
int peers_folder_find(char **folder, struct problem *problem);

#endif
