#include "core/conf/cel_priv.h"

#include "core/base/date.h"
#include "core/base/dec.h"
#include "core/base/json.h"

#include <string.h>

struct cel_value cel_of_bool(bool b)
{
	return (struct cel_value){ .kind = CEL_BOOL, .v.b = b };
}

struct cel_value cel_of_int(int64_t i)
{
	return (struct cel_value){ .kind = CEL_INT, .v.i = i };
}

struct cel_value cel_of_uint(uint64_t u)
{
	return (struct cel_value){ .kind = CEL_UINT, .v.u = u };
}

struct cel_value cel_of_dec(lg_dec d)
{
	return (struct cel_value){ .kind = CEL_DEC, .scale = d.scale, .v.i = d.coef };
}

static struct cel_value of_text(enum cel_kind kind, lg_str s)
{
	if (s.len > UINT32_MAX)
		die("expression: a text of %zu bytes", s.len);
	return (struct cel_value){ .kind = (uint8_t)kind, .n = (uint32_t)s.len, .v.s = s.ptr ? s.ptr : "" };
}

struct cel_value cel_of_str(lg_str s)
{
	return of_text(CEL_STR, s);
}

struct cel_value cel_of_bytes(lg_str s)
{
	return of_text(CEL_BYTES, s);
}

struct cel_value cel_of_date(lg_date d)
{
	return (struct cel_value){ .kind = CEL_DATE, .v.i = d };
}

struct cel_value cel_of_time(lg_time t)
{
	int64_t seconds = t / 1000, ms = t % 1000;

	if (ms < 0) {
		seconds--;
		ms += 1000;
	}
	return cel_instant(seconds, (uint32_t)ms * 1000000);
}

struct cel_value cel_of_list(struct arena *a, const struct cel_value *items, size_t count)
{
	struct cel_list *l = arena_new(a, struct cel_list);

	*l = (struct cel_list){ items, count };
	return (struct cel_value){ .kind = CEL_LIST, .v.list = l };
}

struct cel_value cel_of_map(struct arena *a, const struct cel_pair *items, size_t count)
{
	struct cel_map *m = arena_new(a, struct cel_map);

	*m = (struct cel_map){ items, count };
	return (struct cel_value){ .kind = CEL_MAP, .v.map = m };
}

struct cel_value cel_of_type(enum cel_kind k)
{
	return (struct cel_value){ .kind = CEL_TYPE, .n = k, .v.s = cel_kind_name(k) };
}

/* ---- numbers ---- */

bool cel_dec_parse(lg_str text, lg_dec *out)
{
	size_t e = 0;
	int64_t exponent;
	lg_dec d, power;

	while (e < text.len && (text.ptr[e] | 0x20) != 'e')
		e++;
	if (!dec_parse(str_sub(text, 0, e), &d))
		return false;
	if (e < text.len) {
		lg_str digits = str_from(text, e + 1);

		if (digits.len > 1 && digits.ptr[0] == '+')
			digits = str_from(digits, 1);
		if (!str_i64(digits, &exponent))
			return false;
		for (; exponent > 0 && d.coef != 0; exponent--)
			if (!dec_mul(d, dec_int(10), &d))
				return false;
		power = (lg_dec){ 1, 1 };
		for (; exponent < 0 && d.coef != 0; exponent++)
			if (!dec_mul(d, power, &d))
				return false;
	}
	*out = d;
	return true;
}

lg_dec cel_dec(struct cel_value v)
{
	return (lg_dec){ v.v.i, v.scale };
}

bool cel_num_value(struct cel_value num, struct cel_value *out)
{
	int64_t i;
	lg_dec d;

	if (str_i64(cel_str(num), &i)) {
		*out = cel_of_int(i);
		return true;
	}
	if (!cel_dec_parse(cel_str(num), &d))
		return false;
	*out = cel_of_dec(d);
	return true;
}

