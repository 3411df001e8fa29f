#include "core/plugin/xml_priv.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* While states are made: where in the rows of one scope the reader stands.  `at` is the path so far, without a slash at
   its end; empty: at the element of the scope. */
struct item {
	const struct lg_xml_rows *rows;
	lg_str at;
	uint8_t up;
};

#define ITEMS_MAX 24

struct items {
	struct item v[ITEMS_MAX];
	size_t n;
};

struct known {
	struct items items;
	struct xml_state *state;
	struct known *next;
};

struct compiler {
	struct xml_table *t;
	struct known *known;
};

/* Walks the rows of a scope, those of INCLUDE in place. */
struct walk {
	struct {
		const struct lg_xml_rows *rows;
		uint32_t i;
	} stack[8];
	int depth;
};

static struct walk walk_of(const struct lg_xml_rows *rows)
{
	struct walk w = { .depth = 0 };

	w.stack[0].rows = rows;
	return w;
}

static const struct lg_xml_row *walk_next(struct walk *w)
{
	while (w->depth >= 0) {
		const struct lg_xml_rows *rows = w->stack[w->depth].rows;
		const struct lg_xml_row *row;

		if (rows == NULL || w->stack[w->depth].i == rows->count) {
			w->depth--;
			continue;
		}
		row = xml_row(rows, w->stack[w->depth].i++);
		if (row->kind != LG_XML_INCLUDE)
			return row;
		if (++w->depth == (int)ARRAY_LEN(w->stack))
			die("xml: rows are included too deeply");
		w->stack[w->depth].rows = row->rows;
		w->stack[w->depth].i = 0;
	}
	return NULL;
}

static uint32_t slot_of(uint16_t space, lg_str local)
{
	return (uint32_t)(str_hash(local) + space * 31u) % XML_NAME_SLOTS;
}

uint16_t xml_name_find(const struct xml_table *t, uint16_t space, lg_str local)
{
	uint16_t i = t->slots[slot_of(space, local)];

	while (i && (t->names[i].space != space || !str_eq(t->names[i].local, local)))
		i = t->names[i].next;
	return i;
}

static uint16_t name_add(struct xml_table *t, uint16_t space, lg_str local)
{
	uint32_t slot = slot_of(space, local);
	uint16_t id = xml_name_find(t, space, local);

	if (id)
		return id;
	if (t->name_count == UINT16_MAX - 1)
		die("xml: too many names in a table");
	id = ++t->name_count;
	t->names = xgrow(t->names, &t->name_cap, (size_t)id + 1, sizeof *t->names);
	t->names[id] = (struct xml_name){ local, space, t->slots[slot] };
	t->slots[slot] = id;
	return id;
}

/* "cbc:ID" -> the number of that name. */
static uint16_t element_name(struct xml_table *t, lg_str step)
{
	size_t colon = str_chr(step, ':');
	lg_str prefix = colon < step.len ? str_sub(step, 0, colon) : STR_NONE;
	lg_str local = colon < step.len ? str_from(step, colon + 1) : step;

	for (uint32_t i = 0; i < t->xml->space_count; i++)
		if (str_is(prefix, t->xml->spaces[i].prefix))
			return name_add(t, (uint16_t)i, local);
	die("xml: the prefix of \"%.*s\" is not among the table's spaces", STRA(step));
}

/* What of the row's path lies behind the item's place; false: another branch. */
static bool rest_of(const struct item *item, const struct lg_xml_row *row, lg_str *rest)
{
	lg_str path = str_of(row->path);

	if (item->at.len == 0) {
		*rest = str_is(path, ".") ? STR_NONE : path;
		return true;
	}
	if (!str_starts(path, item->at))
		return false;
	*rest = str_from(path, item->at.len);
	if (rest->len == 0)
		return true;
	if (rest->ptr[0] != '/')
		return false;
	*rest = str_from(*rest, 1);
	return true;
}

static bool is_condition(const struct lg_xml_row *row)
{
	return (row->kind == LG_XML_CONST && !(row->flags & LG_XML_WRITE)) || (row->flags & LG_XML_FITS);
}

/* Bit of a row among the conditions of its scope; with row NULL: all that must be met. */
static uint32_t condition(const struct lg_xml_rows *rows, const struct lg_xml_row *row)
{
	struct walk w = walk_of(rows);
	uint32_t bit = 1, need = 0;

	for (const struct lg_xml_row *r; (r = walk_next(&w)) != NULL;) {
		if (!is_condition(r))
			continue;
		if (r == row)
			return bit;
		if (!(r->flags & LG_XML_OPTIONAL))
			need |= bit;
		bit <<= 1;
		if (bit == 0)
			die("xml: more than 31 conditions in one table");
	}
	return row ? 0 : need;
}

