/* sqlite_effects.c - effects: planned once, sent one at a time a lane, settled; each change in the log that is chained.
 */
#include "core/store/sqlite_priv.h"

#include <string.h>

#define LANE_SEED 11
#define KEY_SEED 13
#define REMOTE_SEED 17

static const int64_t stored_states[EFFECT_STATES] = {
	[EFFECT_PLANNED] = 10,  [EFFECT_IN_FLIGHT] = 11, [EFFECT_UNKNOWN] = 12,
	[EFFECT_ACCEPTED] = 13, [EFFECT_REJECTED] = 14,  [EFFECT_CONFIRMED] = 15,
};

int64_t effect_stored(enum effect_state state)
{
	return stored_states[state];
}

enum effect_state effect_of_stored(int64_t stored)
{
	int i = 0;

	while (i < EFFECT_STATES && stored_states[i] != stored)
		i++;
	return (enum effect_state)i;
}

static lg_time now(struct sqlite *s)
{
	return s->base.env.now(s->base.env.ctx);
}

/* ---- lanes ---- */

struct lane {
	int64_t hash; /* 0: none */
	lg_str text;
	int64_t connection;
};

static struct lane lane_of(int64_t connection, lg_str text)
{
	uint64_t seed = (uint64_t)connection << 8 | LANE_SEED;

	return (struct lane){ text.len ? hash64(seed, text) : 0, text, connection };
}

/* Of a lane's unsettled effects at most one is not blocked: the one that may go, or is on its way.  Sets *first of
   them, other than `except`, and whether one of them is not blocked; 0: there is none. */
static bool lane_look(struct sqlite *s, const struct lane *lane, int64_t except, int64_t *first, bool *open,
		      struct err *err)
{
	sqlite3_stmt *st;
	int rc = 1;

	*first = 0;
	*open = false;
	if (lane->hash == 0)
		return true;
	st = sq_bind(&s->c, SQL_EFFECT_LANE, err, "i", lane->hash);
	if (st == NULL)
		return false;
	while (!*open && (rc = sq_step(&s->c, st, err)) == 1) {
		int64_t id = sqlite3_column_int64(st, 0);

		if (id == except || sqlite3_column_int64(st, 2) != lane->connection ||
		    !str_eq(sq_text(st, 1), lane->text))
			continue;
		*first = *first ? *first : id;
		*open = sqlite3_column_int(st, 4) == 0;
	}
	sqlite3_reset(st);
	return rc >= 0;
}

/* ---- planning ---- */

struct stored { /* what changing an effect needs to know of it */
	int64_t id, seq;
	enum effect_state state;
	uint32_t attempt;
	struct lane lane; /* its text in the arena */
};

static bool stored_get(struct sqlite *s, sqlite3_stmt *st, struct arena *a, struct stored *out, struct err *err)
{
	int rc = st ? sq_step(&s->c, st, err) : -1;

	*out = (struct stored){ 0 };
	if (rc != 1)
		return rc == 0;
	out->id = sqlite3_column_int64(st, 0);
	out->state = effect_of_stored(sqlite3_column_int64(st, 1));
	out->attempt = (uint32_t)(sqlite3_column_int(st, 2) - ATTEMPT_STORED);
	out->seq = sqlite3_column_int64(st, 3);
	out->lane.hash = sqlite3_column_int64(st, 4);
	out->lane.connection = sqlite3_column_int64(st, 6);
	if (out->lane.hash != 0 && a != NULL)
		out->lane.text = arena_str(a, sq_text(st, 5));
	sqlite3_reset(st);
	return true;
}

static bool plan(struct sqlite *s, const struct store_effect *e, int64_t hash, struct err *err)
{
	lg_time at = now(s);
	int64_t connection, operation, flow, first;
	struct lane lane;
	bool open;

	if (!name_give(s, e->connection, &connection, err) || !name_give(s, e->operation, &operation, err) ||
	    !name_give(s, e->flow, &flow, err))
		return false;
	lane = lane_of(connection, e->lane);
	if (!lane_look(s, &lane, 0, &first, &open, err) ||
	    !sq_run(&s->c, SQL_EFFECT_PUT, err, "iiiiiiiiints", hash, connection, operation, flow, e->seq,
		    (int64_t)(first != 0), at, at, e->not_before, lane.hash, e->key, e->lane))
		return false;
	effect_change_put(&s->log, &(struct effect_change){ .id = sqlite3_last_insert_rowid(s->c.db),
							    .seq = e->seq,
							    .at = at,
							    .state = EFFECT_PLANNED,
							    .key = e->key });
	return true;
}

