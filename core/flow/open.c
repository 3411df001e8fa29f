/* open.c - from configuration to an engine whose parts are connected: store, connections, flows with their steps, and
   the index by which clients are found. */
#include "core/flow/engine_priv.h"

#include <stdio.h>
#include <string.h>

const struct lg_client ambiguous_client = { .size = sizeof ambiguous_client };

static lg_str fold_id(struct arena *a, lg_str id)
{
	char *p = arena_bytes(a, id.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < id.len; i++) {
		char c = id.ptr[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
			p[n++] = c;
	}
	return (lg_str){ p, n };
}

/* As written; without a country in front; and, Swedish, without the 01 behind that makes a number a VAT number. */
size_t client_id_forms(struct arena *a, lg_str id, lg_str out[CLIENT_ID_FORMS])
{
	size_t n = 0;
	lg_str bare;

	out[n] = fold_id(a, id);
	if (out[n].len == 0)
		return 0;
	bare = out[n++];
	if (bare.len > 4 && bare.ptr[0] > '9' && bare.ptr[1] > '9')
		out[n++] = bare = str_from(bare, 2);
	if (bare.len == 12 && str_is_digits(bare) && str_ends(bare, LG_STR("01")))
		out[n++] = str_sub(bare, 0, 10);
	return n;
}

static lg_time env_now(void *ctx)
{
	const struct seams *s = ctx;

	return s->now(s->ctx);
}

static const char *label(struct engine *e, const char *kind, lg_str name)
{
	return arena_printf(&e->arena, "%s \"%.*s\"", kind, STRA(name)).ptr;
}

static void make_connections(struct engine *e)
{
	size_t n = e->hub->connection_count;

	e->connections = arena_array(&e->arena, struct connection, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct connection *c = &e->connections[i];

		c->conf = &e->hub->connections[i];
		c->instance = (struct lg_instance){ e, label(e, "connection", c->conf->name), c };
		list_init(&c->intakes);
		c->idle = true;
	}
}

static struct connection *connection_of(struct engine *e, const struct hub_connection *conf)
{
	return &e->connections[conf - e->hub->connections];
}

static void add_reader(struct engine *e, struct connection *c, bool *dirty)
{
	size_t n = c->reader_count;

	if ((n & (n - 1)) == 0) { /* room for the next power of two */
		bool **more = arena_array(&e->arena, bool *, n ? n * 2 : 1);

		if (n > 0)
			memcpy(more, c->readers, n * sizeof *more);
		c->readers = more;
	}
	c->readers[c->reader_count++] = dirty;
}

static bool make_flow(struct engine *e, struct flow *f, const struct hub_flow *conf, struct err *err)
{
	f->engine = e;
	f->conf = conf;
	f->woken = true;
	f->dirty = arena_array(&e->arena, bool, conf->from.count + 1);
	f->todo = arena_array(&e->arena, bool, conf->from.count + 1);
	for (size_t i = 0; i < conf->from.count; i++) {
		f->dirty[i] = !conf->from.items[i]->broken;
		add_reader(e, connection_of(e, conf->from.items[i]), &f->dirty[i]);
	}
	f->steps = arena_array(&e->arena, struct step, conf->step_count + 1);
	for (size_t i = 0; i < conf->step_count; i++) {
		struct step *s = &f->steps[i];

		s->conf = &conf->steps[i];
		s->instance = (struct lg_instance){ e, label(e, "step", conf->steps[i].name), NULL };
		if (!step_open(s, err))
			return err_prepend(err, "flow \"%.*s\"", STRA(conf->name));
	}
	return true;
}

static bool make_flows(struct engine *e, struct err *err)
{
	e->flows = arena_array(&e->arena, struct flow, e->hub->flow_count + 1);
	for (size_t i = 0; i < e->hub->flow_count; i++)
		if (!make_flow(e, &e->flows[i], &e->hub->flows[i], err))
			return false;
	return true;
}

/* Under which the client is found; a second one of that number makes it ambiguous. */
static void index_id(struct engine *e, lg_str id, const struct lg_client *client)
{
	const struct lg_client *old = map_get(&e->clients_by_id, id);

	if (id.len == 0 || old == client)
		return;
	if (old != NULL)
		client = &ambiguous_client;
	map_put(&e->clients_by_id, id, (void *)(uintptr_t)client);
}

static void index_clients(struct engine *e)
{
	for (size_t i = 0; i < e->hub->client_count; i++) {
		const struct lg_client *c = &e->hub->clients[i].client;
		lg_str forms[2 * CLIENT_ID_FORMS];
		size_t n;

		if (e->hub->clients[i].broken)
			continue;
		n = client_id_forms(&e->arena, c->legal_id, forms);
		n += client_id_forms(&e->arena, c->vat_id, forms + n);
		for (size_t k = 0; k < n; k++)
			index_id(e, forms[k], c);
	}
}

bool engine_open(struct engine *e, struct err *err)
{
	char uri[4200];

	if (e->options.store)
		snprintf(uri, sizeof uri, "%s", e->options.store);
	else
		snprintf(uri, sizeof uri, "%.*s", STRA(e->hub->store));
	e->store_env = (struct store_env){ env_now, NULL };
	memcpy(&e->store_env.ctx, &e->options.seams, sizeof e->store_env.ctx); /* const goes through a void * */
	if (!store_open(uri, &e->store_env, &e->store, err))
		return false;
	host_init(e);
	make_connections(e);
	index_clients(e);
	if (!make_flows(e, err))
		return false;
	for (size_t i = 0; i < e->hub->connection_count; i++)
		if (!connection_left_out(e->connections[i].conf) && !connection_prepare(&e->connections[i], err))
			return false;
	return true;
}
