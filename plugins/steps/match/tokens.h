/* tokens.h - what in a payment's free text may name an invoice. */
#pragma once
#include "loligo.h"

#define TOKENS_MAX 24
#define TOKEN_TEXT 40

struct token {
	char text[TOKEN_TEXT]; /* folded: upper-case letters and digits */
	uint8_t len;
	uint16_t at; /* where in the text */
	uint16_t end;
	bool keyword;  /* stands behind "faktura", "invoice", "ocr", ... */
	bool joined;   /* pieces that the text has apart */
	bool expanded; /* from a list or a range; not written out in the text */
	bool digits;
};

struct tokens {
	struct token t[TOKENS_MAX];
	size_t count;
};

static inline lg_str token_text(const struct token *t)
{
	return (lg_str){ t->text, t->len };
}

/* Appends the tokens of `text`, in the order of their places, each text once.  Left out: what reads as a date, a
   telephone number, an IBAN, an organisation number or a post code. */
void tokens_read(struct tokens *out, lg_str text);
