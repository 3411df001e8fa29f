/* The functions of the standard definitions, and those of dates. */
#include "core/conf/cel_priv.h"

#include "core/base/date.h"
#include "core/base/dec.h"

#include <stdio.h>
#include <string.h>

#define FN(name) static struct cel_value name(struct eval *e, const struct node *n, const struct cel_value *args)

/* A text made here; a constant costs nothing. */
static struct cel_value text(struct eval *e, const struct node *n, const char *s, size_t len)
{
	char *p = cel_take(e, len);

	if (p == NULL)
		return cel_broke(n);
	memcpy(p, s, len);
	return cel_of_str((lg_str){ p, len });
}

static struct cel_value bad(const struct node *n, struct eval *e, const char *what, struct cel_value v)
{
	char *p = cel_take(e, 160);

	if (p == NULL)
		return cel_broke(n);
	snprintf(p, 160, "\"%.*s\" is no %s", (int)MIN(v.n, 100u), v.v.s, what);
	return cel_error(n, p);
}

FN(same)
{
	(void)e;
	(void)n;
	return args[0];
}

/* ---- sizes and texts ---- */

FN(size_text)
{
	lg_str s = cel_str(args[0]);
	int64_t count = 0;

	if (!cel_spend(e, s.len / 16))
		return cel_broke(n);
	for (size_t i = 0; i < s.len; i++)
		count += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
	return cel_of_int(count);
}

FN(size_bytes)
{
	(void)e;
	(void)n;
	return cel_of_int(args[0].n);
}

FN(size_list)
{
	(void)e;
	(void)n;
	return cel_of_int((int64_t)args[0].v.list->count);
}

FN(size_map)
{
	(void)e;
	(void)n;
	return cel_of_int((int64_t)args[0].v.map->count);
}

FN(contains)
{
	lg_str s = cel_str(args[0]), part = cel_str(args[1]);

	/* Searching may take length times length. */
	if (!cel_spend(e, s.len / 16 * (part.len / 16 + 1)))
		return cel_broke(n);
	return cel_of_bool(part.len == 0 || str_find(s, part) < s.len);
}

FN(starts_with)
{
	return cel_spend(e, args[1].n / 64) ? cel_of_bool(str_starts(cel_str(args[0]), cel_str(args[1])))
					    : cel_broke(n);
}

FN(ends_with)
{
	return cel_spend(e, args[1].n / 64) ? cel_of_bool(str_ends(cel_str(args[0]), cel_str(args[1]))) : cel_broke(n);
}

#define REGEX_STEPS 20000 /* what making one from a text that is not known at load costs */

FN(matches)
{
	const struct regex *ready = n->extra;
	struct regex *r;
	char why[120];
	bool is;

	if (!cel_spend(e, args[0].n / 8 + (ready ? 0 : REGEX_STEPS)))
		return cel_broke(n);
	if (ready)
		return cel_of_bool(regex_match(ready, args[0].v.s, args[0].n));
	r = regex_new(args[1].v.s, args[1].n, why, sizeof why);
	if (r == NULL)
		return bad(n, e, "regular expression", args[1]);
	is = regex_match(r, args[0].v.s, args[0].n);
	regex_free(r);
	return cel_of_bool(is);
}

/* ---- conversions ---- */

static struct cel_value integer(const struct node *n, cel_wide v, bool is_unsigned)
{
	if (is_unsigned ? v < 0 || v > UINT64_MAX : v < INT64_MIN || v > INT64_MAX)
		return cel_error(n, "the integer is out of range");
	return is_unsigned ? cel_of_uint((uint64_t)v) : cel_of_int((int64_t)v);
}

static struct cel_value truncated(struct eval *e, const struct node *n, struct cel_value v, bool is_unsigned)
{
	struct cel_number x;

	if (!cel_number(v, &x))
		return bad(n, e, "integer", v);
	for (; x.scale > 0; x.scale--)
		x.coef /= 10;
	return integer(n, x.coef, is_unsigned);
}

