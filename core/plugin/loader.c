#include "core/plugin/loader.h"

#include "core/base/str.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

/* The address ranges of one loaded object: what its descriptor points at must lie there. */
struct image {
	const char *base;
	struct {
		uintptr_t from, to;
	} parts[16];
	size_t count;
};

#define TABLE_MAX 256   /* formats, steps or connectors of one plugin */
#define OPTIONS_MAX 512 /* rows of an option table */
#define DEPTH_MAX 8     /* of option tables in option tables */

/* ---- judging ---- */

static int find_image(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct image *im = ctx;

	(void)size;
	if ((uintptr_t)info->dlpi_addr != (uintptr_t)im->base)
		return 0;
	for (size_t i = 0; i < info->dlpi_phnum && im->count < ARRAY_LEN(im->parts); i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_LOAD)
			continue;
		im->parts[im->count].from = (uintptr_t)(info->dlpi_addr + p->p_vaddr);
		im->parts[im->count++].to = (uintptr_t)(info->dlpi_addr + p->p_vaddr + p->p_memsz);
	}
	return 1;
}

static bool inside(const struct image *im, const void *ptr, size_t len)
{
	uintptr_t p = (uintptr_t)ptr;

	for (size_t i = 0; i < im->count; i++)
		if (p >= im->parts[i].from && p < im->parts[i].to && len <= im->parts[i].to - p)
			return true;
	return false;
}

/* A text of the image that ends inside it and looks like a name. */
static bool is_text(const struct image *im, const char *s)
{
	for (size_t n = 0; n < 4096; n++) {
		if (!inside(im, s + n, 1))
			return false;
		if (s[n] == '\0')
			return n > 0;
	}
	return false;
}

static bool is_name(const struct image *im, const char *s)
{
	if (!is_text(im, s) || strlen(s) > 48)
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || *s == '_' || *s == '-'))
			return false;
	return true;
}

/* A function may be the image's own or, by way of the linker, another library's; it must be somewhere that is mapped.
 */
static bool is_code(const struct image *im, uintptr_t fn)
{
	Dl_info info;
	const void *p;

	memcpy(&p, &fn, sizeof p);
	return inside(im, p, 1) || dladdr(p, &info) != 0;
}

static bool options_ok(const struct image *im, const struct lg_options *o, int depth)
{
	if (o == NULL)
		return true;
	if (depth > DEPTH_MAX || !inside(im, o, sizeof *o) || o->count > OPTIONS_MAX ||
	    o->row_size < offsetof(struct lg_option, doc) || o->row_size > 4096 || o->struct_size > 1 << 20 ||
	    !inside(im, o->rows, (size_t)o->row_size * o->count))
		return false;
	for (uint32_t i = 0; i < o->count; i++) {
		const struct lg_option *row = (const void *)((const char *)o->rows + (size_t)i * o->row_size);
		bool nested = row->type == LG_T_OBJ || row->type == LG_T_OBJS || row->type == LG_T_OBJMAP;

		if (!is_name(im, row->name) || (unsigned)row->type > LG_T_PATH_TEMPLATE ||
		    row->offset >= o->struct_size || nested != (row->sub != NULL) ||
		    (nested && !options_ok(im, row->sub, depth + 1)))
			return false;
	}
	return true;
}

static bool refuse(struct err *err, const char *path, const char *why)
{
	err_set(err, ERR_CONFIG, "plugin.refused", "plugin refused: %s", why);
	return err_at(err, path, 0, 0);
}

/* The symbol itself: its size as the file states it against the size that it states of itself. */
static const struct lg_plugin *find_descriptor(void *lib, const char *path, struct image *im, struct err *err)
{
	const struct lg_plugin *p = dlsym(lib, "lg_plugin");
	const ElfW(Sym) *sym = NULL;
	Dl_info info;
	void *extra = NULL;

	if (p == NULL) {
		refuse(err, path, "it has no symbol lg_plugin");
		return NULL;
	}
	if (dladdr1(p, &info, &extra, RTLD_DL_SYMENT) == 0 || (sym = extra) == NULL || sym->st_size < 16) {
		refuse(err, path, "its lg_plugin is not a table");
		return NULL;
	}
	im->base = info.dli_fbase;
	dl_iterate_phdr(find_image, im);
	if (p->size < offsetof(struct lg_plugin, formats) || p->size > sym->st_size || p->size > 4096) {
		refuse(err, path, "its lg_plugin states a size that cannot be");
		return NULL;
	}
	if (p->abi_major != LG_ABI_MAJOR) {
		refuse(err, path, "it was built for another ABI");
		err_hint(err, "it wants major %u, this hub has %u: build it again with this hub's loligo.h",
			 p->abi_major, LG_ABI_MAJOR);
		return NULL;
	}
	return p;
}

