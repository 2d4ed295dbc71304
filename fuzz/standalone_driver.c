/*
 * Replays inputs through a fuzz target without libFuzzer, so that every corpus is part of the
 * ordinary tests. Arguments are files, or directories whose files are taken in name order.
 * Prints one TAP case: the whole corpus. A crash, a leak or a sanitizer report fails it.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    struct stat about;
    if (fstat(fileno(file), &about) != 0) {
        fclose(file);
        return -1;
    }
    size_t size = (size_t) about.st_size;
    /* Exactly as long as the input, so that a read past its end is caught. */
    uint8_t *data = malloc(size > 0 ? size : 1);
    int result = -1;
    if (data != NULL && fread(data, 1, size, file) == size) {
        /* Named before it runs, so that a crash shows its input. */
        printf("# %s\n", path);
        fflush(stdout);
        (void) LLVMFuzzerTestOneInput(data, size);
        result = 0;
    }
    free(data);
    fclose(file);
    return result;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The number of inputs replayed, or -1. */
static long replay(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    if (!S_ISDIR(about.st_mode)) {
        return replay_file(path) == 0 ? 1 : -1;
    }
    struct dirent **entries = NULL;
    int found = scandir(path, &entries, not_hidden, alphasort);
    long count = found < 0 ? -1 : 0;
    for (int i = 0; i < found; i++) {
        char child[4096];
        int length = snprintf(child, sizeof child, "%s/%s", path, entries[i]->d_name);
        free(entries[i]);
        if (count < 0) {
            continue;
        }
        long inside = length > 0 && (size_t) length < sizeof child ? replay(child) : -1;
        count = inside < 0 ? -1 : count + inside;
    }
    free(entries);
    return count;
}

int main(int argc, char **argv)
{
    long total = 0;
    for (int i = 1; i < argc; i++) {
        long count = replay(argv[i]);
        if (count < 0) {
            printf("not ok 1 - corpus\n1..1\n");
            return 1;
        }
        total += count;
    }
    /* An empty corpus tests nothing: say so rather than pass. */
    printf("# %ld inputs\n%s 1 - corpus\n1..1\n", total, total > 0 ? "ok" : "not ok");
    return total > 0 ? 0 : 1;
}
