#include "tests/unit/test.h"

#include "tests/unit/fake_hub_env.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct fixture {
	char dir[64];
	struct diag diag;
	struct hub *hub;
	struct buf out;
};

static void setup(struct fixture *f)
{
	*f = (struct fixture){ .dir = "/tmp/loligo-hub-XXXXXX" };
	assert_non_null(mkdtemp(f->dir));
}

static void put(struct fixture *f, const char *name, const char *text)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", f->dir, name);
	for (char *p = path + strlen(f->dir) + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
		*p = '\0';
		if (mkdir(path, 0700) < 0)
			assert_int_equal(errno, EEXIST);
	}
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static const char *load(struct fixture *f)
{
	char path[100];

	snprintf(path, sizeof path, "%s/loligo.yaml", f->dir);
	f->hub = hub_load(path, &fake_hub_env, &f->diag);
	diag_print(&f->diag, false, &f->out);
	return buf_text(&f->out);
}

static void fini(struct fixture *f)
{
	char command[200];

	hub_free(&f->hub);
	diag_fini(&f->diag);
	buf_fini(&f->out);
	snprintf(command, sizeof command, "chmod -R u+rwx %s && rm -r %s", f->dir, f->dir);
	assert_int_equal(system(command), 0);
}

static void loads_the_short_form(void **state)
{
	struct fixture f;
	const struct hub_flow *cash;
	const struct hub_ledger *ledger;
	char want[200];

	(void)state;
	setup(&f);
	put(&f, "config/match.yaml", "days: 30\n");
	put(&f, "loligo.yaml",
	    "connections:\n"
	    "  invoices: { use: file, read: inbox/*.xml, format: ubl }\n"
	    "  bank:     { use: file, read: bank/*.xml,  format: camt }\n"
	    "  books:    { use: file, write: out/vouchers.se, format: sie }\n"
	    "flows:\n"
	    "  sales:\n"
	    "    from: invoices\n"
	    "    steps: [register]\n"
	    "  cash:\n"
	    "    from: bank\n"
	    "    when: status == \"booked\"\n"
	    "    steps:\n"
	    "      - match: { policy: config/match.yaml }\n"
	    "      - book:  { plan: config/plans/bas.yaml }\n"
	    "    to: books\n");
	assert_string_equal(load(&f), "");
	assert_true(diag_usable(&f.diag));
	snprintf(want, sizeof want, "sqlite:%s/var/hub.db", f.dir);
	assert_string_equal(f.hub->store.ptr, want);
	assert_int_equal(f.hub->connection_count, 3);
	snprintf(want, sizeof want, "%s/inbox/*.xml", f.dir);
	assert_string_equal(((const struct fake_file *)hub_connection(f.hub, LG_STR("invoices"))->config)->read.ptr,
			    want);
	cash = hub_flow(f.hub, LG_STR("cash"));
	assert_int_equal(cash->kinds, K(TRANSACTION));
	assert_int_equal(cash->step_count, 2);
	assert_non_null(cash->when);
	assert_int_equal(cash->when_place.line, 11);
	assert_int_equal(((const struct fake_match *)cash->steps[0].config)->policy.days, 30);
	assert_int_equal(((const struct fake_match *)cash->steps[0].config)->policy.stages.count, 2);
	assert_int_equal(cash->steps[1].arrive, K(TRANSACTION) | K(ALLOCATION));
	assert_int_equal(cash->leave, K(TRANSACTION) | K(ALLOCATION) | K(VOUCHER));
	assert_ptr_equal(cash->to.items[0].connection, hub_connection(f.hub, LG_STR("books")));
	ledger = hub_ledger(f.hub, LG_STR("main"));
	assert_true(ledger->implied && ledger->to.count == 1);
	assert_int_equal(ledger->ledger.closed_until, INT32_MIN);
	assert_int_equal(f.hub->file_count, 2); /* and the policy */
	fini(&f);
}

