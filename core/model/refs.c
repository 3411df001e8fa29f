#include "core/model/refs.h"

#include "core/base/str.h"

#include <string.h>

#define BARE_MAX 64

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

static int digit(lg_str s, size_t i)
{
	return s.ptr[i] - '0';
}

/* ---- check digits over digits ---- */

/* Sum as Luhn has it, the last digit counted once (`with_check`) or twice. */
static int luhn_sum(lg_str s, bool with_check)
{
	static const int twice[] = { 0, 2, 4, 6, 8, 1, 3, 5, 7, 9 };
	bool once = with_check;
	int sum = 0;

	for (size_t i = s.len; i-- > 0; once = !once)
		sum += once ? digit(s, i) : twice[digit(s, i)];
	return sum;
}

/* Sum of digits times weights that repeat, from the right. */
static int weighted(lg_str s, const int *weights, size_t count)
{
	size_t w = 0;
	int sum = 0;

	for (size_t i = s.len; i-- > 0; w = w + 1 == count ? 0 : w + 1)
		sum += digit(s, i) * weights[w];
	return sum;
}

static const int kid_weights[] = { 2, 3, 4, 5, 6, 7 };
static const int fi_weights[] = { 7, 3, 1 };
static const int nl_weights[] = { 2, 4, 8, 5, 10, 9, 7, 3, 6, 1 };

static char luhn_digit(lg_str payload)
{
	return (char)('0' + (10 - luhn_sum(payload, false) % 10) % 10);
}

static char kid11_digit(lg_str payload)
{
	int rest = (11 - weighted(payload, kid_weights, 6) % 11) % 11;

	return rest == 10 ? '-' : (char)('0' + rest);
}

static char fi_digit(lg_str payload)
{
	return (char)('0' + (10 - weighted(payload, fi_weights, 3) % 10) % 10);
}

static char nl_digit(lg_str payload)
{
	int rest = 11 - weighted(payload, nl_weights, 10) % 11;

	return (char)('0' + (rest == 10 ? 1 : rest % 11));
}

static char qr_digit(lg_str payload)
{
	static const int table[] = { 0, 9, 4, 6, 8, 2, 7, 1, 3, 5 };
	int carry = 0;

	for (size_t i = 0; i < payload.len; i++)
		carry = table[(carry + digit(payload, i)) % 10];
	return (char)('0' + (10 - carry) % 10);
}

/* Digits and letters (A is 10 ... Z is 35) as one long number mod 97. */
static int mod97(lg_str s, int start)
{
	int rest = start;

	for (size_t i = 0; i < s.len; i++) {
		int v = is_digit(s.ptr[i]) ? digit(s, i) : s.ptr[i] - 'A' + 10;

		rest = (rest * (v > 9 ? 100 : 10) + v) % 97;
	}
	return rest;
}

static bool all_zero(lg_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != '0')
			return false;
	return true;
}

/* ---- recognise ---- */

static lg_str but_last(lg_str s, size_t n)
{
	return str_sub(s, 0, s.len - n);
}

static bool is_ocr(lg_str s)
{
	return s.len >= 2 && s.len <= 25 && luhn_sum(s, true) % 10 == 0;
}

/* Of an OCR reference: does the digit before the check digit say how long it is? */
static bool tells_length(lg_str s)
{
	return s.len >= 3 && digit(s, s.len - 2) == (int)(s.len % 10);
}

static bool is_kid11(lg_str s)
{
	return s.len >= 2 && s.len <= 25 && s.ptr[s.len - 1] == kid11_digit(but_last(s, 1));
}

static bool is_fi(lg_str s)
{
	return s.len >= 4 && s.len <= 20 && s.ptr[s.len - 1] == fi_digit(but_last(s, 1));
}

static bool is_qr(lg_str s)
{
	return s.len == 27 && s.ptr[26] == qr_digit(but_last(s, 1));
}

static int two_digits(lg_str s, size_t at)
{
	return digit(s, at) * 10 + digit(s, at + 1);
}

static bool is_ogm(lg_str s)
{
	int rest;

	if (s.len != 12)
		return false;
	rest = mod97(but_last(s, 2), 0);
	return two_digits(s, 10) == (rest ? rest : 97);
}

