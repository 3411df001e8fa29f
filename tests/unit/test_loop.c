/* Ops: one callback each, never inline, also when cancelled; owners; the writer thread; the socket. */
#include "tests/unit/test.h"

#include "core/io/loop.h"
#include "core/io/serve.h"
#include "core/io/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
	struct loop *loop;
	struct owner owner;
	int calls, closed;
	lg_status last;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	f->loop = loop_new(&seams_real);
	owner_init(&f->owner, f->loop);
	*state = f;
	return 0;
}

/* Every test is a leak test: the loop must be empty at its end. */
static int teardown(void **state)
{
	struct fixture *f = *state;

	loop_free(&f->loop);
	free(f);
	return 0;
}

static void on_call(void *ctx, lg_status status)
{
	struct fixture *f = ctx;

	f->calls++;
	f->last = status;
}

static void on_call_stop(void *ctx, lg_status status)
{
	struct fixture *f = ctx;

	on_call(f, status);
	loop_stop(f->loop);
}

static void on_closed(void *ctx)
{
	struct fixture *f = ctx;

	f->closed++;
	loop_stop(f->loop);
}

static void close_and_run(struct fixture *f)
{
	owner_close(&f->owner, on_closed, f);
	assert_int_equal(f->closed, 0);
	loop_run(f->loop);
	assert_int_equal(f->closed, 1);
}

static void a_timer_calls_once(void **state)
{
	struct fixture *f = *state;

	loop_timer(&f->owner, "t", 1, on_call_stop, f);
	assert_int_equal(f->calls, 0);
	loop_run(f->loop);
	assert_int_equal(f->calls, 1);
	assert_int_equal(f->last, LG_OK);
	close_and_run(f);
	assert_int_equal(f->calls, 1);
}

static void a_canceled_op_still_calls_once(void **state)
{
	struct fixture *f = *state;
	struct lg_op *op = loop_timer(&f->owner, "t", 100000, on_call_stop, f);

	op_cancel(op);
	op_cancel(op);
	op_cancel(NULL);
	assert_int_equal(f->calls, 0);
	loop_run(f->loop);
	assert_int_equal(f->calls, 1);
	assert_int_equal(f->last, LG_CANCELED);
	close_and_run(f);
}

static void closing_an_owner_cancels_everything(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 20; i++)
		loop_timer(&f->owner, "t", 100000, on_call, f);
	close_and_run(f);
	assert_int_equal(f->calls, 20);
	assert_int_equal(f->last, LG_CANCELED);
}

static lg_status job(void *arg)
{
	assert_non_null(op_current());
	assert_false(op_expired(op_current()));
	*(int *)arg = 7;
	return LG_REJECT;
}

static void a_job_gives_its_result(void **state)
{
	struct fixture *f = *state;
	int value = 0;

	loop_work(&f->owner, "job", 0, job, &value, on_call_stop, f);
	loop_run(f->loop);
	assert_int_equal(value, 7);
	assert_int_equal(f->last, LG_REJECT);
	assert_null(op_current());
	close_and_run(f);
}

static lg_status until_expired(void *arg)
{
	(void)arg;
	while (!op_expired(op_current()))
		usleep(200);
	return LG_RETRY;
}

static void a_running_job_hears_that_it_is_canceled(void **state)
{
	struct fixture *f = *state;
	struct lg_op *op = loop_work(&f->owner, "job", 0, until_expired, NULL, on_call_stop, f);

	usleep(5000);
	op_cancel(op);
	loop_run(f->loop);
	assert_int_equal(f->calls, 1);
	assert_int_equal(f->last, LG_CANCELED);
	close_and_run(f);
}

static void a_late_job_hears_that_it_is_late(void **state)
{
	struct fixture *f = *state;

	loop_work(&f->owner, "job", 5, until_expired, NULL, on_call_stop, f);
	loop_run(f->loop);
	assert_int_equal(f->calls, 1);
	assert_int_equal(f->last, LG_RETRY);
	close_and_run(f);
}

/* ---- posts ---- */

struct posts {
	struct fixture *f;
	int order[4000];
	int count;
};

struct one {
	struct posts *posts;
	int value;
};

static void on_post(void *ctx)
{
	struct one *o = ctx;

	o->posts->order[o->posts->count++] = o->value;
	if (o->posts->count == 2000)
		loop_stop(o->posts->f->loop);
	free(o);
}

static void *post_many(void *arg)
{
	struct posts *p = arg;

	for (int i = 0; i < 1000; i++) {
		struct one *o = malloc(sizeof *o);

		*o = (struct one){ p, i };
		loop_post(p->f->loop, on_post, o);
	}
	return NULL;
}

static void posts_of_threads_arrive_in_order(void **state)
{
	struct posts p = { .f = *state };
	pthread_t threads[2];
	int sum = 0;

	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, post_many, &p);
	loop_run(p.f->loop);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(p.count, 2000);
	for (int i = 0; i < p.count; i++)
		sum += p.order[i];
	assert_int_equal(sum, 2 * 999 * 1000 / 2);
	close_and_run(p.f);
}

/* ---- watches ---- */

