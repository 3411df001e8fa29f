/* file.h - what the files of this connector share.
   The loop thread's side: file.c (table, life), read.c (which file when), write.c (deliveries).
   The jobs' side, which alone touches the disk: scan.c (folders, opening, putting away), put.c (writing), notes.c (what
   was begun).  A job gets its own struct and no host. */
#pragma once
#include "loligo.h"

#include <limits.h>
#include <sys/types.h>

enum { AFTER_KEEP, AFTER_MOVE, AFTER_DELETE };

struct file_config {
	struct lg_list read;
	struct lg_path write;
	int64_t after;
	lg_str done, failed;
	int64_t settle, sweep; /* milliseconds */
};

#define TEXT_MAX 512 /* of a message */

/* ---- scan.c ---- */

/* What tells a file from another, and from itself changed. */
struct file_sig {
	int64_t size, mtime_ns;
	uint64_t inode;
};

#define SCAN_MAX 128 /* names in memory at once, whatever the folder holds */

struct file_entry {
	char name[NAME_MAX + 1];
	struct file_sig sig;
};

struct scan {
	/* in */
	const char *folder, *glob;
	char after[NAME_MAX + 1]; /* names up to this one have been seen; "": from the beginning */
	int64_t now_ms, settle_ms;
	/* out */
	struct file_entry entries[SCAN_MAX]; /* the next names in order that are complete */
	size_t count;
	bool more;               /* behind the last one */
	int64_t wait_ms;         /* until the first of those that are not yet complete may be; 0: none */
	char link[NAME_MAX + 1]; /* a symbolic link that was passed over; "": none */
	char error[TEXT_MAX];
};

lg_status scan_job(void *arg); /* struct scan */

struct opening {
	const char *folder, *name;
	struct file_sig sig; /* as scanned; a file that is another by now is not opened */
	int fd;              /* -1: `gone` or `error` */
	bool gone;
	char error[TEXT_MAX];
};

lg_status open_job(void *arg); /* struct opening */

struct dispose {
	const char *folder, *to; /* to: NULL deletes */
	char name[NAME_MAX + 1];
	struct file_sig sig; /* left alone when it is another by now */
	char error[TEXT_MAX];
};

lg_status dispose_job(void *arg); /* struct dispose */

/* Makes the folder and those above it; false: errno says why. */
bool make_folders(const char *path);

/* ---- notes.c: what was begun, on disk before it is done ---- */

/* The notes are a file in the folder that is written to.  A batch of output is noted with its keys, and flushed, before
   its first byte; after a crash they tell what is in the output, exactly. */
struct note {
	bool lines;     /* appended; else a file of its own */
	bool aborted;   /* taken back */
	lg_str name;    /* below the folder */
	lg_str temp;    /* files: what is renamed to `name` */
	uint64_t inode; /* lines: of the file; 0: it did not exist */
	int64_t offset, length;
	uint64_t before, hash; /* lines: of all bytes before; of these bytes */
	int64_t at_ms;
	const lg_str *keys;
	size_t key_count;
	enum {
		NOTE_UNPROVED,
		NOTE_THERE,
		NOTE_ABSENT
	} proof; /* of a probe: the bytes are hashed once, not for each key */
};

struct notes {
	char *text; /* the file as read */
	size_t len;
	struct note *items;
	size_t count, cap;
	lg_str *keys; /* of all items, one after the other */
	size_t key_count, key_cap;
	struct note_key {
		lg_str key;
		size_t item;
	} * sorted;
	bool missing; /* no such file */
};

/* Reads them; a last note that was cut by a crash does not count: nothing followed it.  false: errno says why. */
bool notes_load(struct notes *n, int folder, const char *file);
void notes_free(struct notes *n);
struct note *notes_find(const struct notes *n, lg_str key); /* the latest with that key; NULL */
/* Appends one note and flushes it to disk; false: errno says why, and nothing may be done. */
bool notes_add(int folder, const char *file, const struct note *note);
/* Drops what is older than that; only called when the file has grown. */
bool notes_trim(const struct notes *n, int folder, const char *file, int64_t older_than_ms);

#define NOTES_TRIM_BYTES ((size_t)4 << 20)
#define NOTES_KEEP_MS ((int64_t)3600 * 1000)

uint64_t file_hash(uint64_t hash, const void *bytes, size_t len); /* FNV-1a; begin with FILE_HASH */
#define FILE_HASH ((uint64_t)14695981039346656037u)

/* ---- put.c ---- */

struct put {
	/* in */
	const char *folder, *notes; /* folder: exists; what `name` is below */
	lg_str name;                /* below the folder; may lead through folders of its own */
	lg_str bytes;
	const lg_str *keys;
	size_t key_count;
	bool lines, fixed;
	int64_t now_ms;
	/* lines: the last confirmed state; offset -1: none is known */
	uint64_t inode, before;
	int64_t offset;
	bool first;        /* of this process: what is on disk is proved, and cut back to what is confirmed */
	size_t trim_above; /* bytes of notes; also out: where it pays the next time */
	/* out */
	char final[PATH_MAX]; /* the name that it got */
	lg_status status;
	char error[TEXT_MAX];
};

/* One batch of one file: LG_OK written and on disk; LG_RETRY nothing was done; LG_REJECT this name cannot be;
   LG_DENIED the file is not ours or was changed; LG_UNKNOWN. */
lg_status put_job(void *arg); /* struct put */

struct probe_item {
	lg_str key;
	enum lg_probe_answer answer;
	char remote[PATH_MAX + 64];
};

struct probe {
	const char *folder, *notes;
	bool expected; /* notes were made once: when they are gone, nobody knows */
	struct probe_item *items;
	size_t count;
	char error[TEXT_MAX];
};

lg_status probe_job(void *arg); /* struct probe */
