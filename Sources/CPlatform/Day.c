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

/* The last day asked for: from its first second up to the first of the next.
   glibc reads the zone's file anew each time TZ changes, and a case is folded
   with one question a record, nearly all of the same day. */
static struct {
  char zone[ZONE_LENGTH];
  int64_t begins, ends;
  int year, month, day;
} last;

static void keep(const char *zone, time_t moment, const struct tm *date) {
  struct tm midnight = {.tm_year = date->tm_year, .tm_mon = date->tm_mon,
                        .tm_mday = date->tm_mday, .tm_isdst = -1};
  struct tm next = midnight;
  next.tm_mday += 1;
  time_t begins = mktime(&midnight), ends = mktime(&next);
  /* A midnight that the clocks skip is not kept. */
  bool plain = begins != (time_t)-1 && ends != (time_t)-1 && begins <= moment && moment < ends &&
               midnight.tm_mday == date->tm_mday && midnight.tm_hour == 0 && next.tm_hour == 0;
  last.begins = plain ? (int64_t)begins : 0;
  last.ends = plain ? (int64_t)ends : 0;
  last.year = date->tm_year + 1900;
  last.month = date->tm_mon + 1;
  last.day = date->tm_mday;
  strcpy(last.zone, zone);
}

int cp_local_day(int64_t unix_seconds, const char *zone, int *year, int *month, int *day) {
  static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
  if (!well_formed(zone)) return -1;
  pthread_mutex_lock(&one_at_a_time);
  bool known = last.begins <= unix_seconds && unix_seconds < last.ends &&
               strcmp(zone, last.zone) == 0;
  if (known) {
    *year = last.year;
    *month = last.month;
    *day = last.day;
  }
  pthread_mutex_unlock(&one_at_a_time);
  if (known) return 0;
  if (!installed(zone)) return -1;

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
      keep(zone, moment, &date);
      result = 0;
    }
    set_zone(before);
  }
  free(before);
  pthread_mutex_unlock(&one_at_a_time);
  return result;
}
