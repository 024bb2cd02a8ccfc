package db

// KeptStatements is how many statements a connection keeps prepared.
const KeptStatements = keptStatements
