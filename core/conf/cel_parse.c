/* Recursive descent over the grammar of the language definition.  Macros become N_FOLD and N_HAS here, as CEL says. */
#include "core/conf/cel_priv.h"

#include <string.h>

struct parser {
	struct lexer lex;
	uint32_t nodes;
	int depth;
};

static struct node *expression(struct parser *);
static struct node *unary(struct parser *);

struct node *cel_node(struct arena *a, enum node_op op, size_t pos, uint32_t count)
{
	struct node *n = arena_new(a, struct node);

	n->op = (uint8_t)op;
	n->pos = (uint32_t)pos;
	n->count = count;
	n->depth = 1;
	n->args = count ? arena_array(a, struct node *, count) : NULL;
	return n;
}

static struct node *fail(struct parser *p, const char *what)
{
	if (p->lex.token == T_BAD)
		return NULL;
	if (p->lex.token == T_END)
		lex_fail(&p->lex, p->lex.start, "the expression ends where %s is expected", what);
	else
		lex_fail(&p->lex, p->lex.start, "%s is expected, not \"%.*s\"", what,
			 (int)MIN(p->lex.at - p->lex.start, 40), p->lex.text.ptr + p->lex.start);
	return NULL;
}

/* Depth and number of the nodes are bounded here, so that nothing behind the parser needs to care. */
static struct node *finish(struct parser *p, struct node *n)
{
	for (uint32_t i = 0; i < n->count; i++) {
		if (n->args[i] == NULL)
			return NULL;
		n->depth = MAX(n->depth, (uint16_t)(n->args[i]->depth + 1));
	}
	if (++p->nodes > CEL_NODES_MAX || n->depth > 4 * CEL_DEPTH_MAX) {
		lex_fail(&p->lex, n->pos, "the expression is too large");
		return NULL;
	}
	return n;
}

static struct node *binary(struct parser *p, enum node_op op, size_t pos, struct node *a, struct node *b)
{
	struct node *n = cel_node(p->lex.arena, op, pos, 2);

	n->args[0] = a;
	n->args[1] = b;
	return finish(p, n);
}

static struct node *one(struct parser *p, enum node_op op, size_t pos, struct node *a)
{
	struct node *n = cel_node(p->lex.arena, op, pos, 1);

	n->args[0] = a;
	return finish(p, n);
}

static bool take(struct parser *p, const char *punct)
{
	return lex_is(&p->lex, punct) && lex_next(&p->lex);
}

static bool expect(struct parser *p, const char *punct, const char *what)
{
	if (!lex_is(&p->lex, punct))
		return fail(p, what) != NULL;
	return lex_next(&p->lex);
}

static struct node *constant(struct parser *p, size_t pos, struct cel_value v)
{
	struct node *n = cel_node(p->lex.arena, N_CONST, pos, 0);

	n->u.value = v;
	return finish(p, n);
}

/* ---- lists of expressions ---- */

struct items {
	struct node **items;
	uint32_t count, cap;
};

static void push(struct parser *p, struct items *l, struct node *n)
{
	if (l->count == l->cap) {
		uint32_t cap = l->cap ? l->cap * 2 : 4;
		struct node **more = arena_array(p->lex.arena, struct node *, cap);

		if (l->count > 0)
			memcpy(more, l->items, sizeof *more * l->count);
		l->items = more;
		l->cap = cap;
	}
	l->items[l->count++] = n;
}

/* Expressions up to the closing mark; `pairs`: key: value; a comma may stand behind the last one of [] and {}. */
static bool list(struct parser *p, const char *close, bool pairs, struct items *out)
{
	while (!lex_is(&p->lex, close)) {
		struct node *n = expression(p);

		if (n == NULL)
			return false;
		push(p, out, n);
		if (pairs) {
			if (!expect(p, ":", "\":\""))
				return false;
			n = expression(p);
			if (n == NULL)
				return false;
			push(p, out, n);
		}
		if (lex_is(&p->lex, close))
			break;
		if (!expect(p, ",",
			    close[0] == ')'   ? "\",\" or \")\""
			    : close[0] == ']' ? "\",\" or \"]\""
					      : "\",\" or \"}\""))
			return false;
		if (close[0] == ')' && lex_is(&p->lex, close))
			return fail(p, "an argument") != NULL;
	}
	return lex_next(&p->lex);
}

