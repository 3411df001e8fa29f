/* What each label of a SIE file becomes. */
#include "read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lg_str arg(const struct sie_line *l, size_t i)
{
	return i < l->n && !l->f[i].list ? l->f[i].text : (lg_str){ 0 };
}

static bool is_digits(lg_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return s.len > 0;
}

static bool small_int(lg_str s, int64_t *out)
{
	char text[20] = { 0 };
	size_t sign = s.len > 0 && s.ptr[0] == '-';

	if (s.len == 0 || s.len - sign > 17 || !is_digits((lg_str){ s.ptr + sign, s.len - sign }))
		return false;
	memcpy(text, s.ptr, s.len);
	*out = strtoll(text, NULL, 10);
	return true;
}

/* YYYYMMDD; empty: *set is false. */
static bool get_date(struct reader *p, lg_str s, lg_date *out, bool *set)
{
	int64_t n;

	*set = false;
	if (s.len == 0)
		return true;
	if (s.len != 8 || !is_digits(s) || !small_int(s, &n) ||
	    !p->host->date_make((int)(n / 10000), (int)(n / 100 % 100), (int)(n % 100), out))
		return sie_fail(p, "sie.date", "\"%.*s\" is not a date YYYYMMDD", (int)s.len, s.ptr);
	*set = true;
	return true;
}

static bool set_date(struct reader *p, struct lg_rec *rec, uint16_t field, lg_str s)
{
	lg_date date;
	bool set;

	if (!get_date(p, s, &date, &set))
		return false;
	if (set)
		p->rec->set_date(rec, field, date);
	return true;
}

static bool get_dec(struct reader *p, lg_str s, lg_dec *out)
{
	char text[64];
	char *comma;

	if (p->host->dec_parse(s, out))
		return true;
	if (s.len > 0 && s.len < sizeof text) {
		memcpy(text, s.ptr, s.len);
		comma = memchr(text, ',', s.len);
		if (comma) {
			*comma = '.';
			if (p->host->dec_parse((lg_str){ text, s.len }, out)) {
				p->r->finding(p->r->job, "sie.decimal_comma", p->no,
					      "the amount has a decimal comma; SIE wants a point");
				return true;
			}
		}
	}
	return sie_fail(p, "sie.amount", "\"%.*s\" is not an amount", (int)s.len, s.ptr);
}

/* ---- who and when: fields of `books` ---- */

static bool on_text_item(struct reader *p, const struct sie_line *l, uint16_t field)
{
	p->rec->set_str(p->books, field, arg(l, 1));
	return true;
}

static bool on_date_item(struct reader *p, const struct sie_line *l, uint16_t field)
{
	return set_date(p, p->books, field, arg(l, 1));
}

static bool on_program(struct reader *p, const struct sie_line *l, uint16_t field)
{
	p->rec->set_str(p->books, field, arg(l, 1));
	p->rec->set_str(p->books, LG_BOOKS_PROGRAM_VERSION, arg(l, 2));
	return true;
}

static bool on_gen(struct reader *p, const struct sie_line *l, uint16_t field)
{
	p->rec->set_str(p->books, LG_BOOKS_GENERATED_BY, arg(l, 2));
	return set_date(p, p->books, field, arg(l, 1));
}

static bool on_prosa(struct reader *p, const struct sie_line *l, uint16_t field)
{
	struct text all = { 0 };
	lg_str had = p->rec->str(p->books, field), more = arg(l, 1);

	/* Several #PROSA are one comment of several lines; without quotes each word is a field of its own. */
	text_str(&all, had);
	if (had.len > 0 && more.len > 0)
		text_char(&all, '\n');
	for (size_t i = 1; i < l->n; i++) {
		if (i > 1)
			text_char(&all, ' ');
		text_str(&all, arg(l, i));
	}
	if (more.len > 0)
		p->rec->set_str(p->books, field, text_view(&all));
	text_free(&all);
	return true;
}

static struct lg_rec *company(struct reader *p)
{
	return p->rec->add_obj(p->books, LG_BOOKS_COMPANY);
}

static bool on_name(struct reader *p, const struct sie_line *l, uint16_t field)
{
	p->rec->set_str(company(p), field, arg(l, 1));
	return true;
}

