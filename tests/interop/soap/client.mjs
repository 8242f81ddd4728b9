// Asks a population database through the npm package "soap": node client.mjs WSDL ADDRESS xroad|direct REQUEST
// REQUEST is JSON: {operation, fields, headers (blocks as XML), http (headers)}. Prints the answer as JSON.
import soap from "soap";

const [wsdl, address, port, asked] = process.argv.slice(2);
const { operation, fields, headers = [], http = {} } = JSON.parse(asked);
const name = port === "xroad" ? "CitizenDbXRoad" : "CitizenDbDirect";

const client = await soap.createClientAsync(wsdl, { endpoint: address });
for (const block of headers) client.addSoapHeader(block);

client.CitizenDbService[name][operation](
  fields,
  (failure, result) => {
    const fault = failure?.root?.Envelope?.Body?.Fault;
    process.stdout.write(JSON.stringify(failure ? { fault: fault ?? String(failure) } : { result }) + "\n");
  },
  {},
  http,
);
