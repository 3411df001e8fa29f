/* sie - the Swedish exchange format for bookkeeping: reads types 1, 2, 3, 4E and 4I, writes 4E and 4I. */
#include "sie.h"

#include <string.h>

#define KINDS (LG_KIND_BIT(LG_VOUCHER) | LG_KIND_BIT(LG_BALANCE) | LG_KIND_BIT(LG_BOOKS))

const struct sie_config sie_defaults = { .checksum = true };

static const struct lg_option options[] = {
	LG_OPTION(struct sie_config, encoding, LG_T_CHOICE, .dflt = "auto", .choices = "auto|cp437|utf-8|latin1",
		  .doc = "of the texts; auto: recognised when reading, cp437 (PC8, as SIE says) when writing"),
	LG_OPTION(struct sie_config, type, LG_T_CHOICE, .dflt = "auto", .choices = "auto|4E|4I",
		  .doc = "of what is written; auto: 4E when there are balances, else 4I"),
	LG_OPTION(struct sie_config, checksum, LG_T_BOOL, .dflt = "true", .doc = "write #KSUMMA"),
	LG_OPTION(struct sie_config, wrong_checksum, LG_T_CHOICE, .dflt = "reject", .choices = "reject|warn|ignore",
		  .doc = "what to do with a file whose #KSUMMA does not fit"),
	LG_OPTION(struct sie_config, currency, LG_T_STR, .max = 3,
		  .doc = "#VALUTA of what is written; empty: SEK is meant"),
	LG_OPTION(struct sie_config, companies, LG_T_MAP, .doc = "legal id to name, for #FNAMN"),
	LG_OPTION(struct sie_config, accounts, LG_T_MAP,
		  .doc = "account to name, for #KONTO of the accounts that are used"),
	LG_OPTION(struct sie_config, dimensions, LG_T_MAP, .doc = "dimension to name, for #DIM"),
};

static const struct lg_options option_table = LG_OPTIONS(struct sie_config, options);

/* #FLAGGA is the first item of every SIE file. */
static int sie_sniff(lg_str head)
{
	static const char first[] = "#FLAGGA";
	size_t at = 0;

	if (head.len >= 3 && memcmp(head.ptr, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	while (at < head.len && strchr(" \t\r\n", head.ptr[at]) != NULL && head.ptr[at] != '\0')
		at++;
	if (head.len - at >= sizeof first - 1 && strncasecmp(head.ptr + at, first, sizeof first - 1) == 0)
		return 100;
	return memmem(head.ptr + at, head.len - at, "#SIETYP", 7) ? 80 : 0;
}

static const struct lg_format formats[] = { {
	.size = sizeof(struct lg_format),
	.name = "sie",
	.doc = "SIE types 1 to 4: Swedish bookkeeping files",
	.reads = KINDS,
	.writes = KINDS,
	.suffix = ".se",
	.options = &option_table,
	.sniff = sie_sniff,
	.read = sie_read,
	.write = sie_write,
	.one_per_file = LG_VOUCHER_COMPANY,
} };

const struct lg_plugin LG_PLUGIN_SYMBOL = { LG_PLUGIN_HEAD("sie", "0.1.0", "Swedish SIE files"),
					    .format_size = sizeof(struct lg_format), .format_count = 1,
					    .formats = formats };
