#include "core/conf/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXCERPT_MAX 110 /* characters of a line that are shown */
#define NAMES_MAX 30    /* names that a hint lists */

void diag_fini(struct diag *d)
{
	map_fini(&d->seen);
	free(d->items);
	arena_fini(&d->arena);
	*d = (struct diag){ 0 };
}

/* Counts an error for its source and those that named it; true when one of them is contained. */
static bool count_error(struct source *s)
{
	bool contained = false;

	for (; s != NULL; s = s->parent) {
		s->errors++;
		contained |= s->contained;
	}
	return contained;
}

static ATTR_PRINTF(4, 0) void add(struct diag *d, enum diag_level level, struct place place, const char *fmt,
				  va_list ap)
{
	char msg[1024];
	lg_str key;

	vsnprintf(msg, sizeof msg, fmt, ap);
	key = arena_printf(&d->arena, "%p:%u:%u:%s", (void *)place.source, place.line, place.column, msg);
	d->last_new = map_put(&d->seen, key, d) == NULL;
	if (!d->last_new)
		return;
	if (level == DIAG_WARNING)
		d->warnings++;
	else {
		d->errors++;
		d->contained += count_error(place.source);
	}
	d->last_new = d->count < DIAG_MAX;
	if (!d->last_new)
		return;
	d->items = xgrow(d->items, &d->cap, d->count + 1, sizeof *d->items);
	d->items[d->count] = (struct diag_item){
		.level = level, .place = place, .message = arena_str(&d->arena, str_of(msg)), .order = d->count
	};
	d->count++;
}

bool diag_error(struct diag *d, struct place place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_ERROR, place, fmt, ap);
	va_end(ap);
	return false;
}

void diag_warn(struct diag *d, struct place place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_WARNING, place, fmt, ap);
	va_end(ap);
}

bool diag_hint(struct diag *d, const char *fmt, ...)
{
	char hint[1024];
	va_list ap;

	if (!d->last_new)
		return false;
	va_start(ap, fmt);
	vsnprintf(hint, sizeof hint, fmt, ap);
	va_end(ap);
	d->items[d->count - 1].hint = arena_str(&d->arena, str_of(hint));
	return false;
}

bool diag_err(struct diag *d, struct place place, const struct err *err)
{
	diag_error(d, place, "%s", err->msg);
	if (err->hint[0] != '\0')
		diag_hint(d, "%s", err->hint);
	return false;
}

void diag_hide(struct source *s, lg_str text)
{
	if (s == NULL || text.len == 0)
		return;
	s->hidden = xgrow(s->hidden, &s->hidden_cap, s->hidden_count + 1, sizeof *s->hidden);
	s->hidden[s->hidden_count++] = text;
}

void source_fini(struct source *s)
{
	free(s->hidden);
	s->hidden = NULL;
	s->hidden_count = s->hidden_cap = 0;
}

