/* arena.h - memory that belongs to a lifetime (a configuration, an instance, a record, a callback)
   instead of to a function.  Bump allocation, freed all at once.  Not thread-safe: one owner at a time. */
#pragma once
#include "core/base/def.h"
#include "core/plugin/loligo.h"

#include <string.h>

struct arena_block;
struct arena_defer;

struct arena {
	struct arena_block *head; /* the block being filled; older ones behind it */
	char *at, *end;           /* free part of head */
	size_t used;              /* bytes handed out since the last reset */
	struct arena_defer *defers;
};

struct arena_mark {
	struct arena_block *head;
	char *at;
	size_t used;
	struct arena_defer *defers;
};

/* A zeroed struct arena is ready for use; init exists for memory that is not zeroed. */
void arena_init(struct arena *a);
void arena_fini(struct arena *a);
/* Forgets everything; keeps one block for the next round. */
void arena_reset(struct arena *a);

/* Zeroed, aligned for any type, never NULL; lives until reset, rewind or fini. */
void *arena_alloc(struct arena *a, size_t size);
/* The same, not zeroed. */
void *arena_room(struct arena *a, size_t size);
/* For arena_bytes: from a new block. */
char *arena_bytes_new(struct arena *a, size_t size);

/* Not zeroed, byte-aligned: for text. */
static inline char *arena_bytes(struct arena *a, size_t size)
{
	char *ptr = a->at;

	if (size > (size_t)(a->end - ptr))
		return arena_bytes_new(a, size);
	a->at += size;
	a->used += size;
	return ptr;
}

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (n)))

/* Copies; the result also carries a NUL behind its last byte. */
static inline lg_str arena_str(struct arena *a, lg_str s)
{
	char *p = arena_bytes(a, s.len + 1);

	if (s.len > 0)
		memcpy(p, s.ptr, s.len);
	p[s.len] = '\0';
	return (lg_str){ p, s.len };
}

const char *arena_cstr(struct arena *a, lg_str s);
lg_str arena_printf(struct arena *a, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* Everything allocated after the mark is given back by rewind. */
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);

/* Calls fn(ctx) when what was allocated by now is given back, newest first: for things of other libraries that hang on
   the arena's lifetime. */
void arena_defer(struct arena *a, void (*fn)(void *), void *ctx);
