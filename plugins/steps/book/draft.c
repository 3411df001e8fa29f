/* Events become lines of drafts. */
#include "book.h"

#include <stdio.h>
#include <stdlib.h>

/* Lines of one event in one ledger, before they join the draft. */
struct part {
	struct draft where; /* whose books; no lines */
	const struct plan_event *event;
	struct draft_line *lines;
	size_t count;
};

static lg_dec signed_as(lg_dec d, int sign)
{
	return sign < 0 ? (lg_dec){ -d.coef, d.scale } : d;
}

/* ---- texts ---- */

static lg_str tell(struct pool *pool, lg_str text, const struct event *e)
{
	const struct word words[] = {
		{ "invoice", e->invoice }, { "debtor", e->debtor }, { "reference", e->reference },
		{ "client", e->client },   { "event", e->name },
	};

	return fill_in(pool, text, words, sizeof words / sizeof words[0]);
}

/* ---- lines ---- */

static bool complain(struct book *b, struct lg_run *run, const struct event *e, const char *what)
{
	b->host->explain(run, "book.cannot", "the event \"%.*s\" of \"%.*s\" cannot be booked: %s", S(e->name),
			 S(e->invoice), what);
	return false;
}

static bool add_line(struct book *b, struct lg_run *run, struct group *g, const struct event *e,
		     const struct plan_line *l, lg_str account, lg_str vat_code, const lg_dec *values,
		     struct part *part)
{
	struct draft_line *out = &part->lines[part->count];
	lg_dec amount;

	if (!linear_value(b->host, &l->amount, values, part->event->names.count, &amount))
		return complain(b, run, e, "an amount is too large");
	if (amount.coef == 0)
		return true;
	if (account.len == 0)
		return complain(b, run, e, "the plan has no account for this row of taxes");
	*out = (struct draft_line){ .account = account, .role = l->role, .vat_code = vat_code };
	if (l->item) {
		out->invoice = pool_str(&g->pool, e->invoice);
		out->debtor = pool_str(&g->pool, e->debtor);
	}
	if (l->text.len > 0)
		out->text = tell(&g->pool, l->text, e);
	out->net = signed_as(amount, l->debit ? e->sign : -e->sign);
	part->count++;
	return true;
}

static void row_values(const struct plan_event *p, const struct tax_row *row, lg_dec *values)
{
	if (p->kind == EVENT_REGISTERED) {
		values[REG_BASE] = row->base;
		values[REG_TAX] = row->tax;
	} else if (p->kind == EVENT_RECEIVED) {
		values[PAY_DISCOUNT_TAX] = row->discount_tax;
	}
}

static bool no_vat_rule(struct book *b, struct lg_run *run, const struct event *e, const struct tax_row *row)
{
	char rate[64], what[160];

	rate[b->host->dec_text(row->rate, 0, rate)] = '\0';
	snprintf(what, sizeof what, "the plan has no rule under `vat` for category \"%.*s\" at %s %%", S(row->category),
		 rate);
	return complain(b, run, e, what);
}

static bool add_rows(struct book *b, struct lg_run *run, struct group *g, const struct plan *plan,
		     const struct event *e, const struct plan_line *l, const lg_dec *values, struct part *part)
{
	lg_dec v[VALUES_MAX];

	for (size_t i = 0; i < e->row_count; i++) {
		const struct plan_vat_config *rule = plan_vat(plan, b->host, e->rows[i].category, e->rows[i].rate);
		lg_str account = l->account;

		if (rule == NULL)
			return no_vat_rule(b, run, e, &e->rows[i]);
		if (l->kind != ROLE_ACCOUNT)
			account = l->kind == ROLE_SALES ? rule->sales : rule->vat;
		memcpy(v, values, sizeof v);
		row_values(part->event, &e->rows[i], v);
		if (!add_line(b, run, g, e, l, account, l->vat_code.len ? l->vat_code : rule->code, v, part))
			return false;
	}
	return true;
}

/* A last look: the lines must balance, whatever the plan says. */
static bool balances(struct book *b, const struct part *part)
{
	lg_dec total = { 0, 0 };

	for (size_t i = 0; i < part->count; i++)
		if (!b->host->dec_add(total, part->lines[i].net, &total))
			return false;
	return total.coef == 0;
}

static bool make_lines(struct book *b, struct lg_run *run, struct group *g, const struct plan *plan,
		       const struct event *e, struct part *part)
{
	const struct plan_event *p = part->event;
	lg_dec values[VALUES_MAX];

	memcpy(values, e->values, sizeof values);
	if (p->kind == EVENT_OTHER && !financing_values(b, run, p, e, values))
		return false;
	part->lines = pool_get(&g->pool, p->count * (e->row_count + 1) * sizeof *part->lines);
	for (size_t i = 0; i < p->count; i++) {
		const struct plan_line *l = &p->lines[i];
		bool ok = l->each ? add_rows(b, run, g, plan, e, l, values, part)
				  : add_line(b, run, g, e, l, l->account, l->vat_code, values, part);

		if (!ok)
			return false;
	}
	return balances(b, part) || complain(b, run, e, "its lines do not balance");
}

/* ---- whose books ---- */

