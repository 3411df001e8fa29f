/* Writing a batch, so that a crash at any point leaves it in the output once or not at all, and says which.

   A file of its own: temporary file, flush; note (temporary name, name, keys), flush; rename; flush the folder.  After
   a crash the keys are there when the temporary file is gone: it was renamed, whatever happened to the file since.
   Lines: note (offset, length, hash, keys), flush; append; flush.  After a crash the keys are there when the bytes from
   the offset on have that hash; else the file is cut back to the offset. */
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(struct put *p, lg_status status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static bool fail(struct put *p, lg_status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->error, sizeof p->error, fmt, ap);
	va_end(ap);
	p->status = status;
	return false;
}

/* A full disk and the like: nothing was done, and it may be done later. */
static bool fail_errno(struct put *p, const char *what)
{
	bool full = errno == ENOSPC || errno == EDQUOT;
	lg_status status = errno == EACCES || errno == EPERM || errno == EROFS || errno == ELOOP || errno == ENOTDIR
				   ? LG_DENIED
				   : LG_RETRY;

	return fail(p, status, "cannot %s %s/%.*s: %s%s", what, p->folder, (int)p->name.len, p->name.ptr,
		    errno == ELOOP ? "it is a symbolic link" : strerror(errno),
		    full ? " (make room; it is tried again)" : "");
}

static bool write_all(int fd, lg_str bytes, off_t at)
{
	ssize_t n;

	while (bytes.len > 0) {
		n = pwrite(fd, bytes.ptr, bytes.len, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : EIO;
			return false;
		}
		bytes = (lg_str){ bytes.ptr + n, bytes.len - (size_t)n };
		at += n;
	}
	return true;
}

