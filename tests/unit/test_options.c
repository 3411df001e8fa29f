#include "tests/unit/test.h"

#include "tests/unit/fake_hub_env.h"

#include "core/base/date.h"
#include "core/base/dec.h"

#include <stdio.h>
#include <unistd.h>

struct inner {
	lg_str key;
	int64_t n;
	lg_str text;
};

struct all {
	lg_str str;
	int64_t number;
	lg_dec dec;
	bool yes;
	int64_t wait, room;
	lg_date day;
	lg_str path;
	int64_t choice;
	lg_str secret;
	struct lg_list list;
	struct lg_map map;
	const struct lg_expr *expr;
	struct lg_expr_map exprs;
	const struct lg_template *template;
	struct inner obj;
	struct lg_objs objs, objmap;
};

static const struct lg_option inner_rows[] = {
	LG_OPTION(struct inner, n, LG_T_INT, .dflt = "7", .min = 1, .max = 10, .doc = "a number"),
	LG_OPTION(struct inner, text, LG_T_STR, .required = true, .doc = "a text"),
};
static const struct lg_options inner_table = LG_OPTIONS(struct inner, inner_rows);

static const struct lg_option all_rows[] = {
	LG_OPTION(struct all, str, LG_T_STR, .dflt = "x", .doc = "text"),
	LG_OPTION(struct all, number, LG_T_INT, .dflt = "5", .min = 1, .max = 100, .doc = "number"),
	LG_OPTION(struct all, dec, LG_T_DEC, .min = 0, .max = -1, .unit = "kronor", .doc = "amount"),
	LG_OPTION(struct all, yes, LG_T_BOOL, .dflt = "true", .doc = "flag"),
	LG_OPTION(struct all, wait, LG_T_DURATION, .dflt = "1m", .min = 1000, .max = 3600000, .doc = "time"),
	LG_OPTION(struct all, room, LG_T_SIZE, .dflt = "64KiB", .doc = "size"),
	LG_OPTION(struct all, day, LG_T_DATE, .dflt = "2026-01-01", .doc = "day"),
	LG_OPTION(struct all, path, LG_T_PATH, .doc = "path"),
	LG_OPTION(struct all, choice, LG_T_CHOICE, .choices = "keep|move|delete", .dflt = "move", .doc = "choice"),
	LG_OPTION(struct all, secret, LG_T_SECRET, .doc = "secret"),
	LG_OPTION(struct all, list, LG_T_LIST, .dflt = "[a, b]", .doc = "list"),
	LG_OPTION(struct all, map, LG_T_MAP, .doc = "map"),
	LG_OPTION(struct all, expr, LG_T_EXPR, .dflt = "true", .result = LG_X_BOOL, .doc = "expression"),
	LG_OPTION(struct all, exprs, LG_T_EXPRS, .doc = "expressions"),
	LG_OPTION(struct all, template, LG_T_TEMPLATE, .doc = "name"),
	LG_OPTION(struct all, obj, LG_T_OBJ, .sub = &inner_table, .file = true, .doc = "object"),
	LG_OPTION(struct all, objs, LG_T_OBJS, .sub = &inner_table, .file = true, .doc = "objects"),
	LG_OPTION(struct all, objmap, LG_T_OBJMAP, .sub = &inner_table, .doc = "objects by name"),
};
static const struct lg_options all_table = LG_OPTIONS(struct all, all_rows);

struct fixture {
	struct arena arena;
	struct diag diag;
	struct source source;
	struct options_places places;
	struct map files;
	struct buf out;
	struct all all;
	struct yaml_node *root;
	lg_str dir;
};

static bool bind_table(struct fixture *f, const struct lg_options *table, const char *text, void *out)
{
	struct options_env env = { .arena = &f->arena,
				   .diag = &f->diag,
				   .compile = &fake_compilers,
				   .files = &f->files,
				   .places = &f->places };

	f->source = (struct source){ .name = LG_STR("t.yaml"),
				     .dir = f->dir.len ? f->dir : LG_STR("/conf"),
				     .text = str_of(text) };
	f->root = yaml_parse(&f->arena, &f->source, &f->diag);
	assert_non_null(f->root);
	return options_bind(&env, table, f->root, yaml_place(f->root), out);
}

