/* sqlite_journal.c - entries: written with their chain, found by id, read back as records. */
#include "core/base/json.h"
#include "core/store/sqlite_priv.h"

#include <stdlib.h>
#include <string.h>

/* ---- heads of chains ---- */

static bool head_load(struct sqlite *s, int64_t stream, struct head **out, struct err *err)
{
	sqlite3_stmt *st = sq_bind(&s->c, SQL_HEAD_GET, err, "i", stream);
	struct head *h;
	int rc = st ? sq_step(&s->c, st, err) : -1;

	if (rc < 0)
		return false;
	h = xalloc(sizeof *h);
	h->stream = stream;
	if (rc == 1) {
		h->chain.n = sqlite3_column_int64(st, 0);
		sq_blob(st, 1, h->chain.hash, HASH_SIZE);
		sqlite3_reset(st);
	}
	s->heads[stream] = *out = h;
	return true;
}

bool head_get(struct sqlite *s, int64_t stream, struct head **out, struct err *err)
{
	size_t had = s->heads_cap;

	if ((size_t)stream >= had) {
		s->heads = xgrow(s->heads, &s->heads_cap, (size_t)stream + 1, sizeof *s->heads);
		memset(s->heads + had, 0, (s->heads_cap - had) * sizeof *s->heads);
	}
	*out = s->heads[stream];
	return *out != NULL || head_load(s, stream, out, err);
}

void head_changed(struct sqlite *s, struct head *h)
{
	if (h->dirty)
		return;
	h->dirty = true;
	h->next_dirty = s->dirty;
	s->dirty = h;
}

/* ---- memory and transaction ---- */

bool pending_flush(struct sqlite *s, struct pending *p, struct err *err)
{
	if (p->dirty && !sq_run(&s->c, SQL_DOC_PROGRESS, err, "nnibii", p->first, p->last, p->chain.n, p->chain.hash,
				(size_t)HASH_SIZE, (int64_t)p->ordered, p->id))
		return false;
	p->dirty = false;
	return true;
}

bool journal_flush(struct sqlite *s, struct err *err)
{
	if (s->log.len > 0 && !journal_system(s, STREAM_EFFECTS, buf_view(&s->log), err))
		return false;
	buf_reset(&s->log);
	for (struct pending *p = s->pending; p != NULL; p = p->next)
		if (!pending_flush(s, p, err))
			return false;
	for (; s->dirty != NULL; s->dirty = s->dirty->next_dirty) {
		struct head *h = s->dirty;

		if (!sq_run(&s->c, SQL_HEAD_PUT, err, "iib", h->stream, h->chain.n, h->chain.hash, (size_t)HASH_SIZE))
			return false;
		h->dirty = false;
	}
	return true;
}

void journal_forget(struct sqlite *s)
{
	for (size_t i = 0; i < s->heads_cap; i++) {
		free(s->heads[i]);
		s->heads[i] = NULL;
	}
	s->dirty = NULL;
	while (s->pending != NULL) {
		struct pending *p = s->pending;

		s->pending = p->next;
		free(p);
	}
	buf_reset(&s->log);
	names_forget(&s->c);
	s->c.doc.id = 0;
}

bool journal_load(struct sqlite *s, struct err *err)
{
	/* Numbers may be skipped, never given twice in one life of the process. */
	int64_t seq = 0, ready = 0;

	if (!sq_int(&s->c, SQL_SEQ_MAX, &seq, err, "") || !sq_int(&s->c, SQL_READY_MAX, &ready, err, "") ||
	    !sq_int(&s->c, SQL_TOPIC_ANY, &s->waiting, err, ""))
		return false;
	s->seq = MAX(s->seq, seq);
	s->ready = MAX(s->ready, ready);
	return true;
}

/* ---- writing ---- */

