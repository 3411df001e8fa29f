#include "book.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK 8192

struct pool_chunk {
	struct pool_chunk *next;
	size_t used, size;
	_Alignas(16) char data[];
};

void *pool_get(struct pool *p, size_t size)
{
	size_t need = (size + 15) & ~(size_t)15;
	struct pool_chunk *c = p->head;

	if (c == NULL || c->size - c->used < need) {
		size_t room = need > CHUNK ? need : CHUNK;

		c = malloc(sizeof *c + room);
		if (c == NULL)
			abort();
		*c = (struct pool_chunk){ .next = p->head, .size = room };
		p->head = c;
	}
	c->used += need;
	return memset(c->data + c->used - need, 0, need);
}

lg_str pool_str(struct pool *p, lg_str s)
{
	char *copy;

	if (s.len == 0)
		return (lg_str){ "", 0 };
	copy = pool_get(p, s.len + 1);
	memcpy(copy, s.ptr, s.len);
	return (lg_str){ copy, s.len };
}

lg_str pool_print(struct pool *p, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	return pool_str(p, (lg_str){ text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1 });
}

/* Keeps the oldest chunk: most groups fit into it. */
void pool_empty(struct pool *p)
{
	while (p->head != NULL && p->head->next != NULL) {
		struct pool_chunk *next = p->head->next;

		free(p->head);
		p->head = next;
	}
	if (p->head != NULL)
		p->head->used = 0;
}

static lg_str word(const struct word *words, size_t count, lg_str name)
{
	for (size_t i = 0; i < count; i++)
		if (str_is_text(name, words[i].name))
			return words[i].value;
	return (lg_str){ 0 };
}

lg_str fill_in(struct pool *pool, lg_str text, const struct word *words, size_t count)
{
	char out[512];
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *end = text.ptr[i] == '{' ? memchr(text.ptr + i, '}', text.len - i) : NULL;
		lg_str piece = { text.ptr + i, 1 };

		if (end != NULL) {
			piece = word(words, count, (lg_str){ text.ptr + i + 1, (size_t)(end - text.ptr) - i - 1 });
			i = (size_t)(end - text.ptr);
		}
		if (n + piece.len > sizeof out)
			break;
		memcpy(out + n, piece.ptr ? piece.ptr : "", piece.len);
		n += piece.len;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	return pool_str(pool, (lg_str){ out, n });
}
