/* loligo.h - what a plugin and the hub know of each other.  ABI 1.0, C11, needs only libc.

   A plugin is a shared object with one exported symbol, the constant `lg_plugin`, which names its formats, steps and
   connectors.  The hub judges that table before it calls anything in it: size, ABI major and minor, names.

   Words used below, exactly: *borrowed* - valid during the call; *kept* - the hub guarantees it until close();
   *taken* - the hub owns it from here on, also when the call fails; *copied* - neither side depends on the other.

   Threads.  A connector's functions run on the loop thread and never block.  A format's functions, and a step's `run`
   and `flush`, run in a job on a worker thread and touch nothing but their arguments and the functions of `lg_host`
   that say "any thread" or that take the job's own handle.  `check` and `open` of all three run on the loop thread.

   Money.  Every number with a fraction is an exact decimal.  There is no binary floating point on this border. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LG_ABI_MAJOR 1 /* a layout or a meaning changed: refused */
#define LG_ABI_MINOR 0 /* members were appended: older plugins load */

/* Does the other side's build have this member? Every table that crosses the border starts with its size. */
#define LG_HAS(table, member) \
	((table)->size >= offsetof(__typeof__(*(table)), member) + sizeof((table)->member))

/* ---- values ------------------------------------------------------------------------------------------------- */

typedef struct { const char *ptr; size_t len; } lg_str;     /* bytes (UTF-8 in records), no NUL */
typedef struct { int64_t coef; uint8_t scale; } lg_dec;     /* coef / 10^scale, in lowest terms, scale <= 18 */
typedef int32_t lg_date;                                    /* days since 1970-01-01 */
typedef int64_t lg_time;                                    /* milliseconds since 1970-01-01T00:00:00Z */

#define LG_STR(literal) ((lg_str){ (literal), sizeof(literal) - 1 })

/* What happened.  A plugin states this and never how often to try again. */
typedef enum {
	LG_OK = 0,       /* done */
	LG_ACCEPTED = 1, /* taken by the other side, its verdict comes later */
	LG_FULL = 2,     /* no room: nothing was taken, the hub will call pull() */
	LG_RETRY = 3,    /* not done, and certainly so: may be done again */
	LG_REJECT = 4,   /* this record cannot be done: a person must look */
	LG_DENIED = 5,   /* credentials or permissions: the connection stops */
	LG_UNKNOWN = 6,  /* may or may not have been done: will be probed */
	LG_CANCELED = 7  /* the hub asked to stop */
} lg_status;

enum lg_level { LG_LOG_ERROR, LG_LOG_WARNING, LG_LOG_INFO, LG_LOG_DEBUG };

/* ---- records ------------------------------------------------------------------------------------------------ */

/* A record, or an object inside one.  Opaque; fields are reached by the ids below, which are never reused. */
struct lg_rec;

/* @fields@ The ids stand in core/model/fields.def; `make fields` writes them here and a test compares. */
enum lg_kind {
	LG_INVOICE = 1,
	LG_PARTY = 2,
	LG_STATEMENT = 3,
	LG_TRANSACTION = 4,
	LG_PAYMENT = 5,
	LG_PAYOUT = 6,
	LG_ALLOCATION = 7,
	LG_VOUCHER = 8,
	LG_REMINDER = 9,
	LG_DISPUTE = 10,
	LG_HOLD = 11,
	LG_PLAN = 12,
	LG_FINANCING = 13,
	LG_PAYMENT_ORDER = 14,
	LG_DOCUMENT = 15,
	LG_DELIVERY = 16,
	LG_OPEN_ITEM = 17,
	LG_BOOKS = 18,
	LG_BALANCE = 19,
	LG_WORK_ITEM = 20,
};

/* Objects inside records. */
enum lg_object {
	LG_IDENTIFIER = 64,
	LG_ADDRESS = 65,
	LG_CONTACT = 66,
	LG_ACCOUNT = 67,
	LG_PRECEDING = 68,
	LG_DELIVERY_INFO = 69,
	LG_PAYMENT_INFO = 70,
	LG_MANDATE = 71,
	LG_CARD = 72,
	LG_ALLOWANCE = 73,
	LG_TAX = 74,
	LG_TOTALS = 75,
	LG_LINE = 76,
	LG_PERIOD = 77,
	LG_ITEM = 78,
	LG_ATTRIBUTE = 79,
	LG_ATTACHMENT = 80,
	LG_STATEMENT_BALANCE = 81,
	LG_BANK_CODE = 82,
	LG_COUNTERPARTY = 83,
	LG_REMITTED = 84,
	LG_MONEY = 85,
	LG_EXCHANGE = 86,
	LG_CHARGE = 87,
	LG_RETURN = 88,
	LG_BATCH = 89,
	LG_FEE = 90,
	LG_COMPONENT = 91,
	LG_LINK = 92,
	LG_PAID = 93,
	LG_DECIDED = 94,
	LG_ADJUSTMENT = 95,
	LG_VOUCHER_LINE = 96,
	LG_EXTERNAL = 97,
	LG_INSTALMENT = 98,
	LG_FINANCIAL_YEAR = 99,
	LG_LEDGER_ACCOUNT = 100,
	LG_DIMENSION = 101,
	LG_DIMENSION_OBJECT = 102,
};

enum lg_field {
	LG_COMMON_ID = 0x0001,
	LG_COMMON_KIND = 0x0002,
	LG_COMMON_CLIENT = 0x0003,
	LG_COMMON_CONNECTION = 0x0004,
	LG_COMMON_EXTERNAL_ID = 0x0005,
	LG_COMMON_REVISION = 0x0006,
	LG_COMMON_RECEIVED_AT = 0x0007,
	LG_COMMON_SOURCE = 0x0008,

	LG_INVOICE_TYPE = 0x0101,
	LG_INVOICE_NUMBER = 0x0102,
	LG_INVOICE_ISSUE_DATE = 0x0103,
	LG_INVOICE_DUE_DATE = 0x0104,
	LG_INVOICE_TAX_POINT_DATE = 0x0105,
	LG_INVOICE_TAX_POINT_CODE = 0x0106,
	LG_INVOICE_CURRENCY = 0x0107,
	LG_INVOICE_TAX_CURRENCY = 0x0108,
	LG_INVOICE_BUYER_REFERENCE = 0x0109,
	LG_INVOICE_ORDER_REFERENCE = 0x010a,
	LG_INVOICE_SALES_ORDER_REFERENCE = 0x010b,
	LG_INVOICE_CONTRACT_REFERENCE = 0x010c,
	LG_INVOICE_PROJECT_REFERENCE = 0x010d,
	LG_INVOICE_TENDER_REFERENCE = 0x010e,
	LG_INVOICE_RECEIPT_REFERENCE = 0x010f,
	LG_INVOICE_DESPATCH_REFERENCE = 0x0110,
	LG_INVOICE_OBJECT = 0x0111,
	LG_INVOICE_ACCOUNTING_REFERENCE = 0x0112,
	LG_INVOICE_NOTES = 0x0113,
	LG_INVOICE_PRECEDING = 0x0114,
	LG_INVOICE_SELLER = 0x0115,
	LG_INVOICE_BUYER = 0x0116,
	LG_INVOICE_PAYEE = 0x0117,
	LG_INVOICE_TAX_REPRESENTATIVE = 0x0118,
	LG_INVOICE_DELIVERY = 0x0119,
	LG_INVOICE_PAYMENT = 0x011a,
	LG_INVOICE_ALLOWANCES = 0x011b,
	LG_INVOICE_CHARGES = 0x011c,
	LG_INVOICE_TAXES = 0x011d,
	LG_INVOICE_TOTALS = 0x011e,
	LG_INVOICE_LINES = 0x011f,
	LG_INVOICE_PERIOD = 0x0120,
	LG_INVOICE_ATTACHMENTS = 0x0121,
	LG_INVOICE_PROFILE = 0x0122,
	LG_INVOICE_CUSTOMIZATION = 0x0123,
	LG_INVOICE_DIRECTION = 0x0124,

	LG_PARTY_NAME = 0x0201,
	LG_PARTY_TRADING_NAME = 0x0202,
	LG_PARTY_IDS = 0x0203,
	LG_PARTY_LEGAL_ID = 0x0204,
	LG_PARTY_VAT_ID = 0x0205,
	LG_PARTY_TAX_REGISTRATION = 0x0206,
	LG_PARTY_LEGAL_FORM = 0x0207,
	LG_PARTY_ENDPOINT = 0x0208,
	LG_PARTY_ADDRESS = 0x0209,
	LG_PARTY_CONTACT = 0x020a,
	LG_PARTY_ACCOUNTS = 0x020b,

