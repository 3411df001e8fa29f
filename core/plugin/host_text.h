/* host_text.h - the host functions that turn texts into values and back, and tell plugins of the field table: thin
   covers of base and model.  Whoever fills a struct lg_host calls host_text_fill.
   Contract: every handle of a job (lg_read.job, lg_write.job, the lg_run of a step) starts with a struct host_handle.
 */
#pragma once
#include "core/base/arena.h"
#include "core/plugin/loligo.h"

struct host_handle {
	struct arena *arena; /* where records and texts of this job are made */
	/* Makes a record with a life of its own, and ends it before it was emitted.  NULL: records live in the arena.
	 */
	struct lg_rec *(*rec_new)(struct host_handle *, uint16_t kind);
	void (*rec_drop)(struct host_handle *, struct lg_rec *);
};

/* Sets kind, field, field_near, dec_*, currency_digits, is_credit_note, date_*, time_*, json_write and json_read. */
void host_text_fill(struct lg_host *host);
