/* sqlite_audit.c - recomputes every chain and says where the store is not what was written.

   After a finding the check goes on from what the row says, so that one change gives one finding. */
#include "core/store/sqlite_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream {
	int64_t id;
	struct chain head; /* as stored */
	struct chain run;  /* as recomputed so far */
};

struct audit {
	struct sq *c;
	struct stream *streams; /* in order of id */
	size_t count, cap;
	int64_t entries, findings;
	void (*fn)(void *ctx, const char *text);
	void *ctx;
	struct err *err; /* of the store */
	char first[512];
};

static void finding(struct audit *a, const char *fmt, ...) ATTR_PRINTF(2, 3);

static void finding(struct audit *a, const char *fmt, ...)
{
	char text[sizeof a->first];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (a->findings++ == 0)
		memcpy(a->first, text, sizeof text);
	if (a->fn != NULL)
		a->fn(a->ctx, text);
}

/* ---- streams ---- */

static int compare(const void *key, const void *element)
{
	int64_t id = *(const int64_t *)key, other = ((const struct stream *)element)->id;

	return (id > other) - (id < other);
}

/* One without a stored head is put in with an empty one, and so found at the end. */
static struct stream *stream_get(struct audit *a, int64_t id)
{
	struct stream *s = a->count ? bsearch(&id, a->streams, a->count, sizeof *s, compare) : NULL;
	size_t at = 0;

	if (s != NULL)
		return s;
	a->streams = xgrow(a->streams, &a->cap, a->count + 1, sizeof *s);
	while (at < a->count && a->streams[at].id < id)
		at++;
	memmove(&a->streams[at + 1], &a->streams[at], (a->count++ - at) * sizeof *s);
	a->streams[at] = (struct stream){ .id = id };
	return &a->streams[at];
}

static bool load_heads(struct audit *a)
{
	sqlite3_stmt *st = sq_bind(a->c, SQL_HEADS, a->err, "");
	int rc = st ? 1 : -1;

	while (rc == 1 && (rc = sq_step(a->c, st, a->err)) == 1) {
		struct stream *s = stream_get(a, sqlite3_column_int64(st, 0));

		s->head.n = sqlite3_column_int64(st, 1);
		sq_blob(st, 2, s->head.hash, HASH_SIZE);
	}
	return rc == 0;
}

static void stream_title(struct audit *a, int64_t id, char out[160])
{
	lg_str name = name_text(a->c, STREAM_NAME(id));

	if (id == STREAM_NAMES)
		snprintf(out, 160, "the table of names");
	else if (id == STREAM_HUB)
		snprintf(out, 160, "the chain of the hub");
	else if (id == STREAM_EFFECTS)
		snprintf(out, 160, "the chain of effects");
	else
		snprintf(out, 160, "the chain of %s \"%.*s\"", STREAM_TYPE(id) == STREAM_IN ? "connection" : "flow",
			 (int)MIN(name.len, 100), name.ptr ? name.ptr : "");
}

static void check_heads(struct audit *a)
{
	char title[160];

	for (size_t i = 0; i < a->count; i++) {
		struct stream *s = &a->streams[i];

		if (s->head.n == s->run.n && memcmp(s->head.hash, s->run.hash, HASH_SIZE) == 0)
			continue;
		stream_title(a, s->id, title);
		if (s->run.n < s->head.n)
			finding(a, "%s: the last %lld of %lld links are cut off", title,
				(long long)(s->head.n - s->run.n), (long long)s->head.n);
		else if (s->run.n > s->head.n)
			finding(a, "%s: %lld links were added", title, (long long)(s->run.n - s->head.n));
		else
			finding(a, "%s: its head does not fit its %lld links", title, (long long)s->head.n);
	}
}

