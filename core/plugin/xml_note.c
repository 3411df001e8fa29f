#include "core/plugin/xml_reader.h"

#include <stdarg.h>
#include <stdio.h>

#define NOTES_MAX (XML_NOTES - XML_NOTES / 4) /* so that a free slot is always found */

lg_str xml_path(struct xml_reader *x)
{
	struct buf b = { 0 };
	lg_str path;

	for (size_t i = 1; i <= x->depth; i++) {
		buf_char(&b, '/');
		if (x->frames[i].prefix) {
			buf_cstr(&b, (const char *)x->frames[i].prefix);
			buf_char(&b, ':');
		}
		buf_cstr(&b, (const char *)x->frames[i].local);
	}
	path = arena_str(&x->arena, str_sub(buf_view(&b), 0, 800));
	buf_fini(&b);
	return path;
}

static struct xml_note *slot(struct xml_reader *x, const char *id, const void *where, const void *what)
{
	uintptr_t h = ((uintptr_t)where >> 4) * 31 + ((uintptr_t)what >> 3) * 17 + ((uintptr_t)id >> 2);
	struct xml_note *n;

	for (;; h++) {
		n = &x->notes[h % XML_NOTES];
		if (n->count == 0 || (n->id == id && n->where == where && n->what == what))
			return n;
	}
}

void xml_note(struct xml_reader *x, const char *id, const void *what, const char *fmt, ...)
{
	const struct xml_state *where = x->frames[x->depth].state;
	struct xml_note *n = slot(x, id, where, what);
	char text[256];
	va_list ap;

	if (n->count == 0 && x->note_count == NOTES_MAX) {
		x->notes_lost++;
		return;
	}
	if (n->count++ > 0)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	n->id = id;
	n->where = where;
	n->what = what;
	n->line = xml_line(x);
	n->text = arena_printf(&x->arena, "%.*s%s", STRA(xml_path(x)), text);
	x->order[x->note_count++] = n;
}

void xml_notes_tell(const struct xml_reader *x)
{
	for (size_t i = 0; i < x->note_count; i++) {
		const struct xml_note *n = x->order[i];

		if (n->count == 1)
			x->r->finding(x->r->job, n->id, n->line, "%.*s", STRA(n->text));
		else
			x->r->finding(x->r->job, n->id, n->line, "%.*s (%u times)", STRA(n->text), n->count);
	}
	if (x->notes_lost > 0)
		x->r->finding(x->r->job, "xml.more_findings", 0, "%u more of this kind are not listed", x->notes_lost);
}
