/* eslint-disable */
import * as types from './graphql.js';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  fragment AccountLine on Account {\n    id\n    name\n    childCount\n  }\n": typeof types.AccountLineFragmentDoc,
    "\n  query Children($id: ID!, $first: Int, $after: Cursor) {\n    account(id: $id) {\n      id\n      name\n      children(first: $first, after: $after) {\n        totalCount\n        edges {\n          node {\n            ...AccountLine\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n": typeof types.ChildrenDocument,
    "\n  query Detail($id: ID!) {\n    account(id: $id) {\n      ...AccountLine\n      primaryDomain\n      annualRevenue {\n        amount\n        currency\n      }\n      billingAddress {\n        city\n        country\n      }\n      metadata\n      updatedAt\n    }\n  }\n": typeof types.DetailDocument,
    "\n  mutation Rename($id: ID!, $name: String!) {\n    updateAccount(id: $id, input: { name: $name }) {\n      account {\n        id\n        name\n        updatedAt\n      }\n      userErrors {\n        field\n        code\n        message\n      }\n    }\n  }\n": typeof types.RenameDocument,
    "\n  mutation Create($input: CreateAccountInput!) {\n    createAccount(input: $input) {\n      account {\n        ...AccountLine\n        parent {\n          id\n          childCount\n        }\n      }\n      userErrors {\n        field\n        code\n        message\n      }\n    }\n  }\n": typeof types.CreateDocument,
};
const documents: Documents = {
    "\n  fragment AccountLine on Account {\n    id\n    name\n    childCount\n  }\n": types.AccountLineFragmentDoc,
    "\n  query Children($id: ID!, $first: Int, $after: Cursor) {\n    account(id: $id) {\n      id\n      name\n      children(first: $first, after: $after) {\n        totalCount\n        edges {\n          node {\n            ...AccountLine\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n": types.ChildrenDocument,
    "\n  query Detail($id: ID!) {\n    account(id: $id) {\n      ...AccountLine\n      primaryDomain\n      annualRevenue {\n        amount\n        currency\n      }\n      billingAddress {\n        city\n        country\n      }\n      metadata\n      updatedAt\n    }\n  }\n": types.DetailDocument,
    "\n  mutation Rename($id: ID!, $name: String!) {\n    updateAccount(id: $id, input: { name: $name }) {\n      account {\n        id\n        name\n        updatedAt\n      }\n      userErrors {\n        field\n        code\n        message\n      }\n    }\n  }\n": types.RenameDocument,
    "\n  mutation Create($input: CreateAccountInput!) {\n    createAccount(input: $input) {\n      account {\n        ...AccountLine\n        parent {\n          id\n          childCount\n        }\n      }\n      userErrors {\n        field\n        code\n        message\n      }\n    }\n  }\n": types.CreateDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment AccountLine on Account {\n    id\n    name\n    childCount\n  }\n"): (typeof documents)["\n  fragment AccountLine on Account {\n    id\n    name\n    childCount\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Children($id: ID!, $first: Int, $after: Cursor) {\n    account(id: $id) {\n      id\n      name\n      children(first: $first, after: $after) {\n        totalCount\n        edges {\n          node {\n            ...AccountLine\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query Children($id: ID!, $first: Int, $after: Cursor) {\n    account(id: $id) {\n      id\n      name\n      children(first: $first, after: $after) {\n        totalCount\n        edges {\n          node {\n            ...AccountLine\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Detail($id: ID!) {\n    account(id: $id) {\n      ...AccountLine\n      primaryDomain\n      annualRevenue {\n        amount\n        currency\n      }\n      billingAddress {\n        city\n        country\n      }\n      metadata\n      updatedAt\n    }\n  }\n"): (typeof documents)["\n  query Detail($id: ID!) {\n    account(id: $id) {\n      ...AccountLine\n      primaryDomain\n      annualRevenue {\n        amount\n        currency\n      }\n      billingAddress {\n        city\n        country\n      }\n      metadata\n      updatedAt\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Rename($id: ID!, $name: String!) {\n    updateAccount(id: $id, input: { name: $name }) {\n      account {\n        id\n        name\n        updatedAt\n      }\n      userErrors {\n        field\n        code\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation Rename($id: ID!, $name: String!) {\n    updateAccount(id: $id, input: { name: $name }) {\n      account {\n        id\n        name\n        updatedAt\n      }\n      userErrors {\n        field\n        code\n        message\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Create($input: CreateAccountInput!) {\n    createAccount(input: $input) {\n      account {\n        ...AccountLine\n        parent {\n          id\n          childCount\n        }\n      }\n      userErrors {\n        field\n        code\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation Create($input: CreateAccountInput!) {\n    createAccount(input: $input) {\n      account {\n        ...AccountLine\n        parent {\n          id\n          childCount\n        }\n      }\n      userErrors {\n        field\n        code\n        message\n      }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;