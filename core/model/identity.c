#include "core/model/identity.h"

#include "core/base/date.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <string.h>

#define HEX_DIGITS 32 /* 128 bits of the SHA-256 */
#define KEY_BYTES (HEX_DIGITS / 2)
#define ORDER_REFERENCE 35 /* characters, at most: Max35Text */
#define ORDER_HASH 8       /* bytes; two lines with the same ones stay in the order of their coming */

/* ---- a key is a row of parts, each with its length, so that no two rows look the same ---- */

/* The row itself, or only a quick number of it. */
struct key {
	struct buf *row; /* NULL: quick */
	uint64_t quick;
};

static void put(struct key *k, lg_str bytes)
{
	if (k->row)
		buf_add(k->row, bytes);
	else if (bytes.len)
		k->quick = (k->quick ^ str_hash(bytes)) * 0x9fb21c651e98df25u;
}

static void part_int(struct key *k, int64_t v)
{
	char bytes[8];

	if (k->row == NULL) {
		k->quick = (k->quick ^ (uint64_t)v) * 0x9fb21c651e98df25u;
		k->quick ^= k->quick >> 32;
		return;
	}
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)((uint64_t)v >> (8 * i));
	put(k, (lg_str){ bytes, sizeof bytes });
}

static void part(struct key *k, lg_str s)
{
	part_int(k, (int64_t)s.len);
	put(k, s);
}

