/* Expressions, paths and templates of any bytes: compiled against some kinds and evaluated over a record. */
#include "core/conf/cel.h"
#include "core/conf/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char record[] =
	"{\"kind\":\"allocation\",\"client\":\"7\",\"amount\":\"12.50\",\"currency\":\"SEK\",\"date\":\"2026-11-25\","
	"\"from\":{\"kind\":\"transaction\",\"id\":\"t1\"},\"to\":{\"kind\":\"invoice\",\"id\":\"i1\",\"amount\":\"-"
	"3\"},"
	"\"evidence\":{\"score\":0.97,\"big\":1e400,\"names\":[\"a\",\"b\",{\"c\":null}],\"n\":18446744073709551616}}";

static void expression(struct arena *a, lg_str text, const struct cel_env *env, const struct lg_rec *r)
{
	struct err err = { 0 };
	struct cel_value v;
	struct buf out = { 0 };
	struct lg_expr *x = cel_compile(a, text, env, LG_X_DYN, &err);

	if (x && cel_eval(x, r, a, &v, &err))
		cel_print(v, &out);
	else if (err.msg[0] == '\0' || err.line < 1 || err.column < 1)
		__builtin_trap(); /* an error says what and where */
	buf_fini(&out);
}

static void setting(struct arena *a, lg_str text, const struct lg_rec *r)
{
	const uint64_t kinds = LG_KIND_BIT(LG_ALLOCATION);
	const struct cel_env env = { .kinds = kinds };
	size_t split = str_chr(text, '\n');
	struct err err = { 0 };
	struct lg_expr *x = cel_compile_set(a, str_sub(text, 0, split), str_from(text, split + 1), &env, kinds, &err);
	struct lg_rec *to = rec_clone(a, r);

	if (x)
		cel_set(x, r, to, a, &err);
}

static void template(struct arena *a, lg_str text, const struct lg_rec *r)
{
	static const lg_str extra[] = { { "x", 1 }, { "y", 1 } };
	struct err err = { 0 };
	struct buf out = { 0 };
	struct lg_template *t = template_compile(a, text, LG_KIND_BIT(LG_ALLOCATION), "today contract", &err);

	if (t)
		template_expand(t, r, extra, &out);
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cel_env envs[] = {
		{ .kinds = LG_KIND_BIT(LG_ALLOCATION), .steps = 20000 },
		{ .kinds = LG_KIND_BIT(LG_ALLOCATION) | LG_KIND_BIT(LG_INVOICE) | LG_KIND_BIT(LG_TRANSACTION),
		  .steps = 20000 },
		{ .kinds = LG_KIND_BIT(LG_ALLOCATION), .unchecked = true, .steps = 20000 },
	};
	struct arena a = { 0 };
	struct err err = { 0 };
	struct lg_rec *r;
	lg_str text;

	if (size == 0)
		return 0;
	r = rec_from_json(&a, LG_STR(record), 0, &err);
	if (r == NULL)
		__builtin_trap();
	text = arena_str(&a, (lg_str){ (const char *)data + 1, size - 1 });
	if (data[0] % 8 == 7)
		setting(&a, text, r);
	else if (data[0] % 8 == 6)
		template(&a, text, r);
	else
		expression(&a, text, &envs[data[0] % 3], r);
	arena_fini(&a);
	return 0;
}
