/* options.c - maps to structs: rows to members, lists, sub tables, files, unknown keys. */
#include "core/conf/options_priv.h"

#include "core/conf/interpolate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 24 /* of tables inside tables: a table may contain itself, and a file may name itself */

struct binding {
	const struct options_env *env;
	const struct lg_options *others;
	struct options_rest *rest;
	int depth;
	bool as_default; /* the values come from the table, not from a person */
};

static bool bind_map(const struct binding *b, const struct lg_options *table, const struct yaml_node *node,
		     struct place at, void *out);

struct lg_option options_at(const struct lg_options *table, size_t i)
{
	struct lg_option row = { 0 };

	memcpy(&row, (const char *)table->rows + i * table->row_size, MIN(sizeof row, (size_t)table->row_size));
	return row;
}

/* ---- places ---- */

static void remember(const struct options_env *env, const void *at, size_t size, struct place place)
{
	struct options_places *p = env->places;

	if (p == NULL || size == 0)
		return;
	p->items = xgrow(p->items, &p->cap, p->count + 1, sizeof *p->items);
	p->items[p->count++] = (struct options_bound){ at, size, place };
	p->sorted = false;
}

void options_places_fini(struct options_places *p)
{
	free(p->items);
	*p = (struct options_places){ 0 };
}

void options_places_reset(struct options_places *p)
{
	p->count = 0;
}

/* By address; the larger first, so that the innermost of those around an address is the last. */
static int compare_bound(const void *a, const void *b)
{
	const struct options_bound *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	if (x->place.line != y->place.line)
		return x->place.line < y->place.line ? -1 : 1;
	return (x->place.column > y->place.column) - (x->place.column < y->place.column);
}

struct place options_place(struct options_places *p, const void *member, bool *found)
{
	const char *at = member;
	size_t low = 0, high = p->count;

	if (!p->sorted && p->count > 0)
		qsort(p->items, p->count, sizeof *p->items, compare_bound);
	p->sorted = true;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (p->items[mid].at <= at)
			low = mid + 1;
		else
			high = mid;
	}
	while (low > 0 && at >= p->items[low - 1].at + p->items[low - 1].size)
		low--;
	*found = low > 0;
	return *found ? p->items[low - 1].place : (struct place){ 0 };
}

static ATTR_PRINTF(3, 4) void report_error(const struct lg_report *report, const void *member, const char *fmt, ...)
{
	/* The plugin got a pointer to the first member of ours. */
	union {
		const struct lg_report *in;
		struct options_report *out;
	} self = { report };
	struct options_report *r = self.out;
	char msg[1024];
	bool found;
	struct place place = options_place(r->places, member, &found);
	va_list ap;

	if (!found && r->more != NULL)
		place = options_place(r->more, member, &found);
	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	r->failed = true;
	diag_error(r->diag, found && place.source ? place : r->otherwise, "%s", msg);
}

void options_report_init(struct options_report *r, struct options_places *places, struct diag *diag,
			 struct place otherwise)
{
	*r = (struct options_report){ .report = { .size = sizeof(struct lg_report), .error = report_error },
				      .places = places,
				      .diag = diag,
				      .otherwise = otherwise };
}

/* ---- lists and maps of values ---- */

static bool wrong_type(const struct binding *b, const struct lg_option *o, const struct yaml_node *n)
{
	return diag_error(b->env->diag, yaml_place(n), "\"%s\" must be %s, not %s", o->name, option_type_text(o->type),
			  yaml_type_name(n));
}

/* A value inside a list or map: a text. */
static bool is_text(const struct binding *b, const struct lg_option *o, const struct yaml_node *n)
{
	if (n->type == YAML_SCALAR)
		return true;
	return diag_error(b->env->diag, yaml_place(n), "a value in \"%s\" must be a text, not %s", o->name,
			  yaml_type_name(n));
}

static bool bind_list(const struct binding *b, const struct lg_option *o, const struct yaml_node *n, void *at)
{
	struct yaml_node *const *nodes = n->items;
	struct lg_list *list = at;
	size_t count = n->count;
	struct yaml_node *single[1];
	lg_str *items;
	bool ok = true;

	if (n->type == YAML_MAP)
		return wrong_type(b, o, n);
	if (n->type == YAML_SCALAR) {
		count = !yaml_is_null(n);
		single[0] = yaml_scalar(b->env->arena, n->text, yaml_place(n));
		single[0]->secret = n->secret;
		nodes = single;
	}
	items = arena_array(b->env->arena, lg_str, count);
	for (size_t i = 0; i < count; i++) {
		if (!is_text(b, o, nodes[i])) {
			ok = false;
			continue;
		}
		items[i] = nodes[i]->text;
		if (o->type == LG_T_PATHS)
			items[i] = options_path(b->env->arena, n->source ? n->source->dir : LG_STR("."), items[i]);
		remember(b->env, &items[i], sizeof items[i], yaml_place(nodes[i]));
	}
	*list = (struct lg_list){ items, count };
	return option_count(b->env, o, n, count) && ok;
}

