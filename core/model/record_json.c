#include "core/model/record.h"

#include "core/base/date.h"
#include "core/base/dec.h"
#include "core/base/json.h"

#include <stdio.h>
#include <string.h>

int currency_digits(lg_str currency)
{
	/* ISO 4217, the ones that do not have two. */
	static const char none[] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";
	static const char three[] = "BHD IQD JOD KWD LYD OMR TND ";
	lg_str c = { currency.ptr, 3 };

	if (currency.len != 3)
		return 2;
	if (str_find(LG_STR(none), c) < sizeof none - 1)
		return 0;
	if (str_find(LG_STR(three), c) < sizeof three - 1)
		return 3;
	return str_is(currency, "CLF") || str_is(currency, "UYW") ? 4 : 2;
}

/* ---- out ---- */

/* The currency that amounts of this object are in: its own, else its account's, else that of what holds it. */
static int object_digits(const struct lg_rec *r, int outer)
{
	const struct object *o = object_get(rec_object(r));
	const struct field *f = field_by_name(o, LG_STR("currency"));
	const struct lg_rec *account;

	if (f && rec_has(r, f->id))
		return currency_digits(rec_str(r, f->id));
	if (o->id == LG_STATEMENT && (account = rec_obj(r, LG_STATEMENT_ACCOUNT)) != NULL)
		return currency_digits(rec_str(account, LG_ACCOUNT_CURRENCY));
	return outer;
}

static void put_object(const struct lg_rec *r, int digits, int tax_digits, struct buf *b);

static void put_list(const struct lg_rec *r, const struct field *f, int digits, int tax_digits, struct buf *b)
{
	size_t n = rec_count(r, f->id);

	buf_char(b, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(b, ',');
		if (f->type == FIELD_STRS)
			json_quote(b, rec_str_at(r, f->id, i));
		else
			put_object(rec_obj_at(r, f->id, i), digits, tax_digits, b);
	}
	buf_char(b, ']');
}

static void put_dec(lg_dec d, int digits, struct buf *b)
{
	char text[DEC_TEXT_MAX];

	buf_char(b, '"');
	buf_bytes(b, text, dec_text(d, digits, text));
	buf_char(b, '"');
}

static void put_scalar(const struct lg_rec *r, const struct field *f, int digits, struct buf *b)
{
	char text[TIME_TEXT_MAX];
	lg_dec d;
	lg_date date;
	int64_t i;

	switch (f->type) {
	case FIELD_STR:
		json_quote(b, rec_str(r, f->id));
		return;
	case FIELD_JSON:
		buf_add(b, rec_str(r, f->id));
		return;
	case FIELD_AMOUNT:
	case FIELD_DEC:
		rec_dec(r, f->id, &d);
		put_dec(d, f->type == FIELD_AMOUNT ? digits : 0, b);
		return;
	case FIELD_INT:
		rec_int(r, f->id, &i);
		buf_addf(b, "%lld", (long long)i);
		return;
	case FIELD_BOOL:
		buf_cstr(b, rec_bool(r, f->id) ? "true" : "false");
		return;
	case FIELD_DATE:
		rec_date(r, f->id, &date);
		date_text(date, text);
		break;
	default:
		rec_time(r, f->id, &i);
		time_text(i, text);
		break;
	}
	json_quote(b, str_of(text));
}

static void put_object(const struct lg_rec *r, int digits, int tax_digits, struct buf *b)
{
	const struct field *f;
	size_t at = 0;
	bool first = true;

	digits = object_digits(r, digits);
	if (rec_object(r) == LG_INVOICE)
		tax_digits = currency_digits(rec_str(r, LG_INVOICE_TAX_CURRENCY));
	buf_char(b, '{');
	while ((f = rec_walk(r, &at)) != NULL) {
		if (!first)
			buf_char(b, ',');
		first = false;
		buf_char(b, '"');
		buf_cstr(b, f->name);
		buf_cstr(b, "\":");
		if (f->type == FIELD_OBJ)
			put_object(rec_obj(r, f->id), digits, tax_digits, b);
		else if (f->type == FIELD_OBJS || f->type == FIELD_STRS)
			put_list(r, f, digits, tax_digits, b);
		else
			put_scalar(r, f, f->id == LG_TOTALS_TAX_IN_TAX_CURRENCY ? tax_digits : digits, b);
	}
	buf_char(b, '}');
}

