/* run.c - batches of rows through the steps of a flow, several in one transaction on the writer thread: a commit has its
   price, and pages that many rows change are written once.

   A row that fails undoes the transaction; the flow then tries one batch, then smaller ones, down to that row alone, which is parked.  So a bad
   record costs its neighbours nothing but a second run, and a step may keep things in memory between run() and flush(). */
#include "core/flow/engine_priv.h"
#include "core/flow/money.h"

#include "core/base/date.h"
#include "core/base/dec.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/conf/cel.h"
#include "core/conf/template.h"
#include "core/model/ids.h"
#include "core/model/refs.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A record on its way: where it is kept, so that what is made from it can name it as its cause. */
struct at {
	const struct lg_rec *rec;
	int64_t seq;
	uint32_t step;
};

struct lg_run {
	struct host_handle handle; /* first: plugins hand the run in as the handle of a job */
	struct engine *engine;
	struct flow *flow;
	struct at at;              /* the record that the running step got */
	const struct store_row *row;
	struct lg_rec *decision;
	lg_str evidence;           /* of the last allocation that was made of this row */
	bool waits;                /* the row was put to wait: it is not done */
	bool store_failed;         /* err has a failure of the store */
	bool rejected;
	int64_t made;
	struct err err;
};

static lg_str id_of(const struct lg_rec *r)
{
	return rec_str(r, LG_COMMON_ID);
}

/* A function without a status of its own met a failing store: the batch will be undone. */
static bool store_failed(struct lg_run *run)
{
	run->store_failed = true;
	return false;
}

/* ---- what goes out of the last step ---- */

static const struct lg_operation *operation_for(const struct hub_connection *c, uint16_t kind)
{
	for (uint32_t i = 0; c->connector && i < c->connector->operation_count; i++)
		if (c->connector->operations[i].kinds & LG_KIND_BIT(kind))
			return &c->connector->operations[i];
	return NULL;
}

static bool plan(struct lg_run *run, const struct hub_connection *to, const struct at *at)
{
	const struct lg_operation *op = operation_for(to, rec_object(at->rec));
	struct store_effect effect = { .connection = to->name, .flow = run->flow->conf->name, .seq = at->seq };
	int64_t revision = 1;
	bool fresh;

	if (op == NULL || (to->takes & LG_KIND_BIT(rec_object(at->rec))) == 0)
		return true; /* what the destination cannot write was found by `check` where it matters */
	rec_int(at->rec, LG_COMMON_REVISION, &revision);
	effect.operation = str_of(op->name);
	effect.lane = id_of(at->rec);
	effect.key = arena_printf(run->handle.arena, "%.*s/%s/%.*s/%lld", STRA(to->name), op->name,
				  STRA(effect.lane), (long long)revision);
	effect.planned_at = loop_now(run->engine->loop);
	if (!store_effect_plan(run->engine->store, &effect, &fresh, &run->err))
		return store_failed(run);
	return true;
}

static bool reject(struct lg_run *run, const char *id, const char *fmt, ...) ATTR_PRINTF(3, 4);
static bool reject(struct lg_run *run, const char *id, const char *fmt, ...)
{
	char text[sizeof run->err.msg];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	run->rejected = true;
	return err_set(&run->err, ERR_REJECT, id, "%s", text);
}

static bool plan_targets(struct lg_run *run, const struct hub_targets *targets, const struct at *at)
{
	lg_str client = rec_str(at->rec, LG_COMMON_CLIENT);
	size_t reached = 0;

	for (size_t i = 0; i < targets->count; i++) {
		const struct hub_connection *c = hub_target_for(run->engine->hub, &targets->items[i], client);

		if (c == NULL)
			continue;
		if (!plan(run, c, at))
			return false;
		reached++;
		if (targets->first_of)
			break;
	}
	if (reached > 0 || targets->count == 0)
		return true;
	reject(run, "flow.no_destination", "no connection labelled \"%.*s\" for client \"%.*s\"",
	       STRA(targets->items[0].name), STRA(client));
	return err_hint(&run->err, "give the client a connection with that label, then release the item");
}

/* A voucher goes where its ledger says, unless the flow itself has a destination. */
static bool plan_voucher(struct lg_run *run, const struct at *at)
{
	lg_str name = rec_str(at->rec, LG_VOUCHER_LEDGER);
	const struct hub_ledger *ledger = hub_ledger(run->engine->hub, name);

	if (ledger == NULL || ledger->to.count == 0) {
		reject(run, "flow.no_destination", "ledger \"%.*s\" has no destination", STRA(name));
		return err_hint(&run->err, "say `to:` for the ledger or the flow, then release the item");
	}
	return plan_targets(run, &ledger->to, at);
}

