/* fuzz_yaml.c - any bytes as a YAML file: parsed, filled in, bound to a table with every type of option, messages
   printed.  Nothing is read from the machine: interpolation looks for its files below a folder that is not there. */
#include "core/conf/interpolate.h"
#include "core/conf/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct inner {
	lg_str key;
	int64_t n;
	struct lg_list list;
};

static const struct lg_option inner_rows[] = {
	LG_OPTION(struct inner, n, LG_T_INT, .dflt = "7", .min = 1, .max = 10, .doc = "a number"),
	LG_OPTION(struct inner, list, LG_T_LIST, .max = 3, .doc = "a list"),
};
static const struct lg_options inner_table = LG_OPTIONS(struct inner, inner_rows);

struct outer {
	lg_str a;
	int64_t b;
	lg_dec c;
	bool d;
	int64_t e, f;
	lg_date g;
	lg_str h;
	int64_t i;
	lg_str j;
	struct lg_list k;
	struct lg_map l;
	const struct lg_expr *m;
	struct lg_expr_map n;
	const struct lg_template *o;
	struct inner p;
	struct lg_objs q, r;
};

/* Keys of one letter: a mutation finds them. */
static const struct lg_option outer_rows[] = {
	LG_OPTION(struct outer, a, LG_T_STR, .max = 20),
	LG_OPTION(struct outer, b, LG_T_INT, .doc = "one"),
	LG_OPTION(struct outer, c, LG_T_DEC, .min = -5, .max = 5),
	LG_OPTION(struct outer, d, LG_T_BOOL, .doc = "one"),
	LG_OPTION(struct outer, e, LG_T_DURATION, .min = 1, .max = 86400000),
	LG_OPTION(struct outer, f, LG_T_SIZE, .doc = "one"),
	LG_OPTION(struct outer, g, LG_T_DATE, .doc = "one"),
	LG_OPTION(struct outer, h, LG_T_PATH, .doc = "one"),
	LG_OPTION(struct outer, i, LG_T_CHOICE, .choices = "keep|move|delete"),
	LG_OPTION(struct outer, j, LG_T_SECRET, .doc = "one"),
	LG_OPTION(struct outer, k, LG_T_LIST, .dflt = "[a, b]"),
	LG_OPTION(struct outer, l, LG_T_MAP, .doc = "one"),
	LG_OPTION(struct outer, m, LG_T_EXPR, .result = LG_X_BOOL),
	LG_OPTION(struct outer, n, LG_T_EXPRS, .doc = "one"),
	LG_OPTION(struct outer, o, LG_T_TEMPLATE, .doc = "one"),
	LG_OPTION(struct outer, p, LG_T_OBJ, .sub = &inner_table),
	LG_OPTION(struct outer, q, LG_T_OBJS, .sub = &inner_table),
	LG_OPTION(struct outer, r, LG_T_OBJMAP, .sub = &inner_table),
};
static const struct lg_options outer_table = LG_OPTIONS(struct outer, outer_rows);

static void bind(struct arena *a, struct diag *d, struct yaml_node *root)
{
	struct options_places places = { 0 };
	struct interpolate_env fill = { a, LG_STR("/nonexistent/secrets"), d };
	struct options_env env = { .arena = a, .diag = d, .compile = &options_compile_cel, .places = &places };
	struct options_rest rest = { 0 };
	struct outer out;
	bool found;

	env.kinds = LG_KIND_BIT(LG_INVOICE) | LG_KIND_BIT(LG_TRANSACTION);
	interpolate(&fill, root);
	options_bind(&env, &outer_table, root, yaml_place(root), &out);
	options_place(&places, &out.k, &found);
	options_bind_part(&env, &inner_table, &outer_table, root, yaml_place(root), &out.p, &rest);
	options_places_fini(&places);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct diag d = { 0 };
	struct buf out = { 0 };
	struct source source = { .name = LG_STR("fuzz.yaml"),
				 .dir = LG_STR("/nonexistent"),
				 .text = { (const char *)data, size } };
	struct yaml_node *root = yaml_parse(&a, &source, &d);

	if (root != NULL)
		bind(&a, &d, root);
	diag_print(&d, true, &out);
	if (root == NULL && d.errors == 0)
		__builtin_trap(); /* refused without a reason */
	source_fini(&source);
	buf_fini(&out);
	diag_fini(&d);
	arena_fini(&a);
	return 0;
}
