/* Operators over values.  What the checker could not see (dyn) is looked at here again. */
#include "core/conf/cel_priv.h"

#include "core/base/date.h"
#include "core/base/dec.h"

#include <stdio.h>
#include <string.h>

static struct cel_value overflow(const struct node *n, enum cel_kind k)
{
	return cel_error(n, k == CEL_DEC ? "the decimal does not fit: 18 digits" : "integer overflow");
}

static struct cel_value int_op(const struct node *n, int64_t a, int64_t b)
{
	int64_t r = 0;
	bool over = false;

	if ((n->op == N_DIV || n->op == N_MOD) && b == 0)
		return cel_error(n, n->op == N_DIV ? "division by zero" : "modulus by zero");
	switch (n->op) {
	case N_ADD:
		over = __builtin_add_overflow(a, b, &r);
		break;
	case N_SUB:
		over = __builtin_sub_overflow(a, b, &r);
		break;
	case N_MUL:
		over = __builtin_mul_overflow(a, b, &r);
		break;
	default:
		over = a == INT64_MIN && b == -1;
		if (!over)
			r = n->op == N_DIV ? a / b : a % b;
	}
	return over ? overflow(n, CEL_INT) : cel_of_int(r);
}

static struct cel_value uint_op(const struct node *n, uint64_t a, uint64_t b)
{
	uint64_t r = 0;
	bool over = false;

	if ((n->op == N_DIV || n->op == N_MOD) && b == 0)
		return cel_error(n, n->op == N_DIV ? "division by zero" : "modulus by zero");
	switch (n->op) {
	case N_ADD:
		over = __builtin_add_overflow(a, b, &r);
		break;
	case N_SUB:
		over = __builtin_sub_overflow(a, b, &r);
		break;
	case N_MUL:
		over = __builtin_mul_overflow(a, b, &r);
		break;
	default:
		r = n->op == N_DIV ? a / b : a % b;
	}
	return over ? overflow(n, CEL_INT) : cel_of_uint(r);
}

static struct cel_value dec_op(struct eval *e, const struct node *n, struct cel_value a, struct cel_value b)
{
	lg_dec x, y, r;
	bool ok;

	if (n->op == N_MOD)
		return cel_no_overload(e, n, (struct cel_value[]){ a, b }, 2);
	if (n->op == N_DIV)
		return cel_error(n, "a decimal division must stand inside round(x, digits)");
	if (!cel_to_dec(a, &x) || !cel_to_dec(b, &y))
		return overflow(n, CEL_DEC);
	ok = n->op == N_ADD ? dec_add(x, y, &r) : n->op == N_SUB ? dec_sub(x, y, &r) : dec_mul(x, y, &r);
	return ok ? cel_of_dec(r) : overflow(n, CEL_DEC);
}

/* Days are counted between dates; a date and an integer make a date. */
static struct cel_value date_op(struct eval *e, const struct node *n, struct cel_value a, struct cel_value b)
{
	lg_date first, last;
	int64_t r;

	date_from_ymd(1, 1, 1, &first);
	date_from_ymd(9999, 12, 31, &last);
	if (n->op == N_SUB && a.kind == CEL_DATE && b.kind == CEL_DATE)
		return cel_of_int(a.v.i - b.v.i);
	if (n->op == N_ADD && a.kind == CEL_INT) {
		struct cel_value t = a;

		a = b;
		b = t;
	}
	if (a.kind != CEL_DATE || b.kind != CEL_INT || (n->op != N_ADD && n->op != N_SUB))
		return cel_no_overload(e, n, (struct cel_value[]){ a, b }, 2);
	if (n->op == N_ADD ? __builtin_add_overflow(a.v.i, b.v.i, &r) : __builtin_sub_overflow(a.v.i, b.v.i, &r))
		return overflow(n, CEL_INT);
	if (r < first || r > last)
		return cel_error(n, "the date is out of range: years 1 to 9999");
	return cel_of_date((lg_date)r);
}

static struct cel_value time_op(struct eval *e, const struct node *n, struct cel_value a, struct cel_value b)
{
	cel_wide x = a.kind == CEL_TIME ? cel_time_nanos(a) : a.v.i, y = b.kind == CEL_TIME ? cel_time_nanos(b) : b.v.i;
	bool add = n->op == N_ADD, instant = (a.kind == CEL_TIME) != (b.kind == CEL_TIME);
	struct cel_value out;
	cel_wide r;