static void add_id(struct reader *p, const char *scheme, lg_str value)
{
	struct lg_rec *id;

	if (value.len == 0)
		return;
	id = p->rec->add_obj(company(p), LG_PARTY_IDS);
	p->rec->set_str(id, LG_IDENTIFIER_SCHEME, (lg_str){ scheme, strlen(scheme) });
	p->rec->set_str(id, LG_IDENTIFIER_VALUE, value);
}

/* Swedish organisation numbers stand with and without their hyphen; records have the digits. */
static bool on_orgnr(struct reader *p, const struct sie_line *l, uint16_t field)
{
	lg_str s = arg(l, 1);
	struct lg_rec *id;
	char digits[16];
	size_t n = 0;

	if (s.len == 0)
		return true;
	for (size_t i = 0; i < s.len && n < sizeof digits; i++)
		if (s.ptr[i] != '-' || i != s.len - 5)
			digits[n++] = s.ptr[i];
	id = p->rec->add_obj(company(p), field);
	if ((n == 10 || n == 12) && is_digits((lg_str){ digits, n })) {
		s = (lg_str){ digits, n };
		p->rec->set_str(id, LG_IDENTIFIER_SCHEME, LG_STR("0007"));
	}
	p->rec->set_str(id, LG_IDENTIFIER_VALUE, s);
	p->company.len = 0;
	text_str(&p->company, s);
	add_id(p, "sie:forvnr", arg(l, 2));
	add_id(p, "sie:verknr", arg(l, 3));
	return true;
}

static bool on_bkod(struct reader *p, const struct sie_line *l, uint16_t field)
{
	(void)field;
	add_id(p, "sie:bkod", arg(l, 1));
	return true;
}

static bool on_adress(struct reader *p, const struct sie_line *l, uint16_t field)
{
	static const uint16_t lines[2] = { LG_ADDRESS_LINE1, LG_ADDRESS_LINE2 };
	struct lg_rec *contact, *address;

	if (arg(l, 1).len > 0 || arg(l, 4).len > 0) {
		contact = p->rec->add_obj(company(p), LG_PARTY_CONTACT);
		p->rec->set_str(contact, LG_CONTACT_NAME, arg(l, 1));
		p->rec->set_str(contact, LG_CONTACT_PHONE, arg(l, 4));
	}
	if (arg(l, 2).len > 0 || arg(l, 3).len > 0) {
		address = p->rec->add_obj(company(p), field);
		for (size_t i = 0; i < 2; i++)
			p->rec->set_str(address, lines[i], arg(l, 2 + i));
	}
	return true;
}

static bool on_valuta(struct reader *p, const struct sie_line *l, uint16_t field)
{
	p->currency.len = 0;
	text_str(&p->currency, arg(l, 1));
	return on_text_item(p, l, field);
}

static bool on_taxar(struct reader *p, const struct sie_line *l, uint16_t field)
{
	int64_t year;

	if (arg(l, 1).len == 0)
		return true;
	if (!small_int(arg(l, 1), &year))
		return sie_fail(p, "sie.number", "the tax year is not a number");
	p->rec->set_int(p->books, field, year);
	return true;
}

static bool on_rar(struct reader *p, const struct sie_line *l, uint16_t field)
{
	struct year *y = &p->years[p->year_count];
	bool start, end;
	struct lg_rec *rec;

	if (p->year_count == YEARS_MAX)
		return sie_fail(p, "sie.years", "more than %d financial years", YEARS_MAX);
	if (!small_int(arg(l, 1), &y->no))
		return sie_fail(p, "sie.number", "#RAR needs the number of the year, 0 or -1");
	if (!get_date(p, arg(l, 2), &y->start, &start) || !get_date(p, arg(l, 3), &y->end, &end))
		return false;
	if (!start || !end)
		return true;
	p->year_count++;
	rec = p->rec->add_obj(p->books, field);
	p->rec->set_int(rec, LG_FINANCIAL_YEAR_NO, y->no);
	p->rec->set_date(rec, LG_FINANCIAL_YEAR_START, y->start);
	p->rec->set_date(rec, LG_FINANCIAL_YEAR_END, y->end);
	return true;
}

