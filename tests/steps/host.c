#include "tests/steps/host.h"

#include "core/base/date.h"
#include "core/base/dec.h"
#include "tests/steps/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TODAY 20782 /* 2026-11-25 */

/* ---- setting up ---- */

struct steps *steps_new(void)
{
	struct steps *s = xalloc(sizeof *s);

	s->core = xalloc(sizeof *s->core);
	s->keep = true;
	s->today = TODAY;
	s->kinds = ~(uint64_t)0;
	host_fill(&s->core->host);
	return s;
}

static void free_flow(struct flow *f)
{
	for (size_t i = 0; i < f->count; i++) {
		if (f->steps[i].desc->close != NULL)
			f->steps[i].desc->close(f->steps[i].state);
		free(f->steps[i].state);
	}
	free(f->steps);
}

static void free_core(struct steps_core *c)
{
	for (size_t i = 0; i < c->flow_count; i++)
		free_flow(&c->flows[i]);
	free(c->flows);
	registry_fini(&c->registry);
	tables_fini(&c->tables);
	map_each (&c->topics, e) {
		free(((struct topic *)e->value)->waiting);
		free(e->value);
	}
	map_fini(&c->topics);
	map_fini(&c->files);
	arena_fini(&c->batch);
	arena_fini(&c->kept);
	free(c->wakes);
	free(c->clients);
	free(c->ledgers);
	buf_fini(&c->scratch);
	free(c);
}

void steps_free(struct steps **sp)
{
	struct steps *s = *sp;

	if (s == NULL)
		return;
	free_core(s->core);
	free(s->made);
	free(s->out);
	free(s->parked);
	free(s->findings);
	free(s->waiting);
	arena_fini(&s->arena);
	free(s);
	*sp = NULL;
}

size_t steps_flow(struct steps *s, const char *name)
{
	struct steps_core *c = s->core;

	c->flows = xgrow(c->flows, &c->flow_cap, c->flow_count + 1, sizeof *c->flows);
	c->flows[c->flow_count] = (struct flow){ .name = name };
	return c->flow_count++;
}

const struct lg_step *steps_find_step(struct steps *s, const char *name)
{
	const char *build = getenv("BUILD");
	struct registry *r = &s->core->registry;
	const struct lg_step *desc = registry_step(r, str_of(name));
	struct err err = { 0 };
	char text[1200];
	lg_str path = arena_printf(&s->arena, "%s/plugins/%s.so", build ? build : "build", name);

	if (desc != NULL)
		return desc;
	if (!registry_load(r, arena_cstr(&s->arena, path), &err)) {
		err_text(&err, text, sizeof text);
		die("steps: %s", text);
	}
	desc = registry_step(r, str_of(name));
	if (desc == NULL)
		die("steps: %.*s has no step \"%s\"", STRA(path), name);
	return desc;
}

void steps_add(struct steps *s, size_t flow, const char *name, const void *config)
{
	struct flow *f = &s->core->flows[flow];
	struct step st = { .desc = steps_find_step(s, name), .config = config };

	st.state = xalloc(st.desc->state_size ? st.desc->state_size : 1);
	if (st.desc->open != NULL &&
	    st.desc->open(st.state, config, &s->core->host, (struct lg_instance *)(void *)s) != LG_OK)
		die("steps: the step \"%s\" does not open", name);
	f->steps = xgrow(f->steps, &f->cap, f->count + 1, sizeof *f->steps);
	f->steps[f->count++] = st;
}

void steps_client(struct steps *s, const struct lg_client *client)
{
	struct steps_core *c = s->core;

	c->clients = xgrow(c->clients, &c->client_cap, c->client_count + 1, sizeof(const struct lg_client *));
	c->clients[c->client_count++] = client;
}

void steps_ledger(struct steps *s, const struct lg_ledger *ledger)
{
	struct steps_core *c = s->core;

	c->ledgers = xgrow(c->ledgers, &c->ledger_cap, c->ledger_count + 1, sizeof *c->ledgers);
	c->ledgers[c->ledger_count] = *ledger;
	c->ledgers[c->ledger_count++].size = sizeof *ledger;
}

