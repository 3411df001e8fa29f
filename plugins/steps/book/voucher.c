/* Drafts become vouchers: date, number, and what to do when they were made before. */
#include "book.h"

#include <stdio.h>

struct making {
	struct book *b;
	struct lg_run *run;
	const struct group *g;
	const struct draft *d;
	lg_date date; /* as it should be, before closed periods */
};

#define KEY_MAX 640

/* ---- dates and years ---- */

static lg_date open_day(const struct draft *d, lg_date day)
{
	lg_date closed = d->ledger->closed_until;

	return closed != INT32_MIN && day <= closed ? closed + 1 : day;
}

/* The start of the financial year that a day lies in. */
static lg_date year_start(const struct lg_host *h, const struct draft *d, lg_date day)
{
	int year, month, dom;
	lg_date start;

	h->date_parts(day, &year, &month, &dom);
	if (!h->date_make(year, d->year_month, d->year_day, &start))
		start = day;
	if (start > day && !h->date_make(year - 1, d->year_month, d->year_day, &start))
		start = day;
	return start;
}

static lg_date year_end(const struct lg_host *h, const struct draft *d, lg_date start)
{
	int year, month, dom;
	lg_date next;

	h->date_parts(start, &year, &month, &dom);
	return h->date_make(year + 1, d->year_month, d->year_day, &next) ? next - 1 : start;
}

static lg_str date_text(const struct lg_host *h, lg_date day, char out[16])
{
	int year, month, dom;

	h->date_parts(day, &year, &month, &dom);
	return (lg_str){ out, (size_t)snprintf(out, 16, "%04d-%02d-%02d", year % 10000, month % 100, dom % 100) };
}

/* ---- the record ---- */

static void set_lines(const struct making *m, struct lg_rec *v, int sign)
{
	const struct lg_records *r = m->b->host->rec;

	for (size_t i = 0; i < m->d->count; i++) {
		const struct draft_line *l = &m->d->lines[i];
		lg_dec net = l->net;
		struct lg_rec *out;

		if (net.coef == 0)
			continue;
		net.coef *= sign;
		out = r->add_obj(v, LG_VOUCHER_LINES);
		r->set_str(out, LG_VOUCHER_LINE_ACCOUNT, l->account);
		r->set_str(out, LG_VOUCHER_LINE_ROLE, l->role);
		r->set_dec(out, net.coef > 0 ? LG_VOUCHER_LINE_DEBIT : LG_VOUCHER_LINE_CREDIT,
			   (lg_dec){ net.coef > 0 ? net.coef : -net.coef, net.scale });
		r->set_str(out, LG_VOUCHER_LINE_CURRENCY, m->d->currency);
		r->set_str(out, LG_VOUCHER_LINE_INVOICE, l->invoice);
		r->set_str(out, LG_VOUCHER_LINE_PARTY, l->debtor);
		r->set_str(out, LG_VOUCHER_LINE_VAT_CODE, l->vat_code);
		r->set_str(out, LG_VOUCHER_LINE_TEXT, l->text);
	}
}

static struct lg_rec *head(const struct making *m, lg_date day, lg_str text)
{
	const struct lg_host *h = m->b->host;
	struct lg_rec *v = h->rec_new(m->run, LG_VOUCHER);
	lg_date booked = open_day(m->d, day);
	char full[700], on[16];

	h->rec->set_str(v, LG_COMMON_CLIENT, m->d->client);
	h->rec->set_str(v, LG_VOUCHER_LEDGER, m->d->ledger->name);
	h->rec->set_str(v, LG_VOUCHER_COMPANY, m->d->company);
	h->rec->set_str(v, LG_VOUCHER_SERIES, m->d->ledger->series);
	h->rec->set_date(v, LG_VOUCHER_DATE, booked);
	h->rec->set_str(v, LG_VOUCHER_EVENT, m->g->event);
	h->rec->set_str(v, LG_VOUCHER_SOURCE, m->g->source);
	if (booked != day) {
		int n = snprintf(full, sizeof full, "%.*s (%.*s)", S(text), S(date_text(h, day, on)));

		h->rec->set_bool(v, LG_VOUCHER_LATE, true);
		text = (lg_str){ full, n < 0 ? 0 : (size_t)n < sizeof full ? (size_t)n : sizeof full - 1 };
	}
	h->rec->set_str(v, LG_VOUCHER_TEXT, text);
	return v;
}