void rec_to_json(const struct lg_rec *r, struct buf *out)
{
	put_object(r, 2, 2, out);
}

void rec_scalar_json(const struct lg_rec *r, const struct field *f, struct buf *out)
{
	put_scalar(r, f, object_digits(r, 2), out);
}

/* ---- in ---- */

/* A path like "lines[3].item.name", for messages. */
struct path {
	const struct path *up;
	const char *name;
	size_t index; /* from 1; 0: not in a list */
};

static void path_text(const struct path *p, char *out, size_t size)
{
	size_t n;

	if (p == NULL || p->name == NULL) {
		out[0] = '\0';
		return;
	}
	path_text(p->up, out, size);
	n = strlen(out);
	snprintf(out + n, size - n, "%s%s", n ? "." : "", p->name);
	n = strlen(out);
	if (p->index > 0)
		snprintf(out + n, size - n, "[%zu]", p->index - 1);
}

static bool wrong(struct json *j, const struct path *p, const struct field *f)
{
	char text[200];
	static const char *const wants[] = { "a text",
					     "a decimal as a text",
					     "a decimal as a text",
					     "an integer",
					     "true or false",
					     "a date YYYY-MM-DD",
					     "an instant (RFC 3339)",
					     "an object",
					     "a list of objects",
					     "a list of texts",
					     "JSON" };

	path_text(p, text, sizeof text);
	err_set(j->err, ERR_REJECT, "json.type", "%s must be %s", text, wants[f->type]);
	return json_place(j, j->start);
}

static bool get_object(struct json *j, struct lg_rec *r, const struct path *p);

static bool get_list(struct json *j, struct lg_rec *r, const struct field *f, struct path *p)
{
	enum json_type t;
	lg_str text;

	while ((t = json_next(j, &text)) != JSON_ARRAY_END) {
		p->index++;
		if (t == JSON_BAD)
			return false;
		if (f->type == FIELD_STRS && t == JSON_STRING)
			rec_add_str(r, f->id, text);
		else if (f->type == FIELD_OBJS && t == JSON_OBJECT) {
			if (!get_object(j, rec_add_obj(r, f->id), p))
				return false;
		} else {
			return wrong(j, p, f);
		}
	}
	return true;
}

static bool get_scalar(struct json *j, struct lg_rec *r, const struct field *f, const struct path *p, enum json_type t,
		       lg_str text)
{
	bool number = t == JSON_NUMBER || t == JSON_STRING;
	lg_dec d;
	lg_date date;
	int64_t i;

	if (f->type == FIELD_STR && t == JSON_STRING)
		rec_set_str(r, f->id, text);
	else if ((f->type == FIELD_AMOUNT || f->type == FIELD_DEC) && number && dec_parse(text, &d))
		rec_set_dec(r, f->id, d);
	else if (f->type == FIELD_INT && number && str_i64(text, &i))
		rec_set_int(r, f->id, i);
	else if (f->type == FIELD_BOOL && (t == JSON_TRUE || t == JSON_FALSE))
		rec_set_bool(r, f->id, t == JSON_TRUE);
	else if (f->type == FIELD_DATE && t == JSON_STRING && date_parse(text, &date))
		rec_set_date(r, f->id, date);
	else if (f->type == FIELD_TIME && t == JSON_STRING && time_parse(text, &i))
		rec_set_time(r, f->id, i);
	else
		return wrong(j, p, f);
	return true;
}

