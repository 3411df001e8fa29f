/* map.h - text to pointer, open addressing, insertion order kept for walking.  Keys are not copied: they must live as
   long as the map (an arena's text, usually).  Not thread-safe. */
#pragma once
#include "core/base/def.h"
#include "core/plugin/loligo.h"

struct map_entry {
	lg_str key;
	void *value;
	uint64_t hash;
};

struct map {
	struct map_entry *entries; /* in order of insertion */
	uint32_t *slots;           /* entry index + 1, or 0 */
	size_t count, cap, slot_count;
};

/* A zeroed struct map is empty. */
void map_fini(struct map *m);
void *map_get(const struct map *m, lg_str key); /* NULL when absent */
/* Sets or replaces; returns the value that was there before, or NULL. */
void *map_put(struct map *m, lg_str key, void *value);

#define map_each(m, e) for (struct map_entry *e = (m)->entries; e < (m)->entries + (m)->count; e++)
