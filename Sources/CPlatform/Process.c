#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "CPlatform.h"

#include <sys/resource.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif
#if defined(__APPLE__)
#include <limits.h>
#endif

int cp_harden_process(void) {
  struct rlimit none = {0, 0};
  int result = setrlimit(RLIMIT_CORE, &none);
#if defined(__linux__)
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) result = -1;
#endif
  return result;
}

int cp_raise_open_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
  rlim_t most = limit.rlim_max;
#if defined(__APPLE__)
  /* macOS names infinity and then refuses it. */
  if (most > OPEN_MAX) most = OPEN_MAX;
#endif
  if (limit.rlim_cur >= most) return -1;
  limit.rlim_cur = most;
  return setrlimit(RLIMIT_NOFILE, &limit);
}
