#include "csv.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- paths ---- */

/* The part before the next dot, its [index] taken off. */
static bool next_part(lg_str *rest, lg_str *name, int *index)
{
	const char *dot = memchr(rest->ptr, '.', rest->len), *open;
	size_t n = dot ? (size_t)(dot - rest->ptr) : rest->len;

	*name = (lg_str){ rest->ptr, n };
	*rest = (lg_str){ rest->ptr + n + (dot != NULL), rest->len - n - (dot != NULL) };
	*index = -1;
	open = n > 0 ? memchr(name->ptr, '[', n) : NULL;
	if (open == NULL)
		return n > 0;
	*index = 0;
	for (const char *c = open + 1; c < name->ptr + n - 1; c++) {
		if (*c < '0' || *c > '9' || *index > 100)
			return false;
		*index = *index * 10 + (*c - '0');
	}
	if (name->ptr[n - 1] != ']' || name->ptr + n - 1 == open + 1)
		return false;
	name->len = (size_t)(open - name->ptr);
	return name->len > 0;
}

static const char *unknown(const struct lg_host *host, uint16_t object, lg_str name, lg_str path, char *why,
			   size_t size)
{
	const char *near = host->field_near(object, name);

	snprintf(why, size, "the path \"%.*s\" names no field: there is no \"%.*s\"%s%s%s", (int)path.len, path.ptr,
		 (int)name.len, name.ptr, near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
	return why;
}

const char *csv_path_parse(const struct lg_host *host, uint16_t kind, lg_str text, struct csv_path *out, char *why,
			   size_t size)
{
	uint16_t object = kind;
	lg_str rest = text, name;

	*out = (struct csv_path){ .text = text };
	do {
		struct lg_field_info f = { .size = sizeof f };
		struct csv_step *step = &out->steps[out->count];

		if (out->count == PATH_STEPS_MAX || !next_part(&rest, &name, &step->index)) {
			snprintf(why, size, "\"%.*s\" is not a path like seller.name or payment.accounts[0].id",
				 (int)text.len, text.ptr);
			return why;
		}
		if (object == 0 || !host->field(object, name, &f))
			return unknown(host, object, name, text, why, size);
		step->field = f.id;
		step->type = (uint16_t)f.type;
		object = f.type == LG_FT_OBJ || f.type == LG_FT_OBJS ? f.ref : 0;
		out->count++;
	} while (rest.len > 0);
	if (object == 0)
		return NULL;
	snprintf(why, size, "\"%.*s\" is an object: say which field of it", (int)text.len, text.ptr);
	return why;
}

/* ---- numbers and dates ---- */

static bool parse_dec(const struct lg_host *host, const struct csv_config *cfg, lg_str s, lg_dec *out)
{
	char text[80];
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < sizeof text; i++) {
		char c = s.ptr[i];

		if (cfg->grouping.len == 1 && c == cfg->grouping.ptr[0])
			continue;
		if (cfg->decimal == DECIMAL_COMMA && c == '.')
			return false; /* 1.000 would be a thousand to one and one to another */
		text[n++] = cfg->decimal == DECIMAL_COMMA && c == ',' ? '.' : c;
	}
	return n < sizeof text && host->dec_parse((lg_str){ text, n }, out);
}

struct date_part {
	char letter; /* Y, M, D; 0: `literal` */
	int width;
	char literal;
};

static bool date_part(lg_str format, size_t *at, struct date_part *out)
{
	char c = format.ptr[*at];
	size_t n = 1;

	*out = (struct date_part){ .literal = c };
	if (c != 'Y' && c != 'M' && c != 'D') {
		(*at)++;
		return true;
	}
	while (*at + n < format.len && format.ptr[*at + n] == c)
		n++;
	*at += n;
	*out = (struct date_part){ .letter = c, .width = (int)n };
	return c == 'Y' ? n == 4 || n == 2 : n <= 2;
}

bool csv_date_format_ok(lg_str format)
{
	int y = 0, m = 0, d = 0;
	struct date_part part;

	for (size_t at = 0; at < format.len;) {
		if (!date_part(format, &at, &part))
			return false;
		y += part.letter == 'Y';
		m += part.letter == 'M';
		d += part.letter == 'D';
	}
	return y == 1 && m == 1 && d == 1;
}

/* Digits of the part: exactly its width, or one or two for M and D. */
static bool date_number(lg_str s, size_t *at, const struct date_part *part, int *out)
{
	size_t n = 0, most = part->width == 1 ? 2 : (size_t)part->width, least = (size_t)part->width;

	for (*out = 0; n < most && *at < s.len && s.ptr[*at] >= '0' && s.ptr[*at] <= '9'; n++)
		*out = *out * 10 + (s.ptr[(*at)++] - '0');
	return n >= least;
}

