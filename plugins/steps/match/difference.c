/* difference.c - S5: the items are certain, the amount differs, and exactly one reason explains by how much. */
#include "match.h"

#define REASONS_MAX 8

/* One way to explain the difference. */
struct reason {
	const char *name;
	struct item *credit; /* a credit note that was set off */
	int64_t fee, interest;
	bool discount, round;
};

struct reasons {
	struct reason r[REASONS_MAX];
	size_t count;
};

static void add(struct reasons *all, struct reason r)
{
	if (all->count < REASONS_MAX)
		all->r[all->count++] = r;
}

static bool in_list(const int64_t *list, size_t count, int64_t v)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == v)
			return true;
	return false;
}

/* What the bank's own record says was taken on the way. */
static bool charged(struct work *w, int64_t sum, int64_t missing)
{
	const struct lg_records *r = w->m->host->rec;
	const struct lg_rec *instructed = r->obj(w->tx, LG_TRANSACTION_INSTRUCTED);
	int64_t total = 0, v;
	lg_dec d;

	if (instructed && str_same(r->str(instructed, LG_MONEY_CURRENCY), w->currency) &&
	    r->dec(instructed, LG_MONEY_AMOUNT, &d) && money_of(d, &v) && v == sum)
		return true;
	for (size_t i = 0; i < r->count(w->tx, LG_TRANSACTION_CHARGES); i++) {
		const struct lg_rec *c = r->obj_at(w->tx, LG_TRANSACTION_CHARGES, i);

		if (r->dec(c, LG_CHARGE_AMOUNT, &d) && money_of(d, &v) &&
		    str_same(r->str(c, LG_CHARGE_CURRENCY), w->currency))
			total += v;
	}
	return total == missing;
}

static int64_t discount_of(struct work *w, const struct item *it)
{
	const struct lg_records *r = w->m->host->rec;
	lg_date last;
	lg_dec percent;

	if (!r->date(it->rec, LG_OPEN_ITEM_DISCOUNT_DATE, &last) || w->date > last ||
	    !r->dec(it->rec, LG_OPEN_ITEM_DISCOUNT_PERCENT, &percent))
		return 0;
	return money_percent(it->open, percent);
}

static void credit_reasons(struct work *w, const struct solution *s, int64_t missing, struct reasons *all)
{
	struct item *open[FIND_MAX];
	size_t n = items_find(w, "debtor", s->part[0].item->debtor, open, FIND_MAX);

	for (size_t i = 0; i < n; i++) {
		bool same_client = false;

		for (size_t k = 0; k < s->count; k++)
			same_client |= str_same(s->part[k].item->client, open[i]->client);
		if (open[i]->credit && open[i]->is_open && same_client && open[i]->open == missing)
			add(all, (struct reason){ .name = "credit note", .credit = open[i] });
	}
}

static void short_reasons(struct work *w, const struct solution *s, int64_t sum, struct reasons *all)
{
	const struct policy *p = &w->m->policy;
	int64_t missing = sum - w->amount, discount = 0;

	for (size_t i = 0; i < s->count; i++)
		discount += discount_of(w, s->part[i].item);
	if (missing <= p->rounding && w->amount % MONEY_ONE == 0)
		add(all, (struct reason){ .name = "rounding", .round = true });
	if (charged(w, sum, missing) || in_list(p->bank_fees, p->bank_fee_count, missing))
		add(all, (struct reason){ .name = "bank fee" });
	if (discount > 0 && discount == missing)
		add(all, (struct reason){ .name = "discount", .discount = true });
	credit_reasons(w, s, missing, all);
}

/* Interest of the overdue items up to the value date, actual days / 365. */
static int64_t interest_of(struct work *w, const struct solution *s)
{
	lg_dec rate = w->m->policy.opt->interest;
	int64_t interest = 0;

	for (size_t i = 0; i < s->count && rate.coef > 0; i++) {
		const struct item *it = s->part[i].item;
		wide x = (wide)it->open * rate.coef * (w->date - it->due), by = (wide)365 * 100 * (MONEY_ONE / 100);

		for (unsigned k = 0; k < rate.scale; k++)
			by *= 10;
		if (w->date > it->due)
			interest += (int64_t)((x + by / 2) / by) * (MONEY_ONE / 100);
	}
	return interest;
}

static void over_reasons(struct work *w, const struct solution *s, int64_t sum, struct reasons *all)
{
	const struct policy *p = &w->m->policy;
	int64_t more = w->amount - sum, interest = interest_of(w, s);
	bool overdue = false;

	for (size_t i = 0; i < s->count; i++)
		overdue |= w->date > s->part[i].item->due;
	if (more <= p->rounding && w->amount % MONEY_ONE == 0)
		add(all, (struct reason){ .name = "rounding", .round = true });
	if (!overdue)
		return;
	if (in_list(p->reminder_fees, p->reminder_fee_count, more))
		add(all, (struct reason){ .name = "reminder fee", .fee = more });
	if (interest > 0 && interest == more)
		add(all, (struct reason){ .name = "late interest", .interest = more });
	if (interest > 0 && in_list(p->reminder_fees, p->reminder_fee_count, more - interest))
		add(all, (struct reason){ .name = "reminder fee and late interest",
					  .fee = more - interest,
					  .interest = interest });
}

/* Writes the reason into the parts.  A rounding up is money without an item: a negative adjustment stands beside it. */
static void settle(struct work *w, struct solution *s, const struct reason *r, int64_t difference)
{
	struct part *last = &s->part[s->count - 1];

	s->why = r->name;
	s->fee = r->fee;
	s->interest = r->interest;
	for (size_t i = 0; i < s->count; i++) {
		struct part *p = &s->part[i];

		p->amount = p->item->open;
		p->adjust = r->discount ? discount_of(w, p->item) : 0;
		p->reason = p->adjust ? "discount" : NULL;
		p->amount -= p->adjust;
	}
	if (r->credit) {
		solution_add(s, r->credit, r->credit->open);
	} else if (!r->discount && r->fee == 0 && r->interest == 0) {
		last->reason = r->round ? "rounding" : "bank_fee";
		last->adjust = -difference;
		last->amount += difference;
	}
}

bool difference_explain(struct work *w, struct solution *s)
{
	struct reasons all = { .count = 0 };
	int64_t sum = 0;

	for (size_t i = 0; i < s->count; i++)
		sum += s->part[i].item->credit ? -s->part[i].item->open : s->part[i].item->open;
	if (s->count == 0 || s->part[s->count - 1].item->credit)
		return false;
	if (w->amount < sum)
		short_reasons(w, s, sum, &all);
	else if (w->amount > sum)
		over_reasons(w, s, sum, &all);
	if (all.count != 1)
		return false;
	if (s->part[s->count - 1].item->open + (w->amount - sum) <= 0 && all.r[0].credit == NULL)
		return false;
	settle(w, s, &all.r[0], w->amount - sum);
	return true;
}

enum verdict stage_difference(struct work *w, struct solution *s)
{
	struct item *named[PARTS_MAX];
	size_t count = named_items(w, named, PARTS_MAX);

	if (count == 0 || plainer(w, named, count))
		return V_NONE;
	for (size_t i = 0; i < count; i++)
		solution_add(s, named[i], named[i]->open);
	s->rule = "named, difference explained";
	s->solutions = 1;
	return difference_explain(w, s) ? V_FOUND : V_NONE;
}