static bool leave(struct lg_run *run, const struct at *at)
{
	const struct hub_flow *conf = run->flow->conf;

	if (conf->to.count > 0)
		return plan_targets(run, &conf->to, at);
	if (rec_object(at->rec) == LG_VOUCHER)
		return plan_voucher(run, at);
	return true;
}

/* ---- through the steps ---- */

static bool go_on(struct lg_run *run, struct at at);

static bool when_true(struct lg_run *run, const struct lg_expr *when, const struct lg_rec *rec, const char *what)
{
	bool yes = true;

	if (when && !cel_eval_bool(when, rec, run->handle.arena, &yes, &run->err)) {
		run->rejected = true;
		err_prepend(&run->err, "%s", what);
		return false;
	}
	return yes;
}

static bool run_step(struct lg_run *run, struct step *step, struct at at)
{
	struct at before = run->at;
	lg_status status;

	run->at = at;
	status = step->conf->step->run(step->state, run, at.rec);
	run->at = before;
	if (run->store_failed || run->rejected)
		return false;
	if (status == LG_OK)
		return true;
	if (run->err.class == ERR_NONE)
		err_set(&run->err, ERR_REJECT, "step.rejected", "step \"%s\" refused the record without saying why",
			step->conf->step->name);
	if (status == LG_REJECT)
		run->rejected = true;
	else
		run->store_failed = true;
	return false;
}

/* From at.step on; false when the batch is to be undone. */
static bool go_on(struct lg_run *run, struct at at)
{
	struct flow *f = run->flow;

	for (; at.step < f->conf->step_count; at.step++) {
		struct step *s = &f->steps[at.step];

		if ((s->conf->step->takes & LG_KIND_BIT(rec_object(at.rec))) == 0)
			continue;
		if (!when_true(run, s->conf->when, at.rec, "when")) { /* asked only for kinds that the step takes */
			if (run->rejected)
				return false;
			continue;
		}
		return run_step(run, s, at);
	}
	return leave(run, &at);
}

/* ---- what steps may call ---- */

static lg_status run_emit(struct lg_run *run, struct lg_rec *rec, lg_str key, lg_str cause)
{
	struct engine *e = run->engine;
	struct flow *f = run->flow;
	struct store_made made = { rec, f->conf->name, f->steps[run->at.step].conf->name, key, run->at.seq };
	enum store_outcome outcome;
	struct at next = { rec, 0, run->at.step + 1 };

	if (cause.len > 0 && !store_seq(e->store, cause, &made.cause, &run->err)) {
		store_failed(run);
		return LG_RETRY;
	}
	if (!store_emit(e->store, &made, run->handle.arena, &next.seq, &outcome, &run->err)) {
		store_failed(run);
		return LG_RETRY;
	}
	run->made += outcome != STORE_SAME;
	if (rec_object(rec) == LG_ALLOCATION)
		run->evidence = rec_str(rec, LG_ALLOCATION_EVIDENCE);
	return go_on(run, next) ? LG_OK : LG_RETRY;
}

static lg_status run_pass(struct lg_run *run)
{
	struct at next = run->at;

	next.step++;
	return go_on(run, next) ? LG_OK : LG_RETRY;
}

static const struct lg_rec *run_made(struct lg_run *run, lg_str key)
{
	struct flow *f = run->flow;
	const struct lg_rec *rec = NULL;

	if (!store_made(run->engine->store, f->conf->name, f->steps[run->at.step].conf->name, key, run->handle.arena,
			&rec, &run->err))
		store_failed(run);
	return rec;
}

static const struct lg_rec *run_get(struct lg_run *run, const char *table, lg_str key)
{
	const struct lg_rec *rec = NULL;

	if (!store_state_get(run->engine->store, str_of(table), key, run->handle.arena, &rec, &run->err))
		store_failed(run);
	return rec;
}

static void run_put(struct lg_run *run, const char *table, lg_str key, const struct lg_rec *rec,
		    const struct lg_index *index, size_t count)
{
	if (!store_state_put(run->engine->store, str_of(table), key, rec, index, count, &run->err))
		store_failed(run);
}

static void run_del(struct lg_run *run, const char *table, lg_str key)
{
	run_put(run, table, key, NULL, NULL, 0);
}

