/* The checker: gives every node its type, resolves what it names, and refuses what could only fail. */
#include "core/conf/cel_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct cel_type *check_fail(struct check *c, struct node *n, const char *id, const char *fmt, ...)
{
	char msg[400];
	int line, column;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	if (c->env->unchecked) {
		n->op = N_ERROR;
		n->count = 0;
		n->u.value = (struct cel_value){ .kind = CEL_ERROR, .v.s = arena_cstr(c->arena, str_of(msg)) };
		return &cel_types[CEL_DYN];
	}
	err_set(c->err, ERR_CONFIG, id, "%s", msg);
	cel_place(c->text, n->pos, &line, &column);
	err_at(c->err, NULL, line, column);
	return NULL;
}

void check_hint(struct check *c, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	if (c->env->unchecked)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	err_hint(c->err, "%s", text);
}

static bool is_open(const struct cel_type *t)
{
	return t->kind == CEL_DYN || t->kind == CEL_ANY;
}

static bool is_numeric(const struct cel_type *t)
{
	return is_open(t) || cel_is_number(t->kind);
}

/* The types of some nodes as a person reads them: "string and int". */
static lg_str types_text(struct check *c, struct node *const *nodes, uint32_t count)
{
	struct buf b = { 0 };
	lg_str out;

	for (uint32_t i = 0; i < count; i++) {
		buf_cstr(&b, i == 0 ? "" : i + 1 == count ? " and " : ", ");
		cel_type_text(nodes[i]->type, &b);
	}
	out = arena_str(c->arena, buf_view(&b));
	buf_fini(&b);
	return out;
}

static bool check_bool(struct check *c, struct node *n, const char *where)
{
	const struct cel_type *t = cel_check(c, n);

	if (t == NULL)
		return false;
	if (t->kind == CEL_BOOL || is_open(t) || c->env->unchecked)
		return true;
	check_fail(c, n, "cel.type", "%s takes true or false, not %.*s", where, STRA(types_text(c, &n, 1)));
	return false;
}

/* ---- operators ---- */

const char *cel_operator_text(const struct node *n)
{
	static const char *const text[N_COUNT] = {
		[N_ADD] = "+", [N_SUB] = "-", [N_MUL] = "*", [N_DIV] = "/", [N_MOD] = "%", [N_EQ] = "==", [N_NE] = "!=",
		[N_LT] = "<",  [N_LE] = "<=", [N_GT] = ">",  [N_GE] = ">=", [N_IN] = "in", [N_NEG] = "-", [N_NOT] = "!"
	};

	return text[n->op];
}

static const struct cel_type *no_operator(struct check *c, struct node *n)
{
	lg_str types = types_text(c, n->args, n->count);
	enum cel_kind a = n->args[0]->type->kind, b = n->count > 1 ? n->args[1]->type->kind : a;
	const struct cel_type *t =
		check_fail(c, n, "cel.type", "there is no operator %s for %.*s", cel_operator_text(n), STRA(types));

	if ((a == CEL_DATE && b == CEL_STR) || (a == CEL_STR && b == CEL_DATE))
		check_hint(c, "a date is written date(\"2026-11-25\")");
	else if ((cel_is_number(a) && b == CEL_STR) || (a == CEL_STR && cel_is_number(b)))
		check_hint(c, "numbers stand without quotes; string(x) makes a text of a number");
	else if ((a == CEL_INT && b == CEL_UINT) || (a == CEL_UINT && b == CEL_INT))
		check_hint(c, "int(x) and uint(x) convert");
	return t;
}

