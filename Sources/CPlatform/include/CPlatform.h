/* The few calls that swift-system lacks, the same on Linux and macOS.
 *
 * Unless a comment says otherwise a function returns -1 and sets errno, like the system call it
 * wraps. Nothing here retries after EINTR: the caller does, in one place.
 */
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Files.c: opening beneath, naming, syncing */

/* Opens `path` beneath `root`: never outside it, through no symbolic link at all.
 * ENOSYS where the kernel cannot (macOS, Linux before 5.6, some sandboxes). */
int cp_open_beneath(int root, const char *path, int flags, unsigned mode);

/* openat(2), not variadic. */
int cp_open_at(int folder, const char *name, int flags, unsigned mode);

/* The flag that opens a folder in which names may be made but not listed; 0 where unknown. */
int cp_search_only_flag(void);

/* Renames without replacing: EEXIST if `to` is there. ENOSYS, EINVAL or ENOTSUP where the kernel
 * or the file system cannot. */
int cp_rename_new(int from_folder, const char *from, int to_folder, const char *to);

/* How many words this program was begun with; the first is its own name. */
int cp_argument_count(void);

/* One of those words, where it lies: other users of the computer can read it there. */
char *cp_argument(int index);

/* Syncs to the medium: F_FULLFSYNC on macOS where the file system has it, else fsync. */
int cp_sync(int fd);

/* Asks the kernel to begin writing a range, without waiting. A hint: its result is not reported. */
void cp_start_writeback(int fd, int64_t offset, int64_t count);

/* Says that a file will be read from front to back. A hint. */
void cp_advise_sequential(int fd);

/* Says that a part of a file will be read soon. A hint; nothing waits for it. */
void cp_advise_soon(int fd, int64_t offset, int64_t count);

/* Takes the whole file's lock for this descriptor without waiting: 0, or -1 and EWOULDBLOCK while
 * another holds it. The lock goes with the descriptor. */
int cp_try_lock(int fd);

/* An anonymous file in memory, closed on exec. -1 and ENOSYS on macOS. */
int cp_memfd(const char *name);

/* Facts.c: what a file is */

enum cp_kind { CP_REGULAR = 0, CP_FOLDER = 1, CP_OTHER = 2, CP_UNKNOWN = 3 };

struct cp_facts {
  uint64_t device;
  uint64_t inode;
  int64_t size;            /* bytes */
  int64_t modified;        /* nanoseconds since 1970 */
  int64_t changed;         /* nanoseconds since 1970 */
  uint32_t permissions;    /* the lower twelve bits of the mode */
  uint32_t group;
  int kind;                /* enum cp_kind, never CP_UNKNOWN */
};

/* fstat(2). */
int cp_facts_of(int fd, struct cp_facts *facts);

/* What the opening of the file has just learnt of it: on a share, without asking again. Only for a
 * descriptor that is new. */
int cp_facts_at_opening(int fd, struct cp_facts *facts);

/* fstatat(2) of the name itself, never of what a link points to. */
int cp_facts_at(int folder, const char *name, struct cp_facts *facts);

/* The next name of a folder, without "." and "..": 1, or 0 at the end, or -1. `*name` lives until
 * the next call; `*kind` is an enum cp_kind, CP_UNKNOWN where the file system does not say. */
int cp_next_entry(DIR *folder, const char **name, size_t *length, int *kind);

/* Process.c: the process itself */

/* No core dumps; on Linux not traceable by others of the same user either. 0, or -1. */
int cp_harden_process(void);

/* Takes a file away when SIGINT, SIGTERM or SIGHUP ends the process; NULL takes that back. One file
 * at a time. 0, or -1 when the path is too long. */
int cp_unlink_when_ended(const char *path);

/* Lets this thread hear SIGTERM, SIGINT and SIGHUP, whatever whoever started the process blocked. */
void cp_hear_ends(void);

/* Raises the soft limit of open files to the hard one. 0, or -1 when there was nothing to raise. */
int cp_raise_open_files(void);

/* 0 where this process can read of its threads' states. On Linux that is in /proc, where Dispatch
 * looks while work waits for a thread of its pool; it ends the process when it cannot. Ask before
 * any work is given to the pool. */
int cp_can_look_at_threads(void);

/* Spawn.c: another process */

/* Starts a program with the three standard descriptors, `third` as its descriptor 3, `fourth`, unless
 * negative, as its descriptor 4, and no other: it may outlive whoever waits for one of ours. */
int cp_spawn_alone(const char *program, char *const arguments[], int third, int fourth,
                   int32_t *process);

/* Socket.c: an agent and its clients */

/* A stream socket that listens under `name` in a folder, for this user alone. */
int cp_listen_at(int folder, const char *name);

/* A stream socket connected to whoever listens under `name` in a folder: ENOENT or ECONNREFUSED
 * where nobody does. */
int cp_connect_at(int folder, const char *name);

/* The user and the process at the other end of a connected socket, as the kernel says. */
int cp_peer(int fd, uint32_t *user, int32_t *process);

/* The path of a process's executable, as far as the kernel tells. */
int cp_program_of(int32_t process, char *path, size_t size);

/* A process: its id, its parent's and its group's, when it was begun, which tells it
 * from others of that id, and for how long it has been there, in milliseconds. */
struct cp_process {
  int32_t id;
  int32_t parent;
  int32_t group;
  uint64_t begun;
  int64_t age;
};

/* Whether a process is there and has not ended: one that its parent has not buried yet has. */
bool cp_is_running(int32_t process);

/* The process that a thread is of (macOS: that has the id). 0, or -1 where it is gone. */
int cp_process_of(int32_t thread, struct cp_process *process);

/* Has large pieces of memory given back to the system when they are freed, however many there were
 * (glibc; elsewhere that is the system's to decide). */
void cp_give_memory_back(void);

/* Keeps every page of the process out of the swap, as it is touched. -1 with EPERM where the limit
 * on locked memory does not allow so much: the process is as it was. */
int cp_lock_all_memory(void);

/* Day.c: the calendar */

/* The civil date at `unix_seconds` in a zone such as "Europe/London". 0, or -1 when the zone's
 * name is not well formed or /usr/share/zoneinfo has no such zone. One call at a time (it sets TZ
 * and puts it back), safe from any thread that uses only this function for local time. */
int cp_local_day(int64_t unix_seconds, const char *zone, int *year, int *month, int *day);

/* Clock.c: time that nobody sets */

/* Nanoseconds since the computer started, those asleep among them; -1 where there is no such
 * clock. */
int64_t cp_boot_time_ns(void);

#endif