static bool table_ok(const struct image *im, const void *rows, uint32_t count, uint32_t stride, size_t least)
{
	return count == 0 ||
	       (count <= TABLE_MAX && stride >= least && stride <= 4096 && inside(im, rows, (size_t)count * stride));
}

/* Copies one row into a zeroed struct of our size: what it lacks reads as NULL, what we don't know is dropped. */
static void copy_row(void *to, size_t size, const void *rows, uint32_t i, uint32_t stride)
{
	memcpy(to, (const char *)rows + (size_t)i * stride, MIN(size, stride));
}

static bool format_ok(const struct image *im, const struct lg_format *f)
{
	return is_name(im, f->name) && options_ok(im, f->options, 0) && (f->reads != 0 || f->writes != 0) &&
	       (f->reads == 0 || is_code(im, (uintptr_t)f->read)) &&
	       (f->writes == 0 || is_code(im, (uintptr_t)f->write));
}

static bool step_ok(const struct image *im, const struct lg_step *s)
{
	return is_name(im, s->name) && options_ok(im, s->options, 0) && s->takes != 0 && s->state_size <= 1 << 26 &&
	       is_code(im, (uintptr_t)s->run);
}

static bool connector_ok(const struct image *im, const struct lg_connector *c)
{
	return is_name(im, c->name) && options_ok(im, c->options, 0) && c->state_size <= 1 << 26 &&
	       (c->pull || c->deliver) && is_code(im, (uintptr_t)c->open) && is_code(im, (uintptr_t)c->close) &&
	       table_ok(im, c->operations, c->operation_count, c->operation_size,
			offsetof(struct lg_operation, batch_max) + sizeof(uint32_t));
}

/* ---- taking in ---- */

static const struct lg_operation *copy_operations(struct registry *r, const struct lg_connector *c)
{
	struct lg_operation *ops = arena_array(&r->arena, struct lg_operation, c->operation_count + 1);

	for (uint32_t i = 0; i < c->operation_count; i++)
		copy_row(&ops[i], sizeof ops[i], c->operations, i, c->operation_size);
	return ops;
}

static bool copy_tables(struct registry *r, struct plugin *p, const struct image *im, const char *path, struct err *err)
{
	const struct lg_plugin *d = &p->desc;

	if (!table_ok(im, d->formats, d->format_count, d->format_size, offsetof(struct lg_format, check)) ||
	    !table_ok(im, d->steps, d->step_count, d->step_size, offsetof(struct lg_step, flush)) ||
	    !table_ok(im, d->connectors, d->connector_count, d->connector_size, offsetof(struct lg_connector, close)))
		return refuse(err, path, "one of its tables has a size that cannot be");
	if (d->format_count + d->step_count + d->connector_count == 0)
		return refuse(err, path, "it offers nothing");
	p->formats = arena_array(&r->arena, struct lg_format, d->format_count + 1);
	p->steps = arena_array(&r->arena, struct lg_step, d->step_count + 1);
	p->connectors = arena_array(&r->arena, struct lg_connector, d->connector_count + 1);
	for (uint32_t i = 0; i < d->format_count; i++) {
		copy_row(&p->formats[i], sizeof *p->formats, d->formats, i, d->format_size);
		if (!format_ok(im, &p->formats[i]))
			return refuse(err, path, "one of its formats is not described properly");
	}
	for (uint32_t i = 0; i < d->step_count; i++) {
		copy_row(&p->steps[i], sizeof *p->steps, d->steps, i, d->step_size);
		if (!step_ok(im, &p->steps[i]))
			return refuse(err, path, "one of its steps is not described properly");
	}
	for (uint32_t i = 0; i < d->connector_count; i++) {
		copy_row(&p->connectors[i], sizeof *p->connectors, d->connectors, i, d->connector_size);
		if (!connector_ok(im, &p->connectors[i]))
			return refuse(err, path, "one of its connectors is not described properly");
		p->connectors[i].operations = copy_operations(r, &p->connectors[i]);
		p->connectors[i].operation_size = sizeof(struct lg_operation);
	}
	return true;
}

