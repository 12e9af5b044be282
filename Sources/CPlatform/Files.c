#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#if defined(__linux__)
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#endif

int cp_open_beneath(int root, const char *path, int flags, unsigned mode) {
#if defined(__linux__) && defined(SYS_openat2)
  struct open_how how;
  memset(&how, 0, sizeof how);
  how.flags = (uint64_t)(unsigned)flags;
  /* openat2, unlike openat, refuses a mode that would go unused. */
  how.mode = (flags & O_CREAT) ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
#else
  (void)root;
  (void)path;
  (void)flags;
  (void)mode;
  errno = ENOSYS;
  return -1;
#endif
}

int cp_open_at(int folder, const char *name, int flags, unsigned mode) {
  return openat(folder, name, flags, (mode_t)mode);
}

int cp_search_only_flag(void) {
#if defined(__linux__)
  return O_PATH;
#elif defined(O_SEARCH)
  return O_SEARCH;
#else
  return 0;
#endif
}

int cp_rename_new(int from_folder, const char *from, int to_folder, const char *to) {
#if defined(__linux__) && defined(SYS_renameat2)
  /* RENAME_NOREPLACE is 1; the wrapper in glibc is newer than the call. */
  return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 1u);
#elif defined(__APPLE__)
  return renameatx_np(from_folder, from, to_folder, to, RENAME_EXCL);
#else
  (void)from_folder;
  (void)from;
  (void)to_folder;
  (void)to;
  errno = ENOSYS;
  return -1;
#endif
}

int cp_sync(int fd) {
#if defined(__APPLE__)
  /* fsync alone leaves the bytes in the drive's cache. Shares answer ENOTSUP. */
  if (fcntl(fd, F_FULLFSYNC) == 0) return 0;
  if (errno == EINTR || errno == EIO || errno == ENOSPC) return -1;
#endif
  return fsync(fd);
}

void cp_start_writeback(int fd, int64_t offset, int64_t count) {
#if defined(__linux__)
  int before = errno;
  (void)sync_file_range(fd, offset, count, SYNC_FILE_RANGE_WRITE);
  errno = before;
#else
  (void)fd;
  (void)offset;
  (void)count;
#endif
}

void cp_advise_sequential(int fd) {
#if defined(__linux__)
  (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#elif defined(__APPLE__)
  (void)fcntl(fd, F_RDAHEAD, 1);
#else
  (void)fd;
#endif
}

void cp_advise_soon(int fd, int64_t offset, int64_t count) {
#if defined(__linux__)
  (void)posix_fadvise(fd, offset, count, POSIX_FADV_WILLNEED);
#elif defined(__APPLE__)
  struct radvisory soon = {.ra_offset = offset, .ra_count = (int)(count > INT_MAX ? INT_MAX : count)};
  (void)fcntl(fd, F_RDADVISE, &soon);
#else
  (void)fd;
  (void)offset;
  (void)count;
#endif
}

int cp_try_lock(int fd) { return flock(fd, LOCK_EX | LOCK_NB); }

int cp_memfd(const char *name) {
#if defined(__linux__)
  return memfd_create(name, MFD_CLOEXEC);
#else
  (void)name;
  errno = ENOSYS;
  return -1;
#endif
}
