/* match.c - the step: payments come in, allocations go out.  What it does and how it is told to: README.md. */
#include "match.h"

#include <string.h>

/* Every stage may be applied by itself for the client of every part. */
static bool allowed(const struct work *w, const struct solution *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (!policy_allows(&w->m->policy, s->stage, s->part[i].item->client))
			return false;
	return true;
}

static void set_aside_unknown(struct work *w)
{
	bool named = w->considered_count > 0;

	suggest(w);
	if (w->foreign_reference)
		apply_suspense(w, "match.unknown_reference", "no invoice has the payment's reference", NULL);
	else if (named)
		apply_suspense(w, "match.amounts", "the payment names invoices, but their amounts do not add up to it",
			       NULL);
	else
		apply_suspense(w, "match.nothing", "nothing in the payment names an invoice that fits it", NULL);
}

/* What cannot be applied: a duplicate goes back, the rest waits. */
static void set_aside(struct work *w, enum verdict v, const struct solution *s)
{
	if ((v == V_STOP && w->settled != NULL) || (v == V_NONE && paid_lately(w))) {
		if (w->blocked == NULL)
			w->blocked = "the payer made the same payment a few days before";
		apply_whole(w, 9, "refund", (lg_str){ 0 }, "duplicate");
		payment_remember(w, "refund", 0);
		apply_wait(w, "match.duplicate", w->blocked);
	} else if (v == V_FOUND)
		apply_suspense(w, "match.proposal", "the policy proposes this only", s);
	else if (v == V_STOP)
		apply_suspense(w, "match.unclear", w->blocked ? w->blocked : "unclear", s);
	else
		set_aside_unknown(w);
}

static void match_new(struct work *w)
{
	struct solution *s = &w->m->solution;
	enum verdict v;

	lump_detail(w);
	v = stages_run(w, s);
	if (v == V_FOUND && allowed(w, s))
		apply_solution(w, s, LG_STR("auto"), (lg_str){ 0 });
	else
		set_aside(w, v, s);
}

/* A duplicate whose refund has left the bank waits for nothing any more. */
static bool paid_back(struct work *w)
{
	const struct lg_rec *row = w->m->host->get(w->run, "payments", w->id);

	return row && str_same(w->m->host->rec->str(row, LG_PAYMENT_STATUS), LG_STR("refunded"));
}

/* Something came that may concern a payment that waits. */
static void match_again(struct work *w, struct history *h)
{
	struct solution *s = &w->m->solution;
	size_t live = history_live(w, h, "suspense");
	enum verdict v;
	bool was_unclear;

	if (live == h->count)
		live = history_live(w, h, "refund");
	if (live == h->count || paid_back(w) || lump_run(w, true))
		return;
	if (h->undone) {
		apply_wait(w, "match.undone", "a person undid an allocation: it is not applied by itself again");
		return;
	}
	if (!str_same(w->m->host->rec->str(w->tx, LG_TRANSACTION_SIDE), LG_STR("credit")))
		return;
	was_unclear = str_same(w->m->host->rec->str(h->a[live].rec, LG_ALLOCATION_RULE), LG_STR("match.unclear"));
	v = stages_run(w, s);
	/* What names nothing and fitted several sets is not made certain by one of them having been paid since. */
	if (v == V_FOUND && allowed(w, s) && !(was_unclear && s->stage == 7)) {
		struct history before;

		history_load(w, w->id, &before);
		history_reverse(w, &before, live, "found later", LG_STR("auto"), (lg_str){ 0 });
		apply_solution(w, s, LG_STR("auto"), (lg_str){ 0 });
		return;
	}
	apply_wait(w, v == V_STOP && w->settled ? "match.duplicate" : "match.unclear",
		   w->blocked ? w->blocked : "nothing in the payment names an invoice that fits it");
}

/* Another message told more of the line: a reference, a name.  What waits may find its invoice now. */
static bool is_revision(const struct match *m, const struct lg_rec *rec)
{
	int64_t revision;

	return m->host->rec->integer(rec, LG_COMMON_REVISION, &revision) && revision > 1;
}

static lg_status match_run(void *state, struct lg_run *run, const struct lg_rec *rec)
{
	struct match *m = state;
	struct work *w = &m->work;
	const struct lg_rec *decision;
	struct history *h = &m->history; /* not on the stack: compilers clear what stands there */
	char key[192];

	work_begin(w, m, run, rec);
	if (!str_same(m->host->rec->str(rec, LG_TRANSACTION_STATUS), LG_STR("booked")))
		return m->host->pass(run);
	decision = m->host->decision(run);
	m->host->pass(run); /* also again: its allocations follow it */
	if (decision != NULL)
		return decide(w, decision);
	if (m->host->made(run, allocation_key(key, sizeof key, w->id, 0)) != NULL) {
		history_load(w, w->id, h);
		if (m->host->again(run) || is_revision(m, rec))
			match_again(w, h);
		else
			history_repeat(w, h);
		return LG_OK;
	}
	if (!screen_run(w) && !lump_run(w, false))
		match_new(w);
	return LG_OK;
}

static lg_status match_open(void *state, const void *config, const struct lg_host *host, struct lg_instance *instance)
{
	struct match *m = state;

	memset(m, 0, sizeof *m);
	m->host = host;
	m->rec = host->rec;
	m->instance = instance;
	return policy_open(&m->policy, config, host) ? LG_OK : LG_RETRY;
}

static void match_reset(void *state)
{
	struct match *m = state;

	memset(m->learned, 0, sizeof m->learned);
}

static void match_close(void *state)
{
	struct match *m = state;

	policy_close(&m->policy);
}

static const struct lg_step step = {
	.size = sizeof(struct lg_step),
	.name = "match",
	.doc = "cash application: payments to open items, with the evidence",
	.takes = LG_KIND_BIT(LG_TRANSACTION),
	.gives = LG_KIND_BIT(LG_ALLOCATION),
	.options = &match_options,
	.state_size = sizeof(struct match),
	.check = policy_check,
	.open = match_open,
	.run = match_run,
	.reset = match_reset,
	.close = match_close,
};

const struct lg_plugin lg_plugin = {
	LG_PLUGIN_HEAD("match", "1.0.0", "matches payments with open invoices"),
	.step_size = sizeof(struct lg_step),
	.step_count = 1,
	.steps = &step,
};
