/* lookup.c - the tables: open items by what may name them, payers by their account. */
#include "match.h"

#include <string.h>

#define COMMON 48    /* a number that so many invoices have says little by itself */
#define KNOWN_WELL 3 /* payments of an account for a debtor that are counted; more say no more */

void work_begin(struct work *w, struct match *m, struct lg_run *run, const struct lg_rec *tx)
{
	const struct lg_records *r = m->host->rec;
	const struct lg_rec *party = r->obj(tx, LG_TRANSACTION_COUNTERPARTY);
	lg_dec amount = { 0, 0 };

	/* the arrays behind their counts are not cleared: this runs for every payment */
	w->m = m;
	w->run = run;
	w->tx = tx;
	w->id = r->str(tx, LG_COMMON_ID);
	w->client = r->str(tx, LG_COMMON_CLIENT);
	w->currency = r->str(tx, LG_TRANSACTION_CURRENCY);
	w->text = r->str(tx, LG_TRANSACTION_REMITTANCE);
	w->payer_account = party ? r->str(party, LG_COUNTERPARTY_ACCOUNT) : (lg_str){ 0 };
	w->payer_name = party ? r->str(party, LG_COUNTERPARTY_NAME) : (lg_str){ 0 };
	w->payer_name2 = party ? r->str(party, LG_COUNTERPARTY_ULTIMATE_NAME) : (lg_str){ 0 };
	if (!r->date(tx, LG_TRANSACTION_BOOKING_DATE, &w->booked))
		w->booked = 0;
	if (!r->date(tx, LG_TRANSACTION_VALUE_DATE, &w->date))
		w->date = w->booked;
	if (w->booked == 0)
		w->booked = w->date;
	w->is_money = r->dec(tx, LG_TRANSACTION_AMOUNT, &amount) && money_of(amount, &w->amount) && w->amount > 0;
	w->item_count = w->considered_count = w->tokens.count = w->payer.count = 0;
	w->crowded = w->text_read = w->resolved = w->rest_unclear = w->payer.loaded = w->payer.full = false;
	w->foreign_reference = w->settled_named = false;
	w->settled = NULL;
	w->blocked = NULL;
	w->subject = w->id;
	w->made = 0;
	w->decided_at = 0;
}

static bool item_read(const struct lg_host *h, const struct lg_row *row, struct item *it)
{
	const struct lg_records *r = h->rec;
	lg_dec open = { 0, 0 }, total = { 0, 0 };

	*it = (struct item){ .key = row->key, .rec = row->rec };
	it->client = r->str(row->rec, LG_COMMON_CLIENT);
	it->id = r->str(row->rec, LG_OPEN_ITEM_INVOICE);
	it->number = r->str(row->rec, LG_OPEN_ITEM_NUMBER);
	it->debtor = r->str(row->rec, LG_OPEN_ITEM_DEBTOR);
	it->credit = h->is_credit_note(r->str(row->rec, LG_OPEN_ITEM_TYPE));
	r->date(row->rec, LG_OPEN_ITEM_ISSUE_DATE, &it->issued);
	if (!r->date(row->rec, LG_OPEN_ITEM_DUE_DATE, &it->due))
		it->due = it->issued;
	r->dec(row->rec, LG_OPEN_ITEM_OPEN, &open);
	r->dec(row->rec, LG_OPEN_ITEM_AMOUNT, &total);
	if (!money_of(open, &it->open) || !money_of(total, &it->total))
		return false;
	it->is_open = it->open > 0 && str_same(r->str(row->rec, LG_OPEN_ITEM_STATUS), LG_STR("open"));
	return true;
}

static struct item *item_add(struct work *w, const struct lg_row *row)
{
	const struct lg_records *r = w->m->host->rec;
	struct item *it;

	for (size_t i = 0; i < w->item_count; i++)
		if (str_same(w->items[i].key, row->key))
			return &w->items[i];
	if (!str_same(r->str(row->rec, LG_OPEN_ITEM_CURRENCY), w->currency))
		return NULL;
	if (w->client.len > 0 && !str_same(r->str(row->rec, LG_COMMON_CLIENT), w->client))
		return NULL;
	if (w->item_count == ITEMS_MAX) {
		w->crowded = true;
		return NULL;
	}
	it = &w->items[w->item_count];
	if (!item_read(w->m->host, row, it))
		return NULL;
	w->item_count++;
	return it;
}

size_t items_find(struct work *w, const char *index, lg_str value, struct item **out, size_t cap)
{
	size_t count, n = 0;

	if (value.len == 0)
		return 0;
	count = w->m->host->find(w->run, ITEMS_TABLE, str_c(index), value, w->rows, FIND_MAX);
	w->crowded |= count == FIND_MAX;
	for (size_t i = 0; i < count; i++) {
		struct item *it = item_add(w, &w->rows[i]);

		if (it == NULL)
			continue;
		if (n == cap) {
			w->crowded = true;
			break;
		}
		out[n++] = it;
	}
	return n;
}

struct item *item_by_id(struct work *w, lg_str invoice)
{
	struct item *found;