static bool parse_date(const struct lg_host *host, lg_str format, lg_str s, lg_date *out)
{
	int y = 0, m = 0, d = 0;
	struct date_part part;
	size_t in = 0;

	for (size_t at = 0; at < format.len;) {
		if (!date_part(format, &at, &part))
			return false;
		if (part.letter == 0) {
			if (in >= s.len || s.ptr[in++] != part.literal)
				return false;
		} else if (!date_number(s, &in, &part, part.letter == 'Y' ? &y : part.letter == 'M' ? &m : &d)) {
			return false;
		} else if (part.letter == 'Y' && part.width == 2) {
			y += 2000; /* bookkeeping knows no other century */
		}
	}
	return in == s.len && host->date_make(y, m, d, out);
}

static lg_str date_format(const struct csv_config *cfg, size_t i)
{
	return cfg->dates.count > 0 ? cfg->dates.items[i] : LG_STR("YYYY-MM-DD");
}

static bool parse_any_date(const struct lg_host *host, const struct csv_config *cfg, lg_str s, lg_date *out)
{
	size_t n = cfg->dates.count > 0 ? cfg->dates.count : 1;

	for (size_t i = 0; i < n; i++)
		if (parse_date(host, date_format(cfg, i), s, out))
			return true;
	return false;
}

static bool parse_int(lg_str s, int64_t *out)
{
	char text[24] = { 0 }, *end;

	if (s.len == 0 || s.len > 18)
		return false;
	memcpy(text, s.ptr, s.len);
	*out = strtoll(text, &end, 10);
	return *end == '\0' && text[0] != ' ' && text[0] != '+';
}

static bool parse_bool(lg_str s, bool *out)
{
	static const char *const yes[] = { "true", "1", "yes", "ja" }, *const no[] = { "false", "0", "no", "nej" };

	for (size_t i = 0; i < 4; i++) {
		if (csv_same(s, (lg_str){ yes[i], strlen(yes[i]) }, true))
			return *out = true;
		if (csv_same(s, (lg_str){ no[i], strlen(no[i]) }, true)) {
			*out = false;
			return true;
		}
	}
	return false;
}

/* ---- setting ---- */

/* The object that step i leads to, made when it is not there. */
static struct lg_rec *enter(const struct lg_records *r, struct lg_rec *rec, const struct csv_step *s)
{
	size_t index = s->index < 0 ? 0 : (size_t)s->index;

	if (s->type == LG_FT_OBJ)
		return r->add_obj(rec, s->field);
	while (r->count(rec, s->field) <= index)
		r->add_obj(rec, s->field);
	return (struct lg_rec *)(uintptr_t)r->obj_at(rec, s->field, index); /* ours: we made it */
}

static bool set_typed(const struct lg_host *host, const struct csv_config *cfg, struct lg_rec *rec,
		      const struct csv_step *s, lg_str value)
{
	const struct lg_records *r = host->rec;
	lg_dec dec;
	lg_date date;
	int64_t i;
	bool b;

	if (s->type == LG_FT_STR || s->type == LG_FT_JSON)
		r->set_str(rec, s->field, value);
	else if (s->type == LG_FT_STRS)
		r->add_str(rec, s->field, value);
	else if ((s->type == LG_FT_AMOUNT || s->type == LG_FT_DEC) && parse_dec(host, cfg, value, &dec))
		r->set_dec(rec, s->field, dec);
	else if (s->type == LG_FT_INT && parse_int(value, &i))
		r->set_int(rec, s->field, i);
	else if (s->type == LG_FT_BOOL && parse_bool(value, &b))
		r->set_bool(rec, s->field, b);
	else if (s->type == LG_FT_DATE && parse_any_date(host, cfg, value, &date))
		r->set_date(rec, s->field, date);
	else if (s->type == LG_FT_TIME && host->time_parse(value, &i))
		r->set_time(rec, s->field, i);
	else
		return false;
	return true;
}

static const char *wanted(const struct csv_config *cfg, const struct csv_step *s)
{
	static const char *const names[] = { "a text",
					     "an amount",
					     "a number",
					     "a whole number",
					     "true or false",
					     "a date",
					     "an instant (RFC 3339)",
					     "",
					     "",
					     "a text",
					     "JSON" };

	if ((s->type == LG_FT_AMOUNT || s->type == LG_FT_DEC) && cfg->decimal == DECIMAL_COMMA)
		return "an amount with a decimal comma";
	return names[s->type];
}

bool csv_set(const struct lg_host *host, const struct csv_config *cfg, struct lg_rec *rec, const struct csv_path *path,
	     lg_str value, char *why, size_t size)
{
	const struct csv_step *last = &path->steps[path->count - 1];
	lg_str format = date_format(cfg, 0);

	if (value.len == 0)
		return true;
	for (size_t i = 0; i + 1 < path->count; i++)
		rec = enter(host->rec, rec, &path->steps[i]);
	if (set_typed(host, cfg, rec, last, value))
		return true;
	snprintf(why, size, "\"%.*s\" is not %s%s%.*s", (int)(value.len < 100 ? value.len : 100), value.ptr,
		 wanted(cfg, last), last->type == LG_FT_DATE ? " like " : "",
		 last->type == LG_FT_DATE ? (int)format.len : 0, format.ptr);
	return false;
}