FN(to_int)
{
	return truncated(e, n, args[0], false);
}

FN(to_uint)
{
	return truncated(e, n, args[0], true);
}

FN(int_of_text)
{
	int64_t i;

	return str_i64(cel_str(args[0]), &i) ? cel_of_int(i) : bad(n, e, "integer", args[0]);
}

FN(uint_of_text)
{
	lg_str s = cel_str(args[0]);
	uint64_t v = 0;

	if (!str_is_digits(s) || s.len > 20)
		return bad(n, e, "unsigned integer", args[0]);
	for (size_t i = 0; i < s.len; i++)
		if (__builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, (uint64_t)(s.ptr[i] - '0'), &v))
			return cel_error(n, "the integer is out of range");
	return cel_of_uint(v);
}

FN(int_of_time)
{
	(void)e;
	(void)n;
	return cel_of_int(args[0].v.i);
}

FN(to_dec)
{
	lg_dec d;

	if (cel_to_dec(args[0], &d))
		return cel_of_dec(d);
	return args[0].kind == CEL_NUM ? bad(n, e, "decimal that fits: 18 digits", args[0])
				       : cel_error(n, "the decimal does not fit: 18 digits");
}

FN(dec_of_text)
{
	lg_dec d;

	return cel_dec_parse(cel_str(args[0]), &d) ? cel_of_dec(d) : bad(n, e, "decimal", args[0]);
}

FN(text_of_int)
{
	char s[32];

	return text(e, n, s, (size_t)snprintf(s, sizeof s, "%lld", (long long)args[0].v.i));
}

FN(text_of_uint)
{
	char s[32];

	return text(e, n, s, (size_t)snprintf(s, sizeof s, "%llu", (unsigned long long)args[0].v.u));
}

FN(text_of_dec)
{
	char s[DEC_TEXT_MAX];

	return text(e, n, s, dec_text(cel_dec(args[0]), 0, s));
}

FN(text_of_num)
{
	(void)e;
	(void)n;
	return cel_of_str(cel_str(args[0]));
}

FN(text_of_bool)
{
	(void)e;
	(void)n;
	return args[0].v.b ? cel_of_str(LG_STR("true")) : cel_of_str(LG_STR("false"));
}

FN(text_of_date)
{
	char s[DATE_TEXT_MAX];

	return text(e, n, s, date_text((lg_date)args[0].v.i, s));
}

FN(text_of_time)
{
	char s[64];

	return text(e, n, s, cel_time_text(args[0], s, sizeof s));
}

FN(text_of_duration)
{
	char s[64];

	return text(e, n, s, cel_duration_text(args[0], s, sizeof s));
}

FN(text_of_bytes)
{
	if (!cel_spend(e, args[0].n / 16))
		return cel_broke(n);
	return str_is_utf8(cel_str(args[0])) ? cel_of_str(cel_str(args[0])) : cel_error(n, "the bytes are not UTF-8");
}

FN(bytes_of_text)
{
	(void)e;
	(void)n;
	return cel_of_bytes(cel_str(args[0]));
}

FN(bool_of_text)
{
	static const char *const words[] = { "false", "true", "0", "1", "f", "t", "FALSE", "TRUE", "False", "True" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_is(cel_str(args[0]), words[i]))
			return cel_of_bool(i % 2);
	return bad(n, e, "bool", args[0]);
}

FN(type_of)
{
	struct cel_value v = args[0];

	(void)e;
	(void)n;
	if (v.kind == CEL_NUM && !cel_num_value(v, &v))
		return cel_of_type(CEL_DEC);
	return cel_of_type(v.kind);
}

/* ---- instants, durations, dates ---- */

FN(time_of_text)
{
	struct cel_value v;

	return cel_time_parse(cel_str(args[0]), &v) ? v : bad(n, e, "timestamp (RFC 3339, years 1 to 9999)", args[0]);
}

