/* hub_report.c - what check() of a plugin can do besides reporting: look at files and at the ledgers. */
#include "core/conf/hub_priv.h"

#include <string.h>

static struct hub_report *self(const struct lg_report *report)
{
	/* The plugin got a pointer to the first member of ours. */
	union {
		const struct lg_report *in;
		struct hub_report *out;
	} u = { report };

	return u.out;
}

/* As a person would write it: relative to where the main file was named. */
static lg_str shown(struct loader *l, lg_str path)
{
	lg_str main = l->files[0]->name;
	size_t n = main.len, dir = l->hub->dir.len;

	if (!str_starts(path, l->hub->dir) || path.len <= dir || path.ptr[dir] != '/')
		return path;
	while (n > 0 && main.ptr[n - 1] != '/')
		n--;
	return arena_printf(l->arena, "%.*s%.*s", (int)n, main.ptr, STRA(str_from(path, dir + 1)));
}

/* Where a path that is to be loaded was written: a plan at its ledger, else where the plugin's options are. */
static struct place named_at(const struct hub_report *r, lg_str path)
{
	const struct hub *hub = r->l->hub;

	for (size_t i = 0; i < hub->ledger_count; i++)
		for (size_t j = 0; j < hub->ledgers[i].ledger.plan_count; j++)
			if (str_eq(hub->ledgers[i].ledger.plans[j], path))
				return hub->ledgers[i].plan_place;
	for (size_t i = 0; i < r->base.places->count; i++) {
		const struct options_bound *b = &r->base.places->items[i];
		lg_str text;

		if (b->size != sizeof text)
			continue;
		memcpy(&text, b->at, sizeof text);
		if (text.ptr == path.ptr)
			return b->place;
	}
	return r->base.otherwise;
}

static lg_str loaded_key(struct arena *a, const struct lg_options *table, lg_str path)
{
	return arena_printf(a, "%p %.*s", (const void *)table, STRA(path));
}

const void *hub_loaded(const struct hub *hub, const struct lg_options *table, lg_str path)
{
	struct arena scratch = { 0 };
	const void *out = map_get(&hub->loaded, loaded_key(&scratch, table, path));

	arena_fini(&scratch);
	return out;
}

static const void *report_load(const struct lg_report *report, const struct lg_options *table, lg_str path)
{
	struct hub_report *r = self(report);
	struct loader *l = r->l;
	struct options_env env = hub_options(l, r->kinds);
	lg_str key = loaded_key(l->arena, table, path);
	const void *out = map_get(&l->hub->loaded, key);
	/* The map hands out what it was given, without const. */
	union {
		const void *in;
		void *value;
	} u;

	if (out != NULL)
		return out;
	env.places = &l->file_places;
	out = options_load(&env, table, path, shown(l, path), named_at(r, path));
	r->base.failed |= out == NULL;
	u.in = out;
	if (out != NULL)
		map_put(&l->hub->loaded, key, u.value);
	return out;
}

static size_t report_ledgers(const struct lg_report *report, const struct lg_ledger **out)
{
	const struct hub *hub = self(report)->l->hub;

	*out = hub->ledger_table;
	return hub->ledger_count;
}

void hub_report_init(struct hub_report *r, struct loader *l, struct place otherwise, uint64_t kinds)
{
	options_report_init(&r->base, &l->places, l->diag, otherwise);
	r->base.more = &l->file_places;
	r->base.report.host = l->env->host;
	r->base.report.load = report_load;
	r->base.report.ledgers = report_ledgers;
	r->l = l;
	r->kinds = kinds;
}
