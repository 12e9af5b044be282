#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

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