static void loads_clients_ledgers_and_labels(void **state)
{
	struct fixture f;
	const struct hub_client *c;
	const struct hub_flow *flow;

	(void)state;
	setup(&f);
	put(&f, "loligo.yaml",
	    "include: [clients/*.yaml]\n"
	    "clients:\n"
	    "  \"10427\": { name: Byggfirman AB, legal_id: \"5560360793\", contract: purchase, year_start: 07-01,\n"
	    "             rating: A, mail: { to: x, cc: [a, b] } }\n"
	    "ledgers:\n"
	    "  factor: { company: \"5566778899\", currency: SEK, plan: plans/factor.yaml, series: L, to: own,\n"
	    "            closed_until: 2026-10-31 }\n"
	    "  client: { each: client, plan: \"plans/client-{contract}.yaml\", series: K, to: { label: books } }\n"
	    "connections:\n"
	    "  own: { use: file, write: own.se, format: sie, labels: books }\n"
	    "  shared: { use: file, read: x.xml, format: camt, labels: [bank] }\n"
	    "flows:\n"
	    "  cash: { from: { label: bank }, steps: [match, { book: { ledgers: [factor, client] } }] }\n"
	    "  mail: { from: { label: in }, steps: [{ register: , when: number != 'x' }], to: { first_of: [shared2, "
	    "mail] } "
	    "}\n");
	put(&f, "clients/b.yaml", "name: Plain AB\nvat_id: SE1\ncontract: service\n");
	put(&f, "clients/a.yaml",
	    "clients: { a: { name: A, contract: purchase } }\n"
	    "connections:\n"
	    "  a-books: { use: file, write: a.se, format: sie, client: a, labels: [books] }\n"
	    "  a-bank: { use: file, read: a.xml, format: camt, client: a, labels: [bank] }\n"
	    "  a-in: { use: file, read: a.xml, format: ubl, client: a, labels: [in] }\n"
	    "  shared2: { use: file, write: a.xml, format: ubl }\n"
	    "  mail: { use: smtp, mode: dry_run }\n");
	assert_string_equal(load(&f), "");
	assert_int_equal(f.hub->client_count, 3);
	c = hub_client(f.hub, LG_STR("10427"));
	assert_int_equal(c->client.year_start_month, 7);
	assert_int_equal(c->client.values->count, 3);
	assert_true(str_is(c->client.values->items[0].value, "A"));
	assert_true(str_is(c->client.values->items[1].key, "mail.to"));
	assert_true(str_is(c->client.values->items[2].value, "a,b"));
	assert_true(str_is(hub_client(f.hub, LG_STR("b"))->client.title, "Plain AB"));
	flow = hub_flow(f.hub, LG_STR("cash"));
	assert_int_equal(flow->from.count, 2);
	assert_true(str_is(flow->from.items[0]->name, "shared"));
	assert_true(hub_ledger(f.hub, LG_STR("client"))->ledger.each_client);
	assert_true(hub_ledger(f.hub, LG_STR("factor"))->ledger.closed_until > 20000);
	assert_int_equal(hub_ledger(f.hub, LG_STR("factor"))->ledger.plan_count, 1);
	assert_int_equal(f.hub->ledger_table[1].plan_count, 2); /* purchase and service */
	assert_true(str_ends(f.hub->ledger_table[1].plans[1], LG_STR("/plans/client-service.yaml")) ||
		    str_ends(f.hub->ledger_table[1].plans[0], LG_STR("/plans/client-service.yaml")));
	assert_true(str_is(hub_labelled(f.hub, LG_STR("books"), LG_STR("a"))->name, "a-books"));
	assert_true(str_is(hub_labelled(f.hub, LG_STR("books"), LG_STR("b"))->name, "own"));
	assert_null(hub_labelled(f.hub, LG_STR("none"), LG_STR("b")));
	flow = hub_flow(f.hub, LG_STR("mail"));
	assert_true(flow->to.first_of && flow->to.count == 2);
	assert_non_null(flow->steps[0].when);
	assert_int_equal(hub_connection(f.hub, LG_STR("mail"))->mode, HUB_DRY_RUN);
	assert_int_equal(f.hub->file_count, 3);
	fini(&f);
}

static const char firm[] = "include: [clients/*.yaml]\n"
			   "connections: { out: { use: file, write: o.se, format: sie } }\n"
			   "flows: { cash: { from: { label: bank }, steps: [match, book], to: out } }\n";
static const char good_client[] =
	"clients: { good: { name: G } }\n"
	"connections: { g: { use: file, read: g.xml, format: camt, client: good, labels: bank } }\n";

