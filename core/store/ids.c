/* ids.c - ids of records, and the other texts by which people look for them. */
#include "core/store/store_priv.h"

#include <stdio.h>
#include <string.h>

#define BASE32_CHARS 16

static const char *const prefixes[] = {
	[LG_INVOICE] = "inv",    [LG_PARTY] = "party",         [LG_STATEMENT] = "stmt",   [LG_TRANSACTION] = "tx",
	[LG_PAYMENT] = "pay",    [LG_PAYOUT] = "payout",       [LG_ALLOCATION] = "alloc", [LG_VOUCHER] = "ver",
	[LG_REMINDER] = "rem",   [LG_DISPUTE] = "disp",        [LG_HOLD] = "hold",        [LG_PLAN] = "plan",
	[LG_FINANCING] = "fin",  [LG_PAYMENT_ORDER] = "order", [LG_DOCUMENT] = "doc",     [LG_DELIVERY] = "dlv",
	[LG_OPEN_ITEM] = "item", [LG_BOOKS] = "books",         [LG_BALANCE] = "bal",      [LG_WORK_ITEM] = "work",
};

/* Crockford's, in lower case: no i, l, o, u. */
static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

void id_make(struct hash *h, uint16_t kind, lg_str identity, uint8_t out[ID_SIZE])
{
	uint8_t full[HASH_SIZE];

	hash_of(h, identity, full);
	memcpy(out, full, ID_HASH);
	out[ID_HASH] = (uint8_t)kind;
}

void id_made(struct buf *b, lg_str flow, lg_str step, lg_str key)
{
	buf_bytes(b, "made\x1f", 5);
	buf_add(b, flow);
	buf_char(b, '\x1f');
	buf_add(b, step);
	buf_char(b, '\x1f');
	buf_add(b, key);
}

size_t id_text(const uint8_t id[ID_SIZE], char out[ID_TEXT_MAX])
{
	uint8_t kind = id[ID_HASH];
	const char *prefix = kind < ARRAY_LEN(prefixes) ? prefixes[kind] : NULL;
	size_t at =
		(size_t)(prefix ? snprintf(out, ID_TEXT_MAX, "%s-", prefix) : snprintf(out, ID_TEXT_MAX, "k%u-", kind));
	uint32_t bits = 0;
	unsigned have = 0;

	for (size_t i = 0; i < ID_HASH; i++) {
		bits = bits << 8 | id[i];
		for (have += 8; have >= 5; have -= 5)
			out[at++] = alphabet[bits >> (have - 5) & 31];
	}
	out[at] = '\0';
	return at;
}

static bool prefix_kind(lg_str prefix, uint8_t *kind)
{
	int64_t n;

	for (size_t k = 0; k < ARRAY_LEN(prefixes); k++) {
		if (prefixes[k] != NULL && str_is(prefix, prefixes[k])) {
			*kind = (uint8_t)k;
			return true;
		}
	}
	if (!str_starts(prefix, LG_STR("k")) || !str_i64(str_from(prefix, 1), &n) || n < 1 || n > 127)
		return false;
	*kind = (uint8_t)n;
	return true;
}

bool id_parse(lg_str text, uint8_t out[ID_SIZE])
{
	lg_str rest = text, prefix;
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	if (!str_split(&rest, '-', &prefix) || rest.len != BASE32_CHARS || !prefix_kind(prefix, &out[ID_HASH]))
		return false;
	for (size_t i = 0; i < rest.len; i++) {
		const char *at = rest.ptr[i] ? strchr(alphabet, rest.ptr[i]) : NULL;

		if (at == NULL)
			return false;
		bits = bits << 5 | (uint32_t)(at - alphabet);
		have += 5;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	return true;
}

/* ---- lookups ---- */

#define LOOKUP_MAX 64
#define LOOKUP_SEED 7

/* Letters and digits only, in upper case; what is longer than the room is cut, which only makes more candidates. */
static size_t squeeze(lg_str s, char out[LOOKUP_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < LOOKUP_MAX; i++) {
		char c = s.ptr[i];

		if (c != ' ' && c != '-')
			out[n++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
	}
	return n;
}

static size_t squeeze_record(const struct lg_rec *r, char out[LOOKUP_MAX])
{
	char text[LOOKUP_MAX];
	int64_t number;
	lg_str series;
	int n;

	switch (rec_object(r)) {
	case LG_INVOICE:
		return squeeze(rec_str(r, LG_INVOICE_NUMBER), out);
	case LG_TRANSACTION:
		return squeeze(rec_str(r, LG_TRANSACTION_BANK_REFERENCE), out);
	case LG_VOUCHER:
		series = rec_str(r, LG_VOUCHER_SERIES);
		if (!rec_int(r, LG_VOUCHER_NUMBER, &number))
			return 0;
		n = snprintf(text, sizeof text, "%.*s%lld", (int)MIN(series.len, 32), series.ptr ? series.ptr : "",
			     (long long)number);
		return squeeze((lg_str){ text, (size_t)n }, out);
	default:
		return 0;
	}
}

int64_t lookup_key(const struct lg_rec *r)
{
	char text[LOOKUP_MAX];
	size_t n = squeeze_record(r, text);

	return n > 0 ? hash64(LOOKUP_SEED, (lg_str){ text, n }) : 0;
}

int64_t lookup_of(lg_str text)
{
	char out[LOOKUP_MAX];
	size_t n = squeeze(text, out);

	return n > 0 ? hash64(LOOKUP_SEED, (lg_str){ out, n }) : 0;
}

bool lookup_matches(const struct lg_rec *r, lg_str text)
{
	char a[LOOKUP_MAX], b[LOOKUP_MAX];
	size_t n = squeeze_record(r, a);

	return n > 0 && n == squeeze(text, b) && memcmp(a, b, n) == 0;
}
