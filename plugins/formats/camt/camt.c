#include "camt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct lg_option options[] = {
	LG_OPTION(struct config, unbalanced, LG_T_CHOICE, .dflt = "park", .choices = "park|report",
		  .doc = "a statement that does not add up: park the whole file, or take it with a finding"),
};

static const struct lg_options option_table = LG_OPTIONS(struct config, options);

/* No configuration, as in `convert`: the defaults. */
static const struct config defaults = { .unbalanced = UNBALANCED_PARK };

/* ---- recognising ---- */

/* Is `what` in the head?  NULs are passed over, so that UTF-16 is recognised too. */
static bool holds(lg_str head, const char *what)
{
	for (size_t i = 0; i < head.len; i++) {
		size_t at = i, n = 0;

		for (; at < head.len && what[n]; at++) {
			if (head.ptr[at] == '\0')
				continue;
			if (head.ptr[at] != what[n])
				break;
			n++;
		}
		if (what[n] == '\0')
			return true;
	}
	return false;
}

static int sniff(lg_str head)
{
	static const struct {
		const char *text;
		int certainty;
	} marks[] = {
		{ "<BkToCstmrStmt", 100 }, { "<BkToCstmrAcctRpt", 100 }, { "<BkToCstmrDbtCdtNtfctn", 100 },
		{ ":BkToCstmrStmt", 100 }, { ":BkToCstmrAcctRpt", 100 }, { ":BkToCstmrDbtCdtNtfctn", 100 },
		{ "xsd:camt.052.", 100 },  { "xsd:camt.053.", 100 },     { "xsd:camt.054.", 100 },
		{ "camt.052.001.", 95 },   { "camt.053.001.", 95 },      { "camt.054.001.", 95 },
	};

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (holds(head, marks[i].text))
			return marks[i].certainty;
	return 0;
}

/* ---- small things that the other files share ---- */

lg_status camt_refuse(const struct lg_xml_at *at, const char *id, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	at->read->fail(at->read->job, id, at->line, at->column, "%s", text);
	return LG_REJECT;
}

void camt_problem(struct camt *c, const char *id, uint32_t line, const char *text)
{
	bool first = c->problems++ == 0;

	/* The first one is the reason for refusing; it need not be told twice. */
	if (!first || c->config->unbalanced == UNBALANCED_REPORT)
		c->r->finding(c->r->job, id, line, "%s", text);
	if (!first)
		return;
	snprintf(c->problem, sizeof c->problem, "%s", text);
	c->problem_id = id;
	c->problem_line = line;
}

bool text_add(struct text *t, lg_str s)
{
	if (t->len + s.len > t->cap) {
		size_t cap = (t->len + s.len) * 2 + 64;
		char *grown = realloc(t->ptr, cap);

		if (grown == NULL)
			return false;
		t->ptr = grown;
		t->cap = cap;
	}
	if (s.len)
		memcpy(t->ptr + t->len, s.ptr, s.len);
	t->len += s.len;
	return true;
}

void ccy_set(char ccy[CCY_SIZE], lg_str text)
{
	size_t n = text.len < CCY_SIZE ? text.len : CCY_SIZE - 1;

	memset(ccy, 0, CCY_SIZE);
	if (n)
		memcpy(ccy, text.ptr, n);
}

lg_dec negative(lg_dec d)
{
	d.coef = -d.coef;
	return d;
}

lg_dec positive(lg_dec d)
{
	return d.coef < 0 ? negative(d) : d;
}

bool same_dec(lg_dec a, lg_dec b)
{
	return a.coef == b.coef && a.scale == b.scale;
}

struct lg_rec *camt_target(const struct camt *c)
{
	return c->now.rec ? c->now.rec : c->entry.rec;
}

struct money money_of(const struct camt *c, const struct lg_rec *money)
{
	struct money m = { .ccy = "" };

	if (c->rec->dec(money, LG_MONEY_AMOUNT, &m.amount))
		ccy_set(m.ccy, c->rec->str(money, LG_MONEY_CURRENCY));
	return m;
}

int digits_of(struct camt *c, const char *ccy)
{
	if (!same_ccy(c->digits_ccy, ccy)) {
		memcpy(c->digits_ccy, ccy, CCY_SIZE);
		c->digits = c->r->host->currency_digits((lg_str){ ccy, strlen(ccy) });
	}
	return c->digits;
}