static bool is_nl(lg_str s)
{
	if (s.len == 16)
		return s.ptr[0] == nl_digit(str_from(s, 1));
	return s.len >= 9 && s.len <= 14 && digit(s, 1) == (int)((s.len - 2) % 10) &&
	       s.ptr[0] == nl_digit(str_from(s, 1));
}

static bool is_rf(lg_str s)
{
	if (s.len < 5 || s.len > 25 || s.ptr[0] != 'R' || s.ptr[1] != 'F' || !is_digit(s.ptr[2]) || !is_digit(s.ptr[3]))
		return false;
	return mod97(str_sub(s, 0, 4), mod97(str_from(s, 4), 0)) == 1;
}

static const struct {
	uint32_t schemes;
	bool (*valid)(lg_str bare);
} digit_schemes[] = {
	{ LG_REF_SE_OCR | LG_REF_NO_KID10, is_ocr },
	{ LG_REF_NO_KID11, is_kid11 },
	{ LG_REF_FI, is_fi },
	{ LG_REF_CH_QR, is_qr },
	{ LG_REF_BE_OGM, is_ogm },
	{ LG_REF_NL, is_nl },
};

/* ---- as people write them ---- */

/* Words in front of a reference, longest first. */
static const char *const labels[] = {
	"VIITENUMERO", "REFERENCE", "REFERENS", "REFERANSE", "MEDDELANDE", "BETALINGSKENMERK",
	"KENMERK",     "VIITE",     "OCR-NR",   "OCRNR",     "OCR",        "KID-NR",
	"KID",         "REF",       "OGM",      "VCS"
};

static lg_str skip_label(lg_str s)
{
	s = str_trim(s);
	for (size_t i = 0; s.len > 0 && !is_digit(s.ptr[0]) && i < ARRAY_LEN(labels); i++) {
		lg_str rest, label = str_of(labels[i]);

		if (!str_ieq(str_sub(s, 0, label.len), label))
			continue;
		rest = str_from(s, label.len);
		if (rest.len > 0 && strchr(":.# \t0123456789", rest.ptr[0]) == NULL)
			continue;
		while (rest.len > 0 && strchr(":.# \t", rest.ptr[0]) != NULL)
			rest = str_from(rest, 1);
		return rest;
	}
	return s;
}

/* Copies the letters and digits, upper case; false when something stands there that no reference has. */
static bool strip(lg_str s, char *out, size_t *len)
{
	bool clean = true;
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (is_digit(c) || is_letter(c))
			out[n++] = c;
		else if (c == '\0' || strchr(" \t\r\n-./+*,:'", c) == NULL)
			clean = false;
		if (n == BARE_MAX) {
			clean = clean && i + 1 == s.len;
			break;
		}
	}
	*len = n;
	return clean;
}

/* A dash directly behind the last digit, for KID: "1234-". */
static bool ends_in_dash(lg_str s)
{
	s = str_trim(s);
	return s.len >= 2 && s.ptr[s.len - 1] == '-' && is_digit(s.ptr[s.len - 2]);
}

static uint32_t check_digits(lg_str bare)
{
	uint32_t bits = 0;

	if (all_zero(bare))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(digit_schemes); i++)
		if (digit_schemes[i].valid(bare))
			bits |= digit_schemes[i].schemes;
	return bits & LG_REF_SE_OCR && tells_length(bare) ? bits | LG_REF_SE_OCR_LENGTH : bits;
}

uint32_t refs_check(lg_str text, struct arena *a, lg_str *bare)
{
	char out[BARE_MAX + 1];
	lg_str s = skip_label(text), b = { out, 0 };
	uint32_t bits = 0;
	bool clean = strip(s, out, &b.len), digits = clean && str_is_digits(b);

	if (digits && ends_in_dash(s) && kid11_digit(b) == '-' && b.len < 25) {
		out[b.len++] = '-';
		bits = all_zero(but_last(b, 1)) ? 0 : LG_REF_NO_KID11;
	} else if (digits) {
		bits = check_digits(b);
	} else if (clean && is_rf(b)) {
		bits = LG_REF_RF;
	}
	if (bare != NULL)
		*bare = arena_str(a, b);
	return bits;
}

/* ---- make and print ---- */