static size_t run_find(struct lg_run *run, const char *table, lg_str index, lg_str value, struct lg_row *out,
		       size_t limit)
{
	size_t count = 0;

	if (!store_state_find(run->engine->store, str_of(table), index, value, run->handle.arena, out, limit, &count,
			      &run->err))
		store_failed(run);
	return count;
}

static int64_t run_number(struct lg_run *run, lg_str sequence)
{
	int64_t n = 0;

	if (!store_number(run->engine->store, sequence, &n, &run->err))
		store_failed(run);
	return n;
}

/* What a person may want: the solution that was not applied ("proposal" of the evidence, as a list of one), else the
   candidates that lost ("considered"). */
static lg_str suggestions_of(struct lg_run *run)
{
	struct json j;
	enum json_type t;
	lg_str name, value, raw = STR_NONE, considered = STR_NONE;

	if (run->evidence.len == 0)
		return STR_NONE;
	json_init(&j, run->evidence, run->handle.arena, NULL);
	if (json_next(&j, &name) != JSON_OBJECT)
		return STR_NONE;
	while (json_next(&j, &name) == JSON_NAME) {
		t = json_next(&j, &value);
		if (!json_skip(&j, t, &raw))
			break;
		if (str_is(name, "proposal"))
			return arena_printf(run->handle.arena, "[%.*s]", STRA(raw));
		if (str_is(name, "considered") && !str_is(raw, "[]"))
			considered = raw;
	}
	return considered;
}

static bool put_wait(struct lg_run *run, const struct at *at, const char *state, const char *rule, const char *reason,
		     const char *hint, const lg_str *topics, size_t count)
{
	struct store_wait w = { .flow = run->flow->conf->name, .step = at->step, .seq = at->seq };

	w.record = id_of(at->rec);
	w.client = rec_str(at->rec, LG_COMMON_CLIENT);
	w.state = str_of(state);
	w.rule = str_of(rule);
	w.reason = str_of(reason);
	w.hint = str_of(hint);
	w.since = loop_now(run->engine->loop);
	w.suggestions = suggestions_of(run);
	money_of(at->rec, &w.amount, &w.currency);
	return store_wait_put(run->engine->store, &w, topics, count, &run->err) || store_failed(run);
}

static void run_wait(struct lg_run *run, const lg_str *topics, size_t count, const char *id, const char *reason)
{
	if (run->at.seq == run->row->seq)
		run->waits = true;
	put_wait(run, &run->at, "waiting", id, reason, "", topics, count);
}

static void run_wake(struct lg_run *run, const lg_str *topics, size_t count)
{
	run->flow->woke = true;
	if (!store_wake(run->engine->store, topics, count, &run->err))
		store_failed(run);
}

static bool run_again(struct lg_run *run)
{
	return run->row->wait != 0;
}

/* What decide.c wrote: who, when and why go to `decided`, the decision itself is what a step reads. */
static void read_decision(struct lg_run *run, lg_str text, struct lg_rec *out)
{
	struct lg_rec *decided = NULL;
	lg_str name, value, raw = STR_NONE;
	enum json_type t;
	struct json j;
	lg_time at;

	rec_set_str(out, LG_WORK_ITEM_SUGGESTIONS, text);
	json_init(&j, text, run->handle.arena, NULL);
	if (json_next(&j, &name) != JSON_OBJECT)
		return;
	while (json_next(&j, &name) == JSON_NAME) {
		t = json_next(&j, &value);
		if (str_is(name, "by") || str_is(name, "at") || str_is(name, "reason"))
			decided = decided ? decided : rec_add_obj(out, LG_WORK_ITEM_DECIDED);
		if (str_is(name, "by"))
			rec_set_str(decided, LG_DECIDED_BY, value);
		else if (str_is(name, "reason"))
			rec_set_str(decided, LG_DECIDED_REASON, value);
		else if (str_is(name, "at") && time_parse(value, &at))
			rec_set_time(decided, LG_DECIDED_AT, at);
		if (!json_skip(&j, t, &raw))
			return;
		if (str_is(name, "decision"))
			rec_set_str(out, LG_WORK_ITEM_SUGGESTIONS, raw);
	}
}

static const struct lg_rec *run_decision(struct lg_run *run)
{
	lg_str text = run->row->decision;

	if (text.len == 0 || run->at.seq != run->row->seq)
		return NULL;
	if (run->decision == NULL) {
		run->decision = rec_new(run->handle.arena, LG_WORK_ITEM);
		read_decision(run, text, run->decision);
	}
	return run->decision;
}

