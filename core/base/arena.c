#include "core/base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN ((size_t)4096)
#define BLOCK_MAX ((size_t)1 << 20)
#define ALIGN ((size_t)16)

struct arena_block {
	struct arena_block *next;
	size_t size; /* of the data behind this header */
	size_t pad[2];
};

struct arena_defer {
	struct arena_defer *next;
	void (*fn)(void *);
	void *ctx;
};

_Static_assert(sizeof(struct arena_block) % ALIGN == 0, "block data must be aligned");

static char *block_data(struct arena_block *b)
{
	return (char *)(b + 1);
}

void arena_init(struct arena *a)
{
	*a = (struct arena){ 0 };
}

static void free_blocks(struct arena_block *b, const struct arena_block *until)
{
	while (b != until) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
}

static void run_defers(struct arena *a, const struct arena_defer *until)
{
	while (a->defers != until) {
		struct arena_defer *d = a->defers;

		a->defers = d->next;
		d->fn(d->ctx);
	}
}

void arena_fini(struct arena *a)
{
	run_defers(a, NULL);
	free_blocks(a->head, NULL);
	arena_init(a);
}

void arena_reset(struct arena *a)
{
	run_defers(a, NULL);
	if (a->head == NULL)
		return;
	/* The newest block is the largest: it is the one worth keeping. */
	free_blocks(a->head->next, NULL);
	a->head->next = NULL;
	a->at = block_data(a->head);
	a->end = a->at + a->head->size;
	a->used = 0;
}

static void add_block(struct arena *a, size_t need)
{
	size_t size = a->head ? MIN(a->head->size * 2, BLOCK_MAX) : BLOCK_MIN;
	struct arena_block *b;

	if (size < need)
		size = need;
	b = malloc(sizeof *b + size);
	if (b == NULL)
		die("out of memory (%zu bytes)", size);
	b->next = a->head;
	b->size = size;
	a->head = b;
	a->at = block_data(b);
	a->end = a->at + size;
}

void *arena_room(struct arena *a, size_t size)
{
	size_t skip = (ALIGN - ((uintptr_t)a->at & (ALIGN - 1))) & (ALIGN - 1);
	size_t left = (size_t)(a->end - a->at);
	void *ptr;

	if (skip >= left || left - skip < size) {
		if (size > SIZE_MAX / 4)
			die("allocation of %zu bytes refused", size);
		add_block(a, size + ALIGN);
		skip = 0;
	}
	ptr = a->at + skip;
	a->at += skip + size;
	a->used += size;
	return ptr;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_room(a, size), 0, size);
}

char *arena_bytes_new(struct arena *a, size_t size)
{
	char *ptr;

	if (size > SIZE_MAX / 4)
		die("allocation of %zu bytes refused", size);
	add_block(a, size);
	ptr = a->at;
	a->at += size;
	a->used += size;
	return ptr;
}

const char *arena_cstr(struct arena *a, lg_str s)
{
	return arena_str(a, s).ptr;
}

lg_str arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	int n;
	char *p;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = arena_bytes(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return (lg_str){ p, (size_t)n };
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){ a->head, a->at, a->used, a->defers };
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
	if (mark.head == NULL) {
		arena_reset(a);
		return;
	}
	run_defers(a, mark.defers);
	free_blocks(a->head, mark.head);
	a->head = mark.head;
	a->at = mark.at;
	a->end = block_data(mark.head) + mark.head->size;
	a->used = mark.used;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *ctx)
{
	struct arena_defer *d = arena_new(a, struct arena_defer);

	*d = (struct arena_defer){ a->defers, fn, ctx };
	a->defers = d;
}
