/* sqlite_state.c - the steps' tables: records by key and by secondary keys; numbers without gaps.

   A row carries its secondary keys as (name, length, value), so that a change knows which index rows to take away and
   a find can compare what the index only has the hash of. */
#include "core/store/sqlite_priv.h"

#include <string.h>

static void put_number(struct buf *b, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		buf_char(b, (char)(v >> (8 * i)));
}

static uint32_t get_number(const char *p)
{
	uint32_t v = 0;

	for (int i = 3; i >= 0; i--)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

/* The next secondary key; false at the end. */
static bool next_key(lg_str *keys, uint32_t *name, lg_str *value)
{
	uint32_t len;

	if (keys->len < 8)
		return false;
	*name = get_number(keys->ptr);
	len = get_number(keys->ptr + 4);
	*value = str_sub(*keys, 8, len);
	*keys = str_from(*keys, 8 + value->len);
	return true;
}

static bool has_key(lg_str keys, uint32_t name, lg_str value)
{
	uint32_t n;
	lg_str v;

	while (next_key(&keys, &n, &v))
		if (n == name && str_eq(v, value))
			return true;
	return false;
}

static int64_t row_hash(int64_t table, lg_str key)
{
	return hash64((uint64_t)table << 1, key);
}

static int64_t index_hash(int64_t table, uint32_t name, lg_str value)
{
	return hash64((uint64_t)table << 33 | (uint64_t)name << 1 | 1, value);
}

struct state_row {
	int64_t id; /* 0: none */
	lg_str keys, body;
};

/* The row; its texts are borrowed until *st is reset. */
static bool state_row(struct sqlite *s, int64_t table, lg_str key, sqlite3_stmt **st, struct state_row *out,
		      struct err *err)
{
	int rc;

	*out = (struct state_row){ 0 };
	*st = sq_bind(&s->c, SQL_STATE_GET, err, "iit", row_hash(table, key), table, key);
	rc = *st ? sq_step(&s->c, *st, err) : -1;
	if (rc == 1)
		*out = (struct state_row){ sqlite3_column_int64(*st, 0), sq_text(*st, 1), sq_text(*st, 2) };
	return rc >= 0;
}

bool sqlite_state_get(struct store *st, lg_str table, lg_str key, struct arena *a, const struct lg_rec **out,
		      struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	struct state_row row;
	sqlite3_stmt *q;
	int64_t id;
	bool ok;

	*out = NULL;
	if (!name_find(&s->c, table, &id, err))
		return false;
	ok = state_row(s, id, key, &q, &row, err);
	if (ok && row.id != 0)
		ok = (*out = rec_decode(a, arena_str(a, row.body), err)) != NULL;
	if (q != NULL)
		sqlite3_reset(q);
	return ok;
}

/* Index rows that one of the two lists has and the other has not: put when `put`, else dropped. */
static bool index_change(struct sqlite *s, int64_t table, lg_str key, int64_t row, lg_str these, lg_str others,
			 enum sql sql, struct err *err)
{
	lg_str value;
	uint32_t name;

	while (next_key(&these, &name, &value)) {
		if (has_key(others, name, value))
			continue;
		if (!sq_run(&s->c, sql, err, "iti", index_hash(table, name, value), key, row))
			return false;
	}
	return true;
}

static bool encode_keys(struct sqlite *s, const struct lg_index *index, size_t n, struct buf *out, struct err *err)
{
	int64_t name;

	for (size_t i = 0; i < n; i++) {
		if (!name_give(s, index[i].name, &name, err))
			return false;
		put_number(out, (uint32_t)name);
		put_number(out, (uint32_t)index[i].value.len);
		buf_add(out, index[i].value);
	}
	return true;
}

/* Sets *id of the row. */
static bool write_row(struct sqlite *s, int64_t table, lg_str key, int64_t *id, lg_str keys, lg_str body,
		      struct err *err)
{
	if (*id != 0)
		return sq_run(&s->c, SQL_STATE_SET, err, "Bbi", keys, body.ptr, body.len, *id);
	if (!sq_run(&s->c, SQL_STATE_PUT, err, "iitBb", row_hash(table, key), table, key, keys, body.ptr, body.len))
		return false;
	*id = sqlite3_last_insert_rowid(s->c.db);
	return true;
}

static bool state_drop(struct sqlite *s, int64_t table, lg_str key, int64_t id, lg_str old, struct err *err)
{
	return id == 0 || (index_change(s, table, key, id, old, STR_NONE, SQL_STATE_INDEX_DROP, err) &&
			   sq_run(&s->c, SQL_STATE_DROP, err, "i", id));
}

bool sqlite_state_put(struct store *st, lg_str table, lg_str key, const struct lg_rec *rec,
		      const struct lg_index *index, size_t n, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	struct buf old = { 0 }, keys = { 0 };
	struct state_row row;
	sqlite3_stmt *q = NULL;
	int64_t id;
	bool ok;

	ok = name_give(s, table, &id, err) && state_row(s, id, key, &q, &row, err);
	if (ok && row.keys.len > 0)
		buf_add(&old, row.keys);
	if (q != NULL)
		sqlite3_reset(q);
	if (ok && rec == NULL) {
		ok = state_drop(s, id, key, row.id, buf_view(&old), err);
	} else if (ok) {
		buf_reset(&s->body);
		rec_encode(rec, REC_ALL, &s->body);
		ok = encode_keys(s, index, n, &keys, err) &&
		     write_row(s, id, key, &row.id, buf_view(&keys), buf_view(&s->body), err) &&
		     index_change(s, id, key, row.id, buf_view(&old), buf_view(&keys), SQL_STATE_INDEX_DROP, err) &&
		     index_change(s, id, key, row.id, buf_view(&keys), buf_view(&old), SQL_STATE_INDEX_PUT, err);
	}
	buf_fini(&old);
	buf_fini(&keys);
	return ok;
}

static bool find_rows(struct sqlite *s, sqlite3_stmt *st, int64_t table, uint32_t name, lg_str value, struct arena *a,
		      struct lg_row *out, size_t limit, size_t *count, struct err *err)
{
	int rc = 1;

	while (*count < limit && (rc = sq_step(&s->c, st, err)) == 1) {
		const struct lg_rec *r;

		if (sqlite3_column_int64(st, 3) != table || !has_key(sq_text(st, 1), name, value))
			continue;
		r = rec_decode(a, arena_str(a, sq_text(st, 2)), err);
		if (r == NULL)
			return false;
		out[(*count)++] = (struct lg_row){ arena_str(a, sq_text(st, 0)), r };
	}
	return rc >= 0;
}

bool sqlite_state_find(struct store *st, lg_str table, lg_str index, lg_str value, struct arena *a, struct lg_row *out,
		       size_t limit, size_t *count, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	int64_t id, name;
	sqlite3_stmt *q;
	bool ok;

	*count = 0;
	if (!name_find(&s->c, table, &id, err) || !name_find(&s->c, index, &name, err))
		return false;
	if (id <= 0 || name <= 0)
		return true;
	q = sq_bind(&s->c, SQL_STATE_FIND, err, "i", index_hash(id, (uint32_t)name, value));
	if (q == NULL)
		return false;
	ok = find_rows(s, q, id, (uint32_t)name, value, a, out, limit, count, err);
	sqlite3_reset(q);
	return ok;
}

bool sqlite_number(struct store *st, lg_str sequence, int64_t *out, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	int64_t id;

	return name_give(s, sequence, &id, err) && sq_int(&s->c, SQL_NUMBER, out, err, "i", id);
}
