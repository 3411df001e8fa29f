/* The head of a file: who, when, which accounts. */
#include "write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void put_label(struct text *t, const char *label)
{
	text_add(t, label, strlen(label));
}

void put_raw(struct text *t, lg_str s)
{
	bool plain = s.len > 0;

	for (size_t i = 0; i < s.len; i++)
		plain = plain && (unsigned char)s.ptr[i] > ' ' && strchr("\"{}\\", s.ptr[i]) == NULL;
	if (!plain) {
		put_text(t, s);
		return;
	}
	text_char(t, ' ');
	text_str(t, s);
}

/* SIE knows no control characters and one escape, \". */
void put_text(struct text *t, lg_str s)
{
	text_add(t, " \"", 2);
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"')
			text_char(t, '\\');
		text_char(t, (unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f ? ' ' : s.ptr[i]);
	}
	if (s.len > 0 && s.ptr[s.len - 1] == '\\')
		text_char(t, ' '); /* else it would escape the closing quote */
	text_char(t, '"');
}

void put_date(struct writer *p, struct text *t, lg_date d)
{
	char text[16];
	int y, m, day;

	p->host->date_parts(d, &y, &m, &day);
	text_add(t, text,
		 (size_t)snprintf(text, sizeof text, " %04u%02u%02u", (unsigned)y % 10000, (unsigned)m % 100,
				  (unsigned)day % 100));
}

void put_end(struct text *t)
{
	text_add(t, "\r\n", 2);
}

void put_trim(struct text *t, size_t mark)
{
	while (t->len >= mark + 3 && memcmp(t->ptr + t->len - 3, " \"\"", 3) == 0)
		t->len -= 3;
}

static const struct lg_rec *party(const struct writer *p)
{
	return p->books ? p->rec->obj(p->books, LG_BOOKS_COMPANY) : NULL;
}

static lg_str in(const struct writer *p, const struct lg_rec *r, uint16_t field)
{
	return r ? p->rec->str(r, field) : (lg_str){ 0 };
}

static void put_item(struct writer *p, const char *label, lg_str value)
{
	if (value.len == 0)
		return;
	put_label(&p->head, label);
	put_text(&p->head, value);
	put_end(&p->head);
}

static void put_program(struct writer *p)
{
	lg_str name = in(p, p->books, LG_BOOKS_PROGRAM);

	put_label(&p->head, "#PROGRAM");
	put_text(&p->head, name.len > 0 ? name : LG_STR("Loligo"));
	put_text(&p->head, name.len > 0 ? in(p, p->books, LG_BOOKS_PROGRAM_VERSION) : LG_STR(LG_VERSION));
	put_end(&p->head);
}

/* The day of what is in the file, not today: the same records give the same bytes. */
static void put_gen(struct writer *p)
{
	lg_date day = p->newest;

	if (p->books && p->rec->has(p->books, LG_BOOKS_GENERATED_ON))
		p->rec->date(p->books, LG_BOOKS_GENERATED_ON, &day);
	put_label(&p->head, "#GEN");
	put_date(p, &p->head, day);
	if (in(p, p->books, LG_BOOKS_GENERATED_BY).len > 0)
		put_text(&p->head, in(p, p->books, LG_BOOKS_GENERATED_BY));
	put_end(&p->head);
}

static void put_comment(struct writer *p)
{
	lg_str all = in(p, p->books, LG_BOOKS_COMMENT), part;
	const char *nl;

	while (all.len > 0) {
		nl = memchr(all.ptr, '\n', all.len);
		part = (lg_str){ all.ptr, nl ? (size_t)(nl - all.ptr) : all.len };
		put_item(p, "#PROSA", part);
		all = (lg_str){ all.ptr + part.len + (nl != NULL), all.len - part.len - (nl != NULL) };
	}
}

static lg_str id_of(const struct writer *p, lg_str scheme)
{
	const struct lg_rec *company = party(p), *id;
	lg_str s;

	for (size_t i = 0; company && i < p->rec->count(company, LG_PARTY_IDS); i++) {
		id = p->rec->obj_at(company, LG_PARTY_IDS, i);
		s = p->rec->str(id, LG_IDENTIFIER_SCHEME);
		if (s.len == scheme.len && memcmp(s.ptr, scheme.ptr, s.len) == 0)
			return p->rec->str(id, LG_IDENTIFIER_VALUE);
	}
	return (lg_str){ 0 };
}