	return items_find(w, "invoice", invoice, &found, 1) == 1 ? found : NULL;
}

size_t items_of_amount(struct work *w, struct item **out, size_t cap)
{
	char room[ITEMS_TEXT];
	lg_str value = items_amount(w->m->host, money_dec(w->amount), w->currency, room);
	struct lg_row rows[FIND_MAX];
	size_t count = w->m->host->find(w->run, ITEMS_TABLE, LG_STR("amount"), value, rows, FIND_MAX), n = 0;

	for (size_t i = 0; i < count && count < FIND_MAX && n < cap; i++) {
		struct item *it = item_add(w, &rows[i]);

		if (it != NULL)
			out[n++] = it;
	}
	return n;
}

void work_tokens(struct work *w)
{
	const struct lg_records *r = w->m->host->rec;
	size_t references = r->count(w->tx, LG_TRANSACTION_REFERENCES), from;

	if (w->text_read)
		return;
	w->text_read = true;
	tokens_read(&w->tokens, w->text);
	from = w->tokens.count;
	for (size_t i = 0; i < references; i++)
		tokens_read(&w->tokens, r->str_at(w->tx, LG_TRANSACTION_REFERENCES, i));
	for (size_t i = from; i < w->tokens.count; i++)
		w->tokens.t[i].keyword = true; /* the field itself says what it is */
}

/* Items that an index value names get the token's bit; false: too many have that value. */
static bool resolve_by(struct work *w, const char *index, lg_str value, uint32_t bit)
{
	struct lg_row rows[COMMON];
	size_t n = w->m->host->find(w->run, ITEMS_TABLE, str_c(index), value, rows, COMMON);

	for (size_t i = 0; i < n && n < COMMON; i++) {
		struct item *it = item_add(w, &rows[i]);

		if (it != NULL)
			it->tokens |= bit;
	}
	return n < COMMON;
}

/* Numbers that very many invoices have (each of a thousand clients has its 1001): only items of the payer's own debtors
   and items of exactly this amount are asked whether it is theirs. */
static void resolve_common(struct work *w, uint32_t common)
{
	const struct payer *payer = work_payer(w);
	struct item *found[FIND_MAX];
	char folded[64];

	for (size_t i = 0; i < payer->count; i++)
		items_find(w, "debtor", payer->d[i].debtor, found, FIND_MAX);
	items_of_amount(w, found, FIND_MAX);
	for (size_t i = 0; i < w->item_count; i++) {
		lg_str number = { folded, fold_number(w->items[i].number, folded, sizeof folded) };

		for (size_t t = 0; t < w->tokens.count; t++)
			if ((common >> t & 1) && str_same(token_text(&w->tokens.t[t]), number))
				w->items[i].tokens |= 1u << t;
	}
}

void work_resolve(struct work *w)
{
	uint32_t common = 0;

	if (w->resolved)
		return;
	w->resolved = true;
	work_tokens(w);
	for (size_t i = 0; i < w->tokens.count; i++) {
		lg_str text = token_text(&w->tokens.t[i]);

		if (!resolve_by(w, "number", text, 1u << i) || (text.len >= 5 && !resolve_by(w, "ref", text, 1u << i)))
			common |= 1u << i;
	}
	if (common != 0)
		resolve_common(w, common);
}

/* ---- payers: account -> debtors that it has paid for, with counts ---- */

const struct payer *work_payer(struct work *w)
{
	const struct lg_records *r = w->m->host->rec;
	const struct lg_rec *row;

	if (w->payer.loaded)
		return &w->payer;
	w->payer.loaded = true;
	w->payer.count = 0;
	row = w->payer_account.len ? w->m->host->get(w->run, "payers", w->payer_account) : NULL;
	if (row == NULL)
		return &w->payer;
	w->payer.full = r->count(row, LG_PARTY_IDS) > DEBTORS_MAX;
	for (size_t i = 0; i < r->count(row, LG_PARTY_IDS) && i < DEBTORS_MAX; i++) {
		const struct lg_rec *id = r->obj_at(row, LG_PARTY_IDS, i);
		struct payer_debtor *d = &w->payer.d[w->payer.count++];
		lg_str count = r->str(id, LG_IDENTIFIER_VERSION);

		*d = (struct payer_debtor){ r->str(id, LG_IDENTIFIER_SCHEME), r->str(id, LG_IDENTIFIER_VALUE), 0 };
		for (size_t k = 0; k < count.len; k++)
			d->count = d->count * 10 + (count.ptr[k] - '0');
	}
	return &w->payer;
}

static void payer_store(struct work *w)
{
	const struct lg_records *r = w->m->host->rec;
	struct lg_rec *row = w->m->host->rec_new(w->run, LG_PARTY);

	r->set_str(row, LG_PARTY_NAME, w->payer_name);
	for (size_t i = 0; i < w->payer.count; i++) {
		struct lg_rec *id = r->add_obj(row, LG_PARTY_IDS);
		char digits[20];
		struct text t = TEXT_IN(digits);

		text_int(&t, w->payer.d[i].count);
		r->set_str(id, LG_IDENTIFIER_SCHEME, w->payer.d[i].client);
		r->set_str(id, LG_IDENTIFIER_VALUE, w->payer.d[i].debtor);
		r->set_str(id, LG_IDENTIFIER_VERSION, text_view(&t));
	}
	w->m->host->put(w->run, "payers", w->payer_account, row, NULL, 0);
}

