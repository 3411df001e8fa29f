/* apply.c - decisions become allocations, and open items change. */
#include "match.h"

#include <string.h>

lg_str allocation_key(char *room, size_t cap, lg_str payment, uint32_t n)
{
	struct text t = { .p = room, .cap = cap };

	text_str(&t, payment);
	text_char(&t, '/');
	text_int(&t, n);
	return text_view(&t);
}

static void link(const struct lg_records *r, struct lg_rec *a, uint16_t field, const char *kind, lg_str id)
{
	struct lg_rec *l = r->add_obj(a, field);

	r->set_str(l, LG_LINK_KIND, str_c(kind));
	if (id.len > 0)
		r->set_str(l, LG_LINK_ID, id);
}

void allocate(struct work *w, const struct allocation *a)
{
	const struct lg_host *h = w->m->host;
	const struct lg_records *r = h->rec;
	struct lg_rec *rec = h->rec_new(w->run, LG_ALLOCATION), *by;
	lg_str bank = r->str(w->tx, LG_TRANSACTION_BANK_REFERENCE);
	char key[192];

	if (a->client.len > 0)
		r->set_str(rec, LG_COMMON_CLIENT, a->client);
	link(r, rec, LG_ALLOCATION_FROM, a->from_kind, a->from_id);
	link(r, rec, LG_ALLOCATION_TO, a->to_kind, a->to_id);
	if (bank.len > 0)
		r->set_str(rec, LG_ALLOCATION_BANK_REFERENCE, bank);
	if (a->number.len > 0)
		r->set_str(rec, LG_ALLOCATION_INVOICE_NUMBER, a->number);
	r->set_dec(rec, LG_ALLOCATION_AMOUNT, a->amount);
	r->set_str(rec, LG_ALLOCATION_CURRENCY, w->currency);
	r->set_str(rec, LG_ALLOCATION_STAGE, str_c(a->stage));
	r->set_str(rec, LG_ALLOCATION_RULE, str_c(a->rule));
	r->set_str(rec, LG_ALLOCATION_EVIDENCE, a->evidence);
	by = r->add_obj(rec, LG_ALLOCATION_DECIDED);
	r->set_str(by, LG_DECIDED_BY, a->by.len ? a->by : LG_STR("auto"));
	if (a->reason.len > 0)
		r->set_str(by, LG_DECIDED_REASON, a->reason);
	if (a->by.len > 0 && w->decided_at != 0)
		r->set_time(by, LG_DECIDED_AT, w->decided_at);
	if (a->adjust != 0) {
		struct lg_rec *adjust = r->add_obj(rec, LG_ALLOCATION_ADJUSTMENT);

		r->set_str(adjust, LG_ADJUSTMENT_REASON, str_c(a->adjust_reason));
		r->set_dec(adjust, LG_ADJUSTMENT_AMOUNT, money_dec(a->adjust));
	}
	if (a->reverses.len > 0)
		r->set_str(rec, LG_ALLOCATION_REVERSES, a->reverses);
	if (w->date != 0)
		r->set_date(rec, LG_ALLOCATION_DATE, w->date);
	if (a->debtor.len > 0)
		r->set_str(rec, LG_ALLOCATION_DEBTOR, a->debtor);
	if (a->contract.len > 0)
		r->set_str(rec, LG_ALLOCATION_CONTRACT, a->contract);
	h->emit(w->run, rec, allocation_key(key, sizeof key, w->subject, w->made++), (lg_str){ 0 });
}

/* ---- open items ---- */

/* Money that waits may concern an item that is open again. */
static void wake_item(struct work *w, const struct items_values *v)
{
	char room[ITEMS_TEXT + 16];
	lg_str topic;

	for (size_t i = 0; i < v->count; i++) {
		struct text t = TEXT_IN(room);

		if (!str_same(v->index[i].name, LG_STR("ref")) && !str_same(v->index[i].name, LG_STR("number")))
			continue;
		text_str(&t, v->index[i].name);
		text_char(&t, ':');
		text_str(&t, v->index[i].value);
		topic = text_view(&t);
		w->m->host->wake(w->run, &topic, 1);
	}
}

void item_change(struct work *w, struct item *it, int64_t delta)
{
	const struct lg_host *h = w->m->host;
	struct lg_rec *rec = h->rec_new(w->run, LG_OPEN_ITEM);
	struct items_values *v = &w->m->values;
	bool was_open = it->is_open;

	it->open += delta;
	it->is_open = it->open > 0;
	h->rec->copy(rec, it->rec);
	h->rec->set_dec(rec, LG_OPEN_ITEM_OPEN, money_dec(it->open));
	h->rec->set_str(rec, LG_OPEN_ITEM_STATUS, it->is_open ? LG_STR("open") : LG_STR("closed"));
	if (it->is_open)
		h->rec->unset(rec, LG_OPEN_ITEM_CLOSED_ON);
	else
		h->rec->set_date(rec, LG_OPEN_ITEM_CLOSED_ON, w->date);
	it->rec = rec;
	items_index(h, rec, v);
	h->put(w->run, ITEMS_TABLE, it->key, rec, v->index, v->count);
	if (it->is_open && !was_open)
		wake_item(w, v);
}

