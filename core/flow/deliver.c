/* deliver.c - effects into other systems: claim (durable in_flight), deliver, settle; and probe what is unknown.

   A connection has at most one delivery under way.  One delivery is a batch of one operation; it ends when every effect
   of it has been settled, and its results are written in one task.  An effect that may or may not have happened is
   asked about before anything is sent again; where that is impossible it is parked for a person. */
#include "core/flow/engine_priv.h"

#include "core/base/log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct outcome {
	enum effect_state state;
	lg_str remote_id, message;
	lg_time not_before;
	bool settled;
};

struct delivery {
	struct task task;
	struct connection *conn;
	struct arena arena;
	uint32_t operation;
	bool probing;
	struct store_effect *effects;
	struct lg_effect *views;
	struct outcome *outcomes;
	struct lg_delivery view;
	uint64_t serial;
	struct lg_op *timer; /* of the deadline; NULL: none */
	size_t count, settled;
	bool handed;    /* to the connector */
	bool fell_back; /* something was planned for another connection */
	bool late;      /* the deadline has passed: nobody waits for it any more */
	lg_time next;   /* earliest time at which a waiting effect of the connection may go on */
	struct err err;
	size_t told, untold; /* messages of effects that did not go out */
};

#define BACKOFF_FIRST 1000
#define BACKOFF_MAX ((int64_t)15 * 60 * 1000)

static const struct lg_operation *operation(const struct delivery *d)
{
	return &d->conn->conf->connector->operations[d->operation];
}

/* Full jitter: anywhere between nothing and the doubled step. */
static int64_t backoff(struct engine *e, uint32_t attempt)
{
	const struct seams *seams = loop_seams(e->loop);
	int64_t step = BACKOFF_FIRST;
	uint32_t r;

	for (uint32_t i = 1; i < attempt && step < BACKOFF_MAX; i++)
		step *= 2;
	seams->random(seams->ctx, &r, sizeof r);
	return 1 + (int64_t)(r % (uint64_t)MIN(step, BACKOFF_MAX));
}

/* ---- the end of a delivery ---- */

static void on_settled(struct task *t)
{
	struct delivery *d = container_of(t, struct delivery, task);
	struct connection *c = d->conn;
	struct engine *e = c->instance.engine;
	struct err err = d->err;

	if (d->untold > 0)
		log_line(LG_LOG_WARNING, c->instance.label, "and %zu more effects (`loligo effects` lists them)",
			 d->untold);
	for (size_t i = 0; i < d->count; i++)
		e->result.delivered +=
			d->outcomes[i].state == EFFECT_CONFIRMED || d->outcomes[i].state == EFFECT_ACCEPTED;
	c->delivery = NULL;
	c->effects_dirty = true;
	for (size_t i = 0; d->fell_back && i < e->hub->connection_count; i++)
		e->connections[i].effects_dirty = e->connections[i].conf->takes != 0;
	arena_reset(&c->names);
	arena_fini(&d->arena);
	free(d);
	if (err.class != ERR_NONE)
		engine_fatal(e, &err);
	else
		engine_wake(e);
}

/* `first_of`: what one destination refused goes to the next one of the list; NULL when there is none. */
static const struct hub_connection *next_of(const struct delivery *d, const struct store_effect *e)
{
	const struct hub *hub = d->conn->instance.engine->hub;
	const struct hub_flow *flow = hub_flow(hub, e->flow);
	const struct hub_targets *to = flow && e->rec ? route_targets(hub, flow, e->rec) : NULL;

	return to && to->first_of ? route_first(hub, to, rec_str(e->rec, LG_COMMON_CLIENT), d->conn->conf) : NULL;
}

static bool fall_back(struct delivery *d, const struct store_effect *refused)
{
	struct engine *e = d->conn->instance.engine;
	const struct hub_connection *to = next_of(d, refused);
	struct store_effect effect;
	bool fresh;

	if (to == NULL || !effect_make(to, refused->rec, &d->arena, &effect))
		return true;
	effect.flow = refused->flow;
	effect.seq = refused->seq;
	effect.planned_at = e->store_env.now(e->store_env.ctx);
	d->fell_back = true;
	return store_effect_plan(e->store, &effect, &fresh, &e->group_err);
}

