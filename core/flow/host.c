/* host.c - what connectors may call, and their life: open, close. */
#include "core/flow/engine_priv.h"

#include "core/base/log.h"
#include "core/conf/template.h"
#include "core/plugin/format_run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct owner *ops_of(struct lg_instance *inst)
{
	return &inst->connection->ops;
}

static ATTR_PRINTF(3, 4) void host_log(struct lg_instance *inst, enum lg_level level, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	log_line((int)level, inst ? inst->label : NULL, "%s", text);
}

static ATTR_PRINTF(3, 4) void host_fail(struct lg_instance *inst, lg_status status, const char *fmt, ...)
{
	struct connection *c = inst->connection;
	char text[sizeof c->reason];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (!c->failed)
		inst->engine->result.failed_sources++;
	c->failed = true;
	c->denied |= status == LG_DENIED;
	memcpy(c->reason, text, sizeof text);
	log_line(LG_LOG_ERROR, inst->label, "%s", text);
}

static struct lg_op *host_timer(struct lg_instance *inst, int64_t ms, lg_wake_fn *fn, void *ctx)
{
	return loop_timer(ops_of(inst), "timer", ms, fn, ctx);
}

static struct lg_op *host_work(struct lg_instance *inst, const char *name, lg_job_fn *job, void *arg, lg_wake_fn *fn,
			       void *ctx)
{
	return loop_work(ops_of(inst), name, 0, job, arg, fn, ctx);
}

static struct lg_op *host_watch(struct lg_instance *inst, lg_str folder, lg_wake_fn *fn, void *ctx)
{
	struct err err = { 0 };
	char path[4096];
	struct lg_op *op;

	snprintf(path, sizeof path, "%.*s", STRA(folder));
	op = loop_watch(ops_of(inst), path, fn, ctx, &err);
	if (op == NULL)
		log_line(LG_LOG_WARNING, inst->label, "%s, looking at it now and then instead", err.msg);
	return op;
}

static lg_time host_now(struct lg_instance *inst)
{
	return loop_now(inst->engine->loop);
}

static void host_random(struct lg_instance *inst, void *bytes, size_t len)
{
	const struct seams *seams = loop_seams(inst->engine->loop);

	seams->random(seams->ctx, bytes, len);
}

static void host_idle(struct lg_instance *inst)
{
	inst->connection->idle = true;
	engine_wake(inst->engine);
}

/* ---- cursors: read once at the start, written behind by the writer ---- */

struct cursor_task {
	struct task task;
	struct lg_instance *inst;
	lg_str name, value;
	struct arena arena;
};

static void cursor_write(struct task *t)
{
	struct cursor_task *c = container_of(t, struct cursor_task, task);
	struct engine *e = c->inst->engine;

	if (group_begin(e))
		store_cursor_set(e->store, c->inst->connection->conf->name, c->name, c->value, &e->group_err);
	group_join(e, t);
}

static void cursor_done(struct task *t)
{
	struct cursor_task *c = container_of(t, struct cursor_task, task);
	struct engine *e = c->inst->engine;

	e->tasks--;
	arena_fini(&c->arena);
	free(c);
	engine_wake(e);
}

static void host_cursor_set(struct lg_instance *inst, lg_str name, lg_str value)
{
	struct connection *conn = inst->connection;
	struct cursor_task *c = xalloc(sizeof *c);
	lg_str *kept = arena_new(&conn->cursors_arena, lg_str);

	c->inst = inst;
	c->name = arena_str(&c->arena, name);
	c->value = arena_str(&c->arena, value);
	c->task.run = cursor_write;
	c->task.done = cursor_done;
	*kept = arena_str(&conn->cursors_arena, value);
	map_put(&conn->cursors, arena_str(&conn->cursors_arena, name), kept);
	inst->engine->tasks++;
	worker_put(inst->engine->writer, &c->task);
}

/* The writer's connection is used here only before the writer runs (open), afterwards the map answers. */
static lg_str host_cursor_get(struct lg_instance *inst, lg_str name)
{
	lg_str *kept = map_get(&inst->connection->cursors, name);

	return kept ? *kept : STR_NONE;
}

/* ---- names and bytes of what is delivered ---- */

static lg_str host_name(struct lg_instance *inst, const struct lg_template *t, const struct lg_rec *rec)
{
	struct buf b = { 0 };
	lg_str text;

	template_expand_path(t, rec, &b);
	text = arena_str(&inst->connection->names, buf_view(&b));
	buf_fini(&b);
	return text;
}

struct encode {
	struct task task;
	struct lg_instance *inst;
	const struct lg_rec *const *recs;
	size_t count;
	lg_str history;
	const struct lg_rec **all; /* history first */
	size_t all_count;
	struct arena arena;
	struct buf out;
	struct err err;
	lg_encoded_fn *fn;
	void *ctx;
};

static lg_status encode_job(void *arg)
{
	struct encode *en = arg;
	const struct hub_connection *conf = en->inst->connection->conf;

	return format_write_buf(conf->format, conf->format_config, &en->inst->engine->host, en->all, en->all_count,
				&en->out, &en->err);
}

static void encode_done(void *ctx, lg_status status)
{
	struct encode *en = ctx;

	en->fn(en->ctx, status, buf_view(&en->out), str_of(en->err.msg));
	buf_fini(&en->out);
	free(en->all);
	arena_fini(&en->arena);
	free(en);
}

static void start_job(struct encode *en, const struct lg_rec **history, size_t count)
{
	en->all_count = count + en->count;
	en->all = xalloc(sizeof *en->all * (en->all_count + 1));
	if (count > 0)
		memcpy(en->all, history, sizeof *en->all * count);
	if (en->count > 0)
		memcpy(en->all + count, en->recs, sizeof *en->all * en->count);
}