static struct node *collection(struct parser *p, enum node_op op, const char *close)
{
	size_t pos = p->lex.start;
	struct items l = { 0 };
	struct node *n;

	if (!lex_next(&p->lex) || !list(p, close, op == N_MAP, &l))
		return NULL;
	n = cel_node(p->lex.arena, op, pos, 0);
	n->args = l.items;
	n->count = l.count;
	return finish(p, n);
}

/* ---- macros ---- */

static const struct macro {
	const char *name;
	uint8_t vars, bodies, fold;
} macros[] = {
	{ "all", 1, 1, FOLD_ALL },
	{ "exists", 1, 1, FOLD_EXISTS },
	{ "exists_one", 1, 1, FOLD_ONE },
	{ "existsOne", 1, 1, FOLD_ONE },
	{ "map", 1, 1, FOLD_MAP },
	{ "map", 1, 2, FOLD_MAP },
	{ "filter", 1, 1, FOLD_FILTER },
	{ "all", 2, 1, FOLD_ALL },
	{ "exists", 2, 1, FOLD_EXISTS },
	{ "exists_one", 2, 1, FOLD_ONE },
	{ "existsOne", 2, 1, FOLD_ONE },
	{ "transformList", 2, 1, FOLD_MAP },
	{ "transformList", 2, 2, FOLD_MAP },
	{ "transformMap", 2, 1, FOLD_TO_MAP },
	{ "transformMap", 2, 2, FOLD_TO_MAP },
};

static bool is_variable(const struct node *n)
{
	return n->op == N_IDENT && !n->rooted;
}

/* map(x, cond, body) and all(k, v, cond) both have three arguments: the name tells them apart. */
static const struct macro *find_macro(lg_str name, const struct items *l)
{
	for (size_t i = 0; i < ARRAY_LEN(macros); i++) {
		const struct macro *m = &macros[i];

		if (l->count == (uint32_t)m->vars + m->bodies && str_is(name, m->name))
			return m;
	}
	return NULL;
}

static struct node *fold(struct parser *p, const struct macro *m, struct node *range, const struct items *l, size_t pos)
{
	struct node *n = cel_node(p->lex.arena, N_FOLD, pos, 1u + m->bodies);

	for (uint32_t i = 0; i < m->vars; i++)
		if (!is_variable(l->items[i])) {
			lex_fail(&p->lex, l->items[i]->pos, "%s needs a plain name here", m->name);
			return NULL;
		}
	n->fold = m->fold;
	n->name = l->items[0]->name;
	n->name2 = m->vars == 2 ? l->items[1]->name : STR_NONE;
	if (str_eq(n->name, n->name2)) {
		lex_fail(&p->lex, l->items[1]->pos, "%s needs two different names", m->name);
		return NULL;
	}
	n->args[0] = range;
	for (uint32_t i = 0; i < m->bodies; i++)
		n->args[1 + i] = l->items[m->vars + i];
	return finish(p, n);
}

static struct node *has(struct parser *p, const struct items *l, size_t pos)
{
	if (l->count == 1 && (l->items[0]->op == N_SELECT || is_variable(l->items[0])))
		return one(p, N_HAS, pos, l->items[0]);
	lex_fail(&p->lex, l->count ? l->items[0]->pos : pos, "has() takes a field: has(due_date), has(buyer.name)");
	return NULL;
}

/* A call, its arguments next. */
static struct node *call(struct parser *p, lg_str name, struct node *target, size_t pos, bool rooted)
{
	struct items l = { 0 };
	const struct macro *m;
	struct node *n;

	if (!lex_next(&p->lex) || !list(p, ")", false, &l))
		return NULL;
	m = target ? find_macro(name, &l) : NULL;
	if (m)
		return fold(p, m, target, &l, pos);
	if (target == NULL && str_is(name, "has"))
		return has(p, &l, pos);
	n = cel_node(p->lex.arena, N_CALL, pos, l.count + (target ? 1u : 0u));
	n->name = name;
	n->member = target != NULL;
	n->rooted = rooted;
	if (target)
		n->args[0] = target;
	for (uint32_t i = 0; i < l.count; i++)
		n->args[i + (target ? 1u : 0u)] = l.items[i];
	return finish(p, n);
}

