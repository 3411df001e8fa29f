/* sie.h - what the files of this plugin share.  The rules are those of SIE types 1 to 4, version 4B ("SIE filformat").
 */
#pragma once
#include "loligo.h"

enum sie_encoding { SIE_AUTO, SIE_CP437, SIE_UTF8, SIE_LATIN1 };
enum sie_type { SIE_TYPE_AUTO, SIE_TYPE_4E, SIE_TYPE_4I };
enum sie_ksumma { SIE_KSUMMA_REJECT, SIE_KSUMMA_WARN, SIE_KSUMMA_IGNORE };

struct sie_config {
	int64_t encoding;       /* enum sie_encoding */
	int64_t type;           /* enum sie_type, of what is written */
	bool checksum;          /* write #KSUMMA */
	int64_t wrong_checksum; /* enum sie_ksumma */
	lg_str currency;
	struct lg_map companies;  /* legal id to name */
	struct lg_map accounts;   /* account to name */
	struct lg_map dimensions; /* dimension to name */
};

extern const struct sie_config sie_defaults;

lg_status sie_read(const struct lg_read *r);
lg_status sie_write(const struct lg_write *w);

/* ---- text.c: bytes ---- */

/* A growing buffer.  Out of memory sets `lost`, and further adding does nothing. */
struct text {
	char *ptr;
	size_t len, cap;
	bool lost;
};

void text_add(struct text *t, const char *ptr, size_t len);
void text_str(struct text *t, lg_str s);
void text_char(struct text *t, char c);
void text_free(struct text *t);
static inline lg_str text_view(const struct text *t)
{
	return (lg_str){ t->ptr, t->len };
}

/* CRC-32 with the polynomial 0xEDB88320, as #KSUMMA wants; start with crc = 0xffffffff, the sum is its complement. */
uint32_t sie_crc(uint32_t crc, lg_str bytes);

bool sie_is_ascii(lg_str s);
bool sie_is_utf8(lg_str s);
/* Swedish letters of Latin-1 and none of CP437: bytes that no program means as CP437. */
bool sie_looks_latin1(lg_str s);
/* Appends `s`, which is in that encoding (not AUTO), as UTF-8. */
void sie_decode(enum sie_encoding from, lg_str s, struct text *out);
/* Appends UTF-8 `s` in CP437; what CP437 lacks becomes its nearest letter, or '?'.  Returns how many became '?'. */
size_t sie_encode(lg_str s, struct text *out);

/* ---- line.c: a line and its fields ---- */

#define SIE_FIELDS_MAX 256

struct sie_field {
	lg_str text; /* without quotes, escapes undone; of a list, what is between the braces */
	bool list;
};

struct sie_line {
	struct sie_field f[SIE_FIELDS_MAX];
	size_t n;
	bool open; /* the last text has no closing quote: some programs cut lines to a width */
};

/* Splits in place: `s` is changed, the fields point into it. NULL, or what is wrong with the line. */
const char *sie_split(char *s, size_t len, struct sie_line *out);
/* The checksum over a line that sie_split made: labels and contents, no separators, quotes or braces. */
uint32_t sie_line_crc(uint32_t crc, const struct sie_line *l);
