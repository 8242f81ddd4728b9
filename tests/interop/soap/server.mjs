// The population database as the npm package "soap" understands its WSDL: node server.mjs WSDL
// Prints one line "ready PORT"; then each request as one line of JSON.
import http from "node:http";
import { readFileSync } from "node:fs";
import soap from "soap";

const wsdl = process.argv[2];
const person = {
  SoDinhDanh: "044085999001",
  SoCMND: "194999001",
  HoVaTen: { Ho: "", ChuDem: "", Ten: "NGUYỄN VĂN MẪU" },
  GioiTinh: "1",
  NgayThangNamSinh: { Nam: "1985", NgayThangNam: "19850412" },
  QuocTich: "",
  ThuongTru: { MaTinhThanh: "44", MaPhuongXa: "18859", ChiTiet: "TỔ 3 & 4 <MẪU>", QuocGia: "VN" },
};
const found = { CongDan: [person] };
// The package writes an element that a wrapper refers to in the wrapper's own namespace; a prefix tells it the right one.
const under = (prefix, tree) =>
  Array.isArray(tree)
    ? tree.map((one) => under(prefix, one))
    : typeof tree === "object"
      ? Object.fromEntries(Object.entries(tree).map(([name, value]) => [`${prefix}:${name}`, under(prefix, value)]))
      : tree;
const household = { TonTai: true, ThanhVien: [{ SoDinhDanh: "044188999002", TonTai: false }] };

const tell = (operation, args) => process.stdout.write(JSON.stringify({ operation, args }) + "\n");
const knows = (args) => args.SoDinhDanh === person.SoDinhDanh;
const asks = (operation, answer) => (args) => {
  tell(operation, args);
  return answer(args);
};

const services = {
  CitizenDbService: {
    CitizenDbXRoad: {
      TraCuuThongTinCongDan: asks("xroad/lookup", (args) => under("dc", { CongdanCollection: knows(args) ? found : {} })),
      XacThucThongTinCongDan: asks("xroad/verify", (args) => ({ TonTai: knows(args) })),
      XacThucThongTinHoGiaDinh: asks("xroad/household", () => ({ KetQuaXacThucHoGiaDinh: household })),
    },
    CitizenDbDirect: {
      TraCuuThongTinCongDan: asks("direct/lookup", (args) => (knows(args) ? found : {})),
      XacThucThongTinCongDan: asks("direct/verify", (args) => ({ TonTai: knows(args) })),
      XacThucThongTinHoGiaDinh: asks("direct/household", () => household),
    },
  },
};

const text = (name, value) => `<xrd:${name}>${value}</xrd:${name}>`;
const identifier = (name, { attributes, ...parts }) => {
  const inside = Object.entries(parts).map(([part, value]) => `<id:${part}>${value}</id:${part}>`);
  const kind = Object.entries(attributes).find(([key]) => key.endsWith("objectType"))[1];
  return `<xrd:${name} id:objectType="${kind}">${inside.join("")}</xrd:${name}>`;
};
const echoed = (_operation, _args, headers) => {
  if (!headers?.id) return "";
  const blocks = Object.entries(headers).map(([name, value]) =>
    name === "client" || name === "service" ? identifier(name, value) : text(name, value),
  );
  const spaces = 'xmlns:xrd="http://x-road.eu/xsd/xroad.xsd" xmlns:id="http://x-road.eu/xsd/identifiers"';
  return blocks.map((block) => block.replace(/^<([\w:]+)/, `<$1 ${spaces}`)).join("");
};

const server = http.createServer((_request, response) => response.writeHead(404).end());
const listening = (path) =>
  new Promise((ready, failed) => {
    const xml = readFileSync(wsdl, "utf8");
    const callback = (failure) => (failure ? failed(failure) : ready());
    soap.listen(server, { path, services, xml, uri: wsdl, callback }).addSoapHeader(echoed);
  });

server.listen(0, "127.0.0.1", async () => {
  await listening("/xroad");
  await listening("/direct");
  process.stdout.write(`ready ${server.address().port}\n`);
});
