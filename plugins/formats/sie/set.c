#include "set.h"

#include <stdlib.h>
#include <string.h>

static size_t hash(lg_str s)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

lg_str set_at(const struct set *s, size_t i)
{
	return (lg_str){ s->pool.ptr + s->items[i].at, s->items[i].len };
}

static uint32_t *slot_of(const struct set *s, lg_str key)
{
	size_t mask = s->cap * 2 - 1, i = hash(key) & mask;
	lg_str have;

	for (; s->slots[i] != 0; i = (i + 1) & mask) {
		have = set_at(s, s->slots[i] - 1);
		if (have.len == key.len && (key.len == 0 || memcmp(have.ptr, key.ptr, key.len) == 0))
			break;
	}
	return &s->slots[i];
}

/* Twice as many slots as items fit, so that a free one is always near. */
static bool grow(struct set *s)
{
	size_t cap = s->cap ? s->cap * 2 : 64;
	struct set_item *items = realloc(s->items, cap * sizeof *items);
	uint32_t *slots;

	s->items = items ? items : s->items;
	slots = calloc(cap * 2, sizeof *slots);
	if (items == NULL || slots == NULL) {
		free(slots);
		return false;
	}
	free(s->slots);
	s->slots = slots;
	s->cap = cap;
	for (size_t i = 0; i < s->count; i++)
		*slot_of(s, set_at(s, i)) = (uint32_t)i + 1;
	return true;
}

bool set_has(const struct set *s, lg_str key)
{
	return s->cap > 0 && *slot_of(s, key) != 0;
}

void set_add(struct set *s, lg_str key)
{
	size_t at = s->pool.len;

	if (set_has(s, key))
		return;
	if (s->count == s->cap && !grow(s)) {
		s->lost = true;
		return;
	}
	text_char(&s->pool, '\0'); /* so that the pool has an address even for empty texts */
	text_str(&s->pool, key);
	if (s->pool.lost) {
		s->lost = true;
		return;
	}
	*slot_of(s, key) = (uint32_t)s->count + 1;
	s->items[s->count++] = (struct set_item){ at + 1, key.len };
}

void set_free(struct set *s)
{
	text_free(&s->pool);
	free(s->items);
	free(s->slots);
	*s = (struct set){ 0 };
}