	if ((!add && n->op != N_SUB) || (a.kind != CEL_TIME && a.kind != CEL_DURATION) ||
	    (b.kind != CEL_TIME && b.kind != CEL_DURATION) || (add && a.kind == CEL_TIME && b.kind == CEL_TIME) ||
	    (!add && a.kind == CEL_DURATION && b.kind == CEL_TIME))
		return cel_no_overload(e, n, (struct cel_value[]){ a, b }, 2);
	r = add ? x + y : x - y;
	if (!instant)
		return r < INT64_MIN || r > INT64_MAX ? cel_error(n, "the duration is out of range")
						      : cel_duration((int64_t)r);
	return cel_time_of_nanos(r, &out) ? out : cel_error(n, "the timestamp is out of range: years 1 to 9999");
}

static struct cel_value concat(struct eval *e, const struct node *n, struct cel_value a, struct cel_value b)
{
	size_t len = (size_t)a.n + b.n;
	char *p;

	if (b.n == 0 || a.n == 0)
		return a.n ? a : b;
	p = cel_take(e, len);
	if (p == NULL || !cel_spend(e, len / 16))
		return cel_broke(n);
	memcpy(p, a.v.s, a.n);
	memcpy(p + a.n, b.v.s, b.n);
	return (struct cel_value){ .kind = a.kind, .n = (uint32_t)len, .v.s = p };
}

static struct cel_value join(struct eval *e, const struct node *n, const struct cel_list *a, const struct cel_list *b)
{
	size_t count = a->count + b->count;
	struct cel_value *items = cel_take(e, count * sizeof *items + sizeof *a);

	if (items == NULL || !cel_spend(e, count))
		return cel_broke(n);
	if (a->count > 0)
		memcpy(items, a->items, a->count * sizeof *items);
	if (b->count > 0)
		memcpy(items + a->count, b->items, b->count * sizeof *items);
	return cel_of_list(e->arena, items, count);
}

static struct cel_value arithmetic(struct eval *e, const struct node *n, struct cel_value a, struct cel_value b)
{
	if (a.kind == CEL_NUM && !cel_num_value(a, &a))
		return overflow(n, CEL_DEC);
	if (b.kind == CEL_NUM && !cel_num_value(b, &b))
		return overflow(n, CEL_DEC);
	if (a.kind == CEL_INT && b.kind == CEL_INT)
		return int_op(n, a.v.i, b.v.i);
	if (a.kind == CEL_UINT && b.kind == CEL_UINT)
		return uint_op(n, a.v.u, b.v.u);
	if ((a.kind == CEL_DEC && cel_is_number(b.kind)) || (b.kind == CEL_DEC && cel_is_number(a.kind)))
		return dec_op(e, n, a, b);
	if (a.kind == CEL_DATE || b.kind == CEL_DATE)
		return date_op(e, n, a, b);
	if (a.kind == CEL_TIME || a.kind == CEL_DURATION)
		return time_op(e, n, a, b);
	if (n->op == N_ADD && a.kind == b.kind && (a.kind == CEL_STR || a.kind == CEL_BYTES))
		return concat(e, n, a, b);
	if (n->op == N_ADD && a.kind == CEL_LIST && b.kind == CEL_LIST)
		return join(e, n, a.v.list, b.v.list);
	return cel_no_overload(e, n, (struct cel_value[]){ a, b }, 2);
}

static struct cel_value equality(struct eval *e, const struct node *n, struct cel_value a, struct cel_value b)
{
	bool eq = cel_equal_within(a, b, &e->steps);

	return e->steps == 0 ? cel_broke(n) : cel_of_bool(eq == (n->op == N_EQ));
}

static struct cel_value comparison(struct eval *e, const struct node *n, struct cel_value a, struct cel_value b)
{
	int c;

