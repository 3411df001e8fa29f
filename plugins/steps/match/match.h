/* match.h - the parts of the match step, inside.

   One payment at a time: `struct work` holds what is known of it (its items, tokens, payer); a stage looks for the one
   solution above its gate; policy says whether that may be applied; apply.c makes allocations of it and writes the open
   items back; evidence.c says why.  All texts live in the run's memory or in the step's own buffers. */
#pragma once
#include "loligo.h"

#include "../items.h"
#include "text.h"
#include "tokens.h"

#define ENGINE "1.0.0"

#define ITEMS_MAX 256  /* open items that one payment may look at */
#define PARTS_MAX 24   /* invoices and credit notes of one solution */
#define FIND_MAX 64    /* rows of one lookup */
#define DEBTORS_MAX 16 /* that one payer account pays for */
#define CONSIDERED_MAX 16
#define HISTORY_MAX 256 /* allocations that one payment can have */
#define TOPICS_MAX 32
#define MONEY_LIST_MAX 16
#define LEARNED 16384 /* sets of payers remembered as known; a power of two */
#define LEARNED_WAYS 4

/* ---- policy ---- */

struct client_policy {
	lg_str client;
	struct lg_list stages;
};

struct policy_options {
	lg_str name;
	int64_t version;
	struct lg_list stages;
	lg_dec rounding, interest;
	struct lg_list bank_fees, reminder_fees;
	int64_t payer_seen, max_age, completion_max, subset_max, duplicate_days;
	struct lg_list own_accounts, gateway_accounts;
	struct lg_objs clients;
};

struct match_options {
	struct lg_list stages;
	struct policy_options policy;
};

struct client_rule {
	lg_str client;
	unsigned stages;
};

/* The options as the stages use them. */
struct policy {
	const struct policy_options *opt;
	unsigned stages;             /* bit n: stage Sn applies by itself */
	struct client_rule *clients; /* sorted by client */
	size_t client_count;
	int64_t rounding;
	int64_t bank_fees[MONEY_LIST_MAX], reminder_fees[MONEY_LIST_MAX];
	size_t bank_fee_count, reminder_fee_count;
	char label[64]; /* "default@1" */
	size_t label_len;
};

extern const struct lg_options match_options;

void policy_check(const void *config, const struct lg_report *);
bool policy_open(struct policy *, const struct match_options *, const struct lg_host *);
void policy_close(struct policy *);
/* May the stage be applied by itself for that client? */
bool policy_allows(const struct policy *, unsigned stage, lg_str client);

/* ---- one payment ---- */

enum payer_evidence { EV_ASKED = 1, EV_ACCOUNT = 2, EV_ID = 4, EV_NAME = 8, EV_ANY = EV_ACCOUNT | EV_ID | EV_NAME };

struct item {
	lg_str key;
	const struct lg_rec *rec;
	lg_str client, debtor, number, id;
	int64_t open, total;
	lg_date issued, due;
	bool is_open, credit;
	uint8_t evidence; /* of the payer; read it through item_evidence() */
	uint32_t tokens;  /* bit: that token (or reference) named it */
	const char *lost; /* why it was not chosen */
};

struct payer_debtor {
	lg_str client, debtor;
	int64_t count;
};

struct payer {
	bool loaded, full;
	size_t count;
	struct payer_debtor d[DEBTORS_MAX];
};

/* Part of a solution: `amount` of the item is settled by the payment and the credit notes among the parts; `adjust`
   more is closed without money, for `reason`. */
struct part {
	struct item *item;
	int64_t amount, adjust;
	const char *reason;
};

struct solution {
	unsigned stage;
	const char *rule;
	struct part part[PARTS_MAX];
	size_t count;
	int64_t fee, interest, on_account;
	size_t solutions; /* how many there were: 1, or the solution is a suggestion */
	const char *why;  /* S5: what explains the difference */
};

struct match;