static bool has_conditions(const struct lg_xml_rows *rows)
{
	struct walk w = walk_of(rows);

	for (const struct lg_xml_row *r; (r = walk_next(&w)) != NULL;)
		if (is_condition(r))
			return true;
	return false;
}

static void items_add(struct items *to, struct item item)
{
	if (to->n == ITEMS_MAX)
		die("xml: more than %d tables apply at one element", ITEMS_MAX);
	to->v[to->n++] = item;
}

/* Rows of one scope that open at the same element are variants of each other; those of another scope are not. */
static size_t siblings(const struct xml_open *opens, size_t n, uint8_t parent)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += opens[i].parent == parent;
	return count;
}

/* The scopes that the element opens; their rows join the items. */
static void add_opens(struct compiler *c, struct xml_state *s, struct items *items)
{
	struct xml_open opens[ITEMS_MAX];
	size_t before = items->n, n = 0;
	lg_str rest;

	for (size_t i = 0; i < before; i++) {
		struct walk w = walk_of(items->v[i].rows);

		for (const struct lg_xml_row *r; (r = walk_next(&w)) != NULL;) {
			if (items->v[i].at.len == 0 || !xml_opens(r) || (r->flags & LG_XML_WRITE) ||
			    !rest_of(&items->v[i], r, &rest) || rest.len > 0)
				continue;
			if (n == ITEMS_MAX)
				die("xml: too many variants of \"%s\"", r->path);
			opens[n++] = (struct xml_open){ r, condition(r->rows, NULL), items->v[i].up, false };
		}
	}
	for (size_t i = 0; i < n; i++) {
		opens[i].variant = siblings(opens, n, opens[i].parent) > 1 || has_conditions(opens[i].row->rows);
		if (opens[i].variant && opens[i].row->kind == LG_XML_RECORD)
			die("xml: the record \"%s\" has conditions", opens[i].row->path);
	}
	for (size_t i = 0; i < before; i++)
		items->v[i].up = (uint8_t)(items->v[i].up + n);
	for (size_t i = 0; i < n; i++)
		items_add(items, (struct item){ opens[i].row->rows, STR_NONE, (uint8_t)(n - 1 - i) });
	s->open_count = (uint16_t)n;
	s->opens = arena_array(&c->t->arena, struct xml_open, n + 1);
	if (n > 0)
		memcpy(s->opens, opens, n * sizeof *opens);
}

static struct xml_action action_of(struct compiler *c, const struct item *item, const struct lg_xml_row *r, lg_str rest)
{
	struct xml_action a = { .row = r, .up = item->up, .value = str_of(r->value) };

	a.bit = is_condition(r) ? condition(item->rows, r) : 0;
	a.field = r->field ? field_get(r->field) : NULL;
	if (r->field && a.field == NULL)
		die("xml: \"%s\" names a field that does not exist", r->path);
	if (rest.len > 0)
		a.name = name_add(c->t, XML_ATTRIBUTE, str_from(rest, 1));
	return a;
}

static void push_action(struct compiler *c, struct xml_action **list, uint16_t *n, struct xml_action a)
{
	struct xml_action *more = arena_array(&c->t->arena, struct xml_action, *n + 1u);

	if (*n > 0)
		memcpy(more, *list, *n * sizeof *more);
	more[(*n)++] = a;
	*list = more;
}

/* Values, attributes and SKIP of the state itself. */
static void add_actions(struct compiler *c, struct xml_state *s, const struct items *items)
{
	lg_str rest;

	for (size_t i = 0; i < items->n; i++) {
		struct walk w = walk_of(items->v[i].rows);

		for (const struct lg_xml_row *r; (r = walk_next(&w)) != NULL;) {
			if (xml_opens(r) || !rest_of(&items->v[i], r, &rest))
				continue;
			if (rest.len == 0 && r->kind == LG_XML_SKIP)
				s->skip = true;
			if (r->kind == LG_XML_SKIP || (r->flags & LG_XML_WRITE))
				continue;
			if (rest.len == 0)
				push_action(c, &s->values, &s->value_count, action_of(c, &items->v[i], r, rest));
			else if (rest.ptr[0] == '@')
				push_action(c, &s->attributes, &s->attribute_count,
					    action_of(c, &items->v[i], r, rest));
		}
	}
	for (uint16_t i = 0; i < s->value_count; i++) {
		s->currency = s->currency || s->values[i].row->currency != 0;
		s->mixed = s->mixed || s->values[i].row->form == LG_XML_FORM_MIXED;
	}
}

