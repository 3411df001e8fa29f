/* The paths of camt.052, .053 and .054, versions .01 to .13, in one table.  Names in comments say since or until which
   version an element looks so.  What a payment hub has no use for is SKIP: known, and not reported as unread. */
#include "camt.h"

/* clang-format off */
#define VALUE(p, f) { .path = (p), .field = (f) }
#define VALUE_IN(p, i, f) { .path = (p), .in = (i), .field = (f) }
#define MAPPED(p, f, m) { .path = (p), .field = (f), .map = (m) }
#define DAY(p, f) { .path = (p), .field = (f), .form = LG_XML_FORM_DATE_PART, .flags = LG_XML_LAST }
#define HOOK(p, h) { .path = (p), .hook = (h) }
#define GROUP(p, r) { .path = (p), .kind = LG_XML_GROUP, .rows = &(r) }
#define OBJECT(p, f, r) { .path = (p), .kind = LG_XML_OBJECT, .field = (f), .rows = &(r) }
#define SCRATCH(p, o, r, h) { .path = (p), .kind = LG_XML_SCRATCH, .field = (o), .rows = &(r), .hook = (h) }
#define SKIP(p) { .path = (p), .kind = LG_XML_SKIP }
#define INCLUDE(r) { .kind = LG_XML_INCLUDE, .rows = &(r) }
#define ROWS(name, ...) \
	static const struct lg_xml_row name##_list[] = { __VA_ARGS__ }; \
	static const struct lg_xml_rows name = LG_XML_ROWS(name##_list)

/* ---- parties, accounts, agents ---- */

ROWS(dot_id,
	VALUE(".", LG_IDENTIFIER_VALUE)
);

ROWS(other_id,
	VALUE("Id", LG_IDENTIFIER_VALUE),
	VALUE("SchmeNm/Cd", LG_IDENTIFIER_SCHEME),
	VALUE("SchmeNm/Prtry", LG_IDENTIFIER_SCHEME),
	SKIP("Issr")
);

/* An id whose element says the scheme. */
#define KNOWN_ID(p, f, s) \
	{ .path = (p), .kind = LG_XML_OBJECT, .field = (f), .rows = &dot_id, .start = on_scheme, .value = (s) }

#define PARTY_IDS(f) \
	KNOWN_ID("Id/OrgId/AnyBIC", f, "bic"), \
	KNOWN_ID("Id/OrgId/BICOrBEI", f, "bic"), /* .02 to .03 */ \
	KNOWN_ID("Id/OrgId/BIC", f, "bic"), /* .01, with those behind it */ \
	KNOWN_ID("Id/OrgId/BEI", f, "bei"), \
	KNOWN_ID("Id/OrgId/IBEI", f, "ibei"), \
	KNOWN_ID("Id/OrgId/EANGLN", f, "gln"), \
	KNOWN_ID("Id/OrgId/DUNS", f, "duns"), \
	KNOWN_ID("Id/OrgId/USCHU", f, "uschu"), \
	KNOWN_ID("Id/OrgId/BkPtyId", f, "bank"), \
	KNOWN_ID("Id/OrgId/TaxIdNb", f, "tax"), \
	KNOWN_ID("Id/OrgId/LEI", f, "lei"), \
	KNOWN_ID("Id/PrvtId/CstmrNb", f, "customer"), /* .01 */ \
	KNOWN_ID("Id/PrvtId/TaxIdNb", f, "tax"), \
	KNOWN_ID("Id/PrvtId/SclSctyNb", f, "social"), \
	OBJECT("Id/OrgId/PrtryId", f, other_id), \
	OBJECT("Id/OrgId/Othr", f, other_id), \
	OBJECT("Id/PrvtId/OthrId", f, other_id), \
	OBJECT("Id/PrvtId/Othr", f, other_id), \
	SKIP("Id/PrvtId/DtAndPlcOfBirth"), \
	SKIP("CtryOfRes"), \
	SKIP("CtctDtls")

ROWS(address,
	VALUE("StrtNm", LG_ADDRESS_LINE1),
	VALUE("BldgNb", LG_ADDRESS_LINE2),
	VALUE("PstCd", LG_ADDRESS_POSTAL_CODE),
	VALUE("TwnNm", LG_ADDRESS_CITY),
	VALUE("Ctry", LG_ADDRESS_COUNTRY),
	HOOK("Dept", on_address_line),
	HOOK("SubDept", on_address_line),
	HOOK("BldgNm", on_address_line),
	HOOK("Flr", on_address_line),
	HOOK("PstBx", on_address_line),
	HOOK("Room", on_address_line),
	HOOK("AdrLine", on_address_line),
	HOOK("TwnLctnNm", on_address_line),
	HOOK("DstrctNm", on_address_line),
	HOOK("CtrySubDvsn", on_address_line),
	SKIP("AdrTp"),
	SKIP("CareOf"),
	SKIP("UnitNb")
);

ROWS(party,
	VALUE("Nm", LG_COUNTERPARTY_NAME),
	SCRATCH("PstlAdr", LG_ADDRESS, address, on_address_end),
	PARTY_IDS(LG_COUNTERPARTY_IDS)
);

ROWS(agent_name,
	VALUE("Nm", LG_COUNTERPARTY_NAME),
	VALUE("BICFI", LG_COUNTERPARTY_BIC),
	VALUE("BIC", LG_COUNTERPARTY_BIC),
	SKIP("ClrSysMmbId"),
	SKIP("LEI"),
	SKIP("PstlAdr"),
	SKIP("Othr")
);

/* Until .03 a party stands bare, from .04 on some banks and from .08 all wrap it; a bank may be the party itself. */
ROWS(wrapped_party,
	INCLUDE(party),
	GROUP("Pty", party),
	GROUP("Agt/FinInstnId", agent_name),
	SKIP("Agt/BrnchId")
);

ROWS(party_account,
	VALUE("Id/IBAN", LG_COUNTERPARTY_ACCOUNT),
	VALUE("Id/Othr/Id", LG_COUNTERPARTY_ACCOUNT),
	VALUE("Id/BBAN", LG_COUNTERPARTY_ACCOUNT), /* .01, with the two behind it */
	VALUE("Id/UPIC", LG_COUNTERPARTY_ACCOUNT),
	VALUE("Id/PrtryAcct/Id", LG_COUNTERPARTY_ACCOUNT),
	SKIP("Id/Othr/SchmeNm"),
	SKIP("Id/Othr/Issr"),
	SKIP("Tp"),
	SKIP("Ccy"),
	SKIP("Nm"),
	SKIP("Prxy")
);

ROWS(agent,
	VALUE("FinInstnId/BICFI", LG_COUNTERPARTY_BIC), /* from .03 */
	VALUE("FinInstnId/BIC", LG_COUNTERPARTY_BIC),
	VALUE("FinInstnId/CmbndId/BIC", LG_COUNTERPARTY_BIC), /* .01 */
	SKIP("FinInstnId/CmbndId"),
	SKIP("FinInstnId/ClrSysMmbId"),
	SKIP("FinInstnId/NmAndAdr"),
	SKIP("FinInstnId/PrtryId"),
	SKIP("FinInstnId/LEI"),
	SKIP("FinInstnId/Nm"),
	SKIP("FinInstnId/PstlAdr"),
	SKIP("FinInstnId/Othr"),
	SKIP("BrnchId")
);

#define SIDE(p, r, h) \
	{ .path = (p), .kind = LG_XML_SCRATCH, .field = LG_COUNTERPARTY, .rows = &(r), .start = on_party_start, .hook = (h) }

ROWS(parties,
	SIDE("Dbtr", wrapped_party, on_debtor),
	SIDE("DbtrAcct", party_account, on_debtor),
	SIDE("UltmtDbtr", wrapped_party, on_ultimate_debtor),
	SIDE("Cdtr", wrapped_party, on_creditor),
	SIDE("CdtrAcct", party_account, on_creditor),
	SIDE("UltmtCdtr", wrapped_party, on_ultimate_creditor),
	SKIP("InitgPty"),
	SKIP("TradgPty"),
	SKIP("Prtry")
);

ROWS(agents,
	SIDE("DbtrAgt", agent, on_debtor),
	SIDE("CdtrAgt", agent, on_creditor),
	SKIP("InstgAgt"),
	SKIP("InstdAgt"),
	SKIP("IntrmyAgt1"),
	SKIP("IntrmyAgt2"),
	SKIP("IntrmyAgt3"),
	SKIP("RcvgAgt"),
	SKIP("DlvrgAgt"),
	SKIP("IssgAgt"),
	SKIP("SttlmPlc"),
	SKIP("Prtry")
);

/* ---- amounts, charges, codes ---- */

ROWS(money,
	VALUE("@Ccy", LG_MONEY_CURRENCY),
	VALUE(".", LG_MONEY_AMOUNT)
);

ROWS(exchange,
	VALUE("SrcCcy", LG_EXCHANGE_FROM),
	VALUE("TrgtCcy", LG_EXCHANGE_TO),
	VALUE("UnitCcy", LG_EXCHANGE_UNIT),
	VALUE("XchgRate", LG_EXCHANGE_RATE),
	SKIP("CtrctId"),
	SKIP("QtnDt")
);

ROWS(exchanged_money,
	VALUE("Amt/@Ccy", LG_MONEY_CURRENCY),
	VALUE("Amt", LG_MONEY_AMOUNT),
	SCRATCH("CcyXchg", LG_EXCHANGE, exchange, on_exchange_end)
);

ROWS(amounts,
	SCRATCH("InstdAmt", LG_MONEY, exchanged_money, on_instructed_amount),
	SCRATCH("TxAmt", LG_MONEY, exchanged_money, on_tx_amount),
	SCRATCH("CntrValAmt", LG_MONEY, exchanged_money, on_counter_amount),
	SKIP("AnncdPstngAmt"),
	SKIP("PrtryAmt")
);

ROWS(charge,
	VALUE("Amt/@Ccy", LG_CHARGE_CURRENCY),
	VALUE("Amt", LG_CHARGE_AMOUNT),
	MAPPED("CdtDbtInd", LG_CHARGE_SIDE, "CRDT=credit|DBIT=debit"),
	VALUE("ChrgInclInd", LG_CHARGE_INCLUDED),
	VALUE("Tp/Cd", LG_CHARGE_TYPE),
	VALUE("Tp/Prtry/Id", LG_CHARGE_TYPE),
	VALUE("Tp/PrtryCd", LG_CHARGE_TYPE), /* .01 */
	VALUE("Br", LG_CHARGE_BEARER),
	SKIP("Tp/Prtry/Issr"),
	SKIP("TtlChrgsAndTaxAmt"),
	SKIP("Rate"),
	SKIP("Pty"),
	SKIP("Agt"),
	SKIP("Tax")
);

/* Until .02 the element is one charge and repeats; later it holds records. */
ROWS(charges,
	INCLUDE(charge),
	SCRATCH("Rcrd", LG_CHARGE, charge, on_charge_end)
);

ROWS(bank_code,
	{ .path = "Domn/Cd", .in = LG_TRANSACTION_CODE, .field = LG_BANK_CODE_DOMAIN },
	{ .path = "Domn/Fmly/Cd", .in = LG_TRANSACTION_CODE, .field = LG_BANK_CODE_FAMILY },
	{ .path = "Domn/Fmly/SubFmlyCd", .in = LG_TRANSACTION_CODE, .field = LG_BANK_CODE_SUBFAMILY },
	{ .path = "Prtry/Cd", .in = LG_TRANSACTION_CODE, .field = LG_BANK_CODE_PROPRIETARY },
	{ .path = "Prtry/Issr", .in = LG_TRANSACTION_CODE, .field = LG_BANK_CODE_ISSUER }
);

/* ---- remittance ---- */

ROWS(document,
	VALUE("Tp/CdOrPrtry/Cd", LG_REMITTED_TYPE),
	VALUE("Tp/CdOrPrtry/Prtry", LG_REMITTED_TYPE),
	VALUE("RfrdDocTp/Cd", LG_REMITTED_TYPE), /* .01 */
	VALUE("RfrdDocTp/Prtry", LG_REMITTED_TYPE),
	VALUE("Nb", LG_REMITTED_NUMBER),
	VALUE("RfrdDocNb", LG_REMITTED_NUMBER), /* .01 */
	DAY("RltdDt", LG_REMITTED_DATE),
	DAY("RltdDt/Dt", LG_REMITTED_DATE), /* from .11 */
	SKIP("RltdDt/Tp"),
	SKIP("Tp/Issr"),
	SKIP("RfrdDocTp/Issr"),
	SKIP("LineDtls")
);

ROWS(structured,
	SCRATCH("RfrdDocInf", LG_REMITTED, document, on_document_end),
	DAY("RfrdDocRltdDt", LG_REMITTED_DATE), /* .01 */
	VALUE("RfrdDocAmt/DuePyblAmt", LG_REMITTED_DUE_AMOUNT),
	VALUE("RfrdDocAmt/DscntApldAmt", LG_REMITTED_DISCOUNT), /* until .02 */
	VALUE("RfrdDocAmt/DscntApldAmt/Amt", LG_REMITTED_DISCOUNT),
	VALUE("RfrdDocAmt/CdtNoteAmt", LG_REMITTED_CREDIT),
	VALUE("RfrdDocAmt/RmtdAmt", LG_REMITTED_AMOUNT),
	VALUE("RfrdDocAmt/RmtAmtAndTp/Amt", LG_REMITTED_AMOUNT), /* from .11 */
	SKIP("RfrdDocAmt/RmtAmtAndTp/Tp"),
	SKIP("RfrdDocAmt/DscntApldAmt/Tp"),
	SKIP("RfrdDocAmt/TaxAmt"),
	SKIP("RfrdDocAmt/AdjstmntAmtAndRsn"),
	HOOK("CdtrRefInf/Ref", on_creditor_reference),
	HOOK("CdtrRefInf/CdtrRef", on_creditor_reference), /* .01 */
	SKIP("CdtrRefInf/Tp"),
	SKIP("CdtrRefInf/CdtrRefTp"),
	HOOK("AddtlRmtInf", on_additional_remittance),
	SKIP("Invcr"),
	SKIP("Invcee"),
	SKIP("TaxRmt"),
	SKIP("GrnshmtRmt")
);

ROWS(return_rows,
	VALUE("Rsn/Cd", LG_RETURN_CODE),
	VALUE("Rsn/Prtry", LG_RETURN_CODE),
	VALUE("RtrRsn/Cd", LG_RETURN_CODE), /* .01 */
	VALUE("RtrRsn/Prtry", LG_RETURN_CODE),
	HOOK("AddtlInf", on_return_text),
	HOOK("AddtlRtrRsnInf", on_return_text), /* .01 */
	SKIP("OrgnlBkTxCd"),
	SKIP("Orgtr"),
	SKIP("RtrOrgtr")
);

/* ---- an entry and its details ---- */

ROWS(batch,
	VALUE("MsgId", LG_BATCH_MESSAGE_ID),
	VALUE("PmtInfId", LG_BATCH_ID),
	VALUE("NbOfTxs", LG_BATCH_COUNT),
	VALUE("TtlAmt", LG_BATCH_AMOUNT),
	MAPPED("CdtDbtInd", LG_BATCH_SIDE, "CRDT=credit|DBIT=debit")
);

#define REFERENCE(p, f) { .path = (p), .field = (f), .hook = on_reference }

ROWS(detail,
	VALUE("Refs/MsgId", LG_TRANSACTION_MESSAGE_ID),
	HOOK("Refs/AcctSvcrRef", on_detail_reference),
	HOOK("Refs/PmtInfId", on_batch_id),
	REFERENCE("Refs/InstrId", LG_TRANSACTION_INSTRUCTION_ID),
	REFERENCE("Refs/EndToEndId", LG_TRANSACTION_END_TO_END_ID),
	REFERENCE("Refs/TxId", LG_TRANSACTION_TRANSACTION_ID),
	REFERENCE("Refs/MndtId", LG_TRANSACTION_MANDATE_ID),
	REFERENCE("Refs/UETR", LG_TRANSACTION_UETR),
	REFERENCE("Refs/ChqNb", LG_TRANSACTION_CHEQUE_NUMBER),
	SKIP("Refs/ClrSysRef"),
	SKIP("Refs/AcctOwnrTxId"),
	SKIP("Refs/AcctSvcrTxId"),
	SKIP("Refs/MktInfrstrctrTxId"),
	SKIP("Refs/PrcgId"),
	SKIP("Refs/Prtry"),
	SCRATCH("Amt", LG_MONEY, money, on_detail_amount), /* from .03 */
	HOOK("CdtDbtInd", on_side),
	GROUP("AmtDtls", amounts),
	GROUP("BkTxCd", bank_code),
	SCRATCH("Chrgs", LG_CHARGE, charges, on_charge_end),
	GROUP("RltdPties", parties),
	GROUP("RltdAgts", agents),
	VALUE("Purp/Cd", LG_TRANSACTION_PURPOSE),
	VALUE("Purp/Prtry", LG_TRANSACTION_PURPOSE),
	HOOK("RmtInf/Ustrd", on_unstructured),
	SCRATCH("RmtInf/Strd", LG_REMITTED, structured, on_structured_end),
	OBJECT("RtrInf", LG_TRANSACTION_RETURN, return_rows),
	VALUE("AddtlTxInf", LG_TRANSACTION_NOTES),
	SKIP("Avlbty"),
	SKIP("Intrst"),
	SKIP("LclInstrm"),
	SKIP("PmtTpInf"),
	SKIP("RltdRmtInf"),
	SKIP("RltdDts"),
	SKIP("RltdPric"),
	SKIP("RltdQties"),
	SKIP("FinInstrmId"),
	SKIP("Tax"),
	SKIP("CorpActn"),
	SKIP("SfkpgAcct"),
	SKIP("CshDpst"),
	SKIP("CardTx"),
	SKIP("SplmtryData")
);

ROWS(details,
	SCRATCH("Btch", LG_BATCH, batch, on_batch_end),
	{ .path = "TxDtls", .kind = LG_XML_RECORD, .field = LG_TRANSACTION, .flags = LG_XML_TAKEN, .rows = &detail,
	  .start = on_detail_start, .hook = on_detail_end }
);

ROWS(entry,
	VALUE("NtryRef", LG_TRANSACTION_ENTRY_REFERENCE),
	SCRATCH("Amt", LG_MONEY, money, on_entry_amount),
	HOOK("CdtDbtInd", on_side),
	VALUE("RvslInd", LG_TRANSACTION_REVERSAL),
	{ .path = "Sts", .form = LG_XML_FORM_MIXED, .hook = on_status }, /* text until .07, Cd or Prtry from .08 */
	DAY("BookgDt/Dt", LG_TRANSACTION_BOOKING_DATE),
	DAY("BookgDt/DtTm", LG_TRANSACTION_BOOKING_DATE),
	DAY("ValDt/Dt", LG_TRANSACTION_VALUE_DATE),
	DAY("ValDt/DtTm", LG_TRANSACTION_VALUE_DATE),
	REFERENCE("AcctSvcrRef", LG_TRANSACTION_BANK_REFERENCE),
	GROUP("BkTxCd", bank_code),
	VALUE("AddtlInfInd/MsgId", LG_TRANSACTION_MESSAGE_ID), /* the camt.054 that has the details */
	SKIP("AddtlInfInd/MsgNmId"),
	GROUP("AmtDtls", amounts),
	SCRATCH("Chrgs", LG_CHARGE, charges, on_charge_end),
	GROUP("NtryDtls", details),
	INCLUDE(details), /* .01 */
	VALUE("AddtlNtryInf", LG_TRANSACTION_NOTES),
	SKIP("Avlbty"),
	SKIP("ComssnWvrInd"),
	SKIP("TechInptChanl"),
	SKIP("Intrst"),
	SKIP("CardTx"),
	SKIP("SplmtryData")
);

/* ---- a statement ---- */

ROWS(balance,
	VALUE("Tp/CdOrPrtry/Cd", LG_STATEMENT_BALANCE_TYPE),
	VALUE("Tp/CdOrPrtry/Prtry", LG_STATEMENT_BALANCE_TYPE),
	VALUE("Tp/Cd", LG_STATEMENT_BALANCE_TYPE), /* .01 */
	VALUE("Tp/Prtry", LG_STATEMENT_BALANCE_TYPE),
	{ .path = "Tp/SubTp/Cd", .hook = on_balance_subtype },
	SKIP("Tp/SubTp/Prtry"),
	VALUE("Amt/@Ccy", LG_STATEMENT_BALANCE_CURRENCY),
	VALUE("Amt", LG_STATEMENT_BALANCE_AMOUNT),
	HOOK("CdtDbtInd", on_balance_side),
	DAY("Dt/Dt", LG_STATEMENT_BALANCE_DATE),
	DAY("Dt/DtTm", LG_STATEMENT_BALANCE_DATE),
	SKIP("CdtLine"),
	SKIP("Avlbty")
);

/* A statement serves as the bag for what the bank counted: the sum of all stands in `opening_balance`. */
ROWS(summary,
	VALUE("TtlNtries/NbOfNtries", LG_STATEMENT_ENTRIES),
	VALUE("TtlNtries/Sum", LG_STATEMENT_OPENING_BALANCE),
	SKIP("TtlNtries/TtlNetNtryAmt"), /* until .03; banks sign reversals in it one way or the other */
	SKIP("TtlNtries/CdtDbtInd"),
	SKIP("TtlNtries/TtlNetNtry"),
	VALUE("TtlCdtNtries/NbOfNtries", LG_STATEMENT_COUNT_CREDIT),
	VALUE("TtlCdtNtries/Sum", LG_STATEMENT_SUM_CREDIT),
	VALUE("TtlDbtNtries/NbOfNtries", LG_STATEMENT_COUNT_DEBIT),
	VALUE("TtlDbtNtries/Sum", LG_STATEMENT_SUM_DEBIT),
	SKIP("TtlNtriesPerBkTxCd")
);

ROWS(owner,
	VALUE("Nm", LG_PARTY_NAME),
	PARTY_IDS(LG_PARTY_IDS),
	SKIP("PstlAdr")
);

#define ACCOUNT_ID(p, s) { .path = (p), .hook = on_account_id, .value = (s) }

ROWS(account,
	ACCOUNT_ID("Id/IBAN", "iban"),
	ACCOUNT_ID("Id/Othr/Id", ""),
	ACCOUNT_ID("Id/BBAN", "bban"), /* .01, with the two behind it */
	ACCOUNT_ID("Id/UPIC", "upic"),
	ACCOUNT_ID("Id/PrtryAcct/Id", ""),
	{ .path = "Id/Othr/SchmeNm/Cd", .in = LG_STATEMENT_ACCOUNT, .field = LG_ACCOUNT_SCHEME, .map = "BBAN=bban|UPIC=upic" },
	{ .path = "Id/Othr/SchmeNm/Prtry", .in = LG_STATEMENT_ACCOUNT, .field = LG_ACCOUNT_SCHEME,
	  .map = "BBAN=bban|BGNR=bankgiro|BG=bankgiro|PGNR=plusgiro|PG=plusgiro" },
	SKIP("Id/Othr/Issr"),
	VALUE_IN("Ccy", LG_STATEMENT_ACCOUNT, LG_ACCOUNT_CURRENCY),
	VALUE_IN("Nm", LG_STATEMENT_ACCOUNT, LG_ACCOUNT_NAME),
	OBJECT("Ownr", LG_STATEMENT_OWNER, owner),
	HOOK("Svcr/FinInstnId/BICFI", on_servicer_bic),
	HOOK("Svcr/FinInstnId/BIC", on_servicer_bic),
	HOOK("Svcr/FinInstnId/CmbndId/BIC", on_servicer_bic), /* .01 */
	SKIP("Svcr/FinInstnId/CmbndId"),
	SKIP("Svcr/FinInstnId/ClrSysMmbId"),
	SKIP("Svcr/FinInstnId/NmAndAdr"),
	SKIP("Svcr/FinInstnId/PrtryId"),
	SKIP("Svcr/FinInstnId/LEI"),
	SKIP("Svcr/FinInstnId/Nm"),
	SKIP("Svcr/FinInstnId/PstlAdr"),
	SKIP("Svcr/FinInstnId/Othr"),
	SKIP("Svcr/BrnchId"),
	SKIP("Tp"),
	SKIP("Prxy")
);

#define PAGINATION(p) \
	VALUE(p "/PgNb", LG_STATEMENT_PAGE), \
	VALUE(p "/LastPgInd", LG_STATEMENT_LAST_PAGE)

ROWS(statement,
	VALUE("Id", LG_STATEMENT_STATEMENT_ID),
	PAGINATION("StmtPgntn"), /* from .03 */
	PAGINATION("RptPgntn"),
	PAGINATION("NtfctnPgntn"),
	VALUE("ElctrncSeqNb", LG_STATEMENT_SEQUENCE),
	VALUE("LglSeqNb", LG_STATEMENT_LEGAL_SEQUENCE),
	SKIP("RptgSeq"),
	HOOK("CreDtTm", on_statement_created),
	DAY("FrToDt/FrDtTm", LG_STATEMENT_FROM),
	DAY("FrToDt/ToDtTm", LG_STATEMENT_TO),
	VALUE("CpyDplctInd", LG_STATEMENT_COPY),
	SKIP("RptgSrc"),
	GROUP("Acct", account),
	SKIP("RltdAcct"),
	SKIP("Intrst"),
	{ .path = "Bal", .kind = LG_XML_OBJECT, .field = LG_STATEMENT_BALANCES, .rows = &balance, .start = on_balance_start,
	  .hook = on_balance_end },
	SCRATCH("TxsSummry", LG_STATEMENT, summary, on_summary_end),
	{ .path = "Ntry", .kind = LG_XML_RECORD, .field = LG_TRANSACTION, .flags = LG_XML_TAKEN, .rows = &entry,
	  .start = on_entry_start, .hook = on_entry_end },
	VALUE("AddtlStmtInf", LG_STATEMENT_NOTES),
	VALUE("AddtlRptInf", LG_STATEMENT_NOTES),
	VALUE("AddtlNtfctnInf", LG_STATEMENT_NOTES)
);

#define HEADER \
	HOOK("GrpHdr/MsgId", on_message_id), \
	HOOK("GrpHdr/CreDtTm", on_message_created), \
	HOOK("GrpHdr/MsgPgntn/PgNb", on_message_page), \
	HOOK("GrpHdr/MsgPgntn/LastPgInd", on_message_last_page), \
	SKIP("GrpHdr/MsgRcpt"), \
	SKIP("GrpHdr/OrgnlBizQry"), \
	SKIP("GrpHdr/AddtlInf"), \
	SKIP("SplmtryData")

#define STATEMENTS(p) \
	{ .path = (p), .kind = LG_XML_RECORD, .field = LG_STATEMENT, .rows = &statement, .start = on_statement_start, \
	  .hook = on_statement_end }

ROWS(report_message, HEADER, STATEMENTS("Rpt"));
ROWS(statement_message, HEADER, STATEMENTS("Stmt"));
ROWS(notification_message, HEADER, STATEMENTS("Ntfctn"));

#define MESSAGE(p, r, s) { .path = "Document/" p, .kind = LG_XML_GROUP, .rows = &(r), .start = (s) }

ROWS(message,
	MESSAGE("BkToCstmrAcctRpt", report_message, on_report),
	MESSAGE("BkToCstmrStmt", statement_message, on_statement_message),
	MESSAGE("BkToCstmrDbtCdtNtfctn", notification_message, on_notification),
	MESSAGE("BkToCstmrAcctRptV01", report_message, on_report), /* .01 */
	MESSAGE("BkToCstmrStmtV01", statement_message, on_statement_message),
	MESSAGE("BkToCstmrDbtCdtNtfctnV01", notification_message, on_notification)
);

/* Any namespace: that of ISO with its versions, those of SIX for Switzerland, and those that banks have made of them. */
static const struct lg_xml_space spaces[] = {
	{ "", "*" },
};
/* clang-format on */

const struct lg_xml camt_xml = {
	.size = sizeof(struct lg_xml),
	.space_count = sizeof spaces / sizeof spaces[0],
	.spaces = spaces,
	.rows = &message,
};
