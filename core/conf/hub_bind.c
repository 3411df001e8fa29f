/* hub_bind.c - clients and connections: YAML to structs, each with the options of its plugin. */
#include "core/conf/hub_priv.h"

#include "core/base/date.h"

#include <stdlib.h>
#include <string.h>

struct options_env hub_options(struct loader *l, uint64_t kinds)
{
	return (struct options_env){ .arena = l->arena,
				     .diag = l->diag,
				     .compile = l->env->compile ? l->env->compile : &options_compile_cel,
				     .kinds = kinds,
				     .files = &l->option_files,
				     .interpolate = &l->interpolate };
}

const void *hub_bind(struct loader *l, const struct hub_bound *b, bool *ok)
{
	static const struct lg_option no_rows[1];
	static const struct lg_options none = { sizeof(struct lg_option), 0, no_rows, 0 };
	const struct lg_options *table = b->table ? b->table : &none;
	struct options_env env = hub_options(l, b->kinds);
	struct hub_report report;
	void *config = table->struct_size ? arena_alloc(l->arena, table->struct_size) : NULL;
	char nothing[1];

	env.places = b->check ? &l->places : NULL;
	options_places_reset(&l->places);
	*ok = options_bind_part(&env, table, b->others, b->node, b->place, config ? config : nothing, NULL);
	if (!*ok || b->check == NULL)
		return *ok ? config : NULL;
	hub_report_init(&report, l, b->place, b->kinds);
	b->check(config, &report.base.report);
	*ok = !report.base.failed;
	return *ok ? config : NULL;
}

/* The arena owns the list. */
static size_t keys_of(struct arena *a, const struct map *m, lg_str **out)
{
	size_t n = 0;

	*out = arena_array(a, lg_str, m->count);
	map_each (m, e)
		(*out)[n++] = e->key;
	return n;
}

bool hub_unknown(struct loader *l, struct place place, const char *what, const char *whats, lg_str name,
		 const struct map *known)
{
	struct arena scratch = { 0 };
	lg_str *all;
	size_t count = keys_of(&scratch, known, &all);

	diag_error(l->diag, place, "no %s \"%.*s\"", what, STRA(name));
	diag_suggest(l->diag, whats, name, all, count);
	arena_fini(&scratch);
	return false;
}

static bool no_plugin(struct loader *l, struct place place, const char *what, lg_str name,
		      size_t (*list)(void *, struct arena *, const lg_str **))
{
	const lg_str *all = NULL;
	size_t count = list ? list(l->env->ctx, l->arena, &all) : 0;

	diag_error(l->diag, place, "no %s named \"%.*s\"", what, STRA(name));
	if (count == 0)
		return diag_hint(l->diag, "no %s is loaded at all; LOLIGO_PLUGINS names the folder of the plugins",
				 what);
	return diag_suggest(l->diag, "there are", name, all, count);
}

bool hub_one_key(struct loader *l, const struct yaml_node *n, const char *what, struct yaml_pair *out)
{
	if (n->type == YAML_MAP && n->count == 1) {
		*out = n->pairs[0];
		return true;
	}
	if (n->type == YAML_SCALAR && n->text.len > 0) {
		*out = (struct yaml_pair){ yaml_scalar(l->arena, n->text, yaml_place(n)), NULL };
		return true;
	}
	diag_error(l->diag, yaml_place(n), "%s is a name, or a map of one name to its options", what);
	if (n->type == YAML_MAP)
		diag_hint(l->diag, "this map has %u keys; options stand one level deeper", n->count);
	return false;
}

/* ---- clients ---- */

struct client_options {
	lg_str name, legal_id, vat_id, contract, currency, year_start;
};

static const struct lg_option client_rows[] = {
	LG_OPTION(struct client_options, name, LG_T_STR, .doc = "company name"),
	LG_OPTION(struct client_options, legal_id, LG_T_STR, .doc = "organisation number"),
	LG_OPTION(struct client_options, vat_id, LG_T_STR, .doc = "VAT number"),
	LG_OPTION(struct client_options, contract, LG_T_STR, .doc = "contract model; chooses the plan of accounts"),
	LG_OPTION(struct client_options, currency, LG_T_STR, .min = 3, .max = 3,
		  .doc = "currency of the books, ISO 4217"),
	LG_OPTION(struct client_options, year_start, LG_T_STR, .dflt = "01-01",
		  .doc = "first day of the financial year, MM-DD"),
};
static const struct lg_options client_table = LG_OPTIONS(struct client_options, client_rows);