void steps_file(struct steps *s, const char *path, const void *config)
{
	map_put(&s->core->files, arena_str(&s->arena, str_of(path)), (void *)(uintptr_t)config);
}

struct lg_rec *steps_json(struct steps *s, const char *json)
{
	struct err err = { 0 };
	char text[1200];
	struct lg_rec *r = rec_from_json(&s->arena, str_of(json), 0, &err);
	struct buf b = { 0 };

	if (r == NULL) {
		err_text(&err, text, sizeof text);
		die("steps: %s in %s", text, json);
	}
	rec_set_str(r, LG_COMMON_KIND, str_of(object_get(rec_object(r))->name));
	if (!rec_has(r, LG_COMMON_ID)) {
		uint64_t h = 0xcbf29ce484222325u;

		rec_encode(r, REC_BODY, &b);
		for (size_t i = 0; i < b.len; i++)
			h = (h ^ (unsigned char)b.ptr[i]) * 0x100000001b3u;
		rec_set_str(r, LG_COMMON_ID, arena_printf(&s->arena, "r%016llx", (unsigned long long)h));
		buf_fini(&b);
	}
	return r;
}

/* ---- running ---- */

/* Where a batch or a call began. */
struct mark {
	size_t log, made, out, parked, findings, waiting, wakes;
};

static struct mark mark_now(const struct steps *s)
{
	return (struct mark){ s->core->tables.count, s->made_count,    s->out_count,       s->parked_count,
			      s->finding_count,      s->waiting_count, s->core->wake_count };
}

static void undo_to(struct steps *s, const struct mark *m)
{
	tables_undo(&s->core->tables, m->log);
	s->made_count = m->made;
	s->out_count = m->out;
	s->parked_count = m->parked;
	s->finding_count = m->findings;
	s->waiting_count = m->waiting;
	s->core->wake_count = m->wakes;
}

static void park(struct lg_run *run)
{
	struct steps *s = run->s;
	struct arena *a = &s->core->kept;

	s->parked = xgrow(s->parked, &s->parked_cap, s->parked_count + 1, sizeof *s->parked);
	s->parked[s->parked_count++] =
		(struct steps_note){ run->flow, run->step, run->rec ? rec_clone(a, run->rec) : NULL,
				     arena_str(a, run->why_id), arena_str(a, run->why) };
}

static lg_status process(struct steps *s, size_t flow, size_t step, const struct lg_rec *rec,
			 const struct lg_rec *decision, bool second);

/* Hands what a call gave to the next step. */
static lg_status hand_on(struct lg_run *run)
{
	lg_status status = LG_OK;

	for (size_t i = 0; i < run->out_count && status == LG_OK; i++)
		status = process(run->s, run->flow, run->step + 1, run->out[i], NULL, false);
	free(run->out);
	return status;
}

static void leave(struct steps *s, const struct lg_rec *rec)
{
	if (!s->keep)
		return;
	s->out = xgrow(s->out, &s->out_cap, s->out_count + 1, sizeof(const struct lg_rec *));
	s->out[s->out_count++] = rec_clone(&s->core->kept, rec);
}

/* One record through one step and on; LG_OK or LG_RETRY. */
static lg_status process(struct steps *s, size_t flow, size_t step, const struct lg_rec *rec,
			 const struct lg_rec *decision, bool second)
{
	struct flow *f = &s->core->flows[flow];
	struct lg_run run = { { .arena = &s->core->batch },
			      s,
			      flow,
			      step,
			      rec,
			      decision,
			      second,
			      NULL,
			      0,
			      0,
			      STR_NONE,
			      STR_NONE,
			      false };
	struct mark m = mark_now(s);
	lg_status status;

	if (step == f->count) {
		leave(s, rec);
		return LG_OK;
	}
	if ((f->steps[step].desc->takes & LG_KIND_BIT(rec_object(rec))) == 0)
		return process(s, flow, step + 1, rec, NULL, false);
	status = f->steps[step].desc->run(f->steps[step].state, &run, rec);
	if (status == LG_OK)
		return hand_on(&run);
	free(run.out);
	if (status != LG_REJECT)
		return LG_RETRY;
	undo_to(s, &m);
	park(&run);
	return LG_OK;
}

