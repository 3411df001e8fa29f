/* Events that come as financing records: their amounts are named in JSON. */
#include "book.h"

#include <stdlib.h>

static void skip(lg_str *s)
{
	while (s->len > 0 && strchr(" \t\r\n,", s->ptr[0]) != NULL && s->ptr[0] != '\0')
		*s = (lg_str){ s->ptr + 1, s->len - 1 };
}

/* A quoted text without escapes, or a number. */
static bool token(lg_str *s, lg_str *out)
{
	size_t n = 0;
	bool quoted;

	skip(s);
	quoted = s->len > 0 && s->ptr[0] == '"';
	if (quoted)
		*s = (lg_str){ s->ptr + 1, s->len - 1 };
	while (n < s->len && (quoted ? s->ptr[n] != '"' && s->ptr[n] != '\\'
				     : (s->ptr[n] >= '0' && s->ptr[n] <= '9') || s->ptr[n] == '.' || s->ptr[n] == '-'))
		n++;
	*out = (lg_str){ s->ptr, n };
	if (quoted && (n == s->len || s->ptr[n] != '"'))
		return false;
	*s = (lg_str){ s->ptr + n + quoted, s->len - n - quoted };
	return n > 0;
}

/* The next "name": amount of a flat object; false at the end, *bad set when it is not one. */
static bool next_amount(const struct lg_host *h, lg_str *s, lg_str *name, lg_dec *amount, bool *bad)
{
	lg_str text;

	skip(s);
	if (s->len > 0 && s->ptr[0] == '}')
		return false;
	*bad = true;
	if (!token(s, name))
		return false;
	skip(s);
	if (s->len == 0 || s->ptr[0] != ':')
		return false;
	*s = (lg_str){ s->ptr + 1, s->len - 1 };
	if (!token(s, &text) || !h->dec_parse(text, amount))
		return false;
	*bad = false;
	return true;
}

static bool complain(struct book *b, struct lg_run *run, const struct event *e, const char *what, lg_str name)
{
	b->host->explain(run, "book.amounts", "the event \"%.*s\": %s \"%.*s\"", S(e->name), what, S(name));
	return false;
}

static bool check_given(struct book *b, struct lg_run *run, const struct plan_event *p, const struct event *e,
			const lg_dec *values)
{
	for (size_t i = 0; i < p->given_count; i++) {
		lg_dec zero;

		if (!linear_value(b->host, &p->given[i], values, p->names.count, &zero) || zero.coef != 0)
			return complain(b, run, e, "its amounts do not fulfil", p->given_text[i]);
	}
	return true;
}

bool financing_values(struct book *b, struct lg_run *run, const struct plan_event *p, const struct event *e,
		      lg_dec *values)
{
	bool seen[VALUES_MAX] = { false }, bad = false;
	lg_str s = e->amounts, name;
	lg_dec amount;

	skip(&s);
	if (s.len == 0 || s.ptr[0] != '{')
		return complain(b, run, e, "it has no", LG_STR("amounts"));
	s = (lg_str){ s.ptr + 1, s.len - 1 };
	while (next_amount(b->host, &s, &name, &amount, &bad)) {
		size_t at = names_find(&p->names, name);

		/* Amounts that this ledger's plan does not use are for the others. */
		if (at == VALUES_MAX)
			continue;
		values[at] = amount;
		seen[at] = true;
	}
	if (bad)
		return complain(b, run, e, "amounts must be a flat object of names and numbers:", e->amounts);
	for (size_t i = 0; i < p->names.count; i++)
		if (!seen[i] && !p->optional[i])
			return complain(b, run, e, "it needs the amount", p->names.name[i]);
	return check_given(b, run, p, e, values);
}

bool financing_group(struct book *b, struct lg_run *run, const struct lg_rec *f, struct group *g)
{
	const struct lg_records *r = b->host->rec;
	lg_str client = r->str(f, LG_COMMON_CLIENT), reference = r->str(f, LG_FINANCING_REFERENCE);
	const struct lg_client *c = client.len > 0 ? b->host->client(run, client) : NULL;
	struct event e = { .name = r->str(f, LG_FINANCING_EVENT), .client = client, .sign = 1 };

	g->source = pool_str(&g->pool, r->str(f, LG_COMMON_ID));
	g->key = reference.len > 0 ? pool_print(&g->pool, "%.*s/%.*s", S(client), S(reference)) : g->source;
	g->event = g->kind = pool_str(&g->pool, e.name);
	r->date(f, LG_FINANCING_DATE, &g->date);
	e.contract = r->str(f, LG_FINANCING_MODEL);
	if (e.contract.len == 0 && c != NULL)
		e.contract = c->contract;
	e.currency = r->str(f, LG_FINANCING_CURRENCY);
	e.invoice = r->str(f, LG_FINANCING_INVOICE_NUMBER);
	e.reference = reference;
	e.amounts = r->str(f, LG_FINANCING_AMOUNTS);
	if (g->date == NO_DATE) {
		b->host->explain(run, "book.no_date", "the event \"%.*s\" has no date", S(e.name));
		return false;
	}
	return draft_event(b, run, g, &e);
}
