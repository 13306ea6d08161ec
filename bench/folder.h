#ifndef BENCH_FOLDER_H
#define BENCH_FOLDER_H

/*
 * Makes an empty folder that only this user may enter, where temporary files go. Its whole path,
 * from the root, in new memory that the caller frees; NULL with errno where it cannot.
 */
char *folder_make(void);

/* Removes it with all that is in it, as far as that can be removed. */
void folder_remove(const char *path);

#endif
