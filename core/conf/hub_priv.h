/* hub_priv.h - between the files that load a hub's configuration. */
#pragma once
#include "core/conf/hub.h"
#include "core/conf/interpolate.h"

enum hub_section { S_HUB, S_INCLUDE, S_CLIENTS, S_CONNECTIONS, S_LEDGERS, S_FLOWS, SECTIONS };

/* Entries of one name in all files, in order. */
struct section {
	struct yaml_pair *items;
	size_t count, cap;
	struct map names; /* name -> key node */
};

struct loader {
	const struct hub_env *env;
	struct hub *hub;
	struct arena *arena;
	struct diag *diag;
	struct interpolate_env interpolate;
	struct options_places places;
	struct options_places file_places; /* of what load() gave */
	struct map option_files;           /* for options_env.files */
	struct map seen;                   /* files that were included, by real path */
	struct section sections[SECTIONS];
	struct source **files;
	size_t file_count, file_cap;
	struct yaml_pair *stubs; /* clients of files that are not valid: a key, and no value */
	size_t stub_count, stub_cap;
	uint32_t *marks; /* of connections: the last flow that took them in */
	uint32_t mark;
	uint64_t all_kinds;
};

/* hub_files.c: the file and all that it includes, into sections. */
void hub_read(struct loader *l, const char *path);

/* hub_bind.c */
struct options_env hub_options(struct loader *l, uint64_t kinds);
/* Binds a plugin's options and asks its check(); NULL when it has none or something was wrong (then *ok is false). */
struct hub_bound {
	const struct lg_options *table, *others;
	void (*check)(const void *, const struct lg_report *);
	const struct yaml_node *node;
	struct place place;
	uint64_t kinds;
};
const void *hub_bind(struct loader *l, const struct hub_bound *b, bool *ok);
void hub_bind_clients(struct loader *l);
void hub_bind_connections(struct loader *l);
/* Reports that there is no such thing, with suggestions from a map's keys. */
bool hub_unknown(struct loader *l, struct place place, const char *what, const char *whats, lg_str name,
		 const struct map *known);
/* The single pair of a one-key map, or the text itself as a key without a value; false: reported. */
bool hub_one_key(struct loader *l, const struct yaml_node *n, const char *what, struct yaml_pair *out);

/* hub_target.c */
bool hub_sources(struct loader *l, const struct yaml_node *node, struct hub_connections *out);
bool hub_targets(struct loader *l, const struct yaml_node *node, struct hub_targets *out);
void hub_label_connections(struct loader *l);

/* hub_flow.c */
void hub_bind_flows(struct loader *l);
/* "invoice, transaction" */
lg_str hub_kinds_text(struct arena *a, uint64_t kinds);

/* hub_report.c: what check() of a plugin gets; binds `kinds` into what it loads. */
struct hub_report {
	struct options_report base;
	struct loader *l;
	uint64_t kinds;
};
void hub_report_init(struct hub_report *r, struct loader *l, struct place otherwise, uint64_t kinds);

/* hub_ledger.c */
void hub_bind_ledgers(struct loader *l);
/* The ledgers that a step which makes vouchers writes to, against the flow's destination. */
void hub_check_books(struct loader *l, const struct hub_flow *flow, const struct yaml_node *options, struct place to);
