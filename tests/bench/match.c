/* match.c - the match step alone, in memory.

   match                   payments with a valid reference against a million open items, beside a floor in the same run:
   a bare hash table of the same references and the same allocation record built for each row match replay DIR FILE
   DIR/events.jsonl through register and match, the decisions of DIR/decisions.jsonl for what waits; every allocation
   goes to FILE as one line of JSON (tests/match/evaluate.py judges it) */
#include "plugins/steps/match/match.h"
#include "core/base/arena.h"
#include "core/base/dec.h"
#include "core/base/map.h"
#include "core/model/identity.h"
#include "core/model/record.h"
#include "core/model/refs.h"
#include "core/plugin/loader.h"
#include "plugins/steps/register/register.h"
#include "tests/steps/host.h"

#include <dlfcn.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static const lg_str all[] = { { "all", 3 } };
static const lg_str bank_fees[] = { { "25.00", 5 }, { "40.00", 5 }, { "50.00", 5 } };
static const lg_str reminder_fees[] = { { "60.00", 5 } };

static const struct match_options options = {
	.stages = { all, 1 },
	.policy = { .name = { "default", 7 },
		    .version = 1,
		    .stages = { all, 1 },
		    .rounding = { 99, 2 },
		    .interest = { 8, 0 },
		    .bank_fees = { bank_fees, 3 },
		    .reminder_fees = { reminder_fees, 1 },
		    .payer_seen = 2,
		    .max_age = 90,
		    .completion_max = 12,
		    .subset_max = 10,
		    .duplicate_days = 14 },
};

static const struct register_config registering = { REGISTER_PASS, true };

/* ---- speed ---- */

#define ITEMS 1000000
#define PAYMENTS 400000
#define BATCH 100
#define HEAP ((size_t)1400 << 20)
#define LARGE_PAGE ((size_t)1 << 21)

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Open addressing, sized beforehand: no growth in the measured time.  A slot is a cache line, with its key. */
#define KEY_MOST 50 /* no key here is longer */

struct slot {
	const void *value;
	uint32_t tag; /* of the hash */
	uint16_t len; /* 0: empty */
	char key[KEY_MOST];
};

struct table {
	struct slot *slots;
	size_t mask, count;
};

/* On large pages where the system has them: what is looked into at random pays for the small ones. */
static void *pages_new(size_t size)
{
	void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED)
		exit(2);
	madvise(room, size, MADV_HUGEPAGE);
	memset(room, 0, size);
	return room;
}

/* For half as many keys as there are slots. */
static struct table table_new(unsigned bits)
{
	size_t slots = (size_t)1 << bits;

	return (struct table){ pages_new(slots * sizeof(struct slot)), slots - 1, 0 };
}

static void table_free(struct table *t)
{
	munmap(t->slots, (t->mask + 1) * sizeof(struct slot));
}

static lg_str slot_key(const struct slot *s)
{
	return (lg_str){ s->key, s->len };
}

/* The slot of a key, or the empty one that it would have. */
static struct slot *table_slot(const struct table *t, lg_str key, uint64_t hash)
{
	size_t i = hash >> 32 & t->mask;

	while (t->slots[i].len != 0 && (t->slots[i].tag != (uint32_t)hash || !str_eq(slot_key(&t->slots[i]), key)))
		i = (i + 1) & t->mask;
	return &t->slots[i];
}

static const void *table_get(const struct table *t, lg_str key)
{
	return table_slot(t, key, str_hash(key))->value;
}

/* What is kept under the key, from now on. */
static struct slot *table_put(struct table *t, lg_str key, const void *value)
{
	uint64_t hash = str_hash(key);
	struct slot *s = table_slot(t, key, hash);

	if (s->len == 0) {
		if (++t->count > t->mask / 2 || key.len > KEY_MOST)
			exit(2);
		s->tag = (uint32_t)hash;
		s->len = (uint16_t)key.len;
		memcpy(s->key, key.ptr, key.len);
	}
	s->value = value;
	return s;
}

/* The leanest hub that keeps what a step gives it: hash tables of records in memory, no bodies, no waking.  Records
   that tables keep are made where they stay; other memory is used again for each batch, as a hub does. */
struct lg_run {
	struct arena memory, batch;
	struct table items;    /* key -> record */
	struct table by_ref;   /* reference -> the slot of the item */
	struct table payments; /* key, and each index value */
	struct table payers, made;
	size_t emitted;
};

