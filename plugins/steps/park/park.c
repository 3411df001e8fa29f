#include "loligo.h"

struct park_config {
	const struct lg_expr *where;
	const struct lg_template *reason;
};

struct parker {
	const struct park_config *config;
	const struct lg_host *host;
};

static lg_status open_step(void *state, const void *config, const struct lg_host *host, struct lg_instance *instance)
{
	(void)instance;
	*(struct parker *)state = (struct parker){ config, host };
	return LG_OK;
}

/* A record that a person released has been judged: it passes. */
static lg_status run(void *state, struct lg_run *run_, const struct lg_rec *rec)
{
	const struct parker *p = state;
	const struct lg_host *h = p->host;
	bool yes = false;
	lg_str reason;

	if (h->again(run_))
		return h->pass(run_);
	if (!h->eval_bool(run_, p->config->where, rec, &yes)) {
		h->explain(run_, "park.failed",
			   "`where` cannot be computed for this record; correct the expression or the record, then "
			   "release it");
		return LG_REJECT;
	}
	if (!yes)
		return h->pass(run_);
	reason = h->expand(run_, p->config->reason, rec);
	h->explain(run_, "park.rule", "%.*s", (int)reason.len, reason.ptr);
	return LG_REJECT;
}

static const struct lg_option rows[] = {
	LG_OPTION(struct park_config, where, LG_T_EXPR, .dflt = "true", .result = LG_X_BOOL,
		  .doc = "which records are parked; the others pass"),
	LG_OPTION(struct park_config, reason, LG_T_TEMPLATE, .required = true,
		  .doc = "what `work` shows; {field} is filled in"),
};

static const struct lg_options options = LG_OPTIONS(struct park_config, rows);

static const struct lg_step steps[] = {
	{ .size = sizeof(struct lg_step),
	  .name = "park",
	  .doc = "Keeps records for a person",
	  .takes = ~(uint64_t)0,
	  .options = &options,
	  .state_size = sizeof(struct parker),
	  .open = open_step,
	  .run = run },
};

const struct lg_plugin lg_plugin = {
	LG_PLUGIN_HEAD("park", "1.0", "Keeps records for a person"),
	.step_size = sizeof(struct lg_step),
	.step_count = 1,
	.steps = steps,
};