/* ---- primaries and members ---- */

static struct node *name(struct parser *p, bool rooted, size_t pos)
{
	lg_str text = p->lex.name;
	struct node *n;

	if (p->lex.token != T_IDENT)
		return fail(p, "a name");
	if (str_is(text, "in"))
		return fail(p, "a value");
	if (!lex_next(&p->lex))
		return NULL;
	if (lex_is(&p->lex, "("))
		return call(p, text, NULL, pos, rooted);
	if (!rooted && (str_is(text, "true") || str_is(text, "false")))
		return constant(p, pos, cel_of_bool(text.ptr[0] == 't'));
	if (!rooted && str_is(text, "null"))
		return constant(p, pos, (struct cel_value){ .kind = CEL_NULL });
	n = cel_node(p->lex.arena, N_IDENT, pos, 0);
	n->name = text;
	n->rooted = rooted;
	return finish(p, n);
}

static struct node *literal(struct parser *p, bool negative, size_t pos)
{
	struct cel_value v;
	lg_str text = p->lex.name;

	if (p->lex.token == T_STRING) {
		if (!str_is_utf8(text)) {
			lex_fail(&p->lex, p->lex.start, "the text is not UTF-8");
			return NULL;
		}
		v = cel_of_str(text);
	} else if (p->lex.token == T_BYTES) {
		v = cel_of_bytes(text);
	} else if (!lex_number(text, negative, &v)) {
		lex_fail(&p->lex, p->lex.start, "the number does not fit: integers have 64 bits, decimals 18 digits");
		return NULL;
	}
	return lex_next(&p->lex) ? constant(p, pos, v) : NULL;
}

static struct node *primary(struct parser *p)
{
	size_t pos = p->lex.start;
	struct node *n;

	switch (p->lex.token) {
	case T_NUMBER:
	case T_STRING:
	case T_BYTES:
		return literal(p, false, pos);
	case T_IDENT:
		return name(p, false, pos);
	case T_PUNCT:
		break;
	default:
		return fail(p, "a value");
	}
	if (take(p, "."))
		return name(p, true, pos);
	if (lex_is(&p->lex, "["))
		return collection(p, N_LIST, "]");
	if (lex_is(&p->lex, "{"))
		return collection(p, N_MAP, "}");
	if (!take(p, "("))
		return fail(p, "a value");
	n = expression(p);
	return n && expect(p, ")", "\")\"") ? n : NULL;
}

static struct node *select_member(struct parser *p, struct node *of)
{
	size_t pos = p->lex.start;
	lg_str text = p->lex.name;
	bool plain = p->lex.token == T_IDENT;
	struct node *n;

	if ((!plain && p->lex.token != T_QUOTED) || str_is(text, "in"))
		return fail(p, "the name of a field");
	if (plain && (str_is(text, "true") || str_is(text, "false") || str_is(text, "null")))
		return fail(p, "the name of a field");
	if (!lex_next(&p->lex))
		return NULL;
	if (plain && lex_is(&p->lex, "("))
		return call(p, text, of, pos, false);
	n = one(p, N_SELECT, pos, of);
	if (n)
		n->name = text;
	return n;
}

static struct node *members(struct parser *p, struct node *n)
{
	while (n) {
		size_t pos = p->lex.start;

		if (take(p, ".")) {
			n = select_member(p, n);
		} else if (take(p, "[")) {
			struct node *index = expression(p);

			n = index && expect(p, "]", "\"]\"") ? binary(p, N_INDEX, pos, n, index) : NULL;
		} else if (lex_is(&p->lex, "{")) {
			lex_fail(&p->lex, pos, "expressions do not make messages");
			return NULL;
		} else {
			break;
		}
	}
	return p->lex.token == T_BAD ? NULL : n;
}

/* ---- operators ---- */

/* A minus right before a number belongs to it: the smallest integer has no positive twin. */
static struct node *negated(struct parser *p, size_t pos)
{
	struct node *n;

	if (p->lex.token == T_NUMBER)
		return members(p, literal(p, true, pos));
	n = unary(p);
	return n ? one(p, N_NEG, pos, n) : NULL;
}

