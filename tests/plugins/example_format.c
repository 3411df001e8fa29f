/* example_format - bank lines as a small bank might mail them: "2026-11-25;credit;1250.00;SEK;text".
   A format turns bytes into records.  It sees no clock, no files and no network; the same bytes give the same records. */
#include <loligo.h>
#include <string.h>

struct line {
	lg_str parts[5];
	size_t count;
};

static struct line split(lg_str text)
{
	struct line l = { .count = 0 };

	while (l.count < 5) {
		const char *end = text.len ? memchr(text.ptr, ';', text.len) : NULL;
		size_t n = end && l.count < 4 ? (size_t)(end - text.ptr) : text.len;

		l.parts[l.count++] = (lg_str){ text.ptr, n };
		if (end == NULL || n == text.len)
			break;
		text = (lg_str){ text.ptr + n + 1, text.len - n - 1 };
	}
	return l;
}

static bool parse_date(const struct lg_host *h, lg_str s, lg_date *out)
{
	int v[3] = { 0 }, part = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '-' && part < 2)
			part++;
		else if (s.ptr[i] >= '0' && s.ptr[i] <= '9' && v[part] < 10000)
			v[part] = v[part] * 10 + (s.ptr[i] - '0');
		else
			return false;
	}
	return part == 2 && h->date_make(v[0], v[1], v[2], out);
}

static lg_status take(const struct lg_read *r, lg_str text, uint64_t offset, uint32_t number)
{
	const struct lg_host *h = r->host;
	struct line l = split(text);
	struct lg_rec *rec;
	lg_date date;
	lg_dec amount;

	if (l.count != 5 || !parse_date(h, l.parts[0], &date) || !h->dec_parse(l.parts[2], &amount)) {
		r->fail(r->job, "example.line", number, 1, "not \"date;side;amount;currency;text\"");
		return LG_REJECT;
	}
	rec = h->rec_new(r->job, LG_TRANSACTION);
	h->rec->set_date(rec, LG_TRANSACTION_BOOKING_DATE, date);
	h->rec->set_str(rec, LG_TRANSACTION_SIDE, l.parts[1]);
	h->rec->set_dec(rec, LG_TRANSACTION_AMOUNT, amount);
	h->rec->set_str(rec, LG_TRANSACTION_CURRENCY, l.parts[3]);
	h->rec->set_str(rec, LG_TRANSACTION_REMITTANCE, l.parts[4]);
	h->rec->set_str(rec, LG_TRANSACTION_STATUS, LG_STR("booked"));
	return r->emit(r->job, rec, offset, number);
}

/* Pieces end anywhere: this small format wants a file in one piece and says so. */
static lg_status read_lines(const struct lg_read *r)
{
	lg_str text = r->next(r->job);
	lg_status status = LG_OK;
	uint64_t at = 0;

	for (uint32_t number = 1; at < text.len && status == LG_OK; number++) {
		const char *end = memchr(text.ptr + at, '\n', text.len - at);
		size_t n = end ? (size_t)(end - text.ptr) - at : text.len - at;

		status = take(r, (lg_str){ text.ptr + at, n }, at, number);
		at += n + 1;
	}
	if (status == LG_OK && r->next(r->job).len > 0) {
		r->fail(r->job, "example.size", 0, 0, "the file is larger than one piece");
		return LG_REJECT;
	}
	return status;
}

static const struct lg_format formats[] = { {
	.size = sizeof(struct lg_format),
	.name = "example-lines",
	.doc = "bank lines separated by semicolons",
	.flags = LG_F_LINES,
	.reads = LG_KIND_BIT(LG_TRANSACTION),
	.suffix = ".txt",
	.read = read_lines,
} };

const struct lg_plugin lg_plugin = {
	LG_PLUGIN_HEAD("example-format", "1.0", "an example of a format"),
	.format_size = sizeof formats[0],
	.format_count = 1,
	.formats = formats,
};
