#include "tests/unit/test.h"

#include "connectors/file/file.h"
#include "connectors/file/tests/fake_host.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

static const struct lg_connector *connector;
static struct arena arena;
static char root[64];

/* ---- a folder of this test ---- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static const char *at(const char *name)
{
	static char paths[8][256];
	static size_t n;
	char *out = paths[n++ % 8];

	snprintf(out, 256, "%s/%s", root, name);
	return out;
}

static int setup(void **state)
{
	(void)state;
	snprintf(root, sizeof root, "/tmp/loligo-file-XXXXXX");
	assert_non_null(mkdtemp(root));
	assert_int_equal(mkdir(at("in"), 0777), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_fini(&arena);
	return 0;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static const char *get(const char *name)
{
	static char text[4096];
	FILE *f = fopen(at(name), "r");

	if (f == NULL)
		return NULL;
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	return text;
}

/* ---- one hub and one connection ---- */

struct rig {
	struct file_config cfg;
	struct lg_instance *hub;
	void *state;
	lg_str patterns[4];
	char folder[128];
};

static void rig_init(struct rig *r)
{
	*r = (struct rig){ .hub = calloc(1, sizeof *r->hub) };
	r->hub->now = (int64_t)time(NULL) * 1000 + 60000;
	r->hub->credits = 1000;
	r->cfg.settle = 2000;
	r->cfg.sweep = 60000;
}

static void rig_read(struct rig *r, const char *pattern)
{
	r->patterns[r->cfg.read.count++] = str_of(arena_cstr(&arena, str_of(at(pattern))));
	r->cfg.read.items = r->patterns;
}

static void rig_write(struct rig *r, const char *template, uint32_t flags)
{
	r->cfg.write.text = arena_str(&arena, str_of(at(template)));
	r->cfg.write.name = (const struct lg_template *)(const void *)r->cfg.write.text.ptr;
	snprintf(r->folder, sizeof r->folder, "%s/out", root);
	r->cfg.write.folder = str_of(r->folder);
	r->cfg.write.fixed = strchr(template, '{') == NULL;
	r->hub->format = (struct lg_format){ .size = sizeof r->hub->format, .flags = flags,
					     .one_per_file = LG_VOUCHER_COMPANY };
}

static void rig_open(struct rig *r)
{
	r->state = calloc(1, connector->state_size);
	assert_int_equal(connector->open(r->state, &r->cfg, &fake_table, r->hub), LG_OK);
	if (r->cfg.read.count > 0) {
		connector->pull(r->state);
		fake_run(r->hub);
	}
}

static void rig_close(struct rig *r)
{
	connector->close(r->state);
	fake_run(r->hub);
	assert_int_equal(fake_pending(r->hub), 0);
	free(r->state);
	r->state = NULL;
}

/* What a process held that is killed is given back by nobody; kept in reach, so that it is no leak. */
static void *killed[16];

static void rig_crash(struct rig *r)
{
	static size_t count;

	fake_drop(r->hub);
	killed[count++ % 16] = r->state;
	r->state = NULL;
}

static void rig_fini(struct rig *r)
{
	rig_close(r);
	free(r->hub);
}

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
		rec_set_str((struct lg_rec *)(uintptr_t)b.effects[i].rec, LG_VOUCHER_COMPANY, i ? LG_STR("2") : LG_STR("1"));
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
static void after_a_crash_what_is_there_is_found_there(uint32_t flags, const char *template, const char *file, const char *want)
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
		FILE *ls = popen(arena_cstr(&arena, arena_printf(&arena, "grep -h '^N' %s/.loligo-*.notes", at("out"))), "r");

		assert_non_null(fgets(line, sizeof line, ls));
		pclose(ls);
		assert_int_equal(sscanf(line, "N F B %*s %*s %*s %*s %*s %*s %63s %299s", name, temp), 2);
		assert_int_equal(rename(at("out/A.se"), arena_cstr(&arena, arena_printf(&arena, "%s/%s", at("out"), temp))), 0);
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
	assert_int_not_equal(system(arena_cstr(&arena, arena_printf(&arena, "ls %s/.*.part 2>/dev/null", at("out")))), 0);
}

#define WITH_FOLDER(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

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
