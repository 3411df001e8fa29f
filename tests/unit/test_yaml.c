#include "tests/unit/test.h"

#include "core/conf/interpolate.h"

#include <stdio.h>
#include <unistd.h>

struct fixture {
	struct arena arena;
	struct diag diag;
	struct source source;
	struct buf out;
};

static struct yaml_node *parse(struct fixture *f, const char *text)
{
	f->source = (struct source){ .name = LG_STR("t.yaml"), .dir = LG_STR("/nowhere"), .text = str_of(text) };
	return yaml_parse(&f->arena, &f->source, &f->diag);
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
	diag_fini(&f->diag);
	arena_fini(&f->arena);
	buf_fini(&f->out);
}

static void every_node_knows_its_place(void **state)
{
	struct fixture f = { 0 };
	struct yaml_node *root = parse(&f, "a: 1\n\xc3\xa5\xc3\xa4:\n  - {x: NO, y: \"00123\"}\n"), *x, *y;

	(void)state;
	assert_non_null(root);
	x = yaml_get(yaml_get(root, "\xc3\xa5\xc3\xa4")->items[0], "x");
	y = yaml_get(yaml_get(root, "\xc3\xa5\xc3\xa4")->items[0], "y");
	assert_true(str_is(x->text, "NO"));
	assert_int_equal(x->line, 3);
	assert_int_equal(x->column, 9);
	assert_true(str_is(y->text, "00123"));
	assert_true(x->plain && !y->plain);
	assert_int_equal(yaml_place_in(y, 1, 3).column, y->column + 3);
	fini(&f);
}

static void places_inside_block_texts(void **state)
{
	struct fixture f = { 0 };
	struct yaml_node *root = parse(&f, "when: |\n    a &&\n    b\n");
	struct place p;

	(void)state;
	p = yaml_place_in(yaml_get(root, "when"), 2, 1);
	assert_int_equal(p.line, 3);
	assert_int_equal(p.column, 5);
	fini(&f);
}

static void aliases_are_shared_and_counted(void **state)
{
	struct fixture f = { 0 };
	struct yaml_node *root = parse(&f, "a: &x [1, 2]\nb: *x\n");

	(void)state;
	assert_non_null(root);
	assert_ptr_equal(yaml_get(root, "a"), yaml_get(root, "b"));
	assert_int_equal(root->weight, 1 + 2 + 3 + 3);
	fini(&f);
}

/* Each text is refused with a message that begins like this. */
static void refuses(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{ "a: 1\na: 2\n", "t.yaml:2:1: error: the key \"a\" stands twice in this map\n" },
		{ "a: [1\n", "t.yaml:2:1: error: not valid YAML: " },
		{ "a: *x\n", "t.yaml:1:4: error: no anchor \"&x\" stands before this\n" },
		{ "a: &x [*x]\n", "t.yaml:1:8: error: \"*x\" stands inside what it names\n" },
		{ "a: !!int 1\n", "t.yaml:1:4: error: the tag \"tag:yaml.org,2002:int\" is not used here\n" },
		{ "[a, b]: 1\n", "t.yaml:1:1: error: a key must be a text, not a list\n" },
		{ "a: 1\n---\nb: 1\n", "t.yaml:2:1: error: a second document begins here\n" },
		{ "a: \xff\n", "t.yaml:1:4: error: not UTF-8: the byte 0xff\n" },
		{ "\xc3\xa5: \x01\n", "t.yaml:1:4: error: not valid YAML: control characters are not allowed\n" },
		{ "a:\n\tb: 1\n", "t.yaml:2:1: error: not valid YAML: found character that cannot start any token" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture f = { 0 };

		assert_null(parse(&f, rows[i].text));
		if (strncmp(printed(&f), rows[i].message, strlen(rows[i].message)) != 0)
			fail_msg("row %zu: %s", i, printed(&f));
		fini(&f);
	}
}

static void an_alias_bomb_is_refused_at_once(void **state)
{
	struct fixture f = { 0 };
	struct buf b = { 0 };

	(void)state;
	buf_cstr(&b, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 12; i++) {
		buf_addf(&b, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			buf_addf(&b, "%s*a%d", j ? ", " : "", i - 1);
		buf_cstr(&b, "]\n");
	}
	assert_null(parse(&f, buf_text(&b)));
	assert_non_null(strstr(printed(&f), "nodes, what aliases repeat included"));
	assert_true(f.arena.used < 1 << 20);
	buf_fini(&b);
	fini(&f);
}

static void deep_nesting_is_refused(void **state)
{
	static const char open[2] = { '[', '{' };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(open); i++) {
		struct fixture f = { 0 };
		struct buf b = { 0 };

		for (int n = 0; n < 100000; n++)
			buf_char(&b, open[i]);
		assert_null(parse(&f, buf_text(&b)));
		if (i == 0)
			assert_non_null(strstr(printed(&f), "t.yaml:1:33: error: nested deeper than 32 levels"));
		buf_fini(&b);
		fini(&f);
	}
}