static void write_outcomes(struct task *t)
{
	struct delivery *d = container_of(t, struct delivery, task);
	struct engine *e = d->conn->instance.engine;

	if (group_begin(e)) {
		for (size_t i = 0; i < d->count; i++) {
			struct outcome *o = &d->outcomes[i];

			if (!store_effect_settle(e->store, d->effects[i].id, o->state, o->remote_id, o->message,
						 o->not_before, &e->group_err) ||
			    (o->state == EFFECT_REJECTED && !fall_back(d, &d->effects[i])))
				break;
		}
	}
	group_join(e, t);
}

/* ---- a delivery that takes too long ---- */

/* What the timer knows: the delivery may be over, and another under way, when it calls. */
struct deadline {
	struct connection *conn;
	uint64_t serial;
};

/* Durable as unknown from the deadline on, whatever becomes of the process; what the connector says later counts. */
struct late {
	struct task task;
	struct engine *engine;
	int64_t *ids;
	size_t count;
	char message[80];
};

static void write_late(struct task *t)
{
	struct late *l = container_of(t, struct late, task);

	if (group_begin(l->engine))
		for (size_t i = 0; i < l->count; i++)
			if (!store_effect_settle(l->engine->store, l->ids[i], EFFECT_UNKNOWN, STR_NONE,
						 str_of(l->message), 0, &l->engine->group_err))
				break;
	group_join(l->engine, t);
}

static void late_written(struct task *t)
{
	struct late *l = container_of(t, struct late, task);

	l->engine->tasks--;
	engine_wake(l->engine);
	free(l->ids);
	free(l);
}

static void note_late(struct delivery *d)
{
	struct engine *e = d->conn->instance.engine;
	struct late *l = xalloc(sizeof *l);

	l->engine = e;
	l->ids = xalloc(d->count * sizeof *l->ids);
	for (size_t i = 0; i < d->count; i++)
		if (!d->outcomes[i].settled)
			l->ids[l->count++] = d->effects[i].id;
	snprintf(l->message, sizeof l->message, "no answer within %lld ms", (long long)operation(d)->deadline_ms);
	log_line(LG_LOG_WARNING, d->conn->instance.label, "%zu effects: %s", l->count, l->message);
	l->task.run = write_late;
	l->task.done = late_written;
	e->tasks++;
	worker_put(e->writer, &l->task);
}

static void on_deadline(void *ctx, lg_status status)
{
	struct deadline *dl = ctx;
	struct connection *c = dl->conn;
	bool current = c->delivery && c->delivery->serial == dl->serial;

	if (current)
		c->delivery->timer = NULL;
	if (current && status != LG_CANCELED && c->delivery->settled < c->delivery->count) {
		c->delivery->late = true;
		note_late(c->delivery);
	}
	free(dl);
}

static void start_deadline(struct delivery *d)
{
	struct deadline *dl;

	if (d->probing || operation(d)->deadline_ms <= 0)
		return;
	dl = xalloc(sizeof *dl);
	*dl = (struct deadline){ d->conn, d->serial };
	d->timer = loop_timer(&d->conn->ops, "delivery", operation(d)->deadline_ms, on_deadline, dl);
}

/* ---- the end of a delivery ---- */

static void settled(struct delivery *d)
{
	struct engine *e = d->conn->instance.engine;

	if (++d->settled < d->count)
		return;
	op_cancel(d->timer);
	d->timer = NULL;
	d->task.run = write_outcomes;
	d->task.done = on_settled;
	worker_put(e->writer, &d->task);
}

static struct outcome *outcome_of(struct lg_instance *inst, const struct lg_delivery *view, uint32_t i)
{
	struct delivery *d = inst->connection->delivery;
	struct outcome *o;

	if (d == NULL || view != &d->view || i >= d->count)
		die("%s: an effect was settled that is not under way", inst->label);
	o = &d->outcomes[i];
	if (o->settled)
		die("%s: an effect was settled twice", inst->label);
	o->settled = true;
	return o;
}