static lg_str legal_id(const struct writer *p)
{
	const struct lg_rec *company = party(p), *id = company ? p->rec->obj(company, LG_PARTY_LEGAL_ID) : NULL;

	return id ? p->rec->str(id, LG_IDENTIFIER_VALUE) : text_view(&p->company);
}

static void put_orgnr(struct writer *p)
{
	lg_str id = legal_id(p);
	char text[16];
	bool swedish = id.len == 10 || id.len == 12;
	size_t mark;

	for (size_t i = 0; i < id.len; i++)
		swedish = swedish && id.ptr[i] >= '0' && id.ptr[i] <= '9';
	if (id.len == 0)
		return;
	if (swedish) {
		memcpy(text, id.ptr, id.len - 4);
		text[id.len - 4] = '-';
		memcpy(text + id.len - 3, id.ptr + id.len - 4, 4);
		id = (lg_str){ text, id.len + 1 };
	}
	put_label(&p->head, "#ORGNR");
	put_raw(&p->head, id);
	mark = p->head.len;
	put_text(&p->head, id_of(p, LG_STR("sie:forvnr")));
	put_text(&p->head, id_of(p, LG_STR("sie:verknr")));
	put_trim(&p->head, mark);
	put_end(&p->head);
}

static void put_adress(struct writer *p)
{
	const struct lg_rec *company = party(p);
	const struct lg_rec *contact = company ? p->rec->obj(company, LG_PARTY_CONTACT) : NULL;
	const struct lg_rec *address = company ? p->rec->obj(company, LG_PARTY_ADDRESS) : NULL;

	if (contact == NULL && address == NULL)
		return;
	put_label(&p->head, "#ADRESS");
	put_text(&p->head, in(p, contact, LG_CONTACT_NAME));
	put_text(&p->head, in(p, address, LG_ADDRESS_LINE1));
	put_text(&p->head, in(p, address, LG_ADDRESS_LINE2));
	put_text(&p->head, in(p, contact, LG_CONTACT_PHONE));
	put_end(&p->head);
}

static lg_str configured(const struct lg_map *map, lg_str key)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->items[i].key.len == key.len && memcmp(map->items[i].key.ptr, key.ptr, key.len) == 0)
			return map->items[i].value;
	return (lg_str){ 0 };
}

/* #FNAMN is compulsory: the number stands for a name that nobody has told. */
static void put_fnamn(struct writer *p)
{
	lg_str name = in(p, party(p), LG_PARTY_NAME);

	if (name.len == 0)
		name = configured(&p->cfg->companies, legal_id(p));
	put_label(&p->head, "#FNAMN");
	put_text(&p->head, name.len > 0 ? name : legal_id(p));
	put_end(&p->head);
}

static void put_year(struct writer *p, int64_t no, lg_date start, lg_date end)
{
	char text[24];

	put_label(&p->head, "#RAR");
	put_raw(&p->head, (lg_str){ text, (size_t)snprintf(text, sizeof text, "%lld", (long long)no) });
	put_date(p, &p->head, start);
	put_date(p, &p->head, end);
	put_end(&p->head);
}

static void put_books_years(struct writer *p)
{
	const struct lg_rec *y;
	lg_date start, end;
	int64_t no = 0;

	for (size_t i = 0; i < p->rec->count(p->books, LG_BOOKS_FINANCIAL_YEARS); i++) {
		y = p->rec->obj_at(p->books, LG_BOOKS_FINANCIAL_YEARS, i);
		p->rec->integer(y, LG_FINANCIAL_YEAR_NO, &no);
		if (p->rec->date(y, LG_FINANCIAL_YEAR_START, &start) && p->rec->date(y, LG_FINANCIAL_YEAR_END, &end))
			put_year(p, no, start, end);
	}
}

static int newer(const void *a, const void *b)
{
	return -memcmp(a, b, 21);
}

