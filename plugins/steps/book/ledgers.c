/* Which ledgers, and which plans for them. */
#include "book.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const struct lg_ledger *named(const struct lg_ledger *all, size_t count, lg_str name)
{
	for (size_t i = 0; i < count; i++)
		if (str_same(all[i].name, name))
			return &all[i];
	return NULL;
}

/* What the hub's config says of the implied ledger `main` counts, too: above all, which periods are closed. */
static const struct lg_ledger *main_ledger(struct book *b, const struct lg_ledger *said)
{
	if (said == NULL)
		return &b->main;
	b->main.closed_until = said->closed_until;
	if (b->main.company.len == 0)
		b->main.company = said->company;
	if (b->main.currency.len == 0)
		b->main.currency = said->currency;
	return &b->main;
}

const struct lg_ledger *book_ledger(struct book *b, struct lg_run *run, size_t i)
{
	const struct lg_ledger *all = NULL;
	size_t count = b->host->ledgers(run, &all);

	if (b->config->ledgers.count == 0)
		return i == 0 ? main_ledger(b, named(all, count, b->main.name)) : NULL;
	return i < b->config->ledgers.count ? named(all, count, b->config->ledgers.items[i]) : NULL;
}

/* ---- plans at run time ---- */

struct loading {
	const struct lg_host *host;
	struct lg_instance *instance;
	char text[512];
};

static const struct plan_config *load(void *ctx, lg_str path, const void *member)
{
	struct loading *l = ctx;
	lg_str why = { 0 };
	const struct plan_config *c = l->host->load(l->instance, &plan_options, path, &why);

	(void)member;
	if (c == NULL)
		snprintf(l->text, sizeof l->text, "the plan \"%.*s\" cannot be read: %.*s", S(path), S(why));
	return c;
}

