/* lump.c - a batch entry of one message (camt.053) and its details in another (camt.054) are the same money.

   Table `lumps`: one row for an entry, with what its details sum to so far and, once it has come, the lump.  Rows are
   found by account, day, side and total (index "entry"), and told apart by the references of bank and batch.  The
   details are matched; the lump applies to nothing: it is allocated to them ("details") when they are complete, and
   waits in suspense until then. */
#include "match.h"

#include <string.h>

#define REFS_MAX 4

struct lump {
	char entry_room[160], key_room[256];
	lg_str entry, key; /* index value, row key */
	lg_str refs[REFS_MAX];
	size_t ref_count;
	const struct lg_rec *row;
	int64_t total, sum;
	lg_str lump_id;
};

static void add_ref(struct lump *l, lg_str s)
{
	for (size_t i = 0; i < l->ref_count; i++)
		if (str_same(l->refs[i], s))
			return;
	if (s.len > 0 && l->ref_count < REFS_MAX)
		l->refs[l->ref_count++] = s;
}

static bool shares_ref(const struct lg_records *r, const struct lump *l, const struct lg_rec *row)
{
	for (size_t i = 0; i < l->ref_count; i++)
		for (size_t k = 0; k < r->count(row, LG_PAYMENT_REFERENCES); k++)
			if (str_same(l->refs[i], r->str_at(row, LG_PAYMENT_REFERENCES, k)))
				return true;
	return false;
}

/* The row of this entry: by reference, else the only one that still misses this side. */
static void find_row(struct work *w, struct lump *l, bool is_lump)
{
	const struct lg_records *r = w->m->host->rec;
	struct lg_row rows[FIND_MAX];
	size_t n = w->m->host->find(w->run, "lumps", LG_STR("entry"), l->entry, rows, FIND_MAX), free_rows = 0;
	const struct lg_row *hit = NULL, *only = NULL;

	for (size_t i = 0; i < n && hit == NULL; i++) {
		bool missing = is_lump ? !r->has(rows[i].rec, LG_PAYMENT_PARENT) : !r->has(rows[i].rec, LG_PAYMENT_NET);

		if (shares_ref(r, l, rows[i].rec))
			hit = &rows[i];
		else if (missing) {
			only = &rows[i];
			free_rows++;
		}
	}
	if (hit == NULL && free_rows == 1)
		hit = only;
	if (hit == NULL)
		return;
	l->row = hit->rec;
	l->key = hit->key;
}

static void lump_load(struct work *w, struct lump *l, lg_dec total, bool is_lump)
{
	const struct lg_records *r = w->m->host->rec;
	const struct lg_rec *account = r->obj(w->tx, LG_TRANSACTION_ACCOUNT),
			    *batch = r->obj(w->tx, LG_TRANSACTION_BATCH);
	struct text entry = TEXT_IN(l->entry_room), key = TEXT_IN(l->key_room);
	lg_dec sum;

	l->ref_count = 0;
	l->row = NULL;
	if (batch) {
		add_ref(l, r->str(batch, LG_BATCH_ID));
		add_ref(l, r->str(batch, LG_BATCH_MESSAGE_ID));
	}
	add_ref(l, r->str(w->tx, LG_TRANSACTION_BANK_REFERENCE));
	add_ref(l, r->str(w->tx, LG_TRANSACTION_ENTRY_REFERENCE));
	if (!money_of(total, &l->total))
		l->total = 0;
	text_str(&entry, account ? r->str(account, LG_ACCOUNT_ID) : (lg_str){ 0 });
	text_char(&entry, '|');
	text_day(&entry, w->booked);
	text_char(&entry, '|');
	text_str(&entry, r->str(w->tx, LG_TRANSACTION_SIDE));
	text_char(&entry, '|');
	text_money(&entry, l->total);
	text_str(&entry, w->currency);
	l->entry = text_view(&entry);
	text_str(&key, l->entry);
	text_char(&key, '|');
	text_str(&key, l->ref_count ? l->refs[0] : w->id);
	l->key = text_view(&key);
	find_row(w, l, is_lump);
	l->sum = 0;
	if (l->row && r->dec(l->row, LG_PAYMENT_NET, &sum) && !money_of(sum, &l->sum))
		l->sum = 0;
	l->lump_id = l->row ? r->str(l->row, LG_PAYMENT_PARENT) : (lg_str){ 0 };
}

