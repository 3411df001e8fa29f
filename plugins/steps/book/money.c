/* Transactions and what was decided about them. */
#include "book.h"

/* Which event an allocation is: by the side of the money, by what it went to and, where two do, by its rule. */
static const struct {
	const char *to, *rule, *in, *out; /* rule NULL: any; the first row that fits counts */
} names[] = {
	{ "invoice", NULL, "payment_received", "payment_returned" },
	{ "on_account", NULL, "payment_on_account", "on_account_refunded" },
	{ "suspense", NULL, "payment_unidentified", "payment_out_unidentified" },
	{ "refund", "returned", "payment_taken_back", "payment_refunded" },
	{ "refund", NULL, "payment_duplicate", "payment_refunded" },
	{ "client_money", NULL, "client_money_received", "client_money_paid" },
	{ "fee", NULL, "fee_received", "bank_fee_charged" },
	{ "interest", NULL, "interest_received", "interest_charged" },
	{ "credit_note", NULL, "credit_note_received", "credit_note_paid" },
};

/* Where an adjustment's amount goes. */
static const struct {
	const char *reason;
	size_t value;
} reasons[] = {
	{ "rounding", PAY_ROUNDING },  { "bank_fee", PAY_BANK_FEE }, { "discount", PAY_DISCOUNT },
	{ "reminder_fee", PAY_FEE },   { "interest", PAY_INTEREST }, { "write_off", PAY_WRITE_OFF },
	{ "credit_note", PAY_CREDIT },
};

void money_group(struct book *b, const struct lg_rec *tx, struct group *g)
{
	const struct lg_records *r = b->host->rec;

	g->money = true;
	g->kind = LG_STR("payment");
	g->source = pool_str(&g->pool, r->str(tx, LG_COMMON_ID));
	g->reference = pool_str(&g->pool, r->str(tx, LG_TRANSACTION_BANK_REFERENCE));
	g->side = pool_str(&g->pool, r->str(tx, LG_TRANSACTION_SIDE));
	if (!r->date(tx, LG_TRANSACTION_VALUE_DATE, &g->date) && !r->date(tx, LG_TRANSACTION_BOOKING_DATE, &g->date))
		g->date = NO_DATE;
}

static lg_str event_name(const struct group *g, lg_str from, lg_str to, lg_str rule)
{
	bool out = str_is_text(g->side, "debit");

	if (str_is_text(from, "credit_note") && str_is_text(to, "invoice"))
		return LG_STR("credit_applied");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *name = out ? names[i].out : names[i].in;

		if (str_is_text(to, names[i].to) && (!names[i].rule || str_is_text(rule, names[i].rule)))
			return (lg_str){ name, strlen(name) };
	}
	return (lg_str){ 0 };
}

/* "bank fee" and "bank_fee" are the same word. */
static bool same_reason(lg_str a, const char *b)
{
	if (a.len != strlen(b))
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (a.ptr[i] != b[i] && !(a.ptr[i] == ' ' && b[i] == '_'))
			return false;
	return true;
}

static lg_dec negated(lg_dec d)
{
	return (lg_dec){ -d.coef, d.scale };
}

/* ---- the VAT inside a discount ---- */

/* The part of `whole` that a row of gross `part` of `total` has. */
static bool share(const struct lg_host *h, lg_dec whole, lg_dec part, lg_dec total, int digits, lg_dec *out)
{
	lg_dec ratio;

	return h->dec_div_round(part, total, 15, &ratio) && h->dec_mul_round(whole, ratio, digits, out);
}

/* Each row's VAT of the discount: of its share of the gross, what its VAT is of its gross; in proportion, since a
   discount lowers base and VAT alike. */
static bool split_tax(struct book *b, const struct event *e, struct tax_row *rows, size_t count, lg_dec discount,
		      lg_dec *tax)
{
	const struct lg_host *h = b->host;
	int digits = h->currency_digits(e->currency);
	lg_dec gross = { 0, 0 };

	*tax = gross;
	for (size_t i = 0; i < count; i++)
		if (!h->dec_add(gross, rows[i].base, &gross) || !h->dec_add(gross, rows[i].tax, &gross))
			return false;
	for (size_t i = 0; gross.coef != 0 && i < count; i++)
		if (!share(h, discount, rows[i].tax, gross, digits, &rows[i].discount_tax) ||
		    !h->dec_add(*tax, rows[i].discount_tax, tax))
			return false;
	return true;
}