static void a_typo_in_a_client_file_breaks_that_client_only(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	put(&f, "loligo.yaml", firm);
	put(&f, "clients/good.yaml", good_client);
	put(&f, "clients/bad.yaml",
	    "clients: { bad: { legl_id: 1 } }\n"
	    "connections: { b: { use: file, raed: b.xml, format: camt, client: bad, labels: bank } }\n");
	assert_non_null(strstr(load(&f), "did you mean \"legal_id\"?"));
	assert_non_null(strstr(f.out.ptr, "did you mean \"read\"?"));
	assert_int_equal(f.diag.errors, 2);
	assert_true(diag_usable(&f.diag));
	assert_true(hub_client(f.hub, LG_STR("bad"))->broken && hub_connection(f.hub, LG_STR("b"))->broken);
	assert_false(hub_client(f.hub, LG_STR("good"))->broken || hub_connection(f.hub, LG_STR("g"))->broken);
	assert_false(hub_connection(f.hub, LG_STR("out"))->broken);
	fini(&f);
}

static void a_client_file_may_be_no_yaml_at_all(void **state)
{
	static const char *const texts[] = {
		"clients:\n  bad:\n    name: [\nconnections: {}\n", "clients:\n  'bad': {name: x\n",
		"name: [x\n", /* only its file name says who it is */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct fixture f;

		setup(&f);
		put(&f, "loligo.yaml", firm);
		put(&f, "clients/good.yaml", good_client);
		put(&f, "clients/bad.yaml", texts[i]);
		put(&f, "clients/more.yaml",
		    "connections: { more: { use: file, read: x, format: camt, client: bad, labels: bank } }\n");
		assert_non_null(strstr(load(&f), "not valid YAML"));
		assert_int_equal(f.diag.errors, 1);
		assert_true(diag_usable(&f.diag));
		assert_true(hub_client(f.hub, LG_STR("bad"))->broken);
		assert_true(hub_connection(f.hub, LG_STR("more"))->broken);
		assert_false(hub_client(f.hub, LG_STR("good"))->broken);
		fini(&f);
	}
}

static void a_broken_file_with_flows_stops_everything(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	put(&f, "loligo.yaml", "include: [more/*.yaml]\n");
	put(&f, "more/flows.yaml", "clients: { c: }\nflows:\n  x: [\n");
	load(&f);
	assert_false(diag_usable(&f.diag));
	fini(&f);
}

static void only_folders_below_the_main_file_make_client_files(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	put(&f, "loligo.yaml", "include: clients/firm/hub.yaml\n");
	put(&f, "clients/firm/hub.yaml", "connections: { a: { use: fil } }\n");
	load(&f);
	assert_true(diag_usable(&f.diag));
	fini(&f);
	setup(&f);
	put(&f, "clients/firm/loligo.yaml", "include: more.yaml\n");
	put(&f, "clients/firm/more.yaml", "connections: { a: { use: fil } }\n");
	snprintf(f.dir + strlen(f.dir), sizeof f.dir - strlen(f.dir), "/clients/firm");
	load(&f);
	assert_false(diag_usable(&f.diag));
	*strstr(f.dir, "/clients/firm") = '\0';
	fini(&f);
}

static void unreadable_files_are_reported(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	assert_non_null(strstr(load(&f), "/loligo.yaml\": No such file or directory"));
	assert_false(diag_usable(&f.diag));
	fini(&f);
	setup(&f);
	put(&f, "loligo.yaml", firm);
	put(&f, "clients/x.yaml/y", ""); /* a folder where a file should be: unreadable for root too */
	assert_non_null(strstr(load(&f), "clients/x.yaml\": Is a directory"));
	assert_true(diag_usable(&f.diag));
	assert_true(hub_client(f.hub, LG_STR("x"))->broken);
	fini(&f);
	setup(&f);
	put(&f, "loligo.yaml", "include: none.yaml\n");
	assert_non_null(strstr(load(&f), "/loligo.yaml:1:10: error: cannot read \""));
	assert_false(diag_usable(&f.diag));
	fini(&f);
}

