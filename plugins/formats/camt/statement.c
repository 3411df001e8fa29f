/* Balances, totals and pages: a statement is proved before it is taken. */
#include "camt.h"

#include <stdio.h>
#include <string.h>

#define AMOUNT_TEXT (LG_DEC_TEXT + CCY_SIZE)

/* ---- sums ---- */

static struct tally *tally_of(struct totals *t, const char *ccy)
{
	for (size_t i = 0; i < t->tallies; i++)
		if (same_ccy(t->tally[i].ccy, ccy))
			return &t->tally[i];
	if (t->tallies == TALLIES)
		return NULL;
	memcpy(t->tally[t->tallies].ccy, ccy, CCY_SIZE);
	return &t->tally[t->tallies++];
}

static bool add(const struct camt *c, lg_dec *sum, lg_dec d)
{
	return c->r->host->dec_add(*sum, d, sum);
}

bool totals_add(struct camt *c, struct totals *t, const struct money *m, enum side side, bool booked)
{
	struct tally *y = tally_of(t, m->ccy);
	bool credit = side == SIDE_CREDIT;

	if (y == NULL)
		return false;
	t->entries++;
	*(credit ? &t->all_credits : &t->all_debits) += 1;
	if (!add(c, credit ? &y->all_credit : &y->all_debit, m->amount))
		return false;
	if (!booked)
		return true;
	*(credit ? &t->credits : &t->debits) += 1;
	return add(c, credit ? &y->credit : &y->debit, m->amount);
}

/* Adds a page to the pages before it; their opening balance stays. */
static bool totals_join(struct camt *c, struct totals *to, const struct totals *page)
{
	to->entries += page->entries;
	to->credits += page->credits;
	to->debits += page->debits;
	to->all_credits += page->all_credits;
	to->all_debits += page->all_debits;
	for (size_t i = 0; i < page->tallies; i++) {
		const struct tally *from = &page->tally[i];
		struct tally *y = tally_of(to, from->ccy);

		if (y == NULL || !add(c, &y->credit, from->credit) || !add(c, &y->debit, from->debit) ||
		    !add(c, &y->all_credit, from->all_credit) || !add(c, &y->all_debit, from->all_debit))
			return false;
		if (y->opening.rank == 0)
			y->opening = from->opening;
		y->closing = from->closing;
		y->interims = 0;
	}
	return true;
}

/* ---- balances ---- */

lg_status on_balance_start(const struct lg_xml_at *at)
{
	camt_of(at)->st.interim = false;
	camt_of(at)->st.debit = false;
	return LG_OK;
}

/* INTM: of a page, not of the statement. */
lg_status on_balance_subtype(const struct lg_xml_at *at)
{
	camt_of(at)->st.interim = same_text(at->text, "INTM");
	return LG_OK;
}

lg_status on_balance_side(const struct lg_xml_at *at)
{
	camt_of(at)->st.debit = same_text(at->text, "DBIT");
	return LG_OK;
}

static void keep_opening(struct balance *to, const struct balance *b)
{
	bool earlier = to->dated && b->dated && b->date < to->date;

	if (b->rank > to->rank || (b->rank == to->rank && earlier))
		*to = *b;
}

static void keep_closing(struct balance *to, const struct balance *b)
{
	bool earlier = to->dated && b->dated && b->date < to->date;

	if (b->rank > to->rank || (b->rank == to->rank && !earlier))
		*to = *b;
}

static void keep_balance(struct tally *y, lg_str type, struct balance b)
{
	if (same_text(type, "OPBD") || same_text(type, "PRCD")) {
		b.rank = same_text(type, "OPBD") ? 2 : 1;
		keep_opening(&y->opening, &b);
	} else if (same_text(type, "CLBD")) {
		b.rank = 1;
		keep_closing(&y->closing, &b);
	} else if (same_text(type, "ITBD")) {
		b.rank = 1;
		b.interim = true;
		if (y->interims++ == 0)
			y->first = b;
		y->last = b;
	}
}

lg_status on_balance_end(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);
	struct balance b = { .interim = c->st.interim };
	struct tally *y;
	char ccy[CCY_SIZE];

	if (!c->rec->dec(at->rec, LG_STATEMENT_BALANCE_AMOUNT, &b.amount))
		return LG_OK;
	if (c->st.debit)
		b.amount = negative(b.amount);
	c->rec->set_dec(at->rec, LG_STATEMENT_BALANCE_AMOUNT, b.amount);
	b.dated = c->rec->date(at->rec, LG_STATEMENT_BALANCE_DATE, &b.date);
	ccy_set(ccy, c->rec->str(at->rec, LG_STATEMENT_BALANCE_CURRENCY));
	y = tally_of(&c->st.totals, ccy);
	if (y == NULL)
		return camt_refuse(at, "camt.totals", "the balances are in more than %d currencies", TALLIES);
	keep_balance(y, c->rec->str(at->rec, LG_STATEMENT_BALANCE_TYPE), b);
	return LG_OK;
}