	LG_STATEMENT_ACCOUNT = 0x0301,
	LG_STATEMENT_STATEMENT_ID = 0x0302,
	LG_STATEMENT_SEQUENCE = 0x0303,
	LG_STATEMENT_LEGAL_SEQUENCE = 0x0304,
	LG_STATEMENT_CREATED_AT = 0x0305,
	LG_STATEMENT_FROM = 0x0306,
	LG_STATEMENT_TO = 0x0307,
	LG_STATEMENT_OPENING_BALANCE = 0x0308,
	LG_STATEMENT_CLOSING_BALANCE = 0x0309,
	LG_STATEMENT_ENTRIES = 0x030a,
	LG_STATEMENT_COUNT_CREDIT = 0x030b,
	LG_STATEMENT_SUM_CREDIT = 0x030c,
	LG_STATEMENT_COUNT_DEBIT = 0x030d,
	LG_STATEMENT_SUM_DEBIT = 0x030e,
	LG_STATEMENT_TYPE = 0x030f,
	LG_STATEMENT_BALANCES = 0x0310,
	LG_STATEMENT_OWNER = 0x0311,
	LG_STATEMENT_SERVICER_BIC = 0x0312,
	LG_STATEMENT_COPY = 0x0313,
	LG_STATEMENT_PAGE = 0x0314,
	LG_STATEMENT_LAST_PAGE = 0x0315,
	LG_STATEMENT_MESSAGE_ID = 0x0316,
	LG_STATEMENT_NOTES = 0x0317,
	LG_STATEMENT_INTERIM_OPENING = 0x0318,

	LG_TRANSACTION_ACCOUNT = 0x0401,
	LG_TRANSACTION_STATEMENT_ID = 0x0402,
	LG_TRANSACTION_AMOUNT = 0x0403,
	LG_TRANSACTION_SIDE = 0x0404,
	LG_TRANSACTION_CURRENCY = 0x0405,
	LG_TRANSACTION_BOOKING_DATE = 0x0406,
	LG_TRANSACTION_VALUE_DATE = 0x0407,
	LG_TRANSACTION_STATUS = 0x0408,
	LG_TRANSACTION_REVERSAL = 0x0409,
	LG_TRANSACTION_BANK_REFERENCE = 0x040a,
	LG_TRANSACTION_ENTRY_REFERENCE = 0x040b,
	LG_TRANSACTION_END_TO_END_ID = 0x040c,
	LG_TRANSACTION_INSTRUCTION_ID = 0x040d,
	LG_TRANSACTION_TRANSACTION_ID = 0x040e,
	LG_TRANSACTION_MANDATE_ID = 0x040f,
	LG_TRANSACTION_CODE = 0x0410,
	LG_TRANSACTION_COUNTERPARTY = 0x0411,
	LG_TRANSACTION_REFERENCES = 0x0412,
	LG_TRANSACTION_DOCUMENTS = 0x0413,
	LG_TRANSACTION_REMITTANCE = 0x0414,
	LG_TRANSACTION_INSTRUCTED = 0x0415,
	LG_TRANSACTION_EXCHANGE = 0x0416,
	LG_TRANSACTION_CHARGES = 0x0417,
	LG_TRANSACTION_RETURN = 0x0418,
	LG_TRANSACTION_BATCH = 0x0419,
	LG_TRANSACTION_ENTRY_AMOUNT = 0x041a,
	LG_TRANSACTION_DETAIL = 0x041b,
	LG_TRANSACTION_DETAILS = 0x041c,
	LG_TRANSACTION_OCCURRENCE = 0x041d,
	LG_TRANSACTION_PURPOSE = 0x041e,
	LG_TRANSACTION_MESSAGE_ID = 0x041f,
	LG_TRANSACTION_UETR = 0x0420,
	LG_TRANSACTION_CHEQUE_NUMBER = 0x0421,
	LG_TRANSACTION_NOTES = 0x0422,
	LG_TRANSACTION_OWN_PARTY = 0x0423,
	LG_TRANSACTION_CHARGES_INCLUDED = 0x0424,
	LG_TRANSACTION_TYPE = 0x0425,
	LG_TRANSACTION_DETAIL_REFERENCE = 0x0426,

	LG_PAYMENT_DIRECTION = 0x0501,
	LG_PAYMENT_AMOUNT = 0x0502,
	LG_PAYMENT_CURRENCY = 0x0503,
	LG_PAYMENT_FEES = 0x0504,
	LG_PAYMENT_NET = 0x0505,
	LG_PAYMENT_RAIL = 0x0506,
	LG_PAYMENT_STATUS = 0x0507,
	LG_PAYMENT_PAYER = 0x0508,
	LG_PAYMENT_PAYEE = 0x0509,
	LG_PAYMENT_REFERENCES = 0x050a,
	LG_PAYMENT_REMITTANCE = 0x050b,
	LG_PAYMENT_PAYOUT = 0x050c,
	LG_PAYMENT_PARENT = 0x050d,
	LG_PAYMENT_CREATED_AT = 0x050e,
	LG_PAYMENT_AVAILABLE_ON = 0x050f,

	LG_PAYOUT_AMOUNT = 0x0601,
	LG_PAYOUT_CURRENCY = 0x0602,
	LG_PAYOUT_ARRIVAL_DATE = 0x0603,
	LG_PAYOUT_COMPONENTS = 0x0604,
	LG_PAYOUT_STATUS = 0x0605,

	LG_ALLOCATION_FROM = 0x0701,
	LG_ALLOCATION_TO = 0x0702,
	LG_ALLOCATION_BANK_REFERENCE = 0x0703,
	LG_ALLOCATION_INVOICE_NUMBER = 0x0704,
	LG_ALLOCATION_AMOUNT = 0x0705,
	LG_ALLOCATION_CURRENCY = 0x0706,
	LG_ALLOCATION_PAID = 0x0707,
	LG_ALLOCATION_STAGE = 0x0708,
	LG_ALLOCATION_RULE = 0x0709,
	LG_ALLOCATION_EVIDENCE = 0x070a,
	LG_ALLOCATION_DECIDED = 0x070b,
	LG_ALLOCATION_ADJUSTMENT = 0x070c,
	LG_ALLOCATION_REVERSES = 0x070d,
	LG_ALLOCATION_DATE = 0x070e,
	LG_ALLOCATION_DEBTOR = 0x070f,
	LG_ALLOCATION_CONTRACT = 0x0710,

	LG_VOUCHER_LEDGER = 0x0801,
	LG_VOUCHER_COMPANY = 0x0802,
	LG_VOUCHER_SERIES = 0x0803,
	LG_VOUCHER_NUMBER = 0x0804,
	LG_VOUCHER_FINANCIAL_YEAR = 0x0805,
	LG_VOUCHER_DATE = 0x0806,
	LG_VOUCHER_TEXT = 0x0807,
	LG_VOUCHER_EVENT = 0x0808,
	LG_VOUCHER_SOURCE = 0x0809,
	LG_VOUCHER_REVERSES = 0x080a,
	LG_VOUCHER_LINES = 0x080b,
	LG_VOUCHER_EXTERNAL = 0x080c,
	LG_VOUCHER_REGISTERED = 0x080d,
	LG_VOUCHER_SIGNATURE = 0x080e,
	LG_VOUCHER_LATE = 0x080f,

	LG_REMINDER_DEBTOR = 0x0901,
	LG_REMINDER_INVOICES = 0x0902,
	LG_REMINDER_LEVEL = 0x0903,
	LG_REMINDER_POLICY = 0x0904,
	LG_REMINDER_CHANNEL = 0x0905,
	LG_REMINDER_DOCUMENT = 0x0906,
	LG_REMINDER_FEES = 0x0907,
	LG_REMINDER_INTEREST = 0x0908,
	LG_REMINDER_CURRENCY = 0x0909,
	LG_REMINDER_SENT_AT = 0x090a,
	LG_REMINDER_PROOF = 0x090b,
	LG_REMINDER_STATUS = 0x090c,

	LG_DISPUTE_INVOICES = 0x0a01,
	LG_DISPUTE_AMOUNT = 0x0a02,
	LG_DISPUTE_CURRENCY = 0x0a03,
	LG_DISPUTE_REASON = 0x0a04,
	LG_DISPUTE_ACTION = 0x0a05,
	LG_DISPUTE_OWNER = 0x0a06,
	LG_DISPUTE_EVIDENCE = 0x0a07,
	LG_DISPUTE_STATUS = 0x0a08,

	LG_HOLD_PARTY = 0x0b01,
	LG_HOLD_REASON = 0x0b02,
	LG_HOLD_SYSTEM = 0x0b03,
	LG_HOLD_SCOPE = 0x0b04,
	LG_HOLD_LEVEL = 0x0b05,
	LG_HOLD_SINCE = 0x0b06,
	LG_HOLD_UNTIL = 0x0b07,
	LG_HOLD_STATUS = 0x0b08,

	LG_PLAN_INVOICES = 0x0c01,
	LG_PLAN_INSTALMENTS = 0x0c02,
	LG_PLAN_POLICY = 0x0c03,
	LG_PLAN_SIGNED_AT = 0x0c04,
	LG_PLAN_CURRENCY = 0x0c05,
	LG_PLAN_STATUS = 0x0c06,

