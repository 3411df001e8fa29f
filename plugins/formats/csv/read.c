/* Bytes to UTF-8, to rows, to records.  One row is in memory at a time. */
#include "csv.h"

#include <errno.h>
#include <iconv.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW_MAX ((size_t)16 << 20)

enum state { FIELD_BEGIN, PLAIN, QUOTED, QUOTE_SEEN };

struct reader {
	const struct lg_read *r;
	const struct lg_host *host;
	const struct csv_config *cfg;
	uint16_t kind;
	struct csv_path *paths;  /* of the columns, then of the constants */
	int column[COLUMNS_MAX]; /* a field of the row to its column; -1: none */
	size_t width;            /* fields that a row has; 0: not known yet */
	bool header;             /* the next row is it */
	char separator;

	iconv_t cd;
	struct csv_text pending; /* bytes of a character that the next chunk ends */
	bool begun;

	enum state state;
	struct csv_text row; /* the fields, one after the other */
	size_t ends[COLUMNS_MAX], count;
	uint32_t line, row_line; /* where we are; where the row begins */
	bool after_cr;
	lg_status status;
};

static bool fail(struct reader *p, const char *id, uint32_t line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static bool fail(struct reader *p, const char *id, uint32_t line, const char *fmt, ...)
{
	char text[900];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	p->r->fail(p->r->job, id, line, 0, "%s", text);
	p->status = LG_REJECT;
	return false;
}

static lg_str field(const struct reader *p, size_t i)
{
	size_t begin = i > 0 ? p->ends[i - 1] : 0;

	if (p->ends[i] == begin)
		return (lg_str){ "", 0 };
	return (lg_str){ p->row.ptr + begin, p->ends[i] - begin };
}

static lg_str trim(lg_str s)
{
	while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = (lg_str){ s.ptr + 1, s.len - 1 };
	while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* ---- the header ---- */

static int column_named(const struct reader *p, lg_str name)
{
	for (int any_case = 0; any_case < 2; any_case++)
		for (size_t i = 0; i < p->cfg->columns.count; i++)
			if (csv_same(p->cfg->columns.items[i].key, name, any_case))
				return (int)i;
	return -1;
}

static bool missing(struct reader *p, size_t column)
{
	char have[512] = { 0 };
	lg_str want = p->cfg->columns.items[column].key, name;
	size_t n = 0;

	for (size_t i = 0; i < p->count && n < sizeof have; i++) {
		name = trim(field(p, i));
		n += (size_t)snprintf(have + n, sizeof have - n, "%s%.*s", i ? ", " : "", (int)name.len, name.ptr);
	}
	return fail(p, "csv.missing_column", p->row_line,
		    "there is no column \"%.*s\"; the columns are %s (correct `columns`, "
		    "or `separator`)",
		    (int)want.len, want.ptr, have);
}

static bool on_header(struct reader *p)
{
	bool found[COLUMNS_MAX] = { false };
	lg_str name;
	int column;

	for (size_t i = 0; i < p->count; i++) {
		name = trim(field(p, i));
		column = column_named(p, name);
		if (column >= 0 && found[column])
			return fail(p, "csv.column_twice", p->row_line, "the column \"%.*s\" stands twice",
				    (int)name.len, name.ptr);
		p->column[i] = column;
		if (column >= 0)
			found[column] = true;
		else if (name.len > 0)
			p->r->finding(p->r->job, "csv.unknown_column", p->row_line, "the column \"%.*s\" is not read",
				      (int)name.len, name.ptr);
	}
	for (size_t i = 0; i < p->cfg->columns.count; i++)
		if (!found[i])
			return missing(p, i);
	p->width = p->count;
	p->header = false;
	return true;
}

/* ---- rows ---- */

static bool set_columns(struct reader *p, struct lg_rec *rec)
{
	char why[300];

	for (size_t i = 0; i < p->width; i++) {
		if (p->column[i] < 0 ||
		    csv_set(p->host, p->cfg, rec, &p->paths[p->column[i]], trim(field(p, i)), why, sizeof why))
			continue;
		return fail(p, "csv.value", p->row_line, "column \"%.*s\": %s",
			    (int)p->cfg->columns.items[p->column[i]].key.len,
			    p->cfg->columns.items[p->column[i]].key.ptr, why);
	}
	return true;
}

static bool set_constants(struct reader *p, struct lg_rec *rec)
{
	/* As in all of our texts: a decimal point, and dates as ISO 8601 has them. */
	static const struct csv_config plain = { .decimal = DECIMAL_POINT };
	const struct lg_map *constants = &p->cfg->constants;
	char why[300];

	for (size_t i = 0; i < constants->count; i++)
		if (!csv_set(p->host, &plain, rec, &p->paths[p->cfg->columns.count + i], constants->items[i].value, why,
			     sizeof why))
			return fail(p, "csv.constant", p->row_line, "constant %.*s: %s",
				    (int)constants->items[i].key.len, constants->items[i].key.ptr, why);
	return true;
}

static bool empty_behind(const struct reader *p, size_t from)
{
	for (size_t i = from; i < p->count; i++)
		if (trim(field(p, i)).len > 0)
			return false;
	return true;
}

static bool on_row(struct reader *p)
{
	struct lg_rec *rec;

	if (p->count == 1 && trim(field(p, 0)).len == 0)
		return true;
	if (p->header)
		return on_header(p);
	if (p->count < p->width || !empty_behind(p, p->width))
		return fail(p, "csv.width", p->row_line, "the row has %zu fields, and %zu are meant%s", p->count,
			    p->width, p->count == 1 ? " (correct `separator`)" : "");
	rec = p->host->rec_new(p->r->job, p->kind);
	if (!set_columns(p, rec) || !set_constants(p, rec))
		return false;
	p->status = p->r->emit(p->r->job, rec, 0, p->row_line);
	return p->status == LG_OK;
}

static bool end_field(struct reader *p)
{
	if (p->count == COLUMNS_MAX)
		return fail(p, "csv.width", p->row_line, "the row has more than %d fields", COLUMNS_MAX);
	p->ends[p->count++] = p->row.len;
	p->state = FIELD_BEGIN;
	return true;
}

static bool end_row(struct reader *p)
{
	bool ok = end_field(p) && on_row(p);

	p->row.len = 0;
	p->count = 0;
	p->state = FIELD_BEGIN;
	return ok;
}

static bool is_end(char c)
{
	return c == '\n' || c == '\r';
}

/* A character that is no part of a quoted field. */
static bool on_plain(struct reader *p, char c)
{
	if (c == p->separator)
		return end_field(p);
	if (is_end(c))
		return end_row(p);
	if (c == '"' && p->state == FIELD_BEGIN) {
		p->state = QUOTED;
		return true;
	}
	if (p->state == QUOTE_SEEN)
		return fail(p, "csv.quote", p->line,
			    "text stands behind a closing quote (a quote inside a field is doubled)");
	p->state = PLAIN;
	csv_add(&p->row, (lg_str){ &c, 1 });
	return true;
}

static bool on_char(struct reader *p, char c)
{
	bool pair = c == '\n' && p->after_cr;

	p->after_cr = c == '\r';
	if (pair && p->state != QUOTED)
		return true; /* CR LF is one end */
	if (p->row.len == 0 && p->count == 0 && p->state == FIELD_BEGIN)
		p->row_line = p->line;
	if ((c == '\n' && !pair) || c == '\r')
		p->line++;
	if (p->state == QUOTED) {
		if (c == '"')
			p->state = QUOTE_SEEN;
		else
			csv_add(&p->row, (lg_str){ &c, 1 });
		return true;
	}
	if (p->state == QUOTE_SEEN && c == '"') {
		p->state = QUOTED;
		csv_add(&p->row, (lg_str){ &c, 1 });
		return true;
	}
	return on_plain(p, c);
}

static bool on_text(struct reader *p, lg_str s)
{
	bool first = !p->begun && s.len > 0;

	p->begun |= first;
	if (first && s.len >= 3 && memcmp(s.ptr, "\xef\xbb\xbf", 3) == 0)
		s = (lg_str){ s.ptr + 3, s.len - 3 };
	for (size_t i = 0; i < s.len; i++)
		if (!on_char(p, s.ptr[i]))
			return false;
	if (p->row.len > ROW_MAX)
		return fail(p, "csv.row_max", p->row_line, "the row is longer than 16 MiB: is a quote missing?");
	if (p->row.lost)
		p->status = LG_RETRY;
	return !p->row.lost;
}

/* ---- bytes ---- */

static bool on_bytes(struct reader *p, lg_str chunk)
{
	char *in = (char *)(uintptr_t)chunk.ptr, buf[4096], *to; /* iconv does not write there */
	size_t left = chunk.len, room;

	if (p->pending.len > 0) {
		csv_add(&p->pending, chunk);
		in = p->pending.ptr;
		left = p->pending.len;
	}
	while (left > 0) {
		to = buf;
		room = sizeof buf;
		if (iconv(p->cd, &in, &left, &to, &room) == (size_t)-1 && errno == EILSEQ) {
			on_text(p, (lg_str){ buf, sizeof buf - room }); /* so that the line is right */
			return p->status == LG_OK &&
			       fail(p, "csv.encoding", p->line,
				    "the bytes are not %s (set `encoding`: latin1, windows-1252, ...)",
				    csv_encodings[p->cfg->encoding]);
		}
		if (room == sizeof buf)
			break; /* half a character */
		if (!on_text(p, (lg_str){ buf, sizeof buf - room }))
			return false;
	}
	if (p->pending.ptr == NULL) {
		csv_add(&p->pending, (lg_str){ in, left });
		return true;
	}
	memmove(p->pending.ptr, in, left);
	p->pending.len = left;
	return true;
}

static bool finish(struct reader *p)
{
	if (p->pending.len > 0)
		return fail(p, "csv.encoding", p->line, "the file ends inside a character");
	if (p->state == QUOTED)
		return fail(p, "csv.quote", p->row_line,
			    "the file ends inside a quoted field of the row that begins here");
	if ((p->row.len > 0 || p->count > 0 || p->state != FIELD_BEGIN) && !end_row(p))
		return false;
	return !p->header || fail(p, "csv.header", 1, "the file is empty: a header is expected");
}

static bool set_path(struct reader *p, size_t i, lg_str text)
{
	char why[300];

	if (csv_path_parse(p->host, p->kind, text, &p->paths[i], why, sizeof why) == NULL)
		return true;
	return fail(p, "csv.column", 0, "%s", why);
}

static bool prepare(struct reader *p)
{
	size_t columns = p->cfg->columns.count, constants = p->cfg->constants.count;

	p->kind = p->host->kind(p->cfg->kind);
	if (p->kind == 0)
		return fail(p, "csv.kind", 0, "\"%.*s\" is not a kind of record", (int)p->cfg->kind.len,
			    p->cfg->kind.ptr);
	p->paths = calloc(columns + constants, sizeof *p->paths);
	p->cd = iconv_open("UTF-8", csv_encodings[p->cfg->encoding]);
	if (p->paths == NULL || p->cd == (iconv_t)-1) {
		p->status = LG_RETRY;
		return false;
	}
	for (size_t i = 0; i < columns; i++) {
		p->column[i] = (int)i;
		if (!set_path(p, i, p->cfg->columns.items[i].value))
			return false;
	}
	for (size_t i = 0; i < constants; i++)
		if (!set_path(p, columns + i, p->cfg->constants.items[i].key))
			return false;
	p->width = columns;
	return true;
}

static lg_status read_file(const struct lg_read *r, bool lines)
{
	struct reader *p = calloc(1, sizeof *p);
	lg_status st;
	lg_str chunk;
	bool ok;

	if (p == NULL)
		return LG_RETRY;
	p->r = r;
	p->host = r->host;
	p->cfg = r->config;
	p->line = 1;
	p->cd = (iconv_t)-1;
	if (p->cfg == NULL || p->cfg->columns.count == 0 || p->cfg->columns.count > COLUMNS_MAX) {
		ok = fail(p, "csv.columns", 0, "csv needs `columns`: which column is which field");
	} else {
		p->header = p->cfg->header && !lines;
		p->separator = csv_separator(p->cfg);
		ok = prepare(p);
	}
	while (ok && (chunk = r->next(r->job)).len > 0)
		ok = on_bytes(p, chunk);
	if (ok)
		finish(p);
	st = p->status;
	if (p->cd != (iconv_t)-1)
		iconv_close(p->cd);
	free(p->paths);
	free(p->pending.ptr);
	free(p->row.ptr);
	free(p);
	return st;
}

lg_status csv_read(const struct lg_read *r)
{
	return read_file(r, false);
}

lg_status csv_read_lines(const struct lg_read *r)
{
	return read_file(r, true);
}
