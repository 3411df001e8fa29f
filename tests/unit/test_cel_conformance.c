/* Runs the conformance cases of the Common Expression Language, ../shared/cel/STAR.textproto, and our own in the same
   notation, tests/cel/STAR.textproto.  What is left out is left out by rule (left_out below, and core/conf/README.md,
   "Expressions"); everything else must pass.  One TAP line a file. */
#include "core/conf/cel.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- text protos ---- */

struct proto { /* a field: a scalar, or a message with fields */
	lg_str name, value;
	struct proto *first, *last, *next;
};

struct reader {
	lg_str in;
	size_t at;
	struct arena *a;
};

static char here(const struct reader *r)
{
	return r->at < r->in.len ? r->in.ptr[r->at] : '\0';
}

static void blanks(struct reader *r)
{
	while (here(r) != '\0' && strchr(" \t\r\n,;#", here(r))) {
		if (here(r) == '#')
			while (here(r) != '\0' && here(r) != '\n')
				r->at++;
		else
			r->at++;
	}
}

static void bad_proto(const struct reader *r, const char *what)
{
	int line = 1;

	for (size_t i = 0; i < r->at; i++)
		line += r->in.ptr[i] == '\n';
	printf("Bail out! text proto, line %d: %s\n", line, what);
	exit(1);
}

static uint32_t number_of(struct reader *r, const char *digits, size_t max, uint32_t base)
{
	uint32_t v = 0;
	const char *d;

	for (size_t i = 0; i < max && here(r) && (d = strchr(digits, here(r))) != NULL; i++, r->at++)
		v = v * base + (uint32_t)(d - digits > 15 ? d - digits - 6 : d - digits);
	return v;
}

static void escape(struct reader *r, struct buf *b)
{
	static const char from[] = "abfnrtv\\?\"'", to[] = "\a\b\f\n\r\t\v\\?\"'";
	static const char hex[] = "0123456789abcdefABCDEF";
	char c = here(r);
	const char *simple = c ? strchr(from, c) : NULL;

	if (simple) {
		buf_char(b, to[simple - from]);
		r->at++;
	} else if (c >= '0' && c <= '7') {
		buf_char(b, (char)number_of(r, "01234567", 3, 8));
	} else if (c == 'x' || c == 'u' || c == 'U') {
		r->at++;
		if (c == 'x')
			buf_char(b, (char)number_of(r, hex, 2, 16));
		else
			buf_utf8(b, number_of(r, hex, c == 'u' ? 4 : 8, 16));
	} else if (c == '`') {
		buf_cstr(b, "`");
		r->at++;
	} else {
		bad_proto(r, "an unknown escape");
	}
}

/* Texts that follow one another are one. */
static lg_str text_value(struct reader *r)
{
	struct buf b = { 0 };
	lg_str out;

	while (here(r) == '"' || here(r) == '\'') {
		char q = r->in.ptr[r->at++];

		while (here(r) != q) {
			if (here(r) == '\0' && r->at >= r->in.len)
				bad_proto(r, "a text does not end");
			if (here(r) == '\\') {
				r->at++;
				escape(r, &b);
			} else {
				buf_char(&b, r->in.ptr[r->at++]);
			}
		}
		r->at++;
		blanks(r);
	}
	out = arena_str(r->a, buf_view(&b));
	buf_fini(&b);
	return out;
}

static lg_str word(struct reader *r)
{
	size_t start = r->at;

	if (here(r) == '[') { /* [type.googleapis.com/...] */
		while (here(r) != '\0' && here(r) != ']')
			r->at++;
		r->at++;
	}
	while (here(r) != '\0' && !strchr(" \t\r\n,;#:{}\"'[]", here(r)))
		r->at++;
	if (r->at == start)
		bad_proto(r, "a name is missing");
	return str_sub(r->in, start, r->at - start);
}