/* By what tells the names apart: items, payers, payments. */
static struct table *lean_table(struct lg_run *run, const char *name)
{
	return name[0] == 'i' ? &run->items : name[4] == 'r' ? &run->payers : &run->payments;
}

static const struct lg_rec *lean_get(struct lg_run *run, const char *name, lg_str key)
{
	return table_get(lean_table(run, name), key);
}

static void lean_put(struct lg_run *run, const char *name, lg_str key, const struct lg_rec *rec,
		     const struct lg_index *index, size_t count)
{
	struct table *t = lean_table(run, name);

	if (t != &run->payments)
		count = 0; /* the index values of an item do not change here */
	for (size_t i = 0; i < count; i++)
		__builtin_prefetch(&t->slots[str_hash(index[i].value) >> 32 & t->mask]);
	table_put(t, key, rec);
	for (size_t i = 0; i < count; i++)
		table_put(t, index[i].value, rec);
}

#define ITEM_SIZE 640 /* about what the record of an item is: asked for at once, it comes at once */

static const struct slot *item_by_ref(const struct lg_run *run, lg_str reference)
{
	const struct slot *item = table_get(&run->by_ref, reference);

	for (size_t i = 0; item && i < ITEM_SIZE; i += 64)
		__builtin_prefetch((const char *)item->value + i);
	return item;
}

static size_t lean_find(struct lg_run *run, const char *name, lg_str index, lg_str value, struct lg_row *out,
			size_t limit)
{
	const struct slot *item = name[0] == 'i' && index.ptr[0] == 'r' ? item_by_ref(run, value) : NULL;

	if (item == NULL || limit == 0)
		return 0;
	*out = (struct lg_row){ slot_key(item), item->value };
	return 1;
}

static const struct lg_rec *lean_made(struct lg_run *run, lg_str key)
{
	return table_get(&run->made, key);
}

static lg_status lean_emit(struct lg_run *run, struct lg_rec *rec, lg_str key, lg_str cause)
{
	(void)cause;
	(void)rec; /* on its way to the next step */
	table_put(&run->made, key, run);
	run->emitted++;
	return LG_OK;
}

static struct lg_rec *lean_rec_new(void *handle, uint16_t kind)
{
	struct lg_run *run = handle;

	return rec_new(kind == LG_ALLOCATION ? &run->batch : &run->memory, kind);
}

static uint32_t lean_reference(void *handle, lg_str text, lg_str *bare)
{
	return refs_check(text, &((struct lg_run *)handle)->batch, bare);
}

static lg_status lean_pass(struct lg_run *run)
{
	(void)run;
	return LG_OK;
}

static bool lean_again(struct lg_run *run)
{
	(void)run;
	return false;
}

static const struct lg_rec *lean_decision(struct lg_run *run)
{
	(void)run;
	return NULL;
}

static void lean_wait(struct lg_run *run, const lg_str *topics, size_t count, const char *id, const char *reason)
{
	(void)run;
	(void)topics;
	(void)count;
	(void)reason;
	fprintf(stderr, "a payment waits: %s\n", id);
	exit(1);
}

static int lean_digits(lg_str currency)
{
	return currency_digits(currency);
}

static size_t lean_dec_text(lg_dec d, int min, char *out)
{
	return dec_text(d, min, out);
}

static const struct lg_host lean_host = {
	.size = sizeof lean_host,
	.rec = &rec_abi,
	.rec_new = lean_rec_new,
	.emit = lean_emit,
	.pass = lean_pass,
	.made = lean_made,
	.get = lean_get,
	.put = lean_put,
	.find = lean_find,
	.wait = lean_wait,
	.again = lean_again,
	.decision = lean_decision,
	.reference = lean_reference,
	.currency_digits = lean_digits,
	.is_credit_note = is_credit_note,
	.dec_text = lean_dec_text,
};

/* ---- replay ---- */

struct replay {
	struct steps *s;
	size_t sales, cash;
	struct map decisions; /* id of a payment -> work item */
	FILE *out;
	struct buf line;
};

static char *read_line(FILE *f, char **line, size_t *cap)
{
	ssize_t n = getline(line, cap, f);

	if (n <= 0)
		return NULL;
	if ((*line)[n - 1] == '\n')
		(*line)[n - 1] = 0;
	return *line;
}

static FILE *open_in(const char *folder, const char *name)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "r");
	if (f == NULL) {
		perror(path);
		exit(2);
	}
	return f;
}

