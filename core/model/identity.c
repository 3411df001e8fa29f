#include "core/model/identity.h"

#include "core/base/date.h"

#include <openssl/sha.h>

#define HEX_DIGITS 32 /* 128 bits of the SHA-256 */
#define KEY_BYTES (HEX_DIGITS / 2)

/* ---- a key is a row of parts, each with its length before it, so that no two rows look the same ---- */

static void part_int(struct buf *b, int64_t v)
{
	char bytes[8];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)((uint64_t)v >> (8 * i));
	buf_bytes(b, bytes, sizeof bytes);
}

static void part(struct buf *b, lg_str s)
{
	part_int(b, (int64_t)s.len);
	buf_add(b, s);
}

static void part_dec(struct buf *b, const struct lg_rec *r, uint16_t field)
{
	lg_dec d;
	bool has = rec_dec(r, field, &d);

	part_int(b, d.coef);
	part_int(b, has ? d.scale : -1);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Without white space and in capitals: banks wrap lines and change case between one message and the next. */
static void part_folded(struct buf *b, lg_str s)
{
	size_t n = 0;
	char *to = buf_room(b, s.len + 1);

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!is_space(c))
			to[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	b->len += n;
	part_int(b, (int64_t)n);
}

/* What banks write when they have no reference to give. */
static bool says_nothing(lg_str s)
{
	static const char *const empty[] = { "NOTPROVIDED", "NOT PROVIDED", "NONREF", "NOREF", "NONE", "N/A" };

	s = str_trim(s);
	for (size_t i = 0; i < ARRAY_LEN(empty); i++)
		if (str_ieq(s, str_of(empty[i])))
			return true;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != '0' && s.ptr[i] != '-' && s.ptr[i] != '.')
			return false;
	return true;
}

/* ---- bank lines ---- */

static lg_date line_date(const struct lg_rec *r)
{
	lg_date day;

	if (!rec_date(r, LG_TRANSACTION_BOOKING_DATE, &day))
		rec_date(r, LG_TRANSACTION_VALUE_DATE, &day);
	return day;
}

static lg_str account_id(const struct lg_rec *r, uint16_t field)
{
	const struct lg_rec *account = rec_obj(r, field);

	return account ? rec_str(account, LG_ACCOUNT_ID) : STR_NONE;
}

/* 0: the entry itself, also when it has just one detail: another message may give it without. */
static int64_t line_detail(const struct lg_rec *r)
{
	int64_t detail, details;

	if (!rec_int(r, LG_TRANSACTION_DETAIL, &detail))
		return 0;
	return rec_int(r, LG_TRANSACTION_DETAILS, &details) && details == 1 ? 0 : detail;
}

static void add_fingerprint(struct buf *b, const struct lg_rec *r)
{
	const struct lg_rec *other = rec_obj(r, LG_TRANSACTION_COUNTERPARTY);
	lg_date value;

	part_int(b, rec_date(r, LG_TRANSACTION_VALUE_DATE, &value) ? value : INT32_MIN);
	part_dec(b, r, LG_TRANSACTION_AMOUNT);
	part_folded(b, rec_str(r, LG_TRANSACTION_REMITTANCE));
	for (size_t i = 0; i < rec_count(r, LG_TRANSACTION_REFERENCES); i++)
		part_folded(b, rec_str_at(r, LG_TRANSACTION_REFERENCES, i));
	part_folded(b, other ? rec_str(other, LG_COUNTERPARTY_ACCOUNT) : STR_NONE);
	part_folded(b, rec_str(r, LG_TRANSACTION_END_TO_END_ID));
}

/* Everything but detail and occurrence.  A line that is not booked is another than the booked one: it must never
   replace it. */
static void add_entry(struct buf *b, const struct lg_rec *r)
{
	lg_str reference = rec_str(r, LG_TRANSACTION_BANK_REFERENCE);
	lg_str external = rec_str(r, LG_COMMON_EXTERNAL_ID);
	bool whole = rec_has(r, LG_TRANSACTION_ENTRY_AMOUNT);

	part_folded(b, account_id(r, LG_TRANSACTION_ACCOUNT));
	part(b, rec_str(r, LG_TRANSACTION_CURRENCY));
	part_int(b, line_date(r));
	part(b, rec_str(r, LG_TRANSACTION_STATUS));
	part(b, rec_str(r, LG_TRANSACTION_SIDE));
	part_dec(b, r, whole ? LG_TRANSACTION_ENTRY_AMOUNT : LG_TRANSACTION_AMOUNT);
	if (!says_nothing(reference)) {
		buf_cstr(b, "bank");
		part_folded(b, reference);
	} else if (!says_nothing(external)) {
		buf_cstr(b, "external");
		part(b, external);
	} else {
		buf_cstr(b, "line");
		add_fingerprint(b, r);
	}
}

static void add_line(struct buf *b, const struct lg_rec *r)
{
	add_entry(b, r);
	part_int(b, line_detail(r));
}

/* Absent is the first. */
static int64_t line_occurrence(const struct lg_rec *r)
{
	int64_t n;

	return rec_int(r, LG_TRANSACTION_OCCURRENCE, &n) ? n : 1;
}

static void add_transaction(struct buf *b, const struct lg_rec *r)
{
	add_line(b, r);
	part_int(b, line_occurrence(r));
}

static void add_statement(struct buf *b, const struct lg_rec *r)
{
	lg_time created;
	lg_date last;
	int64_t page;

	rec_time(r, LG_STATEMENT_CREATED_AT, &created);
	if (!rec_date(r, LG_STATEMENT_TO, &last))
		last = time_date(created);
	if (!rec_int(r, LG_STATEMENT_PAGE, &page))
		page = 1;
	part_folded(b, account_id(r, LG_STATEMENT_ACCOUNT));
	part(b, rec_str(r, LG_STATEMENT_TYPE));
	part(b, str_trim(rec_str(r, LG_STATEMENT_STATEMENT_ID)));
	part(b, rec_str(r, LG_STATEMENT_SEQUENCE));
	part(b, rec_str(r, LG_STATEMENT_LEGAL_SEQUENCE));
	part_int(b, page);
	part_int(b, last);
}

