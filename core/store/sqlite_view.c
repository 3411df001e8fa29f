/* sqlite_view.c - lists, for commands and for the engine.  Each list prepares its statement anew, so that a callback
   may start another list. */
#include "core/store/sqlite_priv.h"

#include <stdlib.h>

static void close_view(struct store_view *view)
{
	struct sqlite_view *v = container_of(view, struct sqlite_view, base);

	if (v->c != &v->own)
		return; /* the writer's */
	sq_close(&v->own);
	free(v);
}

const struct view_verbs sqlite_view_verbs = {
	.close = close_view,
#define VERB_store(name)
#define VERB_view(name) .name = sqlite_view_##name,
#define VERB(prefix, name, params, args) VERB_##prefix(name)
#include "core/store/verbs.def"
#undef VERB_store
#undef VERB_view
};

/* ---- records ---- */

struct rows {
	struct sq *c;
	store_row_fn *fn;
	void *ctx;
	lg_str text;        /* must match, when not empty */
	int64_t first_only; /* only the first row */
};

/* Takes the statement. */
static bool rows_each(const struct rows *l, sqlite3_stmt *st, struct err *err)
{
	struct arena a = { 0 };
	int rc = st ? 1 : -1;

	while (rc == 1 && (rc = sq_step(l->c, st, err)) == 1) {
		struct store_row row;

		arena_reset(&a);
		if (!row_read(l->c, st, ROW_COUNT, &a, &row, err)) {
			rc = -1;
			break;
		}
		if (l->text.len > 0 && (row.rec == NULL || !lookup_matches(row.rec, l->text)))
			continue;
		if (!l->fn(l->ctx, &row) || l->first_only)
			break;
	}
	arena_fini(&a);
	sqlite3_finalize(st);
	return rc >= 0;
}

bool sqlite_view_records(struct store_view *v, const struct store_filter *f, store_row_fn *fn, void *ctx,
			 struct err *err)
{
	struct sq *c = CONN_OF(v);
	struct rows l = { c, fn, ctx, f->text, 0 };
	int64_t all = f->all_revisions, connection, client;
	uint8_t id[ID_SIZE];

	if (f->id.len > 0) {
		l.first_only = !all;
		return !id_parse(f->id, id) ||
		       rows_each(&l, sq_prepare(c, SQL_LIST_ID, err, "b", id, (size_t)ID_SIZE), err);
	}
	if (f->text.len > 0)
		return rows_each(&l, sq_prepare(c, SQL_LIST_TEXT, err, "ii", lookup_of(f->text), all), err);
	if (!name_find(c, f->connection, &connection, err) || !name_find(c, f->client, &client, err))
		return false;
	if (connection > 0)
		connection = STREAM(STREAM_IN, connection);
	return rows_each(&l, sq_prepare(c, SQL_LIST_RECORDS, err, "iiii", (int64_t)f->kinds, connection, client, all),
			 err);
}

bool sqlite_view_made_from(struct store_view *v, int64_t seq, store_row_fn *fn, void *ctx, struct err *err)
{
	struct rows l = { CONN_OF(v), fn, ctx, STR_NONE, 0 };

	return rows_each(&l, sq_prepare(l.c, SQL_LIST_MADE, err, "i", seq), err);
}

bool sqlite_view_cause(struct store_view *v, int64_t seq, struct arena *a, struct store_row *out, bool *found,
		       struct err *err)
{
	struct sq *c = CONN_OF(v);
	int64_t cause = 0;

	*found = false;
	*out = (struct store_row){ 0 };
	if (!sq_int(c, SQL_CAUSE, &cause, err, "i", seq))
		return false;
	return cause == 0 || row_by_seq(c, cause, a, out, found, err);
}

/* ---- documents ---- */

static bool doc_by_id(struct sq *c, int64_t id, struct arena *a, struct store_doc *out, struct err *err)
{
	sqlite3_stmt *st = sq_bind(c, SQL_DOC_BY_ID, err, "i", id);
	int rc = st ? sq_step(c, st, err) : -1;

	if (rc == 1)
		doc_read(c, st, a, out);
	if (st != NULL)
		sqlite3_reset(st);
	return rc >= 0;
}

