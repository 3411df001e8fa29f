/* diag.h - everything that is wrong with a configuration, collected over one run and printed together: place, message,
   the line, a caret, a hint.  Not thread-safe. */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/map.h"
#include "core/base/str.h"

/* A file that was read.  Belongs to whoever read it (a hub's arena) and must outlive the diagnostics about it. */
struct source {
	lg_str name; /* as the person would write it from where they stand */
	lg_str dir;  /* its folder, absolute: paths in the file are relative to it */
	lg_str text;
	int error; /* errno when it could not be read */
	/* The file that names it, when it is read on behalf of that one; its errors count for both. */
	struct source *parent;
	/* What is wrong in here (and in what it names) stops one client and nothing else. */
	bool contained;
	uint32_t errors;
	lg_str *hidden; /* texts that are never printed */
	size_t hidden_count, hidden_cap;
};

struct place {
	struct source *source; /* NULL: nowhere in particular */
	uint32_t line, column; /* from 1, in characters; 0: unknown */
};

enum diag_level { DIAG_ERROR, DIAG_WARNING };

struct diag_item {
	enum diag_level level;
	struct place place;
	lg_str message, hint;
	size_t order; /* of arrival */
};

/* A zeroed struct diag is ready for use.  At most DIAG_MAX items are kept; all are counted. */
#define DIAG_MAX 1000

struct diag {
	struct arena arena;
	struct diag_item *items;
	size_t count, cap;
	struct map seen; /* the same message at the same place is kept once */
	size_t errors, warnings;
	size_t contained; /* of the errors: those in contained sources */
	bool last_new;    /* a hint that follows belongs to the last item */
};

void diag_fini(struct diag *d);

/* Always returns false, so that a caller can `return diag_error(...)`.  One factual line, no full stop, user text in
   double quotes.  place.line 0 with a source: about the file as a whole. */
bool diag_error(struct diag *d, struct place place, const char *fmt, ...) ATTR_PRINTF(3, 4);
void diag_warn(struct diag *d, struct place place, const char *fmt, ...) ATTR_PRINTF(3, 4);
/* What to do about the last error or warning. */
bool diag_hint(struct diag *d, const char *fmt, ...) ATTR_PRINTF(2, 3);
/* An error of a layer below, with its hint; its own place in a text is for the caller to turn into `place`. */
bool diag_err(struct diag *d, struct place place, const struct err *err);

/* A text (a secret written out) that must not appear in an excerpt of this source; borrowed as long as the source. */
void diag_hide(struct source *s, lg_str text);
void source_fini(struct source *s); /* its list of those */

/* May a hub be started with this?  Contained errors only stop their client. */
static inline bool diag_usable(const struct diag *d)
{
	return d->errors == d->contained;
}

/* All, in order of file, line and column (files in order of their first item), and a last line with their number. */
void diag_print(struct diag *d, bool colour, struct buf *out);
/* Is colour welcome on this descriptor: a terminal, and no NO_COLOR in the environment. */
bool diag_colour(int fd);

/* Line n (from 1) of the source, without its end; empty when there is none. */
lg_str source_line(const struct source *s, uint32_t n);

/* ---- suggestions ---- */

/* The name nearest to `word` within two edits (one for words of up to three characters); empty: none. */
lg_str suggest(lg_str word, const lg_str *names, size_t count);
/* Hint for a name that is not in the list: did you mean "x"?, or the names themselves when they are not too many.
   `what`: "keys", "connections", ... */
bool diag_suggest(struct diag *d, const char *what, lg_str word, const lg_str *names, size_t count);
