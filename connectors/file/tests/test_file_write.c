/* What is written into folders, and what a crash leaves of it. */
#include "connectors/file/tests/rig.h"

/* ---- writing ---- */

struct batch {
	struct lg_delivery d;
	struct lg_effect effects[8];
};

/* "series:text" each; the key is the text. */
static void batch_init(struct batch *b, size_t n, const char *const *specs)
{
	*b = (struct batch){ .d = { .size = sizeof b->d, .count = (uint32_t)n, .effects = b->effects } };
	for (size_t i = 0; i < n; i++) {
		struct lg_rec *rec = rec_new(&arena, LG_VOUCHER);
		lg_str text = str_of(specs[i]), series;

		str_split(&text, ':', &series);
		rec_set_str(rec, LG_VOUCHER_SERIES, series);
		rec_set_str(rec, LG_VOUCHER_TEXT, text);
		b->effects[i] = (struct lg_effect){ .key = text, .rec = rec, .attempt = 1 };
	}
}

#define BATCH(...) \
	batch_init(&b, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), (const char *const[]){ __VA_ARGS__ })

static void deliver(struct rig *r, const struct batch *b)
{
	memset(r->hub->settle_count, 0, sizeof r->hub->settle_count);
	connector->deliver(r->state, &b->d);
	for (uint32_t i = 0; i < b->d.count; i++)
		assert_int_equal(r->hub->settle_count[i], 0); /* never inline */
	fake_run(r->hub);
	for (uint32_t i = 0; r->hub->die_after == 0 && i < b->d.count; i++)
		assert_int_equal(r->hub->settle_count[i], 1);
}

static void probe(struct rig *r, const struct batch *b)
{
	connector->probe(r->state, &b->d);
	fake_run(r->hub);
}

static void lines_are_appended_and_told_by_their_place(void **state)
{
	struct rig r;
	struct batch b;

	(void)state;
	rig_init(&r);
	rig_write(&r, "out/x.jsonl", LG_F_LINES);
	rig_open(&r);
	BATCH("A:one", "A:two");
	deliver(&r, &b);
	BATCH("A:three");
	deliver(&r, &b);
	assert_string_equal(get("out/x.jsonl"), "one\ntwo\nthree\n");
	assert_memory_equal(r.hub->remote[0], "x.jsonl 8:6:", 12);
	rig_close(&r);
	rig_open(&r);
	BATCH("A:four");
	deliver(&r, &b);
	assert_string_equal(get("out/x.jsonl"), "one\ntwo\nthree\nfour\n");
	rig_fini(&r);
}

static void one_bad_record_does_not_take_its_neighbours_down(void **state)
{
	struct rig r;
	struct batch b;

	(void)state;
	rig_init(&r);
	rig_write(&r, "out/x.jsonl", LG_F_LINES);
	rig_open(&r);
	BATCH("A:one", "A:bad", "A:two");
	deliver(&r, &b);
	assert_string_equal(get("out/x.jsonl"), "one\ntwo\n");
	assert_int_equal(r.hub->settled[0], LG_OK);
	assert_int_equal(r.hub->settled[1], LG_REJECT);
	assert_string_equal(r.hub->message[1], "bad record");
	assert_int_equal(r.hub->settled[2], LG_OK);
	rig_fini(&r);
}

static void each_name_is_a_file_of_its_own_and_none_is_written_twice(void **state)
{
	struct rig r;
	struct batch b;

	(void)state;
	rig_init(&r);
	rig_write(&r, "out/v-{series}.se", 0);
	rig_open(&r);
	BATCH("A:one", "B:two", "A:three");
	deliver(&r, &b);
	assert_string_equal(get("out/v-A.se"), "HEAD\none\nthree\n");
	assert_string_equal(get("out/v-B.se"), "HEAD\ntwo\n");
	BATCH("A:four");
	deliver(&r, &b);
	assert_string_equal(get("out/v-A.se"), "HEAD\none\nthree\n");
	assert_string_equal(get("out/v-A-2.se"), "HEAD\nfour\n");
	assert_string_equal(r.hub->remote[0], "v-A-2.se");
	rig_fini(&r);
}

static void a_fixed_name_holds_all_that_went_there(void **state)
{
	struct rig r;
	struct batch b;

	(void)state;
	rig_init(&r);
	rig_write(&r, "out/all.se", 0);
	rig_open(&r);
	BATCH("A:one");
	deliver(&r, &b);
	assert_string_equal(r.hub->remote[0], "all.se");
	strcpy(r.hub->history, "one\n");
	BATCH("A:two");
	deliver(&r, &b);
	assert_string_equal(get("out/all.se"), "HEAD\none\ntwo\n");
	rig_fini(&r);
}

