#include "core/base/date.h"
#include "core/base/dec.h"
#include "core/model/record.h"
#include "core/plugin/xml_priv.h"

#include <string.h>

union value {
	lg_dec dec;
	lg_date date;
	lg_time time;
	int64_t integer;
	bool boolean;
};

/* What may stand behind the day of xs:date: a zone. */
static bool is_zone(lg_str s)
{
	if (s.len == 0 || (s.len == 1 && s.ptr[0] == 'Z'))
		return true;
	return s.len == 6 && (s.ptr[0] == '+' || s.ptr[0] == '-') && str_is_digits(str_sub(s, 1, 2)) &&
	       s.ptr[3] == ':' && str_is_digits(str_from(s, 4));
}

static bool parse_date(lg_str s, enum lg_xml_form form, lg_date *out)
{
	char iso[10];
	lg_str rest = str_from(s, 10);

	if (form == LG_XML_FORM_DATE8) {
		if (s.len != 8)
			return date_parse(s, out);
		memcpy(iso, s.ptr, 4);
		iso[4] = iso[7] = '-';
		memcpy(iso + 5, s.ptr + 4, 2);
		memcpy(iso + 8, s.ptr + 6, 2);
		return date_parse((lg_str){ iso, sizeof iso }, out);
	}
	if (!is_zone(rest) && !(form == LG_XML_FORM_DATE_PART && rest.ptr[0] == 'T'))
		return false;
	return date_parse(str_sub(s, 0, 10), out);
}

/* An xs:dateTime without a zone counts as UTC, and so does a day. */
static bool parse_time(lg_str s, lg_time *out)
{
	char text[64];
	size_t n = s.len;

	if (time_parse(s, out))
		return true;
	if (n > 40)
		return false;
	memcpy(text, s.ptr, n);
	memcpy(text + n, n == 10 ? "T00:00:00Z" : "Z", n == 10 ? 10 : 1);
	return time_parse((lg_str){ text, n + (n == 10 ? 10 : 1) }, out);
}

static bool parse_bool(lg_str s, bool *out)
{
	*out = str_is(s, "true") || str_is(s, "1");
	return *out || str_is(s, "false") || str_is(s, "0");
}

/* What is expected; NULL: it is that. */
static const char *parse(const struct field *f, enum lg_xml_form form, lg_str s, union value *v)
{
	switch (f->type) {
	case FIELD_AMOUNT:
	case FIELD_DEC:
		return dec_parse(s, &v->dec) ? NULL : "a number that can be kept exactly (18 digits)";
	case FIELD_INT:
		return str_i64(s, &v->integer) ? NULL : "a whole number";
	case FIELD_BOOL:
		return parse_bool(s, &v->boolean) ? NULL : "true or false";
	case FIELD_DATE:
		return parse_date(s, form, &v->date) ? NULL : "a date like 2026-11-25";
	case FIELD_TIME:
		return parse_time(s, &v->time) ? NULL : "an instant like 2026-11-25T10:00:00Z";
	default:
		return NULL;
	}
}

static bool same(const struct lg_rec *rec, const struct field *f, lg_str s, const union value *v)
{
	union value old;

	switch (f->type) {
	case FIELD_AMOUNT:
	case FIELD_DEC:
		return rec_dec(rec, f->id, &old.dec) && dec_eq(old.dec, v->dec);
	case FIELD_INT:
		return rec_int(rec, f->id, &old.integer) && old.integer == v->integer;
	case FIELD_BOOL:
		return rec_bool(rec, f->id) == v->boolean;
	case FIELD_DATE:
		return rec_date(rec, f->id, &old.date) && old.date == v->date;
	case FIELD_TIME:
		return rec_time(rec, f->id, &old.time) && old.time == v->time;
	default:
		return str_eq(rec_str(rec, f->id), s);
	}
}

static void set(struct lg_rec *rec, const struct field *f, lg_str s, const union value *v)
{
	switch (f->type) {
	case FIELD_AMOUNT:
	case FIELD_DEC:
		rec_set_dec(rec, f->id, v->dec);
		return;
	case FIELD_INT:
		rec_set_int(rec, f->id, v->integer);
		return;
	case FIELD_BOOL:
		rec_set_bool(rec, f->id, v->boolean);
		return;
	case FIELD_DATE:
		rec_set_date(rec, f->id, v->date);
		return;
	case FIELD_TIME:
		rec_set_time(rec, f->id, v->time);
		return;
	case FIELD_STRS:
		rec_add_str(rec, f->id, s);
		return;
	default:
		rec_set_str(rec, f->id, s);
	}
}

enum xml_set xml_value_set(struct lg_rec *rec, const struct field *f, enum lg_xml_form form, lg_str text, bool last,
			   const char **why)
{
	union value v = { .integer = 0 };

	*why = parse(f, form, text, &v);
	if (*why)
		return XML_BAD;
	if (f->type != FIELD_STRS && !last && rec_has(rec, f->id))
		return same(rec, f, text, &v) ? XML_SAME : XML_DIFFERS;
	set(rec, f, text, &v);
	return XML_SET;
}

static size_t date_form(lg_date d, enum lg_xml_form form, char text[DATE_TEXT_MAX])
{
	size_t n = date_text(d, text);

	if (form != LG_XML_FORM_DATE8)
		return n;
	memmove(text + 4, text + 5, 2);
	memmove(text + 6, text + 8, 2);
	return 8;
}

bool xml_value_text(const struct lg_rec *rec, const struct field *f, enum lg_xml_form form, int digits, struct buf *out)
{
	char text[DEC_TEXT_MAX];
	union value v = { .integer = 0 };

	if (!rec_has(rec, f->id))
		return false;
	switch (f->type) {
	case FIELD_AMOUNT:
	case FIELD_DEC:
		rec_dec(rec, f->id, &v.dec);
		buf_bytes(out, text, dec_text(v.dec, f->type == FIELD_AMOUNT ? digits : 0, text));
		return true;
	case FIELD_INT:
		rec_int(rec, f->id, &v.integer);
		buf_addf(out, "%lld", (long long)v.integer);
		return true;
	case FIELD_BOOL:
		buf_cstr(out, rec_bool(rec, f->id) ? "true" : "false");
		return true;
	case FIELD_DATE:
		rec_date(rec, f->id, &v.date);
		buf_bytes(out, text, date_form(v.date, form, text));
		return true;
	case FIELD_TIME:
		rec_time(rec, f->id, &v.time);
		buf_bytes(out, text, time_text(v.time, text));
		return true;
	default:
		buf_add(out, rec_str(rec, f->id));
		return true;
	}
}

bool xml_map(const char *map, bool to_wire, lg_str from, lg_str *out)
{
	lg_str all = str_of(map), pair;

	while (str_split(&all, '|', &pair)) {
		size_t eq = str_chr(pair, '=');
		lg_str wire = str_sub(pair, 0, eq), record = str_from(pair, eq + 1);

		if (str_eq(to_wire ? record : wire, from)) {
			*out = to_wire ? wire : record;
			return true;
		}
	}
	return false;
}
