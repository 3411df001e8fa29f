#include "core/conf/template.h"

#include "core/base/date.h"
#include "core/base/dec.h"
#include "core/conf/cel_priv.h"

#include <string.h>

/* A text, then a field or an extra name behind it. */
struct part {
	lg_str before, name;
	const struct cel_target *targets;
	size_t target_count;
	int extra; /* index, -1: a field */
};

struct lg_template {
	struct part *parts;
	size_t count;
	lg_str tail;
};

static bool fail_at(lg_str text, size_t pos, struct err *err)
{
	int line, column;

	cel_place(text, pos, &line, &column);
	return err_at(err, NULL, line, column);
}

static int extra_index(const char *extra, lg_str name)
{
	lg_str rest = str_of(extra), word;
	int i = 0;

	while (str_split(&rest, ' ', &word)) {
		if (str_eq(word, name))
			return i;
		i += word.len > 0;
	}
	return -1;
}

static bool is_single(const struct field *f)
{
	return f->type != FIELD_OBJ && f->type != FIELD_OBJS && f->type != FIELD_STRS && f->type != FIELD_JSON;
}

/* The kinds in which the name is a field with one value: a text does not care for types, so unlike in an expression the
   kinds need not agree ("company" is a text in a voucher and an object in books, which then gives nothing). */
static void find_targets(struct arena *a, struct part *p, uint64_t kinds, struct cel_target *out)
{
	for (unsigned k = 0; k < 64; k++) {
		struct cel_target *one;
		const struct field *leaf;
		size_t n;

		if ((kinds >> k & 1) && cel_path_find(a, p->name, (uint64_t)1 << k, &one, &n, &leaf, NULL) &&
		    is_single(leaf))
			out[p->target_count++] = one[0];
	}
}

static bool find_field(struct arena *a, struct part *p, uint64_t kinds, const char *extra, struct err *err)
{
	struct cel_target *targets;
	const struct field *leaf;
	size_t n;

	p->extra = extra_index(extra, p->name);
	if (p->extra >= 0)
		return true;
	targets = arena_array(a, struct cel_target, 64);
	find_targets(a, p, kinds, targets);
	p->targets = targets;
	if (p->target_count > 0)
		return true;
	if (!cel_path_find(a, p->name, kinds, &targets, &n, &leaf, err))
		return false;
	return err_set(err, ERR_CONFIG, "template.field", "\"%.*s\" is no single value", STRA(p->name));
}

/* Text up to a lone brace or the end, its doubled braces made single. */
static lg_str literal(struct arena *a, lg_str text, size_t *at)
{
	char *p = arena_bytes(a, text.len - *at + 1);
	size_t n = 0;

	while (*at < text.len) {
		char c = text.ptr[*at];

		if (c == '{' || c == '}') {
			if (*at + 1 >= text.len || text.ptr[*at + 1] != c)
				break;
			++*at;
		}
		p[n++] = c;
		++*at;
	}
	return (lg_str){ p, n };
}

struct lg_template *template_compile(struct arena *a, lg_str text, uint64_t kinds, const char *extra, struct err *err)
{
	struct lg_template *t = arena_new(a, struct lg_template);
	size_t at = 0, most = 0;

	text = arena_str(a, text);
	for (size_t i = 0; i < text.len; i++)
		most += text.ptr[i] == '{';
	t->parts = arena_array(a, struct part, most);
	for (;;) {
		struct part *p = &t->parts[t->count];
		lg_str before = literal(a, text, &at);
		size_t open = at, len;

		if (at == text.len) {
			t->tail = before;
			return t;
		}
		len = text.ptr[at] == '{' ? str_chr(str_from(text, at), '}') : 0;
		if (text.ptr[at] == '}' || at + len == text.len) {
			err_set(err, ERR_CONFIG, "template.brace", "a lone \"%c\"", text.ptr[at]);
			err_hint(err, "{field} takes a field of the record; write {{ or }} for a brace");
			fail_at(text, at, err);
			return NULL;
		}
		p->before = before;
		p->name = str_trim(str_sub(text, at + 1, len - 1));
		at += len + 1;
		t->count++;
		if (!find_field(a, p, kinds, extra, err)) {
			fail_at(text, open + 1, err);
			return NULL;
		}
	}
}

