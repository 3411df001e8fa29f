/* engine.c - one run of the hub: opens everything, decides what goes on next, closes everything. */
#include "core/flow/decide.h"
#include "core/flow/engine_priv.h"

#include "core/base/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define GROUP_TASKS 256 /* at most, in one transaction */
#define WARM_UP_MAX ((int64_t)30 * 1000)

/* ---- group transactions, writer thread ---- */

bool group_begin(struct engine *e)
{
	if (!e->group_open) {
		e->group_open = true;
		e->group_err = (struct err){ 0 };
		store_begin(e->store, &e->group_err);
	}
	return e->group_err.class == ERR_NONE;
}

void group_join(struct engine *e, struct task *t)
{
	list_append(&e->group, &t->link);
}

static void on_group_failed(void *ctx)
{
	struct engine *e = ctx;

	engine_fatal(e, &e->group_failure);
}

void group_end(void *engine)
{
	struct engine *e = engine;
	bool ok = e->group_err.class == ERR_NONE;

	if (e->group_open) {
		if (ok)
			ok = store_commit(e->store, &e->group_err);
		if (!ok) {
			store_rollback(e->store);
			e->group_failure = e->group_err;
			loop_post(e->loop, on_group_failed, e);
		}
		e->group_open = false;
		e->group_bytes = 0;
	}
	while (!list_empty(&e->group)) {
		struct task *t = container_of(e->group.next, struct task, link);

		list_remove(&t->link);
		t->failed = !ok;
		worker_finish(e->writer, t);
	}
}

/* Nothing is queued: the group is committed, and what parked documents left is removed, a slice at a time. */
static void writer_idle(void *engine)
{
	struct engine *e = engine;
	struct err err = { 0 };

	group_end(e);
	while (e->untidy && worker_idle(e->writer)) {
		if (!store_tidy(e->store, &e->untidy, &err)) {
			e->untidy = false;
			log_line(LG_LOG_WARNING, NULL, "tidying up: %s", err.msg);
		}
	}
}

/* ---- scheduling ---- */

static void tick(void *ctx);

void engine_wake(struct engine *e)
{
	if (e->wake_pending)
		return;
	e->wake_pending = true;
	loop_post(e->loop, tick, e);
}

void engine_fatal(struct engine *e, const struct err *err)
{
	if (e->fatal.class == ERR_NONE)
		e->fatal = *err;
	engine_wake(e);
}

static bool sources_busy(const struct engine *e)
{
	for (size_t i = 0; i < e->hub->connection_count; i++)
		if (e->connections[i].open && (!e->connections[i].idle || e->connections[i].intake_count > 0))
			return true;
	return false;
}

static bool flow_running(const struct engine *e)
{
	for (size_t i = 0; i < e->hub->flow_count; i++)
		if (e->flows[i].running)
			return true;
	return false;
}

static bool deliveries_busy(const struct engine *e)
{
	for (size_t i = 0; i < e->hub->connection_count; i++)
		if (e->finishing ? e->connections[i].delivery != NULL : deliver_waited_for(&e->connections[i]))
			return true;
	return false;
}

/* In the order of the configuration; one at a time when the order counts. */
static bool start_flows(struct engine *e, bool one)
{
	bool started = false;

	for (size_t i = 0; i < e->hub->flow_count; i++) {
		if (!flow_ready(&e->flows[i]))
			continue;
		flow_start(&e->flows[i]);
		started = true;
		if (one)
			break;
	}
	return started;
}

static void on_deliver_time(void *ctx, lg_status status)
{
	struct connection *c = ctx;

	c->timer = NULL;
	c->deliver_at = INT64_MAX;
	if (status == LG_CANCELED)
		return;
	c->effects_dirty = true;
	engine_wake(c->instance.engine);
}