static lg_str padded(lg_str payload, size_t len, struct arena *a)
{
	char *p;

	if (payload.len > len)
		return STR_NONE;
	p = arena_bytes(a, len);
	memset(p, '0', len);
	memcpy(p + len - payload.len, payload.ptr, payload.len);
	return (lg_str){ p, len };
}

static lg_str with_check(lg_str payload, char check, size_t min, size_t max, struct arena *a)
{
	if (payload.len + 1 < min || payload.len + 1 > max)
		return STR_NONE;
	return arena_printf(a, "%.*s%c", STRA(payload), check);
}

static lg_str make_rf(lg_str payload, struct arena *a)
{
	char up[22];
	lg_str s = { up, payload.len };

	if (payload.len == 0 || payload.len > 21)
		return STR_NONE;
	for (size_t i = 0; i < payload.len; i++) {
		char c = payload.ptr[i];

		up[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
		if (!is_digit(up[i]) && !is_letter(up[i]))
			return STR_NONE;
	}
	return arena_printf(a, "RF%02d%.*s", 98 - mod97(LG_STR("RF00"), mod97(s, 0)), STRA(s));
}

static lg_str make_ocr_length(lg_str payload, struct arena *a)
{
	lg_str s = arena_printf(a, "%.*s%d", STRA(payload), (int)((payload.len + 2) % 10));

	return with_check(s, luhn_digit(s), 3, 25, a);
}

static lg_str make_ogm(lg_str payload, struct arena *a)
{
	lg_str s = padded(payload, 10, a);
	int rest = s.len ? mod97(s, 0) : 0;

	return s.len ? arena_printf(a, "%.*s%02d", STRA(s), rest ? rest : 97) : s;
}

static lg_str make_nl(lg_str payload, struct arena *a)
{
	lg_str s = payload;

	if (payload.len != 15 && (payload.len < 7 || payload.len > 12))
		return STR_NONE;
	if (payload.len != 15)
		s = arena_printf(a, "%d%.*s", (int)(payload.len % 10), STRA(payload));
	return arena_printf(a, "%c%.*s", nl_digit(s), STRA(s));
}

lg_str refs_make(enum lg_reference_scheme scheme, lg_str payload, struct arena *a)
{
	lg_str s;

	if (scheme == LG_REF_RF)
		return make_rf(payload, a);
	if (!str_is_digits(payload) || payload.len > 26)
		return STR_NONE;
	switch (scheme) {
	case LG_REF_SE_OCR:
	case LG_REF_NO_KID10:
		return with_check(payload, luhn_digit(payload), 2, 25, a);
	case LG_REF_SE_OCR_LENGTH:
		return make_ocr_length(payload, a);
	case LG_REF_NO_KID11:
		return with_check(payload, kid11_digit(payload), 2, 25, a);
	case LG_REF_FI:
		return with_check(payload, fi_digit(payload), 4, 20, a);
	case LG_REF_CH_QR:
		s = padded(payload, 26, a);
		return with_check(s, qr_digit(s), 27, 27, a);
	case LG_REF_BE_OGM:
		return make_ogm(payload, a);
	case LG_REF_NL:
		return make_nl(payload, a);
	case LG_REF_RF:
		break;
	}
	return STR_NONE;
}

/* Groups of `n`, the first one holding `first`. */
static lg_str groups(lg_str s, size_t first, size_t n, struct arena *a)
{
	struct buf b = { 0 };
	lg_str out;

	for (size_t i = 0; i < s.len; i++) {
		if (i > 0 && i >= first && (i - first) % n == 0)
			buf_char(&b, ' ');
		buf_char(&b, s.ptr[i]);
	}
	out = arena_str(a, buf_view(&b));
	buf_fini(&b);
	return out;
}

lg_str refs_print(enum lg_reference_scheme scheme, lg_str bare, struct arena *a)
{
	if (scheme == LG_REF_RF)
		return groups(bare, 4, 4, a);
	if (scheme == LG_REF_FI)
		return groups(bare, bare.len % 5, 5, a);
	if (scheme == LG_REF_CH_QR)
		return groups(bare, 2, 5, a);
	if (scheme == LG_REF_BE_OGM && bare.len == 12)
		return arena_printf(a, "+++%.3s/%.4s/%.5s+++", bare.ptr, bare.ptr + 3, bare.ptr + 7);
	return arena_str(a, bare);
}
