/* Names: variables of macros and of the environment, fields of the record, types. */
#include "core/conf/cel_priv.h"

#include <stdio.h>
#include <string.h>

static const struct cel_type *field_type(struct arena *a, const struct field *f)
{
	switch (f->type) {
	case FIELD_AMOUNT:
	case FIELD_DEC:
		return &cel_types[CEL_DEC];
	case FIELD_INT:
		return &cel_types[CEL_INT];
	case FIELD_BOOL:
		return &cel_types[CEL_BOOL];
	case FIELD_DATE:
		return &cel_types[CEL_DATE];
	case FIELD_TIME:
		return &cel_types[CEL_TIME];
	case FIELD_OBJ:
		return cel_type_rec(a, f->ref);
	case FIELD_OBJS:
		return cel_type_list(a, cel_type_rec(a, f->ref));
	case FIELD_STRS:
		return cel_type_list(a, &cel_types[CEL_STR]);
	case FIELD_JSON:
		return &cel_types[CEL_DYN];
	default:
		return &cel_types[CEL_STR];
	}
}

/* ---- variables ---- */

static const struct cel_type *use_var(struct check *c, struct node *n, size_t i)
{
	n->op = N_VAR;
	n->count = 0;
	n->u.var = (uint32_t)i;
	return cel_type_copy(c->arena, &c->env->vars[i].type);
}

static bool is_joined(lg_str whole, lg_str a, lg_str b)
{
	return whole.len == a.len + 1 + b.len && str_starts(whole, a) && whole.ptr[a.len] == '.' &&
	       str_eq(str_from(whole, a.len + 1), b);
}

/* In container a.b, the name x is a.b.x, else a.x, else x. */
static bool find_var(const struct check *c, lg_str name, bool rooted, size_t *out)
{
	lg_str in = rooted ? STR_NONE : c->env->container;

	for (;;) {
		for (size_t i = 0; i < c->env->var_count; i++) {
			lg_str v = c->env->vars[i].name;

			if (in.len ? is_joined(v, in, name) : str_eq(v, name)) {
				*out = i;
				return true;
			}
		}
		if (in.len == 0)
			return false;
		while (in.len > 0 && in.ptr[in.len - 1] != '.')
			in.len--;
		in.len -= in.len > 0;
	}
}

/* ---- fields of the record ---- */

static const struct field *kind_field(uint16_t kind, lg_str name)
{
	return field_by_name(object_get(kind), name);
}

static void kinds_differ(struct check *c, struct node *n, const struct cel_type *a, uint16_t ka,
			 const struct cel_type *b, uint16_t kb)
{
	struct buf ta = { 0 }, tb = { 0 };

	cel_type_text(a, &ta);
	cel_type_text(b, &tb);
	check_fail(c, n, "cel.kinds", "\"%.*s\" is %s in %s and %s in %s", STRA(n->name), buf_text(&ta),
		   object_get(ka)->name, buf_text(&tb), object_get(kb)->name);
	check_hint(c, "say which is meant: kind == \"%s\" && ...", object_get(ka)->name);
	buf_fini(&ta);
	buf_fini(&tb);
}

/* Makes the node read the field of that name; NULL without an error when no kind has it. */
static const struct cel_type *use_field(struct check *c, struct node *n, bool *failed)
{
	const struct cel_type *type = NULL;
	const struct field *first = NULL;
	uint16_t first_kind = 0, count = (uint16_t)__builtin_popcountll(c->kinds);
	struct field_ref *ref = arena_alloc(c->arena, sizeof *ref + count * sizeof ref->kinds[0]);

	ref->needed = true;
	for (uint16_t k = 1; k < 64; k++) {
		const struct field *f;
		const struct cel_type *t;

		if ((c->kinds & LG_KIND_BIT(k)) == 0 || object_get(k) == NULL)
			continue;
		f = kind_field(k, n->name);
		ref->needed &= f && field_is_required(f->id);
		if (f == NULL)
			continue;
		t = field_type(c->arena, f);
		if (type && !cel_type_same(type, t)) {
			*failed = true;
			kinds_differ(c, n, type, first_kind, t, k);
			return NULL;
		}
		if (type == NULL) {
			type = t;
			first = f;
			first_kind = k;
		}
		ref->kinds[ref->count].object = k;
		ref->kinds[ref->count++].id = f->id;
	}
	if (type == NULL)
		return NULL;
	ref->type = first->type;
	ref->id = first->id;
	ref->object = field_object(first->id); /* OBJECT_COMMON is 0 */
	for (uint16_t i = 0; i < ref->count; i++)
		if (ref->count != count || ref->kinds[i].id != first->id)
			ref->id = 0;
	n->op = N_ROOT;
	n->u.ref = ref;
	return type;
}

