#include "tests/steps/table.h"

#include "core/base/str.h"

#include <stdlib.h>
#include <string.h>

/* The rows with one value of one index.  Removing leaves a hole; holes and disorder are mended when somebody looks. */
struct posting {
	struct row **rows;
	size_t count, cap, holes;
	bool unsorted;
};

static void free_table(struct table *t)
{
	map_each (&t->rows, e) {
		struct row *r = e->value;

		free((void *)(uintptr_t)r->body);
		free(r->index);
		free(r);
	}
	map_each (&t->postings, p) {
		free(((struct posting *)p->value)->rows);
		free(p->value);
	}
	map_fini(&t->rows);
	map_fini(&t->postings);
	arena_fini(&t->arena);
	free(t);
}

void tables_fini(struct tables *ts)
{
	tables_commit(ts);
	map_each (&ts->by_name, e)
		free_table(e->value);
	map_fini(&ts->by_name);
	arena_fini(&ts->arena);
	free(ts->log);
	*ts = (struct tables){ 0 };
}

struct table *table_of(struct tables *ts, lg_str name)
{
	struct table *t = map_get(&ts->by_name, name);

	if (t == NULL) {
		t = xalloc(sizeof *t);
		map_put(&ts->by_name, arena_str(&ts->arena, name), t);
	}
	return t;
}

const struct row *table_get(struct table *t, lg_str key)
{
	const struct row *r = map_get(&t->rows, key);

	return r && r->body ? r : NULL;
}

/* ---- index ---- */

static struct posting *posting_of(struct table *t, lg_str index, lg_str value, bool make)
{
	char small[256];
	size_t len = index.len + 1 + value.len;
	char *key = len <= sizeof small ? small : xalloc(len);
	struct posting *p;

	memcpy(key, index.ptr, index.len);
	key[index.len] = '\0';
	if (value.len > 0)
		memcpy(key + index.len + 1, value.ptr, value.len);
	p = map_get(&t->postings, (lg_str){ key, len });
	if (p == NULL && make) {
		p = xalloc(sizeof *p);
		map_put(&t->postings, arena_str(&t->arena, (lg_str){ key, len }), p);
	}
	if (key != small)
		free(key);
	return p;
}

/* A removed row stays as a hole, its pointer tagged, so that the order by key can still be searched. */
static bool is_hole(const struct row *r)
{
	return ((uintptr_t)r & 1) != 0;
}

static struct row *untagged(struct row *r)
{
	return (struct row *)((uintptr_t)r & ~(uintptr_t)1);
}

static int by_key(const void *a, const void *b)
{
	return str_cmp((*(struct row *const *)a)->key, (*(struct row *const *)b)->key);
}

static void posting_mend(struct posting *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->count; i++)
		if (!is_hole(p->rows[i]))
			p->rows[n++] = p->rows[i];
	p->count = n;
	p->holes = 0;
	if (p->unsorted && n > 1)
		qsort(p->rows, n, sizeof(struct row *), by_key);
	p->unsorted = false;
}

/* The first place whose key is not before the given one; the posting is in order. */
static size_t posting_place(const struct posting *p, lg_str key)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (str_cmp(untagged(p->rows[mid])->key, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void posting_add(struct posting *p, struct row *r)
{
	bool last = p->count == 0 || str_cmp(untagged(p->rows[p->count - 1])->key, r->key) < 0;

	if (!last && !p->unsorted) {
		size_t at = posting_place(p, r->key);

		if (at < p->count && untagged(p->rows[at]) == r) {
			p->holes -= is_hole(p->rows[at]);
			p->rows[at] = r;
			return;
		}
	}
	p->unsorted = p->unsorted || !last;
	p->rows = xgrow(p->rows, &p->cap, p->count + 1, sizeof(struct row *));
	p->rows[p->count++] = r;
}

static void posting_remove(struct posting *p, const struct row *r)
{
	size_t at;

	if (p->unsorted)
		posting_mend(p);
	at = posting_place(p, r->key);
	if (at == p->count || p->rows[at] != r)
		return;
	p->rows[at] = (struct row *)((uintptr_t)p->rows[at] | 1);
	if (++p->holes > 16 && p->holes > p->count / 2)
		posting_mend(p);
}

size_t table_find(struct table *t, lg_str index, lg_str value, const struct row **out, size_t limit)
{
	struct posting *p = posting_of(t, index, value, false);
	size_t n = 0;

	if (p == NULL)
		return 0;
	if (p->unsorted)
		posting_mend(p);
	for (size_t i = 0; i < p->count && n < limit; i++)
		if (!is_hole(p->rows[i]))
			out[n++] = p->rows[i];
	return n;
}

/* ---- change ---- */

static bool has(struct posting *const *index, size_t count, const struct posting *p)
{
	for (size_t i = 0; i < count; i++)
		if (index[i] == p)
			return true;
	return false;
}

/* The row leaves the old postings and joins the new ones; those that are in both are not touched. */
static void move_index(struct row *r, struct posting *const *old, size_t old_count)
{
	for (size_t i = 0; i < old_count; i++)
		if (!has(r->index, r->index_count, old[i]))
			posting_remove(old[i], r);
	for (size_t i = 0; i < r->index_count; i++)
		if (!has(old, old_count, r->index[i]))
			posting_add(r->index[i], r);
}

static void log_change(struct tables *ts, struct table *t, struct row *r)
{
	ts->log = xgrow(ts->log, &ts->cap, ts->count + 1, sizeof *ts->log);
	ts->log[ts->count++] = (struct undo){ t, r, *r };
}

static struct posting **resolve(struct table *t, const struct lg_index *index, size_t count)
{
	struct posting **out = count ? xalloc(count * sizeof(struct posting *)) : NULL;

	for (size_t i = 0; i < count; i++)
		out[i] = posting_of(t, index[i].name, index[i].value, true);
	return out;
}

void table_put(struct tables *ts, struct table *t, lg_str key, lg_str body, const struct lg_index *index, size_t count)
{
	struct row *r = map_get(&t->rows, key);

	if (r == NULL) {
		r = xalloc(sizeof *r);
		r->key = arena_str(&t->arena, key);
		map_put(&t->rows, r->key, r);
	}
	log_change(ts, t, r);
	t->live += (body.ptr != NULL) - (size_t)(r->body != NULL);
	r->index = resolve(t, index, count); /* the log owns the old array */
	r->index_count = count;
	move_index(r, ts->log[ts->count - 1].before.index, ts->log[ts->count - 1].before.index_count);
	r->body = NULL;
	r->len = body.len;
	if (body.ptr != NULL) {
		char *copy = xalloc(body.len + 1);

		memcpy(copy, body.ptr, body.len);
		r->body = copy;
	}
}

void tables_undo(struct tables *ts, size_t mark)
{
	while (ts->count > mark) {
		struct undo *u = &ts->log[--ts->count];

		struct row now = *u->row;

		u->table->live += (u->before.body != NULL) - (size_t)(now.body != NULL);
		*u->row = u->before;
		move_index(u->row, now.index, now.index_count);
		free((void *)(uintptr_t)now.body);
		free(now.index);
	}
}

void tables_commit(struct tables *ts)
{
	for (size_t i = 0; i < ts->count; i++) {
		free((void *)(uintptr_t)ts->log[i].before.body);
		free(ts->log[i].before.index);
	}
	ts->count = 0;
}
