#include "write.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sie_write_fail(struct writer *p, const char *id, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	p->w->fail(p->w->job, id, "%s", text);
	p->status = LG_REJECT;
	return false;
}

/* ---- {"1":"Nord","6":"P7"} as {1 "Nord" 6 "P7"} ---- */

static void add_code(struct text *out, uint32_t c)
{
	if (c < 0x80) {
		text_char(out, (char)c);
	} else {
		if (c >= 0x800)
			text_char(out, (char)(0xe0 | c >> 12));
		text_char(out, (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3f) : 0xc0 | c >> 6));
		text_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* The character behind a backslash at s[at]; returns the place behind it.  Surrogates do not occur: no object number
   lies outside of the basic plane. */
static size_t unescape(lg_str s, size_t at, struct text *out)
{
	static const char names[] = "bfnrt", means[] = "\b\f\n\r\t";
	char hex[5] = { 0 };
	const char *name;

	if (s.ptr[at] == 'u' && at + 5 <= s.len) {
		memcpy(hex, s.ptr + at + 1, 4);
		add_code(out, (uint32_t)strtoul(hex, NULL, 16));
		return at + 5;
	}
	name = strchr(names, s.ptr[at]);
	text_char(out, name ? means[name - names] : s.ptr[at]);
	return at + 1;
}

/* A member's name or value at s[*at]: a text, or a number as it is written.  false: neither. */
static bool json_scalar(lg_str s, size_t *at, struct text *out)
{
	size_t i = *at;

	out->len = 0;
	if (i < s.len && s.ptr[i] == '"') {
		for (i++; i < s.len && s.ptr[i] != '"';) {
			if (s.ptr[i] == '\\' && i + 1 < s.len) {
				i = unescape(s, i + 1, out);
				continue;
			}
			text_char(out, s.ptr[i++]);
		}
		*at = i + 1;
		return i < s.len;
	}
	for (; i < s.len && strchr("0123456789.-", s.ptr[i]) != NULL && s.ptr[i] != '\0'; i++)
		text_char(out, s.ptr[i]);
	*at = i;
	return out->len > 0;
}

static void skip(lg_str s, size_t *at, const char *chars)
{
	while (*at < s.len && s.ptr[*at] != '\0' && strchr(chars, s.ptr[*at]) != NULL)
		(*at)++;
}

static void use_object(struct writer *p, const struct text *dimension, const struct text *object)
{
	struct text key = { 0 };

	set_add(&p->dimensions, text_view(dimension));
	text_str(&key, text_view(dimension));
	text_char(&key, 0x1f);
	text_str(&key, text_view(object));
	set_add(&p->objects, text_view(&key));
	text_free(&key);
}

static bool put_objects(struct writer *p, lg_str json)
{
	struct text dimension = { 0 }, object = { 0 };
	size_t at = 0, begin;
	bool ok = true;

	text_add(&p->body, " {", 2);
	begin = p->body.len;
	skip(json, &at, " \t\r\n{");
	while (ok && at < json.len && json.ptr[at] != '}') {
		ok = json_scalar(json, &at, &dimension);
		skip(json, &at, " \t\r\n:");
		ok = ok && json_scalar(json, &at, &object);
		skip(json, &at, " \t\r\n,");
		if (!ok)
			break;
		put_raw(&p->body, text_view(&dimension));
		put_text(&p->body, text_view(&object));
		use_object(p, &dimension, &object);
	}
	if (p->body.len > begin && !p->body.lost) { /* each field brought a blank in front */
		memmove(p->body.ptr + begin, p->body.ptr + begin + 1, p->body.len - begin - 1);
		p->body.len--;
	}
	text_char(&p->body, '}');
	text_free(&dimension);
	text_free(&object);
	return ok || sie_write_fail(p, "sie.objects", "the dimensions %.*s are not a flat object of texts",
				    (int)(json.len < 100 ? json.len : 100), json.ptr);
}

static void put_dec(struct writer *p, lg_dec d, int digits)
{
	char text[LG_DEC_TEXT];

	put_raw(&p->body, (lg_str){ text, p->host->dec_text(d, digits, text) });
}

/* One company a file; records without one go with any. */
static bool same_company(struct writer *p, lg_str company)
{
	if (company.len == 0)
		return true;
	if (!p->any_company) {
		text_str(&p->company, company);
		p->any_company = true;
		return true;
	}
	if (p->company.len == company.len && memcmp(p->company.ptr, company.ptr, company.len) == 0)
		return true;
	return sie_write_fail(
		p, "sie.company",
		"a SIE file holds one company, and here are %.*s and %.*s (put {company} into the file's name)",
		(int)p->company.len, p->company.ptr, (int)company.len, company.ptr);
}

/* ---- balances ---- */

static const struct {
	const char *type, *label, *with_objects;
	bool period;
} forms[] = { { "opening", "#IB", "#OIB", false },
	      { "closing", "#UB", "#OUB", false },
	      { "result", "#RES", NULL, false },
	      { "period", NULL, "#PSALDO", true },
	      { "budget", NULL, "#PBUDGET", true } };

static bool put_balance_row(struct writer *p, const struct lg_rec *b, size_t form)
{
	lg_str objects = p->rec->str(b, LG_BALANCE_DIMENSIONS);
	bool list = objects.len > 0 || forms[form].label == NULL;
	const char *label = list ? forms[form].with_objects : forms[form].label;
	lg_dec amount = { 0, 0 }, quantity;
	int64_t year = 0;
	char text[24];

	if (label == NULL)
		return sie_write_fail(p, "sie.balance", "SIE has no balance of type \"%s\" with dimensions",
				      forms[form].type);
	p->rec->integer(b, LG_BALANCE_FINANCIAL_YEAR, &year);
	put_label(&p->body, label);
	put_raw(&p->body, (lg_str){ text, (size_t)snprintf(text, sizeof text, "%lld", (long long)year) });
	if (forms[form].period)
		put_raw(&p->body, p->rec->str(b, LG_BALANCE_PERIOD));
	put_raw(&p->body, p->rec->str(b, LG_BALANCE_ACCOUNT));
	if (list && !put_objects(p, objects))
		return false;
	p->rec->dec(b, LG_BALANCE_AMOUNT, &amount);
	put_dec(p, amount, 2);
	if (p->rec->dec(b, LG_BALANCE_QUANTITY, &quantity))
		put_dec(p, quantity, 0);
	put_end(&p->body);
	return true;
}

bool sie_put_balance(struct writer *p, const struct lg_rec *b)
{
	lg_str type = p->rec->str(b, LG_BALANCE_TYPE);

	if (p->cfg->type == SIE_TYPE_4I)
		return sie_write_fail(p, "sie.type", "a file of type 4I has no balances (set `type: 4E`)");
	if (!same_company(p, p->rec->str(b, LG_BALANCE_COMPANY)))
		return false;
	set_add(&p->accounts, p->rec->str(b, LG_BALANCE_ACCOUNT));
	p->any_balance = true;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (type.len == strlen(forms[i].type) && memcmp(type.ptr, forms[i].type, type.len) == 0)
			return put_balance_row(p, b, i);
	return sie_write_fail(p, "sie.balance", "SIE has no balance of type \"%.*s\"", (int)type.len, type.ptr);
}

/* ---- vouchers ---- */

/* The year that the voucher says, else the calendar year of its date. */
static void use_year(struct writer *p, const struct lg_rec *v, lg_date date)
{
	lg_str year = p->rec->str(v, LG_VOUCHER_FINANCIAL_YEAR);
	char text[24];
	int y, m, d;

	if (year.len != 21) {
		p->host->date_parts(date, &y, &m, &d);
		snprintf(text, sizeof text, "%04u-01-01/%04u-12-31", (unsigned)y % 10000, (unsigned)y % 10000);
		year = (lg_str){ text, 21 };
	}
	set_add(&p->years, year);
}

static const char *label_of(struct writer *p, const struct lg_rec *line)
{
	lg_str mark = p->rec->str(line, LG_VOUCHER_LINE_MARK);

	if (mark.len == 0)
		return "#TRANS";
	return mark.ptr[0] == 'a' ? "#RTRANS" : "#BTRANS";
}

/* debit - credit; what is marked is history and no part of the sum. */
static bool amount_of(struct writer *p, const struct lg_rec *line, lg_dec *amount, lg_dec *total)
{
	lg_dec debit = { 0, 0 }, credit = { 0, 0 };

	p->rec->dec(line, LG_VOUCHER_LINE_DEBIT, &debit);
	p->rec->dec(line, LG_VOUCHER_LINE_CREDIT, &credit);
	credit.coef = -credit.coef;
	if (!p->host->dec_add(debit, credit, amount))
		return false;
	return p->rec->has(line, LG_VOUCHER_LINE_MARK) || p->host->dec_add(*total, *amount, total);
}

/* The date stands where something follows it, also when it is the voucher's: simple readers trip over an empty one. */
static void put_row_end(struct writer *p, const struct lg_rec *line, lg_date date)
{
	lg_str text = p->rec->str(line, LG_VOUCHER_LINE_TEXT);
	bool own = p->rec->has(line, LG_VOUCHER_LINE_DATE);
	size_t begin = p->body.len, mark;
	lg_dec quantity;

	if (own)
		p->rec->date(line, LG_VOUCHER_LINE_DATE, &date);
	put_date(p, &p->body, date);
	mark = p->body.len;
	put_text(&p->body, text.len > 0 ? text : p->rec->str(line, LG_VOUCHER_LINE_INVOICE));
	if (p->rec->dec(line, LG_VOUCHER_LINE_QUANTITY, &quantity))
		put_dec(p, quantity, 0);
	else
		put_text(&p->body, (lg_str){ 0 });
	put_text(&p->body, p->rec->str(line, LG_VOUCHER_LINE_SIGNATURE));
	put_trim(&p->body, mark);
	if (p->body.len == mark && !own)
		p->body.len = begin;
	put_end(&p->body);
}

static bool put_row(struct writer *p, const struct lg_rec *line, lg_date date, lg_dec *total)
{
	lg_str account = p->rec->str(line, LG_VOUCHER_LINE_ACCOUNT);
	lg_dec amount;

	if (account.len == 0)
		return sie_write_fail(p, "sie.account", "a row of the voucher has no account");
	if (!amount_of(p, line, &amount, total))
		return sie_write_fail(p, "sie.amount", "the amounts of the voucher are too large");
	set_add(&p->accounts, account);
	put_label(&p->body, label_of(p, line));
	put_raw(&p->body, account);
	if (!put_objects(p, p->rec->str(line, LG_VOUCHER_LINE_DIMENSIONS)))
		return false;
	put_dec(p, amount, 2);
	put_row_end(p, line, date);
	return true;
}

static void put_number(struct writer *p, const struct lg_rec *v)
{
	const struct lg_rec *external = p->rec->obj(v, LG_VOUCHER_EXTERNAL);
	char text[24];
	int64_t number;

	if (p->rec->integer(v, LG_VOUCHER_NUMBER, &number))
		put_raw(&p->body, (lg_str){ text, (size_t)snprintf(text, sizeof text, "%lld", (long long)number) });
	else
		put_raw(&p->body, external ? p->rec->str(external, LG_EXTERNAL_ID) : (lg_str){ 0 });
}

static void put_ver(struct writer *p, const struct lg_rec *v, lg_date date)
{
	lg_date registered;
	size_t mark;

	put_label(&p->body, "#VER");
	put_raw(&p->body, p->rec->str(v, LG_VOUCHER_SERIES));
	put_number(p, v);
	put_date(p, &p->body, date);
	mark = p->body.len;
	put_text(&p->body, p->rec->str(v, LG_VOUCHER_TEXT));
	if (p->rec->date(v, LG_VOUCHER_REGISTERED, &registered))
		put_date(p, &p->body, registered);
	else
		put_text(&p->body, (lg_str){ 0 });
	put_text(&p->body, p->rec->str(v, LG_VOUCHER_SIGNATURE));
	put_trim(&p->body, mark);
	put_end(&p->body);
	if (!p->rec->date(v, LG_VOUCHER_REGISTERED, &registered) || registered < date)
		registered = date;
	if (registered > p->newest)
		p->newest = registered;
}

bool sie_put_voucher(struct writer *p, const struct lg_rec *v)
{
	lg_dec total = { 0, 0 };
	char text[LG_DEC_TEXT];
	lg_date date;

	if (!p->rec->date(v, LG_VOUCHER_DATE, &date))
		return sie_write_fail(p, "sie.date", "the voucher has no date");
	if (!same_company(p, p->rec->str(v, LG_VOUCHER_COMPANY)))
		return false;
	use_year(p, v, date);
	put_ver(p, v, date);
	text_add(&p->body, "{\r\n", 3);
	for (size_t i = 0; i < p->rec->count(v, LG_VOUCHER_LINES); i++)
		if (!put_row(p, p->rec->obj_at(v, LG_VOUCHER_LINES, i), date, &total))
			return false;
	text_add(&p->body, "}\r\n", 3);
	if (total.coef == 0)
		return true;
	p->host->dec_text(total, 2, text);
	return sie_write_fail(p, "sie.unbalanced", "the voucher does not balance: its rows add up to %s", text);
}

/* ---- the whole file ---- */

static bool take_books(struct writer *p, const struct lg_rec *rec)
{
	const struct lg_rec *company = p->rec->obj(rec, LG_BOOKS_COMPANY);
	const struct lg_rec *id = company ? p->rec->obj(company, LG_PARTY_LEGAL_ID) : NULL;

	if (p->books)
		return sie_write_fail(p, "sie.company",
				      "a SIE file holds one set of books (put {company} into the file's name)");
	if (id && !same_company(p, p->rec->str(id, LG_IDENTIFIER_VALUE)))
		return false;
	p->books = p->host->rec_new(p->w->job, LG_BOOKS);
	p->rec->copy(p->books, rec);
	return true;
}

static bool take(struct writer *p, const struct lg_rec *rec)
{
	switch (p->rec->kind(rec)) {
	case LG_VOUCHER:
		return sie_put_voucher(p, rec);
	case LG_BALANCE:
		return sie_put_balance(p, rec);
	case LG_BOOKS:
		return take_books(p, rec);
	default:
		return sie_write_fail(p, "sie.kind", "SIE holds vouchers, balances and books only");
	}
}

/* Over the lines as they are in the file, without #KSUMMA itself. */
static uint32_t checksum(lg_str all, struct sie_line *line, struct text *copy)
{
	uint32_t crc = 0xffffffff;
	const char *nl;

	while (all.len > 0 && (nl = memchr(all.ptr, '\n', all.len)) != NULL) {
		copy->len = 0;
		text_add(copy, all.ptr, (size_t)(nl - all.ptr) - 1); /* without CR */
		if (copy->len > 1 && !copy->lost && sie_split(copy->ptr, copy->len, line) == NULL)
			crc = sie_line_crc(crc, line);
		all = (lg_str){ nl + 1, all.len - (size_t)(nl + 1 - all.ptr) };
	}
	return ~crc;
}

static void put_bytes(struct writer *p, const struct text *out)
{
	struct text copy = { 0 };
	struct sie_line *line = malloc(sizeof *line);
	char sum[32];

	if (line == NULL) {
		p->status = LG_RETRY;
		return;
	}
	p->w->put(p->w->job, LG_STR("#FLAGGA 0\r\n"));
	if (p->cfg->checksum)
		p->w->put(p->w->job, LG_STR("#KSUMMA\r\n"));
	p->w->put(p->w->job, text_view(out));
	if (p->cfg->checksum) {
		snprintf(sum, sizeof sum, "#KSUMMA %lu\r\n", (unsigned long)checksum(text_view(out), line, &copy));
		p->w->put(p->w->job, (lg_str){ sum, strlen(sum) });
	}
	text_free(&copy);
	free(line);
}

static void finish(struct writer *p)
{
	struct text out = { 0 };

	sie_put_head(p);
	text_str(&p->head, text_view(&p->body));
	if (p->cfg->encoding == SIE_UTF8)
		text_str(&out, text_view(&p->head));
	else
		sie_encode(text_view(&p->head), &out);
	if (out.lost || p->head.lost || p->body.lost || p->accounts.lost || p->objects.lost || p->years.lost ||
	    p->dimensions.lost)
		p->status = LG_RETRY;
	else
		put_bytes(p, &out);
	text_free(&out);
}

lg_status sie_write(const struct lg_write *w)
{
	struct writer p = { .w = w, .host = w->host, .rec = w->host->rec, .status = LG_OK };
	const struct lg_rec *rec;
	bool ok = true;

	p.cfg = w->config ? w->config : &sie_defaults;
	while (ok && (rec = w->next(w->job)) != NULL)
		ok = take(&p, rec);
	if (ok)
		finish(&p);
	text_free(&p.head);
	text_free(&p.body);
	text_free(&p.company);
	set_free(&p.accounts);
	set_free(&p.years);
	set_free(&p.dimensions);
	set_free(&p.objects);
	return p.status;
}