	LG_FINANCING_EVENT = 0x0d01,
	LG_FINANCING_MODEL = 0x0d02,
	LG_FINANCING_INVOICE_NUMBER = 0x0d03,
	LG_FINANCING_INVOICE = 0x0d04,
	LG_FINANCING_DATE = 0x0d05,
	LG_FINANCING_CURRENCY = 0x0d06,
	LG_FINANCING_AMOUNTS = 0x0d07,
	LG_FINANCING_STATUS = 0x0d08,
	LG_FINANCING_DECIDED = 0x0d09,
	LG_FINANCING_NOTICE = 0x0d0a,
	LG_FINANCING_AGREEMENT = 0x0d0b,
	LG_FINANCING_REFERENCE = 0x0d0c,

	LG_PAYMENT_ORDER_MESSAGE_ID = 0x0e01,
	LG_PAYMENT_ORDER_BATCH_ID = 0x0e02,
	LG_PAYMENT_ORDER_EXECUTION_DATE = 0x0e03,
	LG_PAYMENT_ORDER_DEBTOR = 0x0e04,
	LG_PAYMENT_ORDER_DEBTOR_ACCOUNT = 0x0e05,
	LG_PAYMENT_ORDER_CREDITOR = 0x0e06,
	LG_PAYMENT_ORDER_CREDITOR_ACCOUNT = 0x0e07,
	LG_PAYMENT_ORDER_AMOUNT = 0x0e08,
	LG_PAYMENT_ORDER_CURRENCY = 0x0e09,
	LG_PAYMENT_ORDER_END_TO_END_ID = 0x0e0a,
	LG_PAYMENT_ORDER_REFERENCE = 0x0e0b,
	LG_PAYMENT_ORDER_REMITTANCE = 0x0e0c,
	LG_PAYMENT_ORDER_MANDATE_ID = 0x0e0d,
	LG_PAYMENT_ORDER_APPROVED = 0x0e0e,
	LG_PAYMENT_ORDER_STATUS = 0x0e0f,

	LG_DOCUMENT_NAME = 0x0f01,
	LG_DOCUMENT_MIME_TYPE = 0x0f02,
	LG_DOCUMENT_SIZE = 0x0f03,
	LG_DOCUMENT_HASH = 0x0f04,
	LG_DOCUMENT_TEXT = 0x0f05,
	LG_DOCUMENT_ABOUT = 0x0f06,
	LG_DOCUMENT_CONTENT = 0x0f07,

	LG_DELIVERY_ABOUT = 0x1001,
	LG_DELIVERY_CHANNEL = 0x1002,
	LG_DELIVERY_RECIPIENT = 0x1003,
	LG_DELIVERY_STATUS = 0x1004,
	LG_DELIVERY_AT = 0x1005,
	LG_DELIVERY_PROOF = 0x1006,
	LG_DELIVERY_CODE = 0x1007,
	LG_DELIVERY_MESSAGE = 0x1008,

	LG_OPEN_ITEM_INVOICE = 0x1101,
	LG_OPEN_ITEM_NUMBER = 0x1102,
	LG_OPEN_ITEM_TYPE = 0x1103,
	LG_OPEN_ITEM_ISSUE_DATE = 0x1104,
	LG_OPEN_ITEM_DUE_DATE = 0x1105,
	LG_OPEN_ITEM_CURRENCY = 0x1106,
	LG_OPEN_ITEM_AMOUNT = 0x1107,
	LG_OPEN_ITEM_OPEN = 0x1108,
	LG_OPEN_ITEM_DEBTOR = 0x1109,
	LG_OPEN_ITEM_DEBTOR_NAME = 0x110a,
	LG_OPEN_ITEM_SELLER = 0x110b,
	LG_OPEN_ITEM_REFERENCES = 0x110c,
	LG_OPEN_ITEM_DISCOUNT_DATE = 0x110d,
	LG_OPEN_ITEM_DISCOUNT_PERCENT = 0x110e,
	LG_OPEN_ITEM_STATUS = 0x110f,
	LG_OPEN_ITEM_CLOSED_ON = 0x1110,
	LG_OPEN_ITEM_LEVEL = 0x1111,
	LG_OPEN_ITEM_CONTRACT = 0x1112,
	LG_OPEN_ITEM_REVISION_OF = 0x1113,
	LG_OPEN_ITEM_CREDITS = 0x1114,

	LG_BOOKS_COMPANY = 0x1201,
	LG_BOOKS_COMPANY_TYPE = 0x1202,
	LG_BOOKS_CURRENCY = 0x1203,
	LG_BOOKS_FINANCIAL_YEARS = 0x1204,
	LG_BOOKS_ACCOUNTS = 0x1205,
	LG_BOOKS_DIMENSIONS = 0x1206,
	LG_BOOKS_OBJECTS = 0x1207,
	LG_BOOKS_PROGRAM = 0x1208,
	LG_BOOKS_PROGRAM_VERSION = 0x1209,
	LG_BOOKS_GENERATED_ON = 0x120a,
	LG_BOOKS_GENERATED_BY = 0x120b,
	LG_BOOKS_TYPE = 0x120c,
	LG_BOOKS_PLAN_TYPE = 0x120d,
	LG_BOOKS_TAX_YEAR = 0x120e,
	LG_BOOKS_UNTIL = 0x120f,
	LG_BOOKS_COMMENT = 0x1210,
	LG_BOOKS_FORMAT = 0x1211,
	LG_BOOKS_REGISTER_ID = 0x1212,
	LG_BOOKS_REFERENCE = 0x1213,

	LG_BALANCE_COMPANY = 0x1301,
	LG_BALANCE_ACCOUNT = 0x1302,
	LG_BALANCE_TYPE = 0x1303,
	LG_BALANCE_FINANCIAL_YEAR = 0x1304,
	LG_BALANCE_YEAR_START = 0x1305,
	LG_BALANCE_YEAR_END = 0x1306,
	LG_BALANCE_PERIOD = 0x1307,
	LG_BALANCE_AMOUNT = 0x1308,
	LG_BALANCE_QUANTITY = 0x1309,
	LG_BALANCE_DIMENSIONS = 0x130a,
	LG_BALANCE_CURRENCY = 0x130b,

	LG_WORK_ITEM_ABOUT = 0x1401,
	LG_WORK_ITEM_AMOUNT = 0x1402,
	LG_WORK_ITEM_CURRENCY = 0x1403,
	LG_WORK_ITEM_REASON = 0x1404,
	LG_WORK_ITEM_HINT = 0x1405,
	LG_WORK_ITEM_SUGGESTIONS = 0x1406,
	LG_WORK_ITEM_SINCE = 0x1407,
	LG_WORK_ITEM_STATE = 0x1408,
	LG_WORK_ITEM_FLOW = 0x1409,
	LG_WORK_ITEM_STEP = 0x140a,
	LG_WORK_ITEM_RULE = 0x140b,
	LG_WORK_ITEM_DECIDED = 0x140c,

	LG_IDENTIFIER_SCHEME = 0x4001,
	LG_IDENTIFIER_VALUE = 0x4002,
	LG_IDENTIFIER_VERSION = 0x4003,

	LG_ADDRESS_LINE1 = 0x4101,
	LG_ADDRESS_LINE2 = 0x4102,
	LG_ADDRESS_LINE3 = 0x4103,
	LG_ADDRESS_CITY = 0x4104,
	LG_ADDRESS_POSTAL_CODE = 0x4105,
	LG_ADDRESS_REGION = 0x4106,
	LG_ADDRESS_COUNTRY = 0x4107,

	LG_CONTACT_NAME = 0x4201,
	LG_CONTACT_PHONE = 0x4202,
	LG_CONTACT_EMAIL = 0x4203,

	LG_ACCOUNT_ID = 0x4301,
	LG_ACCOUNT_SCHEME = 0x4302,
	LG_ACCOUNT_NAME = 0x4303,
	LG_ACCOUNT_BIC = 0x4304,
	LG_ACCOUNT_CURRENCY = 0x4305,

	LG_PRECEDING_NUMBER = 0x4401,
	LG_PRECEDING_ISSUE_DATE = 0x4402,

	LG_DELIVERY_INFO_DATE = 0x4501,
	LG_DELIVERY_INFO_NAME = 0x4502,
	LG_DELIVERY_INFO_LOCATION = 0x4503,
	LG_DELIVERY_INFO_ADDRESS = 0x4504,

	LG_PAYMENT_INFO_MEANS_CODE = 0x4601,
	LG_PAYMENT_INFO_MEANS_TEXT = 0x4602,
	LG_PAYMENT_INFO_REFERENCE = 0x4603,
	LG_PAYMENT_INFO_TERMS = 0x4604,
	LG_PAYMENT_INFO_ACCOUNTS = 0x4605,
	LG_PAYMENT_INFO_MANDATE = 0x4606,
	LG_PAYMENT_INFO_CARD = 0x4607,

	LG_MANDATE_REFERENCE = 0x4701,
	LG_MANDATE_CREDITOR_ID = 0x4702,
	LG_MANDATE_ACCOUNT = 0x4703,

	LG_CARD_NUMBER = 0x4801,
	LG_CARD_HOLDER = 0x4802,
	LG_CARD_NETWORK = 0x4803,

