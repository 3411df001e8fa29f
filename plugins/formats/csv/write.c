#include "csv.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

struct writer {
	const struct lg_write *w;
	const struct csv_config *cfg;
	struct csv_path *paths;
	struct csv_text field, row, out;
	char separator;
	iconv_t cd; /* (iconv_t)-1: UTF-8 stays */
};

/* Quotes where RFC 4180 wants them, and around blanks at the ends, which readers like to cut off. */
static void put_field(struct writer *p, lg_str s)
{
	bool quote = s.len > 0 && (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ');

	for (size_t i = 0; i < s.len && !quote; i++)
		quote = s.ptr[i] == p->separator || s.ptr[i] == '"' || s.ptr[i] == '\n' || s.ptr[i] == '\r';
	if (!quote) {
		csv_add(&p->row, s);
		return;
	}
	csv_add(&p->row, LG_STR("\""));
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"')
			csv_add(&p->row, LG_STR("\""));
		csv_add(&p->row, (lg_str){ s.ptr + i, 1 });
	}
	csv_add(&p->row, LG_STR("\""));
}

static size_t utf8_length(unsigned char c)
{
	return c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* What the encoding lacks becomes a question mark. */
static void convert(struct writer *p)
{
	char *in = p->row.ptr, buf[512], *to;
	size_t left = p->row.len, room, n;

	while (left > 0) {
		to = buf;
		room = sizeof buf;
		if (iconv(p->cd, &in, &left, &to, &room) == (size_t)-1 && errno != E2BIG) {
			n = utf8_length((unsigned char)*in);
			n = n < left ? n : left;
			in += n;
			left -= n;
			*to++ = '?';
			room--;
		}
		csv_add(&p->out, (lg_str){ buf, sizeof buf - room });
	}
}

static bool put_row(struct writer *p)
{
	csv_add(&p->row, LG_STR("\r\n"));
	if (p->row.lost || p->field.lost)
		return false;
	if (p->cd == (iconv_t)-1) {
		p->w->put(p->w->job, (lg_str){ p->row.ptr, p->row.len });
	} else {
		p->out.len = 0;
		convert(p);
		if (p->out.lost)
			return false;
		p->w->put(p->w->job, (lg_str){ p->out.ptr, p->out.len });
	}
	p->row.len = 0;
	return true;
}

static bool put_header(struct writer *p)
{
	for (size_t i = 0; i < p->cfg->columns.count; i++) {
		if (i > 0)
			csv_add(&p->row, (lg_str){ &p->separator, 1 });
		put_field(p, p->cfg->columns.items[i].key);
	}
	return put_row(p);
}

static bool put_record(struct writer *p, const struct lg_rec *rec)
{
	for (size_t i = 0; i < p->cfg->columns.count; i++) {
		if (i > 0)
			csv_add(&p->row, (lg_str){ &p->separator, 1 });
		p->field.len = 0;
		csv_get(p->w->host, p->cfg, rec, &p->paths[i], &p->field);
		put_field(p, (lg_str){ p->field.ptr, p->field.len });
	}
	return put_row(p);
}

static bool set_paths(struct writer *p, uint16_t kind)
{
	char why[300];

	if (kind == 0) {
		p->w->fail(p->w->job, "csv.kind", "\"%.*s\" is not a kind of record", (int)p->cfg->kind.len,
			   p->cfg->kind.ptr);
		return false;
	}
	for (size_t i = 0; i < p->cfg->columns.count; i++)
		if (csv_path_parse(p->w->host, kind, p->cfg->columns.items[i].value, &p->paths[i], why, sizeof why)) {
			p->w->fail(p->w->job, "csv.column", "%s", why);
			return false;
		}
	return true;
}

static lg_status put_all(struct writer *p, bool header)
{
	const struct lg_host *host = p->w->host;
	uint16_t kind = host->kind(p->cfg->kind);
	const struct lg_rec *rec;
	bool ok = true;

	if (!set_paths(p, kind))
		return LG_REJECT;
	if (header)
		ok = put_header(p);
	while (ok && (rec = p->w->next(p->w->job)) != NULL) {
		if (host->rec->kind(rec) != kind) {
			p->w->fail(p->w->job, "csv.kind", "the columns are those of \"%.*s\", and the record is none",
				   (int)p->cfg->kind.len, p->cfg->kind.ptr);
			return LG_REJECT;
		}
		ok = put_record(p, rec);
	}
	return ok ? LG_OK : LG_RETRY;
}

static lg_status write_file(const struct lg_write *w, bool lines)
{
	struct writer p = { .w = w, .cfg = w->config, .cd = (iconv_t)-1 };
	lg_status st;

	if (p.cfg == NULL || p.cfg->columns.count == 0) {
		w->fail(w->job, "csv.columns", "csv needs `columns`: which column is which field");
		return LG_REJECT;
	}
	p.separator = csv_separator(p.cfg);
	p.paths = calloc(p.cfg->columns.count, sizeof *p.paths);
	if (p.cfg->encoding != ENCODING_UTF8)
		p.cd = iconv_open(csv_encodings[p.cfg->encoding], "UTF-8");
	if (p.paths == NULL || (p.cfg->encoding != ENCODING_UTF8 && p.cd == (iconv_t)-1))
		st = LG_RETRY;
	else
		st = put_all(&p, p.cfg->header && !lines);
	if (p.cd != (iconv_t)-1)
		iconv_close(p.cd);
	free(p.paths);
	free(p.field.ptr);
	free(p.row.ptr);
	free(p.out.ptr);
	return st;
}

lg_status csv_write(const struct lg_write *w)
{
	return write_file(w, false);
}

lg_status csv_write_lines(const struct lg_write *w)
{
	return write_file(w, true);
}
