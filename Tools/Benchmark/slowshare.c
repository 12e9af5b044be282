/* A share that answers slowly: a folder shown through FUSE, where every question waits.
 *
 *   slowshare MILLISECONDS FOLDER MOUNTPOINT [FUSE OPTIONS]
 *
 * Nothing is kept by the kernel: no names, no attributes, no pages of files that were closed. On
 * SIGUSR1 the number of questions of each kind since the last time is written to standard error.
 *
 *   cc -O2 -Wall slowshare.c -o slowshare $(pkg-config --cflags --libs fuse3)
 */
#define _GNU_SOURCE
#define FUSE_USE_VERSION 31

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum question {
  GETATTR, OPENDIR, READDIR, OPEN, READ, WRITE, FLUSH, RELEASE, SYNC,
  CREATE, MKDIR, UNLINK, RMDIR, RENAME, LINK, OTHER, QUESTIONS
};

static const char *const names[QUESTIONS] = {
  "getattr", "opendir", "readdir", "open", "read", "write", "flush", "release", "sync",
  "create", "mkdir", "unlink", "rmdir", "rename", "link", "other",
};

static atomic_long counts[QUESTIONS];
static struct timespec pause_time;
static int root;

/* Every question is counted, and waits. */
static void ask(enum question question) {
  atomic_fetch_add(&counts[question], 1);
  nanosleep(&pause_time, NULL);
}

/* Paths begin with a slash, and are taken below the root. */
static const char *below(const char *path) { return path[1] ? path + 1 : "."; }

static int answer(int result) { return result == -1 ? -errno : 0; }

static int handle(struct fuse_file_info *info) { return info ? (int)info->fh : -1; }

static int share_getattr(const char *path, struct stat *facts, struct fuse_file_info *info) {
  ask(GETATTR);
  if (handle(info) > 0) return answer(fstat(handle(info), facts));
  return answer(fstatat(root, below(path), facts, AT_SYMLINK_NOFOLLOW));
}

static int share_opendir(const char *path, struct fuse_file_info *info) {
  ask(OPENDIR);
  int raw = openat(root, below(path), O_RDONLY | O_DIRECTORY);
  if (raw == -1) return -errno;
  DIR *folder = fdopendir(raw);
  if (!folder) return -errno;
  info->fh = (uintptr_t)folder;
  return 0;
}

static int share_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
                         struct fuse_file_info *info, enum fuse_readdir_flags flags) {
  (void)path;
  (void)offset;
  (void)flags;
  ask(READDIR);
  DIR *folder = (DIR *)(uintptr_t)info->fh;
  rewinddir(folder);
  for (struct dirent *entry; (entry = readdir(folder));) {
    struct stat facts = {.st_ino = entry->d_ino, .st_mode = (mode_t)DTTOIF(entry->d_type)};
    if (fill(buffer, entry->d_name, &facts, 0, 0)) break;
  }
  return 0;
}

static int share_releasedir(const char *path, struct fuse_file_info *info) {
  (void)path;
  return answer(closedir((DIR *)(uintptr_t)info->fh));
}

static int opened(int raw, struct fuse_file_info *info) {
  if (raw == -1) return -errno;
  info->fh = (uint64_t)raw;
  return 0;
}

static int share_open(const char *path, struct fuse_file_info *info) {
  ask(OPEN);
  return opened(openat(root, below(path), info->flags & ~O_NOFOLLOW), info);
}

static int share_create(const char *path, mode_t mode, struct fuse_file_info *info) {
  ask(CREATE);
  return opened(openat(root, below(path), info->flags | O_CREAT, mode), info);
}

static int share_read(const char *path, char *buffer, size_t size, off_t offset,
                      struct fuse_file_info *info) {
  (void)path;
  ask(READ);
  ssize_t count = pread(handle(info), buffer, size, offset);
  return count == -1 ? -errno : (int)count;
}

static int share_write(const char *path, const char *buffer, size_t size, off_t offset,
                       struct fuse_file_info *info) {
  (void)path;
  ask(WRITE);
  ssize_t count = pwrite(handle(info), buffer, size, offset);
  return count == -1 ? -errno : (int)count;
}