/* Pairs of a client's other keys while they are gathered. */
struct values {
	struct loader *l;
	struct lg_pair *items;
	size_t count, cap;
};

static void add_value(struct values *v, lg_str key, lg_str value)
{
	v->items = xgrow(v->items, &v->cap, v->count + 1, sizeof *v->items);
	v->items[v->count++] = (struct lg_pair){ key, value };
}

/* Maps become keys with points, lists texts with commas. */
static void flatten(struct values *v, lg_str key, const struct yaml_node *n)
{
	struct buf b = { 0 };

	if (n->type == YAML_SCALAR) {
		add_value(v, key, n->text);
		return;
	}
	for (uint32_t i = 0; n->type == YAML_MAP && i < n->count; i++)
		flatten(v, arena_printf(v->l->arena, "%.*s.%.*s", STRA(key), STRA(n->pairs[i].key->text)),
			n->pairs[i].value);
	if (n->type == YAML_MAP)
		return;
	for (uint32_t i = 0; i < n->count; i++) {
		if (n->items[i]->type == YAML_SCALAR)
			buf_addf(&b, "%s%.*s", b.len ? "," : "", STRA(n->items[i]->text));
		else
			diag_error(v->l->diag, yaml_place(n->items[i]), "a value in \"%.*s\" must be a text, not %s",
				   STRA(key), yaml_type_name(n->items[i]));
	}
	add_value(v, key, arena_str(v->l->arena, buf_view(&b)));
	buf_fini(&b);
}

static const struct lg_map *client_values(struct loader *l, const struct options_rest *rest)
{
	struct values v = { .l = l };
	struct lg_map *map = arena_new(l->arena, struct lg_map);
	struct lg_pair *items;

	for (size_t i = 0; i < rest->count; i++)
		flatten(&v, rest->pairs[i].key->text, rest->pairs[i].value);
	items = arena_array(l->arena, struct lg_pair, v.count);
	if (v.count > 0)
		memcpy(items, v.items, v.count * sizeof *items);
	*map = (struct lg_map){ items, v.count };
	free(v.items);
	return map;
}

static bool month_day(lg_str s, struct lg_client *c)
{
	int64_t month, day;

	if (s.len != 5 || s.ptr[2] != '-' || !str_is_digits(str_sub(s, 0, 2)) || !str_is_digits(str_from(s, 3)))
		return false;
	if (!str_i64(str_sub(s, 0, 2), &month) || !str_i64(str_from(s, 3), &day) || month < 1 || month > 12 ||
	    day < 1 || day > date_month_days(2001, (int)month))
		return false;
	c->year_start_month = (uint8_t)month;
	c->year_start_day = (uint8_t)day;
	return true;
}

static void bind_client(struct loader *l, const struct yaml_pair *pair, struct hub_client *out)
{
	struct options_env env = hub_options(l, 0);
	struct client_options o = { 0 };
	struct options_rest rest = { 0 };
	const struct yaml_node *year = yaml_get(pair->value, "year_start");

	out->place = yaml_place(pair->key);
	out->client = (struct lg_client){ .size = sizeof out->client, .name = pair->key->text };
	out->client.year_start_month = out->client.year_start_day = 1;
	options_bind_part(&env, &client_table, NULL, pair->value, out->place, &o, &rest);
	out->client.title = o.name.len ? o.name : pair->key->text;
	out->client.legal_id = o.legal_id;
	out->client.vat_id = o.vat_id;
	out->client.contract = o.contract;
	out->client.currency = o.currency;
	out->client.values = client_values(l, &rest);
	if (o.year_start.len > 0 && !month_day(o.year_start, &out->client)) {
		diag_error(l->diag, year ? yaml_place(year) : out->place, "\"year_start\" must be MM-DD, not \"%.*s\"",
			   STRA(o.year_start));
		diag_hint(l->diag, "like 01-01 or 07-01");
	}
}