static void load_decisions(struct replay *r, const char *folder)
{
	FILE *f = open_in(folder, "decisions.jsonl");
	char *line = NULL;
	size_t cap = 0;

	while (read_line(f, &line, &cap)) {
		struct lg_rec *item = steps_json(r->s, line);

		map_put(&r->decisions, rec_str(rec_obj(item, LG_WORK_ITEM_ABOUT), LG_LINK_ID), item);
	}
	free(line);
	fclose(f);
}

static void write_made(struct replay *r)
{
	for (size_t i = 0; i < r->s->made_count; i++) {
		buf_reset(&r->line);
		rec_to_json(r->s->made[i].rec, &r->line);
		buf_char(&r->line, '\n');
		fwrite(r->line.ptr, 1, r->line.len, r->out);
	}
	for (size_t i = 0; i < r->s->parked_count; i++)
		fprintf(stderr, "parked: %.*s\n", STRA(r->s->parked[i].text));
	steps_forget(r->s);
}

static bool waits(const struct steps *s, lg_str id)
{
	for (size_t i = s->waiting_count; i-- > 0;)
		if (!s->waiting[i].gone && str_eq(rec_str(s->waiting[i].rec, LG_COMMON_ID), id))
			return true;
	return false;
}

static void replay_event(struct replay *r, const char *line)
{
	struct lg_rec *rec = steps_json(r->s, line), *decision;
	lg_str id = rec_str(rec, LG_COMMON_ID);

	if (rec_object(rec) == LG_INVOICE) {
		steps_run(r->s, r->sales, rec);
		write_made(r);
		return;
	}
	steps_run(r->s, r->cash, rec);
	write_made(r);
	decision = map_get(&r->decisions, id);
	if (decision != NULL && waits(r->s, id)) {
		steps_decide(r->s, r->cash, 0, rec, decision);
		write_made(r);
	}
}

static int replay(const char *folder, const char *file)
{
	struct replay r = { .s = steps_new(), .out = fopen(file, "w") };
	FILE *f = open_in(folder, "events.jsonl");
	char *line = NULL;
	size_t cap = 0;

	if (r.out == NULL) {
		perror(file);
		return 2;
	}
	r.sales = steps_flow(r.s, "sales");
	r.cash = steps_flow(r.s, "cash");
	steps_add(r.s, r.sales, "register", &registering);
	steps_add(r.s, r.cash, "match", &options);
	load_decisions(&r, folder);
	while (read_line(f, &line, &cap))
		replay_event(&r, line);
	free(line);
	fclose(f);
	fclose(r.out);
	buf_fini(&r.line);
	map_fini(&r.decisions);
	steps_free(&r.s);
	return 0;
}

/* An open item and the payment of it; i makes both. */
static struct lg_rec *make_item(struct arena *a, size_t i)
{
	struct lg_rec *r = rec_new(a, LG_OPEN_ITEM);
	char text[64];
	int n = snprintf(text, sizeof text, "i%zu", i);

	rec_set_str(r, LG_OPEN_ITEM_INVOICE, (lg_str){ text, (size_t)n });
	rec_set_str(r, LG_COMMON_CLIENT, (lg_str){ "1042", 4 });
	n = snprintf(text, sizeof text, "%zu", 100000 + i);
	rec_set_str(r, LG_OPEN_ITEM_NUMBER, (lg_str){ text, (size_t)n });
	rec_set_str(r, LG_OPEN_ITEM_TYPE, LG_STR("380"));
	rec_set_date(r, LG_OPEN_ITEM_ISSUE_DATE, 20500);
	rec_set_date(r, LG_OPEN_ITEM_DUE_DATE, 20530);
	rec_set_str(r, LG_OPEN_ITEM_CURRENCY, LG_STR("SEK"));
	rec_set_dec(r, LG_OPEN_ITEM_AMOUNT, (lg_dec){ (int64_t)(10001 + i % 90000), 2 });
	rec_set_dec(r, LG_OPEN_ITEM_OPEN, (lg_dec){ (int64_t)(10001 + i % 90000), 2 });
	n = snprintf(text, sizeof text, "55%08zu", i % 50000);
	rec_set_str(r, LG_OPEN_ITEM_DEBTOR, (lg_str){ text, (size_t)n });
	rec_set_str(r, LG_OPEN_ITEM_DEBTOR_NAME, LG_STR("Nordbygg Lund AB"));
	rec_set_str(r, LG_OPEN_ITEM_SELLER, LG_STR("5560360793"));
	rec_set_str(r, LG_OPEN_ITEM_STATUS, LG_STR("open"));
	return r;
}