/* An interim balance opens where nothing else does, and closes likewise. */
static void settle_interim(struct tally *y)
{
	if (y->interims == 0)
		return;
	if (y->closing.rank == 0 && (y->interims > 1 || y->opening.rank))
		y->closing = y->last;
	if (y->opening.rank == 0 && (y->interims > 1 || y->closing.rank))
		y->opening = y->first;
}

/* ---- what the bank counted ---- */

lg_status on_summary_end(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);
	struct summary *s = &c->st.summary;
	const struct {
		uint16_t field;
		uint32_t bit;
		int64_t *to;
	} counts[] = {
		{ LG_STATEMENT_ENTRIES, HAS_ENTRIES, &s->entries },
		{ LG_STATEMENT_COUNT_CREDIT, HAS_CREDITS, &s->credits },
		{ LG_STATEMENT_COUNT_DEBIT, HAS_DEBITS, &s->debits },
	};
	const struct {
		uint16_t field;
		uint32_t bit;
		lg_dec *to;
	} sums[] = {
		{ LG_STATEMENT_OPENING_BALANCE, HAS_SUM, &s->sum },
		{ LG_STATEMENT_SUM_CREDIT, HAS_SUM_CREDIT, &s->sum_credit },
		{ LG_STATEMENT_SUM_DEBIT, HAS_SUM_DEBIT, &s->sum_debit },
	};

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		if (c->rec->integer(at->rec, counts[i].field, counts[i].to))
			s->has |= counts[i].bit;
	for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
		if (c->rec->dec(at->rec, sums[i].field, sums[i].to))
			s->has |= sums[i].bit;
	return LG_OK;
}

/* ---- does it add up? ---- */

enum proof { PROOF_NONE, PROOF_HOLDS, PROOF_FAILS };

static const char *amount_text(const struct camt *c, lg_dec d, const char *ccy, char out[AMOUNT_TEXT])
{
	size_t n = c->r->host->dec_text(d, c->r->host->currency_digits((lg_str){ ccy, strlen(ccy) }), out);

	snprintf(out + n, AMOUNT_TEXT - n, "%s%s", ccy[0] ? " " : "", ccy);
	return out;
}

static enum proof prove_tally(const struct camt *c, const struct tally *y, char *why, size_t size)
{
	char opening[AMOUNT_TEXT], booked[AMOUNT_TEXT], sum[AMOUNT_TEXT], closing[AMOUNT_TEXT], difference[AMOUNT_TEXT];
	lg_dec moved = y->credit, end = y->opening.amount, off = y->closing.amount;

	if (y->opening.rank == 0 || y->closing.rank == 0)
		return PROOF_NONE;
	if (!add(c, &moved, negative(y->debit)) || !add(c, &end, moved) || !add(c, &off, negative(end))) {
		snprintf(why, size, "the sum of its entries has too many digits");
		return PROOF_FAILS;
	}
	if (off.coef == 0)
		return PROOF_HOLDS;
	snprintf(why, size,
		 "opening %s and booked entries of %s give %s, but the closing balance is %s: a difference of %s",
		 amount_text(c, y->opening.amount, "", opening), amount_text(c, moved, "", booked),
		 amount_text(c, end, y->ccy, sum), amount_text(c, y->closing.amount, y->ccy, closing),
		 amount_text(c, off, y->ccy, difference));
	return PROOF_FAILS;
}

static enum proof prove_balances(const struct camt *c, const struct totals *t, char *why, size_t size)
{
	const struct tally *opens = NULL, *closes = NULL;
	enum proof proof = PROOF_NONE;

	for (size_t i = 0; i < t->tallies; i++) {
		const struct tally *y = &t->tally[i];
		enum proof p = prove_tally(c, y, why, size);

		if (p == PROOF_FAILS)
			return p;
		if (p == PROOF_HOLDS)
			proof = p;
		if (y->opening.rank && !y->closing.rank)
			opens = y;
		if (y->closing.rank && !y->opening.rank)
			closes = y;
	}
	if (opens == NULL || closes == NULL)
		return proof;
	snprintf(why, size, "the opening balance is in %s, the closing balance in %s", opens->ccy, closes->ccy);
	return PROOF_FAILS;
}