/* The years of the vouchers, "2026-01-01/2026-12-31": the newest is year 0. */
static void put_years(struct writer *p)
{
	int a[3], b[3];
	lg_date start, end;
	char(*all)[24];

	if (p->books) {
		put_books_years(p);
		return;
	}
	all = calloc(p->years.count + 1, sizeof *all);
	if (all == NULL) {
		p->head.lost = true;
		return;
	}
	for (size_t i = 0; i < p->years.count; i++)
		memcpy(all[i], set_at(&p->years, i).ptr, 21);
	qsort(all, p->years.count, sizeof *all, newer);
	for (size_t i = 0; i < p->years.count; i++)
		if (sscanf(all[i], "%4d-%2d-%2d/%4d-%2d-%2d", &a[0], &a[1], &a[2], &b[0], &b[1], &b[2]) == 6 &&
		    p->host->date_make(a[0], a[1], a[2], &start) && p->host->date_make(b[0], b[1], b[2], &end))
			put_year(p, -(int64_t)i, start, end);
	free(all);
}

static void put_account_item(struct writer *p, const char *label, lg_str number, lg_str value)
{
	if (value.len == 0)
		return;
	put_label(&p->head, label);
	put_raw(&p->head, number);
	put_text(&p->head, value);
	put_end(&p->head);
}

static void put_books_accounts(struct writer *p)
{
	const struct lg_rec *a;
	lg_str number;

	for (size_t i = 0; i < p->rec->count(p->books, LG_BOOKS_ACCOUNTS); i++) {
		a = p->rec->obj_at(p->books, LG_BOOKS_ACCOUNTS, i);
		number = p->rec->str(a, LG_LEDGER_ACCOUNT_NUMBER);
		put_label(&p->head, "#KONTO");
		put_raw(&p->head, number);
		put_text(&p->head, p->rec->str(a, LG_LEDGER_ACCOUNT_NAME));
		put_end(&p->head);
		put_account_item(p, "#KTYP", number, p->rec->str(a, LG_LEDGER_ACCOUNT_TYPE));
		put_account_item(p, "#ENHET", number, p->rec->str(a, LG_LEDGER_ACCOUNT_UNIT));
		for (size_t k = 0; k < p->rec->count(a, LG_LEDGER_ACCOUNT_SRU); k++)
			put_account_item(p, "#SRU", number, p->rec->str_at(a, LG_LEDGER_ACCOUNT_SRU, k));
	}
}

static void put_accounts(struct writer *p)
{
	const struct lg_map *names = &p->cfg->accounts;
	lg_str number, name;

	if (p->books) {
		put_books_accounts(p);
		return;
	}
	for (size_t i = 0; i < names->count; i++)
		if (set_has(&p->accounts, names->items[i].key))
			put_account_item(p, "#KONTO", names->items[i].key, names->items[i].value);
	/* In 4E each account that is used has its #KONTO, with a name or without. */
	for (size_t i = 0; p->cfg->type == SIE_TYPE_4E && i < p->accounts.count; i++) {
		number = set_at(&p->accounts, i);
		name = configured(names, number);
		if (name.len == 0)
			put_account_item(p, "#KONTO", number, number);
	}
}

static void put_books_dimensions(struct writer *p)
{
	const struct lg_rec *d;
	lg_str parent;

	for (size_t i = 0; i < p->rec->count(p->books, LG_BOOKS_DIMENSIONS); i++) {
		d = p->rec->obj_at(p->books, LG_BOOKS_DIMENSIONS, i);
		parent = p->rec->str(d, LG_DIMENSION_PARENT);
		put_label(&p->head, parent.len > 0 ? "#UNDERDIM" : "#DIM");
		put_raw(&p->head, p->rec->str(d, LG_DIMENSION_NO));
		put_text(&p->head, p->rec->str(d, LG_DIMENSION_NAME));
		if (parent.len > 0)
			put_raw(&p->head, parent);
		put_end(&p->head);
	}
	for (size_t i = 0; i < p->rec->count(p->books, LG_BOOKS_OBJECTS); i++) {
		d = p->rec->obj_at(p->books, LG_BOOKS_OBJECTS, i);
		put_label(&p->head, "#OBJEKT");
		put_raw(&p->head, p->rec->str(d, LG_DIMENSION_OBJECT_DIMENSION));
		put_text(&p->head, p->rec->str(d, LG_DIMENSION_OBJECT_NO));
		put_text(&p->head, p->rec->str(d, LG_DIMENSION_OBJECT_NAME));
		put_end(&p->head);
	}
}

