package docs

// userErrorCode is the enum of the codes of userErrors.
const userErrorCode = "UserErrorCode"

// errorCode is a code that an error may have in extensions.code.
type errorCode struct {
	Code string
	// Meaning is a description.
	Meaning string
}

// errorCodes are all those codes. The README has them in a table.
var errorCodes = []errorCode{
	{"GRAPHQL_PARSE_FAILED", "The query is not GraphQL."},
	{"GRAPHQL_VALIDATION_FAILED", "The query is not of this schema, its variables do not fit, or it is not said which of its operations is meant."},
	{"UNAUTHENTICATED", "No API key, or one that is mistyped, unknown, revoked or expired; the status is 401."},
	{"BAD_USER_INPUT", "The request, or an argument of its query, can't be understood or is out of range."},
	{"TOO_COMPLEX", "The query is larger than a limit; the figures are beside the code."},
	{"FORBIDDEN", "The caller may not do this."},
	{"PERSISTED_QUERY_NOT_FOUND", "A hash that nobody sent with its text."},
	{"DOCUMENT_NOT_FOUND", "An id of no trusted document."},
	{"TIMEOUT", "The time of the request or of a statement was over, or the caller gone; the field with the error changed nothing."},
	{"UNAVAILABLE", "The server is starting or stopping, the database can't be reached or has no space left, or all connections to it are in use: " +
		"try again. If there is nothing else in the answer, its status is 503, with `Retry-After`."},
	{"OUTCOME_UNKNOWN", "The connection to the database was lost while a change was committed: look whether it was made before trying again."},
	{"INTERNAL", "Our fault; `requestId` is what to look for in the log."},
}