static const struct cel_target *target_of(const struct part *p, uint16_t kind)
{
	for (size_t i = 0; i < p->target_count; i++)
		if (p->targets[i].kind == kind)
			return &p->targets[i];
	return NULL;
}

/* Digits of the currency of a record or of a part in it: what is nearest. */
static int digits_of(const struct lg_rec *root, const struct lg_rec *part)
{
	const struct field *near = field_by_name(object_get(rec_object(part)), LG_STR("currency"));
	const struct field *far = field_by_name(object_get(rec_object(root)), LG_STR("currency"));

	return currency_digits(near && rec_has(part, near->id) ? rec_str(part, near->id)
			       : far                           ? rec_str(root, far->id)
							       : STR_NONE);
}

static void put_field(const struct lg_rec *root, const struct lg_rec *rec, uint16_t id, struct buf *out)
{
	enum field_type type = field_get(id)->type;
	char text[DEC_TEXT_MAX];
	lg_dec d;
	lg_date date;
	int64_t i;

	if (id == LG_COMMON_KIND) {
		buf_cstr(out, object_get(rec_object(rec))->name);
		return;
	}
	if (!rec_has(rec, id))
		return;
	switch (type) {
	case FIELD_AMOUNT:
	case FIELD_DEC:
		rec_dec(rec, id, &d);
		buf_bytes(out, text, dec_text(d, type == FIELD_AMOUNT ? digits_of(root, rec) : 0, text));
		return;
	case FIELD_INT:
		rec_int(rec, id, &i);
		buf_addf(out, "%lld", (long long)i);
		return;
	case FIELD_BOOL:
		buf_cstr(out, rec_bool(rec, id) ? "true" : "false");
		return;
	case FIELD_DATE:
		rec_date(rec, id, &date);
		buf_bytes(out, text, date_text(date, text));
		return;
	case FIELD_TIME:
		rec_time(rec, id, &i);
		buf_bytes(out, text, time_text(i, text));
		return;
	default:
		buf_add(out, rec_str(rec, id));
	}
}

static void put_part(const struct part *p, const struct lg_rec *rec, const lg_str *extra, struct buf *out)
{
	const struct lg_rec *root = rec;
	const struct cel_target *t;

	buf_add(out, p->before);
	if (p->extra >= 0) {
		if (extra)
			buf_add(out, extra[p->extra]);
		return;
	}
	t = rec ? target_of(p, rec_object(rec)) : NULL;
	if (t == NULL)
		return;
	for (uint16_t i = 0; rec && i + 1 < t->depth; i++)
		rec = rec_obj(rec, t->ids[i]);
	if (rec)
		put_field(root, rec, t->ids[t->depth - 1], out);
}

void template_expand(const struct lg_template *t, const struct lg_rec *rec, const lg_str *extra, struct buf *out)
{
	for (size_t i = 0; i < t->count; i++)
		put_part(&t->parts[i], rec, extra, out);
	buf_add(out, t->tail);
}

void template_expand_path(const struct lg_template *t, const struct lg_rec *rec, struct buf *out)
{
	struct buf value = { 0 };

	for (size_t i = 0; i < t->count; i++) {
		size_t literal = t->parts[i].before.len;

		buf_reset(&value);
		put_part(&t->parts[i], rec, NULL, &value);
		for (size_t k = literal; k < value.len; k++)
			if (value.ptr[k] == '/' || (unsigned char)value.ptr[k] < ' ' || value.ptr[k] == 0x7f ||
			    (value.ptr[k] == '.' && k == literal))
				value.ptr[k] = '_';
		buf_add(out, buf_view(&value));
	}
	buf_fini(&value);
	buf_add(out, t->tail);
}
