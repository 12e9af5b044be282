/* A clock for programs under test, preloaded: the time of day, and nothing else, is moved by the
 * seconds in CASEVAULT_TEST_CLOCK ("+3600", "-60"), or begins at a second since 1970 ("@0") with each
 * program. It keeps nothing outside its own process (Vault/decisions/0018-the-clock-of-the-tests.md). */
#define _GNU_SOURCE

#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static struct timespec moved;

/* The kernel's own answer: where libc finds its clock_gettime is where this one stands. */
static int really(clockid_t clock, struct timespec *at) {
  return (int)syscall(SYS_clock_gettime, clock, at);
}

__attribute__((constructor)) static void read_setting(void) {
  const char *setting = getenv("CASEVAULT_TEST_CLOCK");
  if (setting == NULL) return;
  if (*setting != '@') {
    moved.tv_sec = atoll(setting);
    return;
  }
  struct timespec now;
  if (really(CLOCK_REALTIME, &now) != 0) abort();
  moved.tv_sec = atoll(setting + 1) - now.tv_sec - 1;
  moved.tv_nsec = 1000000000 - now.tv_nsec;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
  int result = really(clock, at);
  if (result != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
  at->tv_sec += moved.tv_sec;
  at->tv_nsec += moved.tv_nsec;
  if (at->tv_nsec >= 1000000000) {
    at->tv_nsec -= 1000000000;
    at->tv_sec++;
  }
  return 0;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  struct timespec now;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *at) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  if (at != NULL) *at = now.tv_sec;
  return now.tv_sec;
}

int timespec_get(struct timespec *at, int base) {
  return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, at) == 0 ? base : 0;
}
