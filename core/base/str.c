#include "core/base/str.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

lg_str str_of(const char *cstr)
{
	return cstr ? (lg_str){ cstr, strlen(cstr) } : STR_NONE;
}

bool str_eq(lg_str a, lg_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool str_is(lg_str a, const char *cstr)
{
	return str_eq(a, str_of(cstr));
}

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool str_ieq(lg_str a, lg_str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

int str_cmp(lg_str a, lg_str b)
{
	size_t n = MIN(a.len, b.len);
	int c = n ? memcmp(a.ptr, b.ptr, n) : 0;

	if (c != 0)
		return c;
	return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(lg_str s, lg_str prefix)
{
	return s.len >= prefix.len && str_eq(str_sub(s, 0, prefix.len), prefix);
}

bool str_ends(lg_str s, lg_str suffix)
{
	return s.len >= suffix.len && str_eq(str_from(s, s.len - suffix.len), suffix);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

lg_str str_trim(lg_str s)
{
	while (s.len > 0 && is_space(s.ptr[0]))
		s = str_from(s, 1);
	while (s.len > 0 && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

lg_str str_from(lg_str s, size_t at)
{
	at = MIN(at, s.len);
	return at == 0 ? s : (lg_str){ s.ptr + at, s.len - at };
}

lg_str str_sub(lg_str s, size_t at, size_t len)
{
	s = str_from(s, at);
	s.len = MIN(s.len, len);
	return s;
}

size_t str_find(lg_str s, lg_str what)
{
	const char *p;

	if (what.len == 0)
		return 0;
	if (s.len < what.len)
		return s.len;
	p = memmem(s.ptr, s.len, what.ptr, what.len);
	return p ? (size_t)(p - s.ptr) : s.len;
}

size_t str_chr(lg_str s, char c)
{
	const char *p = s.len ? memchr(s.ptr, c, s.len) : NULL;

	return p ? (size_t)(p - s.ptr) : s.len;
}

bool str_split(lg_str *s, char sep, lg_str *part_out)
{
	size_t at;

	if (s->ptr == NULL)
		return false;
	at = str_chr(*s, sep);
	*part_out = str_sub(*s, 0, at);
	*s = at < s->len ? str_from(*s, at + 1) : STR_NONE;
	return true;
}

uint64_t str_hash(lg_str s)
{
	uint64_t h = 0x9e3779b97f4a7c15u ^ s.len;
	uint64_t w;
	size_t i = 0;

	for (; i + 8 <= s.len; i += 8) {
		memcpy(&w, s.ptr + i, 8);
		h = (h ^ w) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	for (w = 0; i < s.len; i++)
		w = (w << 8) | (unsigned char)s.ptr[i];
	h = (h ^ w) * 0xc4ceb9fe1a85ec53u;
	return h ^ (h >> 29);
}

bool str_i64(lg_str s, int64_t *out)
{
	bool minus = s.len > 0 && s.ptr[0] == '-';
	uint64_t v = 0, limit = minus ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;

	s = str_from(s, minus);
	if (!str_is_digits(s))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned d = (unsigned)(s.ptr[i] - '0');

		if (v > (limit - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*out = minus ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}

bool str_is_digits(lg_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return s.len > 0;
}

uint32_t utf8_next(lg_str *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c = (unsigned char)s->ptr[0];
	size_t n = c < 0x80 ? 1 : c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;
	uint32_t code;

	assert(s->len > 0);
	if (n == 1) {
		*s = str_from(*s, 1);
		return c;
	}
	if (n == 0 || c >= 0xf8 || s->len < n)
		goto bad;
	code = c & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		unsigned char t = (unsigned char)s->ptr[i];

		if ((t & 0xc0) != 0x80)
			goto bad;
		code = code << 6 | (t & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		goto bad;
	*s = str_from(*s, n);
	return code;
bad:
	*s = str_from(*s, 1);
	return 0xfffd;
}

bool str_is_utf8(lg_str s)
{
	while (s.len > 0) {
		lg_str before = s;

		if ((unsigned char)s.ptr[0] < 0x80) {
			s = str_from(s, 1);
			continue;
		}
		if (utf8_next(&s) == 0xfffd && before.len - s.len == 1)
			return false;
	}
	return true;
}

size_t str_distance(lg_str a, lg_str b, size_t limit)
{
	size_t rows[3][64];
	size_t *prev2 = rows[0], *prev = rows[1], *cur = rows[2];

	if (a.len >= 64 || b.len >= 64)
		return str_eq(a, b) ? 0 : limit + 1;
	for (size_t j = 0; j <= b.len; j++)
		prev[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *spare = prev2;

		cur[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t cost = a.ptr[i - 1] != b.ptr[j - 1];
			size_t best = MIN(MIN(prev[j], cur[j - 1]) + 1, prev[j - 1] + cost);

			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
				best = MIN(best, prev2[j - 2] + 1);
			cur[j] = best;
		}
		prev2 = prev;
		prev = cur;
		cur = spare;
	}
	return MIN(prev[b.len], limit + 1);
}

void buf_fini(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){ 0 };
}

void buf_reset(struct buf *b)
{
	b->len = 0;
}

char *buf_room(struct buf *b, size_t n)
{
	if (b->cap - b->len < n + 1)
		b->ptr = xgrow(b->ptr, &b->cap, b->len + n + 1, 1);
	return b->ptr + b->len;
}

void buf_bytes(struct buf *b, const void *ptr, size_t len)
{
	if (len == 0)
		return;
	memcpy(buf_room(b, len), ptr, len);
	b->len += len;
}

void buf_add(struct buf *b, lg_str s)
{
	buf_bytes(b, s.ptr, s.len);
}

void buf_cstr(struct buf *b, const char *cstr)
{
	buf_add(b, str_of(cstr));
}

void buf_char(struct buf *b, char c)
{
	*buf_room(b, 1) = c;
	b->len++;
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	vsnprintf(buf_room(b, (size_t)n), (size_t)n + 1, fmt, again);
	va_end(again);
	b->len += (size_t)n;
}

void buf_utf8(struct buf *b, uint32_t code)
{
	if (code < 0x80) {
		buf_char(b, (char)code);
	} else if (code < 0x800) {
		buf_char(b, (char)(0xc0 | code >> 6));
		buf_char(b, (char)(0x80 | (code & 0x3f)));
	} else if (code < 0x10000) {
		buf_char(b, (char)(0xe0 | code >> 12));
		buf_char(b, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_char(b, (char)(0x80 | (code & 0x3f)));
	} else {
		buf_char(b, (char)(0xf0 | code >> 18));
		buf_char(b, (char)(0x80 | (code >> 12 & 0x3f)));
		buf_char(b, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_char(b, (char)(0x80 | (code & 0x3f)));
	}
}

lg_str buf_view(const struct buf *b)
{
	return (lg_str){ b->ptr, b->len };
}

const char *buf_text(struct buf *b)
{
	*buf_room(b, 0) = '\0';
	return b->ptr;
}
