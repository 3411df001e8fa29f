/* hub_ledger.c - ledgers, the implied ledger `main`, and that each has one destination. */
#include "core/conf/hub_priv.h"

#include <string.h>

struct ledger_options {
	lg_str company, currency, plan, series, client;
	int64_t each;
	lg_date closed_until;
	const struct yaml_node *to;
};

static const struct lg_option ledger_rows[] = {
	LG_OPTION(struct ledger_options, company, LG_T_STR,
		  .doc = "organisation number of the company whose books these are"),
	LG_OPTION(struct ledger_options, currency, LG_T_STR, .min = 3, .max = 3, .doc = "of the books, ISO 4217"),
	LG_OPTION(struct ledger_options, plan, LG_T_PATH, .required = true,
		  .doc = "plan of accounts; {contract} and other values of the client may stand in it"),
	LG_OPTION(struct ledger_options, series, LG_T_STR, .doc = "series of its vouchers"),
	LG_OPTION(struct ledger_options, each, LG_T_CHOICE, .choices = "none|client", .dflt = "none",
		  .doc = "client: a set of books for each client"),
	LG_OPTION(struct ledger_options, client, LG_T_STR, .doc = "the one client whose books these are"),
	LG_OPTION(struct ledger_options, closed_until, LG_T_DATE, .doc = "last closed day"),
	LG_OPTION(struct ledger_options, to, OPTION_NODE, .doc = "where its vouchers go"),
};
static const struct lg_options ledger_table = LG_OPTIONS(struct ledger_options, ledger_rows);

#define BOOKABLE (LG_KIND_BIT(LG_VOUCHER) | LG_KIND_BIT(LG_PAYMENT) | LG_KIND_BIT(LG_ALLOCATION))

static void check_bookable(struct loader *l, const struct hub_connection *c, struct place place)
{
	if (c->takes == 0 || (c->takes & BOOKABLE) != 0)
		return;
	diag_error(l->diag, place, "\"%.*s\" takes neither vouchers nor payments", STRA(c->name));
	diag_hint(l->diag, "it takes: %.*s", STRA(hub_kinds_text(l->arena, c->takes)));
}

static void bind_destination(struct loader *l, const struct yaml_node *n, struct hub_ledger *out)
{
	if (n == NULL || !hub_targets(l, n, &out->to))
		return;
	if (out->to.count > 1 && !out->to.first_of) {
		diag_error(l->diag, out->to.items[1].place, "the ledger \"%.*s\" has two destinations",
			   STRA(out->ledger.name));
		diag_hint(l->diag, "an event is posted once: name one, or { first_of: [...] }");
	}
	for (size_t i = 0; i < out->to.count; i++) {
		const struct hub_target *t = &out->to.items[i];

		if (t->connection != NULL)
			check_bookable(l, t->connection, t->place);
		for (size_t j = 0; t->labelled != NULL && j < t->labelled->count; j++)
			check_bookable(l, t->labelled->items[j], t->place);
	}
}

static void check_owner(struct loader *l, const struct ledger_options *o, const struct yaml_node *node)
{
	struct place place = yaml_place(yaml_get(node, "client"));

	if (o->client.len == 0)
		return;
	if (o->each != 0)
		diag_error(l->diag, place, "\"client\" and \"each: client\" exclude each other");
	if (map_get(&l->hub->client_map, o->client) == NULL)
		hub_unknown(l, place, "client", "clients", o->client, &l->hub->client_map);
}

/* ---- plans ---- */

/* A value of the client by name; NULL pointer: it has none. */
static lg_str client_value(const struct lg_client *c, lg_str name)
{
	const struct lg_pair known[] = {
		{ LG_STR("name"), c->name },         { LG_STR("contract"), c->contract },
		{ LG_STR("legal_id"), c->legal_id }, { LG_STR("vat_id"), c->vat_id },
		{ LG_STR("currency"), c->currency },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_eq(known[i].key, name))
			return known[i].value;
	for (size_t i = 0; i < c->values->count; i++)
		if (str_eq(c->values->items[i].key, name))
			return c->values->items[i].value;
	return STR_NONE;
}

