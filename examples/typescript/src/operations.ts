// What this frontend asks. Both clients take the same documents; `npm run generate` makes their types.
import { graphql } from './generated/gql.js'

graphql(/* GraphQL */ `
  fragment AccountLine on Account {
    id
    name
    childCount
  }
`)

/** An account with what is right below it, page by page. */
export const Children = graphql(/* GraphQL */ `
  query Children($id: ID!, $first: Int, $after: Cursor) {
    account(id: $id) {
      id
      name
      children(first: $first, after: $after) {
        totalCount
        edges {
          node {
            ...AccountLine
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`)

/** All of an account that its page shows. */
export const Detail = graphql(/* GraphQL */ `
  query Detail($id: ID!) {
    account(id: $id) {
      ...AccountLine
      primaryDomain
      annualRevenue {
        amount
        currency
      }
      billingAddress {
        city
        country
      }
      metadata
      updatedAt
    }
  }
`)

/** What the rename answers is what the caches know of the account from then on. */
export const Rename = graphql(/* GraphQL */ `
  mutation Rename($id: ID!, $name: String!) {
    updateAccount(id: $id, input: { name: $name }) {
      account {
        id
        name
        updatedAt
      }
      userErrors {
        field
        code
        message
      }
    }
  }
`)

/** The answer has what a line of the parent's list shows, so that it can join it. */
export const Create = graphql(/* GraphQL */ `
  mutation Create($input: CreateAccountInput!) {
    createAccount(input: $input) {
      account {
        ...AccountLine
        parent {
          id
          childCount
        }
      }
      userErrors {
        field
        code
        message
      }
    }
  }
`)
