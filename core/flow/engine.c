/* engine.c - one run of the hub: opens everything, decides what goes on next, closes everything. */
#include "core/flow/decide.h"
#include "core/flow/engine_priv.h"

#include "core/base/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP_TASKS 256 /* at most, in one transaction */

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
		if (e->connections[i].delivery)
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
		busy |= c->delivery != NULL;
		if (!e->options.once && c->open && c->delivery == NULL && c->timer == NULL && c->deliver_at != INT64_MAX)
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
	start_sources(e, false);
	start_flows(e, false);
	start_deliveries(e);
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

struct owner *engine_owner(struct engine *e)
{
	return &e->ops;
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

/* ---- opening ---- */

const struct lg_client ambiguous_client = { .size = sizeof ambiguous_client };

static lg_str fold_id(struct arena *a, lg_str id)
{
	char *p = arena_bytes(a, id.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < id.len; i++) {
		char c = id.ptr[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
			p[n++] = c;
	}
	return (lg_str){ p, n };
}

/* As written; without a country in front; and, Swedish, without the 01 behind that makes a number a VAT number. */
size_t client_id_forms(struct arena *a, lg_str id, lg_str out[CLIENT_ID_FORMS])
{
	size_t n = 0;
	lg_str bare;

	out[n] = fold_id(a, id);
	if (out[n].len == 0)
		return 0;
	bare = out[n++];
	if (bare.len > 4 && bare.ptr[0] > '9' && bare.ptr[1] > '9')
		out[n++] = bare = str_from(bare, 2);
	if (bare.len == 12 && str_is_digits(bare) && str_ends(bare, LG_STR("01")))
		out[n++] = str_sub(bare, 0, 10);
	return n;
}

static lg_time env_now(void *ctx)
{
	const struct seams *s = ctx;

	return s->now(s->ctx);
}

static const char *label(struct engine *e, const char *kind, lg_str name)
{
	return arena_printf(&e->arena, "%s \"%.*s\"", kind, STRA(name)).ptr;
}

static void make_connections(struct engine *e)
{
	size_t n = e->hub->connection_count;

	e->connections = arena_array(&e->arena, struct connection, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct connection *c = &e->connections[i];

		c->conf = &e->hub->connections[i];
		c->instance = (struct lg_instance){ e, label(e, "connection", c->conf->name), c };
		list_init(&c->intakes);
		c->idle = true;
	}
}

static struct connection *connection_of(struct engine *e, const struct hub_connection *conf)
{
	return &e->connections[conf - e->hub->connections];
}

static void add_reader(struct engine *e, struct connection *c, bool *dirty)
{
	size_t n = c->reader_count;

	if ((n & (n - 1)) == 0) { /* room for the next power of two */
		bool **more = arena_array(&e->arena, bool *, n ? n * 2 : 1);

		if (n > 0)
			memcpy(more, c->readers, n * sizeof *more);
		c->readers = more;
	}
	c->readers[c->reader_count++] = dirty;
}

static bool make_flow(struct engine *e, struct flow *f, const struct hub_flow *conf, struct err *err)
{
	f->engine = e;
	f->conf = conf;
	f->woken = true;
	f->dirty = arena_array(&e->arena, bool, conf->from.count + 1);
	f->todo = arena_array(&e->arena, bool, conf->from.count + 1);
	for (size_t i = 0; i < conf->from.count; i++) {
		f->dirty[i] = !conf->from.items[i]->broken;
		add_reader(e, connection_of(e, conf->from.items[i]), &f->dirty[i]);
	}
	f->steps = arena_array(&e->arena, struct step, conf->step_count + 1);
	for (size_t i = 0; i < conf->step_count; i++) {
		struct step *s = &f->steps[i];

		s->conf = &conf->steps[i];
		s->instance = (struct lg_instance){ e, label(e, "step", conf->steps[i].name), NULL };
		if (!step_open(s, err))
			return err_prepend(err, "flow \"%.*s\"", STRA(conf->name));
	}
	return true;
}

static bool make_flows(struct engine *e, struct err *err)
{
	e->flows = arena_array(&e->arena, struct flow, e->hub->flow_count + 1);
	for (size_t i = 0; i < e->hub->flow_count; i++)
		if (!make_flow(e, &e->flows[i], &e->hub->flows[i], err))
			return false;
	return true;
}

/* Under which the client is found; a second one of that number makes it ambiguous. */
static void index_id(struct engine *e, lg_str id, const struct lg_client *client)
{
	const struct lg_client *old = map_get(&e->clients_by_id, id);

	if (id.len == 0 || old == client)
		return;
	if (old != NULL)
		client = &ambiguous_client;
	map_put(&e->clients_by_id, id, (void *)(uintptr_t)client);
}

static void index_clients(struct engine *e)
{
	for (size_t i = 0; i < e->hub->client_count; i++) {
		const struct lg_client *c = &e->hub->clients[i].client;
		lg_str forms[2 * CLIENT_ID_FORMS];
		size_t n;

		if (e->hub->clients[i].broken)
			continue;
		n = client_id_forms(&e->arena, c->legal_id, forms);
		n += client_id_forms(&e->arena, c->vat_id, forms + n);
		for (size_t k = 0; k < n; k++)
			index_id(e, forms[k], c);
	}
}

static bool open_parts(struct engine *e, struct err *err)
{
	char uri[4200];

	if (e->options.store)
		snprintf(uri, sizeof uri, "%s", e->options.store);
	else
		snprintf(uri, sizeof uri, "%.*s", STRA(e->hub->store));
	e->store_env = (struct store_env){ env_now, NULL };
	memcpy(&e->store_env.ctx, &e->options.seams, sizeof e->store_env.ctx); /* const goes through a void * */
	if (!store_open(uri, &e->store_env, &e->store, err))
		return false;
	host_init(e);
	make_connections(e);
	index_clients(e);
	if (!make_flows(e, err))
		return false;
	for (size_t i = 0; i < e->hub->connection_count; i++)
		if (!e->connections[i].conf->broken && !connection_prepare(&e->connections[i], err))
			return false;
	return true;
}

struct engine *engine_new(const struct engine_options *options, struct err *err)
{
	struct engine *e = xalloc(sizeof *e);

	e->options = *options;
	e->hub = options->hub;
	e->loop = loop_new(options->seams);
	e->claimed = xalloc(BATCH_EFFECTS * sizeof *e->claimed);
	owner_init(&e->ops, e->loop);
	list_init(&e->group);
	if (!open_parts(e, err)) {
		engine_free(&e);
		return NULL;
	}
	e->writer = worker_new(e->loop, GROUP_TASKS, writer_idle, e);
	e->released = e->untidy = true;
	return e;
}

/* Neither read nor delivered to; what is planned for it stays so. */
static bool left_out(const struct hub_connection *c)
{
	return c->broken || c->mode == HUB_OFF;
}

bool engine_run(struct engine *e, struct engine_result *result, struct err *err)
{
	loop_signal(&e->ops, SIGTERM, on_stop, e);
	loop_signal(&e->ops, SIGINT, on_stop, e);
	if (e->options.progress)
		on_progress(e, LG_OK);
	for (size_t i = 0; i < e->hub->connection_count; i++)
		if (!left_out(e->connections[i].conf))
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
