/* named.c - S3 (the text names invoices), S4 (it names some of them) and S9 (it names less than was paid). */
#include "match.h"

#include "subset.h"

#define GROUP_MAX 16 /* named items of one debtor that are tried in all combinations */
#define GROUPS_MAX 64
#define CHOICES_MAX 4
#define SUMS_MAX 28 /* other open items whose sums are all looked at */

/* Named items of one debtor. */
struct group {
	lg_str debtor;
	struct item *item[GROUP_MAX];
	size_t count;
	bool evidence, full;
};

/* A set of items of one group whose sum is the payment. */
struct choice {
	const struct group *group;
	uint32_t mask;
};

struct search {
	struct work *w;
	const struct group *group;
	bool settled; /* sums of totals of settled items instead of what is open */
	struct choice found[CHOICES_MAX];
	size_t count;
};

static size_t groups_of(struct work *w, bool open, struct group *g, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < w->item_count; i++) {
		struct item *it = &w->items[i];
		size_t k = 0;

		if ((it->tokens & 0xffffffu) == 0 || it->is_open != open)
			continue;
		while (k < n && !str_same(g[k].debtor, it->debtor))
			k++;
		if (k == cap) {
			w->crowded = true;
			continue;
		}
		if (k == n)
			g[n++] = (struct group){ .debtor = it->debtor };
		if (g[k].count == GROUP_MAX)
			g[k].full = true;
		else
			g[k].item[g[k].count++] = it;
		g[k].evidence |= item_evidence(w, it) != 0;
	}
	return n;
}

/* Every set of the group's items in which no token stands for two of them. */
static void choose(struct search *s, size_t at, uint32_t mask, uint32_t tokens, int64_t rest)
{
	const struct group *g = s->group;

	if (s->count == CHOICES_MAX)
		return;
	if (at == g->count) {
		if (rest == 0 && mask != 0)
			s->found[s->count++] = (struct choice){ g, mask };
		return;
	}
	choose(s, at + 1, mask, tokens, rest);
	if ((g->item[at]->tokens & tokens) == 0) {
		int64_t value = s->settled ? g->item[at]->total : g->item[at]->open;

		choose(s, at + 1, mask | 1u << at, tokens | g->item[at]->tokens,
		       rest - (g->item[at]->credit ? -value : value));
	}
}

static void search(struct search *s, const struct group *g)
{
	s->group = g;
	if (!g->full)
		choose(s, 0, 0, 0, s->w->amount);
}

static void fill(struct solution *s, const struct choice *c)
{
	for (size_t i = 0; i < c->group->count; i++)
		if (c->mask >> i & 1)
			solution_add(s, c->group->item[i], c->group->item[i]->open);
}

static bool in_solution(const struct solution *s, const struct item *it)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->part[i].item == it)
			return true;
	return false;
}

static void consider_rest(struct work *w, const struct group *g, size_t groups, const struct solution *s,
			  const char *why)
{
	for (size_t k = 0; k < groups; k++)
		for (size_t i = 0; i < g[k].count; i++)
			if (!in_solution(s, g[k].item[i]))
				consider(w, g[k].item[i], why);
}

static bool is_round(int64_t amount)
{
	return amount % (MONEY_ONE / 2) == 0;
}

/* Nothing of the payer speaks for the debtor: then number and amount must be beyond chance, and the payer must have
   nothing of its own that the money could be for. */
static bool beyond_chance(struct work *w, const struct choice *c)
{
	const struct payer *payer = work_payer(w);
	struct item *own[FIND_MAX];
	bool priced = items_of_amount(w, own, FIND_MAX) != 1; /* others ask for the same amount */

	for (size_t i = 0; i < c->group->count; i++) {
		struct item *it = c->group->item[i];
		bool strong = !priced && w->amount % MONEY_ONE != 0;

		if ((c->mask >> i & 1) == 0)
			continue;
		for (size_t t = 0; t < w->tokens.count; t++)
			strong |= (it->tokens >> t & 1) && !(priced && is_round(w->amount)) &&
				  (w->tokens.t[t].keyword || w->tokens.t[t].len >= 6);
		if (!strong)
			return false;
	}
	for (size_t d = 0; d < payer->count; d++) {
		size_t n = items_find(w, "debtor", payer->d[d].debtor, own, FIND_MAX);

		for (size_t i = 0; i < n; i++)
			if (own[i]->open == w->amount)
				return false;
	}
	return true;
}