bool cel_number(struct cel_value v, struct cel_number *out)
{
	if (v.kind == CEL_NUM && !cel_num_value(v, &v))
		return false;
	if (v.kind == CEL_UINT)
		*out = (struct cel_number){ (cel_wide)v.v.u, 0 };
	else if (v.kind == CEL_INT || v.kind == CEL_DEC)
		*out = (struct cel_number){ v.v.i, v.kind == CEL_DEC ? v.scale : 0 };
	else
		return false;
	return true;
}

/* 10^18 * 2^64 fits in 127 bits. */
static cel_wide scaled(cel_wide coef, int by)
{
	while (by-- > 0)
		coef *= 10;
	return coef;
}

int cel_number_cmp(struct cel_number a, struct cel_number b)
{
	cel_wide x = scaled(a.coef, MAX(b.scale - a.scale, 0)), y = scaled(b.coef, MAX(a.scale - b.scale, 0));

	return (x > y) - (x < y);
}

bool cel_to_dec(struct cel_value v, lg_dec *out)
{
	if (v.kind == CEL_NUM && !cel_num_value(v, &v))
		return false;
	if (v.kind == CEL_DEC) {
		*out = cel_dec(v);
		return true;
	}
	if (v.kind == CEL_UINT && v.v.u <= INT64_MAX)
		v = cel_of_int((int64_t)v.v.u);
	if (v.kind != CEL_INT || v.v.i == INT64_MIN)
		return false;
	*out = dec_int(v.v.i);
	return true;
}

/* ---- equality and order ---- */

const struct cel_value *cel_map_get(const struct cel_map *m, struct cel_value key)
{
	for (size_t i = 0; i < m->count; i++)
		if (cel_equal(m->items[i].key, key)) /* keys are flat: no budget is needed */
			return &m->items[i].value;
	return NULL;
}

static bool maps_equal(const struct cel_map *a, const struct cel_map *b, uint32_t *steps)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct cel_value *v;

		*steps -= (uint32_t)MIN(*steps, a->count);
		v = *steps ? cel_map_get(b, a->items[i].key) : NULL;
		if (v == NULL || !cel_equal_within(a->items[i].value, *v, steps))
			return false;
	}
	return true;
}

static bool lists_equal(const struct cel_list *a, const struct cel_list *b, uint32_t *steps)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!cel_equal_within(a->items[i], b->items[i], steps))
			return false;
	return true;
}

bool cel_equal_within(struct cel_value a, struct cel_value b, uint32_t *steps)
{
	struct cel_number x, y;

	if (*steps == 0)
		return false;
	--*steps;
	if (cel_number(a, &x))
		return cel_number(b, &y) && cel_number_cmp(x, y) == 0;
	if (a.kind != b.kind)
		return false;
	switch (a.kind) {
	case CEL_NULL:
		return true;
	case CEL_BOOL:
		return a.v.b == b.v.b;
	case CEL_STR:
	case CEL_BYTES:
	case CEL_NUM:
		*steps -= MIN(*steps, a.n / 64);
		return a.n == b.n && memcmp(a.v.s, b.v.s, a.n) == 0;
	case CEL_DATE:
	case CEL_DURATION:
		return a.v.i == b.v.i;
	case CEL_TIME:
		return a.v.i == b.v.i && a.n == b.n;
	case CEL_TYPE:
		return a.n == b.n;
	case CEL_LIST:
		return lists_equal(a.v.list, b.v.list, steps);
	case CEL_MAP:
		return maps_equal(a.v.map, b.v.map, steps);
	case CEL_REC:
		return a.v.rec == b.v.rec || (a.v.rec && b.v.rec && rec_equal(a.v.rec, b.v.rec));
	default:
		return false;
	}
}

bool cel_equal(struct cel_value a, struct cel_value b)
{
	uint32_t steps = UINT32_MAX;

	return cel_equal_within(a, b, &steps);
}

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

