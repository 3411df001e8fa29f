/* Invoices and credit notes: an event for each, and the rows of their taxes. */
#include "book.h"

static bool complain(struct book *b, struct lg_run *run, const struct lg_rec *invoice, const char *what)
{
	b->host->explain(run, "book.incomplete", "the invoice \"%.*s\" cannot be booked: it has %s",
			 S(b->host->rec->str(invoice, LG_INVOICE_NUMBER)), what);
	return false;
}

/* An invoice without rows of taxes is one row outside the scope of VAT, if it has no VAT. */
static bool single_row(struct book *b, struct lg_run *run, const struct lg_rec *invoice, struct tax_row *row)
{
	const struct lg_rec *totals = b->host->rec->obj(invoice, LG_INVOICE_TOTALS);
	lg_dec tax = { 0, 0 };

	row->category = LG_STR("O");
	if (b->host->rec->dec(totals, LG_TOTALS_TAX, &tax) && tax.coef != 0)
		return complain(b, run, invoice, "VAT, but no row that says of which rate");
	if (!b->host->rec->dec(totals, LG_TOTALS_NET, &row->base) &&
	    !b->host->rec->dec(totals, LG_TOTALS_GROSS, &row->base))
		b->host->rec->dec(totals, LG_TOTALS_PAYABLE, &row->base);
	return true;
}

bool invoice_rows(struct book *b, struct lg_run *run, const struct lg_rec *invoice, struct pool *pool,
		  struct tax_row **rows, size_t *count)
{
	const struct lg_records *r = b->host->rec;
	size_t n = r->count(invoice, LG_INVOICE_TAXES);
	struct tax_row *out = pool_get(pool, (n + 1) * sizeof *out);

	*rows = out;
	*count = n ? n : 1;
	if (n == 0)
		return single_row(b, run, invoice, out);
	for (size_t i = 0; i < n; i++) {
		const struct lg_rec *t = r->obj_at(invoice, LG_INVOICE_TAXES, i);

		out[i].category = pool_str(pool, r->str(t, LG_TAX_CATEGORY));
		r->dec(t, LG_TAX_RATE, &out[i].rate);
		r->dec(t, LG_TAX_BASE, &out[i].base);
		r->dec(t, LG_TAX_AMOUNT, &out[i].tax);
	}
	return true;
}

/* Keeps the rows for later discounts. */
static void keep_taxes(struct book *b, struct lg_run *run, const struct lg_rec *invoice)
{
	const struct lg_records *r = b->host->rec;
	struct lg_rec *kept = b->host->rec_new(run, LG_INVOICE);
	size_t n = r->count(invoice, LG_INVOICE_TAXES);

	for (size_t i = 0; i < n; i++)
		r->copy(r->add_obj(kept, LG_INVOICE_TAXES), r->obj_at(invoice, LG_INVOICE_TAXES, i));
	if (n > 0)
		b->host->put(run, TAXES_TABLE, r->str(invoice, LG_COMMON_ID), kept, NULL, 0);
}

const struct lg_rec *invoice_taxes(struct book *b, struct lg_run *run, lg_str invoice_id)
{
	return invoice_id.len > 0 ? b->host->get(run, TAXES_TABLE, invoice_id) : NULL;
}

static lg_dec negated(lg_dec d)
{
	return (lg_dec){ -d.coef, d.scale };
}

/* payable + prepaid - base - tax is what the document rounded. */
static bool set_values(struct book *b, const struct lg_rec *totals, struct event *e)
{
	const struct lg_host *h = b->host;
	lg_dec *v = e->values, rest;

	if (!h->rec->dec(totals, LG_TOTALS_PAYABLE, &v[REG_PAYABLE]))
		h->rec->dec(totals, LG_TOTALS_GROSS, &v[REG_PAYABLE]);
	h->rec->dec(totals, LG_TOTALS_PREPAID, &v[REG_PREPAID]);
	for (size_t i = 0; i < e->row_count; i++)
		if (!h->dec_add(v[REG_BASE], e->rows[i].base, &v[REG_BASE]) ||
		    !h->dec_add(v[REG_TAX], e->rows[i].tax, &v[REG_TAX]))
			return false;
	if (!h->dec_add(v[REG_PAYABLE], v[REG_PREPAID], &rest) || !h->dec_add(rest, negated(v[REG_BASE]), &rest) ||
	    !h->dec_add(rest, negated(v[REG_TAX]), &rest))
		return false;
	v[REG_ROUNDING] = rest;
	return true;
}

/* Client, contract and debtor as the register has them, else by the record itself. */
static void set_owner(struct book *b, struct lg_run *run, const struct lg_rec *invoice, struct event *e)
{
	const struct lg_host *h = b->host;
	const struct lg_rec *buyer = h->rec->obj(invoice, LG_INVOICE_BUYER);
	const struct lg_client *c;
	struct lg_row row;

	if (buyer != NULL)
		e->debtor = h->rec->str(buyer, LG_PARTY_NAME);
	e->client = h->rec->str(invoice, LG_COMMON_CLIENT);
	if (h->find(run, ITEMS_TABLE, LG_STR("invoice"), h->rec->str(invoice, LG_COMMON_ID), &row, 1) == 1) {
		e->client = h->rec->str(row.rec, LG_COMMON_CLIENT);
		e->contract = h->rec->str(row.rec, LG_OPEN_ITEM_CONTRACT);
	}
	c = e->client.len > 0 ? h->client(run, e->client) : NULL;
	if (c != NULL && e->contract.len == 0)
		e->contract = c->contract;
}

bool invoice_group(struct book *b, struct lg_run *run, const struct lg_rec *invoice, struct group *g)
{
	const struct lg_records *r = b->host->rec;
	const struct lg_rec *totals = r->obj(invoice, LG_INVOICE_TOTALS),
			    *payment = r->obj(invoice, LG_INVOICE_PAYMENT);
	bool credit = b->host->is_credit_note(r->str(invoice, LG_INVOICE_TYPE));
	struct event e = { .sign = 1 };
	struct tax_row *rows;

	if (totals == NULL)
		return complain(b, run, invoice, "no totals");
	if (!r->date(invoice, LG_INVOICE_ISSUE_DATE, &g->date))
		return complain(b, run, invoice, "no date");
	e.name = credit ? LG_STR("credit_note_registered") : LG_STR("invoice_registered");
	g->source = g->key = pool_str(&g->pool, r->str(invoice, LG_COMMON_ID));
	g->event = e.name;
	g->kind = LG_STR("invoice"); /* a revision may turn one into the other */
	if (!invoice_rows(b, run, invoice, &g->pool, &rows, &e.row_count))
		return false;
	e.rows = rows;
	if (!set_values(b, totals, &e))
		return complain(b, run, invoice, "amounts that are too large");
	set_owner(b, run, invoice, &e);
	e.currency = r->str(invoice, LG_INVOICE_CURRENCY);
	e.invoice = r->str(invoice, LG_INVOICE_NUMBER);
	e.reference = payment ? r->str(payment, LG_PAYMENT_INFO_REFERENCE) : (lg_str){ 0 };
	if (!draft_event(b, run, g, &e))
		return false;
	keep_taxes(b, run, invoice);
	return true;
}