static void complain(void *ctx, const void *member, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The first error is the one that is told. */
static void complain(void *ctx, const void *member, const char *fmt, ...)
{
	struct loading *l = ctx;
	va_list ap;

	(void)member;
	if (l->text[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(l->text, sizeof l->text, fmt, ap);
	va_end(ap);
}

static struct plan *compile(struct loading *l, const struct plan_config *config)
{
	struct plan_source source = { l, load, complain };

	return plan_new(config, &source);
}

struct plan *book_main_plan(const struct book_config *c, const struct lg_host *host, struct lg_instance *instance)
{
	struct loading l = { host, instance, "" };
	struct plan *p = compile(&l, &c->plan);

	if (p == NULL)
		host->log(instance, LG_LOG_ERROR, "%s", l.text);
	return p;
}

static bool put_value(char *out, size_t size, size_t *n, lg_str value)
{
	if (*n + value.len >= size)
		return false;
	memcpy(out + *n, value.ptr ? value.ptr : "", value.len);
	*n += value.len;
	return true;
}

static lg_str client_value(const struct lg_client *c, lg_str name, lg_str contract)
{
	if (str_is_text(name, "contract"))
		return contract;
	if (c == NULL)
		return (lg_str){ 0 };
	if (str_is_text(name, "client") || str_is_text(name, "name"))
		return c->name;
	for (size_t i = 0; c->values != NULL && i < c->values->count; i++)
		if (str_same(c->values->items[i].key, name))
			return c->values->items[i].value;
	return (lg_str){ 0 };
}

/* {contract} and other words of the client filled in; false: the client has none of that. */
static bool expand(lg_str path, const struct lg_client *c, lg_str contract, char *out, size_t size, lg_str *missing)
{
	size_t n = 0;

	for (size_t i = 0; i < path.len; i++) {
		const char *end;
		lg_str name, value;

		if (path.ptr[i] != '{') {
			if (!put_value(out, size, &n, (lg_str){ path.ptr + i, 1 }))
				return false;
			continue;
		}
		end = memchr(path.ptr + i, '}', path.len - i);
		if (end == NULL)
			return false;
		name = (lg_str){ path.ptr + i + 1, (size_t)(end - path.ptr) - i - 1 };
		value = client_value(c, name, contract);
		*missing = name;
		if (value.len == 0 || !put_value(out, size, &n, value))
			return false;
		i = (size_t)(end - path.ptr);
	}
	out[n] = '\0';
	return true;
}

static const struct plan *remember(struct book *b, const char *path, struct plan *plan)
{
	struct plan_entry *more = realloc(b->plans, (b->plan_count + 1) * sizeof *more);
	size_t len = strlen(path) + 1;
	char *copy = malloc(len);

	if (more == NULL || copy == NULL)
		abort();
	memcpy(copy, path, len);
	b->plans = more;
	b->plans[b->plan_count++] = (struct plan_entry){ copy, plan };
	return plan;
}

const struct plan *book_plan(struct book *b, struct lg_run *run, const struct lg_ledger *ledger,
			     const struct lg_client *client, lg_str contract)
{
	struct loading l = { b->host, b->instance, "" };
	const struct plan_config *config;
	struct plan *plan = NULL;
	lg_str missing = { 0 };
	char path[4096];

	if (ledger == &b->main)
		return b->main_plan;
	if (!expand(ledger->plan, client, contract, path, sizeof path, &missing)) {
		b->host->explain(
			run, "book.no_plan",
			"the plan of the ledger \"%.*s\" is named by {%.*s}, which the client \"%.*s\" does not say",
			S(ledger->name), S(missing), S(client ? client->name : (lg_str){ 0 }));
		return NULL;
	}
	for (size_t i = 0; i < b->plan_count; i++)
		if (strcmp(b->plans[i].path, path) == 0)
			return b->plans[i].plan;
	config = load(&l, (lg_str){ path, strlen(path) }, NULL);
	if (config != NULL)
		plan = compile(&l, config);
	if (plan == NULL) {
		b->host->explain(run, "book.bad_plan", "ledger \"%.*s\": %s", S(ledger->name), l.text);
		return NULL;
	}
	return remember(b, path, plan);
}

/* ---- plans before anything runs ---- */

static const struct plan_config *check_load(void *ctx, lg_str path, const void *member)
{
	const struct lg_report *r = ctx;

	(void)member;
	return r->load(r, &plan_options, path);
}

static void check_error(void *ctx, const void *member, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void check_error(void *ctx, const void *member, const char *fmt, ...)
{
	const struct lg_report *r = ctx;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	r->error(r, member, "%s", text);
}

static void check_plan(const struct plan_config *config, const struct lg_report *r)
{
	struct plan_source source = { (void *)(uintptr_t)r, check_load, check_error };
	struct plan *p;

	if (config == NULL || (config->use.len > 0 && r->load == NULL))
		return;
	p = plan_new(config, &source);
	plan_free(&p);
}

static void check_ledger(const struct book_config *c, size_t i, const struct lg_report *r)
{
	const struct lg_ledger *all = NULL;
	size_t count = r->ledgers ? r->ledgers(r, &all) : 0;

	for (size_t l = 0; l < count; l++) {
		if (!str_same(all[l].name, c->ledgers.items[i]))
			continue;
		for (size_t p = 0; r->load != NULL && p < all[l].plan_count; p++)
			check_plan(r->load(r, &plan_options, all[l].plans[p]), r);
		return;
	}
	if (r->ledgers != NULL)
		r->error(r, &c->ledgers.items[i], "there is no ledger \"%.*s\"", S(c->ledgers.items[i]));
}

void book_check(const void *config, const struct lg_report *r)
{
	const struct book_config *c = config;
	bool plan = c->plan.events.count > 0 || c->plan.use.len > 0 || c->plan.roles.count > 0;

	if (plan == (c->ledgers.count > 0))
		r->error(r, c, "either `plan` (of the one ledger `main`) or `ledgers` is needed");
	if (plan)
		check_plan(&c->plan, r);
	for (size_t i = 0; i < c->ledgers.count; i++)
		check_ledger(c, i, r);
}