static void copy_row(const struct lg_records *r, struct pool *pool, const struct lg_rec *t, struct tax_row *row)
{
	row->category = pool_str(pool, r->str(t, LG_TAX_CATEGORY));
	r->dec(t, LG_TAX_RATE, &row->rate);
	r->dec(t, LG_TAX_BASE, &row->base);
	r->dec(t, LG_TAX_AMOUNT, &row->tax);
}

/* The last row that has VAT takes what is missing to the VAT that was decided. */
static bool force_tax(const struct lg_host *h, struct tax_row *rows, size_t count, lg_dec tax, lg_dec wanted)
{
	size_t last = count - 1;
	lg_dec rest;

	while (last > 0 && rows[last].tax.coef == 0)
		last--;
	return h->dec_add(wanted, negated(tax), &rest) &&
	       h->dec_add(rows[last].discount_tax, rest, &rows[last].discount_tax);
}

/* The invoice's rows are not known: one row, at the rate that the VAT says. */
static bool guess_rate(const struct lg_host *h, lg_dec discount, lg_dec tax, struct tax_row *row)
{
	lg_dec net, hundred;

	row->category = LG_STR("S");
	return h->dec_add(discount, negated(tax), &net) && h->dec_mul_round(tax, (lg_dec){ 100, 0 }, 4, &hundred) &&
	       h->dec_div_round(hundred, net, 0, &row->rate);
}

static bool set_discount(struct book *b, struct lg_run *run, struct group *g, const struct lg_rec *a, lg_str invoice_id,
			 struct event *e)
{
	const struct lg_host *h = b->host;
	const struct lg_rec *adjustment = h->rec->obj(a, LG_ALLOCATION_ADJUSTMENT);
	const struct lg_rec *kept = invoice_taxes(b, run, invoice_id);
	size_t count = kept ? h->rec->count(kept, LG_INVOICE_TAXES) : 0;
	struct tax_row *rows = pool_get(&g->pool, (count + 1) * sizeof *rows);
	lg_dec tax = { 0, 0 }, wanted;

	for (size_t i = 0; i < count; i++)
		copy_row(h->rec, &g->pool, h->rec->obj_at(kept, LG_INVOICE_TAXES, i), &rows[i]);
	e->rows = rows;
	e->row_count = count ? count : 1;
	if (!split_tax(b, e, rows, count, e->values[PAY_DISCOUNT], &tax))
		return false;
	if (h->rec->dec(adjustment, LG_ADJUSTMENT_TAX, &wanted)) {
		if (count == 0 && !guess_rate(h, e->values[PAY_DISCOUNT], wanted, &rows[0]))
			return false;
		if (!force_tax(h, rows, e->row_count, tax, wanted))
			return false;
		tax = wanted;
	}
	if (tax.coef == 0)
		e->row_count = 0;
	e->values[PAY_DISCOUNT_TAX] = tax;
	return h->dec_add(e->values[PAY_DISCOUNT], negated(tax), &e->values[PAY_DISCOUNT]);
}

/* ---- values ---- */

static bool reject(struct book *b, struct lg_run *run, const char *what, lg_str word)
{
	b->host->explain(run, "book.allocation", "this allocation cannot be booked: %s \"%.*s\"", what, S(word));
	return false;
}

static bool set_adjustment(struct book *b, struct lg_run *run, struct group *g, const struct lg_rec *a,
			   lg_str invoice_id, struct event *e)
{
	const struct lg_host *h = b->host;
	const struct lg_rec *adjustment = h->rec->obj(a, LG_ALLOCATION_ADJUSTMENT);
	lg_dec amount = { 0, 0 };
	lg_str reason;

	e->values[PAY_CLOSED] = e->values[PAY_PAID];
	if (adjustment == NULL || !h->rec->dec(adjustment, LG_ADJUSTMENT_AMOUNT, &amount) || amount.coef == 0)
		return true;
	reason = h->rec->str(adjustment, LG_ADJUSTMENT_REASON);
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
		if (!same_reason(reason, reasons[i].reason))
			continue;
		e->values[reasons[i].value] = amount;
		if (!h->dec_add(e->values[PAY_PAID], amount, &e->values[PAY_CLOSED]))
			return reject(b, run, "its adjustment is too large:", reason);
		if (reasons[i].value == PAY_DISCOUNT && !set_discount(b, run, g, a, invoice_id, e))
			return reject(b, run, "its VAT cannot be computed:", reason);
		return true;
	}
	return reject(b, run, "its adjustment has the reason", reason);
}

