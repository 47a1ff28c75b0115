/* Loaded before the C library: makes the writes below FAULT_FOLDER fail for as long as the file FAULT_FILE says
 * so. It needs no rights and no disk of its own, so it works for every user and in every container.
 *
 * FAULT_FILE holds one word and a part of the paths that it concerns: `full` (no room), `readonly` (the file
 * system has become read-only), `sync` (what was written cannot be made durable). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum mode { NONE, FULL, READONLY, SYNC };

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

static enum mode mode_for(const char *path) {
    const char *folder = getenv("FAULT_FOLDER"), *file = getenv("FAULT_FILE");
    if (!folder || !file || strncmp(path, folder, strlen(folder)) != 0) return NONE;
    int fd = REAL(open)(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return NONE;
    char said[256] = {0}, word[16] = {0}, part[200] = {0};
    ssize_t length = read(fd, said, sizeof said - 1);
    close(fd);
    if (length <= 0 || sscanf(said, "%15s %199s", word, part) < 1) return NONE;
    if (!strstr(path, part)) return NONE;
    if (strcmp(word, "full") == 0) return FULL;
    if (strcmp(word, "readonly") == 0) return READONLY;
    if (strcmp(word, "sync") == 0) return SYNC;
    return NONE;
}

static enum mode mode_of(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0 || path[0] != '/') return NONE;
    path[length] = 0;
    return mode_for(path);
}

static int write_fails(enum mode mode) {
    if (mode == FULL) errno = ENOSPC;
    if (mode == READONLY) errno = EROFS;
    return mode == FULL || mode == READONLY;
}

static int sync_fails(enum mode mode) {
    if (mode == SYNC) errno = EIO;
    return mode == SYNC;
}

/* Making a file needs room; opening one for writing needs a file system that can be written to. */
static int open_fails(const char *path, int flags) {
    enum mode mode = mode_for(path);
    struct stat found;
    int makes = (flags & O_CREAT) && stat(path, &found) != 0;
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    if (mode == FULL && makes) errno = ENOSPC;
    else if (mode == READONLY && (makes || writes)) errno = EROFS;
    else return 0;
    return 1;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
        return open_fails(path, flags) ? -1 : REAL(name)(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

ssize_t write(int fd, const void *data, size_t size) {
    return write_fails(mode_of(fd)) ? -1 : REAL(write)(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    return write_fails(mode_of(fd)) ? -1 : REAL(pwrite)(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    return write_fails(mode_of(fd)) ? -1 : REAL(pwrite64)(fd, data, size, at);
}
int ftruncate(int fd, off_t size) { return write_fails(mode_of(fd)) ? -1 : REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { return write_fails(mode_of(fd)) ? -1 : REAL(ftruncate64)(fd, size); }
int fsync(int fd) { return sync_fails(mode_of(fd)) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return sync_fails(mode_of(fd)) ? -1 : REAL(fdatasync)(fd); }
int mkdir(const char *path, mode_t mode) { return write_fails(mode_for(path)) ? -1 : REAL(mkdir)(path, mode); }
int unlink(const char *path) { return mode_for(path) == READONLY ? (errno = EROFS, -1) : REAL(unlink)(path); }
int rename(const char *from, const char *to) {
    return mode_for(to) == READONLY ? (errno = EROFS, -1) : REAL(rename)(from, to);
}
