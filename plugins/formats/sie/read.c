#include "read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES ((size_t)1 << 20) /* SIE lines are a few hundred bytes */

bool sie_fail_at(struct reader *p, const char *id, uint32_t line, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	p->r->fail(p->r->job, id, line, 0, "%s", text);
	p->status = LG_REJECT;
	return false;
}

bool sie_emit(struct reader *p, struct lg_rec *rec, uint64_t offset, uint32_t line)
{
	p->status = p->r->emit(p->r->job, rec, offset, line);
	return p->status == LG_OK;
}

/* The first line that is not ASCII decides between UTF-8 and a single-byte set: the Swedish letters of CP437 and of
   Latin-1 never form well-formed UTF-8. */
static void decide(struct reader *p, lg_str line)
{
	if (!sie_is_utf8(line)) {
		p->encoding = SIE_CP437;
		return;
	}
	p->encoding = SIE_UTF8;
	p->r->finding(p->r->job, "sie.encoding", p->no,
		      "the texts are UTF-8, not PC8 (CP437) as SIE wants; read as UTF-8");
}

static enum sie_encoding encoding_of(struct reader *p, lg_str line)
{
	if (p->cfg->encoding != SIE_AUTO)
		return (enum sie_encoding)p->cfg->encoding;
	if (p->encoding == SIE_AUTO)
		decide(p, line);
	if (p->encoding == SIE_UTF8 && !sie_is_utf8(line))
		return SIE_CP437;
	/* Programs mix: a Windows path in Latin-1 among texts in CP437. */
	if (p->encoding != SIE_CP437 || !sie_looks_latin1(line))
		return p->encoding;
	if (!p->told_latin1)
		p->r->finding(p->r->job, "sie.encoding", p->no,
			      "the line is Latin-1, not PC8 (CP437) as SIE wants; read as Latin-1");
	p->told_latin1 = true;
	return SIE_LATIN1;
}

/* #FORMAT may say something else than PC8, which only other encodings than SIE's do. */
static void on_format(struct reader *p)
{
	static const struct {
		const char *name;
		enum sie_encoding encoding;
	} known[] = { { "UTF-8", SIE_UTF8 },         { "UTF8", SIE_UTF8 },         { "LATIN1", SIE_LATIN1 },
		      { "ISO-8859-1", SIE_LATIN1 },  { "ISO 8859-1", SIE_LATIN1 }, { "ANSI", SIE_LATIN1 },
		      { "WINDOWS-1252", SIE_LATIN1 } };
	lg_str said = p->line.n > 1 ? p->line.f[1].text : LG_STR("PC8");

	if (said.len == 3 && memcmp(said.ptr, "PC8", 3) == 0)
		return;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (said.len == strlen(known[i].name) && memcmp(said.ptr, known[i].name, said.len) == 0)
			p->encoding = known[i].encoding;
	p->r->finding(p->r->job, "sie.encoding", p->no, "#FORMAT says \"%.*s\" and not PC8", (int)said.len, said.ptr);
}

static bool check_sum(struct reader *p)
{
	static const char text[] =
		"the checksum #KSUMMA does not fit the content: the file was changed or damaged after "
		"it was written";
	char *end = NULL;
	char digits[32] = { 0 };
	unsigned long long said;
	size_t n = p->line.f[1].text.len;

	p->sum = SUM_DONE;
	if (p->cfg->wrong_checksum == SIE_KSUMMA_IGNORE)
		return true;
	memcpy(digits, p->line.f[1].text.ptr, n < sizeof digits ? n : sizeof digits - 1);
	said = strtoull(digits, &end, 10);
	/* Some programs write the sum as a signed number. */
	if (digits[0] != '\0' && *end == '\0' && (uint32_t)said == ~p->crc)
		return true;
	if (p->cfg->wrong_checksum == SIE_KSUMMA_WARN) {
		p->r->finding(p->r->job, "sie.checksum", p->no, "%s", text);
		return true;
	}
	return sie_fail(p, "sie.checksum", "%s (export it again, or set `wrong_checksum: warn`)", text);
}

/* The sum runs from the line behind the bare #KSUMMA to the line before the one that has the number. */
static bool on_checksum(struct reader *p)
{
	if (p->line.n < 2) {
		p->sum = SUM_RUNNING;
		p->crc = 0xffffffff;
		p->sum_line = p->no;
		return true;
	}
	return p->sum != SUM_RUNNING || check_sum(p);
}

static bool label_is(const struct sie_line *l, const char *label)
{
	size_t n = strlen(label);

	return l->n > 0 && l->f[0].text.len == n && strncasecmp(l->f[0].text.ptr, label, n) == 0;
}

