/* linear.h - sums of named values: "closed - credit", "2 * fee", "face = paid + reserve".  Coefficients are exact, in
   units of 1/COEF_UNIT. */
#pragma once
#include "loligo.h"

#define VALUES_MAX 24
#define COEF_UNIT 10000

/* The values of an event, by position. */
struct names {
	lg_str name[VALUES_MAX];
	size_t count;
};

struct linear {
	int64_t coef[VALUES_MAX];
};

/* Position of a name; VALUES_MAX when it is none. */
size_t names_find(const struct names *, lg_str name);

/* Reads an expression.  With `grow` an unknown name is added, else it is an error.  NULL, or what is wrong (static). */
const char *linear_parse(lg_str text, struct names *, bool grow, struct linear *out);
/* Left side less right side of "a = b + c". */
const char *linear_parse_equation(lg_str text, struct names *, bool grow, struct linear *out);

void linear_add(struct linear *to, const struct linear *, int sign);
bool linear_is_zero(const struct linear *);
/* Is `sum` zero whenever each of the identities is?  (Is it in their span?) */
bool linear_follows(const struct linear *sum, const struct linear *identities, size_t count);
/* False when it does not fit. */
bool linear_value(const struct lg_host *, const struct linear *, const lg_dec *values, size_t count, lg_dec *out);
/* "a - 2*b", for messages; the length. */
size_t linear_text(const struct linear *, const struct names *, char *out, size_t size);