static bool taken(struct map *m, const char *name, const char *kind, const char *path, struct err *err)
{
	if (map_get(m, str_of(name)) == NULL)
		return false;
	err_set(err, ERR_CONFIG, "plugin.refused", "plugin refused: there is a %s \"%s\" already", kind, name);
	err_at(err, path, 0, 0);
	return true;
}

static bool add_names(struct registry *r, struct plugin *p, const char *path, struct err *err)
{
	for (uint32_t i = 0; i < p->desc.format_count; i++)
		if (taken(&r->formats, p->formats[i].name, "format", path, err))
			return false;
	for (uint32_t i = 0; i < p->desc.step_count; i++)
		if (taken(&r->steps, p->steps[i].name, "step", path, err))
			return false;
	for (uint32_t i = 0; i < p->desc.connector_count; i++)
		if (taken(&r->connectors, p->connectors[i].name, "connector", path, err))
			return false;
	for (uint32_t i = 0; i < p->desc.format_count; i++)
		map_put(&r->formats, str_of(p->formats[i].name), &p->formats[i]);
	for (uint32_t i = 0; i < p->desc.step_count; i++)
		map_put(&r->steps, str_of(p->steps[i].name), &p->steps[i]);
	for (uint32_t i = 0; i < p->desc.connector_count; i++)
		map_put(&r->connectors, str_of(p->connectors[i].name), &p->connectors[i]);
	r->plugins = xgrow(r->plugins, &r->cap, r->count + 1, sizeof(struct plugin *));
	r->plugins[r->count++] = p;
	return true;
}

bool registry_load(struct registry *r, const char *path, struct err *err)
{
	void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	struct image im = { 0 };
	const struct lg_plugin *found;
	struct plugin *p;

	if (lib == NULL)
		return refuse(err, path, dlerror());
	found = find_descriptor(lib, path, &im, err);
	if (found == NULL)
		return false;
	p = arena_new(&r->arena, struct plugin);
	p->path = arena_cstr(&r->arena, str_of(path));
	memcpy(&p->desc, found, MIN(sizeof p->desc, found->size));
	if (!is_name(&im, p->desc.name) || !is_text(&im, p->desc.version))
		return refuse(err, path, "it has no proper name and version");
	return copy_tables(r, p, &im, path, err) && add_names(r, p, path, err);
}

static int is_so(const struct dirent *e)
{
	return str_ends(str_of(e->d_name), LG_STR(".so"));
}

bool registry_scan(struct registry *r, const char *folder, void (*refused)(void *ctx, const struct err *), void *ctx,
		   struct err *err)
{
	struct dirent **names = NULL;
	int n = scandir(folder, &names, is_so, alphasort);

	if (n < 0) {
		err_set(err, ERR_CONFIG, "plugin.folder", "plugin folder cannot be read: %s", strerror(errno));
		return err_at(err, folder, 0, 0);
	}
	for (int i = 0; i < n; i++) {
		struct buf path = { 0 };
		struct err why = { 0 };

		buf_addf(&path, "%s/%s", folder, names[i]->d_name);
		if (!registry_load(r, buf_text(&path), &why))
			refused(ctx, &why);
		buf_fini(&path);
		free(names[i]);
	}
	free(names);
	return true;
}

void registry_fini(struct registry *r)
{
	map_fini(&r->formats);
	map_fini(&r->steps);
	map_fini(&r->connectors);
	free(r->plugins);
	arena_fini(&r->arena);
	*r = (struct registry){ 0 };
}

const struct lg_format *registry_format(const struct registry *r, lg_str name)
{
	return map_get(&r->formats, name);
}

const struct lg_step *registry_step(const struct registry *r, lg_str name)
{
	return map_get(&r->steps, name);
}

const struct lg_connector *registry_connector(const struct registry *r, lg_str name)
{
	return map_get(&r->connectors, name);
}
