package config

import (
	"fmt"
	"strings"
)

// ImportOptions say what is imported, and how.
type ImportOptions struct {
	File                 string          `arg:"" placeholder:"FILE.csv" help:"CSV file with a header, or - for standard input; encoding and delimiter are found out."`
	Entity               string          `option:"" default:"account" oneof:"account,contact" help:"What the rows are: account or contact."`
	Organization         string          `option:"" placeholder:"NAME" help:"Name or id of the organization; not needed if there is one only."`
	Map                  []ColumnMapping `option:"" sep:"none" placeholder:"COLUMN=FIELD" help:"Read a column into a field, for columns that are not named like one; nothing after = leaves the column out. May be repeated."`
	Source               string          `option:"" placeholder:"NAME" help:"Whose the external ids are, where no column says it."`
	Encoding             string          `option:"" placeholder:"NAME" help:"Encoding of the file, such as iso-8859-2; if not given, it is found out."`
	DryRun               bool            `option:"" help:"Do all but writing."`
	Rejects              string          `option:"" placeholder:"FILE" help:"Where to write the rows that are rejected; if not given, FILE.rejects.csv, or import.rejects.csv for standard input."`
	ShareDomains         bool            `option:"" help:"Let accounts have domains that route to others, without taking them."`
	AllowFreeMailDomains bool            `option:"" help:"Accept domains of mail providers."`
	AddIndustries        bool            `option:"" default:"true" negatable:"" help:"Add industries to the list that it does not have; otherwise their rows are rejected."`
}

// ColumnMapping reads a column of a file into a field; Field is empty if it is not read.
type ColumnMapping struct{ Column, Field string }

// UnmarshalText reads COLUMN=FIELD.
func (m *ColumnMapping) UnmarshalText(text []byte) error {
	var ok bool
	if m.Column, m.Field, ok = strings.Cut(string(text), "="); !ok {
		return fmt.Errorf("expected COLUMN=FIELD, got %q", text)
	}
	return nil
}

// ExportOptions say what is exported, and how.
type ExportOptions struct {
	Entity       string `option:"" default:"account" oneof:"account,contact" help:"What is exported: account or contact."`
	Organization string `option:"" placeholder:"NAME" help:"Name or id of the organization; not needed if there is one only."`
	Format       string `option:"" default:"csv" oneof:"csv,ndjson" help:"How it is written: csv, or ndjson, which is one JSON object a line."`
	Under        string `option:"" placeholder:"ACCOUNT" help:"Only this account and all below it, by its id or what another system calls it."`
	Filter       string `option:"" placeholder:"JSON" help:"Only accounts that a filter lets pass, written as the API's AccountFilter."`
	Output       string `option:"" placeholder:"FILE" help:"Where to write it; if not given, the program's output."`
}
