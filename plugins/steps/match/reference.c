/* reference.c - S1 (structured references), S2 (documents that the payer lists) and S6 (references with a typing
 * error). */
#include "match.h"

#include <string.h>

void solution_add(struct solution *s, struct item *it, int64_t amount)
{
	if (s->count < PARTS_MAX)
		s->part[s->count++] = (struct part){ .item = it, .amount = amount };
}

int64_t items_sum(struct item *const *items, size_t count)
{
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += items[i]->credit ? -items[i]->open : items[i]->open;
	return sum;
}

static enum verdict stop(struct work *w, const char *why)
{
	w->blocked = why;
	return V_STOP;
}

/* ---- S1 ---- */

/* Is it the invoice's own number that stands there, and no reference with check digits? */
static bool is_number(const struct item *it, lg_str bare)
{
	char folded[64];
	size_t n = fold_number(it->number, folded, sizeof folded);

	return str_same((lg_str){ folded, n }, bare);
}

/* The one of several items with the same reference that this payer pays: it matches in payer or amount, and no other
   matches in what it does not.  NULL: unclear. */
static struct item *tell_apart(struct work *w, struct item **found, size_t count)
{
	struct item *best = NULL;
	unsigned best_signs = 0, all = 0;

	for (size_t i = 0; i < count; i++) {
		struct item *it = found[i];
		unsigned signs = (item_evidence(w, it) ? 2u : 0u) |
				 ((it->is_open ? it->open : it->total) == w->amount ? 1u : 0u);

		all |= signs;
		if (best == NULL || signs > best_signs) {
			best = it;
			best_signs = signs;
		} else if (signs == best_signs && it->is_open == best->is_open)
			return NULL;
		else if (signs == best_signs && it->is_open)
			best = it; /* open before settled */
	}
	return best_signs > 0 && all == best_signs ? best : NULL;
}

struct reference {
	lg_str bare;
	uint32_t schemes; /* bits of lg_reference_scheme; 0: it has no check digits that fit */
};

#define SAME_REFERENCE 16 /* items with one reference that can be told apart */

/* Everything the one reference stands for: how many items, and which is meant. */
static size_t resolve(struct work *w, lg_str bare, struct item **meant)
{
	struct item *found[SAME_REFERENCE];
	size_t count = items_find(w, "ref", bare, found, SAME_REFERENCE);

	*meant = count == 1 ? found[0] : count > 1 && !w->crowded ? tell_apart(w, found, count) : NULL;
	for (size_t i = 0; count > 1 && i < count; i++)
		if (found[i] != *meant)
			consider(w, found[i],
				 *meant ? "same reference, but payer or amount fit another"
					: "same reference, and nothing tells them apart");
	return count;
}

/* ---- references one slip away ---- */

struct slip {
	struct work *w;
	uint32_t schemes; /* that the meant reference has one of */
	void (*try)(struct slip *, lg_str bare, struct item *);
	struct item *found[2]; /* two are too many */
	size_t count;
};

static void slip_found(struct slip *r, struct item *it)
{
	if (r->count < 2 && !(r->count == 1 && r->found[0] == it))
		r->found[r->count++] = it;
}

static void try_text(struct slip *r, const char *text, size_t len)
{
	struct item *hits[FIND_MAX];
	lg_str bare;
	size_t n;

	if ((r->w->m->host->reference(r->w->run, (lg_str){ text, len }, &bare) & r->schemes) == 0)
		return;
	n = items_find(r->w, "ref", bare, hits, FIND_MAX);
	for (size_t i = 0; i < n; i++)
		r->try(r, bare, hits[i]);
}

/* All texts with one digit changed, or two neighbours swapped. */
static void slips(struct slip *r, lg_str t)
{
	char text[TOKEN_TEXT];

	if (t.len < 5 || t.len > 27 || t.len >= sizeof text)
		return;
	memcpy(text, t.ptr, t.len);
	for (size_t i = 0; i < t.len && r->count < 2; i++) {
		char was = text[i];

		for (char c = '0'; c <= '9' && was >= '0' && was <= '9'; c++) {
			text[i] = c;
			if (c != was)
				try_text(r, text, t.len);
		}
		text[i] = was;
		if (i + 1 < t.len && text[i + 1] != was) {
			text[i] = text[i + 1];
			text[i + 1] = was;
			try_text(r, text, t.len);
			text[i + 1] = text[i];
			text[i] = was;
		}
	}
}

/* ---- S1, one reference ---- */

/* The payer's own, of exactly this amount. */
static void try_meant(struct slip *r, lg_str bare, struct item *hit)
{
	(void)bare;
	if (!hit->credit && (hit->is_open ? hit->open : hit->total) == r->w->amount && item_evidence(r->w, hit) != 0)
		slip_found(r, hit);
}

/* A slip that check digits do not see (Luhn: 09 and 90) makes the reference that of another invoice.  Then the amount
   is another, and the payer has an invoice of exactly this amount whose reference is that near. */
