/* options_value.c - single values of option rows: text to member, ranges, and how both read in a message. */
#include "core/conf/options_priv.h"

#include "core/base/date.h"
#include "core/base/dec.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 60 /* bytes of a value in a message */

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit durations[] = {
	{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 }, { NULL, 0 },
};
static const struct unit sizes[] = {
	{ "B", 1 },         { "KiB", 1 << 10 },          { "MiB", 1 << 20 },
	{ "GiB", 1 << 30 }, { "TiB", (int64_t)1 << 40 }, { NULL, 0 },
};

static const struct unit *find_unit(const struct unit *units, lg_str name)
{
	for (; units->name != NULL; units++)
		if (str_is(name, units->name))
			return units;
	return NULL;
}

/* Takes digits and then a unit off the front; the unit ends at the next digit. */
static bool take_part(lg_str *text, const struct unit *units, int64_t *out)
{
	size_t digits = 0, end;
	const struct unit *u;
	int64_t n;

	while (digits < text->len && text->ptr[digits] >= '0' && text->ptr[digits] <= '9')
		digits++;
	for (end = digits; end < text->len && (text->ptr[end] < '0' || text->ptr[end] > '9');)
		end++;
	u = find_unit(units, str_sub(*text, digits, end - digits));
	if (u == NULL || !str_i64(str_sub(*text, 0, digits), &n) || __builtin_mul_overflow(n, u->factor, out))
		return false;
	*text = str_from(*text, end);
	return true;
}

bool options_duration(lg_str text, int64_t *ms)
{
	int64_t sum = 0, part;

	if (text.len == 0)
		return false;
	if (!str_is(text, "0"))
		for (lg_str rest = text; rest.len > 0;)
			if (!take_part(&rest, durations, &part) || __builtin_add_overflow(sum, part, &sum))
				return false;
	*ms = sum;
	return true;
}

bool options_size(lg_str text, int64_t *bytes)
{
	int64_t n;

	if (!str_is_digits(text) ? !take_part(&text, sizes, &n) || text.len > 0 : !str_i64(text, &n))
		return false;
	*bytes = n;
	return true;
}

lg_str options_path(struct arena *a, lg_str dir, lg_str text)
{
	bool absolute = str_starts(text, LG_STR("/"));
	lg_str full = absolute ? text : arena_printf(a, "%.*s/%.*s", STRA(dir), STRA(text)), part;
	char *out = arena_bytes(a, full.len + 2);
	size_t len = 0;

	while (str_split(&full, '/', &part)) {
		if (part.len == 0 || str_is(part, "."))
			continue;
		if (str_is(part, "..")) {
			while (len > 0 && out[--len] != '/')
				;
			continue;
		}
		out[len++] = '/';
		memcpy(out + len, part.ptr, part.len);
		len += part.len;
	}
	if (len == 0)
		out[len++] = '/';
	out[len] = '\0';
	return (lg_str){ out, len };
}

/* ---- how values and ranges read ---- */

static lg_str number_text(struct arena *a, enum lg_option_type t, int64_t v)
{
	const struct unit *units = t == LG_T_DURATION ? durations : t == LG_T_SIZE ? sizes : NULL, *best = NULL;

	for (const struct unit *u = units; u != NULL && u->name != NULL; u++)
		if (v % u->factor == 0)
			best = u;
	return best && v != 0 ? arena_printf(a, "%lld%s", (long long)(v / best->factor), best->name)
			      : arena_printf(a, "%lld", (long long)v);
}

static bool has_range(const struct lg_option *o)
{
	return o->min != 0 || o->max != 0;
}

/* A maximum below the minimum says that there is none. */
static bool in_range(const struct lg_option *o, int64_t v)
{
	return !has_range(o) || (v >= o->min && (v <= o->max || o->max < o->min));
}

static lg_str choices_text(struct arena *a, const char *choices)
{
	struct buf b = { 0 };
	lg_str rest = str_of(choices), one, out;

	while (str_split(&rest, '|', &one))
		buf_addf(&b, "%s%.*s", b.len ? ", " : "", STRA(one));
	out = arena_str(a, buf_view(&b));
	buf_fini(&b);
	return out;
}