FN(time_of_int)
{
	(void)e;
	if (args[0].v.i < CEL_SECONDS_MIN || args[0].v.i > CEL_SECONDS_MAX)
		return cel_error(n, "the timestamp is out of range: years 1 to 9999");
	return cel_instant(args[0].v.i, 0);
}

FN(time_of_date)
{
	(void)e;
	(void)n;
	return cel_instant(args[0].v.i * 86400, 0);
}

FN(duration_of_text)
{
	struct cel_value v;

	return cel_duration_parse(cel_str(args[0]), &v) ? v
							: bad(n, e, "duration (1h30m, 100ms), or too long", args[0]);
}

FN(date_of_text)
{
	lg_date d;

	return date_parse(cel_str(args[0]), &d) ? cel_of_date(d) : bad(n, e, "date (YYYY-MM-DD)", args[0]);
}

FN(date_of_time)
{
	int64_t day = args[0].v.i / 86400 - (args[0].v.i % 86400 < 0);

	(void)e;
	(void)n;
	return cel_of_date((lg_date)day);
}

static int64_t date_part(struct cel_value d, int part)
{
	int ymd[3];

	date_to_ymd((lg_date)d.v.i, &ymd[0], &ymd[1], &ymd[2]);
	return ymd[part];
}

FN(year)
{
	(void)e;
	(void)n;
	return cel_of_int(date_part(args[0], 0));
}

FN(month)
{
	(void)e;
	(void)n;
	return cel_of_int(date_part(args[0], 1));
}

FN(day)
{
	(void)e;
	(void)n;
	return cel_of_int(date_part(args[0], 2));
}

FN(weekday)
{
	(void)e;
	(void)n;
	return cel_of_int(date_weekday((lg_date)args[0].v.i));
}

FN(add_months)
{
	int64_t m = args[1].v.i, y = date_part(args[0], 0);

	(void)e;
	if (m < -120000 || m > 120000 || y * 12 + date_part(args[0], 1) - 1 + m < 12 ||
	    y * 12 + date_part(args[0], 1) - 1 + m >= 120000)
		return cel_error(n, "the date is out of range: years 1 to 9999");
	return cel_of_date(date_add_months((lg_date)args[0].v.i, (int)m));
}

