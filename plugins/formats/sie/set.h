/* set.h - the distinct texts of a file (accounts, years, objects), in order of first use. */
#pragma once
#include "sie.h"

struct set {
	struct text pool;
	struct set_item {
		size_t at, len;
	} * items;
	uint32_t *slots; /* index + 1 into items; open addressing */
	size_t count, cap;
	bool lost; /* out of memory */
};

void set_add(struct set *s, lg_str key);
bool set_has(const struct set *s, lg_str key);
lg_str set_at(const struct set *s, size_t i); /* valid until the next set_add */
void set_free(struct set *s);