bool cel_order(struct cel_value a, struct cel_value b, int *out)
{
	struct cel_number x, y;

	if (a.kind == CEL_INT && b.kind == CEL_INT) {
		*out = order(a.v.i, b.v.i);
		return true;
	}
	if (cel_number(a, &x)) {
		if (!cel_number(b, &y))
			return false;
		*out = cel_number_cmp(x, y);
		return true;
	}
	if (a.kind != b.kind)
		return false;
	switch (a.kind) {
	case CEL_BOOL:
		*out = (int)a.v.b - (int)b.v.b;
		return true;
	case CEL_STR:
	case CEL_BYTES:
		*out = str_cmp(cel_str(a), cel_str(b));
		return true;
	case CEL_DATE:
	case CEL_DURATION:
		*out = order(a.v.i, b.v.i);
		return true;
	case CEL_TIME:
		*out = a.v.i != b.v.i ? order(a.v.i, b.v.i) : order(a.n, b.n);
		return true;
	default:
		return false;
	}
}

/* ---- JSON in ---- */

/* What is being filled; one for each open container. */
struct filling {
	struct cel_pair *items; /* of a list, only the values */
	size_t count, cap;
	bool is_map;
	struct cel_value key;
};

static void fill(struct arena *a, struct filling *f, struct cel_value v)
{
	if (f->count == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 4;
		struct cel_pair *more = arena_array(a, struct cel_pair, cap);

		if (f->count > 0)
			memcpy(more, f->items, sizeof *more * f->count);
		f->items = more;
		f->cap = cap;
	}
	f->items[f->count++] = (struct cel_pair){ f->key, v };
}

static struct cel_value filled(struct arena *a, const struct filling *f)
{
	struct cel_value *items;

	if (f->is_map)
		return cel_of_map(a, f->items, f->count);
	items = arena_array(a, struct cel_value, f->count);
	for (size_t i = 0; i < f->count; i++)
		items[i] = f->items[i].value;
	return cel_of_list(a, items, f->count);
}

static struct cel_value json_scalar(enum json_type t, lg_str text)
{
	switch (t) {
	case JSON_TRUE:
	case JSON_FALSE:
		return cel_of_bool(t == JSON_TRUE);
	case JSON_NUMBER:
		return of_text(CEL_NUM, text);
	case JSON_STRING:
		return cel_of_str(text);
	default:
		return (struct cel_value){ .kind = CEL_NULL };
	}
}

bool cel_of_json(struct arena *a, lg_str text, struct cel_value *out, struct err *err)
{
	struct filling open[JSON_DEPTH_MAX + 2] = { 0 };
	size_t depth = 0;
	struct json j;
	lg_str s;

	json_init(&j, text, a, err);
	for (;;) {
		enum json_type t = json_next(&j, &s);

		switch (t) {
		case JSON_BAD:
			return false;
		case JSON_END:
			*out = open[0].count ? open[0].items[0].value : (struct cel_value){ .kind = CEL_NULL };
			return true;
		case JSON_NAME:
			open[depth].key = cel_of_str(s);
			break;
		case JSON_ARRAY:
		case JSON_OBJECT:
			if (++depth >= ARRAY_LEN(open))
				return err_set(err, ERR_REJECT, "json.depth", "the JSON is nested too deeply");
			open[depth] = (struct filling){ .is_map = t == JSON_OBJECT };
			break;
		case JSON_ARRAY_END:
		case JSON_OBJECT_END:
			depth--;
			fill(a, &open[depth], filled(a, &open[depth + 1]));
			break;
		default:
			fill(a, &open[depth], json_scalar(t, s));
		}
	}
}

/* ---- out ---- */