bool sqlite_effect_plan(struct store *st, const struct store_effect *e, bool *fresh, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	int64_t hash = hash64(KEY_SEED, e->key), id = 0;

	if (!sq_int(&s->c, SQL_EFFECT_BY_KEY, &id, err, "it", hash, e->key))
		return false;
	*fresh = id == 0;
	return !*fresh || plan(s, e, hash, err);
}

/* ---- changing ---- */

static bool unsettled(enum effect_state state)
{
	return state == EFFECT_PLANNED || state == EFFECT_IN_FLIGHT || state == EFFECT_UNKNOWN;
}

static bool change(struct sqlite *s, const struct stored *e, enum effect_state state, uint32_t attempt,
		   lg_str remote_id, lg_time not_before, struct err *err)
{
	lg_time at = now(s);

	effect_change_put(&s->log, &(struct effect_change){ .id = e->id,
							    .seq = e->seq,
							    .at = at,
							    .state = state,
							    .attempt = attempt,
							    .remote_id = remote_id });
	/* What is unknown keeps the time at which it was sent: from then on it is counted when a probe may say no. */
	return sq_run(&s->c, SQL_EFFECT_SET, err, "iinii", effect_stored(state), (int64_t)attempt + ATTEMPT_STORED,
		      state == EFFECT_UNKNOWN ? (int64_t)0 : at, not_before, e->id);
}

/* The lane's way on after `e` changed from one state to another. */
static bool lane_after(struct sqlite *s, const struct stored *e, enum effect_state state, struct err *err)
{
	int64_t first;
	bool open;

	if (e->lane.hash == 0 || unsettled(e->state) == unsettled(state))
		return true;
	if (!lane_look(s, &e->lane, e->id, &first, &open, err))
		return false;
	if (unsettled(state)) /* it comes back: another that is not blocked goes first */
		return sq_run(&s->c, SQL_EFFECT_BLOCK, err, "ii", (int64_t)open, e->id);
	return first == 0 || open || sq_run(&s->c, SQL_EFFECT_BLOCK, err, "ii", (int64_t)0, first);
}

bool sqlite_effect_settle(struct store *st, int64_t id, enum effect_state state, lg_str remote_id, lg_str message,
			  lg_time not_before, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	struct arena a = { 0 };
	struct stored e;
	bool ok = stored_get(s, sq_bind(&s->c, SQL_EFFECT_BY_ID, err, "i", id), &a, &e, err);

	if (ok && e.id == 0)
		ok = err_set(err, ERR_BUG, "store.effect", "there is no effect %lld", (long long)id);
	if (ok && e.state != EFFECT_CONFIRMED) {
		int64_t remote = remote_id.len ? hash64((uint64_t)e.lane.connection << 8 | REMOTE_SEED, remote_id) : 0;

		ok = change(s, &e, state, e.attempt, remote_id, not_before, err) && lane_after(s, &e, state, err);
		if (ok && (remote_id.len > 0 || message.len > 0))
			ok = sq_run(&s->c, SQL_RESULT_PUT, err, "inss", id, remote, remote_id, message);
	}
	arena_fini(&a);
	return ok;
}

static bool may_decide(const struct stored *e, lg_str key, enum effect_state state, struct err *err)
{
	if (state != EFFECT_PLANNED && state != EFFECT_CONFIRMED && state != EFFECT_REJECTED)
		return err_set(err, ERR_BUG, "store.effect", "nobody can decide \"%s\"", effect_state_name(state));
	if (e->id == 0) {
		err_set(err, ERR_REJECT, "effect.none", "there is no effect \"%.*s\"", STRA(key));
		return err_hint(err, "loligo effects lists them with their keys");
	}
	if (e->state == EFFECT_IN_FLIGHT || e->state == EFFECT_CONFIRMED) {
		err_set(err, ERR_REJECT, "effect.state", "effect \"%.*s\" is %s", STRA(key),
			effect_state_name(e->state));
		return err_hint(err, e->state == EFFECT_CONFIRMED ? "what is confirmed is undone by a reversal"
								  : "wait until its sending has ended");
	}
	return true;
}

