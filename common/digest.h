#ifndef COMMON_DIGEST_H
#define COMMON_DIGEST_H

#include <stdint.h>

/*
 * A digest of a text, such that the sum (modulo 2^64) over several texts tells which they were and
 * how often each, in any order: FNV-1a (Fowler, Noll and Vo), whose differences between similar
 * texts are alike, behind the mixer of SplitMix64 (Steele, Lea and Flood 2014), which makes them
 * unlike. Two lists that differ have the same sum by chance once in 2^64; it is no protection
 * against somebody who wants them to.
 */
uint64_t digest_text(const char *text);

#endif