bool sqlite_view_origin(struct store_view *v, int64_t seq, struct arena *a, struct store_doc *doc, uint64_t *offset,
			uint32_t *line, lg_str *flow, lg_str *step, struct err *err)
{
	struct sq *c = CONN_OF(v);
	sqlite3_stmt *st = sq_bind(c, SQL_ORIGIN, err, "i", seq);
	int rc = st ? sq_step(c, st, err) : -1;
	int64_t stream = 0, id = 0;

	*doc = (struct store_doc){ 0 };
	*flow = *step = STR_NONE;
	*offset = *line = 0;
	if (rc == 1) {
		stream = sqlite3_column_int64(st, 0);
		*step = arena_str(a, name_text(c, sqlite3_column_int64(st, 1)));
		id = sqlite3_column_int64(st, 2);
		*offset = (uint64_t)sqlite3_column_int64(st, 3);
		*line = (uint32_t)sqlite3_column_int64(st, 4);
	}
	if (st != NULL)
		sqlite3_reset(st);
	if (STREAM_TYPE(stream) == STREAM_MADE)
		*flow = arena_str(a, name_text(c, STREAM_NAME(stream)));
	return rc >= 0 && (id == 0 || doc_by_id(c, id, a, doc, err));
}

bool sqlite_view_docs(struct store_view *v, lg_str connection, store_doc_fn *fn, void *ctx, struct err *err)
{
	struct sq *c = CONN_OF(v);
	sqlite3_stmt *st;
	int64_t id;
	int rc;

	if (!name_find(c, connection, &id, err))
		return false;
	st = sq_prepare(c, SQL_LIST_DOCS, err, "i", id);
	rc = st ? 1 : -1;
	while (rc == 1 && (rc = sq_step(c, st, err)) == 1) {
		struct store_doc d;

		doc_read(c, st, NULL, &d);
		if (!fn(ctx, &d))
			break;
	}
	sqlite3_finalize(st);
	return rc >= 0;
}

bool sqlite_view_findings(struct store_view *v, int64_t doc, store_finding_fn *fn, void *ctx, struct err *err)
{
	struct sq *c = CONN_OF(v);
	sqlite3_stmt *st =
		doc ? sq_prepare(c, SQL_LIST_DOC_FINDINGS, err, "i", doc) : sq_prepare(c, SQL_LIST_FINDINGS, err, "");
	int rc = st ? 1 : -1;

	while (rc == 1 && (rc = sq_step(c, st, err)) == 1) {
		struct store_doc d;

		doc_read(c, st, NULL, &d);
		if (!fn(ctx, &d, sq_text(st, DOC_COUNT), (uint32_t)sqlite3_column_int64(st, DOC_COUNT + 1),
			sq_text(st, DOC_COUNT + 2)))
			break;
	}
	sqlite3_finalize(st);
	return rc >= 0;
}

bool sqlite_view_archive(struct store_view *v, const uint8_t hash[STORE_HASH], bool (*fn)(void *ctx, lg_str chunk),
			 void *ctx, struct err *err)
{
	struct sq *c = CONN_OF(v);
	int64_t doc = 0;
	sqlite3_stmt *st;
	int rc;

	if (!sq_int(c, SQL_ARCHIVE_DOC, &doc, err, "b", hash, (size_t)STORE_HASH))
		return false;
	st = sq_prepare(c, SQL_ARCHIVE, err, "ii", doc << ARCHIVE_BITS, doc ? (doc + 1) << ARCHIVE_BITS : (int64_t)0);
	rc = st ? 1 : -1;
	while (rc == 1 && (rc = sq_step(c, st, err)) == 1)
		if (!fn(ctx, sq_text(st, 0)))
			break;
	sqlite3_finalize(st);
	return rc >= 0;
}

/* ---- waits, effects, state ---- */

static void wait_read(struct sq *c, sqlite3_stmt *st, const struct store_row *row, struct store_wait *w)
{
	const int col = ROW_COUNT + 1;

	*w = (struct store_wait){ .id = sqlite3_column_int64(st, col),
				  .flow = name_text(c, sqlite3_column_int64(st, col + 1)),
				  .step = (uint32_t)sqlite3_column_int64(st, col + 2),
				  .seq = sqlite3_column_int64(st, col + 3),
				  .record = row->id,
				  .client = name_text(c, sqlite3_column_int64(st, col + 4)),
				  .state = sq_text(st, col + 5),
				  .rule = sq_text(st, col + 6),
				  .reason = sq_text(st, col + 7),
				  .hint = sq_text(st, col + 8),
				  .amount = { sqlite3_column_int64(st, col + 9),
					      (uint8_t)sqlite3_column_int(st, col + 10) },
				  .currency = sq_text(st, col + 11),
				  .since = sqlite3_column_int64(st, col + 12),
				  .suggestions = sq_text(st, col + 13) };
}

