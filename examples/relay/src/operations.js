// What the compiler checks and compiles: a program that is built with Relay has these in its components. It holds the schema
// against Relay's rules: Node, connections in both directions, and mutations that tell which records to add and remove.

// A list of the root, page by page.
graphql`
  query AccountsQuery($count: Int!, $filter: AccountFilter) {
    ...Accounts_query @arguments(count: $count, filter: $filter)
  }
`
graphql`
  fragment Accounts_query on Query
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "Cursor" }, filter: { type: "AccountFilter" })
  @refetchable(queryName: "AccountsNextQuery") {
    accounts(first: $count, after: $cursor, filter: $filter, orderBy: { field: NUMBER }) @connection(key: "Accounts_accounts") {
      __id
      totalCount
      edges {
        node {
          id
          number
          name
        }
      }
    }
  }
`

// A list of a record, which is read on by node(id:).
graphql`
  query ChildrenQuery($id: ID!, $count: Int!) {
    account(id: $id) {
      ...Children_account @arguments(count: $count)
    }
  }
`
graphql`
  fragment Children_account on Account
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "Cursor" })
  @refetchable(queryName: "ChildrenNextQuery") {
    name
    children(first: $count, after: $cursor) @connection(key: "Children_children") {
      edges {
        node {
          id
          name
        }
      }
    }
  }
`

// A list in both directions.
graphql`
  query ContactsQuery($first: Int, $after: Cursor, $last: Int, $before: Cursor) {
    ...Contacts_query @arguments(first: $first, after: $after, last: $last, before: $before)
  }
`
graphql`
  fragment Contacts_query on Query
  @argumentDefinitions(first: { type: "Int" }, after: { type: "Cursor" }, last: { type: "Int" }, before: { type: "Cursor" })
  @refetchable(queryName: "ContactsNextQuery") {
    contacts(first: $first, after: $after, last: $last, before: $before) @connection(key: "Contacts_contacts") {
      edges {
        node {
          id
          email
        }
      }
    }
  }
`

// A record alone, again.
graphql`
  fragment Account_account on Account @refetchable(queryName: "AccountRefetchQuery") {
    name
    version
    owner {
      name
    }
  }
`

// What is made is added to lists, and what is deleted leaves them.
graphql`
  mutation CreateMutation($input: CreateAccountInput!, $connections: [ID!]!) {
    createAccount(input: $input) {
      account @appendNode(connections: $connections, edgeTypeName: "AccountEdge") {
        id
        number
        name
      }
      userErrors {
        code
      }
    }
  }
`
graphql`
  mutation RenameMutation($id: ID!, $input: UpdateAccountInput!) {
    updateAccount(id: $id, input: $input) {
      account {
        id
        name
      }
      userErrors {
        code
      }
    }
  }
`
graphql`
  mutation DeleteMutation($id: ID!, $connections: [ID!]!) {
    deleteAccount(id: $id) {
      deletedAccountId @deleteEdge(connections: $connections)
      userErrors {
        code
      }
    }
  }
`
