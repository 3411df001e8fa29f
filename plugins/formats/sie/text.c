#include "sie.h"

#include <stdlib.h>
#include <string.h>

/* CP437, upper half. */
static const uint16_t cp437[128] = {
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7,
	0x00ea, 0x00eb, 0x00e8, 0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5,
	0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9,
	0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192,
	0x00e1, 0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba,
	0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb,
	0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556,
	0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510,
	0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
	0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567,
	0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b,
	0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
	0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4,
	0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6, 0x03b5, 0x2229,
	0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
	0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};

/* Letters and signs that CP437 lacks, with the nearest it has. */
static const struct {
	uint16_t code;
	const char *text;
} near[] = {
	{ 0x00a4, "?" },
	{ 0x00a7, "par." },
	{ 0x00a8, "\"" },
	{ 0x00a9, "(C)" },
	{ 0x00ad, "" },
	{ 0x00ae, "(R)" },
	{ 0x00af, "-" },
	{ 0x00b3, "3" },
	{ 0x00b4, "'" },
	{ 0x00b6, "" },
	{ 0x00b8, "," },
	{ 0x00b9, "1" },
	{ 0x00be, "3/4" },
	{ 0x00c0, "A" },
	{ 0x00c1, "A" },
	{ 0x00c2, "A" },
	{ 0x00c3, "A" },
	{ 0x00c8, "E" },
	{ 0x00ca, "E" },
	{ 0x00cb, "E" },
	{ 0x00cc, "I" },
	{ 0x00cd, "I" },
	{ 0x00ce, "I" },
	{ 0x00cf, "I" },
	{ 0x00d0, "D" },
	{ 0x00d2, "O" },
	{ 0x00d3, "O" },
	{ 0x00d4, "O" },
	{ 0x00d5, "O" },
	{ 0x00d7, "x" },
	{ 0x00d8, "O" },
	{ 0x00d9, "U" },
	{ 0x00da, "U" },
	{ 0x00db, "U" },
	{ 0x00dd, "Y" },
	{ 0x00de, "Th" },
	{ 0x00e3, "a" },
	{ 0x00f0, "d" },
	{ 0x00f5, "o" },
	{ 0x00f8, "o" },
	{ 0x00fd, "y" },
	{ 0x00fe, "th" },
	{ 0x0101, "a" },
	{ 0x0104, "A" },
	{ 0x0105, "a" },
	{ 0x0106, "C" },
	{ 0x0107, "c" },
	{ 0x010c, "C" },
	{ 0x010d, "c" },
	{ 0x0113, "e" },
	{ 0x0118, "E" },
	{ 0x0119, "e" },
	{ 0x011a, "E" },
	{ 0x011b, "e" },
	{ 0x011e, "G" },
	{ 0x011f, "g" },
	{ 0x012b, "i" },
	{ 0x0130, "I" },
	{ 0x0131, "i" },
	{ 0x0141, "L" },
	{ 0x0142, "l" },
	{ 0x0143, "N" },
	{ 0x0144, "n" },
	{ 0x0147, "N" },
	{ 0x0148, "n" },
	{ 0x0150, "O" },
	{ 0x0151, "o" },
	{ 0x0152, "OE" },
	{ 0x0153, "oe" },
	{ 0x0158, "R" },
	{ 0x0159, "r" },
	{ 0x015a, "S" },
	{ 0x015b, "s" },
	{ 0x015e, "S" },
	{ 0x015f, "s" },
	{ 0x0160, "S" },
	{ 0x0161, "s" },
	{ 0x0164, "T" },
	{ 0x0165, "t" },
	{ 0x016b, "u" },
	{ 0x016e, "U" },
	{ 0x016f, "u" },
	{ 0x0170, "U" },
	{ 0x0171, "u" },
	{ 0x0178, "Y" },
	{ 0x0179, "Z" },
	{ 0x017a, "z" },
	{ 0x017b, "Z" },
	{ 0x017c, "z" },
	{ 0x017d, "Z" },
	{ 0x017e, "z" },
	{ 0x2009, " " },
	{ 0x200b, "" },
	{ 0x2010, "-" },
	{ 0x2011, "-" },
	{ 0x2013, "-" },
	{ 0x2014, "-" },
	{ 0x2018, "'" },
	{ 0x2019, "'" },
	{ 0x201c, "\"" },
	{ 0x201d, "\"" },
	{ 0x201e, "\"" },
	{ 0x2022, "-" },
	{ 0x2026, "..." },
	{ 0x202f, " " },
	{ 0x20ac, "EUR" },
	{ 0x2122, "(TM)" },
	{ 0x2212, "-" },
};