bool journal_put(struct sqlite *s, struct entry *e, struct chain *chain, int64_t lookup, struct err *err)
{
	e->seq = ++s->seq;
	chain_entry(s->c.hash, &s->c.scratch, chain, e);
	e->n = chain->n;
	return sq_run(&s->c, SQL_ENTRY_PUT, err, "iiiinBnnnnnsnnBbb", e->seq, e->stream, e->n, (int64_t)e->kind, e->doc,
		      e->kind ? (lg_str){ (const char *)e->id, ID_SIZE } : STR_NONE, e->revision, e->client, e->at,
		      (int64_t)e->offset, (int64_t)e->line, e->external_id, e->step, e->cause, e->order, e->hash,
		      (size_t)HASH_SIZE, chain->hash, (size_t)HASH_SIZE) &&
	       sq_run(&s->c, SQL_PAYLOAD_PUT, err, "ib", e->seq, e->body.ptr ? e->body.ptr : "", e->body.len) &&
	       (lookup == 0 || sq_run(&s->c, SQL_LOOKUP_PUT, err, "ii", lookup, e->seq));
}

bool journal_system(struct sqlite *s, int64_t stream, lg_str body, struct err *err)
{
	struct entry e = { .stream = stream, .body = body, .at = s->base.env.now(s->base.env.ctx) };
	struct head *head;

	if (!head_get(s, stream, &head, err))
		return false;
	hash_of(s->c.hash, body, e.hash);
	head_changed(s, head);
	return journal_put(s, &e, &head->chain, 0, err);
}

bool journal_note(struct sqlite *s, const char *what, const struct note_field *fields, size_t n, struct err *err)
{
	struct buf b = { 0 };
	bool ok;

	buf_cstr(&b, "{\"what\":");
	json_quote(&b, str_of(what));
	for (size_t i = 0; i < n; i++) {
		buf_char(&b, ',');
		json_quote(&b, str_of(fields[i].name));
		buf_char(&b, ':');
		json_quote(&b, fields[i].value);
	}
	buf_char(&b, '}');
	ok = journal_system(s, STREAM_HUB, buf_view(&b), err);
	buf_fini(&b);
	return ok;
}

static void known_read(sqlite3_stmt *st, struct known *k)
{
	k->seq = sqlite3_column_int64(st, 0);
	k->revision = sqlite3_column_int64(st, 1);
	sq_blob(st, 2, k->hash, HASH_SIZE);
	k->doc = sqlite3_column_int64(st, 3);
	k->at = sqlite3_column_int64(st, 4);
	k->state = k->doc ? (enum doc_state)sqlite3_column_int(st, 5) : DOC_TAKEN;
}

bool journal_known(struct sqlite *s, const uint8_t id[ID_SIZE], int64_t own_doc, struct known *out, struct err *err)
{
	sqlite3_stmt *st = sq_bind(&s->c, SQL_KNOWN, err, "b", id, (size_t)ID_SIZE);
	int rc = st ? 1 : -1;

	*out = (struct known){ 0 };
	while (rc == 1 && !out->found) {
		rc = sq_step(&s->c, st, err);
		if (rc != 1)
			break;
		known_read(st, out);
		/* What is left of parked and aborted documents does not count. */
		out->found = out->state == DOC_TAKEN || out->state == DOC_PENDING;
		out->pending = out->state == DOC_PENDING && out->doc != own_doc;
	}
	if (st != NULL)
		sqlite3_reset(st);
	return rc >= 0;
}

/* ---- reading ---- */

/* What a row needs of its document; rows of one document come in a run. */
static bool doc_load(struct sq *c, int64_t id, struct err *err)
{
	sqlite3_stmt *st;
	uint8_t hash[HASH_SIZE];
	int rc;

	if (c->doc.id == id)
		return true;
	st = sq_bind(c, SQL_DOC_BY_ID, err, "i", id);
	rc = st ? sq_step(c, st, err) : -1;
	if (rc < 0)
		return false;
	c->doc.id = id;
	c->doc.hex[0] = '\0';
	if (rc == 1) {
		sq_blob(st, 4, hash, HASH_SIZE);
		hash_hex(hash, c->doc.hex);
		c->doc.received_at = sqlite3_column_int64(st, 6);
		sqlite3_reset(st);
	}
	return true;
}