static void includes_nest_and_do_not_loop(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	put(&f, "loligo.yaml", "include: [a/one.yaml, \"a/*.yaml\"]\n");
	put(&f, "a/one.yaml", "include: [b/two.yaml, ../loligo.yaml]\nconnections: { one: { use: file, read: in } }\n");
	put(&f, "a/b/two.yaml", "connections: { two: { use: file, read: in } }\n");
	assert_string_equal(load(&f), "");
	assert_int_equal(f.hub->connection_count, 2);
	assert_non_null(
		strstr(((const struct fake_file *)hub_connection(f.hub, LG_STR("two"))->config)->read.ptr, "/a/b/in"));
	fini(&f);
}

static void secrets_come_from_their_folder(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	put(&f, "secrets/key", "s3cret\n");
	put(&f, "loligo.yaml", "connections: { a: { use: file, read: x, token: \"${secret:key}\" } }\n");
	assert_string_equal(load(&f), "");
	assert_true(str_is(((const struct fake_file *)hub_connection(f.hub, LG_STR("a"))->config)->token, "s3cret"));
	fini(&f);
}

/* Every tests/conf_bad/NAME.yaml says exactly what stands in NAME.err.  GOLDEN=write writes them anew. */
static void golden_messages(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(glob("tests/conf_bad/*.yaml", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 20);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct diag diag = { 0 };
		struct buf out = { 0 };
		struct arena a = { 0 };
		struct hub *hub = hub_load(found.gl_pathv[i], &fake_hub_env, &diag);
		lg_str path = str_of(found.gl_pathv[i]), want = STR_NONE;
		const char *err = arena_printf(&a, "%.*s.err", (int)path.len - 5, path.ptr).ptr;

		diag_print(&diag, false, &out);
		if (getenv("GOLDEN") != NULL) {
			FILE *file = fopen(err, "w");

			assert_non_null(file);
			fputs(buf_text(&out), file);
			fclose(file);
		}
		assert_true(diag.errors + diag.warnings > 0);
		if (!source_read(&a, err, 1 << 20, &want) || !str_eq(want, buf_view(&out)))
			fail_msg("%s says\n%s\nand not\n%.*s", path.ptr, buf_text(&out), STRA(want));
		hub_free(&hub);
		diag_fini(&diag);
		buf_fini(&out);
		arena_fini(&a);
	}
	globfree(&found);
}

/* Not a measurement: work that grows with the square would take minutes. */
static void thousands_of_flows_and_connections(void **state)
{
	struct fixture f;
	struct buf b = { 0 };

	(void)state;
	setup(&f);
	buf_cstr(&b, "clients:\n");
	for (int i = 0; i < 5000; i++)
		buf_addf(&b, "  c%d: { name: Client %d, legal_id: \"556036%04d\" }\n", i, i, i);
	buf_cstr(&b, "connections:\n");
	for (int i = 0; i < 5000; i++)
		buf_addf(&b,
			 "  bank%d: { use: file, read: bank/%d/*.xml, format: camt, client: c%d, labels: [bank] }\n"
			 "  books%d: { use: file, write: out/%d.se, format: sie, client: c%d, labels: [books] }\n",
			 i, i, i, i, i, i);
	buf_cstr(&b, "flows:\n");
	for (int i = 0; i < 1000; i++)
		buf_addf(&b,
			 "  f%d: { from: { label: bank }, when: \"status == 'booked'\", steps: [match, { book: {} }],"
			 " to: { label: books } }\n",
			 i);
	put(&f, "loligo.yaml", buf_text(&b));
	assert_string_equal(load(&f), "");
	assert_int_equal(f.hub->connection_count, 10000);
	assert_int_equal(hub_flow(f.hub, LG_STR("f999"))->from.count, 5000);
	assert_true(f.hub->arena.used < (size_t)60 << 20);
	buf_fini(&b);
	fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_the_short_form),
		cmocka_unit_test(loads_clients_ledgers_and_labels),
		cmocka_unit_test(a_typo_in_a_client_file_breaks_that_client_only),
		cmocka_unit_test(a_client_file_may_be_no_yaml_at_all),
		cmocka_unit_test(a_broken_file_with_flows_stops_everything),
		cmocka_unit_test(only_folders_below_the_main_file_make_client_files),
		cmocka_unit_test(unreadable_files_are_reported),
		cmocka_unit_test(includes_nest_and_do_not_loop),
		cmocka_unit_test(secrets_come_from_their_folder),
		cmocka_unit_test(golden_messages),
		cmocka_unit_test(thousands_of_flows_and_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