static lg_status flush(struct steps *s, size_t flow)
{
	struct flow *f = &s->core->flows[flow];
	lg_status status = LG_OK;

	for (size_t i = 0; i < f->count && status == LG_OK; i++) {
		struct lg_run run = { { .arena = &s->core->batch },
				      s,
				      flow,
				      i,
				      NULL,
				      NULL,
				      false,
				      NULL,
				      0,
				      0,
				      STR_NONE,
				      STR_NONE,
				      false };

		if (f->steps[i].desc->flush == NULL)
			continue;
		status = f->steps[i].desc->flush(f->steps[i].state, &run);
		if (status == LG_REJECT)
			die("steps: the flush of \"%s\" rejects: %.*s", f->steps[i].desc->name, STRA(run.why));
		if (status == LG_OK)
			status = hand_on(&run);
		else
			free(run.out);
	}
	return status;
}

static void reset(struct steps *s, size_t flow)
{
	struct flow *f = &s->core->flows[flow];

	for (size_t i = 0; i < f->count; i++)
		if (f->steps[i].desc->reset != NULL)
			f->steps[i].desc->reset(f->steps[i].state);
}

static void commit(struct steps *s, size_t waiting_before)
{
	struct steps_core *c = s->core;

	for (size_t i = waiting_before; i < s->waiting_count; i++) {
		for (size_t t = 0; t < s->waiting[i].topic_count; t++) {
			struct topic *topic = map_get(&c->topics, s->waiting[i].topics[t]);

			if (topic == NULL) {
				topic = xalloc(sizeof *topic);
				map_put(&c->topics, s->waiting[i].topics[t], topic);
			}
			topic->waiting = xgrow(topic->waiting, &topic->cap, topic->count + 1, sizeof *topic->waiting);
			topic->waiting[topic->count++] = i;
		}
	}
	for (size_t i = 0; i < c->wake_count; i++) {
		struct topic *topic = map_get(&c->topics, c->wakes[i]);

		for (size_t w = 0; topic != NULL && w < topic->count; w++)
			s->waiting[topic->waiting[w]].woken = true;
		if (topic != NULL)
			topic->count = 0;
	}
	c->wake_count = 0;
	tables_commit(&c->tables);
	arena_reset(&c->batch);
}

/* One input of a batch. */
struct input {
	size_t step;
	const struct lg_rec *rec, *decision;
	bool second;
};

static bool one_batch(struct steps *s, size_t flow, const struct input *in, size_t count)
{
	struct mark m = mark_now(s);
	bool twice = s->core->again;
	lg_status status = LG_OK;

	s->core->again = false;
	for (int round = 0; round < 1 + twice; round++) {
		undo_to(s, &m);
		if (round > 0)
			reset(s, flow);
		status = LG_OK;
		for (size_t i = 0; i < count && status == LG_OK; i++)
			status = process(s, flow, in[i].step, in[i].rec, in[i].decision, in[i].second);
		if (status == LG_OK)
			status = flush(s, flow);
	}
	if (status != LG_OK) {
		undo_to(s, &m);
		reset(s, flow);
		return false;
	}
	commit(s, m.waiting);
	return true;
}

/* Batches for what waits and was woken, until nothing is. */
static bool run_woken(struct steps *s)
{
	for (size_t i = 0; i < s->waiting_count; i++) {
		struct steps_waiting *w = &s->waiting[i];
		struct input in = { w->step, w->rec, NULL, true };

		if (!w->woken || w->gone)
			continue;
		w->gone = true;
		if (!one_batch(s, w->flow, &in, 1))
			return false;
		i = (size_t)-1;
	}
	return true;
}