static const struct {
	uint8_t op, a, b, result;
} arithmetic[] = {
	{ N_ADD, CEL_INT, CEL_INT, CEL_INT },
	{ N_ADD, CEL_UINT, CEL_UINT, CEL_UINT },
	{ N_ADD, CEL_STR, CEL_STR, CEL_STR },
	{ N_ADD, CEL_BYTES, CEL_BYTES, CEL_BYTES },
	{ N_ADD, CEL_DATE, CEL_INT, CEL_DATE },
	{ N_ADD, CEL_INT, CEL_DATE, CEL_DATE },
	{ N_ADD, CEL_TIME, CEL_DURATION, CEL_TIME },
	{ N_ADD, CEL_DURATION, CEL_TIME, CEL_TIME },
	{ N_SUB, CEL_INT, CEL_INT, CEL_INT },
	{ N_SUB, CEL_UINT, CEL_UINT, CEL_UINT },
	{ N_SUB, CEL_DATE, CEL_DATE, CEL_INT },
	{ N_SUB, CEL_DATE, CEL_INT, CEL_DATE },
	{ N_SUB, CEL_TIME, CEL_TIME, CEL_DURATION },
	{ N_SUB, CEL_TIME, CEL_DURATION, CEL_TIME },
	{ N_MUL, CEL_INT, CEL_INT, CEL_INT },
	{ N_MUL, CEL_UINT, CEL_UINT, CEL_UINT },
	{ N_DIV, CEL_INT, CEL_INT, CEL_INT },
	{ N_DIV, CEL_UINT, CEL_UINT, CEL_UINT },
	{ N_MOD, CEL_INT, CEL_INT, CEL_INT },
	{ N_MOD, CEL_UINT, CEL_UINT, CEL_UINT },
	{ N_ADD, CEL_DURATION, CEL_DURATION, CEL_DURATION },
	{ N_SUB, CEL_DURATION, CEL_DURATION, CEL_DURATION },
};

static const struct cel_type *decimal_result(struct check *c, struct node *n)
{
	if (n->op == N_MOD)
		return no_operator(c, n);
	if (n->op == N_DIV && !n->exact) {
		const struct cel_type *t = check_fail(c, n, "cel.division", "a decimal division must be rounded");

		check_hint(c, "write round(a / b, 2)");
		return t;
	}
	return &cel_types[CEL_DEC];
}

static const struct cel_type *check_arithmetic(struct check *c, struct node *n)
{
	bool exact = c->exact;
	const struct cel_type *a, *b;

	a = cel_check(c, n->args[0]);
	c->exact = exact;
	b = a ? cel_check(c, n->args[1]) : NULL;
	if (b == NULL)
		return NULL;
	n->exact = exact && n->op != N_MOD && is_numeric(a) && is_numeric(b);
	if (is_open(a) || is_open(b))
		return &cel_types[CEL_DYN];
	if (cel_is_number(a->kind) && cel_is_number(b->kind) &&
	    (a->kind == CEL_DEC || b->kind == CEL_DEC || (n->exact && n->op == N_DIV)))
		return decimal_result(c, n);
	if (n->op == N_ADD && a->kind == CEL_LIST && b->kind == CEL_LIST)
		return cel_type_fits(a, b) ? cel_type_join(c->arena, a, b) : no_operator(c, n);
	for (size_t i = 0; i < ARRAY_LEN(arithmetic); i++)
		if (arithmetic[i].op == n->op && arithmetic[i].a == a->kind && arithmetic[i].b == b->kind)
			return &cel_types[arithmetic[i].result];
	return no_operator(c, n);
}

static const struct cel_type *check_relation(struct check *c, struct node *n)
{
	const struct cel_type *a = cel_check(c, n->args[0]), *b = a ? cel_check(c, n->args[1]) : NULL;
	bool ok;

	if (b == NULL)
		return NULL;
	ok = cel_type_fits(a, b);
	if (n->op != N_EQ && n->op != N_NE)
		for (uint32_t i = 0; i < 2; i++) {
			enum cel_kind k = n->args[i]->type->kind;

			ok &= k != CEL_LIST && k != CEL_MAP && k != CEL_NULL && k != CEL_TYPE && k != CEL_REC;
		}
	return ok || c->env->unchecked ? &cel_types[CEL_BOOL] : no_operator(c, n);
}

