/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** A postal address: its parts, or `formatted` alone. */
export type AddressInput = {
  /** At most 255 characters. */
  city?: string | null | undefined;
  /** Country. */
  country?: string | null | undefined;
  /** One text, kept as given, at most 1,024 characters; only without the parts. */
  formatted?: string | null | undefined;
  /** At most 32 characters. */
  postalCode?: string | null | undefined;
  /** At most 255 characters. */
  state?: string | null | undefined;
  /** At most 255 characters. */
  street?: string | null | undefined;
};

/** An official number of a company. */
export type BusinessIdentifierInput = {
  /** Who gives the number out. */
  scheme: IdentifierScheme;
  /** The number. */
  value: string;
};

/** A new account. */
export type CreateAccountInput = {
  /** Whether every customer user whose e-mail is at one of the domains, and who is no contact yet, becomes one. */
  addExistingUsersToAccountContacts?: boolean;
  /** Whether a domain of a mail provider is really meant. */
  allowFreeMailDomain?: boolean;
  /** Turnover of a year. */
  annualRevenue?: MoneyInput | null | undefined;
  /** Where invoices go. */
  billingAddress?: AddressInput | null | undefined;
  /** A key of the list account_classification; its default if absent. */
  classification?: string | null | undefined;
  /** At most 32,768 characters. */
  description?: string | null | undefined;
  /** 0 or more. */
  employees?: number | null | undefined;
  /** What other systems call it, at most 100. */
  externalIds?: Array<ExternalIdInput> | null | undefined;
  /** A key of the list account_health; its default if absent. */
  health?: string | null | undefined;
  /** Official numbers, at most 100. */
  identifiers?: Array<BusinessIdentifierInput> | null | undefined;
  /** A key of the list account_industry; its default if absent. */
  industry?: string | null | undefined;
  /** Whether one does business with it. */
  isActive?: boolean;
  /** http or https. */
  logo?: string | null | undefined;
  /** An object, at most 64 KiB. */
  metadata?: Record<string, unknown> | null | undefined;
  /** 1 to 255 characters. */
  name: string;
  /** An active user. */
  ownerId?: string | null | undefined;
  /** The account above; a root if absent. */
  parentId?: string | null | undefined;
  /** Its main domain. */
  primaryDomain: string;
  /** Further domains, at most 100. */
  secondaryDomains?: Array<string> | null | undefined;
  /** Whether domains that route to another account may be shared with it, without taking them. */
  shareDomain?: boolean;
  /** Where goods go. */
  shippingAddress?: AddressInput | null | undefined;
  /** Where the record came from, at most 255 characters. */
  source?: string | null | undefined;
  /** A key of the list account_status; its default if absent. */
  status?: string | null | undefined;
  /** http or https. */
  website?: string | null | undefined;
};

/** What another system calls an account. */
export type ExternalIdInput = {
  /** The id there, 1 to 255 characters, kept verbatim. */
  id: string;
  /** The other system, 1 to 255 characters. */
  source: string;
};

/** Schemes of official company numbers. */
export type IdentifierScheme =
  /** Number in a company register, as the register writes it. */
  | 'COMPANY_REGISTER'
  /** D-U-N-S number, nine digits. */
  | 'DUNS'
  /** Legal Entity Identifier (ISO 17442), its check digits (ISO 7064 MOD 97-10) verified. */
  | 'LEI'
  /** Any other. */
  | 'OTHER'
  /** VAT registration number with its country prefix; form verified per country, check digits where they are public. */
  | 'VAT';

/** An amount of money. */
export type MoneyInput = {
  /** From 0 to 10^15, at most two decimals. */
  amount: string | number;
  /** The organization's default currency if absent. */
  currency?: string | null | undefined;
};

/** The kinds of things that can be wrong with an input. */
export type UserErrorCode =
  /** The record was changed since the version that the caller has seen. */
  | 'CONFLICT'
  /** An account would become its own ancestor. */
  | 'CYCLE'
  /** Another account already receives what is sent to this domain. `shareDomain: true` shares it without taking it. */
  | 'DOMAIN_TAKEN'
  /** The same value occurs twice in one input. */
  | 'DUPLICATE'
  /** The time within which this was possible is over. */
  | 'EXPIRED'
  /** The domain belongs to a mail provider, not to a company. `allowFreeMailDomain: true` takes it all the same. */
  | 'FREE_MAIL_DOMAIN'
  /** An account with children can't be deleted without saying what becomes of them. */
  | 'HAS_CHILDREN'
  /** The record exists, but is not active, and so can't be used here. */
  | 'INACTIVE'
  /** A value does not have the form that its field asks for. */
  | 'INVALID'
  /** A rule of the organization forbids it. */
  | 'NOT_ALLOWED'
  /** An id or key names nothing that the caller may see. */
  | 'NOT_FOUND'
  /** A number or amount is below or above its limits. */
  | 'OUT_OF_RANGE'
  /** A value is absent or blank that must be there. */
  | 'REQUIRED'
  /** A value that must be unique is used by another record. */
  | 'TAKEN'
  /** A text or list is longer than its limit. */
  | 'TOO_LONG';

