/* stages.c - the order of the stages, and S7 (a known payer, nothing named). */
#include "match.h"

#include "subset.h"

#define SUMS_MAX 28 /* open invoices whose sums are all looked at, for suggestions */

/* Does the bank's name of the payer say that it is this debtor? */
static bool named_debtor(struct work *w, lg_str debtor)
{
	struct item *open[FIND_MAX];
	size_t n = items_find(w, "debtor", debtor, open, FIND_MAX);

	return n > 0 && (item_evidence(w, open[0]) & EV_NAME) != 0;
}

/* The one debtor that this account pays for, seen often enough; of several, the one that the bank names.  Empty: none.
 */
static lg_str known_debtor(struct work *w)
{
	const struct payer *payer = work_payer(w);
	lg_str debtor = payer->count > 0 ? payer->d[0].debtor : (lg_str){ 0 };
	int64_t seen = 0;
	bool several = payer_shared(payer);

	for (size_t i = 0; several && i < payer->count; i++) {
		if (!named_debtor(w, payer->d[i].debtor))
			continue;
		if (seen != 0 && !str_same(debtor, payer->d[i].debtor))
			return (lg_str){ 0 };
		debtor = payer->d[i].debtor;
		seen = 1;
	}
	if (several && seen == 0)
		return (lg_str){ 0 };
	seen = 0;
	for (size_t i = 0; i < payer->count; i++)
		seen += str_same(payer->d[i].debtor, debtor) ? payer->d[i].count : 0;
	return seen >= w->m->policy.opt->payer_seen ? debtor : (lg_str){ 0 };
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
			consider(w, open[i],
				 found > 1 && (masks[1] >> i & 1) ? "in another set with the same sum"
								  : "not in the one set with this sum");
	if (found > 1)
		return unclear(w, "several sets of the payer's open invoices have the amount");
	if (s->count > 1 && n > (size_t)w->m->policy.opt->subset_max)
		return unclear(w, "the sum fits, but the payer has too many open invoices for that to say much");
	for (size_t i = 0; i < s->count; i++)
		if (too_old(w, s->part[i].item))
			return unclear(w, "an invoice of the sum is older than the policy lets apply");
	if (s->count > 1 && price_points(open, n))
		return unclear(w, "the sum fits, but the debtor's amounts are those of a price list");
	s->rule = s->count == 1 ? "known payer, one invoice" : "known payer, one set";
	return V_FOUND;
}

/* The same words: a duplicate repeats them. */
static bool same_payment(struct work *w, const struct lg_rec *earlier)
{
	const struct lg_records *r = w->m->host->rec;
	size_t n = r->count(w->tx, LG_TRANSACTION_REFERENCES);

	if (!str_same(r->str(earlier, LG_PAYMENT_REMITTANCE), w->text) || r->count(earlier, LG_PAYMENT_REFERENCES) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!str_same(r->str_at(earlier, LG_PAYMENT_REFERENCES, i),
			      r->str_at(w->tx, LG_TRANSACTION_REFERENCES, i)))
			return false;
	return true;
}

bool paid_lately(struct work *w)
{
	const struct lg_records *r = w->m->host->rec;
	int64_t days = w->m->policy.opt->duplicate_days;
	struct lg_row rows[FIND_MAX];
	char room[PAID_KEY];
	lg_str key = paid_key(w, room);
	size_t n = key.len ? w->m->host->find(w->run, "payments", LG_STR("paid"), key, rows, FIND_MAX) : 0;

	for (size_t i = 0; i < n; i++) {
		lg_date date = 0;

		if (str_same(rows[i].key, w->id) ||
		    !str_same(r->str(rows[i].rec, LG_PAYMENT_STATUS), LG_STR("applied")) ||
		    !same_payment(w, rows[i].rec))
			continue;
		r->date(rows[i].rec, LG_PAYMENT_AVAILABLE_ON, &date);
		if (w->booked - date <= days && date - w->booked <= days)
			return true;
	}
	return false;
}

enum verdict stage_known_payer(struct work *w, struct solution *s)
{
	struct item *found[FIND_MAX], *open[FIND_MAX];
	struct solution one;
	enum verdict v = V_NONE;
	lg_str debtor = known_debtor(w);
	size_t n, count = 0;

	if (debtor.len == 0 || w->foreign_reference || w->settled_named)
		return V_NONE;
	if (named_items(w, found, FIND_MAX) > 0)
		return V_NONE; /* the text says what it is for, and the amount does not fit */
	n = items_find(w, "debtor", debtor, found, FIND_MAX);
	for (size_t i = 0; i < n; i++)
		if (found[i]->is_open && !found[i]->credit && found[i]->issued <= w->booked &&
		    found[i]->open <= w->amount)
			open[count++] = found[i];
	if (count == 0 || w->crowded)
		return V_NONE;
	if (count <= SUMS_MAX)
		v = all_sums(w, s, open, count);
	one = (struct solution){ .stage = s->stage };
	if (count > (size_t)w->m->policy.opt->subset_max && v != V_FOUND && single(w, &one, open, count) == V_FOUND) {
		v = V_FOUND;
		*s = one;
	}
	if (v == V_FOUND && paid_lately(w))
		return unclear(w, "the payer made the same payment a few days before: perhaps a duplicate");
	return v;
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

/* S8: never applied, only shown.  What asks for just this amount, the payer's own first; then what else the payer owes.
 */
void suggest(struct work *w)
{
	struct item *found[FIND_MAX];
	const struct payer *payer = work_payer(w);
	size_t n = items_of_amount(w, found, FIND_MAX);

	for (size_t i = 0; i < n; i++)
		if (item_evidence(w, found[i]) != 0)
			consider(w, found[i], "the amount and the payer fit, but nothing names it");
	for (size_t i = 0; i < n && i < 3; i++)
		consider(w, found[i], "the amount fits, but nothing of the payer speaks for it");
	for (size_t d = 0; d < payer->count && d < 3; d++) {
		n = items_find(w, "debtor", payer->d[d].debtor, found, FIND_MAX);
		for (size_t i = 0; i < n && i < 5; i++)
			consider(w, found[i], "this payer owes it, but the amount differs");
	}
}
