#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A note is lines: "N fields...", "K key" for each key, "E" at the end.  Texts have %, blanks and control characters as
   %xx. */

uint64_t file_hash(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 1099511628211u;
	return hash;
}

/* ---- reading ---- */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place. */
static lg_str plain(char *s)
{
	char *to = s, *from = s;

	if (strcmp(s, "%") == 0)
		return (lg_str){ s, 0 };
	while (*from) {
		if (*from == '%' && hex(from[1]) >= 0 && hex(from[2]) >= 0) {
			*to++ = (char)(hex(from[1]) << 4 | hex(from[2]));
			from += 3;
		} else {
			*to++ = *from++;
		}
	}
	return (lg_str){ s, (size_t)(to - s) };
}

static void *grow(void *items, size_t *cap, size_t need, size_t size)
{
	size_t n = *cap ? *cap : 64;
	void *out = items;

	while (n < need)
		n *= 2;
	if (n != *cap || items == NULL) {
		out = realloc(items, n * size);
		if (out)
			*cap = n;
	}
	return out;
}

static bool read_all(struct notes *n, int fd)
{
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) != 0)
		return false;
	n->text = malloc((size_t)st.st_size + 1);
	if (n->text == NULL)
		return false;
	while (n->len < (size_t)st.st_size) {
		got = read(fd, n->text + n->len, (size_t)st.st_size - n->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n->len += (size_t)got;
	}
	n->text[n->len] = '\0';
	return true;
}

static bool parse_head(struct notes *n, char *line)
{
	char *field[11], *save = NULL;
	struct note *note;
	void *grown;

	for (size_t i = 0; i < 11; i++)
		if ((field[i] = strtok_r(i ? NULL : line, " ", &save)) == NULL)
			return false;
	grown = grow(n->items, &n->cap, n->count + 1, sizeof *n->items);
	if (grown == NULL)
		return false;
	n->items = grown;
	note = &n->items[n->count];
	*note = (struct note){ .lines = field[1][0] == 'L', .aborted = field[2][0] == 'A' };
	note->at_ms = strtoll(field[3], NULL, 10);
	note->inode = strtoull(field[4], NULL, 10);
	note->offset = strtoll(field[5], NULL, 10);
	note->length = strtoll(field[6], NULL, 10);
	note->before = strtoull(field[7], NULL, 16);
	note->hash = strtoull(field[8], NULL, 16);
	note->name = plain(field[9]);
	note->temp = plain(field[10]);
	note->key_count = n->key_count; /* where its keys begin, until its end is read */
	return true;
}

static bool parse_key(struct notes *n, char *line)
{
	void *grown = grow(n->keys, &n->key_cap, n->key_count + 1, sizeof *n->keys);

	if (grown == NULL || strlen(line) < 2)
		return false;
	n->keys = grown;
	n->keys[n->key_count++] = plain(line + 2);
	return true;
}

/* Keys are counted first and pointed at when the array no longer moves. */
static void parse(struct notes *n)
{
	char *save = NULL, *line = strtok_r(n->text, "\n", &save);
	bool ok = true, open = false;
	size_t at = 0;

	for (; line && ok; line = strtok_r(NULL, "\n", &save)) {
		if (line[0] == 'N') {
			if (open) /* a crash cut the one before: what it noted was not begun */
				n->key_count = n->items[n->count].key_count;
			ok = parse_head(n, line);
			open = ok;
		} else if (line[0] == 'K') {
			ok = open && parse_key(n, line);
		} else if (line[0] == 'E') {
			n->items[n->count].key_count = n->key_count - n->items[n->count].key_count;
			n->count++;
			open = false;
		}
	}
	for (size_t i = 0; i < n->count; i++) {
		n->items[i].keys = n->keys ? n->keys + at : NULL;
		at += n->items[i].key_count;
	}
}

static int by_key(const void *a, const void *b)
{
	const struct note_key *x = a, *y = b;
	size_t len = x->key.len < y->key.len ? x->key.len : y->key.len;
	int c = len ? memcmp(x->key.ptr, y->key.ptr, len) : 0;

	if (c == 0)
		c = (x->key.len > y->key.len) - (x->key.len < y->key.len);
	return c ? c : (x->item > y->item) - (x->item < y->item);
}

static bool sort_keys(struct notes *n)
{
	size_t at = 0;

	n->sorted = malloc((n->key_count + 1) * sizeof *n->sorted);
	if (n->sorted == NULL)
		return false;
	for (size_t i = 0; i < n->count; i++)
		for (size_t k = 0; k < n->items[i].key_count; k++)
			n->sorted[at++] = (struct note_key){ n->items[i].keys[k], i };
	n->key_count = at;
	qsort(n->sorted, at, sizeof *n->sorted, by_key);
	return true;
}