static ATTR_PRINTF(3, 4) void run_explain(struct lg_run *run, const char *id, const char *fmt, ...)
{
	char text[sizeof run->err.msg];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (!run->store_failed)
		err_set(&run->err, ERR_REJECT, id, "%s", text);
}

static ATTR_PRINTF(4, 5) void run_finding(struct lg_run *run, const struct lg_rec *rec, const char *id,
					   const char *fmt, ...)
{
	char text[600];
	struct at at = run->at;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (rec != NULL && rec != run->at.rec && id_of(rec).len > 0 &&
	    !store_seq(run->engine->store, id_of(rec), &at.seq, &run->err)) {
		store_failed(run);
		return;
	}
	if (rec != NULL && id_of(rec).len > 0)
		at.rec = rec;
	put_wait(run, &at, "finding", id, text, "", NULL, 0);
}

static const struct lg_client *run_client(struct lg_run *run, lg_str name)
{
	const struct hub_client *c = hub_client(run->engine->hub, name);

	return c && !c->broken ? &c->client : NULL;
}

static const struct lg_client *run_client_by_id(struct lg_run *run, lg_str id)
{
	lg_str forms[CLIENT_ID_FORMS];
	size_t n = client_id_forms(run->handle.arena, id, forms);

	for (size_t i = 0; i < n; i++) {
		const struct lg_client *c = map_get(&run->engine->clients_by_id, forms[i]);

		if (c != NULL)
			return c == &ambiguous_client ? NULL : c;
	}
	return NULL;
}

static size_t run_client_count(struct lg_run *run)
{
	return run->engine->hub->client_count;
}

static size_t run_ledgers(struct lg_run *run, const struct lg_ledger **out)
{
	*out = run->engine->hub->ledger_table;
	return run->engine->hub->ledger_count;
}

static lg_date run_today(struct lg_run *run)
{
	return time_date(loop_now(run->engine->loop));
}

/* ---- expressions and templates, any handle ---- */

static bool eval_failed(const struct err *err)
{
	log_line(LG_LOG_WARNING, "expression", "%s", err->msg);
	return false;
}

static bool host_eval_bool(void *handle, const struct lg_expr *x, const struct lg_rec *rec, bool *out)
{
	struct err err = { 0 };

	return cel_eval_bool(x, rec, ((struct host_handle *)handle)->arena, out, &err) || eval_failed(&err);
}

static bool host_eval_str(void *handle, const struct lg_expr *x, const struct lg_rec *rec, lg_str *out)
{
	struct err err = { 0 };

	return cel_eval_str(x, rec, ((struct host_handle *)handle)->arena, out, &err) || eval_failed(&err);
}

static bool host_eval_dec(void *handle, const struct lg_expr *x, const struct lg_rec *rec, lg_dec *out)
{
	struct err err = { 0 };

	return cel_eval_dec(x, rec, ((struct host_handle *)handle)->arena, out, &err) || eval_failed(&err);
}

static bool host_eval_set(void *handle, const struct lg_expr_map *map, const struct lg_rec *from, struct lg_rec *to)
{
	struct err err = { 0 };

	return cel_set_all(map, from, to, ((struct host_handle *)handle)->arena, &err) || eval_failed(&err);
}

static lg_str host_expand(void *handle, const struct lg_template *t, const struct lg_rec *rec)
{
	struct buf b = { 0 };
	lg_str text;

	template_expand(t, rec, NULL, &b);
	text = arena_str(((struct host_handle *)handle)->arena, buf_view(&b));
	buf_fini(&b);
	return text;
}

static uint32_t host_reference(void *handle, lg_str text, lg_str *bare)
{
	return refs_check(text, ((struct host_handle *)handle)->arena, bare);
}

void run_fill_host(struct lg_host *h)
{
	h->eval_bool = host_eval_bool;
	h->eval_str = host_eval_str;
	h->eval_dec = host_eval_dec;
	h->eval_set = host_eval_set;
	h->expand = host_expand;
	h->reference = host_reference;
	h->identifier = ids_check;
	h->emit = run_emit;
	h->pass = run_pass;
	h->made = run_made;
	h->get = run_get;
	h->put = run_put;
	h->del = run_del;
	h->find = run_find;
	h->number = run_number;
	h->wait = run_wait;
	h->wake = run_wake;
	h->again = run_again;
	h->decision = run_decision;
	h->explain = run_explain;
	h->finding = run_finding;
	h->client = run_client;
	h->client_by_id = run_client_by_id;
	h->client_count = run_client_count;
	h->ledgers = run_ledgers;
	h->today = run_today;
}

