/* cel_priv.h - what the files of the expression language share.

   text --cel_parse--> tree of struct node --cel_check--> the same tree, its names resolved and its types known
   --cel_eval--> value.  The tree lives in the arena of the expression and is constant once it is checked. */
#pragma once
#include "core/conf/cel.h"
#include "core/conf/regex.h"

__extension__ typedef __int128 cel_wide;

enum node_op {
	N_CONST,
	N_IDENT,  /* before the check only, as N_SELECT over names and N_CALL */
	N_SELECT, /* key of a map */
	N_CALL,
	N_SLOT,  /* variable of a macro */
	N_VAR,   /* variable of the environment */
	N_ROOT,  /* field of the record */
	N_KIND,  /* name of the record's kind */
	N_FIELD, /* field of an object */
	N_HAS,
	N_INDEX,
	N_LIST,
	N_MAP, /* key, value, key, value, ... */
	N_NOT,
	N_NEG,
	N_AND, /* any number of operands */
	N_OR,
	N_COND,
	N_ADD,
	N_SUB,
	N_MUL,
	N_DIV,
	N_MOD,
	N_EQ,
	N_NE,
	N_LT,
	N_LE,
	N_GT,
	N_GE,
	N_IN,
	N_FOLD,  /* a macro over a list or map: range, body, second body */
	N_ROUND, /* round(x, digits): the divisions in x are exact */
	N_FUNC,  /* a function that was found */
	N_ERROR, /* always fails */
	N_COUNT
};

enum fold { FOLD_ALL, FOLD_EXISTS, FOLD_ONE, FOLD_MAP, FOLD_FILTER, FOLD_TO_MAP };

/* Which field a name stands for: one id, or one for each kind that has it. */
struct field_ref {
	enum field_type type;
	bool needed;     /* absent although it must be there: an error that tells so */
	uint16_t id;     /* 0: see kinds */
	uint16_t object; /* only a record of this kind has it; 0: whatever the node is applied to has it */
	uint16_t count;
	struct {
		uint16_t object, id;
	} kinds[];
};

struct node {
	uint8_t op;
	uint8_t fold;   /* enum fold */
	bool rooted;    /* IDENT with a dot before it */
	bool member;    /* CALL: args[0] is what stands before the dot */
	bool exact;     /* arithmetic of numbers inside round() */
	uint16_t depth; /* of the tree below, 1 for a leaf */
	uint16_t slot, slot2;
	uint32_t pos; /* in the text */
	uint32_t count;
	struct node **args;
	lg_str name;  /* IDENT, SELECT, CALL, FIELD, HAS; FOLD: its variable */
	lg_str name2; /* FOLD: the second variable */
	const struct cel_type *type;
	union {
		struct cel_value value;      /* CONST; ERROR: its message */
		const struct field_ref *ref; /* ROOT, FIELD; HAS over one of them */
		const struct cel_func *func; /* FUNC: the first overload of that name */
		uint32_t var;                /* VAR */
	} u;
	const void *extra; /* FUNC with a constant argument: the regex or the time zone made of it */
};

struct cel_target { /* one kind that an expression may set */
	uint16_t kind, depth;
	uint16_t ids[8];
};

struct lg_expr {
	lg_str text;
	struct node *root;
	enum lg_expr_result result;
	const struct cel_type *type; /* of the expression as written */
	uint32_t slots, steps;
	lg_str path; /* cel_compile_set */
	enum field_type target_type;
	const struct cel_target *targets;
	size_t target_count;
};

/* ---- types (cel_type.c) ---- */

extern const struct cel_type
	cel_types[CEL_ANY + 1]; /* without parameters: list(any), map(any, any), an absent object */
const struct cel_type *cel_type_list(struct arena *, const struct cel_type *elem);
const struct cel_type *cel_type_map(struct arena *, const struct cel_type *key, const struct cel_type *elem);
const struct cel_type *cel_type_rec(struct arena *, uint16_t object);
const struct cel_type *cel_type_copy(struct arena *, const struct cel_type *);
/* May values of the two be compared, or one stand for the other? */
bool cel_type_fits(const struct cel_type *a, const struct cel_type *b);
/* The type of a place that takes both. */
const struct cel_type *cel_type_join(struct arena *, const struct cel_type *a, const struct cel_type *b);
bool cel_type_same(const struct cel_type *a, const struct cel_type *b);
bool cel_type_named(lg_str name, enum cel_kind *out); /* names of types in expressions */
bool cel_is_number(enum cel_kind);