	if ((a.kind == CEL_STR || a.kind == CEL_BYTES) && !cel_spend(e, MIN(a.n, b.n) / 64))
		return cel_broke(n);
	if (!cel_order(a, b, &c))
		return cel_no_overload(e, n, (struct cel_value[]){ a, b }, 2);
	return cel_of_bool(n->op == N_LT ? c < 0 : n->op == N_LE ? c <= 0 : n->op == N_GT ? c > 0 : c >= 0);
}

static struct cel_value contained(struct eval *e, const struct node *n, struct cel_value a, struct cel_value b)
{
	if (b.kind == CEL_MAP) {
		if (!cel_spend(e, b.v.map->count))
			return cel_broke(n);
		return cel_of_bool(a.kind != CEL_LIST && a.kind != CEL_MAP && cel_map_get(b.v.map, a) != NULL);
	}
	if (b.kind != CEL_LIST)
		return cel_no_overload(e, n, (struct cel_value[]){ a, b }, 2);
	for (size_t i = 0; i < b.v.list->count; i++) {
		bool eq = cel_equal_within(a, b.v.list->items[i], &e->steps);

		if (eq || e->steps == 0)
			return eq ? cel_of_bool(true) : cel_broke(n);
	}
	return cel_of_bool(false);
}

struct cel_value cel_binary(struct eval *e, const struct node *n, struct cel_value a, struct cel_value b)
{
	switch (n->op) {
	case N_EQ:
	case N_NE:
		return equality(e, n, a, b);
	case N_LT:
	case N_LE:
	case N_GT:
	case N_GE:
		return comparison(e, n, a, b);
	case N_IN:
		return contained(e, n, a, b);
	default:
		return arithmetic(e, n, a, b);
	}
}

struct cel_value cel_negate(struct eval *e, const struct node *n, struct cel_value a)
{
	if (a.kind == CEL_NUM && !cel_num_value(a, &a))
		return overflow(n, CEL_DEC);
	if (a.kind == CEL_INT)
		return a.v.i == INT64_MIN ? overflow(n, CEL_INT) : cel_of_int(-a.v.i);
	if (a.kind == CEL_DEC)
		return cel_of_dec(dec_neg(cel_dec(a)));
	if (a.kind == CEL_DURATION)
		return a.v.i == INT64_MIN ? cel_error(n, "the duration is out of range") : cel_duration(-a.v.i);
	return cel_no_overload(e, n, &a, 1);
}

/* ---- round(): exact fractions of 127 bits, rounded once at the end ---- */

struct ratio {
	cel_wide num, den; /* den > 0, lowest terms */
};

static cel_wide gcd(cel_wide a, cel_wide b)
{
	a = a < 0 ? -a : a;
	while (b != 0) {
		cel_wide t = a % b;

		a = b;
		b = t;
	}
	return a;
}

/* The builtin would need a function that clang's usual runtime library does not have. */
static bool wide_mul(cel_wide a, cel_wide b, cel_wide *out)
{
	const cel_wide max = (((cel_wide)1 << 126) - 1) * 2 + 1;
	cel_wide x = a < 0 ? -a : a, y = b < 0 ? -b : b;

	if (x != 0 && y > max / x)
		return false;
	*out = a * b;
	return true;
}

static struct ratio lowest(struct ratio r)
{
	cel_wide g = gcd(r.num, r.den);

	if (g > 1) {
		r.num /= g;
		r.den /= g;
	}
	return r;
}

static bool ratio_mul(struct ratio a, struct ratio b, struct ratio *out)
{
	/* Crosswise reduction keeps the products small. */
	struct ratio x = lowest((struct ratio){ a.num, b.den }), y = lowest((struct ratio){ b.num, a.den });

	if (!wide_mul(x.num, y.num, &out->num) || !wide_mul(x.den, y.den, &out->den))
		return false;
	*out = lowest(*out);
	return true;
}

static bool ratio_add(struct ratio a, struct ratio b, struct ratio *out)
{
	cel_wide g = gcd(a.den, b.den), x, y;

	if (!wide_mul(a.num, b.den / g, &x) || !wide_mul(b.num, a.den / g, &y) ||
	    __builtin_add_overflow(x, y, &out->num) || !wide_mul(a.den, b.den / g, &out->den))
		return false;
	*out = lowest(*out);
	return true;
}

/* An error, or NULL kind and *out. */
static struct cel_value ratio(struct eval *e, const struct node *n, struct ratio *out);