static void load_history(struct task *t)
{
	struct encode *en = container_of(t, struct encode, task);
	struct engine *e = en->inst->engine;
	const struct lg_rec **list = NULL;
	size_t count = 0;

	group_end(e);
	if (store_effect_history(e->store, en->inst->connection->conf->name, en->history, &en->arena, &list, &count,
				 &en->err))
		start_job(en, list, count);
	worker_finish(e->writer, t);
}

static void history_done(struct task *t)
{
	struct encode *en = container_of(t, struct encode, task);
	struct connection *c = en->inst->connection;

	c->encodes--;
	if (!c->open)
		encode_done(en, LG_CANCELED);
	else if (en->all == NULL)
		encode_done(en, LG_RETRY);
	else
		loop_work(ops_of(en->inst), "encode", 0, encode_job, en, encode_done, en);
	connection_end(c);
}

static struct lg_op *host_encode(struct lg_instance *inst, const struct lg_rec *const *recs, size_t count,
				 lg_str history, lg_encoded_fn *fn, void *ctx)
{
	struct encode *en = xalloc(sizeof *en);

	en->inst = inst;
	en->recs = recs;
	en->count = count;
	en->history = arena_str(&en->arena, history);
	en->fn = fn;
	en->ctx = ctx;
	if (history.len > 0) {
		en->task.run = load_history;
		en->task.done = history_done;
		inst->connection->encodes++;
		worker_put(inst->engine->writer, &en->task);
		return NULL; /* not to be cancelled: it is short, and its callback still comes */
	}
	start_job(en, NULL, 0);
	return loop_work(ops_of(inst), "encode", 0, encode_job, en, encode_done, en);
}

static const struct lg_format *host_format(struct lg_instance *inst)
{
	return inst->connection->conf->format;
}

static bool host_rehearsal(struct lg_instance *inst)
{
	return inst->engine->options.dry_run || inst->connection->conf->mode == HUB_DRY_RUN;
}

/* Only what check() had loaded: a file that changes under a running hub must not change what it does halfway. */
static const void *host_load(struct lg_instance *inst, const struct lg_options *table, lg_str path, lg_str *why)
{
	const void *loaded = hub_loaded(inst->engine->hub, table, path);

	if (loaded == NULL)
		*why = LG_STR("it was not there when the configuration was read");
	return loaded;
}

void host_init(struct engine *e)
{
	struct lg_host *h = &e->host;

	h->size = sizeof *h;
	format_host_fill(h);
	lend_fill_host(h);
	deliver_fill_host(h);
	h->log = host_log;
	h->load = host_load;
	h->timer = host_timer;
	h->work = host_work;
	h->watch = host_watch;
	h->cancel = op_cancel;
	h->now = host_now;
	h->random = host_random;
	h->fail = host_fail;
	h->document_fd = intake_fd;
	h->document_bytes = intake_bytes;
	h->idle = host_idle;
	h->cursor_get = host_cursor_get;
	h->cursor_set = host_cursor_set;
	h->name = host_name;
	h->encode = host_encode;
	h->format = host_format;
	h->rehearsal = host_rehearsal;
}

/* ---- life ---- */

static bool load_cursor(void *ctx, lg_str name, lg_str value)
{
	struct connection *c = ctx;
	lg_str *kept = arena_new(&c->cursors_arena, lg_str);

	*kept = arena_str(&c->cursors_arena, value);
	map_put(&c->cursors, arena_str(&c->cursors_arena, name), kept);
	return true;
}

bool connection_left_out(const struct hub_connection *c)
{
	return c->broken || c->mode == HUB_OFF;
}

bool connection_prepare(struct connection *c, struct err *err)
{
	return store_cursors(c->instance.engine->store, c->conf->name, load_cursor, c, err);
}

void connection_open(struct connection *c)
{
	struct engine *e = c->instance.engine;
	const struct lg_connector *k = c->conf->connector;
	bool source = k->pull && c->reader_count > 0;
	lg_status status;

	owner_init(&c->ops, e->loop);
	c->idle = true;
	c->effects_dirty = c->conf->takes != 0;
	c->deliver_at = INT64_MAX;
	c->state = xalloc(k->state_size);
	c->open = true;
	status = k->open(c->state, c->conf->config, &e->host, &c->instance);
	c->queued = status == LG_OK && source;
	if (status == LG_OK)
		return;
	c->idle = true;
	if (!c->failed)
		host_fail(&c->instance, status, "the connection cannot be opened");
}

/* The plugin's state goes when nothing can call back any more: no op, no document, no encoding. */
void connection_end(struct connection *c)
{
	if (!c->ops_closed || c->intake_count > 0 || c->encodes > 0 || c->state == NULL)
		return;
	deliver_abandon(c);
	free(c->state);
	c->state = NULL;
	arena_fini(&c->names);
	arena_fini(&c->cursors_arena);
	map_fini(&c->cursors);
	c->instance.engine->closing--;
	engine_wake(c->instance.engine);
}

static void on_ops_closed(void *ctx)
{
	struct connection *c = ctx;

	c->ops_closed = true;
	connection_end(c);
}

void connection_close(struct connection *c)
{
	if (!c->open)
		return;
	c->open = false;
	c->instance.engine->closing++;
	intake_cancel(c);
	c->conf->connector->close(c->state);
	owner_close(&c->ops, on_ops_closed, c);
}

bool step_open(struct step *s, struct err *err)
{
	const struct lg_step *def = s->conf->step;

	s->state = xalloc(def->state_size);
	if (def->open == NULL || def->open(s->state, s->conf->config, &s->instance.engine->host, &s->instance) == LG_OK)
		return true;
	return err_set(err, ERR_CONFIG, "step.open", "%s cannot be opened", s->instance.label);
}
