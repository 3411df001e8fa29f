/* read.h - the state of one reading, shared by read.c (lines, encodings, checksum, order of emission) and items.c (what
   each label means). */
#pragma once
#include "sie.h"

struct index { /* account number to its object in `books`; open addressing */
	struct lg_rec **slots;
	size_t count, cap;
};

enum sum_state { SUM_NONE, SUM_RUNNING, SUM_DONE };

#define YEARS_MAX 32
#define UNKNOWN_MAX 16

struct year {
	int64_t no;
	lg_date start, end;
};

struct reader {
	const struct lg_read *r;
	const struct lg_host *host;
	const struct lg_records *rec;
	const struct sie_config *cfg;

	enum sie_encoding encoding; /* AUTO: not decided yet, bytes above 0x7f have not been seen */
	bool told_latin1;
	struct text raw, utf8; /* the line, and the line in UTF-8 */
	struct sie_line line;
	uint32_t no;         /* of the line */
	uint64_t offset, at; /* of the line's first byte; of the next byte */

	enum sum_state sum;
	uint32_t crc, sum_line;

	struct lg_rec *books; /* until it is emitted */
	struct index accounts;
	struct lg_rec **balances; /* until the books are emitted, which come first */
	uint32_t *balance_lines;
	size_t balance_count, balance_cap;
	struct year years[YEARS_MAX];
	size_t year_count;
	struct text company, currency; /* as in the records */
	bool any_balance;
	uint32_t items; /* labels seen that are SIE's */

	struct lg_rec *voucher;
	uint32_t voucher_line;
	uint64_t voucher_offset;
	bool in_rows;
	lg_dec total;

	struct text unknown[UNKNOWN_MAX]; /* labels already told */
	size_t unknown_count;
	lg_status status; /* of emit, when it is not LG_OK */
};

/* The line's label has been judged; false: failed (p->r->fail was called) or canceled (p->status). */
bool sie_item(struct reader *p, const struct sie_line *l);
/* `{` and `}` on a line of their own. */
bool sie_rows_begin(struct reader *p);
bool sie_rows_end(struct reader *p);
/* Emits the books and the balances, once. */
bool sie_emit_head(struct reader *p);

/* Tells why and returns false; the place is the current line, or `line`. */
bool sie_fail_at(struct reader *p, const char *id, uint32_t line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
#define sie_fail(p, id, ...) sie_fail_at((p), (id), (p)->no, __VA_ARGS__)
bool sie_emit(struct reader *p, struct lg_rec *rec, uint64_t offset, uint32_t line);