static lg_str reference_of(struct arena *a, size_t i)
{
	return refs_make(LG_REF_SE_OCR_LENGTH, arena_printf(a, "%zu", 100000 + i), a);
}

static void fill(struct lg_run *run)
{
	for (size_t i = 0; i < ITEMS; i++) {
		struct lg_rec *item = make_item(&run->memory, i);
		lg_str ref = reference_of(&run->memory, i);
		char key[KEY_MOST];
		int n = snprintf(key, sizeof key, "1042/5560360793/%zu", 100000 + i);

		rec_add_str(item, LG_OPEN_ITEM_REFERENCES, ref);
		table_put(&run->by_ref, ref, table_put(&run->items, (lg_str){ key, (size_t)n }, item));
	}
}

static struct lg_rec *make_payment(struct arena *a, size_t i)
{
	struct lg_rec *r = rec_new(a, LG_TRANSACTION), *party;

	rec_set_str(r, LG_COMMON_ID, arena_printf(a, "transaction:%032zx", i));
	rec_set_dec(r, LG_TRANSACTION_AMOUNT, (lg_dec){ (int64_t)(10001 + i % 90000), 2 });
	rec_set_str(r, LG_TRANSACTION_SIDE, LG_STR("credit"));
	rec_set_str(r, LG_TRANSACTION_CURRENCY, LG_STR("SEK"));
	rec_set_date(r, LG_TRANSACTION_BOOKING_DATE, 20540);
	rec_set_date(r, LG_TRANSACTION_VALUE_DATE, 20540);
	rec_set_str(r, LG_TRANSACTION_STATUS, LG_STR("booked"));
	rec_set_str(r, LG_TRANSACTION_BANK_REFERENCE, arena_printf(a, "B%010zu", i));
	party = rec_add_obj(r, LG_TRANSACTION_COUNTERPARTY);
	rec_set_str(party, LG_COUNTERPARTY_NAME, LG_STR("NORDBYGG LUND AB"));
	rec_set_str(party, LG_COUNTERPARTY_ACCOUNT, arena_printf(a, "SE45%020zu", i % 50000));
	rec_add_str(r, LG_TRANSACTION_REFERENCES, reference_of(a, i));
	return r;
}

/* The floor: one look into a hash table by the reference, and the record that is the answer, kept. */
static void floor_one(struct lg_run *run, const struct lg_rec *tx)
{
	static const char evidence[] =
		"{\"stage\":\"S1\",\"rule\":\"reference\",\"tokens\":[{\"text\":\"10000784\",\"invoice\":"
		"\"100000\"}],\"amount\":{\"payment\":\"100.01\",\"sum\":\"100.01\",\"delta\":\"0.00\"}}";
	const struct slot *slot = item_by_ref(run, rec_str_at(tx, LG_TRANSACTION_REFERENCES, 0));
	const struct lg_rec *item = slot ? slot->value : NULL;
	struct lg_rec *a = rec_new(&run->batch, LG_ALLOCATION), *link;
	lg_dec amount;

	if (item == NULL)
		exit(1);
	rec_set_str(a, LG_COMMON_CLIENT, rec_str(item, LG_COMMON_CLIENT));
	link = rec_add_obj(a, LG_ALLOCATION_FROM);
	rec_set_str(link, LG_LINK_KIND, LG_STR("transaction"));
	rec_set_str(link, LG_LINK_ID, rec_str(tx, LG_COMMON_ID));
	link = rec_add_obj(a, LG_ALLOCATION_TO);
	rec_set_str(link, LG_LINK_KIND, LG_STR("invoice"));
	rec_set_str(link, LG_LINK_ID, rec_str(item, LG_OPEN_ITEM_INVOICE));
	rec_set_str(a, LG_ALLOCATION_BANK_REFERENCE, rec_str(tx, LG_TRANSACTION_BANK_REFERENCE));
	rec_set_str(a, LG_ALLOCATION_INVOICE_NUMBER, rec_str(item, LG_OPEN_ITEM_NUMBER));
	rec_dec(tx, LG_TRANSACTION_AMOUNT, &amount);
	rec_set_dec(a, LG_ALLOCATION_AMOUNT, amount);
	rec_set_str(a, LG_ALLOCATION_CURRENCY, LG_STR("SEK"));
	rec_set_str(a, LG_ALLOCATION_STAGE, LG_STR("S1"));
	rec_set_str(a, LG_ALLOCATION_RULE, LG_STR("reference"));
	rec_set_str(a, LG_ALLOCATION_EVIDENCE, (lg_str){ evidence, sizeof evidence - 1 });
	rec_set_date(a, LG_ALLOCATION_DATE, 20540);
	rec_set_str(a, LG_ALLOCATION_DEBTOR, rec_str(item, LG_OPEN_ITEM_DEBTOR));
	table_put(&run->made, rec_str(a, LG_ALLOCATION_BANK_REFERENCE), run);
}

