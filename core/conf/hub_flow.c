/* hub_flow.c - flows: sources, kinds, steps with their options, destinations; which kinds come where. */
#include "core/conf/hub_priv.h"

#include "core/model/fields.h"

#include <string.h>

struct flow_options {
	const struct yaml_node *from, *when, *steps, *to;
	struct lg_list kinds;
	struct lg_map policies;
};

static const struct lg_option flow_rows[] = {
	LG_OPTION(struct flow_options, from, OPTION_NODE, .required = true,
		  .doc = "a connection, a list, or { label: NAME }"),
	LG_OPTION(struct flow_options, kinds, LG_T_LIST, .doc = "kinds of records that it takes from its sources"),
	LG_OPTION(struct flow_options, when, OPTION_NODE, .doc = "expression; others are dropped by rule"),
	LG_OPTION(struct flow_options, steps, OPTION_NODE, .doc = "list of steps"),
	LG_OPTION(struct flow_options, to, OPTION_NODE,
		  .doc = "a connection, a list, { label: NAME } or { first_of: [...] }"),
	LG_OPTION(struct flow_options, policies, LG_T_MAP, .doc = "of delivery"),
};
static const struct lg_options flow_table = LG_OPTIONS(struct flow_options, flow_rows);

/* What is known of the records at a place in a flow. */
struct stream {
	uint64_t may;  /* kinds that may be there */
	uint64_t sure; /* kinds that are */
};

lg_str hub_kinds_text(struct arena *a, uint64_t kinds)
{
	struct buf b = { 0 };
	lg_str out;

	for (uint16_t i = 0; i < 64; i++)
		if (kinds & LG_KIND_BIT(i))
			buf_addf(&b, "%s%s", b.len ? ", " : "", object_get(i) ? object_get(i)->name : "?");
	out = arena_str(a, buf_view(&b));
	buf_fini(&b);
	return out;
}

/* ---- when ---- */

static const struct lg_expr *compile_when(struct loader *l, const struct yaml_node *n, uint64_t kinds, lg_str *text,
					  struct place *place)
{
	static const struct lg_option row = { .name = "when", .type = LG_T_EXPR, .result = LG_X_BOOL };
	struct options_env env = hub_options(l, kinds);
	const struct lg_expr *out = NULL;

	if (n == NULL)
		return NULL;
	*place = yaml_place(n);
	if (n->type != YAML_SCALAR || n->text.len == 0) {
		diag_error(l->diag, *place, "\"when\" must be an expression, not %s", yaml_type_name(n));
		return NULL;
	}
	*text = n->text;
	options_value(&env, &row, n, &out);
	return out;
}

/* ---- kinds of the sources ---- */

static uint64_t kind_of(struct loader *l, lg_str name, struct place place)
{
	const struct object *o = object_by_name(name);
	lg_str all[64];
	size_t count = 0;

	if (o != NULL && o->is_kind)
		return LG_KIND_BIT(o->id);
	for (uint16_t i = 0; i < 64; i++)
		if (l->all_kinds & LG_KIND_BIT(i))
			all[count++] = str_of(object_get(i)->name);
	diag_error(l->diag, place, "no kind of record is named \"%.*s\"", STRA(name));
	diag_suggest(l->diag, "kinds", name, all, count);
	return 0;
}

static uint64_t named_kinds(struct loader *l, const struct lg_list *list, const struct yaml_node *n, uint64_t given)
{
	uint64_t kinds = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct place place = yaml_place(n->type == YAML_SEQ ? n->items[i] : n);
		uint64_t kind = kind_of(l, list->items[i], place);

		kinds |= kind;
		if ((kind & given) != 0 || kind == 0)
			continue;
		diag_error(l->diag, place, "no source of this flow gives \"%.*s\"", STRA(list->items[i]));
		diag_hint(l->diag, "they give: %.*s", STRA(hub_kinds_text(l->arena, given)));
	}
	return kinds;
}

