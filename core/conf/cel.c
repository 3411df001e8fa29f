/* Compiling and evaluating, put together. */
#include "core/conf/cel_priv.h"

#include "core/base/date.h"

#include <string.h>

/* ---- compile ---- */

static struct node *parse_and_check(struct arena *a, struct lg_expr *x, const struct cel_env *env, struct err *err)
{
	struct check c = { .arena = a, .env = env, .text = x->text, .err = err, .kinds = env->kinds };
	struct node *n = cel_parse(a, x->text, err);

	if (n == NULL)
		return NULL;
	x->type = cel_check(&c, n);
	x->slots = c.slot_max;
	x->steps = env->steps ? env->steps : CEL_STEPS;
	return x->type ? n : NULL;
}

/* Does an expression of that type give what is wanted?  dyn is judged when it is evaluated. */
static bool gives(const struct cel_type *t, enum cel_kind want)
{
	if (t->kind == CEL_DYN || t->kind == CEL_ANY || t->kind == want)
		return true;
	return want == CEL_DEC && cel_is_number(t->kind);
}

static bool wrong_result(const struct lg_expr *x, const char *want, enum cel_kind kind, struct err *err)
{
	struct buf b = { 0 };
	int line, column;

	cel_type_text(x->type, &b);
	err_set(err, ERR_CONFIG, "cel.result", "the expression gives %s, %s is expected", buf_text(&b), want);
	if (kind == CEL_STR)
		err_hint(err, "string(x) makes a text of it");
	else if (kind == CEL_DATE && x->type->kind == CEL_STR)
		err_hint(err, "date(\"2026-11-25\") is a date");
	buf_fini(&b);
	cel_place(x->text, x->root->pos, &line, &column);
	return err_at(err, NULL, line, column);
}

static const struct {
	const char *name;
	enum cel_kind kind;
} wanted[] = {
	[LG_X_BOOL] = { "true or false", CEL_BOOL }, [LG_X_STR] = { "a string", CEL_STR },
	[LG_X_DEC] = { "a number", CEL_DEC },        [LG_X_DATE] = { "a date", CEL_DATE },
	[LG_X_DYN] = { "anything", CEL_DYN },
};

static struct lg_expr *compile(struct arena *a, lg_str text, const struct cel_env *env, struct err *err)
{
	struct lg_expr *x = arena_new(a, struct lg_expr);

	x->text = arena_str(a, text);
	x->root = parse_and_check(a, x, env, err);
	return x->root ? x : NULL;
}

struct lg_expr *cel_compile(struct arena *a, lg_str text, const struct cel_env *env, enum lg_expr_result result,
			    struct err *err)
{
	struct lg_expr *x = compile(a, text, env, err);

	if (x == NULL)
		return NULL;
	x->result = result;
	if (result != LG_X_DYN && !gives(x->type, wanted[result].kind)) {
		wrong_result(x, wanted[result].name, wanted[result].kind, err);
		return NULL;
	}
	return x;
}

static const struct {
	const char *name;
	enum cel_kind kind;
} settable[] = {
	[FIELD_STR] = { "a string", CEL_STR },        [FIELD_AMOUNT] = { "a number", CEL_DEC },
	[FIELD_DEC] = { "a number", CEL_DEC },        [FIELD_INT] = { "an int", CEL_INT },
	[FIELD_BOOL] = { "true or false", CEL_BOOL }, [FIELD_DATE] = { "a date", CEL_DATE },
	[FIELD_TIME] = { "a timestamp", CEL_TIME },   [FIELD_OBJ] = { "an object", CEL_ERROR },
	[FIELD_OBJS] = { "a list", CEL_ERROR },       [FIELD_STRS] = { "a list of strings", CEL_LIST },
	[FIELD_JSON] = { "anything", CEL_DYN },
};

/* What the hub alone says of a record. */
static bool is_own(uint16_t id)
{
	return id == LG_COMMON_ID || id == LG_COMMON_KIND || id == LG_COMMON_REVISION || id == LG_COMMON_RECEIVED_AT ||
	       id == LG_COMMON_SOURCE;
}

struct lg_expr *cel_compile_set(struct arena *a, lg_str path, lg_str text, const struct cel_env *env, uint64_t to_kinds,
				struct err *err)
{
	struct cel_target *targets;
	const struct field *leaf;
	struct lg_expr *x;
	size_t count;
	enum cel_kind want;