/* ---- getting ---- */

void csv_add(struct csv_text *t, lg_str s)
{
	size_t cap = t->cap ? t->cap : 256;
	char *grown;

	if (t->lost || s.len == 0)
		return;
	while (cap - t->len < s.len)
		cap *= 2;
	if (cap != t->cap) {
		grown = realloc(t->ptr, cap);
		if (grown == NULL) {
			t->lost = true;
			return;
		}
		t->ptr = grown;
		t->cap = cap;
	}
	memcpy(t->ptr + t->len, s.ptr, s.len);
	t->len += s.len;
}

static void add_dec(const struct lg_host *host, const struct csv_config *cfg, lg_dec d, int digits,
		    struct csv_text *out)
{
	char text[LG_DEC_TEXT], *point;
	size_t n = host->dec_text(d, digits, text);

	point = memchr(text, '.', n);
	if (point && cfg->decimal == DECIMAL_COMMA)
		*point = ',';
	csv_add(out, (lg_str){ text, n });
}

static void add_date(const struct lg_host *host, const struct csv_config *cfg, lg_date date, struct csv_text *out)
{
	lg_str format = date_format(cfg, 0);
	struct date_part part;
	char text[16];
	int y, m, d, value;

	host->date_parts(date, &y, &m, &d);
	for (size_t at = 0; at < format.len;) {
		if (!date_part(format, &at, &part))
			return;
		value = part.letter == 'Y' ? (part.width == 2 ? y % 100 : y) : part.letter == 'M' ? m : d;
		if (part.letter == 0)
			csv_add(out, (lg_str){ &part.literal, 1 });
		else
			csv_add(out, (lg_str){ text, (size_t)snprintf(text, sizeof text, "%0*d", part.width, value) });
	}
}

/* Of the object, else of the record. */
static int digits_of(const struct lg_host *host, const struct lg_rec *rec, const struct lg_rec *top)
{
	struct lg_field_info f = { .size = sizeof f };
	const struct lg_rec *at[2] = { rec, top };

	for (size_t i = 0; i < 2; i++)
		if (host->field(host->rec->kind(at[i]), LG_STR("currency"), &f) && f.type == LG_FT_STR &&
		    host->rec->has(at[i], f.id))
			return host->currency_digits(host->rec->str(at[i], f.id));
	return 2;
}

static void add_strs(const struct lg_records *r, const struct lg_rec *rec, const struct csv_step *s,
		     struct csv_text *out)
{
	size_t n = r->count(rec, s->field), first = s->index < 0 ? 0 : (size_t)s->index;

	for (size_t i = first; i < n && (s->index < 0 || i == first); i++) {
		if (i > first)
			csv_add(out, LG_STR(" "));
		csv_add(out, r->str_at(rec, s->field, i));
	}
}

static void add_value(const struct lg_host *host, const struct csv_config *cfg, const struct lg_rec *rec,
		      const struct csv_step *s, const struct lg_rec *top, struct csv_text *out)
{
	const struct lg_records *r = host->rec;
	char text[32];
	lg_dec dec;
	lg_date date;
	int64_t i;

	if (s->type == LG_FT_STR || s->type == LG_FT_JSON)
		csv_add(out, r->str(rec, s->field));
	else if (s->type == LG_FT_STRS)
		add_strs(r, rec, s, out);
	else if ((s->type == LG_FT_AMOUNT || s->type == LG_FT_DEC) && r->dec(rec, s->field, &dec))
		add_dec(host, cfg, dec, s->type == LG_FT_AMOUNT ? digits_of(host, rec, top) : 0, out);
	else if (s->type == LG_FT_INT && r->integer(rec, s->field, &i))
		csv_add(out, (lg_str){ text, (size_t)snprintf(text, sizeof text, "%lld", (long long)i) });
	else if (s->type == LG_FT_BOOL && r->has(rec, s->field))
		csv_add(out, r->boolean(rec, s->field) ? LG_STR("true") : LG_STR("false"));
	else if (s->type == LG_FT_DATE && r->date(rec, s->field, &date))
		add_date(host, cfg, date, out);
	else if (s->type == LG_FT_TIME && r->time(rec, s->field, &i))
		csv_add(out, (lg_str){ text, host->time_text(i, text) });
}

void csv_get(const struct lg_host *host, const struct csv_config *cfg, const struct lg_rec *rec,
	     const struct csv_path *path, struct csv_text *out)
{
	const struct lg_records *r = host->rec;
	const struct lg_rec *top = rec;

	for (size_t i = 0; rec && i + 1 < path->count; i++) {
		const struct csv_step *s = &path->steps[i];
		size_t index = s->index < 0 ? 0 : (size_t)s->index;

		if (s->type == LG_FT_OBJ)
			rec = r->obj(rec, s->field);
		else
			rec = r->count(rec, s->field) > index ? r->obj_at(rec, s->field, index) : NULL;
	}
	if (rec)
		add_value(host, cfg, rec, &path->steps[path->count - 1], top, out);
}
