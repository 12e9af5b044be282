#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if defined(__linux__)
#include <sys/prctl.h>
#endif
#if defined(__APPLE__)
#include <limits.h>
#endif

/* A standard descriptor that is closed would be the number of the next file opened, and what is
 * printed would go there. Before anything of the program runs. */
__attribute__((constructor)) static void open_standard_descriptors(void) {
  for (int fd = 0; fd <= 2; fd++) {
    if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
  }
}

int cp_harden_process(void) {
  struct rlimit none = {0, 0};
  int result = setrlimit(RLIMIT_CORE, &none);
  /* A runtime that explains crashes would print memory. */
  static const int fatal[] = {SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGQUIT};
  for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) signal(fatal[i], SIG_DFL);
#if defined(__linux__)
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) result = -1;
#endif
  return result;
}

void cp_hear_ends(void) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGHUP);
  pthread_sigmask(SIG_UNBLOCK, &ends, NULL);
}

void cp_give_memory_back(void) {
#if defined(__GLIBC__)
  // Set at all, it no longer grows with what was freed before (mallopt(3)).
  (void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
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

int cp_can_look_at_threads(void) {
#if defined(__linux__)
  /* By the number this process has of itself: a /proc of other process numbers will not do. */
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)getpid());
  return access(path, R_OK);
#else
  return 0;
#endif
}

/* The file to take away when the process is told to end; empty when there is none. */
static char doomed[4096];

static void take_away(int number) {
  if (doomed[0] != 0) unlink(doomed);
  signal(number, SIG_DFL);
  raise(number);
}

int cp_unlink_when_ended(const char *path) {
  static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
  if (path == NULL) {
    doomed[0] = 0;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) signal(ends[i], SIG_DFL);
    return 0;
  }
  if (strlen(path) >= sizeof doomed) return -1;
  strcpy(doomed, path);
  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) signal(ends[i], take_away);
  return 0;
}