/* The payer's own settled invoices, named again and with their full sum: a duplicate. */
static bool paid_again(struct work *w)
{
	struct group g[GROUPS_MAX];
	struct search s = { .w = w, .settled = true };
	size_t n = groups_of(w, false, g, GROUPS_MAX);

	for (size_t i = 0; i < n; i++) {
		if (!g[i].evidence)
			continue;
		w->settled_named = true;
		search(&s, &g[i]);
	}
	if (s.count == 0)
		return false;
	for (size_t i = 0; i < s.found[0].group->count; i++)
		if (s.found[0].mask >> i & 1)
			w->settled = s.found[0].group->item[i];
	w->blocked = "the invoices that the text names are settled already";
	return true;
}

static enum verdict ambiguous(struct work *w, struct solution *s, const struct search *found)
{
	s->solutions = found->count;
	fill(s, &found->found[0]);
	for (size_t k = 1; k < found->count; k++)
		for (size_t i = 0; i < found->found[k].group->count; i++)
			if (found->found[k].mask >> i & 1)
				consider(w, found->found[k].group->item[i], "fits text and amount as well");
	w->blocked = "several sets of named invoices have the amount";
	return V_STOP;
}

enum verdict stage_text(struct work *w, struct solution *s)
{
	struct group g[GROUPS_MAX];
	struct search all = { .w = w }, ours = { .w = w };
	const struct search *use;
	bool own = false;
	size_t n;

	work_resolve(w);
	n = groups_of(w, true, g, GROUPS_MAX);
	for (size_t i = 0; i < n; i++) {
		search(&all, &g[i]);
		own |= g[i].evidence;
		if (g[i].evidence)
			search(&ours, &g[i]);
	}
	if (ours.count != 1 && paid_again(w))
		return V_STOP;
	use = own ? &ours : &all; /* what is the payer's own comes first, also when its amount is another */
	if (use->count == 0 || w->crowded) {
		consider_rest(w, g, n, s, "named in the text, but the amounts do not add up to the payment");
		return V_NONE;
	}
	s->rule = ours.count > 0 ? "number and payer" : "number and amount";
	if (use->count > 1)
		return ambiguous(w, s, use);
	fill(s, &use->found[0]);
	s->solutions = 1;
	consider_rest(w, g, n, s,
		      ours.count > 0 ? "named in the text, but payer or amount fit another"
				     : "named in the text, but the amount differs");
	if (ours.count > 0 || beyond_chance(w, &use->found[0]))
		return V_FOUND;
	w->blocked = "a number fits the amount, but nothing of the payer speaks for it";
	return V_STOP;
}

size_t named_items(struct work *w, struct item **out, size_t cap)
{
	struct group g[GROUPS_MAX], *ours = NULL;
	uint32_t tokens = 0;
	size_t n, count = 0;

	work_resolve(w);
	n = groups_of(w, true, g, GROUPS_MAX);
	for (size_t i = 0; i < n; i++) {
		if (!g[i].evidence)
			continue;
		if (ours != NULL || g[i].full)
			return 0;
		ours = &g[i];
	}
	for (size_t i = 0; ours && i < ours->count; i++) {
		if ((ours->item[i]->tokens & tokens) != 0 || count == cap)
			return 0; /* one number, two invoices */
		tokens |= ours->item[i]->tokens;
		out[count++] = ours->item[i];
	}
	return count;
}

/* Open invoices of the debtor besides the named ones that may be a part of the rest. */
static size_t others_of(struct work *w, struct item *const *named, size_t named_count, int64_t rest, struct item **out)
{
	struct item *open[FIND_MAX];
	size_t n = items_find(w, "debtor", named[0]->debtor, open, FIND_MAX), count = 0;

	for (size_t i = 0; i < n; i++) {
		bool is_named = open[i]->credit || !open[i]->is_open || open[i]->open > rest;

		for (size_t k = 0; k < named_count; k++)
			is_named |= open[i] == named[k];
		if (!is_named)
			out[count++] = open[i];
	}
	return count;
}

