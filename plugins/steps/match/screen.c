/* screen.c - S0: what is no payment of an invoice.  Own transfers, gateways' payouts, returns, refunds, fees, interest.
 */
#include "match.h"

static bool in_list(const struct lg_list *list, lg_str s)
{
	for (size_t i = 0; i < list->count && s.len > 0; i++)
		if (str_same(list->items[i], s))
			return true;
	return false;
}

/* "fee" or "interest" by the bank's transaction code (ISO 20022 external code sets); NULL: neither. */
static const char *bank_kind(struct work *w)
{
	static const struct {
		const char *domain, *family, *subfamily, *kind;
	} codes[] = {
		{ NULL, NULL, "CHRG", "fee" },      { NULL, NULL, "COMM", "fee" }, { NULL, NULL, "FEES", "fee" },
		{ NULL, NULL, "INTR", "interest" }, { NULL, NULL, "CCHG", "fee" }, { "ACMT", "MDOP", NULL, "fee" },
	};
	const struct lg_records *r = w->m->host->rec;
	const struct lg_rec *code = r->obj(w->tx, LG_TRANSACTION_CODE);

	for (size_t i = 0; code && i < sizeof codes / sizeof codes[0]; i++)
		if ((!codes[i].domain || str_same(r->str(code, LG_BANK_CODE_DOMAIN), str_c(codes[i].domain))) &&
		    (!codes[i].family || str_same(r->str(code, LG_BANK_CODE_FAMILY), str_c(codes[i].family))) &&
		    (!codes[i].subfamily || str_same(r->str(code, LG_BANK_CODE_SUBFAMILY), str_c(codes[i].subfamily))))
			return codes[i].kind;
	return NULL;
}

/* The earlier payment that this one is about: by the ids that the bank repeats, with the same amount.  Empty: none, or
   several. */
static lg_str earlier(struct work *w, const char *index, lg_str value, const char *status)
{
	const struct lg_records *r = w->m->host->rec;
	struct lg_row rows[FIND_MAX];
	size_t n = value.len ? w->m->host->find(w->run, "payments", str_c(index), value, rows, FIND_MAX) : 0;
	lg_str found = { 0 };

	for (size_t i = 0; i < n; i++) {
		lg_dec d;
		int64_t v;

		if (str_same(rows[i].key, w->id) || !r->dec(rows[i].rec, LG_PAYMENT_AMOUNT, &d) || !money_of(d, &v) ||
		    v != w->amount || (status && !str_same(r->str(rows[i].rec, LG_PAYMENT_STATUS), str_c(status))))
			continue;
		if (found.len > 0)
			return (lg_str){ 0 };
		found = rows[i].key;
	}
	return found;
}

static lg_str returned_payment(struct work *w)
{
	static const uint16_t ids[] = { LG_TRANSACTION_END_TO_END_ID, LG_TRANSACTION_TRANSACTION_ID,
					LG_TRANSACTION_DETAIL_REFERENCE, LG_TRANSACTION_BANK_REFERENCE };
	lg_str found = { 0 };

	for (size_t i = 0; i < sizeof ids / sizeof ids[0] && found.len == 0; i++) {
		lg_str id = w->m->host->rec->str(w->tx, ids[i]);

		if (!str_same(id, LG_STR("NOTPROVIDED")))
			found = earlier(w, "id", id, NULL);
	}
	return found;
}

/* The bank took a payment back: all that it paid is open again, and both payments end as a refund. */
static bool take_back(struct work *w, lg_str payment)
{
	struct history h;
	struct allocation a = { .from_kind = "transaction",
				.from_id = payment,
				.to_kind = "refund",
				.to_id = w->id,
				.stage = "S0",
				.rule = "returned" };
	lg_str client = { 0 };
	int64_t freed = 0;

	history_load(w, payment, &h);
	if (h.count == 0 || history_live(w, &h, "refund") < h.count) {
		w->subject = w->id;
		w->made = 0;
		return false;
	}
	for (size_t i = 0, n = h.count; i < n; i++)
		if (!h.a[i].reversed) {
			client = w->m->host->rec->str(h.a[i].rec, LG_COMMON_CLIENT);
			freed += history_reverse(w, &h, i, "returned", LG_STR("auto"), (lg_str){ 0 });
		}
	a.client = client;
	a.amount = money_dec(freed);
	a.evidence = evidence_none(w, 0, "returned", NULL);
	allocate(w, &a);
	w->subject = w->id;
	w->made = 0;
	w->client = client;
	apply_whole(w, 0, "refund", payment, "return of a payment");
	payment_remember(w, "returned", 0);
	return true;
}

