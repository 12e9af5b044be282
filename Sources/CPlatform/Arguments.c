#include "CPlatform.h"

static int count;
static char **words;

/* Both glibc and macOS hand a constructor what main() gets. Swift's CommandLine looks for it behind
 * the environment, through /proc, and finds nothing where there is no /proc or where a library that
 * was preloaded has moved the environment; a command without its words would print its help and
 * succeed. */
__attribute__((constructor)) static void keep_arguments(int argc, char **argv) {
  count = argc;
  words = argv;
}

int cp_argument_count(void) { return count; }

char *cp_argument(int index) { return words[index]; }
