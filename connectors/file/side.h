/* side.h - the loop thread's state, shared by file.c, read.c and write.c. */
#pragma once
#include "file.h"

#include <stdio.h>

#define PATTERNS_MAX 16
#define TOLD_MAX 64
#define DOCS_MAX 16 /* documents handed in and not yet durable */

struct file;

struct pattern {
	char *folder, *glob;
	struct lg_op *watch;
	bool told;   /* that the folder cannot be read; again when it can and cannot anew */
	bool linked; /* that links are passed over */
	struct file *file;
};

struct doc {
	struct file *file; /* NULL: free */
	const struct pattern *from;
	struct file_entry entry;
	struct dispose dispose;
	struct lg_op *op;
};

struct reader {
	struct pattern *patterns;
	size_t count, at;  /* at: the pattern being scanned */
	struct scan *scan; /* these two only while there is a round: thousands of connections are idle at most times */
	struct doc *docs;  /* DOCS_MAX */
	size_t next;       /* entry of the scan that is looked at */
	struct opening opening;
	struct doc *slot;                    /* free, for the file that is being opened */
	uint64_t told[TOLD_MAX];             /* files that could not be read, by hash */
	struct lg_op *work, *sweep, *settle; /* work: the scan or the opening, one at a time */
	int64_t wait_ms;                     /* the shortest of a round */
	bool started, scanning, full, again; /* full: no credits; again: something changed meanwhile */
	char *done, *failed;                 /* NULL: none */
};

/* A delivery or a probe, in the order of their coming. */
struct request {
	struct request *next;
	const struct lg_delivery *delivery;
	bool probe;
};

/* The effects of a delivery that go to one file. */
struct group {
	lg_str name;          /* below the folder */
	lg_str company;       /* value of format->one_per_file */
	bool mixed;           /* two of those */
	bool outside;         /* the name does not lie below the folder */
	uint32_t first, last; /* member index + 1 */
};

struct member {
	uint32_t next; /* of the same group: index + 1; 0: the last */
	bool settled;
};

struct writer {
	struct request *first, **last;
	struct lg_op *op; /* to cancel; may be NULL although a callback is to come */
	bool busy;        /* a callback is to come */
	char folder[PATH_MAX], notes[NAME_MAX + 1];
	/* the delivery being worked at */
	struct group *groups;
	size_t group_count, at;
	struct member *members; /* of all groups, in the order of the effects */
	/* the group being worked at */
	const struct lg_rec **recs;
	uint32_t *effects; /* indexes into the delivery */
	lg_str *keys;
	size_t count;
	size_t single; /* trying them alone: the next one */
	bool alone, rejected;
	char why[TEXT_MAX]; /* of the failure that led to trying them alone */
	struct put put;
	struct probe probe;
	char *bytes;
	char *touched; /* names whose file was proved in this process, each with a NUL behind it */
	size_t touched_len;
};

struct file {
	const struct file_config *cfg;
	const struct lg_host *host;
	struct lg_instance *self;
	struct reader in;
	struct writer out;
	bool closing;
};

lg_status reader_open(struct file *f);
void reader_pull(struct file *f);
void reader_close(struct file *f);

lg_status writer_open(struct file *f);
void writer_add(struct file *f, const struct lg_delivery *d, bool probe);
void writer_close(struct file *f);

static inline lg_str text_of(const char *s)
{
	return (lg_str){ s, __builtin_strlen(s) };
}
