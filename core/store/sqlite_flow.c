/* sqlite_flow.c - flows: what they read next, what they make, what waits. */
#include "core/store/sqlite_priv.h"

#include <stdio.h>
#include <string.h>

/* ---- reading ---- */

/* One read: what was asked for, and how far it has come. */
struct next {
	struct sqlite *s;
	uint64_t kinds;
	size_t limit, count;
	struct arena *arena;
	struct store_row *rows;
	struct store_position *position;
};

static bool read_woken(struct next *n, int64_t flow, struct err *err)
{
	struct sq *c = &n->s->c;
	sqlite3_stmt *st = sq_bind(c, SQL_WOKEN, err, "ii", flow, (int64_t)n->limit);
	int rc = st ? 1 : -1;

	while (rc == 1 && (rc = sq_step(c, st, err)) == 1) {
		struct store_row *row = &n->rows[n->count];

		if (!row_read(c, st, ROW_COUNT, n->arena, row, err)) {
			sqlite3_reset(st);
			return false;
		}
		row->wait = sqlite3_column_int64(st, ROW_COUNT + 1);
		row->step = (uint32_t)sqlite3_column_int64(st, ROW_COUNT + 2);
		row->decision = arena_str(n->arena, sq_text(st, ROW_COUNT + 3));
		n->count++;
	}
	return rc == 0;
}

struct range { /* of a document's entries */
	int64_t doc, ready, first, last;
	bool ordered;
};

#define READ_BYTES ((size_t)16 << 20) /* of rows, in memory; whatever the limit */

/* The rows that the statement gives, up to the limit.  *full: it was reached. */
static bool read_rows(struct next *n, sqlite3_stmt *st, bool ordered, bool *full, struct err *err)
{
	struct sq *c = &n->s->c;
	int rc = st ? 1 : -1;

	*full = false;
	while (rc == 1) {
		struct store_row *row = &n->rows[n->count];

		if (n->count == n->limit || (n->count > 0 && n->arena->used > READ_BYTES)) {
			*full = true;
			sqlite3_reset(st);
			return true;
		}
		rc = sq_step(c, st, err);
		if (rc != 1)
			break;
		if (!row_read(c, st, ROW_COUNT, n->arena, row, err)) {
			sqlite3_reset(st);
			return false;
		}
		n->count++;
		n->position->order = ordered ? arena_str(n->arena, sq_text(st, ROW_COUNT + 1)) : STR_NONE;
		n->position->seq = row->seq;
	}
	return rc == 0;
}

/* First what has no order, by seq; then the rest by it. */
static bool read_doc(struct next *n, const struct range *r, bool *full, struct err *err)
{
	struct store_position *p = n->position;
	struct sq *c = &n->s->c;

	if (p->doc != r->ready)
		*p = (struct store_position){ .doc = r->ready };
	*full = false;
	if (p->order.len == 0 && !read_rows(n,
					    sq_bind(c, SQL_FLOW_ROWS, err, "iiii", MAX(r->first, p->seq + 1), r->last,
						    r->doc, (int64_t)n->kinds),
					    false, full, err))
		return false;
	if (r->ordered && !*full &&
	    !read_rows(n,
		       sq_bind(c, SQL_FLOW_ORDERED, err, "ibii", r->doc, p->order.ptr ? p->order.ptr : "", p->order.len,
			       p->order.len ? p->seq : (int64_t)0, (int64_t)n->kinds),
		       true, full, err))
		return false;
	if (!*full)
		*p = (struct store_position){ .doc = r->ready + 1 };
	return true;
}

static bool read_stream(struct next *n, int64_t connection, struct err *err)
{
	struct sq *c = &n->s->c;
	bool full = n->limit == 0;
	int rc = 1;

	while (rc == 1 && !full) {
		sqlite3_stmt *st = sq_bind(c, SQL_FLOW_DOCS, err, "ii", connection, n->position->doc);
		struct range r;

		rc = st ? sq_step(c, st, err) : -1;
		if (rc != 1)
			break;
		r = (struct range){ sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1),
				    sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3),
				    sqlite3_column_int(st, 4) != 0 };
		sqlite3_reset(st);
		if (!read_doc(n, &r, &full, err))
			return false;
	}
	return rc >= 0;
}

static bool position_get(struct sqlite *s, int64_t flow, int64_t stream, struct arena *a, struct store_position *out,
			 struct err *err)
{
	sqlite3_stmt *st = sq_bind(&s->c, SQL_POSITION_GET, err, "ii", flow, stream);
	int rc = st ? sq_step(&s->c, st, err) : -1;

	*out = (struct store_position){ 0 };
	if (rc == 1) {
		out->doc = sqlite3_column_int64(st, 0);
		out->order = arena_str(a, sq_text(st, 1));
		out->seq = sqlite3_column_int64(st, 2);
		sqlite3_reset(st);
	}
	return rc >= 0;
}

