#include "core/model/record.h"
#include "core/plugin/xml_priv.h"

#include <string.h>

#define DEPTH_MAX 32
#define PENDING_MAX 8
#define FLUSH (64 * 1024)

/* An attribute whose row came by, waiting for the element that it belongs to. */
struct pending {
	lg_str element, name; /* path of the element within the scope */
	size_t at, len;       /* of the value, in writer.values */
};

struct writer {
	const struct lg_write *w;
	const struct lg_xml *xml;
	const struct lg_rec *top;
	struct buf out, values, text;
	lg_str open[DEPTH_MAX]; /* steps of the elements that are open */
	size_t depth;
	bool in_tag;  /* the '>' of the innermost is not written yet */
	bool inlined; /* its text was */
	struct pending pending[PENDING_MAX];
	size_t pending_count;
	uint64_t spaces; /* bits of those used */
	uint32_t root;   /* the space that is written without a prefix */
	uint16_t each;   /* list of which only element each_at is written; 0: all */
	size_t each_at;
	int digits; /* of the record's currency */
	bool failed;
};

/* Where rows are written: the object they are about, and the depth of their element. */
struct place {
	const struct lg_rec *obj;
	size_t base;
};

static void fail(struct writer *w, const char *what, const char *path)
{
	if (!w->failed)
		w->w->fail(w->w->job, "xml.character", "%s (at \"%s\")", what, path);
	w->failed = true;
}

static const char *escaped(char c, bool attribute)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\r':
		return "&#13;";
	case '"':
		return attribute ? "&quot;" : NULL;
	case '\n':
		return attribute ? "&#10;" : NULL;
	case '\t':
		return attribute ? "&#9;" : NULL;
	default:
		return NULL;
	}
}

static void put_text(struct writer *w, lg_str s, bool attribute, const char *path)
{
	size_t done = 0;

	if (!str_is_utf8(s))
		fail(w, "a text is not UTF-8", path);
	for (size_t i = 0; i < s.len; i++) {
		const char *e = escaped(s.ptr[i], attribute);

		if ((unsigned char)s.ptr[i] < ' ' && e == NULL && s.ptr[i] != '\n' && s.ptr[i] != '\t')
			fail(w, "a text has a control character, which XML cannot hold", path);
		if (e == NULL)
			continue;
		buf_add(&w->out, str_sub(s, done, i - done));
		buf_cstr(&w->out, e);
		done = i + 1;
	}
	buf_add(&w->out, str_from(s, done));
}

static uint32_t space_of(const struct writer *w, lg_str step)
{
	size_t colon = str_chr(step, ':');
	lg_str prefix = colon < step.len ? str_sub(step, 0, colon) : STR_NONE;

	for (uint32_t i = 0; i < w->xml->space_count; i++)
		if (str_is(prefix, w->xml->spaces[i].prefix))
			return i;
	die("xml: the prefix of \"%.*s\" is not among the table's spaces", STRA(step));
}

static void put_name(struct writer *w, lg_str step)
{
	uint32_t space = space_of(w, step);
	size_t colon = str_chr(step, ':');

	w->spaces |= (uint64_t)1 << space;
	buf_add(&w->out, space == w->root && colon < step.len ? str_from(step, colon + 1) : step);
}

static void indent(struct writer *w)
{
	buf_char(&w->out, '\n');
	for (size_t i = 0; i < w->depth; i++)
		buf_cstr(&w->out, "  ");
}

static void end_tag(struct writer *w)
{
	if (w->in_tag)
		buf_char(&w->out, '>');
	w->in_tag = false;
}

static void open_element(struct writer *w, lg_str step)
{
	if (w->depth == DEPTH_MAX)
		die("xml: a table nests too deeply");
	end_tag(w);
	indent(w);
	buf_char(&w->out, '<');
	put_name(w, step);
	w->open[w->depth++] = step;
	w->in_tag = true;
	w->inlined = false;
}

static void close_to(struct writer *w, size_t depth)
{
	while (w->depth > depth) {
		lg_str step = w->open[--w->depth];

		if (w->in_tag) {
			buf_cstr(&w->out, "/>");
		} else {
			if (!w->inlined)
				indent(w);
			buf_cstr(&w->out, "</");
			put_name(w, step);
			buf_char(&w->out, '>');
		}
		w->in_tag = w->inlined = false;
	}
}

