/* example_step - marks large transactions for a person, and counts what each counterparty paid.
   A step gets one record after the other, inside the transaction of its batch: all that it does through the run is
   committed with the flow's position, or not at all. */
#include <loligo.h>

struct config {
	lg_dec limit;
	lg_str table;
};

struct state {
	const struct config *config;
	const struct lg_host *host;
};

static const struct lg_option rows[] = {
	LG_OPTION(struct config, limit, LG_T_DEC, .dflt = "100000", .doc = "amounts above it are shown to a person"),
	LG_OPTION(struct config, table, LG_T_STR, .dflt = "example", .max = 40, .doc = "table that the totals stand in"),
};
static const struct lg_options options = LG_OPTIONS(struct config, rows);

static lg_status step_open(void *state, const void *config, const struct lg_host *host, struct lg_instance *self)
{
	(void)self;
	*(struct state *)state = (struct state){ config, host };
	return LG_OK;
}

/* Greater, without a subtraction that could overflow: compared by text length is not enough, so add the negative. */
static bool above(const struct lg_host *h, lg_dec a, lg_dec limit)
{
	lg_dec minus = { -limit.coef, limit.scale }, diff;

	return h->dec_add(a, minus, &diff) && diff.coef > 0;
}

static lg_status add_up(struct state *s, struct lg_run *run, const struct lg_rec *rec, lg_dec amount)
{
	const struct lg_host *h = s->host;
	const struct lg_rec *party = h->rec->obj(rec, LG_TRANSACTION_COUNTERPARTY);
	lg_str name = party ? h->rec->str(party, LG_COUNTERPARTY_NAME) : (lg_str){ 0 };
	const struct lg_rec *old;
	struct lg_rec *sum;
	lg_dec total = { 0 };

	if (name.len == 0)
		return LG_OK;
	old = h->get(run, s->config->table.ptr, name);
	if (old)
		h->rec->dec(old, LG_PAYMENT_AMOUNT, &total);
	if (!h->dec_add(total, amount, &total)) {
		h->explain(run, "example.total", "the total of \"%.*s\" does not fit", (int)name.len, name.ptr);
		return LG_REJECT;
	}
	sum = h->rec_new(run, LG_PAYMENT);
	h->rec->set_dec(sum, LG_PAYMENT_AMOUNT, total);
	h->rec->set_str(sum, LG_PAYMENT_CURRENCY, h->rec->str(rec, LG_TRANSACTION_CURRENCY));
	h->put(run, s->config->table.ptr, name, sum, NULL, 0);
	return LG_OK;
}

static lg_status step_run(void *state, struct lg_run *run, const struct lg_rec *rec)
{
	struct state *s = state;
	lg_status status;
	lg_dec amount;

	s->host->rec->dec(rec, LG_TRANSACTION_AMOUNT, &amount);
	if (above(s->host, amount, s->config->limit))
		s->host->finding(run, rec, "example.large", "an amount above the limit");
	status = add_up(s, run, rec, amount);
	return status == LG_OK ? s->host->pass(run) : status;
}

static const struct lg_step steps[] = { {
	.size = sizeof(struct lg_step),
	.name = "example-large",
	.doc = "shows large transactions to a person",
	.takes = LG_KIND_BIT(LG_TRANSACTION),
	.options = &options,
	.state_size = sizeof(struct state),
	.open = step_open,
	.run = step_run,
} };

const struct lg_plugin lg_plugin = {
	LG_PLUGIN_HEAD("example-step", "1.0", "an example of a step"),
	.step_size = sizeof steps[0],
	.step_count = 1,
	.steps = steps,
};
