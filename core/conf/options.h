/* options.h - binds YAML to the structs that option tables (struct lg_options of loligo.h) describe.
   One row is the parser, the range check, the suggestion and the documentation of a key.  All errors of a node are
   reported, each at its place; binding goes on after them, and the struct then holds zeros where a value was wrong. */
#pragma once
#include "core/conf/yaml.h"

/* Turns texts into expressions and templates; the arena owns the result.  NULL with err, line and column in the text.
 */
struct options_compile {
	const struct lg_expr *(*expr)(struct arena *, lg_str text, uint64_t kinds, enum lg_expr_result, struct err *);
	/* For the field that `path` names, in each of the kinds to. */
	const struct lg_expr *(*set)(struct arena *, lg_str path, lg_str text, uint64_t kinds, struct err *);
	const struct lg_template *(*template)(struct arena *, lg_str text, uint64_t kinds, struct err *);
};

/* By cel.h and template.h. */
extern const struct options_compile options_compile_cel;

/* Where each bound value came from: address -> place.  Serves check() of a plugin; freed after it. */
struct options_bound {
	const char *at;
	size_t size;
	struct place place;
};
struct options_places {
	struct options_bound *items;
	size_t count, cap;
	bool sorted;
};

struct options_env {
	struct arena *arena; /* bound values live here */
	struct diag *diag;
	const struct options_compile *compile;
	uint64_t kinds; /* LG_KIND_BIT of the records that expressions and templates see */
	/* Files that `file` options name, by path, read once; may be NULL. */
	struct map *files;
	const struct interpolate_env *interpolate; /* for those files; NULL: nothing is filled in */
	struct options_places *places;             /* NULL: not recorded */
};

/* A row type of the hub's own tables only: const struct yaml_node *, as it stands. */
#define OPTION_NODE ((enum lg_option_type)100)

/* Binds the map to out (table->struct_size bytes, zeroed here).  A NULL or empty node is a map without keys, its errors
   (a required key is missing) are reported at `at`.  False when something was wrong. */
bool options_bind(const struct options_env *env, const struct lg_options *table, const struct yaml_node *node,
		  struct place at, void *out);
/* The same for a map whose keys two tables share: keys of `others` are left alone.  With rest set, unknown keys are no
   error but handed out there (arena), unless they are nearly one of the table's and `any` is not set. */
struct options_rest {
	struct yaml_pair *pairs;
	size_t count;
	bool any;
};
bool options_bind_part(const struct options_env *env, const struct lg_options *table, const struct lg_options *others,
		       const struct yaml_node *node, struct place at, void *out, struct options_rest *rest);

/* Reads and binds the YAML file at `path`, shown as `name`; NULL: reported, a file that cannot be read at `from`. */
const void *options_load(const struct options_env *env, const struct lg_options *table, lg_str path, lg_str name,
			 struct place from);
/* Binds a single value as the row says; false: reported. */
bool options_value(const struct options_env *env, const struct lg_option *row, const struct yaml_node *n, void *at);

void options_places_fini(struct options_places *p);
void options_places_reset(struct options_places *p);
/* Place of the value at or around that address; *found false: none of these. */
struct place options_place(struct options_places *p, const void *member, bool *found);

/* What a plugin's check() gets. */
struct options_report {
	struct lg_report report;
	struct options_places *places;
	struct options_places *more; /* of what load() gave; NULL: none */
	struct diag *diag;
	struct place otherwise; /* for addresses that nothing was bound to */
	bool failed;
};
void options_report_init(struct options_report *r, struct options_places *places, struct diag *diag,
			 struct place otherwise);

/* One row a key, sub tables below their key with "key.sub" ("key[].sub", "key.*.sub"), for `plugins NAME` and the docs.
   Texts in the arena. */
struct options_row {
	lg_str name, type, dflt, range, unit, doc;
	bool required;
};
size_t options_describe(struct arena *a, const struct lg_options *table, struct options_row **out);
/* Row i, whatever the size of rows in the plugin's build. */
struct lg_option options_at(const struct lg_options *table, size_t i);

/* ---- single values, also for the hub's own use: false leaves *out alone ---- */
bool options_duration(lg_str text, int64_t *ms); /* 500ms, 5s, 2m, 1h, 3d, 1h30m */
bool options_size(lg_str text, int64_t *bytes);  /* 4096, 64KiB, 10MiB, 1GiB */
/* dir/text, or text when it is absolute; "." and ".." are taken out. */
lg_str options_path(struct arena *a, lg_str dir, lg_str text);