/* Number and year, the last things before it is emitted. */
static void set_number(const struct making *m, struct lg_rec *v)
{
	const struct lg_host *h = m->b->host;
	lg_date day = 0, start;
	char from[16], to[16], text[KEY_MAX];
	int n;

	h->rec->date(v, LG_VOUCHER_DATE, &day);
	start = year_start(h, m->d, day);
	date_text(h, start, from);
	date_text(h, year_end(h, m->d, start), to);
	n = snprintf(text, sizeof text, "%s/%s", from, to);
	h->rec->set_str(v, LG_VOUCHER_FINANCIAL_YEAR, (lg_str){ text, (size_t)n });
	n = snprintf(text, sizeof text, "%.*s/%.*s/%.*s/%s", S(m->d->ledger->name), S(m->d->company),
		     S(m->d->ledger->series), from);
	h->rec->set_int(v, LG_VOUCHER_NUMBER,
			h->number(m->run, (lg_str){ text, n < 0                     ? 0
							  : (size_t)n < sizeof text ? (size_t)n
										    : sizeof text - 1 }));
}

/* The record that `why` goes on to: of money the first allocation, which says by which rule. */
static lg_str cause(const struct group *g)
{
	return g->money ? g->key : g->source;
}

/* ---- was it made before? ---- */

static lg_str key_of(const struct making *m, int generation, bool reversal, char out[KEY_MAX])
{
	char more[32] = "";
	int n;

	if (generation > 1)
		snprintf(more, sizeof more, "#%d", generation);
	n = snprintf(out, KEY_MAX, "%.*s/%.*s/%.*s/%.*s%s%s", S(m->d->ledger->name), S(m->d->company), S(m->g->kind),
		     S(m->g->key), more, reversal ? "/reversal" : "");
	return (lg_str){ out, n < 0 ? 0 : (size_t)n < KEY_MAX ? (size_t)n : KEY_MAX - 1 };
}

static bool same_amount(const struct lg_records *r, const struct lg_rec *a, const struct lg_rec *b, uint16_t field)
{
	lg_dec x = { 0, 0 }, y = { 0, 0 };

	r->dec(a, field, &x);
	r->dec(b, field, &y);
	return x.coef == y.coef && x.scale == y.scale;
}

static bool same_line(const struct lg_records *r, const struct lg_rec *a, const struct lg_rec *b)
{
	static const uint16_t texts[] = { LG_VOUCHER_LINE_ACCOUNT, LG_VOUCHER_LINE_INVOICE, LG_VOUCHER_LINE_PARTY,
					  LG_VOUCHER_LINE_VAT_CODE, LG_VOUCHER_LINE_CURRENCY };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (!str_same(r->str(a, texts[i]), r->str(b, texts[i])))
			return false;
	return same_amount(r, a, b, LG_VOUCHER_LINE_DEBIT) && same_amount(r, a, b, LG_VOUCHER_LINE_CREDIT);
}

/* The same postings?  Of the date only what the source changed counts, not that a period was closed in between. */
static bool same_voucher(const struct lg_records *r, const struct lg_rec *a, const struct lg_rec *b, bool day_counts)
{
	size_t n = r->count(a, LG_VOUCHER_LINES);
	lg_date x = 0, y = 0;

	r->date(a, LG_VOUCHER_DATE, &x);
	r->date(b, LG_VOUCHER_DATE, &y);
	if (n != r->count(b, LG_VOUCHER_LINES))
		return false;
	if (day_counts && x != y && !r->boolean(a, LG_VOUCHER_LATE) && !r->boolean(b, LG_VOUCHER_LATE))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!same_line(r, r->obj_at(a, LG_VOUCHER_LINES, i), r->obj_at(b, LG_VOUCHER_LINES, i)))
			return false;
	return true;
}

