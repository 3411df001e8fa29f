#include "text.h"

#include <string.h>

void text_int(struct text *t, int64_t v)
{
	char digits[20];
	size_t n = sizeof digits;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	if (v >= 0 && v < 10) {
		text_char(t, (char)('0' + v));
		return;
	}
	if (v < 0)
		text_char(t, '-');
	do {
		digits[--n] = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	text_bytes(t, digits + n, sizeof digits - n);
}

void text_money(struct text *t, int64_t v)
{
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v, whole = u / MONEY_ONE, part = u % MONEY_ONE;
	char out[32];
	size_t at = sizeof out, decimals = MONEY_DIGITS;

	if (v == 0) {
		text_lit(t, "0.00");
		return;
	}
	for (; decimals > 2 && part % 10 == 0; decimals--)
		part /= 10;
	for (; decimals > 0; decimals--, part /= 10)
		out[--at] = (char)('0' + part % 10);
	out[--at] = '.';
	do {
		out[--at] = (char)('0' + whole % 10);
		whole /= 10;
	} while (whole > 0);
	if (v < 0)
		out[--at] = '-';
	text_bytes(t, out + at, sizeof out - at);
}

/* A byte in each byte of a word. */
static inline uint64_t eight(unsigned char c)
{
	return UINT64_MAX / 255 * c;
}

/* Bit 7 of a byte of `w` that is below `n`; the bytes above it in the word may be marked wrongly. */
static inline uint64_t below(uint64_t w, unsigned char n)
{
	return (w - eight(n)) & ~w & eight(0x80);
}

/* Is none of eight characters a quote, a backslash or a control character? */
static bool eight_plain(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof w);
	return (below(w, 0x20) | below(w ^ eight('"'), 1) | below(w ^ eight('\\'), 1)) == 0;
}

static size_t plain_from(lg_str s, size_t at)
{
	while (at + 8 <= s.len && eight_plain(s.ptr + at))
		at += 8;
	if (at < s.len && at + 8 > s.len && s.len >= 8 && eight_plain(s.ptr + s.len - 8))
		return s.len;
	while (at < s.len && (unsigned char)s.ptr[at] >= 0x20 && s.ptr[at] != '"' && s.ptr[at] != '\\')
		at++;
	return at;
}

void text_json(struct text *t, lg_str s)
{
	static const char hex[] = "0123456789abcdef";

	text_char(t, '"');
	for (size_t from = 0, i; from < s.len; from = i + 1) {
		unsigned char c;

		i = plain_from(s, from);
		text_bytes(t, s.ptr + from, i - from);
		if (i == s.len)
			break;
		c = (unsigned char)s.ptr[i];
		text_char(t, '\\');
		if (c >= 0x20) {
			text_char(t, (char)c);
			continue;
		}
		text_lit(t, "u00");
		text_char(t, hex[c >> 4]);
		text_char(t, hex[c & 15]);
	}
	text_char(t, '"');
}

/* Civil date of a day number (proleptic Gregorian, years 0 to 9999 are what comes by). */
void text_day(struct text *t, lg_date d)
{
	int64_t z = (int64_t)d + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int64_t day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
	int64_t year = yoe + era * 400 + (month <= 2);

	text_int(t, year);
	text_char(t, '-');
	text_char(t, (char)('0' + month / 10));
	text_char(t, (char)('0' + month % 10));
	text_char(t, '-');
	text_char(t, (char)('0' + day / 10));
	text_char(t, (char)('0' + day % 10));
}

uint64_t str_mix(uint64_t seed, lg_str s)
{
	uint64_t h = (seed ^ s.len) * 0x9e3779b97f4a7c15u, w;

	for (; s.len >= sizeof w; s = (lg_str){ s.ptr + sizeof w, s.len - sizeof w }) {
		memcpy(&w, s.ptr, sizeof w);
		h = (h ^ w) * 0xff51afd7ed558ccdu;
		h ^= h >> 29;
	}
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 0x100000001b3u;
	return h ^ h >> 32;
}

bool money_of(lg_dec d, int64_t *out)
{
	int64_t v = d.coef;

	if (d.scale > MONEY_DIGITS)
		return false;
	for (unsigned s = d.scale; s < MONEY_DIGITS; s++)
		if (__builtin_mul_overflow(v, (int64_t)10, &v))
			return false;
	/* Room for sums of a hundred of them. */
	if (v > INT64_MAX / 128 || v < -(INT64_MAX / 128))
		return false;
	*out = v;
	return true;
}