/* Banks count all entries or the booked ones; either will do. */
static enum proof prove_count(const char *what, int64_t said, int64_t all, int64_t booked, char *why, size_t size)
{
	if (said == all || said == booked)
		return PROOF_HOLDS;
	snprintf(why, size, "the bank counts %lld %s, but there are %lld: a difference of %lld", (long long)said, what,
		 (long long)all, (long long)(is_count(said) ? said - all : said));
	return PROOF_FAILS;
}

static enum proof prove_sum(const struct camt *c, const char *what, lg_dec said, lg_dec all, lg_dec booked, char *why,
			    size_t size)
{
	char bank[AMOUNT_TEXT], ours[AMOUNT_TEXT], difference[AMOUNT_TEXT];
	const char *ccy = c->st.totals.tallies ? c->st.totals.tally[0].ccy : "";
	lg_dec off = positive(said);

	said = positive(said);
	all = positive(all);
	if (same_dec(said, all) || same_dec(said, positive(booked)) || !add(c, &off, negative(all)))
		return PROOF_HOLDS;
	snprintf(why, size, "the bank's sum of %s is %s, but it is %s: a difference of %s", what,
		 amount_text(c, said, ccy, bank), amount_text(c, all, ccy, ours), amount_text(c, off, ccy, difference));
	return PROOF_FAILS;
}

static enum proof prove_counts(const struct camt *c, const struct totals *t, char *why, size_t size)
{
	const struct summary *s = &c->st.summary;
	enum proof p = PROOF_HOLDS;

	if (s->has & HAS_ENTRIES)
		p = prove_count("entries", s->entries, t->entries, t->credits + t->debits, why, size);
	if (p == PROOF_HOLDS && (s->has & HAS_CREDITS))
		p = prove_count("credits", s->credits, t->all_credits, t->credits, why, size);
	if (p == PROOF_HOLDS && (s->has & HAS_DEBITS))
		p = prove_count("debits", s->debits, t->all_debits, t->debits, why, size);
	return p;
}

/* Of one currency: sums over several mean nothing.  The sum of all entries is given gross or, by some banks, net. */
static enum proof prove_sums(const struct camt *c, const struct totals *t, char *why, size_t size)
{
	static const struct tally none;
	const struct summary *s = &c->st.summary;
	const struct tally *y = t->tallies ? &t->tally[0] : &none;
	lg_dec all = y->all_credit, booked = y->credit, net = y->all_credit, booked_net = y->credit;
	enum proof p = PROOF_HOLDS;

	if (t->tallies > 1 || !add(c, &all, y->all_debit) || !add(c, &booked, y->debit) ||
	    !add(c, &net, negative(y->all_debit)) || !add(c, &booked_net, negative(y->debit)))
		return p;
	if (s->has & HAS_SUM_CREDIT)
		p = prove_sum(c, "credits", s->sum_credit, y->all_credit, y->credit, why, size);
	if (p == PROOF_HOLDS && (s->has & HAS_SUM_DEBIT))
		p = prove_sum(c, "debits", s->sum_debit, y->all_debit, y->debit, why, size);
	if (p == PROOF_HOLDS && (s->has & HAS_SUM) && !same_dec(positive(s->sum), positive(net)) &&
	    !same_dec(positive(s->sum), positive(booked_net)))
		p = prove_sum(c, "entries", s->sum, all, booked, why, size);
	return p;
}

static enum proof prove(const struct camt *c, const struct totals *t, char *why, size_t size)
{
	enum proof p = prove_balances(c, t, why, size);

	if (p == PROOF_FAILS || c->st.summary.has == 0)
		return p;
	p = prove_counts(c, t, why, size);
	return p == PROOF_FAILS ? p : prove_sums(c, t, why, size);
}

/* ---- pages ---- */

static bool is_paged(const struct page *p)
{
	return p->number > 1 || (p->number == 1 && p->has_last && !p->last);
}

static uint64_t mix(uint64_t h, lg_str s)
{
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 1099511628211u;
	return (h ^ 0xff) * 1099511628211u;
}

static bool continues(const struct camt *c)
{
	const struct statement *st = &c->st;

	return c->pages.open && is_paged(&st->page) && st->key == c->pages.key &&
	       st->page.number - 1 == c->pages.last_number;
}

