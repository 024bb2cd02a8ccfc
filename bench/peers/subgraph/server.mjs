// Apollo's own subgraph server, @apollo/subgraph, on GraphQL Yoga + dataloader + pg: entities for a gateway.
import { createServer } from "node:http";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { createYoga } from "graphql-yoga";
import { parse } from "graphql";
import DataLoader from "dataloader";
import pg from "pg";
import { sql } from "../sql.mjs";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const accounts = async (ids) => {
  const { rows } = await pool.query({ name: "byId", text: sql.accountsByIds, values: [ids] });
  const by = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => by.get(id) ?? null);
};
const yoga = createYoga({
  graphiql: false, logging: false,
  context: () => ({ account: new DataLoader(accounts) }),
  schema: buildSubgraphSchema({
    typeDefs: parse(`
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
      type Query { account(id: ID!): Account }
      type Account @key(fields: "id") { id: ID! name: String! status: String! health: String! employees: Int! }
    `),
    resolvers: {
      Query: { account: (_, { id }, c) => c.account.load(id) },
      Account: { __resolveReference: ({ id }, c) => c.account.load(id) },
    },
  }),
});
createServer(yoga).listen(Number(process.env.PORT), "127.0.0.1");
