/* sqlite_ingest.c - documents: begun, appended to, ended; the archive; cursors; tidying up.

   The entries of a document have a chain of their own, and one link in the connection's chain says how it ended.  So a
   document that is taken back leaves no hole in anybody else's chain. */
#include "core/model/identity.h"
#include "core/store/sqlite_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- documents ---- */

static lg_str keep(struct arena *a, lg_str s)
{
	return a ? arena_str(a, s) : s;
}

void doc_read(struct sq *c, sqlite3_stmt *st, struct arena *a, struct store_doc *out)
{
	*out = (struct store_doc){ .id = sqlite3_column_int64(st, 0),
				   .connection = keep(a, name_text(c, sqlite3_column_int64(st, 1))),
				   .name = keep(a, sq_text(st, 2)),
				   .external_id = keep(a, sq_text(st, 3)),
				   .size = sqlite3_column_int64(st, 5),
				   .received_at = sqlite3_column_int64(st, 6),
				   .modified = sqlite3_column_int64(st, 7),
				   .state = str_of(doc_state_name((enum doc_state)sqlite3_column_int(st, 8))),
				   .records = sqlite3_column_int64(st, 9),
				   .message = keep(a, sq_text(st, 10)),
				   .duplicate_of = sqlite3_column_int64(st, 11),
				   .released = sqlite3_column_int(st, 12) != 0 };
	sq_blob(st, 4, out->hash, STORE_HASH);
}

static bool doc_one(struct sqlite *s, sqlite3_stmt *st, struct arena *a, struct store_doc *out, struct err *err)
{
	int rc = st ? sq_step(&s->c, st, err) : -1;

	*out = (struct store_doc){ 0 };
	if (rc == 1)
		doc_read(&s->c, st, a, out);
	if (st != NULL)
		sqlite3_reset(st);
	return rc >= 0;
}

bool sqlite_doc_known(struct store *st, const uint8_t hash[STORE_HASH], struct arena *a, struct store_doc *out,
		      struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);

	return doc_one(s, sq_bind(&s->c, SQL_DOC_KNOWN, err, "b", hash, (size_t)STORE_HASH), a, out, err);
}

bool sqlite_doc_named(struct store *st, lg_str connection, lg_str name, struct arena *a, struct store_doc *out,
		      struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	int64_t id;

	return name_find(&s->c, connection, &id, err) &&
	       doc_one(s, sq_bind(&s->c, SQL_DOC_NAMED, err, "it", id, name), a, out, err);
}

static struct pending *pending_add(struct sqlite *s, int64_t id, int64_t connection)
{
	struct pending *p = xalloc(sizeof *p);

	*p = (struct pending){ .next = s->pending, .id = id, .stream = STREAM(STREAM_IN, connection) };
	s->pending = p;
	return p;
}

/* From memory, or as the last flush left it. */
static bool pending_get(struct sqlite *s, int64_t id, struct pending **out, struct err *err)
{
	struct pending *p = s->pending;
	sqlite3_stmt *st;
	int rc;

	while (p != NULL && p->id != id)
		p = p->next;
	*out = p;
	if (p != NULL)
		return true;
	st = sq_bind(&s->c, SQL_DOC_PENDING, err, "i", id);
	rc = st ? sq_step(&s->c, st, err) : -1;
	if (rc == 0)
		return err_set(err, ERR_BUG, "store.doc", "document %lld is not being taken in", (long long)id);
	if (rc < 0)
		return false;
	p = pending_add(s, id, sqlite3_column_int64(st, 0));
	p->first = sqlite3_column_int64(st, 1);
	p->last = sqlite3_column_int64(st, 2);
	p->chain.n = sqlite3_column_int64(st, 3);
	sq_blob(st, 4, p->chain.hash, HASH_SIZE);
	p->ordered = sqlite3_column_int(st, 5) != 0;
	sqlite3_reset(st);
	*out = p;
	return true;
}

static void pending_drop(struct sqlite *s, struct pending *gone)
{
	struct pending **at = &s->pending;

	while (*at != gone)
		at = &(*at)->next;
	*at = gone->next;
	free(gone);
}

bool sqlite_doc_begin(struct store *st, struct store_doc *doc, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	int64_t connection;

	if (!name_give(s, doc->connection, &connection, err) ||
	    !sq_run(&s->c, SQL_DOC_PUT, err, "issbiinn", connection, doc->name, doc->external_id, doc->hash,
		    (size_t)STORE_HASH, doc->size, doc->received_at, doc->modified, doc->duplicate_of))
		return false;
	doc->id = sqlite3_last_insert_rowid(s->c.db);
	pending_add(s, doc->id, connection);
	return true;
}