lg_str option_range(struct arena *a, const struct lg_option *o)
{
	lg_str min, max;

	if (o->type == LG_T_CHOICE)
		return choices_text(a, o->choices);
	if (!has_range(o))
		return STR_NONE;
	min = number_text(a, o->type, o->min);
	max = number_text(a, o->type, o->max);
	if (o->max < o->min || o->max == INT64_MAX)
		return arena_printf(a, "at least %.*s", STRA(min));
	if (o->min == o->max)
		return min;
	if (o->min == INT64_MIN)
		return arena_printf(a, "at most %.*s", STRA(max));
	return arena_printf(a, "%.*s to %.*s", STRA(min), STRA(max));
}

/* The value as a message may show it. */
static lg_str shown(struct arena *a, const struct lg_option *o, const struct yaml_node *n)
{
	if (n->secret || o->type == LG_T_SECRET)
		return LG_STR("***");
	if (n->text.len <= SHOWN_MAX)
		return n->text;
	return arena_printf(a, "%.*s...", SHOWN_MAX, n->text.ptr);
}

static bool wrong_range(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n,
			const char *what, lg_str value)
{
	lg_str range = option_range(env->arena, o);

	diag_error(env->diag, yaml_place(n), "\"%s\" must be %.*s%s, not %.*s", o->name, STRA(range), what,
		   STRA(value));
	return o->doc ? diag_hint(env->diag, "%s: %s", o->name, o->doc) : false;
}

bool option_count(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n, size_t count)
{
	return in_range(o, (int64_t)count) || wrong_range(env, o, n, " values", arena_printf(env->arena, "%zu", count));
}

/* ---- parsing ---- */

enum parsed { FITS, WRONG, REPORTED };

typedef enum parsed parse_fn(const struct options_env *, const struct lg_option *, const struct yaml_node *, void *at);

static enum parsed parse_str(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n,
			     void *at)
{
	*(lg_str *)at = n->text;
	if (o->type == LG_T_SECRET && !n->filled)
		diag_hide(n->source, n->text);
	if (!in_range(o, (int64_t)n->text.len))
		return wrong_range(env, o, n, " characters", arena_printf(env->arena, "%zu", n->text.len)), REPORTED;
	return FITS;
}

static enum parsed keep_number(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n,
			       int64_t v, void *at)
{
	if (!in_range(o, v))
		return wrong_range(env, o, n, "", shown(env->arena, o, n)), REPORTED;
	*(int64_t *)at = v;
	return FITS;
}

static enum parsed parse_int(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n,
			     void *at)
{
	int64_t v;

	return str_i64(str_from(n->text, str_starts(n->text, LG_STR("+"))), &v) ? keep_number(env, o, n, v, at) : WRONG;
}

static enum parsed parse_duration(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n,
				  void *at)
{
	int64_t v;

	return options_duration(n->text, &v) ? keep_number(env, o, n, v, at) : WRONG;
}

static enum parsed parse_size(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n,
			      void *at)
{
	int64_t v;

	return options_size(n->text, &v) ? keep_number(env, o, n, v, at) : WRONG;
}

static enum parsed parse_dec(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n,
			     void *at)
{
	lg_dec v;

	if (!dec_parse(n->text, &v))
		return WRONG;
	if (has_range(o) && (dec_cmp(v, dec_int(o->min)) < 0 || (o->max >= o->min && dec_cmp(v, dec_int(o->max)) > 0)))
		return wrong_range(env, o, n, "", shown(env->arena, o, n)), REPORTED;
	*(lg_dec *)at = v;
	return FITS;
}

static enum parsed parse_bool(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n,
			      void *at)
{
	(void)env;
	(void)o;
	if (!str_ieq(n->text, LG_STR("true")) && !str_ieq(n->text, LG_STR("false")))
		return WRONG;
	*(bool *)at = n->text.len == 4;
	return FITS;
}

