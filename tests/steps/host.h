/* host.h - a hub in memory for the tests and benchmarks of steps: everything of struct lg_host that a step may call,
   over hash tables.  Flows are chains of steps that share the state tables; what one step emits or passes goes on to
   the next of its flow.  Rows are kept as binary bodies, as a store keeps them, and decoded into the batch's memory on
   each read.

	struct steps *s = steps_new();
	size_t cash = steps_flow(s, "cash");
	steps_add(s, cash, "match", &(struct match_config){ ... });
	steps_run(s, cash, steps_json(s, "{\"kind\":\"transaction\",...}"));
	for (size_t i = 0; i < s->made_count; i++) ... s->made[i].rec ...
	steps_free(&s);

   A record that waits is run again by itself, in a batch of its own, after the batch that woke it. */
#pragma once
#include "core/base/arena.h"
#include "core/base/map.h"
#include "core/base/str.h"
#include "core/model/record.h"
#include "core/plugin/loader.h"

/* Something that a step emitted. */
struct steps_made {
	size_t flow, step;
	lg_str key, cause;
	const struct lg_rec *rec; /* with id, kind and revision */
	bool fresh;               /* new, or with another content than before */
};

/* What a person must see: a parked record (LG_REJECT) or a finding. */
struct steps_note {
	size_t flow, step;
	const struct lg_rec *rec;
	lg_str id, text;
};

struct steps_waiting {
	size_t flow, step;
	const struct lg_rec *rec;
	lg_str id, reason;
	const lg_str *topics;
	size_t topic_count;
	bool woken, gone;
};

struct steps {
	/* kept until steps_forget; with `keep` false nothing is added to made and out, and made() finds nothing */
	struct steps_made *made;
	size_t made_count, made_cap;
	const struct lg_rec **out; /* what left the last step of a flow, in order */
	size_t out_count, out_cap;
	struct steps_note *parked, *findings;
	size_t parked_count, parked_cap, finding_count, finding_cap;
	struct steps_waiting *waiting;
	size_t waiting_count, waiting_cap; /* entries that are `gone` count too: steps_waits() */
	bool keep;
	lg_date today;
	uint64_t kinds;     /* LG_KIND_BIT: what comes to the steps that steps_config is asked for; all at first */
	struct arena arena; /* for what a test makes; lives as long as the steps */
	struct steps_core *core;
};

struct steps *steps_new(void);
void steps_free(struct steps **);

size_t steps_flow(struct steps *, const char *name);
/* Loads build/plugins/NAME.so (BUILD in the environment), opens its step of that name with config (kept), behind the
   others of the flow.  A failure ends the test. */
void steps_add(struct steps *, size_t flow, const char *name, const void *config);
void steps_client(struct steps *, const struct lg_client *); /* kept */
void steps_ledger(struct steps *, const struct lg_ledger *); /* copied */
/* Options of a step from YAML, as a config would have them, checked; what is wrong ends the test.  Paths are relative
   to the working directory.  For steps_add. */
const void *steps_config(struct steps *, const char *step, const char *yaml);
/* What is wrong with that YAML, as `check` prints it; "" when nothing is. */
const char *steps_wrong(struct steps *, const char *step, const char *yaml);
/* What host->load gives for a path, instead of the file; kept. */
void steps_file(struct steps *, const char *path, const void *config);

/* A record from JSON text, in s->arena; ends the test when it is none.  Without "id" one is made from the content. */
struct lg_rec *steps_json(struct steps *, const char *json);

/* One batch: each record through the flow, the flush of each step, the end; then batches for what was woken.  False
   when a step answered LG_RETRY: nothing of the batch has happened. */
bool steps_batch(struct steps *, size_t flow, const struct lg_rec *const *recs, size_t count);
bool steps_run(struct steps *, size_t flow, const struct lg_rec *rec);
/* Gives the record to the flow's step again (LG_OK, as a wake-up does) with a person's decision; NULL: a mere release.
 */
bool steps_decide(struct steps *, size_t flow, size_t step, const struct lg_rec *rec, const struct lg_rec *decision);
/* Undoes nothing, forgets made, out, parked, findings as listed; tables, sequences and waiting records stay. */
void steps_forget(struct steps *);
/* Next batch: after all is run the batch is undone and run again, as after a conflict (calls reset of each step). */
void steps_again(struct steps *);

size_t steps_waits(const struct steps *);
/* A row as it is now, in s->arena; NULL. */
const struct lg_rec *steps_row(struct steps *, const char *table, const char *key);
size_t steps_rows(struct steps *, const char *table);
/* Rows with an index value. */
size_t steps_find(struct steps *, const char *table, const char *index, const char *value, struct lg_row *out,
		  size_t limit);
/* Puts a row without a step: fixtures of benchmarks. */
void steps_put(struct steps *, const char *table, lg_str key, const struct lg_rec *, const struct lg_index *,
	       size_t count);
/* Field as text, whatever its type; for asserts.  In s->arena. */
const char *steps_text(struct steps *, const struct lg_rec *, uint16_t field);