bool sqlite_flow_next(struct store *st, lg_str flow, lg_str stream, uint64_t kinds, size_t limit, struct arena *a,
		      struct store_row *rows, size_t *count, struct store_position *position, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	struct next n = { s, kinds, limit, 0, a, rows, position };
	int64_t flow_id, stream_id;
	bool ok;

	*count = 0;
	if (!name_find(&s->c, flow, &flow_id, err) || !name_find(&s->c, stream, &stream_id, err) ||
	    !position_get(s, flow_id, stream_id, a, position, err))
		return false;
	if (stream_id == 0)
		ok = read_woken(&n, flow_id, err);
	else
		ok = stream_id < 0 || read_stream(&n, stream_id, err);
	*count = n.count;
	return ok;
}

bool sqlite_flow_advance(struct store *st, lg_str flow, lg_str stream, const struct store_position *p, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	int64_t flow_id, stream_id;

	return name_give(s, flow, &flow_id, err) && name_give(s, stream, &stream_id, err) &&
	       sq_run(&s->c, SQL_POSITION_PUT, err, "iiiBi", flow_id, stream_id, p->doc, p->order, p->seq);
}

/* ---- making ---- */

static void made_fields(struct lg_rec *r, lg_str id, int64_t revision, lg_time at)
{
	rec_set_str(r, LG_COMMON_ID, id);
	rec_set_int(r, LG_COMMON_REVISION, revision);
	rec_set_time(r, LG_COMMON_RECEIVED_AT, at);
}

static bool emit_put(struct sqlite *s, const struct store_made *m, const struct store_prepared *r, struct entry *e,
		     struct err *err)
{
	struct head *head;
	int64_t flow;

	prepared_entry(r, e);
	e->at = s->base.env.now(s->base.env.ctx);
	e->cause = m->cause;
	if (!name_give(s, m->flow, &flow, err) || !name_give(s, m->step, &e->step, err) ||
	    !name_give(s, r->client, &e->client, err))
		return false;
	e->stream = STREAM(STREAM_MADE, flow);
	if (!head_get(s, e->stream, &head, err))
		return false;
	head_changed(s, head);
	return journal_put(s, e, &head->chain, r->lookup, err);
}

bool sqlite_emit(struct store *st, const struct store_made *m, struct arena *a, int64_t *seq,
		 enum store_outcome *outcome, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	struct store_item item = { .rec = m->rec };
	struct store_prepared r;
	struct entry e = { 0 };
	char id[ID_TEXT_MAX];
	struct known k;

	(void)a;
	buf_reset(&s->identity);
	id_made(&s->identity, m->flow, m->step, m->key);
	item.identity = buf_view(&s->identity);
	prepared_make(s->c.hash, &s->body, &item, &r);
	if (!journal_known(s, r.id, 0, &k, err))
		return false;
	if (k.found && memcmp(k.hash, r.hash, HASH_SIZE) == 0) {
		*outcome = STORE_SAME;
		e.seq = k.seq;
		e.revision = k.revision;
		e.at = k.at;
	} else {
		*outcome = k.found ? STORE_REVISION : STORE_NEW;
		e.revision = k.found ? k.revision + 1 : 1;
		if (!emit_put(s, m, &r, &e, err))
			return false;
	}
	*seq = e.seq;
	made_fields(m->rec, (lg_str){ id, id_text(r.id, id) }, e.revision, e.at);
	return true;
}

bool sqlite_seq(struct store *st, lg_str id, int64_t *seq, struct err *err)
{
	uint8_t raw[ID_SIZE];
	struct known k;

	*seq = 0;
	if (!id_parse(id, raw))
		return true;
	if (!journal_known(SQLITE_OF(st), raw, 0, &k, err))
		return false;
	*seq = k.found && !k.pending ? k.seq : 0;
	return true;
}

bool sqlite_made(struct store *st, lg_str flow, lg_str step, lg_str key, struct arena *a, const struct lg_rec **out,
		 struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	uint8_t from[ID_SIZE], to[ID_SIZE];
	struct store_row row = { 0 };
	int64_t seq = 0;
	bool found;

	*out = NULL;
	buf_reset(&s->identity);
	id_made(&s->identity, flow, step, key);
	id_make(s->c.hash, 0, buf_view(&s->identity), from);
	memcpy(to, from, ID_SIZE);
	to[ID_HASH] = 0xff;
	if (!sq_int(&s->c, SQL_MADE_BY_ID, &seq, err, "bb", from, (size_t)ID_SIZE, to, (size_t)ID_SIZE))
		return false;
	if (seq == 0) /* most often: asked apart, it costs one look into the index */
		return true;
	if (!row_by_seq(&s->c, seq, a, &row, &found, err))
		return false;
	*out = row.rec;
	return true;
}

/* ---- waiting ---- */