static void put_attribute(struct writer *w, lg_str name, lg_str value, const char *path)
{
	if (!w->in_tag)
		die("xml: the attribute \"%s\" comes too late in its table", path);
	buf_char(&w->out, ' ');
	buf_add(&w->out, name);
	buf_cstr(&w->out, "=\"");
	put_text(w, value, true, path);
	buf_char(&w->out, '"');
}

static void flush_pending(struct writer *w, lg_str path)
{
	for (size_t i = 0; i < w->pending_count; i++) {
		const struct pending *p = &w->pending[i];

		if (str_eq(p->element, path))
			put_attribute(w, p->name, (lg_str){ w->values.ptr + p->at, p->len }, path.ptr);
	}
}

/* Opens the elements of the path below the place; of those that are open already, the common ones stay, but the last is
   a new one. */
static void go(struct writer *w, const struct place *at, lg_str path)
{
	lg_str rest = path, step;
	size_t depth = at->base;
	bool common = true;

	while (str_split(&rest, '/', &step)) {
		if (step.len == 0 || step.ptr[0] == '@')
			break;
		common = common && rest.ptr != NULL && depth < w->depth && str_eq(w->open[depth], step);
		if (!common) {
			close_to(w, depth);
			open_element(w, step);
			flush_pending(w, (lg_str){ path.ptr, (size_t)(step.ptr + step.len - path.ptr) });
		}
		depth++;
	}
}

static const struct lg_rec *inner(const struct lg_rec *obj, const struct lg_xml_row *row)
{
	if (obj && row->outer)
		obj = rec_obj(obj, row->outer);
	return obj && row->in ? rec_obj(obj, row->in) : obj;
}

/* The text of a VALUE row, valid until the next call; false: absent. */
static bool value_of(struct writer *w, const struct lg_xml_row *row, const struct lg_rec *obj, size_t nth, lg_str *out)
{
	const struct lg_rec *holder = inner(row->flags & LG_XML_TOP ? w->top : obj, row);
	const struct field *f = row->field ? field_get(row->field) : NULL;

	if (row->text) {
		*out = nth == 0 ? row->text(w->w, w->top, obj) : STR_NONE;
		return out->len > 0;
	}
	if (f == NULL || holder == NULL)
		return false;
	if (f->type == FIELD_STRS) {
		*out = rec_str_at(holder, f->id, nth);
		return out->len > 0;
	}
	buf_reset(&w->text);
	if (nth > 0 || !xml_value_text(holder, f, row->form, w->digits, &w->text))
		return false;
	*out = buf_view(&w->text);
	if (row->map)
		xml_map(row->map, true, *out, out);
	return true;
}

static bool rows_have(struct writer *w, const struct lg_xml_rows *rows, const struct lg_rec *obj);

static size_t each_count(const struct lg_xml_row *row, const struct lg_rec *obj)
{
	return row->each ? rec_count(obj, row->each) : 0;
}

/* The objects of an OBJECT row that are to be written now: from *from up to the result. */
static size_t objects(const struct writer *w, const struct lg_xml_row *row, const struct lg_rec *holder, size_t *from)
{
	size_t n = rec_count(holder, row->field);

	*from = w->each == row->field ? w->each_at : 0;
	return w->each == row->field ? MIN(w->each_at + 1, n) : n;
}

/* Is there anything to write in the element of the row? */
static bool row_has(struct writer *w, const struct lg_xml_row *row, const struct lg_rec *obj)
{
	const struct lg_rec *holder = xml_opens(row) ? inner(obj, row) : NULL;
	lg_str text;
	size_t i, n;

	if (row->flags & LG_XML_READ)
		return false;
	switch ((enum lg_xml_kind)row->kind) {
	case LG_XML_VALUE:
		return value_of(w, row, obj, 0, &text);
	case LG_XML_INCLUDE:
		return rows_have(w, row->rows, obj);
	case LG_XML_GROUP:
		return holder && (each_count(row, holder) > 0 || rows_have(w, row->rows, holder));
	case LG_XML_OBJECT:
		if (holder == NULL)
			return false;
		for (n = objects(w, row, holder, &i); i < n; i++)
			if ((row->flags & LG_XML_REQUIRED) ||
			    rows_have(w, row->rows, rec_obj_at(holder, row->field, i)))
				return true;
		return false;
	default:
		return false;
	}
}

