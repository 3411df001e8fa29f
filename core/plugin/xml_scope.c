#include "core/base/dec.h"
#include "core/model/record.h"
#include "core/model/record_priv.h"
#include "core/plugin/xml_reader.h"

#include <string.h>

static lg_status call(struct xml_reader *x, lg_xml_hook *hook, const struct lg_xml_row *row, const struct xml_scope *s,
		      lg_str text)
{
	bool start_tag = row->kind != LG_XML_VALUE;
	const struct lg_xml_at at = {
		.size = sizeof at,
		.read = x->r,
		.ctx = x->ctx,
		.row = row,
		.rec = s->obj,
		.top = s->top,
		.text = text,
		.offset = start_tag ? s->offset : 0,
		.line = start_tag ? s->line : xml_line(x),
		.column = (uint32_t)x->parser->input->col,
	};
	lg_status status = hook(&at);

	if (status != LG_OK)
		xml_stop(x, status);
	return status;
}

/* Where the start tag that was just read begins: the parser keeps the whole tag in its buffer, in which a '<' can be
   nothing else.  0: the input is not UTF-8, so that its bytes are not those of the buffer. */
static uint64_t tag_offset(const struct xml_reader *x)
{
	const xmlParserInput *in = x->parser->input;
	const xmlChar *p = in->cur;

	if (in->buf && in->buf->encoder)
		return 0;
	while (p > in->base && *p != '<')
		p--;
	return (uint64_t)in->consumed + (uint64_t)(p - in->base);
}

/* A record has its own life; anything else lives with the record it is in. */
static struct lg_rec *floating(struct xml_reader *x, const struct xml_scope *parent, uint16_t object)
{
	if (parent->top)
		return rec_new(rec_arena(parent->top), object);
	return x->r->host->rec_new(x->r->job, object);
}

static void drop(struct xml_reader *x, const struct xml_scope *s, struct lg_rec *rec)
{
	struct host_handle *h = x->r->job;

	if (rec && h->rec_drop && (s->top == NULL || s->top == rec))
		h->rec_drop(h, rec);
}

static struct lg_rec *inner(struct lg_rec *obj, const struct lg_xml_row *row)
{
	if (obj && row->outer)
		obj = rec_add_obj(obj, row->outer);
	return obj && row->in ? rec_add_obj(obj, row->in) : obj;
}

static void open_object(struct xml_reader *x, struct xml_scope *s, const struct xml_scope *parent)
{
	const struct lg_xml_row *row = s->open->row;
	struct lg_rec *obj;

	switch ((enum lg_xml_kind)row->kind) {
	case LG_XML_RECORD:
		s->obj = s->top = x->r->host->rec_new(x->r->job, row->field);
		return;
	case LG_XML_SCRATCH:
		s->obj = floating(x, parent, row->field);
		return;
	case LG_XML_OBJECT:
		if (parent->obj == NULL)
			die("xml: the object \"%s\" is in no record", row->path);
		if (s->open->variant)
			s->obj = floating(x, parent, field_get(row->field)->ref);
		else
			s->obj = rec_add_obj(inner(parent->obj, row), row->field);
		return;
	default:
		obj = parent->obj;
		if (s->open->variant && obj)
			s->obj = floating(x, parent, rec_object(inner(obj, row)));
		else
			s->obj = inner(obj, row);
	}
}

void xml_scopes_open(struct xml_reader *x, const struct xml_state *st)
{
	size_t base = x->scope_count;

	if (base + st->open_count > x->scope_cap)
		x->scopes = xgrow(x->scopes, &x->scope_cap, base + st->open_count, sizeof *x->scopes);
	x->scope_count += st->open_count;
	for (size_t i = 0; i < st->open_count && x->status == LG_OK; i++) {
		const struct xml_open *o = &st->opens[i];
		struct xml_scope *s = &x->scopes[base + i];
		const struct xml_scope *parent = &x->scopes[base - 1 - o->parent];

		*s = (struct xml_scope){ .open = o, .top = parent->top, .line = xml_line(x) };
		if (o->row->kind == LG_XML_RECORD)
			s->offset = tag_offset(x);
		open_object(x, s, parent);
		if (o->row->start)
			call(x, o->row->start, o->row, s, STR_NONE);
	}
}