static int share_flush(const char *path, struct fuse_file_info *info) {
  (void)path;
  ask(FLUSH);
  return answer(close(dup(handle(info))));
}

static int share_release(const char *path, struct fuse_file_info *info) {
  (void)path;
  atomic_fetch_add(&counts[RELEASE], 1); /* Nobody waits for it. */
  return answer(close(handle(info)));
}

static int share_fsync(const char *path, int data, struct fuse_file_info *info) {
  (void)path;
  (void)data;
  ask(SYNC);
  return answer(fsync(handle(info)));
}

static int share_fsyncdir(const char *path, int data, struct fuse_file_info *info) {
  (void)path;
  (void)data;
  ask(SYNC);
  return answer(fsync(dirfd((DIR *)(uintptr_t)info->fh)));
}

static int share_mkdir(const char *path, mode_t mode) {
  ask(MKDIR);
  return answer(mkdirat(root, below(path), mode));
}

static int share_unlink(const char *path) {
  ask(UNLINK);
  return answer(unlinkat(root, below(path), 0));
}

static int share_rmdir(const char *path) {
  ask(RMDIR);
  return answer(unlinkat(root, below(path), AT_REMOVEDIR));
}

static int share_rename(const char *from, const char *to, unsigned flags) {
  ask(RENAME);
  return answer(renameat2(root, below(from), root, below(to), flags));
}

static int share_link(const char *from, const char *to) {
  ask(LINK);
  return answer(linkat(root, below(from), root, below(to), 0));
}

static int share_truncate(const char *path, off_t size, struct fuse_file_info *info) {
  (void)path;
  ask(OTHER);
  return answer(info ? ftruncate(handle(info), size) : -1);
}

static int share_chmod(const char *path, mode_t mode, struct fuse_file_info *info) {
  (void)info;
  ask(OTHER);
  return answer(fchmodat(root, below(path), mode, 0));
}

/* Nothing is remembered on this side of the share. */
static void *share_init(struct fuse_conn_info *connection, struct fuse_config *config) {
  (void)connection;
  config->entry_timeout = 0;
  config->attr_timeout = 0;
  config->negative_timeout = 0;
  config->use_ino = 1;
  return NULL;
}

static const struct fuse_operations share = {
  .init = share_init, .getattr = share_getattr, .opendir = share_opendir,
  .readdir = share_readdir, .releasedir = share_releasedir, .open = share_open,
  .create = share_create, .read = share_read, .write = share_write, .flush = share_flush,
  .release = share_release, .fsync = share_fsync, .fsyncdir = share_fsyncdir,
  .mkdir = share_mkdir, .unlink = share_unlink, .rmdir = share_rmdir, .rename = share_rename,
  .link = share_link, .truncate = share_truncate, .chmod = share_chmod,
};

/* One line: the questions of each kind since the last signal, and their sum. */
static void tell(int signal) {
  (void)signal;
  char line[1024];
  long sum = 0;
  int length = 0;
  for (int kind = 0; kind < QUESTIONS; kind++) {
    long count = atomic_exchange(&counts[kind], 0);
    if (!count) continue;
    sum += count;
    length += snprintf(line + length, sizeof line - (size_t)length, "%s %ld ", names[kind], count);
  }
  length += snprintf(line + length, sizeof line - (size_t)length, "all %ld\n", sum);
  (void)!write(STDERR_FILENO, line, (size_t)length);
}

int main(int count, char **arguments) {
  if (count < 4) {
    fprintf(stderr, "usage: slowshare MILLISECONDS FOLDER MOUNTPOINT [FUSE OPTIONS]\n");
    return 64;
  }
  long microseconds = (long)(atof(arguments[1]) * 1000);
  pause_time.tv_sec = microseconds / 1000000;
  pause_time.tv_nsec = microseconds % 1000000 * 1000;
  root = open(arguments[2], O_RDONLY | O_DIRECTORY);
  if (root == -1) {
    perror(arguments[2]);
    return 1;
  }
  signal(SIGUSR1, tell);
  arguments[2] = arguments[0];
  return fuse_main(count - 2, arguments + 2, &share, NULL);
}
