/* hub_target.c - names, lists and labels in `from` and `to`, resolved to connections. */
#include "core/conf/hub_priv.h"

#include <stdlib.h>
#include <string.h>

/* ---- labels ---- */

/* Connections of a label while they are gathered. */
struct labelled {
	const struct hub_connection **items;
	size_t count, cap;
};

static void add_label(struct map *labels, struct arena *scratch, lg_str label, const struct hub_connection *c)
{
	struct labelled *l = map_get(labels, label);

	if (l == NULL) {
		l = arena_new(scratch, struct labelled);
		map_put(labels, label, l);
	}
	if (l->count > 0 && l->items[l->count - 1] == c)
		return; /* said twice */
	l->items = xgrow(l->items, &l->cap, l->count + 1, sizeof(struct hub_connection *));
	l->items[l->count++] = c;
}

void hub_label_connections(struct loader *l)
{
	struct arena scratch = { 0 };
	struct map labels = { 0 };

	for (size_t i = 0; i < l->hub->connection_count; i++)
		for (size_t j = 0; j < l->hub->connections[i].labels.count; j++)
			add_label(&labels, &scratch, l->hub->connections[i].labels.items[j], &l->hub->connections[i]);
	map_each (&labels, e) {
		struct labelled *from = e->value;
		struct hub_connections *to = arena_new(l->arena, struct hub_connections);
		const struct hub_connection **items = arena_array(l->arena, const struct hub_connection *, from->count);

		memcpy(items, from->items, from->count * sizeof(struct hub_connection *));
		*to = (struct hub_connections){ items, from->count };
		map_put(&l->hub->label_map, e->key, to);
		free(from->items);
	}
	map_fini(&labels);
	arena_fini(&scratch);
}

/* The text of { label: x }; NULL: reported. */
static const struct yaml_node *label_of(struct loader *l, const struct yaml_node *n)
{
	const struct yaml_node *label = yaml_get(n, "label");

	if (label != NULL && n->count == 1 && label->type == YAML_SCALAR && label->text.len > 0)
		return label;
	diag_error(l->diag, yaml_place(n), "a connection is named here by its name or by { label: NAME }");
	return NULL;
}

/* The connections that have the label.  None is an error when the label is nearly one that exists. */
static const struct hub_connections *find_label(struct loader *l, const struct yaml_node *label)
{
	static const struct hub_connections none;
	const struct hub_connections *found = map_get(&l->hub->label_map, label->text);
	struct arena scratch = { 0 };
	lg_str *all, near;
	size_t n = 0;

	if (found != NULL)
		return found;
	all = arena_array(&scratch, lg_str, l->hub->label_map.count);
	map_each (&l->hub->label_map, e)
		all[n++] = e->key;
	near = suggest(label->text, all, n);
	if (near.len > 0) {
		diag_error(l->diag, yaml_place(label), "no connection is labelled \"%.*s\"", STRA(label->text));
		diag_suggest(l->diag, "labels", label->text, all, n);
	} else {
		diag_warn(l->diag, yaml_place(label), "no connection is labelled \"%.*s\" yet", STRA(label->text));
	}
	arena_fini(&scratch);
	return near.len > 0 ? NULL : &none;
}

static const struct hub_connection *find_connection(struct loader *l, const struct yaml_node *n)
{
	const struct hub_connection *c = map_get(&l->hub->connection_map, n->text);

	if (c == NULL)
		hub_unknown(l, yaml_place(n), "connection", "connections", n->text, &l->hub->connection_map);
	return c;
}

/* ---- from ---- */

struct sources {
	const struct hub_connection **items;
	size_t count, cap;
};

static bool add_source(struct loader *l, struct sources *s, const struct hub_connection *c, const struct yaml_node *at)
{
	uint32_t *mark = &l->marks[c - l->hub->connections];

	if (*mark == l->mark)
		return true;
	*mark = l->mark;
	if (c->connector != NULL && c->gives == 0) {
		diag_error(l->diag, yaml_place(at), "\"%.*s\" cannot be read from", STRA(c->name));
		if (c->format != NULL && c->connector->pull != NULL)
			return diag_hint(l->diag, "the format \"%s\" only writes", c->format->name);
		return diag_hint(l->diag, "the connector \"%s\" only delivers", c->connector->name);
	}
	s->items = xgrow(s->items, &s->cap, s->count + 1, sizeof(struct hub_connection *));
	s->items[s->count++] = c;
	return true;
}

static bool add_sources(struct loader *l, struct sources *s, const struct yaml_node *n)
{
	const struct hub_connections *found;
	const struct hub_connection *c;
	const struct yaml_node *label;
	bool ok = true;

	if (n->type == YAML_SCALAR) {
		c = find_connection(l, n);
		return c != NULL && add_source(l, s, c, n);
	}
	label = label_of(l, n);
	found = label ? find_label(l, label) : NULL;
	for (size_t i = 0; found != NULL && i < found->count; i++)
		ok &= add_source(l, s, found->items[i], label);
	return found != NULL && ok;
}