/* clang-format off */
static const struct cel_func funcs[] = {
	{ "size", false, 1, { CEL_STR }, CEL_INT, size_text },
	{ "size", false, 1, { CEL_BYTES }, CEL_INT, size_bytes },
	{ "size", false, 1, { CEL_LIST }, CEL_INT, size_list },
	{ "size", false, 1, { CEL_MAP }, CEL_INT, size_map },
	{ "size", true, 1, { CEL_STR }, CEL_INT, size_text },
	{ "size", true, 1, { CEL_BYTES }, CEL_INT, size_bytes },
	{ "size", true, 1, { CEL_LIST }, CEL_INT, size_list },
	{ "size", true, 1, { CEL_MAP }, CEL_INT, size_map },
	{ "contains", true, 2, { CEL_STR, CEL_STR }, CEL_BOOL, contains },
	{ "startsWith", true, 2, { CEL_STR, CEL_STR }, CEL_BOOL, starts_with },
	{ "endsWith", true, 2, { CEL_STR, CEL_STR }, CEL_BOOL, ends_with },
	{ "matches", true, 2, { CEL_STR, CEL_STR }, CEL_BOOL, matches },
	{ "matches", false, 2, { CEL_STR, CEL_STR }, CEL_BOOL, matches },
	{ "int", false, 1, { CEL_INT }, CEL_INT, same },
	{ "int", false, 1, { CEL_UINT }, CEL_INT, to_int },
	{ "int", false, 1, { CEL_DEC }, CEL_INT, to_int },
	{ "int", false, 1, { CEL_NUM }, CEL_INT, to_int },
	{ "int", false, 1, { CEL_STR }, CEL_INT, int_of_text },
	{ "int", false, 1, { CEL_TIME }, CEL_INT, int_of_time },
	{ "uint", false, 1, { CEL_UINT }, CEL_UINT, same },
	{ "uint", false, 1, { CEL_INT }, CEL_UINT, to_uint },
	{ "uint", false, 1, { CEL_DEC }, CEL_UINT, to_uint },
	{ "uint", false, 1, { CEL_NUM }, CEL_UINT, to_uint },
	{ "uint", false, 1, { CEL_STR }, CEL_UINT, uint_of_text },
	{ "decimal", false, 1, { CEL_DEC }, CEL_DEC, same },
	{ "decimal", false, 1, { CEL_INT }, CEL_DEC, to_dec },
	{ "decimal", false, 1, { CEL_UINT }, CEL_DEC, to_dec },
	{ "decimal", false, 1, { CEL_NUM }, CEL_DEC, to_dec },
	{ "decimal", false, 1, { CEL_STR }, CEL_DEC, dec_of_text },
	/* CEL's name; the number is exact here too */
	{ "double", false, 1, { CEL_DEC }, CEL_DEC, same },
	{ "double", false, 1, { CEL_INT }, CEL_DEC, to_dec },
	{ "double", false, 1, { CEL_UINT }, CEL_DEC, to_dec },
	{ "double", false, 1, { CEL_NUM }, CEL_DEC, to_dec },
	{ "double", false, 1, { CEL_STR }, CEL_DEC, dec_of_text },
	{ "string", false, 1, { CEL_STR }, CEL_STR, same },
	{ "string", false, 1, { CEL_INT }, CEL_STR, text_of_int },
	{ "string", false, 1, { CEL_UINT }, CEL_STR, text_of_uint },
	{ "string", false, 1, { CEL_DEC }, CEL_STR, text_of_dec },
	{ "string", false, 1, { CEL_NUM }, CEL_STR, text_of_num },
	{ "string", false, 1, { CEL_BOOL }, CEL_STR, text_of_bool },
	{ "string", false, 1, { CEL_DATE }, CEL_STR, text_of_date },
	{ "string", false, 1, { CEL_TIME }, CEL_STR, text_of_time },
	{ "string", false, 1, { CEL_DURATION }, CEL_STR, text_of_duration },
	{ "string", false, 1, { CEL_BYTES }, CEL_STR, text_of_bytes },
	{ "bytes", false, 1, { CEL_BYTES }, CEL_BYTES, same },
	{ "bytes", false, 1, { CEL_STR }, CEL_BYTES, bytes_of_text },
	{ "bool", false, 1, { CEL_BOOL }, CEL_BOOL, same },
	{ "bool", false, 1, { CEL_STR }, CEL_BOOL, bool_of_text },
	{ "type", false, 1, { CEL_DYN }, CEL_TYPE, type_of },
	{ "timestamp", false, 1, { CEL_STR }, CEL_TIME, time_of_text },
	{ "timestamp", false, 1, { CEL_INT }, CEL_TIME, time_of_int },
	{ "timestamp", false, 1, { CEL_TIME }, CEL_TIME, same },
	{ "timestamp", false, 1, { CEL_DATE }, CEL_TIME, time_of_date },
	{ "duration", false, 1, { CEL_STR }, CEL_DURATION, duration_of_text },
	{ "duration", false, 1, { CEL_DURATION }, CEL_DURATION, same },
	{ "date", false, 1, { CEL_STR }, CEL_DATE, date_of_text },
	{ "date", false, 1, { CEL_TIME }, CEL_DATE, date_of_time },
	{ "date", false, 1, { CEL_DATE }, CEL_DATE, same },
	{ "year", true, 1, { CEL_DATE }, CEL_INT, year },
	{ "month", true, 1, { CEL_DATE }, CEL_INT, month },
	{ "day", true, 1, { CEL_DATE }, CEL_INT, day },
	{ "weekday", true, 1, { CEL_DATE }, CEL_INT, weekday },
	{ "addMonths", true, 2, { CEL_DATE, CEL_INT }, CEL_DATE, add_months },
	{ NULL, false, 0, { 0 }, 0, NULL },
};
/* clang-format on */