/* Some values are certain to be there, others by what has() found; what reads as empty when absent needs neither. */
static bool is_certain(struct check *c, const struct node *n)
{
	if (facts_know(c, n))
		return true;
	if (n->op == N_ROOT)
		return n->u.ref->needed;
	if (n->op == N_FIELD)
		return n->u.ref->needed && is_certain(c, n->args[0]);
	return true;
}

static const struct cel_type *check_presence(struct check *c, struct node *n, const struct cel_type *type)
{
	const struct node *base = n;
	const char *what = type->kind == CEL_DEC ? "amount" : type->kind == CEL_DATE ? "date" : "value";
	lg_str path = n->name;

	if ((type->kind != CEL_DEC && type->kind != CEL_DATE && type->kind != CEL_TIME && type->kind != CEL_INT) ||
	    c->env->unchecked || is_certain(c, n))
		return type;
	while (base->op == N_FIELD) {
		base = base->args[0];
		if (base->op == N_ROOT || base->op == N_FIELD)
			path = arena_printf(c->arena, "%.*s.%.*s", STRA(base->name), STRA(path));
		else if (base->op == N_SLOT)
			path = arena_printf(c->arena, "%.*s.%.*s", STRA(base->name), STRA(path));
	}
	check_fail(c, n, "cel.optional", "the %s \"%.*s\" may be absent", what, STRA(path));
	check_hint(c, "test it first: has(%.*s) && ...", STRA(path));
	return NULL;
}

/* ---- what it could have meant ---- */

struct guess {
	lg_str name;
	const char *best;
	size_t least;
};

static void guess(struct guess *g, const char *candidate)
{
	size_t d = str_distance(g->name, str_of(candidate), 2);

	if (d < g->least) {
		g->least = d;
		g->best = candidate;
	}
}

static void guess_fields(struct guess *g, uint16_t object)
{
	const struct object *o = object_get(object);

	for (size_t i = 0; o && i < o->count; i++)
		guess(g, o->fields[i].name);
}

#define MANY_KINDS 5 /* more are not listed in a message */

static const struct cel_type *unknown_name(struct check *c, struct node *n)
{
	struct guess g = { n->name, NULL, MIN((size_t)3, n->name.len) };
	const struct cel_type *t;
	struct buf kinds = { 0 };

	for (size_t i = 0; i < c->env->var_count; i++)
		guess(&g, arena_cstr(c->arena, c->env->vars[i].name));
	for (uint16_t k = 1; k < 64; k++)
		if (c->kinds & LG_KIND_BIT(k) && object_get(k)) {
			guess_fields(&g, k);
			buf_addf(&kinds, "%s%s", kinds.len ? ", " : "", object_get(k)->name);
		}
	if (__builtin_popcountll(c->kinds) > MANY_KINDS) {
		guess_fields(&g, OBJECT_COMMON);
		t = check_fail(c, n, "cel.name", "no record has a field \"%.*s\"", STRA(n->name));
	} else if (c->kinds) {
		guess_fields(&g, OBJECT_COMMON);
		t = check_fail(c, n, "cel.name", "there is no \"%.*s\" in %s", STRA(n->name), buf_text(&kinds));
	} else {
		t = check_fail(c, n, "cel.name", "there is no \"%.*s\" here", STRA(n->name));
	}
	buf_fini(&kinds);
	if (g.best)
		check_hint(c, "did you mean \"%s\"?", g.best);
	return t;
}

/* ---- identifiers ---- */

static bool is_reserved(lg_str s)
{
	static const char *const words[] = { "as",        "break",  "const",  "continue", "else", "for",
					     "function",  "if",     "import", "let",      "loop", "package",
					     "namespace", "return", "var",    "void",     "while" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_is(s, words[i]))
			return true;
	return false;
}

static const struct scope *in_scope(const struct check *c, lg_str name)
{
	const struct scope *s = c->scope;

	while (s && !str_eq(s->name, name))
		s = s->up;
	return s;
}

static const struct cel_type *use_type(struct node *n, enum cel_kind k)
{
	n->op = N_CONST;
	n->count = 0;
	n->u.value = cel_of_type(k);
	return &cel_types[CEL_TYPE];
}

/* The name as a variable or field; NULL without an error when it is neither. */
static const struct cel_type *resolve(struct check *c, struct node *n, bool *failed)
{
	const struct scope *s = n->rooted ? NULL : in_scope(c, n->name);
	enum cel_kind k;
	size_t i;

	if (s) {
		n->op = N_SLOT;
		n->slot = s->slot;
		return s->type;
	}
	if (find_var(c, n->name, n->rooted, &i))
		return use_var(c, n, i);
	if (c->kinds) {
		const struct cel_type *t;

		if (str_is(n->name, "kind")) {
			n->op = N_KIND;
			return &cel_types[CEL_STR];
		}
		t = use_field(c, n, failed);
		if (t || *failed)
			return t;
	}
	return cel_type_named(n->name, &k) ? use_type(n, k) : NULL;
}