bool sqlite_effect_decide(struct store *st, lg_str key, enum effect_state state, lg_str who, lg_str reason,
			  struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	const struct note_field fields[] = {
		{ "effect", key }, { "state", str_of(effect_state_name(state)) }, { "who", who }, { "reason", reason }
	};
	struct arena a = { 0 };
	struct stored e;
	bool ok =
		stored_get(s, sq_bind(&s->c, SQL_EFFECT_BY_KEY, err, "it", hash64(KEY_SEED, key), key), &a, &e, err) &&
		may_decide(&e, key, state, err) && change(s, &e, state, e.attempt, STR_NONE, 0, err) &&
		lane_after(s, &e, state, err) && journal_note(s, "effect", fields, ARRAY_LEN(fields), err);

	arena_fini(&a);
	return ok;
}

/* ---- reading ---- */

void effect_read(struct sq *c, sqlite3_stmt *st, int col, struct arena *a, struct store_effect *e)
{
	*e = (struct store_effect){ .id = sqlite3_column_int64(st, col),
				    .connection = name_text(c, sqlite3_column_int64(st, col + 1)),
				    .operation = name_text(c, sqlite3_column_int64(st, col + 2)),
				    .flow = name_text(c, sqlite3_column_int64(st, col + 3)),
				    .seq = sqlite3_column_int64(st, col + 4),
				    .state = effect_of_stored(sqlite3_column_int64(st, col + 5)),
				    .attempt = (uint32_t)(sqlite3_column_int(st, col + 6) - ATTEMPT_STORED),
				    .planned_at = sqlite3_column_int64(st, col + 7),
				    .changed_at = sqlite3_column_int64(st, col + 8),
				    .not_before = sqlite3_column_int64(st, col + 9),
				    .key = sq_text(st, col + 10),
				    .lane = sq_text(st, col + 11),
				    .remote_id = sq_text(st, col + 12),
				    .message = sq_text(st, col + 13) };
	if (a == NULL)
		return;
	e->connection = arena_str(a, e->connection);
	e->operation = arena_str(a, e->operation);
	e->flow = arena_str(a, e->flow);
	e->key = arena_str(a, e->key);
	e->lane = arena_str(a, e->lane);
	e->remote_id = arena_str(a, e->remote_id);
	e->message = arena_str(a, e->message);
}

#define DUE_BYTES ((size_t)32 << 20) /* of effects and their records, in memory; whatever the limit */

/* What is due between two times, with its records. */
struct due {
	enum effect_state state;
	int64_t connection, operation;
	size_t limit;
	struct arena *arena;
	struct store_effect *out;
	size_t count;
};

static bool due_read(struct sqlite *s, struct due *d, lg_time from, lg_time to, struct err *err)
{
	sqlite3_stmt *st = sq_bind(&s->c, SQL_EFFECT_DUE, err, "iiiiii", effect_stored(d->state), d->connection,
				   d->operation, from, to, (int64_t)(d->limit - d->count));
	int rc = st ? 1 : -1;

	while (rc == 1 && (d->count == 0 || d->arena->used < DUE_BYTES) && (rc = sq_step(&s->c, st, err)) == 1) {
		struct store_row row;

		effect_read(&s->c, st, ROW_COUNT + 1, d->arena, &d->out[d->count]);
		if (!row_read(&s->c, st, ROW_COUNT, d->arena, &row, err)) {
			sqlite3_reset(st);
			return false;
		}
		d->out[d->count++].rec = row.rec;
	}
	if (st != NULL)
		sqlite3_reset(st);
	return rc >= 0;
}

/* Those that were put off first: they are few, and new ones never end. */
static bool due_all(struct sqlite *s, struct due *d, lg_time at, struct err *err)
{
	return due_read(s, d, 1, at, err) && (d->count == d->limit || due_read(s, d, 0, 0, err));
}

static bool due_start(struct sqlite *s, lg_str connection, lg_str operation, struct due *d, struct err *err)
{
	return name_find(&s->c, connection, &d->connection, err) && name_find(&s->c, operation, &d->operation, err);
}

