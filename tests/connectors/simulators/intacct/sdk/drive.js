// What a program written with the SDK does, against the simulator whose address it is given. Prints what it saw as JSON.
"use strict";
const sdk = require("@intacct/intacct-sdk");
const Endpoint = require("@intacct/intacct-sdk/dist/Credentials/Endpoint").default;

Endpoint.isDomainValid = () => true; // it takes addresses below intacct.com only
const { AccountsReceivable: AR, Common } = sdk.Functions;
const { Query } = Common.NewQuery;
const { Field } = Common.NewQuery.QuerySelect;

const make = (kind, values) => Object.assign(new kind(), values);
const day = (number) => new Date(2026, 0, number);
const signIn = (url, userPassword) =>
  sdk.SessionProvider.factory(
    make(sdk.ClientConfig, {
      endpointUrl: url, senderId: "sender-1", senderPassword: "sender-secret", companyId: "COMPANY1",
      userId: "xml_gateway", userPassword,
    }),
  );
const wordsOf = async (promise) => promise.then(() => null, (error) => ({ message: error.message, errors: error.errors }));

async function main(url) {
  const session = await signIn(url, "user-secret");
  const client = new sdk.OnlineClient(session);
  const run = async (kind, values) => (await client.execute(make(kind, values))).getResult();

  const customer = { customerId: "J1", customerName: "Jórvík Ltd", printAs: "Jórvík Ltd", paymentTerm: "N30" };
  const made = await run(AR.CustomerCreate, customer);
  const lines = [100.5, 20].map((amount) =>
    make(AR.InvoiceLineCreate, { glAccountNumber: "4000", transactionAmount: amount }));
  const invoice = await run(AR.InvoiceCreate, {
    customerId: "J1", transactionDate: day(5), paymentTerm: "N30", invoiceNumber: "J-1", transactionCurrency: "USD", lines,
  });
  const credit = await run(AR.ArAdjustmentCreate, {
    customerId: "J1", transactionDate: day(6), adjustmentNumber: "JC-1",
    lines: [make(AR.ArAdjustmentLineCreate, { glAccountNumber: "4000", transactionAmount: -30 })],
  });
  const item = (amount) => make(AR.ArPaymentItem, { applyToRecordId: Number(invoice.key), amountToApply: amount });
  await run(AR.ArPaymentApply, { recordNo: Number(credit.key), receivedDate: day(7), applyToTransactions: [item(30)] });
  await run(AR.ArPaymentCreate, {
    customerId: "J1", transactionPaymentAmount: 50, bankAccountId: "BOFA1435", receivedDate: day(8), paymentMethod: "Cash",
    applyToTransactions: [item(50)],
  });
  await run(AR.CustomerUpdate, { customerId: "J1", comments: "By the SDK" });

  const fields = ["RECORDID", "STATE", "TRX_TOTALDUE"];
  const found = await run(Common.ReadByQuery, { objectName: "ARINVOICE", fields, query: "CUSTOMERID = 'J1'" });
  const queried = await run(Query, {
    fromObject: "CUSTOMER", selectFields: ["NAME", "TERMNAME", "COMMENTS", "DISPLAYCONTACT.PRINTAS"].map((name) => new Field(name)),
  });
  return {
    endpoint: session.endpointUrl,
    customer: made.data,
    invoices: found.data,
    counted: [found.listType, found.totalCount, found.numRemaining],
    customers: queried.data,
    taken: await wordsOf(run(AR.CustomerCreate, customer)),
    empty: await wordsOf(run(AR.InvoiceCreate, { customerId: "J1", transactionDate: day(5), paymentTerm: "N30", lines: [] })),
    stranger: await wordsOf(signIn(url, "wrong")),
  };
}

main(process.argv[2]).then(
  (seen) => process.stdout.write(JSON.stringify(seen)),
  (error) => { console.error(error); process.exitCode = 1; },
);
