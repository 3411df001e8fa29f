#include "loligo.h"

struct drop_config {
	const struct lg_expr *where;
	lg_str reason;
};

struct dropper {
	const struct drop_config *config;
	const struct lg_host *host;
};

static lg_status open_step(void *state, const void *config, const struct lg_host *host, struct lg_instance *instance)
{
	(void)instance;
	*(struct dropper *)state = (struct dropper){ config, host };
	return LG_OK;
}

/* Handing nothing on is how a step drops a record. */
static lg_status run(void *state, struct lg_run *run_, const struct lg_rec *rec)
{
	const struct dropper *d = state;
	bool yes = false;

	if (!d->host->eval_bool(run_, d->config->where, rec, &yes)) {
		d->host->explain(run_, "drop.failed",
				 "`where` cannot be computed for this record; correct the expression or the record, "
				 "then release it");
		return LG_REJECT;
	}
	return yes ? LG_OK : d->host->pass(run_);
}

static const struct lg_option rows[] = {
	LG_OPTION(struct drop_config, where, LG_T_EXPR, .dflt = "true", .result = LG_X_BOOL,
		  .doc = "which records are dropped; the others pass"),
	LG_OPTION(struct drop_config, reason, LG_T_STR, .doc = "for the reader of the config: why they are not wanted"),
};

static const struct lg_options options = LG_OPTIONS(struct drop_config, rows);

static const struct lg_step steps[] = {
	{ .size = sizeof(struct lg_step),
	  .name = "drop",
	  .doc = "Drops records by rule",
	  .takes = ~(uint64_t)0,
	  .options = &options,
	  .state_size = sizeof(struct dropper),
	  .open = open_step,
	  .run = run },
};

const struct lg_plugin lg_plugin = {
	LG_PLUGIN_HEAD("drop", "1.0", "Drops records by rule"),
	.step_size = sizeof(struct lg_step),
	.step_count = 1,
	.steps = steps,
};