static void lump_store(struct work *w, const struct lump *l)
{
	const struct lg_host *h = w->m->host;
	struct lg_rec *row = h->rec_new(w->run, LG_PAYMENT);
	struct lg_index index = { LG_STR("entry"), l->entry };

	for (size_t i = 0; l->row && i < h->rec->count(l->row, LG_PAYMENT_REFERENCES); i++)
		h->rec->add_str(row, LG_PAYMENT_REFERENCES, h->rec->str_at(l->row, LG_PAYMENT_REFERENCES, i));
	for (size_t i = 0; i < l->ref_count; i++)
		if (l->row == NULL ||
		    !shares_ref(h->rec, &(struct lump){ .refs = { l->refs[i] }, .ref_count = 1 }, l->row))
			h->rec->add_str(row, LG_PAYMENT_REFERENCES, l->refs[i]);
	h->rec->set_dec(row, LG_PAYMENT_AMOUNT, money_dec(l->total));
	if (l->sum != 0)
		h->rec->set_dec(row, LG_PAYMENT_NET, money_dec(l->sum));
	if (l->lump_id.len > 0)
		h->rec->set_str(row, LG_PAYMENT_PARENT, l->lump_id);
	h->put(w->run, "lumps", l->key, row, &index, 1);
}

/* A batch of several without its details, or an entry that says nothing at all of who paid what. */
static bool is_lump(struct work *w)
{
	const struct lg_records *r = w->m->host->rec;
	const struct lg_rec *batch = r->obj(w->tx, LG_TRANSACTION_BATCH);
	int64_t count = 0;

	if (r->has(w->tx, LG_TRANSACTION_DETAIL))
		return false;
	if (batch && r->integer(batch, LG_BATCH_COUNT, &count) && count > 1)
		return true;
	return w->text.len == 0 && w->payer_name.len == 0 && w->payer_account.len == 0 &&
	       r->count(w->tx, LG_TRANSACTION_REFERENCES) == 0 && r->count(w->tx, LG_TRANSACTION_DOCUMENTS) == 0;
}

static void lump_wait(struct work *w, const struct lump *l)
{
	char room[320];
	struct text t = TEXT_IN(room);
	lg_str topic;

	text_lit(&t, "lump:");
	text_str(&t, l->key);
	topic = text_view(&t);
	w->m->host->wait(w->run, &topic, 1, "match.awaits_details",
			 "awaits details: what the payment consists of is not known yet");
}

static bool lump_settle(struct work *w, bool again)
{
	struct lump *l = &(struct lump){ .total = 0 };
	struct history *h = &w->m->history;
	size_t live;

	lump_load(w, l, payment_amount(w), true);
	if (l->lump_id.len == 0 || !str_same(l->lump_id, w->id)) {
		if (l->lump_id.len > 0)
			return false; /* another lump has these details: not known, so a payment of its own */
		l->lump_id = w->id;
		lump_store(w, l);
	}
	if (again) {
		history_load(w, w->id, h);
		live = history_live(w, h, "suspense");
		if (l->sum != l->total || live == h->count) {
			lump_wait(w, l);
			return true;
		}
		history_reverse(w, h, live, "details came", LG_STR("auto"), (lg_str){ 0 });
	}
	if (l->sum == l->total) {
		apply_whole(w, 0, "details", l->key, "lump of known details");
		return true;
	}
	apply_whole(w, 0, "suspense", (lg_str){ 0 }, "awaits details");
	lump_wait(w, l);
	return true;
}

bool lump_run(struct work *w, bool again)
{
	return is_lump(w) && lump_settle(w, again);
}

static void count_detail(struct work *w)
{
	const struct lg_records *r = w->m->host->rec;
	struct lump *l;
	lg_dec total;
	lg_str topic;
	char room[320];
	struct text t = TEXT_IN(room);

	if (!r->dec(w->tx, LG_TRANSACTION_ENTRY_AMOUNT, &total))
		total = payment_amount(w);
	l = &(struct lump){ .total = 0 };
	lump_load(w, l, total, false);
	l->sum += w->amount;
	lump_store(w, l);
	if (l->sum != l->total || l->lump_id.len == 0)
		return;
	text_lit(&t, "lump:");
	text_str(&t, l->key);
	topic = text_view(&t);
	w->m->host->wake(w->run, &topic, 1);
}

void lump_detail(struct work *w)
{
	if (w->is_money && w->m->host->rec->has(w->tx, LG_TRANSACTION_DETAIL))
		count_detail(w);
}