/* ---- the batch ---- */

static bool flush_steps(struct lg_run *run)
{
	struct flow *f = run->flow;

	for (uint32_t i = 0; i < f->conf->step_count; i++) {
		const struct lg_step *s = f->steps[i].conf->step;
		lg_status status;

		if (s->flush == NULL)
			continue;
		run->at = (struct at){ NULL, 0, i };
		status = s->flush(f->steps[i].state, run);
		if (status != LG_OK && !run->store_failed)
			run->rejected = true;
		if (run->store_failed || run->rejected)
			return false;
	}
	return true;
}

static void reset_steps(struct flow *f)
{
	for (uint32_t i = 0; i < f->conf->step_count; i++)
		if (f->steps[i].conf->step->reset)
			f->steps[i].conf->step->reset(f->steps[i].state);
}

static bool run_row(struct lg_run *run, const struct store_row *row)
{
	struct flow *f = run->flow;

	run->row = row;
	run->waits = false;
	run->decision = NULL;
	run->evidence = STR_NONE;
	if (row->wait == 0 && !when_true(run, f->conf->when, row->rec, "when of the flow")) {
		f->dropped += !run->rejected;
		return !run->rejected;
	}
	f->handled++;
	if (row->wait == 0 && !money_fits(row->rec, &run->err)) {
		run->rejected = true;
		return false;
	}
	return go_on(run, (struct at){ row->rec, row->seq, row->step });
}

/* A woken row that was handled is over, unless it waits again: then its wait was replaced. */
static bool end_wait(struct lg_run *run, const struct store_row *row)
{
	if (row->wait == 0 || run->waits)
		return true;
	return store_wait_done(run->engine->store, row->wait, LG_STR("done"), &run->err) || store_failed(run);
}

static bool run_rows(struct lg_run *run, const struct store_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!run_row(run, &rows[i]) || !end_wait(run, &rows[i]))
			return false;
	run->row = count ? &rows[count - 1] : NULL;
	return flush_steps(run);
}

/* Where the record stands in what came in; nothing for one that a flow made. */
static bool find_place(struct lg_run *run, int64_t seq)
{
	struct store_doc doc = { 0 };
	lg_str flow, step;
	uint64_t offset;
	uint32_t line = 0;

	if (!view_origin(store_view_own(run->engine->store), seq, run->handle.arena, &doc, &offset, &line, &flow, &step,
			 &run->err))
		return store_failed(run);
	if (doc.id != 0 && run->err.file[0] == '\0')
		err_at(&run->err, arena_cstr(run->handle.arena, doc.name), (int)line, 0);
	return true;
}

static bool park_row(struct lg_run *run, const struct store_row *row)
{
	struct at at = { row->rec, row->seq, row->step };
	char text[1300];

	if (!find_place(run, row->seq))
		return false;
	run->flow->handled++;
	err_text(&run->err, text, sizeof text);
	log_line(LG_LOG_ERROR, arena_printf(run->handle.arena, "flow \"%.*s\"", STRA(run->flow->conf->name)).ptr,
		 "%.*s is parked: %s", STRA(row->id), text);
	return put_wait(run, &at, "parked", run->err.id[0] ? run->err.id : "step.rejected", run->err.msg,
			run->err.hint, NULL, 0);
}

/* One stream's turn; *count: rows that were done.  False: undone, run->err says why. */
static bool run_batch(struct lg_run *run, lg_str stream, size_t limit, size_t *count)
{
	struct flow *f = run->flow;
	struct store *st = run->engine->store;
	struct store_row *rows = arena_array(run->handle.arena, struct store_row, limit);
	struct store_position pos = { 0 };
	bool park = run->rejected; /* set by the try before: this row alone fails */

	run->rejected = false;
	if (!store_flow_next(st, f->conf->name, stream, f->conf->kinds, limit, run->handle.arena, rows, count, &pos,
			     &run->err))
		return store_failed(run);
	if (*count == 0)
		return true;
	if (park ? !park_row(run, &rows[0]) : !run_rows(run, rows, *count))
		return false;
	if (!store_flow_advance(st, f->conf->name, stream, &pos, &run->err))
		return store_failed(run);
	return true;
}

/* Batches until the stream ends or `span` of them are done, in one transaction.  *count: rows of the last batch, *total: of
   all.  False: all is undone, *run says why. */
