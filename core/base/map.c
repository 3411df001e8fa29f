#include "core/base/map.h"

#include "core/base/str.h"

#include <stdlib.h>

void map_fini(struct map *m)
{
	free(m->entries);
	free(m->slots);
	*m = (struct map){ 0 };
}

static uint32_t *find_slot(const struct map *m, lg_str key, uint64_t hash)
{
	size_t i = (size_t)hash & (m->slot_count - 1);

	for (;; i = (i + 1) & (m->slot_count - 1)) {
		uint32_t at = m->slots[i];

		if (at == 0 || (m->entries[at - 1].hash == hash && str_eq(m->entries[at - 1].key, key)))
			return &m->slots[i];
	}
}

void *map_get(const struct map *m, lg_str key)
{
	uint32_t at;

	if (m->count == 0)
		return NULL;
	at = *find_slot(m, key, str_hash(key));
	return at ? m->entries[at - 1].value : NULL;
}

static void grow(struct map *m)
{
	m->slot_count = m->slot_count ? m->slot_count * 2 : 16;
	free(m->slots);
	m->slots = xalloc(m->slot_count * sizeof *m->slots);
	for (size_t i = 0; i < m->count; i++)
		*find_slot(m, m->entries[i].key, m->entries[i].hash) = (uint32_t)(i + 1);
}

void *map_put(struct map *m, lg_str key, void *value)
{
	uint64_t hash = str_hash(key);
	uint32_t *slot;
	void *old = NULL;

	if ((m->count + 1) * 2 > m->slot_count)
		grow(m);
	slot = find_slot(m, key, hash);
	if (*slot != 0) {
		old = m->entries[*slot - 1].value;
		m->entries[*slot - 1].value = value;
		return old;
	}
	m->entries = xgrow(m->entries, &m->cap, m->count + 1, sizeof *m->entries);
	m->entries[m->count++] = (struct map_entry){ key, value, hash };
	*slot = (uint32_t)m->count;
	return NULL;
}
