/* core.h - inside of the fake hub, shared by its files. */
#pragma once
#include "core/plugin/host_text.h"
#include "tests/steps/host.h"
#include "tests/steps/table.h"

struct step {
	const struct lg_step *desc;
	void *state;
	const void *config;
};

struct flow {
	const char *name;
	struct step *steps;
	size_t count, cap;
};

struct topic {
	size_t *waiting; /* indices into steps->waiting */
	size_t count, cap;
};

struct steps_core {
	struct lg_host host;
	struct registry registry;
	struct flow *flows;
	size_t flow_count, flow_cap;
	struct tables tables;
	struct arena batch; /* of the batch that runs */
	struct arena kept;  /* of made, out, parked, findings */
	struct map topics, files;
	lg_str *wakes; /* topics that this batch woke */
	size_t wake_count, wake_cap;
	struct lg_client const **clients;
	size_t client_count, client_cap;
	struct lg_ledger *ledgers;
	size_t ledger_count, ledger_cap;
	bool again;
	struct buf scratch;
};

/* One call of a step.  Starts with the handle, as host_text.h wants it. */
struct lg_run {
	struct host_handle handle;
	struct steps *s;
	size_t flow, step;
	const struct lg_rec *rec; /* NULL in a flush */
	const struct lg_rec *decision;
	bool second;
	const struct lg_rec **out;
	size_t out_count, out_cap;
	lg_str why_id, why;
	bool waits;
};

void host_fill(struct lg_host *);
void host_fill_config(struct lg_host *); /* config.c: load, eval_*, expand */
/* Loads the plugin of that name if need be; a failure ends the test. */
const struct lg_step *steps_find_step(struct steps *, const char *name);
/* The table's name of what is made, and of sequences: no step can say them. */
#define TABLE_MADE LG_STR("\1made")
#define TABLE_SEQUENCES LG_STR("\1sequences")