static bool set_values(struct book *b, struct lg_run *run, struct group *g, const struct lg_rec *a, lg_str invoice_id,
		       struct event *e)
{
	enum built_in kind = event_kind(e->name);
	lg_dec amount = { 0, 0 };

	b->host->rec->dec(a, LG_ALLOCATION_AMOUNT, &amount);
	e->values[kind == EVENT_RECEIVED ? PAY_PAID : PAID_ONLY] = amount;
	return kind != EVENT_RECEIVED || set_adjustment(b, run, g, a, invoice_id, e);
}

static void note_dates(struct book *b, struct lg_run *run, const struct lg_rec *a, struct group *g)
{
	const struct lg_records *r = b->host->rec;
	const struct lg_rec *decided = r->obj(a, LG_ALLOCATION_DECIDED);
	lg_time at;
	lg_date day;

	if (g->date == NO_DATE && !r->date(a, LG_ALLOCATION_DATE, &g->date))
		g->date = NO_DATE;
	if (!r->has(a, LG_ALLOCATION_REVERSES))
		return;
	g->undoes = true;
	day = b->host->today(run);
	if (g->other && r->date(a, LG_ALLOCATION_DATE, &day))
		decided = NULL;
	if (decided != NULL && r->time(decided, LG_DECIDED_AT, &at))
		day = (lg_date)(at / 86400000);
	if (g->decided == NO_DATE || day > g->decided)
		g->decided = day;
}

/* The debtor as the invoice names it, so that all lines of one invoice name the same; else as the allocation does. */
static lg_str debtor_name(struct book *b, struct lg_run *run, const struct lg_rec *a, lg_str invoice_id)
{
	struct lg_row row;
	lg_str name = { 0 };

	if (invoice_id.len > 0 && b->host->find(run, ITEMS_TABLE, LG_STR("invoice"), invoice_id, &row, 1) == 1)
		name = b->host->rec->str(row.rec, LG_OPEN_ITEM_DEBTOR_NAME);
	return name.len > 0 ? name : b->host->rec->str(a, LG_ALLOCATION_DEBTOR);
}

bool money_allocation(struct book *b, struct lg_run *run, const struct lg_rec *a, struct group *g)
{
	const struct lg_records *r = b->host->rec;
	const struct lg_rec *from = r->obj(a, LG_ALLOCATION_FROM), *to = r->obj(a, LG_ALLOCATION_TO);
	struct event e = { .sign = r->has(a, LG_ALLOCATION_REVERSES) ? -1 : 1 };
	lg_str kind = to ? r->str(to, LG_LINK_KIND) : (lg_str){ 0 };

	/* The lump of a batch whose details are booked one by one: its money is theirs. */
	if (str_is_text(kind, "details"))
		return true;
	e.name = event_name(g, from ? r->str(from, LG_LINK_KIND) : (lg_str){ 0 }, kind, r->str(a, LG_ALLOCATION_RULE));
	if (e.name.len == 0)
		return reject(b, run, "it goes to", kind);
	e.client = r->str(a, LG_COMMON_CLIENT);
	e.contract = r->str(a, LG_ALLOCATION_CONTRACT);
	e.currency = r->str(a, LG_ALLOCATION_CURRENCY);
	e.invoice = r->str(a, LG_ALLOCATION_INVOICE_NUMBER);
	e.debtor = debtor_name(b, run, a, r->str(to, LG_LINK_ID));
	e.reference = g->reference.len ? g->reference : r->str(a, LG_ALLOCATION_BANK_REFERENCE);
	note_dates(b, run, a, g);
	if (!set_values(b, run, g, a, r->str(to, LG_LINK_ID), &e) || !draft_event(b, run, g, &e))
		return false;
	if (g->key.len == 0)
		g->key = pool_str(&g->pool, r->str(a, LG_COMMON_ID));
	if (g->event.len == 0 || (e.sign > 0 && g->undoes && !str_is_text(g->event, e.name.ptr)))
		g->event = e.name;
	return true;
}