bool sqlite_effect_claim(struct store *st, lg_str connection, lg_str operation, lg_time at, size_t limit,
			 struct arena *a, struct store_effect *out, size_t *count, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	struct due d = { .state = EFFECT_PLANNED, .limit = limit, .arena = a, .out = out };

	*count = 0;
	if (!due_start(s, connection, operation, &d, err) || !due_all(s, &d, at, err))
		return false;
	for (size_t i = 0; i < d.count; i++) {
		struct stored e = { .id = out[i].id, .seq = out[i].seq };

		if (!change(s, &e, EFFECT_IN_FLIGHT, ++out[i].attempt, STR_NONE, 0, err))
			return false;
		out[i].state = EFFECT_IN_FLIGHT;
	}
	*count = d.count;
	return true;
}

bool sqlite_effect_unknown(struct store *st, lg_str connection, lg_str operation, lg_time at, size_t limit,
			   struct arena *a, struct store_effect *out, size_t *count, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	struct due d = { .state = EFFECT_UNKNOWN, .limit = limit, .arena = a, .out = out };

	*count = 0;
	if (!due_start(s, connection, operation, &d, err) || !due_all(s, &d, at, err))
		return false;
	*count = d.count;
	return true;
}

bool sqlite_effect_history(struct store *st, lg_str connection, lg_str remote_id, struct arena *a,
			   const struct lg_rec ***out, size_t *count, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	const struct lg_rec **list = NULL;
	size_t cap = 0;
	sqlite3_stmt *q;
	int64_t id;
	int rc;

	*count = 0;
	*out = NULL;
	if (!name_find(&s->c, connection, &id, err))
		return false;
	q = sq_bind(&s->c, SQL_EFFECT_HISTORY, err, "iti", hash64((uint64_t)id << 8 | REMOTE_SEED, remote_id),
		    remote_id, id);
	rc = q ? 1 : -1;
	while (rc == 1 && (rc = sq_step(&s->c, q, err)) == 1) {
		struct store_row row;

		if (*count == cap) {
			const struct lg_rec **more = arena_array(a, const struct lg_rec *, cap ? cap * 2 : 16);

			if (cap > 0)
				memcpy(more, list, cap * sizeof *list);
			list = more;
			cap = cap ? cap * 2 : 16;
		}
		if (!row_read(&s->c, q, ROW_COUNT, a, &row, err)) {
			sqlite3_reset(q);
			return false;
		}
		if (row.rec != NULL)
			list[(*count)++] = row.rec;
	}
	*out = list;
	return rc == 0;
}

bool sqlite_effect_next(struct store *st, lg_str connection, lg_time *out, struct err *err)
{
	struct sqlite *s = SQLITE_OF(st);
	sqlite3_stmt *q;
	int64_t id;
	int rc;

	*out = INT64_MAX;
	if (!name_find(&s->c, connection, &id, err))
		return false;
	q = sq_bind(&s->c, SQL_EFFECT_NEXT, err, "i", id);
	rc = q ? sq_step(&s->c, q, err) : -1;
	if (rc == 1 && sqlite3_column_type(q, 0) != SQLITE_NULL)
		*out = sqlite3_column_int64(q, 0);
	if (q != NULL)
		sqlite3_reset(q);
	return rc >= 0;
}

/* ---- after an unclean end ---- */

static bool recover_slice(struct sqlite *s, size_t *n, struct err *err)
{
	sqlite3_stmt *st = sq_bind(&s->c, SQL_EFFECT_IN_FLIGHT, err, "");
	struct stored list[256];
	int rc = st ? 1 : -1;

	*n = 0;
	while (rc == 1 && *n < ARRAY_LEN(list) && (rc = sq_step(&s->c, st, err)) == 1)
		list[(*n)++] = (struct stored){ .id = sqlite3_column_int64(st, 0),
						.attempt = (uint32_t)(sqlite3_column_int(st, 1) - ATTEMPT_STORED),
						.seq = sqlite3_column_int64(st, 2) };
	if (st != NULL)
		sqlite3_reset(st);
	for (size_t i = 0; rc >= 0 && i < *n; i++)
		if (!change(s, &list[i], EFFECT_UNKNOWN, list[i].attempt, STR_NONE, 0, err))
			return false;
	return rc >= 0;
}

bool sqlite_effects_recover(struct sqlite *s, struct err *err)
{
	size_t n = 1;

	while (n > 0)
		if (!recover_slice(s, &n, err))
			return false;
	return true;
}