static bool start_deliveries(struct engine *e)
{
	bool busy = false;

	for (size_t i = 0; i < e->hub->connection_count; i++) {
		struct connection *c = &e->connections[i];

		if (c->effects_dirty && c->delivery == NULL)
			deliver_look(c);
		busy |= deliver_waited_for(c);
		if (!e->options.once && c->open && c->delivery == NULL && c->timer == NULL &&
		    c->deliver_at != INT64_MAX)
			c->timer = loop_timer(&c->ops, "deliver", MAX(c->deliver_at - loop_now(e->loop), 1),
					      on_deliver_time, c);
	}
	return busy;
}

/* In once mode one source after the other, in the order of the configuration: which of two documents with the same
   invoice came first must not depend on how fast they were read. */
static bool start_sources(struct engine *e, bool one)
{
	bool started = false;

	for (size_t i = 0; i < e->hub->connection_count; i++) {
		struct connection *c = &e->connections[i];

		if (!c->open || !c->queued)
			continue;
		c->queued = c->idle = false;
		c->conf->connector->pull(c->state);
		started = true;
		if (one)
			break;
	}
	return started;
}

static bool once_goes_on(struct engine *e)
{
	if (sources_busy(e) || flow_running(e) || deliveries_busy(e) || e->tasks > 0)
		return true;
	return start_sources(e, true) || start_flows(e, true) || start_deliveries(e);
}

/* What has piled up before the start is read and run like `once` does it, source by source and flow by flow, so that a
   payment meets the invoices that lay beside it.  A source that takes its time is not waited for. */
static bool warm_up(struct engine *e)
{
	if (loop_now(e->loop) < e->warm_by && once_goes_on(e))
		return true;
	e->warming = false;
	return false;
}

static void feed_sources(struct engine *e)
{
	for (size_t i = 0; i < e->hub->connection_count; i++) {
		struct connection *c = &e->connections[i];

		if (!c->open || !c->starved || c->intake_count >= DOCUMENTS_OPEN / 2)
			continue;
		c->starved = false;
		c->conf->connector->pull(c->state);
	}
}

static void close_all(struct engine *e)
{
	if (!e->finishing) {
		e->finishing = true;
		op_cancel(e->progress);
		owner_close(&e->ops, tick, e);
		for (size_t i = 0; i < e->hub->connection_count; i++)
			connection_close(&e->connections[i]);
	}
	if (e->closing == 0 && !flow_running(e) && e->tasks == 0 && !sources_busy(e) && !deliveries_busy(e))
		loop_stop(e->loop);
}

static void tick(void *ctx)
{
	struct engine *e = ctx;

	e->wake_pending = false;
	if (e->finishing || e->fatal.class != ERR_NONE) {
		close_all(e);
		return;
	}
	feed_sources(e);
	reread_look(e);
	if (atomic_load(&e->stopping)) {
		/* Drain: what runs ends, nothing new is begun. */
		if (!flow_running(e) && !deliveries_busy(e) && e->tasks == 0)
			close_all(e);
		return;
	}
	if (e->options.once) {
		if (!once_goes_on(e))
			close_all(e);
		return;
	}
	if (e->warming && warm_up(e))
		return;
	start_sources(e, false);
	start_flows(e, false);
	start_deliveries(e);
}

static void on_warm(void *ctx, lg_status status)
{
	if (status != LG_CANCELED)
		engine_wake(ctx);
}

static void on_stop(void *ctx, lg_status status)
{
	if (status != LG_CANCELED)
		engine_stop(ctx);
}

void engine_stop(struct engine *e)
{
	atomic_store(&e->stopping, true);
	engine_wake(e);
}

struct loop *engine_loop(struct engine *e)
{
	return e->loop;
}

/* ---- a person's decision, between two batches ---- */

struct decide_task {
	struct task task;
	struct engine *engine;
	struct arena arena;
	struct decision decision;
	decided_fn *fn;
	void *ctx;
	struct buf text;
	struct err err;
	bool ok;
};

static void run_decision(struct task *t)
{
	struct decide_task *d = container_of(t, struct decide_task, task);
	struct engine *e = d->engine;

	group_end(e);
	d->ok = decide(e->store, e->hub, &d->decision, &d->text, &d->err);
	worker_finish(e->writer, t);
}