/* ---- payments ---- */

struct indexes {
	struct lg_index i[8];
	size_t count;
};

static void index_add(struct indexes *x, const char *name, lg_str value)
{
	if (value.len > 0 && x->count < sizeof x->i / sizeof x->i[0])
		x->i[x->count++] = (struct lg_index){ str_c(name), value };
}

lg_str paid_key(struct work *w, char *room)
{
	struct text t = { .p = room, .cap = PAID_KEY };

	if (!w->is_money || (w->payer_account.len == 0 && w->payer_name.len == 0))
		return (lg_str){ 0 };
	if (w->payer_account.len > 0)
		text_str(&t, w->payer_account);
	else
		t.len = fold_name(w->payer_name, t.p, PAID_KEY / 2);
	text_char(&t, '|');
	text_money(&t, w->amount);
	text_str(&t, w->currency);
	return t.cut ? (lg_str){ 0 } : text_view(&t);
}

void payment_remember(struct work *w, const char *status, unsigned named_by)
{
	const struct lg_host *h = w->m->host;
	const struct lg_records *r = h->rec;
	static const uint16_t ids[] = { LG_TRANSACTION_END_TO_END_ID, LG_TRANSACTION_TRANSACTION_ID,
					LG_TRANSACTION_DETAIL_REFERENCE, LG_TRANSACTION_BANK_REFERENCE };
	struct indexes x = { .count = 0 };
	struct lg_rec *rec = h->rec_new(w->run, LG_PAYMENT);

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		lg_str id = r->str(w->tx, ids[i]);

		if (x.count > 0 && ids[i] == LG_TRANSACTION_BANK_REFERENCE)
			continue; /* of the whole entry: the weakest */
		if (id.len > 0 && !str_same(id, LG_STR("NOTPROVIDED")) &&
		    !(x.count > 0 && str_same(x.i[x.count - 1].value, id)))
			index_add(&x, "id", id);
	}
	if (named_by == 1) { /* a duplicate shows by its settled invoice */
		r->set_dec(rec, LG_PAYMENT_AMOUNT, money_dec(w->amount));
		r->set_str(rec, LG_PAYMENT_STATUS, str_c(status));
		h->put(w->run, "payments", w->id, rec, x.i, x.count);
		return;
	}
	index_add(&x, "paid", paid_key(w, w->m->scratch));
	r->set_dec(rec, LG_PAYMENT_AMOUNT, money_dec(w->amount));
	r->set_str(rec, LG_PAYMENT_STATUS, str_c(status));
	for (size_t i = 0; i < r->count(w->tx, LG_TRANSACTION_REFERENCES); i++)
		r->add_str(rec, LG_PAYMENT_REFERENCES, r->str_at(w->tx, LG_TRANSACTION_REFERENCES, i));
	if (w->text.len > 0)
		r->set_str(rec, LG_PAYMENT_REMITTANCE, w->text);
	r->set_date(rec, LG_PAYMENT_AVAILABLE_ON, w->booked);
	h->put(w->run, "payments", w->id, rec, x.i, x.count);
}

/* ---- solutions ---- */

static void to_item(struct allocation *a, struct work *w, const struct item *it)
{
	a->to_kind = "invoice";
	a->to_id = it->id;
	a->client = it->client;
	a->debtor = it->debtor;
	a->number = it->number;
	a->contract = w->m->host->rec->str(it->rec, LG_OPEN_ITEM_CONTRACT);
}

/* Each credit note pays invoices of its own client, the money pays the rest: the amounts of the parts become the money.
 */
static size_t set_off(struct solution *s, struct offset *out, size_t cap)
{
	size_t n = 0;

	for (size_t c = 0; c < s->count; c++) {
		int64_t left = s->part[c].amount;

		for (size_t i = 0; s->part[c].item->credit && i < s->count && left > 0 && n < cap; i++) {
			struct part *p = &s->part[i];
			int64_t x = p->amount < left ? p->amount : left;

			if (p->item->credit || x <= 0 || !str_same(p->item->client, s->part[c].item->client))
				continue;
			out[n++] = (struct offset){ c, i, x };
			p->amount -= x;
			left -= x;
		}
	}
	return n;
}

static void apply_offset(struct work *w, struct solution *s, struct allocation a, const struct offset *o)
{
	struct item *credit = s->part[o->credit].item, *invoice = s->part[o->invoice].item;

	to_item(&a, w, invoice);
	a.from_kind = "credit_note";
	a.from_id = credit->id;
	a.amount = money_dec(o->amount);
	a.adjust = 0;
	allocate(w, &a);
	item_change(w, invoice, -o->amount);
	item_change(w, credit, -o->amount);
}

static void apply_extra(struct work *w, const struct solution *s, struct allocation *a, const char *kind,
			int64_t amount)
{
	if (amount <= 0)
		return;
	to_item(a, w, s->part[0].item);
	a->to_kind = kind;
	if (kind[0] == 'o') /* on account: the debtor's money, not that invoice's */
		a->to_id = a->debtor;
	a->amount = money_dec(amount);
	a->adjust = 0;
	allocate(w, a);
}

