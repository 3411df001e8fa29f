/* compile.c - ties options to the expressions and templates of this layer. */
#include "core/conf/cel.h"
#include "core/conf/options.h"
#include "core/conf/template.h"

static const struct lg_expr *compile_expr(struct arena *a, lg_str text, uint64_t kinds, enum lg_expr_result result,
					  struct err *err)
{
	const struct cel_env env = { .kinds = kinds };

	return cel_compile(a, text, &env, result, err);
}

static const struct lg_expr *compile_set(struct arena *a, lg_str path, lg_str text, uint64_t kinds, struct err *err)
{
	const struct cel_env env = { .kinds = kinds };

	return cel_compile_set(a, path, text, &env, kinds, err);
}

static const struct lg_template *compile_template(struct arena *a, lg_str text, uint64_t kinds, struct err *err)
{
	return template_compile(a, text, kinds, NULL, err);
}

const struct options_compile options_compile_cel = { compile_expr, compile_set, compile_template };