bool hub_plan(struct arena *a, lg_str plan, const struct lg_client *client, lg_str *out, lg_str *missing)
{
	struct buf b = { 0 };

	while (plan.len > 0) {
		size_t open = str_chr(plan, '{'), close = str_chr(plan, '}');
		lg_str name = STR_NONE, value = STR_NONE;

		if (close < open || close == plan.len)
			open = close = plan.len;
		buf_add(&b, str_sub(plan, 0, open));
		if (open < plan.len) {
			name = str_sub(plan, open + 1, close - open - 1);
			value = client ? client_value(client, name) : STR_NONE;
		}
		/* A value is a part of a file's name, and leads nowhere else. */
		if (open < plan.len && (value.len == 0 || str_chr(value, '/') < value.len || value.ptr[0] == '.')) {
			buf_fini(&b);
			*missing = name;
			return false;
		}
		buf_add(&b, value);
		plan = str_from(plan, close + 1);
	}
	*out = arena_str(a, buf_view(&b));
	buf_fini(&b);
	return true;
}

static void missing_value(struct loader *l, const struct hub_ledger *ledger, const struct hub_client *c, lg_str name)
{
	diag_error(l->diag, c->place, "the client \"%.*s\" has no \"%.*s\" that can stand in a file name",
		   STRA(c->client.name), STRA(name));
	if (ledger->plan_place.source != NULL)
		diag_hint(l->diag, "the plan of the ledger \"%.*s\" (%.*s, line %u) is chosen by it",
			  STRA(ledger->ledger.name), STRA(ledger->plan_place.source->name), ledger->plan_place.line);
}

/* Every file that the plan stands for, each once. */
static void expand_plans(struct loader *l, struct hub_ledger *ledger)
{
	struct map found = { 0 };
	lg_str plan = ledger->ledger.plan, path, missing = STR_NONE, *plans;
	size_t n = 0;

	if (plan.len > 0 && hub_plan(l->arena, plan, NULL, &path, &missing))
		map_put(&found, path, l);
	for (size_t i = 0; missing.len > 0 && i < l->hub->client_count; i++) {
		const struct hub_client *c = &l->hub->clients[i];
		lg_str name;

		if (c->broken || (ledger->client.len > 0 && !str_eq(ledger->client, c->client.name)))
			continue;
		if (hub_plan(l->arena, plan, &c->client, &path, &name))
			map_put(&found, path, l);
		else
			missing_value(l, ledger, c, name);
	}
	plans = arena_array(l->arena, lg_str, found.count);
	map_each (&found, e)
		plans[n++] = e->key;
	ledger->ledger.plans = plans;
	ledger->ledger.plan_count = n;
	map_fini(&found);
}

static void add_ledger(struct loader *l, struct hub_ledger *ledger)
{
	expand_plans(l, ledger);
	map_put(&l->hub->ledger_map, ledger->ledger.name, ledger);
	l->hub->ledger_table[ledger - l->hub->ledgers] = ledger->ledger;
}

/* ---- ledgers: ---- */

static void bind_ledger(struct loader *l, const struct yaml_pair *pair, struct hub_ledger *out)
{
	struct options_env env = hub_options(l, 0);
	struct ledger_options o = { 0 };

	out->place = yaml_place(pair->key);
	options_bind(&env, &ledger_table, pair->value, out->place, &o);
	out->ledger = (struct lg_ledger){ .size = sizeof out->ledger,
					  .name = pair->key->text,
					  .company = o.company,
					  .currency = o.currency,
					  .series = o.series,
					  .each_client = o.each != 0,
					  .plan = o.plan,
					  .closed_until = INT32_MIN };
	if (yaml_get(pair->value, "closed_until") != NULL)
		out->ledger.closed_until = o.closed_until;
	out->client = out->ledger.client = o.client;
	out->plan_place = yaml_place(yaml_get(pair->value, "plan"));
	check_owner(l, &o, pair->value);
	bind_destination(l, o.to, out);
}

void hub_bind_ledgers(struct loader *l)
{
	const struct section *s = &l->sections[S_LEDGERS];

	l->hub->ledgers = arena_array(l->arena, struct hub_ledger, s->count + 1); /* and the implied one */
	l->hub->ledger_table = arena_array(l->arena, struct lg_ledger, s->count + 1);
	for (size_t i = 0; i < s->count; i++) {
		struct hub_ledger *out = &l->hub->ledgers[l->hub->ledger_count++];

		bind_ledger(l, &s->items[i], out);
		add_ledger(l, out);
	}
}

/* ---- steps that make vouchers ---- */

static void two_destinations(struct loader *l, const struct hub_ledger *ledger, struct place to)
{
	struct place other = ledger->to.items[0].place;

	diag_error(l->diag, to, "the ledger \"%.*s\" has two destinations: this and \"%.*s\"",
		   STRA(ledger->ledger.name), STRA(ledger->to.items[0].name));
	if (other.source != NULL)
		diag_hint(l->diag, "the other is in %.*s, line %u; leave one of them out", STRA(other.source->name),
			  other.line);
}

