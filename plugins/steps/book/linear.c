#include "linear.h"

#include <stdio.h>
#include <string.h>

#define COEF_DIGITS 4

size_t names_find(const struct names *n, lg_str name)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->name[i].len == name.len && memcmp(n->name[i].ptr, name.ptr, name.len) == 0)
			return i;
	return VALUES_MAX;
}

/* ---- reading ---- */

struct scan {
	lg_str s;
	struct names *names;
	bool grow;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

static void skip(struct scan *p)
{
	while (p->s.len > 0 && (p->s.ptr[0] == ' ' || p->s.ptr[0] == '\t'))
		p->s = (lg_str){ p->s.ptr + 1, p->s.len - 1 };
}

static bool take(struct scan *p, char c)
{
	skip(p);
	if (p->s.len == 0 || p->s.ptr[0] != c)
		return false;
	p->s = (lg_str){ p->s.ptr + 1, p->s.len - 1 };
	return true;
}

/* A coefficient: up to nine digits, up to four behind the point. */
static const char *number(struct scan *p, int64_t *out)
{
	int64_t v = 0;
	int digits = 0, behind = -1;

	while (p->s.len > 0 && (is_digit(p->s.ptr[0]) || (p->s.ptr[0] == '.' && behind < 0))) {
		if (p->s.ptr[0] == '.')
			behind = 0;
		else
			v = v * 10 + p->s.ptr[0] - '0';
		if (p->s.ptr[0] != '.' && behind >= 0)
			behind++;
		if (++digits > 10 || behind > COEF_DIGITS)
			return "a factor has at most nine digits, four of them behind the point";
		p->s = (lg_str){ p->s.ptr + 1, p->s.len - 1 };
	}
	for (int i = behind < 0 ? 0 : behind; i < COEF_DIGITS; i++)
		v *= 10;
	*out = v;
	return NULL;
}

static const char *name_of(struct scan *p, size_t *at)
{
	size_t n = 0;

	while (n < p->s.len && is_name(p->s.ptr[n]))
		n++;
	if (n == 0 || is_digit(p->s.ptr[0]))
		return "expected the name of a value";
	*at = names_find(p->names, (lg_str){ p->s.ptr, n });
	if (*at == VALUES_MAX) {
		if (!p->grow)
			return "the event has no such value";
		if (p->names->count == VALUES_MAX)
			return "too many values";
		*at = p->names->count;
		p->names->name[p->names->count++] = (lg_str){ p->s.ptr, n };
	}
	p->s = (lg_str){ p->s.ptr + n, p->s.len - n };
	return NULL;
}

static const char *term(struct scan *p, int64_t sign, struct linear *out)
{
	int64_t coef = COEF_UNIT;
	size_t at = 0;
	const char *wrong = NULL;

	skip(p);
	if (p->s.len > 0 && is_digit(p->s.ptr[0])) {
		wrong = number(p, &coef);
		if (wrong == NULL && !take(p, '*'))
			wrong = "expected * and the name of a value behind a factor";
		skip(p);
	}
	if (wrong == NULL)
		wrong = name_of(p, &at);
	if (wrong == NULL)
		out->coef[at] += sign * coef;
	return wrong;
}

static const char *sum(struct scan *p, int64_t side, struct linear *out)
{
	int64_t sign = take(p, '-') ? -1 : 1;
	const char *wrong = term(p, side * sign, out);

	while (wrong == NULL) {
		if (take(p, '+'))
			sign = 1;
		else if (take(p, '-'))
			sign = -1;
		else
			break;
		wrong = term(p, side * sign, out);
	}
	return wrong;
}

const char *linear_parse(lg_str text, struct names *names, bool grow, struct linear *out)
{
	struct scan p = { text, names, grow };
	const char *wrong;

	memset(out, 0, sizeof *out);
	wrong = sum(&p, 1, out);
	skip(&p);
	return wrong == NULL && p.s.len > 0 ? "expected + or -" : wrong;
}

const char *linear_parse_equation(lg_str text, struct names *names, bool grow, struct linear *out)
{
	struct scan p = { text, names, grow };
	const char *wrong;

	memset(out, 0, sizeof *out);
	wrong = sum(&p, 1, out);
	if (wrong == NULL && !take(&p, '='))
		wrong = "expected =";
	if (wrong == NULL)
		wrong = sum(&p, -1, out);
	skip(&p);
	return wrong == NULL && p.s.len > 0 ? "expected + or -" : wrong;
}

/* ---- algebra ---- */

void linear_add(struct linear *to, const struct linear *l, int sign)
{
	for (size_t i = 0; i < VALUES_MAX; i++)
		to->coef[i] += sign * l->coef[i];
}

bool linear_is_zero(const struct linear *l)
{
	for (size_t i = 0; i < VALUES_MAX; i++)
		if (l->coef[i] != 0)
			return false;
	return true;
}

static int64_t gcd(int64_t a, int64_t b)
{
	a = a < 0 ? -a : a;
	b = b < 0 ? -b : b;
	while (b != 0) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static void shrink(struct linear *l)
{
	int64_t g = 0;

	for (size_t i = 0; i < VALUES_MAX; i++)
		g = gcd(g, l->coef[i]);
	for (size_t i = 0; g > 1 && i < VALUES_MAX; i++)
		l->coef[i] /= g;
}

/* Makes l's coefficient at `pivot` zero by adding a multiple of `by`; false when the numbers outgrow us. */
static bool eliminate(struct linear *l, const struct linear *by, size_t pivot)
{
	int64_t a = by->coef[pivot], b = l->coef[pivot];

	if (b == 0)
		return true;
	for (size_t i = 0; i < VALUES_MAX; i++) {
		int64_t x, y;

		if (__builtin_mul_overflow(l->coef[i], a, &x) || __builtin_mul_overflow(by->coef[i], b, &y) ||
		    __builtin_sub_overflow(x, y, &l->coef[i]))
			return false;
	}
	shrink(l);
	return true;
}

#define IDENTITIES_MAX 16

bool linear_follows(const struct linear *sum_, const struct linear *identities, size_t count)
{
	struct linear rest = *sum_, rows[IDENTITIES_MAX];
	bool used[IDENTITIES_MAX] = { false };

	if (count > IDENTITIES_MAX)
		return false;
	shrink(&rest);
	for (size_t i = 0; i < count; i++) {
		rows[i] = identities[i];
		shrink(&rows[i]);
	}
	for (size_t pivot = 0; pivot < VALUES_MAX; pivot++) {
		size_t at = 0;

		while (at < count && (used[at] || rows[at].coef[pivot] == 0))
			at++;
		if (at == count)
			continue;
		used[at] = true;
		for (size_t i = 0; i < count; i++)
			if (i != at && !used[i] && !eliminate(&rows[i], &rows[at], pivot))
				return false;
		if (!eliminate(&rest, &rows[at], pivot))
			return false;
	}
	return linear_is_zero(&rest);
}

bool linear_value(const struct lg_host *h, const struct linear *l, const lg_dec *values, size_t count, lg_dec *out)
{
	lg_dec total = { 0, 0 };

	for (size_t i = 0; i < count; i++) {
		lg_dec part = values[i];

		if (l->coef[i] == 0 || part.coef == 0)
			continue;
		if (l->coef[i] == -COEF_UNIT)
			part.coef = -part.coef;
		else if (l->coef[i] != COEF_UNIT &&
			 !h->dec_mul_round(part, (lg_dec){ l->coef[i], COEF_DIGITS }, part.scale + COEF_DIGITS, &part))
			return false;
		if (!h->dec_add(total, part, &total))
			return false;
	}
	*out = total;
	return true;
}

size_t linear_text(const struct linear *l, const struct names *names, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < names->count && n + 1 < size; i++) {
		int64_t c = l->coef[i], whole = (c < 0 ? -c : c);
		const char *sign = c < 0 ? (n ? " - " : "-") : (n ? " + " : "");
		int len = 0;

		if (c == 0)
			continue;
		if (whole == COEF_UNIT)
			len = snprintf(out + n, size - n, "%s%.*s", sign, (int)names->name[i].len, names->name[i].ptr);
		else
			len = snprintf(out + n, size - n, "%s%lld.%04lld * %.*s", sign, (long long)(whole / COEF_UNIT),
				       (long long)(whole % COEF_UNIT), (int)names->name[i].len, names->name[i].ptr);
		n += len < 0 ? 0 : (size_t)len < size - n ? (size_t)len : size - n - 1;
	}
	return n;
}