bool steps_batch(struct steps *s, size_t flow, const struct lg_rec *const *recs, size_t count)
{
	struct input *in = xalloc(count * sizeof *in + 1);
	bool done;

	for (size_t i = 0; i < count; i++)
		in[i] = (struct input){ 0, recs[i], NULL, false };
	done = one_batch(s, flow, in, count);
	free(in);
	return done && run_woken(s);
}

bool steps_run(struct steps *s, size_t flow, const struct lg_rec *rec)
{
	return steps_batch(s, flow, &rec, 1);
}

bool steps_decide(struct steps *s, size_t flow, size_t step, const struct lg_rec *rec, const struct lg_rec *decision)
{
	struct input in = { step, rec, decision, true };

	for (size_t i = 0; i < s->waiting_count; i++)
		if (s->waiting[i].flow == flow && s->waiting[i].step == step &&
		    str_eq(rec_str(s->waiting[i].rec, LG_COMMON_ID), rec_str(rec, LG_COMMON_ID)))
			s->waiting[i].gone = true;
	return one_batch(s, flow, &in, 1) && run_woken(s);
}

void steps_forget(struct steps *s)
{
	s->made_count = s->out_count = s->parked_count = s->finding_count = 0;
	arena_reset(&s->core->kept);
}

void steps_again(struct steps *s)
{
	s->core->again = true;
}

/* ---- looking ---- */

size_t steps_waits(const struct steps *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->waiting_count; i++)
		n += !s->waiting[i].gone;
	return n;
}

const struct lg_rec *steps_row(struct steps *s, const char *table, const char *key)
{
	const struct row *r = table_get(table_of(&s->core->tables, str_of(table)), str_of(key));

	return r ? rec_decode(&s->arena, arena_str(&s->arena, (lg_str){ r->body, r->len }), NULL) : NULL;
}

size_t steps_rows(struct steps *s, const char *table)
{
	return table_of(&s->core->tables, str_of(table))->live;
}

size_t steps_find(struct steps *s, const char *table, const char *index, const char *value, struct lg_row *out,
		  size_t limit)
{
	const struct row *rows[64];
	size_t n = table_find(table_of(&s->core->tables, str_of(table)), str_of(index), str_of(value), rows,
			      MIN(limit, ARRAY_LEN(rows)));

	for (size_t i = 0; i < n; i++) {
		lg_str body = arena_str(&s->arena, (lg_str){ rows[i]->body, rows[i]->len });

		out[i] = (struct lg_row){ rows[i]->key, rec_decode(&s->arena, body, NULL) };
	}
	return n;
}

void steps_put(struct steps *s, const char *table, lg_str key, const struct lg_rec *rec, const struct lg_index *index,
	       size_t count)
{
	struct steps_core *c = s->core;

	buf_reset(&c->scratch);
	rec_encode(rec, REC_ALL, &c->scratch);
	table_put(&c->tables, table_of(&c->tables, str_of(table)), key, buf_view(&c->scratch), index, count);
	tables_commit(&c->tables);
}

const char *steps_text(struct steps *s, const struct lg_rec *rec, uint16_t field)
{
	char text[DEC_TEXT_MAX];
	int64_t i = 0;
	lg_dec d;
	lg_date day;

	if (!rec_has(rec, field))
		return "";
	switch (field_get(field)->type) {
	case FIELD_AMOUNT:
	case FIELD_DEC:
		rec_dec(rec, field, &d);
		dec_text(d, field_get(field)->type == FIELD_AMOUNT ? 2 : 0, text);
		return arena_cstr(&s->arena, str_of(text));
	case FIELD_DATE:
		rec_date(rec, field, &day);
		date_text(day, text);
		return arena_cstr(&s->arena, str_of(text));
	case FIELD_INT:
		rec_int(rec, field, &i);
		return arena_cstr(&s->arena, arena_printf(&s->arena, "%lld", (long long)i));
	case FIELD_BOOL:
		return rec_bool(rec, field) ? "true" : "false";
	default:
		return arena_cstr(&s->arena, rec_str(rec, field));
	}
}