static const struct cel_func *const tables[] = { funcs, cel_time_funcs };

const struct cel_func *cel_func_find(lg_str name, bool member)
{
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const struct cel_func *f = tables[t]; f->name; f++)
			if (f->member == member && str_is(name, f->name))
				return f;
	return NULL;
}

const struct cel_func *cel_func_next(const struct cel_func *f)
{
	const struct cel_func *next = f + 1;

	return next->name && next->member == f->member && strcmp(next->name, f->name) == 0 ? next : NULL;
}

const char *cel_func_suggest(lg_str name, bool member)
{
	static const char *const macros[] = { "exists", "exists_one", "filter", "all", "map" };
	const char *best = member ? NULL : "round";
	size_t least = best ? str_distance(name, LG_STR("round"), 2) : 3;

	if (least > 2)
		best = NULL;
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const struct cel_func *f = tables[t]; f->name; f++)
			if (f->member == member && str_distance(name, str_of(f->name), 2) < least) {
				least = str_distance(name, str_of(f->name), 2);
				best = f->name;
			}
	for (size_t i = 0; member && i < ARRAY_LEN(macros); i++)
		if (str_distance(name, str_of(macros[i]), 2) < least) {
			least = str_distance(name, str_of(macros[i]), 2);
			best = macros[i];
		}
	return best;
}

/* ---- constant arguments ---- */

static void free_regex(void *r)
{
	regex_free(r);
}

static bool is_text(const struct node *n)
{
	return n->op == N_CONST && n->u.value.kind == CEL_STR;
}

static bool prepare_regex(struct arena *a, struct node *n, struct err *err)
{
	lg_str pattern = cel_str(n->args[1]->u.value);
	char why[200];
	struct regex *r = regex_new(pattern.ptr, pattern.len, why, sizeof why);

	if (r == NULL)
		return err_set(err, ERR_CONFIG, "cel.regex", "wrong pattern: %s", why);
	arena_defer(a, free_regex, r);
	n->extra = r;
	return true;
}

static bool prepare_zone(struct arena *a, struct node *n, struct err *err)
{
	lg_str name = cel_str(n->args[1]->u.value);

	n->extra = cel_zone_load(a, name);
	return n->extra || err_set(err, ERR_CONFIG, "cel.zone", "there is no time zone \"%.*s\"", STRA(name));
}

/* date("2026-11-25") is that day from here on. */
static bool fold_constant(struct arena *a, struct node *n, struct err *err)
{
	struct eval e = { .arena = a, .steps = CEL_STEPS, .bytes = CEL_BYTES_MAX };
	struct cel_value v;

	for (const struct cel_func *f = n->u.func; f; f = cel_func_next(f)) {
		if (f->args[0] != CEL_STR)
			continue;
		v = f->fn(&e, n, &n->args[0]->u.value);
		if (v.kind == CEL_ERROR)
			return err_set(err, ERR_CONFIG, "cel.value", "%s", v.v.s);
		n->op = N_CONST;
		n->count = 0;
		n->u.value = v;
		return true;
	}
	return true;
}

bool cel_func_prepare(struct arena *a, struct node *n, struct err *err)
{
	const char *name = n->u.func->name;

	if (n->count == 2 && is_text(n->args[1]) && strcmp(name, "matches") == 0)
		return prepare_regex(a, n, err);
	if (n->count == 2 && is_text(n->args[1]) && n->member && strncmp(name, "get", 3) == 0)
		return prepare_zone(a, n, err);
	if (n->count == 1 && is_text(n->args[0]) &&
	    (strcmp(name, "date") == 0 || strcmp(name, "timestamp") == 0 || strcmp(name, "duration") == 0))
		return fold_constant(a, n, err);
	return true;
}
