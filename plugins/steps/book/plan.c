#include "plan.h"

#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX 8
#define IDENTITIES_OF_EVENT 16

static bool same(lg_str a, lg_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static bool is(lg_str a, const char *text)
{
	return same(a, (lg_str){ text, strlen(text) });
}

/* ---- the events that flows make: their values and identities ---- */

static const char *const registered_values[] = { "payable", "prepaid", "base", "tax", "rounding", NULL };
static const char *const received_values[] = { "closed",    "paid",         "rounding", "bank_fee",
					       "discount",  "discount_tax", "fee",      "interest",
					       "write_off", "credit",       NULL };
static const char *const simple_values[] = { "paid", NULL };

static const struct {
	enum built_in kind;
	const char *const *values;
	const char *identity;
	const char *rows; /* values that a line for each tax row may use */
} kinds[] = {
	{ EVENT_REGISTERED, registered_values, "payable + prepaid = base + tax + rounding", "base tax" },
	{ EVENT_RECEIVED, received_values,
	  "closed = paid + rounding + bank_fee + discount + discount_tax + fee + interest + write_off + credit",
	  "discount_tax" },
	{ EVENT_SIMPLE, simple_values, NULL, "" },
};

static const struct {
	const char *name;
	enum built_in kind;
} events[] = {
	{ "invoice_registered", EVENT_REGISTERED },   { "credit_note_registered", EVENT_REGISTERED },
	{ "payment_received", EVENT_RECEIVED },       { "payment_on_account", EVENT_SIMPLE },
	{ "payment_unidentified", EVENT_SIMPLE },     { "payment_duplicate", EVENT_SIMPLE },
	{ "client_money_received", EVENT_SIMPLE },    { "fee_received", EVENT_SIMPLE },
	{ "interest_received", EVENT_SIMPLE },        { "credit_note_received", EVENT_SIMPLE },
	{ "payment_returned", EVENT_SIMPLE },         { "payment_refunded", EVENT_SIMPLE },
	{ "on_account_refunded", EVENT_SIMPLE },      { "bank_fee_charged", EVENT_SIMPLE },
	{ "interest_charged", EVENT_SIMPLE },         { "credit_note_paid", EVENT_SIMPLE },
	{ "payment_out_unidentified", EVENT_SIMPLE }, { "client_money_paid", EVENT_SIMPLE },
	{ "credit_applied", EVENT_SIMPLE },           { "payment_taken_back", EVENT_SIMPLE },
};

static lg_str base_name(lg_str name)
{
	const char *at = name.len ? memchr(name.ptr, '@', name.len) : NULL;

	return at ? (lg_str){ name.ptr, (size_t)(at - name.ptr) } : name;
}

enum built_in event_kind(lg_str name)
{
	name = base_name(name);
	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		if (is(name, events[i].name))
			return events[i].kind;
	return EVENT_OTHER;
}

/* ---- compiling ---- */

struct build {
	const struct plan_config *chain[CHAIN_MAX]; /* the plan, what it uses, what that uses, ... */
	size_t depth;
	const struct plan_source *source;
	bool failed;
};

#define ERROR(b, member, ...) ((b)->failed = true, (b)->source->error((b)->source->ctx, (member), __VA_ARGS__))
#define S(s) (int)(s).len, (s).ptr ? (s).ptr : ""

static lg_str account_of(const struct build *b, lg_str role)
{
	for (size_t c = 0; c < b->depth; c++)
		for (size_t i = 0; i < b->chain[c]->roles.count; i++)
			if (same(b->chain[c]->roles.items[i].key, role))
				return b->chain[c]->roles.items[i].value;
	return (lg_str){ 0 };
}

/* The first plan of the chain that says anything about items decides. */
static bool is_item_role(const struct build *b, lg_str role)
{
	for (size_t c = 0; c < b->depth; c++) {
		const struct lg_list *items = &b->chain[c]->items;

		for (size_t i = 0; i < items->count; i++)
			if (same(items->items[i], role))
				return true;
		if (items->count > 0)
			return false;
	}
	return false;
}

static bool only_row_values(const struct plan_event *e, const struct linear *amount, const char *rows)
{
	for (size_t i = 0; i < e->names.count; i++) {
		const char *at;

		if (amount->coef[i] == 0)
			continue;
		at = strstr(rows, e->names.name[i].ptr);
		if (at == NULL || strncmp(at, e->names.name[i].ptr, e->names.name[i].len) != 0)
			return false;
	}
	return true;
}

static void compile_role(struct build *b, const struct plan_line_config *c, struct plan_line *line)
{
	const lg_str *role = c->debit.len > 0 ? &c->debit : &c->credit;

	line->debit = c->debit.len > 0;
	line->role = *role;
	if ((c->debit.len > 0) == (c->credit.len > 0)) {
		ERROR(b, c, "a line has either `debit` or `credit`");
		return;
	}
	line->each = c->each != 0;
	if (line->each && (is(*role, "sales") || is(*role, "vat"))) {
		line->kind = is(*role, "sales") ? ROLE_SALES : ROLE_VAT;
		return;
	}
	line->account = account_of(b, *role);
	line->item = is_item_role(b, *role);
	if (line->account.len == 0)
		ERROR(b, role, "the plan has no role \"%.*s\"; name its account under `roles`", S(*role));
}

static void compile_line(struct build *b, struct plan_event *e, const struct plan_line_config *c,
			 struct plan_line *line)
{
	const char *wrong = linear_parse(c->amount, &e->names, e->kind == EVENT_OTHER, &line->amount);

	compile_role(b, c, line);
	line->text = c->text;
	line->vat_code = c->vat_code;
	if (wrong != NULL) {
		ERROR(b, &c->amount, "amount \"%.*s\": %s", S(c->amount), wrong);
		return;
	}
	if (line->each && (e->kind == EVENT_OTHER || !only_row_values(e, &line->amount, kinds[e->kind].rows)))
		ERROR(b, &c->each, "a line for each tax row can only use the values that a row has (%s)",
		      e->kind == EVENT_OTHER || kinds[e->kind].rows[0] == '\0' ? "none here" : kinds[e->kind].rows);
}

static void compile_values(struct build *b, const struct plan_event_config *c, struct plan_event *e)
{
	struct linear *given;

	if (e->kind != EVENT_OTHER)
		for (const char *const *v = kinds[e->kind].values; *v != NULL; v++)
			e->names.name[e->names.count++] = (lg_str){ *v, strlen(*v) };
	e->given = calloc(c->given.count + 1, sizeof *e->given);
	e->given_text = calloc(c->given.count + 1, sizeof *e->given_text);
	if (e->given == NULL || e->given_text == NULL)
		abort();
	given = e->given;
	if (e->kind != EVENT_OTHER && kinds[e->kind].identity != NULL)
		linear_parse_equation((lg_str){ kinds[e->kind].identity, strlen(kinds[e->kind].identity) }, &e->names,
				      false, given++);
	if (e->kind != EVENT_OTHER && c->given.count > 0)
		ERROR(b, &c->given, "the identities of \"%.*s\" are fixed: `given` is for events of financing records",
		      S(c->name));
	for (size_t i = 0; e->kind == EVENT_OTHER && i < c->given.count; i++) {
		const char *wrong = linear_parse_equation(c->given.items[i], &e->names, true, given);

		if (wrong != NULL)
			ERROR(b, &c->given.items[i], "\"%.*s\": %s", S(c->given.items[i]), wrong);
		e->given_text[given++ - e->given] = c->given.items[i];
	}
	e->given_count = (size_t)(given - e->given);
}

/* Debit less credit must be zero for all values that the identities allow. */
static void prove(struct build *b, const struct plan_event_config *c, const struct plan_event *e)
{
	struct linear total = { { 0 } };
	char text[256];

	for (size_t i = 0; i < e->count; i++)
		linear_add(&total, &e->lines[i].amount, e->lines[i].debit ? 1 : -1);
	if (linear_follows(&total, e->given, e->given_count))
		return;
	linear_text(&total, &e->names, text, sizeof text);
	ERROR(b, &c->name, "the event \"%.*s\" does not balance: debit less credit is %s, which need not be zero",
	      S(c->name), text);
}

static void compile_event(struct build *b, const struct plan_event_config *c, struct plan_event *e)
{
	const struct plan_line_config *lines = c->lines.items;
	bool failed = b->failed;

	*e = (struct plan_event){ .name = c->name, .none = c->none, .text = c->text, .kind = event_kind(c->name) };
	b->failed = false;
	compile_values(b, c, e);
	if ((c->none.len > 0) == (c->lines.count > 0))
		ERROR(b, &c->name, "the event \"%.*s\" needs either `lines`, or `none` with a reason", S(c->name));
	e->lines = calloc(c->lines.count + 1, sizeof *e->lines);
	if (e->lines == NULL)
		abort();
	for (; e->count < c->lines.count; e->count++)
		compile_line(b, e, &lines[e->count], &e->lines[e->count]);
	for (size_t i = 0; i < c->optional.count; i++) {
		size_t at = names_find(&e->names, c->optional.items[i]);

		if (at < VALUES_MAX)
			e->optional[at] = true;
		else
			ERROR(b, &c->optional.items[i], "no line uses \"%.*s\"", S(c->optional.items[i]));
	}
	if (!b->failed)
		prove(b, c, e);
	b->failed = b->failed || failed;
}

static bool shadowed(const struct build *b, size_t depth, lg_str name)
{
	for (size_t c = 0; c < depth; c++) {
		const struct plan_event_config *e = b->chain[c]->events.items;

		for (size_t i = 0; i < b->chain[c]->events.count; i++)
			if (same(e[i].name, name))
				return true;
	}
	return false;
}

static void follow_uses(struct build *b)
{
	while (b->chain[b->depth - 1]->use.len > 0) {
		const struct plan_config *last = b->chain[b->depth - 1], *next;

		if (b->depth == CHAIN_MAX) {
			ERROR(b, &last->use, "plans that use one another in a circle, or more than %d deep", CHAIN_MAX);
			return;
		}
		next = b->source->load(b->source->ctx, last->use, &last->use);
		if (next == NULL) {
			b->failed = true;
			return;
		}
		b->chain[b->depth++] = next;
	}
}

static void inherit(const struct build *b, struct plan *p)
{
	for (size_t c = 0; c < b->depth; c++) {
		if (p->currency.len == 0)
			p->currency = b->chain[c]->currency;
		if (p->reversal.len == 0)
			p->reversal = b->chain[c]->reversal;
		if (p->vat_count == 0) {
			p->vat = b->chain[c]->vat.items;
			p->vat_count = b->chain[c]->vat.count;
		}
	}
}

struct plan *plan_new(const struct plan_config *config, const struct plan_source *source)
{
	struct build b = { { config }, 1, source, false };
	struct plan *p = calloc(1, sizeof *p);
	size_t most = 0;

	if (p == NULL)
		abort();
	follow_uses(&b);
	for (size_t c = 0; c < b.depth; c++)
		most += b.chain[c]->events.count;
	p->events = calloc(most + 1, sizeof *p->events);
	if (p->events == NULL)
		abort();
	inherit(&b, p);
	for (size_t c = 0; c < b.depth; c++) {
		const struct plan_event_config *e = b.chain[c]->events.items;

		for (size_t i = 0; i < b.chain[c]->events.count; i++)
			if (!shadowed(&b, c, e[i].name))
				compile_event(&b, &e[i], &p->events[p->count++]);
	}
	if (most == 0)
		ERROR(&b, config, "the plan has no events");
	if (b.failed)
		plan_free(&p);
	return p;
}

void plan_free(struct plan **pp)
{
	struct plan *p = *pp;

	if (p == NULL)
		return;
	for (size_t i = 0; i < p->count; i++) {
		free(p->events[i].lines);
		free(p->events[i].given);
		free(p->events[i].given_text);
	}
	free(p->events);
	free(p);
	*pp = NULL;
}

/* ---- looking up ---- */

static bool is_for(lg_str name, lg_str event, lg_str contract)
{
	return name.len == event.len + 1 + contract.len && memcmp(name.ptr, event.ptr, event.len) == 0 &&
	       name.ptr[event.len] == '@' && memcmp(name.ptr + event.len + 1, contract.ptr, contract.len) == 0;
}

const struct plan_event *plan_find(const struct plan *p, lg_str event, lg_str contract)
{
	const struct plan_event *plain = NULL;

	for (size_t i = 0; i < p->count; i++) {
		if (contract.len > 0 && is_for(p->events[i].name, event, contract))
			return &p->events[i];
		if (same(p->events[i].name, event))
			plain = &p->events[i];
	}
	return plain;
}

const struct plan_vat_config *plan_vat(const struct plan *p, const struct lg_host *h, lg_str category, lg_dec rate)
{
	for (size_t i = 0; i < p->vat_count; i++) {
		lg_dec wanted;

		if (p->vat[i].category.len > 0 && !same(p->vat[i].category, category))
			continue;
		if (p->vat[i].rate.len > 0 &&
		    (!h->dec_parse(p->vat[i].rate, &wanted) || wanted.coef != rate.coef || wanted.scale != rate.scale))
			continue;
		return &p->vat[i];
	}
	return NULL;
}

/* ---- the YAML ---- */

#define DOC(text) .doc = (text)

static const struct lg_option line_rows[] = {
	LG_OPTION(struct plan_line_config, debit, LG_T_STR, DOC("role of the account to debit")),
	LG_OPTION(struct plan_line_config, credit, LG_T_STR, DOC("role of the account to credit")),
	LG_OPTION(struct plan_line_config, amount, LG_T_STR, .required = true,
		  DOC("sum of named values: \"closed - credit\"")),
	LG_OPTION(struct plan_line_config, each, LG_T_CHOICE, .choices = "event|tax", .dflt = "event",
		  DOC("tax: a line for each row of the invoice's taxes")),
	LG_OPTION(struct plan_line_config, text, LG_T_STR, DOC("text of the line")),
	LG_OPTION(struct plan_line_config, vat_code, LG_T_STR, DOC("VAT code of the line")),
};
static const struct lg_options line_options = LG_OPTIONS(struct plan_line_config, line_rows);

static const struct lg_option event_rows[] = {
	LG_OPTION(struct plan_event_config, none, LG_T_STR, DOC("nothing is booked, for this reason")),
	LG_OPTION(struct plan_event_config, text, LG_T_STR,
		  DOC("text of the voucher; {invoice} {debtor} {reference} {client} {event} are filled in")),
	LG_OPTION(struct plan_event_config, given, LG_T_LIST,
		  DOC("what holds between the amounts of a financing record")),
	LG_OPTION(struct plan_event_config, optional, LG_T_LIST, DOC("amounts that a financing record may leave out")),
	LG_OPTION(struct plan_event_config, lines, LG_T_OBJS, .sub = &line_options, DOC("the voucher's lines")),
};
static const struct lg_options event_options = LG_OPTIONS(struct plan_event_config, event_rows);

static const struct lg_option vat_rows[] = {
	LG_OPTION(struct plan_vat_config, category, LG_T_STR,
		  DOC("UNTDID 5305: S, Z, E, AE, K, G, O; any when absent")),
	LG_OPTION(struct plan_vat_config, rate, LG_T_STR, DOC("per cent; any when absent")),
	LG_OPTION(struct plan_vat_config, sales, LG_T_STR, DOC("account of the revenue")),
	LG_OPTION(struct plan_vat_config, vat, LG_T_STR, DOC("account of the VAT")),
	LG_OPTION(struct plan_vat_config, code, LG_T_STR, DOC("VAT code of the lines")),
};
static const struct lg_options vat_options = LG_OPTIONS(struct plan_vat_config, vat_rows);

static const struct lg_option plan_rows[] = {
	LG_OPTION(struct plan_config, use, LG_T_PATH, DOC("another plan, for all that this one does not say")),
	LG_OPTION(struct plan_config, currency, LG_T_STR, DOC("currency of the books, when the ledger has none")),
	LG_OPTION(struct plan_config, reversal, LG_T_STR,
		  DOC("text of a reversal; {series} {number} {text} of the old voucher are filled in")),
	LG_OPTION(struct plan_config, roles, LG_T_MAP, DOC("account of each role")),
	LG_OPTION(struct plan_config, items, LG_T_LIST, DOC("roles whose lines carry the invoice and the debtor")),
	LG_OPTION(struct plan_config, vat, LG_T_OBJS, .sub = &vat_options,
		  DOC("accounts for the rows of an invoice's taxes")),
	LG_OPTION(struct plan_config, events, LG_T_OBJMAP, .sub = &event_options, DOC("what each event books")),
};
const struct lg_options plan_options = LG_OPTIONS(struct plan_config, plan_rows);