lg_str source_line(const struct source *s, uint32_t n)
{
	lg_str rest = s->text, line = STR_NONE;

	while (n > 0 && str_split(&rest, '\n', &line))
		n--;
	if (n > 0)
		return STR_NONE;
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* ---- printing ---- */

struct colours {
	const char *place, *error, *warning, *caret, *end;
};

static const struct colours no_colours = { "", "", "", "", "" };
static const struct colours colours = { "\033[1m", "\033[1;31m", "\033[1;35m", "\033[1;32m", "\033[0m" };

bool diag_colour(int fd)
{
	const char *no = getenv("NO_COLOR");

	return isatty(fd) && (no == NULL || no[0] == '\0');
}

/* The line with hidden texts as "***"; characters keep their place up to the first hidden one. */
static void add_masked(const struct source *s, lg_str line, struct buf *out)
{
	while (line.len > 0) {
		size_t best = line.len, len = 0;

		for (size_t i = 0; i < s->hidden_count; i++) {
			size_t at = str_find(line, s->hidden[i]);

			if (at < best) {
				best = at;
				len = s->hidden[i].len;
			}
		}
		buf_add(out, str_sub(line, 0, best));
		if (len > 0)
			buf_cstr(out, "***");
		line = str_from(line, best + len);
	}
}

/* Characters `from` to `to` (from 0) of a text, blanks for control characters. */
static void add_window(struct buf *out, lg_str text, uint32_t from, uint32_t to)
{
	for (uint32_t i = 0; i < to && text.len > 0; i++) {
		uint32_t c = utf8_next(&text);

		if (i >= from)
			buf_utf8(out, c < ' ' || c == 0x7f ? ' ' : c);
	}
}

static void print_excerpt(const struct place *at, const struct colours *c, struct buf *out)
{
	struct buf masked = { 0 };
	uint32_t from = at->column > EXCERPT_MAX - 10 ? at->column - (EXCERPT_MAX - 10) : 0;

	add_masked(at->source, source_line(at->source, at->line), &masked);
	if (masked.len > 0) {
		buf_addf(out, "%5u | ", at->line);
		add_window(out, buf_view(&masked), from, from + EXCERPT_MAX);
		buf_char(out, '\n');
		if (at->column > 0)
			buf_addf(out, "      | %*s%s^%s\n", (int)(at->column - from - 1), "", c->caret, c->end);
	}
	buf_fini(&masked);
}

static void print_place(const struct place *at, struct buf *out)
{
	if (at->source == NULL)
		return;
	buf_add(out, at->source->name);
	if (at->line > 0)
		buf_addf(out, ":%u", at->line);
	if (at->line > 0 && at->column > 0)
		buf_addf(out, ":%u", at->column);
	buf_cstr(out, ": ");
}

static void print_item(const struct diag_item *item, const struct colours *c, struct buf *out)
{
	bool is_error = item->level == DIAG_ERROR;

	buf_cstr(out, c->place);
	print_place(&item->place, out);
	buf_addf(out, "%s%s%s:%s ", c->end, is_error ? c->error : c->warning, is_error ? "error" : "warning", c->end);
	buf_add(out, item->message);
	buf_char(out, '\n');
	if (item->place.source != NULL && item->place.line > 0)
		print_excerpt(&item->place, c, out);
	if (item->hint.len > 0)
		buf_addf(out, "      = hint: %.*s\n", STRA(item->hint));
}

struct sorted {
	const struct diag_item *item;
	size_t file; /* order of its first item */
};

static int compare(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	const struct place *p = &x->item->place, *q = &y->item->place;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (p->line != q->line)
		return p->line < q->line ? -1 : 1;
	if (p->column != q->column)
		return p->column < q->column ? -1 : 1;
	return x->item->order < y->item->order ? -1 : 1;
}

static struct sorted *sort(struct diag *d)
{
	struct sorted *rows = xalloc(sizeof *rows * (d->count + 1));
	struct map files = { 0 };

	for (size_t i = 0; i < d->count; i++) {
		const struct source *s = d->items[i].place.source;
		lg_str key = s ? s->name : LG_STR("");
		struct sorted *first = map_get(&files, key);

		rows[i] = (struct sorted){ &d->items[i], first ? first->file : i };
		if (first == NULL)
			map_put(&files, key, &rows[i]);
	}
	map_fini(&files);
	qsort(rows, d->count, sizeof *rows, compare);
	return rows;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

void diag_print(struct diag *d, bool colour, struct buf *out)
{
	struct sorted *rows = sort(d);

	for (size_t i = 0; i < d->count; i++)
		print_item(rows[i].item, colour ? &colours : &no_colours, out);
	free(rows);
	if (d->count < d->errors + d->warnings)
		buf_addf(out, "... and %zu more\n", d->errors + d->warnings - d->count);
	if (d->errors > 0)
		buf_addf(out, "%zu error%s", d->errors, plural(d->errors));
	if (d->warnings > 0)
		buf_addf(out, "%s%zu warning%s", d->errors > 0 ? ", " : "", d->warnings, plural(d->warnings));
	if (d->errors + d->warnings > 0)
		buf_char(out, '\n');
}

/* ---- suggestions ---- */

lg_str suggest(lg_str word, const lg_str *names, size_t count)
{
	size_t best = word.len <= 3 ? 2 : 3;
	lg_str found = STR_NONE;

	for (size_t i = 0; i < count; i++) {
		size_t longer = MAX(names[i].len, word.len) - MIN(names[i].len, word.len);
		size_t n = longer < best ? str_distance(word, names[i], best) : best;

		/* Two texts of two letters have everything in common with each other at two edits. */
		if (n < best && n < word.len) {
			best = n;
			found = names[i];
		}
	}
	return found;
}

bool diag_suggest(struct diag *d, const char *what, lg_str word, const lg_str *names, size_t count)
{
	lg_str near = suggest(word, names, count);
	struct buf b = { 0 };

	if (near.len > 0)
		buf_addf(&b, "did you mean \"%.*s\"?", STRA(near));
	if (count > 0 && count <= NAMES_MAX) {
		buf_addf(&b, "%s%s: ", near.len > 0 ? " " : "", what);
		for (size_t i = 0; i < count; i++)
			buf_addf(&b, "%s%.*s", i ? ", " : "", STRA(names[i]));
	} else if (count == 0) {
		buf_addf(&b, "there are no %s", what);
	}
	if (b.len > 0)
		diag_hint(d, "%s", buf_text(&b));
	buf_fini(&b);
	return false;
}