static bool bind_text_map(const struct binding *b, const struct lg_option *o, const struct yaml_node *n, void *at)
{
	struct lg_map *map = at;
	struct lg_pair *items;
	bool ok = true;

	if (n->type != YAML_MAP)
		return yaml_is_null(n) || wrong_type(b, o, n);
	items = arena_array(b->env->arena, struct lg_pair, n->count);
	for (uint32_t i = 0; i < n->count; i++) {
		const struct yaml_pair *p = &n->pairs[i];

		ok &= is_text(b, o, p->value);
		items[i] = (struct lg_pair){ p->key->text, p->value->type == YAML_SCALAR ? p->value->text : STR_NONE };
		remember(b->env, &items[i].key, sizeof items[i].key, yaml_place(p->key));
		remember(b->env, &items[i].value, sizeof items[i].value, yaml_place(p->value));
	}
	*map = (struct lg_map){ items, n->count };
	return option_count(b->env, o, n, n->count) && ok;
}

static bool bind_exprs(const struct binding *b, const struct lg_option *o, const struct yaml_node *n, void *at)
{
	struct lg_expr_map *map = at;
	struct lg_expr_item *items;
	bool ok = true;

	if (n->type != YAML_MAP)
		return yaml_is_null(n) || wrong_type(b, o, n);
	items = arena_array(b->env->arena, struct lg_expr_item, n->count);
	for (uint32_t i = 0; i < n->count; i++) {
		const struct yaml_pair *p = &n->pairs[i];

		items[i].path = p->key->text;
		items[i].expr = is_text(b, o, p->value) ? option_setter(b->env, p->key, p->value) : NULL;
		ok &= items[i].expr != NULL;
		remember(b->env, &items[i], sizeof items[i], yaml_place(p->value));
	}
	*map = (struct lg_expr_map){ items, n->count };
	return option_count(b->env, o, n, n->count) && ok;
}

/* ---- structs inside structs ---- */

static bool bind_objs(const struct binding *b, const struct lg_option *o, const struct yaml_node *n, void *at)
{
	struct lg_objs *objs = at;
	size_t stride = o->sub->struct_size;
	char *items;
	bool ok = true;

	if (n->type != YAML_SEQ)
		return yaml_is_null(n) || wrong_type(b, o, n);
	items = arena_alloc(b->env->arena, stride * n->count);
	for (uint32_t i = 0; i < n->count; i++)
		ok &= bind_map(b, o->sub, n->items[i], yaml_place(n->items[i]), items + i * stride);
	*objs = (struct lg_objs){ items, n->count };
	return option_count(b->env, o, n, n->count) && ok;
}

static bool bind_objmap(const struct binding *b, const struct lg_option *o, const struct yaml_node *n, void *at)
{
	struct lg_objs *objs = at;
	size_t stride = o->sub->struct_size;
	char *items;
	bool ok = true;

	if (n->type != YAML_MAP)
		return yaml_is_null(n) || wrong_type(b, o, n);
	items = arena_alloc(b->env->arena, stride * n->count);
	for (uint32_t i = 0; i < n->count; i++) {
		const struct yaml_pair *p = &n->pairs[i];
		lg_str *key = (lg_str *)(void *)(items + i * stride);

		ok &= bind_map(b, o->sub, p->value, yaml_place(p->key), key);
		*key = p->key->text;
		remember(b->env, key, sizeof *key, yaml_place(p->key));
	}
	*objs = (struct lg_objs){ items, n->count };
	return option_count(b->env, o, n, n->count) && ok;
}

static bool bind_obj(const struct binding *b, const struct lg_option *o, const struct yaml_node *n, void *at)
{
	return n->type == YAML_MAP || yaml_is_null(n) ? bind_map(b, o->sub, n, yaml_place(n), at) : wrong_type(b, o, n);
}

/* The tree of a file; NULL: reported.  `parent`: on whose behalf, may be NULL. */
static const struct yaml_node *open_tree(const struct options_env *env, lg_str path, lg_str name, struct source *parent,
					 struct place from)
{
	const struct source *root = parent;
	struct source *source;
	struct yaml_node *tree;
	lg_str key;