bool sqlite_archive(struct store *st, const struct store_doc *doc, int64_t chunk, lg_str bytes, struct err *err)
{
	return sq_run(&SQLITE_OF(st)->c, SQL_ARCHIVE_PUT, err, "ib", doc->id << ARCHIVE_BITS | chunk,
		      bytes.ptr ? bytes.ptr : "", bytes.len);
}

static bool pending_elsewhere(const struct known *k, lg_str id, struct err *err)
{
	return err_set(err, ERR_RETRY, "store.pending", "%.*s is also in document %lld, which is still being taken in",
		       STRA(id), (long long)k->doc);
}

static bool append(struct sqlite *s, struct pending *p, const struct store_item *item, const struct store_prepared *r,
		   int64_t revision, struct err *err)
{
	struct entry e = {
		.stream = p->stream, .doc = p->id, .revision = revision, .offset = item->offset, .line = item->line
	};

	prepared_entry(r, &e);
	if (!name_give(s, r->client, &e.client, err) || !journal_put(s, &e, &p->chain, r->lookup, err))
		return false;
	p->first = p->first ? p->first : e.seq;
	p->last = e.seq;
	p->ordered = p->ordered || e.order.len > 0;
	p->dirty = true;
	return true;
}

/* A bank line that is known from another message: what this one adds to it.  *same: nothing. */
static bool complement(struct sqlite *s, const struct known *k, struct store_prepared *r, struct arena *a, bool *same,
		       struct err *err)
{
	struct store_row row;
	struct lg_rec *seen, *both = NULL;
	bool found;

	*same = false;
	if (r->kind != LG_TRANSACTION)
		return true;
	if (!row_by_seq(&s->c, k->seq, a, &row, &found, err) || (seen = rec_decode(a, r->body, err)) == NULL)
		return false;
	if (!found || row.rec == NULL || !identity_complement(row.rec, seen, a, &both))
		return true;
	*same = both == NULL;
	if (both != NULL) {
		buf_reset(&s->body);
		rec_encode(both, REC_BODY, &s->body);
		r->body = buf_view(&s->body);
		hash_of(s->c.hash, r->body, r->hash);
	}
	return true;
}

bool sqlite_doc_append(struct store *st, const struct store_doc *doc, const struct store_item *item, struct arena *a,
		       lg_str *id, enum store_outcome *outcome, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	struct store_prepared r;
	char text[ID_TEXT_MAX];
	struct pending *p;
	struct known k;
	bool same;

	if (item->prepared != NULL)
		r = *item->prepared;
	else
		prepared_make(s->c.hash, &s->body, item, &r);
	*id = arena_str(a, (lg_str){ text, id_text(r.id, text) });
	if (!pending_get(s, doc->id, &p, err) || !journal_known(s, r.id, doc->id, &k, err))
		return false;
	if (k.pending)
		return pending_elsewhere(&k, *id, err);
	*outcome = k.found ? STORE_REVISION : STORE_NEW;
	same = k.found && memcmp(k.hash, r.hash, HASH_SIZE) == 0;
	if (k.found && !same && !complement(s, &k, &r, a, &same, err))
		return false;
	if (same) {
		*outcome = STORE_SAME;
		return true;
	}
	return append(s, p, item, &r, k.found ? k.revision + 1 : 1, err);
}

bool sqlite_doc_finding(struct store *st, const struct store_doc *doc, lg_str id, uint32_t line, lg_str text,
			struct err *err)
{
	return sq_run(&SQLITE_OF(st)->c, SQL_FINDING_PUT, err, "isns", doc->id, id, (int64_t)line, text);
}

/* The link in the connection's chain, and the row. */
static bool doc_end(struct sqlite *s, struct pending *p, struct store_doc *d, enum doc_state state, struct err *err)
{
	struct chain none = { 0 }, *entries = state == DOC_TAKEN ? &p->chain : &none;
	bool doomed = state != DOC_TAKEN && p->chain.n > 0;
	int64_t ready = ++s->ready;
	struct head *head;

	if (!head_get(s, p->stream, &head, err))
		return false;
	chain_doc(s->c.hash, &s->c.scratch, &head->chain, d, ready, entries);
	head_changed(s, head);
	return sq_run(&s->c, SQL_DOC_END, err, "isniibinbi", (int64_t)state, d->message, d->duplicate_of, entries->n,
		      entries->n, entries->hash, (size_t)HASH_SIZE, ready, (int64_t)doomed, head->chain.hash,
		      (size_t)HASH_SIZE, p->id);
}

