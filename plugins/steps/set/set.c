#include "set.h"

struct setter {
	const struct set_config *config;
	const struct lg_host *host;
};

static lg_status open_step(void *state, const void *config, const struct lg_host *host, struct lg_instance *instance)
{
	(void)instance;
	*(struct setter *)state = (struct setter){ config, host };
	return LG_OK;
}

static void check(const void *config, const struct lg_report *report)
{
	const struct set_config *c = config;

	if (c->fields.count == 0)
		report->error(report, &c->fields, "`fields` names no field to set");
}

/* The record that is changed is a new one, made from the old: its key is the old one's id. */
static lg_status run(void *state, struct lg_run *run_, const struct lg_rec *rec)
{
	const struct setter *s = state;
	const struct lg_host *h = s->host;
	struct lg_rec *changed = h->rec_new(run_, h->rec->kind(rec));

	h->rec->copy(changed, rec);
	if (!h->eval_set(run_, &s->config->fields, rec, changed)) {
		h->explain(run_, "set.failed",
			   "a field cannot be computed from this record; correct the expression or the record, then "
			   "release it");
		return LG_REJECT;
	}
	return h->emit(run_, changed, h->rec->str(rec, LG_COMMON_ID), (lg_str){ 0 });
}

static const struct lg_option rows[] = {
	LG_OPTION(struct set_config, fields, LG_T_EXPRS, .required = true,
		  .doc = "field path to CEL: what each field becomes; all see the record as it came in"),
};

static const struct lg_options options = LG_OPTIONS(struct set_config, rows);

static const struct lg_step steps[] = {
	{ .size = sizeof(struct lg_step),
	  .name = "set",
	  .doc = "Sets fields by expressions",
	  .takes = ~(uint64_t)0,
	  .options = &options,
	  .state_size = sizeof(struct setter),
	  .check = check,
	  .open = open_step,
	  .run = run },
};

const struct lg_plugin lg_plugin = {
	LG_PLUGIN_HEAD("set", "1.0", "Sets fields of records"),
	.step_size = sizeof(struct lg_step),
	.step_count = 1,
	.steps = steps,
};