lg_dec money_dec(int64_t v)
{
	lg_dec d = { v, MONEY_DIGITS };

	if (d.coef % 100 == 0) { /* as money mostly is */
		d.coef /= 100;
		d.scale = 2;
	}
	while (d.scale > 0 && d.coef % 10 == 0) {
		d.coef /= 10;
		d.scale--;
	}
	return d;
}

int64_t money_percent(int64_t a, lg_dec percent)
{
	wide product = (wide)a * percent.coef, divisor = 100 * (MONEY_ONE / 100), half;

	for (unsigned s = 0; s < percent.scale; s++)
		divisor *= 10;
	half = divisor / 2;
	product = product < 0 ? (product - half) / divisor : (product + half) / divisor;
	return (int64_t)product * (MONEY_ONE / 100);
}

size_t fold_number(lg_str s, char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < cap; i++) {
		char c = s.ptr[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
			out[n++] = c;
	}
	return n;
}

/* Base letters of U+00C0 to U+00FF; '*' stands for two letters, written out below. */
static const char latin1[] = "AAAAAA*CEEEEIIIIDNOOOOO OUUUUY*SAAAAAA*CEEEEIIIIDNOOOOO OUUUUY*Y";

static char fold_char(lg_str s, size_t *i)
{
	unsigned char c = (unsigned char)s.ptr[*i];

	if (c == 0xc3 && *i + 1 < s.len) {
		unsigned char next = (unsigned char)s.ptr[++*i];
		char base = next >= 0x80 && next < 0xc0 ? latin1[next - 0x80] : ' ';

		return base == '*' ? ((next & 0x1f) == 6 ? 'A' : 'T') : base;
	}
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80 ? (char)c : ' ';
}

static bool legal_form(lg_str word)
{
	static const char *const forms[] = {
		"AB", "AKTIEBOLAG", "PUBL", "HB",  "KB",  "LTD", "LIMITED", "GMBH", "AG",
		"KG", "AS",         "ASA",  "OY",  "OYJ", "APS", "INC",     "LLC",  "BV",
		"NV", "SA",         "SAS",  "SRL", "SPA", "SL",  "SARL",    "CO",   "THE"
	};

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (str_same(word, str_c(forms[i])))
			return true;
	return false;
}

static size_t fold_words(lg_str s, bool whole, char *out, size_t cap)
{
	size_t n = 0, word = 0;

	for (size_t i = 0; i <= s.len; i++) {
		char c = i < s.len ? fold_char(s, &i) : ' ';

		if (c != ' ') {
			if (n < cap)
				out[n++] = c;
			continue;
		}
		if (!whole && legal_form((lg_str){ out + word, n - word }))
			n = word;
		word = n;
	}
	return n;
}

size_t fold_name(lg_str s, char *out, size_t cap)
{
	return fold_words(s, false, out, cap);
}

#define BANK_WIDTH 30 /* names are cut at 35 characters, some banks count otherwise */

bool name_same(lg_str bank, lg_str register_name)
{
	char a[160], b[160];
	size_t n, m;

	if (bank.len == 0 || register_name.len == 0)
		return false;
	n = fold_name(bank, a, sizeof a);
	m = fold_name(register_name, b, sizeof b);
	if (n < 3 || m < 3)
		return false;
	if (n == m && memcmp(a, b, n) == 0)
		return true;
	if (bank.len < BANK_WIDTH)
		return false;
	n = fold_words(bank, true, a, sizeof a);
	m = fold_words(register_name, true, b, sizeof b);
	return n >= 20 && n < m && memcmp(a, b, n) == 0;
}

bool off_by_one(lg_str a, lg_str b)
{
	size_t i = 0;

	if (a.len != b.len)
		return false;
	while (i < a.len && a.ptr[i] == b.ptr[i])
		i++;
	if (i == a.len)
		return false;
	if (i + 1 == a.len || memcmp(a.ptr + i + 1, b.ptr + i + 1, a.len - i - 1) == 0)
		return true;
	return a.ptr[i] == b.ptr[i + 1] && a.ptr[i + 1] == b.ptr[i] &&
	       memcmp(a.ptr + i + 2, b.ptr + i + 2, a.len - i - 2) == 0;
}