void apply_solution(struct work *w, struct solution *s, lg_str by, lg_str reason)
{
	struct allocation a = { .from_kind = "transaction",
				.from_id = w->id,
				.stage = stage_name(s->stage),
				.rule = s->rule,
				.by = by,
				.reason = reason,
				.evidence = evidence_solution(w, s) };
	struct offset *offset = w->m->offsets;
	size_t offsets = set_off(s, offset, PARTS_MAX);

	for (size_t i = 0; i < s->count; i++) {
		struct part *p = &s->part[i];

		if (p->item->credit || (p->amount == 0 && p->adjust == 0))
			continue;
		to_item(&a, w, p->item);
		a.amount = money_dec(p->amount);
		a.adjust = p->adjust;
		a.adjust_reason = p->reason;
		allocate(w, &a);
		item_change(w, p->item, -p->amount - p->adjust);
	}
	for (size_t i = 0; i < offsets; i++)
		apply_offset(w, s, a, &offset[i]);
	apply_extra(w, s, &a, "fee", s->fee);
	apply_extra(w, s, &a, "interest", s->interest);
	apply_extra(w, s, &a, "on_account", s->on_account);
	for (size_t i = 0; i < s->count; i++)
		if (!s->part[i].item->credit)
			payer_learn(w, s->part[i].item->client, s->part[i].item->debtor);
	payment_remember(w, "applied", s->stage);
}

/* ---- money without an invoice ---- */

lg_dec payment_amount(struct work *w)
{
	lg_dec d = { 0, 0 };

	w->m->host->rec->dec(w->tx, LG_TRANSACTION_AMOUNT, &d);
	return d;
}

void apply_whole(struct work *w, unsigned stage, const char *kind, lg_str to_id, const char *rule)
{
	struct allocation a = { .from_kind = "transaction",
				.from_id = w->id,
				.to_kind = kind,
				.to_id = to_id,
				.stage = stage_name(stage),
				.rule = rule,
				.client = w->client,
				.amount = payment_amount(w) };

	if (w->settled) {
		a.client = w->settled->client;
		a.debtor = w->settled->debtor;
		a.number = w->settled->number;
	}
	a.evidence = evidence_none(w, stage, rule, NULL);
	allocate(w, &a);
}

struct topics {
	lg_str t[TOPICS_MAX];
	size_t count;
	struct text text;
};

static void topic(struct topics *x, const char *kind, lg_str value, lg_str more)
{
	const char *from = x->text.p + x->text.len;

	if (value.len == 0 || x->count == TOPICS_MAX)
		return;
	text_cstr(&x->text, kind);
	text_str(&x->text, value);
	text_str(&x->text, more);
	if (!x->text.cut)
		x->t[x->count++] = (lg_str){ from, (size_t)(x->text.p + x->text.len - from) };
}

void apply_wait(struct work *w, const char *rule, const char *reason)
{
	const struct lg_host *h = w->m->host;
	struct topics x = { .text = TEXT_IN(w->m->scratch) };
	const struct payer *payer = work_payer(w);
	char amount[64];
	struct text t = TEXT_IN(amount);
	lg_str bare = { 0 };

	for (size_t i = 0; i < h->rec->count(w->tx, LG_TRANSACTION_REFERENCES); i++) {
		h->reference(w->run, h->rec->str_at(w->tx, LG_TRANSACTION_REFERENCES, i), &bare);
		topic(&x, "ref:", bare, (lg_str){ 0 });
	}
	topic(&x, "refund:", w->id, (lg_str){ 0 });
	work_tokens(w);
	for (size_t i = 0; i < payer->count && i < 4; i++)
		topic(&x, "debtor:", payer->d[i].debtor, (lg_str){ 0 });
	text_money(&t, w->amount);
	text_char(&t, ' ');
	text_str(&t, w->currency);
	if (w->is_money && w->amount % MONEY_ONE != 0) /* a whole amount concerns too many */
		topic(&x, "amount:", text_view(&t), (lg_str){ 0 });
	for (size_t i = 0; i < w->tokens.count && x.count + 2 <= TOPICS_MAX; i++) {
		topic(&x, "number:", token_text(&w->tokens.t[i]), (lg_str){ 0 });
		if (w->tokens.t[i].len >= 5)
			topic(&x, "ref:", token_text(&w->tokens.t[i]), (lg_str){ 0 });
	}
	h->wait(w->run, x.t, x.count, rule, reason);
}

void apply_suspense(struct work *w, const char *rule, const char *reason, const struct solution *proposal)
{
	struct allocation a = { .from_kind = "transaction",
				.from_id = w->id,
				.to_kind = "suspense",
				.stage = "S9",
				.rule = rule,
				.client = w->client,
				.reason = str_c(reason),
				.amount = payment_amount(w) };

	a.evidence = evidence_none(w, 9, rule, proposal);
	allocate(w, &a);
	payment_remember(w, "suspense", 0);
	apply_wait(w, rule, reason);
}