/* What a status means for the state; a retry leaves the effect planned, for later. */
static enum effect_state state_of(lg_status status, const struct lg_operation *op)
{
	switch (status) {
	case LG_OK:
		return EFFECT_CONFIRMED;
	case LG_ACCEPTED:
		return EFFECT_ACCEPTED;
	case LG_REJECT:
		return EFFECT_REJECTED;
	case LG_UNKNOWN:
		return op->repeatable ? EFFECT_PLANNED : EFFECT_UNKNOWN;
	case LG_FULL:
	case LG_RETRY:
	case LG_DENIED:
	case LG_CANCELED:
		break;
	}
	return EFFECT_PLANNED;
}

#define TOLD_MAX 20

/* What is refused has its own reason each; what has to wait waits for one and the same thing. */
static void tell(struct delivery *d, uint32_t i, lg_status status, lg_str message)
{
	struct lg_instance *inst = &d->conn->instance;
	bool refused = status == LG_REJECT;

	if (d->told >= (refused ? TOLD_MAX : 1)) {
		d->untold++;
		return;
	}
	d->told++;
	if (status == LG_DENIED)
		inst->engine->host.fail(inst, LG_DENIED, "%.*s", STRA(message));
	else
		log_line(refused ? LG_LOG_ERROR : LG_LOG_WARNING, inst->label, "effect %.*s: %.*s",
			 STRA(d->effects[i].key), STRA(message));
}

static void host_settle(struct lg_instance *inst, const struct lg_delivery *view, uint32_t i, lg_status status,
			lg_str remote_id, lg_str message, int64_t delay_ms)
{
	struct outcome *o = outcome_of(inst, view, i);
	struct delivery *d = inst->connection->delivery;
	struct engine *e = inst->engine;

	o->state = state_of(status, operation(d));
	o->remote_id = arena_str(&d->arena, remote_id);
	o->message = arena_str(&d->arena, message);
	if (o->state == EFFECT_PLANNED && status != LG_CANCELED)
		o->not_before = loop_now(e->loop) + (delay_ms > 0 ? delay_ms : backoff(e, view->effects[i].attempt));
	if (status != LG_OK && status != LG_ACCEPTED && status != LG_CANCELED)
		tell(d, i, status, message);
	settled(d);
}

static void host_probed(struct lg_instance *inst, const struct lg_delivery *view, uint32_t i,
			enum lg_probe_answer answer, lg_str remote_id, lg_str message)
{
	struct outcome *o = outcome_of(inst, view, i);
	struct delivery *d = inst->connection->delivery;
	const struct lg_operation *op = operation(d);
	lg_time now = loop_now(inst->engine->loop);
	lg_time counts = d->effects[i].changed_at + op->deadline_ms + op->settles_within_ms;

	o->remote_id = arena_str(&d->arena, remote_id);
	o->message = arena_str(&d->arena, message);
	if (answer == LG_PROBE_THERE) {
		o->state = EFFECT_CONFIRMED;
	} else if (answer == LG_PROBE_ABSENT && now >= counts) {
		o->state = EFFECT_PLANNED; /* it did not happen, and can no longer */
	} else {
		o->state = EFFECT_UNKNOWN;
		o->not_before = answer == LG_PROBE_ABSENT ? counts : now + backoff(inst->engine, d->effects[i].attempt);
	}
	settled(d);
}

/* ---- the start ---- */

static void hand_over(struct delivery *d)
{
	const struct lg_connector *k = d->conn->conf->connector;

	d->handed = true;
	start_deadline(d);

	if (d->probing)
		k->probe(d->conn->state, &d->view);
	else
		k->deliver(d->conn->state, &d->view);
}

/* The hub ended while they were being claimed: nothing was sent. */
static void give_back(struct delivery *d)
{
	for (size_t i = 0; i < d->count; i++) {
		d->outcomes[i].state = d->probing ? EFFECT_UNKNOWN : EFFECT_PLANNED;
		settled(d);
	}
}

static void no_delivery(struct delivery *d)
{
	struct connection *c = d->conn;

	c->delivery = NULL;
	c->effects_dirty = false;
	c->deliver_at = d->next;
	arena_fini(&d->arena);
	free(d);
}