static bool check_names(struct audit *a)
{
	sqlite3_stmt *st = sq_bind(a->c, SQL_NAMES, a->err, "");
	struct stream *s = stream_get(a, STREAM_NAMES);
	int rc = st ? 1 : -1;

	while (rc == 1 && (rc = sq_step(a->c, st, a->err)) == 1)
		chain_name(a->c->hash, &a->c->scratch, &s->run, sqlite3_column_int64(st, 0), sq_text(st, 1));
	return rc == 0;
}

/* ---- entries ---- */

static void entry_read(sqlite3_stmt *st, struct entry *e, uint8_t chain[HASH_SIZE])
{
	*e = (struct entry){ .seq = sqlite3_column_int64(st, 0),
			     .stream = sqlite3_column_int64(st, 1),
			     .n = sqlite3_column_int64(st, 2),
			     .kind = (uint16_t)sqlite3_column_int(st, 3),
			     .doc = sqlite3_column_int64(st, 4),
			     .revision = sqlite3_column_int64(st, 6),
			     .client = sqlite3_column_int64(st, 7),
			     .at = sqlite3_column_int64(st, 8),
			     .offset = (uint64_t)sqlite3_column_int64(st, 9),
			     .line = (uint32_t)sqlite3_column_int64(st, 10),
			     .external_id = sq_text(st, 11),
			     .step = sqlite3_column_int64(st, 12),
			     .cause = sqlite3_column_int64(st, 13),
			     .order = sq_text(st, 14),
			     .body = sq_text(st, 17) };
	sq_blob(st, 5, e->id, ID_SIZE);
	sq_blob(st, 15, e->hash, HASH_SIZE);
	sq_blob(st, 16, chain, HASH_SIZE);
}

static const char *entry_title(const struct entry *e, char out[96])
{
	char id[ID_TEXT_MAX];

	if (e->kind == 0) {
		snprintf(out, 96, "entry %lld", (long long)e->seq);
	} else {
		id_text(e->id, id);
		snprintf(out, 96, "entry %lld (%s)", (long long)e->seq, id);
	}
	return out;
}

static void check_body(struct audit *a, const struct entry *e, bool gone)
{
	uint8_t hash[HASH_SIZE];
	char title[96];

	hash_of(a->c->hash, e->body, hash);
	if (gone)
		finding(a, "%s: its content is gone", entry_title(e, title));
	else if (memcmp(hash, e->hash, HASH_SIZE) != 0)
		finding(a, "%s: its content was changed", entry_title(e, title));
}

static void check_entry(struct audit *a, sqlite3_stmt *st, struct chain *run, struct entry *e)
{
	uint8_t chain[HASH_SIZE];
	char title[96];

	entry_read(st, e, chain);
	a->entries++;
	check_body(a, e, sqlite3_column_type(st, 17) == SQLITE_NULL);
	chain_entry(a->c->hash, &a->c->scratch, run, e);
	if (e->n > run->n)
		finding(a, "%s: %lld before it were deleted", entry_title(e, title), (long long)(e->n - run->n));
	else if (e->n < run->n)
		finding(a, "%s: it stands in the wrong place", entry_title(e, title));
	else if (memcmp(chain, run->hash, HASH_SIZE) != 0)
		finding(a, "%s: it was changed", entry_title(e, title));
	run->n = e->n;
	memcpy(run->hash, chain, HASH_SIZE);
}

/* ---- documents ---- */

static bool check_doc_entries(struct audit *a, sqlite3_stmt *docs, const struct store_doc *d)
{
	struct chain run = { 0 }, head = { .n = sqlite3_column_int64(docs, DOC_COUNT + 3) };
	sqlite3_stmt *st;
	struct entry e;
	int rc;

	sq_blob(docs, DOC_COUNT + 4, head.hash, HASH_SIZE);
	/* What is still to be removed of a parked document is in no chain. */
	if (!str_is(d->state, "taken"))
		return true;
	st = sq_bind(a->c, SQL_AUDIT_ENTRIES, a->err, "iii", sqlite3_column_int64(docs, DOC_COUNT + 1),
		     sqlite3_column_int64(docs, DOC_COUNT + 2), d->id);
	rc = st ? 1 : -1;
	while (rc == 1 && (rc = sq_step(a->c, st, a->err)) == 1)
		check_entry(a, st, &run, &e);
	if (run.n < head.n)
		finding(a, "document %lld \"%.*s\": its last %lld of %lld entries are cut off", (long long)d->id,
			STRA(d->name), (long long)(head.n - run.n), (long long)head.n);
	else if (run.n > head.n || memcmp(run.hash, head.hash, HASH_SIZE) != 0)
		finding(a, "document %lld \"%.*s\": its entries are not those that it was taken with", (long long)d->id,
			STRA(d->name));
	return rc == 0;
}