void text_add(struct text *t, const char *ptr, size_t len)
{
	size_t cap = t->cap;
	char *grown;

	if (t->lost || len == 0)
		return;
	while (cap - t->len < len)
		cap = cap ? cap * 2 : 256;
	if (cap != t->cap) {
		grown = realloc(t->ptr, cap);
		if (grown == NULL) {
			t->lost = true;
			return;
		}
		t->ptr = grown;
		t->cap = cap;
	}
	memcpy(t->ptr + t->len, ptr, len);
	t->len += len;
}

void text_str(struct text *t, lg_str s)
{
	text_add(t, s.ptr, s.len);
}

void text_char(struct text *t, char c)
{
	text_add(t, &c, 1);
}

void text_free(struct text *t)
{
	free(t->ptr);
	*t = (struct text){ 0 };
}

uint32_t sie_crc(uint32_t crc, lg_str bytes)
{
	/* The table for half a byte: the sum covers a few megabytes at most. */
	static const uint32_t half[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
					   0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
					   0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };

	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= (unsigned char)bytes.ptr[i];
		crc = (crc >> 4) ^ half[crc & 15];
		crc = (crc >> 4) ^ half[crc & 15];
	}
	return crc;
}

bool sie_is_ascii(lg_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

/* Length of the well-formed sequence at s, and its code point; 0: malformed. */
static size_t utf8_at(lg_str s, uint32_t *code)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	uint32_t c = p[0];

	if (n == 1) {
		*code = c;
		return 1;
	}
	if (p[0] < 0xc2 || p[0] > 0xf4 || s.len < n)
		return 0;
	c &= 0x7fu >> n;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < least[n] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	*code = c;
	return n;
}

bool sie_is_utf8(lg_str s)
{
	uint32_t code;
	size_t n;

	for (; s.len > 0; s = (lg_str){ s.ptr + n, s.len - n })
		if ((n = utf8_at(s, &code)) == 0)
			return false;
	return true;
}

bool sie_looks_latin1(lg_str s)
{
	static const char letters[] = "\xc4\xc5\xd6\xe4\xe5\xf6\xc9\xe9\xdc\xfc";
	bool any = false;

	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.ptr[i] < 0x80)
			continue;
		if (strchr(letters, s.ptr[i]) == NULL)
			return false;
		any = true;
	}
	return any;
}

static void add_code(struct text *out, uint32_t c)
{
	if (c < 0x80) {
		text_char(out, (char)c);
	} else if (c < 0x800) {
		text_char(out, (char)(0xc0 | c >> 6));
		text_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		text_char(out, (char)(0xe0 | c >> 12));
		text_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		text_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

void sie_decode(enum sie_encoding from, lg_str s, struct text *out)
{
	uint32_t code;
	size_t n;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c < 0x80) {
			text_char(out, (char)c);
		} else if (from == SIE_LATIN1) {
			add_code(out, c);
		} else if (from == SIE_UTF8) {
			n = utf8_at((lg_str){ s.ptr + i, s.len - i }, &code);
			if (n == 0)
				add_code(out, 0xfffd);
			else
				text_add(out, s.ptr + i, n);
			i += n > 0 ? n - 1 : 0;
		} else {
			add_code(out, cp437[c - 0x80]);
		}
	}
}

static bool put_near(uint32_t code, struct text *out)
{
	for (size_t i = 0; i < sizeof near / sizeof near[0]; i++)
		if (near[i].code == code) {
			text_add(out, near[i].text, strlen(near[i].text));
			return true;
		}
	return false;
}

size_t sie_encode(lg_str s, struct text *out)
{
	uint32_t code = 0;
	size_t lost = 0, n, i;

	for (; s.len > 0; s = (lg_str){ s.ptr + n, s.len - n }) {
		n = utf8_at(s, &code);
		if (n == 0) {
			n = 1;
			code = 0xfffd;
		}
		for (i = 0; code >= 0x80 && i < 128 && cp437[i] != code; i++)
			;
		if (code < 0x80) {
			text_char(out, (char)code);
		} else if (i < 128) {
			text_char(out, (char)(0x80 + i));
		} else if (!put_near(code, out)) {
			text_char(out, '?');
			lost++;
		}
	}
	return lost;
}