static bool is_empty(const struct lg_rec *rec)
{
	size_t at = 0;

	return rec_walk(rec, &at) == NULL;
}

static bool same_text(const struct lg_rec *a, const struct lg_rec *b, const struct field *f)
{
	struct buf one = { 0 }, two = { 0 };
	bool same;

	xml_value_text(a, f, LG_XML_FORM_AUTO, 0, &one);
	xml_value_text(b, f, LG_XML_FORM_AUTO, 0, &two);
	same = str_eq(buf_view(&one), buf_view(&two));
	buf_fini(&one);
	buf_fini(&two);
	return same;
}

/* Has `to` another value for a field that is not a list? */
static bool clash(const struct lg_rec *to, const struct lg_rec *from)
{
	const struct field *f;
	size_t at = 0;

	while ((f = rec_walk(from, &at)) != NULL) {
		if (f->type == FIELD_OBJS || f->type == FIELD_STRS || !rec_has(to, f->id))
			continue;
		if (f->type == FIELD_OBJ ? clash(rec_obj(to, f->id), rec_obj(from, f->id)) : !same_text(to, from, f))
			return true;
	}
	return false;
}

/* Puts what a variant has collected where it belongs. */
static void attach(struct xml_reader *x, const struct xml_scope *s, const struct xml_scope *parent)
{
	const struct lg_xml_row *row = s->open->row;
	struct lg_rec *to;

	if (s->obj == NULL || parent->obj == NULL || is_empty(s->obj) || row->kind == LG_XML_SCRATCH)
		return;
	to = inner(parent->obj, row);
	if (row->kind == LG_XML_OBJECT)
		to = rec_add_obj(to, row->field);
	if (clash(to, s->obj))
		xml_note(x, "xml.repeated", row, " comes again with other values, the last ones are kept");
	rec_copy(to, s->obj);
}

static void note_currency(struct xml_reader *x, const struct xml_action *a, const struct xml_scope *s, lg_str text)
{
	xml_note(x, "xml.currency", a, " is in \"%.*s\", but the document is in %.*s", (int)MIN(text.len, 20), text.ptr,
		 STRA(rec_str(s->top, a->row->currency)));
}

static void finish(struct xml_reader *x, const struct xml_scope *s, const struct xml_scope *parent)
{
	const struct lg_xml_row *row = s->open->row;
	lg_status status;

	if (row->hook && call(x, row->hook, row, s, STR_NONE) != LG_OK)
		return;
	if (row->kind == LG_XML_RECORD && (row->flags & LG_XML_TAKEN))
		return;
	if (s->open->variant) {
		if (s->odd)
			note_currency(x, s->odd, s, s->odd_text);
		attach(x, s, parent);
	} else if (row->kind == LG_XML_RECORD && !(row->flags & LG_XML_NO_EMIT)) {
		status = x->r->emit(x->r->job, s->obj, s->offset, s->line);
		if (status != LG_OK)
			xml_stop(x, status);
		return;
	} else if (row->kind == LG_XML_OBJECT && is_empty(s->obj)) {
		if (field_get(row->field)->type == FIELD_OBJ)
			rec_unset(inner(parent->obj, row), row->field);
		else
			rec_remove_last(inner(parent->obj, row), row->field);
	}
	if (row->kind == LG_XML_RECORD || row->kind == LG_XML_SCRATCH)
		drop(x, s, s->obj);
}

static bool fits(const struct xml_scope *s)
{
	return !s->failed && (s->have & s->open->need) == s->open->need;
}

/* The opens of one parent, from `at`: the first variant that fits, or each when they are none; returns where the next
   parent's begin. */
static size_t close_siblings(struct xml_reader *x, const struct xml_state *st, size_t base, size_t at)
{
	const struct xml_open *first = &st->opens[at];
	bool done = false;

	for (; at < st->open_count && st->opens[at].parent == first->parent && x->status == LG_OK; at++) {
		struct xml_scope *s = &x->scopes[base + at];

		if (first->variant && (done || !fits(s)))
			continue;
		finish(x, s, &x->scopes[base - 1 - s->open->parent]);
		done = true;
	}
	if (!done && x->status == LG_OK && !x->scopes[base - 1 - first->parent].failed)
		xml_note(x, "xml.no_variant", NULL, " is not read: it is none of the kinds that are known");
	return at;
}