/* ---- parser (cel_lex.c, cel_parse.c) ---- */

enum token {
	T_END,
	T_IDENT,
	T_QUOTED, /* `name` */
	T_NUMBER,
	T_STRING,
	T_BYTES,
	T_PUNCT,
	T_BAD /* the error is set */
};

struct lexer {
	lg_str text;
	size_t at; /* behind the token */
	struct arena *arena;
	struct err *err;
	enum token token;
	size_t start; /* of the token */
	lg_str name;  /* IDENT, QUOTED, PUNCT: as written; STRING, BYTES: decoded; NUMBER: as written */
};

bool lex_next(struct lexer *);
bool lex_fail(struct lexer *, size_t pos, const char *fmt, ...) ATTR_PRINTF(3, 4);
bool lex_is(const struct lexer *, const char *punct);
/* A number as written, with its minus if it has one. */
bool lex_number(lg_str text, bool negative, struct cel_value *out);

/* Line and column of a position, both from 1; the column counts characters. */
void cel_place(lg_str text, size_t pos, int *line, int *column);
struct node *cel_parse(struct arena *, lg_str text, struct err *);
struct node *cel_node(struct arena *, enum node_op, size_t pos, uint32_t count);

/* ---- checker (cel_check.c, cel_names.c, cel_facts.c) ---- */

struct scope { /* a variable of a macro */
	const struct scope *up;
	lg_str name;
	const struct cel_type *type;
	uint16_t slot;
};

struct check {
	struct arena *arena;
	const struct cel_env *env;
	lg_str text;
	struct err *err;
	const struct scope *scope;
	uint64_t kinds; /* that the record can still be of, here */
	lg_str *facts;  /* paths known to be present, here */
	size_t fact_count, fact_cap;
	uint32_t slots, slot_max;
	bool exact; /* inside round() */
};

const struct cel_type *cel_check(struct check *, struct node *);
/* The error of a node: NULL, or in an unchecked environment a type for a node that will fail. */
const struct cel_type *check_fail(struct check *, struct node *, const char *id, const char *fmt, ...)
	ATTR_PRINTF(4, 5);
const char *cel_operator_text(const struct node *); /* "+", "&&"; NULL: no operator */
/* A hint for the error just set. */
void check_hint(struct check *, const char *fmt, ...) ATTR_PRINTF(2, 3);

const struct cel_type *check_ident(struct check *, struct node *);
const struct cel_type *check_select(struct check *, struct node *);
const struct cel_type *check_has(struct check *, struct node *);

struct facts_mark {
	size_t count;
	uint64_t kinds;
};

struct facts_mark facts_mark(const struct check *);
void facts_restore(struct check *, struct facts_mark);
/* What is known where the node gave `when`. */
void facts_learn(struct check *, const struct node *, bool when);
bool facts_know(struct check *, const struct node *);
/* Amounts and dates that a record of that object cannot be without. */
bool field_is_required(uint16_t id);

/* ---- functions (cel_func.c) ---- */

struct eval;

typedef struct cel_value cel_fn(struct eval *, const struct node *, const struct cel_value *args);

struct cel_func {
	const char *name;
	bool member;
	uint8_t count;
	uint8_t args[3]; /* enum cel_kind; CEL_DYN takes any */
	uint8_t result;
	cel_fn *fn;
};

/* The first overload of that name and style; the others follow it. */
const struct cel_func *cel_func_find(lg_str name, bool member);
const struct cel_func *cel_func_next(const struct cel_func *); /* NULL behind the last */
const char *cel_func_suggest(lg_str name, bool member);
/* Prepares constant arguments; false with a message in err. */
bool cel_func_prepare(struct arena *, struct node *, struct err *);

/* ---- evaluation (cel_eval.c, cel_ops.c) ---- */