/* The flow's `to` is the ledger's: an event is posted once. */
static void one_destination(struct loader *l, const struct hub_ledger *ledger)
{
	const struct hub_targets *to = &ledger->to;
	size_t books = 0;

	for (size_t i = 0; i < to->count && !to->first_of; i++) {
		const struct hub_connection *c = to->items[i].connection;

		if (c != NULL && c->takes != 0 && (c->takes & LG_KIND_BIT(LG_VOUCHER)) == 0)
			continue;
		if (++books < 2)
			continue;
		diag_error(l->diag, to->items[i].place, "the ledger \"%.*s\" has two destinations",
			   STRA(ledger->ledger.name));
		diag_hint(l->diag, "an event is posted once: name one, or { first_of: [...] }");
		return;
	}
}

static bool same_targets(const struct hub_targets *a, const struct hub_targets *b)
{
	if (a->count != b->count || a->first_of != b->first_of)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!str_eq(a->items[i].name, b->items[i].name) || a->items[i].connection != b->items[i].connection)
			return false;
	return true;
}

static lg_str text_of(const struct yaml_node *n)
{
	return n != NULL && n->type == YAML_SCALAR ? n->text : STR_NONE;
}

/* The short form: `book: { plan: FILE }` and a `to` on the flow; the step's options say the rest of the ledger. */
static void imply_main(struct loader *l, const struct hub_flow *flow, const struct yaml_node *options, struct place to)
{
	const struct yaml_node *plan = yaml_get(options, "plan");
	lg_str path = options_path(l->arena, plan->source->dir, plan->text);
	struct hub_ledger *main = map_get(&l->hub->ledger_map, LG_STR("main"));

	if (main == NULL) {
		main = &l->hub->ledgers[l->hub->ledger_count++];
		*main = (struct hub_ledger){ .place = yaml_place(plan), .to = flow->to, .implied = true };
		main->plan_place = yaml_place(plan);
		main->ledger = (struct lg_ledger){ .size = sizeof main->ledger,
						   .name = LG_STR("main"),
						   .company = text_of(yaml_get(options, "company")),
						   .currency = text_of(yaml_get(options, "currency")),
						   .series = text_of(yaml_get(options, "series")),
						   .plan = path,
						   .closed_until = INT32_MIN };
		add_ledger(l, main);
		one_destination(l, main);
		return;
	}
	if (!str_eq(main->ledger.plan, path)) {
		diag_error(l->diag, yaml_place(plan),
			   "the ledger \"main\" has two plans: this and the one in %.*s, line %u",
			   STRA(main->place.source->name), main->place.line);
		diag_hint(l->diag, "declare the ledgers under \"ledgers\", and name them: book: { ledgers: [...] }");
	}
	if (main->implied && main->to.count == 0)
		main->to = flow->to;
	else if (flow->to.count > 0 && !same_targets(&main->to, &flow->to))
		two_destinations(l, main, to);
}

static void check_ledger(struct loader *l, const struct hub_flow *flow, const struct hub_ledger *ledger,
			 struct place to)
{
	if (!ledger->implied && ledger->to.count > 0 && flow->to.count > 0 && !same_targets(&ledger->to, &flow->to))
		two_destinations(l, ledger, to);
}

static void check_named(struct loader *l, const struct hub_flow *flow, const struct yaml_node *n, struct place to)
{
	const struct hub_ledger *ledger;

	if (n->type != YAML_SCALAR)
		return;
	ledger = map_get(&l->hub->ledger_map, n->text);
	if (ledger != NULL)
		check_ledger(l, flow, ledger, to);
	else
		hub_unknown(l, yaml_place(n), "ledger", "ledgers", n->text, &l->hub->ledger_map);
}

void hub_check_books(struct loader *l, const struct hub_flow *flow, const struct yaml_node *options, struct place to)
{
	const struct yaml_node *plan = yaml_get(options, "plan"), *named = yaml_get(options, "ledgers");

	if (named == NULL && plan != NULL && plan->type == YAML_SCALAR && plan->text.len > 0) {
		imply_main(l, flow, options, to);
		return;
	}
	if (named == NULL) {
		for (size_t i = 0; i < l->hub->ledger_count; i++)
			check_ledger(l, flow, &l->hub->ledgers[i], to);
		return;
	}
	check_named(l, flow, named, to);
	for (uint32_t i = 0; named->type == YAML_SEQ && i < named->count; i++)
		check_named(l, flow, named->items[i], to);
}
