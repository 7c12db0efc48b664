"""What was applied to an invoice, as it comes along with the invoice: the application and what it comes from in one."""

from __future__ import annotations

from typing import Any

from arhub.exports.values import as_given
from arhub.models import Application
from ingestion.sage_network.ids import Kind, uuid_of
from ingestion.sage_network.read.properties import Context


def payment_detail(application: Application, context: Context) -> dict[str, Any]:
    payment = application.payment
    return {
        "groupKey": context.group,
        "baseCurrencyCode": context.tenant.currency,
        "currencyCode": payment and payment.currency,
        "paymentAppliedId": uuid_of(Kind.PAYMENT_APPLIED, application.pk),
        "invoiceId": uuid_of(Kind.INVOICE, application.document_id),
        "paymentId": application.payment_id and uuid_of(Kind.PAYMENT, application.payment_id),
        "applyToInvoiceDate": application.applied_date,
        "paymentAppliedAmount": application.amount,
        "baseCurrencyPaymentAppliedAmount": None,
        "referenceCode": payment and payment.reference,
        "companyId": payment and uuid_of(Kind.COMPANY, payment.account_id),
        "paymentAmount": payment and payment.amount,
        "unappliedAmount": payment and payment.open_amount,
        "baseCurrencyPaymentAmount": payment and payment.base_currency_amount,
        "baseCurrencyUnappliedAmount": payment and payment.base_currency_unapplied_amount,
    }


def credit_memo_detail(application: Application, context: Context) -> dict[str, Any]:
    memo = application.credit_memo

    def amount(attribute: str) -> Any:
        return memo and as_given(getattr(memo, attribute), memo.document_type, memo.given_sign)

    return {
        "groupKey": context.group,
        "baseCurrencyCode": context.tenant.currency,
        "currencyCode": memo and memo.currency,
        "creditMemoAppliedId": uuid_of(Kind.CREDIT_MEMO_APPLIED, application.pk),
        "invoiceId": uuid_of(Kind.INVOICE, application.document_id),
        "creditMemoInvoiceId": application.credit_memo_id and uuid_of(Kind.INVOICE, application.credit_memo_id),
        "applyToInvoiceDate": application.applied_date,
        "creditMemoAppliedAmount": application.amount,
        "baseCurrencyCreditMemoAppliedAmount": None,
        "referenceCode": memo and memo.number,
        "companyId": memo and memo.company_id and uuid_of(Kind.COMPANY, memo.company_id),
        "customerId": memo and uuid_of(Kind.COMPANY, memo.account_id),
        "invoiceStatusCode": memo and memo.status,
        "totalAmount": amount("total_amount"),
        "outstandingBalanceAmount": amount("outstanding_amount"),
        "baseCurrencyTotalAmount": amount("base_currency_total_amount"),
        "baseCurrencyOutstandingBalanceAmount": amount("base_currency_balance_due"),
    }
