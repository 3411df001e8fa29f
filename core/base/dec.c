#include "core/base/dec.h"

#include <string.h>

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 uwide;

static const int64_t POW10[DEC_SCALE_MAX + 1] = {
	1,
	10,
	100,
	1000,
	10000,
	100000,
	1000000,
	10000000,
	100000000,
	1000000000,
	10000000000,
	100000000000,
	1000000000000,
	10000000000000,
	100000000000000,
	1000000000000000,
	10000000000000000,
	100000000000000000,
	1000000000000000000,
};

/* 10^n for 0 <= n <= 38. */
static uwide wide_pow10(int n)
{
	return n <= DEC_SCALE_MAX ? (uwide)POW10[n]
				  : (uwide)POW10[DEC_SCALE_MAX] *
					    (n <= 36 ? (uwide)POW10[n - 18] : (uwide)POW10[18] * (uwide)POW10[n - 36]);
}

/* Reduces v / 10^scale to lowest terms; false when it does not fit a lg_dec. */
static bool fit(wide v, int scale, lg_dec *out)
{
	while (scale > 0 && v % 10 == 0) {
		v /= 10;
		scale--;
	}
	if (v == 0)
		scale = 0;
	if (scale > DEC_SCALE_MAX || v > INT64_MAX || v < -INT64_MAX)
		return false;
	*out = (lg_dec){ (int64_t)v, (uint8_t)scale };
	return true;
}

enum rounding { HALF_AWAY, DOWN, UP };

/* v / d, rounded. d > 0. */
static wide div_rounded(wide v, uwide d, enum rounding how)
{
	bool minus = v < 0;
	uwide u = minus ? (uwide)(-v) : (uwide)v;
	uwide q = u / d, r = u % d;

	if (r != 0 && (how == HALF_AWAY ? r >= d - r : how == UP ? !minus : minus))
		q++;
	return minus ? -(wide)q : (wide)q;
}

bool dec_parse(lg_str s, lg_dec *out)
{
	bool minus = false, point = false, some = false;
	wide v = 0;
	int scale = 0, zeros = 0; /* zeros seen behind the point and not yet counted in v */
	size_t i = 0;

	if (s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+'))
		minus = s.ptr[i++] == '-';
	for (; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '.' && !point) {
			point = true;
			continue;
		}
		if (c < '0' || c > '9')
			return false;
		some = true;
		if (point && c == '0') {
			zeros++;
			continue;
		}
		for (; zeros > 0; zeros--, scale++)
			if ((v *= 10) > INT64_MAX)
				return false;
		v = v * 10 + (c - '0');
		scale += point;
		if (v > INT64_MAX || scale > DEC_SCALE_MAX)
			return false;
	}
	return some && fit(minus ? -v : v, scale, out);
}

lg_dec dec_int(int64_t v)
{
	return (lg_dec){ v == INT64_MIN ? -INT64_MAX : v, 0 };
}

lg_dec dec_reduce(lg_dec d)
{
	while (d.scale > 0 && d.coef % 10 == 0) {
		d.coef /= 10;
		d.scale--;
	}
	return d;
}

static bool add(lg_dec a, lg_dec b, int sign, lg_dec *out)
{
	int scale = MAX(a.scale, b.scale);
	wide x = (wide)a.coef * POW10[scale - a.scale];
	wide y = (wide)b.coef * POW10[scale - b.scale];

	return fit(sign < 0 ? x - y : x + y, scale, out);
}

bool dec_add(lg_dec a, lg_dec b, lg_dec *out)
{
	return add(a, b, 1, out);
}

bool dec_sub(lg_dec a, lg_dec b, lg_dec *out)
{
	return add(a, b, -1, out);
}

bool dec_mul(lg_dec a, lg_dec b, lg_dec *out)
{
	return fit((wide)a.coef * b.coef, a.scale + b.scale, out);
}

