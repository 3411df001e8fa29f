/* Configs of steps from YAML, and the expressions and templates in them. */
#include "core/conf/cel.h"
#include "core/conf/options.h"
#include "core/conf/template.h"
#include "tests/steps/core.h"

#include <stdlib.h>
#include <unistd.h>

struct binding {
	struct options_report report; /* first: what check() gets is found from it */
	struct steps *s;
	struct diag diag;
	struct options_places places;
	struct source source;
	uint64_t kinds;
};

static bool bind(struct binding *b, const struct lg_options *table, const struct yaml_node *root, struct place at,
		 void *out)
{
	struct options_env env = { .arena = &b->s->arena,
				   .diag = &b->diag,
				   .compile = &options_compile_cel,
				   .kinds = b->kinds,
				   .places = &b->places };

	return options_bind(&env, table, root, at, out);
}

static const void *bind_file(struct binding *b, const struct lg_options *table, lg_str path)
{
	struct source *source = source_open(&b->s->arena, path, NULL);
	struct place nowhere = { 0 };
	struct yaml_node *root;
	void *out;

	if (!source_report(source, nowhere, &b->diag))
		return NULL;
	root = yaml_parse(&b->s->arena, source, &b->diag);
	if (root == NULL)
		return NULL;
	out = arena_alloc(&b->s->arena, table->struct_size);
	return bind(b, table, root, yaml_place(root), out) ? out : NULL;
}

static const char *told(struct binding *b)
{
	struct buf out = { 0 };
	const char *text;

	if (b->diag.errors > 0)
		diag_print(&b->diag, false, &out);
	text = arena_cstr(&b->s->arena, buf_view(&out));
	buf_fini(&out);
	return text;
}

static void binding_fini(struct binding *b)
{
	options_places_fini(&b->places);
	source_fini(&b->source);
	diag_fini(&b->diag);
}

/* The kinds that there are, of those that a step takes. */
static uint64_t kinds_of(const struct steps *s, const struct lg_step *desc)
{
	uint64_t all = 0;

	for (uint16_t k = 1; k < 64; k++)
		if (object_get(k) != NULL && object_get(k)->is_kind)
			all |= LG_KIND_BIT(k);
	return desc->takes & s->kinds & all;
}

/* ---- what check() may ask ---- */

static const void *report_load(const struct lg_report *r, const struct lg_options *table, lg_str path)
{
	struct binding *b = container_of((struct options_report *)(uintptr_t)r, struct binding, report);

	return bind_file(b, table, path);
}

static size_t report_ledgers(const struct lg_report *r, const struct lg_ledger **out)
{
	struct binding *b = container_of((struct options_report *)(uintptr_t)r, struct binding, report);

	*out = b->s->core->ledgers;
	return b->s->core->ledger_count;
}

static void *bind_text(struct binding *b, const struct lg_step *desc, const char *yaml)
{
	char *folder = getcwd(NULL, 0);
	struct yaml_node *root;
	void *out = NULL;

	b->source = (struct source){ .name = LG_STR("test.yaml"),
				     .dir = arena_str(&b->s->arena, str_of(folder)),
				     .text = arena_str(&b->s->arena, str_of(yaml)) };
	free(folder);
	root = yaml_parse(&b->s->arena, &b->source, &b->diag);
	if (root == NULL || desc->options == NULL)
		return NULL;
	out = arena_alloc(&b->s->arena, desc->options->struct_size);
	if (!bind(b, desc->options, root, yaml_place(root), out) || desc->check == NULL)
		return out;
	options_report_init(&b->report, &b->places, &b->diag, yaml_place(root));
	b->report.report.size = sizeof b->report.report;
	b->report.report.load = report_load;
	b->report.report.ledgers = report_ledgers;
	b->report.report.host = &b->s->core->host;
	desc->check(out, &b->report.report);
	return out;
}

const void *steps_config(struct steps *s, const char *step, const char *yaml)
{
	const struct lg_step *desc = steps_find_step(s, step);
	struct binding b = { .s = s, .kinds = kinds_of(s, desc) };
	const void *out = bind_text(&b, desc, yaml);

	if (b.diag.errors > 0)
		die("steps: the config of \"%s\" is wrong\n%s", step, told(&b));
	binding_fini(&b);
	return out;
}

const char *steps_wrong(struct steps *s, const char *step, const char *yaml)
{
	const struct lg_step *desc = steps_find_step(s, step);
	struct binding b = { .s = s, .kinds = kinds_of(s, desc) };
	const char *text;

	bind_text(&b, desc, yaml);
	text = told(&b);
	binding_fini(&b);
	return text;
}

/* An instance here is the steps themselves. */
static const void *load(struct lg_instance *i, const struct lg_options *table, lg_str path, lg_str *why)
{
	struct binding b = { .s = (void *)i };
	const void *config = map_get(&b.s->core->files, path);

	if (config != NULL)
		return config;
	config = bind_file(&b, table, path);
	if (config == NULL)
		*why = str_of(told(&b));
	else
		map_put(&b.s->core->files, arena_str(&b.s->arena, path), (void *)(uintptr_t)config);
	binding_fini(&b);
	return config;
}

/* ---- expressions ---- */

static struct arena *memory(void *handle)
{
	return ((struct host_handle *)handle)->arena;
}

static bool eval_bool(void *handle, const struct lg_expr *x, const struct lg_rec *r, bool *out)
{
	return cel_eval_bool(x, r, memory(handle), out, NULL);
}

static bool eval_str(void *handle, const struct lg_expr *x, const struct lg_rec *r, lg_str *out)
{
	return cel_eval_str(x, r, memory(handle), out, NULL);
}

static bool eval_dec(void *handle, const struct lg_expr *x, const struct lg_rec *r, lg_dec *out)
{
	return cel_eval_dec(x, r, memory(handle), out, NULL);
}

static bool eval_set(void *handle, const struct lg_expr_map *m, const struct lg_rec *from, struct lg_rec *to)
{
	return cel_set_all(m, from, to, memory(handle), NULL);
}

static lg_str expand(void *handle, const struct lg_template *t, const struct lg_rec *r)
{
	struct buf b = { 0 };
	lg_str out;

	template_expand(t, r, NULL, &b);
	out = arena_str(memory(handle), buf_view(&b));
	buf_fini(&b);
	return out;
}

void host_fill_config(struct lg_host *h)
{
	h->load = load;
	h->eval_bool = eval_bool;
	h->eval_str = eval_str;
	h->eval_dec = eval_dec;
	h->eval_set = eval_set;
	h->expand = expand;
}