	LG_ALLOWANCE_AMOUNT = 0x4901,
	LG_ALLOWANCE_BASE = 0x4902,
	LG_ALLOWANCE_PERCENT = 0x4903,
	LG_ALLOWANCE_REASON = 0x4904,
	LG_ALLOWANCE_REASON_CODE = 0x4905,
	LG_ALLOWANCE_TAX_CATEGORY = 0x4906,
	LG_ALLOWANCE_TAX_RATE = 0x4907,

	LG_TAX_CATEGORY = 0x4a01,
	LG_TAX_RATE = 0x4a02,
	LG_TAX_BASE = 0x4a03,
	LG_TAX_AMOUNT = 0x4a04,
	LG_TAX_EXEMPTION_REASON = 0x4a05,
	LG_TAX_EXEMPTION_CODE = 0x4a06,

	LG_TOTALS_LINES = 0x4b01,
	LG_TOTALS_ALLOWANCES = 0x4b02,
	LG_TOTALS_CHARGES = 0x4b03,
	LG_TOTALS_NET = 0x4b04,
	LG_TOTALS_TAX = 0x4b05,
	LG_TOTALS_TAX_IN_TAX_CURRENCY = 0x4b06,
	LG_TOTALS_GROSS = 0x4b07,
	LG_TOTALS_PREPAID = 0x4b08,
	LG_TOTALS_ROUNDING = 0x4b09,
	LG_TOTALS_PAYABLE = 0x4b0a,

	LG_LINE_ID = 0x4c01,
	LG_LINE_NOTE = 0x4c02,
	LG_LINE_OBJECT = 0x4c03,
	LG_LINE_QUANTITY = 0x4c04,
	LG_LINE_UNIT = 0x4c05,
	LG_LINE_NET = 0x4c06,
	LG_LINE_ORDER_LINE = 0x4c07,
	LG_LINE_ACCOUNTING_REFERENCE = 0x4c08,
	LG_LINE_PERIOD = 0x4c09,
	LG_LINE_ALLOWANCES = 0x4c0a,
	LG_LINE_CHARGES = 0x4c0b,
	LG_LINE_PRICE = 0x4c0c,
	LG_LINE_PRICE_DISCOUNT = 0x4c0d,
	LG_LINE_PRICE_GROSS = 0x4c0e,
	LG_LINE_PRICE_QUANTITY = 0x4c0f,
	LG_LINE_PRICE_UNIT = 0x4c10,
	LG_LINE_TAX_CATEGORY = 0x4c11,
	LG_LINE_TAX_RATE = 0x4c12,
	LG_LINE_ITEM = 0x4c13,

	LG_PERIOD_START = 0x4d01,
	LG_PERIOD_END = 0x4d02,

	LG_ITEM_NAME = 0x4e01,
	LG_ITEM_DESCRIPTION = 0x4e02,
	LG_ITEM_SELLER_ID = 0x4e03,
	LG_ITEM_BUYER_ID = 0x4e04,
	LG_ITEM_STANDARD_ID = 0x4e05,
	LG_ITEM_ORIGIN_COUNTRY = 0x4e06,
	LG_ITEM_CLASSIFICATIONS = 0x4e07,
	LG_ITEM_ATTRIBUTES = 0x4e08,

	LG_ATTRIBUTE_NAME = 0x4f01,
	LG_ATTRIBUTE_VALUE = 0x4f02,

	LG_ATTACHMENT_ID = 0x5001,
	LG_ATTACHMENT_DESCRIPTION = 0x5002,
	LG_ATTACHMENT_URI = 0x5003,
	LG_ATTACHMENT_MIME_TYPE = 0x5004,
	LG_ATTACHMENT_FILENAME = 0x5005,
	LG_ATTACHMENT_CONTENT = 0x5006,

	LG_STATEMENT_BALANCE_TYPE = 0x5101,
	LG_STATEMENT_BALANCE_AMOUNT = 0x5102,
	LG_STATEMENT_BALANCE_CURRENCY = 0x5103,
	LG_STATEMENT_BALANCE_DATE = 0x5104,

	LG_BANK_CODE_DOMAIN = 0x5201,
	LG_BANK_CODE_FAMILY = 0x5202,
	LG_BANK_CODE_SUBFAMILY = 0x5203,
	LG_BANK_CODE_PROPRIETARY = 0x5204,
	LG_BANK_CODE_ISSUER = 0x5205,

	LG_COUNTERPARTY_NAME = 0x5301,
	LG_COUNTERPARTY_ACCOUNT = 0x5302,
	LG_COUNTERPARTY_BIC = 0x5303,
	LG_COUNTERPARTY_IDS = 0x5304,
	LG_COUNTERPARTY_ULTIMATE_NAME = 0x5305,
	LG_COUNTERPARTY_COUNTRY = 0x5306,
	LG_COUNTERPARTY_ADDRESS = 0x5307,

	LG_REMITTED_TYPE = 0x5401,
	LG_REMITTED_NUMBER = 0x5402,
	LG_REMITTED_DATE = 0x5403,
	LG_REMITTED_AMOUNT = 0x5404,
	LG_REMITTED_DUE_AMOUNT = 0x5405,
	LG_REMITTED_DISCOUNT = 0x5406,
	LG_REMITTED_CREDIT = 0x5407,

	LG_MONEY_AMOUNT = 0x5501,
	LG_MONEY_CURRENCY = 0x5502,

	LG_EXCHANGE_RATE = 0x5601,
	LG_EXCHANGE_FROM = 0x5602,
	LG_EXCHANGE_TO = 0x5603,
	LG_EXCHANGE_UNIT = 0x5604,

	LG_CHARGE_AMOUNT = 0x5701,
	LG_CHARGE_CURRENCY = 0x5702,
	LG_CHARGE_SIDE = 0x5703,
	LG_CHARGE_TYPE = 0x5704,
	LG_CHARGE_BEARER = 0x5705,
	LG_CHARGE_INCLUDED = 0x5706,

	LG_RETURN_CODE = 0x5801,
	LG_RETURN_TEXT = 0x5802,

	LG_BATCH_MESSAGE_ID = 0x5901,
	LG_BATCH_ID = 0x5902,
	LG_BATCH_COUNT = 0x5903,
	LG_BATCH_AMOUNT = 0x5904,
	LG_BATCH_SIDE = 0x5905,

	LG_FEE_KIND = 0x5a01,
	LG_FEE_AMOUNT = 0x5a02,
	LG_FEE_CURRENCY = 0x5a03,

	LG_COMPONENT_KIND = 0x5b01,
	LG_COMPONENT_ID = 0x5b02,
	LG_COMPONENT_AMOUNT = 0x5b03,
	LG_COMPONENT_FEE = 0x5b04,
	LG_COMPONENT_CURRENCY = 0x5b05,

	LG_LINK_KIND = 0x5c01,
	LG_LINK_ID = 0x5c02,
	LG_LINK_AMOUNT = 0x5c03,

	LG_PAID_AMOUNT = 0x5d01,
	LG_PAID_CURRENCY = 0x5d02,
	LG_PAID_RATE = 0x5d03,

	LG_DECIDED_BY = 0x5e01,
	LG_DECIDED_AT = 0x5e02,
	LG_DECIDED_REASON = 0x5e03,
	LG_DECIDED_APPROVED_BY = 0x5e04,

	LG_ADJUSTMENT_REASON = 0x5f01,
	LG_ADJUSTMENT_AMOUNT = 0x5f02,
	LG_ADJUSTMENT_TAX = 0x5f03,

	LG_VOUCHER_LINE_ACCOUNT = 0x6001,
	LG_VOUCHER_LINE_DEBIT = 0x6002,
	LG_VOUCHER_LINE_CREDIT = 0x6003,
	LG_VOUCHER_LINE_CURRENCY = 0x6004,
	LG_VOUCHER_LINE_AMOUNT_CURRENCY = 0x6005,
	LG_VOUCHER_LINE_RATE = 0x6006,
	LG_VOUCHER_LINE_VAT_CODE = 0x6007,
	LG_VOUCHER_LINE_PARTY = 0x6008,
	LG_VOUCHER_LINE_INVOICE = 0x6009,
	LG_VOUCHER_LINE_TEXT = 0x600a,
	LG_VOUCHER_LINE_DIMENSIONS = 0x600b,
	LG_VOUCHER_LINE_QUANTITY = 0x600c,
	LG_VOUCHER_LINE_ROLE = 0x600d,
	LG_VOUCHER_LINE_DATE = 0x600e,
	LG_VOUCHER_LINE_SIGNATURE = 0x600f,
	LG_VOUCHER_LINE_MARK = 0x6010,

	LG_EXTERNAL_ID = 0x6101,
	LG_EXTERNAL_SERIES = 0x6102,
	LG_EXTERNAL_YEAR = 0x6103,
	LG_EXTERNAL_STATUS = 0x6104,

	LG_INSTALMENT_NO = 0x6201,
	LG_INSTALMENT_DUE_DATE = 0x6202,
	LG_INSTALMENT_AMOUNT = 0x6203,
	LG_INSTALMENT_PAID = 0x6204,

	LG_FINANCIAL_YEAR_NO = 0x6301,
	LG_FINANCIAL_YEAR_START = 0x6302,
	LG_FINANCIAL_YEAR_END = 0x6303,