static struct payer_debtor *payer_entry(struct work *w, lg_str client, lg_str debtor)
{
	work_payer(w);
	for (size_t i = 0; i < w->payer.count; i++)
		if (str_same(w->payer.d[i].debtor, debtor) && str_same(w->payer.d[i].client, client))
			return &w->payer.d[i];
	return NULL;
}

/* Where the hash of a known payer stands, or is to stand. */
static uint64_t *learned_slot(struct match *m, uint64_t hash)
{
	uint64_t *set = m->learned[hash >> 32 & (LEARNED - 1)];

	for (size_t i = 0; i < LEARNED_WAYS; i++)
		if (set[i] == hash || set[i] == 0)
			return &set[i];
	return &set[hash >> 60 & (LEARNED_WAYS - 1)];
}

void payer_learn(struct work *w, lg_str client, lg_str debtor)
{
	uint64_t hash, *known;
	struct payer_debtor *d;

	if (w->payer_account.len == 0 || debtor.len == 0)
		return;
	hash = str_mix(str_mix(str_mix(0, w->payer_account), client), debtor) | 1;
	known = learned_slot(w->m, hash);
	if (*known == hash)
		return;
	d = payer_entry(w, client, debtor);
	if (d == NULL && w->payer.count < DEBTORS_MAX) {
		d = &w->payer.d[w->payer.count++];
		*d = (struct payer_debtor){ client, debtor, 0 };
	}
	if (d != NULL && d->count < KNOWN_WELL) {
		d->count++;
		payer_store(w);
	}
	if (d != NULL && d->count >= KNOWN_WELL)
		*known = hash;
}

void payer_forget(struct work *w, lg_str client, lg_str debtor)
{
	struct payer_debtor *d = w->payer_account.len ? payer_entry(w, client, debtor) : NULL;

	memset(w->m->learned, 0, sizeof w->m->learned);
	if (d == NULL || d->count == 0)
		return;
	d->count = d->count > 1 ? d->count - 1 : 0;
	if (d->count == 0)
		*d = w->payer.d[--w->payer.count];
	payer_store(w);
}

static bool id_matches(struct work *w, lg_str debtor)
{
	const struct lg_records *r = w->m->host->rec;
	const struct lg_rec *party = r->obj(w->tx, LG_TRANSACTION_COUNTERPARTY);
	char a[40], b[40];
	size_t n = fold_number(debtor, b, sizeof b);

	for (size_t i = 0; party && i < r->count(party, LG_COUNTERPARTY_IDS); i++) {
		const struct lg_rec *id = r->obj_at(party, LG_COUNTERPARTY_IDS, i);
		size_t m = fold_number(r->str(id, LG_IDENTIFIER_VALUE), a, sizeof a);

		if (m >= 8 && m == n && memcmp(a, b, n) == 0)
			return true;
	}
	return false;
}

bool payer_shared(const struct payer *payer)
{
	for (size_t i = 1; i < payer->count; i++)
		if (!str_same(payer->d[i].debtor, payer->d[0].debtor))
			return true;
	return payer->full;
}

unsigned item_evidence(struct work *w, struct item *it)
{
	const struct lg_records *r = w->m->host->rec;
	const struct payer *payer;
	lg_str name;

	if (it->evidence & EV_ASKED)
		return it->evidence & EV_ANY;
	it->evidence = EV_ASKED;
	payer = work_payer(w);
	if (payer->count > 0 && !payer_shared(payer) && str_same(payer->d[0].debtor, it->debtor))
		it->evidence |= EV_ACCOUNT; /* an account of several debtors says nothing: the name must */
	name = r->str(it->rec, LG_OPEN_ITEM_DEBTOR_NAME);
	if (name_same(w->payer_name, name) || name_same(w->payer_name2, name))
		it->evidence |= EV_NAME;
	if (id_matches(w, it->debtor))
		it->evidence |= EV_ID;
	return it->evidence & EV_ANY;
}

void consider(struct work *w, struct item *it, const char *lost)
{
	for (size_t i = 0; i < w->considered_count; i++)
		if (w->considered[i] == it)
			return;
	it->lost = lost;
	if (w->considered_count < CONSIDERED_MAX)
		w->considered[w->considered_count++] = it;
}

/* A price list shows in equal amounts and in round ones: there other sets of invoices have the same sum, or would have
   it if one more invoice were known. */
bool price_points(struct item *const *items, size_t count)
{
	size_t points = 0;

	for (size_t i = 0; i < count; i++) {
		bool point = items[i]->open % (5 * MONEY_ONE) == 0;

		for (size_t k = 0; k < count && !point; k++)
			point = k != i && items[i]->open == items[k]->open;
		points += point;
	}
	return points >= 2 && points * 2 >= count;
}
