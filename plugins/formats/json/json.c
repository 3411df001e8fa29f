/* json - JSON lines: one record a line, as DESIGN 3.3 names the fields.  Streams: only a line that crosses the border
   of two chunks is copied, so memory is bounded by the longest line, which `line_max` limits. */
#include "loligo.h"

#include <stdlib.h>
#include <string.h>

struct config {
	lg_str kind;
	int64_t line_max;
};

static const struct lg_option options[] = {
	LG_OPTION(struct config, kind, LG_T_STR, .doc = "kind of the records whose line has no member \"kind\""),
	LG_OPTION(struct config, line_max, LG_T_SIZE, .dflt = "64MiB", .min = 1024, .max = 1 << 30,
		  .doc = "longest line that is taken"),
};

/* No configuration, as in `convert`: the defaults. */
static const struct config defaults = { .line_max = 64 << 20 };

struct reader {
	const struct lg_read *r;
	const struct config *cfg;
	uint16_t kind;
	char *part; /* a line that began in an earlier chunk */
	size_t len, cap;
	uint64_t offset; /* of the line being read */
	uint32_t line;
};

static const struct config *config_of(const void *config)
{
	return config ? config : &defaults;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool blank(lg_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_space(s.ptr[i]))
			return false;
	return true;
}

static lg_status on_line(struct reader *p, lg_str text)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct lg_text_error e = { .size = sizeof e };
	const struct lg_read *r = p->r;
	struct lg_rec *rec;

	p->line++;
	if (p->line == 1 && text.len >= 3 && memcmp(text.ptr, bom, 3) == 0)
		text = (lg_str){ text.ptr + 3, text.len - 3 };
	if (blank(text))
		return LG_OK;
	rec = r->host->json_read(r->job, text, p->kind, &e);
	if (rec)
		return r->emit(r->job, rec, p->offset, p->line);
	r->fail(r->job, e.id, p->line + (e.line > 0 ? e.line - 1 : 0), e.column, "%s", e.message);
	return LG_REJECT;
}

/* Keeps the head of a line whose end is in a later chunk. */
static lg_status keep(struct reader *p, lg_str s)
{
	const struct lg_read *r = p->r;
	size_t need = p->len + s.len;
	char *grown;

	if (need > (size_t)p->cfg->line_max) {
		r->fail(r->job, "json.line_max", p->line + 1, 0,
			"the line is longer than %lld bytes (raise `line_max` if such records are meant)",
			(long long)p->cfg->line_max);
		return LG_REJECT;
	}
	if (need > p->cap) {
		p->cap = need * 2;
		grown = realloc(p->part, p->cap);
		if (grown == NULL)
			return LG_RETRY;
		p->part = grown;
	}
	memcpy(p->part + p->len, s.ptr, s.len);
	p->len = need;
	return LG_OK;
}

static lg_status end_line(struct reader *p, lg_str rest)
{
	lg_status st;

	if (p->len == 0 && rest.len <= (size_t)p->cfg->line_max)
		return on_line(p, rest);
	st = keep(p, rest);
	if (st == LG_OK)
		st = on_line(p, (lg_str){ p->part, p->len });
	return st;
}

static lg_status on_chunk(struct reader *p, lg_str chunk)
{
	const char *nl;
	lg_status st;
	size_t n;

	while ((nl = memchr(chunk.ptr, '\n', chunk.len)) != NULL) {
		n = (size_t)(nl - chunk.ptr);
		st = end_line(p, (lg_str){ chunk.ptr, n });
		if (st != LG_OK)
			return st;
		p->offset += p->len > 0 ? p->len + 1 : n + 1;
		p->len = 0;
		chunk = (lg_str){ nl + 1, chunk.len - n - 1 };
	}
	return chunk.len > 0 ? keep(p, chunk) : LG_OK;
}

static lg_status json_read(const struct lg_read *r)
{
	struct reader p = { .r = r, .cfg = config_of(r->config) };
	lg_status st = LG_OK;
	lg_str chunk;

	p.kind = p.cfg->kind.len > 0 ? r->host->kind(p.cfg->kind) : 0;
	while (st == LG_OK && (chunk = r->next(r->job)).len > 0)
		st = on_chunk(&p, chunk);
	if (st == LG_OK && p.len > 0)
		st = on_line(&p, (lg_str){ p.part, p.len });
	free(p.part);
	return st;
}

static lg_status json_write(const struct lg_write *w)
{
	const struct lg_rec *rec;

	while ((rec = w->next(w->job)) != NULL) {
		w->host->json_write(w->job, rec, w->put);
		w->put(w->job, LG_STR("\n"));
	}
	return LG_OK;
}

static int json_sniff(lg_str head)
{
	size_t at = 0;

	while (at < head.len && is_space(head.ptr[at]))
		at++;
	if (at == head.len || head.ptr[at] != '{')
		return 0;
	for (size_t i = at + 1; i < head.len; i++)
		if (!is_space(head.ptr[i]))
			return head.ptr[i] == '"' ? 70 : 0;
	return 0;
}

static void json_check(const void *config, const struct lg_report *report)
{
	const struct config *c = config;

	if (c->kind.len > 0 && report->host && report->host->kind(c->kind) == 0)
		report->error(report, &c->kind, "\"%.*s\" is not a kind of record", (int)c->kind.len, c->kind.ptr);
}

static const struct lg_options option_table = LG_OPTIONS(struct config, options);

static const struct lg_format formats[] = { {
	.size = sizeof(struct lg_format),
	.name = "json",
	.doc = "JSON lines: one record a line",
	.flags = LG_F_LINES,
	.reads = UINT64_MAX,
	.writes = UINT64_MAX,
	.suffix = ".jsonl",
	.options = &option_table,
	.sniff = json_sniff,
	.read = json_read,
	.write = json_write,
	.check = json_check,
} };

const struct lg_plugin LG_PLUGIN_SYMBOL = { LG_PLUGIN_HEAD("json", "0.1.0", "JSON lines"),
					    .format_size = sizeof(struct lg_format), .format_count = 1,
					    .formats = formats };
