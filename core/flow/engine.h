/* engine.h - the machine that moves records, from configuration to effects.

   A document that a connector hands in is decoded in a job and written by the store's one writer thread (intake.c).
   When it is committed, the flows that read its connection are put to work: a batch of rows goes through the steps
   inside one transaction on the writer thread, which also holds the position, the steps' state and the effects that
   were planned (run.c).  Effects are claimed, delivered and settled connection by connection on the loop (deliver.c).

   Threads.  The loop thread owns connections, flows and all scheduling.  The writer thread runs tasks in order; a flow
   has at most one task there.  Decode and encode jobs run on worker threads and see only their own arguments.

   In `once` mode the phases are apart, so that the same input gives the same bytes: first every source is read, then
   the flows run in the order of the configuration until none has anything left to do, deliveries last. */
#pragma once
#include "core/conf/hub.h"
#include "core/io/seams.h"
#include "core/plugin/loader.h"
#include "core/store/store.h"

struct engine;

struct engine_options {
	const struct hub *hub;
	const struct seams *seams;
	const char *store; /* another store than the config's; NULL: none */
	bool once;
	bool dry_run;  /* nothing leaves the hub: effects stay planned, sources are left as they are */
	bool progress; /* a line on stderr that grows with the work */
};

/* What came of a run, for the summary and the exit code. */
struct engine_result {
	int64_t documents, duplicates, parked_documents, records, made, delivered;
	int64_t failed_sources;
};

/* Opens the store and every connection and step; NULL with err. */
struct engine *engine_new(const struct engine_options *, struct err *);
/* Runs until everything is done (once), or until engine_stop; drains, closes everything.  False with err when the store
   failed. */
bool engine_run(struct engine *, struct engine_result *, struct err *);
/* Any thread, and safe in a signal handler's wake-up: drain and end. */
void engine_stop(struct engine *);
void engine_free(struct engine **);

/* A person's decision, made by the writer between two batches; `done` runs on the loop. */
struct decision;
typedef void decided_fn(void *ctx, bool ok, const char *text);
void engine_decide(struct engine *, const struct decision *, decided_fn *, void *ctx);
/* For what listens beside the engine. */
struct loop *engine_loop(struct engine *);