static struct stream source_kinds(struct loader *l, const struct hub_flow *f, const struct flow_options *o,
				  const struct yaml_node *node)
{
	struct stream s = { 0 };

	for (size_t i = 0; i < f->from.count; i++) {
		s.may |= f->from.items[i]->gives;
		s.sure |= f->from.items[i]->exact ? f->from.items[i]->gives : 0;
	}
	if (s.may == 0) /* nothing there yet, or wrong: whatever follows is no further error */
		s.may = l->all_kinds;
	if (o->kinds.count > 0) {
		s.may = s.sure = named_kinds(l, &o->kinds, yaml_get(node, "kinds"), s.may);
		s.may = s.may ? s.may : l->all_kinds;
	} else if (s.may == LG_KIND_BIT(LG_STATEMENT)) {
		diag_error(l->diag, yaml_place(o->from),
			   "the sources give statements, and a flow takes those by name only");
		diag_hint(l->diag, "kinds: [statement]");
	} else {
		s.may &= ~LG_KIND_BIT(LG_STATEMENT);
		s.sure &= ~LG_KIND_BIT(LG_STATEMENT);
	}
	if (o->when != NULL)
		s.sure = 0;
	return s;
}

/* ---- steps ---- */

static void unknown_step(struct loader *l, const struct yaml_node *key)
{
	const lg_str *all = NULL;
	size_t count = l->env->steps ? l->env->steps(l->env->ctx, l->arena, &all) : 0;

	diag_error(l->diag, yaml_place(key), "no step named \"%.*s\"", STRA(key->text));
	if (count == 0)
		diag_hint(l->diag, "no step is loaded at all; LOLIGO_PLUGINS names the folder of the plugins");
	else
		diag_suggest(l->diag, "there are", key->text, all, count);
}

static bool has_row(const struct lg_options *table, const char *name)
{
	for (size_t i = 0; table != NULL && i < table->count; i++)
		if (strcmp(options_at(table, i).name, name) == 0)
			return true;
	return false;
}

/* "- name", "- name: { options, when: }", "- name: { options }\n  when: ..." */
static bool split_step(struct loader *l, const struct yaml_node *n, struct yaml_pair *step,
		       const struct yaml_node **when)
{
	*when = n->count == 2 ? yaml_get(n, "when") : NULL;
	if (*when == NULL)
		return hub_one_key(l, n, "a step", step);
	*step = n->pairs[str_is(n->pairs[0].key->text, "when")];
	return true;
}

/* What a step takes may pass or not, record by record; nothing is sure of it any more. */
static void advance(struct stream *s, const struct hub_step *step)
{
	uint64_t gives = step->step->gives;
	bool always = (s->sure & step->step->takes) != 0 && step->when_text.len == 0;

	if ((s->may & step->step->takes) == 0)
		return;
	s->may |= gives;
	s->sure = (s->sure & ~step->step->takes) | (always && __builtin_popcountll(gives) == 1 ? gives : 0);
}

static void bind_step_options(struct loader *l, struct hub_step *step, const struct yaml_node *options)
{
	static const struct lg_option when_row = { .name = "when", .type = OPTION_NODE };
	static const struct lg_options when_table = { sizeof when_row, 1, &when_row, sizeof(void *) };
	struct hub_bound b = { .table = step->step->options,
			       .check = step->step->check,
			       .node = options,
			       .place = step->place,
			       .kinds = step->takes ? step->takes : step->step->takes };
	bool ok;

	if (!has_row(step->step->options, "when"))
		b.others = &when_table;
	step->config = hub_bind(l, &b, &ok);
}

static void bind_step(struct loader *l, const struct yaml_node *n, struct stream *s, struct hub_flow *f,
		      struct hub_step *out)
{
	const struct yaml_node *when;
	struct yaml_pair pair;