struct work {
	struct match *m;
	struct lg_run *run;
	const struct lg_rec *tx;
	lg_str id, client, currency, payer_account, payer_name, payer_name2, text;
	lg_date date, booked;
	int64_t amount;
	bool is_money; /* the amount fits */
	struct lg_row rows[FIND_MAX];
	struct item items[ITEMS_MAX];
	size_t item_count;
	bool crowded; /* more rows than there was room for: nothing is certain */
	struct tokens tokens;
	bool text_read, resolved;
	struct payer payer;
	bool foreign_reference; /* a valid structured reference that no item has */
	bool settled_named;     /* the text names a settled invoice of this payer */
	bool rest_unclear;      /* what is above the named items may be other items */
	struct item *settled;   /* the settled invoice that is paid again */
	struct item *considered[CONSIDERED_MAX];
	size_t considered_count;
	const char *blocked; /* why nothing later may apply */
	lg_str subject;      /* the payment whose allocations are made: this one, or one that is sent back */
	uint32_t made;       /* allocations under the subject's key */
	lg_time decided_at;  /* when a person decided; 0: nobody did */
};

/* ---- lookup.c: tables ---- */

/* A payment to start with; the rest of `w` is filled on demand. */
void work_begin(struct work *w, struct match *m, struct lg_run *run, const struct lg_rec *tx);
/* Rows of `items` with that index value, in the payment's currency and for its client, as items of w (each once). */
size_t items_find(struct work *w, const char *index, lg_str value, struct item **out, size_t cap);
/* The item of an invoice or credit note, by its id; NULL. */
struct item *item_by_id(struct work *w, lg_str invoice);
/* Open items of exactly the payment's amount; none when there are too many to look at. */
size_t items_of_amount(struct work *w, struct item **out, size_t cap);
void work_tokens(struct work *w);
const struct payer *work_payer(struct work *w);
/* Does the account pay for more than one debtor? */
bool payer_shared(const struct payer *payer);
/* What of the payer speaks for the item's debtor: bits of payer_evidence without EV_ASKED. */
unsigned item_evidence(struct work *w, struct item *it);
/* One more payment of this payer for that debtor. */
void payer_learn(struct work *w, lg_str client, lg_str debtor);
void payer_forget(struct work *w, lg_str client, lg_str debtor);
void consider(struct work *w, struct item *it, const char *lost);
/* Are the amounts of these open items such that sums of them mean little? */
bool price_points(struct item *const *items, size_t count);

/* ---- stages ---- */

/* What a stage can say. */
enum verdict {
	V_NONE,  /* nothing for this stage */
	V_FOUND, /* exactly one solution above the gate */
	V_STOP   /* unclear: no later stage may apply (w->blocked says why; *s may hold a suggestion) */
};

typedef enum verdict stage_fn(struct work *w, struct solution *s);

stage_fn stage_reference;   /* S1 */
stage_fn stage_documents;   /* S2 */
stage_fn stage_text;        /* S3 */
stage_fn stage_completion;  /* S4 */
stage_fn stage_difference;  /* S5 */
stage_fn stage_repair;      /* S6 */
stage_fn stage_known_payer; /* S7 */
stage_fn stage_rest;        /* S9: more than all that is named */

/* S8: fills what was considered with what a person may want to look at. */
void suggest(struct work *w);
/* The first stage with an answer; V_NONE: nobody knows. */
enum verdict stages_run(struct work *w, struct solution *s);

void solution_add(struct solution *s, struct item *it, int64_t amount);
/* Who paid how much, as table `payments` is indexed by it; empty: nobody knows who. */
#define PAID_KEY 192
lg_str paid_key(struct work *w, char *room);
/* Has this payer paid the same amount with the same text a few days ago? */
bool paid_lately(struct work *w);
/* Signed sum of the open amounts of these items: credit notes count against. */
int64_t items_sum(struct item *const *items, size_t count);
/* Asks the tables for every token of the text; bit i of item.tokens: token i names it. */
void work_resolve(struct work *w);
/* Explains amount - sum for one or more items that are certain (S5); true when exactly one reason does: then the parts
   of s are adjusted. */