/* Names that SIE has reserved for its own dimension numbers. */
static lg_str dimension_name(const struct writer *p, lg_str no)
{
	static const struct {
		const char *no, *name;
	} reserved[] = { { "1", "Resultatenhet" }, { "2", "Kostnadsb\xc3\xa4rare" },
			 { "6", "Projekt" },       { "7", "Anst\xc3\xa4lld" },
			 { "8", "Kund" },          { "9", "Leverant\xc3\xb6r" },
			 { "10", "Faktura" } };
	lg_str name = configured(&p->cfg->dimensions, no);

	for (size_t i = 0; name.len == 0 && i < sizeof reserved / sizeof reserved[0]; i++)
		if (strlen(reserved[i].no) == no.len && memcmp(reserved[i].no, no.ptr, no.len) == 0)
			name = (lg_str){ reserved[i].name, strlen(reserved[i].name) };
	return name.len > 0 ? name : no;
}

static void put_dimensions(struct writer *p)
{
	lg_str key, object;
	const char *sep;

	if (p->books) {
		put_books_dimensions(p);
		return;
	}
	for (size_t i = 0; i < p->dimensions.count; i++) {
		key = set_at(&p->dimensions, i);
		put_label(&p->head, "#DIM");
		put_raw(&p->head, key);
		put_text(&p->head, dimension_name(p, key));
		put_end(&p->head);
	}
	for (size_t i = 0; i < p->objects.count; i++) {
		key = set_at(&p->objects, i);
		sep = memchr(key.ptr, 0x1f, key.len);
		object = (lg_str){ sep + 1, key.len - (size_t)(sep - key.ptr) - 1 };
		put_label(&p->head, "#OBJEKT");
		put_raw(&p->head, (lg_str){ key.ptr, (size_t)(sep - key.ptr) });
		put_text(&p->head, object);
		put_text(&p->head, object);
		put_end(&p->head);
	}
}

static void put_terms(struct writer *p)
{
	lg_str currency = in(p, p->books, LG_BOOKS_CURRENCY);
	char text[24];
	int64_t year;
	lg_date until;

	if (p->books && p->rec->integer(p->books, LG_BOOKS_TAX_YEAR, &year)) {
		put_label(&p->head, "#TAXAR");
		put_raw(&p->head, (lg_str){ text, (size_t)snprintf(text, sizeof text, "%lld", (long long)year) });
		put_end(&p->head);
	}
	if (p->books && p->rec->date(p->books, LG_BOOKS_UNTIL, &until)) {
		put_label(&p->head, "#OMFATTN");
		put_date(p, &p->head, until);
		put_end(&p->head);
	}
	put_item(p, "#KPTYP", in(p, p->books, LG_BOOKS_PLAN_TYPE));
	put_item(p, "#VALUTA", p->books ? currency : p->cfg->currency);
}

/* In the order of the SIE document. */
void sie_put_head(struct writer *p)
{
	put_program(p);
	put_label(&p->head, p->cfg->encoding == SIE_UTF8 ? "#FORMAT UTF-8\r\n" : "#FORMAT PC8\r\n");
	put_gen(p);
	put_label(&p->head, "#SIETYP 4\r\n");
	put_comment(p);
	put_item(p, "#FTYP", in(p, p->books, LG_BOOKS_COMPANY_TYPE));
	put_item(p, "#FNR", in(p, p->books, LG_BOOKS_REGISTER_ID));
	put_orgnr(p);
	put_item(p, "#BKOD", id_of(p, LG_STR("sie:bkod")));
	put_adress(p);
	put_fnamn(p);
	put_years(p);
	put_terms(p);
	put_accounts(p);
	put_dimensions(p);
}
