#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

extern char **environ;

/* Descriptors are moved out of the way first: what is to become 3 or 4 may be either by now. */
static int moved(int fd) { return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 10); }

int cp_spawn_alone(const char *program, char *const arguments[], int third, int fourth,
                   int32_t *process) {
  int high_third = moved(third), high_fourth = moved(fourth);
  int last = fourth < 0 ? 3 : 4;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (high_third < 0 || (fourth >= 0 && high_fourth < 0)) return -1;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  /* Whoever starts us may keep signals from its own thread; an agent or a mount must hear them. */
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  short flags = POSIX_SPAWN_SETSIGMASK;
  posix_spawn_file_actions_adddup2(&actions, high_third, 3);
  if (fourth >= 0) posix_spawn_file_actions_adddup2(&actions, high_fourth, 4);
#if defined(__APPLE__)
  for (int fd = 0; fd <= 2; fd++) posix_spawn_file_actions_addinherit_np(&actions, fd);
  flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
  (void)last;
#else
  posix_spawn_file_actions_addclosefrom_np(&actions, last + 1);
#endif
  posix_spawnattr_setflags(&attributes, flags);
  pid_t child = 0;
  int status = posix_spawn(&child, program, &actions, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(high_third);
  if (high_fourth >= 0) close(high_fourth);
  *process = child;
  if (status == 0) return 0;
  errno = status;
  return -1;
}