static bool mistyped(struct work *w, struct solution *s, struct item *named, const struct reference *ref)
{
	struct slip r = { .w = w, .schemes = ref->schemes, .try = try_meant };

	if (ref->schemes == 0 || w->amount == (named->is_open ? named->open : named->total))
		return false;
	slips(&r, ref->bare);
	if (r.count == 0)
		return false;
	s->rule = "reference";
	s->solutions = 1 + r.count;
	consider(w, named, "the reference names it, but payer and amount are those of one that is one character off");
	for (size_t i = 0; i < r.count; i++)
		if (r.found[i]->is_open)
			consider(w, r.found[i], "amount and payer fit, and the reference is one character off");
	if (r.found[0]->is_open)
		solution_add(s, r.found[0], w->amount);
	else
		w->settled = r.found[0];
	return true;
}

static enum verdict one_reference(struct work *w, struct solution *s, struct item *it, const struct reference *ref)
{
	if (mistyped(w, s, it, ref))
		return stop(
			w, w->settled ? "the reference is one character off that of a settled invoice of the payer"
				      : "the payer has an invoice of this amount whose reference is one character off");
	if (!it->is_open) {
		w->settled = it;
		return stop(w, "the invoice with this reference is settled already");
	}
	if (it->credit)
		return stop(w, "the reference is that of a credit note");
	s->rule = "reference";
	s->solutions = 1;
	solution_add(s, it, w->amount < it->open ? w->amount : it->open);
	if (w->amount != it->open && policy_allows(&w->m->policy, 5, it->client) && difference_explain(w, s))
		return V_FOUND;
	s->part[0].amount = w->amount < it->open ? w->amount : it->open;
	s->on_account = w->amount - s->part[0].amount;
	return V_FOUND;
}

/* Several references: each stands for one open item, and together they are the amount. */
static enum verdict several_references(struct work *w, struct solution *s, struct item **items, size_t count)
{
	int64_t totals = 0;
	size_t settled = 0;

	for (size_t i = 0; i < count; i++) {
		settled += !items[i]->is_open;
		totals += items[i]->total;
	}
	if (settled == count && totals == w->amount)
		w->settled = items[0];
	if (settled > 0)
		return stop(w, "there are references of settled invoices");
	if (items_sum(items, count) != w->amount)
		return V_NONE; /* S4 and S5 see them as named items */
	s->rule = "references";
	s->solutions = 1;
	for (size_t i = 0; i < count; i++)
		solution_add(s, items[i], items[i]->open);
	return V_FOUND;
}

/* The bare form of reference i; when the payment has none, of a text that is nothing but a valid reference. */
static bool reference_at(struct work *w, size_t count, size_t i, struct reference *ref)
{
	const struct lg_host *h = w->m->host;

	if (count > 0)
		ref->schemes = h->reference(w->run, h->rec->str_at(w->tx, LG_TRANSACTION_REFERENCES, i), &ref->bare);
	else if (w->text.len < 5 || w->text.len > 40)
		return false;
	else
		ref->schemes = h->reference(w->run, w->text, &ref->bare);
	return ref->bare.len >= (count > 0 ? 2 : 5);
}

enum verdict stage_reference(struct work *w, struct solution *s)
{
	size_t given = w->m->host->rec->count(w->tx, LG_TRANSACTION_REFERENCES), count = 0;
	struct item *items[PARTS_MAX];
	struct reference first = { .schemes = 0 };

	for (size_t i = 0; i < (given ? given : 1) && i < PARTS_MAX; i++) {
		struct item *it;
		struct reference ref = { .schemes = 0 };
		size_t hits;

		if (!reference_at(w, given, i, &ref) || (ref.schemes == 0 && given == 0))
			continue;
		hits = resolve(w, ref.bare, &it);
		if (given == 0 && (it == NULL || hits > 1 || is_number(it, ref.bare)))
			return V_NONE; /* a number in the text: S3 weighs it */
		if (hits > 0 && it == NULL)
			return stop(w, "several invoices have this reference, and nothing tells which is paid");
		w->foreign_reference |= hits == 0 && ref.schemes != 0 && given > 0;
		for (size_t k = 0; k < count && it != NULL; k++)
			if (items[k] == it)
				it = NULL; /* said twice */
		if (it == NULL || (ref.schemes == 0 && it->open != w->amount && !item_evidence(w, it)))
			continue;
		first = count == 0 ? ref : first;
		items[count++] = it;
	}
	if (count == 0)
		return V_NONE;
	if (count == 1 && !w->foreign_reference)
		return one_reference(w, s, items[0], &first);
	return count == 1 ? V_NONE : several_references(w, s, items, count);
}

/* ---- S2 ---- */

/* As ISO 20022 calls it, as UNTDID 1001 does, or in a word. */
static bool is_credit_type(const struct lg_host *h, lg_str type)
{
	return str_same(type, LG_STR("CREN")) || str_same(type, LG_STR("credit_note")) || h->is_credit_note(type);
}