/* Clients of files that are no YAML: known by name only, so that what speaks of them is no error. */
static void add_stubs(struct loader *l)
{
	for (size_t i = 0; i < l->stub_count; i++) {
		const struct yaml_node *key = l->stubs[i].key;
		struct hub_client *c = &l->hub->clients[l->hub->client_count];

		if (map_get(&l->hub->client_map, key->text) != NULL)
			continue;
		*c = (struct hub_client){ .place = yaml_place(key), .broken = true };
		c->client = (struct lg_client){ .size = sizeof c->client, .name = key->text, .title = key->text };
		c->client.values = arena_new(l->arena, struct lg_map);
		c->client.year_start_month = c->client.year_start_day = 1;
		map_put(&l->hub->client_map, key->text, c);
		l->hub->client_count++;
	}
}

void hub_bind_clients(struct loader *l)
{
	const struct section *s = &l->sections[S_CLIENTS];

	l->hub->clients = arena_array(l->arena, struct hub_client, s->count + l->stub_count);
	for (size_t i = 0; i < s->count; i++) {
		struct hub_client *c = &l->hub->clients[l->hub->client_count++];

		bind_client(l, &s->items[i], c);
		map_put(&l->hub->client_map, c->client.name, c);
	}
	add_stubs(l);
}

/* ---- connections ---- */

struct expect_options {
	lg_str by;
	int64_t on;
};

struct connection_options {
	lg_str use, client;
	struct lg_list labels;
	int64_t mode;
	const struct yaml_node *format, *expect;
};

static const struct lg_option connection_rows[] = {
	LG_OPTION(struct connection_options, use, LG_T_STR, .required = true, .doc = "the connector, or a manifest"),
	LG_OPTION(struct connection_options, client, LG_T_STR, .doc = "the client whose system this is"),
	LG_OPTION(struct connection_options, labels, LG_T_LIST, .doc = "names by which flows take many connections"),
	LG_OPTION(struct connection_options, mode, LG_T_CHOICE, .choices = "live|dry_run|off", .dflt = "live",
		  .doc = "dry_run: read and plan, send nothing; off: neither read nor send, what is planned stays so"),
	LG_OPTION(struct connection_options, format, OPTION_NODE, .doc = "of its files and messages"),
	LG_OPTION(struct connection_options, expect, OPTION_NODE, .doc = "when something must have come"),
};
static const struct lg_options connection_table = LG_OPTIONS(struct connection_options, connection_rows);

static const struct lg_option expect_rows[] = {
	LG_OPTION(struct expect_options, by, LG_T_STR, .required = true, .doc = "time of day, HH:MM"),
	LG_OPTION(struct expect_options, on, LG_T_CHOICE, .choices = "every_day|weekdays|bank_days",
		  .dflt = "every_day", .doc = "days on which it is expected"),
};
static const struct lg_options expect_table = LG_OPTIONS(struct expect_options, expect_rows);

static void bind_expect(struct loader *l, const struct yaml_node *n, struct hub_expect *out)
{
	struct options_env env = hub_options(l, 0);
	struct expect_options o = { 0 };
	int64_t hour, minute;

	if (n == NULL || !options_bind(&env, &expect_table, n, yaml_place(n), &o))
		return;
	if (o.by.len == 5 && o.by.ptr[2] == ':' && str_i64(str_sub(o.by, 0, 2), &hour) &&
	    str_i64(str_from(o.by, 3), &minute) && hour >= 0 && hour < 24 && minute >= 0 && minute < 60) {
		*out = (struct hub_expect){ true, hour * 60 + minute, o.on };
		return;
	}
	diag_error(l->diag, yaml_place(yaml_get(n, "by")), "\"by\" must be a time of day, not \"%.*s\"", STRA(o.by));
	diag_hint(l->diag, "like \"07:00\", in quotes");
}

