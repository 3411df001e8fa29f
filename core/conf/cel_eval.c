/* Evaluation: a walk over the checked tree, one function for each kind of node.  Errors are values on the way up, since
   && and || may not need what failed; they carry the place and a text. */
#include "core/conf/cel_priv.h"

#include "core/base/date.h"

#include <stdio.h>
#include <string.h>

typedef struct cel_value op_fn(struct eval *, const struct node *);

struct cel_value cel_error(const struct node *n, const char *text)
{
	return (struct cel_value){ .kind = CEL_ERROR, .n = n->pos, .v.s = text };
}

bool cel_spend(struct eval *e, size_t steps)
{
	if (steps >= e->steps) {
		e->steps = 0;
		return false;
	}
	e->steps -= (uint32_t)steps;
	return true;
}

void *cel_take(struct eval *e, size_t bytes)
{
	if (bytes > e->bytes) {
		e->steps = 0; /* nothing else may go on either */
		return NULL;
	}
	e->bytes -= bytes;
	return arena_alloc(e->arena, bytes);
}

struct cel_value cel_broke(const struct node *n)
{
	return cel_error(n, "the expression takes too long or too much memory");
}

#define NO_OVERLOAD_MAX 160

struct cel_value cel_no_overload(struct eval *e, const struct node *n, const struct cel_value *args, uint32_t count)
{
	char types[80], *p;

	for (uint32_t i = 0; i < count; i++)
		if (args[i].kind == CEL_ERROR)
			return args[i];
	p = cel_take(e, NO_OVERLOAD_MAX);
	if (p == NULL)
		return cel_broke(n);
	snprintf(types, sizeof types, "%s%s%s", cel_kind_name(args[0].kind), count > 1 ? " and " : "",
		 count > 1 ? cel_kind_name(args[1].kind) : "");
	if (cel_operator_text(n))
		snprintf(p, NO_OVERLOAD_MAX, "there is no operator %s for %s", cel_operator_text(n), types);
	else if (n->op == N_FUNC)
		snprintf(p, NO_OVERLOAD_MAX, "%s() does not take %s", n->u.func->name, types);
	else if (n->op == N_SELECT || n->op == N_FIELD)
		snprintf(p, NO_OVERLOAD_MAX, "a %s has no field \"%.*s\"", types, (int)MIN(n->name.len, (size_t)60),
			 n->name.ptr);
	else
		snprintf(p, NO_OVERLOAD_MAX, "this cannot be done with %s", types);
	return cel_error(n, p);
}

/* ---- fields ---- */

/* A record of a kind that the expression was not compiled for has none of the fields. */
static uint16_t field_id(const struct field_ref *ref, const struct lg_rec *rec)
{
	uint16_t object;

	if (rec == NULL)
		return 0;
	if (ref->id != 0 && ref->object == 0)
		return ref->id;
	object = rec_object(rec);
	if (ref->id != 0)
		return ref->object == object ? ref->id : 0;
	for (uint16_t i = 0; i < ref->count; i++)
		if (ref->kinds[i].object == object)
			return ref->kinds[i].id;
	return 0;
}

bool cel_field_present(const struct field_ref *ref, const struct lg_rec *rec)
{
	uint16_t id = field_id(ref, rec);

	return id != 0 && rec_has(rec, id);
}

static struct cel_value absent(struct eval *e, const struct node *n, const struct field_ref *ref)
{
	char *p;

	switch (ref->type) {
	case FIELD_STR:
		return cel_of_str(STR_NONE);
	case FIELD_BOOL:
		return cel_of_bool(false);
	case FIELD_OBJ:
		return (struct cel_value){ .kind = CEL_REC };
	case FIELD_OBJS:
	case FIELD_STRS:
		return cel_of_list(e->arena, NULL, 0);
	case FIELD_JSON:
		return (struct cel_value){ .kind = CEL_NULL };
	default:
		p = cel_take(e, 80 + n->name.len);
		if (p == NULL)
			return cel_broke(n);
		snprintf(p, 80 + n->name.len, "\"%.*s\" is absent", STRA(n->name));
		return cel_error(n, p);
	}
}

