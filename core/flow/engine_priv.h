/* engine_priv.h - what the files of core/flow share. */
#pragma once
#include "core/flow/engine.h"
#include "core/io/loop.h"
#include "core/io/worker.h"
#include "core/plugin/host_text.h"

#include <stdatomic.h>

#define BATCH_ROWS 1000     /* rows that go through the steps of a flow at once */
#define COMMIT_BATCHES 10   /* of them in one transaction */
#define BATCH_EFFECTS 10000 /* effects of one delivery, at most */
#define DOCUMENTS_OPEN 64   /* documents of a connection that may be under way */

/* The hub's side of a configured connector or step: what plugins hold as their handle. */
struct lg_instance {
	struct engine *engine;
	const char *label;             /* "connection \"bank\"", for messages */
	struct connection *connection; /* NULL: a step */
};

struct connection {
	struct lg_instance instance;
	const struct hub_connection *conf;
	void *state; /* the plugin's */
	struct owner ops;
	struct list intakes; /* intake::link, in order of arrival; the first is being decoded */
	size_t intake_count;
	bool open, idle, starved; /* starved: was told LG_FULL, is waiting for pull() */
	bool ops_closed;          /* see connection_end */
	size_t encodes;           /* histories that the writer looks for: no op, and their callback still comes */
	bool queued;              /* a source that has not had its first pull() */
	bool failed;              /* as a source, in this run */
	bool denied;              /* credentials refused: nothing more is sent */
	char reason[400];
	struct map cursors; /* name -> lg_str */
	struct arena cursors_arena;
	struct arena names;        /* of the delivery under way: what host->name gave */
	struct delivery *delivery; /* under way, at most one */
	lg_time deliver_at;        /* earliest next look for effects */
	struct lg_op *timer;       /* wakes deliveries that wait */
	bool effects_dirty;        /* something may have been planned since the last claim */
	bool **readers;            /* the dirty flags of the flows that read it */
	size_t reader_count;
};

struct step {
	struct lg_instance instance;
	const struct hub_step *conf;
	void *state;
};

struct flow {
	struct engine *engine;
	const struct hub_flow *conf;
	struct step *steps;
	struct task task;
	bool running;
	bool *dirty, *todo; /* a flag a source: something came; to be looked at by the batch that runs */
	bool woken;         /* records that waited may have been woken; the loop's alone */
	bool again;         /* of the turn that ran: there may be more of them */
	size_t limit;       /* rows of the next batch: halved after a failure, doubled after a success */
	size_t span;        /* batches of the next transaction, likewise */
	/* Result of the last batch, from the writer. */
	bool progressed, woke;
	int64_t made, handled, dropped;
	struct err err;
	struct arena arena; /* of the batch */
};

struct engine {
	struct engine_options options;
	const struct hub *hub;
	struct arena arena;
	struct loop *loop;
	struct owner ops;
	struct worker *writer;
	struct store *store;
	struct store_env store_env;
	struct lg_host host;
	struct connection *connections; /* in the order of hub->connections */
	struct flow *flows;
	struct list group; /* task::link: in the open group transaction */
	bool group_open;
	size_t group_bytes; /* of documents, in it */
	struct err group_err, group_failure;
	struct store_effect *claimed; /* BATCH_EFFECTS of them: the writer's, while it claims */
	struct err fatal;             /* the store failed: the hub ends */
	atomic_bool stopping;
	uint64_t deliveries; /* so far: numbers them */
	size_t closing;      /* connections whose close is not over */
	size_t tasks;        /* on the writer, that nothing else waits for */
	struct engine_result result;
	struct map clients_by_id; /* forms of legal and VAT ids -> const struct lg_client */
	struct lg_op *progress;
	bool wake_pending, finishing;
	bool warming;    /* a hub that stays, over what had piled up before its start */
	lg_time warm_by; /* at the latest */
	bool released;   /* parked documents may have been released */
	bool untidy;     /* writer: something was parked or aborted, its leavings are to be removed */
};

struct flow *engine_flow(struct engine *, lg_str name);

/* ---- engine.c: scheduling, loop thread ---- */
/* Something may have changed: look what can go on. */
void engine_wake(struct engine *);
/* The store failed beyond repair: end the run, keeping the reason. */
void engine_fatal(struct engine *, const struct err *);

#define CLIENT_ID_FORMS 3
/* The forms under which an id is looked for, in the arena; returns how many. */
size_t client_id_forms(struct arena *, lg_str id, lg_str out[CLIENT_ID_FORMS]);
/* Stands in the index for a number that several clients have. */
extern const struct lg_client ambiguous_client;

/* ---- group transactions, writer thread ---- */
/* Opens the group's transaction when there is none; false: it failed, group_err says why. */
bool group_begin(struct engine *);
/* The task belongs to the group: its done() runs after the commit, with task_failed() telling how it went. */
void group_join(struct engine *, struct task *);
/* Ends the group: commits, or rolls back when something failed, and hands its tasks back. */
void group_end(void *engine);

/* ---- open.c ---- */
/* Opens the store and makes everything that the configuration names; connections are not opened yet. */
bool engine_open(struct engine *, struct err *);

/* ---- host.c ---- */
void host_init(struct engine *);
/* Before the writer runs: reads what the store knows of it. */
bool connection_prepare(struct connection *, struct err *);
/* Neither read nor delivered to; what is planned for it stays so. */
bool connection_left_out(const struct hub_connection *);
void connection_open(struct connection *);
void connection_close(struct connection *);
/* Something that could have called the plugin back is over; after its close the last one frees its state. */
void connection_end(struct connection *);
bool step_open(struct step *, struct err *);

/* ---- intake.c ---- */
lg_status intake_fd(struct lg_instance *, const struct lg_document *, int fd, lg_taken_fn *, void *ctx);
lg_status intake_bytes(struct lg_instance *, const struct lg_document *, lg_str bytes, lg_taken_fn *, void *ctx);
/* A parked document again, from its archived bytes; the descriptor is taken. */
void intake_again(struct connection *, const struct lg_document *, int fd, int64_t replaces, bool forced);
void intake_cancel(struct connection *);

/* ---- reread.c ---- */
/* Reads again what was released since the last look. */
void reread_look(struct engine *);

/* ---- lend.c ---- */
void lend_fill_host(struct lg_host *);
bool flow_ready(const struct flow *);
void flow_start(struct flow *);

/* ---- route.c ---- */
/* Where the record goes: as its flow says; a voucher of a flow without a destination, as its ledger says.  A count of
   0: nowhere. */
const struct hub_targets *route_targets(const struct hub *, const struct hub_flow *, const struct lg_rec *);
/* `first_of`: the first that works for the client, or the first behind `after`, which refused; one that is off or
   broken is passed over.  When all are, the record waits at the first; behind one that refused it is NULL then. */
const struct hub_connection *route_first(const struct hub *, const struct hub_targets *, lg_str client,
					 const struct hub_connection *after);

/* ---- pipeline.c ---- */
/* The effect that brings the record to the connection: its key, operation and lane; false when it cannot take it. */
bool effect_make(const struct hub_connection *to, const struct lg_rec *, struct arena *, struct store_effect *out);

/* ---- deliver.c ---- */
void deliver_fill_host(struct lg_host *);
/* Looks for effects of the connection, when none are under way. */
void deliver_look(struct connection *);
/* Is a delivery under way that may still end in time? */
bool deliver_waited_for(const struct connection *);
/* The connector has closed: ends what it did not settle. */
void deliver_abandon(struct connection *);