static const struct cel_type *check_in(struct check *c, struct node *n)
{
	const struct cel_type *a = cel_check(c, n->args[0]), *b = a ? cel_check(c, n->args[1]) : NULL;

	if (b == NULL)
		return NULL;
	if (is_open(b) || (b->kind == CEL_LIST && cel_type_fits(a, b->elem)) ||
	    (b->kind == CEL_MAP && cel_type_fits(a, b->key)))
		return &cel_types[CEL_BOOL];
	if (b->kind == CEL_STR && a->kind == CEL_STR) {
		const struct cel_type *t = no_operator(c, n);

		check_hint(c, "write text.contains(part)");
		return t;
	}
	return no_operator(c, n);
}

static const struct cel_type *check_not(struct check *c, struct node *n)
{
	return check_bool(c, n->args[0], "!") ? &cel_types[CEL_BOOL] : NULL;
}

static const struct cel_type *check_neg(struct check *c, struct node *n)
{
	const struct cel_type *t;

	n->exact = c->exact;
	t = cel_check(c, n->args[0]);
	if (t == NULL || is_open(t))
		return t ? &cel_types[CEL_DYN] : NULL;
	return t->kind == CEL_INT || t->kind == CEL_DEC || t->kind == CEL_DURATION ? t : no_operator(c, n);
}

/* Behind a && b stands what a told; behind a || b what a's being false told. */
static const struct cel_type *check_junction(struct check *c, struct node *n)
{
	struct facts_mark mark = facts_mark(c);
	bool ok = true;

	for (uint32_t i = 0; ok && i < n->count; i++) {
		ok = check_bool(c, n->args[i], n->op == N_AND ? "&&" : "||");
		if (ok)
			facts_learn(c, n->args[i], n->op == N_AND);
	}
	facts_restore(c, mark);
	return ok ? &cel_types[CEL_BOOL] : NULL;
}

static const struct cel_type *check_cond(struct check *c, struct node *n)
{
	struct facts_mark mark = facts_mark(c);
	const struct cel_type *a, *b;
	bool exact = c->exact;

	n->exact = exact;
	c->exact = false;
	if (!check_bool(c, n->args[0], "? :"))
		return NULL;
	c->exact = exact;
	facts_learn(c, n->args[0], true);
	a = cel_check(c, n->args[1]);
	facts_restore(c, mark);
	c->exact = exact;
	facts_learn(c, n->args[0], false);
	b = a ? cel_check(c, n->args[2]) : NULL;
	facts_restore(c, mark);
	if (b == NULL)
		return NULL;
	if (cel_type_fits(a, b) || c->env->unchecked)
		return cel_type_join(c->arena, a, b);
	return check_fail(c, n, "cel.type", "the two results of ? : are %.*s", STRA(types_text(c, n->args + 1, 2)));
}

/* ---- lists, maps, indexes ---- */

static const struct cel_type *check_list(struct check *c, struct node *n)
{
	const struct cel_type *elem = &cel_types[CEL_ANY];

	for (uint32_t i = 0; i < n->count; i++) {
		const struct cel_type *t = cel_check(c, n->args[i]);

		if (t == NULL)
			return NULL;
		elem = cel_type_join(c->arena, elem, t);
	}
	return cel_type_list(c->arena, elem);
}

static const struct cel_type *check_map(struct check *c, struct node *n)
{
	const struct cel_type *key = &cel_types[CEL_ANY], *elem = key;

	for (uint32_t i = 0; i < n->count; i += 2) {
		const struct cel_type *k = cel_check(c, n->args[i]), *t = k ? cel_check(c, n->args[i + 1]) : NULL;

		if (t == NULL)
			return NULL;
		if (k->kind != CEL_INT && k->kind != CEL_UINT && k->kind != CEL_STR && k->kind != CEL_BOOL &&
		    !is_open(k) && !c->env->unchecked)
			return check_fail(c, n->args[i], "cel.type", "a key is a text, an integer or a bool, not %.*s",
					  STRA(types_text(c, &n->args[i], 1)));
		key = cel_type_join(c->arena, key, k);
		elem = cel_type_join(c->arena, elem, t);
	}
	return cel_type_map(c->arena, key, elem);
}