static enum parsed parse_date(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n,
			      void *at)
{
	(void)env;
	(void)o;
	return date_parse(n->text, at) ? FITS : WRONG;
}

static enum parsed parse_path(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n,
			      void *at)
{
	(void)o;
	if (n->text.len == 0 || memchr(n->text.ptr, '\0', n->text.len) != NULL)
		return WRONG;
	*(lg_str *)at = options_path(env->arena, n->source ? n->source->dir : LG_STR("."), n->text);
	return FITS;
}

static enum parsed parse_choice(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n,
				void *at)
{
	lg_str rest = str_of(o->choices), one, names[64];
	size_t count = 0;

	while (count < ARRAY_LEN(names) && str_split(&rest, '|', &one)) {
		names[count++] = one;
		if (str_eq(one, n->text)) {
			*(int64_t *)at = (int64_t)count - 1;
			return FITS;
		}
	}
	diag_error(env->diag, yaml_place(n), "\"%s\" cannot be \"%.*s\"", o->name, STRA(shown(env->arena, o, n)));
	diag_suggest(env->diag, "allowed", n->text, names, count);
	return REPORTED;
}

/* Reports an error of a compiler where it stands inside the scalar. */
static void compile_error(const struct options_env *env, const struct yaml_node *n, const struct err *err)
{
	diag_err(env->diag, yaml_place_in(n, err->line, err->column), err);
}

const void *option_compiled(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n)
{
	struct err err = { 0 };
	const void *out = o->type == LG_T_TEMPLATE
				  ? (const void *)env->compile->template(env->arena, n->text, env->kinds, &err)
				  : (const void *)env->compile->expr(env->arena, n->text, env->kinds, o->result, &err);

	if (out == NULL)
		compile_error(env, n, &err);
	return out;
}

const struct lg_expr *option_setter(const struct options_env *env, const struct yaml_node *key,
				    const struct yaml_node *n)
{
	struct err err = { 0 };
	const struct lg_expr *out = env->compile->set(env->arena, key->text, n->text, env->kinds, &err);

	if (out == NULL)
		compile_error(env, err.line > 0 ? n : key, &err);
	return out;
}

static enum parsed parse_compiled(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n,
				  void *at)
{
	*(const void **)at = option_compiled(env, o, n);
	return *(const void **)at ? FITS : REPORTED;
}

/* The folder of the naming file in front, with its braces doubled: they are no fields. */
static lg_str template_path(const struct options_env *env, const struct yaml_node *n)
{
	lg_str dir = n->source ? n->source->dir : LG_STR(".");
	struct buf b = { 0 };
	lg_str out;

	for (size_t i = 0; i < dir.len; i++) {
		buf_char(&b, dir.ptr[i]);
		if (dir.ptr[i] == '{' || dir.ptr[i] == '}')
			buf_char(&b, dir.ptr[i]);
	}
	out = options_path(env->arena, arena_str(env->arena, buf_view(&b)), n->text);
	buf_fini(&b);
	return out;
}

static enum parsed parse_path_template(const struct options_env *env, const struct lg_option *o,
				       const struct yaml_node *n, void *at)
{
	struct err err = { 0 };
	struct lg_path path = { 0 };
	size_t first = 0;

	(void)o;
	if (n->text.len == 0 || memchr(n->text.ptr, '\0', n->text.len) != NULL)
		return WRONG;
	if (env->compile->template(env->arena, n->text, env->kinds, &err) == NULL)
		return compile_error(env, n, &err), REPORTED;
	path.text = template_path(env, n);
	path.name = env->compile->template(env->arena, path.text, env->kinds, &err);
	while (first < path.text.len && path.text.ptr[first] != '{')
		first += 1;
	path.fixed = first == path.text.len;
	while (first > 0 && path.text.ptr[first - 1] != '/')
		first--;
	path.folder = str_sub(path.text, 0, first > 1 ? first - 1 : first);
	*(struct lg_path *)at = path;
	return FITS;
}