/* v / 10^scale rounded to `digits`. */
static bool round_wide(wide v, int scale, int digits, enum rounding how, lg_dec *out)
{
	if (digits < scale) {
		int cut = scale - digits;

		v = cut > 38 ? 0 : div_rounded(v, wide_pow10(cut), how);
		scale = digits;
	}
	if (scale < 0) {
		if (scale < -DEC_SCALE_MAX || v > INT64_MAX || v < -INT64_MAX)
			return v == 0 && fit(0, 0, out);
		v *= POW10[-scale];
		scale = 0;
	}
	return fit(v, scale, out);
}

bool dec_mul_round(lg_dec a, lg_dec b, int digits, lg_dec *out)
{
	return round_wide((wide)a.coef * b.coef, a.scale + b.scale, digits, HALF_AWAY, out);
}

bool dec_div_round(lg_dec a, lg_dec b, int digits, lg_dec *out)
{
	wide n = a.coef, d = b.coef;
	int shift = digits + b.scale - a.scale; /* result units: n * 10^shift / d */

	if (d == 0 || digits < 0 || digits > DEC_SCALE_MAX)
		return false;
	if (d < 0) {
		n = -n;
		d = -d;
	}
	if (shift < 0) {
		d *= (wide)wide_pow10(-shift); /* -shift <= 18: fits */
	} else {
		/* 10^36 * 2^63 would not fit: shift in two steps, checking the second. */
		int first = MIN(shift, DEC_SCALE_MAX);
		wide more = POW10[shift - first];

		n *= POW10[first];
		if (more > 1 && (n > 0 ? n : -n) > (((wide)1 << 126) - 1) / more)
			return false;
		n *= more;
	}
	return fit(div_rounded(n, (uwide)d, HALF_AWAY), digits, out);
}

bool dec_round(lg_dec d, int digits, lg_dec *out)
{
	return round_wide(d.coef, d.scale, digits, HALF_AWAY, out);
}

bool dec_floor(lg_dec d, int digits, lg_dec *out)
{
	return round_wide(d.coef, d.scale, digits, DOWN, out);
}

bool dec_ceil(lg_dec d, int digits, lg_dec *out)
{
	return round_wide(d.coef, d.scale, digits, UP, out);
}

lg_dec dec_neg(lg_dec d)
{
	return (lg_dec){ -d.coef, d.scale };
}

lg_dec dec_abs(lg_dec d)
{
	return d.coef < 0 ? dec_neg(d) : d;
}

int dec_cmp(lg_dec a, lg_dec b)
{
	int scale = MAX(a.scale, b.scale);
	wide x = (wide)a.coef * POW10[scale - a.scale];
	wide y = (wide)b.coef * POW10[scale - b.scale];

	return (x > y) - (x < y);
}

bool dec_eq(lg_dec a, lg_dec b)
{
	return dec_cmp(a, b) == 0;
}

int dec_sign(lg_dec d)
{
	return (d.coef > 0) - (d.coef < 0);
}

bool dec_units(lg_dec d, int digits, int64_t *out)
{
	wide v = d.coef;

	if (d.scale > digits) {
		int64_t cut = POW10[d.scale - digits];

		if (v % cut != 0)
			return false;
		v /= cut;
	} else {
		v *= POW10[digits - d.scale];
	}
	if (v > INT64_MAX || v < -INT64_MAX)
		return false;
	*out = (int64_t)v;
	return true;
}

lg_dec dec_from_units(int64_t units, int digits)
{
	lg_dec out = { 0, 0 };

	fit(units, digits, &out);
	return out;
}

size_t dec_text(lg_dec d, int min_digits, char out[DEC_TEXT_MAX])
{
	char digits[24];
	uint64_t u = d.coef < 0 ? 0 - (uint64_t)d.coef : (uint64_t)d.coef;
	size_t n = 0, at = 0;
	int scale = d.scale;

	do {
		digits[n++] = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0 || n <= (size_t)scale);
	if (d.coef < 0)
		out[at++] = '-';
	while (n > (size_t)scale)
		out[at++] = digits[--n];
	if (scale > 0 || min_digits > 0)
		out[at++] = '.';
	while (n > 0)
		out[at++] = digits[--n];
	for (; scale < min_digits && at < DEC_TEXT_MAX - 1; scale++)
		out[at++] = '0';
	out[at] = '\0';
	return at;
}
