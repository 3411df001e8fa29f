#include "core/plugin/host_text.h"

#include "core/base/date.h"
#include "core/base/dec.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/model/identity.h"
#include "core/model/record.h"

#include <stdio.h>

static uint16_t kind_id(lg_str name)
{
	const struct object *o = object_by_name(name);

	return o && o->is_kind ? o->id : 0;
}

static bool field_info(uint16_t object, lg_str name, struct lg_field_info *out)
{
	const struct object *o = object_get(object);
	const struct field *f = o ? field_by_name(o, name) : NULL;

	if (f == NULL)
		return false;
	*out = (struct lg_field_info){ sizeof *out, f->id, f->ref, (uint32_t)f->type, f->name };
	return true;
}

static const char *field_near(uint16_t object, lg_str name)
{
	const struct object *o = object_get(object);

	return o ? field_suggest(o, name) : NULL;
}

static size_t dec_to_text(lg_dec d, int min_digits, char *out)
{
	return dec_text(d, min_digits, out);
}

static size_t time_to_text(lg_time t, char *out)
{
	return time_text(t, out);
}

static void json_write(void *handle, const struct lg_rec *r, void (*put)(void *handle, lg_str bytes))
{
	const struct object *o = object_get(rec_object(r));
	struct buf b = { 0 };
	size_t body = 0;

	/* A record that nobody has stamped yet still says what it is. */
	if (o->is_kind && !rec_has(r, LG_COMMON_KIND)) {
		buf_addf(&b, "{\"kind\":\"%s\"", o->name);
		body = b.len;
	}
	rec_to_json(r, &b);
	if (body > 0)
		b.ptr[body] = b.ptr[body + 1] == '}' ? ' ' : ',';
	put(handle, buf_view(&b));
	buf_fini(&b);
}

static struct lg_rec *json_read(void *handle, lg_str text, uint16_t kind, struct lg_text_error *error)
{
	struct host_handle *h = handle;
	struct err err = { 0 };
	struct lg_rec *r = rec_from_json(h->arena, text, kind, &err);

	if (r)
		return r;
	error->line = (uint32_t)err.line;
	error->column = (uint32_t)err.column;
	snprintf(error->id, sizeof error->id, "%s", err.id);
	if (err.hint[0])
		snprintf(error->message, sizeof error->message, "%s (%s)", err.msg, err.hint);
	else
		snprintf(error->message, sizeof error->message, "%s", err.msg);
	return NULL;
}

void host_text_fill(struct lg_host *host)
{
	_Static_assert((int)LG_FT_JSON == (int)FIELD_JSON && (int)LG_FT_OBJ == (int)FIELD_OBJ, "same order");

	host->kind = kind_id;
	host->field = field_info;
	host->field_near = field_near;
	host->dec_parse = dec_parse;
	host->dec_add = dec_add;
	host->dec_mul_round = dec_mul_round;
	host->dec_div_round = dec_div_round;
	host->dec_text = dec_to_text;
	host->currency_digits = currency_digits;
	host->is_credit_note = is_credit_note;
	host->date_make = date_from_ymd;
	host->date_parts = date_to_ymd;
	host->time_parse = time_parse;
	host->time_text = time_to_text;
	host->json_write = json_write;
	host->json_read = json_read;
}