/* The open item of one document of the list: by number, then by what the list says of its amount, then by the payer. */
static struct item *document_item(struct work *w, const struct lg_rec *doc, bool credit)
{
	const struct lg_records *r = w->m->host->rec;
	struct item *found[FIND_MAX], *one = NULL;
	char folded[64];
	lg_dec d;
	int64_t due = -1;
	size_t n = fold_number(r->str(doc, LG_REMITTED_NUMBER), folded, sizeof folded), fits = 0;

	n = items_find(w, "number", (lg_str){ folded, n }, found, FIND_MAX);
	if (!(r->dec(doc, LG_REMITTED_DUE_AMOUNT, &d) && money_of(d, &due)) &&
	    !(r->dec(doc, LG_REMITTED_AMOUNT, &d) && money_of(d, &due)))
		due = -1;
	for (unsigned round = 0; round < 3 && one == NULL; round++, fits = 0)
		for (size_t i = 0; i < n; i++) {
			struct item *it = found[i];

			if (!it->is_open || it->credit != credit || (round < 2 && due >= 0 && it->open != due) ||
			    (round != 1 && !item_evidence(w, it)))
				continue;
			one = fits++ ? NULL : it;
		}
	for (size_t i = 0; i < n; i++)
		if (found[i] != one)
			consider(w, found[i], "another invoice with this number fits better");
	return one;
}

enum verdict stage_documents(struct work *w, struct solution *s)
{
	const struct lg_records *r = w->m->host->rec;
	size_t count = r->count(w->tx, LG_TRANSACTION_DOCUMENTS);
	int64_t sum = 0;

	if (count == 0 || count > PARTS_MAX)
		return V_NONE;
	for (size_t i = 0; i < count; i++) {
		const struct lg_rec *doc = r->obj_at(w->tx, LG_TRANSACTION_DOCUMENTS, i);
		bool credit = is_credit_type(w->m->host, r->str(doc, LG_REMITTED_TYPE));
		struct item *it = document_item(w, doc, credit);
		lg_dec said;
		int64_t amount;

		if (it == NULL || (it->tokens >> 31 & 1))
			return V_NONE;
		amount = r->dec(doc, LG_REMITTED_AMOUNT, &said) && money_of(said, &amount) ? amount : it->open;
		if (amount < 0)
			amount = -amount;
		if (amount > it->open)
			return V_NONE;
		it->tokens |= 1u << 31;
		solution_add(s, it, amount);
		sum += credit ? -amount : amount;
	}
	if (sum != w->amount)
		return V_NONE;
	s->rule = "documents";
	s->solutions = 1;
	return V_FOUND;
}

/* ---- S6 ---- */

static void try_repair(struct slip *r, lg_str bare, struct item *hit)
{
	struct work *w = r->w;

	if (!hit->is_open || hit->credit || hit->open != w->amount) {
		consider(w, hit, "one character off, but the amount differs");
		return;
	}
	if (is_number(hit, bare) && item_evidence(w, hit) == 0)
		return; /* no check digits stand behind a bare number */
	slip_found(r, hit);
}

/* How many open items of exactly this amount the payer has. */
static size_t own_of_amount(struct work *w, struct item *const *open, size_t n)
{
	size_t own = 0;

	for (size_t i = 0; i < n; i++)
		own += open[i]->is_open && !open[i]->credit && item_evidence(w, open[i]) != 0;
	return own;
}

/* Open items of exactly this amount, of the payer, whose number is one character off. */
static void repair_number(struct slip *r, struct item *const *open, size_t n, lg_str t)
{
	char folded[64];

	for (size_t i = 0; i < n && t.len >= 4; i++) {
		size_t len = fold_number(open[i]->number, folded, sizeof folded);

		if (!open[i]->is_open || open[i]->credit || !off_by_one(t, (lg_str){ folded, len }) ||
		    item_evidence(r->w, open[i]) == 0)
			continue;
		slip_found(r, open[i]);
	}
}

enum verdict stage_repair(struct work *w, struct solution *s)
{
	struct slip r = { .w = w, .schemes = UINT32_MAX, .try = try_repair };
	struct item *same[FIND_MAX];
	size_t n = items_of_amount(w, same, FIND_MAX), own = own_of_amount(w, same, n);

	work_tokens(w);
	for (size_t i = 0; i < w->tokens.count && r.count < 2; i++) {
		struct token *t = &w->tokens.t[i];

		if (t->digits && !t->expanded && (!t->joined || t->keyword))
			slips(&r, token_text(t));
		/* with a second invoice of this amount, a stray number may be near either */
		if (!t->joined && !t->expanded && (own == 1 || t->keyword))
			repair_number(&r, same, n, token_text(t));
	}
	if (r.count == 0)
		return V_NONE;
	s->rule = "typing error";
	s->solutions = r.count;
	solution_add(s, r.found[0], r.found[0]->open);
	if (r.count == 1 && !w->crowded)
		return V_FOUND;
	consider(w, r.found[1 % r.count], "also one character off, with the same amount");
	return stop(w, "the reference is mistyped, and several invoices are one character off");
}