static bool rows_have(struct writer *w, const struct lg_xml_rows *rows, const struct lg_rec *obj)
{
	for (uint32_t i = 0; i < rows->count; i++) {
		const struct lg_xml_row *row = xml_row(rows, i);
		lg_str path = str_of(row->path);

		/* An attribute of an inner element is nothing without its text. */
		if (str_chr(path, '@') > 0 && str_chr(path, '@') < path.len)
			continue;
		if (row_has(w, row, obj))
			return true;
	}
	return false;
}

static void write_rows(struct writer *w, const struct lg_xml_rows *rows, const struct place *at);

static void hold_attribute(struct writer *w, const struct place *at, const struct lg_xml_row *row, lg_str text)
{
	lg_str path = str_of(row->path);
	size_t sign = str_chr(path, '@');
	struct pending *p;

	if (sign == 0) {
		if (w->depth != at->base)
			die("xml: the attribute \"%s\" comes too late in its table", row->path);
		put_attribute(w, str_from(path, 1), text, row->path);
		return;
	}
	if (w->pending_count == PENDING_MAX)
		die("xml: too many attributes before \"%s\"", row->path);
	p = &w->pending[w->pending_count++];
	*p = (struct pending){ str_sub(path, 0, sign - 1), str_from(path, sign + 1), w->values.len, text.len };
	buf_add(&w->values, text);
}

static void forget_pending(struct writer *w)
{
	w->pending_count = 0;
	buf_reset(&w->values);
}

static void put_currency(struct writer *w, const struct lg_xml_row *row)
{
	lg_str currency = row->currency ? rec_str(w->top, row->currency) : STR_NONE;

	if (currency.len > 0 && w->xml->currency_attribute)
		put_attribute(w, str_of(w->xml->currency_attribute), currency, row->path);
}

static void put_value(struct writer *w, const struct lg_xml_row *row, const struct place *at, lg_str text)
{
	lg_str path = str_of(row->path);

	if (str_chr(path, '@') < path.len) {
		hold_attribute(w, at, row, text);
		return;
	}
	if (!str_is(path, "."))
		go(w, at, path);
	put_currency(w, row);
	end_tag(w);
	put_text(w, text, false, row->path);
	w->inlined = true;
	if (!str_is(path, "."))
		close_to(w, w->depth - 1);
}

static void write_values(struct writer *w, const struct lg_xml_row *row, const struct place *at)
{
	lg_str path = str_of(row->path), text;
	size_t n = 0;

	while (value_of(w, row, at->obj, n, &text)) {
		put_value(w, row, at, text);
		n++;
		if (row->text)
			break;
	}
	if (str_chr(path, '@') < path.len)
		return;
	if (n == 0 && (row->flags & LG_XML_REQUIRED) && w->pending_count > 0)
		put_value(w, row, at, STR_NONE);
	forget_pending(w);
}

static void write_inside(struct writer *w, const struct lg_xml_row *row, const struct place *at,
			 const struct lg_rec *obj)
{
	struct place below = { .obj = obj };

	go(w, at, str_of(row->path));
	forget_pending(w);
	below.base = w->depth;
	write_rows(w, row->rows, &below);
	close_to(w, below.base - 1);
}

static void write_objects(struct writer *w, const struct lg_xml_row *row, const struct place *at)
{
	const struct lg_rec *holder = inner(at->obj, row), *obj;
	uint16_t each = w->each;
	size_t each_at = w->each_at, i, n;

	if (holder == NULL)
		return;
	for (n = objects(w, row, holder, &i); i < n; i++) {
		obj = rec_obj_at(holder, row->field, i);
		w->each = row->each;
		w->each_at = 0;
		if ((row->flags & LG_XML_REQUIRED) || rows_have(w, row->rows, obj))
			do
				write_inside(w, row, at, obj);
			while (++w->each_at < each_count(row, obj));
		w->each = each;
		w->each_at = each_at;
	}
}