static bool transaction(struct flow *f, lg_str stream, bool park, struct lg_run *run, size_t *count, size_t *total)
{
	struct engine *e = f->engine;
	size_t batches = 0;
	bool ok;

	*count = *total = 0;
	if (!store_begin(e->store, &run->err))
		return store_failed(run);
	do {
		arena_reset(&f->arena);
		run->rejected = park;
		ok = run_batch(run, stream, park ? 1 : f->limit, count);
		*total += *count;
	} while (ok && !park && *count > 0 && ++batches < f->span);
	if (ok && *total > 0)
		ok = store_commit(e->store, &run->err) || store_failed(run);
	if (!ok || *total == 0)
		store_rollback(e->store);
	return ok;
}

/* One transaction of many batches; when it fails one of a batch, then smaller batches, then the one row that fails is
   parked.  False: the store failed. */
static bool stream_turn(struct flow *f, lg_str stream, bool park, size_t *total)
{
	struct lg_run run = { .handle = { .arena = &f->arena }, .engine = f->engine, .flow = f, .err = f->err };
	int64_t handled = f->handled, dropped = f->dropped;
	size_t count;

	if (transaction(f, stream, park, &run, &count, total)) {
		f->made += run.made;
		f->limit = MIN(f->limit * 2, BATCH_ROWS);
		f->span = MIN(f->span * 2, COMMIT_BATCHES);
		return true;
	}
	f->handled = handled;
	f->dropped = dropped;
	f->err = run.err;
	if (run.store_failed || !run.rejected)
		return false;
	reset_steps(f);
	if (*total > count) { /* those before the one that failed are undone, too */
		f->span = 1;
		return stream_turn(f, stream, false, total);
	}
	if (count > 1) {
		f->limit = count / 2;
		f->span = 1;
		return stream_turn(f, stream, false, total);
	}
	return !park && stream_turn(f, stream, true, total);
}

/* The turn of one stream; false: the store failed. */
static bool turn(struct flow *f, lg_str stream, bool *todo)
{
	size_t count = 0;

	if (!*todo)
		return true;
	if (!stream_turn(f, stream, false, &count))
		return false;
	f->err = (struct err){ 0 };
	*todo = count > 0; /* until a turn finds nothing */
	f->progressed |= count > 0;
	return true;
}

static void run_task(struct task *t)
{
	struct flow *f = container_of(t, struct flow, task);
	bool woken = true;

	group_end(f->engine); /* the flow's transaction is its own */
	f->progressed = f->woke = false;
	f->err = (struct err){ 0 };
	f->made = f->handled = f->dropped = 0;
	if (turn(f, STR_NONE, &woken))
		for (size_t i = 0; i < f->conf->from.count; i++)
			if (!turn(f, f->conf->from.items[i]->name, &f->todo[i]))
				break;
	f->woken = woken;
	worker_finish(f->engine->writer, &f->task);
}

static void on_done(struct task *t)
{
	struct flow *f = container_of(t, struct flow, task);
	struct engine *e = f->engine;
	bool woken = f->woken;

	f->running = false;
	e->result.made += f->made;
	e->result.records += f->handled + f->dropped;
	if (f->err.class != ERR_NONE) {
		err_prepend(&f->err, "flow \"%.*s\"", STRA(f->conf->name));
		engine_fatal(e, &f->err);
		return;
	}
	for (size_t i = 0; i < f->conf->from.count; i++)
		f->dirty[i] |= f->todo[i];
	for (size_t i = 0; f->progressed && i < e->hub->connection_count; i++)
		e->connections[i].effects_dirty = e->connections[i].conf->takes != 0;
	for (size_t i = 0; f->woke && i < e->hub->flow_count; i++)
		e->flows[i].woken = true;
	f->woken |= woken;
	engine_wake(e);
}

/* Something to do? */
bool flow_ready(const struct flow *f)
{
	bool ready = f->woken;

	for (size_t i = 0; !ready && i < f->conf->from.count; i++)
		ready = f->dirty[i];
	return ready && !f->running;
}

void flow_start(struct flow *f)
{
	f->running = true;
	f->woken = false;
	for (size_t i = 0; i < f->conf->from.count; i++) {
		f->todo[i] = f->dirty[i];
		f->dirty[i] = false;
	}
	f->task.run = run_task;
	f->task.done = on_done;
	if (f->limit == 0) {
		f->limit = BATCH_ROWS;
		f->span = COMMIT_BATCHES;
	}
	worker_put(f->engine->writer, &f->task);
}