static struct cel_value field_list(struct eval *e, const struct node *n, const struct field_ref *ref,
				   const struct lg_rec *rec, uint16_t id)
{
	size_t count = rec_count(rec, id);
	struct cel_value *items = cel_take(e, count * sizeof *items + sizeof(struct cel_list));

	if (items == NULL || !cel_spend(e, count))
		return cel_broke(n);
	for (size_t i = 0; i < count; i++)
		items[i] = ref->type == FIELD_STRS
				   ? cel_of_str(rec_str_at(rec, id, i))
				   : (struct cel_value){ .kind = CEL_REC, .v.rec = rec_obj_at(rec, id, i) };
	return cel_of_list(e->arena, items, count);
}

#define JSON_COST 72

static struct cel_value field_json(struct eval *e, const struct node *n, lg_str json)
{
	struct cel_value v;
	struct err err;

	/* A value takes up to JSON_COST times the bytes of its text: "1," is a pair in an array that grew by doubling.
	 */
	if (json.len > e->bytes / JSON_COST || !cel_spend(e, json.len / 4))
		return cel_broke(n);
	e->bytes -= json.len * JSON_COST;
	return cel_of_json(e->arena, json, &v, &err) ? v : cel_error(n, "the JSON of this field is damaged");
}

struct cel_value cel_field(struct eval *e, const struct node *n, const struct field_ref *ref, const struct lg_rec *rec)
{
	uint16_t id = field_id(ref, rec);
	lg_dec d;
	lg_date date;
	int64_t i;
	lg_str s;

	if (id == 0)
		return absent(e, n, ref);
	switch (ref->type) {
	case FIELD_STR:
		return cel_of_str(rec_str(rec, id));
	case FIELD_AMOUNT:
	case FIELD_DEC:
		return rec_dec(rec, id, &d) ? cel_of_dec(d) : absent(e, n, ref);
	case FIELD_INT:
		return rec_int(rec, id, &i) ? cel_of_int(i) : absent(e, n, ref);
	case FIELD_BOOL:
		return cel_of_bool(rec_bool(rec, id));
	case FIELD_DATE:
		return rec_date(rec, id, &date) ? cel_of_date(date) : absent(e, n, ref);
	case FIELD_TIME:
		return rec_time(rec, id, &i) ? cel_of_time(i) : absent(e, n, ref);
	case FIELD_OBJ:
		return (struct cel_value){ .kind = CEL_REC, .v.rec = rec_obj(rec, id) };
	case FIELD_OBJS:
	case FIELD_STRS:
		return field_list(e, n, ref, rec, id);
	default:
		s = rec_str(rec, id);
		return s.len ? field_json(e, n, s) : absent(e, n, ref);
	}
}

static struct cel_value op_root(struct eval *e, const struct node *n)
{
	return cel_field(e, n, n->u.ref, e->rec);
}

static struct cel_value op_kind(struct eval *e, const struct node *n)
{
	(void)n;
	return cel_of_str(e->rec ? str_of(object_get(rec_object(e->rec))->name) : STR_NONE);
}

static struct cel_value op_field(struct eval *e, const struct node *n)
{
	struct cel_value v = cel_run(e, n->args[0]);

	if (v.kind == CEL_REC)
		return cel_field(e, n, n->u.ref, v.v.rec);
	return v.kind == CEL_NULL ? absent(e, n, n->u.ref) : cel_no_overload(e, n, &v, 1);
}

static struct cel_value no_key(struct eval *e, const struct node *n, struct cel_value key)
{
	struct buf b = { 0 };
	char *p;

	cel_print(key, &b);
	p = cel_take(e, 160);
	if (p)
		snprintf(p, 160, "there is no key %.*s", (int)MIN(b.len, (size_t)120), b.ptr);
	buf_fini(&b);
	return p ? cel_error(n, p) : cel_broke(n);
}

