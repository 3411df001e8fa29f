/* table.h - the state tables of the fake hub: rows of bytes by key, with index values, and an undo log. */
#pragma once
#include "core/base/arena.h"
#include "core/base/map.h"
#include "core/plugin/loligo.h"

struct posting;

struct row {
	lg_str key;
	const char *body; /* NULL: there is no such row (any more) */
	size_t len;
	struct posting **index;
	size_t index_count;
};

struct table {
	struct map rows, postings;
	struct arena arena; /* keys */
	size_t live;
};

/* One change; its row as it was. */
struct undo {
	struct table *table;
	struct row *row;
	struct row before;
};

struct tables {
	struct map by_name;
	struct arena arena;
	struct undo *log;
	size_t count, cap;
};

void tables_fini(struct tables *);
struct table *table_of(struct tables *, lg_str name);    /* made on first use */
const struct row *table_get(struct table *, lg_str key); /* NULL when absent */
/* Body NULL: deleted.  Bytes and index values are copied; the old body lives until tables_commit. */
void table_put(struct tables *, struct table *, lg_str key, lg_str body, const struct lg_index *, size_t count);
/* Rows in order of key. */
size_t table_find(struct table *, lg_str index, lg_str value, const struct row **out, size_t limit);
/* Back to how things were when the log had `mark` entries. */
void tables_undo(struct tables *, size_t mark);
void tables_commit(struct tables *);
