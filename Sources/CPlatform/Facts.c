#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#if defined(__linux__)
#include <sys/sysmacros.h>
#endif

static int64_t nanoseconds(struct timespec time) {
  return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_nsec;
}

static void copy(const struct stat *from, struct cp_facts *to) {
  to->device = (uint64_t)from->st_dev;
  to->inode = (uint64_t)from->st_ino;
  to->size = (int64_t)from->st_size;
#if defined(__APPLE__)
  to->modified = nanoseconds(from->st_mtimespec);
  to->changed = nanoseconds(from->st_ctimespec);
#else
  to->modified = nanoseconds(from->st_mtim);
  to->changed = nanoseconds(from->st_ctim);
#endif
  to->permissions = (uint32_t)(from->st_mode & 07777);
  to->group = (uint32_t)from->st_gid;
  to->kind = S_ISREG(from->st_mode) ? CP_REGULAR : S_ISDIR(from->st_mode) ? CP_FOLDER : CP_OTHER;
}

int cp_facts_of(int fd, struct cp_facts *facts) {
  struct stat status;
  if (fstat(fd, &status) != 0) return -1;
  copy(&status, facts);
  return 0;
}

#if defined(__linux__) && defined(STATX_BASIC_STATS)
static int64_t statx_nanoseconds(struct statx_timestamp time) {
  return time.tv_sec * 1000000000 + (int64_t)time.tv_nsec;
}

static void copy_statx(const struct statx *from, struct cp_facts *to) {
  to->device = (uint64_t)makedev(from->stx_dev_major, from->stx_dev_minor);
  to->inode = from->stx_ino;
  to->size = (int64_t)from->stx_size;
  to->modified = statx_nanoseconds(from->stx_mtime);
  to->changed = statx_nanoseconds(from->stx_ctime);
  to->permissions = from->stx_mode & 07777;
  to->group = from->stx_gid;
  to->kind = S_ISREG(from->stx_mode) ? CP_REGULAR : S_ISDIR(from->stx_mode) ? CP_FOLDER : CP_OTHER;
}
#endif

int cp_facts_at_opening(int fd, struct cp_facts *facts) {
#if defined(__linux__) && defined(STATX_BASIC_STATS)
  struct statx status;
  int flags = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
  if (statx(fd, "", flags, STATX_BASIC_STATS, &status) == 0 &&
      (status.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS) {
    copy_statx(&status, facts);
    return 0;
  }
  /* Some sandboxes and old kernels do not know the call. */
#endif
  return cp_facts_of(fd, facts);
}

int cp_facts_at(int folder, const char *name, struct cp_facts *facts) {
  struct stat status;
  if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  copy(&status, facts);
  return 0;
}

static int kind_of(unsigned char type) {
  switch (type) {
    case DT_REG: return CP_REGULAR;
    case DT_DIR: return CP_FOLDER;
    case DT_UNKNOWN: return CP_UNKNOWN;
    default: return CP_OTHER;
  }
}

int cp_next_entry(DIR *folder, const char **name, size_t *length, int *kind) {
  for (;;) {
    errno = 0;
    struct dirent *entry = readdir(folder);
    if (entry == NULL) return errno == 0 ? 0 : -1;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    *name = entry->d_name;
    *length = strlen(entry->d_name);
    *kind = kind_of(entry->d_type);
    return 1;
  }
}
