#include "common/digest.h"

uint64_t digest_text(const char *text)
{
    uint64_t digest = 0xcbf29ce484222325;

    for (; *text != '\0'; text++)
        digest = (digest ^ (unsigned char)*text) * 0x100000001b3;
    digest = (digest ^ digest >> 30) * 0xbf58476d1ce4e5b9;
    digest = (digest ^ digest >> 27) * 0x94d049bb133111eb;
    return digest ^ digest >> 31;
}