bool difference_explain(struct work *w, struct solution *s);
/* Items that the text names and the payer's evidence confirms, of one debtor, one for each token; 0: none such. */
size_t named_items(struct work *w, struct item **out, size_t cap);
/* One or two of the debtor's other open invoices are exactly the payment: then the names in the text may be chance. */
bool plainer(struct work *w, struct item *const *named, size_t count);

/* ---- S0 and lumps ---- */

/* True: handled, nothing to match. */
bool screen_run(struct work *w);
bool lump_run(struct work *w, bool again);
/* Counts a detail of a batch entry. */
void lump_detail(struct work *w);

/* ---- apply.c ---- */

struct allocation {
	const char *from_kind, *to_kind, *stage, *rule;
	lg_str from_id, to_id, client, debtor, contract, number, reverses, by, reason;
	lg_dec amount;
	const char *adjust_reason;
	int64_t adjust;
	lg_str evidence;
};

/* Emits under the subject's next key. */
void allocate(struct work *w, const struct allocation *a);
/* "transaction:7f.../3": the business key of allocation n of a payment. */
lg_str allocation_key(char *room, size_t cap, lg_str payment, uint32_t n);
/* The whole solution: allocations, items, what was learned.  `by`: "auto" or a person. */
void apply_solution(struct work *w, struct solution *s, lg_str by, lg_str reason);
/* The whole amount to `kind` ("suspense", "refund", "fee", ...), rule or reason in `rule`. */
void apply_whole(struct work *w, unsigned stage, const char *kind, lg_str to_id, const char *rule);
/* Money without a home: to suspense, and the payment waits.  `proposal` may be NULL. */
void apply_suspense(struct work *w, const char *rule, const char *reason, const struct solution *proposal);
/* Waits again, without a new allocation. */
void apply_wait(struct work *w, const char *rule, const char *reason);
/* Own payment, as allocations name it. */
lg_dec payment_amount(struct work *w);
/* Changes what is open of an item by `delta` (negative: paid) and writes it back with its index values. */
void item_change(struct work *w, struct item *it, int64_t delta);
/* Remembers the payment for returns and for telling duplicates.  `named_by`: the stage that applied it, or 0. */
void payment_remember(struct work *w, const char *status, unsigned named_by);

/* ---- history.c: what was made of a payment before ---- */

struct made {
	const struct lg_rec *rec;
	lg_str id;
	bool reversed; /* or a reversal itself */
	bool by_person;
};

struct history {
	struct made a[HISTORY_MAX];
	size_t count;
	bool undone; /* a person undid an automatic allocation: nothing more is applied by itself */
};

/* Makes `id` the subject and loads what was made under its key. */
void history_load(struct work *w, lg_str id, struct history *h);
/* Undoes allocation i: reversal, items open again.  Returns what of the subject's own money came free. */
int64_t history_reverse(struct work *w, struct history *h, size_t i, const char *rule, lg_str by, lg_str reason);
/* Emits all as it was made. */
void history_repeat(struct work *w, const struct history *h);
/* Index of a live allocation to that kind, from the payment itself; h->count: none. */
size_t history_live(const struct work *w, const struct history *h, const char *to_kind);

/* ---- evidence.c ---- */

lg_str evidence_solution(struct work *w, const struct solution *s);
lg_str evidence_none(struct work *w, unsigned stage, const char *rule, const struct solution *proposal);
const char *stage_name(unsigned stage);

/* ---- decide.c ---- */

/* A person's decision, or LG_REJECT with the explanation given. */
lg_status decide(struct work *w, const struct lg_rec *decision);

/* ---- the step ---- */

/* What a credit note pays of an invoice. */
struct offset {
	size_t credit, invoice;
	int64_t amount;
};

/* The arrays stand here and not on the stack, which compilers clear at each call. */
struct match {
	const struct lg_host *host;
	const struct lg_records *rec;
	struct lg_instance *instance;
	struct policy policy;
	struct work work; /* of the call under way */
	struct solution solution;
	struct history history;
	struct offset offsets[PARTS_MAX];
	struct items_values values;
	uint64_t learned[LEARNED][LEARNED_WAYS]; /* hashes of payers that are known well enough: nothing to look up */
	char evidence[16384];
	char scratch[4096];
};