static enum parsed parse_node(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n,
			      void *at)
{
	(void)env;
	(void)o;
	*(const struct yaml_node **)at = n;
	return FITS;
}

static const struct {
	const char *what, *like;
	size_t size;
	parse_fn *parse; /* NULL: not a scalar */
} types[] = {
	[LG_T_STR] = { "a text", NULL, sizeof(lg_str), parse_str },
	[LG_T_INT] = { "a whole number", "digits only, without blanks or separators", sizeof(int64_t), parse_int },
	[LG_T_DEC] = { "a decimal number", "like 12.50, with a point and without separators", sizeof(lg_dec),
		       parse_dec },
	[LG_T_BOOL] = { "true or false", NULL, sizeof(bool), parse_bool },
	[LG_T_DURATION] = { "a duration", "like 500ms, 5s, 2m, 1h, 3d", sizeof(int64_t), parse_duration },
	[LG_T_SIZE] = { "a size", "like 64KiB, 10MiB, 1GiB, or a number of bytes", sizeof(int64_t), parse_size },
	[LG_T_DATE] = { "a date", "like 2026-11-25", sizeof(lg_date), parse_date },
	[LG_T_PATH] = { "a path", NULL, sizeof(lg_str), parse_path },
	[LG_T_CHOICE] = { "one of a choice", NULL, sizeof(int64_t), parse_choice },
	[LG_T_SECRET] = { "a secret", NULL, sizeof(lg_str), parse_str },
	[LG_T_LIST] = { "a list of texts", NULL, sizeof(struct lg_list), NULL },
	[LG_T_MAP] = { "a map of texts", NULL, sizeof(struct lg_map), NULL },
	[LG_T_EXPR] = { "an expression", NULL, sizeof(void *), parse_compiled },
	[LG_T_EXPRS] = { "a map of expressions", "field: expression", sizeof(struct lg_expr_map), NULL },
	[LG_T_TEMPLATE] = { "a text with {field} in it", NULL, sizeof(void *), parse_compiled },
	[LG_T_OBJ] = { "a map", NULL, 0, NULL },
	[LG_T_OBJS] = { "a list of maps", NULL, sizeof(struct lg_objs), NULL },
	[LG_T_OBJMAP] = { "a map of maps", NULL, sizeof(struct lg_objs), NULL },
	[LG_T_PATHS] = { "a list of paths", NULL, sizeof(struct lg_list), NULL },
	[LG_T_PATH_TEMPLATE] = { "a path with {field} in it", NULL, sizeof(struct lg_path), parse_path_template },
	[OPTION_NODE] = { "a value", NULL, sizeof(void *), parse_node },
};

static bool is_known(enum lg_option_type t)
{
	return (size_t)t < ARRAY_LEN(types) && types[t].what != NULL;
}

const char *option_type_text(enum lg_option_type t)
{
	return is_known(t) ? types[t].what : "a value of a later version";
}

size_t option_member_size(enum lg_option_type t)
{
	return is_known(t) ? types[t].size : 0;
}

bool option_scalar(const struct options_env *env, const struct lg_option *o, const struct yaml_node *n, void *at)
{
	enum parsed result = WRONG;

	if (is_known(o->type) && types[o->type].parse != NULL && (n->type == YAML_SCALAR || o->type == OPTION_NODE)) {
		result = types[o->type].parse(env, o, n, at);
	}
	if (result == FITS)
		return true;
	if (result == REPORTED)
		return false;
	if (n->type == YAML_SCALAR && !yaml_is_null(n))
		diag_error(env->diag, yaml_place(n), "\"%s\" must be %s, not \"%.*s\"", o->name,
			   option_type_text(o->type), STRA(shown(env->arena, o, n)));
	else
		diag_error(env->diag, yaml_place(n), "\"%s\" must be %s, not %s", o->name, option_type_text(o->type),
			   yaml_type_name(n));
	if (is_known(o->type) && types[o->type].like != NULL)
		diag_hint(env->diag, "%s", types[o->type].like);
	return false;
}