struct eval {
	const struct lg_expr *expr;
	const struct lg_rec *rec;
	const struct cel_value *vars;
	struct arena *arena;
	struct cel_value *slots;
	uint32_t steps; /* left */
	size_t bytes;   /* left */
};

struct cel_value cel_run(struct eval *, const struct node *);
struct cel_value cel_error(const struct node *, const char *text); /* text: lives as long as the value */
/* Takes from the budget; false when it is used up. */
bool cel_spend(struct eval *, size_t steps);
/* Memory of the evaluation, NULL when there is no more. */
void *cel_take(struct eval *, size_t bytes);
struct cel_value cel_broke(const struct node *); /* the error for that */
struct cel_value cel_no_overload(struct eval *, const struct node *, const struct cel_value *args, uint32_t count);

struct cel_value cel_binary(struct eval *, const struct node *, struct cel_value a, struct cel_value b);
struct cel_value cel_negate(struct eval *, const struct node *, struct cel_value);
struct cel_value cel_round(struct eval *, const struct node *);
/* Reads a field of a record or object, which may be NULL. */
struct cel_value cel_field(struct eval *, const struct node *, const struct field_ref *, const struct lg_rec *);
bool cel_field_present(const struct field_ref *, const struct lg_rec *);

/* ---- values (cel_value.c) ---- */

/* An integer, unsigned or decimal as coef / 10^scale. */
struct cel_number {
	cel_wide coef;
	int scale;
};

bool cel_number(struct cel_value, struct cel_number *out);
int cel_number_cmp(struct cel_number a, struct cel_number b);
/* NUM to INT, else DEC; false when it fits neither. */
bool cel_num_value(struct cel_value num, struct cel_value *out);
bool cel_dec_parse(lg_str text, lg_dec *out);   /* dec_parse with an exponent */
lg_dec cel_dec(struct cel_value);               /* of a DEC */
bool cel_to_dec(struct cel_value, lg_dec *out); /* INT, UINT, DEC, NUM */
/* Equality with a budget, which it lowers; false when that is used up. */
bool cel_equal_within(struct cel_value a, struct cel_value b, uint32_t *steps);
/* -1, 0, 1; false when the two cannot be ordered. */
bool cel_order(struct cel_value a, struct cel_value b, int *out);
const struct cel_value *cel_map_get(const struct cel_map *, struct cel_value key);
bool cel_json_text(struct cel_value, struct buf *out, size_t limit);

/* ---- instants and durations (cel_time.c, cel_zone.c) ---- */

#define CEL_SECONDS_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define CEL_SECONDS_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

bool cel_time_parse(lg_str text, struct cel_value *out);
size_t cel_time_text(struct cel_value, char *out, size_t size);
bool cel_duration_parse(lg_str text, struct cel_value *out);
size_t cel_duration_text(struct cel_value, char *out, size_t size);
struct cel_value cel_duration(int64_t nanoseconds);
struct cel_value cel_instant(int64_t seconds, uint32_t nanoseconds);
/* seconds * 10^9 + nanos of an instant, wide enough. */
cel_wide cel_time_nanos(struct cel_value);
bool cel_time_of_nanos(cel_wide, struct cel_value *out);

struct cel_zone;
/* "UTC", "+02:00", "Europe/Stockholm"; names are read from the system's time zone files.  NULL: no such zone. */
const struct cel_zone *cel_zone_load(struct arena *, lg_str name);
bool cel_zone_fixed(lg_str name, int *offset_seconds);         /* "UTC" and offsets only */
int cel_zone_offset(const struct cel_zone *, int64_t seconds); /* seconds east of UTC at that instant */

extern const struct cel_func cel_time_funcs[]; /* ended by an empty row */

/* ---- paths of fields (cel_path.c), for cel_set and templates ---- */

/* Where the path leads in each of the kinds that have it (into *targets), and the type found there.  False with err
   (class ERR_CONFIG, no place) when none has it, when types differ, or when it leads through a list. */
bool cel_path_find(struct arena *, lg_str path, uint64_t kinds, struct cel_target **targets, size_t *count,
		   const struct field **leaf, struct err *err);