bool sqlite_doc_end(struct store *st, const struct store_doc *doc, lg_str state, lg_str message, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	struct arena a = { 0 };
	enum doc_state end;
	struct store_doc d;
	struct pending *p;
	bool ok;

	if (!doc_state_of(state, &end) || end == DOC_PENDING)
		return err_set(err, ERR_BUG, "store.doc", "a document cannot end as \"%.*s\"", STRA(state));
	if (!pending_get(s, doc->id, &p, err) || !pending_flush(s, p, err))
		return false;
	if (end == DOC_ABORTED) { /* tidying up removes it; until then it counts nowhere */
		ok = sq_run(&s->c, SQL_DOC_ABORT, err, "i", doc->id);
		if (ok)
			pending_drop(s, p);
		return ok;
	}
	/* The chain covers what is stored, whatever the caller's copy says. */
	ok = doc_one(s, sq_bind(&s->c, SQL_DOC_BY_ID, err, "i", doc->id), &a, &d, err);
	d.state = str_of(doc_state_name(end));
	d.message = message;
	d.duplicate_of = doc->duplicate_of;
	ok = ok && doc_end(s, p, &d, end, err);
	arena_fini(&a);
	if (ok)
		pending_drop(s, p);
	return ok;
}

/* ---- parked documents that are read again ---- */

bool sqlite_doc_release(struct store *st, int64_t doc, bool forced, lg_str who, lg_str reason, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	struct note_field fields[] = { { "document", STR_NONE },
				       { "forced", forced ? LG_STR("yes") : LG_STR("no") },
				       { "who", who },
				       { "reason", reason } };
	char id[32];

	if (!sq_run(&s->c, SQL_RELEASE_PUT, err, "ii", doc, (int64_t)forced))
		return false;
	if (sqlite3_changes(s->c.db) == 0) {
		err_set(err, ERR_REJECT, "document.not_parked", "document %lld is not parked", (long long)doc);
		return err_hint(err, "loligo work lists what is");
	}
	fields[0].value = (lg_str){ id, (size_t)snprintf(id, sizeof id, "%lld", (long long)doc) };
	return journal_note(s, "release", fields, ARRAY_LEN(fields), err);
}

bool sqlite_docs_retry(struct store *st, lg_str connection, lg_str rule, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	int64_t id;

	return name_find(&s->c, connection, &id, err) && sq_run(&s->c, SQL_RELEASE_RULE, err, "it", id, rule);
}

bool sqlite_docs_released(struct store *st, bool (*fn)(void *ctx, const struct store_doc *, bool forced), void *ctx,
			  struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	sqlite3_stmt *q = sq_prepare(&s->c, SQL_RELEASED, err, "");
	int rc = q ? 1 : -1;

	while (rc == 1 && (rc = sq_step(&s->c, q, err)) == 1) {
		struct store_doc d;

		doc_read(&s->c, q, NULL, &d);
		if (!fn(ctx, &d, sqlite3_column_int(q, DOC_COUNT) != 0))
			break;
	}
	sqlite3_finalize(q);
	return rc >= 0;
}

bool sqlite_doc_reread(struct store *st, int64_t doc, struct err *err)
{
	return sq_run(&SQLITE_OF(st)->c, SQL_RELEASE_DONE, err, "i", doc);
}

/* ---- cursors ---- */

bool sqlite_cursors(struct store *st, lg_str connection, bool (*fn)(void *ctx, lg_str name, lg_str value), void *ctx,
		    struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	sqlite3_stmt *q;
	int64_t id;
	int rc;

	if (!name_find(&s->c, connection, &id, err))
		return false;
	q = sq_prepare(&s->c, SQL_CURSORS, err, "i", id);
	rc = q ? 1 : -1;
	while (rc == 1 && (rc = sq_step(&s->c, q, err)) == 1)
		if (!fn(ctx, sq_text(q, 0), sq_text(q, 1)))
			break;
	sqlite3_finalize(q);
	return rc >= 0;
}

bool sqlite_cursor_set(struct store *st, lg_str connection, lg_str name, lg_str value, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	const struct note_field fields[] = { { "connection", connection }, { "name", name }, { "value", value } };
	int64_t id;

	return name_give(s, connection, &id, err) && sq_run(&s->c, SQL_CURSOR_PUT, err, "itt", id, name, value) &&
	       journal_note(s, "cursor", fields, ARRAY_LEN(fields), err);
}