static void on_change(void *ctx, lg_status status)
{
	struct fixture *f = ctx;

	if (status == LG_OK && f->calls++ == 0)
		loop_stop(f->loop);
	if (status == LG_CANCELED)
		f->last = status;
}

static void a_watch_calls_at_a_change_and_once_at_its_end(void **state)
{
	struct fixture *f = *state;
	char folder[] = "/tmp/loligo-watch-XXXXXX", name[64];
	struct err err = { 0 };
	FILE *file;

	assert_non_null(mkdtemp(folder));
	assert_non_null(loop_watch(&f->owner, folder, on_change, f, &err));
	snprintf(name, sizeof name, "%s/a", folder);
	file = fopen(name, "w");
	fclose(file);
	loop_run(f->loop);
	assert_true(f->calls >= 1);
	unlink(name);
	rmdir(folder);
	close_and_run(f);
	assert_int_equal(f->last, LG_CANCELED);
}

static void a_folder_that_is_not_there_cannot_be_watched(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	assert_null(loop_watch(&f->owner, "/nowhere/at/all", on_call, f, &err));
	assert_string_equal(err.id, "io.watch");
	close_and_run(f);
	assert_int_equal(f->calls, 0);
}

/* ---- the writer ---- */

struct tasks {
	struct fixture *f;
	struct worker *worker;
	struct task task[100];
	int ran[100], done, groups, at;
	struct task *group[100];
	int group_count;
};

static struct tasks *tasks_of(struct task *t);
static struct tasks the_tasks;

static struct tasks *tasks_of(struct task *t)
{
	(void)t;
	return &the_tasks;
}

static void run_task(struct task *t)
{
	struct tasks *ts = tasks_of(t);

	ts->ran[t - ts->task] = ts->at++;
	ts->group[ts->group_count++] = t;
}

static void task_done(struct task *t)
{
	struct tasks *ts = tasks_of(t);

	if (++ts->done == 100)
		loop_stop(ts->f->loop);
}

static void end_group(void *ctx)
{
	struct tasks *ts = ctx;

	ts->groups++;
	for (int i = 0; i < ts->group_count; i++)
		worker_finish(ts->worker, ts->group[i]);
	ts->group_count = 0;
}

static void the_writer_runs_tasks_in_order_and_in_groups(void **state)
{
	struct tasks *ts = &the_tasks;

	*ts = (struct tasks){ .f = *state };
	ts->worker = worker_new(ts->f->loop, 30, end_group, ts);
	for (int i = 0; i < 100; i++) {
		ts->task[i].run = run_task;
		ts->task[i].done = task_done;
		worker_put(ts->worker, &ts->task[i]);
	}
	loop_run(ts->f->loop);
	worker_free(&ts->worker);
	for (int i = 0; i < 100; i++)
		assert_int_equal(ts->ran[i], i);
	assert_true(ts->groups >= 4); /* at most 30 in one */
	close_and_run(ts->f);
}

/* ---- the socket ---- */

struct asking {
	struct fixture *f;
	char path[64];
	struct buf answer;
	bool ok;
	pthread_t thread;
};

static void on_line(void *ctx, struct request *r, lg_str line)
{
	struct buf b = { 0 };

	(void)ctx;
	buf_addf(&b, "you said %.*s", STRA(line));
	serve_answer(r, buf_view(&b));
	buf_fini(&b);
}

static void on_answered(void *ctx)
{
	struct asking *a = ctx;

	loop_stop(a->f->loop);
}

static void *ask(void *arg)
{
	struct asking *a = arg;
	struct err err = { 0 };

	a->ok = serve_ask(a->path, LG_STR("hello"), &a->answer, &err);
	loop_post(a->f->loop, on_answered, a);
	return NULL;
}

static void a_line_over_the_socket_is_answered(void **state)
{
	struct asking a = { .f = *state };
	struct err err = { 0 };
	struct server *server;
	struct stat st;

	snprintf(a.path, sizeof a.path, "/tmp/loligo-test-%d.sock", (int)getpid());
	server = serve_open(a.f->loop, a.path, on_line, NULL, &err);
	assert_non_null(server);
	assert_int_equal(stat(a.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	pthread_create(&a.thread, NULL, ask, &a);
	loop_run(a.f->loop);
	pthread_join(a.thread, NULL);
	assert_true(a.ok);
	assert_string_equal(buf_text(&a.answer), "you said hello");
	buf_fini(&a.answer);
	serve_close(&server);
	close_and_run(a.f);
	assert_int_equal(access(a.path, F_OK), -1);
	assert_false(serve_ask(a.path, LG_STR("hello"), &a.answer, &err));
	assert_string_equal(err.id, "serve.nobody");
	buf_fini(&a.answer);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_timer_calls_once),
		T(a_canceled_op_still_calls_once),
		T(closing_an_owner_cancels_everything),
		T(a_job_gives_its_result),
		T(a_running_job_hears_that_it_is_canceled),
		T(a_late_job_hears_that_it_is_late),
		T(posts_of_threads_arrive_in_order),
		T(a_watch_calls_at_a_change_and_once_at_its_end),
		T(a_folder_that_is_not_there_cannot_be_watched),
		T(the_writer_runs_tasks_in_order_and_in_groups),
		T(a_line_over_the_socket_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