static void fields(struct reader *r, struct proto *into)
{
	for (blanks(r); here(r) != '\0' && here(r) != '}'; blanks(r)) {
		struct proto *p = arena_new(r->a, struct proto);

		p->name = word(r);
		blanks(r);
		if (here(r) == ':') {
			r->at++;
			blanks(r);
		}
		if (here(r) == '{') {
			r->at++;
			fields(r, p);
			if (here(r) != '}')
				bad_proto(r, "a message does not end");
			r->at++;
		} else {
			p->value = here(r) == '"' || here(r) == '\'' ? text_value(r) : word(r);
		}
		*(into->last ? &into->last->next : &into->first) = p;
		into->last = p;
	}
}

static const struct proto *get(const struct proto *p, const char *name)
{
	for (const struct proto *f = p ? p->first : NULL; f; f = f->next)
		if (str_is(f->name, name))
			return f;
	return NULL;
}

static lg_str value_of(const struct proto *p, const char *name)
{
	const struct proto *f = get(p, name);

	return f ? f->value : STR_NONE;
}

#define each(f, p, n) \
	for (const struct proto *f = (p)->first; f; f = f->next) \
		if (str_is(f->name, n))

/* ---- types and values of the protos ---- */

static const struct {
	const char *proto;
	enum cel_kind kind;
} kinds[] = { { "BOOL", CEL_BOOL },
	      { "INT64", CEL_INT },
	      { "UINT64", CEL_UINT },
	      { "DOUBLE", CEL_DEC },
	      { "STRING", CEL_STR },
	      { "BYTES", CEL_BYTES },
	      { "TIMESTAMP", CEL_TIME },
	      { "DURATION", CEL_DURATION },
	      { "google.protobuf.Timestamp", CEL_TIME },
	      { "google.protobuf.Duration", CEL_DURATION } };

static bool type_of(struct arena *a, const struct proto *p, struct cel_type *out)
{
	const struct proto *f = p ? p->first : NULL;
	struct cel_type *key = arena_new(a, struct cel_type), *elem = arena_new(a, struct cel_type);

	*out = (struct cel_type){ .kind = CEL_DYN, .key = key, .elem = elem };
	if (f == NULL)
		return false;
	if (str_is(f->name, "null"))
		out->kind = CEL_NULL;
	if (str_is(f->name, "dyn") || str_is(f->name, "null"))
		return true;
	if (str_is(f->name, "list_type")) {
		out->kind = CEL_LIST;
		return type_of(a, get(f, "elem_type"), elem);
	}
	if (str_is(f->name, "map_type")) {
		out->kind = CEL_MAP;
		return type_of(a, get(f, "key_type"), key) && type_of(a, get(f, "value_type"), elem);
	}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!str_is(f->name, "wrapper") && str_is(f->value, kinds[i].proto)) {
			out->kind = kinds[i].kind;
			return true;
		}
	return false;
}

static struct cel_value scalar_of(struct arena *a, lg_str name, lg_str text)
{
	static const char *const calls[][2] = { { "int64_value", "int('%.*s')" },
						{ "uint64_value", "uint('%.*s')" },
						{ "double_value", "decimal('%.*s')" } };
	struct cel_env env = { 0 };
	struct cel_value v = { .kind = CEL_ERROR };

	if (str_is(name, "bool_value"))
		return cel_of_bool(str_is(text, "true"));
	if (str_is(name, "string_value"))
		return cel_of_str(text);
	if (str_is(name, "bytes_value"))
		return cel_of_bytes(text);
	if (str_is(name, "null_value"))
		return (struct cel_value){ .kind = CEL_NULL };
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (str_is(name, calls[i][0])) {
			const char *is = strstr(calls[i][1], "%");
			lg_str expr = arena_printf(a, "%.*s%.*s')", (int)(is - calls[i][1]), calls[i][1], STRA(text));
			struct lg_expr *x = cel_compile(a, expr, &env, LG_X_DYN, NULL);

			if (x)
				cel_eval(x, NULL, a, &v, NULL);
		}
	return v;
}

static struct cel_value object_of(const struct proto *p)
{
	const struct proto *o = p->first;
	int64_t seconds = 0, nanos = 0;

