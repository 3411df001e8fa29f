/* report_items.c - aging and days of sales outstanding: what was open on a day, from the register and the allocations.
 */
#include "core/cli/report.h"

#include "core/base/date.h"
#include "core/base/dec.h"
#include "core/model/identity.h"

#include <stdio.h>

struct open {
	struct cli *cli;
	lg_date as_of;
	struct sums paid;  /* invoice id -> a: closed on or before the day */
	struct sums rows;  /* "client currency" -> figures */
	struct sums sales; /* "client currency month" and the like: DSO */
};

/* What an allocation takes off the item it goes to and, for a netted credit note, off the one it comes from. */
static bool on_allocation(void *ctx, const struct store_row *row)
{
	struct open *o = ctx;
	const struct lg_rec *r = row->rec, *adjustment;
	const struct lg_rec *from = rec_obj(r, LG_ALLOCATION_FROM), *to = rec_obj(r, LG_ALLOCATION_TO);
	lg_dec amount, more;
	lg_date day;

	if (!rec_date(r, LG_ALLOCATION_DATE, &day) || day > o->as_of)
		return true;
	rec_dec(r, LG_ALLOCATION_AMOUNT, &amount);
	adjustment = rec_obj(r, LG_ALLOCATION_ADJUSTMENT);
	if (adjustment && rec_dec(adjustment, LG_ADJUSTMENT_AMOUNT, &more))
		sum_add(&amount, more, 1);
	if (to && str_is(rec_str(to, LG_LINK_KIND), "invoice"))
		sum_add(&sums_at(&o->paid, rec_str(to, LG_LINK_ID))->a, amount, report_sign(r));
	if (to && str_is(rec_str(to, LG_LINK_KIND), "credit_note"))
		sum_add(&sums_at(&o->paid, rec_str(to, LG_LINK_ID))->a, amount, report_sign(r));
	if (from && str_is(rec_str(from, LG_LINK_KIND), "credit_note"))
		sum_add(&sums_at(&o->paid, rec_str(from, LG_LINK_ID))->a, amount, report_sign(r));
	return true;
}

/* Open on the day; negative for a credit note.  False when it was not there yet. */
static bool open_on(struct open *o, const struct lg_rec *item, lg_dec *out)
{
	lg_date issued;
	lg_dec amount;

	if (rec_date(item, LG_OPEN_ITEM_ISSUE_DATE, &issued) && issued > o->as_of)
		return false;
	rec_dec(item, LG_OPEN_ITEM_AMOUNT, &amount);
	sum_add(&amount, sums_at(&o->paid, rec_str(item, LG_OPEN_ITEM_INVOICE))->a, -1);
	*out = is_credit_note(rec_str(item, LG_OPEN_ITEM_TYPE)) ? dec_neg(amount) : amount;
	return true;
}

static lg_str group(struct open *o, const struct lg_rec *item)
{
	return arena_printf(&o->cli->arena, "%.*s\t%.*s", STRA(rec_str(item, LG_COMMON_CLIENT)),
			    STRA(rec_str(item, LG_OPEN_ITEM_CURRENCY)));
}

static bool age_item(void *ctx, lg_str key, const struct lg_rec *item)
{
	struct open *o = ctx;
	struct sum *s;
	lg_date due;
	lg_dec amount;
	int days;

	(void)key;
	if (!open_on(o, item, &amount) || dec_sign(amount) == 0)
		return true;
	s = sums_at(&o->rows, group(o, item));
	days = rec_date(item, LG_OPEN_ITEM_DUE_DATE, &due) ? o->as_of - due : 0;
	sum_add(days <= 0 ? &s->a : days <= 30 ? &s->b : days <= 60 ? &s->c : days <= 90 ? &s->d : &s->e, amount, 1);
	sum_add(&s->f, amount, 1);
	s->n++;
	return true;
}

static void cells_group(struct table *t, lg_str key)
{
	lg_str client;

	str_split(&key, '\t', &client);
	table_cell(t, client);
	table_cell(t, key);
}

static bool gather(struct open *o, store_state_fn *fn)
{
	struct err err = { 0 };

	if (!report_each(o->cli, LG_KIND_BIT(LG_ALLOCATION), on_allocation, o))
		return false;
	if (view_state(o->cli->view, LG_STR("items"), fn, o, &err))
		return true;
	cli_fail(&err);
	return false;
}

static void fini(struct open *o)
{
	sums_fini(&o->paid);
	sums_fini(&o->rows);
	sums_fini(&o->sales);
}