static void two_companies_under_one_name_are_an_error(void **state)
{
	struct rig r;
	struct batch b;

	(void)state;
	rig_init(&r);
	rig_write(&r, "out/v-{series}.se", 0);
	rig_open(&r);
	BATCH("A:one", "A:two", "B:three");
	for (size_t i = 0; i < 3; i++)
		rec_set_str((struct lg_rec *)(uintptr_t)b.effects[i].rec, LG_VOUCHER_COMPANY,
			    i ? LG_STR("2") : LG_STR("1"));
	deliver(&r, &b);
	assert_int_equal(r.hub->settled[0], LG_REJECT);
	assert_int_equal(r.hub->settled[1], LG_REJECT);
	assert_non_null(strstr(r.hub->message[1], "put {company} or {ledger} into `write`"));
	assert_int_equal(r.hub->settled[2], LG_OK);
	assert_null(get("out/v-A.se"));
	rig_fini(&r);
}

static void nothing_outside_of_the_folder_is_touched(void **state)
{
	struct rig r;
	struct batch b;

	(void)state;
	rig_init(&r);
	rig_write(&r, "out/{series}/v.se", 0);
	rig_open(&r);
	BATCH("..:one", "ok:two", "link:three", "/etc:four");
	assert_int_equal(mkdir(at("out"), 0777), 0);
	assert_int_equal(symlink(at("in"), at("out/link")), 0);
	deliver(&r, &b);
	assert_int_equal(r.hub->settled[0], LG_REJECT);
	assert_int_equal(r.hub->settled[1], LG_OK);
	assert_string_equal(get("out/ok/v.se"), "HEAD\ntwo\n");
	assert_int_not_equal(r.hub->settled[2], LG_OK);
	assert_int_equal(r.hub->settled[3], LG_REJECT);
	assert_null(get("in/v.se"));
	assert_null(get("v.se"));
	rig_fini(&r);
}

static void a_line_file_that_is_a_link_is_not_followed(void **state)
{
	struct rig r;
	struct batch b;

	(void)state;
	rig_init(&r);
	rig_write(&r, "out/x.jsonl", LG_F_LINES);
	rig_open(&r);
	put("in/secret", "S");
	assert_int_equal(mkdir(at("out"), 0777), 0);
	assert_int_equal(symlink(at("in/secret"), at("out/x.jsonl")), 0);
	BATCH("A:one");
	deliver(&r, &b);
	assert_int_equal(r.hub->settled[0], LG_DENIED);
	assert_non_null(strstr(r.hub->message[0], "symbolic link"));
	assert_string_equal(get("in/secret"), "S");
	rig_fini(&r);
}

static void a_file_that_others_changed_is_refused(void **state)
{
	static const char *const tampered[] = { "oNe\ntwo\n", "one\ntwo\nmore\n", "one\n" };
	struct rig r;
	struct batch b;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		rig_init(&r);
		rig_write(&r, "out/x.jsonl", LG_F_LINES);
		rig_open(&r);
		BATCH("A:one", "A:two");
		deliver(&r, &b);
		put("out/x.jsonl", tampered[i]);
		rig_close(&r);
		rig_open(&r);
		BATCH("A:three");
		deliver(&r, &b);
		assert_int_equal(r.hub->settled[0], LG_DENIED);
		assert_string_equal(get("out/x.jsonl"), tampered[i]);
		rig_fini(&r);
		unlink(at("out/x.jsonl"));
	}
}

static void a_file_that_was_there_before_is_refused_and_one_taken_away_begun_anew(void **state)
{
	struct rig r;
	struct batch b;

	(void)state;
	rig_init(&r);
	rig_write(&r, "out/x.jsonl", LG_F_LINES);
	rig_open(&r);
	assert_int_equal(mkdir(at("out"), 0777), 0);
	put("out/x.jsonl", "mine\n");
	BATCH("A:one");
	deliver(&r, &b);
	assert_int_equal(r.hub->settled[0], LG_DENIED);
	assert_int_equal(unlink(at("out/x.jsonl")), 0);
	deliver(&r, &b);
	assert_string_equal(get("out/x.jsonl"), "one\n");
	assert_int_equal(unlink(at("out/x.jsonl")), 0);
	BATCH("A:two");
	deliver(&r, &b);
	assert_string_equal(get("out/x.jsonl"), "two\n");
	rig_fini(&r);
}

