#include "camt.h"

#include <stdlib.h>
#include <string.h>

#define SEEN_FIRST 256

static struct seen_line *slot_of(struct seen_line *slots, size_t cap, uint64_t key)
{
	size_t i = (size_t)(key ^ (key >> 32)) & (cap - 1);

	while (slots[i].count && slots[i].key != key)
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static bool grow(struct seen *s)
{
	size_t cap = s->cap ? s->cap * 2 : SEEN_FIRST;
	struct seen_line *slots = calloc(cap, sizeof *slots);

	if (slots == NULL)
		return false;
	for (size_t i = 0; i < s->cap; i++)
		if (s->slots[i].count)
			*slot_of(slots, cap, s->slots[i].key) = s->slots[i];
	free(s->slots);
	s->slots = slots;
	s->cap = cap;
	return true;
}

uint32_t seen_add(struct seen *s, uint64_t key)
{
	struct seen_line *slot;

	if (s->used * 4 >= s->cap * 3 && !grow(s))
		return 0;
	slot = slot_of(s->slots, s->cap, key);
	if (slot->count == 0)
		s->used++;
	slot->key = key;
	return ++slot->count;
}

/* A large table is given back: the next statement may be a small one of many. */
void seen_clear(struct seen *s)
{
	if (s->cap > SEEN_FIRST) {
		free(s->slots);
		*s = (struct seen){ 0 };
	} else if (s->used) {
		memset(s->slots, 0, s->cap * sizeof *s->slots);
		s->used = 0;
	}
}