/* A field of an object that came as dyn, by its name. */
static struct cel_value named_field(struct eval *e, const struct node *n, const struct lg_rec *rec)
{
	const struct field *f = rec ? field_by_name(object_get(rec_object(rec)), n->name) : NULL;
	struct field_ref ref;

	if (f == NULL)
		return no_key(e, n, cel_of_str(n->name));
	ref = (struct field_ref){ .type = f->type, .id = f->id };
	return cel_field(e, n, &ref, rec);
}

static struct cel_value op_select(struct eval *e, const struct node *n)
{
	struct cel_value v = cel_run(e, n->args[0]);
	const struct cel_value *found;

	if (v.kind == CEL_REC)
		return named_field(e, n, v.v.rec);
	if (v.kind == CEL_NULL) /* JSON that is absent */
		return no_key(e, n, cel_of_str(n->name));
	if (v.kind != CEL_MAP)
		return cel_no_overload(e, n, &v, 1);
	if (!cel_spend(e, v.v.map->count / 4))
		return cel_broke(n);
	found = cel_map_get(v.v.map, cel_of_str(n->name));
	return found ? *found : no_key(e, n, cel_of_str(n->name));
}

static struct cel_value op_has(struct eval *e, const struct node *n)
{
	const struct node *of = n->args[0];
	const struct field *f;
	struct cel_value v;

	if (of->op == N_ROOT)
		return cel_of_bool(cel_field_present(of->u.ref, e->rec));
	if (of->op == N_KIND)
		return cel_of_bool(true);
	if (of->op == N_ERROR)
		return cel_run(e, of);
	v = cel_run(e, of->args[0]);
	if (v.kind == CEL_ERROR)
		return v;
	if (v.kind == CEL_REC && of->op == N_FIELD)
		return cel_of_bool(cel_field_present(of->u.ref, v.v.rec));
	if (v.kind == CEL_REC) {
		f = v.v.rec ? field_by_name(object_get(rec_object(v.v.rec)), of->name) : NULL;
		return cel_of_bool(f && rec_has(v.v.rec, f->id));
	}
	if (v.kind == CEL_NULL)
		return cel_of_bool(false);
	if (v.kind != CEL_MAP)
		return cel_no_overload(e, n, &v, 1);
	return cel_spend(e, v.v.map->count / 4) ? cel_of_bool(cel_map_get(v.v.map, cel_of_str(of->name)) != NULL)
						: cel_broke(n);
}

/* ---- simple nodes ---- */

static struct cel_value op_const(struct eval *e, const struct node *n)
{
	(void)e;
	return n->u.value;
}

static struct cel_value op_error(struct eval *e, const struct node *n)
{
	(void)e;
	return cel_error(n, n->u.value.v.s);
}

static struct cel_value op_slot(struct eval *e, const struct node *n)
{
	return e->slots[n->slot];
}

static struct cel_value op_var(struct eval *e, const struct node *n)
{
	return e->vars ? e->vars[n->u.var] : cel_error(n, "this variable has no value");
}

static struct cel_value op_binary(struct eval *e, const struct node *n)
{
	struct cel_value a = cel_run(e, n->args[0]), b;

	if (a.kind == CEL_ERROR)
		return a;
	b = cel_run(e, n->args[1]);
	return b.kind == CEL_ERROR ? b : cel_binary(e, n, a, b);
}

/* The commonest condition there is. */
static struct cel_value op_equal(struct eval *e, const struct node *n)
{
	struct cel_value a = cel_run(e, n->args[0]), b;

	if (a.kind == CEL_ERROR)
		return a;
	b = cel_run(e, n->args[1]);
	if (a.kind == CEL_STR && b.kind == CEL_STR && (a.n != b.n || a.n < 64))
		return cel_of_bool((a.n == b.n && memcmp(a.v.s, b.v.s, a.n) == 0) == (n->op == N_EQ));
	return b.kind == CEL_ERROR ? b : cel_binary(e, n, a, b);
}

