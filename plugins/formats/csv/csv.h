/* csv.h - what the files of this plugin share.  Rows and quotes are those of RFC 4180. */
#pragma once
#include "loligo.h"

#define COLUMNS_MAX 1024
#define PATH_STEPS_MAX 8

enum { DECIMAL_POINT, DECIMAL_COMMA };
enum { ENCODING_UTF8, ENCODING_LATIN1, ENCODING_CP437, ENCODING_1252 };

struct csv_config {
	lg_str kind;
	struct lg_map columns;   /* name to field path */
	struct lg_map constants; /* field path to value */
	bool header;
	lg_str separator, grouping;
	int64_t decimal, encoding;
	struct lg_list dates;
};

/* ---- path.c: where a column goes, and what its texts mean ---- */

/* "seller.name", "payment.accounts[0].id". */
struct csv_path {
	struct csv_step {
		uint16_t field;
		uint16_t type; /* enum lg_field_type */
		int index;     /* in a list; -1: none was said */
	} steps[PATH_STEPS_MAX];
	size_t count;
	lg_str text;
};

/* NULL, or what is wrong with it (in `why`, of that size). */
const char *csv_path_parse(const struct lg_host *host, uint16_t kind, lg_str text, struct csv_path *out, char *why,
			   size_t size);
/* Is it a format of dates: YYYY or YY, MM or M, DD or D, and anything between them? */
bool csv_date_format_ok(lg_str format);

/* Sets the field that the path leads to; an empty value sets nothing.  false: `why` says what it should have been. */
bool csv_set(const struct lg_host *host, const struct csv_config *cfg, struct lg_rec *rec, const struct csv_path *path,
	     lg_str value, char *why, size_t size);

/* A growing buffer; out of memory sets `lost`. */
struct csv_text {
	char *ptr;
	size_t len, cap;
	bool lost;
};
void csv_add(struct csv_text *t, lg_str s);
/* Appends the value as this file writes it; absent: nothing. */
void csv_get(const struct lg_host *host, const struct csv_config *cfg, const struct lg_rec *rec,
	     const struct csv_path *path, struct csv_text *out);

/* ---- csv.c ---- */

extern const char *const csv_encodings[]; /* names for iconv, by ENCODING_* */
char csv_separator(const struct csv_config *cfg);
bool csv_same(lg_str a, lg_str b, bool any_case);

lg_status csv_read(const struct lg_read *r);
lg_status csv_write(const struct lg_write *w);
/* The same for files that never have a header. */
lg_status csv_read_lines(const struct lg_read *r);
lg_status csv_write_lines(const struct lg_write *w);