static bool wait_replace(struct sqlite *s, const struct store_wait *w, int64_t flow, lg_time *since, struct err *err)
{
	sqlite3_stmt *st = sq_bind(&s->c, SQL_WAIT_LIVE, err, "tiiis", w->record, flow, (int64_t)w->step,
				   (int64_t)str_is(w->state, "finding"), w->rule);
	int rc = st ? sq_step(&s->c, st, err) : -1;
	int64_t id;

	if (rc != 1)
		return rc == 0;
	id = sqlite3_column_int64(st, 0);
	*since = sqlite3_column_int64(st, 1);
	sqlite3_reset(st);
	return sq_run(&s->c, SQL_WAIT_DROP, err, "i", id) && sq_run(&s->c, SQL_TOPICS_DROP, err, "i", id);
}

bool sqlite_wait_put(struct store *st, struct store_wait *w, const lg_str *topics, size_t n, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	lg_time since = w->since ? w->since : s->base.env.now(s->base.env.ctx);
	int64_t flow, client;

	if (!name_give(s, w->flow, &flow, err) || !name_give(s, w->client, &client, err) ||
	    !wait_replace(s, w, flow, &since, err) ||
	    !sq_run(&s->c, SQL_WAIT_PUT, err, "iiitntsssiisis", flow, (int64_t)w->step, w->seq, w->record, client,
		    w->state, w->rule, w->reason, w->hint, w->amount.coef, (int64_t)w->amount.scale, w->currency, since,
		    w->suggestions))
		return false;
	w->id = sqlite3_last_insert_rowid(s->c.db);
	w->since = since;
	for (size_t i = 0; i < n; i++)
		if (!sq_run(&s->c, SQL_TOPIC_PUT, err, "it", w->id, topics[i]))
			return false;
	s->waiting += (int64_t)n;
	return true;
}

/* Woken ones are no longer found by topic. */
static bool wake_one(struct sqlite *s, int64_t wait, struct err *err)
{
	return sq_run(&s->c, SQL_WAIT_WAKE, err, "i", wait) && sq_run(&s->c, SQL_TOPICS_DROP, err, "i", wait);
}

#define WAKE_SLICE 256 /* as in the statement */

static bool wake_slice(struct sqlite *s, lg_str topic, size_t *n, struct err *err)
{
	sqlite3_stmt *st = sq_bind(&s->c, SQL_TOPIC_WAITS, err, "t", topic);
	int64_t waits[WAKE_SLICE];
	int rc = -1;

	*n = 0;
	while (st != NULL && (rc = sq_step(&s->c, st, err)) == 1)
		waits[(*n)++] = sqlite3_column_int64(st, 0);
	if (rc < 0)
		return false;
	for (size_t i = 0; i < *n; i++)
		if (!wake_one(s, waits[i], err))
			return false;
	return true;
}

bool sqlite_wake(struct store *st, const lg_str *topics, size_t n, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);

	if (s->waiting == 0)
		return true;
	for (size_t i = 0; i < n; i++) {
		size_t found = WAKE_SLICE;

		while (found == WAKE_SLICE)
			if (!wake_slice(s, topics[i], &found, err))
				return false;
	}
	return true;
}

static bool ended(lg_str state)
{
	return str_is(state, "done") || str_is(state, "dropped");
}

bool sqlite_wait_done(struct store *st, int64_t wait, lg_str state, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);

	if (!ended(state))
		return err_set(err, ERR_BUG, "store.wait", "a wait cannot end as \"%.*s\"", STRA(state));
	return sq_run(&s->c, SQL_WAIT_END, err, "tii", state, s->base.env.now(s->base.env.ctx), wait) &&
	       sq_run(&s->c, SQL_TOPICS_DROP, err, "i", wait);
}

bool sqlite_decide(struct store *st, int64_t wait, lg_str state, lg_str decision, lg_str who, lg_str reason,
		   struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	lg_time end = ended(state) ? s->base.env.now(s->base.env.ctx) : 0;
	struct note_field fields[] = {
		{ "wait", STR_NONE }, { "state", state }, { "decision", decision }, { "who", who }, { "reason", reason }
	};
	char id[32];

	if (!ended(state) && !str_is(state, "woken"))
		return err_set(err, ERR_BUG, "store.wait", "nobody can decide \"%.*s\"", STRA(state));
	if (!sq_run(&s->c, SQL_WAIT_DECIDE, err, "tisi", state, end, decision, wait))
		return false;
	if (sqlite3_changes(s->c.db) == 0) {
		err_set(err, ERR_REJECT, "wait.ended", "item %lld does not wait any more", (long long)wait);
		return err_hint(err, "loligo work lists what waits");
	}
	fields[0].value = (lg_str){ id, (size_t)snprintf(id, sizeof id, "%lld", (long long)wait) };
	/* What is woken keeps its topics until it is done: the decision may be refused, and then it goes on waiting. */
	if (ended(state) && !sq_run(&s->c, SQL_TOPICS_DROP, err, "i", wait))
		return false;
	return journal_note(s, "decision", fields, ARRAY_LEN(fields), err);
}

bool sqlite_wait_resume(struct store *st, int64_t wait, lg_str rule, lg_str reason, struct err *err)
{
	return sq_run(&SQLITE_OF(st)->c, SQL_WAIT_RESUME, err, "tti", rule, reason, wait);
}
