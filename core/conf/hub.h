/* hub.h - the hub's configuration as plain structs: one generation.
   hub_load reads the file and all that it includes, binds, cross-checks and resolves; after it no YAML is needed.  All
   of it belongs to the hub's arena and is never changed, so any thread may read it.

   What stops what.  An error makes the configuration unusable (diag_usable() is false), unless it stands in a *client
   file*: an included file without hub, include, ledgers and flows that lies in a folder named `clients` or defines
   clients.  Such a file breaks only its own clients and connections (`broken`), which the engine leaves out (or keeps
   at their last good version).  When it is not even YAML, its clients are known by the look of its lines, else by its
   name.

   Kinds.  A flow reads what its sources give (the kinds their formats read; all kinds without a format), a statement
   only when `kinds` says so.  Behind a step there may be what was there before it (a step lets pass what it likes) and
   what it gives.  A destination is refused when it can write nothing of what may arrive, or when it cannot write a kind
   that is sure to arrive.  Sure are: the kind of a source whose format reads just one, and kinds named in `kinds`,
   until a step takes them; the one kind that a step without `when` gives.  A `when` on the flow makes nothing sure. */
#pragma once
#include "core/base/map.h"
#include "core/conf/options.h"

struct hub_env {
	void *ctx;
	/* NULL: no such plugin.  What is returned must outlive the hub. */
	const struct lg_connector *(*connector)(void *ctx, lg_str name);
	const struct lg_format *(*format)(void *ctx, lg_str name);
	const struct lg_step *(*step)(void *ctx, lg_str name);
	/* Names for suggestions; the arena owns the list. */
	size_t (*connectors)(void *ctx, struct arena *, const lg_str **out);
	size_t (*formats)(void *ctx, struct arena *, const lg_str **out);
	size_t (*steps)(void *ctx, struct arena *, const lg_str **out);
	const struct lg_host *host;            /* for check(): its functions for any thread; may be NULL */
	const struct options_compile *compile; /* NULL: options_compile_cel */
};

struct hub_client {
	struct lg_client client; /* what plugins see; client.name is its key */
	struct place place;
	bool broken;
};

enum hub_mode { HUB_LIVE, HUB_DRY_RUN, HUB_OFF };

/* expect: { by: "07:00", on: bank_days } */
struct hub_expect {
	bool set;
	int64_t by; /* minutes after midnight */
	int64_t on; /* enum hub_days */
};
enum hub_days { HUB_EVERY_DAY, HUB_WEEKDAYS, HUB_BANK_DAYS };

struct hub_connection {
	lg_str name;
	struct place place;
	const struct lg_connector *connector;
	const void *config;              /* its bound options */
	const struct lg_format *format;  /* NULL: none */
	const void *format_config;       /* NULL when the format has no options */
	const struct hub_client *client; /* NULL: the hub's own */
	struct lg_list labels;
	enum hub_mode mode;
	struct hub_expect expect;
	uint64_t gives, takes; /* kinds that it can read and write; 0: is no source, no destination */
	bool exact;            /* every kind in `gives` is sure to come (a format of one kind) */
	bool broken;
};

struct hub_connections {
	const struct hub_connection *const *items;
	size_t count;
};

/* One place that records go to: a connection, or the connection so labelled of the record's own client. */
struct hub_target {
	lg_str name;                             /* of the connection or the label */
	const struct hub_connection *connection; /* NULL: by label */
	const struct hub_connections *labelled;
	struct place place;
};
struct hub_targets {
	const struct hub_target *items;
	size_t count;
	bool first_of; /* the first that works, instead of each */
};

struct hub_step {
	lg_str name;
	struct place place;
	const struct lg_step *step;
	const void *config;         /* its bound options; NULL when it has none */
	const struct lg_expr *when; /* false: the record goes on untouched; NULL: always */
	lg_str when_text;
	struct place when_place;
	uint64_t arrive; /* kinds that may come to it */
	uint64_t takes;  /* of these, the ones it handles: `when` is asked for them only, others pass by */
};

struct hub_flow {
	lg_str name;
	struct place place;
	struct hub_connections from; /* resolved, each once, in the order of the config */
	uint64_t kinds;              /* that it reads from the journal */
	const struct lg_expr *when;  /* false: dropped by rule; NULL: always */
	lg_str when_text;
	struct place when_place;
	const struct hub_step *steps;
	size_t step_count;
	uint64_t leave; /* kinds that may come out of the last step */
	struct hub_targets to;
	struct lg_map policies;
};

struct hub_ledger {
	struct lg_ledger ledger; /* what plugins see */
	struct place place;
	struct place plan_place;
	struct hub_targets to;
	lg_str client; /* the client whose books these are; empty: the factor's own, or ledger.each_client */
	bool implied;  /* `main`, from the short form of a flow */
};

struct hub {
	struct arena arena;
	lg_str path, dir;      /* of the main file, absolute */
	lg_str store;          /* "sqlite:/absolute/path", "postgresql://..." */
	lg_str listen;         /* empty: does not */
	struct lg_list alerts; /* connections that alarms go to */
	struct hub_client *clients;
	struct hub_connection *connections;
	struct hub_flow *flows;
	struct hub_ledger *ledgers;
	struct lg_ledger *ledger_table; /* the `ledger` of each, side by side, for plugins */
	size_t client_count, connection_count, flow_count, ledger_count;
	struct map client_map, connection_map, flow_map, ledger_map; /* name -> struct above */
	struct map label_map;                                        /* label -> struct hub_connections */
	struct map target_map;       /* "label\0client" -> struct hub_connection, of labels that are targets */
	struct map loaded;           /* what check() had loaded: see hub_loaded() */
	struct source *const *files; /* all that were read: what a reload watches */
	size_t file_count;
};

#define HUB_DEFAULT "loligo.yaml"

/* Never NULL: whatever could be made of it; ask diag_usable() whether it may run.  path NULL: HUB_DEFAULT.  What diag
   points at lives in the hub: print before hub_free. */
struct hub *hub_load(const char *path, const struct hub_env *env, struct diag *diag);
void hub_free(struct hub **hub);

const struct hub_client *hub_client(const struct hub *hub, lg_str name);
const struct hub_connection *hub_connection(const struct hub *hub, lg_str name);
const struct hub_flow *hub_flow(const struct hub *hub, lg_str name);
const struct hub_ledger *hub_ledger(const struct hub *hub, lg_str name);
/* The connection with that label (of a target) of that client; the hub's own when the client has none; NULL: none. */
const struct hub_connection *hub_labelled(const struct hub *hub, lg_str label, lg_str client);
/* Where a target leads for a record of that client; NULL: nowhere. */
const struct hub_connection *hub_target_for(const struct hub *hub, const struct hub_target *target, lg_str client);
/* What lg_report.load gave for that path and table when the configuration was checked; NULL: was not asked for, or
 * wrong. */
const void *hub_loaded(const struct hub *hub, const struct lg_options *table, lg_str path);
/* The plan of a ledger for a client: {contract}, {name}, {legal_id}, {vat_id}, {currency} and the client's other keys
   are filled in.  False with *missing set when the client has no such value (or client is NULL and one is asked for).
 */
bool hub_plan(struct arena *a, lg_str plan, const struct lg_client *client, lg_str *out, lg_str *missing);