static void decision_done(struct task *t)
{
	struct decide_task *d = container_of(t, struct decide_task, task);
	struct engine *e = d->engine;
	char text[1300];

	err_text(&d->err, text, sizeof text);
	d->fn(d->ctx, d->ok, d->ok ? buf_text(&d->text) : text);
	e->released = true;
	for (size_t i = 0; i < e->hub->flow_count; i++)
		e->flows[i].woken = true;
	for (size_t i = 0; i < e->hub->connection_count; i++)
		e->connections[i].effects_dirty = true;
	e->tasks--;
	buf_fini(&d->text);
	arena_fini(&d->arena);
	free(d);
	engine_wake(e);
}

void engine_decide(struct engine *e, const struct decision *decision, decided_fn *fn, void *ctx)
{
	struct decide_task *d = xalloc(sizeof *d);

	d->engine = e;
	decision_copy(&d->arena, &d->decision, decision);
	d->decision.at = loop_now(e->loop);
	d->fn = fn;
	d->ctx = ctx;
	d->task.run = run_decision;
	d->task.done = decision_done;
	e->tasks++;
	worker_put(e->writer, &d->task);
}

/* ---- progress ---- */

static void on_progress(void *ctx, lg_status status)
{
	struct engine *e = ctx;
	char line[160];

	e->progress = NULL;
	if (status == LG_CANCELED) {
		fputs("\r\033[K", stderr);
		return;
	}
	snprintf(line, sizeof line, "\r\033[K%lld documents, %lld records, %lld made, %lld delivered",
		 (long long)e->result.documents, (long long)e->result.records, (long long)e->result.made,
		 (long long)e->result.delivered);
	fputs(line, stderr);
	e->progress = loop_timer(&e->ops, "progress", 200, on_progress, e);
}

/* ---- the whole run ---- */

struct engine *engine_new(const struct engine_options *options, struct err *err)
{
	struct engine *e = xalloc(sizeof *e);

	e->options = *options;
	e->hub = options->hub;
	e->loop = loop_new(options->seams);
	e->claimed = xalloc(BATCH_EFFECTS * sizeof *e->claimed);
	owner_init(&e->ops, e->loop);
	list_init(&e->group);
	if (!engine_open(e, err)) {
		engine_free(&e);
		return NULL;
	}
	e->writer = worker_new(e->loop, GROUP_TASKS, writer_idle, e);
	e->released = e->untidy = true;
	return e;
}

bool engine_run(struct engine *e, struct engine_result *result, struct err *err)
{
	loop_signal(&e->ops, SIGTERM, on_stop, e);
	loop_signal(&e->ops, SIGINT, on_stop, e);
	if (e->options.progress)
		on_progress(e, LG_OK);
	e->warming = !e->options.once;
	e->warm_by = loop_now(e->loop) + WARM_UP_MAX;
	if (e->warming)
		loop_timer(&e->ops, "warm-up", WARM_UP_MAX, on_warm, e);
	for (size_t i = 0; i < e->hub->connection_count; i++)
		if (!connection_left_out(e->connections[i].conf))
			connection_open(&e->connections[i]);
	engine_wake(e);
	loop_run(e->loop);
	*result = e->result;
	if (e->fatal.class != ERR_NONE)
		*err = e->fatal;
	return e->fatal.class == ERR_NONE;
}

static void close_steps(struct engine *e)
{
	for (size_t i = 0; e->flows && i < e->hub->flow_count; i++) {
		struct flow *f = &e->flows[i];

		for (size_t k = 0; f->conf && k < f->conf->step_count; k++) {
			struct step *s = &f->steps[k];

			if (s->state && s->conf->step->close)
				s->conf->step->close(s->state);
			free(s->state);
		}
		arena_fini(&f->arena);
	}
}

void engine_free(struct engine **ep)
{
	struct engine *e = *ep;

	if (e == NULL)
		return;
	worker_free(&e->writer);
	close_steps(e);
	store_close(&e->store);
	loop_free(&e->loop);
	map_fini(&e->clients_by_id);
	free(e->claimed);
	arena_fini(&e->arena);
	free(e);
	*ep = NULL;
}