bool sqlite_note(struct store *st, lg_str what, lg_str who, lg_str text, struct err *err)
{
	const struct note_field fields[] = { { "about", what }, { "who", who }, { "text", text } };

	return journal_note(SQLITE_OF(st), "note", fields, ARRAY_LEN(fields), err);
}

/* ---- tidying up ---- */

#define TIDY_ENTRIES 1000
#define TIDY_CHUNKS 64
#define TIDY_PAGES "PRAGMA incremental_vacuum(512)"

struct gone {
	int64_t seq, lookup;
};

static int64_t lookup_of_body(sqlite3_stmt *st, int col, struct arena *a)
{
	const struct lg_rec *r = NULL;

	if (sqlite3_column_type(st, col) != SQLITE_NULL)
		r = rec_decode(a, sq_text(st, col), NULL);
	return r ? lookup_key(r) : 0;
}

static bool doomed_list(struct sqlite *s, const int64_t doc[3], struct gone *list, size_t *n, struct err *err)
{
	sqlite3_stmt *st =
		sq_bind(&s->c, SQL_DOOMED_ENTRIES, err, "iiii", doc[1], doc[2], doc[0], (int64_t)TIDY_ENTRIES);
	struct arena a = { 0 };
	int rc = -1;

	*n = 0;
	while (st != NULL && (rc = sq_step(&s->c, st, err)) == 1) {
		list[*n].seq = sqlite3_column_int64(st, 0);
		list[(*n)++].lookup = lookup_of_body(st, 1, &a);
		arena_reset(&a);
	}
	arena_fini(&a);
	return rc == 0;
}

static bool drop_entries(struct sqlite *s, const struct gone *list, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (!sq_run(&s->c, SQL_ENTRY_DROP, err, "i", list[i].seq) ||
		    !sq_run(&s->c, SQL_PAYLOAD_DROP, err, "i", list[i].seq))
			return false;
		if (list[i].lookup != 0 && !sq_run(&s->c, SQL_LOOKUP_DROP, err, "ii", list[i].lookup, list[i].seq))
			return false;
	}
	return true;
}

/* A parked document keeps its row, findings and archive; of an aborted one nothing stays. */
static bool drop_rest(struct sqlite *s, int64_t doc, bool parked, struct err *err)
{
	if (parked)
		return sq_run(&s->c, SQL_DOC_REDEEM, err, "i", doc);
	if (!sq_run(&s->c, SQL_ARCHIVE_DROP, err, "iii", doc << ARCHIVE_BITS, (doc + 1) << ARCHIVE_BITS,
		    (int64_t)TIDY_CHUNKS))
		return false;
	if (sqlite3_changes(s->c.db) == TIDY_CHUNKS)
		return true;
	s->c.doc.id = 0;
	return sq_run(&s->c, SQL_FINDINGS_DROP, err, "i", doc) && sq_run(&s->c, SQL_DOC_DROP, err, "i", doc);
}

static bool tidy_doomed(struct sqlite *s, bool *more, struct err *err)
{
	sqlite3_stmt *st = sq_bind(&s->c, SQL_DOOMED, err, "");
	int rc = st ? sq_step(&s->c, st, err) : -1;
	struct gone *list;
	int64_t doc[3];
	bool parked, ok;
	size_t n;

	*more = rc == 1;
	if (rc != 1)
		return rc == 0;
	doc[0] = sqlite3_column_int64(st, 0);
	parked = sqlite3_column_int(st, 1) == DOC_PARKED || sqlite3_column_int(st, 1) == DOC_DUPLICATE;
	doc[1] = sqlite3_column_int64(st, 2);
	doc[2] = sqlite3_column_int64(st, 3);
	sqlite3_reset(st);
	list = xalloc(sizeof *list * TIDY_ENTRIES);
	ok = doomed_list(s, doc, list, &n, err) && drop_entries(s, list, n, err);
	if (ok && n < TIDY_ENTRIES)
		ok = drop_rest(s, doc[0], parked, err);
	free(list);
	return ok;
}

bool sqlite_tidy(struct store *st, bool *more, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);

	if (!sqlite_begin(st, err))
		return false;
	if (!tidy_doomed(s, more, err) || !sqlite_commit(st, err)) {
		store_rollback(st);
		return false;
	}
	if (*more)
		return true;
	/* A reader may hinder the checkpoint; the next one gets further. */
	sqlite3_wal_checkpoint_v2(s->c.db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return sq_exec(&s->c, TIDY_PAGES, err);
}
