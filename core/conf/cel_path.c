#include "core/conf/cel_priv.h"

#include <string.h>

static bool not_single(struct err *err, lg_str path, const struct object *o, const struct field *f)
{
	err_set(err, ERR_CONFIG, "cel.path", "\"%.*s\": %s of %s is %s", STRA(path), f->name, o->name,
		f->type == FIELD_OBJS || f->type == FIELD_STRS ? "a list" : "no object");
	return false;
}

static bool no_such(struct err *err, lg_str path, const struct object *o, lg_str name)
{
	const char *best = field_suggest(o, name);

	err_set(err, ERR_CONFIG, "cel.path", "\"%.*s\": %s has no field \"%.*s\"", STRA(path), o->name, STRA(name));
	if (best)
		err_hint(err, "did you mean \"%s\"?", best);
	return false;
}

/* One kind.  *there: false when it lacks the first name, which another kind may have. */
static bool walk(lg_str path, uint16_t kind, struct cel_target *t, const struct field **leaf, bool *there,
		 struct err *err)
{
	const struct object *o = object_get(kind);
	lg_str rest = path, name;

	*t = (struct cel_target){ .kind = kind };
	*there = true;
	while (str_split(&rest, '.', &name)) {
		const struct field *f = field_by_name(o, name);

		if (f == NULL) {
			*there = t->depth > 0;
			return no_such(err, path, o, name);
		}
		if (t->depth == ARRAY_LEN(t->ids))
			return err_set(err, ERR_CONFIG, "cel.path", "\"%.*s\" is too long", STRA(path));
		t->ids[t->depth++] = f->id;
		*leaf = f;
		if (rest.len == 0 && !str_ends(path, LG_STR(".")))
			return true;
		if (f->type != FIELD_OBJ)
			return not_single(err, path, o, f);
		o = object_get(f->ref);
	}
	return err_set(err, ERR_CONFIG, "cel.path", "\"%.*s\" is no path of a field", STRA(path));
}

static bool same_type(const struct field *a, const struct field *b)
{
	return a->ref == b->ref &&
	       (a->type == FIELD_AMOUNT ? FIELD_DEC : a->type) == (b->type == FIELD_AMOUNT ? FIELD_DEC : b->type);
}

bool cel_path_find(struct arena *a, lg_str path, uint64_t kinds, struct cel_target **targets, size_t *count,
		   const struct field **leaf, struct err *err)
{
	struct cel_target *t = arena_array(a, struct cel_target, (size_t)__builtin_popcountll(kinds));
	struct err first = { 0 };
	const struct field *f = NULL;

	*targets = t;
	*count = 0;
	*leaf = NULL;
	for (uint16_t k = 1; k < 64; k++) {
		bool there;

		if ((kinds & LG_KIND_BIT(k)) == 0 || object_get(k) == NULL)
			continue;
		if (!walk(path, k, &t[*count], &f, &there, first.class ? NULL : &first)) {
			if (!there)
				continue;
			if (err)
				*err = first;
			return false;
		}
		if (*leaf && !same_type(*leaf, f))
			return err_set(err, ERR_CONFIG, "cel.path", "\"%.*s\" is %s in %s and %s in %s", STRA(path),
				       field_type_name((*leaf)->type), object_get(t[0].kind)->name,
				       field_type_name(f->type), object_get(k)->name);
		*leaf = *leaf ? *leaf : f;
		++*count;
	}
	if (*count > 0)
		return true;
	if (err && first.class)
		*err = first;
	return first.class ? false
			   : err_set(err, ERR_CONFIG, "cel.path", "\"%.*s\": there are no records here", STRA(path));
}