static struct node *unary(struct parser *p)
{
	size_t pos = p->lex.start;
	struct node *n;

	if (!lex_is(&p->lex, "!") && !lex_is(&p->lex, "-"))
		return members(p, primary(p));
	if (++p->depth > CEL_DEPTH_MAX) {
		lex_fail(&p->lex, pos, "the expression is nested too deeply");
		return NULL;
	}
	if (take(p, "-")) {
		n = negated(p, pos);
	} else {
		lex_next(&p->lex);
		n = unary(p);
		n = n ? one(p, N_NOT, pos, n) : NULL;
	}
	p->depth--;
	return n;
}

static const struct operator
{
	const char *text;
	uint8_t level, op;
}
operators[] = {
	{ "==", 1, N_EQ }, { "!=", 1, N_NE }, { "<", 1, N_LT },  { "<=", 1, N_LE },
	{ ">", 1, N_GT },  { ">=", 1, N_GE }, { "+", 2, N_ADD }, { "-", 2, N_SUB },
	{ "*", 3, N_MUL }, { "/", 3, N_DIV }, { "%", 3, N_MOD },
};

static const struct operator* operator_here(const struct parser *p, int level)
{
	static const struct operator in = { "in", 1, N_IN };

	if (level == 1 && p->lex.token == T_IDENT && str_is(p->lex.name, "in"))
		return &in;
	for (size_t i = 0; i < ARRAY_LEN(operators); i++)
		if (operators[i].level == level && lex_is(&p->lex, operators[i].text))
			return &operators[i];
	return NULL;
}

/* Relations (1), sums (2) and products (3), all from left to right. */
static struct node *level(struct parser *p, int n)
{
	struct node *left = n == 3 ? unary(p) : level(p, n + 1);
	const struct operator* o;

	while (left && (o = operator_here(p, n)) != NULL) {
		size_t pos = p->lex.start;
		struct node *right;

		if (!lex_next(&p->lex))
			return NULL;
		right = n == 3 ? unary(p) : level(p, n + 1);
		left = right ? binary(p, o->op, pos, left, right) : NULL;
	}
	return left;
}

/* a && b && c is one node. */
static struct node *junction(struct parser *p, enum node_op op)
{
	const char *text = op == N_OR ? "||" : "&&";
	size_t pos = 0;
	struct items l = { 0 };
	struct node *n;

	do {
		n = op == N_OR ? junction(p, N_AND) : level(p, 1);
		if (n == NULL)
			return NULL;
		push(p, &l, n);
		if (l.count == 1)
			pos = p->lex.start;
	} while (take(p, text));
	if (p->lex.token == T_BAD)
		return NULL;
	if (l.count == 1)
		return n;
	n = cel_node(p->lex.arena, op, pos, 0);
	n->args = l.items;
	n->count = l.count;
	return finish(p, n);
}

static struct node *conditional(struct parser *p)
{
	struct node *n = junction(p, N_OR), *c;
	size_t pos = p->lex.start;

	if (n == NULL || !take(p, "?"))
		return p->lex.token == T_BAD ? NULL : n;
	c = cel_node(p->lex.arena, N_COND, pos, 3);
	c->args[0] = n;
	c->args[1] = junction(p, N_OR);
	if (c->args[1] == NULL || !expect(p, ":", "\":\""))
		return NULL;
	c->args[2] = expression(p);
	return finish(p, c);
}

static struct node *expression(struct parser *p)
{
	struct node *n;

	if (++p->depth > CEL_DEPTH_MAX) {
		lex_fail(&p->lex, p->lex.start, "the expression is nested too deeply");
		return NULL;
	}
	n = conditional(p);
	p->depth--;
	return n;
}

struct node *cel_parse(struct arena *a, lg_str text, struct err *err)
{
	struct parser p = { .lex = { .text = text, .arena = a, .err = err } };
	struct node *n;

	if (text.len > CEL_TEXT_MAX) {
		lex_fail(&p.lex, 0, "the expression is longer than %u bytes", CEL_TEXT_MAX);
		return NULL;
	}
	if (!lex_next(&p.lex))
		return NULL;
	n = expression(&p);
	if (n && p.lex.token != T_END)
		return fail(&p, "an operator");
	return p.lex.token == T_BAD ? NULL : n;
}