static bool bad_part(const char *part)
{
	for (const char *c = part; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return true;
	return part[0] == '\0' || strcmp(part, ".") == 0 || strcmp(part, "..") == 0 || strlen(part) > NAME_MAX - 40;
}

static bool is_link(int folder, const char *name)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

/* The folder that the last part of the name is in, opened step by step: no link leads out.  -1: said.  `last` points
   into `path`. */
static int walk(struct put *p, char path[PATH_MAX], const char **last)
{
	int at = open(p->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;
	char *part = path, *slash;

	if (p->name.len >= PATH_MAX - 8 || memchr(p->name.ptr, '\0', p->name.len) != NULL) {
		fail(p, LG_REJECT, "the name of the file is too long or has a NUL in it");
		close(at);
		return -1;
	}
	memcpy(path, p->name.ptr, p->name.len);
	path[p->name.len] = '\0';
	while (at >= 0 && (slash = strchr(part, '/')) != NULL) {
		*slash = '\0';
		if (bad_part(part))
			break;
		if (mkdirat(at, part, 0777) != 0 && errno != EEXIST)
			fail_errno(p, "make a folder for");
		next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0 && errno == ENOTDIR)
			errno = is_link(at, part) ? ELOOP : ENOTDIR;
		close(at);
		at = next;
		part = slash + 1;
	}
	if (at < 0) {
		fail_errno(p, "open the folder of");
		return -1;
	}
	if (bad_part(part)) {
		fail(p, LG_REJECT, "\"%.*s\" is no name of a file (correct the fields in it, or `write`)",
		     (int)p->name.len, p->name.ptr);
		close(at);
		return -1;
	}
	*last = part;
	return at;
}

static bool note(struct put *p, const struct note *n)
{
	int folder = open(p->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), saved;
	bool ok = folder >= 0 && notes_add(folder, p->notes, n);

	saved = errno;
	if (folder >= 0)
		close(folder);
	errno = saved;
	return ok;
}

/* ---- a file of its own ---- */

#define PART ".part" /* of temporary files */
#define SWEEP_DEPTH 8

/* The folder part of the name, with its slash; then another last part. */
static bool beside(const struct put *p, const char *last, char out[PATH_MAX])
{
	size_t dir = p->name.len;

	while (dir > 0 && p->name.ptr[dir - 1] != '/')
		dir--;
	return snprintf(out, PATH_MAX, "%.*s%s", (int)dir, p->name.ptr, last) < PATH_MAX;
}

/* A name that nobody has: "vouchers-K.se", then "vouchers-K-2.se".  A file that was delivered is never touched again.
 */
static bool free_name(struct put *p, int folder, const char *last, char out[NAME_MAX + 1])
{
	const char *dot = strrchr(last, '.');
	int stem = (int)(dot && dot != last ? dot - last : (long)strlen(last));

	snprintf(out, NAME_MAX + 1, "%.*s", NAME_MAX, last);
	for (int n = 2; n < 1000000; n++) {
		if (faccessat(folder, out, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
			return errno == ENOENT || fail_errno(p, "look for");
		snprintf(out, NAME_MAX + 1, "%.*s-%d%s", stem, last, n, last + stem);
	}
	return fail(p, LG_REJECT, "a million files have the name %s: put {number} into it", last);
}

static bool put_temp(struct put *p, int folder, const char *temp)
{
	int fd = openat(folder, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666), saved;
	bool ok;

	if (fd < 0)
		return fail_errno(p, "write");
	ok = write_all(fd, p->bytes, 0) && fsync(fd) == 0;
	saved = errno;
	ok = close(fd) == 0 && ok;
	if (ok)
		return true;
	unlinkat(folder, temp, 0);
	errno = saved;
	return fail_errno(p, "write");
}

/* Everything is on disk but its name.  When the rename fails, the note is taken back before the temporary file goes. */
static bool put_name(struct put *p, int folder, const char *temp, const char *name, struct note *n)
{
	int saved;

	if (!note(p, n)) {
		saved = errno;
		unlinkat(folder, temp, 0);
		errno = saved;
		return fail_errno(p, "note");
	}
	if (renameat2(folder, temp, folder, name, p->fixed ? 0 : RENAME_NOREPLACE) != 0) {
		saved = errno;
		n->aborted = true;
		if (!note(p, n))
			return fail(p, LG_UNKNOWN, "cannot note that %s/%s was not written: %s", p->folder, p->final,
				    strerror(errno));
		unlinkat(folder, temp, 0);
		errno = saved;
		return fail_errno(p, "give its name to");
	}
	if (fsync(folder) != 0)
		return fail(p, LG_UNKNOWN, "cannot flush the folder of %s/%s: %s", p->folder, p->final,
			    strerror(errno));
	return true;
}

static void put_file(struct put *p, int folder, const char *last)
{
	char name[NAME_MAX + 1], temp[NAME_MAX + 1], path[PATH_MAX];
	struct note n = {
		.length = (int64_t)p->bytes.len, .at_ms = p->now_ms, .keys = p->keys, .key_count = p->key_count
	};

	n.hash = file_hash(FILE_HASH, p->bytes.ptr, p->bytes.len);
	/* Another try of the same batch has a name of its own, so that an old temporary file is no other's; what begins
	   with the name of the notes is this connection's (see sweep). */
	snprintf(temp, sizeof temp, "%.*s.%016llx-%llx" PART, NAME_MAX - 64, p->notes, (unsigned long long)n.hash,
		 (unsigned long long)p->now_ms);
	if (p->fixed)
		snprintf(name, sizeof name, "%.*s", NAME_MAX, last);
	else if (!free_name(p, folder, last, name))
		return;
	if (!beside(p, name, p->final) || !beside(p, temp, path)) {
		fail(p, LG_REJECT, "the name of the file is too long");
		return;
	}
	n.name = (lg_str){ p->final, strlen(p->final) };
	n.temp = (lg_str){ path, strlen(path) };
	unlinkat(folder, temp, 0);
	if (put_temp(p, folder, temp) && put_name(p, folder, temp, name, &n))
		p->status = LG_OK;
}

/* ---- lines ---- */

static bool hash_range(int fd, int64_t from, int64_t to, uint64_t *hash)
{
	char *buf = malloc(1 << 16);
	ssize_t n = 1;

	while (buf && from < to && n > 0) {
		n = pread(fd, buf, to - from < 1 << 16 ? (size_t)(to - from) : (size_t)1 << 16, from);
		if (n < 0 && errno == EINTR) {
			n = 1;
			continue;
		}
		if (n > 0)
			*hash = file_hash(*hash, buf, (size_t)n);
		from += n > 0 ? n : 0;
	}
	free(buf);
	return buf != NULL && from == to;
}

static bool changed(struct put *p, const char *how)
{
	return fail(p, LG_DENIED, "%s/%.*s %s: nothing more is appended (move it away, and a new one is begun)",
		    p->folder, (int)p->name.len, p->name.ptr, how);
}

/* The last batch that was noted for this file behind the confirmed state. */
static const struct note *in_flight(const struct notes *notes, const struct put *p, uint64_t inode)
{
	for (size_t i = notes->count; i > 0; i--) {
		const struct note *n = &notes->items[i - 1];

		if (n->lines && !n->aborted && n->name.len == p->name.len &&
		    memcmp(n->name.ptr, p->name.ptr, n->name.len) == 0)
			return n->inode == inode || n->inode == 0 ? n : NULL;
	}
	return NULL;
}

/* What was noted since the confirmed state and is whole counts; anything half is cut off. */
static bool recover(struct put *p, int fd, const struct note *n, int64_t size)
{
	struct note cut = *n;
	uint64_t hash = n->before;

	if (n->offset < p->offset || size < n->offset)
		return true; /* older than what is confirmed */
	if (size >= n->offset + n->length && hash_range(fd, n->offset, n->offset + n->length, &hash) &&
	    hash == n->hash) {
		p->offset = n->offset + n->length;
		p->before = n->hash;
		return true;
	}
	p->offset = n->offset;
	p->before = n->before;
	cut.aborted = true; /* so that nobody takes later bytes at that place for these */
	return ftruncate(fd, n->offset) == 0 && fsync(fd) == 0 && note(p, &cut);
}

static bool prove_content(struct put *p, int fd)
{
	uint64_t hash = FILE_HASH;

	return (hash_range(fd, 0, p->offset, &hash) && hash == p->before) || changed(p, "was changed since");
}

/* The first time in this process: the notes, and all bytes up to the confirmed offset. */
static bool prove(struct put *p, int fd, const struct stat *st)
{
	int folder = open(p->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct notes notes = { 0 };
	const struct note *n;
	struct stat now;
	bool ok;

	if (folder < 0 || !notes_load(&notes, folder, p->notes)) {
		if (folder >= 0)
			close(folder);
		return fail_errno(p, "read the notes beside");
	}
	n = in_flight(&notes, p, st->st_ino);
	if (p->offset < 0 && n == NULL && st->st_size > 0) {
		ok = changed(p, "is there already and was not written by this connection");
	} else {
		p->offset = p->offset < 0 ? 0 : p->offset;
		p->before = p->offset == 0 ? FILE_HASH : p->before;
		ok = n == NULL || recover(p, fd, n, st->st_size) || fail_errno(p, "cut back");
	}
	ok = ok && prove_content(p, fd);
	if (ok && fstat(fd, &now) == 0 && now.st_size != p->offset)
		ok = changed(p, now.st_size < p->offset ? "is shorter than what was written"
							: "has more than was written");
	notes_free(&notes);
	close(folder);
	return ok;
}

static bool judge(struct put *p, int fd, bool created)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail_errno(p, "look at");
	if (!S_ISREG(st.st_mode))
		return changed(p, "is no regular file");
	if (created || (p->offset < 0 && st.st_size == 0)) {
		p->inode = st.st_ino; /* the one before was taken away, whole: a new one is begun */
		p->offset = 0;
		p->before = FILE_HASH;
		return true;
	}
	if (p->offset >= 0 && p->inode != st.st_ino)
		return changed(p, "is another file than the one that was written");
	p->inode = st.st_ino;
	if (p->first)
		return prove(p, fd, &st);
	return st.st_size == p->offset || changed(p, "was changed since the last write");
}

static bool append(struct put *p, int fd)
{
	struct note n = { .lines = true,
			  .name = p->name,
			  .inode = p->inode,
			  .offset = p->offset,
			  .length = (int64_t)p->bytes.len,
			  .before = p->before,
			  .at_ms = p->now_ms,
			  .keys = p->keys,
			  .key_count = p->key_count };
	int saved;

	n.hash = file_hash(p->before, p->bytes.ptr, p->bytes.len);
	if (!note(p, &n))
		return fail_errno(p, "note");
	if (write_all(fd, p->bytes, p->offset) && fsync(fd) == 0) {
		p->offset += n.length;
		p->before = n.hash;
		return true;
	}
	saved = errno;
	n.aborted = true;
	if (ftruncate(fd, p->offset) != 0 || fsync(fd) != 0 || !note(p, &n))
		return fail(p, LG_UNKNOWN, "cannot append to %s/%.*s, nor cut it back: %s", p->folder, (int)p->name.len,
			    p->name.ptr, strerror(saved));
	errno = saved;
	return fail_errno(p, "append to");
}

static void put_lines(struct put *p, int folder, const char *last)
{
	int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = openat(folder, last, flags);
	bool created = fd < 0 && errno == ENOENT;

	if (created)
		fd = openat(folder, last, flags | O_CREAT | O_EXCL, 0666);
	if (fd < 0) {
		fail_errno(p, "open");
		return;
	}
	if (created && fsync(folder) != 0)
		fail_errno(p, "make");
	else if (judge(p, fd, created) && append(p, fd))
		p->status = LG_OK;
	close(fd);
}

static size_t notes_size(const struct put *p, int folder)
{
	struct stat st;

	return fstatat(folder, p->notes, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (size_t)st.st_size : 0;
}

/* Reading them all has its price: the next time when they have doubled. */
static void trim(struct put *p)
{
	int folder = open(p->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct notes notes = { 0 };

	if (p->trim_above < NOTES_TRIM_BYTES)
		p->trim_above = NOTES_TRIM_BYTES;
	if (folder >= 0 && notes_size(p, folder) > p->trim_above && notes_load(&notes, folder, p->notes)) {
		notes_trim(&notes, folder, p->notes, p->now_ms - NOTES_KEEP_MS);
		notes_free(&notes);
		p->trim_above = 2 * notes_size(p, folder);
	}
	if (folder >= 0)
		close(folder);
}

lg_status put_job(void *arg)
{
	struct put *p = arg;
	char path[PATH_MAX];
	const char *last;
	int folder;

	p->status = LG_RETRY;
	snprintf(p->final, sizeof p->final, "%.*s", (int)p->name.len, p->name.ptr);
	if (!make_folders(p->folder)) {
		fail_errno(p, "make the folder of");
		return p->status;
	}
	trim(p);
	folder = walk(p, path, &last);
	if (folder < 0)
		return p->status;
	if (p->lines)
		put_lines(p, folder, last);
	else
		put_file(p, folder, last);
	close(folder);
	return p->status;
}

/* ---- was it done? ---- */

static bool lines_there(int folder, const struct note *n)
{
	char name[PATH_MAX];
	uint64_t hash = n->before;
	struct stat st;
	bool ok = false;
	int fd;

	snprintf(name, sizeof name, "%.*s", (int)n->name.len, n->name.ptr);
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && (n->inode == 0 || n->inode == st.st_ino))
		ok = hash_range(fd, n->offset, n->offset + n->length, &hash) && hash == n->hash;
	close(fd);
	return ok;
}

static bool file_there(int folder, const struct note *n)
{
	char temp[PATH_MAX];

	snprintf(temp, sizeof temp, "%.*s", (int)n->temp.len, n->temp.ptr);
	return faccessat(folder, temp, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

/* A temporary file that waits for its name does not get it any more; the note is taken back first. */
static bool give_up(const struct probe *p, int folder, struct note *n)
{
	char temp[PATH_MAX];

	n->aborted = true;
	snprintf(temp, sizeof temp, "%.*s", (int)n->temp.len, n->temp.ptr);
	return notes_add(folder, p->notes, n) && unlinkat(folder, temp, 0) == 0;
}

static void answer(struct probe *p, struct probe_item *item, const struct notes *notes, int folder)
{
	struct note *n = notes_find(notes, item->key);

	item->answer = notes->missing && p->expected ? LG_PROBE_UNSURE : LG_PROBE_ABSENT;
	if (n == NULL || n->aborted)
		return;
	if (!n->lines && !file_there(folder, n)) {
		item->answer = give_up(p, folder, n) ? LG_PROBE_ABSENT : LG_PROBE_UNSURE;
		return;
	}
	if (n->lines && n->proof == NOTE_UNPROVED)
		n->proof = lines_there(folder, n) ? NOTE_THERE : NOTE_ABSENT;
	if (n->proof == NOTE_ABSENT)
		return;
	item->answer = LG_PROBE_THERE;
	if (n->lines)
		snprintf(item->remote, sizeof item->remote, "%.*s %lld:%lld:%016llx", (int)n->name.len, n->name.ptr,
			 (long long)n->offset, (long long)n->length, (unsigned long long)n->hash);
	else
		snprintf(item->remote, sizeof item->remote, "%.*s", (int)n->name.len, n->name.ptr);
}

/* The last note of it counts: it may have been taken back. */
static bool noted(const struct notes *notes, const char *temp)
{
	for (size_t i = notes->count; i > 0; i--) {
		const struct note *n = &notes->items[i - 1];

		if (n->temp.len == strlen(temp) && memcmp(n->temp.ptr, temp, n->temp.len) == 0)
			return !n->aborted;
	}
	return false;
}

/* A crash before its note leaves a temporary file that nobody knows of.  `at`: of this folder, below the connection's.
 */
static void sweep(const struct probe *p, const struct notes *notes, int folder, const char *at, int depth)
{
	DIR *dir = folder >= 0 ? fdopendir(folder) : NULL;
	size_t own = strlen(p->notes);
	char path[PATH_MAX];
	struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL) {
		size_t len = strlen(e->d_name), end = sizeof PART - 1;
		bool part = len > own + end && strncmp(e->d_name, p->notes, own) == 0 &&
			    strcmp(e->d_name + len - end, PART) == 0;

		if (snprintf(path, sizeof path, "%s%s", at, e->d_name) >= PATH_MAX - 1)
			continue;
		if (part && !noted(notes, path)) {
			unlinkat(dirfd(dir), e->d_name, 0);
		} else if (e->d_type == DT_DIR && e->d_name[0] != '.' && depth > 0) {
			strncat(path, "/", sizeof path - strlen(path) - 1);
			sweep(p, notes, openat(dirfd(dir), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
			      path, depth - 1);
		}
	}
	if (dir)
		closedir(dir);
	else if (folder >= 0)
		close(folder);
}

lg_status probe_job(void *arg)
{
	struct probe *p = arg;
	int folder = open(p->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct notes notes = { .missing = true };

	if (folder < 0 && errno != ENOENT) {
		snprintf(p->error, sizeof p->error, "cannot open %s: %s", p->folder, strerror(errno));
		return LG_RETRY;
	}
	if (folder >= 0 && !notes_load(&notes, folder, p->notes)) {
		snprintf(p->error, sizeof p->error, "cannot read %s/%s: %s", p->folder, p->notes, strerror(errno));
		close(folder);
		return LG_RETRY;
	}
	for (size_t i = 0; i < p->count; i++)
		answer(p, &p->items[i], &notes, folder);
	if (folder >= 0)
		sweep(p, &notes, dup(folder), "", SWEEP_DEPTH);
	notes_free(&notes);
	if (folder >= 0)
		close(folder);
	return LG_OK;
}
