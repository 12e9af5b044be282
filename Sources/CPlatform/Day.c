#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "CPlatform.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define ZONE_LENGTH 64

static bool well_formed(const char *zone) {
  size_t length = strlen(zone);
  if (length == 0 || length >= ZONE_LENGTH || zone[0] == '/') return false;
  if (strstr(zone, "..") != NULL) return false;
  for (size_t i = 0; i < length; i++) {
    char c = zone[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool digit = c >= '0' && c <= '9';
    if (!letter && !digit && strchr("_+-/", c) == NULL) return false;
  }
  return true;
}

static bool installed(const char *zone) {
  char path[ZONE_LENGTH + 32];
  struct stat status;
  snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone);
  return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Sets TZ to `zone`, or takes it away for NULL. */
static bool set_zone(const char *zone) {
  int result = zone != NULL ? setenv("TZ", zone, 1) : unsetenv("TZ");
  tzset();
  return result == 0;
}

int cp_local_day(int64_t unix_seconds, const char *zone, int *year, int *month, int *day) {
  static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
  if (!well_formed(zone) || !installed(zone)) return -1;

  /* A leading colon: always a file, never a POSIX rule such as "EST5EDT". */
  char file[ZONE_LENGTH + 1];
  snprintf(file, sizeof file, ":%s", zone);

  pthread_mutex_lock(&one_at_a_time);
  const char *current = getenv("TZ");
  char *before = current != NULL ? strdup(current) : NULL;
  int result = -1;
  if (current == NULL || before != NULL) {
    struct tm date;
    time_t moment = (time_t)unix_seconds;
    if (set_zone(file) && localtime_r(&moment, &date) != NULL) {
      *year = date.tm_year + 1900;
      *month = date.tm_mon + 1;
      *day = date.tm_mday;
      result = 0;
    }
    set_zone(before);
  }
  free(before);
  pthread_mutex_unlock(&one_at_a_time);
  return result;
}
