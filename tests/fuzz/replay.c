#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

/* Runs every file of a folder through a fuzz target once: for compilers without libFuzzer. */

enum { INPUT_MOST = 1 << 20, PATH_SIZE = 4096 };

static int replay_file(const char *path)
{
    uint8_t *bytes = malloc(INPUT_MOST), *exact;
    FILE *file = fopen(path, "rb");
    size_t length;

    if (bytes == NULL || file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        free(bytes);
        return -1;
    }
    length = fread(bytes, 1, INPUT_MOST, file);
    fclose(file);
    /* As long as the input is, so that a sanitizer sees a read beyond it. */
    exact = malloc(length > 0 ? length : 1);
    if (exact != NULL) {
        memcpy(exact, bytes, length);
        LLVMFuzzerTestOneInput(exact, length);
    }
    free(exact);
    free(bytes);
    return exact != NULL ? 0 : -1;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    const struct dirent *entry;
    char path[PATH_SIZE];
    unsigned files = 0;
    int error = 0;

    if (folder == NULL) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return EXIT_FAILURE;
    }
    while (error == 0 && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
        printf("%s\n", entry->d_name);
        fflush(stdout);
        error = replay_file(path);
        files++;
    }
    closedir(folder);
    return error == 0 && files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