/* The payment that was given back is looked at once more, and waits no longer. */
static void close_refund(struct work *w, lg_str payment)
{
	const struct lg_host *h = w->m->host;
	const struct lg_rec *old = h->get(w->run, "payments", payment);
	struct lg_rec *row = h->rec_new(w->run, LG_PAYMENT);
	char room[160];
	struct text t = TEXT_IN(room);
	lg_str topic;

	if (old == NULL)
		return;
	h->rec->copy(row, old);
	h->rec->set_str(row, LG_PAYMENT_STATUS, LG_STR("refunded"));
	h->put(w->run, "payments", payment, row, NULL, 0);
	text_lit(&t, "refund:");
	text_str(&t, payment);
	topic = text_view(&t);
	h->wake(w->run, &topic, 1);
}

/* A duplicate or a rest that the firm pays back. */
static bool pay_back(struct work *w)
{
	char room[PAID_KEY];
	lg_str payment = earlier(w, "paid", paid_key(w, room), "refund");

	if (payment.len == 0)
		return false;
	apply_whole(w, 0, "refund", payment, "refund paid");
	close_refund(w, payment);
	payment_remember(w, "refunded", 0);
	return true;
}

static bool screen_debit(struct work *w, bool back)
{
	const char *kind = bank_kind(w);
	lg_str payment = back ? returned_payment(w) : (lg_str){ 0 };

	if (payment.len > 0 && take_back(w, payment))
		return true;
	if (kind && !back) {
		apply_whole(w, 0, kind, (lg_str){ 0 }, kind[0] == 'f' ? "bank fee" : "interest");
		return true;
	}
	if (!back && w->is_money && pay_back(w))
		return true;
	if (in_list(&w->m->policy.opt->own_accounts, w->payer_account))
		apply_suspense(w, "match.own_transfer", "a transfer between the firm's own accounts", NULL);
	else if (back)
		apply_suspense(w, "match.return_unknown", "a payment was taken back that is not known here", NULL);
	else
		apply_suspense(w, "match.outgoing", "an outgoing payment that is not known here", NULL);
	return true;
}

bool screen_run(struct work *w)
{
	const struct lg_records *r = w->m->host->rec;
	bool back = r->boolean(w->tx, LG_TRANSACTION_REVERSAL) || r->has(w->tx, LG_TRANSACTION_RETURN);
	const char *kind;

	if (!w->is_money) {
		apply_suspense(w, "match.amount",
			       "the amount has more than four decimals, is zero, or is too large to match", NULL);
		return true;
	}
	if (!str_same(r->str(w->tx, LG_TRANSACTION_SIDE), LG_STR("credit")))
		return screen_debit(w, back);
	if (back) {
		apply_suspense(w, "match.came_back", "a payment of the firm came back", NULL);
		return true;
	}
	if (in_list(&w->m->policy.opt->own_accounts, w->payer_account)) {
		apply_suspense(w, "match.own_transfer", "a transfer between the firm's own accounts", NULL);
		return true;
	}
	if (in_list(&w->m->policy.opt->gateway_accounts, w->payer_account)) {
		apply_suspense(w, "match.gateway_payout", "a payout of a payment gateway", NULL);
		return true;
	}
	kind = r->has(w->tx, LG_TRANSACTION_CODE) ? bank_kind(w) : NULL;
	if (kind) {
		apply_whole(w, 0, kind, (lg_str){ 0 }, kind[0] == 'f' ? "bank fee" : "interest");
		return true;
	}
	return false;
}
