package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/model"
	"github.com/accountgraph/accountgraph/internal/importer"
)

// maxUploadMemory is the size of requests whose files are kept in memory, in bytes; those of larger ones are on disk.
const maxUploadMemory = 1 << 20

// multipart takes requests with files (GraphQL multipart request specification). What gqlgen says of a request that is not
// well formed gets the code that such requests have here.
type multipart struct{ transport.MultipartForm }

// Do answers a request. Where the map of files does not fit the variables, gqlgen panics.
func (m multipart) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	understood := &understoodBy{GraphExecutor: exec}
	answer := &codedAnswer{ResponseWriter: w}
	defer func() {
		panicked := recover()
		switch {
		case panicked == nil:
		case understood.is:
			panic(panicked)
		default:
			answer.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = answer.Write([]byte(`{"errors":[{"message":"map does not fit the variables"}],"data":null}`)) // the client may have gone
		}
	}()
	m.MultipartForm.Do(answer, r, understood)
}

// understoodBy notes that a request was understood, and is on its way.
type understoodBy struct {
	graphql.GraphExecutor
	is bool
}

// CreateOperationContext begins the execution.
func (u *understoodBy) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	u.is = true
	return u.GraphExecutor.CreateOperationContext(ctx, params)
}

// codedAnswer gives a code to errors of a request that was not understood.
type codedAnswer struct {
	http.ResponseWriter
	isRefusal bool
}

func (a *codedAnswer) WriteHeader(status int) {
	a.isRefusal = status == http.StatusUnprocessableEntity
	a.ResponseWriter.WriteHeader(status)
}

func (a *codedAnswer) Write(body []byte) (int, error) {
	var answer graphql.Response
	if !a.isRefusal || json.Unmarshal(body, &answer) != nil || slices.ContainsFunc(answer.Errors, func(e *gqlerror.Error) bool { return e.Extensions["code"] != nil }) {
		return a.ResponseWriter.Write(body)
	}
	for _, e := range answer.Errors {
		e.Message = "the request is not as the GraphQL multipart request specification says: " + e.Message
		e.Extensions = map[string]any{"code": db.CodeBadUserInput}
	}
	var coded bytes.Buffer
	if err := json.NewEncoder(&coded).Encode(answer); err != nil {
		return 0, err
	}
	if _, err := a.ResponseWriter.Write(coded.Bytes()); err != nil {
		return 0, err
	}
	return len(body), nil
}

func importFile(upload graphql.Upload) importer.File {
	return importer.File{Name: upload.Filename, ReadSeeker: upload.File}
}

func importAccountsOptions(in model.ImportAccountsInput) importer.Options {
	o := importOptions(db.ImportAccounts, in.Columns, in.Source, in.Encoding, in.DryRun)
	o.ImportOptions = db.ImportOptions{ShareDomains: in.ShareDomains, AllowFreeMailDomains: in.AllowFreeMailDomains, RejectNewIndustries: !in.AddIndustries}
	return o
}

func importContactsOptions(in model.ImportContactsInput) importer.Options {
	return importOptions(db.ImportContacts, in.Columns, in.Source, in.Encoding, in.DryRun)
}

func importOptions(entity db.ImportEntity, columns graphql.Omittable[[]*model.ImportColumnInput], source, encoding graphql.Omittable[*string], dryRun bool) importer.Options {
	o := importer.Options{Entity: entity, Map: map[string]string{}, DryRun: dryRun}
	for _, c := range columns.Value() {
		o.Map[c.Column] = text(c.Field.Value())
	}
	o.Source, o.Encoding = text(source.Value()), text(encoding.Value())
	return o
}

// text is an optional text; empty where there is none.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// withinInput puts the problems of an import where its input is.
func withinInput(err error) error {
	problems, ok := db.AsProblems(err)
	if !ok {
		return err
	}
	for _, p := range problems {
		p.Field = append([]string{"input"}, p.Field...)
	}
	return problems
}
