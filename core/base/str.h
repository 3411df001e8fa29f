/* str.h - text as views (lg_str: pointer and length, no NUL, borrowed) and as builders (struct buf: owned, growing). */
#pragma once
#include "core/base/def.h"
#include "core/plugin/loligo.h"

/* printf("%.*s", STRA(s)) */
#define STRA(s) (int)(s).len, (s).ptr
#define STR_NONE ((lg_str){ 0 })

lg_str str_of(const char *cstr); /* NULL gives the empty view */
bool str_eq(lg_str a, lg_str b);
bool str_is(lg_str a, const char *cstr);
bool str_ieq(lg_str a, lg_str b); /* ASCII letters compare equal in both cases */
int str_cmp(lg_str a, lg_str b);  /* bytes, then length */
bool str_starts(lg_str s, lg_str prefix);
bool str_ends(lg_str s, lg_str suffix);
lg_str str_trim(lg_str s); /* ASCII white space at both ends */
lg_str str_from(lg_str s, size_t at);
lg_str str_sub(lg_str s, size_t at, size_t len); /* clipped to s */
/* Position of the first match, or s.len when there is none. */
size_t str_find(lg_str s, lg_str what);
size_t str_chr(lg_str s, char c);
/* Takes the part before `sep` off the front of *s, which becomes what is behind it; false at the end. */
bool str_split(lg_str *s, char sep, lg_str *part_out);
uint64_t str_hash(lg_str s); /* stable within a process only */
/* Decimal digits with an optional minus, nothing else; false on anything else and on overflow. */
bool str_i64(lg_str s, int64_t *out);
bool str_is_digits(lg_str s); /* non-empty and 0-9 only */
bool str_is_utf8(lg_str s);   /* well-formed, no surrogates, nothing above U+10FFFF */
/* Edit distance (insert, delete, replace, transpose), cut off at `limit` + 1. */
size_t str_distance(lg_str a, lg_str b, size_t limit);

struct buf {
	char *ptr;
	size_t len, cap;
};

/* A zeroed struct buf is an empty builder. */
void buf_fini(struct buf *b);
void buf_reset(struct buf *b); /* empty, memory kept */
void buf_add(struct buf *b, lg_str s);
void buf_bytes(struct buf *b, const void *ptr, size_t len);
void buf_cstr(struct buf *b, const char *cstr);
void buf_char(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) ATTR_PRINTF(2, 3);
/* Room for n more bytes; the caller writes them and adds to len. */
char *buf_room(struct buf *b, size_t n);
/* Appends one Unicode code point as UTF-8. */
void buf_utf8(struct buf *b, uint32_t code);
lg_str buf_view(const struct buf *b); /* valid until the next change */
const char *buf_text(struct buf *b);  /* the same with a NUL behind it */

/* LEB128: seven bits a byte, the low ones first. */
static inline void buf_varint(struct buf *b, uint64_t v)
{
	char *p = buf_room(b, 10);
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		p[n++] = (char)(v | 0x80);
	p[n++] = (char)v;
	b->len += n;
}

/* Reads one and moves *at past it; 0 and *bad when it does not end before `end` or within 64 bits. */
static inline uint64_t varint_next(const char **at, const char *end, bool *bad)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
		unsigned char c = (unsigned char)*(*at)++;

		v |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80)
			return v;
	}
	*bad = true;
	return 0;
}

/* Reads one code point and moves *s past it; 0xFFFD and one byte for a malformed one. s must not be empty. */
uint32_t utf8_next(lg_str *s);