bool sqlite_view_waits(struct store_view *v, lg_str client, bool ended, store_wait_fn *fn, void *ctx, struct err *err)
{
	struct sq *c = CONN_OF(v);
	struct arena a = { 0 };
	sqlite3_stmt *st;
	int64_t id;
	int rc;

	if (!name_find(c, client, &id, err))
		return false;
	st = sq_prepare(c, SQL_LIST_WAITS, err, "ii", id, (int64_t)ended);
	rc = st ? 1 : -1;
	while (rc == 1 && (rc = sq_step(c, st, err)) == 1) {
		struct store_wait w;
		struct store_row row;

		arena_reset(&a);
		if (!row_read(c, st, ROW_COUNT, &a, &row, err)) {
			rc = -1;
			break;
		}
		wait_read(c, st, &row, &w);
		if (!fn(ctx, &w, row.rec))
			break;
	}
	arena_fini(&a);
	sqlite3_finalize(st);
	return rc >= 0;
}

bool sqlite_view_effects(struct store_view *v, int state, int64_t seq, store_effect_fn *fn, void *ctx, struct err *err)
{
	struct sq *c = CONN_OF(v);
	int64_t stored = state < 0 ? -1 : effect_stored((enum effect_state)state);
	sqlite3_stmt *st;
	int rc;

	if (seq != 0)
		st = sq_prepare(c, SQL_LIST_EFFECTS_SEQ, err, "ii", seq, stored);
	else if (state < 0)
		st = sq_prepare(c, SQL_LIST_EFFECTS, err, "");
	else if (state == EFFECT_CONFIRMED)
		st = sq_prepare(c, SQL_LIST_EFFECTS_CONFIRMED, err, "");
	else
		st = sq_prepare(c, SQL_LIST_EFFECTS_STATE, err, "i", stored);
	rc = st ? 1 : -1;
	while (rc == 1 && (rc = sq_step(c, st, err)) == 1) {
		struct store_effect e;

		effect_read(c, st, 0, NULL, &e);
		if (!fn(ctx, &e))
			break;
	}
	sqlite3_finalize(st);
	return rc >= 0;
}

bool sqlite_view_state(struct store_view *v, lg_str table, store_state_fn *fn, void *ctx, struct err *err)
{
	struct sq *c = CONN_OF(v);
	struct arena a = { 0 };
	sqlite3_stmt *st;
	int64_t id;
	int rc;

	if (!name_find(c, table, &id, err))
		return false;
	st = sq_prepare(c, SQL_LIST_STATE, err, "i", id);
	rc = st ? 1 : -1;
	while (rc == 1 && (rc = sq_step(c, st, err)) == 1) {
		const struct lg_rec *r;

		arena_reset(&a);
		r = rec_decode(&a, sq_text(st, 1), err);
		if (r == NULL)
			rc = -1;
		else if (!fn(ctx, sq_text(st, 0), r))
			break;
	}
	arena_fini(&a);
	sqlite3_finalize(st);
	return rc >= 0;
}

bool sqlite_view_counts(struct store_view *v, struct store_counts *out, struct err *err)
{
	struct sq *c = CONN_OF(v);
	int64_t findings;
	sqlite3_stmt *st;
	int rc;

	*out = (struct store_counts){ 0 };
	if (!sq_int(c, SQL_COUNT_WAITS, &out->waiting, err, "t", LG_STR("waiting")) ||
	    !sq_int(c, SQL_COUNT_WAITS, &out->parked, err, "t", LG_STR("parked")) ||
	    !sq_int(c, SQL_COUNT_WAITS, &findings, err, "t", LG_STR("finding")))
		return false;
	out->parked += findings; /* both are a person's */
	st = sq_bind(c, SQL_COUNT_EFFECTS, err, "");
	rc = st ? 1 : -1;
	while (rc == 1 && (rc = sq_step(c, st, err)) == 1) {
		enum effect_state state = effect_of_stored(sqlite3_column_int64(st, 0));

		if (state < EFFECT_STATES)
			out->effects[state] = sqlite3_column_int64(st, 1);
	}
	return rc == 0;
}
