/* fuzz_json.c - any bytes as a record in JSON.  What is read goes through the binary body and through JSON again,
 * unchanged. */
#include "core/model/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	lg_str in = { (const char *)data, size };
	struct arena a = { 0 };
	struct err err = { 0 };
	struct buf body = { 0 }, json = { 0 };
	struct lg_rec *r = rec_from_json(&a, in, LG_INVOICE, &err), *again;

	if (r == NULL && err.msg[0] == '\0')
		die("fuzz: refused without a reason");
	if (r != NULL) {
		rec_encode(r, REC_ALL, &body);
		again = rec_decode(&a, buf_view(&body), &err);
		if (again == NULL || !rec_equal(r, again))
			die("fuzz: the binary body is not the record");
		rec_to_json(r, &json);
		again = rec_from_json(&a, buf_view(&json), rec_object(r), &err);
		if (again == NULL || !rec_equal(r, again))
			die("fuzz: %s from %s", err.msg, buf_text(&json));
	}
	/* The same bytes as a binary body: damaged data of ours is refused, too. */
	rec_decode(&a, in, &err);
	buf_fini(&body);
	buf_fini(&json);
	arena_fini(&a);
	return 0;
}