static bool check_archive(struct audit *a, const struct store_doc *d)
{
	sqlite3_stmt *st = sq_bind(a->c, SQL_ARCHIVE, a->err, "ii", d->id << ARCHIVE_BITS, (d->id + 1) << ARCHIVE_BITS);
	struct hash *h = hash_new();
	uint8_t hash[HASH_SIZE];
	int rc = st ? 1 : -1;
	bool any = false;

	hash_begin(h);
	while (rc == 1 && (rc = sq_step(a->c, st, a->err)) == 1) {
		lg_str bytes = sq_text(st, 0);

		hash_add(h, bytes.ptr, bytes.len);
		any = true;
	}
	hash_end(h, hash);
	hash_free(&h);
	if (any && memcmp(hash, d->hash, HASH_SIZE) != 0)
		finding(a, "document %lld \"%.*s\": its bytes in the archive were changed", (long long)d->id,
			STRA(d->name));
	return rc == 0;
}

static bool check_doc(struct audit *a, sqlite3_stmt *st)
{
	struct chain entries = { .n = sqlite3_column_int64(st, DOC_COUNT + 3) };
	uint8_t link[HASH_SIZE];
	struct store_doc d;
	struct stream *s = stream_get(a, STREAM(STREAM_IN, sqlite3_column_int64(st, 1)));

	doc_read(a->c, st, NULL, &d);
	sq_blob(st, DOC_COUNT + 4, entries.hash, HASH_SIZE);
	sq_blob(st, DOC_COUNT + 5, link, HASH_SIZE);
	chain_doc(a->c->hash, &a->c->scratch, &s->run, &d, sqlite3_column_int64(st, DOC_COUNT), &entries);
	if (memcmp(link, s->run.hash, HASH_SIZE) != 0)
		finding(a, "document %lld \"%.*s\": it was changed, or one before it was removed", (long long)d.id,
			STRA(d.name));
	memcpy(s->run.hash, link, HASH_SIZE);
	return check_doc_entries(a, st, &d) && check_archive(a, &d);
}

static bool check_docs(struct audit *a)
{
	sqlite3_stmt *st = sq_bind(a->c, SQL_AUDIT_DOCS, a->err, "");
	int rc = st ? 1 : -1;

	while (rc == 1 && (rc = sq_step(a->c, st, a->err)) == 1)
		if (!check_doc(a, st))
			rc = -1;
	if (st != NULL)
		sqlite3_reset(st);
	return rc == 0;
}

/* ---- what is in no document ---- */

static bool expect_effects(struct audit *a, const struct entry *e)
{
	struct effect_change c;
	lg_str body = e->body;
	char title[96];
	bool bad;

	while (effect_change_get(&body, &c, &bad)) {
		int64_t state = effect_stored(c.state), attempt = (int64_t)c.attempt + ATTEMPT_STORED;
		bool ok = c.key.len > 0 ? sq_run(a->c, SQL_AUDIT_EFFECT_NEW, a->err, "iiiits", c.id, state, attempt,
						 c.seq, c.key, c.remote_id)
					: sq_run(a->c, SQL_AUDIT_EFFECT_SET, a->err, "iisi", state, attempt,
						 c.remote_id, c.id);

		if (!ok)
			return false;
	}
	if (bad)
		finding(a, "%s: it is no log of effects", entry_title(e, title));
	return true;
}

