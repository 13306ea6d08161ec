#include "bench/random.h"

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t mixed = *state += 0x9e3779b97f4a7c15;

    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
}

static uint64_t rotate_left(uint64_t word, int bits)
{
    return (word << bits) | (word >> (64 - bits));
}

void random_init(struct random *random, uint64_t seed, uint64_t stream)
{
    uint64_t state = stream;

    state = seed ^ splitmix64(&state);
    for (size_t i = 0; i < 4; i++)
        random->state[i] = splitmix64(&state);
}

uint64_t random_next(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t random_below(struct random *random, uint64_t bound)
{
    /* The numbers below this would make the first remainders likelier than the others. */
    uint64_t rejected = -bound % bound;
    uint64_t drawn;

    do {
        drawn = random_next(random);
    } while (drawn < rejected);
    return drawn % bound;
}

void random_order(struct random *random, size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t j = (size_t)random_below(random, i + 1);

        order[i] = order[j];
        order[j] = i;
    }
}