static const struct cel_type *check_index(struct check *c, struct node *n)
{
	const struct cel_type *of = cel_check(c, n->args[0]), *i = of ? cel_check(c, n->args[1]) : NULL;

	if (i == NULL)
		return NULL;
	if (is_open(of))
		return &cel_types[CEL_DYN];
	if ((of->kind == CEL_LIST && (i->kind == CEL_INT || is_open(i))) ||
	    (of->kind == CEL_MAP && cel_type_fits(of->key, i)))
		return of->elem->kind == CEL_ANY ? &cel_types[CEL_DYN] : of->elem;
	return check_fail(c, n, "cel.type", "%.*s cannot be indexed by %.*s", STRA(types_text(c, n->args, 1)),
			  STRA(types_text(c, n->args + 1, 1)));
}

/* ---- macros ---- */

static const struct cel_type *fold_bodies(struct check *c, struct node *n, const struct cel_type *key,
					  const struct cel_type *elem)
{
	static const char *const names[] = {
		"all()", "exists()", "exists_one()", "map()", "filter()", "transformMap()"
	};
	bool maps = n->fold == FOLD_MAP || n->fold == FOLD_TO_MAP;
	const struct cel_type *t;

	if ((!maps || n->count == 3) && !check_bool(c, n->args[1], names[n->fold]))
		return NULL;
	if (!maps)
		return n->fold == FOLD_FILTER ? cel_type_list(c->arena, n->name2.len ? elem : key)
					      : &cel_types[CEL_BOOL];
	if (n->count == 3)
		facts_learn(c, n->args[1], true);
	t = cel_check(c, n->args[n->count - 1]);
	if (t == NULL)
		return NULL;
	return n->fold == FOLD_MAP ? cel_type_list(c->arena, t) : cel_type_map(c->arena, key, t);
}

/* What the variables stand for: one is the element of a list or the key of a map, two are index or key and value. */
static bool fold_types(const struct cel_type *range, bool two, const struct cel_type **first,
		       const struct cel_type **second)
{
	*first = *second = &cel_types[CEL_DYN];
	if (is_open(range))
		return true;
	if (range->kind != CEL_LIST && range->kind != CEL_MAP)
		return false;
	if (range->elem->kind != CEL_ANY)
		*second = range->elem;
	if (range->kind == CEL_MAP)
		*first = range->key->kind == CEL_ANY ? *first : range->key;
	else
		*first = two ? &cel_types[CEL_INT] : *second;
	return true;
}

static const struct cel_type *check_fold(struct check *c, struct node *n)
{
	const struct cel_type *range = cel_check(c, n->args[0]), *first, *second, *t;
	struct scope one, two;
	bool pair = n->name2.len > 0;
	struct facts_mark mark = facts_mark(c);

	if (range == NULL)
		return NULL;
	if (!fold_types(range, pair, &first, &second))
		return check_fail(c, n, "cel.type", "this goes over a list or a map, not %.*s",
				  STRA(types_text(c, n->args, 1)));
	one = (struct scope){ c->scope, n->name, first, (uint16_t)c->slots++ };
	two = (struct scope){ &one, n->name2, second, (uint16_t)(pair ? c->slots++ : c->slots) };
	n->slot = one.slot;
	n->slot2 = two.slot;
	c->slot_max = MAX(c->slot_max, c->slots);
	c->scope = pair ? &two : &one;
	t = fold_bodies(c, n, first, second);
	facts_restore(c, mark);
	c->scope = one.up;
	c->slots = one.slot;
	return t;
}

/* ---- calls ---- */

static const struct cel_type *check_round(struct check *c, struct node *n)
{
	const struct cel_type *x, *digits;

	c->exact = true;
	x = cel_check(c, n->args[0]);
	c->exact = false;
	digits = x ? cel_check(c, n->args[1]) : NULL;
	if (digits == NULL)
		return NULL;
	if (!is_numeric(x) || (digits->kind != CEL_INT && !is_open(digits)))
		return check_fail(c, n, "cel.type", "round() takes a number and how many digits, not %.*s",
				  STRA(types_text(c, n->args, 2)));
	n->op = N_ROUND;
	return &cel_types[CEL_DEC];
}