	if (!cel_path_find(a, path, to_kinds, &targets, &count, &leaf, err))
		return NULL;
	want = settable[leaf->type].kind;
	if (want == CEL_ERROR || is_own(leaf->id)) {
		err_set(err, ERR_CONFIG, "cel.path", "\"%.*s\" cannot be set: %s", STRA(path),
			want == CEL_ERROR ? "only single values can" : "the hub sets it");
		return NULL;
	}
	x = compile(a, text, env, err);
	if (x == NULL)
		return NULL;
	x->result = LG_X_DYN;
	x->path = arena_str(a, path);
	x->targets = targets;
	x->target_count = count;
	x->target_type = leaf->type;
	if (want != CEL_DYN && x->type->kind != CEL_NULL &&
	    (!gives(x->type, want) ||
	     (want == CEL_LIST && x->type->kind == CEL_LIST && x->type->elem->kind != CEL_STR &&
	      x->type->elem->kind != CEL_DYN && x->type->elem->kind != CEL_ANY))) {
		wrong_result(x, settable[leaf->type].name, want, err);
		return NULL;
	}
	return x;
}

const struct cel_type *cel_type_of(const struct lg_expr *x)
{
	return x->type;
}

/* ---- evaluate ---- */

static bool fault(const struct lg_expr *x, struct cel_value v, struct err *err)
{
	int line, column;

	err_set(err, ERR_REJECT, "cel.eval", "%s", v.v.s);
	cel_place(x->text, v.n, &line, &column);
	return err_at(err, NULL, line, column);
}

/* From dyn to the declared kind: a vendor's texts may be numbers and dates. */
static bool convert(enum cel_kind want, struct cel_value *v)
{
	lg_dec d;
	lg_date date;
	int64_t i;

	if (v->kind == want || want == CEL_DYN)
		return true;
	switch (want) {
	case CEL_STR:
		if (v->kind == CEL_NUM)
			v->kind = CEL_STR;
		return v->kind == CEL_STR;
	case CEL_DEC:
		if (v->kind == CEL_STR ? !cel_dec_parse(cel_str(*v), &d) : !cel_to_dec(*v, &d))
			return false;
		*v = cel_of_dec(d);
		return true;
	case CEL_INT:
		if (v->kind != CEL_NUM && v->kind != CEL_STR)
			return false;
		if (!str_i64(cel_str(*v), &i))
			return false;
		*v = cel_of_int(i);
		return true;
	case CEL_DATE:
		if (v->kind != CEL_STR || !date_parse(cel_str(*v), &date))
			return false;
		*v = cel_of_date(date);
		return true;
	case CEL_TIME:
		return v->kind == CEL_STR && cel_time_parse(cel_str(*v), v);
	default:
		return false;
	}
}

static bool not_wanted(const struct lg_expr *x, struct cel_value v, const char *want, struct err *err)
{
	struct buf b = { 0 };

	cel_print(v, &b);
	err_set(err, ERR_REJECT, "cel.result", "the expression gives %.*s, %s is expected",
		(int)MIN(b.len, (size_t)200), b.ptr ? b.ptr : "", want);
	buf_fini(&b);
	(void)x;
	return err_at(err, NULL, 1, 1);
}

bool cel_eval_vars(const struct lg_expr *x, const struct lg_rec *rec, const struct cel_value *vars, struct arena *a,
		   struct cel_value *out, struct err *err)
{
	struct eval e = { x, rec, vars, a, NULL, x->steps, CEL_BYTES_MAX };
	struct cel_value v;

	if (x->slots > 0)
		e.slots = arena_array(a, struct cel_value, x->slots);
	v = cel_run(&e, x->root);
	if (v.kind == CEL_ERROR)
		return fault(x, v, err);
	if (e.steps == 0)
		return fault(x, cel_broke(x->root), err);
	if (x->result != LG_X_DYN && v.kind != wanted[x->result].kind && !convert(wanted[x->result].kind, &v))
		return not_wanted(x, v, wanted[x->result].name, err);
	*out = v;
	return true;
}

bool cel_eval(const struct lg_expr *x, const struct lg_rec *rec, struct arena *a, struct cel_value *out,
	      struct err *err)
{
	return cel_eval_vars(x, rec, NULL, a, out, err);
}

/* Evaluates one that was compiled for `result`; anything else is a bug of the caller. */
static bool eval_as(const struct lg_expr *x, enum lg_expr_result result, const struct lg_rec *rec, struct arena *a,
		    struct cel_value *out, struct err *err)
{
	if (x->result != result)
		die("expression: \"%.*s\" was compiled for another result", STRA(x->text));
	return cel_eval_vars(x, rec, NULL, a, out, err);
}

bool cel_eval_bool(const struct lg_expr *x, const struct lg_rec *rec, struct arena *a, bool *out, struct err *err)
{
	struct cel_value v = { 0 };

	if (!eval_as(x, LG_X_BOOL, rec, a, &v, err))
		return false;
	*out = v.v.b;
	return true;
}