	while (root != NULL && root->parent != NULL)
		root = root->parent;
	/* Contained and other sources each have their own copy: its errors belong to one of them. */
	key = arena_printf(env->arena, "%p %.*s", root && root->contained ? (const void *)root : NULL, STRA(path));
	tree = env->files ? map_get(env->files, key) : NULL;
	if (tree != NULL)
		return tree;
	source = source_open(env->arena, name, parent);
	tree = source_report(source, from, env->diag) ? yaml_parse(env->arena, source, env->diag) : NULL;
	if (tree == NULL || (env->interpolate && !interpolate(env->interpolate, tree)))
		return NULL;
	if (env->files != NULL)
		map_put(env->files, key, tree);
	return tree;
}

/* The tree of the file that a text names, shown as the naming file is shown: relative to where the person stands. */
static const struct yaml_node *open_file(const struct options_env *env, const struct yaml_node *n)
{
	lg_str path = options_path(env->arena, n->source ? n->source->dir : LG_STR("."), n->text), name = path;

	if (n->source != NULL && !str_starts(n->text, LG_STR("/"))) {
		size_t dir = n->source->name.len;

		while (dir > 0 && n->source->name.ptr[dir - 1] != '/')
			dir--;
		name = arena_printf(env->arena, "%.*s%.*s", (int)dir, n->source->name.ptr, STRA(n->text));
	}
	return open_tree(env, path, name, n->source, yaml_place(n));
}

static bool bind_sub(const struct binding *b, const struct lg_option *o, const struct yaml_node *n, void *at)
{
	static bool (*const binders[])(const struct binding *, const struct lg_option *, const struct yaml_node *,
				       void *) = {
		[LG_T_LIST] = bind_list, [LG_T_MAP] = bind_text_map,  [LG_T_EXPRS] = bind_exprs, [LG_T_OBJ] = bind_obj,
		[LG_T_OBJS] = bind_objs, [LG_T_OBJMAP] = bind_objmap, [LG_T_PATHS] = bind_list,
	};

	if ((size_t)o->type < ARRAY_LEN(binders) && binders[o->type] != NULL) {
		bool from_file = o->file && n->type == YAML_SCALAR && !yaml_is_null(n);

		if (from_file && (n = open_file(b->env, n)) == NULL)
			return false;
		return binders[o->type](b, o, n, at);
	}
	if (yaml_is_null(n) && n->text.len == 0 && o->type != OPTION_NODE) {
		diag_error(b->env->diag, yaml_place(n), "\"%s\" has no value", o->name);
		return diag_hint(b->env->diag, "%s is expected; to leave it unset, leave the key out",
				 option_type_text(o->type));
	}
	return option_scalar(b->env, o, n, at);
}

/* ---- rows ---- */

/* A default as one would write it; NULL: the table is wrong. */
static const struct yaml_node *default_node(const struct options_env *env, const struct lg_option *o, struct place at)
{
	struct source *s;

	if (o->dflt[0] != '[' && o->dflt[0] != '{')
		return yaml_scalar(env->arena, str_of(o->dflt), at);
	s = arena_new(env->arena, struct source);
	s->name = arena_printf(env->arena, "default of %s", o->name);
	s->dir = at.source ? at.source->dir : LG_STR(".");
	s->text = str_of(o->dflt);
	s->parent = at.source;
	return yaml_parse(env->arena, s, env->diag);
}

static bool bind_default(const struct binding *b, const struct lg_option *o, struct place at, void *member)
{
	struct binding inner = *b;
	const struct yaml_node *n;

	remember(b->env, member, option_member_size(o->type), at);
	if (o->dflt == NULL && o->type != LG_T_OBJ)
		return true;
	inner.as_default = true;
	if (o->dflt == NULL)
		return bind_map(&inner, o->sub, NULL, at, member);
	n = default_node(b->env, o, at);
	return n != NULL && bind_sub(&inner, o, n, member);
}

static bool bind_row(const struct binding *b, const struct lg_option *o, const struct yaml_node *map, struct place at,
		     char *out)
{
	const struct yaml_node *n = map ? yaml_get(map, o->name) : NULL;
	void *member = out + o->offset;

	if (n != NULL) {
		remember(b->env, member, option_member_size(o->type), yaml_place(n));
		return bind_sub(b, o, n, member);
	}
	if (!o->required)
		return bind_default(b, o, at, member);
	remember(b->env, member, option_member_size(o->type), at);
	if (b->as_default) /* an OBJ that was not written: what it requires is required only when it is */
		return true;
	diag_error(b->env->diag, at, "\"%s\" is missing", o->name);
	return o->doc ? diag_hint(b->env->diag, "%s: %s", o->name, o->doc) : false;
}