static bool takes(const struct cel_func *f, const struct node *n)
{
	if (f->count != n->count)
		return false;
	for (uint32_t i = 0; i < n->count; i++) {
		enum cel_kind k = n->args[i]->type->kind;

		if (f->args[i] != CEL_DYN && k != CEL_DYN && k != CEL_ANY && f->args[i] != k)
			return false;
	}
	return true;
}

static const struct cel_type *no_function(struct check *c, struct node *n, const struct cel_func *known)
{
	const struct cel_type *t;
	const char *best = cel_func_suggest(n->name, n->member);

	if (known == NULL) {
		t = check_fail(c, n, "cel.function", "there is no function %.*s()", STRA(n->name));
		if (best)
			check_hint(c, "did you mean %s()?", best);
		return t;
	}
	if (n->count == 0 || (n->member && n->count == 1 && known->count > 1))
		return check_fail(c, n, "cel.function", "%.*s() needs an argument", STRA(n->name));
	t = check_fail(c, n, "cel.type", "%.*s() does not take %.*s", STRA(n->name),
		       STRA(types_text(c, n->args, n->count)));
	return t;
}

static const struct cel_type *check_function(struct check *c, struct node *n)
{
	const struct cel_func *first = cel_func_find(n->name, n->member), *f;
	const struct cel_type *t = NULL;
	struct err err = { 0 };

	for (f = first; f; f = cel_func_next(f))
		if (takes(f, n))
			t = t && t->kind != f->result ? &cel_types[CEL_DYN] : &cel_types[f->result];
	if (t == NULL)
		return c->env->unchecked && first == NULL ? no_function(c, n, first)
		       : c->env->unchecked                ? (n->op = N_FUNC, n->u.func = first, &cel_types[CEL_DYN])
							  : no_function(c, n, first);
	n->op = N_FUNC;
	n->u.func = first;
	if (!cel_func_prepare(c->arena, n, &err))
		return check_fail(c, n->count > 1 || n->args[0]->op == N_CONST ? n->args[n->count - 1] : n, "cel.value",
				  "%s", err.msg);
	return t;
}

static const struct cel_type *check_call(struct check *c, struct node *n)
{
	if (!n->member && n->count == 2 && str_is(n->name, "round"))
		return check_round(c, n);
	for (uint32_t i = 0; i < n->count; i++)
		if (cel_check(c, n->args[i]) == NULL)
			return NULL;
	if (!n->member && n->count == 1 && str_is(n->name, "dyn")) {
		struct node *inner = n->args[0];

		*n = *inner;
		return &cel_types[CEL_DYN];
	}
	return check_function(c, n);
}

static const struct cel_type *check_const(struct check *c, struct node *n)
{
	(void)c;
	return &cel_types[n->u.value.kind];
}

typedef const struct cel_type *check_fn(struct check *, struct node *);

static check_fn *const checks[N_COUNT] = {
	[N_CONST] = check_const,    [N_IDENT] = check_ident,    [N_SELECT] = check_select,  [N_CALL] = check_call,
	[N_HAS] = check_has,        [N_INDEX] = check_index,    [N_LIST] = check_list,      [N_MAP] = check_map,
	[N_NOT] = check_not,        [N_NEG] = check_neg,        [N_AND] = check_junction,   [N_OR] = check_junction,
	[N_COND] = check_cond,      [N_ADD] = check_arithmetic, [N_SUB] = check_arithmetic, [N_MUL] = check_arithmetic,
	[N_DIV] = check_arithmetic, [N_MOD] = check_arithmetic, [N_EQ] = check_relation,    [N_NE] = check_relation,
	[N_LT] = check_relation,    [N_LE] = check_relation,    [N_GT] = check_relation,    [N_GE] = check_relation,
	[N_IN] = check_in,          [N_FOLD] = check_fold,
};

const struct cel_type *cel_check(struct check *c, struct node *n)
{
	/* Only arithmetic and ?: hand on that they stand inside round(). */
	bool exact = c->exact;

	if (exact && n->op != N_NEG && n->op != N_COND && !(n->op >= N_ADD && n->op <= N_DIV))
		c->exact = false;
	n->type = checks[n->op](c, n);
	c->exact = exact;
	return n->type;
}