static struct xml_state *state_of(struct compiler *c, const struct items *in);

static void put_edge(struct xml_state *s, uint16_t name, struct xml_state *to)
{
	uint32_t i = name & s->edge_mask;

	while (s->edges[i].name)
		i = (i + 1) & s->edge_mask;
	s->edges[i] = (struct xml_edge){ name, to };
}

/* The items behind one step. */
static struct items follow(const struct items *items, lg_str step)
{
	struct items to = { .n = 0 };

	for (size_t i = 0; i < items->n; i++) {
		const struct item *item = &items->v[i];
		struct walk w = walk_of(item->rows);
		lg_str rest, first;

		for (const struct lg_xml_row *r; (r = walk_next(&w)) != NULL;) {
			if (!rest_of(item, r, &rest) || !str_split(&rest, '/', &first) || !str_eq(first, step))
				continue;
			first = str_of(r->path);
			first.len = (size_t)(step.len + (item->at.len ? item->at.len + 1 : 0));
			items_add(&to, (struct item){ item->rows, first, item->up });
			break;
		}
	}
	return to;
}

static bool seen(const lg_str *steps, size_t n, lg_str step)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(steps[i], step))
			return true;
	return false;
}

static size_t steps_of(const struct items *items, lg_str *steps, size_t max)
{
	lg_str rest, first;
	size_t n = 0;

	for (size_t i = 0; i < items->n; i++) {
		struct walk w = walk_of(items->v[i].rows);

		for (const struct lg_xml_row *r; (r = walk_next(&w)) != NULL;) {
			if (!rest_of(&items->v[i], r, &rest) || rest.len == 0 || rest.ptr[0] == '@')
				continue;
			str_split(&rest, '/', &first);
			if (seen(steps, n, first))
				continue;
			if (n == max)
				die("xml: too many children in one table");
			steps[n++] = first;
		}
	}
	return n;
}

static void add_edges(struct compiler *c, struct xml_state *s, const struct items *items)
{
	lg_str steps[256];
	size_t n = steps_of(items, steps, ARRAY_LEN(steps));
	uint32_t size = 4;

	while (size < n * 2)
		size *= 2;
	s->edge_mask = size - 1;
	s->edges = arena_array(&c->t->arena, struct xml_edge, size);
	for (size_t i = 0; i < n; i++) {
		struct items to = follow(items, steps[i]);

		put_edge(s, element_name(c->t, steps[i]), state_of(c, &to));
	}
}

static bool items_equal(const struct items *a, const struct items *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].rows != b->v[i].rows || a->v[i].up != b->v[i].up || !str_eq(a->v[i].at, b->v[i].at))
			return false;
	return true;
}

static struct xml_state *state_of(struct compiler *c, const struct items *in)
{
	struct items items = *in;
	struct known *k;

	for (k = c->known; k; k = k->next)
		if (items_equal(&k->items, in))
			return k->state;
	k = xalloc(sizeof *k);
	*k = (struct known){ *in, arena_new(&c->t->arena, struct xml_state), c->known };
	c->known = k;
	add_opens(c, k->state, &items);
	add_actions(c, k->state, &items);
	add_edges(c, k->state, &items);
	return k->state;
}

static struct xml_table *compile(const struct lg_xml *xml)
{
	struct xml_table *t = xalloc(sizeof *t);
	struct compiler c = { t, NULL };
	struct items root = { .n = 1 };

	t->xml = xml;
	root.v[0].rows = xml->rows;
	t->root = state_of(&c, &root);
	for (struct known *k = c.known, *next; k; k = next) {
		next = k->next;
		free(k);
	}
	return t;
}

const struct xml_table *xml_table_of(const struct lg_xml *xml)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct xml_table *tables;
	struct xml_table *t;

	pthread_mutex_lock(&lock);
	for (t = tables; t && t->xml != xml; t = t->next)
		;
	if (t == NULL) {
		t = compile(xml);
		t->next = tables;
		tables = t;
	}
	pthread_mutex_unlock(&lock);
	return t;
}
