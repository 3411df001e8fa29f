#include "core/conf/hub_priv.h"

#include "core/model/fields.h"

#include <stdlib.h>
#include <string.h>

/* ---- hub: ---- */

struct hub_options {
	lg_str store, listen;
	struct lg_list alerts;
};

static const struct lg_option hub_rows[] = {
	LG_OPTION(struct hub_options, store, LG_T_STR, .dflt = "sqlite:var/hub.db",
		  .doc = "sqlite:PATH or postgresql://USER@HOST/DATABASE"),
	LG_OPTION(struct hub_options, listen, LG_T_STR, .doc = "HOST:PORT of the API, dashboard, webhooks and metrics"),
	LG_OPTION(struct hub_options, alerts, LG_T_LIST, .doc = "connections that alarms go to"),
};
static const struct lg_options hub_table = LG_OPTIONS(struct hub_options, hub_rows);

static void set_store(struct loader *l, lg_str store, const struct yaml_node *n)
{
	lg_str dir = n ? n->source->dir : l->hub->dir;

	l->hub->store = store;
	if (str_starts(store, LG_STR("postgresql://")))
		return;
	if (str_starts(store, LG_STR("sqlite:")) && store.len > 7) {
		l->hub->store =
			arena_printf(l->arena, "sqlite:%.*s", STRA(options_path(l->arena, dir, str_from(store, 7))));
		return;
	}
	diag_error(l->diag, yaml_place(n), "no store is named like \"%.*s\"", STRA(store));
	diag_hint(l->diag, "sqlite:PATH or postgresql://USER@HOST/DATABASE");
}

static void set_listen(struct loader *l, lg_str listen, const struct yaml_node *n)
{
	size_t colon = listen.len;
	int64_t port;

	l->hub->listen = listen;
	if (listen.len == 0)
		return;
	while (colon > 0 && listen.ptr[colon - 1] != ':')
		colon--;
	if (colon > 1 && str_i64(str_from(listen, colon), &port) && port > 0 && port < 65536)
		return;
	diag_error(l->diag, yaml_place(n), "\"listen\" must be HOST:PORT, not \"%.*s\"", STRA(listen));
	diag_hint(l->diag, "like 127.0.0.1:8480");
}

static void bind_hub(struct loader *l)
{
	struct options_env env = hub_options(l, 0);
	const struct section *s = &l->sections[S_HUB];
	const struct yaml_node *node = s->count ? s->items[0].value : NULL, *alerts = yaml_get(node, "alerts");
	struct hub_options o = { 0 };

	options_bind(&env, &hub_table, node, (struct place){ .source = l->files[0] }, &o);
	if (o.store.len > 0)
		set_store(l, o.store, yaml_get(node, "store"));
	set_listen(l, o.listen, yaml_get(node, "listen"));
	l->hub->alerts = o.alerts;
	for (size_t i = 0; i < o.alerts.count; i++)
		if (map_get(&l->hub->connection_map, o.alerts.items[i]) == NULL)
			hub_unknown(l, yaml_place(alerts->type == YAML_SEQ ? alerts->items[i] : alerts), "connection",
				    "connections", o.alerts.items[i], &l->hub->connection_map);
}

/* ---- what is broken ---- */

static bool is_broken(struct place p)
{
	return p.source != NULL && p.source->contained && p.source->errors > 0;
}

/* A client file with an error breaks the clients and connections in it, and the other connections of those clients. */
static void mark_broken(struct hub *hub)
{
	for (size_t i = 0; i < hub->client_count; i++)
		hub->clients[i].broken |= is_broken(hub->clients[i].place);
	for (size_t i = 0; i < hub->connection_count; i++) {
		struct hub_connection *c = &hub->connections[i];

		c->broken = is_broken(c->place) || (c->client != NULL && c->client->broken);
	}
}

/* ---- load ---- */

static void loader_init(struct loader *l, const struct hub_env *env, struct hub *hub, struct diag *diag)
{
	*l = (struct loader){ .env = env, .hub = hub, .arena = &hub->arena, .diag = diag };
	l->interpolate = (struct interpolate_env){ .arena = l->arena, .diag = diag };
	for (uint16_t i = 1; i < 64; i++)
		if (object_get(i) != NULL && object_get(i)->is_kind)
			l->all_kinds |= LG_KIND_BIT(i);
}

static void keep_files(struct loader *l)
{
	struct source **files;

	map_each (&l->option_files, e) {
		const struct yaml_node *root = e->value;

		l->files = xgrow(l->files, &l->file_cap, l->file_count + 1, sizeof(struct source *));
		l->files[l->file_count++] = root->source;
	}
	files = arena_array(l->arena, struct source *, l->file_count);
	memcpy(files, l->files, l->file_count * sizeof(struct source *));
	l->hub->files = files;
	l->hub->file_count = l->file_count;
}

static void loader_fini(struct loader *l)
{
	for (int i = 0; i < SECTIONS; i++) {
		free(l->sections[i].items);
		map_fini(&l->sections[i].names);
	}
	options_places_fini(&l->places);
	options_places_fini(&l->file_places);
	map_fini(&l->option_files);
	map_fini(&l->seen);
	free(l->files);
	free(l->stubs);
}

struct hub *hub_load(const char *path, const struct hub_env *env, struct diag *diag)
{
	struct hub *hub = xalloc(sizeof *hub);
	struct loader l;

	loader_init(&l, env, hub, diag);
	hub_read(&l, path ? path : HUB_DEFAULT);
	hub_bind_clients(&l);
	hub_bind_connections(&l);
	hub_bind_ledgers(&l);
	hub_bind_flows(&l);
	bind_hub(&l);
	mark_broken(hub);
	keep_files(&l);
	loader_fini(&l);
	return hub;
}

void hub_free(struct hub **at)
{
	struct hub *hub = *at;

	*at = NULL;
	if (hub == NULL)
		return;
	for (size_t i = 0; i < hub->file_count; i++)
		source_fini(hub->files[i]);
	map_fini(&hub->client_map);
	map_fini(&hub->connection_map);
	map_fini(&hub->flow_map);
	map_fini(&hub->ledger_map);
	map_fini(&hub->label_map);
	map_fini(&hub->target_map);
	map_fini(&hub->loaded);
	arena_fini(&hub->arena);
	free(hub);
}

const struct hub_client *hub_client(const struct hub *hub, lg_str name)
{
	return map_get(&hub->client_map, name);
}

const struct hub_connection *hub_connection(const struct hub *hub, lg_str name)
{
	return map_get(&hub->connection_map, name);
}

const struct hub_flow *hub_flow(const struct hub *hub, lg_str name)
{
	return map_get(&hub->flow_map, name);
}

const struct hub_ledger *hub_ledger(const struct hub *hub, lg_str name)
{
	return map_get(&hub->ledger_map, name);
}