static struct cel_value ratio_op(struct eval *e, const struct node *n, struct ratio *out)
{
	const struct cel_value none = { .kind = CEL_NULL };
	struct ratio a, b;
	struct cel_value v = ratio(e, n->args[0], &a);
	bool ok;

	if (v.kind == CEL_ERROR)
		return v;
	v = ratio(e, n->args[1], &b);
	if (v.kind == CEL_ERROR)
		return v;
	if (n->op == N_DIV) {
		if (b.num == 0)
			return cel_error(n, "division by zero");
		b = b.num < 0 ? (struct ratio){ -b.den, -b.num } : (struct ratio){ b.den, b.num };
	}
	if (n->op == N_SUB)
		b.num = -b.num;
	ok = n->op == N_DIV || n->op == N_MUL ? ratio_mul(a, b, out) : ratio_add(a, b, out);
	return ok ? none : cel_error(n, "the fraction does not fit");
}

static struct cel_value ratio(struct eval *e, const struct node *n, struct ratio *out)
{
	struct cel_number x;
	struct cel_value v;

	if (n->exact && (n->op == N_ADD || n->op == N_SUB || n->op == N_MUL || n->op == N_DIV))
		return cel_spend(e, 1) ? ratio_op(e, n, out) : cel_broke(n);
	if (n->exact && n->op == N_NEG) {
		v = ratio(e, n->args[0], out);
		out->num = v.kind == CEL_ERROR ? 0 : -out->num;
		return v;
	}
	if (n->exact && n->op == N_COND) {
		v = cel_run(e, n->args[0]);
		if (v.kind != CEL_BOOL)
			return v.kind == CEL_ERROR ? v : cel_no_overload(e, n, &v, 1);
		return ratio(e, n->args[v.v.b ? 1 : 2], out);
	}
	v = cel_run(e, n);
	if (v.kind == CEL_ERROR)
		return v;
	if (!cel_number(v, &x))
		return v.kind == CEL_NUM ? overflow(n, CEL_DEC) : cel_no_overload(e, n, &v, 1);
	*out = (struct ratio){ x.coef, 1 };
	for (; x.scale > 0; x.scale--)
		out->den *= 10;
	*out = lowest(*out);
	return (struct cel_value){ .kind = CEL_NULL };
}

/* Half away from zero, at `digits` behind the point (before it when negative). */
static bool ratio_round(struct ratio r, int64_t digits, lg_dec *out)
{
	cel_wide q, rest;

	for (int64_t i = digits; i > 0; i--)
		if (!wide_mul(r.num, 10, &r.num))
			return false;
	for (int64_t i = digits; i < 0; i++)
		if (!wide_mul(r.den, 10, &r.den))
			return false;
	q = r.num / r.den;
	rest = r.num % r.den;
	rest = rest < 0 ? -rest : rest;
	if (rest >= r.den - rest)
		q += r.num < 0 ? -1 : 1;
	for (int64_t i = digits; i < 0; i++)
		if (!wide_mul(q, 10, &q))
			return false;
	for (; digits > 0 && q % 10 == 0; digits--)
		q /= 10;
	if (q > INT64_MAX || q < -INT64_MAX)
		return false;
	*out = dec_reduce((lg_dec){ (int64_t)q, (uint8_t)MAX(digits, 0) });
	return true;
}

struct cel_value cel_round(struct eval *e, const struct node *n)
{
	struct cel_value digits = cel_run(e, n->args[1]), v;
	struct ratio r = { 0, 1 };
	lg_dec out;

	if (digits.kind == CEL_ERROR)
		return digits;
	if (digits.kind == CEL_NUM && !cel_num_value(digits, &digits))
		return overflow(n, CEL_INT);
	if (digits.kind != CEL_INT || digits.v.i < -DEC_SCALE_MAX || digits.v.i > DEC_SCALE_MAX)
		return cel_error(n->args[1], "round() takes -18 to 18 digits");
	v = ratio(e, n->args[0], &r);
	if (v.kind == CEL_ERROR)
		return v;
	return ratio_round(r, digits.v.i, &out) ? cel_of_dec(out) : overflow(n, CEL_DEC);
}
