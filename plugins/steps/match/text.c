#include "text.h"

#include <string.h>

void text_bytes(struct text *t, const char *p, size_t n)
{
	if (n > t->cap - t->len) {
		n = t->cap - t->len;
		t->cut = true;
	}
	if (n > 0)
		memcpy(t->p + t->len, p, n);
	t->len += n;
}

void text_str(struct text *t, lg_str s)
{
	text_bytes(t, s.ptr, s.len);
}

void text_cstr(struct text *t, const char *s)
{
	text_bytes(t, s, strlen(s));
}

void text_char(struct text *t, char c)
{
	text_bytes(t, &c, 1);
}

void text_int(struct text *t, int64_t v)
{
	char digits[20];
	size_t n = sizeof digits;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

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
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	uint64_t part = u % MONEY_ONE;
	char digits[MONEY_DIGITS];
	size_t n = MONEY_DIGITS;

	if (v < 0)
		text_char(t, '-');
	text_int(t, (int64_t)(u / MONEY_ONE));
	for (size_t i = MONEY_DIGITS; i-- > 0; part /= 10)
		digits[i] = (char)('0' + part % 10);
	while (n > 2 && digits[n - 1] == '0')
		n--;
	text_char(t, '.');
	text_bytes(t, digits, n);
}

void text_json(struct text *t, lg_str s)
{
	static const char hex[] = "0123456789abcdef";

	text_char(t, '"');
	for (size_t i = 0, from = 0; i <= s.len; i++) {
		unsigned char c = i < s.len ? (unsigned char)s.ptr[i] : 0;

		if (i < s.len && c >= 0x20 && c != '"' && c != '\\')
			continue;
		text_bytes(t, s.ptr + from, i - from);
		from = i + 1;
		if (i == s.len)
			break;
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

bool str_same(lg_str a, lg_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool str_has(lg_str s, char c)
{
	return s.len > 0 && memchr(s.ptr, c, s.len) != NULL;
}

uint64_t str_mix(uint64_t seed, lg_str s)
{
	uint64_t h = seed ? seed : 1469598103934665603u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 1099511628211u;
	return (h ^ 0xff) * 1099511628211u;
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
