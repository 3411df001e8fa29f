/* subset.h - how many subsets of some amounts have a given sum.  Exact: there is no tolerance here, ever. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define SUBSET_MAX 40

/* Counts the non-empty subsets of v[0..n) (n <= SUBSET_MAX, amounts of any sign) with the sum `target`, and stops at
   `stop`. *masks gets the first `stop` of them, bit i for v[i], in an order that depends on the input alone.  Meet in
   the middle: O(2^(n/2)) time and memory. */
size_t subset_find(const int64_t *v, size_t n, int64_t target, size_t stop, uint64_t *masks);
