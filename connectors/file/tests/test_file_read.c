/* What is taken out of folders. */
#include "connectors/file/tests/rig.h"

/* ---- reading ---- */

static void takes_files_in_order_of_name_and_only_what_fits(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	rig_read(&r, "in/*.xml");
	put("in/b.xml", "B");
	put("in/a.xml", "A");
	put("in/c.txt", "C");
	put("in/.d.xml", "D");
	assert_int_equal(mkdir(at("in/e.xml"), 0777), 0);
	assert_int_equal(symlink(at("in/a.xml"), at("in/f.xml")), 0);
	rig_open(&r);
	assert_int_equal(r.hub->doc_count, 2);
	assert_string_equal(r.hub->docs[0].text, "A");
	assert_string_equal(r.hub->docs[1].text, "B");
	assert_non_null(strstr(r.hub->said, "f.xml is a symbolic link"));
	assert_int_equal(r.hub->idle, 1);
	rig_fini(&r);
}

static void a_file_that_is_being_written_waits(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	rig_read(&r, "in/*");
	put("in/a", "A");
	r.hub->now = (int64_t)time(NULL) * 1000;
	rig_open(&r);
	assert_int_equal(r.hub->doc_count, 0);
	assert_int_equal(r.hub->idle, 0); /* `run --once` waits for it */
	r.hub->now += 5000;
	fake_run(r.hub);
	assert_int_equal(r.hub->doc_count, 1);
	assert_int_equal(r.hub->idle, 1);
	rig_fini(&r);
}

static void a_kept_file_is_read_once_and_again_when_it_changes(void **state)
{
	struct timespec times[2] = { { 1000, 0 }, { 1000, 0 } };
	struct rig r;

	(void)state;
	rig_init(&r);
	rig_read(&r, "in/*");
	put("in/a", "A");
	rig_open(&r);
	assert_int_equal(r.hub->doc_count, 1);
	fake_change(r.hub);
	r.hub->now += 60000; /* the sweep */
	fake_run(r.hub);
	rig_close(&r);
	rig_open(&r); /* and over a restart */
	assert_int_equal(r.hub->doc_count, 1);
	put("in/a", "AB");
	utimensat(AT_FDCWD, at("in/a"), times, 0);
	fake_change(r.hub);
	assert_int_equal(r.hub->doc_count, 2);
	assert_string_equal(r.hub->docs[1].text, "AB");
	rig_fini(&r);
}

static void no_credits_no_reading(void **state)
{
	char name[16];
	struct rig r;

	(void)state;
	rig_init(&r);
	rig_read(&r, "in/*");
	r.hub->credits = 2;
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "in/%03d", i);
		put(name, name);
	}
	rig_open(&r);
	assert_int_equal(r.hub->doc_count, 2);
	assert_int_equal(r.hub->idle, 0);
	r.hub->credits = 1000;
	connector->pull(r.state);
	fake_run(r.hub);
	assert_int_equal(r.hub->doc_count, 300);
	for (int i = 0; i < 300; i++)
		assert_int_equal(atoi(r.hub->docs[i].text + 3), i);
	rig_fini(&r);
}

static void moves_what_was_taken_and_what_was_parked(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	rig_read(&r, "in/*");
	r.cfg.after = AFTER_MOVE;
	r.cfg.done = arena_str(&arena, str_of(at("done")));
	r.cfg.failed = arena_str(&arena, str_of(at("bad/files")));
	put("in/a.xml", "A");
	rig_open(&r);
	put("in/a.xml", "A2");
	fake_change(r.hub);
	r.hub->take = LG_REJECT;
	put("in/b.xml", "B");
	fake_change(r.hub);
	assert_int_equal(r.hub->doc_count, 3);
	assert_string_equal(get("done/a.xml"), "A");
	assert_string_equal(get("done/a-2.xml"), "A2");
	assert_string_equal(get("bad/files/b.xml"), "B");
	assert_null(get("in/a.xml"));
	assert_null(get("in/b.xml"));
	rig_fini(&r);
}

static void a_rehearsal_leaves_every_file_where_it_is(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	rig_read(&r, "in/*");
	r.cfg.after = AFTER_DELETE;
	r.hub->rehearsal = true;
	put("in/a", "A");
	rig_open(&r);
	assert_int_equal(r.hub->doc_count, 1);
	assert_string_equal(get("in/a"), "A");
	rig_fini(&r);
}

static void deletes_but_never_what_was_parked(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	rig_read(&r, "in/*");
	r.cfg.after = AFTER_DELETE;
	put("in/a", "A");
	rig_open(&r);
	assert_null(get("in/a"));
	r.hub->take = LG_REJECT;
	put("in/b", "B");
	fake_change(r.hub);
	fake_change(r.hub);
	assert_int_equal(r.hub->doc_count, 2);
	assert_string_equal(get("in/b"), "B");
	rig_fini(&r);
}

static void a_copy_is_put_away_like_what_was_taken(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	rig_read(&r, "in/*");
	r.cfg.after = AFTER_DELETE;
	r.hub->copy_of = "first.xml";
	put("in/a", "A");
	rig_open(&r);
	assert_null(get("in/a"));
	assert_string_equal(r.hub->said, ""); /* the hub has said it */
	rig_fini(&r);
}

static void a_folder_that_cannot_be_read_is_said_once_and_others_go_on(void **state)
{
	struct rig r;
	char *first;

	(void)state;
	rig_init(&r);
	rig_read(&r, "gone/*.xml");
	rig_read(&r, "in/*");
	put("in/a", "A");
	rig_open(&r);
	r.hub->now += 60000;
	fake_run(r.hub);
	assert_int_equal(r.hub->doc_count, 1);
	first = strstr(r.hub->said, "cannot read the folder");
	assert_non_null(first);
	assert_null(strstr(first + 1, "cannot read the folder"));
	assert_int_equal(mkdir(at("gone"), 0777), 0);
	put("gone/b.xml", "B");
	r.hub->now += 60000;
	fake_run(r.hub);
	assert_int_equal(r.hub->doc_count, 2);
	rig_fini(&r);
}

static void closing_at_any_moment_leaves_nothing_pending(void **state)
{
	(void)state;
	put("in/a", "A");
	put("in/b", "B");
	for (size_t n = 0; n < 12; n++) {
		struct rig r;

		rig_init(&r);
		rig_read(&r, "in/*");
		r.state = calloc(1, connector->state_size);
		assert_int_equal(connector->open(r.state, &r.cfg, &fake_table, r.hub), LG_OK);
		connector->pull(r.state);
		for (size_t i = 0; i < n && r.hub->ops; i++)
			if (fake_ready(r.hub, r.hub->ops))
				fake_finish(r.hub, r.hub->ops);
		rig_fini(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FOLDER(takes_files_in_order_of_name_and_only_what_fits),
		WITH_FOLDER(a_file_that_is_being_written_waits),
		WITH_FOLDER(a_kept_file_is_read_once_and_again_when_it_changes),
		WITH_FOLDER(no_credits_no_reading),
		WITH_FOLDER(moves_what_was_taken_and_what_was_parked),
		WITH_FOLDER(a_rehearsal_leaves_every_file_where_it_is),
		WITH_FOLDER(deletes_but_never_what_was_parked),
		WITH_FOLDER(a_copy_is_put_away_like_what_was_taken),
		WITH_FOLDER(a_folder_that_cannot_be_read_is_said_once_and_others_go_on),
		WITH_FOLDER(closing_at_any_moment_leaves_nothing_pending),
	};

	connector = fake_connector();
	return connector ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
