/* test_record.c once more, with so few bits that most fields of a record share one. */
#define BIT_FAR 5
#include "core/model/record.c"
#include "tests/unit/test_record.c"