/* ---- crashes ---- */

/* A crash after the job, before anything about it is known to the hub: neither settled, nor a cursor. */
static void after_a_crash_what_is_there_is_found_there(uint32_t flags, const char *template, const char *file,
						       const char *want)
{
	struct rig r;
	struct batch b;

	rig_init(&r);
	rig_write(&r, template, flags);
	rig_open(&r);
	BATCH("A:one", "A:two");
	r.hub->die_after = 1;
	deliver(&r, &b);
	rig_crash(&r);
	rig_open(&r);
	probe(&r, &b);
	assert_int_equal(r.hub->answers[0], LG_PROBE_THERE);
	assert_int_equal(r.hub->answers[1], LG_PROBE_THERE);
	BATCH("A:three");
	probe(&r, &b);
	assert_int_equal(r.hub->answers[0], LG_PROBE_ABSENT);
	strcpy(r.hub->history, "one\ntwo\n");
	deliver(&r, &b);
	assert_string_equal(get(file), want);
	rig_fini(&r);
}

static void a_crash_after_appending(void **state)
{
	(void)state;
	after_a_crash_what_is_there_is_found_there(LG_F_LINES, "out/x.jsonl", "out/x.jsonl", "one\ntwo\nthree\n");
}

static void a_crash_after_a_new_file(void **state)
{
	(void)state;
	after_a_crash_what_is_there_is_found_there(0, "out/{series}.se", "out/A-2.se", "HEAD\nthree\n");
}

static void a_crash_after_replacing(void **state)
{
	(void)state;
	after_a_crash_what_is_there_is_found_there(0, "out/all.se", "out/all.se", "HEAD\none\ntwo\nthree\n");
}

static void half_a_batch_is_cut_off(void **state)
{
	struct rig r;
	struct batch b, two;

	(void)state;
	rig_init(&r);
	rig_write(&r, "out/x.jsonl", LG_F_LINES);
	rig_open(&r);
	BATCH("A:one");
	deliver(&r, &b);
	BATCH("A:two", "A:three");
	two = b;
	two.d.effects = two.effects;
	r.hub->die_after = r.hub->jobs + 1;
	deliver(&r, &two);
	assert_int_equal(truncate(at("out/x.jsonl"), 9), 0); /* as if the disk had only half of it */
	rig_crash(&r);
	rig_open(&r);
	probe(&r, &two);
	assert_int_equal(r.hub->answers[0], LG_PROBE_ABSENT);
	assert_int_equal(r.hub->answers[1], LG_PROBE_ABSENT);
	BATCH("A:four");
	deliver(&r, &b);
	probe(&r, &two);
	assert_int_equal(r.hub->answers[1], LG_PROBE_ABSENT);
	deliver(&r, &two);
	assert_string_equal(get("out/x.jsonl"), "one\nfour\ntwo\nthree\n");
	rig_fini(&r);
}

/* The file was made and noted, and did not get its name. */
static void a_file_without_its_name_never_gets_it(void **state)
{
	struct rig r;
	struct batch b;

	(void)state;
	rig_init(&r);
	rig_write(&r, "out/{series}.se", 0);
	rig_open(&r);
	BATCH("A:one");
	r.hub->die_after = 1;
	deliver(&r, &b);
	rig_crash(&r);
	{
		char line[512], temp[300] = { 0 }, name[64];
		FILE *ls = popen(arena_cstr(&arena, arena_printf(&arena, "grep -h '^N' %s/.loligo-*.notes", at("out"))),
				 "r");

		assert_non_null(fgets(line, sizeof line, ls));
		pclose(ls);
		assert_int_equal(sscanf(line, "N F B %*s %*s %*s %*s %*s %*s %63s %299s", name, temp), 2);
		assert_int_equal(
			rename(at("out/A.se"), arena_cstr(&arena, arena_printf(&arena, "%s/%s", at("out"), temp))), 0);
	}
	rig_open(&r);
	probe(&r, &b);
	assert_int_equal(r.hub->answers[0], LG_PROBE_ABSENT);
	probe(&r, &b);
	assert_int_equal(r.hub->answers[0], LG_PROBE_ABSENT);
	deliver(&r, &b);
	assert_string_equal(get("out/A.se"), "HEAD\none\n");
	assert_null(get("out/A-2.se"));
	rig_fini(&r);
}

