/* format_run.h - runs a format over bytes, outside of any flow: what `convert`, the engine's jobs and the tests use.

   Memory.  Each record of host->rec_new has an arena of its own, which is used again once the record was emitted and
   the sink has returned; so memory does not grow with the input.  What lies in the handle's own arena (json_read, texts
   of the host's functions) lives until the next emit (reading) or the next record (writing).

   Any thread; one job is one thread's. */
#pragma once
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/model/record.h"

/* The bytes to read. */
struct format_in {
	lg_str name;               /* for messages */
	lg_str (*next)(void *ctx); /* borrowed until the next call; empty at the end */
	void *ctx;
};

/* Where the results go. */
struct format_sink {
	/* Borrowed: it ends when this returns (rec_clone or rec_encode what is kept).  Fields may be set.  False: the
	   reading is to stop, format_read gives LG_CANCELED. */
	bool (*record)(void *ctx, struct lg_rec *rec, uint64_t offset, uint32_t line);
	void (*finding)(void *ctx, const char *id, uint32_t line, lg_str text); /* may be NULL */
	void *ctx;
};

/* `config`: the struct of the format's options, or NULL for its defaults.  `host`: NULL for format_host().
   LG_OK; LG_REJECT, LG_RETRY, ...: *err says why and where, and nothing that the sink got may be kept; LG_CANCELED: the
   sink said so. */
lg_status format_read(const struct lg_format *, const void *config, const struct lg_host *host,
		      const struct format_in *, const struct format_sink *, struct err *);
lg_status format_read_bytes(const struct lg_format *, const void *config, const struct lg_host *host, lg_str name,
			    lg_str bytes, const struct format_sink *, struct err *);
lg_status format_read_file(const struct lg_format *, const void *config, const struct lg_host *host, const char *path,
			   const struct format_sink *, struct err *);

/* The records to write, and where the bytes go. */
struct format_out {
	const struct lg_rec *(*next)(void *ctx); /* borrowed until the next call; NULL at the end */
	void (*put)(void *ctx, lg_str bytes);
	void *ctx;
};

lg_status format_write(const struct lg_format *, const void *config, const struct lg_host *host,
		       const struct format_out *, struct err *);
/* Appends to `out`; after an error `out` is as it was. */
lg_status format_write_buf(const struct lg_format *, const void *config, const struct lg_host *host,
			   const struct lg_rec *const *recs, size_t count, struct buf *out, struct err *);

/* Sets what formats need of a host and what needs nothing but this layer: rec, rec_new, log, xml_read, xml_write, and
   all of host_text_fill. */
void format_host_fill(struct lg_host *host);
/* A host with just that, for the tools and tests. */
const struct lg_host *format_host(void);
