/* ubl.h - the table of UBL 2.1 (ubl_rows.c) and the functions that it needs (ubl.c). */
#pragma once
#include "loligo.h"

/* The rows of the document that an invoice is written by. */
extern const struct lg_xml ubl_xml;
extern const struct lg_xml_row *const ubl_invoice_row, *const ubl_credit_note_row;

/* ubl.c: what the table cannot say. */
lg_xml_hook ubl_invoice_end, ubl_credit_note_end, ubl_account_end, ubl_tax_scheme;
lg_xml_text ubl_scheme_text, ubl_branch_text, ubl_order_text, ubl_means_text, ubl_network_text;
