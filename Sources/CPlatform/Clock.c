#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "CPlatform.h"

#include <time.h>

int64_t cp_boot_time_ns(void) {
  struct timespec now;
#if defined(__APPLE__)
  /* Darwin's monotonic clock runs on while the computer sleeps. */
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return -1;
#else
  if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) return -1;
#endif
  return (int64_t)now.tv_sec * 1000000000 + (int64_t)now.tv_nsec;
}