	LG_LEDGER_ACCOUNT_NUMBER = 0x6401,
	LG_LEDGER_ACCOUNT_NAME = 0x6402,
	LG_LEDGER_ACCOUNT_TYPE = 0x6403,
	LG_LEDGER_ACCOUNT_UNIT = 0x6404,
	LG_LEDGER_ACCOUNT_SRU = 0x6405,

	LG_DIMENSION_NO = 0x6501,
	LG_DIMENSION_NAME = 0x6502,
	LG_DIMENSION_PARENT = 0x6503,

	LG_DIMENSION_OBJECT_DIMENSION = 0x6601,
	LG_DIMENSION_OBJECT_NO = 0x6602,
	LG_DIMENSION_OBJECT_NAME = 0x6603,
};
/* @end@ */

#define LG_KIND_BIT(kind) ((uint64_t)1 << (kind))

/* Reading a field that is absent gives the empty view, false, NULL or 0.  Reading or setting a field that is not of the
   function's type, or not a field of this object, is a bug of the plugin: the hub reports it and ends the job.
   Texts and objects that are returned are borrowed from the record. */
struct lg_records {
	uint32_t size;
	uint16_t (*kind)(const struct lg_rec *);
	bool (*has)(const struct lg_rec *, uint16_t field);
	lg_str (*str)(const struct lg_rec *, uint16_t field);
	bool (*dec)(const struct lg_rec *, uint16_t field, lg_dec *out); /* amounts too */
	bool (*date)(const struct lg_rec *, uint16_t field, lg_date *out);
	bool (*time)(const struct lg_rec *, uint16_t field, lg_time *out);
	bool (*integer)(const struct lg_rec *, uint16_t field, int64_t *out);
	bool (*boolean)(const struct lg_rec *, uint16_t field); /* false when absent */
	size_t (*count)(const struct lg_rec *, uint16_t field); /* elements of a list; 1 or 0 for others */
	const struct lg_rec *(*obj)(const struct lg_rec *, uint16_t field);
	const struct lg_rec *(*obj_at)(const struct lg_rec *, uint16_t field, size_t i);
	lg_str (*str_at)(const struct lg_rec *, uint16_t field, size_t i);
	/* Setting replaces.  Values are copied.  An empty text unsets. */
	void (*set_str)(struct lg_rec *, uint16_t field, lg_str);
	void (*set_dec)(struct lg_rec *, uint16_t field, lg_dec);
	void (*set_date)(struct lg_rec *, uint16_t field, lg_date);
	void (*set_time)(struct lg_rec *, uint16_t field, lg_time);
	void (*set_int)(struct lg_rec *, uint16_t field, int64_t);
	void (*set_bool)(struct lg_rec *, uint16_t field, bool);
	void (*add_str)(struct lg_rec *, uint16_t field, lg_str);
	/* A list gets a new last element; a single object is made on first use and returned again afterwards. */
	struct lg_rec *(*add_obj)(struct lg_rec *, uint16_t field);
	void (*unset)(struct lg_rec *, uint16_t field);
	/* Adds to `to` every field of `from`; both must be of the same object type. */
	void (*copy)(struct lg_rec *to, const struct lg_rec *from);
	/* Equal for transactions that only `occurrence` can tell apart: a format numbers those of a statement from 1.  For
	   counting while reading one input, not for keeping; 0 for other kinds. */
	uint64_t (*line_key)(const struct lg_rec *);
};

/* ---- options ------------------------------------------------------------------------------------------------ */

/* A row of an option table describes one key of the YAML and the struct member it fills.  The hub parses, checks
   ranges, suggests names and documents from the same row; a plugin never sees YAML. */
enum lg_option_type {
	LG_T_STR,      /* lg_str */
	LG_T_INT,      /* int64_t, within min..max */
	LG_T_DEC,      /* lg_dec */
	LG_T_BOOL,     /* bool */
	LG_T_DURATION, /* int64_t milliseconds; written 500ms, 5s, 2m, 1h, 3d */
	LG_T_SIZE,     /* int64_t bytes; written 64KiB, 10MiB, 1GiB */
	LG_T_DATE,     /* lg_date */
	LG_T_PATH,     /* lg_str; made absolute against the folder of the file that says it */
	LG_T_CHOICE,   /* int64_t; index into `choices`, a text like "keep|move|delete" */
	LG_T_SECRET,   /* lg_str; never printed */
	LG_T_LIST,     /* struct lg_list of lg_str; a single text is a list of one */
	LG_T_MAP,      /* struct lg_map, text to text */
	LG_T_EXPR,     /* struct lg_expr *; CEL over the records the plugin sees, giving `result` */
	LG_T_EXPRS,    /* struct lg_expr_map: field path to CEL of that field's type */
	LG_T_TEMPLATE, /* struct lg_template *; text with {field} in it */
	LG_T_OBJ,      /* a struct inside the struct, described by `sub` */
	LG_T_OBJS,     /* struct lg_objs: a list of such structs */
	LG_T_OBJMAP,   /* struct lg_objs: a map of such structs, whose first member is an lg_str that gets the key */
	LG_T_PATHS,    /* struct lg_list of lg_str; each made absolute; a single text is a list of one */
	LG_T_PATH_TEMPLATE /* struct lg_path; a path with {field} in it, made absolute */
};

enum lg_expr_result { LG_X_BOOL, LG_X_STR, LG_X_DEC, LG_X_DATE, LG_X_DYN };

struct lg_expr;
struct lg_template;
struct lg_list { const lg_str *items; size_t count; };
struct lg_pair { lg_str key, value; };
struct lg_map { const struct lg_pair *items; size_t count; };
struct lg_expr_item { lg_str path; const struct lg_expr *expr; };
struct lg_expr_map { const struct lg_expr_item *items; size_t count; };
struct lg_path {
	const struct lg_template *name; /* of the whole path; NULL: the option is absent */
	lg_str text;                    /* the path as a template */
	lg_str folder;                  /* what stands before the first field, up to its last slash, without it */
	bool fixed;                     /* no field in it */
};
struct lg_objs { const void *items; size_t count; }; /* elements of the sub table's struct_size */

struct lg_options;

struct lg_option {
	const char *name;
	enum lg_option_type type;
	bool required;
	bool file; /* OBJ, OBJS, OBJMAP: a text here names a YAML file that holds the value */
	size_t offset;
	const char *dflt; /* as one would write it in YAML; NULL: zero, or required */
	int64_t min, max; /* both 0: no range; for texts the length */
	const char *choices;
	const struct lg_options *sub;
	enum lg_expr_result result;
	const char *unit; /* "kronor", "days", ... for the docs */
	const char *doc;  /* one line */
};

struct lg_options {
	uint32_t row_size, count; /* sizeof(struct lg_option) of the plugin's build, and rows */
	const struct lg_option *rows;
	size_t struct_size;
};