/* ---- keys that are in no row ---- */

static bool has_key(const struct lg_options *table, lg_str key)
{
	for (size_t i = 0; table != NULL && i < table->count; i++)
		if (str_is(key, options_at(table, i).name))
			return true;
	return false;
}

static size_t add_names(const struct lg_options *table, lg_str *names, size_t count, size_t max)
{
	for (size_t i = 0; table != NULL && i < table->count && count < max; i++)
		names[count++] = str_of(options_at(table, i).name);
	return count;
}

/* Where other keys are allowed, too: hardly anything else can have been meant. */
static bool is_near(lg_str key, lg_str name)
{
	size_t edits = key.len < 6 ? 1 : 2;

	return name.len > 0 && str_distance(key, name, edits) <= edits;
}

static bool unknown_key(const struct binding *b, const struct lg_options *table, const struct yaml_pair *pair)
{
	lg_str names[256], key = pair->key->text;
	size_t count = add_names(table, names, 0, ARRAY_LEN(names));
	struct options_rest *rest = b->rest;

	count = add_names(b->others, names, count, ARRAY_LEN(names));
	if (rest != NULL && (rest->any || !is_near(key, suggest(key, names, count)))) {
		rest->pairs[rest->count++] = *pair;
		return true;
	}
	diag_error(b->env->diag, yaml_place(pair->key), "unknown key \"%.*s\"", STRA(key));
	return diag_suggest(b->env->diag, "keys", key, names, count);
}

static bool bind_unknown(const struct binding *b, const struct lg_options *table, const struct yaml_node *map)
{
	bool ok = true;

	if (b->rest != NULL)
		b->rest->pairs = arena_array(b->env->arena, struct yaml_pair, map->count);
	for (uint32_t i = 0; i < map->count; i++)
		if (!has_key(table, map->pairs[i].key->text) && !has_key(b->others, map->pairs[i].key->text))
			ok &= unknown_key(b, table, &map->pairs[i]);
	return ok;
}

static bool bind_map(const struct binding *b, const struct lg_options *table, const struct yaml_node *node,
		     struct place at, void *out)
{
	struct binding inner = { .env = b->env, .depth = b->depth + 1, .as_default = b->as_default };
	const struct yaml_node *map = yaml_is_null(node) ? NULL : node;
	bool ok = true;

	memset(out, 0, table->struct_size);
	if (map != NULL && map->type != YAML_MAP)
		return diag_error(b->env->diag, yaml_place(map), "a map of options must stand here, not %s",
				  yaml_type_name(map));
	if (inner.depth > DEPTH_MAX) {
		/* Tables that contain themselves end where nothing is written. */
		return map == NULL || diag_error(b->env->diag, at, "options nested deeper than %d levels", DEPTH_MAX);
	}
	remember(b->env, out, table->struct_size, at);
	if (map != NULL)
		ok = bind_unknown(b, table, map);
	for (size_t i = 0; i < table->count; i++) {
		struct lg_option row = options_at(table, i);

		ok &= bind_row(&inner, &row, map, at, out);
	}
	return ok;
}

bool options_bind_part(const struct options_env *env, const struct lg_options *table, const struct lg_options *others,
		       const struct yaml_node *node, struct place at, void *out, struct options_rest *rest)
{
	struct binding b = { .env = env, .others = others, .rest = rest };

	if (rest != NULL)
		*rest = (struct options_rest){ .any = rest->any };
	return bind_map(&b, table, node, at, out);
}

bool options_bind(const struct options_env *env, const struct lg_options *table, const struct yaml_node *node,
		  struct place at, void *out)
{
	return options_bind_part(env, table, NULL, node, at, out, NULL);
}

bool options_value(const struct options_env *env, const struct lg_option *row, const struct yaml_node *n, void *at)
{
	struct binding b = { .env = env };

	return bind_sub(&b, row, n, at);
}

const void *options_load(const struct options_env *env, const struct lg_options *table, lg_str path, lg_str name,
			 struct place from)
{
	const struct yaml_node *tree = open_tree(env, path, name, from.source, from);
	void *out = arena_alloc(env->arena, table->struct_size);

	return tree != NULL && options_bind(env, table, tree, yaml_place(tree), out) ? out : NULL;
}