	str_i64(value_of(o, "seconds"), &seconds);
	str_i64(value_of(o, "nanos"), &nanos);
	if (str_ends(o->name, LG_STR("google.protobuf.Duration]")))
		return (struct cel_value){ .kind = CEL_DURATION, .v.i = seconds * 1000000000 + nanos };
	return (struct cel_value){ .kind = CEL_TIME, .n = (uint32_t)nanos, .v.i = seconds };
}

/* ERROR when it is of a kind that we do not have. */
static struct cel_value value_from(struct arena *a, const struct proto *p)
{
	const struct proto *f = p ? p->first : NULL;
	struct cel_value *items = arena_array(a, struct cel_value, 64);
	struct cel_pair *pairs = arena_array(a, struct cel_pair, 64);
	size_t n = 0;

	if (f == NULL)
		return (struct cel_value){ .kind = CEL_ERROR };
	if (str_is(f->name, "list_value")) {
		each(v, f, "values") items[n++] = value_from(a, v);
		return cel_of_list(a, items, n);
	}
	if (str_is(f->name, "map_value")) {
		each(e, f, "entries") pairs[n++] =
			(struct cel_pair){ value_from(a, get(e, "key")), value_from(a, get(e, "value")) };
		return cel_of_map(a, pairs, n);
	}
	if (str_is(f->name, "type_value"))
		return (struct cel_value){ .kind = CEL_TYPE, .v.s = arena_cstr(a, f->value) };
	if (str_is(f->name, "object_value"))
		return object_of(f);
	return scalar_of(a, f->name, f->value);
}

/* Kinds must be equal too; only a double is a decimal. */
static bool same(struct cel_value want, struct cel_value is)
{
	if (want.kind != is.kind)
		return false;
	if (want.kind == CEL_TYPE)
		return strcmp(want.v.s, is.v.s) == 0 || (!strcmp(want.v.s, "double") && !strcmp(is.v.s, "decimal"));
	if (want.kind == CEL_LIST) {
		for (size_t i = 0; i < want.v.list->count && i < is.v.list->count; i++)
			if (!same(want.v.list->items[i], is.v.list->items[i]))
				return false;
		return want.v.list->count == is.v.list->count;
	}
	return cel_equal(want, is);
}

/* ---- what is left out, by rule ---- */

enum reason { RUN, EXTENSION, MESSAGES, FUNCTIONS, DIGITS, DIVISION, BINARY, REASONS };

static const char *const reasons[REASONS] = {
	[EXTENSION] = "an extension: the files *_ext, and optional values wherever they are used",
	[MESSAGES] = "protobuf messages, wrappers and enums",
	[FUNCTIONS] = "functions or abstract types that the case itself declares",
	[DIGITS] = "a number of more than 15 significant digits or beyond 18 decimals: a double rounds it, a decimal "
		   "does not hold it",
	[DIVISION] = "a decimal division, which stands inside round() here",
	[BINARY] = "infinity, not-a-number or rounding to 53 bits",
};

static bool has_text(lg_str s, const char *part)
{
	return str_find(s, str_of(part)) < s.len;
}

