/* dec.h - exact decimals: money, prices, quantities, percentages, rates.
   A value is coef / 10^scale.  Every result here is in lowest terms (no trailing zeros in the coefficient), so equal
   values have equal bits.  Intermediates are 128 bits wide.  Functions return false, with *out untouched, when a
   result does not fit; they never wrap and never round except where a name says so. */
#pragma once
#include "core/base/def.h"
#include "core/plugin/loligo.h"

#define DEC_SCALE_MAX 18
#define DEC_TEXT_MAX 48 /* longest text of dec_text, with its NUL */
#define DEC_ZERO ((lg_dec){ 0, 0 })

/* "-12.50", "+3", ".5", "7."; no exponent, no grouping.  Zeros at the end are cut before overflow is judged. */
bool dec_parse(lg_str s, lg_dec *out);
lg_dec dec_int(int64_t v);
lg_dec dec_reduce(lg_dec d);

bool dec_add(lg_dec a, lg_dec b, lg_dec *out);
bool dec_sub(lg_dec a, lg_dec b, lg_dec *out);
bool dec_mul(lg_dec a, lg_dec b, lg_dec *out);
/* a * b rounded to `digits`, once: for b a rate or a percentage divided beforehand. */
bool dec_mul_round(lg_dec a, lg_dec b, int digits, lg_dec *out);
/* a / b rounded to `digits`, half away from zero; false also for b = 0. */
bool dec_div_round(lg_dec a, lg_dec b, int digits, lg_dec *out);
/* Half away from zero; digits may be negative (-2: hundreds). */
bool dec_round(lg_dec d, int digits, lg_dec *out);
/* Toward minus and plus infinity. */
bool dec_floor(lg_dec d, int digits, lg_dec *out);
bool dec_ceil(lg_dec d, int digits, lg_dec *out);
lg_dec dec_neg(lg_dec d); /* INT64_MIN never appears as a coefficient, so this always fits */
lg_dec dec_abs(lg_dec d);
int dec_cmp(lg_dec a, lg_dec b);
bool dec_eq(lg_dec a, lg_dec b);
int dec_sign(lg_dec d); /* -1, 0, 1 */

/* The value as an integer of 10^-digits units (öre for digits = 2); false when it has more digits or does not fit. */
bool dec_units(lg_dec d, int digits, int64_t *out);
lg_dec dec_from_units(int64_t units, int digits);

/* At least `min_digits` after the point, more when the value has them. Returns the length; out gets a NUL. */
size_t dec_text(lg_dec d, int min_digits, char out[DEC_TEXT_MAX]);