static void write_group(struct writer *w, const struct lg_xml_row *row, const struct place *at)
{
	const struct lg_rec *holder = inner(at->obj, row);
	uint16_t each = w->each;
	size_t each_at = w->each_at, n;

	if (holder == NULL || (!row_has(w, row, at->obj) && !(row->flags & LG_XML_REQUIRED)))
		return;
	n = each_count(row, holder);
	if (row->each) {
		w->each = row->each;
		w->each_at = 0;
	}
	do
		write_inside(w, row, at, holder);
	while (row->each && ++w->each_at < n);
	w->each = each;
	w->each_at = each_at;
}

static void write_rows(struct writer *w, const struct lg_xml_rows *rows, const struct place *at)
{
	for (uint32_t i = 0; i < rows->count && !w->failed; i++) {
		const struct lg_xml_row *row = xml_row(rows, i);

		if (row->flags & LG_XML_READ)
			continue;
		switch ((enum lg_xml_kind)row->kind) {
		case LG_XML_VALUE:
			write_values(w, row, at);
			break;
		case LG_XML_CONST:
			put_value(w, row, at, str_sub(str_of(row->value), 0, str_chr(str_of(row->value), '|')));
			break;
		case LG_XML_INCLUDE:
			write_rows(w, row->rows, at);
			break;
		case LG_XML_OBJECT:
			write_objects(w, row, at);
			break;
		case LG_XML_GROUP:
			write_group(w, row, at);
			break;
		case LG_XML_RECORD:
		case LG_XML_SCRATCH:
		case LG_XML_SKIP:
			break;
		}
	}
}

/* The namespaces that came up, known only now, go into the root's start tag, which is the first. */
static void put_document(struct writer *w, size_t root_end)
{
	struct buf head = { 0 };
	lg_str all = buf_view(&w->out);

	buf_cstr(&head, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
	buf_add(&head, str_sub(all, 0, root_end));
	for (uint32_t i = 0; i < w->xml->space_count; i++) {
		const struct lg_xml_space *s = &w->xml->spaces[i];

		if (!(w->spaces & (uint64_t)1 << i) || s->uri[0] == '\0')
			continue;
		if (i == w->root || s->prefix[0] == '\0')
			buf_addf(&head, " xmlns=\"%s\"", s->uri);
		else
			buf_addf(&head, " xmlns:%s=\"%s\"", s->prefix, s->uri);
	}
	w->w->put(w->w->job, buf_view(&head));
	for (size_t at = root_end; at < all.len; at += FLUSH)
		w->w->put(w->w->job, str_sub(all, at, FLUSH));
	w->w->put(w->w->job, LG_STR("\n"));
	buf_fini(&head);
}

/* The table's default namespace, or else that of the root. */
static uint32_t default_space(const struct writer *w, lg_str root)
{
	for (uint32_t i = 0; i < w->xml->space_count; i++)
		if (w->xml->spaces[i].prefix[0] == '\0')
			return i;
	return space_of(w, root);
}

lg_status xml_write(const struct lg_write *lw, const struct lg_xml *xml, const struct lg_xml_row *row,
		    const struct lg_rec *rec)
{
	const struct field *currency = field_by_name(object_get(rec_object(rec)), LG_STR("currency"));
	struct writer w = { .w = lw, .xml = xml, .top = rec };
	lg_str path = str_of(row->path), root = str_sub(path, 0, str_chr(path, '/'));
	struct place at = { .obj = rec };
	size_t root_end;

	w.digits = currency ? currency_digits(rec_str(rec, currency->id)) : 2;
	w.root = default_space(&w, root);
	go(&w, &at, root);
	root_end = w.out.len;
	if (root.len < path.len) {
		at.base = 1;
		go(&w, &at, str_from(path, root.len + 1));
	}
	at.base = w.depth;
	write_rows(&w, row->rows, &at);
	close_to(&w, 0);
	if (!w.failed)
		put_document(&w, root_end);
	buf_fini(&w.out);
	buf_fini(&w.values);
	buf_fini(&w.text);
	return w.failed ? LG_REJECT : LG_OK;
}