export type AccountLineFragment = { __typename: 'Account', id: string, name: string, childCount: number };

export type ChildrenQueryVariables = Exact<{
  id: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ChildrenQuery = { __typename: 'Query', account: { __typename: 'Account', id: string, name: string, children: { __typename: 'AccountConnection', totalCount: number, edges: Array<{ __typename: 'AccountEdge', node: { __typename: 'Account', id: string, name: string, childCount: number } }>, pageInfo: { __typename: 'PageInfo', hasNextPage: boolean, endCursor: string | null } } } | null };

export type DetailQueryVariables = Exact<{
  id: string;
}>;


export type DetailQuery = { __typename: 'Query', account: { __typename: 'Account', primaryDomain: string | null, metadata: Record<string, unknown>, updatedAt: string, id: string, name: string, childCount: number, annualRevenue: { __typename: 'Money', amount: string, currency: string } | null, billingAddress: { __typename: 'Address', city: string | null, country: string | null } | null } | null };

export type RenameMutationVariables = Exact<{
  id: string;
  name: string;
}>;


export type RenameMutation = { __typename: 'Mutation', updateAccount: { __typename: 'UpdateAccountPayload', account: { __typename: 'Account', id: string, name: string, updatedAt: string } | null, userErrors: Array<{ __typename: 'UserError', field: Array<string> | null, code: UserErrorCode, message: string }> } | null };

export type CreateMutationVariables = Exact<{
  input: CreateAccountInput;
}>;


export type CreateMutation = { __typename: 'Mutation', createAccount: { __typename: 'CreateAccountPayload', account: { __typename: 'Account', id: string, name: string, childCount: number, parent: { __typename: 'Account', id: string, childCount: number } | null } | null, userErrors: Array<{ __typename: 'UserError', field: Array<string> | null, code: UserErrorCode, message: string }> } | null };

export const AccountLineFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"AccountLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Account"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"childCount"}}]}}]} as unknown as DocumentNode<AccountLineFragment, unknown>;
export const ChildrenDocument = {"__meta__":{"hash":"sha256:b7b7d3d2ef123323328847d6d128e3404de5eeefb7aa094af9020fa3045ba347"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Children"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Cursor"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"account"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"children"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"AccountLine"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"AccountLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Account"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"childCount"}}]}}]} as unknown as DocumentNode<ChildrenQuery, ChildrenQueryVariables>;
export const DetailDocument = {"__meta__":{"hash":"sha256:a84774adc3e754cbd1009ae2d215cd1e6207aa4cb544d868af95ca5bd0bd5c63"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Detail"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"account"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"AccountLine"}},{"kind":"Field","name":{"kind":"Name","value":"primaryDomain"}},{"kind":"Field","name":{"kind":"Name","value":"annualRevenue"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}},{"kind":"Field","name":{"kind":"Name","value":"billingAddress"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"city"}},{"kind":"Field","name":{"kind":"Name","value":"country"}}]}},{"kind":"Field","name":{"kind":"Name","value":"metadata"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"AccountLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Account"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"childCount"}}]}}]} as unknown as DocumentNode<DetailQuery, DetailQueryVariables>;
export const RenameDocument = {"__meta__":{"hash":"sha256:62d9084b4947c404cf1bf30547e8a4a0390b1bfde66b0762eccc88c372990c51"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Rename"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"updateAccount"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}},{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"account"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<RenameMutation, RenameMutationVariables>;
export const CreateDocument = {"__meta__":{"hash":"sha256:5a9f67efce62d4d79b6d43a9aa1fae811567c24a8f79133f0752936279d50be7"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Create"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateAccountInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"createAccount"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"account"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"AccountLine"}},{"kind":"Field","name":{"kind":"Name","value":"parent"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"childCount"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"AccountLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Account"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"childCount"}}]}}]} as unknown as DocumentNode<CreateMutation, CreateMutationVariables>;