/* A name right before a brace makes a message. */
static bool makes_message(lg_str s)
{
	char quote = '\0', before = '\0';

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (quote) {
			if (c == '\\')
				i++;
			else if (c == quote)
				quote = '\0';
			continue;
		}
		if (c == '"' || c == '\'')
			quote = c;
		if (c == '{' && ((before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z')))
			return true;
		if (!strchr(" \t\r\n\f", c))
			before = c;
	}
	return has_text(s, "TestAllTypes");
}

static bool deep_has(const struct proto *p, const char *name, const char *value)
{
	for (const struct proto *f = p->first; f; f = f->next) {
		if (str_is(f->name, name) && (value == NULL || has_text(f->value, value)))
			return true;
		if (deep_has(f, name, value))
			return true;
	}
	return false;
}

/* Numbers with a point or an exponent that a double and a decimal do not hold alike. */
static bool odd_number(lg_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		size_t start = i, significant = 0;
		long exponent = 0;
		bool real = false;

		if (s.ptr[i] < '0' || s.ptr[i] > '9' || (i > 0 && strchr("xuU.", s.ptr[i - 1]) && s.ptr[i - 1] != '.'))
			continue;
		for (; i < s.len && ((s.ptr[i] >= '0' && s.ptr[i] <= '9') || s.ptr[i] == '.'); i++) {
			significant += s.ptr[i] != '.' && (significant > 0 || s.ptr[i] != '0');
			real |= s.ptr[i] == '.';
		}
		if (i < s.len && (s.ptr[i] | 0x20) == 'e') {
			exponent = strtol(s.ptr + i + 1, NULL, 10);
			real = true;
		}
		if (real && (significant > 15 || labs(exponent) > 18))
			return true;
		i = MAX(i, start);
	}
	return false;
}

static enum reason left_out(lg_str file, const struct proto *test)
{
	lg_str expr = value_of(test, "expr"), container = value_of(test, "container");
	const struct proto *deduced = get(get(test, "typed_result"), "deduced_type");
	lg_str real = value_of(get(test, "value"), "double_value");

	if (str_ends(file, LG_STR("_ext.textproto")) || str_is(file, "optionals.textproto") ||
	    has_text(expr, "optional."))
		return EXTENSION;
	if (makes_message(expr) || has_text(container, "conformance") ||
	    deep_has(test, "message_type", "conformance") || deep_has(test, "wrapper", NULL) ||
	    has_text(expr, "google.protobuf.Value"))
		return MESSAGES;
	if (deep_has(test, "function", NULL) || (deduced && deep_has(deduced, "abstract_type", NULL)))
		return FUNCTIONS;
	if (has_text(real, "nf") || has_text(real, "nan") || has_text(expr, "double(36028797018963969"))
		return BINARY;
	return odd_number(expr) ? DIGITS : RUN;
}

/* ---- running ---- */

#define OURS "tests/cel" /* nothing is left out of these */

struct count {
	size_t passed, failed, refused, left[REASONS];
};

static struct cel_env env_of(struct arena *a, const struct proto *test, struct cel_value **values)
{
	struct cel_var *vars = arena_array(a, struct cel_var, 32);
	size_t n = 0;

	*values = arena_array(a, struct cel_value, 32);
	each(t, test, "type_env")
	{
		vars[n].name = value_of(t, "name");
		type_of(a, get(get(t, "ident"), "type"), &vars[n].type);
		(*values)[n++].kind = CEL_NULL;
	}
	each(b, test, "bindings")
	{
		size_t i = 0;

		while (i < n && !str_eq(vars[i].name, value_of(b, "key")))
			i++;
		if (i == n) {
			vars[n].name = value_of(b, "key");
			vars[n++].type = (struct cel_type){ .kind = CEL_DYN };
		}
		(*values)[i] = value_from(a, get(get(b, "value"), "value"));
	}
	return (struct cel_env){ .vars = vars,
				 .var_count = n,
				 .container = value_of(test, "container"),
				 .unchecked = str_is(value_of(test, "disable_check"), "true") };
}

static bool type_is(struct arena *a, const struct lg_expr *x, const struct proto *want, struct buf *why)
{
	struct cel_type t;
	struct buf is = { 0 }, expected = { 0 };
	bool ok;

	if (want == NULL)
		return true;
	if (!type_of(a, want, &t))
		return false;
	cel_type_text(cel_type_of(x), &is);
	cel_type_text(&t, &expected);
	ok = str_eq(buf_view(&is), buf_view(&expected));
	if (!ok)
		buf_addf(why, "its type is %s, not %s", buf_text(&is), buf_text(&expected));
	buf_fini(&is);
	buf_fini(&expected);
	return ok;
}

static bool run_case(struct arena *a, const struct proto *test, struct count *n, enum reason *reason, struct buf *why)
{
	const struct proto *typed = get(test, "typed_result");
	const struct proto *want = typed ? get(typed, "result") : get(test, "value");
	bool error = get(test, "eval_error") || get(test, "any_eval_errors");
	struct cel_value *values, v, expected = cel_of_bool(true);
	struct cel_env env = env_of(a, test, &values);
	struct err err = { 0 };
	struct lg_expr *x = cel_compile(a, value_of(test, "expr"), &env, LG_X_DYN, &err);

	if (x == NULL) {
		*reason = strcmp(err.id, "cel.division") == 0 ? DIVISION : RUN;
		n->refused += error && *reason == RUN;
		buf_addf(why, "%d:%d: %s", err.line, err.column, err.msg);
		return error;
	}
	if (!type_is(a, x, typed ? get(typed, "deduced_type") : NULL, why))
		return false;
	if (str_is(value_of(test, "check_only"), "true"))
		return true;
	if (want)
		expected = value_from(a, want);
	if (!cel_eval_vars(x, NULL, values, a, &v, &err)) {
		*reason = !error && strstr(err.msg, "does not fit") ? DIGITS : RUN;
		buf_addf(why, "%d:%d: %s", err.line, err.column, err.msg);
		return error;
	}
	buf_cstr(why, "it gives ");
	cel_print(v, why);
	return !error && same(expected, v);
}

static void run_test(lg_str file, bool ours, lg_str section, const struct proto *test, struct count *n)
{
	struct arena a = { 0 };
	struct buf why = { 0 };
	enum reason reason = ours ? RUN : left_out(file, test);
	lg_str expr = value_of(test, "expr");
	bool ok = reason == RUN && run_case(&a, test, n, &reason, &why);

	if (reason != RUN) {
		n->left[reason]++;
	} else if (ok) {
		n->passed++;
	} else {
		n->failed++;
		printf("# %.*s/%.*s/%.*s: %.*s: %s\n", STRA(file), STRA(section), STRA(value_of(test, "name")),
		       STRA(expr), buf_text(&why));
	}
	buf_fini(&why);
	arena_fini(&a);
}

static bool read_all(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		return false;
	do {
		n = fread(buf_room(out, 65536), 1, 65536, f);
		out->len += n;
	} while (n > 0);
	fclose(f);
	return true;
}

static void run_file(const char *folder, const char *name, int number, struct count *total)
{
	struct arena a = { 0 };
	struct buf text = { 0 };
	struct proto root = { 0 };
	struct reader r = { .a = &a };
	struct count n = { 0 };
	size_t left = 0;

	if (!read_all(arena_printf(&a, "%s/%s", folder, name).ptr, &text))
		exit(1);
	r.in = buf_view(&text);
	fields(&r, &root);
	each(section, &root, "section") each(test, section, "test")
		run_test(str_of(name), strcmp(folder, OURS) == 0, value_of(section, "name"), test, &n);
	for (int i = 0; i < REASONS; i++) {
		left += n.left[i];
		total->left[i] += n.left[i];
	}
	total->passed += n.passed;
	total->failed += n.failed;
	total->refused += n.refused;
	printf("%sok %d - cel %s: %zu passed, %zu failed, %zu left out\n", n.failed ? "not " : "", number, name,
	       n.passed, n.failed, left);
	buf_fini(&text);
	arena_fini(&a);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_proto(const struct dirent *d)
{
	return str_ends(str_of(d->d_name), LG_STR(".textproto"));
}

static void run_folder(const char *folder, int *number, struct count *total)
{
	struct dirent **files;
	int count = scandir(folder, &files, is_proto, by_name);

	if (count <= 0)
		printf("ok %d - cel %s # SKIP %s is not there\n", ++*number, folder, folder);
	for (int i = 0; i < count; i++) {
		run_file(folder, files[i]->d_name, ++*number, total);
		free(files[i]);
	}
	if (count >= 0)
		free(files);
}

int main(void)
{
	struct count total = { 0 };
	int number = 0;

	run_folder(OURS, &number, &total);
	run_folder("../shared/cel", &number, &total);
	printf("# cel: %zu cases passed (%zu of them errors that the check finds already), %zu failed\n", total.passed,
	       total.refused, total.failed);
	for (int i = 1; i < REASONS; i++)
		if (total.left[i])
			printf("# cel: %zu left out: %s\n", total.left[i], reasons[i]);
	printf("1..%d\n", number);
	return total.failed > 0;
}
