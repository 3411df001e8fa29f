/* rig.h - what the tests of reading and of writing share: a folder, a scripted hub, one connection. */
#pragma once
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

static ATTR_UNUSED const struct lg_connector *connector;
static struct arena arena;
static char root[64];

/* ---- a folder of this test ---- */

static ATTR_UNUSED int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static ATTR_UNUSED const char *at(const char *name)
{
	static char paths[8][256];
	static size_t n;
	char *out = paths[n++ % 8];

	snprintf(out, 256, "%s/%s", root, name);
	return out;
}

static ATTR_UNUSED int setup(void **state)
{
	(void)state;
	snprintf(root, sizeof root, "/tmp/loligo-file-XXXXXX");
	assert_non_null(mkdtemp(root));
	assert_int_equal(mkdir(at("in"), 0777), 0);
	return 0;
}

static ATTR_UNUSED int teardown(void **state)
{
	(void)state;
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_fini(&arena);
	return 0;
}

static ATTR_UNUSED void put(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static ATTR_UNUSED const char *get(const char *name)
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

static ATTR_UNUSED void rig_init(struct rig *r)
{
	*r = (struct rig){ .hub = calloc(1, sizeof *r->hub) };
	r->hub->now = (int64_t)time(NULL) * 1000 + 60000;
	r->hub->credits = 1000;
	r->cfg.settle = 2000;
	r->cfg.sweep = 60000;
}

static ATTR_UNUSED void rig_read(struct rig *r, const char *pattern)
{
	r->patterns[r->cfg.read.count++] = str_of(arena_cstr(&arena, str_of(at(pattern))));
	r->cfg.read.items = r->patterns;
}

static ATTR_UNUSED void rig_write(struct rig *r, const char *template, uint32_t flags)
{
	r->cfg.write.text = arena_str(&arena, str_of(at(template)));
	r->cfg.write.name = (const struct lg_template *)(const void *)r->cfg.write.text.ptr;
	snprintf(r->folder, sizeof r->folder, "%s/out", root);
	r->cfg.write.folder = str_of(r->folder);
	r->cfg.write.fixed = strchr(template, '{') == NULL;
	r->hub->format =
		(struct lg_format){ .size = sizeof r->hub->format, .flags = flags, .one_per_file = LG_VOUCHER_COMPANY };
}

static ATTR_UNUSED void rig_open(struct rig *r)
{
	r->state = calloc(1, connector->state_size);
	assert_int_equal(connector->open(r->state, &r->cfg, &fake_table, r->hub), LG_OK);
	if (r->cfg.read.count > 0) {
		connector->pull(r->state);
		fake_run(r->hub);
	}
}

static ATTR_UNUSED void rig_close(struct rig *r)
{
	connector->close(r->state);
	fake_run(r->hub);
	assert_int_equal(fake_pending(r->hub), 0);
	free(r->state);
	r->state = NULL;
}

/* What a process held that is killed is given back by nobody; kept in reach, so that it is no leak. */
static void *killed[16];

static ATTR_UNUSED void rig_crash(struct rig *r)
{
	static size_t count;

	fake_drop(r->hub);
	killed[count++ % 16] = r->state;
	r->state = NULL;
}

static ATTR_UNUSED void rig_fini(struct rig *r)
{
	rig_close(r);
	free(r->hub);
}

#define WITH_FOLDER(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
