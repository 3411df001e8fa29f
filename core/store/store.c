/* store.c - picks the implementation by the URI and hands every verb on to it. */
#include "core/base/str.h"
#include "core/store/store_priv.h"

static bool scheme(lg_str uri, const char *name, lg_str *path)
{
	lg_str rest = uri, part;

	if (!str_split(&rest, ':', &part) || !str_is(part, name) || rest.len == 0)
		return false;
	*path = rest;
	return true;
}

static bool no_such(lg_str uri, struct err *err)
{
	err_set(err, ERR_CONFIG, "store.uri", "\"%.*s\" names no store that this build has", STRA(uri));
	return err_hint(err, "write sqlite:PATH, for example sqlite:var/hub.db");
}

bool store_open(const char *uri, const struct store_env *env, struct store **out, struct err *err)
{
	lg_str path;

	*out = NULL;
	if (scheme(str_of(uri), "sqlite", &path))
		return sqlite_store_open(path, env, out, err);
	return no_such(str_of(uri), err);
}

bool store_view_open(const char *uri, struct store_view **out, struct err *err)
{
	lg_str path;

	*out = NULL;
	if (scheme(str_of(uri), "sqlite", &path))
		return sqlite_view_open(path, out, err);
	return no_such(str_of(uri), err);
}

bool store_copy(const char *uri, const char *to, struct err *err)
{
	lg_str path;

	if (scheme(str_of(uri), "sqlite", &path))
		return sqlite_copy(path, to, err);
	return no_such(str_of(uri), err);
}

void store_close(struct store **st)
{
	if (*st != NULL)
		(*st)->verbs->close(*st);
	*st = NULL;
}

void store_rollback(struct store *st)
{
	st->verbs->rollback(st);
}

struct store_view *store_view_own(struct store *st)
{
	return st->verbs->own(st);
}

void store_view_close(struct store_view **v)
{
	if (*v != NULL)
		(*v)->verbs->close(*v);
	*v = NULL;
}

#define SELF_store st
#define SELF_view v
#define VERB(prefix, name, params, args) \
	bool prefix##_##name params \
	{ \
		return SELF_##prefix->verbs->name args; \
	}
#include "core/store/verbs.def"