static void lost_notes_are_not_taken_for_nothing_written(void **state)
{
	struct rig r;
	struct batch b;

	(void)state;
	rig_init(&r);
	rig_write(&r, "out/{series}.se", 0);
	rig_open(&r);
	BATCH("A:one");
	probe(&r, &b);
	assert_int_equal(r.hub->answers[0], LG_PROBE_ABSENT);
	deliver(&r, &b);
	assert_int_equal(system(arena_cstr(&arena, arena_printf(&arena, "rm %s/.loligo-*", at("out")))), 0);
	probe(&r, &b);
	assert_int_equal(r.hub->answers[0], LG_PROBE_UNSURE);
	rig_fini(&r);
}

static void closing_while_writing_settles_everything_once(void **state)
{
	(void)state;
	for (size_t n = 0; n < 20; n++) {
		struct rig r;
		struct batch b;

		rig_init(&r);
		rig_write(&r, n % 2 ? "out/v-{series}.se" : "out/v.se", 0);
		r.state = calloc(1, connector->state_size);
		assert_int_equal(connector->open(r.state, &r.cfg, &fake_table, r.hub), LG_OK);
		BATCH("A:one", "B:bad", "B:two");
		connector->deliver(r.state, &b.d);
		connector->deliver(r.state, &b.d);
		for (size_t i = 0; i < n / 2 && r.hub->ops; i++)
			fake_finish(r.hub, r.hub->ops);
		rig_close(&r);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(r.hub->settle_count[i], 2);
		free(r.hub);
	}
}

/* A limit on the size of files gives short writes and an error in the middle, as a full disk does. */
static void with_no_room(uint32_t flags, const char *template)
{
	static char text[6002] = "A:";
	const char *const spec[] = { text };
	struct rlimit was, small;
	struct rig r;
	struct batch b;

	memset(text + 2, 'x', sizeof text - 3);
	rig_init(&r);
	rig_write(&r, template, flags);
	rig_open(&r);
	BATCH("A:one");
	deliver(&r, &b);
	batch_init(&b, 1, spec);
	b.effects[0].key = LG_STR("key");
	getrlimit(RLIMIT_FSIZE, &was);
	small = was;
	small.rlim_cur = 4000;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	deliver(&r, &b);
	setrlimit(RLIMIT_FSIZE, &was);
	assert_int_equal(r.hub->settled[0], LG_RETRY);
	assert_non_null(strstr(r.hub->message[0], "File too large"));
	assert_string_equal(get("out/x"), flags ? "one\n" : "HEAD\none\n");
	probe(&r, &b);
	assert_int_equal(r.hub->answers[0], LG_PROBE_ABSENT);
	strcpy(r.hub->history, "one\n");
	deliver(&r, &b);
	assert_int_equal(r.hub->settled[0], LG_OK);
	rig_fini(&r);
}

static void lines_that_found_no_room_are_cut_off(void **state)
{
	(void)state;
	with_no_room(LG_F_LINES, "out/x");
}

static void a_file_that_found_no_room_is_not_there(void **state)
{
	(void)state;
	with_no_room(0, "out/x");
	assert_int_not_equal(system(arena_cstr(&arena, arena_printf(&arena, "ls %s/.*.part 2>/dev/null", at("out")))),
			     0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FOLDER(lines_are_appended_and_told_by_their_place),
		WITH_FOLDER(one_bad_record_does_not_take_its_neighbours_down),
		WITH_FOLDER(each_name_is_a_file_of_its_own_and_none_is_written_twice),
		WITH_FOLDER(a_fixed_name_holds_all_that_went_there),
		WITH_FOLDER(two_companies_under_one_name_are_an_error),
		WITH_FOLDER(nothing_outside_of_the_folder_is_touched),
		WITH_FOLDER(a_line_file_that_is_a_link_is_not_followed),
		WITH_FOLDER(a_file_that_others_changed_is_refused),
		WITH_FOLDER(a_file_that_was_there_before_is_refused_and_one_taken_away_begun_anew),
		WITH_FOLDER(a_crash_after_appending),
		WITH_FOLDER(a_crash_after_a_new_file),
		WITH_FOLDER(a_crash_after_replacing),
		WITH_FOLDER(half_a_batch_is_cut_off),
		WITH_FOLDER(a_file_without_its_name_never_gets_it),
		WITH_FOLDER(lines_that_found_no_room_are_cut_off),
		WITH_FOLDER(a_file_that_found_no_room_is_not_there),
		WITH_FOLDER(lost_notes_are_not_taken_for_nothing_written),
		WITH_FOLDER(closing_while_writing_settles_everything_once),
	};

	connector = fake_connector();
	return connector ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
