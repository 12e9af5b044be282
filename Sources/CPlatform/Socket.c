#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/mman.h>
#elif defined(__APPLE__)
#include <libproc.h>
#include <sys/proc.h>
int __pthread_fchdir(int fd);
#endif

/* A socket's address is too short for the path of a home: it is named through the open folder. */
static int address_in(int folder, const char *name, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
#if defined(__linux__)
  int length = snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", folder, name);
#else
  (void)folder;
  int length = snprintf(address->sun_path, sizeof address->sun_path, "%s", name);
#endif
  if (length < 0 || (size_t)length >= sizeof address->sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  return 0;
}

static int new_socket(void) {
#if defined(__linux__)
  return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
#else
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd >= 0) {
    int on = 1;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
  }
  return fd;
#endif
}

/* Binds or connects `fd`; on macOS with this thread's folder moved for the one call. */
static int apply(int (*call)(int, const struct sockaddr *, socklen_t), int fd, int folder,
                 const char *name) {
  struct sockaddr_un address;
  if (address_in(folder, name, &address) != 0) return -1;
#if defined(__APPLE__)
  if (__pthread_fchdir(folder) != 0) return -1;
  int result = call(fd, (const struct sockaddr *)&address, sizeof address);
  int number = errno;
  __pthread_fchdir(-1);
  errno = number;
  return result;
#else
  return call(fd, (const struct sockaddr *)&address, sizeof address);
#endif
}

int cp_listen_at(int folder, const char *name) {
  int fd = new_socket();
  if (fd < 0) return -1;
  /* Made for this user alone from the first moment. */
  mode_t mask = umask(0177);
  int result = apply(bind, fd, folder, name);
  int number = errno;
  umask(mask);
  if (result != 0 || listen(fd, 64) != 0) {
    if (result == 0) number = errno;
    close(fd);
    errno = number;
    return -1;
  }
  return fd;
}

int cp_connect_at(int folder, const char *name) {
  int fd = new_socket();
  if (fd < 0) return -1;
  if (apply(connect, fd, folder, name) != 0) {
    int number = errno;
    close(fd);
    errno = number;
    return -1;
  }
  return fd;
}

int cp_peer(int fd, uint32_t *user, int32_t *process) {
#if defined(__linux__)
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
  *user = peer.uid;
  *process = peer.pid;
  return 0;
#else
  uid_t uid;
  gid_t gid;
  pid_t pid = 0;
  socklen_t size = sizeof pid;
  if (getpeereid(fd, &uid, &gid) != 0) return -1;
  getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, &pid, &size);
  *user = uid;
  *process = pid;
  return 0;
#endif
}

int cp_program_of(int32_t process, char *path, size_t size) {
#if defined(__linux__)
  char link[64];
  snprintf(link, sizeof link, "/proc/%d/exe", process);
  ssize_t length = readlink(link, path, size - 1);
  if (length < 0) return -1;
  path[length] = 0;
  return 0;
#else
  return proc_pidpath(process, path, (uint32_t)size) > 0 ? 0 : -1;
#endif
}

#if defined(__linux__)
static int process_of_thread(int32_t thread) {
  char path[64], line[128];
  snprintf(path, sizeof path, "/proc/%d/status", thread);
  FILE *file = fopen(path, "re");
  if (!file) return -1;
  int process = -1;
  while (fgets(line, sizeof line, file)) {
    if (sscanf(line, "Tgid: %d", &process) == 1) break;
  }
  fclose(file);
  return process;
}
#endif

bool cp_is_running(int32_t process) {
#if defined(__linux__)
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", process);
  FILE *file = fopen(path, "re");
  if (!file) return false;
  size_t size = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[size] = 0;
  const char *rest = strrchr(text, ')');
  return rest && strncmp(rest, ") Z", 3) != 0 && strncmp(rest, ") X", 3) != 0;
#else
  struct proc_bsdinfo facts;
  return proc_pidinfo(process, PROC_PIDTBSDINFO, 0, &facts, sizeof facts) == sizeof facts &&
         facts.pbi_status != SZOMB;
#endif
}

int cp_process_of(int32_t thread, struct cp_process *process) {
#if defined(__linux__)
  char path[64], text[1024];
  process->id = process_of_thread(thread);
  if (process->id < 0) return -1;
  snprintf(path, sizeof path, "/proc/%d/stat", process->id);
  FILE *file = fopen(path, "re");
  if (!file) return -1;
  size_t size = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[size] = 0;
  // The second field is the program's name, which may have anything in it. Then come state, parent
  // and group; the time of the beginning, in ticks since the system's, is the 22nd of all (proc(5)).
  const char *rest = strrchr(text, ')');
  unsigned long long begun;
  if (!rest || sscanf(rest + 1,
                      " %*c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
                      "%*d %llu",
                      &process->parent, &process->group, &begun) != 3) {
    return -1;
  }
  process->begun = begun;
  process->age = cp_boot_time_ns() / 1000000 - (int64_t)(begun * 1000 / sysconf(_SC_CLK_TCK));
  return 0;
#else
  struct proc_bsdinfo facts;
  if (proc_pidinfo(thread, PROC_PIDTBSDINFO, 0, &facts, sizeof facts) != sizeof facts) return -1;
  process->id = thread;
  process->parent = (int32_t)facts.pbi_ppid;
  process->group = (int32_t)facts.pbi_pgid;
  process->begun = facts.pbi_start_tvsec * 1000000 + facts.pbi_start_tvusec;
  struct timeval now;
  gettimeofday(&now, NULL);
  process->age = ((int64_t)now.tv_sec * 1000000 + now.tv_usec - (int64_t)process->begun) / 1000;
  return 0;
#endif
}

int cp_lock_all_memory(void) {
#if defined(__linux__)
  struct rlimit limit;
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY) {
    errno = EPERM;
    return -1;
  }
  return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
#else
  errno = ENOTSUP;
  return -1;
#endif
}
