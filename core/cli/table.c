/* table.c - rows for people and for programs. */
#include "core/base/json.h"
#include "core/cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct cell {
	lg_str text;
	bool json;
};

struct table {
	struct cli *cli;
	const struct column *columns;
	size_t column_count, rows;
	struct arena arena;
	struct cell *cells;
	size_t count, cap;
};

#define WIDTH_MAX 60 /* of a table's cell; longer texts go on in the next line */

struct table *table_new(struct cli *cli, const struct column *columns, size_t count)
{
	struct table *t = xalloc(sizeof *t);

	t->cli = cli;
	t->columns = columns;
	t->column_count = count;
	if (cli->format == CLI_JSON)
		fputs("[", stdout);
	return t;
}

static void print_json_row(struct table *t)
{
	struct buf b = { 0 };
	bool first = true;

	if (t->cli->format == CLI_JSON)
		buf_cstr(&b, t->rows > 1 ? ",\n " : "\n ");
	buf_char(&b, '{');
	for (size_t i = 0; i < t->column_count; i++) {
		const struct cell *c = &t->cells[i];

		if (c->text.len == 0)
			continue;
		if (!first)
			buf_char(&b, ',');
		first = false;
		json_quote(&b, str_of(t->columns[i].name));
		buf_char(&b, ':');
		if (c->json)
			buf_add(&b, c->text);
		else
			json_quote(&b, c->text);
	}
	buf_char(&b, '}');
	if (t->cli->format == CLI_JSONL)
		buf_char(&b, '\n');
	fwrite(b.ptr, 1, b.len, stdout);
	buf_fini(&b);
}

static void add(struct table *t, lg_str text, bool json)
{
	t->cells = xgrow(t->cells, &t->cap, t->count + 1, sizeof *t->cells);
	t->cells[t->count++] = (struct cell){ arena_str(&t->arena, text), json };
	if (t->count % t->column_count != 0)
		return;
	t->rows++;
	if (t->cli->format == CLI_TABLE)
		return;
	print_json_row(t);
	t->count = 0;
	arena_reset(&t->arena);
}

void table_cell(struct table *t, lg_str text)
{
	add(t, text, false);
}

void table_json(struct table *t, lg_str json)
{
	add(t, json, true);
}

void table_cellf(struct table *t, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	add(t, str_of(text), false);
}

size_t table_rows(const struct table *t)
{
	return t->rows;
}

/* Characters that take a place: code points, which is right for the scripts of invoices here. */
static size_t width(lg_str s)
{
	size_t n = 0;

	while (s.len > 0) {
		utf8_next(&s);
		n++;
	}
	return n;
}

/* What of *rest stands on one line of a cell: up to WIDTH_MAX, cut at the last blank if there is one. */
static lg_str next_line(lg_str *rest)
{
	lg_str at = *rest, line = *rest;

	for (size_t n = 0; n < WIDTH_MAX && at.len > 0; n++)
		utf8_next(&at);
	if (at.len > 0) {
		size_t fits = rest->len - at.len, blank = fits;

		while (blank > 0 && rest->ptr[blank] != ' ')
			blank--;
		line = str_sub(*rest, 0, blank > 0 ? blank : fits);
		*rest = str_trim(str_from(*rest, line.len));
	} else {
		*rest = STR_NONE;
	}
	return line;
}

static void print_cell(const struct table *t, size_t i, lg_str s, const size_t *widths, bool last)
{
	int pad = (int)(widths[i] - MIN(width(s), widths[i]));

	if (t->columns[i].align == RIGHT)
		printf("%*s%.*s", pad, "", STRA(s));
	else
		printf("%.*s%*s", STRA(s), last ? 0 : pad, "");
	fputs(last ? "\n" : "  ", stdout);
}

/* The column behind which nothing is shown; columns without any text (width 0) are left out. */
static size_t last_column(const struct table *t, const size_t *widths)
{
	size_t last = 0;

	for (size_t i = 0; i < t->column_count; i++)
		if (widths[i] > 0)
			last = i;
	return last;
}

/* A row, on as many lines as its longest cell needs. */
static void print_row(const struct table *t, struct cell *cells, const size_t *widths)
{
	size_t last = last_column(t, widths);
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i <= last; i++) {
			if (widths[i] == 0)
				continue;
			print_cell(t, i, next_line(&cells[i].text), widths, i == last);
			more |= cells[i].text.len > 0;
		}
	}
}

static void print_table(struct table *t)
{
	size_t *widths = arena_array(&t->arena, size_t, t->column_count);
	struct cell *title = arena_array(&t->arena, struct cell, t->column_count);

	for (size_t i = 0; i < t->count; i++) {
		size_t w = MIN(width(t->cells[i].text), WIDTH_MAX);

		widths[i % t->column_count] = MAX(widths[i % t->column_count], w);
	}
	for (size_t i = 0; i < t->column_count; i++) {
		title[i].text = str_of(t->columns[i].title);
		if (widths[i] > 0)
			widths[i] = MAX(widths[i], width(title[i].text));
	}
	print_row(t, title, widths);
	for (size_t i = 0; i < t->count; i += t->column_count)
		print_row(t, t->cells + i, widths);
}

void table_end(struct table **tp)
{
	struct table *t = *tp;

	if (t == NULL)
		return;
	if (t->cli->format == CLI_JSON)
		fputs(t->rows ? "\n]\n" : "]\n", stdout);
	else if (t->cli->format == CLI_TABLE && t->rows > 0)
		print_table(t);
	free(t->cells);
	arena_fini(&t->arena);
	free(t);
	*tp = NULL;
}