#define LG_OPTION(st, member, t, ...) \
	{ .name = #member, .type = (t), .offset = offsetof(st, member), __VA_ARGS__ }
#define LG_OPTIONS(st, rows_array) \
	{ sizeof(struct lg_option), sizeof(rows_array) / sizeof((rows_array)[0]), (rows_array), sizeof(st) }

struct lg_host;

/* Where check() says what is wrong.  `member` points at the value inside the config struct (or inside one of its lists):
   the hub finds file, line and column by that address.  Several may be reported; any makes the config invalid. */
struct lg_ledger;
struct lg_report {
	uint32_t size;
	void (*error)(const struct lg_report *, const void *member, const char *fmt, ...)
		__attribute__((format(printf, 3, 4)));
	const struct lg_host *host; /* its functions for any thread; NULL: none at hand */
	/* What host->load() and host->ledgers() give at run time, for judging it beforehand; both may be NULL.  load() reports
	   by itself what is wrong with the file and then returns NULL; error() takes addresses inside what it returned. */
	const void *(*load)(const struct lg_report *, const struct lg_options *, lg_str path);
	size_t (*ledgers)(const struct lg_report *, const struct lg_ledger **out);
};

struct lg_instance; /* the hub's side of one configured format, step or connector */

/* ---- formats: bytes to records and records to bytes --------------------------------------------------------- */

/* Pure: no clock, no network, no files.  The same bytes and options give the same records. */
struct lg_read {
	uint32_t size;
	const struct lg_host *host;
	void *job; /* the handle for the functions below and for host->rec_new */
	const void *config;
	lg_str name; /* of the file or message, for messages only */
	/* The next bytes, borrowed until the next call; empty at the end of the input. */
	lg_str (*next)(void *job);
	/* Takes the record.  `offset` and `line` say where in the input it came from (0: unknown).
	   Returns LG_OK, or LG_CANCELED: then read() returns at once. */
	lg_status (*emit)(void *job, struct lg_rec *, uint64_t offset, uint32_t line);
	/* Something odd that does not stop the reading: kept with the document, shown by `records` and `why`. */
	void (*finding)(void *job, const char *id, uint32_t line, const char *fmt, ...)
		__attribute__((format(printf, 4, 5)));
	/* Why the input cannot be taken; read() then returns LG_REJECT and nothing of this input is taken. */
	void (*fail)(void *job, const char *id, uint32_t line, uint32_t column, const char *fmt, ...)
		__attribute__((format(printf, 5, 6)));
};

struct lg_write {
	uint32_t size;
	const struct lg_host *host;
	void *job;
	const void *config;
	/* The next record to write, borrowed until the next call; NULL at the end. */
	const struct lg_rec *(*next)(void *job);
	void (*put)(void *job, lg_str bytes); /* copied */
	/* Why the last record cannot be written; write() then returns LG_REJECT. */
	void (*fail)(void *job, const char *id, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
};

enum lg_format_flags {
	LG_F_LINES = 1,   /* every record stands alone: output may be appended to */
	LG_F_SINGLE = 2,  /* a file holds exactly one record */
	LG_F_BINARY = 4
};

struct lg_format {
	uint32_t size;
	const char *name, *doc;
	uint32_t flags;
	uint64_t reads, writes;     /* LG_KIND_BIT of the kinds; 0: cannot */
	const char *suffix;         /* of a file, with the dot */
	const struct lg_options *options; /* may be NULL */
	/* 0: not mine ... 100: certainly, judging by the first bytes (up to 4 KiB). */
	int (*sniff)(lg_str head);
	lg_status (*read)(const struct lg_read *);
	lg_status (*write)(const struct lg_write *);
	void (*check)(const void *config, const struct lg_report *); /* may be NULL */
	/* Field that must be equal in all records of one output file (SIE: LG_VOUCHER_COMPANY); 0: none. */
	uint16_t one_per_file;
};

/* ---- XML formats: one table of paths and fields, used to read and to write ------------------------------------- */

/* A dialect of XML is a tree of rows.  Each row ties a path to a field of the *current object*, or opens an object, a
   record or a group whose own rows then hold below its element.  host->xml_read streams a document through the table;
   host->xml_write walks the same rows in their order, which therefore is the order of the schema.

   Path: element names with the prefixes of lg_xml.spaces, relative to the element of the enclosing rows (document, at
   the top): "cac:Party/cbc:Name", "cbc:Amount/@currencyID", "@Ccy", "." (the element itself: its text).  In an element
   that has both, the rows of attributes stand before the row of the text.  A space whose `uri` ends in '*' stands for
   every namespace that begins so ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.*"); writing needs an exact one.

   Reading.  Texts are trimmed.  A value that is not of its field's type refuses the input, with the place.  A field that
   is not a list and gets a second, different value keeps the first: finding "xml.repeated".  Elements that no row names
   are counted, with all that is in them: finding "xml.unknown_element", once a path.  Attributes that no row names are
   passed over.  Several rows may have the same path: then each that opens (OBJECT, GROUP, RECORD) is a *variant*, and at
   the end of the element the first one whose conditions hold gets the content; none: finding "xml.no_variant".  The
   conditions are the CONST rows and the rows with LG_XML_FITS inside it.  A variant's hooks see an object that is not
   yet part of the record.

   Writing.  A row whose field is absent writes nothing.  A GROUP is written when a row in it has something to write, an
   OBJECT for each object that there is; CONST rows are written with what they stand in. */
enum lg_xml_kind {
	LG_XML_VALUE = 0, /* the text of an element or attribute is `field`; a list of texts gets one more */
	LG_XML_OBJECT,    /* the element is the object `field` (a list: a new one each time), described by `rows` */
	LG_XML_GROUP,     /* the element stands for nothing itself; `rows` are about the current object */
	LG_XML_RECORD,    /* the element is a record of the kind `field`, emitted at its end; may stand inside another */
	LG_XML_SCRATCH,   /* reading: an object `field` (enum lg_object or lg_kind) that is not kept: for `end` to judge */
	LG_XML_CONST,     /* `value` is written; when reading it must be there, else the enclosing rows do not fit */
	LG_XML_INCLUDE,   /* the `rows` stand in place of this row; no path */
	LG_XML_SKIP       /* known, with all that is in it, and not used */
};

enum lg_xml_form {
	LG_XML_FORM_AUTO = 0,  /* as the field's type has it in XML Schema: decimal, date, dateTime, true|false|1|0 */
	LG_XML_FORM_DATE8,     /* 20261125 */
	LG_XML_FORM_DATE_PART, /* the day of a date or a dateTime, as written there (no change of zone) */
	LG_XML_FORM_KEEP,      /* the text with its white space */
	LG_XML_FORM_MIXED      /* the text with that of all elements inside it */
};

enum lg_xml_flags {
	LG_XML_READ = 1,      /* for reading only */
	LG_XML_WRITE = 2,     /* for writing only; the element is known when reading */
	LG_XML_FITS = 4,      /* VALUE: one that has another currency than `currency`, or is not in `map`, does not fit */
	LG_XML_OPTIONAL = 8,  /* CONST: fits also when absent */
	LG_XML_NO_EMIT = 16,  /* RECORD: not emitted (its `end` has made what was to be made of it) */
	LG_XML_REQUIRED = 32, /* OBJECT, GROUP: when writing, the element is there even when nothing is in it; VALUE: even
	                         without a text when it has an attribute */
	LG_XML_LAST = 64,     /* VALUE: a second value replaces the first, without a finding */
	LG_XML_TAKEN = 128,   /* RECORD: its `end` takes it, and later emits it or drops it (host->rec_drop) */
	LG_XML_TOP = 256      /* VALUE: about the record, not the current object; in a variant it counts only when all
	                         conditions were met before it came */
};

struct lg_xml_row;

/* Where the reader stands when it calls a hook.  Borrowed. */
struct lg_xml_at {
	uint32_t size;
	const struct lg_read *read;
	void *ctx;                    /* as given to xml_read */
	const struct lg_xml_row *row; /* of this hook */
	struct lg_rec *rec;           /* the current object; at `start` and `end` the one that the row opened */
	struct lg_rec *top;           /* the record that it is in; NULL outside of every record */
	lg_str text;                  /* VALUE: trimmed */
	uint64_t offset;              /* RECORD: of its first byte; 0: unknown (not UTF-8) */
	uint32_t line;                /* of the element's start tag for start and end; of the end tag for a value */
	uint32_t column;
};

/* LG_OK: go on.  Else the reading ends with that status; for LG_REJECT call read->fail first.  A hook may emit records of
   its own (host->rec_new), and must change only the record that it is in. */
typedef lg_status lg_xml_hook(const struct lg_xml_at *);
/* Writing: the text of a row that no field says; empty: none.  Borrowed until the next call. */
typedef lg_str lg_xml_text(const struct lg_write *, const struct lg_rec *top, const struct lg_rec *current);

struct lg_xml_rows {
	uint32_t row_size, count;
	const struct lg_xml_row *rows;
};

struct lg_xml_row {
	const char *path;
	uint8_t kind;                   /* enum lg_xml_kind */
	uint8_t form;                   /* enum lg_xml_form */
	uint16_t flags;                 /* enum lg_xml_flags */
	uint16_t field;                 /* 0: `hook` and `text` alone know what it is */
	uint16_t in;                    /* the field stands in this single object of the current one (LG_INVOICE_TOTALS) */
	uint16_t outer;                 /* and that one in this single object of the current one */
	uint16_t currency;              /* the attribute lg_xml.currency_attribute is the value of this field of the record;
	                                   another one when reading: finding "xml.currency", and one for a record that
	                                   has none yet is taken; an AMOUNT with more decimals
	                                   than the currency has is kept: finding "xml.decimals" */
	uint16_t each;                  /* GROUP, OBJECT: written once for each object of this list of the object, whose own
	                                   OBJECT row inside then writes just that one */
	const char *value;              /* CONST; "true|1": the first is written, each fits */
	const char *map;                /* VALUE: "CRDT=credit|DBIT=debit": wire and record; others pass as they are */
	const struct lg_xml_rows *rows; /* OBJECT, GROUP, RECORD, SCRATCH, INCLUDE */
	lg_xml_hook *start;             /* OBJECT, GROUP, RECORD, SCRATCH */
	lg_xml_hook *hook;              /* the same: at the end (RECORD: before it is emitted); VALUE: instead of setting */
	lg_xml_text *text;              /* VALUE: when writing, instead of the field */
};

#define LG_XML_ROWS(array) { sizeof(struct lg_xml_row), sizeof(array) / sizeof((array)[0]), (array) }

struct lg_xml_space {
	const char *prefix; /* "" for the default namespace: names without a prefix, in paths and in what is written */
	const char *uri;    /* "": no namespace */
};

/* Constant for the life of the process: the hub compiles it once. */
struct lg_xml {
	uint32_t size;
	uint32_t space_count;
	const struct lg_xml_space *spaces;
	const struct lg_xml_rows *rows; /* of the document: paths begin at its root */
	const char *currency_attribute; /* may be NULL */
};

/* 0: the default. */
struct lg_xml_limits {
	uint32_t size;
	uint32_t depth;      /* of elements; 200 */
	uint64_t text;       /* bytes of one value; 256 MiB */
};

/* ---- payment references -------------------------------------------------------------------------------------- */

enum lg_reference_scheme {
	LG_REF_SE_OCR = 1,         /* Luhn, 2 to 25 digits */
	LG_REF_SE_OCR_LENGTH = 2,  /* the same with a length digit before the check digit */
	LG_REF_RF = 4,             /* ISO 11649 */
	LG_REF_NO_KID10 = 8,
	LG_REF_NO_KID11 = 16,
	LG_REF_FI = 32,
	LG_REF_CH_QR = 64,
	LG_REF_BE_OGM = 128,
	LG_REF_NL = 256
};

/* ---- steps: records in a flow ------------------------------------------------------------------------------- */

/* The handle of one transaction.  All that a step does through it is committed together with the flow's position, or
   not at all. */
struct lg_run;

/* A row of a state table.  Steps keep what they know in tables of records, shared by name across steps: `items` holds
   the open items.  `keys` are secondary keys: find() gives all rows that have one, ordered by (order, key). */
struct lg_row {
	lg_str key;
	const struct lg_rec *rec;
};

struct lg_index { lg_str name, value; };

struct lg_step {
	uint32_t size;
	const char *name, *doc;
	uint64_t takes; /* kinds it handles; others pass by untouched */
	uint64_t gives; /* kinds it emits besides what passes; 0: what it takes */
	const struct lg_options *options;
	size_t state_size;
	void (*check)(const void *config, const struct lg_report *);
	lg_status (*open)(void *state, const void *config, const struct lg_host *, struct lg_instance *); /* kept */
	/* One record, borrowed.  LG_OK: done.  LG_REJECT after host->explain: the record is parked and all that this call
	   did is undone.  LG_RETRY: the whole batch is done again later. */
	lg_status (*run)(void *state, struct lg_run *, const struct lg_rec *);
	/* The end of a batch, before its commit; may be NULL. */
	lg_status (*flush)(void *state, struct lg_run *);
	/* This batch, and maybe some before it, were undone and will be run again: forget what was kept in memory of records
	   and tables; may be NULL. */
	void (*reset)(void *state);
	void (*close)(void *state);
};

/* What the hub's config says of a client and of a ledger; texts kept. */
struct lg_client {
	uint32_t size;
	lg_str name, title, legal_id, vat_id, contract, currency;
	uint8_t year_start_month, year_start_day; /* the financial year; 1 and 1 when nothing was said */
	const struct lg_map *values;              /* every other key of the client's entry */
};

struct lg_ledger {
	uint32_t size;
	lg_str name, company, currency, series;
	bool each_client;      /* one set of books for each client */
	lg_str plan;           /* path with {contract} and the like still in it */
	lg_date closed_until;  /* last closed day; INT32_MIN: none */
	const lg_str *plans;   /* every path that `plan` stands for, with the clients there are; absolute */
	size_t plan_count;
	lg_str client;         /* the books of this client alone; empty: the firm's own, or each_client */
};

/* ---- connectors: other systems ------------------------------------------------------------------------------ */

/* One kind of change that a connector makes in the other system, and how sure it can be of it. */
struct lg_operation {
	uint32_t size;
	const char *name, *doc;
	uint64_t kinds;            /* records it delivers */
	bool repeatable;           /* sending again under the same key changes nothing ... */
	int64_t remembers_ms;      /* ... for this long; 0: forever */
	bool probes;               /* probe() can tell whether it happened ... */
	int64_t settles_within_ms; /* ... and "not there" counts this long after the deadline */
	int64_t deadline_ms;       /* of one delivery */
	uint32_t batch_max;        /* records in one deliver(); 0 and 1: one */
};

struct lg_effect {
	lg_str key;                /* of this effect: stable over restarts, different for each intended change */
	const struct lg_rec *rec;
	uint32_t attempt;          /* from 1 */
	lg_str remote_id;          /* what an earlier attempt or an `accepted` left */
};

/* One call of deliver() or probe(): effects of one operation, at most batch_max, kept until the last one is settled. */
struct lg_delivery {
	uint32_t size;
	uint32_t operation;        /* index into the connector's operations */
	uint32_t count;
	const struct lg_effect *effects;
};

enum lg_probe_answer { LG_PROBE_THERE, LG_PROBE_ABSENT, LG_PROBE_UNSURE };

struct lg_connector {
	uint32_t size;
	const char *name, *doc;
	const struct lg_options *options;
	size_t state_size;
	uint32_t operation_size, operation_count; /* stride and rows */
	const struct lg_operation *operations;
	void (*check)(const void *config, const struct lg_report *);
	lg_status (*open)(void *state, const void *config, const struct lg_host *, struct lg_instance *); /* kept */
	void (*pull)(void *state);  /* there is room: fetch; NULL: not a source */
	void (*deliver)(void *state, const struct lg_delivery *); /* NULL: not a destination */
	void (*probe)(void *state, const struct lg_delivery *);
	void (*close)(void *state); /* cancel what is pending; state lives until the last callback */
};

/* ---- the field table, for formats whose columns are configured ------------------------------------------------ */

enum lg_field_type {
	LG_FT_STR,
	LG_FT_AMOUNT,
	LG_FT_DEC,
	LG_FT_INT,
	LG_FT_BOOL,
	LG_FT_DATE,
	LG_FT_TIME,
	LG_FT_OBJ,
	LG_FT_OBJS,
	LG_FT_STRS,
	LG_FT_JSON
};

struct lg_field_info {
	uint32_t size;
	uint16_t id;
	uint16_t ref;  /* OBJ, OBJS: the object it holds */
	uint32_t type; /* enum lg_field_type */
	const char *name;
};

/* Why a text is not a record: one line, and the place inside the text (0: unknown). */
struct lg_text_error {
	uint32_t size;
	uint32_t line, column;
	char id[48];
	char message[1008]; /* with the hint behind it */
};

#define LG_DEC_TEXT 48 /* room that dec_text needs */

/* ---- what the hub lends ------------------------------------------------------------------------------------- */

struct lg_op; /* a pending call; dead once its callback has started */
typedef void lg_wake_fn(void *ctx, lg_status);

/* A document that a source hands in. */
struct lg_document {
	uint32_t size;
	lg_str name;        /* file name or message id, for people */
	lg_str external_id; /* the other system's id of it; empty: none */
	lg_time modified;   /* 0: unknown */
};

/* Outcome of a document, told when it is durable: LG_OK taken (or known already: `duplicate_of` names it), LG_REJECT
   parked, LG_CANCELED closing: hand it in again another time. */
typedef void lg_taken_fn(void *ctx, lg_status, lg_str duplicate_of);
typedef void lg_encoded_fn(void *ctx, lg_status, lg_str bytes, lg_str message);
typedef lg_status lg_job_fn(void *arg); /* runs on a worker: no host call but log() */

struct lg_host {
	uint32_t size;
	const struct lg_records *rec;

	/* any thread */
	void (*log)(struct lg_instance *, enum lg_level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

	/* jobs of formats and steps: a new record in the job's memory; `handle` is lg_read.job, lg_write.job or lg_run */
	struct lg_rec *(*rec_new)(void *handle, uint16_t kind);
	bool (*eval_bool)(void *handle, const struct lg_expr *, const struct lg_rec *, bool *out);
	bool (*eval_str)(void *handle, const struct lg_expr *, const struct lg_rec *, lg_str *out);
	bool (*eval_dec)(void *handle, const struct lg_expr *, const struct lg_rec *, lg_dec *out);
	/* Evaluates each expression over `from` and sets the field of `to` that its path names. */
	bool (*eval_set)(void *handle, const struct lg_expr_map *, const struct lg_rec *from, struct lg_rec *to);
	lg_str (*expand)(void *handle, const struct lg_template *, const struct lg_rec *);

	/* steps, with their run */
	/* Takes the record.  `key` is its business key: what makes it this record whenever the same input comes by
	   again.  Known with equal content: nothing new is journaled.  `cause` is the id of the record that it was made
	   from; empty: the one that run() got.  The id is set in the record on return. */
	lg_status (*emit)(struct lg_run *, struct lg_rec *, lg_str key, lg_str cause);
	/* Lets the record that run() got go on. */
	lg_status (*pass)(struct lg_run *);
	/* What this step made under that key before, its newest revision; NULL: nothing. */
	const struct lg_rec *(*made)(struct lg_run *, lg_str key);
	const struct lg_rec *(*get)(struct lg_run *, const char *table, lg_str key);
	/* Replaces the row and its index values. */
	void (*put)(struct lg_run *, const char *table, lg_str key, const struct lg_rec *, const struct lg_index *,
		    size_t index_count);
	void (*del)(struct lg_run *, const char *table, lg_str key);
	/* Up to `limit` rows with that index value, by key; returns how many; memory of the run. */
	size_t (*find)(struct lg_run *, const char *table, lg_str index, lg_str value, struct lg_row *out, size_t limit);
	/* The next of a gapless sequence, from 1. */
	int64_t (*number)(struct lg_run *, lg_str sequence);
	/* The record that run() got leaves the stream until one of the topics is woken (or a person releases it): then run()
	   gets it again.  `reason` is what `work` shows. */
	void (*wait)(struct lg_run *, const lg_str *topics, size_t count, const char *id, const char *reason);
	void (*wake)(struct lg_run *, const lg_str *topics, size_t count);
	/* Is this run() a second look at a record that waited? */
	bool (*again)(struct lg_run *);
	/* A person's decision about the record that run() got, a work_item whose `suggestions` hold it:
	   {"apply":[{"invoice":"F1","amount":"10.00"}],"on_account":"5.00"} or {"undo":"ALLOCATION"}; NULL: none. */
	const struct lg_rec *(*decision)(struct lg_run *);
	/* Why LG_REJECT will be returned, and what to do. */
	void (*explain)(struct lg_run *, const char *id, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
	/* A work item for a person that stops nothing: about `rec`, shown by `work`. */
	void (*finding)(struct lg_run *, const struct lg_rec *, const char *id, const char *fmt, ...)
		__attribute__((format(printf, 4, 5)));
	const struct lg_client *(*client)(struct lg_run *, lg_str name); /* NULL: no such client */
	size_t (*ledgers)(struct lg_run *, const struct lg_ledger **out);
	lg_date (*today)(struct lg_run *);
	/* Payment references, any thread: bits of enum lg_reference_scheme whose check digits `text` satisfies (separators
	   and prefixes as people write them are allowed).  `bare`: the characters that count, memory of the handle. */
	uint32_t (*reference)(void *handle, lg_str text, lg_str *bare);
	/* Is `id` a well-formed account or company number of that kind: "iban", "bic", "vat", "se_org", "gln", ... */
	bool (*identifier)(const char *kind, lg_str id);

	/* connectors, loop thread.  Each callback runs exactly once, never before the call that asked for it has returned;
	   after cancel() it still runs, with LG_CANCELED. */
	struct lg_op *(*timer)(struct lg_instance *, int64_t ms, lg_wake_fn *, void *ctx);
	struct lg_op *(*work)(struct lg_instance *, const char *name, lg_job_fn *, void *arg, lg_wake_fn *, void *ctx);
	/* Calls back at each change below the folder, until cancelled. */
	struct lg_op *(*watch)(struct lg_instance *, lg_str folder, lg_wake_fn *, void *ctx);
	void (*cancel)(struct lg_op *); /* NULL is fine, twice is fine */
	lg_time (*now)(struct lg_instance *);
	void (*random)(struct lg_instance *, void *bytes, size_t len);
	/* The connection cannot work: class and reason, shown by `status` and in the log. */
	void (*fail)(struct lg_instance *, lg_status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
	/* A document as an open file descriptor (taken) or as bytes (copied).  LG_FULL: nothing was taken, not even the
	   descriptor; pull() comes when there is room.  Otherwise on_taken runs once. */
	lg_status (*document_fd)(struct lg_instance *, const struct lg_document *, int fd, lg_taken_fn *, void *ctx);
	lg_status (*document_bytes)(struct lg_instance *, const struct lg_document *, lg_str bytes, lg_taken_fn *,
				    void *ctx);
	/* The source has nothing more just now; `run --once` ends when every source says so. */
	void (*idle)(struct lg_instance *);
	/* Small durable values of this connection: cursors.  get is borrowed until the next call. */
	lg_str (*cursor_get)(struct lg_instance *, lg_str name);
	void (*cursor_set)(struct lg_instance *, lg_str name, lg_str value);
	/* Result of effect i of a delivery; each exactly once.  The texts are copied.  delay_ms: earliest next attempt. */
	void (*settle)(struct lg_instance *, const struct lg_delivery *, uint32_t i, lg_status, lg_str remote_id,
		       lg_str message, int64_t delay_ms);
	void (*probed)(struct lg_instance *, const struct lg_delivery *, uint32_t i, enum lg_probe_answer,
		       lg_str remote_id, lg_str message);
	/* Renders a name template over an effect's record; kept until the delivery is settled.  In the values of fields,
	   slashes, control characters and a dot in front become '_': a value never leads to another folder. */
	lg_str (*name)(struct lg_instance *, const struct lg_template *, const struct lg_rec *);
	/* Records to bytes by the connection's format, in a job.  `history`: confirmed records of this connection whose
	   remote id is that text come first (a container with a fixed name is written whole). */
	struct lg_op *(*encode)(struct lg_instance *, const struct lg_rec *const *, size_t count, lg_str history,
				lg_encoded_fn *, void *ctx);
	const struct lg_format *(*format)(struct lg_instance *); /* of the connection; NULL: none */

	/* texts and the field table, any thread */
	uint16_t (*kind)(lg_str name); /* id of the record kind of that name; 0: there is none */
	/* The field of that name in a kind or object; false: there is none. */
	bool (*field)(uint16_t object, lg_str name, struct lg_field_info *out);
	const char *(*field_near)(uint16_t object, lg_str name); /* for "did you mean"; NULL */
	bool (*dec_parse)(lg_str, lg_dec *out);                  /* "-12.50", no exponent, no grouping */
	bool (*dec_add)(lg_dec, lg_dec, lg_dec *out);            /* false: does not fit */
	size_t (*dec_text)(lg_dec, int min_digits, char *out);   /* LG_DEC_TEXT bytes, with a NUL; returns the length */
	int (*currency_digits)(lg_str currency);                 /* 2 for unknown ones */
	bool (*date_make)(int year, int month, int day, lg_date *out); /* false: no such day */
	void (*date_parts)(lg_date, int *year, int *month, int *day);
	bool (*time_parse)(lg_str, lg_time *out);                /* RFC 3339 with Z or an offset */
	size_t (*time_text)(lg_time, char *out);                 /* 28 bytes, with a NUL */

	/* jobs of formats and steps: a record as one JSON object (no newline), and back, memory of the handle.  `kind` is
	   for a text that has no member "kind"; 0: required.  NULL: *error says why. */
	void (*json_write)(void *handle, const struct lg_rec *, void (*put)(void *handle, lg_str bytes));
	struct lg_rec *(*json_read)(void *handle, lg_str text, uint16_t kind, struct lg_text_error *error);

	/* formats: an XML document by its table.  Returns what read() of the format is to return: LG_OK, LG_REJECT after a
	   failure that has been told, LG_CANCELED, or the status of a hook.  `ctx` is for the hooks; limits may be NULL. */
	lg_status (*xml_read)(const struct lg_read *, const struct lg_xml *, const struct lg_xml_limits *, void *ctx);
	/* One record as a whole document.  `row`: the RECORD row of the top rows that it is to be written by. */
	lg_status (*xml_write)(const struct lg_write *, const struct lg_xml *, const struct lg_xml_row *row,
			       const struct lg_rec *);
	/* steps, with their run: the client whose legal id or VAT id that is (letters and digits compared; a country prefix and
	   the 01 behind a Swedish number may be missing); NULL: none, or more than one */
	const struct lg_client *(*client_by_id)(struct lg_run *, lg_str id);
	/* any thread: a YAML file read into the struct of an option table, as an option with `file` would be.  Kept; the
	   same pointer for the same path and table.  NULL: it cannot be read, and *why (kept) says where and why. */
	const void *(*load)(struct lg_instance *, const struct lg_options *, lg_str path, lg_str *why);
	bool (*dec_mul_round)(lg_dec, lg_dec, int digits, lg_dec *out); /* half away from zero */
	bool (*dec_div_round)(lg_dec, lg_dec, int digits, lg_dec *out); /* false also for a divisor of 0 */
	size_t (*client_count)(struct lg_run *); /* clients of the config; 0: the books of one company */
	/* jobs of formats: gives back a record of rec_new, or one taken from xml_read, that will not be emitted */
	void (*rec_drop)(void *handle, struct lg_rec *);
	/* connectors, loop thread: nothing outside of the hub may be changed in this run, a source not either (a file is
	   not moved, a message not marked as read); deliver() is not called then */
	bool (*rehearsal)(struct lg_instance *);
	/* any thread: does a document of that type (UNTDID 1001) lower what is owed, as EN 16931 sorts them? */
	bool (*is_credit_note)(lg_str type);
};

/* ---- the plugin --------------------------------------------------------------------------------------------- */

struct lg_plugin { /* constant data, judged before any code of the plugin runs */
	uint32_t size;
	uint16_t abi_major, abi_minor;
	const char *name, *version, *doc;
	/* Each table has its stride, so that appending a member breaks no older plugin. */
	uint32_t format_size, format_count;
	const struct lg_format *formats;
	uint32_t step_size, step_count;
	const struct lg_step *steps;
	uint32_t connector_size, connector_count;
	const struct lg_connector *connectors;
};

#ifndef LG_PLUGIN_SYMBOL
#define LG_PLUGIN_SYMBOL lg_plugin
#endif
extern const struct lg_plugin LG_PLUGIN_SYMBOL __attribute__((visibility("default")));

#define LG_PLUGIN_HEAD(n, v, d) \
	.size = sizeof(struct lg_plugin), .abi_major = LG_ABI_MAJOR, .abi_minor = LG_ABI_MINOR, .name = (n), \
	.version = (v), .doc = (d)

#ifdef __cplusplus
}
#endif
