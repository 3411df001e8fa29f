/* write.h - the state of one writing.  The body of the file (balances, vouchers) is made as the records come; the head,
   which tells of what is in the body, is made at the end. */
#pragma once
#include "set.h"

struct writer {
	const struct lg_write *w;
	const struct lg_host *host;
	const struct lg_records *rec;
	const struct sie_config *cfg;
	struct lg_rec *books; /* our copy; NULL: none came */
	struct text head, body;
	struct set accounts, years, dimensions, objects; /* used; an object is "dimension\x1fobject" */
	struct text company;
	bool any_company, any_balance;
	lg_date newest;
	lg_status status;
};

/* One item: label, fields, end of line. */
void put_label(struct text *t, const char *label);
void put_raw(struct text *t, lg_str s);  /* a field that needs no quotes */
void put_text(struct text *t, lg_str s); /* quoted */
void put_date(struct writer *p, struct text *t, lg_date d);
void put_end(struct text *t);
/* Leaves out the empty fields ("") at the end of a row: `mark` is where they may begin. */
void put_trim(struct text *t, size_t mark);

void sie_put_head(struct writer *p);
bool sie_write_fail(struct writer *p, const char *id, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool sie_put_balance(struct writer *p, const struct lg_rec *b);
bool sie_put_voucher(struct writer *p, const struct lg_rec *v);