static void part_dec(struct key *k, const struct lg_rec *r, uint16_t field)
{
	lg_dec d;
	bool has = rec_dec(r, field, &d);

	part_int(k, d.coef);
	part_int(k, has ? d.scale : -1);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* As most accounts and references are. */
static bool is_folded(lg_str s)
{
	unsigned other = 0;

	for (size_t i = 0; i < s.len; i++)
		other |= is_space(s.ptr[i]) | ((unsigned)(s.ptr[i] - 'a') < 26u);
	return other == 0;
}

#define FOLD_CHUNK 128

/* Without white space and in capitals: banks wrap lines and change case between one message and the next. */
static void part_folded(struct key *k, lg_str s)
{
	char chunk[FOLD_CHUNK];
	size_t n = 0, all = 0;

	if (s.len < FOLD_CHUNK && is_folded(s)) {
		put(k, s);
		part_int(k, (int64_t)s.len);
		return;
	}
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (is_space(c))
			continue;
		chunk[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
		all++;
		if (n == sizeof chunk) {
			put(k, (lg_str){ chunk, n });
			n = 0;
		}
	}
	put(k, (lg_str){ chunk, n });
	part_int(k, (int64_t)all);
}

/* What banks write when they have no reference to give. */
static bool says_nothing(lg_str s)
{
	static const char *const empty[] = { "NOTPROVIDED", "NOT PROVIDED", "NONREF", "NOREF", "NONE", "N/A" };

	s = str_trim(s);
	if (s.len > 0 && strchr("Nn0-.", s.ptr[0]) == NULL)
		return false;
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

static void add_fingerprint(struct key *k, const struct lg_rec *r)
{
	const struct lg_rec *other = rec_obj(r, LG_TRANSACTION_COUNTERPARTY);
	lg_date value;

	part_int(k, rec_date(r, LG_TRANSACTION_VALUE_DATE, &value) ? value : INT32_MIN);
	part_dec(k, r, LG_TRANSACTION_AMOUNT);
	part_folded(k, rec_str(r, LG_TRANSACTION_REMITTANCE));
	part_int(k, (int64_t)rec_count(r, LG_TRANSACTION_REFERENCES));
	for (size_t i = 0; i < rec_count(r, LG_TRANSACTION_REFERENCES); i++)
		part_folded(k, rec_str_at(r, LG_TRANSACTION_REFERENCES, i));
	part_folded(k, other ? rec_str(other, LG_COUNTERPARTY_ACCOUNT) : STR_NONE);
	part_folded(k, rec_str(r, LG_TRANSACTION_END_TO_END_ID));
}

/* Everything but detail and occurrence.  A line that is not booked is another than the booked one: it must never
   replace it. */
static void add_entry(struct key *k, const struct lg_rec *r)
{
	lg_str reference = rec_str(r, LG_TRANSACTION_BANK_REFERENCE);
	lg_str external = rec_str(r, LG_COMMON_EXTERNAL_ID);
	bool whole = rec_has(r, LG_TRANSACTION_ENTRY_AMOUNT);

	part_folded(k, account_id(r, LG_TRANSACTION_ACCOUNT));
	part(k, rec_str(r, LG_TRANSACTION_CURRENCY));
	part_int(k, line_date(r));
	part(k, rec_str(r, LG_TRANSACTION_STATUS));
	part(k, rec_str(r, LG_TRANSACTION_SIDE));
	part_dec(k, r, whole ? LG_TRANSACTION_ENTRY_AMOUNT : LG_TRANSACTION_AMOUNT);
	if (!says_nothing(reference)) {
		put(k, LG_STR("bank"));
		part_folded(k, reference);
	} else if (!says_nothing(external)) {
		put(k, LG_STR("external"));
		part(k, external);
	} else {
		put(k, LG_STR("line"));
		add_fingerprint(k, r);
	}
}

static void add_line(struct key *k, const struct lg_rec *r)
{
	add_entry(k, r);
	part_int(k, line_detail(r));
}

/* Absent is the first. */
static int64_t line_occurrence(const struct lg_rec *r)
{
	int64_t n;

	return rec_int(r, LG_TRANSACTION_OCCURRENCE, &n) ? n : 1;
}

static void add_transaction(struct key *k, const struct lg_rec *r)
{
	add_line(k, r);
	part_int(k, line_occurrence(r));
}

static void add_statement(struct key *k, const struct lg_rec *r)
{
	lg_time created;
	lg_date last;
	int64_t page;

	rec_time(r, LG_STATEMENT_CREATED_AT, &created);
	if (!rec_date(r, LG_STATEMENT_TO, &last))
		last = time_date(created);
	if (!rec_int(r, LG_STATEMENT_PAGE, &page))
		page = 1;
	part_folded(k, account_id(r, LG_STATEMENT_ACCOUNT));
	part(k, rec_str(r, LG_STATEMENT_TYPE));
	part(k, str_trim(rec_str(r, LG_STATEMENT_STATEMENT_ID)));
	part(k, rec_str(r, LG_STATEMENT_SEQUENCE));
	part(k, rec_str(r, LG_STATEMENT_LEGAL_SEQUENCE));
	part_int(k, page);
	part_int(k, last);
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

/* Asked for every open item that a payment looks at, so it compares numbers. */
bool is_credit_note(lg_str type)
{
	int code = 0;

	if (type.len > 3 || type.len == 0 || type.ptr[0] == '0')
		return false;
	for (size_t i = 0; i < type.len; i++) {
		if (type.ptr[i] < '0' || type.ptr[i] > '9')
			return false;
		code = code * 10 + (type.ptr[i] - '0');
	}
	switch (code) {
	case 81:
	case 83:
	case 261:
	case 262:
	case 296:
	case 308:
	case 381:
	case 396:
	case 420:
	case 458:
	case 532:
		return true;
	default:
		return false;
	}
}

static bool add_invoice(struct key *k, const struct lg_rec *r)
{
	lg_str number = rec_str(r, LG_INVOICE_NUMBER), seller = seller_key(r);

	if (!str_trim(number).len || !seller.len)
		return false;
	part_folded(k, seller);
	part_folded(k, number);
	part(k, is_credit_note(rec_str(r, LG_INVOICE_TYPE)) ? LG_STR("credit") : LG_STR("invoice"));
	return true;
}

/* ---- all kinds ---- */

static void add_other(struct key *k, const struct lg_rec *r)
{
	lg_str external = rec_str(r, LG_COMMON_EXTERNAL_ID);

	if (str_trim(external).len) {
		part(k, rec_str(r, LG_COMMON_CONNECTION));
		part(k, external);
	} else {
		part(k, rec_str(r, LG_COMMON_CLIENT));
		rec_encode(r, REC_BODY, k->row);
	}
}

static void add_record(struct key *k, const struct lg_rec *r)
{
	switch (rec_object(r)) {
	case LG_TRANSACTION:
		add_transaction(k, r);
		return;
	case LG_STATEMENT:
		add_statement(k, r);
		return;
	case LG_INVOICE:
		if (add_invoice(k, r))
			return;
		break;
	default:
		break;
	}
	add_other(k, r);
}

/* Fetched once: looking the algorithm up costs more than a short hash. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

static void fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static void digest(const struct buf *row, unsigned char hash[SHA256_DIGEST_LENGTH])
{
	pthread_once(&once, fetch);
	if (sha256 == NULL || EVP_Digest(row->ptr ? row->ptr : "", row->len, hash, NULL, sha256, NULL) != 1)
		die("libcrypto has no SHA-256");
}

static void add_hash(struct buf *out, const struct buf *row)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char hash[SHA256_DIGEST_LENGTH];

	digest(row, hash);
	for (size_t i = 0; i < KEY_BYTES; i++) {
		buf_char(out, hex[hash[i] >> 4]);
		buf_char(out, hex[hash[i] & 15]);
	}
}

lg_str identity_of(const struct lg_rec *r, struct arena *a)
{
	struct buf row = { 0 }, out = { 0 };
	struct key key = { &row, 0 };
	lg_str result;

	add_record(&key, r);
	buf_addf(&out, "%s:", object_get(rec_object(r))->name);
	add_hash(&out, &row);
	result = arena_str(a, buf_view(&out));
	buf_fini(&row);
	buf_fini(&out);
	return result;
}

uint64_t identity_line(const struct lg_rec *r)
{
	struct key key = { NULL, 1 };

	if (rec_object(r) != LG_TRANSACTION)
		return 0;
	add_line(&key, r);
	key.quick ^= key.quick >> 29;
	return key.quick ? key.quick : 1;
}

static void add_folded(struct buf *out, lg_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] > ' ')
			buf_char(out, s.ptr[i]);
}

static void order_statement(struct buf *out, const struct lg_rec *r)
{
	struct buf row = { 0 };
	struct key key = { &row, 0 };

	buf_cstr(out, "1 ");
	add_folded(out, account_id(r, LG_STATEMENT_ACCOUNT));
	buf_char(out, ' ');
	add_statement(&key, r);
	add_hash(out, &row);
	buf_fini(&row);
}

/* Big end first, so that bytes compare as numbers do. */
static void add_number(struct buf *out, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_char(out, (char)(v >> shift));
}

/* Day, account, the bank's reference, what else the line is, occurrence, detail.  Short, because every line of the
   journal carries it and an index does once more; the reference because banks count it up: so lines lie in the journal
   about as they are read. */
static void order_transaction(struct buf *out, const struct lg_rec *r)
{
	lg_str reference = rec_str(r, LG_TRANSACTION_BANK_REFERENCE);
	unsigned char hash[SHA256_DIGEST_LENGTH];
	struct buf row = { 0 };
	struct key key = { &row, 0 };
	int64_t detail;

	rec_int(r, LG_TRANSACTION_DETAIL, &detail);
	add_entry(&key, r);
	digest(&row, hash);
	buf_char(out, '2');
	add_number(out, (uint32_t)line_date(r) ^ UINT32_C(0x80000000));
	add_folded(out, account_id(r, LG_TRANSACTION_ACCOUNT));
	buf_char(out, '\0');
	add_folded(out, str_sub(reference, 0, ORDER_REFERENCE));
	buf_char(out, '\0');
	buf_bytes(out, hash, ORDER_HASH);
	add_number(out, (uint32_t)line_occurrence(r));
	add_number(out, (uint32_t)detail);
	buf_fini(&row);
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

/* ---- one line in several messages ---- */

/* What is particular to the message and says nothing of the line. */
static bool of_message(uint16_t field)
{
	return field == LG_TRANSACTION_TYPE || field == LG_TRANSACTION_STATEMENT_ID ||
	       field == LG_TRANSACTION_MESSAGE_ID || field == LG_TRANSACTION_OCCURRENCE;
}

/* Fields that `to` lacks, also inside its objects; true when there were any. */
static bool add_absent(struct lg_rec *to, const struct lg_rec *from)
{
	const struct field *f;
	size_t at = 0;
	bool added = false;

	while ((f = rec_walk(from, &at)) != NULL) {
		if (field_object(f->id) == OBJECT_COMMON || of_message(f->id))
			continue;
		if (!rec_has(to, f->id)) {
			rec_copy_field(to, from, f->id);
			added = true;
		} else if (f->type == FIELD_OBJ) {
			added |= add_absent(rec_add_obj(to, f->id), rec_obj(from, f->id));
		}
	}
	return added;
}

bool identity_complement(const struct lg_rec *known, const struct lg_rec *seen, struct arena *a, struct lg_rec **out)
{
	if (rec_object(known) != LG_TRANSACTION || rec_object(seen) != LG_TRANSACTION ||
	    str_eq(rec_str(known, LG_TRANSACTION_TYPE), rec_str(seen, LG_TRANSACTION_TYPE)))
		return false;
	*out = rec_clone(a, known);
	if (!add_absent(*out, seen))
		*out = NULL;
	return true;
}
