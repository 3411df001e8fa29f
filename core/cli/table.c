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

#define WIDTH_MAX 60 /* a table's cell; longer ones are cut, JSON has them whole */

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

static lg_str cut(struct table *t, lg_str s)
{
	lg_str rest = s;

	if (width(s) <= WIDTH_MAX)
		return s;
	for (size_t n = 0; n < WIDTH_MAX - 1; n++)
		utf8_next(&rest);
	return arena_printf(&t->arena, "%.*s…", (int)(s.len - rest.len), s.ptr);
}

static void print_cell(const struct table *t, size_t i, lg_str s, size_t to)
{
	int pad = (int)(to - MIN(width(s), to));

	if (t->columns[i].align == RIGHT)
		printf("%*s%.*s", pad, "", STRA(s));
	else if (i + 1 < t->column_count)
		printf("%.*s%*s", STRA(s), pad, "");
	else
		printf("%.*s", STRA(s));
	fputs(i + 1 < t->column_count ? "  " : "\n", stdout);
}

static void print_table(struct table *t)
{
	size_t *widths = arena_array(&t->arena, size_t, t->column_count);

	for (size_t i = 0; i < t->column_count; i++)
		widths[i] = width(str_of(t->columns[i].title));
	for (size_t i = 0; i < t->count; i++) {
		t->cells[i].text = cut(t, t->cells[i].text);
		widths[i % t->column_count] = MAX(widths[i % t->column_count], width(t->cells[i].text));
	}
	for (size_t i = 0; i < t->column_count; i++)
		print_cell(t, i, str_of(t->columns[i].title), widths[i]);
	for (size_t i = 0; i < t->count; i++)
		print_cell(t, i % t->column_count, t->cells[i].text, widths[i % t->column_count]);
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