static bool get_member(struct json *j, struct lg_rec *r, const struct field *f, const struct path *up)
{
	struct path p = { up, f->name, 0 };
	lg_str text = STR_NONE;
	enum json_type t = json_next(j, &text);

	if (t == JSON_BAD)
		return false;
	if (t == JSON_NULL)
		return true;
	if (f->type == FIELD_JSON) {
		if (!json_skip(j, t, &text))
			return false;
		rec_set_str(r, f->id, text);
		return true;
	}
	if (f->type == FIELD_OBJ && t == JSON_OBJECT)
		return get_object(j, rec_add_obj(r, f->id), &p);
	if ((f->type == FIELD_OBJS || f->type == FIELD_STRS) && t == JSON_ARRAY)
		return get_list(j, r, f, &p);
	return get_scalar(j, r, f, &p, t, text);
}

static bool unknown(struct json *j, const struct object *o, const struct path *up, lg_str name)
{
	char text[200];
	const char *near = field_suggest(o, name);

	path_text(up, text, sizeof text);
	err_set(j->err, ERR_REJECT, "json.unknown_field", "%s has no field \"%.*s\"%s%s", o->name, STRA(name),
		text[0] ? " at " : "", text);
	if (near)
		err_hint(j->err, "did you mean \"%s\"?", near);
	return json_place(j, j->start);
}

static bool get_object(struct json *j, struct lg_rec *r, const struct path *p)
{
	const struct object *o = object_get(rec_object(r));
	enum json_type t;
	lg_str name;

	while ((t = json_next(j, &name)) == JSON_NAME) {
		const struct field *f = field_by_name(o, name);

		if (f == NULL)
			return unknown(j, o, p, name);
		if (rec_has(r, f->id)) {
			err_set(j->err, ERR_REJECT, "json.twice", "the member \"%s\" stands twice", f->name);
			return json_place(j, j->start);
		}
		if (!get_member(j, r, f, p))
			return false;
	}
	return t == JSON_OBJECT_END;
}

/* The kind stands anywhere in the object: a first pass over its top level finds it. */
static bool find_kind(struct arena *a, lg_str text, uint16_t *kind, struct err *err)
{
	struct json j;
	enum json_type t;
	lg_str name, value = STR_NONE;
	bool is_kind;

	json_init(&j, text, a, err);
	t = json_next(&j, &name);
	if (t == JSON_BAD)
		return false;
	if (t != JSON_OBJECT) {
		err_set(err, ERR_REJECT, "json.record", "a record is a JSON object");
		return json_place(&j, 0);
	}
	while (json_next(&j, &name) == JSON_NAME) {
		is_kind = str_is(name, "kind");
		t = json_next(&j, &value);
		if (is_kind && t == JSON_STRING) {
			const struct object *o = object_by_name(value);

			if (o && o->is_kind) {
				*kind = o->id;
				return true;
			}
			err_set(err, ERR_REJECT, "json.kind", "\"%.*s\" is not a kind of record", STRA(value));
			return json_place(&j, j.start);
		}
		if (!json_skip(&j, t, NULL))
			return false;
	}
	if (*kind != 0)
		return true;
	err_set(err, ERR_REJECT, "json.kind", "the record has no member \"kind\"");
	err_hint(err, "add \"kind\": \"invoice\" or another kind");
	return json_place(&j, 0);
}

struct lg_rec *rec_from_json(struct arena *a, lg_str text, uint16_t kind, struct err *err)
{
	struct lg_rec *r;
	struct json j;
	lg_str t;

	if (!find_kind(a, text, &kind, err))
		return NULL;
	r = rec_new(a, kind);
	json_init(&j, text, a, err);
	json_next(&j, &t);
	if (!get_object(&j, r, NULL))
		return NULL;
	return json_next(&j, &t) == JSON_END ? r : NULL;
}
