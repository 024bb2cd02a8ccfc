package graph

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/model"
	"github.com/accountgraph/accountgraph/internal/importer"
)

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
	o := importer.Options{Entity: entity, DryRun: dryRun}
	for _, c := range columns.Value() {
		o.Map = append(o.Map, importer.Mapping{Column: c.Column, Field: text(c.Field.Value())})
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