enum verdict stage_completion(struct work *w, struct solution *s)
{
	struct item *named[PARTS_MAX], *others[FIND_MAX];
	size_t count = named_items(w, named, PARTS_MAX), n, found;
	int64_t values[SUBSET_MAX], rest;
	uint64_t masks[2];

	if (count == 0)
		return V_NONE;
	rest = w->amount - items_sum(named, count);
	if (rest <= 0)
		return V_NONE;
	n = others_of(w, named, count, rest, others);
	w->rest_unclear = w->crowded || n > SUMS_MAX;
	if (n == 0 || w->rest_unclear)
		return V_NONE;
	for (size_t i = 0; i < n; i++)
		values[i] = others[i]->open;
	found = subset_find(values, n, rest, 2, masks);
	w->rest_unclear = found > 0;
	if (found == 0)
		return V_NONE;
	s->rule = "named and completed";
	s->solutions = found;
	for (size_t i = 0; i < count; i++)
		solution_add(s, named[i], named[i]->open);
	for (size_t i = 0; i < n; i++)
		if (masks[0] >> i & 1)
			solution_add(s, others[i], others[i]->open);
		else
			consider(w, others[i],
				 found > 1 && masks[1] >> i & 1 ? "completes the sum as well"
								: "not in the one set that completes the sum");
	if (n > (size_t)w->m->policy.opt->completion_max) {
		w->blocked = "the rest fits, but the debtor has too many open invoices for that to say much";
		return V_STOP;
	}
	w->blocked = found > 1 ? "several sets of the debtor's invoices complete the sum"
			       : "the rest fits, but the debtor's amounts are those of a price list";
	return found == 1 && (s->count == count + 1 || !price_points(others, n)) ? V_FOUND : V_STOP;
}

bool plainer(struct work *w, struct item *const *named, size_t count)
{
	struct item *others[FIND_MAX];
	size_t n = others_of(w, named, count, w->amount, others);

	for (size_t i = 0; i < n; i++) {
		if (others[i]->open == w->amount)
			return true;
		for (size_t k = 0; k < i; k++)
			if (others[i]->open + others[k]->open == w->amount)
				return true;
	}
	return false;
}

/* Does the payment name what is not known yet: a reference, a document, a number of the kind that names what it pays?
   Then what is left is no over-payment but another invoice, which may still come. */
static bool names_unknown(struct work *w, struct item *const *named, size_t count)
{
	const struct lg_records *r = w->m->host->rec;
	uint32_t known = 0, used = 0;

	for (size_t i = 0; i < w->item_count; i++)
		known |= w->items[i].tokens;
	for (size_t i = 0; i < count; i++)
		used |= named[i]->tokens;
	for (size_t i = 0; i < w->tokens.count; i++) {
		const struct token *t = &w->tokens.t[i];
		bool alike = t->keyword;

		for (size_t k = 0; k < w->tokens.count && !alike; k++)
			alike = (used >> k & 1) && w->tokens.t[k].digits && w->tokens.t[k].len == t->len;
		if (t->digits && !t->joined && (known >> i & 1) == 0 && alike)
			return true;
	}
	for (size_t i = 0; i < r->count(w->tx, LG_TRANSACTION_DOCUMENTS); i++) {
		struct item *found[1];
		char folded[64];
		size_t n = fold_number(r->str(r->obj_at(w->tx, LG_TRANSACTION_DOCUMENTS, i), LG_REMITTED_NUMBER),
				       folded, sizeof folded);

		if (n > 0 && items_find(w, "number", (lg_str){ folded, n }, found, 1) == 0)
			return true;
	}
	return w->foreign_reference;
}

enum verdict stage_rest(struct work *w, struct solution *s)
{
	struct item *named[PARTS_MAX];
	size_t count = named_items(w, named, PARTS_MAX);
	int64_t sum = items_sum(named, count);

	if (count == 0 || w->rest_unclear || w->settled_named || sum <= 0 || sum >= w->amount ||
	    plainer(w, named, count) || names_unknown(w, named, count))
		return V_NONE;
	for (size_t i = 0; i < count; i++)
		if (named[i]->credit)
			return V_NONE;
	s->rule = "named, and more was paid";
	s->solutions = 1;
	for (size_t i = 0; i < count; i++)
		solution_add(s, named[i], named[i]->open);
	s->on_account = w->amount - sum;
	return V_FOUND;
}