void statement_begin(struct camt *c)
{
	struct statement *st = &c->st;
	const struct lg_rec *account = c->rec->obj(st->rec, LG_STATEMENT_ACCOUNT);

	if (st->begun)
		return;
	st->begun = true;
	st->page = c->message_page;
	if (c->rec->integer(st->rec, LG_STATEMENT_PAGE, &st->page.number)) {
		st->page.has_last = c->rec->has(st->rec, LG_STATEMENT_LAST_PAGE);
		st->page.last = c->rec->boolean(st->rec, LG_STATEMENT_LAST_PAGE);
	}
	st->key = mix(HASH_START, c->rec->str(st->rec, LG_STATEMENT_STATEMENT_ID));
	if (account)
		st->key = mix(st->key, c->rec->str(account, LG_ACCOUNT_ID));
	if (!continues(c))
		seen_clear(&c->seen);
}

static void name_statement(const struct camt *c, char *out, size_t size)
{
	const struct lg_rec *account = c->rec->obj(c->st.rec, LG_STATEMENT_ACCOUNT);
	lg_str id = c->rec->str(c->st.rec, LG_STATEMENT_STATEMENT_ID);
	lg_str number = account ? c->rec->str(account, LG_ACCOUNT_ID) : (lg_str){ 0 };

	snprintf(out, size, "\"%.*s\" of account \"%.*s\"", (int)(id.len < 40 ? id.len : 40), id.ptr ? id.ptr : "",
		 (int)(number.len < 40 ? number.len : 40), number.ptr ? number.ptr : "");
}

static bool closes_interim(const struct totals *t)
{
	for (size_t i = 0; i < t->tallies; i++)
		if (t->tally[i].closing.rank && t->tally[i].closing.interim)
			return true;
	return false;
}

/* A report of the day so far may hold a part of what its balances cover: that stops nothing. */
static void tell(struct camt *c, const struct totals *t, const char *why)
{
	char name[128], text[640];

	name_statement(c, name, sizeof name);
	snprintf(text, sizeof text, "the statement %s does not add up: %s (ask the bank for a corrected one)", name,
		 why);
	if (same_text((lg_str){ c->type, strlen(c->type) }, "camt.052") || closes_interim(t))
		c->r->finding(c->r->job, "camt.balance", c->st.line, "%s", text);
	else
		camt_problem(c, "camt.balance", c->st.line, text);
}

static void tell_unproved(struct camt *c, uint32_t line)
{
	c->r->finding(c->r->job, "camt.page", line,
		      "the other pages of this statement are not in this file: whether it adds up is not known");
}

void pages_end(struct camt *c)
{
	if (c->pages.open && c->pages.unproved)
		tell_unproved(c, c->pages.line);
	c->pages.open = false;
}

/* A page may hold its own interim balances, or those of the whole statement: it is right if either adds up. */
static lg_status end_page(struct camt *c, const struct lg_xml_at *at)
{
	struct statement *st = &c->st;
	struct pages *p = &c->pages;
	char why[400];
	enum proof own = prove(c, &st->totals, why, sizeof why);

	if (!continues(c)) {
		pages_end(c);
		*p = (struct pages){
			.whole = st->page.number == 1, .key = st->key, .totals = st->totals, .line = st->line
		};
	} else if (!totals_join(c, &p->totals, &st->totals)) {
		return camt_refuse(at, "camt.totals",
				   "the pages are in too many currencies, or their sum has too many digits");
	}
	p->open = !st->page.last;
	p->unproved = p->unproved || own != PROOF_HOLDS;
	p->last_number = st->page.number;
	if (own == PROOF_HOLDS || !st->page.last)
		return LG_OK;
	if (!p->whole)
		tell_unproved(c, st->line);
	else if (prove(c, &p->totals, why, sizeof why) == PROOF_FAILS)
		tell(c, &p->totals, why);
	return LG_OK;
}

/* ---- the statement ---- */

lg_status on_statement_start(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);

	c->st = (struct statement){ .rec = at->rec, .line = at->line };
	c->statements++;
	return LG_OK;
}

/* With a zone or, as many banks write it, without: then it is taken as UTC. */
static bool parse_instant(struct camt *c, lg_str text, lg_time *out)
{
	if (c->r->host->time_parse(text, out))
		return true;
	text_clear(&c->scratch);
	return text_add(&c->scratch, text) && text_add(&c->scratch, LG_STR("Z")) &&
	       c->r->host->time_parse(text_view(&c->scratch), out);
}