static bool check_streams(struct audit *a)
{
	sqlite3_stmt *st = sq_bind(a->c, SQL_AUDIT_STREAMS, a->err, "");
	int rc = st ? 1 : -1;

	while (rc == 1 && (rc = sq_step(a->c, st, a->err)) == 1) {
		struct entry e;

		check_entry(a, st, &stream_get(a, sqlite3_column_int64(st, 1))->run, &e);
		if (e.stream == STREAM_EFFECTS && !expect_effects(a, &e))
			rc = -1;
	}
	if (st != NULL)
		sqlite3_reset(st);
	return rc == 0;
}

static bool list_numbers(struct audit *a, enum sql sql, const char *fmt, const char *more)
{
	sqlite3_stmt *st = sq_bind(a->c, sql, a->err, "");
	int rc = st ? 1 : -1;

	while (rc == 1 && (rc = sq_step(a->c, st, a->err)) == 1)
		finding(a, "%s %lld%s", fmt, (long long)sqlite3_column_int64(st, 0), more);
	return rc == 0;
}

static bool check_effects(struct audit *a)
{
	sqlite3_stmt *st = sq_bind(a->c, SQL_AUDIT_EFFECTS, a->err, "");
	int rc = st ? 1 : -1;

	while (rc == 1 && (rc = sq_step(a->c, st, a->err)) == 1) {
		lg_str key = sq_text(st, 4);

		finding(a, "effect %lld \"%.*s\" is not as its log says", (long long)sqlite3_column_int64(st, 0),
			(int)MIN(key.len, 200), key.ptr ? key.ptr : "");
	}
	return rc == 0 && list_numbers(a, SQL_AUDIT_EFFECTS_GONE, "effect", " was deleted");
}

/* ---- all of it ---- */

/* The table is the connection's own and lies in no file that anybody else sees. */
static const char prepare_sql[] = "PRAGMA query_only = OFF; DROP TABLE IF EXISTS temp.expected;"
				  "CREATE TEMP TABLE expected (id INTEGER PRIMARY KEY, state INTEGER, attempt INTEGER, "
				  "seq INTEGER, key TEXT, remote TEXT)";

static bool check_all(struct audit *a)
{
	bool ok;

	/* One snapshot for all of it, unless the writer's own transaction is open. */
	bool own = !sqlite3_get_autocommit(a->c->db);

	if (!sq_exec(a->c, prepare_sql, a->err) || (!own && !sq_exec(a->c, "BEGIN", a->err)))
		return false;
	ok = load_heads(a) && check_names(a) && check_docs(a) && check_streams(a) && check_effects(a) &&
	     list_numbers(a, SQL_AUDIT_STRAYS, "entry", " belongs to no document") &&
	     list_numbers(a, SQL_AUDIT_STRAY_PAYLOADS, "entry", " is gone, its content is still there");
	if (ok)
		check_heads(a);
	if (!own)
		sqlite3_exec(a->c->db, "ROLLBACK", NULL, NULL, NULL);
	return ok;
}

bool sqlite_view_audit(struct store_view *v, int64_t *entries, void (*fn)(void *ctx, const char *text), void *ctx,
		       struct err *err)
{
	struct audit a = { .c = CONN_OF(v), .fn = fn, .ctx = ctx, .err = err };
	bool ok = check_all(&a);

	*entries = a.entries;
	free(a.streams);
	if (!ok)
		return false;
	if (a.findings == 0)
		return true;
	if (a.findings == 1)
		err_set(err, ERR_BUG, "store.audit", "store \"%.*s\": %s", STRA(a.c->path), a.first);
	else
		err_set(err, ERR_BUG, "store.audit", "store \"%.*s\": %s; %lld more findings", STRA(a.c->path), a.first,
			(long long)a.findings - 1);
	return err_hint(err,
			"the store was changed by something else than the hub, or is damaged: compare with a backup");
}