lg_status camt_emit(struct camt *c, struct lg_rec *rec, uint32_t line)
{
	uint32_t n = seen_add(&c->seen, c->rec->line_key(rec));

	if (n == 0)
		return LG_RETRY;
	c->rec->set_int(rec, LG_TRANSACTION_OCCURRENCE, n);
	return c->r->emit(c->r->job, rec, c->entry.offset, line);
}

/* ---- the header of the message ---- */

lg_status on_report(const struct lg_xml_at *at)
{
	camt_of(at)->type = "camt.052";
	return LG_OK;
}

lg_status on_statement_message(const struct lg_xml_at *at)
{
	camt_of(at)->type = "camt.053";
	return LG_OK;
}

lg_status on_notification(const struct lg_xml_at *at)
{
	camt_of(at)->type = "camt.054";
	return LG_OK;
}

lg_status on_message_id(const struct lg_xml_at *at)
{
	text_clear(&camt_of(at)->message_id);
	return text_add(&camt_of(at)->message_id, at->text) ? LG_OK : LG_RETRY;
}

lg_status on_message_created(const struct lg_xml_at *at)
{
	text_clear(&camt_of(at)->created);
	return text_add(&camt_of(at)->created, at->text) ? LG_OK : LG_RETRY;
}

static int64_t small_number(lg_str s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s.len && i < 9; i++)
		if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
			n = n * 10 + (s.ptr[i] - '0');
	return n;
}

lg_status on_message_page(const struct lg_xml_at *at)
{
	camt_of(at)->message_page.number = small_number(at->text);
	return LG_OK;
}

lg_status on_message_last_page(const struct lg_xml_at *at)
{
	struct page *p = &camt_of(at)->message_page;

	p->has_last = true;
	p->last = same_text(at->text, "true") || same_text(at->text, "1");
	return LG_OK;
}

/* ---- reading ---- */

static lg_status verdict(struct camt *c)
{
	const struct lg_read *r = c->r;

	pages_end(c);
	if (c->statements == 0) {
		r->fail(r->job, "camt.no_statement", 1, 0,
			"there is no account statement, report or notification in this message (camt.052, camt.053 and "
			"camt.054 are read)");
		return LG_REJECT;
	}
	if (c->problems == 0 || c->config->unbalanced == UNBALANCED_REPORT)
		return LG_OK;
	if (c->problems > 1)
		r->fail(r->job, c->problem_id, c->problem_line, 0, "%s; and %llu more of the kind", c->problem,
			(unsigned long long)c->problems - 1);
	else
		r->fail(r->job, c->problem_id, c->problem_line, 0, "%s", c->problem);
	return LG_REJECT;
}

static lg_status read(const struct lg_read *r)
{
	struct camt c = { .r = r, .rec = r->host->rec, .config = r->config ? r->config : &defaults };
	lg_status st = LG_RETRY;

	c.entry.details = calloc(DETAILS_HELD, sizeof *c.entry.details);
	if (c.entry.details)
		st = r->host->xml_read(r, &camt_xml, NULL, &c);
	if (st == LG_OK)
		st = verdict(&c);
	free(c.entry.details);
	free(c.seen.slots);
	free(c.message_id.ptr);
	free(c.created.ptr);
	free(c.remittance.ptr);
	free(c.reason.ptr);
	free(c.scratch.ptr);
	return st;
}

static const struct lg_format formats[] = {
	{
		.size = sizeof(struct lg_format),
		.name = "camt",
		.doc = "bank statements, reports and notifications: ISO 20022 camt.052, camt.053, camt.054",
		.reads = LG_KIND_BIT(LG_STATEMENT) | LG_KIND_BIT(LG_TRANSACTION),
		.suffix = ".xml",
		.options = &option_table,
		.sniff = sniff,
		.read = read,
	},
};

const struct lg_plugin LG_PLUGIN_SYMBOL = {
	LG_PLUGIN_HEAD("camt", "1.0", "ISO 20022 bank statements"),
	.format_size = sizeof(struct lg_format),
	.format_count = 1,
	.formats = formats,
};