static void bind_format(struct loader *l, const struct yaml_node *n, struct hub_connection *c)
{
	struct hub_bound b = { 0 };
	struct yaml_pair pair;
	bool ok;

	if (n == NULL || !hub_one_key(l, n, "a format", &pair))
		return;
	c->format = l->env->format(l->env->ctx, pair.key->text);
	if (c->format == NULL) {
		no_plugin(l, yaml_place(pair.key), "format", pair.key->text, l->env->formats);
		return;
	}
	b.table = c->format->options;
	b.check = c->format->check;
	b.node = pair.value;
	b.place = yaml_place(pair.key);
	b.kinds = c->format->reads | c->format->writes;
	c->format_config = hub_bind(l, &b, &ok);
}

static uint64_t operation_kinds(const struct lg_connector *con)
{
	uint64_t kinds = 0;

	for (uint32_t i = 0; i < con->operation_count; i++)
		kinds |= ((const struct lg_operation *)(const void *)((const char *)con->operations +
								      i * con->operation_size))
				 ->kinds;
	return kinds;
}

static void set_kinds(struct loader *l, struct hub_connection *c)
{
	uint64_t delivers = operation_kinds(c->connector);

	if (c->connector->pull != NULL)
		c->gives = c->format ? c->format->reads : l->all_kinds;
	if (c->connector->deliver != NULL)
		c->takes = c->format ? c->format->writes : delivers ? delivers : l->all_kinds;
	c->exact = c->format != NULL && __builtin_popcountll(c->format->reads) == 1;
}

/* What the options' templates and expressions see: the records that go out, else those that come in. */
static uint64_t option_kinds(const struct hub_connection *c)
{
	return c->takes ? c->takes : c->gives;
}

static void bind_connector(struct loader *l, const struct yaml_pair *pair, const struct connection_options *o,
			   struct hub_connection *c)
{
	struct hub_bound b = { 0 };
	bool ok;

	if (o->use.len == 0)
		return;
	c->connector = l->env->connector(l->env->ctx, o->use);
	if (c->connector == NULL) {
		no_plugin(l, yaml_place(yaml_get(pair->value, "use")), "connector", o->use, l->env->connectors);
		return;
	}
	set_kinds(l, c);
	b.table = c->connector->options;
	b.others = &connection_table;
	b.check = c->connector->check;
	b.node = pair->value;
	b.place = c->place;
	b.kinds = option_kinds(c);
	c->config = hub_bind(l, &b, &ok);
}

static void bind_connection(struct loader *l, const struct yaml_pair *pair, struct hub_connection *c)
{
	struct options_env env = hub_options(l, 0);
	struct connection_options o = { 0 };
	struct options_rest rest = { .any = true };

	c->name = pair->key->text;
	c->place = yaml_place(pair->key);
	if (yaml_is_null(pair->value) || pair->value->type != YAML_MAP) {
		options_bind(&env, &connection_table, pair->value, c->place, &o);
		return;
	}
	/* Keys that are not common belong to the connector, which judges them; without one nobody can. */
	options_bind_part(&env, &connection_table, NULL, pair->value, c->place, &o, &rest);
	c->labels = o.labels;
	c->mode = (enum hub_mode)o.mode;
	if (o.client.len > 0) {
		c->client = map_get(&l->hub->client_map, o.client);
		if (c->client == NULL)
			hub_unknown(l, yaml_place(yaml_get(pair->value, "client")), "client", "clients", o.client,
				    &l->hub->client_map);
	}
	bind_expect(l, o.expect, &c->expect);
	bind_format(l, o.format, c);
	bind_connector(l, pair, &o, c);
}

void hub_bind_connections(struct loader *l)
{
	const struct section *s = &l->sections[S_CONNECTIONS];

	l->hub->connections = arena_array(l->arena, struct hub_connection, s->count);
	l->marks = arena_array(l->arena, uint32_t, s->count);
	for (size_t i = 0; i < s->count; i++) {
		struct hub_connection *c = &l->hub->connections[l->hub->connection_count++];

		bind_connection(l, &s->items[i], c);
		map_put(&l->hub->connection_map, c->name, c);
	}
	hub_label_connections(l);
}
