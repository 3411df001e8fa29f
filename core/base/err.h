/* err.h - what went wrong, where, and what to do about it.
   A struct err lives on the caller's stack and owns nothing.  A function that can fail returns false (or NULL) and
   fills the one it was given, which may be NULL when the caller does not want to know; it logs nothing.  Callers on the
   way up prepend their context, so that the text reads outermost first; the edge prints once. */
#pragma once
#include "core/base/def.h"
#include "core/plugin/loligo.h"

/* The class decides what happens next. */
enum err_class {
	ERR_NONE,
	ERR_REJECT, /* this record or file: park it, others go on */
	ERR_RETRY,  /* the other side or a resource is not ready */
	ERR_DENIED, /* credentials or permissions: stop the connection */
	ERR_CONFIG, /* what a person wrote */
	ERR_BUG     /* an invariant of ours, or damaged data of ours */
};

struct err {
	enum err_class class;
	char id[48];    /* stable, like "conf.unknown_key" */
	char msg[640];  /* one factual line, no full stop */
	char hint[320]; /* what to do, may be empty */
	char file[256];
	int line, column; /* from 1; 0: unknown */
};

/* Always returns false, so that a caller can `return err_set(...)`. */
bool err_set(struct err *err, enum err_class class, const char *id, const char *fmt, ...) ATTR_PRINTF(4, 5);
bool err_hint(struct err *err, const char *fmt, ...) ATTR_PRINTF(2, 3);
bool err_at(struct err *err, const char *file, int line, int column);
bool err_prepend(struct err *err, const char *fmt, ...) ATTR_PRINTF(2, 3);
/* "file:line:column: message (hint)" */
size_t err_text(const struct err *err, char *out, size_t size);
