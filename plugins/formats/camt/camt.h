/* camt.h - reading ISO 20022 bank messages: camt.052 (report), camt.053 (statement), camt.054 (notification).

     camt.c       the format: options, recognising a message, the frame of a reading
     tables.c     paths and fields, for all versions in one: they differ little, and banks mix them
     entry.c      an entry and its details become transactions
     details.c    what stands in a detail: parties, amounts, references, remittance
     statement.c  balances, totals and pages: does it add up?
     count.c      equal lines of a statement are numbered */
#pragma once
#include "loligo.h"

#include <string.h>

#define CCY_SIZE 4        /* "SEK" and NUL */
#define TALLIES 8         /* currencies of one statement */
#define DETAILS_HELD 1024 /* details of one entry that are kept back until their sum is proved */
#define HASH_START 14695981039346656037u

struct config {
	int64_t unbalanced; /* enum unbalanced */
};

enum unbalanced { UNBALANCED_PARK, UNBALANCED_REPORT };

/* Where a detail's amount may stand, in order of trust; .01 and .02 have no Amt of the detail itself. */
enum amount_place { PLACE_OWN, PLACE_TX, PLACE_COUNTER, PLACE_INSTRUCTED, PLACES };

struct money {
	lg_dec amount;
	char ccy[CCY_SIZE]; /* "": there is none */
};

enum side { SIDE_NONE, SIDE_CREDIT, SIDE_DEBIT };

struct detail {
	struct lg_rec *rec;
	struct money amounts[PLACES];
	enum side side; /* its own, or its entry's */
	uint32_t line;
};

struct entry {
	struct lg_rec *rec; /* NULL: outside of entries */
	struct money amount;
	enum side side;
	uint64_t offset;
	uint32_t line;
	struct detail *details; /* DETAILS_HELD of them, kept for the next entry */
	size_t count;           /* of details, also those that have been emitted */
	size_t held;
	lg_dec streamed; /* signed sum of those */
	bool unclear;    /* one of those had no amount in the entry's currency */
};

/* A balance as it is used: the first of the earliest day, or the last of the latest. */
struct balance {
	uint8_t rank; /* 0: none; OPBD before PRCD */
	bool interim; /* of a page, or of the day so far */
	bool dated;
	lg_date date;
	lg_dec amount;
};

/* What is known of one currency of a statement. */
struct tally {
	char ccy[CCY_SIZE];
	struct balance opening, closing;
	struct balance first, last; /* ITBD: opening or closing, by what else there is */
	uint32_t interims;
	lg_dec credit, debit;         /* booked */
	lg_dec all_credit, all_debit; /* of every status */
};

struct totals {
	struct tally tally[TALLIES];
	size_t tallies;
	int64_t entries, credits, debits, all_credits, all_debits;
};

/* TxsSummry: what the bank counted; bits of `has` in the order of the members. */
struct summary {
	uint32_t has;
	int64_t entries, credits, debits;
	lg_dec sum, sum_credit, sum_debit;
};

enum { HAS_ENTRIES = 1, HAS_CREDITS = 2, HAS_DEBITS = 4, HAS_SUM = 8, HAS_SUM_CREDIT = 16, HAS_SUM_DEBIT = 32 };

struct page {
	int64_t number; /* 0: not said */
	bool has_last, last;
};

struct statement {
	struct lg_rec *rec; /* NULL: outside */
	uint64_t key;       /* of account and id: what pages have in common */
	struct page page;
	struct totals totals;
	struct summary summary;
	uint32_t line;
	bool begun;          /* its head has been read: account, id, page */
	bool interim, debit; /* of the balance being read */
};

/* Pages of one statement that followed one another in this document. */
struct pages {
	bool open;     /* the next one may follow */
	bool whole;    /* from page 1 */
	bool unproved; /* one did not add up by itself */
	uint64_t key;
	int64_t last_number;
	struct totals totals;
	uint32_t line;
};

/* How often each line came: see count.c. */
struct seen {
	uint64_t *slots;
	size_t cap, used;
};

struct text {
	char *ptr;
	size_t len, cap;
};