static void errors_are_sorted_and_kept_once(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	parse(&f, "one: 1\ntwo:\t2\n");
	diag_error(&f.diag, (struct place){ &f.source, 2, 6 }, "second");
	diag_hint(&f.diag, "do this");
	diag_error(&f.diag, (struct place){ &f.source, 2, 6 }, "second");
	diag_hint(&f.diag, "not to be seen");
	diag_error(&f.diag, (struct place){ &f.source, 1, 1 }, "first");
	diag_warn(&f.diag, (struct place){ &f.source, 0, 0 }, "whole");
	assert_string_equal(printed(&f), "t.yaml: warning: whole\n"
					 "t.yaml:1:1: error: first\n"
					 "    1 | one: 1\n"
					 "      | ^\n"
					 "t.yaml:2:6: error: second\n"
					 "    2 | two: 2\n"
					 "      |      ^\n"
					 "      = hint: do this\n"
					 "2 errors, 1 warning\n");
	assert_int_equal(f.diag.errors, 2);
	fini(&f);
}

static void hidden_texts_are_not_printed(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	parse(&f, "a: hunter2, b\n");
	diag_hide(&f.source, LG_STR("hunter2"));
	diag_error(&f.diag, (struct place){ &f.source, 1, 1 }, "x");
	assert_null(strstr(printed(&f), "hunter2"));
	assert_non_null(strstr(printed(&f), "a: ***, b"));
	fini(&f);
}

static void long_lines_are_cut_around_the_place(void **state)
{
	struct fixture f = { 0 };
	char text[500];

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	text[0] = 'a';
	text[300] = 'Q';
	parse(&f, text);
	diag_error(&f.diag, (struct place){ &f.source, 1, 301 }, "here");
	assert_non_null(strchr(printed(&f), 'Q'));
	for (const char *line = printed(&f), *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
		assert_true(end - line < 130);
	fini(&f);
}

static void interpolates_whole_leaves(void **state)
{
	struct fixture f = { 0 };
	char dir[] = "/tmp/loligo-yaml-XXXXXX", path[64];
	struct yaml_node *root;
	struct interpolate_env env = { &f.arena, LG_STR("/nowhere/secrets"), &f.diag };
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/value", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("from a file\n", file);
	fclose(file);
	setenv("LOLIGO_TEST_A", "NO: x", 1);
	setenv("LOLIGO_SECRET_BANK_KEY", "s3cret", 1);
	root = parse(&f, "a: ${env:LOLIGO_TEST_A}\nb: [\"${secret:bank-key}\"]\nc: ${file:value}\n");
	f.source.dir = str_of(dir);
	assert_true(interpolate(&env, root));
	assert_true(str_is(yaml_get(root, "a")->text, "NO: x"));
	assert_true(str_is(yaml_get(root, "b")->items[0]->text, "s3cret"));
	assert_true(yaml_get(root, "b")->items[0]->secret);
	assert_true(str_is(yaml_get(root, "c")->text, "from a file"));
	unlink(path);
	rmdir(dir);
	fini(&f);
}

static void interpolation_says_what_is_missing(void **state)
{
	struct fixture f = { 0 };
	struct interpolate_env env = { &f.arena, LG_STR("/nowhere/secrets"), &f.diag };
	struct yaml_node *root;

	(void)state;
	unsetenv("LOLIGO_TEST_NONE");
	root = parse(&f, "a: ${env:LOLIGO_TEST_NONE}\nb: x${env:HOME}\nc: ${secret:../x}\nd: ${secret:none}\n"
			 "e: ${what:x}\nf: ${file:none}\ng: ${env:A}${env:B}\n");
	assert_false(interpolate(&env, root));
	assert_int_equal(f.diag.errors, 7);
	printed(&f);
	assert_non_null(
		strstr(f.out.ptr, "t.yaml:1:4: error: the environment variable \"LOLIGO_TEST_NONE\" is not set"));
	assert_non_null(
		strstr(f.out.ptr, "t.yaml:2:4: error: ${...} must be the whole value, not a part of \"x${env:HOME}\""));
	assert_non_null(strstr(f.out.ptr, "t.yaml:4:4: error: no secret \"none\""));
	assert_non_null(strstr(f.out.ptr, "write it to secrets/none beside the main file, or set LOLIGO_SECRET_NONE"));
	assert_non_null(strstr(f.out.ptr, "t.yaml:6:4: error: cannot read the file \"none\""));
	fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_node_knows_its_place),          cmocka_unit_test(places_inside_block_texts),
		cmocka_unit_test(aliases_are_shared_and_counted),      cmocka_unit_test(refuses),
		cmocka_unit_test(an_alias_bomb_is_refused_at_once),    cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(errors_are_sorted_and_kept_once),     cmocka_unit_test(hidden_texts_are_not_printed),
		cmocka_unit_test(long_lines_are_cut_around_the_place), cmocka_unit_test(interpolates_whole_leaves),
		cmocka_unit_test(interpolation_says_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
