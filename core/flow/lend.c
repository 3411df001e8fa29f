/* lend.c - what steps may call while they run: records, state, numbers, waiting and waking, a person's decision. */
#include "core/flow/money.h"
#include "core/flow/run_priv.h"

#include "core/base/date.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/conf/cel.h"
#include "core/conf/template.h"
#include "core/model/ids.h"
#include "core/model/refs.h"

#include <stdarg.h>
#include <stdio.h>

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
	return pipeline_go(run, next) ? LG_OK : LG_RETRY;
}

static lg_status run_pass(struct lg_run *run)
{
	struct at next = run->at;

	next.step++;
	return pipeline_go(run, next) ? LG_OK : LG_RETRY;
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

bool lend_wait(struct lg_run *run, const struct at *at, const char *state, const char *rule, const char *reason,
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
	lend_wait(run, &run->at, "waiting", id, reason, "", topics, count);
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

static ATTR_PRINTF(4, 5) void run_finding(struct lg_run *run, const struct lg_rec *rec, const char *id, const char *fmt,
					  ...)
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
	lend_wait(run, &at, "finding", id, text, "", NULL, 0);
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

void lend_fill_host(struct lg_host *h)
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
