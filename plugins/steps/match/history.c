/* history.c - what was made of a payment before.  Allocations are never edited: an undo is one more, that reverses. */
#include "match.h"

static bool is_link(const struct lg_records *r, const struct lg_rec *rec, uint16_t field, const char *kind)
{
	const struct lg_rec *l = r->obj(rec, field);

	return l && str_same(r->str(l, LG_LINK_KIND), str_c(kind));
}

void history_load(struct work *w, lg_str id, struct history *h)
{
	const struct lg_records *r = w->m->host->rec;
	char key[192];

	h->count = 0;
	h->undone = false;
	while (h->count < HISTORY_MAX) {
		const struct lg_rec *rec =
			w->m->host->made(w->run, allocation_key(key, sizeof key, id, (uint32_t)h->count));
		struct made *m = &h->a[h->count];
		const struct lg_rec *decided;
		lg_str reverses;

		if (rec == NULL)
			break;
		reverses = r->str(rec, LG_ALLOCATION_REVERSES);
		decided = r->obj(rec, LG_ALLOCATION_DECIDED);
		*m = (struct made){ .rec = rec, .id = r->str(rec, LG_COMMON_ID), .reversed = reverses.len > 0 };
		m->by_person = decided && !str_same(r->str(decided, LG_DECIDED_BY), LG_STR("auto"));
		for (size_t i = 0; i < h->count && reverses.len > 0; i++)
			if (str_same(h->a[i].id, reverses)) {
				h->a[i].reversed = true;
				h->undone |= m->by_person && !h->a[i].by_person &&
					     !is_link(r, rec, LG_ALLOCATION_TO, "suspense");
			}
		h->count++;
	}
	w->subject = id;
	w->made = (uint32_t)h->count;
}

/* The items that an allocation changed get back what it took. */
static void give_back(struct work *w, const struct lg_rec *rec, int64_t amount)
{
	const struct lg_records *r = w->m->host->rec;
	const struct lg_rec *to = r->obj(rec, LG_ALLOCATION_TO), *from = r->obj(rec, LG_ALLOCATION_FROM);
	const struct lg_rec *adjustment = r->obj(rec, LG_ALLOCATION_ADJUSTMENT);
	int64_t adjust = 0;
	struct item *it;
	lg_dec d;

	if (!is_link(r, rec, LG_ALLOCATION_TO, "invoice"))
		return;
	if (adjustment && r->dec(adjustment, LG_ADJUSTMENT_AMOUNT, &d) && !money_of(d, &adjust))
		adjust = 0;
	it = item_by_id(w, r->str(to, LG_LINK_ID));
	if (it != NULL) {
		item_change(w, it, amount + adjust);
		payer_forget(w, it->client, it->debtor);
	}
	it = is_link(r, rec, LG_ALLOCATION_FROM, "credit_note") ? item_by_id(w, r->str(from, LG_LINK_ID)) : NULL;
	if (it != NULL)
		item_change(w, it, amount);
}

int64_t history_reverse(struct work *w, struct history *h, size_t i, const char *rule, lg_str by, lg_str reason)
{
	const struct lg_host *host = w->m->host;
	const struct lg_records *r = host->rec;
	const struct lg_rec *old = h->a[i].rec, *from = r->obj(old, LG_ALLOCATION_FROM),
			    *to = r->obj(old, LG_ALLOCATION_TO);
	bool own = from && str_same(r->str(from, LG_LINK_KIND), LG_STR("transaction"));
	char kinds[2][24];
	struct text from_kind = TEXT_IN(kinds[0]), to_kind = TEXT_IN(kinds[1]);
	char why[32];
	struct text adjust_reason = TEXT_IN(why);
	struct allocation a = { .rule = rule, .by = by, .reason = reason, .reverses = h->a[i].id };
	const struct lg_rec *adjustment = r->obj(old, LG_ALLOCATION_ADJUSTMENT);
	int64_t amount = 0;
	lg_dec d = { 0, 0 };

	if (from == NULL || to == NULL)
		return 0;
	text_str(&from_kind, r->str(from, LG_LINK_KIND));
	text_str(&to_kind, r->str(to, LG_LINK_KIND));
	from_kind.p[from_kind.len < 23 ? from_kind.len : 23] = to_kind.p[to_kind.len < 23 ? to_kind.len : 23] = 0;
	a.from_kind = from_kind.p;
	a.to_kind = to_kind.p;
	a.from_id = r->str(from, LG_LINK_ID);
	a.to_id = r->str(to, LG_LINK_ID);
	a.client = r->str(old, LG_COMMON_CLIENT);
	a.debtor = r->str(old, LG_ALLOCATION_DEBTOR);
	a.contract = r->str(old, LG_ALLOCATION_CONTRACT);
	a.number = r->str(old, LG_ALLOCATION_INVOICE_NUMBER);
	r->dec(old, LG_ALLOCATION_AMOUNT, &a.amount);
	if (!money_of(a.amount, &amount))
		amount = 0;
	if (adjustment && r->dec(adjustment, LG_ADJUSTMENT_AMOUNT, &d) && money_of(d, &a.adjust)) {
		text_str(&adjust_reason, r->str(adjustment, LG_ADJUSTMENT_REASON));
		why[adjust_reason.len < 31 ? adjust_reason.len : 31] = 0;
		a.adjust_reason = why;
	}
	a.stage = by.len && !str_same(by, LG_STR("auto")) ? "manual" : "S0";
	a.evidence = evidence_none(w, by.len && !str_same(by, LG_STR("auto")) ? 99 : 0, rule, NULL);
	allocate(w, &a);
	h->a[i].reversed = true;
	give_back(w, old, amount);
	return own ? amount : 0;
}

void history_repeat(struct work *w, const struct history *h)
{
	const struct lg_host *host = w->m->host;
	char key[192];

	for (size_t i = 0; i < h->count; i++) {
		struct lg_rec *rec = host->rec_new(w->run, LG_ALLOCATION);

		host->rec->copy(rec, h->a[i].rec);
		host->emit(w->run, rec, allocation_key(key, sizeof key, w->subject, (uint32_t)i), (lg_str){ 0 });
	}
}

size_t history_live(const struct work *w, const struct history *h, const char *to_kind)
{
	const struct lg_records *r = w->m->host->rec;

	for (size_t i = 0; i < h->count; i++)
		if (!h->a[i].reversed && is_link(r, h->a[i].rec, LG_ALLOCATION_TO, to_kind) &&
		    is_link(r, h->a[i].rec, LG_ALLOCATION_FROM, "transaction"))
			return i;
	return h->count;
}