static void print_scalar(struct cel_value v, struct buf *out)
{
	char text[64];

	switch (v.kind) {
	case CEL_NULL:
		buf_cstr(out, "null");
		return;
	case CEL_BOOL:
		buf_cstr(out, v.v.b ? "true" : "false");
		return;
	case CEL_INT:
		buf_addf(out, "%lld", (long long)v.v.i);
		return;
	case CEL_UINT:
		buf_addf(out, "%lluu", (unsigned long long)v.v.u);
		return;
	case CEL_DEC:
		buf_bytes(out, text, dec_text(cel_dec(v), 1, text));
		return;
	case CEL_STR:
		json_quote(out, cel_str(v));
		return;
	case CEL_DATE:
		date_text((lg_date)v.v.i, text);
		buf_addf(out, "date(\"%s\")", text);
		return;
	case CEL_TIME:
		cel_time_text(v, text, sizeof text);
		buf_addf(out, "timestamp(\"%s\")", text);
		return;
	case CEL_DURATION:
		cel_duration_text(v, text, sizeof text);
		buf_addf(out, "duration(\"%s\")", text);
		return;
	case CEL_REC:
		if (v.v.rec)
			rec_to_json(v.v.rec, out);
		else
			buf_cstr(out, "null");
		return;
	case CEL_BYTES:
		buf_cstr(out, "b\"");
		for (uint32_t i = 0; i < v.n; i++)
			buf_addf(out, "\\x%02x", (unsigned char)v.v.s[i]);
		buf_char(out, '"');
		return;
	default: /* NUM, TYPE, ERROR */
		buf_cstr(out, v.kind == CEL_ERROR || v.kind == CEL_TYPE ? v.v.s : "");
		if (v.kind == CEL_NUM)
			buf_add(out, cel_str(v));
	}
}

#define PRINT_MAX 100000 /* a value can name one list many times over: its text has no natural bound */

void cel_print(struct cel_value v, struct buf *out)
{
	if (out->len > PRINT_MAX) {
		buf_cstr(out, "...");
	} else if (v.kind == CEL_LIST) {
		buf_char(out, '[');
		for (size_t i = 0; i < v.v.list->count && out->len <= PRINT_MAX; i++) {
			buf_cstr(out, i ? ", " : "");
			cel_print(v.v.list->items[i], out);
		}
		buf_char(out, ']');
	} else if (v.kind == CEL_MAP) {
		buf_char(out, '{');
		for (size_t i = 0; i < v.v.map->count && out->len <= PRINT_MAX; i++) {
			buf_cstr(out, i ? ", " : "");
			cel_print(v.v.map->items[i].key, out);
			buf_cstr(out, ": ");
			cel_print(v.v.map->items[i].value, out);
		}
		buf_char(out, '}');
	} else {
		print_scalar(v, out);
	}
}

static bool json_map(const struct cel_map *m, struct buf *out, size_t limit)
{
	buf_char(out, '{');
	for (size_t i = 0; i < m->count; i++) {
		struct cel_value key = m->items[i].key;

		buf_cstr(out, i ? "," : "");
		if (key.kind == CEL_STR)
			json_quote(out, cel_str(key));
		else if (key.kind == CEL_INT)
			buf_addf(out, "\"%lld\"", (long long)key.v.i);
		else
			return false;
		buf_char(out, ':');
		if (!cel_json_text(m->items[i].value, out, limit))
			return false;
	}
	buf_char(out, '}');
	return true;
}

bool cel_json_text(struct cel_value v, struct buf *out, size_t limit)
{
	char text[64];

	if (out->len > limit)
		return false;
	switch (v.kind) {
	case CEL_LIST:
		buf_char(out, '[');
		for (size_t i = 0; i < v.v.list->count; i++) {
			buf_cstr(out, i ? "," : "");
			if (!cel_json_text(v.v.list->items[i], out, limit))
				return false;
		}
		buf_char(out, ']');
		return true;
	case CEL_MAP:
		return json_map(v.v.map, out, limit);
	case CEL_UINT:
		buf_addf(out, "%llu", (unsigned long long)v.v.u);
		return true;
	case CEL_DEC: /* as in records: a text */
		dec_text(cel_dec(v), 0, text);
		break;
	case CEL_DATE:
		date_text((lg_date)v.v.i, text);
		break;
	case CEL_TIME:
		cel_time_text(v, text, sizeof text);
		break;
	case CEL_DURATION:
		cel_duration_text(v, text, sizeof text);
		break;
	case CEL_BYTES:
	case CEL_TYPE:
	case CEL_ERROR:
		return false;
	default:
		print_scalar(v, out);
		return true;
	}
	json_quote(out, str_of(text));
	return true;
}
