// Writes each query in each peer's dialect as a JSON body: OUT/<peer>/<query>.json.
// usage: node queries.mjs OUT   (DATABASE_URL of the seeded database is not needed: ids are md5-derived)
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";

const uid = (kind, n) => createHash("md5").update(kind + n).digest("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
export const ids = {
  leaf: uid("account", 10000 + 3906), tree: uid("account", 10001), chain: uid("account", 1),
  wide: uid("account", 60000), org: uid("org", 1),
};
// Our ids are TypeIDs: the same 128 bits in Crockford's base 32, behind the kind.
const typeID = (prefix, uuid) => {
  let bits = BigInt("0x" + uuid.replaceAll("-", "")), text = "";
  for (let i = 0; i < 26; i++, bits >>= 5n) text = "0123456789abcdefghjkmnpqrstvwxyz"[Number(bits & 31n)] + text;
  return `${prefix}_${text}`;
};
const acc = (uuid) => typeID("acc", uuid);
// Each request of Q8 writes another name: @N@ stands for a number that post.lua and measure.sh count up.
const newName = "Renamed @N@";
const nest = (depth, leaf, wrap) => depth === 0 ? leaf : `${leaf} ${wrap(nest(depth - 1, leaf, wrap))}`;

// A dialect says how to start at an account, list accounts, step to children, contacts and parent.
const plain = { full: "name primaryDomain status classification health industry employees", four: "name status health employees" };
const dialects = {
  plain: {
    ...plain,
    id: "id",
    account: (id, s) => `{ account(id: "${id}") { ${s} } }`,
    list: (n, s) => `{ accounts(organizationId: "${ids.org}", status: "ACTIVE", first: ${n}) { ${s} } }`,
    children: (n, s) => `children(first: ${n}) { ${s} }`,
    contacts: (n, s) => `contacts(first: ${n}) { ${s} }`,
    parent: (s) => `parent { ${s} }`,
    rename: (id, name) => `mutation { renameAccount(id: "${id}", name: "${name}") { id name } }`,
  },
  postgraphile: {
    ...plain,
    id: "rowId",
    account: (id, s) => `{ accountByRowId(rowId: "${id}") { ${s} } }`,
    list: (n, s) => `{ allAccounts(condition: {organizationId: "${ids.org}", status: "ACTIVE"}, orderBy: [NAME_ASC], first: ${n}) { nodes { ${s} } } }`,
    children: (n, s) => `accountsByParentId(first: ${n}, orderBy: [NAME_ASC]) { nodes { ${s} } }`,
    contacts: (n, s) => `contactsByAccountId(first: ${n}, orderBy: [LAST_NAME_ASC]) { nodes { ${s} } }`,
    parent: (s) => `accountByParentId { ${s} }`,
    rename: (id, name) => `mutation { updateAccountByRowId(input: {rowId: "${id}", accountPatch: {name: "${name}"}}) { account { rowId name } } }`,
  },
  accountgraph: {
    full: "name primaryDomain status { key } classification { key } health { key } industry { key } employees",
    four: "name status { key } health { key } employees",
    id: "id",
    account: (id, s) => `{ account(id: "${acc(id)}") { ${s} } }`,
    list: (n, s) => `{ accounts(filter: { status: { in: ["ACTIVE"] } }, first: ${n}) { nodes { ${s} } } }`,
    children: (n, s) => `children(first: ${n}) { nodes { ${s} } }`,
    contacts: (n, s) => `contacts(first: ${n}) { nodes { ${s} } }`,
    parent: (s) => `parent { ${s} }`,
    rename: (id, name) => `mutation { updateAccount(id: "${acc(id)}", input: { name: "${name}" }) { account { id name } } }`,
  },
};
const queries = (d) => {
  const person = `${d.id} firstName lastName email`;
  return {
    Q1_one: d.account(ids.tree, `${d.id} ${d.full}`),
    Q2_up5: d.account(ids.leaf, nest(5, `${d.id} ${d.four}`, d.parent)),
    Q3a_tree781: d.account(ids.tree, nest(4, `${d.id} ${d.four}`, (s) => d.children(100, s))),
    Q3b_tree3906: d.account(ids.tree, nest(5, `${d.id} ${d.four}`, (s) => d.children(100, s))),
    Q4_tree156_contacts: d.account(ids.tree, nest(3, `${d.id} ${d.four} ${d.contacts(3, person)}`, (s) => d.children(100, s))),
    Q5_list50: d.list(50, `${d.id} ${d.four} ${d.parent(`${d.id} name`)} ${d.contacts(3, person)}`),
    Q6_chain50: d.account(ids.chain, nest(50, `${d.id} name`, (s) => d.children(10, s))),
    Q7_wide1000: d.account(ids.wide, `${d.id} name ${d.children(1000, `${d.id} ${d.four}`)}`),
    Q8_rename: d.rename(ids.leaf, newName),
  };
};
// What a gateway asks of a subgraph: a hundred references, of which each becomes five fields. Only for servers that are subgraphs.
const hundred = Array.from({ length: 100 }, (_, i) => uid("account", 10001 + i));
const entities = (d, idOf) => ({
  query: `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Account { ${d.id} ${d.four} } } }`,
  variables: { representations: hundred.map((id) => ({ __typename: "Account", id: idOf(id) })) },
});
const out = process.argv[2];
const write = (peer, name, request) => {
  mkdirSync(`${out}/${peer}`, { recursive: true });
  writeFileSync(`${out}/${peer}/${name}.json`, JSON.stringify(request));
};
if (out) {
  for (const [peer, dialect] of Object.entries({ postgraphile: "postgraphile", mercurius: "plain", yoga: "plain", accountgraph: "accountgraph" })) {
    for (const [name, query] of Object.entries(queries(dialects[dialect]))) write(peer, name, { query });
  }
  write("subgraph", "E1_entities100", entities(dialects.plain, (id) => id));
  write("accountgraph", "E1_entities100", entities(dialects.accountgraph, acc));
}