const struct cel_type *check_ident(struct check *c, struct node *n)
{
	bool failed = false;
	const struct cel_type *t = resolve(c, n, &failed);

	if (failed)
		return NULL;
	if (t)
		return n->op == N_ROOT ? check_presence(c, n, t) : t;
	if (is_reserved(n->name))
		return check_fail(c, n, "cel.name", "\"%.*s\" is a reserved word", STRA(n->name));
	return unknown_name(c, n);
}

/* ---- selections ---- */

/* "a.b.c" when the chain is of names only; *root: its first name. */
static lg_str dotted(struct check *c, const struct node *n, const struct node **root)
{
	lg_str up;

	if (n->op == N_IDENT) {
		*root = n;
		return n->name;
	}
	if (n->op != N_SELECT)
		return STR_NONE;
	up = dotted(c, n->args[0], root);
	return up.len ? arena_printf(c->arena, "%.*s.%.*s", STRA(up), STRA(n->name)) : STR_NONE;
}

/* A qualified name: the longest one that is known wins over a field of a shorter one. */
static const struct cel_type *qualified(struct check *c, struct node *n)
{
	const struct node *root = NULL;
	lg_str whole = dotted(c, n, &root);
	enum cel_kind k;
	size_t i;

	if (whole.len == 0 || (!root->rooted && in_scope(c, root->name)))
		return NULL;
	if (find_var(c, whole, root->rooted, &i))
		return use_var(c, n, i);
	return cel_type_named(whole, &k) ? use_type(n, k) : NULL;
}

static const struct cel_type *no_field(struct check *c, struct node *n, const struct object *o)
{
	const char *best = field_suggest(o, n->name);
	const struct cel_type *t = check_fail(c, n, "cel.field", "%s has no field \"%.*s\"", o->name, STRA(n->name));

	if (best)
		check_hint(c, "did you mean \"%s\"?", best);
	return t;
}

static const struct cel_type *object_field(struct check *c, struct node *n, uint16_t object)
{
	const struct object *o = object_get(object);
	const struct field *f = field_by_name(o, n->name);
	struct field_ref *ref;

	if (f == NULL)
		return no_field(c, n, o);
	ref = arena_alloc(c->arena, sizeof *ref);
	*ref = (struct field_ref){ .type = f->type, .needed = field_is_required(f->id), .id = f->id };
	n->op = N_FIELD;
	n->u.ref = ref;
	return field_type(c->arena, f);
}

/* Resolves a.b without asking whether b is there. */
static const struct cel_type *select_type(struct check *c, struct node *n)
{
	const struct cel_type *t = qualified(c, n), *base;
	struct buf name = { 0 };

	if (t)
		return t;
	base = cel_check(c, n->args[0]);
	if (base == NULL)
		return NULL;
	if (base->kind == CEL_REC)
		return object_field(c, n, base->object);
	if (base->kind == CEL_MAP && cel_type_fits(base->key, &cel_types[CEL_STR]))
		return base->elem->kind == CEL_ANY ? &cel_types[CEL_DYN] : base->elem;
	if (base->kind == CEL_DYN || base->kind == CEL_ANY)
		return &cel_types[CEL_DYN];
	cel_type_text(base, &name);
	t = check_fail(c, n, "cel.field", "a %s has no field \"%.*s\"", buf_text(&name), STRA(n->name));
	buf_fini(&name);
	if (base->kind == CEL_LIST)
		check_hint(c, "take one of the list, or ask of all: exists(x, x.%.*s ...)", STRA(n->name));
	return t;
}

const struct cel_type *check_select(struct check *c, struct node *n)
{
	const struct cel_type *t = select_type(c, n);

	return t && n->op == N_FIELD ? check_presence(c, n, t) : t;
}

const struct cel_type *check_has(struct check *c, struct node *n)
{
	struct node *of = n->args[0];
	const struct cel_type *t;
	bool failed = false;

	if (of->op == N_SELECT) {
		t = select_type(c, of);
	} else {
		t = resolve(c, of, &failed);
		if (t == NULL && !failed)
			t = unknown_name(c, of);
	}
	if (t == NULL)
		return NULL;
	if (of->op == N_SLOT || of->op == N_VAR || of->op == N_CONST)
		return check_fail(c, n, "cel.has", "has() takes a field: has(due_date), has(buyer.name)");
	return &cel_types[CEL_BOOL];
}