struct camt {
	const struct lg_read *r;
	const struct lg_records *rec;
	const struct config *config;
	const char *type; /* "camt.053" */
	struct text message_id, created, remittance, reason, scratch;
	struct page message_page;
	struct statement st;
	struct entry entry;
	struct detail now;       /* the detail being read; now.rec NULL: none */
	struct lg_rec *party;    /* whose address is being read */
	struct lg_rec *document; /* the first of the Strd being read */
	struct pages pages;
	char digits_ccy[CCY_SIZE]; /* the currency asked for last, and its digits */
	int digits;
	struct seen seen;
	uint64_t statements;
	/* the first that does not add up */
	char problem[640];
	const char *problem_id;
	uint32_t problem_line;
	uint64_t problems;
};

extern const struct lg_xml camt_xml;

/* Always LG_REJECT, after telling why. */
lg_status camt_refuse(const struct lg_xml_at *at, const char *id, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Something that does not add up: a finding, and by option a reason to refuse the document at its end. */
void camt_problem(struct camt *c, const char *id, uint32_t line, const char *text);
lg_status camt_emit(struct camt *c, struct lg_rec *rec, uint32_t line);

/* Grows; false: no memory. */
bool text_add(struct text *t, lg_str s);
static inline void text_clear(struct text *t)
{
	t->len = 0;
}
static inline lg_str text_view(const struct text *t)
{
	return (lg_str){ t->ptr, t->len };
}

static inline struct camt *camt_of(const struct lg_xml_at *at)
{
	return at->ctx;
}

static inline bool same_text(lg_str a, const char *b)
{
	size_t n = strlen(b);

	return a.len == n && (n == 0 || memcmp(a.ptr, b, n) == 0);
}
void ccy_set(char ccy[CCY_SIZE], lg_str text);
static inline bool same_ccy(const char *a, const char *b)
{
	return memcmp(a, b, CCY_SIZE) == 0; /* both of ccy_set, or "" in a zeroed array */
}
lg_dec negative(lg_dec d);
lg_dec positive(lg_dec d);
bool same_dec(lg_dec a, lg_dec b);
/* What ISO 20022 allows (15 digits), so that sums of it do not overflow. */
static inline bool is_count(int64_t n)
{
	return n >= 0 && n < 1000000000000000;
}
/* What the hooks about an entry or a detail write to. */
struct lg_rec *camt_target(const struct camt *c);
/* The amount and currency of an object LG_MONEY. */
struct money money_of(const struct camt *c, const struct lg_rec *money);

int digits_of(struct camt *c, const char *ccy);

/* count.c: from 1; 0: no memory. */
uint32_t seen_add(struct seen *s, uint64_t key);
void seen_clear(struct seen *s);

/* statement.c.  Before the first entry. */
void statement_begin(struct camt *c);
/* An entry is counted, in its currency; false: too many currencies, or a sum that does not fit. */
bool totals_add(struct camt *c, struct totals *t, const struct money *m, enum side side, bool booked);
void pages_end(struct camt *c);

/* Hooks, named by the row that they belong to. */
lg_xml_hook on_message_id, on_message_created, on_message_page, on_message_last_page;
lg_xml_hook on_report, on_statement_message, on_notification;
lg_xml_hook on_statement_start, on_statement_end, on_statement_created, on_account_id, on_servicer_bic;
lg_xml_hook on_balance_start, on_balance_subtype, on_balance_side, on_balance_end, on_summary_end;
lg_xml_hook on_entry_start, on_entry_end, on_entry_amount, on_status, on_side, on_batch_end;
lg_xml_hook on_detail_start, on_detail_end, on_detail_amount, on_tx_amount, on_counter_amount, on_instructed_amount;
lg_xml_hook on_exchange_end, on_charge_end, on_reference, on_detail_reference, on_batch_id;
lg_xml_hook on_debtor, on_creditor, on_ultimate_debtor, on_ultimate_creditor, on_party_start, on_address_line;
lg_xml_hook on_address_end, on_scheme, on_unstructured, on_structured_end, on_document_end, on_creditor_reference;
lg_xml_hook on_additional_remittance, on_return_text;