static struct cel_value op_not(struct eval *e, const struct node *n)
{
	struct cel_value v = cel_run(e, n->args[0]);

	return v.kind == CEL_BOOL ? cel_of_bool(!v.v.b) : cel_no_overload(e, n, &v, 1);
}

static struct cel_value op_neg(struct eval *e, const struct node *n)
{
	struct cel_value v = cel_run(e, n->args[0]);

	return v.kind == CEL_ERROR ? v : cel_negate(e, n, v);
}

static struct cel_value not_bool(struct eval *e, const struct node *n, struct cel_value v)
{
	char *p;

	if (v.kind == CEL_ERROR)
		return v;
	p = cel_take(e, 80);
	if (p == NULL)
		return cel_broke(n);
	snprintf(p, 80, "true or false is expected here, not %s", cel_kind_name(v.kind));
	return cel_error(n, p);
}

/* One operand that decides is enough, whatever the others are. */
static struct cel_value op_junction(struct eval *e, const struct node *n)
{
	bool decides = n->op == N_OR;
	struct cel_value fault = { .kind = CEL_NULL };

	for (uint32_t i = 0; i < n->count; i++) {
		struct cel_value v = cel_run(e, n->args[i]);

		if (v.kind == CEL_BOOL && v.v.b == decides)
			return v;
		if (v.kind != CEL_BOOL && fault.kind != CEL_ERROR)
			fault = not_bool(e, n->args[i], v);
	}
	return fault.kind == CEL_ERROR ? fault : cel_of_bool(!decides);
}

static struct cel_value op_cond(struct eval *e, const struct node *n)
{
	struct cel_value v = cel_run(e, n->args[0]);

	if (v.kind != CEL_BOOL)
		return not_bool(e, n->args[0], v);
	return cel_run(e, n->args[v.v.b ? 1 : 2]);
}

/* ---- lists and maps ---- */

static struct cel_value op_list(struct eval *e, const struct node *n)
{
	struct cel_value *items = cel_take(e, n->count * sizeof *items + sizeof(struct cel_list));

	if (items == NULL)
		return cel_broke(n);
	for (uint32_t i = 0; i < n->count; i++) {
		items[i] = cel_run(e, n->args[i]);
		if (items[i].kind == CEL_ERROR)
			return items[i];
	}
	return cel_of_list(e->arena, items, n->count);
}

static bool is_key(struct cel_value v)
{
	return v.kind == CEL_INT || v.kind == CEL_UINT || v.kind == CEL_STR || v.kind == CEL_BOOL;
}

/* Adds a pair; NULL kind, or an error. */
static struct cel_value add_pair(struct eval *e, const struct node *n, struct cel_map *m, struct cel_pair *items,
				 struct cel_pair p)
{
	if (p.key.kind == CEL_ERROR)
		return p.key;
	if (p.value.kind == CEL_ERROR)
		return p.value;
	if (p.key.kind == CEL_NUM)
		cel_num_value(p.key, &p.key);
	if (!is_key(p.key))
		return cel_error(n, "a key is a text, an integer or a bool");
	if (!cel_spend(e, m->count / 4))
		return cel_broke(n);
	if (cel_map_get(m, p.key))
		return cel_error(n, "the map has the same key twice");
	items[m->count++] = p;
	return (struct cel_value){ .kind = CEL_NULL };
}

static struct cel_value op_map(struct eval *e, const struct node *n)
{
	size_t count = n->count / 2;
	struct cel_pair *items = cel_take(e, count * sizeof *items + sizeof(struct cel_map));
	struct cel_map m = { items, 0 };

	if (items == NULL)
		return cel_broke(n);
	for (uint32_t i = 0; i < count; i++) {
		struct cel_value key = cel_run(e, n->args[2 * i]), value = cel_run(e, n->args[2 * i + 1]);
		struct cel_value fault = add_pair(e, n->args[2 * i], &m, items, (struct cel_pair){ key, value });

		if (fault.kind == CEL_ERROR)
			return fault;
	}
	return cel_of_map(e->arena, items, count);
}