bool cel_eval_str(const struct lg_expr *x, const struct lg_rec *rec, struct arena *a, lg_str *out, struct err *err)
{
	struct cel_value v = { 0 };

	if (!eval_as(x, LG_X_STR, rec, a, &v, err))
		return false;
	*out = cel_str(v);
	return true;
}

bool cel_eval_dec(const struct lg_expr *x, const struct lg_rec *rec, struct arena *a, lg_dec *out, struct err *err)
{
	struct cel_value v = { 0 };

	if (!eval_as(x, LG_X_DEC, rec, a, &v, err))
		return false;
	*out = cel_dec(v);
	return true;
}

/* ---- set ---- */

#define JSON_SET_MAX (1u << 20)

static bool set_texts(struct lg_rec *to, uint16_t id, struct cel_value v)
{
	rec_unset(to, id);
	for (size_t i = 0; i < v.v.list->count; i++)
		rec_add_str(to, id, cel_str(v.v.list->items[i]));
	return true;
}

static bool texts_only(struct cel_value v)
{
	if (v.kind != CEL_LIST)
		return false;
	for (size_t i = 0; i < v.v.list->count; i++)
		if (v.v.list->items[i].kind != CEL_STR)
			return false;
	return true;
}

static bool set_json(struct lg_rec *to, uint16_t id, struct cel_value v)
{
	struct buf b = { 0 };
	bool ok = cel_json_text(v, &b, JSON_SET_MAX);

	if (ok)
		rec_set_str(to, id, buf_view(&b));
	buf_fini(&b);
	return ok;
}

static bool assign(struct lg_rec *to, uint16_t id, enum field_type type, struct cel_value v)
{
	switch (type) {
	case FIELD_STR:
		rec_set_str(to, id, cel_str(v));
		return true;
	case FIELD_AMOUNT:
	case FIELD_DEC:
		rec_set_dec(to, id, cel_dec(v));
		return true;
	case FIELD_INT:
		rec_set_int(to, id, v.v.i);
		return true;
	case FIELD_BOOL:
		rec_set_bool(to, id, v.v.b);
		return true;
	case FIELD_DATE:
		rec_set_date(to, id, (lg_date)v.v.i);
		return true;
	case FIELD_TIME:
		rec_set_time(to, id, v.v.i * 1000 + v.n / 1000000);
		return true;
	case FIELD_STRS:
		return texts_only(v) && set_texts(to, id, v);
	default:
		return set_json(to, id, v);
	}
}

static const struct cel_target *target_of(const struct lg_expr *x, const struct lg_rec *to)
{
	for (size_t i = 0; i < x->target_count; i++)
		if (x->targets[i].kind == rec_object(to))
			return &x->targets[i];
	return NULL;
}

static bool set_value(const struct lg_expr *x, struct lg_rec *to, struct cel_value v, struct err *err)
{
	const struct cel_target *t = target_of(x, to);
	uint16_t at;

	if (t == NULL)
		return true; /* a kind without that field is left alone */
	if (v.kind == CEL_STR && v.n == 0)
		v.kind = CEL_NULL;
	for (at = 0; at + 1 < t->depth; at++) {
		if (v.kind == CEL_NULL && !rec_has(to, t->ids[at]))
			return true;
		to = rec_add_obj(to, t->ids[at]);
	}
	if (v.kind == CEL_NULL) {
		rec_unset(to, t->ids[at]);
		return true;
	}
	if (!convert(settable[x->target_type].kind, &v) || !assign(to, t->ids[at], x->target_type, v)) {
		not_wanted(x, v, settable[x->target_type].name, err);
		return err_prepend(err, "%.*s", STRA(x->path));
	}
	return true;
}

static bool eval_set(const struct lg_expr *x, const struct lg_rec *from, struct arena *a, struct cel_value *v,
		     struct err *err)
{
	if (x->targets == NULL)
		die("expression: \"%.*s\" was not compiled to set a field", STRA(x->text));
	return cel_eval_vars(x, from, NULL, a, v, err) || err_prepend(err, "%.*s", STRA(x->path));
}

bool cel_set(const struct lg_expr *x, const struct lg_rec *from, struct lg_rec *to, struct arena *a, struct err *err)
{
	struct cel_value v;

	return eval_set(x, from, a, &v, err) && set_value(x, to, v, err);
}

bool cel_set_all(const struct lg_expr_map *m, const struct lg_rec *from, struct lg_rec *to, struct arena *a,
		 struct err *err)
{
	struct cel_value *values = arena_array(a, struct cel_value, m->count);

	for (size_t i = 0; i < m->count; i++)
		if (!eval_set(m->items[i].expr, from, a, &values[i], err))
			return false;
	for (size_t i = 0; i < m->count; i++)
		if (!set_value(m->items[i].expr, to, values[i], err))
			return false;
	return true;
}
