/* seams.h - what the hub asks the machine for, as functions that a test can replace: clock, random, files.
   The engine and the store reach these only through here, so that both can run on a virtual clock and under faults. */
#pragma once
#include "core/base/def.h"
#include "core/base/err.h"
#include "core/plugin/loligo.h"

#include <sys/types.h>

struct seams {
	void *ctx;
	lg_time (*now)(void *ctx);
	void (*random)(void *ctx, void *bytes, size_t len);
	/* As the system calls of these names: -1 and errno on failure. */
	ssize_t (*pread)(void *ctx, int fd, void *buf, size_t len, off_t at);
	int (*close)(void *ctx, int fd);
};

extern const struct seams seams_real;