static struct cel_value list_at(struct eval *e, const struct node *n, const struct cel_list *l, struct cel_value i)
{
	struct cel_number x;
	char *p;

	if (!cel_number(i, &x))
		return cel_no_overload(e, n, &i, 1);
	if (x.scale > 0)
		return cel_error(n, "an index is an integer");
	if (x.coef >= 0 && x.coef < (cel_wide)l->count)
		return l->items[x.coef];
	p = cel_take(e, 80);
	if (p == NULL)
		return cel_broke(n);
	snprintf(p, 80, "the list has %zu elements, there is no [%lld]", l->count, (long long)x.coef);
	return cel_error(n, p);
}

static struct cel_value op_index(struct eval *e, const struct node *n)
{
	struct cel_value of = cel_run(e, n->args[0]), i;
	const struct cel_value *found;

	if (of.kind == CEL_ERROR)
		return of;
	i = cel_run(e, n->args[1]);
	if (i.kind == CEL_ERROR)
		return i;
	if (of.kind == CEL_LIST)
		return list_at(e, n, of.v.list, i);
	if (of.kind != CEL_MAP)
		return cel_no_overload(e, n, (struct cel_value[]){ of, i }, 2);
	if (!cel_spend(e, of.v.map->count / 4))
		return cel_broke(n);
	found = i.kind == CEL_LIST || i.kind == CEL_MAP ? NULL : cel_map_get(of.v.map, i);
	return found ? *found : no_key(e, n, i);
}

/* ---- macros ---- */

struct folding {
	const struct cel_list *list;
	const struct cel_map *map;
	size_t count, out; /* elements, and how many were kept */
	struct cel_value *items;
	struct cel_pair *pairs;
	struct cel_value fault;
	size_t hits;
};

static void bind(struct eval *e, const struct node *n, const struct folding *f, size_t i)
{
	bool two = n->name2.len > 0;
	struct cel_value key = f->map ? f->map->items[i].key : cel_of_int((int64_t)i);
	struct cel_value value = f->map ? f->map->items[i].value : f->list->items[i];

	e->slots[n->slot] = two || f->map ? key : value;
	if (two)
		e->slots[n->slot2] = value;
}

/* all() and exists(): like && and ||, an element that decides is enough. True: decided. */
static bool fold_junction(struct eval *e, const struct node *n, struct folding *f)
{
	struct cel_value v = cel_run(e, n->args[1]);

	if (v.kind == CEL_BOOL && v.v.b == (n->fold == FOLD_EXISTS))
		return true;
	if (v.kind != CEL_BOOL && f->fault.kind != CEL_ERROR)
		f->fault = not_bool(e, n->args[1], v);
	return false;
}

/* The others: every element counts; true: failed. */
static bool fold_each(struct eval *e, const struct node *n, struct folding *f)
{
	bool tests = n->count == 3 || n->fold == FOLD_ONE || n->fold == FOLD_FILTER;
	struct cel_value v = tests ? cel_run(e, n->args[1]) : cel_of_bool(true);

	if (v.kind != CEL_BOOL) {
		f->fault = not_bool(e, n->args[1], v);
		return true;
	}
	if (!v.v.b)
		return false;
	if (n->fold == FOLD_ONE) {
		f->out++;
		return false;
	}
	if (n->fold == FOLD_FILTER) {
		f->items[f->out++] = e->slots[n->name2.len ? n->slot2 : n->slot];
		return false;
	}
	v = cel_run(e, n->args[n->count - 1]);
	if (n->fold == FOLD_TO_MAP) {
		struct cel_map m = { f->pairs, f->out };

		f->fault = add_pair(e, n, &m, f->pairs, (struct cel_pair){ e->slots[n->slot], v });
		f->out = m.count;
	} else {
		f->items[f->out++] = v;
		f->fault = v;
	}
	return f->fault.kind == CEL_ERROR;
}