	out->place = yaml_place(n);
	out->arrive = s->may;
	if (!split_step(l, n, &pair, &when))
		return;
	out->name = pair.key->text;
	out->place = yaml_place(pair.key);
	out->step = l->env->step(l->env->ctx, out->name);
	if (out->step == NULL) {
		unknown_step(l, pair.key);
		*s = (struct stream){ l->all_kinds, 0 };
		return;
	}
	out->takes = s->may & out->step->takes;
	if (out->takes == 0)
		diag_warn(l->diag, out->place,
			  "nothing that comes here (%.*s) is for the step \"%.*s\", which takes %.*s",
			  STRA(hub_kinds_text(l->arena, s->may)), STRA(out->name),
			  STRA(hub_kinds_text(l->arena, out->step->takes)));
	if (when == NULL && !has_row(out->step->options, "when"))
		when = yaml_get(pair.value, "when");
	out->when =
		compile_when(l, when, out->takes ? out->takes : out->step->takes, &out->when_text, &out->when_place);
	if (out->step->gives & LG_KIND_BIT(LG_VOUCHER)) /* may make the ledger that check() then sees */
		hub_check_books(l, f, pair.value, f->to.count ? f->to.items[0].place : out->place);
	bind_step_options(l, out, pair.value);
	advance(s, out);
}

static void bind_steps(struct loader *l, const struct yaml_node *n, struct stream *s, struct hub_flow *f)
{
	struct hub_step *steps;
	size_t count;

	if (yaml_is_null(n))
		return;
	count = n->type == YAML_SEQ ? n->count : 1;
	steps = arena_array(l->arena, struct hub_step, count);
	for (size_t i = 0; i < count; i++)
		bind_step(l, n->type == YAML_SEQ ? n->items[i] : n, s, f, &steps[i]);
	f->steps = steps;
	f->step_count = count;
}

/* ---- destinations ---- */

static bool can_write(struct loader *l, const struct hub_connection *c, const struct stream *s, struct place place)
{
	uint64_t wrong = (s->may & c->takes) == 0 ? s->may : s->sure & ~c->takes;

	if (wrong == 0 || c->takes == 0) /* 0: reported with the name */
		return true;
	if (c->format != NULL)
		diag_error(l->diag, place, "the format \"%s\" of \"%.*s\" cannot write %.*s, which comes here",
			   c->format->name, STRA(c->name), STRA(hub_kinds_text(l->arena, wrong)));
	else
		diag_error(l->diag, place, "\"%.*s\" cannot take %.*s, which comes here", STRA(c->name),
			   STRA(hub_kinds_text(l->arena, wrong)));
	return diag_hint(l->diag, "it takes: %.*s", STRA(hub_kinds_text(l->arena, c->takes)));
}

static void check_destinations(struct loader *l, const struct hub_flow *f, const struct stream *s)
{
	for (size_t i = 0; i < f->to.count; i++) {
		const struct hub_target *t = &f->to.items[i];
		bool ok = t->connection == NULL || can_write(l, t->connection, s, t->place);

		for (size_t j = 0; ok && t->labelled != NULL && j < t->labelled->count; j++)
			ok = can_write(l, t->labelled->items[j], s, t->place);
	}
}

static void bind_flow(struct loader *l, const struct yaml_pair *pair, struct hub_flow *f)
{
	struct options_env env = hub_options(l, 0);
	struct flow_options o = { 0 };
	struct stream s;
	bool ok = true;

	f->name = pair->key->text;
	f->place = yaml_place(pair->key);
	options_bind(&env, &flow_table, pair->value, f->place, &o);
	f->policies = o.policies;
	if (o.from != NULL)
		hub_sources(l, o.from, &f->from);
	if (o.to != NULL)
		ok = hub_targets(l, o.to, &f->to);
	s = source_kinds(l, f, &o, pair->value);
	f->kinds = s.may;
	f->when = compile_when(l, o.when, s.may, &f->when_text, &f->when_place);
	bind_steps(l, o.steps, &s, f);
	f->leave = s.may;
	if (ok)
		check_destinations(l, f, &s);
}

void hub_bind_flows(struct loader *l)
{
	const struct section *s = &l->sections[S_FLOWS];

	l->hub->flows = arena_array(l->arena, struct hub_flow, s->count);
	for (size_t i = 0; i < s->count; i++) {
		struct hub_flow *f = &l->hub->flows[l->hub->flow_count++];

		bind_flow(l, &s->items[i], f);
		map_put(&l->hub->flow_map, f->name, f);
	}
}