lg_status on_statement_created(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);
	lg_time created;

	if (parse_instant(c, at->text, &created))
		c->rec->set_time(at->rec, LG_STATEMENT_CREATED_AT, created);
	else
		at->read->finding(at->read->job, "camt.created_at", at->line, "\"%.*s\" is not an instant",
				  (int)(at->text.len < 40 ? at->text.len : 40), at->text.ptr);
	return LG_OK;
}

lg_status on_account_id(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);
	struct lg_rec *account = c->rec->add_obj(at->rec, LG_STATEMENT_ACCOUNT);
	const char *scheme = at->row->value;

	if (c->rec->has(account, LG_ACCOUNT_ID))
		return LG_OK;
	c->rec->set_str(account, LG_ACCOUNT_ID, at->text);
	if (scheme[0])
		c->rec->set_str(account, LG_ACCOUNT_SCHEME, (lg_str){ scheme, strlen(scheme) });
	return LG_OK;
}

lg_status on_servicer_bic(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);

	c->rec->set_str(at->rec, LG_STATEMENT_SERVICER_BIC, at->text);
	c->rec->set_str(c->rec->add_obj(at->rec, LG_STATEMENT_ACCOUNT), LG_ACCOUNT_BIC, at->text);
	return LG_OK;
}

/* The currency that the account is in, else the first that has a balance or an entry. */
static const struct tally *main_tally(const struct camt *c)
{
	const struct lg_rec *account = c->rec->obj(c->st.rec, LG_STATEMENT_ACCOUNT);
	const struct totals *t = &c->st.totals;
	char ccy[CCY_SIZE];

	ccy_set(ccy, account ? c->rec->str(account, LG_ACCOUNT_CURRENCY) : (lg_str){ 0 });
	for (size_t i = 0; i < t->tallies; i++)
		if (same_ccy(t->tally[i].ccy, ccy))
			return &t->tally[i];
	return t->tallies ? &t->tally[0] : NULL;
}

static void set_figures(struct camt *c)
{
	const struct totals *t = &c->st.totals;
	const struct tally *y = main_tally(c);
	struct lg_rec *rec = c->st.rec;

	c->rec->set_int(rec, LG_STATEMENT_ENTRIES, t->entries);
	c->rec->set_int(rec, LG_STATEMENT_COUNT_CREDIT, t->credits);
	c->rec->set_int(rec, LG_STATEMENT_COUNT_DEBIT, t->debits);
	if (y == NULL)
		return;
	c->rec->set_dec(rec, LG_STATEMENT_SUM_CREDIT, y->credit);
	c->rec->set_dec(rec, LG_STATEMENT_SUM_DEBIT, y->debit);
	if (y->opening.rank)
		c->rec->set_dec(rec, LG_STATEMENT_OPENING_BALANCE, y->opening.amount);
	if (y->opening.rank && y->opening.interim)
		c->rec->set_bool(rec, LG_STATEMENT_INTERIM_OPENING, true);
	if (y->closing.rank)
		c->rec->set_dec(rec, LG_STATEMENT_CLOSING_BALANCE, y->closing.amount);
}

static void set_head(struct camt *c)
{
	struct lg_rec *rec = c->st.rec;
	lg_time created;

	c->rec->set_str(rec, LG_STATEMENT_TYPE, (lg_str){ c->type, strlen(c->type) });
	c->rec->set_str(rec, LG_STATEMENT_MESSAGE_ID, text_view(&c->message_id));
	if (!c->rec->has(rec, LG_STATEMENT_CREATED_AT) && parse_instant(c, text_view(&c->created), &created))
		c->rec->set_time(rec, LG_STATEMENT_CREATED_AT, created);
	if (!is_paged(&c->st.page) || c->rec->has(rec, LG_STATEMENT_PAGE))
		return;
	c->rec->set_int(rec, LG_STATEMENT_PAGE, c->st.page.number);
	c->rec->set_bool(rec, LG_STATEMENT_LAST_PAGE, c->st.page.last);
}

lg_status on_statement_end(const struct lg_xml_at *at)
{
	struct camt *c = camt_of(at);
	char why[400];
	lg_status st = LG_OK;

	statement_begin(c);
	for (size_t i = 0; i < c->st.totals.tallies; i++)
		settle_interim(&c->st.totals.tally[i]);
	if (is_paged(&c->st.page)) {
		st = end_page(c, at);
	} else {
		pages_end(c);
		if (prove(c, &c->st.totals, why, sizeof why) == PROOF_FAILS)
			tell(c, &c->st.totals, why);
	}
	set_figures(c);
	set_head(c);
	return st;
}