static bool on_flagga(struct reader *p, const struct sie_line *l, uint16_t field)
{
	lg_str s = arg(l, 1);

	(void)field;
	if (s.len == 1 && s.ptr[0] == '1')
		p->r->finding(p->r->job, "sie.flagga", p->no, "#FLAGGA 1: some program has already taken this file in");
	return true;
}

static bool on_nothing(struct reader *p, const struct sie_line *l, uint16_t field)
{
	(void)p;
	(void)l;
	(void)field;
	return true;
}

/* ---- the chart ---- */

static uint64_t hash(lg_str s)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 1099511628211u;
	return h ^ h >> 32;
}

static bool same(lg_str a, lg_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static struct lg_rec **slot_of(struct reader *p, struct lg_rec **slots, size_t cap, lg_str number)
{
	size_t i = (size_t)hash(number) & (cap - 1);

	while (slots[i] && !same(p->rec->str(slots[i], LG_LEDGER_ACCOUNT_NUMBER), number))
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static bool grow_index(struct reader *p)
{
	struct index *x = &p->accounts;
	size_t cap = x->cap ? x->cap * 2 : 1024;
	struct lg_rec **slots = calloc(cap, sizeof *slots);

	if (slots == NULL) {
		p->status = LG_RETRY;
		return false;
	}
	for (size_t i = 0; i < x->cap; i++)
		if (x->slots[i])
			*slot_of(p, slots, cap, p->rec->str(x->slots[i], LG_LEDGER_ACCOUNT_NUMBER)) = x->slots[i];
	free(x->slots);
	x->slots = slots;
	x->cap = cap;
	return true;
}

/* The account of that number, made when it is new; NULL: failed. */
static struct lg_rec *account(struct reader *p, lg_str number)
{
	struct lg_rec **slot;

	if (number.len == 0) {
		sie_fail(p, "sie.account", "the account's number is missing");
		return NULL;
	}
	if (p->accounts.count * 2 >= p->accounts.cap && !grow_index(p))
		return NULL;
	slot = slot_of(p, p->accounts.slots, p->accounts.cap, number);
	if (*slot == NULL) {
		*slot = p->rec->add_obj(p->books, LG_BOOKS_ACCOUNTS);
		p->rec->set_str(*slot, LG_LEDGER_ACCOUNT_NUMBER, number);
		p->accounts.count++;
	}
	return *slot;
}

static bool on_account(struct reader *p, const struct sie_line *l, uint16_t field)
{
	struct lg_rec *a = account(p, arg(l, 1));

	if (a)
		p->rec->set_str(a, field, arg(l, 2));
	return a != NULL;
}

static bool on_sru(struct reader *p, const struct sie_line *l, uint16_t field)
{
	struct lg_rec *a = account(p, arg(l, 1));

	if (a && arg(l, 2).len > 0)
		p->rec->add_str(a, field, arg(l, 2));
	return a != NULL;
}

static bool on_dim(struct reader *p, const struct sie_line *l, uint16_t field)
{
	struct lg_rec *d = p->rec->add_obj(p->books, field);

	p->rec->set_str(d, LG_DIMENSION_NO, arg(l, 1));
	p->rec->set_str(d, LG_DIMENSION_NAME, arg(l, 2));
	p->rec->set_str(d, LG_DIMENSION_PARENT, arg(l, 3));
	return true;
}

static bool on_objekt(struct reader *p, const struct sie_line *l, uint16_t field)
{
	struct lg_rec *o = p->rec->add_obj(p->books, field);

	p->rec->set_str(o, LG_DIMENSION_OBJECT_DIMENSION, arg(l, 1));
	p->rec->set_str(o, LG_DIMENSION_OBJECT_NO, arg(l, 2));
	p->rec->set_str(o, LG_DIMENSION_OBJECT_NAME, arg(l, 3));
	return true;
}

/* ---- object lists ---- */

static void json_text(struct text *out, lg_str s)
{
	char code[8];

	text_char(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"' || s.ptr[i] == '\\') {
			text_char(out, '\\');
			text_char(out, s.ptr[i]);
		} else if ((unsigned char)s.ptr[i] < 0x20) {
			snprintf(code, sizeof code, "\\u%04x", (unsigned)s.ptr[i]);
			text_add(out, code, 6);
		} else {
			text_char(out, s.ptr[i]);
		}
	}
	text_char(out, '"');
}

/* {1 "Nord" 7 "1"} as {"1":"Nord","7":"1"}. */
static bool objects(struct reader *p, struct sie_line *sub, lg_str inner, struct text *out)
{
	struct text copy = { 0 };
	const char *wrong;

	text_str(&copy, inner);
	wrong = sie_split(copy.ptr, copy.len, sub);
	if (wrong == NULL && sub->n % 2 == 1)
		wrong = "an object list has pairs of dimension and object";
	text_char(out, '{');
	for (size_t i = 0; wrong == NULL && i < sub->n; i += 2) {
		if (i > 0)
			text_char(out, ',');
		json_text(out, sub->f[i].text);
		text_char(out, ':');
		json_text(out, sub->f[i + 1].text);
	}
	text_char(out, '}');
	text_free(&copy);
	return wrong == NULL || sie_fail(p, "sie.objects", "%s", wrong);
}

/* Sets the field when the list has objects, or always. */
static bool set_objects(struct reader *p, struct lg_rec *rec, uint16_t field, lg_str inner, bool always)
{
	struct text json = { 0 };
	struct sie_line *sub;
	bool ok;

	if (inner.len == 0) {
		if (always)
			p->rec->set_str(rec, field, LG_STR("{}"));
		return true;
	}
	sub = malloc(sizeof *sub);
	if (sub == NULL) {
		p->status = LG_RETRY;
		return false;
	}
	ok = objects(p, sub, inner, &json);
	if (ok && (json.len > 2 || always))
		p->rec->set_str(rec, field, text_view(&json));
	text_free(&json);
	free(sub);
	return ok;
}

/* ---- balances ---- */

struct balance_form {
	const char *type;
	bool period, objects;
};

static bool keep_balance(struct reader *p, struct lg_rec *b)
{
	size_t cap = p->balance_cap ? p->balance_cap * 2 : 256;
	struct lg_rec **recs;
	uint32_t *lines;

	if (p->balance_count == p->balance_cap) {
		recs = realloc(p->balances, cap * sizeof(struct lg_rec *));
		p->balances = recs ? recs : p->balances;
		lines = realloc(p->balance_lines, cap * sizeof *lines);
		p->balance_lines = lines ? lines : p->balance_lines;
		if (recs == NULL || lines == NULL) {
			p->status = LG_RETRY;
			return false;
		}
		p->balance_cap = cap;
	}
	p->balance_lines[p->balance_count] = p->no;
	p->balances[p->balance_count++] = b;
	return true;
}

static void set_year(struct reader *p, struct lg_rec *b, int64_t no)
{
	for (size_t i = 0; i < p->year_count; i++) {
		if (p->years[i].no != no)
			continue;
		p->rec->set_date(b, LG_BALANCE_YEAR_START, p->years[i].start);
		p->rec->set_date(b, LG_BALANCE_YEAR_END, p->years[i].end);
	}
}

/* #IB year account amount [quantity]; #OIB year account {objects} amount ...; #PSALDO year period account {objects} ...
 */
static bool add_balance(struct reader *p, const struct sie_line *l, const struct balance_form *form)
{
	struct lg_rec *b = p->host->rec_new(p->r->job, LG_BALANCE);
	size_t at = 1;
	int64_t year;
	lg_dec d;

	if (!small_int(arg(l, at++), &year))
		return sie_fail(p, "sie.number", "the number of the year is missing");
	p->rec->set_str(b, LG_BALANCE_COMPANY, text_view(&p->company));
	p->rec->set_str(b, LG_BALANCE_TYPE, (lg_str){ form->type, strlen(form->type) });
	p->rec->set_int(b, LG_BALANCE_FINANCIAL_YEAR, year);
	set_year(p, b, year);
	if (form->period)
		p->rec->set_str(b, LG_BALANCE_PERIOD, arg(l, at++));
	p->rec->set_str(b, LG_BALANCE_ACCOUNT, arg(l, at++));
	if (at < l->n && l->f[at].list && !set_objects(p, b, LG_BALANCE_DIMENSIONS, l->f[at++].text, !form->period))
		return false;
	if (!get_dec(p, arg(l, at++), &d))
		return false;
	p->rec->set_dec(b, LG_BALANCE_AMOUNT, d);
	if (arg(l, at).len > 0) {
		if (!get_dec(p, arg(l, at), &d))
			return false;
		p->rec->set_dec(b, LG_BALANCE_QUANTITY, d);
	}
	p->rec->set_str(b, LG_BALANCE_CURRENCY, text_view(&p->currency));
	p->any_balance = true;
	return p->books ? keep_balance(p, b) : sie_emit(p, b, p->offset, p->no);
}

static bool on_balance(struct reader *p, const struct sie_line *l, uint16_t form)
{
	static const struct balance_form forms[] = { { "opening", false, false }, { "closing", false, false },
						     { "result", false, false },  { "opening", false, true },
						     { "closing", false, true },  { "period", true, true },
						     { "budget", true, true } };

	return add_balance(p, l, &forms[form]);
}

/* ---- vouchers ---- */

static void set_type(struct reader *p)
{
	lg_str said = p->rec->str(p->books, LG_BOOKS_TYPE);

	if (said.len == 0)
		p->rec->set_str(p->books, LG_BOOKS_TYPE, LG_STR("1")); /* SIE: a file without #SIETYP is of type 1 */
	else if (said.len == 1 && said.ptr[0] == '4')
		p->rec->set_str(p->books, LG_BOOKS_TYPE, p->any_balance ? LG_STR("4E") : LG_STR("4I"));
}

bool sie_emit_head(struct reader *p)
{
	struct lg_rec *books = p->books;

	if (books == NULL)
		return true;
	set_type(p);
	p->books = NULL;
	if (!sie_emit(p, books, 0, 1))
		return false;
	for (size_t i = 0; i < p->balance_count; i++)
		if (!sie_emit(p, p->balances[i], 0, p->balance_lines[i]))
			return false;
	p->balance_count = 0;
	return true;
}

static void set_financial_year(struct reader *p, lg_date date)
{
	int y, m, d, y2, m2, d2;
	char text[32];

	for (size_t i = 0; i < p->year_count; i++) {
		if (date < p->years[i].start || date > p->years[i].end)
			continue;
		p->host->date_parts(p->years[i].start, &y, &m, &d);
		p->host->date_parts(p->years[i].end, &y2, &m2, &d2);
		snprintf(text, sizeof text, "%04d-%02d-%02d/%04d-%02d-%02d", y, m, d, y2, m2, d2);
		p->rec->set_str(p->voucher, LG_VOUCHER_FINANCIAL_YEAR, (lg_str){ text, strlen(text) });
		return;
	}
}

/* A number that is not one, or that zeros in front make another text, is kept as the other system's. */
static void set_number(struct reader *p, lg_str s)
{
	int64_t n;

	if (s.len == 0)
		return;
	if (small_int(s, &n) && n >= 0 && (s.ptr[0] != '0' || s.len == 1))
		p->rec->set_int(p->voucher, LG_VOUCHER_NUMBER, n);
	else
		p->rec->set_str(p->rec->add_obj(p->voucher, LG_VOUCHER_EXTERNAL), LG_EXTERNAL_ID, s);
}

/* #VER series number date [text] [registered] [signature] */
static bool on_ver(struct reader *p, const struct sie_line *l, uint16_t field)
{
	lg_date date;
	bool set;

	(void)field;
	if (p->voucher)
		return sie_fail_at(p, "sie.voucher", p->voucher_line,
				   "the voucher that begins here has no closing brace");
	if (!sie_emit_head(p))
		return false;
	p->voucher = p->host->rec_new(p->r->job, LG_VOUCHER);
	p->voucher_line = p->no;
	p->voucher_offset = p->offset;
	p->in_rows = false;
	p->total = (lg_dec){ 0, 0 };
	p->rec->set_str(p->voucher, LG_VOUCHER_COMPANY, text_view(&p->company));
	p->rec->set_str(p->voucher, LG_VOUCHER_SERIES, arg(l, 1));
	set_number(p, arg(l, 2));
	if (!get_date(p, arg(l, 3), &date, &set))
		return false;
	if (!set)
		return sie_fail(p, "sie.date", "the voucher has no date");
	p->rec->set_date(p->voucher, LG_VOUCHER_DATE, date);
	set_financial_year(p, date);
	p->rec->set_str(p->voucher, LG_VOUCHER_TEXT, arg(l, 4));
	p->rec->set_str(p->voucher, LG_VOUCHER_SIGNATURE, arg(l, 6));
	return set_date(p, p->voucher, LG_VOUCHER_REGISTERED, arg(l, 5));
}

enum { ROW, ROW_ADDED, ROW_REMOVED };

/* The amount's side; rows that #RTRANS and #BTRANS tell of are history: marked, and not part of the sum. */
static bool set_amount(struct reader *p, struct lg_rec *line, lg_dec amount, uint16_t mark)
{
	lg_dec positive = { amount.coef < 0 ? -amount.coef : amount.coef, amount.scale };

	p->rec->set_dec(line, amount.coef < 0 ? LG_VOUCHER_LINE_CREDIT : LG_VOUCHER_LINE_DEBIT, positive);
	if (mark != ROW)
		p->rec->set_str(line, LG_VOUCHER_LINE_MARK, mark == ROW_ADDED ? LG_STR("added") : LG_STR("removed"));
	else if (!p->host->dec_add(p->total, amount, &p->total))
		return sie_fail(p, "sie.amount", "the voucher's sum is too large");
	return true;
}

/* A row's date says something only when it is not the voucher's. */
static bool set_row_date(struct reader *p, struct lg_rec *line, lg_str s)
{
	lg_date own, voucher;
	bool set;

	if (!get_date(p, s, &own, &set))
		return false;
	if (set && p->rec->date(p->voucher, LG_VOUCHER_DATE, &voucher) && own != voucher)
		p->rec->set_date(line, LG_VOUCHER_LINE_DATE, own);
	return true;
}

/* #TRANS account {objects} amount [date] [text] [quantity] [signature] */
static bool on_trans(struct reader *p, const struct sie_line *l, uint16_t mark)
{
	struct lg_rec *line;
	size_t at = 2;
	lg_dec d;

	if (p->voucher == NULL || !p->in_rows)
		return sie_fail(p, "sie.voucher", "a row stands outside of a voucher's braces");
	if (arg(l, 1).len == 0)
		return sie_fail(p, "sie.account", "the row has no account");
	line = p->rec->add_obj(p->voucher, LG_VOUCHER_LINES);
	p->rec->set_str(line, LG_VOUCHER_LINE_ACCOUNT, arg(l, 1));
	if (at < l->n && l->f[at].list && !set_objects(p, line, LG_VOUCHER_LINE_DIMENSIONS, l->f[at++].text, false))
		return false;
	if (!get_dec(p, arg(l, at), &d) || !set_amount(p, line, d, mark))
		return false;
	if (!set_row_date(p, line, arg(l, at + 1)))
		return false;
	p->rec->set_str(line, LG_VOUCHER_LINE_TEXT, arg(l, at + 2));
	if (arg(l, at + 3).len > 0) {
		if (!get_dec(p, arg(l, at + 3), &d))
			return false;
		p->rec->set_dec(line, LG_VOUCHER_LINE_QUANTITY, d);
	}
	p->rec->set_str(line, LG_VOUCHER_LINE_SIGNATURE, arg(l, at + 4));
	return true;
}

bool sie_rows_begin(struct reader *p)
{
	if (p->voucher == NULL || p->in_rows)
		return sie_fail(p, "sie.voucher", "a brace opens where no voucher begins");
	p->in_rows = true;
	return true;
}

bool sie_rows_end(struct reader *p)
{
	struct lg_rec *v = p->voucher;
	lg_str series;
	char sum[LG_DEC_TEXT];
	int64_t number = 0;

	if (v == NULL || !p->in_rows)
		return sie_fail(p, "sie.voucher", "a brace closes where no voucher is open");
	p->voucher = NULL;
	if (p->total.coef == 0)
		return sie_emit(p, v, p->voucher_offset, p->voucher_line);
	series = p->rec->str(v, LG_VOUCHER_SERIES);
	p->rec->integer(v, LG_VOUCHER_NUMBER, &number);
	p->host->dec_text(p->total, 2, sum);
	return sie_fail_at(
		p, "sie.unbalanced", p->voucher_line,
		"voucher %.*s %lld does not balance: its rows add up to %s and not to 0 (correct it where it was "
		"made, and export again)",
		(int)series.len, series.ptr, (long long)number, sum);
}

/* ---- all labels ---- */

static const struct item {
	const char *label;
	bool (*on)(struct reader *, const struct sie_line *, uint16_t);
	uint16_t arg; /* a field, or what the function says */
} items[] = {
	{ "#TRANS", on_trans, ROW },
	{ "#VER", on_ver, 0 },
	{ "#RTRANS", on_trans, ROW_ADDED },
	{ "#BTRANS", on_trans, ROW_REMOVED },
	{ "#IB", on_balance, 0 },
	{ "#UB", on_balance, 1 },
	{ "#RES", on_balance, 2 },
	{ "#OIB", on_balance, 3 },
	{ "#OUB", on_balance, 4 },
	{ "#PSALDO", on_balance, 5 },
	{ "#PBUDGET", on_balance, 6 },
	{ "#KONTO", on_account, LG_LEDGER_ACCOUNT_NAME },
	{ "#KTYP", on_account, LG_LEDGER_ACCOUNT_TYPE },
	{ "#ENHET", on_account, LG_LEDGER_ACCOUNT_UNIT },
	{ "#SRU", on_sru, LG_LEDGER_ACCOUNT_SRU },
	{ "#DIM", on_dim, LG_BOOKS_DIMENSIONS },
	{ "#UNDERDIM", on_dim, LG_BOOKS_DIMENSIONS },
	{ "#OBJEKT", on_objekt, LG_BOOKS_OBJECTS },
	{ "#FLAGGA", on_flagga, 0 },
	{ "#FORMAT", on_nothing, 0 }, /* read.c looks at it */
	{ "#PROGRAM", on_program, LG_BOOKS_PROGRAM },
	{ "#GEN", on_gen, LG_BOOKS_GENERATED_ON },
	{ "#SIETYP", on_text_item, LG_BOOKS_TYPE },
	{ "#PROSA", on_prosa, LG_BOOKS_COMMENT },
	{ "#FTYP", on_text_item, LG_BOOKS_COMPANY_TYPE },
	{ "#FNR", on_text_item, LG_BOOKS_REGISTER_ID },
	{ "#ORGNR", on_orgnr, LG_PARTY_LEGAL_ID },
	{ "#BKOD", on_bkod, 0 },
	{ "#ADRESS", on_adress, LG_PARTY_ADDRESS },
	{ "#FNAMN", on_name, LG_PARTY_NAME },
	{ "#RAR", on_rar, LG_BOOKS_FINANCIAL_YEARS },
	{ "#TAXAR", on_taxar, LG_BOOKS_TAX_YEAR },
	{ "#OMFATTN", on_date_item, LG_BOOKS_UNTIL },
	{ "#KPTYP", on_text_item, LG_BOOKS_PLAN_TYPE },
	{ "#VALUTA", on_valuta, LG_BOOKS_CURRENCY },
};

/* SIE: a reader passes over labels that it does not know. */
static void unknown(struct reader *p, lg_str label)
{
	for (size_t i = 0; i < p->unknown_count; i++)
		if (same(text_view(&p->unknown[i]), label))
			return;
	if (p->unknown_count == UNKNOWN_MAX)
		return;
	text_str(&p->unknown[p->unknown_count++], label);
	p->r->finding(p->r->job, "sie.unknown_item", p->no, "the item %.*s is not known and was passed over",
		      (int)(label.len < 40 ? label.len : 40), label.ptr);
}

static const struct item *find(lg_str label)
{
	for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
		if (strlen(items[i].label) == label.len && strncasecmp(items[i].label, label.ptr, label.len) == 0)
			return &items[i];
	return NULL;
}

bool sie_item(struct reader *p, const struct sie_line *l)
{
	const struct item *item;

	if (l->n == 0)
		return true;
	item = find(l->f[0].text);
	if (item == NULL) {
		unknown(p, l->f[0].text);
		return true;
	}
	p->items++;
	if (p->voucher && item->on != on_trans && item->on != on_ver)
		return sie_fail(p, "sie.voucher", "%s stands inside a voucher", item->label);
	/* The chart and the company come before the vouchers; what comes later has no record to go into any more. */
	if (p->books == NULL && item->on != on_trans && item->on != on_ver && item->on != on_balance) {
		p->r->finding(p->r->job, "sie.order", p->no, "%s stands behind the first voucher and was passed over",
			      item->label);
		return true;
	}
	return item->on(p, l, item->arg);
}