bool notes_load(struct notes *n, int folder, const char *file)
{
	int fd = openat(folder, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	bool ok;

	*n = (struct notes){ 0 };
	if (fd < 0) {
		n->missing = errno == ENOENT;
		return n->missing;
	}
	ok = read_all(n, fd);
	close(fd);
	if (!ok)
		return false;
	/* A line without its end was never flushed whole. */
	while (n->len > 0 && n->text[n->len - 1] != '\n')
		n->text[--n->len] = '\0';
	parse(n);
	return sort_keys(n);
}

void notes_free(struct notes *n)
{
	free(n->text);
	free(n->items);
	free(n->keys);
	free(n->sorted);
	*n = (struct notes){ 0 };
}

struct note *notes_find(const struct notes *n, lg_str key)
{
	struct note_key want = { key, SIZE_MAX };
	size_t lo = 0, hi = n->sorted ? n->key_count : 0, mid;
	lg_str found;

	while (lo < hi) { /* the first behind all with that key */
		mid = (lo + hi) / 2;
		if (by_key(&n->sorted[mid], &want) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return NULL;
	found = n->sorted[lo - 1].key;
	if (found.len != key.len || (key.len && memcmp(found.ptr, key.ptr, key.len) != 0))
		return NULL;
	return &n->items[n->sorted[lo - 1].item];
}

/* ---- writing ---- */

static bool is_plain(unsigned char c)
{
	return c > ' ' && c != '%' && c != 0x7f;
}

static void put_plain(FILE *f, lg_str s)
{
	size_t from = 0;

	if (s.len == 0)
		fputs("%", f); /* an empty field is one that strtok would lose */
	for (size_t i = 0; i < s.len; i++) {
		if (is_plain((unsigned char)s.ptr[i]))
			continue;
		fwrite_unlocked(s.ptr + from, 1, i - from, f);
		fprintf(f, "%%%02x", (unsigned char)s.ptr[i]);
		from = i + 1;
	}
	if (from < s.len)
		fwrite_unlocked(s.ptr + from, 1, s.len - from, f);
}

static void put_note(FILE *f, const struct note *n)
{
	fprintf(f, "N %c %c %lld %llu %lld %lld %llx %llx ", n->lines ? 'L' : 'F', n->aborted ? 'A' : 'B',
		(long long)n->at_ms, (unsigned long long)n->inode, (long long)n->offset, (long long)n->length,
		(unsigned long long)n->before, (unsigned long long)n->hash);
	put_plain(f, n->name);
	fputc(' ', f);
	put_plain(f, n->temp);
	fputc('\n', f);
	for (size_t i = 0; i < n->key_count; i++) {
		fwrite_unlocked("K ", 1, 2, f);
		put_plain(f, n->keys[i]);
		putc_unlocked('\n', f);
	}
	fputs("E\n", f);
}

/* Flushed to disk, its folder too when it is new; takes fd. */
static bool finish(FILE *f, int folder)
{
	bool ok = fflush(f) == 0 && fsync(fileno(f)) == 0;
	int saved = errno;

	ok = fclose(f) == 0 && ok;
	if (ok)
		return fsync(folder) == 0;
	errno = saved;
	return false;
}

bool notes_add(int folder, const char *file, const struct note *note)
{
	int fd = openat(folder, file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666);
	off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
	FILE *f = end >= 0 ? fdopen(fd, "a") : NULL;
	int saved;

	if (f == NULL) {
		saved = errno;
		if (fd >= 0)
			close(fd);
		errno = saved;
		return false;
	}
	fputc('\n', f); /* ends what a crash may have left without its end */
	put_note(f, note);
	if (finish(f, folder))
		return true;
	/* Half a note must not stay in front of the next one. */
	saved = errno;
	fd = openat(folder, file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0) {
		if (ftruncate(fd, end) != 0)
			saved = errno;
		close(fd);
	}
	errno = saved;
	return false;
}

bool notes_trim(const struct notes *n, int folder, const char *file, int64_t older_than_ms)
{
	char temp[NAME_MAX + 1];
	FILE *f;
	int fd;

	snprintf(temp, sizeof temp, "%s.new", file);
	fd = openat(folder, temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	f = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (f == NULL)
		return false;
	for (size_t i = 0; i < n->count; i++)
		if (n->items[i].at_ms >= older_than_ms)
			put_note(f, &n->items[i]);
	if (!finish(f, folder))
		return false;
	return renameat(folder, temp, folder, file) == 0 && fsync(folder) == 0;
}