static bool bind(struct fixture *f, const char *text)
{
	return bind_table(f, &all_table, text, &f->all);
}

static const char *printed(struct fixture *f)
{
	buf_reset(&f->out);
	diag_print(&f->diag, false, &f->out);
	return buf_text(&f->out);
}

static void fini(struct fixture *f)
{
	source_fini(&f->source);
	options_places_fini(&f->places);
	map_fini(&f->files);
	diag_fini(&f->diag);
	arena_fini(&f->arena);
	buf_fini(&f->out);
}

static void defaults_are_parsed_like_values(void **state)
{
	struct fixture f = { 0 };
	lg_date day;

	(void)state;
	assert_true(bind(&f, ""));
	assert_true(str_is(f.all.str, "x"));
	assert_int_equal(f.all.number, 5);
	assert_true(f.all.yes);
	assert_int_equal(f.all.wait, 60000);
	assert_int_equal(f.all.room, 65536);
	date_parse(LG_STR("2026-01-01"), &day);
	assert_int_equal(f.all.day, day);
	assert_int_equal(f.all.choice, 1);
	assert_int_equal(f.all.list.count, 2);
	assert_true(str_is(f.all.list.items[1], "b"));
	assert_non_null(f.all.expr);
	assert_int_equal(f.all.obj.n, 7);
	assert_int_equal(f.all.objs.count, 0);
	fini(&f);
}

static void binds_every_type(void **state)
{
	struct fixture f = { 0 };
	const struct inner *in;
	char text[DEC_TEXT_MAX];

	(void)state;
	if (!bind(&f, "str: NO\nnumber: +12\ndec: \"12.50\"\nyes: false\nwait: 1m30s\nroom: 10MiB\nday: 2026-11-25\n"
		      "path: ../in/./x.xml\nchoice: delete\nsecret: hunter2\nlist: one\nmap: {a: 1, b: NO}\n"
		      "expr: amount > 0\nexprs: {number: a, due_date: b}\ntemplate: v-{number}\n"
		      "obj: {text: t, n: 3}\nobjs: [{text: a}, {text: b, n: 9}]\nobjmap: {one: {text: a}, two: {text: "
		      "b}}\n"))
		fail_msg("%s", printed(&f));
	assert_true(str_is(f.all.str, "NO"));
	assert_int_equal(f.all.number, 12);
	dec_text(f.all.dec, 2, text);
	assert_string_equal(text, "12.50");
	assert_false(f.all.yes);
	assert_int_equal(f.all.wait, 90000);
	assert_int_equal(f.all.room, 10 << 20);
	assert_true(str_is(f.all.path, "/in/x.xml"));
	assert_int_equal(f.all.choice, 2);
	assert_int_equal(f.all.list.count, 1);
	assert_true(str_is(f.all.map.items[1].value, "NO"));
	assert_int_equal(f.all.exprs.count, 2);
	assert_int_equal(f.all.obj.n, 3);
	in = f.all.objs.items;
	assert_int_equal(in[0].n, 7);
	assert_int_equal(in[1].n, 9);
	in = f.all.objmap.items;
	assert_true(str_is(in[1].key, "two") && str_is(in[1].text, "b"));
	fini(&f);
}

