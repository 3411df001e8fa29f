/* text.h - small text and money helpers of the match step: bounded builders, folding, amounts as integers.

   Money inside the step is an int64_t of 10^-4 units: exact for every currency, and sums are plain additions.  What
   does not fit (more than four decimals, or too large) is never matched: it goes to suspense as it is. */
#pragma once
#include "loligo.h"

#include <string.h>

#define MONEY_DIGITS 4
#define MONEY_ONE 10000 /* one krona */

__extension__ typedef __int128 wide; /* products of money and rates */

/* A bounded builder; what does not fit is cut and `cut` says so. */
struct text {
	char *p;
	size_t len, cap;
	bool cut;
};

#define TEXT_IN(array) ((struct text){ .p = (array), .cap = sizeof(array) })

static inline void text_bytes(struct text *t, const char *p, size_t n)
{
	if (n > t->cap - t->len) {
		n = t->cap - t->len;
		t->cut = true;
	}
	if (n > 0)
		memcpy(t->p + t->len, p, n);
	t->len += n;
}

static inline void text_str(struct text *t, lg_str s)
{
	text_bytes(t, s.ptr, s.len);
}

static inline void text_cstr(struct text *t, const char *s)
{
	text_bytes(t, s, strlen(s));
}

static inline void text_char(struct text *t, char c)
{
	if (t->len < t->cap)
		t->p[t->len++] = c;
	else
		t->cut = true;
}

/* A literal: mostly there is room, and then the copy is a few moves. */
#define text_lit(t, literal) text_words((t), (literal), sizeof(literal) - 1)
static inline void text_words(struct text *t, const char *p, size_t n)
{
	if (n <= t->cap - t->len) {
		memcpy(t->p + t->len, p, n);
		t->len += n;
	} else {
		text_bytes(t, p, n);
	}
}

void text_int(struct text *t, int64_t v);
void text_money(struct text *t, int64_t v); /* at least two decimals: "1250.00" */
void text_json(struct text *t, lg_str s);   /* "quoted" */
void text_day(struct text *t, lg_date d);
static inline lg_str text_view(const struct text *t)
{
	return (lg_str){ t->p, t->len };
}

static inline lg_str str_c(const char *s)
{
	return (lg_str){ s, s ? __builtin_strlen(s) : 0 };
}

static inline bool str_same(lg_str a, lg_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

uint64_t str_mix(uint64_t seed, lg_str s); /* a hash, for tables in memory */

/* False: not representable. */
bool money_of(lg_dec d, int64_t *out);
lg_dec money_dec(int64_t v);
/* a * percent / 100, rounded half away from zero to hundredths: the only rounding in this step. */
int64_t money_percent(int64_t a, lg_dec percent);

/* Upper-case ASCII letters and digits only, as the index `number` of the open items has them. */
size_t fold_number(lg_str s, char *out, size_t cap);
/* A name without accents, punctuation and legal forms, words run together. */
size_t fold_name(lg_str s, char *out, size_t cap);
/* The same name, or one that a bank cut off at its width. */
bool name_same(lg_str bank, lg_str register_name);
/* 1: one character differs, or two neighbours are swapped (same length). */
bool off_by_one(lg_str a, lg_str b);