static lg_str source_text(struct sq *c, struct arena *a, int64_t offset, int64_t line)
{
	if (line > 0)
		return arena_printf(a, "%s@%lld:%lld", c->doc.hex, (long long)offset, (long long)line);
	return arena_printf(a, "%s@%lld", c->doc.hex, (long long)offset);
}

static void set_text(struct lg_rec *r, uint16_t field, lg_str s)
{
	if (s.len > 0)
		rec_set_str(r, field, s);
}

/* The common fields, which are columns. */
static bool attach(struct sq *c, sqlite3_stmt *st, struct arena *a, const struct store_row *row, struct lg_rec *r,
		   struct err *err)
{
	int64_t stream = sqlite3_column_int64(st, 1), doc = sqlite3_column_int64(st, 3);
	lg_time at = sqlite3_column_int64(st, 7);

	rec_set_str(r, LG_COMMON_ID, row->id);
	rec_set_str(r, LG_COMMON_KIND, str_of(object_get(row->kind)->name));
	set_text(r, LG_COMMON_CLIENT, name_text(c, sqlite3_column_int64(st, 6)));
	set_text(r, LG_COMMON_EXTERNAL_ID, sq_text(st, 10));
	rec_set_int(r, LG_COMMON_REVISION, row->revision);
	if (doc != 0) {
		if (!doc_load(c, doc, err))
			return false;
		set_text(r, LG_COMMON_CONNECTION, name_text(c, STREAM_NAME(stream)));
		set_text(r, LG_COMMON_SOURCE,
			 source_text(c, a, sqlite3_column_int64(st, 8), sqlite3_column_int64(st, 9)));
		at = c->doc.received_at;
	}
	rec_set_time(r, LG_COMMON_RECEIVED_AT, at);
	return true;
}

bool row_read(struct sq *c, sqlite3_stmt *st, int body, struct arena *a, struct store_row *out, struct err *err)
{
	char id[ID_TEXT_MAX];
	uint8_t raw[ID_SIZE];
	struct lg_rec *r;

	*out = (struct store_row){ .seq = sqlite3_column_int64(st, 0),
				   .kind = (uint16_t)sqlite3_column_int(st, 2),
				   .revision = sqlite3_column_int64(st, 5) };
	if (out->kind == 0 || object_get(out->kind) == NULL)
		return true;
	sq_blob(st, 4, raw, ID_SIZE);
	out->id = arena_str(a, (lg_str){ id, id_text(raw, id) });
	if (sqlite3_column_type(st, body) == SQLITE_NULL)
		return true;
	r = rec_decode(a, arena_str(a, sq_text(st, body)), err);
	if (r == NULL)
		return err_prepend(err, "store \"%.*s\": entry %lld", STRA(c->path), (long long)out->seq);
	if (rec_object(r) != out->kind)
		return err_set(err, ERR_BUG, "store.damaged",
			       "store \"%.*s\": entry %lld holds another kind than it says", STRA(c->path),
			       (long long)out->seq);
	out->rec = r;
	return attach(c, st, a, out, r, err);
}

bool row_by_seq(struct sq *c, int64_t seq, struct arena *a, struct store_row *out, bool *found, struct err *err)
{
	sqlite3_stmt *st = sq_bind(c, SQL_ROW_BY_SEQ, err, "i", seq);
	int rc = st ? sq_step(c, st, err) : -1;
	bool ok = rc >= 0;

	*found = rc == 1;
	*out = (struct store_row){ 0 };
	if (rc == 1)
		ok = row_read(c, st, ROW_COUNT, a, out, err);
	if (st != NULL)
		sqlite3_reset(st);
	return ok;
}