/* ---- invoices ---- */

/* The first that the seller has, from the most to the least reliable. */
static lg_str seller_key(const struct lg_rec *r)
{
	static const struct {
		uint16_t object, field;
	} candidates[] = {
		{ LG_PARTY_LEGAL_ID, LG_IDENTIFIER_VALUE },
		{ 0, LG_PARTY_VAT_ID },
		{ LG_PARTY_ENDPOINT, LG_IDENTIFIER_VALUE },
		{ 0, LG_PARTY_TAX_REGISTRATION },
		{ 0, LG_PARTY_NAME },
	};
	const struct lg_rec *seller = rec_obj(r, LG_INVOICE_SELLER);

	for (size_t i = 0; seller && i < ARRAY_LEN(candidates); i++) {
		const struct lg_rec *o = candidates[i].object ? rec_obj(seller, candidates[i].object) : seller;
		lg_str s = o ? str_trim(rec_str(o, candidates[i].field)) : STR_NONE;

		if (s.len)
			return s;
	}
	return rec_str(r, LG_COMMON_CLIENT);
}

/* UNTDID 1001 codes of documents that lower what is owed. */
static bool is_credit(lg_str type)
{
	static const char *const credits[] = {
		"381", "81", "83", "261", "262", "296", "308", "396", "420", "458", "532"
	};

	for (size_t i = 0; i < ARRAY_LEN(credits); i++)
		if (str_is(type, credits[i]))
			return true;
	return false;
}

static bool add_invoice(struct buf *b, const struct lg_rec *r)
{
	lg_str number = rec_str(r, LG_INVOICE_NUMBER), seller = seller_key(r);

	if (!str_trim(number).len || !seller.len)
		return false;
	part_folded(b, seller);
	part_folded(b, number);
	part(b, is_credit(rec_str(r, LG_INVOICE_TYPE)) ? LG_STR("credit") : LG_STR("invoice"));
	return true;
}

/* ---- all kinds ---- */

static void add_other(struct buf *b, const struct lg_rec *r)
{
	lg_str external = rec_str(r, LG_COMMON_EXTERNAL_ID);

	if (str_trim(external).len) {
		part(b, rec_str(r, LG_COMMON_CONNECTION));
		part(b, external);
	} else {
		part(b, rec_str(r, LG_COMMON_CLIENT));
		rec_encode(r, REC_BODY, b);
	}
}

static void add_record(struct buf *b, const struct lg_rec *r)
{
	switch (rec_object(r)) {
	case LG_TRANSACTION:
		add_transaction(b, r);
		return;
	case LG_STATEMENT:
		add_statement(b, r);
		return;
	case LG_INVOICE:
		if (add_invoice(b, r))
			return;
		break;
	default:
		break;
	}
	add_other(b, r);
}

static void add_hash(struct buf *out, const struct buf *key)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char hash[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)(key->ptr ? key->ptr : ""), key->len, hash);
	for (size_t i = 0; i < KEY_BYTES; i++) {
		buf_char(out, hex[hash[i] >> 4]);
		buf_char(out, hex[hash[i] & 15]);
	}
}

lg_str identity_of(const struct lg_rec *r, struct arena *a)
{
	struct buf key = { 0 }, out = { 0 };
	lg_str result;

	add_record(&key, r);
	buf_addf(&out, "%s:", object_get(rec_object(r))->name);
	add_hash(&out, &key);
	result = arena_str(a, buf_view(&out));
	buf_fini(&key);
	buf_fini(&out);
	return result;
}

uint64_t identity_line(const struct lg_rec *r)
{
	struct buf key = { 0 };
	uint64_t h;

	if (rec_object(r) != LG_TRANSACTION)
		return 0;
	add_line(&key, r);
	h = str_hash(buf_view(&key));
	buf_fini(&key);
	return h ? h : 1;
}

static void add_folded(struct buf *out, lg_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] > ' ')
			buf_char(out, s.ptr[i]);
}

static void order_statement(struct buf *out, const struct lg_rec *r)
{
	struct buf key = { 0 };

	buf_cstr(out, "1 ");
	add_folded(out, account_id(r, LG_STATEMENT_ACCOUNT));
	buf_char(out, ' ');
	add_statement(&key, r);
	add_hash(out, &key);
	buf_fini(&key);
}

static void order_transaction(struct buf *out, const struct lg_rec *r)
{
	char day[DATE_TEXT_MAX];
	struct buf key = { 0 };
	int64_t detail;

	date_text(line_date(r), day);
	rec_int(r, LG_TRANSACTION_DETAIL, &detail);
	add_entry(&key, r);
	buf_addf(out, "2 %s ", day);
	add_folded(out, account_id(r, LG_TRANSACTION_ACCOUNT));
	buf_char(out, ' ');
	add_hash(out, &key);
	buf_addf(out, " %010llu %010llu", (unsigned long long)line_occurrence(r), (unsigned long long)detail);
	buf_fini(&key);
}

lg_str order_of(const struct lg_rec *r, struct arena *a)
{
	struct buf out = { 0 };
	lg_str result;

	if (rec_object(r) == LG_STATEMENT)
		order_statement(&out, r);
	else if (rec_object(r) == LG_TRANSACTION)
		order_transaction(&out, r);
	result = arena_str(a, buf_view(&out));
	buf_fini(&out);
	return result;
}
