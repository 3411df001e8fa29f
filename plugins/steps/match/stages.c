/* stages.c - the order of the stages, and S7 (a known payer, nothing named). */
#include "match.h"

#include "subset.h"

#define SINGLE_MAX FIND_MAX

/* The one debtor that this account pays for, seen often enough; empty: none, or several. */
static lg_str known_debtor(struct work *w)
{
	const struct payer *payer = work_payer(w);
	int64_t seen = 0;

	for (size_t i = 0; i < payer->count; i++) {
		if (!str_same(payer->d[i].debtor, payer->d[0].debtor))
			return (lg_str){ 0 };
		seen += payer->d[i].count;
	}
	return seen >= w->m->policy.opt->payer_seen && !payer->full ? payer->d[0].debtor : (lg_str){ 0 };
}

static bool too_old(struct work *w, const struct item *it)
{
	return w->booked - it->issued > w->m->policy.opt->max_age;
}

static enum verdict unclear(struct work *w, const char *why)
{
	w->blocked = why;
	return V_STOP;
}

/* Exactly one open invoice has the amount, and no two together: enough when there are too many for all sums. */
static enum verdict single(struct work *w, struct solution *s, struct item *const *open, size_t n)
{
	struct item *one = NULL;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			if (open[i]->open + open[k]->open == w->amount)
				return V_NONE;
		if (open[i]->open != w->amount)
			continue;
		if (one != NULL)
			return V_NONE;
		one = open[i];
	}
	if (one == NULL || price_points(open, n) || too_old(w, one))
		return V_NONE;
	s->rule = "known payer, one invoice";
	s->solutions = 1;
	solution_add(s, one, one->open);
	return V_FOUND;
}

static enum verdict all_sums(struct work *w, struct solution *s, struct item *const *open, size_t n)
{
	int64_t values[SUBSET_MAX];
	uint64_t masks[2];
	size_t found;

	for (size_t i = 0; i < n; i++)
		values[i] = open[i]->open;
	found = subset_find(values, n, w->amount, 2, masks);
	if (found == 0)
		return V_NONE;
	s->solutions = found;
	for (size_t i = 0; i < n; i++)
		if (masks[0] >> i & 1)
			solution_add(s, open[i], open[i]->open);
		else
			consider(w, open[i], found > 1 && (masks[1] >> i & 1) ? "in another set with the same sum" :
									       "not in the one set with this sum");
	if (found > 1)
		return unclear(w, "several sets of the payer's open invoices have the amount");
	for (size_t i = 0; i < s->count; i++)
		if (too_old(w, s->part[i].item))
			return unclear(w, "an invoice of the sum is older than the policy lets apply");
	if (s->count > 1 && price_points(open, n))
		return unclear(w, "the sum fits, but the debtor's amounts are those of a price list");
	s->rule = s->count == 1 ? "known payer, one invoice" : "known payer, one set";
	return V_FOUND;
}

/* Has this payer paid the same amount a few days ago? */
static bool paid_lately(struct work *w)
{
	struct lg_row rows[FIND_MAX];
	char key[160];
	struct text t = TEXT_IN(key);
	size_t n;

	text_str(&t, w->payer_account);
	text_char(&t, '|');
	text_money(&t, w->amount);
	text_str(&t, w->currency);
	n = t.cut ? 0 : w->m->host->find(w->run, "payments", LG_STR("paid"), text_view(&t), rows, FIND_MAX);
	for (size_t i = 0; i < n; i++) {
		lg_date date = 0;

		if (str_same(rows[i].key, w->id) ||
		    !str_same(w->m->host->rec->str(rows[i].rec, LG_PAYMENT_STATUS), LG_STR("applied")))
			continue;
		w->m->host->rec->date(rows[i].rec, LG_PAYMENT_AVAILABLE_ON, &date);
		if (w->booked - date <= w->m->policy.opt->duplicate_days && date - w->booked <= w->m->policy.opt->duplicate_days)
			return true;
	}
	return false;
}

enum verdict stage_known_payer(struct work *w, struct solution *s)
{
	struct item *found[FIND_MAX], *open[FIND_MAX];
	lg_str debtor = known_debtor(w);
	size_t n, count = 0;

	if (debtor.len == 0 || w->foreign_reference || w->settled_named)
		return V_NONE;
	if (named_items(w, found, FIND_MAX) > 0)
		return V_NONE; /* the text says what it is for, and the amount does not fit */
	n = items_find(w, "debtor", debtor, found, FIND_MAX);
	for (size_t i = 0; i < n; i++)
		if (found[i]->is_open && !found[i]->credit && found[i]->issued <= w->booked)
			open[count++] = found[i];
	if (count == 0 || w->crowded)
		return V_NONE;
	if (paid_lately(w))
		return unclear(w, "the payer paid the same amount a few days before: perhaps a duplicate");
	return count <= (size_t)w->m->policy.opt->subset_max ? all_sums(w, s, open, count) : single(w, s, open, count);
}

static const struct {
	unsigned number;
	stage_fn *find;
} stages[] = {
	{ 1, stage_reference },  { 2, stage_documents }, { 3, stage_text },        { 4, stage_completion },
	{ 5, stage_difference }, { 6, stage_repair },    { 7, stage_known_payer }, { 9, stage_rest },
};

enum verdict stages_run(struct work *w, struct solution *s)
{
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
		enum verdict v;

		s->stage = stages[i].number;
		s->rule = "";
		s->why = NULL;
		s->count = 0;
		s->fee = s->interest = s->on_account = 0;
		s->solutions = 0;
		v = stages[i].find(w, s);
		if (v != V_NONE)
			return v;
	}
	s->stage = 9;
	s->count = 0;
	return V_NONE;
}