static void on_claimed(struct task *t)
{
	struct delivery *d = container_of(t, struct delivery, task);
	struct engine *e = d->conn->instance.engine;
	struct err err = d->err;

	if (err.class != ERR_NONE || d->count == 0) {
		no_delivery(d);
		if (err.class != ERR_NONE)
			engine_fatal(e, &err);
		else
			engine_wake(e);
		return;
	}
	if (d->conn->open)
		hand_over(d);
	else
		give_back(d);
}

static void make_views(struct delivery *d)
{
	struct store_effect *own = arena_array(&d->arena, struct store_effect, d->count);

	memcpy(own, d->effects, d->count * sizeof *own);
	d->effects = own;
	d->views = arena_array(&d->arena, struct lg_effect, d->count);
	d->outcomes = arena_array(&d->arena, struct outcome, d->count);
	for (size_t i = 0; i < d->count; i++)
		d->views[i] = (struct lg_effect){ d->effects[i].key, d->effects[i].rec, d->effects[i].attempt,
						  d->effects[i].remote_id };
	d->view = (struct lg_delivery){ sizeof d->view, d->operation, (uint32_t)d->count, d->views };
}

/* Tries each operation: first what must be probed, then what may be sent. */
static bool find_effects(struct delivery *d, lg_time now)
{
	const struct hub_connection *conf = d->conn->conf;
	struct engine *e = d->conn->instance.engine;
	const struct lg_connector *k = conf->connector;

	d->effects = e->claimed;
	for (d->operation = 0; d->operation < k->operation_count; d->operation++) {
		const struct lg_operation *op = operation(d);
		size_t limit = MIN(MAX(op->batch_max, 1), BATCH_EFFECTS);

		d->probing = op->probes && k->probe;
		if (d->probing && !store_effect_unknown(e->store, conf->name, str_of(op->name), now, limit, &d->arena,
							d->effects, &d->count, &d->err))
			return false;
		if (d->count > 0)
			return true;
		d->probing = false;
		if (!store_effect_claim(e->store, conf->name, str_of(op->name), now, limit, &d->arena, d->effects,
					&d->count, &d->err))
			return false;
		if (d->count > 0)
			return true;
	}
	return true;
}

static void claim(struct task *t)
{
	struct delivery *d = container_of(t, struct delivery, task);
	struct engine *e = d->conn->instance.engine;

	group_end(e);
	d->next = INT64_MAX;
	if (store_begin(e->store, &d->err)) {
		bool ok = find_effects(d, e->store_env.now(e->store_env.ctx));

		if (ok && d->count == 0)
			ok = store_effect_next(e->store, d->conn->conf->name, &d->next, &d->err);
		if (!ok || d->count == 0)
			store_rollback(e->store);
		else if (store_commit(e->store, &d->err))
			make_views(d);
	}
	worker_finish(e->writer, t);
}

void deliver_look(struct connection *c)
{
	struct engine *e = c->instance.engine;
	struct delivery *d;

	if (c->delivery || !c->open || c->conf->connector->deliver == NULL || c->conf->mode != HUB_LIVE ||
	    e->options.dry_run || c->denied) {
		c->effects_dirty = c->delivery && c->effects_dirty;
		return;
	}
	d = xalloc(sizeof *d);
	d->conn = c;
	d->serial = ++e->deliveries;
	c->delivery = d;
	c->effects_dirty = false;
	d->task.run = claim;
	d->task.done = on_claimed;
	worker_put(e->writer, &d->task);
}

/* Nothing can come from the connector any more: what it never settled may or may not have happened. */
void deliver_abandon(struct connection *c)
{
	struct delivery *d = c->delivery;

	for (size_t i = 0; d && d->handed && i < d->count && d->settled < d->count; i++) {
		if (d->outcomes[i].settled)
			continue;
		d->outcomes[i] = (struct outcome){ .settled = true,
						   .state = EFFECT_UNKNOWN,
						   .message = LG_STR("the hub ended without an answer") };
		settled(d);
	}
}

bool deliver_waited_for(const struct connection *c)
{
	return c->delivery != NULL && !c->delivery->late;
}

void deliver_fill_host(struct lg_host *h)
{
	h->settle = host_settle;
	h->probed = host_probed;
}