static const struct lg_step *load_step(void)
{
	char path[512];
	void *so;
	const struct lg_plugin *plugin;

	snprintf(path, sizeof path, "%s/plugins/match.so", getenv("BUILD") ? getenv("BUILD") : "build");
	so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	plugin = so ? dlsym(so, "lg_plugin") : NULL;
	if (plugin == NULL) {
		fprintf(stderr, "%s: %s\n", path, dlerror());
		exit(2);
	}
	return plugin->steps;
}

/* Microseconds for all payments; a step of NULL: the floor.  Making the payments is not counted. */
static int64_t measure(const struct lg_step *step)
{
	struct lg_run *run = calloc(1, sizeof *run);
	void *state = step ? calloc(1, step->state_size) : NULL;
	struct arena payments = { 0 };
	const struct lg_rec *tx[BATCH];
	int64_t spent = 0, start;

	run->items = table_new(22);
	run->by_ref = table_new(22);
	run->payments = table_new(22);
	run->payers = table_new(18);
	run->made = table_new(21);
	fill(run);
	if (step && step->open(state, &options, &lean_host, NULL) != LG_OK)
		exit(2);
	for (size_t i = 0; i < PAYMENTS; i += BATCH) {
		for (size_t k = 0; k < BATCH; k++)
			tx[k] = make_payment(&payments, (i + k) * 7919 % ITEMS);
		start = now_us();
		for (size_t k = 0; k < BATCH; k++) {
			if (step == NULL)
				floor_one(run, tx[k]);
			else if (step->run(state, run, tx[k]) != LG_OK)
				exit(1);
		}
		if (i >= PAYMENTS / 2) /* the first half makes payers known, and memory warm */
			spent += now_us() - start;
		arena_reset(&payments);
		arena_reset(&run->batch);
	}
	if (step && run->emitted != PAYMENTS) {
		fprintf(stderr, "%zu allocations for %d payments\n", run->emitted, PAYMENTS);
		exit(1);
	}
	if (step)
		step->close(state);
	free(state);
	arena_fini(&run->memory);
	arena_fini(&run->batch);
	arena_fini(&payments);
	table_free(&run->items);
	table_free(&run->by_ref);
	table_free(&run->payments);
	table_free(&run->payers);
	table_free(&run->made);
	free(run);
	return spent;
}

static int speed(void)
{
	/* The heap is touched beforehand: page faults are neither the step's nor the floor's. */
	void *heap = mallopt(M_MMAP_MAX, 0) && mallopt(M_TRIM_THRESHOLD, INT_MAX) ? malloc(HEAP) : NULL;
	int64_t bare, step;

	if (heap != NULL) {
		size_t skip = -(uintptr_t)heap & (LARGE_PAGE - 1);

		madvise((char *)heap + skip, HEAP - skip, MADV_HUGEPAGE);
		explicit_bzero(heap, HEAP); /* no memset: compilers leave that out before free() */
	}
	free(heap);
	bare = measure(NULL);
	step = measure(load_step());

	printf("match: payments with a valid reference, %d open items\n", ITEMS);
	printf("  step   %9lld payments/s\n", (long long)PAYMENTS / 2 * 1000000 / step);
	printf("  floor  %9lld payments/s (one hash lookup, the same record)\n",
	       (long long)PAYMENTS / 2 * 1000000 / bare);
	printf("  ratio  %9lld %%\n", (long long)bare * 100 / step);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "replay") == 0)
		return replay(argv[2], argv[3]);
	if (argc > 1) {
		fprintf(stderr, "usage: match [replay DIR FILE]\n");
		return 2;
	}
	return speed();
}