void xml_scopes_close(struct xml_reader *x, const struct xml_state *st)
{
	size_t base = x->scope_count - st->open_count;

	if (st->open_count == 1 && !st->opens[0].variant)
		finish(x, &x->scopes[base], &x->scopes[base - 1 - st->opens[0].parent]);
	else
		for (size_t at = 0; at < st->open_count && x->status == LG_OK;)
			at = close_siblings(x, st, base, at);
	x->scope_count = base;
}

static void condition(struct xml_scope *s, const struct xml_action *a, bool met)
{
	if (met)
		s->have |= a->bit;
	else
		s->failed = true;
}

/* More decimals than the currency has. */
static void check_decimals(struct xml_reader *x, const struct xml_action *a, const struct xml_scope *s, lg_str text)
{
	lg_str currency = rec_str(s->top, a->row->currency);
	size_t point = str_chr(text, '.');
	lg_dec d;

	if (currency.len == 0 || point == text.len || !dec_parse(text, &d) || d.scale <= currency_digits(currency))
		return;
	xml_note(x, "xml.decimals", a, ": %.*s has more decimals than %.*s; it is kept as it is",
		 (int)MIN(text.len, 40), text.ptr, STRA(currency));
}

static void set_field(struct xml_reader *x, const struct xml_action *a, struct xml_scope *s, lg_str text)
{
	const struct lg_xml_row *row = a->row;
	struct lg_rec *obj = row->flags & LG_XML_TOP ? s->top : s->obj;
	const char *why;

	switch (xml_value_set(inner(obj, row), a->field, row->form, text, row->flags & LG_XML_LAST, &why)) {
	case XML_DIFFERS:
		xml_note(x, "xml.repeated", a, ": \"%.*s\" is not kept, the record has room for the first value only",
			 (int)MIN(text.len, 60), text.ptr);
		return;
	case XML_BAD:
		xml_refuse(x, "xml.bad_value", "\"%.*s\" is not %s in %.*s", (int)MIN(text.len, 60), text.ptr, why,
			   STRA(xml_path(x)));
		return;
	default:
		if (row->currency && a->field->type == FIELD_AMOUNT)
			check_decimals(x, a, s, text);
	}
}

static bool is_one_of(lg_str text, lg_str list)
{
	lg_str one;

	while (str_split(&list, '|', &one))
		if (str_eq(one, text))
			return true;
	return false;
}

void xml_value(struct xml_reader *x, const struct xml_action *a, lg_str text)
{
	struct xml_scope *s = &x->scopes[x->scope_count - 1 - a->up];
	const struct lg_xml_row *row = a->row;
	bool mapped = true;

	if (s->failed)
		return;
	if (row->form != LG_XML_FORM_KEEP)
		text = str_trim(text);
	if (row->kind == LG_XML_CONST) {
		condition(s, a, is_one_of(text, a->value));
		return;
	}
	if (text.len == 0)
		return;
	if (row->map)
		mapped = xml_map(row->map, false, text, &text);
	if (a->bit && (row->map || !row->currency))
		condition(s, a, mapped);
	if ((row->flags & LG_XML_TOP) && (s->top == NULL || (s->open->variant && !fits(s))))
		return;
	if (row->hook)
		call(x, row->hook, row, s, text);
	else if (a->field && s->obj)
		set_field(x, a, s, text);
}

void xml_currency(struct xml_reader *x, const struct xml_action *a, lg_str text)
{
	struct xml_scope *s = &x->scopes[x->scope_count - 1 - a->up];
	lg_str expected = s->top ? rec_str(s->top, a->row->currency) : STR_NONE;

	if (s->top == NULL || s->failed)
		return;
	if (a->row->flags & LG_XML_FITS) {
		condition(s, a, expected.len > 0 && str_eq(text, expected));
	} else if (expected.len == 0) {
		rec_set_str(s->top, a->row->currency, text);
		xml_note(x, "xml.currency", a, " is in \"%.*s\"; the document names no currency, this one is taken",
			 (int)MIN(text.len, 20), text.ptr);
	} else if (!str_eq(text, expected) && !s->open->variant) {
		note_currency(x, a, s, text);
	} else if (!str_eq(text, expected)) {
		s->odd = a;
		s->odd_text = arena_str(&x->arena, text);
	}
}