/* Splits the line as it is in the file, for the sum and what concerns bytes; then in UTF-8. */
static bool on_text(struct reader *p)
{
	lg_str raw = text_view(&p->raw);
	const char *wrong;

	p->utf8.len = 0;
	if (sie_is_ascii(raw))
		text_str(&p->utf8, raw);
	else
		sie_decode(encoding_of(p, raw), raw, &p->utf8);
	if (p->utf8.lost) {
		p->status = LG_RETRY;
		return false;
	}
	if (p->sum == SUM_RUNNING) {
		wrong = sie_split(p->raw.ptr, p->raw.len, &p->line);
		if (wrong == NULL && !label_is(&p->line, "#KSUMMA"))
			p->crc = sie_line_crc(p->crc, &p->line);
	}
	wrong = sie_split(p->utf8.ptr, p->utf8.len, &p->line);
	if (wrong)
		return sie_fail(p, "sie.syntax", "%s", wrong);
	if (p->line.open)
		p->r->finding(p->r->job, "sie.quote", p->no,
			      "the last text has no closing quote; it was cut off, perhaps");
	if (label_is(&p->line, "#KSUMMA"))
		return on_checksum(p);
	if (label_is(&p->line, "#FORMAT"))
		on_format(p);
	return sie_item(p, &p->line);
}

static bool on_line(struct reader *p)
{
	char *s = p->raw.ptr;
	size_t n = p->raw.len, skip = 0;

	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t' || s[n - 1] == 0x1a))
		n--;
	if (p->no == 1 && n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		skip = 3;
	while (skip < n && (s[skip] == ' ' || s[skip] == '\t'))
		skip++;
	if (skip == n)
		return true;
	memmove(s, s + skip, n - skip);
	p->raw.len = n - skip;
	if (p->raw.len == 1 && s[0] == '{')
		return sie_rows_begin(p);
	if (p->raw.len == 1 && s[0] == '}')
		return sie_rows_end(p);
	if (s[0] != '#')
		return sie_fail(p, "sie.syntax", "the line does not begin with # and a label");
	return on_text(p);
}

static bool end_line(struct reader *p)
{
	bool ok;

	p->no++;
	ok = on_line(p);
	p->raw.len = 0;
	p->offset = p->at;
	return ok;
}

/* Lines end with LF or CR LF. */
static bool on_chunk(struct reader *p, lg_str chunk)
{
	const char *nl;
	size_t n;

	while (chunk.len > 0) {
		nl = memchr(chunk.ptr, '\n', chunk.len);
		n = nl ? (size_t)(nl - chunk.ptr) : chunk.len;
		text_add(&p->raw, chunk.ptr, n);
		if (p->raw.len > LINE_MAX_BYTES) {
			p->no++;
			return sie_fail(p, "sie.line_max", "the line is longer than a megabyte: this is not SIE");
		}
		if (nl == NULL) {
			p->at += n;
			return true;
		}
		p->at += n + 1;
		if (p->raw.len > 0 && p->raw.ptr[p->raw.len - 1] == '\r')
			p->raw.len--;
		if (!end_line(p))
			return false;
		chunk = (lg_str){ nl + 1, chunk.len - n - 1 };
	}
	return true;
}

static bool finish(struct reader *p)
{
	if (p->raw.len > 0 && !end_line(p))
		return false;
	if (p->voucher)
		return sie_fail_at(p, "sie.truncated", p->voucher_line,
				   "the file ends inside the voucher that begins here (copy the file again)");
	if (p->sum == SUM_RUNNING && p->cfg->wrong_checksum == SIE_KSUMMA_REJECT)
		return sie_fail_at(p, "sie.truncated", p->sum_line,
				   "#KSUMMA begins here and the sum at the end is missing: the file was cut off");
	if (p->items == 0)
		return sie_fail(p, "sie.empty", "no SIE item is in the file");
	return sie_emit_head(p);
}

static void reader_fini(struct reader *p)
{
	text_free(&p->raw);
	text_free(&p->utf8);
	text_free(&p->company);
	text_free(&p->currency);
	for (size_t i = 0; i < p->unknown_count; i++)
		text_free(&p->unknown[i]);
	free(p->accounts.slots);
	free(p->balances);
	free(p->balance_lines);
}

lg_status sie_read(const struct lg_read *r)
{
	struct reader p = { .r = r, .host = r->host, .rec = r->host->rec, .status = LG_OK };
	bool ok = true;
	lg_str chunk;

	p.cfg = r->config ? r->config : &sie_defaults;
	p.books = r->host->rec_new(r->job, LG_BOOKS);
	while (ok && (chunk = r->next(r->job)).len > 0)
		ok = on_chunk(&p, chunk);
	if (ok)
		finish(&p);
	reader_fini(&p);
	return p.status;
}
