#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MS_NS ((int64_t)1000000)

static int64_t time_ns(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000 * MS_NS + t.tv_nsec;
}

static struct file_sig sig_of(const struct stat *st)
{
	return (struct file_sig){ st->st_size, time_ns(st->st_mtim), st->st_ino };
}

static bool sig_same(struct file_sig a, struct file_sig b)
{
	return a.size == b.size && a.mtime_ns == b.mtime_ns && a.inode == b.inode;
}

static int open_folder(const char *path, char *error)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		snprintf(error, TEXT_MAX,
			 "cannot read the folder %s: %s (make it, give the hub the right to read it, or "
			 "correct `read`)",
			 path, strerror(errno));
	return fd;
}

/* How long until it may be complete.  A write moves mtime, and a rename ctime only: what was renamed into place is
   complete, so mtime alone counts.  A time in the future says nothing, then ctime does. */
static int64_t unsettled_ms(const struct scan *s, const struct stat *st)
{
	int64_t changed = time_ns(st->st_mtim) / MS_NS, age;

	if (changed > s->now_ms)
		changed = time_ns(st->st_ctim) / MS_NS;
	age = s->now_ms - changed;
	if (age >= s->settle_ms)
		return 0;
	return age < 0 ? s->settle_ms : s->settle_ms - age;
}

/* Keeps the SCAN_MAX smallest names, in order. */
static void keep(struct scan *s, const char *name, struct file_sig sig)
{
	size_t lo = 0, hi = s->count, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (strcmp(s->entries[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (s->count == SCAN_MAX) {
		s->more = true;
		if (lo == SCAN_MAX)
			return;
		s->count--;
	}
	memmove(&s->entries[lo + 1], &s->entries[lo], (s->count - lo) * sizeof s->entries[0]);
	snprintf(s->entries[lo].name, sizeof s->entries[lo].name, "%s", name);
	s->entries[lo].sig = sig;
	s->count++;
}

static void look(struct scan *s, int folder, const char *name)
{
	struct stat st;
	int64_t wait;

	if (name[0] == '.' || strcmp(name, s->after) <= 0 || fnmatch(s->glob, name, FNM_PERIOD) != 0)
		return;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return; /* gone since */
	if (S_ISLNK(st.st_mode))
		snprintf(s->link, sizeof s->link, "%s", name);
	if (!S_ISREG(st.st_mode))
		return;
	wait = unsettled_ms(s, &st);
	if (wait == 0)
		keep(s, name, sig_of(&st));
	else if (s->wait_ms == 0 || wait < s->wait_ms)
		s->wait_ms = wait;
}

lg_status scan_job(void *arg)
{
	struct scan *s = arg;
	struct dirent *entry;
	int fd = open_folder(s->folder, s->error);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	s->count = 0;
	s->more = false;
	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return LG_RETRY;
	}
	while ((entry = readdir(dir)) != NULL)
		look(s, fd, entry->d_name);
	closedir(dir);
	return LG_OK;
}

lg_status open_job(void *arg)
{
	struct opening *o = arg;
	int folder = open_folder(o->folder, o->error);
	struct stat st;

	o->fd = -1;
	if (folder < 0)
		return LG_RETRY;
	/* Never through a link, never waiting for the other end of a pipe that took the name since. */
	o->fd = openat(folder, o->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (o->fd < 0) {
		o->gone = errno == ENOENT || errno == ELOOP;
		snprintf(o->error, sizeof o->error,
			 "cannot read %s/%s: %s (give the hub the right to read it, or take it "
			 "away)",
			 o->folder, o->name, strerror(errno));
	} else if (fstat(o->fd, &st) != 0 || !S_ISREG(st.st_mode) || !sig_same(sig_of(&st), o->sig)) {
		close(o->fd);
		o->fd = -1;
		o->gone = true; /* it changed: the next scan sees it anew */
	}
	close(folder);
	return o->fd >= 0 ? LG_OK : LG_RETRY;
}

bool make_folders(const char *path)
{
	char part[PATH_MAX];
	struct stat st;
	size_t n = strlen(path);

	if (n >= sizeof part) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(part, path, n + 1);
	for (size_t i = 1; i <= n; i++) {
		if (part[i] != '/' && part[i] != '\0')
			continue;
		part[i] = '\0';
		if (mkdir(part, 0777) != 0 && errno != EEXIST)
			return false;
		part[i] = path[i];
	}
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	errno = ENOTDIR;
	return false;
}

/* "name", "name-2", ... with the ending kept behind the number. */
static void numbered(const char *name, int n, char out[NAME_MAX + 1])
{
	const char *dot = strrchr(name, '.');
	int stem = (int)(dot && dot != name ? dot - name : (long)strlen(name));

	if (n == 1)
		snprintf(out, NAME_MAX + 1, "%s", name);
	else
		snprintf(out, NAME_MAX + 1, "%.*s-%d%s", stem, name, n, name + stem);
}

static bool move(struct dispose *d, int from)
{
	char name[NAME_MAX + 1];
	int to, saved = EEXIST;
	bool ok = false;

	if (!make_folders(d->to) || (to = open(d->to, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		snprintf(d->error, sizeof d->error, "cannot move %s/%s to %s: %s (it stays, and is not read again)",
			 d->folder, d->name, d->to, strerror(errno));
		return false;
	}
	for (int n = 1; n < 10000 && !ok && saved == EEXIST; n++) {
		numbered(d->name, n, name);
		ok = renameat2(from, d->name, to, name, RENAME_NOREPLACE) == 0;
		saved = ok ? 0 : errno;
	}
	close(to);
	if (!ok)
		snprintf(d->error, sizeof d->error,
			 "cannot move %s/%s to %s: %s (it stays, and is not read again; `done` and "
			 "`failed` must lie on the same file system as the inbox)",
			 d->folder, d->name, d->to, strerror(saved));
	return ok;
}

lg_status dispose_job(void *arg)
{
	struct dispose *d = arg;
	int folder = open_folder(d->folder, d->error);
	struct stat st;
	bool ok;

	if (folder < 0)
		return LG_RETRY;
	if (fstatat(folder, d->name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !sig_same(sig_of(&st), d->sig)) {
		close(folder); /* gone, or another file under that name: that one is still to be read */
		return LG_OK;
	}
	if (d->to)
		ok = move(d, folder);
	else if ((ok = unlinkat(folder, d->name, 0) == 0) == false)
		snprintf(d->error, sizeof d->error, "cannot delete %s/%s: %s (it stays, and is not read again)",
			 d->folder, d->name, strerror(errno));
	close(folder);
	return ok ? LG_OK : LG_RETRY;
}