/* One wrong value each; what is said of it. */
static void says_what_was_expected(void **state)
{
	static const struct {
		const char *text, *message, *hint;
	} rows[] = {
		{ "number: 101", "1:9: error: \"number\" must be 1 to 100, not 101", "number: number" },
		{ "number: 1e3", "1:9: error: \"number\" must be a whole number, not \"1e3\"", "digits only" },
		{ "number:", "1:8: error: \"number\" has no value", "leave the key out" },
		{ "number: [1]", "1:9: error: \"number\" must be a whole number, not a list", NULL },
		{ "dec: -1", "1:6: error: \"dec\" must be at least 0, not -1", NULL },
		{ "dec: 1,5", "must be a decimal number, not \"1,5\"", "with a point" },
		{ "yes: NO", "must be true or false, not \"NO\"", NULL },
		{ "wait: 5", "must be a duration, not \"5\"", "5s" },
		{ "wait: 2h", "must be 1s to 1h, not 2h", NULL },
		{ "room: 10MB", "must be a size, not \"10MB\"", "10MiB" },
		{ "day: 2026-02-30", "must be a date", "2026-11-25" },
		{ "choice: deleet", "\"choice\" cannot be \"deleet\"",
		  "did you mean \"delete\"? allowed: keep, move, delete" },
		{ "list: {a: 1}", "\"list\" must be a list of texts, not a map", NULL },
		{ "list: [[a]]", "1:8: error: a value in \"list\" must be a text, not a list", NULL },
		{ "map: x", "\"map\" must be a map of texts, not a text", NULL },
		{ "expr: a == bad", "1:12: error: no field \"bad\"", NULL },
		{ "expr: \"a == bad\"", "1:13: error: no field \"bad\"", NULL },
		{ "exprs: {number: bad}", "1:17: error: no field \"bad\"", NULL },
		{ "obj: {n: 3}", "1:6: error: \"text\" is missing", "text: a text" },
		{ "obj: {txt: 3, text: a}", "1:7: error: unknown key \"txt\"", "did you mean \"text\"? keys: n, text" },
		{ "objs: {text: a}", "\"objs\" must be a list of maps, not a map", NULL },
		{ "objs: [x]", "1:8: error: a map of options must stand here, not a text", NULL },
		{ "obj: none.yaml", "1:6: error: cannot read \"none.yaml\": No such file or directory", NULL },
		{ "nmber: 3", "1:1: error: unknown key \"nmber\"", "did you mean \"number\"?" },
		{ "unheard_of: 3", "1:1: error: unknown key \"unheard_of\"", "keys: str, number, dec" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture f = { 0 };

		assert_false(bind(&f, rows[i].text));
		if (f.diag.errors != 1 || strstr(printed(&f), rows[i].message) == NULL ||
		    (rows[i].hint && strstr(printed(&f), rows[i].hint) == NULL))
			fail_msg("row %zu (%s):\n%s", i, rows[i].text, printed(&f));
		fini(&f);
	}
}

static void all_errors_come_together(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	assert_false(bind(&f, "number: 0\nyes: maybe\nobjs: [{n: 99, text: a}, {}]\nwhat: 1\n"));
	assert_int_equal(f.diag.errors, 5);
	fini(&f);
}

static void secrets_stay_out_of_messages(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	assert_false(bind(&f, "{secret: hunter2, nmber: 1}\n"));
	assert_null(strstr(printed(&f), "hunter2"));
	fini(&f);
}

static void values_may_stand_in_a_file(void **state)
{
	struct fixture f = { 0 };
	char dir[] = "/tmp/loligo-opt-XXXXXX", path[64];
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/obj.yaml", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("text: t\nn: 30\n", file);
	fclose(file);
	f.dir = str_of(dir);
	snprintf(path, sizeof path, "obj: %s/obj.yaml\n", dir);
	assert_false(bind(&f, path));
	assert_non_null(strstr(printed(&f), "/obj.yaml:2:4: error: \"n\" must be 1 to 10, not 30"));
	assert_true(str_is(f.all.obj.text, "t"));
	assert_int_equal(f.source.errors, 1); /* it counts for the naming file too */
	snprintf(path, sizeof path, "%s/obj.yaml", dir);
	unlink(path);
	rmdir(dir);
	fini(&f);
}

static void a_report_finds_the_place_of_a_member(void **state)
{
	struct fixture f = { 0 };
	struct options_report r;
	struct place p;
	const struct inner *in;
	bool found;

	(void)state;
	assert_true(bind(&f, "number: 12\nlist: [a,\n  b]\nobjs:\n - text: a\n - text: b\n   n: 9\n"));
	in = f.all.objs.items;
	p = options_place(&f.places, &f.all.number, &found);
	assert_true(found && p.line == 1 && p.column == 9);
	p = options_place(&f.places, &f.all.list.items[1], &found);
	assert_true(found && p.line == 3 && p.column == 3);
	p = options_place(&f.places, &in[1].n, &found);
	assert_true(found && p.line == 7 && p.column == 7);
	p = options_place(&f.places, &in[0].n, &found); /* a default: where its map begins */
	assert_true(found && p.line == 5 && p.column == 4);
	options_place(&f.places, &f, &found);
	assert_false(found);
	options_report_init(&r, &f.places, &f.diag, yaml_place(f.root));
	r.report.error(&r.report, &f.all.number, "wrong %d", 1);
	assert_true(r.failed);
	assert_non_null(strstr(printed(&f), "t.yaml:1:9: error: wrong 1\n"));
	fini(&f);
}

/* A plugin of another build has other rows: longer ones, or ones that end earlier. */
static void rows_may_be_longer_or_shorter(void **state)
{
	struct longer {
		struct lg_option o;
		void *more[3];
	};
	struct {
		lg_str a;
		int64_t b;
	} out;
	struct fixture f = { 0 };
	struct longer rows[2] = { { .o = { .name = "a", .type = LG_T_STR, .doc = "d" } },
				  { .o = { .name = "b", .type = LG_T_INT, .offset = sizeof(lg_str), .dflt = "3" } } };
	char old[2 * offsetof(struct lg_option, unit)];
	struct lg_options table = { sizeof rows[0], 2, &rows[0].o, sizeof out };

	(void)state;
	assert_true(bind_table(&f, &table, "a: x\n", &out));
	assert_true(str_is(out.a, "x") && out.b == 3);
	for (size_t i = 0; i < 2; i++)
		memcpy(old + i * offsetof(struct lg_option, unit), &rows[i].o, offsetof(struct lg_option, unit));
	table = (struct lg_options){ offsetof(struct lg_option, unit), 2, (const void *)old, sizeof out };
	assert_true(bind_table(&f, &table, "b: 4\n", &out));
	assert_int_equal(out.b, 4);
	fini(&f);
}

static void tables_describe_themselves(void **state)
{
	struct arena a = { 0 };
	struct options_row *rows;
	size_t n = options_describe(&a, &all_table, &rows);

	(void)state;
	assert_int_equal(n, ARRAY_LEN(all_rows) + 3 * ARRAY_LEN(inner_rows));
	assert_true(str_is(rows[4].name, "wait") && str_is(rows[4].range, "1s to 1h") && str_is(rows[4].dflt, "1m"));
	assert_true(str_is(rows[2].unit, "kronor") && str_is(rows[2].type, "a decimal number"));
	assert_true(str_is(rows[n - 1].name, "objmap.*.text") && rows[n - 1].required);
	arena_fini(&a);
}

static void durations_and_sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{ "0", 0 },
		{ "500ms", 500 },
		{ "3d", 259200000 },
		{ "1h30m", 5400000 },
	};
	static const char *const bad[] = { "", "5", "s", "5 s", "-5s", "5x", "99999999999999999d", "1h30" };
	int64_t v = -1;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(options_duration(str_of(good[i].text), &v));
		assert_int_equal(v, good[i].ms);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(options_duration(str_of(bad[i]), &v));
	assert_true(options_size(LG_STR("4096"), &v) && v == 4096);
	assert_true(options_size(LG_STR("1TiB"), &v) && v == (int64_t)1 << 40);
	assert_false(options_size(LG_STR("1KiB5"), &v));
	assert_false(options_size(LG_STR("9999999999TiB"), &v));
}

static void paths_are_absolute_and_plain(void **state)
{
	static const struct {
		const char *dir, *text, *out;
	} rows[] = {
		{ "/a/b", "c", "/a/b/c" },       { "/a/b", "../c", "/a/c" }, { "/a", "../../../c", "/c" },
		{ "/a", "/x/./y//z", "/x/y/z" }, { "/", ".", "/" },          { "/a", "in/*.xml", "/a/in/*.xml" },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(options_path(&a, str_of(rows[i].dir), str_of(rows[i].text)).ptr, rows[i].out);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_parsed_like_values),
		cmocka_unit_test(binds_every_type),
		cmocka_unit_test(says_what_was_expected),
		cmocka_unit_test(all_errors_come_together),
		cmocka_unit_test(secrets_stay_out_of_messages),
		cmocka_unit_test(values_may_stand_in_a_file),
		cmocka_unit_test(a_report_finds_the_place_of_a_member),
		cmocka_unit_test(rows_may_be_longer_or_shorter),
		cmocka_unit_test(tables_describe_themselves),
		cmocka_unit_test(durations_and_sizes),
		cmocka_unit_test(paths_are_absolute_and_plain),
	};

	(void)fake_hub_env;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
