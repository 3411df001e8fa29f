/* cel.h - expressions: the Common Expression Language over records, checked when the configuration is read and
   evaluated without surprises (README.md, "Expressions": what the language has, and where it differs because it is
   about money).

   A compiled expression belongs to its arena, is never changed afterwards and may be evaluated by any number of threads
   at once.  Evaluation allocates from the caller's arena only, and is bounded: steps, depth and bytes have a limit, at
   which it fails like any other error. */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/model/record.h"

/* What a value is.  DYN and ANY are types only: no value is one of them. */
enum cel_kind {
	CEL_NULL,
	CEL_BOOL,
	CEL_INT,
	CEL_UINT,
	CEL_DEC,
	CEL_STR,
	CEL_BYTES,
	CEL_LIST,
	CEL_MAP,
	CEL_DATE,
	CEL_TIME,     /* an instant with nanoseconds */
	CEL_DURATION, /* nanoseconds */
	CEL_TYPE,
	CEL_REC,   /* a record or an object inside one; absent: rec is NULL */
	CEL_NUM,   /* a number of JSON, still as its text */
	CEL_ERROR, /* only inside an evaluation */
	CEL_DYN,
	CEL_ANY /* element of an empty literal: fits everything */
};

struct cel_list;
struct cel_map;

/* 16 bytes, passed by value.  Texts, lists and maps point into the expression, the record or the evaluation's arena. */
struct cel_value {
	uint8_t kind;  /* enum cel_kind */
	uint8_t scale; /* DEC */
	uint32_t n;    /* STR, BYTES, NUM: length; TIME: nanoseconds; TYPE: its kind; ERROR: place in the expression */
	union {
		bool b;
		int64_t i; /* INT; DEC: coefficient; DATE: days; TIME: seconds since 1970; DURATION: nanoseconds */
		uint64_t u;
		const char *s; /* STR, BYTES, NUM, TYPE (its name), ERROR (message with a NUL) */
		const struct cel_list *list;
		const struct cel_map *map;
		const struct lg_rec *rec;
	} v;
};

struct cel_list {
	const struct cel_value *items;
	size_t count;
};

struct cel_pair {
	struct cel_value key, value;
};

struct cel_map {
	const struct cel_pair *items; /* in order of insertion */
	size_t count;
};

/* A type as the checker knows it. */
struct cel_type {
	enum cel_kind kind;
	uint16_t object;                   /* REC */
	const struct cel_type *key, *elem; /* MAP has both, LIST elem */
};

/* A variable besides the fields of the record. */
struct cel_var {
	lg_str name; /* may be qualified: "a.b" */
	struct cel_type type;
};

/* What an expression may speak of. */
struct cel_env {
	uint64_t kinds; /* LG_KIND_BIT of the records it is evaluated over; 0: none, only the variables */
	const struct cel_var *vars;
	size_t var_count;
	lg_str container; /* namespace in which names are looked up first; mostly empty */
	bool unchecked;   /* wrong names and types become errors of the evaluation instead: for the conformance tests */
	uint32_t steps;   /* budget of one evaluation; 0: CEL_STEPS */
};

#define CEL_STEPS 1000000u        /* nodes evaluated, and texts and lists passed by their length */
#define CEL_BYTES_MAX (16u << 20) /* memory that one evaluation may take from its arena */
#define CEL_DEPTH_MAX 100         /* nesting of an expression */
#define CEL_TEXT_MAX (64u << 10)  /* length of an expression */
#define CEL_NODES_MAX 20000u      /* parts of an expression */

/* Parses and checks; NULL with err (class ERR_CONFIG, line and column inside `text`, from 1) when it is wrong.  The
   result copies what it needs of text and env. */
struct lg_expr *cel_compile(struct arena *, lg_str text, const struct cel_env *env, enum lg_expr_result result,
			    struct err *err);

/* The field of a record that an expression is for, as a path ("buyer.name", "payment.reference"; lists of texts take a
   list, other lists cannot be reached).  At least one of to_kinds must have it; records of the others are left alone.
   The expression must give the field's type, or null.  err has no place when the path is what is wrong (id "cel.path").
 */
struct lg_expr *cel_compile_set(struct arena *, lg_str path, lg_str text, const struct cel_env *env, uint64_t to_kinds,
				struct err *err);

/* Type that the checker found. */
const struct cel_type *cel_type_of(const struct lg_expr *);
/* "int", "list(string)", "invoice", ... */
void cel_type_text(const struct cel_type *, struct buf *out);

/* Evaluates over a record (NULL when env had no kinds); one of a kind that env did not name has no field.  False with
   err (class ERR_REJECT, line and column in the expression) when it fails.  A result that was declared (not LG_X_DYN)
   has that type: BOOL, STR, DEC or DATE. */
bool cel_eval(const struct lg_expr *, const struct lg_rec *rec, struct arena *, struct cel_value *out, struct err *err);
/* The same with values of env's variables, in their order. */
bool cel_eval_vars(const struct lg_expr *, const struct lg_rec *rec, const struct cel_value *vars, struct arena *,
		   struct cel_value *out, struct err *err);

/* For expressions compiled with that result. */
bool cel_eval_bool(const struct lg_expr *, const struct lg_rec *, struct arena *, bool *out, struct err *);
bool cel_eval_str(const struct lg_expr *, const struct lg_rec *, struct arena *, lg_str *out, struct err *);
bool cel_eval_dec(const struct lg_expr *, const struct lg_rec *, struct arena *, lg_dec *out, struct err *);

/* For expressions of cel_compile_set: evaluates over `from` and sets the field of `to`; null and "" unset it.
   from and to may be the same record. */
bool cel_set(const struct lg_expr *, const struct lg_rec *from, struct lg_rec *to, struct arena *, struct err *);
/* All of a map: every expression sees `from` as it was before. */
bool cel_set_all(const struct lg_expr_map *, const struct lg_rec *from, struct lg_rec *to, struct arena *,
		 struct err *);

/* ---- values ---- */

static inline lg_str cel_str(struct cel_value v)
{
	return (lg_str){ v.v.s, v.n };
}

struct cel_value cel_of_bool(bool);
struct cel_value cel_of_int(int64_t);
struct cel_value cel_of_uint(uint64_t);
struct cel_value cel_of_dec(lg_dec);
struct cel_value cel_of_str(lg_str); /* borrowed; at most 4 GiB */
struct cel_value cel_of_bytes(lg_str);
struct cel_value cel_of_date(lg_date);
struct cel_value cel_of_time(lg_time);
struct cel_value cel_of_list(struct arena *, const struct cel_value *items, size_t count); /* borrows items */
struct cel_value cel_of_map(struct arena *, const struct cel_pair *items, size_t count);
struct cel_value cel_of_type(enum cel_kind);
/* JSON text to lists, maps, texts, NUM, BOOL and NULL; texts point into it or into the arena. */
bool cel_of_json(struct arena *, lg_str json, struct cel_value *out, struct err *err);

/* Equality of the language: numbers by value over all kinds, other different kinds are unequal. */
bool cel_equal(struct cel_value a, struct cel_value b);
/* As one would write it, for messages and tests. */
void cel_print(struct cel_value, struct buf *out);
const char *cel_kind_name(enum cel_kind);