static struct cel_value folded(struct eval *e, const struct node *n, const struct folding *f)
{
	switch (n->fold) {
	case FOLD_ALL:
	case FOLD_EXISTS:
		return f->fault.kind == CEL_ERROR ? f->fault : cel_of_bool(n->fold == FOLD_ALL);
	case FOLD_ONE:
		return cel_of_bool(f->out == 1);
	case FOLD_TO_MAP:
		return cel_of_map(e->arena, f->pairs, f->out);
	default:
		return cel_of_list(e->arena, f->items, f->out);
	}
}

static struct cel_value op_fold(struct eval *e, const struct node *n)
{
	struct cel_value range = cel_run(e, n->args[0]);
	struct folding f = { .fault = { .kind = CEL_NULL } };
	bool junction = n->fold == FOLD_ALL || n->fold == FOLD_EXISTS;

	if (range.kind == CEL_LIST) {
		f.list = range.v.list;
		f.count = f.list->count;
	} else if (range.kind == CEL_MAP) {
		f.map = range.v.map;
		f.count = f.map->count;
	} else {
		return cel_no_overload(e, n, &range, 1);
	}
	if (n->fold == FOLD_MAP || n->fold == FOLD_FILTER)
		f.items = cel_take(e, f.count * sizeof *f.items + sizeof(struct cel_list));
	if (n->fold == FOLD_TO_MAP)
		f.pairs = cel_take(e, f.count * sizeof *f.pairs + sizeof(struct cel_map));
	for (size_t i = 0; i < f.count; i++) {
		if (!cel_spend(e, 1))
			return cel_broke(n);
		bind(e, n, &f, i);
		if (junction && fold_junction(e, n, &f))
			return cel_of_bool(n->fold == FOLD_EXISTS);
		if (!junction && fold_each(e, n, &f))
			return f.fault;
	}
	return folded(e, n, &f);
}

/* ---- functions ---- */

static bool takes(const struct cel_func *f, const struct cel_value *args, uint32_t count)
{
	if (f->count != count)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (f->args[i] != CEL_DYN && f->args[i] != args[i].kind)
			return false;
	return true;
}

static struct cel_value op_func(struct eval *e, const struct node *n)
{
	struct cel_value args[3] = { { 0 } };

	for (uint32_t i = 0; i < n->count && i < ARRAY_LEN(args); i++) {
		args[i] = cel_run(e, n->args[i]);
		if (args[i].kind == CEL_ERROR)
			return args[i];
	}
	for (const struct cel_func *f = n->u.func; f; f = cel_func_next(f))
		if (takes(f, args, n->count))
			return f->fn(e, n, args);
	return cel_no_overload(e, n, args, MIN(MAX(n->count, 1u), 2u));
}

static op_fn *const ops[N_COUNT] = {
	[N_CONST] = op_const, [N_SELECT] = op_select, [N_SLOT] = op_slot,  [N_VAR] = op_var,      [N_ROOT] = op_root,
	[N_KIND] = op_kind,   [N_FIELD] = op_field,   [N_HAS] = op_has,    [N_INDEX] = op_index,  [N_LIST] = op_list,
	[N_MAP] = op_map,     [N_NOT] = op_not,       [N_NEG] = op_neg,    [N_AND] = op_junction, [N_OR] = op_junction,
	[N_COND] = op_cond,   [N_ADD] = op_binary,    [N_SUB] = op_binary, [N_MUL] = op_binary,   [N_DIV] = op_binary,
	[N_MOD] = op_binary,  [N_EQ] = op_equal,      [N_NE] = op_equal,   [N_LT] = op_binary,    [N_LE] = op_binary,
	[N_GT] = op_binary,   [N_GE] = op_binary,     [N_IN] = op_binary,  [N_FOLD] = op_fold,    [N_ROUND] = cel_round,
	[N_FUNC] = op_func,   [N_ERROR] = op_error,
};

struct cel_value cel_run(struct eval *e, const struct node *n)
{
	if (e->steps <= 1) {
		e->steps = 0;
		return cel_broke(n);
	}
	e->steps--;
	return ops[n->op](e, n);
}