bool hub_sources(struct loader *l, const struct yaml_node *node, struct hub_connections *out)
{
	const struct yaml_node *label = node->type == YAML_MAP ? yaml_get(node, "label") : NULL;
	const struct hub_connections *whole = label ? map_get(&l->hub->label_map, label->text) : NULL;
	struct sources s = { 0 };
	const struct hub_connection **items;
	bool ok = true;

	if (yaml_is_null(node) || (node->type == YAML_SEQ && node->count == 0))
		return diag_error(l->diag, yaml_place(node), "no connection is named here");
	l->mark++;
	for (uint32_t i = 0; node->type == YAML_SEQ && i < node->count; i++)
		ok &= add_sources(l, &s, node->items[i]);
	if (node->type != YAML_SEQ)
		ok = add_sources(l, &s, node);
	if (ok && whole != NULL) { /* thousands of connections, the same for many flows */
		*out = *whole;
	} else {
		items = arena_array(l->arena, const struct hub_connection *, s.count);
		if (s.count > 0)
			memcpy(items, s.items, s.count * sizeof(struct hub_connection *));
		*out = (struct hub_connections){ items, s.count };
	}
	free(s.items);
	return ok;
}

/* ---- to ---- */

static lg_str target_key(struct arena *a, lg_str label, lg_str client)
{
	char *key = arena_bytes(a, label.len + 1 + client.len);

	memcpy(key, label.ptr, label.len);
	key[label.len] = '\0';
	if (client.len > 0)
		memcpy(key + label.len + 1, client.ptr, client.len);
	return (lg_str){ key, label.len + 1 + client.len };
}

static lg_str client_name(const struct hub_connection *c)
{
	return c->client ? c->client->client.name : STR_NONE;
}

/* One connection a client: which one would it be otherwise? */
static void index_label(struct loader *l, const struct yaml_node *label, const struct hub_connections *found)
{
	static struct hub_connection done;
	lg_str mark = target_key(l->arena, label->text, LG_STR("\n")); /* no client has that name */

	if (map_put(&l->hub->target_map, mark, &done) != NULL)
		return;
	for (size_t i = 0; i < found->count; i++) {
		const struct hub_connection *c = found->items[i];
		struct hub_connection *mine = &l->hub->connections[c - l->hub->connections], *other;

		other = map_put(&l->hub->target_map, target_key(l->arena, label->text, client_name(c)), mine);
		if (other == NULL)
			continue;
		diag_error(l->diag, c->place, "\"%.*s\" and \"%.*s\" are both labelled \"%.*s\" for %s%.*s",
			   STRA(other->name), STRA(c->name), STRA(label->text), c->client ? "client " : "no client",
			   STRA(client_name(c)));
		diag_hint(l->diag, "records go to that label (%.*s, line %u): one connection a client may have it",
			  STRA(label->source->name), label->line);
	}
}

static bool check_target(struct loader *l, const struct hub_connection *c, const struct yaml_node *at)
{
	if (c->connector == NULL || c->takes != 0)
		return true;
	diag_error(l->diag, yaml_place(at), "\"%.*s\" cannot be written to", STRA(c->name));
	if (c->format != NULL && c->connector->deliver != NULL)
		return diag_hint(l->diag, "the format \"%s\" only reads", c->format->name);
	return diag_hint(l->diag, "the connector \"%s\" only reads", c->connector->name);
}

static bool bind_target(struct loader *l, const struct yaml_node *n, struct hub_target *out)
{
	const struct yaml_node *label;
	bool ok = true;

	out->place = yaml_place(n);
	if (n->type == YAML_SCALAR) {
		out->name = n->text;
		out->connection = find_connection(l, n);
		return out->connection != NULL && check_target(l, out->connection, n);
	}
	label = label_of(l, n);
	out->labelled = label ? find_label(l, label) : NULL;
	if (out->labelled == NULL)
		return false;
	out->name = label->text;
	out->place = yaml_place(label);
	index_label(l, label, out->labelled);
	for (size_t i = 0; i < out->labelled->count && ok; i++)
		ok = check_target(l, out->labelled->items[i], label);
	return ok;
}

bool hub_targets(struct loader *l, const struct yaml_node *node, struct hub_targets *out)
{
	const struct yaml_node *first_of = yaml_get(node, "first_of");
	struct hub_target *items;
	size_t count;
	bool ok = true;

	if (first_of != NULL && (node->count != 1 || first_of->type != YAML_SEQ))
		return diag_error(l->diag, yaml_place(node), "\"first_of\" stands alone and has a list of connections");
	out->first_of = first_of != NULL;
	node = first_of ? first_of : node;
	count = node->type == YAML_SEQ ? node->count : 1;
	if (count == 0 || yaml_is_null(node))
		return diag_error(l->diag, yaml_place(node), "no connection is named here");
	items = arena_array(l->arena, struct hub_target, count);
	for (size_t i = 0; i < count; i++)
		ok &= bind_target(l, node->type == YAML_SEQ ? node->items[i] : node, &items[i]);
	out->items = items;
	out->count = count;
	return ok;
}

/* ---- looking ---- */

const struct hub_connection *hub_labelled(const struct hub *hub, lg_str label, lg_str client)
{
	char key[512];
	size_t len = label.len + 1 + client.len;

	if (len > sizeof key || label.len == 0)
		return NULL;
	memcpy(key, label.ptr, label.len);
	key[label.len] = '\0';
	if (client.len > 0)
		memcpy(key + label.len + 1, client.ptr, client.len);
	if (client.len > 0) {
		const struct hub_connection *own = map_get(&hub->target_map, (lg_str){ key, len });

		if (own != NULL)
			return own;
	}
	return map_get(&hub->target_map, (lg_str){ key, label.len + 1 });
}

const struct hub_connection *hub_target_for(const struct hub *hub, const struct hub_target *target, lg_str client)
{
	return target->connection ? target->connection : hub_labelled(hub, target->name, client);
}