static int aging(struct cli *cli, lg_date as_of)
{
	static const struct column columns[] = {
		{ "client", "client", LEFT },    { "currency", "currency", LEFT }, { "items", "items", RIGHT },
		{ "not_due", "not due", RIGHT }, { "days_30", "1-30", RIGHT },     { "days_60", "31-60", RIGHT },
		{ "days_90", "61-90", RIGHT },   { "older", "over 90", RIGHT },    { "total", "total", RIGHT },
	};
	struct open o = { .cli = cli, .as_of = as_of };
	bool ok = gather(&o, age_item);
	struct sum **list = sums_sorted(&o.rows);
	struct table *t = ok ? table_new(cli, columns, ARRAY_LEN(columns)) : NULL;

	for (size_t i = 0; ok && i < o.rows.map.count; i++) {
		const struct sum *s = list[i];
		lg_str currency = str_from(s->key, str_chr(s->key, '\t') + 1);

		cells_group(t, s->key);
		table_cellf(t, "%lld", (long long)s->n);
		table_cell(t, cli_amount(cli, s->a, currency));
		table_cell(t, cli_amount(cli, s->b, currency));
		table_cell(t, cli_amount(cli, s->c, currency));
		table_cell(t, cli_amount(cli, s->d, currency));
		table_cell(t, cli_amount(cli, s->e, currency));
		table_cell(t, cli_amount(cli, s->f, currency));
	}
	table_end(&t);
	fini(&o);
	return ok ? CLI_OK : CLI_PROBLEM;
}

const struct report report_aging = { "aging", "open items by days overdue", aging };

/* ---- DSO ---- */

#define DSO_DAYS 90

static bool dso_item(void *ctx, lg_str key, const struct lg_rec *item)
{
	struct open *o = ctx;
	struct sum *s = sums_at(&o->rows, group(o, item));
	lg_date issued;
	lg_dec amount, open;

	(void)key;
	if (!rec_date(item, LG_OPEN_ITEM_ISSUE_DATE, &issued) || issued > o->as_of || !open_on(o, item, &open))
		return true;
	rec_dec(item, LG_OPEN_ITEM_AMOUNT, &amount);
	if (is_credit_note(rec_str(item, LG_OPEN_ITEM_TYPE)))
		amount = dec_neg(amount);
	sum_add(&s->a, open, 1);
	if (issued > o->as_of - DSO_DAYS)
		sum_add(&s->b, amount, 1);
	sum_add(&sums_at(&o->sales,
			 arena_printf(&o->cli->arena, "%.*s\t%d", STRA(s->key), (int)(o->as_of - issued) / 30))
			 ->a,
		amount, 1);
	return true;
}

/* Count-back: take the sales of the last 30 days, the 30 before, ... off what is open, 30 days each, until it is used
 * up. */
static lg_dec count_back(struct open *o, const struct sum *s)
{
	lg_dec rest = s->a, days = DEC_ZERO;

	for (int month = 0; month < 24 && dec_sign(rest) > 0; month++) {
		lg_dec sales = sums_at(&o->sales, arena_printf(&o->cli->arena, "%.*s\t%d", STRA(s->key), month))->a;
		lg_dec part;

		if (dec_cmp(sales, rest) < 0) {
			sum_add(&days, dec_int(30), 1);
			sum_add(&rest, sales, -1);
			continue;
		}
		if (dec_mul_round(rest, dec_int(30), 2, &part) && dec_div_round(part, sales, 1, &part))
			sum_add(&days, part, 1);
		rest = DEC_ZERO;
	}
	return days;
}

static void dso_row(struct open *o, struct table *t, const struct sum *s)
{
	lg_str currency = str_from(s->key, str_chr(s->key, '\t') + 1);
	char text[DEC_TEXT_MAX];
	lg_dec days = DEC_ZERO;

	cells_group(t, s->key);
	table_cell(t, cli_amount(o->cli, s->a, currency));
	table_cell(t, cli_amount(o->cli, s->b, currency));
	if (dec_mul_round(s->a, dec_int(DSO_DAYS), 2, &days) && dec_div_round(days, s->b, 1, &days)) {
		dec_text(days, 1, text);
		table_cell(t, str_of(text));
	} else {
		table_cell(t, STR_NONE); /* nothing was sold */
	}
	dec_text(count_back(o, s), 1, text);
	table_cell(t, str_of(text));
}

static int dso(struct cli *cli, lg_date as_of)
{
	static const struct column columns[] = {
		{ "client", "client", LEFT },  { "currency", "currency", LEFT },
		{ "open", "open", RIGHT },     { "sales", "sales, 90 days", RIGHT },
		{ "dso", "DSO, days", RIGHT }, { "count_back", "count-back, days", RIGHT },
	};
	struct open o = { .cli = cli, .as_of = as_of };
	bool ok = gather(&o, dso_item);
	struct sum **list = sums_sorted(&o.rows);
	struct table *t = ok ? table_new(cli, columns, ARRAY_LEN(columns)) : NULL;

	for (size_t i = 0; ok && i < o.rows.map.count; i++)
		dso_row(&o, t, list[i]);
	table_end(&t);
	fini(&o);
	return ok ? CLI_OK : CLI_PROBLEM;
}

const struct report report_dso = { "dso", "days of sales outstanding: open / sales x 90 days, and counted back", dso };
