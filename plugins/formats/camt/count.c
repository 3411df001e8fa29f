#include "camt.h"

#include <stdlib.h>
#include <string.h>

#define SEEN_FIRST 256

/* A slot is eight bytes, because a statement may have millions of lines: 56 bits of the key, a digit of seven bits, and
   whether the count goes on, in the slot of another key.  Nearly every line comes once. */
#define DIGIT ((uint64_t)127)
#define MORE ((uint64_t)128)
#define TAG (~(DIGIT | MORE))

static uint64_t tag_of(uint64_t key)
{
	return key & TAG ? key & TAG : MORE << 1;
}

/* Where the next higher digit is. */
static uint64_t next_key(uint64_t key)
{
	return (key ^ (key >> 29)) * UINT64_C(0xbf58476d1ce4e5b9) + 1;
}

static uint64_t *slot_of(uint64_t *slots, size_t cap, uint64_t tag)
{
	size_t i = (size_t)((tag >> 8) ^ (tag >> 36)) & (cap - 1);

	while (slots[i] && (slots[i] & TAG) != tag)
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static bool grow(struct seen *s)
{
	size_t cap = s->cap ? s->cap * 2 : SEEN_FIRST;
	uint64_t *slots = calloc(cap, sizeof *slots);

	if (slots == NULL)
		return false;
	for (size_t i = 0; i < s->cap; i++)
		if (s->slots[i])
			*slot_of(slots, cap, s->slots[i] & TAG) = s->slots[i];
	free(s->slots);
	s->slots = slots;
	s->cap = cap;
	return true;
}

static uint32_t total(const struct seen *s, uint64_t key)
{
	uint64_t slot = *slot_of(s->slots, s->cap, tag_of(key));

	return (uint32_t)(slot & DIGIT) + (slot & MORE ? total(s, next_key(key)) * (uint32_t)(DIGIT + 1) : 0);
}

uint32_t seen_add(struct seen *s, uint64_t key)
{
	uint64_t *slot;

	if (s->used * 4 >= s->cap * 3 && !grow(s))
		return 0;
	slot = slot_of(s->slots, s->cap, tag_of(key));
	if (*slot == 0) {
		s->used++;
		*slot = tag_of(key);
	}
	if ((*slot & DIGIT) < DIGIT) {
		(*slot)++;
		return *slot & MORE ? total(s, key) : (uint32_t)(*slot & DIGIT);
	}
	*slot = (*slot & TAG) | MORE;
	return seen_add(s, next_key(key)) * (uint32_t)(DIGIT + 1);
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
