/* pipeline.c - a record's way through the steps of its flow, and out of it as planned effects. */
#include "core/flow/run_priv.h"

#include "core/conf/cel.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- what goes out of the last step ---- */

static const struct lg_operation *operation_for(const struct hub_connection *c, uint16_t kind)
{
	for (uint32_t i = 0; c->connector && i < c->connector->operation_count; i++)
		if (c->connector->operations[i].kinds & LG_KIND_BIT(kind))
			return &c->connector->operations[i];
	return NULL;
}

bool effect_make(const struct hub_connection *to, const struct lg_rec *rec, struct arena *a, struct store_effect *out)
{
	const struct lg_operation *op = operation_for(to, rec_object(rec));
	int64_t revision = 1;

	if (op == NULL || (to->takes & LG_KIND_BIT(rec_object(rec))) == 0)
		return false;
	rec_int(rec, LG_COMMON_REVISION, &revision);
	*out = (struct store_effect){ .connection = to->name, .operation = str_of(op->name), .lane = id_of(rec) };
	out->key = arena_printf(a, "%.*s/%s/%.*s/%lld", STRA(to->name), op->name, STRA(out->lane), (long long)revision);
	return true;
}

static bool plan(struct lg_run *run, const struct hub_connection *to, const struct at *at)
{
	struct store_effect effect;
	bool fresh;

	if (!effect_make(to, at->rec, run->handle.arena, &effect))
		return true; /* what the destination cannot write was found by `check` where it matters */
	effect.flow = run->flow->conf->name;
	effect.seq = at->seq;
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

static bool nowhere(struct lg_run *run, const struct hub_targets *targets, lg_str client)
{
	reject(run, "flow.no_destination", "no connection labelled \"%.*s\" for client \"%.*s\"",
	       STRA(targets->items[0].name), STRA(client));
	return err_hint(&run->err, "give the client a connection with that label, then release the item");
}

static bool plan_targets(struct lg_run *run, const struct hub_targets *targets, const struct at *at)
{
	const struct hub *hub = run->engine->hub;
	lg_str client = rec_str(at->rec, LG_COMMON_CLIENT);
	const struct hub_connection *c = NULL;
	size_t reached = 0;

	if (targets->first_of)
		return (c = route_first(hub, targets, client, NULL)) ? plan(run, c, at) : nowhere(run, targets, client);
	for (size_t i = 0; i < targets->count; i++) {
		c = hub_target_for(hub, &targets->items[i], client);
		if (c && !plan(run, c, at))
			return false;
		reached += c != NULL;
	}
	return reached > 0 || nowhere(run, targets, client);
}

static bool leave(struct lg_run *run, const struct at *at)
{
	const struct hub_targets *to = route_targets(run->engine->hub, run->flow->conf, at->rec);

	if (to->count > 0)
		return plan_targets(run, to, at);
	if (rec_object(at->rec) != LG_VOUCHER)
		return true;
	reject(run, "flow.no_destination", "ledger \"%.*s\" has no destination",
	       STRA(rec_str(at->rec, LG_VOUCHER_LEDGER)));
	return err_hint(&run->err, "say `to:` for the ledger or the flow, then release the item");
}

/* ---- through the steps ---- */

bool pipeline_when(struct lg_run *run, const struct lg_expr *when, const struct lg_rec *rec, const char *what)
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
bool pipeline_go(struct lg_run *run, struct at at)
{
	struct flow *f = run->flow;

	for (; at.step < f->conf->step_count; at.step++) {
		struct step *s = &f->steps[at.step];

		if ((s->conf->step->takes & LG_KIND_BIT(rec_object(at.rec))) == 0)
			continue;
		if (!pipeline_when(run, s->conf->when, at.rec, "when")) { /* asked only for kinds that the step takes */
			if (run->rejected)
				return false;
			continue;
		}
		return run_step(run, s, at);
	}
	return leave(run, &at);
}
