/* libfuse's low-level interface, version 3.14. */
#ifndef CASEVAULT_CFUSE_H
#define CASEVAULT_CFUSE_H

#define FUSE_USE_VERSION 314

#include <fuse_lowlevel.h>
#include <string.h>

/* Bit fields by their meaning: how an opened file is cached. */
static inline void casevault_keep_cache(struct fuse_file_info *info, int on) { info->keep_cache = on != 0; }
static inline void casevault_cache_readdir(struct fuse_file_info *info, int on) { info->cache_readdir = on != 0; }

#endif
