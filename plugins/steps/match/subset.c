#include "subset.h"

#include <stdlib.h>

struct half {
	int64_t sum;
	uint32_t mask;
};

/* All sums of v[0..n), ascending: adding an element merges the list with itself shifted, so nothing is ever sorted. */
static struct half *half_sums(const int64_t *v, size_t n, struct half *a, struct half *b)
{
	size_t count = 1;

	a[0] = (struct half){ 0, 0 };
	for (size_t k = 0; k < n; k++) {
		struct half *swap = a;
		size_t i = 0, j = 0;

		for (size_t out = 0; out < 2 * count; out++) {
			if (j == count || (i < count && a[i].sum <= a[j].sum + v[k]))
				b[out] = a[i++];
			else {
				b[out] = (struct half){ a[j].sum + v[k], a[j].mask | (uint32_t)1 << k };
				j++;
			}
		}
		count *= 2;
		a = b;
		b = swap;
	}
	return a;
}

/* One sum of the left half against the run of equal partners in the right one. */
static size_t take_run(const struct half *left, const struct half *right, size_t j, size_t low, size_t stop,
		       size_t found, uint64_t *masks)
{
	int64_t partner = right[j].sum;

	for (;; j--) {
		if ((left->mask | right[j].mask) != 0 && found < stop)
			masks[found++] = left->mask | (uint64_t)right[j].mask << low;
		if (found == stop || j == 0 || right[j - 1].sum != partner)
			return found;
	}
}

static size_t join(const struct half *left, size_t left_count, const struct half *right, size_t right_count, size_t low,
		   int64_t target, size_t stop, uint64_t *masks)
{
	size_t found = 0, j = right_count - 1;

	for (size_t i = 0; i < left_count && found < stop; i++) {
		while (j > 0 && left[i].sum + right[j].sum > target)
			j--;
		if (left[i].sum + right[j].sum == target)
			found = take_run(&left[i], right, j, low, stop, found, masks);
	}
	return found;
}

size_t subset_find(const int64_t *v, size_t n, int64_t target, size_t stop, uint64_t *masks)
{
	size_t low = n / 2, high = n - low, size = (size_t)1 << high, found = 0;
	struct half *room;

	if (n == 0 || n > SUBSET_MAX || stop == 0)
		return 0;
	room = malloc(4 * size * sizeof *room);
	if (room == NULL) { /* "more than one" is the answer that applies nothing */
		for (size_t i = 0; i < stop; i++)
			masks[i] = 0;
		return stop;
	}
	found = join(half_sums(v, low, room, room + size), (size_t)1 << low,
		     half_sums(v + low, high, room + 2 * size, room + 3 * size), (size_t)1 << high, low, target, stop,
		     masks);
	free(room);
	return found;
}