static bool set_currency(struct book *b, struct lg_run *run, const struct event *e, const struct plan *plan,
			 const struct lg_client *client, struct draft *d)
{
	lg_str own = d->ledger->currency;

	if (own.len == 0 && d->ledger->each_client && client != NULL)
		own = client->currency;
	if (own.len == 0)
		own = plan->currency;
	d->currency = own.len ? own : e->currency;
	if (own.len == 0 || e->currency.len == 0 || str_same(own, e->currency))
		return true;
	b->host->explain(run, "book.currency",
			 "the event \"%.*s\" of \"%.*s\" is in %.*s, the ledger \"%.*s\" in %.*s, and there is no "
			 "rate; book it by hand "
			 "and drop this",
			 S(e->name), S(e->invoice), S(e->currency), S(d->ledger->name), S(own));
	return false;
}

static void set_company(const struct lg_client *client, struct pool *pool, struct draft *d)
{
	char id[ITEMS_TEXT];

	d->company = d->ledger->company;
	d->year_month = d->year_day = 1;
	if (client == NULL || !d->ledger->each_client)
		return;
	d->client = client->name;
	d->company = pool_str(pool, items_fold(client->legal_id, id, sizeof id));
	if (client->year_start_month != 0) {
		d->year_month = client->year_start_month;
		d->year_day = client->year_start_day;
	}
}

/* Sets part->event; it stays NULL when this ledger has nothing to book. */
static bool prepare(struct book *b, struct lg_run *run, struct group *g, const struct lg_ledger *ledger,
		    const struct event *e, struct part *part)
{
	const struct lg_client *client = e->client.len > 0 ? b->host->client(run, e->client) : NULL;
	lg_str contract = e->contract.len == 0 && client != NULL ? client->contract : e->contract;
	const struct plan *plan;

	if (ledger->each_client && client == NULL)
		return true; /* nobody's books yet: money that is not identified */
	if (ledger->client.len > 0 && !str_same(ledger->client, e->client))
		return true;
	plan = book_plan(b, run, ledger, client, contract);
	/* A contract that no client has any more has no plan loaded: today's is the next best. */
	if (plan == NULL && client != NULL && !str_same(contract, client->contract))
		plan = book_plan(b, run, ledger, client, client->contract);
	if (plan == NULL)
		return false;
	part->event = plan_find(plan, e->name, contract);
	if (part->event == NULL) {
		b->host->explain(run, "book.unknown_event",
				 "the plan of the ledger \"%.*s\" does not know the event \"%.*s\"; add it (or "
				 "`none`), then release "
				 "this record",
				 S(ledger->name), S(e->name));
		return false;
	}
	if (part->event->none.len > 0) {
		part->event = NULL;
		return true;
	}
	part->where.ledger = ledger;
	set_company(client, &g->pool, &part->where);
	if (!set_currency(b, run, e, plan, client, &part->where))
		return false;
	part->where.text = part->event->text;
	part->where.reversal = plan->reversal;
	return make_lines(b, run, g, plan, e, part);
}

/* ---- joining ---- */

static struct draft *draft_for(struct group *g, const struct draft *where)
{
	struct draft **at = &g->drafts;

	for (; *at != NULL; at = &(*at)->next)
		if ((*at)->ledger == where->ledger && str_same((*at)->company, where->company) &&
		    str_same((*at)->currency, where->currency))
			return *at;
	*at = pool_get(&g->pool, sizeof **at);
	**at = *where;
	(*at)->currency = pool_str(&g->pool, where->currency);
	(*at)->text = (lg_str){ 0 };
	return *at;
}

static bool same_place(const struct draft_line *a, const struct draft_line *b)
{
	return str_same(a->account, b->account) && str_same(a->invoice, b->invoice) && str_same(a->debtor, b->debtor) &&
	       str_same(a->vat_code, b->vat_code);
}

static void grow(struct pool *pool, struct draft *d)
{
	size_t cap = d->cap ? d->cap * 2 : 8;
	struct draft_line *more = pool_get(pool, cap * sizeof *more);

	if (d->count > 0)
		memcpy(more, d->lines, d->count * sizeof *more);
	d->lines = more;
	d->cap = cap;
}

static bool join(struct book *b, struct group *g, const struct event *e, const struct part *part)
{
	struct draft *d = draft_for(g, &part->where);

	if (d->text.len == 0 && e->sign > 0)
		d->text = tell(&g->pool, part->where.text.len ? part->where.text : e->name, e);
	for (size_t i = 0; i < part->count; i++) {
		size_t at = 0;

		while (at < d->count && !same_place(&d->lines[at], &part->lines[i]))
			at++;
		if (at < d->count) {
			if (!b->host->dec_add(d->lines[at].net, part->lines[i].net, &d->lines[at].net))
				return false;
			continue;
		}
		if (d->count == d->cap)
			grow(&g->pool, d);
		d->lines[d->count++] = part->lines[i];
	}
	return true;
}

bool draft_event(struct book *b, struct lg_run *run, struct group *g, const struct event *e)
{
	size_t count = b->config->ledgers.count ? b->config->ledgers.count : 1;
	struct part *parts = pool_get(&g->pool, count * sizeof *parts);

	for (size_t i = 0; i < count; i++) {
		const struct lg_ledger *ledger = book_ledger(b, run, i);

		if (ledger == NULL)
			return complain(b, run, e, "the config has no such ledger");
		if (!prepare(b, run, g, ledger, e, &parts[i]))
			return false;
	}
	for (size_t i = 0; i < count; i++)
		if (parts[i].event != NULL && !join(b, g, e, &parts[i]))
			return complain(b, run, e, "an amount is too large");
	return true;
}