static lg_str reversal_text(const struct making *m, const struct lg_rec *old, lg_str number)
{
	const struct lg_records *r = m->b->host->rec;
	const struct word words[] = { { "series", r->str(old, LG_VOUCHER_SERIES) },
				      { "number", number },
				      { "text", r->str(old, LG_VOUCHER_TEXT) } };
	lg_str text = m->d->reversal.len ? m->d->reversal : LG_STR("Reversal of {series} {number}: {text}");

	return fill_in(&m->b->group.pool, text, words, sizeof words / sizeof words[0]);
}

static lg_status reverse(const struct making *m, const struct lg_rec *old, int generation)
{
	const struct lg_host *h = m->b->host;
	const struct lg_records *r = h->rec;
	size_t n = r->count(old, LG_VOUCHER_LINES);
	struct lg_rec *v;
	lg_date day = m->date;
	char digits[24], key[KEY_MAX];
	int64_t number = 0;

	r->date(old, LG_VOUCHER_DATE, &day);
	r->integer(old, LG_VOUCHER_NUMBER, &number);
	v = head(m, day,
		 reversal_text(m, old,
			       (lg_str){ digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)number) }));
	r->set_str(v, LG_VOUCHER_REVERSES, r->str(old, LG_COMMON_ID));
	r->set_str(v, LG_VOUCHER_EVENT, r->str(old, LG_VOUCHER_EVENT));
	for (size_t i = 0; i < n; i++) {
		const struct lg_rec *line = r->obj_at(old, LG_VOUCHER_LINES, i);
		struct lg_rec *out = r->add_obj(v, LG_VOUCHER_LINES);
		lg_dec debit, credit;

		r->copy(out, line);
		r->unset(out, LG_VOUCHER_LINE_DEBIT);
		r->unset(out, LG_VOUCHER_LINE_CREDIT);
		if (r->dec(line, LG_VOUCHER_LINE_DEBIT, &debit))
			r->set_dec(out, LG_VOUCHER_LINE_CREDIT, debit);
		if (r->dec(line, LG_VOUCHER_LINE_CREDIT, &credit))
			r->set_dec(out, LG_VOUCHER_LINE_DEBIT, credit);
	}
	set_number(m, v);
	return h->emit(m->run, v, key_of(m, generation, true, key), cause(m->g));
}

/* The newest voucher of this key that stands, and its generation (0: none was ever made). */
static const struct lg_rec *standing(const struct making *m, int *generation)
{
	const struct lg_rec *last = NULL, *v;
	char key[KEY_MAX];

	for (*generation = 0;; ++*generation) {
		v = m->b->host->made(m->run, key_of(m, *generation + 1, false, key));
		if (v == NULL)
			break;
		last = v;
	}
	if (last != NULL && m->b->host->made(m->run, key_of(m, *generation, true, key)) != NULL)
		return NULL;
	return last;
}

static lg_status make(const struct making *m)
{
	const struct lg_host *h = m->b->host;
	struct lg_rec *v = head(m, m->date, m->d->text.len ? m->d->text : m->g->event);
	int generation;
	const struct lg_rec *old = standing(m, &generation);
	lg_status status = LG_OK;
	char key[KEY_MAX];

	set_lines(m, v, 1);
	if (old != NULL) {
		if (same_voucher(h->rec, old, v, !m->g->undoes))
			return LG_OK;
		status = reverse(m, old, generation);
	}
	if (status != LG_OK || h->rec->count(v, LG_VOUCHER_LINES) == 0)
		return status;
	set_number(m, v);
	return h->emit(m->run, v, key_of(m, generation + 1, false, key), cause(m->g));
}

/* ---- groups ---- */

void group_drop(struct group *g)
{
	struct pool pool = g->pool;

	pool_empty(&pool);
	*g = (struct group){ .date = NO_DATE, .decided = NO_DATE, .pool = pool };
}

lg_status group_finish(struct book *b, struct lg_run *run)
{
	struct group *g = &b->group;
	lg_status status = LG_OK;
	lg_date day = g->date;

	if (g->undoes && (day == NO_DATE || g->decided > day))
		day = g->decided;
	if (day == NO_DATE)
		day = b->host->today(run);
	for (const struct draft *d = g->drafts; d != NULL && status == LG_OK; d = d->next) {
		struct making m = { b, run, g, d, day };

		status = make(&m);
	}
	group_drop(g);
	return status;
}
